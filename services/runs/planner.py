"""Makes of a request a run that can begin, or refuses it: its version, its values, its model, its messages."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from uuid_utils.compat import uuid7

from promptwire.v1.run_pb2 import ImageInput
from services import errors
from services.caller import Caller
from services.checks import Checks, invalid
from services.prompts import formats
from services.prompts.flow import Flow, FromStep, Output
from services.prompts.resolver import TEXT, Format, Resolver, Runnable, from_draft, of_inline, to_format
from services.prompts.template import TooLong
from services.prompts.variables import Unfilled, fill
from services.providers import json_answers
from services.providers.adjustments import Adjustment, adjust
from services.providers.registry import Kind, Registry, Target, UnknownModel
from services.runs import flow_executor, images, records
from services.runs.executor import Node
from services.runs.flow_planner import FlowPlanner
from services.runs.output_reader import OUTPUT
from services.runs.records import Start
from services.runs.specs import Inline, Spec
from services.schemas import SchemaChecker
from services.webhooks import hook


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of a template that can begin: the first part of its record, what to execute, and within how many seconds.

    `images` are those of a request that gives some of them by URL: they are fetched once the run is recorded, and
    `render` gives the messages with them. Else `node` has all of its messages. `format` is what the answer is read as.
    """

    start: Start
    node: Node
    seconds: float
    images: Sequence[ImageInput]
    render: Callable[[Sequence[str]], list[Any]]
    format: Format = TEXT

    def beginning(self, start: Start) -> "Plan":
        """Give the plan with another first part of its record."""
        return replace(self, start=start)


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """A run of a graph that can begin: its nodes in order, its outputs, the values of its variables by label."""

    start: Start
    nodes: Sequence[flow_executor.Node]
    outputs: Sequence[Output]
    values: Mapping[str, str]
    seconds: float

    def beginning(self, start: Start) -> "FlowPlan":
        """Give the plan with another first part of its record."""
        return replace(self, start=start)


class Planner:
    """Plans runs."""

    def __init__(self, resolver: Resolver, registry: Registry, schemas: SchemaChecker) -> None:
        self._resolver = resolver
        self._registry = registry
        self._schemas = schemas
        self._flows = FlowPlanner(resolver, registry)

    async def plan(self, caller: Caller, spec: Spec) -> Plan | FlowPlan:
        """Plan a run. Raises ServiceError when it cannot begin: every fault of the values at once."""
        runnable = await self._find_runnable(caller, spec)
        _check_runnable(runnable)
        if runnable.flow is not None:
            return await self._plan_flow(caller, spec, runnable, runnable.flow)
        inputs = _merge(runnable, spec)
        values = _fill(runnable, spec, inputs)
        target = await self._find_target(runnable, spec)
        start = _to_start(caller, spec, runnable)._replace(provider=target.provider.name, model=target.model)
        if runnable.format.kind == "image":
            start = start._replace(is_flow=True, inputs=None if caller.omit_payloads else records.dump(inputs))
            return _to_image_plan(start, spec, runnable, values, target)
        plan = _to_plan(start, spec, runnable, values, target)
        if caller.omit_payloads:
            return plan
        notes = [images.to_note(image) for image in spec.images]
        shown = plan.render(notes) if notes else plan.node.messages
        return plan.beginning(plan.start._replace(inputs=records.dump(inputs), messages=records.dump(shown)))

    async def resume(self, start: Start, spec: Spec) -> Plan | FlowPlan:
        """Plan a run that was begun or queued before, with the content and the model of then. Raises ServiceError."""
        if spec.inline is not None:
            form = Format("image") if start.is_flow else to_format(spec.inline.output_format)
            runnable = of_inline(spec.inline.messages, form)
        elif start.draft is not None:
            runnable = await from_draft(start.draft)
        else:
            # What was no fault then is none now.
            runnable = await self._resolver.resolve(start.project_id, version_id=start.version_id, heed_strict=False)
        values = _fill(runnable, spec, _merge(runnable, spec))
        if runnable.flow is not None:
            pins = orjson.loads(start.pins) if start.pins is not None else {}
            nodes, _ = await self._flows.plan(start.project_id, runnable.flow, values, pins)
            return FlowPlan(start, nodes, runnable.flow.outputs, values, spec.timeout)
        target = await self._resolve(start.provider, start.model, _kind(runnable))
        if runnable.format.kind == "image":
            return _to_image_plan(start, spec, runnable, values, target)
        return _to_plan(start, spec, runnable, values, target)

    async def _plan_flow(self, caller: Caller, spec: Spec, runnable: Runnable, flow: Flow) -> FlowPlan:
        inputs = _merge(runnable, spec)
        values = _fill(runnable, spec, inputs)
        nodes, pins = await self._flows.plan(caller.project_id, flow, values, {})
        start = _to_start(caller, spec, runnable)._replace(is_flow=True, pins=records.dump(pins) if pins else None)
        if not caller.omit_payloads:
            start = start._replace(inputs=records.dump(inputs))
        return FlowPlan(start, nodes, flow.outputs, values, spec.timeout)

    async def _find_runnable(self, caller: Caller, spec: Spec) -> Runnable:
        if spec.inline is not None:
            return await self._read_inline(spec, spec.inline)
        if spec.session_id:
            return await self._resolver.read_session(caller.project_id, spec.session_id)
        return await self._resolver.resolve(
            caller.project_id,
            version_id=spec.version_id,
            prompt_id=spec.prompt_id,
            number=spec.number,
            label=spec.label,
        )

    async def _read_inline(self, spec: Spec, inline: Inline) -> Runnable:
        """Give what is to be run of content that is no prompt's. Raises InvalidArgument."""
        if fault := await formats.find_schema_fault(self._schemas, inline.output_format):
            raise invalid(errors.Violation("spec.inline.output_format.schema", fault))
        form = to_format(inline.output_format)
        if not inline.output_format.type and self._registry.is_for_images(spec.model):
            form = Format("image")
        runnable = of_inline(inline.messages, form)
        if runnable.template.faults:
            raise invalid(*(errors.Violation("spec.inline.messages", fault) for fault in runnable.template.faults[:10]))
        return runnable

    async def _find_target(self, runnable: Runnable, spec: Spec) -> Target:
        """Find whom to ask. The version's provider goes with its own model, not with one that the request names."""
        provider, model = ("", spec.model) if spec.model else (runnable.provider, runnable.model)
        return await self._resolve(provider, model, _kind(runnable))

    async def _resolve(self, provider: str, model: str, kind: Kind) -> Target:
        try:
            return await self._registry.resolve(provider, model, kind)
        except UnknownModel as error:
            fault = errors.Violation("spec.model", str(error), "MODEL_UNKNOWN")
            metadata = {"model": model}
            raise errors.InvalidArgument("MODEL_UNKNOWN", str(error), metadata=metadata, violations=[fault]) from None


