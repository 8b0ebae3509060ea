"""Which secrets sign a project's webhooks, and a new one for who asks, once for each request id."""

from datetime import timedelta
from uuid import UUID

from promptwire.v1.run_service_pb2 import RotateWebhookSecretRequest
from services.caller import Caller
from services.db import Database
from services.keys import claim, request_store
from services.webhooks import secret_store
from services.webhooks.signing import Generation, Signer


class WebhookSecrets:
    """Secrets of all projects. None is kept: a generation and the server's secret give it anew each time."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    def text(self, project_id: UUID, number: int) -> str:
        """Give the secret of a generation."""
        return self._signer.secret(project_id, number)

    async def get(self, project_id: UUID) -> Generation:
        """Give the generation that signs."""
        async with self._database.connection() as connection:
            return await secret_store.get(connection, project_id)

    async def rotate(self, caller: Caller, request: RotateWebhookSecretRequest, grace: timedelta) -> Generation:
        """Make the next generation sign; a repeat of the request changes nothing. Raises AlreadyExists."""
        async with self._database.transaction() as connection:
            if request.request_id:
                claimed = claim.to_claim(caller, "RotateWebhookSecret", request)
                if await request_store.claim(connection, claimed, str(caller.project_id)) is not None:
                    return await secret_store.get(connection, caller.project_id)
            return await secret_store.rotate(connection, caller.project_id, grace)
