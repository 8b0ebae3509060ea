"""Finds what a run is to run: which version or session its target means now, and the content of that, compiled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from async_lru import alru_cache
from google.protobuf.struct_pb2 import Value

from promptwire import values
from promptwire.v1 import prompt_pb2
from promptwire.v1.session_pb2 import Session
from services.prompts import content
from services.prompts.session_store import SessionStore
from services.prompts.target_store import TargetStore
from services.prompts.template import Template, compile_messages
from services.prompts.variables import Option, Variable
from services.prompts.version_store import VersionStore

# How long a run may still get what a target meant before another server made or deleted a version or moved an alias
# or a label.
TARGET_SECONDS = 0.5
MAX_TARGETS = 10_000
MAX_RUNNABLES = 1000


@dataclass(frozen=True, slots=True)
class Runnable:
    """What a run needs of a version, or of a session. It is shared by runs: not to be changed.

    `images` is how many it asks for. A session has no version, but a `draft`, which is the Session, serialized, and
    `samples`: values for the variables that a run gives none for.
    """

    prompt_id: UUID
    version_id: UUID | None
    version_number: int
    provider: str
    model: str
    parameters: Mapping[str, Any]
    variables: tuple[Variable, ...]
    images: int
    template: Template
    session_id: UUID | None = None
    draft: bytes | None = None
    samples: Mapping[str, str] = field(default_factory=dict[str, str])


class Resolver:
    """Resolves targets, out of memory as far as it can: what a target means for half a second, content for good."""

    def __init__(self, targets: TargetStore, versions: VersionStore, sessions: SessionStore) -> None:
        self._targets = targets
        self._versions = versions
        self._sessions = sessions
        self._resolve_cached = alru_cache(maxsize=MAX_TARGETS, ttl=TARGET_SECONDS)(self._resolve)
        self._load_cached = alru_cache(maxsize=MAX_RUNNABLES)(self._load)

    async def resolve(
        self, project_id: UUID, *, version_id: UUID | None, prompt_id: str = "", number: int = 0, label: str = ""
    ) -> Runnable:
        """Give the version with this id; without one, that of this label or number of a prompt (id or alias), or its
        latest.

        Raises NotFound, and FailedPrecondition for a prompt without a version.
        """
        return await self._resolve_cached(project_id, version_id, prompt_id, number, label)

    async def read_session(self, project_id: UUID, session_id: str) -> Runnable:
        """Give the draft of a session (id or serial) as it is now: nothing of it is remembered. Raises NotFound."""
        session, _ = await self._sessions.get(project_id, session_id)
        return _of_session(session)

    def forget(self) -> None:
        """Look anew at what every target means: prompts, versions or labels were changed here."""
        self._resolve_cached.cache_clear()

    async def _resolve(
        self, project_id: UUID, version_id: UUID | None, prompt_id: str, number: int, label: str
    ) -> Runnable:
        found = await self._find(project_id, version_id, prompt_id, number, label)
        return await self._load_cached(project_id, found)

    async def _find(self, project_id: UUID, version_id: UUID | None, prompt_id: str, number: int, label: str) -> UUID:
        if version_id is not None:
            return await self._targets.get_id(project_id, version_id)
        if label:
            return await self._targets.get_id_by_label(project_id, prompt_id, label)
        if number:
            return await self._targets.get_id_by_number(project_id, prompt_id, number)
        return await self._targets.get_latest_id(project_id, prompt_id)

    async def _load(self, project_id: UUID, version_id: UUID) -> Runnable:
        version, _ = await self._versions.get(project_id, str(version_id))
        return _of_version(version)


def from_draft(draft: bytes) -> Runnable:
    """Give what a Runnable of a session was when its `draft` was made."""
    return _of_session(Session.FromString(draft))


def _of_version(version: prompt_pb2.Version) -> Runnable:
    return Runnable(
        prompt_id=UUID(version.prompt_id),
        version_id=UUID(version.id),
        version_number=version.number,
        provider=version.provider,
        model=version.model,
        parameters=values.from_struct(version.parameters),
        variables=tuple(_to_variable(variable) for variable in version.variables),
        images=len(version.images),
        template=_compile(version.messages, version.variables),
    )


def _of_session(session: Session) -> Runnable:
    variables = content.complete(session.variables, session.messages)
    names = {variable.name for variable in variables}
    return Runnable(
        prompt_id=UUID(session.prompt_id),
        version_id=None,
        version_number=0,
        provider=session.provider,
        model=session.model,
        parameters=values.from_struct(session.parameters),
        variables=tuple(_to_variable(variable) for variable in variables),
        images=len(session.images),
        template=_compile(session.messages, variables),
        session_id=UUID(session.id),
        draft=session.SerializeToString(deterministic=True),
        samples={name: value for name, value in session.inputs.items() if name in names},
    )


def _compile(messages: Sequence[Value], variables: Sequence[prompt_pb2.Variable]) -> Template:
    read = [values.from_value(message) for message in messages]
    return compile_messages(read, {variable.name for variable in variables})


def _to_variable(variable: prompt_pb2.Variable) -> Variable:
    return Variable(
        name=variable.name,
        type="select" if variable.type == prompt_pb2.Variable.TYPE_SELECT else "text",
        required=variable.required,
        default=variable.default_value if variable.HasField("default_value") else None,
        allow_empty=variable.allow_empty,
        options=tuple(Option(option.name, option.value) for option in variable.options),
    )
