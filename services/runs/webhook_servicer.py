"""The RPCs of webhooks: deliveries looked at and made again, the secret that signs them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from promptwire.v1 import run_service_pb2 as pb
from promptwire.v1.webhook_pb2 import Delivery
from services import caller, paging
from services.checks import Checks
from services.runs import records, specs, times
from services.runs.webhook_secrets import WebhookSecrets
from services.webhooks.delivery_store import DeliveryStore, Filters
from services.webhooks.signing import Generation

STATE = "STATE_"
DAY = timedelta(days=1)
MAX_GRACE = 30 * DAY
MAX_POSITION = 2**63 - 1


class WebhookServicer:
    """Webhooks of the caller's project."""

    def __init__(self, deliveries: DeliveryStore, secrets: WebhookSecrets) -> None:
        self._deliveries = deliveries
        self._secrets = secrets

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, context: object) -> pb.ListDeliveriesResponse:
        """List a page of the project's deliveries."""
        with Checks() as check:
            size = check.page_size(request.page_size)
            filters = Filters(
                run_id=check.uuid("run_id", request.run_id) if request.run_id else None,
                states=_read_states(check, request),
                least=times.read(check, request, "min_create_time"),
                bound=times.read(check, request, "max_create_time"),
            )
        project_id = caller.current().project_id
        mark = ("deliveries", str(project_id), str(filters))
        after = _read_after(request.page_token, mark)
        deliveries, last = await self._deliveries.list(project_id, filters, after=after, size=size)
        token = paging.to_token(mark, (str(last[0]), last[1])) if last else ""
        return pb.ListDeliveriesResponse(deliveries=deliveries, next_page_token=token)

    async def GetDelivery(self, request: pb.GetDeliveryRequest, context: object) -> pb.GetDeliveryResponse:
        """Get a delivery with its tries."""
        with Checks() as check:
            delivery_id = check.uuid("id", request.id)
        return pb.GetDeliveryResponse(delivery=await self._deliveries.get(caller.current().project_id, delivery_id))

    async def RedeliverWebhook(
        self, request: pb.RedeliverWebhookRequest, context: object
    ) -> pb.RedeliverWebhookResponse:
        """Try a delivery again."""
        with Checks() as check:
            delivery_id = check.uuid("id", request.id)
        project_id = caller.current().project_id
        await self._deliveries.redeliver(project_id, delivery_id)
        return pb.RedeliverWebhookResponse(delivery=await self._deliveries.get(project_id, delivery_id))

    async def RedeliverWebhooks(
        self, request: pb.RedeliverWebhooksRequest, context: object
    ) -> pb.RedeliverWebhooksResponse:
        """Try the failed deliveries of a time again."""
        with Checks() as check:
            if not request.HasField("min_create_time"):
                check.fail("min_create_time", "is required")
            least = times.read(check, request, "min_create_time")
            bound = times.read(check, request, "max_create_time")
        now = records.least_id(int(datetime.now(UTC).timestamp() * 1000) + 1)
        count = await self._deliveries.redeliver_failed(caller.current().project_id, least or now, bound or now)
        return pb.RedeliverWebhooksResponse(count=count)

    async def GetWebhookSecret(
        self, request: pb.GetWebhookSecretRequest, context: object
    ) -> pb.GetWebhookSecretResponse:
        """Get the secret that signs."""
        me = caller.current()
        answer = pb.GetWebhookSecretResponse()
        self._tell(answer, me.project_id, await self._secrets.get(me.project_id))
        return answer

    async def RotateWebhookSecret(
        self, request: pb.RotateWebhookSecretRequest, context: object
    ) -> pb.RotateWebhookSecretResponse:
        """Make a new secret sign."""
        with Checks() as check:
            check.text("request_id", request.request_id, most=specs.MAX_REQUEST_ID)
            grace = _read_grace(check, request)
        me = caller.current()
        answer = pb.RotateWebhookSecretResponse()
        self._tell(answer, me.project_id, await self._secrets.rotate(me, request, grace))
        return answer

    def _tell(
        self,
        answer: pb.GetWebhookSecretResponse | pb.RotateWebhookSecretResponse,
        project_id: UUID,
        generation: Generation,
    ) -> None:
        signs = generation.alive
        answer.secret = self._secrets.text(project_id, signs[0])
        if len(signs) > 1 and generation.previous_expire_time is not None:
            answer.previous_secret = self._secrets.text(project_id, signs[1])
            records.stamp(answer.previous_expire_time, generation.previous_expire_time)


def _read_states(check: Checks, request: pb.ListDeliveriesRequest) -> tuple[str, ...]:
    states = sorted(set(request.states))
    if not set(states) <= set(Delivery.State.values()[1:]):
        check.fail("states", f"must be of {', '.join(Delivery.State.keys()[1:])}")
        return ()
    return tuple(Delivery.State.Name(state).removeprefix(STATE) for state in states)


def _read_after(token: str, mark: tuple[str, ...]) -> tuple[UUID, int] | None:
    key = paging.from_token(token, mark, (str, int))
    if key is None:
        return None
    with Checks() as check:
        check.number("page_token", key[1], least=0, most=MAX_POSITION)
        return check.uuid("page_token", key[0]), key[1]


def _read_grace(check: Checks, request: pb.RotateWebhookSecretRequest) -> timedelta:
    if not request.HasField("grace"):
        return DAY
    seconds = request.grace.seconds + request.grace.nanos / 1e9
    if not 0 <= seconds <= MAX_GRACE.total_seconds():
        check.fail("grace", f"must be 0 to {MAX_GRACE.days} days; it is {seconds:g} s")
        return DAY
    return timedelta(seconds=seconds)
