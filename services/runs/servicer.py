"""RunService: checks what is asked, and hands it to those who run, watch and keep runs."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Literal
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_pb2 import Run
from promptwire.v1.run_service_pb2_grpc import RunServiceServicer
from services import caller, paging
from services.checks import Checks
from services.images.viewer import Viewer
from services.providers.registry import Model, Registry
from services.runs import records, specs
from services.runs.intake import Intake
from services.runs.specs import Limits
from services.runs.store import Filters, RunStore
from services.runs.streamer import Streamer
from services.runs.watcher import Watcher

# What a google.protobuf.Timestamp holds: the years 1 to 9999.
MIN_SECONDS = -62_135_596_800
MAX_SECONDS = 253_402_300_799

TimeField = Literal["min_create_time", "max_create_time"]


class RunServicer(RunServiceServicer):
    """Runs of the caller's project, and the models that all projects share."""

    def __init__(
        self,
        intake: Intake,
        streamer: Streamer,
        watcher: Watcher,
        store: RunStore,
        registry: Registry,
        viewer: Viewer,
        limits: Limits,
    ) -> None:
        self._intake = intake
        self._streamer = streamer
        self._watcher = watcher
        self._store = store
        self._registry = registry
        self._viewer = viewer
        self._limits = limits

    async def CreateRun(self, request: pb.CreateRunRequest, context: object) -> pb.CreateRunResponse:
        """Run a version, and answer at its end, after a time, or at once."""
        with Checks() as check:
            wait, lifetime = specs.read_wait(check, request), specs.read_lifetime(check, request)
        if request.detached:
            run = await self._intake.queue(caller.current(), request.spec)
        else:
            run = await self._intake.create(caller.current(), request.spec, wait)
        self._viewer.sign(caller.current().project_id, run, lifetime)
        return pb.CreateRunResponse(run=run)

    async def StreamRun(self, request: pb.StreamRunRequest, context: object) -> AsyncGenerator[pb.StreamRunResponse]:
        """Run a version, and give what happens."""
        with Checks() as check:
            wait = specs.read_wait(check, request)
        project_id = caller.current().project_id
        async with aclosing(self._streamer.stream(caller.current(), request.spec, wait)) as events:
            async for event in events:
                yield pb.StreamRunResponse(event=self._viewer.sign_event(project_id, event))

    async def WatchRun(self, request: pb.WatchRunRequest, context: object) -> AsyncGenerator[pb.WatchRunResponse]:
        """Give what happened in a run, and what happens."""
        with Checks() as check:
            run_id = check.uuid("id", request.id)
            check.number("after_sequence", request.after_sequence, least=0, most=specs.MAX_NUMBER - 1)
        project_id = caller.current().project_id
        async with aclosing(self._watcher.watch(project_id, run_id, request.after_sequence)) as events:
            async for event in events:
                yield pb.WatchRunResponse(event=self._viewer.sign_event(project_id, event))

    async def CancelRun(self, request: pb.CancelRunRequest, context: object) -> pb.CancelRunResponse:
        """End a run as cancelled."""
        with Checks() as check:
            run_id = check.uuid("id", request.id)
        run = await self._intake.cancel(caller.current().project_id, run_id)
        self._viewer.sign(caller.current().project_id, run)
        return pb.CancelRunResponse(run=run)

    async def GetRun(self, request: pb.GetRunRequest, context: object) -> pb.GetRunResponse:
        """Get a run with its messages."""
        with Checks() as check:
            run_id = check.uuid("id", request.id)
            lifetime = specs.read_lifetime(check, request)
        run = await self._store.get(caller.current().project_id, run_id)
        self._viewer.sign(caller.current().project_id, run, lifetime)
        return pb.GetRunResponse(run=run)

    async def ListRuns(self, request: pb.ListRunsRequest, context: object) -> pb.ListRunsResponse:
        """List a page of the project's runs."""
        with Checks() as check:
            size = check.page_size(request.page_size)
            filters = _read_filters(check, request)
            lifetime = specs.read_lifetime(check, request)
        project_id = caller.current().project_id
        mark = ("runs", str(project_id), str(filters))
        after = _read_after(request.page_token, mark)
        runs, last = await self._store.list(project_id, filters, after=after, size=size)
        for run in runs:
            self._viewer.sign(project_id, run, lifetime)
        token = paging.to_token(mark, (str(last),)) if last else ""
        return pb.ListRunsResponse(runs=runs, next_page_token=token)

    async def ListModels(self, request: pb.ListModelsRequest, context: object) -> pb.ListModelsResponse:
        """List the models that can be asked by name."""
        return pb.ListModelsResponse(models=[_to_model(model) for model in await self._registry.models()])

    async def GetImage(self, request: pb.GetImageRequest, context: object) -> AsyncGenerator[pb.GetImageResponse]:
        """Give an image to whoever has its token."""
        async with aclosing(self._viewer.show(request.token)) as parts:
            async for part in parts:
                yield part


def _read_filters(check: Checks, request: pb.ListRunsRequest) -> Filters:
    check.text("prompt_id", request.prompt_id, most=specs.MAX_PROMPT_ID)
    check.text("end_user_id", request.end_user_id, most=specs.MAX_END_USER_ID)
    return Filters(
        states=_read_states(check, request),
        prompt=request.prompt_id or None,
        end_user_id=request.end_user_id or None,
        least=_read_time(check, request, "min_create_time"),
        bound=_read_time(check, request, "max_create_time"),
        older_than=check.uuid("older_than", request.older_than) if request.older_than else None,
        newer_than=check.uuid("newer_than", request.newer_than) if request.newer_than else None,
    )


def _read_states(check: Checks, request: pb.ListRunsRequest) -> tuple[str, ...]:
    states = sorted(set(request.states))
    if not set(states) <= set(Run.State.values()[1:]):
        check.fail("states", f"must be of {', '.join(Run.State.keys()[1:])}")
        return ()
    return tuple(Run.State.Name(state).removeprefix(records.STATE) for state in states)


def _read_time(check: Checks, request: pb.ListRunsRequest, field: TimeField) -> UUID | None:
    """Give the least id of the runs that are created at a time or later."""
    if not request.HasField(field):
        return None
    time: Timestamp = getattr(request, field)
    if not (MIN_SECONDS <= time.seconds <= MAX_SECONDS and 0 <= time.nanos < 10**9):
        check.fail(field, "must be a time of the years 1 to 9999")
        return None
    milliseconds = time.seconds * 1000 - (-time.nanos // 10**6)
    return records.least_id(max(0, milliseconds))


def _read_after(token: str, mark: tuple[str, ...]) -> UUID | None:
    key = paging.from_token(token, mark, (str,))
    if key is None:
        return None
    with Checks() as check:
        return check.uuid("page_token", key[0])


def _to_model(model: Model) -> run_pb2.Model:
    return run_pb2.Model(
        name=model.name,
        provider=model.provider,
        provider_model=model.provider_model,
        is_default=model.is_default,
        choices=[run_pb2.ParameterChoice(parameter=name, values=model.choices[name]) for name in sorted(model.choices)],
    )
