"""`python -m bench`: measures what a run costs on every wire, against a naive SDK call beside it."""

import argparse
import asyncio
import os
import platform
import re
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from bench import figures, stack
from bench.figures import REFERENCE, Block, Window
from bench.load import TARGETS, Order
from bench.processes import Unable, require_proc
from bench.stack import Stack
from services.embedded.postgres import PostgresUnavailable

RESULTS = Path(__file__).parent / "results"
REFERENCE_CONCURRENCY = 16
# Long enough for what a server does after its answer, such as writing its log, to count.
SETTLE_SECONDS = 0.25
NOTES = (
    "Medians over rounds. CPU is user + system in ms a call: of the gRPC server (core) and the facade together, and "
    "for sdk of the calling process, which does AsyncOpenAI().chat.completions.create with the default client. "
    f"Postgres is beside it. x ref is that CPU over that of sdk at {REFERENCE_CONCURRENCY} in flight in the same "
    "block, with its least and greatest value; for sdk itself over its own median, which shows the noise. p50 and p99 "
    "in ms; rows: runs recorded as SUCCEEDED for each answer."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure: windows of at most `runs` calls and `seconds`, for each target, concurrency and round."""

    targets: tuple[str, ...]
    concurrencies: tuple[int, ...]
    rounds: int
    runs: int
    seconds: float


def main() -> None:
    """Run the benchmark; the exit code is 1 when it could not be carried out or proves nothing, 130 after Ctrl-C."""
    parsed = _parser().parse_args()
    try:
        require_proc()
        sys.exit(asyncio.run(_main(_plan(parsed), parsed.output)))
    except (Unable, PostgresUnavailable) as error:
        sys.exit(f"bench: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


async def measure(plan: Plan) -> list[Block]:
    """Start everything, warm it up, and measure round by round, every other one backwards, so that drift cancels."""
    async with stack.running(plan.targets) as running:
        for target in plan.targets:
            await _warm_up(running, target, plan)
        blocks: list[Block] = []
        for number in range(plan.rounds):
            for concurrency in plan.concurrencies:
                _say(f"round {number + 1} of {plan.rounds}, {concurrency} in flight")
                targets = plan.targets[:: -1 if number % 2 else 1]
                blocks.append(await _block(running, targets, concurrency, plan))
        return blocks


async def _main(plan: Plan, output: Path | None) -> int:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began = time.monotonic()
    blocks = await measure(plan)
    rows = figures.rows_of(blocks)
    print(figures.table(rows), textwrap.fill(NOTES, 100), sep="\n\n")
    file = output or RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    _write(file, {"plan": asdict(plan), "rows": rows, "blocks": blocks, "seconds": time.monotonic() - began})
    _say(f"written to {file}")
    faults = [f"{name}: {window.fault}" for block in blocks for name, window in block.windows.items() if window.fault]
    for fault in faults[:5]:
        _say(f"these figures prove nothing: {fault}")
    return 1 if faults else 0


async def _warm_up(running: Stack, target: str, plan: Plan) -> None:
    tally = await running.order(target, Order(max(plan.concurrencies), plan.runs, plan.seconds))
    if tally.failures:
        raise Unable(f"{target} does not answer as it should: {tally.failure}")


async def _block(running: Stack, targets: Sequence[str], concurrency: int, plan: Plan) -> Block:
    windows: dict[str, Window] = {}
    for target in targets:
        in_flight = REFERENCE_CONCURRENCY if target == REFERENCE else concurrency
        windows[target] = await _window(running, target, Order(in_flight, plan.runs, plan.seconds))
    return Block(windows)


async def _window(running: Stack, target: str, order: Order) -> Window:
    rows, before = await running.count_runs(), running.cpu(target)
    tally = await running.order(target, order)
    await asyncio.sleep(SETTLE_SECONDS)
    after = running.cpu(target)
    return Window(
        target=target,
        concurrency=order.concurrency,
        rows=await running.count_runs() - rows,
        cpu={name: after[name] - before[name] for name in after},
        **asdict(tally),
    )


def _write(file: Path, measured: dict[str, object]) -> None:
    machine = {"cpus": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()}
    content = {"time": datetime.now(UTC), "machine": machine, **measured}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _plan(parsed: argparse.Namespace) -> Plan:
    rounds, runs, seconds = (3, 200, 0.8) if parsed.quick else (7, 600, 3.0)
    return Plan(
        targets=tuple(dict.fromkeys((*parsed.targets, REFERENCE))),
        concurrencies=parsed.concurrency,
        rounds=parsed.rounds or rounds,
        runs=parsed.runs or runs,
        seconds=parsed.seconds or seconds,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    parser.add_argument("--rounds", type=_number(1, 100), help="windows of each kind (default: 7, quick: 3)")
    parser.add_argument("--runs", type=_number(1, 100_000), help="calls in a window (default: 600, quick: 200)")
    parser.add_argument("--seconds", type=_seconds, help="no call begins later in a window (default: 3, quick: 0.8)")
    parser.add_argument("--concurrency", type=_numbers, default=(1, 16, 64), help="calls in flight (default: 1,16,64)")
    parser.add_argument("--targets", type=_targets, default=tuple(TARGETS), help=f"of {','.join(TARGETS)}")
    parser.add_argument("--output", type=Path, help="the JSON file to write (default: one in bench/results)")
    return parser


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
        return int(text)

    return number


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_number(1, 1000)(part) for part in text.split(","))


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", text) or not 0 < float(text) <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to 60")
    return float(text)


def _targets(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := sorted(set(names) - set(TARGETS)):
        raise argparse.ArgumentTypeError(f"there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    return names


if __name__ == "__main__":
    main()
