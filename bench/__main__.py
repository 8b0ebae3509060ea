"""`python -m bench`: measures what a run costs on every wire, against a naive SDK call beside it."""

import argparse
import asyncio
import math
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
from statistics import median

import orjson

from bench import figures, stack
from bench.figures import REFERENCE, REFERENCE_CONCURRENCY, Block, Row, Window
from bench.load import TARGETS, Order
from bench.processes import Memory, Unable, machine_seconds, require_proc
from bench.stack import Stack
from services.embedded.postgres import PostgresUnavailable

RESULTS = Path(__file__).parent / "results"
# Long enough for what a server does after its answer, such as writing its log, to count.
SETTLE_SECONDS = 0.25
MOST_TRIES = 20
MEMORY_GOAL_MB = 250
ADDED_GOAL_MS = 6
OTHERS_HELP = "measure a window again while other processes take more of the CPUs (default: 100, never)"
NOTES = (
    "Medians over rounds. CPU is user + system in ms a call: of the gRPC server (core) and the facade together, and "
    "for sdk and verb of the calling process: AsyncOpenAI().chat.completions.create with the default client, and its "
    f"low-level post. Postgres is beside it. x ref is that CPU over that of sdk at {REFERENCE_CONCURRENCY} in flight "
    "in the same block, with its least and greatest value; for that sdk itself over its own median, which shows the "
    "noise. p50 and p99 in ms, +p50 those beyond sdk's at 1 in flight; rows: runs recorded as SUCCEEDED for each "
    "answer; goal: the most that x ref may be."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure: windows of at most `runs` calls and `seconds`, for each target, concurrency and round.

    A window in which other processes take more than `others` of the CPUs is measured again, a few times at most.
    """

    targets: tuple[str, ...]
    concurrencies: tuple[int, ...]
    rounds: int
    runs: int
    seconds: float
    others: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a plan; the memory of core and facade together, at rest before the load and after it."""

    blocks: list[Block]
    fresh: Memory
    rested: Memory


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


async def measure(plan: Plan) -> Measured:
    """Start everything, warm it up, and measure round by round, every other one backwards, so that drift cancels."""
    async with stack.running(plan.targets) as running:
        fresh = running.memory()
        for target in plan.targets:
            await _warm_up(running, target, plan)
        blocks: list[Block] = []
        for number in range(plan.rounds):
            for concurrency in plan.concurrencies:
                _say(f"round {number + 1} of {plan.rounds}, {concurrency} in flight")
                blocks.append(await _block(running, concurrency, plan, backwards=number % 2 == 1))
        return Measured(blocks, fresh, running.memory())


async def _main(plan: Plan, output: Path | None) -> int:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began = time.monotonic()
    measured = await measure(plan)
    rows = figures.rows_of(measured.blocks)
    windows = [window for block in measured.blocks for window in block.windows]
    summary = "\n".join((_memory(measured), _latency(rows), _others(windows)))
    print(figures.table(rows), summary, textwrap.fill(NOTES, 110), sep="\n\n")
    file = output or RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    _write(file, {"plan": asdict(plan), "rows": rows, **asdict(measured), "seconds": time.monotonic() - began})
    _say(f"written to {file}")
    faults = [f"{window.target}: {window.fault}" for window in windows if window.fault]
    for fault in faults[:5]:
        _say(f"these figures prove nothing: {fault}")
    return 1 if faults else 0


def _memory(measured: Measured) -> str:
    fresh, rested = measured.fresh, measured.rested
    return (
        f"Memory of core and facade at rest (goal: under {MEMORY_GOAL_MB} MB of RSS): after the load {rested.rss:.0f} "
        f"MB of RSS, {rested.pss:.0f} MB of PSS, which halves what both map; before it {fresh.rss:.0f} and "
        f"{fresh.pss:.0f} MB."
    )


def _latency(rows: Sequence[Row]) -> str:
    ours = (row for row in rows if row.target not in figures.DIRECT and not math.isnan(row.added_p50))
    added = ", ".join(f"{row.target} {row.added_p50:.1f} ms" for row in ours)
    return f"Added p50 at 1 in flight (goal: under {ADDED_GOAL_MS} ms by gRPC): {added or 'not measured'}."


def _others(windows: Sequence[Window]) -> str:
    shares = sorted(window.others for window in windows)
    return (
        f"Other processes took {median(shares):.0%} of the CPUs meanwhile, {shares[0]:.0%} to {shares[-1]:.0%} in a "
        "window: the more they take, the higher all figures, and the less they can be compared."
    )


async def _warm_up(running: Stack, target: str, plan: Plan) -> None:
    tally = await running.order(target, Order(max(plan.concurrencies), plan.runs, plan.seconds))
    if tally.failures:
        raise Unable(f"{target} does not answer as it should: {tally.failure}")


async def _block(running: Stack, concurrency: int, plan: Plan, *, backwards: bool) -> Block:
    """Measure each target at a concurrency, and the reference, which may be one of them."""
    kinds = dict.fromkeys([(REFERENCE, REFERENCE_CONCURRENCY), *((target, concurrency) for target in plan.targets)])
    windows: list[Window] = []
    for target, in_flight in reversed(kinds) if backwards else kinds:
        windows.append(await _quiet_window(running, target, Order(in_flight, plan.runs, plan.seconds), plan.others))
    return Block(windows)


async def _quiet_window(running: Stack, target: str, order: Order, others: float) -> Window:
    """Measure a window, and again while it is disturbed; give the quietest."""
    windows = [await _window(running, target, order)]
    while windows[-1].others > others and len(windows) < MOST_TRIES:
        windows.append(await _window(running, target, order))
    return min(windows, key=lambda window: window.others)


async def _window(running: Stack, target: str, order: Order) -> Window:
    rows = await running.count_runs()
    began, machine, before = time.monotonic(), machine_seconds(), running.cpu(target)
    tally = await running.order(target, order)
    await asyncio.sleep(SETTLE_SECONDS)
    after, machine, seconds = running.cpu(target), machine_seconds() - machine, time.monotonic() - began
    cpu = {name: after[name] - before[name] for name in after}
    return Window(
        target=target,
        concurrency=order.concurrency,
        rows=await running.count_runs() - rows,
        cpu=cpu,
        others=max(0.0, machine - sum(cpu.values())) / seconds / (os.cpu_count() or 1),
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
        others=parsed.others / 100,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    parser.add_argument("--rounds", type=_number(1, 100), help="windows of each kind (default: 7, quick: 3)")
    parser.add_argument("--runs", type=_number(1, 100_000), help="calls in a window (default: 600, quick: 200)")
    parser.add_argument("--seconds", type=_seconds, help="no call begins later in a window (default: 3, quick: 0.8)")
    parser.add_argument("--others", type=_number(0, 100), default=100, metavar="PERCENT", help=OTHERS_HELP)
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