def _check_runnable(runnable: Runnable) -> None:
    found = runnable.template.faults if runnable.flow is None else runnable.flow.faults
    if not found:
        return
    faults = "; ".join(found[:10])
    if runnable.session_id is not None:
        message = f"the session cannot be run: {faults}; save one that can"
        metadata = {"session_id": str(runnable.session_id)}
    else:
        message = f"the version cannot be run: {faults}; create a version that can"
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
        if runnable.flow is not None and spec.model:
            check.fail("spec.model", "is not for a flow, whose nodes name their own")
        if runnable.flow is not None and spec.parameters:
            check.fail("spec.parameters", "are not for a flow, whose nodes have their own")
        try:
            values = fill(runnable.variables, inputs)
        except Unfilled as error:
            for fault in error.faults:
                reason = "VARIABLE_MISSING" if fault.code == "required" else "FIELD_INVALID"
                check.fail(f"spec.inputs.{fault.name}", fault.message, reason)
    return values


def _to_plan(start: Start, spec: Spec, runnable: Runnable, values: Mapping[str, str], target: Target) -> Plan:
    given, words = {**runnable.parameters, **spec.parameters}, ""
    if runnable.format.kind == "json":
        given, words = _in_json(runnable.format, given, target)
    render = functools.partial(_render, runnable, values, words)
    messages = render([images.to_url(image) for image in spec.images])
    parameters, adjustments = adjust(target.rules, given, messages)
    node = Node(records.TEMPLATE, target, messages, parameters)
    to_fetch = spec.images if any(image.url for image in spec.images) else ()
    start = start._replace(adjustments=dump_adjustments(target, adjustments))
    return Plan(start, node, spec.timeout, to_fetch, render, runnable.format)


def _in_json(form: Format, given: Mapping[str, Any], target: Target) -> tuple[dict[str, Any], str]:
    """Give the settings that have the model answer in JSON, the version's own first, and what it has to be told."""
    settings = json_answers.constrain(target.json_style, form.schema)
    is_shown = target.shows_schema and form.schema is not None and json_answers.SETTING in settings
    words = "" if is_shown and target.json_style == "schema" else json_answers.instruct(form.schema)
    return {**settings, **given}, words


def _to_image_plan(start: Start, spec: Spec, runnable: Runnable, values: Mapping[str, str], target: Target) -> FlowPlan:
    """Plan the image of a template: as a graph of one node, whose image is kept before the run ends."""
    node = flow_executor.Node(
        id=records.TEMPLATE,
        name="",
        kind="image",
        target=target,
        parameters={**runnable.parameters, **spec.parameters},
        template=runnable.template,
        needs=(),
        values=values,
        answers={},
    )
    output = Output(id="", name=OUTPUT, sources=(FromStep(node.id),))
    return FlowPlan(start, [node], [output], values, spec.timeout)


def _kind(runnable: Runnable) -> Kind:
    return "image" if runnable.format.kind == "image" else "text"


def dump_adjustments(target: Target, adjustments: Sequence[Adjustment]) -> str | None:
    """Give the column of what was changed for a model, itself included when another one was named; None for nothing."""
    if target.replaces:
        adjustments = (Adjustment("model", target.replaces, f"{target.provider.name}/{target.model}"), *adjustments)
    return records.dump_adjustments(adjustments)


def _render(runnable: Runnable, values: Mapping[str, str], words: str, urls: Sequence[str]) -> list[Any]:
    try:
        messages = runnable.template.render(values, urls)
        return json_answers.tell(messages, words) if words else messages
    except TooLong as error:
        raise invalid(errors.Violation("spec.inputs", str(error))) from None


def _to_start(caller: Caller, spec: Spec, runnable: Runnable) -> Start:
    run_id = uuid7()
    return Start(
        project_id=caller.project_id,
        run_id=run_id,
        prompt_id=runnable.prompt_id,
        version_id=runnable.version_id,
        version_number=runnable.version_number,
        key_id=caller.key_id,
        end_user_id=spec.end_user_id,
        provider="",
        model="",
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
        metadata=records.dump(spec.metadata) if spec.metadata else None,
        webhook=hook.dump(spec.webhook) if spec.webhook is not None else None,
    )
