"""Whom a verified key stands for, within the call that it was verified for."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified key: what it may do, and the project that this call works in."""

    key_id: str
    project_id: UUID
    project: str
    scopes: frozenset[str]
    omit_payloads: bool = False
    # How many runs the key may begin a minute, and have at a time; 0: as many as it likes.
    requests_per_minute: int = 0
    concurrent_runs: int = 0
    # The key's own project, where its use is counted, when the call works in another one.
    home_id: UUID | None = None

    @property
    def operator(self) -> bool:
        """Whether the caller may work in every project."""
        return "operator" in self.scopes

    @property
    def key_project_id(self) -> UUID:
        """The project of the key itself."""
        return self.home_id or self.project_id


_caller: ContextVar[Caller] = ContextVar("caller")


def current() -> Caller:
    """Give the caller of the RPC that is being served; a LookupError outside of one is a fault of ours."""
    return _caller.get()


def find() -> Caller | None:
    """Give the caller of the RPC that is being served; None when its key is not verified yet."""
    return _caller.get(None)


def enter(caller: Caller) -> None:
    """Make `caller` the caller of this RPC; each RPC runs in a context of its own."""
    _caller.set(caller)
