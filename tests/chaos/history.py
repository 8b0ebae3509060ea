"""What was seen of the runs of a scenario, and what is wrong with it. Nothing here talks to anybody."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.chaos.answers import Sight
from tests.chaos.provider import Asked


class Ledger:
    """Runs whose acceptance reached a client, with its time (Unix), and every end of a run that was seen."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}
        self.ends: dict[str, Sight] = {}
        self.changed: list[tuple[Sight, Sight]] = []

    def accept(self, sight: Sight, now: float) -> None:
        """Note that a client was told of this run."""
        self.accepted.setdefault(sight.id, now)
        self.see(sight)

    def see(self, sight: Sight) -> None:
        """Note how a run looks. An end that was seen before must look the same for ever."""
        end = self.ends.get(sight.id)
        if end is None and sight.over:
            self.ends[sight.id] = sight
        elif end is not None and _core(sight) != _core(end):
            self.changed.append((end, sight))

    @property
    def lost(self) -> list[str]:
        """The accepted runs of which no end was seen."""
        return [run_id for run_id in self.accepted if run_id not in self.ends]

    @property
    def failed(self) -> list[Sight]:
        """The ends of accepted runs that are no success."""
        ends = (self.ends[run_id] for run_id in self.accepted if run_id in self.ends)
        return [end for end in ends if end.state != "SUCCEEDED"]

    @property
    def evidence(self) -> list[str]:
        """A few of the runs that are not as they must be."""
        return [
            *(f"lost: {run_id}" for run_id in self.lost[:5]),
            *(f"failed: {end}" for end in self.failed[:5]),
            *(f"changed: {before} -> {after}" for before, after in self.changed[:5]),
        ]


def _core(sight: Sight) -> tuple[object, ...]:
    """What every wire shows of a run."""
    return sight.state, sight.text, sight.end_ms


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nobody worked on a run: from its acceptance or from when its driver was done with the provider,
    or died meanwhile (`cut`), to the next request to the provider (`again`) or to its end."""

    seconds: float
    cut: bool
    again: bool


def pauses(accepted: float, asked: Sequence[Asked], ended: float) -> list[Pause]:
    """Give the pauses of a run that was accepted and ended at these times (Unix)."""
    found: list[Pause] = []
    since, cut = accepted, False
    for number, request in enumerate(asked):
        found.append(Pause(max(0.0, request.began - since), cut, again=number > 0))
        since, cut = request.ended or ended, not request.answered
    return [*found, Pause(max(0.0, ended - since), cut, again=False)]


def resumptions(pauses: Iterable[Pause]) -> list[float]:
    """Give how long it took (s) to go on, each time that a run's driver had died."""
    return [pause.seconds for pause in pauses if pause.cut or pause.again]


def doubles(runs: Iterable[Sight]) -> dict[str, int]:
    """Give how many runs there are of each tag that has more than one."""
    return {tag: count for tag, count in Counter(run.tag for run in runs).items() if count > 1}


def differing(answers: Iterable[tuple[str, Sight]]) -> list[str]:
    """Give the request ids whose answers do not all name one run, or show more than one end of it."""
    found: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
    for request_id, sight in answers:
        found[request_id].add((sight.id,))
        if sight.over:
            found[request_id].add((sight.id, *_core(sight)))
    return [request_id for request_id, seen in found.items() if len(seen) > 2 or len({one[0] for one in seen}) > 1]


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is wrong with a joined stream: how many numbers are missing, came again, or came too early."""

    missing: int
    repeated: int
    disordered: int

    @property
    def none(self) -> bool:
        """Whether it is whole."""
        return self == Gaps(0, 0, 0)


def gaps(sequences: Sequence[int], last: int) -> Gaps:
    """Hold the numbers of events, as they came, against 1 to `last`."""
    counts = Counter(sequences)
    return Gaps(
        missing=sum(1 for number in range(1, last + 1) if number not in counts),
        repeated=sum(count - 1 for count in counts.values()),
        disordered=sum(1 for before, after in itertools.pairwise(sequences) if after < before),
    )


def bursts(times: Iterable[float], rest: float) -> list[list[float]]:
    """Group times: a new group begins where there was none for so long (s)."""
    groups: list[list[float]] = []
    for time in sorted(times):
        if not groups or time - groups[-1][-1] > rest:
            groups.append([])
        groups[-1].append(time)
    return groups
