"""Makes of a request a run that can begin, or refuses it: its version, its values, its model, its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from uuid_utils.compat import uuid7

from services import errors
from services.caller import Caller
from services.checks import Checks, invalid
from services.prompts.resolver import Resolver, Runnable
from services.prompts.template import TooLong
from services.prompts.variables import Unfilled, fill
from services.providers.registry import Registry, Target, UnknownModel
from services.runs import images, records
from services.runs.executor import Node
from services.runs.records import Start
from services.runs.specs import Spec


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can begin: what to execute, within how many seconds, and the first part of its record."""

    node: Node
    seconds: float
    start: Start
    keep_payloads: bool


class Planner:
    """Plans runs."""

    def __init__(self, resolver: Resolver, registry: Registry) -> None:
        self._resolver = resolver
        self._registry = registry

    async def plan(self, caller: Caller, spec: Spec) -> Plan:
        """Plan a run. Raises ServiceError when it cannot begin: every fault of the values at once."""
        runnable = await self._resolver.resolve(
            caller.project_id, version_id=spec.version_id, prompt_id=spec.prompt_id, number=spec.number
        )
        _check_runnable(runnable)
        values = _fill(runnable, spec)
        target = await self._find_target(runnable, spec)
        messages = _render(runnable, values, [images.to_url(image) for image in spec.images])
        node = Node(records.TEMPLATE, target, messages, {**runnable.parameters, **spec.parameters})
        start = _to_start(caller, spec, runnable, target)
        if caller.omit_payloads:
            return Plan(node, spec.timeout, start, keep_payloads=False)
        shown = _render(runnable, values, [images.to_note(image) for image in spec.images]) if spec.images else messages
        start = start._replace(inputs=records.dump(spec.inputs), messages=records.dump(shown))
        return Plan(node, spec.timeout, start, keep_payloads=True)

    async def _find_target(self, runnable: Runnable, spec: Spec) -> Target:
        """Find whom to ask. The version's provider goes with its own model, not with one that the request names."""
        provider, model = ("", spec.model) if spec.model else (runnable.provider, runnable.model)
        try:
            return await self._registry.resolve(provider, model)
        except UnknownModel as error:
            fault = errors.Violation("spec.model", str(error), "MODEL_UNKNOWN")
            metadata = {"model": model}
            raise errors.InvalidArgument("MODEL_UNKNOWN", str(error), metadata=metadata, violations=[fault]) from None


def _check_runnable(runnable: Runnable) -> None:
    if faults := runnable.template.faults:
        message = f"the version cannot be sent to a model: {'; '.join(faults[:10])}; create a version that can"
        metadata = {"version_id": str(runnable.version_id)}
        raise errors.FailedPrecondition("VERSION_NOT_RUNNABLE", message, metadata=metadata)


def _fill(runnable: Runnable, spec: Spec) -> Mapping[str, str]:
    values: Mapping[str, str] = {}
    with Checks() as check:
        if len(spec.images) != runnable.images:
            check.fail("spec.images", f"must have {runnable.images} items; it has {len(spec.images)}")
        try:
            values = fill(runnable.variables, spec.inputs)
        except Unfilled as error:
            for fault in error.faults:
                reason = "VARIABLE_MISSING" if fault.code == "required" else "FIELD_INVALID"
                check.fail(f"spec.inputs.{fault.name}", fault.message, reason)
    return values


def _render(runnable: Runnable, values: Mapping[str, str], urls: Sequence[str]) -> list[Any]:
    try:
        return runnable.template.render(values, urls)
    except TooLong as error:
        raise invalid(errors.Violation("spec.inputs", str(error))) from None


def _to_start(caller: Caller, spec: Spec, runnable: Runnable, target: Target) -> Start:
    run_id = uuid7()
    return Start(
        project_id=caller.project_id,
        run_id=run_id,
        prompt_id=runnable.prompt_id,
        version_id=runnable.version_id,
        version_number=runnable.version_number,
        key_id=caller.key_id,
        end_user_id=spec.end_user_id,
        provider=target.provider.name,
        model=target.model,
        inputs=None,
        messages=None,
        create_time=records.created(run_id),
    )
