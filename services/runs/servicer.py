"""RunService: checks what is asked, and hands it to those who run, watch and keep runs. Reports stand by themselves."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from promptwire.v1 import run_pb2
from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.run_service_pb2_grpc import RunServiceServicer
from services import caller
from services.checks import Checks
from services.images.viewer import Viewer
from services.providers.registry import Model, Registry
from services.runs import specs
from services.runs.intake import Intake
from services.runs.rating_store import RatingStore
from services.runs.report_servicer import ReportServicer
from services.runs.search_store import SearchStore
from services.runs.specs import Limits
from services.runs.store import RunStore
from services.runs.streamer import Streamer
from services.runs.usage_store import UsageStore
from services.runs.watcher import Watcher
from services.runs.webhook_secrets import WebhookSecrets
from services.runs.webhook_servicer import WebhookServicer
from services.webhooks.delivery_store import DeliveryStore


class RunServicer(ReportServicer, WebhookServicer, RunServiceServicer):
    """Runs of the caller's project, and the models that all projects share."""

    def __init__(
        self,
        intake: Intake,
        streamer: Streamer,
        watcher: Watcher,
        store: RunStore,
        searches: SearchStore,
        ratings: RatingStore,
        usage: UsageStore,
        deliveries: DeliveryStore,
        secrets: WebhookSecrets,
        registry: Registry,
        viewer: Viewer,
        limits: Limits,
    ) -> None:
        ReportServicer.__init__(self, store, searches, ratings, usage, viewer)
        WebhookServicer.__init__(self, deliveries, secrets)
        self._intake = intake
        self._streamer = streamer
        self._watcher = watcher
        self._registry = registry
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

    async def ListModels(self, request: pb.ListModelsRequest, context: object) -> pb.ListModelsResponse:
        """List the models that can be asked by name."""
        return pb.ListModelsResponse(models=[_to_model(model) for model in await self._registry.models()])

    async def GetImage(self, request: pb.GetImageRequest, context: object) -> AsyncGenerator[pb.GetImageResponse]:
        """Give an image to whoever has its token."""
        async with aclosing(self._viewer.show(request.token)) as parts:
            async for part in parts:
                yield part


def _to_model(model: Model) -> run_pb2.Model:
    return run_pb2.Model(
        name=model.name,
        provider=model.provider,
        provider_model=model.provider_model,
        is_default=model.is_default,
        kind=f"KIND_{(model.kind or 'unspecified').upper()}",
        choices=[run_pb2.ParameterChoice(parameter=name, values=model.choices[name]) for name in sorted(model.choices)],
    )
