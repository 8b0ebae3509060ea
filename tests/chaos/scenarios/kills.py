"""A1: servers and workers are killed under detached runs. Every accepted run ends once, and soon."""

import time
from collections import Counter
from collections.abc import Sequence

from bench.figures import quantile
from tests.chaos.answers import Sight
from tests.chaos.history import Ledger, Pause, doubles, pauses, resumptions
from tests.chaos.load import Pour, persist
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Order
from tests.chaos.rpc import Rpc, open_channel
from tests.chaos.stage import Scenario, Stage, begin, looking, settle

KILLS = 100
RUNS_A_SECOND = 50.0
RUN_SECONDS = 0.3
# Between a start and the next kill, so that the others can keep up: a program that starts takes a second of a core.
PAUSE = (0.5, 2.5)
RESUME_SECONDS = 20.0
# A lease of 15 s at most and 5 s more.
STUCK_SECONDS = 20.0
GONE_ON = (
    "A run goes on when the provider is asked again for it, or when it ends; its driver died when the provider lost "
    "the connection."
)


async def play(stage: Stage) -> Outcome:
    """Kill one of the drivers again and again while runs pour in."""
    site, ledger, words = stage.site, Ledger(), Counter[str]()
    tenant = await site.tenant("a1")
    async with open_channel(site.target, retrying=True) as channel:
        rpc = Rpc(channel, tenant)

        async def accept(number: int) -> None:
            order = Order(f"a1-{number}", RUN_SECONDS)
            outcome = await persist(lambda: begin(ledger, rpc.create(order, request_id=order.tag, detached=True)))
            words.update((*outcome.before, outcome.answer.told))

        began = time.monotonic()
        async with looking(rpc, ledger), Pour(accept, RUNS_A_SECOND, stage.random) as pour:
            kills = await stage.crash((site.servers, site.workers), stage.count(KILLS, 2), PAUSE)
        rate = pour.count / (time.monotonic() - began)
        runs = await settle(rpc, ledger)
    done = f"kill -9 of a random server or worker {kills} times under {rate:.0f} detached runs a second"
    return judge(stage, done, ledger, runs, words)


def judge(stage: Stage, done: str, ledger: Ledger, runs: Sequence[Sight], words: Counter[str]) -> Outcome:
    """Hold the history of the runs against the bars."""
    idle = [pause for run_id in ledger.accepted for pause in _pauses(stage, ledger, run_id)]
    resumed = resumptions(idle)
    return Outcome(
        done,
        [
            told("runs accepted", len(ledger.accepted)),
            exactly("accepted runs lost", len(ledger.lost), 0),
            exactly("accepted runs that did not succeed", len(ledger.failed), 0),
            exactly("ends that changed after they were seen", len(ledger.changed), 0),
            exactly("ends with a text that the provider did not send", len(_strange(stage, ledger)), 0),
            exactly("runs beyond one of a request id", sum(count - 1 for count in doubles(runs).values()), 0),
            at_least("times that a driver died at work and its run went on", len(resumed), 1),
            at_most("p99 of the time to go on", quantile(resumed, 0.99), RESUME_SECONDS, "s"),
            at_most(
                "longest that nobody worked on a run",
                max((pause.seconds for pause in idle), default=0),
                STUCK_SECONDS,
                "s",
            ),
        ],
        notes=[GONE_ON],
        evidence=[*ledger.evidence, f"told: {dict(words)}"],
    )


def _strange(stage: Stage, ledger: Ledger) -> list[Sight]:
    ends = [end for run_id, end in ledger.ends.items() if run_id in ledger.accepted and end.state == "SUCCEEDED"]
    return [end for end in ends if end.text not in stage.site.provider.answered(end.tag)]


def _pauses(stage: Stage, ledger: Ledger, run_id: str) -> list[Pause]:
    end = ledger.ends.get(run_id)
    if end is None or end.end_ms is None:
        return []
    return pauses(ledger.accepted[run_id], stage.site.provider.asked[end.tag], end.end_ms / 1000)


SCENARIO = Scenario("A1", "Servers and workers killed under detached runs", play)
