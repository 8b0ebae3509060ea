"""Finds what a run is to run: which version its target means now, and that version's content, compiled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from async_lru import alru_cache

from promptwire import values
from promptwire.v1 import prompt_pb2
from services.prompts.target_store import TargetStore
from services.prompts.template import Template, compile_messages
from services.prompts.variables import Option, Variable
from services.prompts.version_store import VersionStore

# How long a run may still get what a target meant before another server made or deleted a version or moved an alias.
TARGET_SECONDS = 0.5
MAX_TARGETS = 10_000
MAX_RUNNABLES = 1000


@dataclass(frozen=True, slots=True)
class Runnable:
    """A version as a run needs it. It is shared by runs: not to be changed. `images` is how many it asks for."""

    prompt_id: UUID
    version_id: UUID
    version_number: int
    provider: str
    model: str
    parameters: Mapping[str, Any]
    variables: tuple[Variable, ...]
    images: int
    template: Template


class Resolver:
    """Resolves targets, out of memory as far as it can: what a target means for half a second, content for good."""

    def __init__(self, targets: TargetStore, versions: VersionStore) -> None:
        self._targets = targets
        self._versions = versions
        self._resolve_cached = alru_cache(maxsize=MAX_TARGETS, ttl=TARGET_SECONDS)(self._resolve)
        self._load_cached = alru_cache(maxsize=MAX_RUNNABLES)(self._load)

    async def resolve(self, project_id: UUID, *, version_id: UUID | None, prompt_id: str, number: int) -> Runnable:
        """Give the version with this id; without one, that of this number of a prompt (id or alias), for 0 its latest.

        Raises NotFound, and FailedPrecondition for a prompt without a version.
        """
        return await self._resolve_cached(project_id, version_id, prompt_id, number)

    def forget(self) -> None:
        """Look anew at what every target means: prompts or versions were changed here."""
        self._resolve_cached.cache_clear()

    async def _resolve(self, project_id: UUID, version_id: UUID | None, prompt_id: str, number: int) -> Runnable:
        return await self._load_cached(project_id, await self._find(project_id, version_id, prompt_id, number))

    async def _find(self, project_id: UUID, version_id: UUID | None, prompt_id: str, number: int) -> UUID:
        if version_id is not None:
            return await self._targets.get_id(project_id, version_id)
        if number:
            return await self._targets.get_id_by_number(project_id, prompt_id, number)
        return await self._targets.get_latest_id(project_id, prompt_id)

    async def _load(self, project_id: UUID, version_id: UUID) -> Runnable:
        version, _ = await self._versions.get(project_id, str(version_id))
        return _to_runnable(version)


def _to_runnable(version: prompt_pb2.Version) -> Runnable:
    messages = [values.from_value(message) for message in version.messages]
    return Runnable(
        prompt_id=UUID(version.prompt_id),
        version_id=UUID(version.id),
        version_number=version.number,
        provider=version.provider,
        model=version.model,
        parameters=values.from_struct(version.parameters),
        variables=tuple(_to_variable(variable) for variable in version.variables),
        images=len(version.images),
        template=compile_messages(messages, {variable.name for variable in version.variables}),
    )


def _to_variable(variable: prompt_pb2.Variable) -> Variable:
    return Variable(
        name=variable.name,
        type="select" if variable.type == prompt_pb2.Variable.TYPE_SELECT else "text",
        required=variable.required,
        default=variable.default_value if variable.HasField("default_value") else None,
        allow_empty=variable.allow_empty,
        options=tuple(Option(option.name, option.value) for option in variable.options),
    )
