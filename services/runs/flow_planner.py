"""Makes of a compiled graph the nodes that a run of it executes: whom each asks, with which prompt and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services import errors
from services.prompts.flow import Flow, FromStep, FromVariable, Step
from services.prompts.resolver import Resolver, Runnable
from services.providers.registry import Registry, Target, UnknownModel
from services.runs.flow_executor import Node

_TARGET_FAULTS = (errors.NotFound, errors.FailedPrecondition)


@dataclass(slots=True)
class _Faults:
    """What keeps a graph from running: of the models that its nodes name, and of the stored prompts that they take."""

    models: list[errors.Violation] = field(default_factory=list[errors.Violation])
    prompts: list[str] = field(default_factory=list[str])
    first_model: str = ""

    def refuse(self) -> None:
        if self.models:
            message, metadata = "; ".join(fault.message for fault in self.models[:10]), {"model": self.first_model}
            raise errors.InvalidArgument("MODEL_UNKNOWN", message, metadata=metadata, violations=self.models)
        if self.prompts:
            message = f"the flow cannot be run: {'; '.join(self.prompts[:10])}"
            raise errors.FailedPrecondition("VERSION_NOT_RUNNABLE", message)


class FlowPlanner:
    """Plans the nodes of graphs."""

    def __init__(self, resolver: Resolver, registry: Registry) -> None:
        self._resolver = resolver
        self._registry = registry

    async def plan(
        self, project_id: UUID, flow: Flow, values: Mapping[str, str], pins: Mapping[str, str]
    ) -> tuple[list[Node], dict[str, str]]:
        """Give the nodes in order, and by node the versions of the stored prompts that they take.

        `values` are those of the variables; `pins` names versions that were taken before. Raises ServiceError with all
        faults of one kind.
        """
        faults, targets, taken = _Faults(), dict[tuple[str, str, str], Target | None](), dict[str, str]()
        nodes: list[Node] = []
        for step in flow.steps:
            stored = await self._find_stored(project_id, flow, step, pins, faults) if step.prompt_id else None
            provider, model = ("", step.model) if step.model or stored is None else (stored.provider, stored.model)
            name = (step.kind, provider, model)
            if name not in targets:
                targets[name] = await self._find_target(step, provider, model, faults)
            if stored is not None:
                taken[step.id] = str(stored.version_id)
            target = targets[name]
            if target is not None and (stored is not None or step.template is not None):
                nodes.append(_to_node(flow, step, target, stored, values))
        faults.refuse()
        return nodes, taken

    async def _find_stored(
        self, project_id: UUID, flow: Flow, step: Step, pins: Mapping[str, str], faults: _Faults
    ) -> Runnable | None:
        try:
            if step.id in pins:
                # What was no fault when the run began is none now.
                pinned = UUID(pins[step.id])
                stored = await self._resolver.resolve(project_id, version_id=pinned, heed_strict=False)
            else:
                stored = await self._resolver.resolve(
                    project_id, version_id=None, prompt_id=step.prompt_id, label=step.prompt_label
                )
        except _TARGET_FAULTS as error:
            faults.prompts.append(f"{_tell(step)}: {error.message}")
            return None
        fault = _find_fault(flow, step, stored)
        if fault:
            faults.prompts.append(f"{_tell(step)} takes the prompt {step.prompt_id!r}, {fault}")
        return None if fault else stored

    async def _find_target(self, step: Step, provider: str, model: str, faults: _Faults) -> Target | None:
        try:
            return await self._registry.resolve(provider, model, step.kind)
        except UnknownModel as error:
            place = f"graph.nodes[{step.index}].data.modelParams.model"
            faults.first_model = faults.first_model or model
            faults.models.append(errors.Violation(place, f"{_tell(step)}: {error}", "MODEL_UNKNOWN"))
            return None


def _find_fault(flow: Flow, step: Step, stored: Runnable) -> str | None:
    if stored.flow is not None:
        return "which is a flow itself"
    if stored.template.faults:
        return f"which cannot be sent to a model: {stored.template.faults[0]}"
    if stored.images:
        return "which needs images"
    if stored.format.kind == "image" and step.kind != "image":
        return "which makes an image; take it in an image node"
    needed = [it.name for it in stored.variables if it.required and it.default is None]
    given = flow.find_sources(step, needed)
    missing = [name for name in needed if name not in given]
    return f"which needs {', '.join(missing[:10])}; lead an edge there from what gives it" if missing else None


def _to_node(flow: Flow, step: Step, target: Target, stored: Runnable | None, values: Mapping[str, str]) -> Node:
    template, sources = step.template, step.sources
    if stored is not None:
        template = stored.template
        sources = flow.find_sources(step, (variable.name for variable in stored.variables))
    assert template is not None
    return Node(
        id=step.id,
        name=step.name,
        kind=step.kind,
        target=target,
        parameters={**stored.parameters, **step.parameters} if stored is not None else step.parameters,
        template=template,
        needs=step.needs,
        values={name: values[it.label] for name, it in sources.items() if isinstance(it, FromVariable)},
        answers={name: it.id for name, it in sources.items() if isinstance(it, FromStep)},
        variables=stored.variables if stored is not None else None,
    )


def _tell(step: Step) -> str:
    return f"node {step.name!r} ({step.id})" if step.name else f"node {step.id}"
