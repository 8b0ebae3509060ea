"""`python -m tests.chaos`: plays the scenarios against real processes and says what holds."""

import argparse
import asyncio
import random
import re
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import Unable
from services.embedded.postgres import PostgresUnavailable
from tests.chaos import report, site
from tests.chaos.report import Result
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.stage import Scenario, Stage

LEASE_SECONDS = 10.0
SEED = 1


def main() -> None:
    """Play; the exit code is 1 when a bar was missed or nothing could be played, 130 after Ctrl-C."""
    parsed = _parser().parse_args()
    try:
        sys.exit(asyncio.run(_main(parsed)))
    except (Unable, PostgresUnavailable) as error:
        sys.exit(f"chaos: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


async def play(scenario: Scenario, stage: Stage) -> Result:
    """Play a scenario; what it raises is a result, too."""
    began = time.monotonic()
    try:
        outcome = await scenario.play(stage)
    except Exception as error:
        return Result.broken(scenario, error, stage.scale, time.monotonic() - began)
    return Result.of(scenario, outcome, stage.scale, time.monotonic() - began)


async def _main(parsed: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    new = report.RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file = parsed.json or (report.PUBLISHED if parsed.report else new)
    all_hold = True
    with TemporaryDirectory(prefix="promptwire-chaos-") as directory:
        for scenario in parsed.only:
            result = await _play_alone(scenario, parsed.scale, parsed.seed, Path(directory))
            report.write(file, result)
            print(report.words(result), flush=True)
            all_hold = all_hold and result.holds
    print(f"written to {file}", file=sys.stderr)
    if parsed.report:
        report.publish(file, [scenario.id for scenario in SCENARIOS])
    return 0 if all_hold else 1


async def _play_alone(scenario: Scenario, scale: float, seed: int, directory: Path) -> Result:
    """Play a scenario on a site of its own, which nothing that was broken before can touch."""
    async with site.running(directory / scenario.id) as running:
        return await play(scenario, Stage(running, scale, LEASE_SECONDS, random.Random(f"{seed} {scenario.id}")))


def _scale(text: str) -> float:
    if not re.fullmatch(r"[01]?\.?\d{1,4}", text) or not 0 < float(text) <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share of the full counts; give one such as 0.1, up to 1")
    return float(text)


def _scenarios(text: str) -> tuple[Scenario, ...]:
    known = {scenario.id: scenario for scenario in SCENARIOS}
    names = text.upper().split(",")
    if unknown := sorted(set(names) - set(known)):
        raise argparse.ArgumentTypeError(f"there is no scenario {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__, allow_abbrev=False)
    parser.add_argument("--scale", type=_scale, default=0.05, help="share of the full counts, up to 1 (default: 0.05)")
    parser.add_argument("--only", type=_scenarios, default=SCENARIOS, metavar="A1,B1", help="these scenarios")
    parser.add_argument("--seed", type=int, default=SEED, help=f"chance begins with it (default: {SEED})")
    parser.add_argument(
        "--json", type=Path, help="the file to put the results into (default: one in tests/chaos/results)"
    )
    parser.add_argument(
        "--report", action="store_true", help="publish them: in docs/guarantees.json and docs/guarantees.md"
    )
    return parser


if __name__ == "__main__":
    main()
