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

    @property
    def operator(self) -> bool:
        """Whether the caller may work in every project."""
        return "operator" in self.scopes


_caller: ContextVar[Caller] = ContextVar("caller")


def current() -> Caller:
    """Give the caller of the RPC that is being served; a LookupError outside of one is a fault of ours."""
    return _caller.get()


def enter(caller: Caller) -> None:
    """Make `caller` the caller of this RPC; each RPC runs in a context of its own."""
    _caller.set(caller)
