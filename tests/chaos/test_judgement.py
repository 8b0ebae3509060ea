"""The judgement of scenarios, with doctored outcomes: a bar that is missed is told, and where to look."""

import dataclasses
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from promptwire.v1 import run_pb2
from tests.chaos.answers import OK, Answer, Sight
from tests.chaos.history import Gaps, Ledger
from tests.chaos.load import Told
from tests.chaos.outcome import Outcome, at_least, at_most, exactly, told
from tests.chaos.provider import Asked, Order, Provider
from tests.chaos.scenarios import flows, kills, pauses, streams
from tests.chaos.scenarios.outages import Tally
from tests.chaos.stage import Stage

END = Sight("run-1", "SUCCEEDED", Order("a").text(2), attempt=2, end_ms=12_000, tag="a")


def stage(**asked: list[Asked]) -> Stage:
    """Give a stage whose provider was asked so."""
    provider = Provider()
    provider.asked.update(asked)
    site: Any = SimpleNamespace(provider=provider)
    return Stage(site, 1.0, 10.0, random.Random(0))


def missed(outcome: Outcome) -> list[str]:
    return [figure.name for figure in outcome.figures if not figure.holds]


def test_figures_hold_or_not() -> None:
    assert (exactly("", 0, 0).holds, exactly("", 1, 0).holds) == (True, False)
    assert (at_most("", 20.0, 20.0).holds, at_most("", 20.1, 20.0).holds) == (True, False)
    assert (at_least("", 1, 1).holds, at_least("", 0, 1).holds) == (True, False)
    assert told("", 99).holds


def judge_kills(*sights: Sight, resumed: float = 5.0) -> list[str]:
    ledger = Ledger()
    ledger.accept(Sight("run-1", "QUEUED"), 1.0)
    for sight in sights:
        ledger.see(sight)
    died = Asked(Order("a"), "worker-1", 1, 1.0, 2.0)
    again = Asked(Order("a"), "worker-2", 2, 2.0 + resumed, 11.9, answered=True)
    return missed(kills.judge(stage(a=[died, again]), "", ledger, list(sights), Counter()))


def test_kills_that_lose_double_or_delay_a_run_are_told() -> None:
    assert judge_kills(END) == []
    assert "ends that changed after they were seen" in judge_kills(END, dataclasses.replace(END, text="again"))
    assert "runs beyond one of a request id" in judge_kills(END, dataclasses.replace(END, id="run-2"))
    assert judge_kills(dataclasses.replace(END, text="foreign")) == ["ends with a text that the provider did not send"]
    assert "accepted runs that did not succeed" in judge_kills(dataclasses.replace(END, state="FAILED"))
    late = judge_kills(dataclasses.replace(END, end_ms=60_000), resumed=25.0)
    assert late == ["p99 of the time to go on", "longest that nobody worked on a run"]


def test_kills_that_lose_the_only_run_are_told() -> None:
    assert "accepted runs lost" in judge_kills(dataclasses.replace(END, state="RUNNING", end_ms=None))


def judge_flows(asked: Mapping[str, int] = {}, *, attempt: int = 2, kept: Sequence[str] = ("a", "b")) -> list[str]:
    """Judge a flow that went on behind the nodes on record, each asked for once, but for what is given."""
    counts = {node: asked.get(node, 1) for node in flows.NODES}
    orders = {node: Order(f"flow-{node}", flows.NODE_SECONDS) for node in counts}
    run = run_pb2.Run(state=run_pb2.Run.STATE_SUCCEEDED, attempt=attempt)
    for node, count in counts.items():
        run.node_runs.add(node_id=node, text=orders[node].text(count))
    provider_asked = {
        orders[node].tag: [Asked(orders[node], "worker-1", number + 1, 1.0) for number in range(count)]
        for node, count in counts.items()
    }
    known = {orders[node].tag: 1 for node in kept}
    return missed(flows.judge(stage(**provider_asked), "", {"flow": run}, known))


