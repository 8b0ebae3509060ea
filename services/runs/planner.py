"""Makes of a request a run that can begin, or refuses it: its version, its values, its model, its messages."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from uuid_utils.compat import uuid7

from promptwire.v1.run_pb2 import ImageInput
from services import errors
from services.caller import Caller
from services.checks import Checks, invalid
from services.prompts.resolver import Resolver, Runnable, from_draft
from services.prompts.template import TooLong
from services.prompts.variables import Unfilled, fill
from services.providers.registry import Registry, Target, UnknownModel
from services.runs import images, records
from services.runs.executor import Node
from services.runs.records import Start
from services.runs.specs import Spec


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can begin: the first part of its record, what to execute, and within how many seconds.

    `images` are those of a request that gives some of them by URL: they are fetched once the run is recorded, and
    `render` gives the messages with them. Else `node` has all of its messages.
    """

    start: Start
    node: Node
    seconds: float
    images: Sequence[ImageInput]
    render: Callable[[Sequence[str]], list[Any]]

    def beginning(self, start: Start) -> "Plan":
        """Give the plan with another first part of its record."""
        return Plan(start, self.node, self.seconds, self.images, self.render)


class Planner:
    """Plans runs."""

    def __init__(self, resolver: Resolver, registry: Registry) -> None:
        self._resolver = resolver
        self._registry = registry

    async def plan(self, caller: Caller, spec: Spec) -> Plan:
        """Plan a run. Raises ServiceError when it cannot begin: every fault of the values at once."""
        runnable = await self._find_runnable(caller, spec)
        _check_runnable(runnable)
        inputs = _merge(runnable, spec)
        values = _fill(runnable, spec, inputs)
        target = await self._find_target(runnable, spec)
        start = _to_start(caller, spec, runnable, target)
        plan = _to_plan(start, spec, runnable, values, target)
        if caller.omit_payloads:
            return plan
        notes = [images.to_note(image) for image in spec.images]
        shown = _render(runnable, values, notes) if notes else plan.node.messages
        return plan.beginning(start._replace(inputs=records.dump(inputs), messages=records.dump(shown)))

    async def resume(self, start: Start, spec: Spec) -> Plan:
        """Plan a run that was begun or queued before, with the content and the model of then. Raises ServiceError."""
        if start.draft is not None:
            runnable = from_draft(start.draft)
        else:
            runnable = await self._resolver.resolve(start.project_id, version_id=start.version_id)
        values = _fill(runnable, spec, _merge(runnable, spec))
        target = await self._resolve(start.provider, start.model)
        return _to_plan(start, spec, runnable, values, target)

    async def _find_runnable(self, caller: Caller, spec: Spec) -> Runnable:
        if spec.session_id:
            return await self._resolver.read_session(caller.project_id, spec.session_id)
        return await self._resolver.resolve(
            caller.project_id,
            version_id=spec.version_id,
            prompt_id=spec.prompt_id,
            number=spec.number,
            label=spec.label,
        )

    async def _find_target(self, runnable: Runnable, spec: Spec) -> Target:
        """Find whom to ask. The version's provider goes with its own model, not with one that the request names."""
        provider, model = ("", spec.model) if spec.model else (runnable.provider, runnable.model)
        return await self._resolve(provider, model)

    async def _resolve(self, provider: str, model: str) -> Target:
        try:
            return await self._registry.resolve(provider, model)
        except UnknownModel as error:
            fault = errors.Violation("spec.model", str(error), "MODEL_UNKNOWN")
            metadata = {"model": model}
            raise errors.InvalidArgument("MODEL_UNKNOWN", str(error), metadata=metadata, violations=[fault]) from None


def _check_runnable(runnable: Runnable) -> None:
    faults = "; ".join(runnable.template.faults[:10])
    if not faults:
        return
    if runnable.session_id is not None:
        message = f"the session cannot be sent to a model: {faults}; save messages that can"
        metadata = {"session_id": str(runnable.session_id)}
    else:
        message = f"the version cannot be sent to a model: {faults}; create a version that can"
        metadata = {"version_id": str(runnable.version_id)}
    raise errors.FailedPrecondition("VERSION_NOT_RUNNABLE", message, metadata=metadata)


def _merge(runnable: Runnable, spec: Spec) -> Mapping[str, Any]:
    """Give the inputs of a run: a session's own where the request gives no value, and null is none."""
    if not runnable.samples:
        return spec.inputs
    return {**runnable.samples, **{name: value for name, value in spec.inputs.items() if value is not None}}


def _fill(runnable: Runnable, spec: Spec, inputs: Mapping[str, Any]) -> Mapping[str, str]:
    values: Mapping[str, str] = {}
    with Checks() as check:
        if len(spec.images) != runnable.images:
            check.fail("spec.images", f"must have {runnable.images} items; it has {len(spec.images)}")
        try:
            values = fill(runnable.variables, inputs)
        except Unfilled as error:
            for fault in error.faults:
                reason = "VARIABLE_MISSING" if fault.code == "required" else "FIELD_INVALID"
                check.fail(f"spec.inputs.{fault.name}", fault.message, reason)
    return values


def _to_plan(start: Start, spec: Spec, runnable: Runnable, values: Mapping[str, str], target: Target) -> Plan:
    render = functools.partial(_render, runnable, values)
    messages = render([images.to_url(image) for image in spec.images])
    node = Node(records.TEMPLATE, target, messages, {**runnable.parameters, **spec.parameters})
    to_fetch = spec.images if any(image.url for image in spec.images) else ()
    return Plan(start, node, spec.timeout, to_fetch, render)


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
        create_time=(created := records.created(run_id)),
        start_time=created,
        server_id=None,
        attempt=1,
        spec=None,
        streamed=False,
        session_id=runnable.session_id,
        draft=runnable.draft,
    )
