"""Why a run, or a node of it, failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run or an output failed, or a run was cancelled, in the words of the contract's RunError."""

    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    node_id: str = ""
    path: str = ""


BROKEN = Failure("INTERNAL", "the server failed; its log has the rest, under the run's id")