def test_flows_whose_nodes_are_asked_again_are_told() -> None:
    assert judge_flows() == []
    # It was under way when its driver died.
    assert judge_flows({"c": 2}) == []
    # Also when the record was overwritten, so that it is that of the last request.
    assert judge_flows({"a": 2}) == ["nodes asked again although they were on record"]
    assert judge_flows(kept=()) == ["nodes of these that were on record"]
    assert judge_flows(attempt=1) == ["flows that went on with another driver", "nodes of these that were on record"]


def judge_streams(**fault: Any) -> list[str]:
    reading = streams.Reading(Order("a"), cuts=Counter(left=100))
    return missed(streams.judge(100, [reading], [dataclasses.replace(streams.WHOLE, **fault)], Counter()))


def test_streams_that_lose_repeat_or_differ_are_told() -> None:
    assert judge_streams() == []
    assert judge_streams(gaps=Gaps(1, 0, 0)) == ["events lost"]
    assert judge_streams(gaps=Gaps(0, 1, 0)) == ["events that came twice"]
    assert judge_streams(gaps=Gaps(0, 0, 1)) == ["events out of order"]
    assert judge_streams(events_equal=False) == ["streams that differ from the same one read at once"]
    assert judge_streams(text_equal=False) == ["texts other than the provider sent"]
    assert judge_streams(succeeded=False) == ["runs that did not succeed"]


def judge_pauses(last: dict[str, Any] = {}, **fault: Any) -> list[str]:  # noqa: B006 - not changed
    """Judge a pause in which all is well, but for what is given."""
    runs = [
        Sight(f"{kind}-{number}", "SUCCEEDED", Order(f"{kind} {number}").text(2), 2, 5000, tag=f"{kind} {number}")
        for kind in pauses.KINDS
        for number in range(pauses.RUNS)
    ]
    interrupted = {"state": "FAILED", "text": "", "reason": "INTERRUPTED"}
    runs = [dataclasses.replace(run, **interrupted) if "plain" in run.tag else run for run in runs]
    runs[-1] = dataclasses.replace(runs[-1], **last)
    seen = pauses.Seen(answers=[Answer(OK, run) for run in runs], repeats=[Told(Answer(OK, runs[-1]), (), 12.0)])
    for name, value in fault.items():
        setattr(seen, name, value)
    late = Asked(Order(""), "server-1", 1, 1.0, 2.0, answered=True)
    provider_asked = {run.tag: [late, late] for run in runs}
    ledger = Ledger()
    return missed(pauses.judge(stage(**provider_asked), ledger, seen, runs))


def test_pauses_after_which_something_changed_are_told() -> None:
    event = run_pb2.RunEvent(sequence=2)
    stale = Answer(OK, Sight("waited-1", "SUCCEEDED", "what the paused one had", 1, 4000))
    assert judge_pauses() == []
    assert judge_pauses(answers=[stale]) == ["answers of the paused server that differ from the record"]
    stale_text = {"text": Order(f"{pauses.KINDS[-1]} {pauses.RUNS - 1}").text(1)}
    assert judge_pauses(last=stale_text) == ["runs with a text other than that of their last attempt"]
    assert judge_pauses(before=[[]], after=[[event]]) == ["streams that changed after the drivers went on"]
    assert judge_pauses(streams=[[event]]) == [
        "streams of the paused server with a gap, a repeated event or another text"
    ]
    assert judge_pauses(repeats=[Told(Answer("UNAVAILABLE"), (), 1.0)]) == [
        "callers of the other server, by request id, not answered"
    ]


def test_answers_during_an_outage_are_told_apart() -> None:
    tally = Tally()
    for word in (
        OK,
        "503 DATABASE_UNAVAILABLE",
        "404 RUN_NOT_FOUND",
        "UNAUTHENTICATED KEY_UNKNOWN",
        "500 INTERNAL",
        "INTERNAL",
    ):
        tally.note("a wire", Answer(word))
    assert tally.wrong == ["404 RUN_NOT_FOUND", "UNAUTHENTICATED KEY_UNKNOWN"]
    assert tally.untyped == ["500 INTERNAL", "INTERNAL"]


def test_a_wire_that_has_no_success_yet_has_not_recovered() -> None:
    tally = Tally(successes={"one": [2.0], "other": [3.5]})
    assert tally.recovered(2.5) is None
    assert tally.recovered(1.5) == 2.0
