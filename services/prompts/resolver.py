"""Finds what a run is to run: which version or session its target means now, and the content of that, compiled."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from async_lru import alru_cache
from google.protobuf.struct_pb2 import Struct, Value

from promptwire import values
from promptwire.v1 import prompt_pb2
from promptwire.v1.session_pb2 import Session
from services import threads
from services.prompts import content, formats, graphs
from services.prompts.flow import Flow, broken_flow, compile_flow
from services.prompts.formats import Kind
from services.prompts.graph import GraphInvalid
from services.prompts.session_store import SessionStore
from services.prompts.target_store import Target, TargetStore
from services.prompts.template import Template, compile_literal, compile_messages
from services.prompts.variables import Option, Variable
from services.prompts.version_store import VersionStore

# How long a run may still get what a target meant before another server made or deleted a version or moved an alias
# or a label.
TARGET_SECONDS = 0.5
MAX_TARGETS = 10_000
MAX_RUNNABLES = 1000
# Of larger ones, in bytes, only a few are remembered, so that what is remembered has a bound in bytes, too.
LARGE = 1024 * 1024
MAX_LARGE = 8


@dataclass(frozen=True, slots=True)
class Format:
    """How a run reads what the model gives; `schema` is the JSON Schema that a JSON value must hold, if any."""

    kind: Kind
    schema: Mapping[str, Any] | None = None


TEXT = Format("text")


@dataclass(frozen=True, slots=True)
class Runnable:
    """What a run needs of a version, or of a session. It is shared by runs: not to be changed.

    Inline content has no prompt. `images` is how many it asks for. With a `flow` there is no template. A session has no
    version, but a `draft`, which
    is the Session, serialized, and `samples`: values for the variables that a run gives none for.
    """

    prompt_id: UUID | None
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
    flow: Flow | None = None
    format: Format = TEXT

    def strict(self) -> "Runnable":
        """Give it as a run sees it that must give every variable a value."""
        variables = (replace(variable, required=True, default=None) for variable in self.variables)
        return replace(self, variables=tuple(variables))


class Resolver:
    """Resolves targets, out of memory as far as it can: what a target means for half a second, content for good."""

    def __init__(self, targets: TargetStore, versions: VersionStore, sessions: SessionStore) -> None:
        self._targets = targets
        self._versions = versions
        self._sessions = sessions
        self._resolve_cached = alru_cache(maxsize=MAX_TARGETS, ttl=TARGET_SECONDS)(self._resolve)
        self._load_cached = alru_cache(maxsize=MAX_RUNNABLES)(self._load)
        self._large: OrderedDict[tuple[UUID, UUID], Runnable] = OrderedDict()

    async def resolve(
        self,
        project_id: UUID,
        *,
        version_id: UUID | None,
        prompt_id: str = "",
        number: int = 0,
        label: str = "",
        heed_strict: bool = True,
    ) -> Runnable:
        """Give the version with this id; without one, that of this label or number of a prompt (id or alias), or its
        latest.

        `heed_strict`: its variables have no defaults where its prompt says so. Raises NotFound, and FailedPrecondition
        for a prompt without a version.
        """
        return await self._resolve_cached(project_id, version_id, prompt_id, number, label, heed_strict)

    async def read_session(self, project_id: UUID, session_id: str) -> Runnable:
        """Give the draft of a session (id or serial) as it is now: nothing of it is remembered. Raises NotFound."""
        session, prompt = await self._sessions.get(project_id, session_id)
        runnable = await threads.work(session.ByteSize(), _of_session, session)
        return runnable.strict() if prompt.strict_variables else runnable

    def forget(self) -> None:
        """Look anew at what every target means: prompts, versions or labels were changed here."""
        self._resolve_cached.cache_clear()

    async def _resolve(
        self, project_id: UUID, version_id: UUID | None, prompt_id: str, number: int, label: str, heed_strict: bool
    ) -> Runnable:
        found = await self._find(project_id, version_id, prompt_id, number, label)
        runnable = await self._remember(project_id, found.version_id)
        return runnable.strict() if found.strict_variables and heed_strict else runnable

    async def _find(self, project_id: UUID, version_id: UUID | None, prompt_id: str, number: int, label: str) -> Target:
        if version_id is not None:
            return await self._targets.get(project_id, version_id)
        if label:
            return await self._targets.get_by_label(project_id, prompt_id, label)
        if number:
            return await self._targets.get_by_number(project_id, prompt_id, number)
        return await self._targets.get_latest(project_id, prompt_id)

    async def _remember(self, project_id: UUID, version_id: UUID) -> Runnable:
        key = (project_id, version_id)
        if key in self._large:
            self._large.move_to_end(key)
            return self._large[key]
        runnable, size = await self._load_cached(*key)
        if size > LARGE:
            self._load_cached.cache_invalidate(*key)
            self._large[key] = runnable
            while len(self._large) > MAX_LARGE:
                self._large.popitem(last=False)
        return runnable

    async def _load(self, project_id: UUID, version_id: UUID) -> tuple[Runnable, int]:
        """Give what a run needs of a version, and about how many bytes it takes."""
        version, _ = await self._versions.get(project_id, str(version_id))
        size = version.ByteSize()
        return await threads.work(size, _of_version, version), size


async def from_draft(draft: bytes) -> Runnable:
    """Give what a Runnable of a session was when its `draft` was made."""
    return await threads.work(len(draft), _of_session, Session.FromString(draft))


def of_inline(messages: Sequence[Any], form: Format) -> Runnable:
    """Give what a run needs of content that is no prompt's."""
    return Runnable(
        prompt_id=None,
        version_id=None,
        version_number=0,
        provider="",
        model="",
        parameters={},
        variables=(),
        images=0,
        template=compile_literal(messages),
        format=form,
    )


def to_format(given: prompt_pb2.OutputFormat | None) -> Format:
    """Give an output format as the engine has it."""
    if given is None:
        return TEXT
    return Format(formats.kind_of(given), values.from_struct(given.schema) if given.HasField("schema") else None)


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
        flow=_compile_graph(version.graph) if version.HasField("graph") else None,
        format=to_format(formats.normal(version)),
    )


def _of_session(session: Session) -> Runnable:
    is_flow = session.HasField("graph")
    variables = _declare(session.graph) if is_flow else content.complete(session.variables, session.messages)
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
        flow=_compile_graph(session.graph) if is_flow else None,
        format=to_format(formats.normal(session)),
    )


def _compile(messages: Sequence[Value], variables: Sequence[prompt_pb2.Variable]) -> Template:
    read = [values.from_value(message) for message in messages]
    return compile_messages(read, {variable.name for variable in variables})


def _declare(document: Struct) -> Sequence[prompt_pb2.Variable]:
    with suppress(GraphInvalid):
        return graphs.declare(document)
    return ()


def _compile_graph(document: Struct) -> Flow:
    """Compile a graph. One that is none, by what is asked of graphs since it was kept, has faults."""
    try:
        return compile_flow(graphs.read(document))
    except GraphInvalid as error:
        return broken_flow([f"{fault.field} {fault.message}" for fault in error.faults])


def _to_variable(variable: prompt_pb2.Variable) -> Variable:
    return Variable(
        name=variable.name,
        type="select" if variable.type == prompt_pb2.Variable.TYPE_SELECT else "text",
        required=variable.required,
        default=variable.default_value if variable.HasField("default_value") else None,
        allow_empty=variable.allow_empty,
        options=tuple(Option(option.name, option.value) for option in variable.options),
    )
