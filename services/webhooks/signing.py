"""The secrets of projects' webhooks, derived from the server's, and the signatures of Standard Webhooks.

https://www.standardwebhooks.com
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from standardwebhooks import Webhook

PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Generation:
    """Which of a project's secrets signs, counted from 1; and until when the one before does, too."""

    number: int
    previous_expire_time: datetime | None

    @property
    def alive(self) -> tuple[int, ...]:
        """Give the numbers of those that sign now, the newest first."""
        if self.previous_expire_time is None or self.previous_expire_time <= datetime.now(UTC):
            return (self.number,)
        return self.number, self.number - 1


class Signer:
    """Derives secrets and signs. Of several secrets of the server all sign: one of them may be new."""

    def __init__(self, server_secrets: Sequence[str]) -> None:
        self._server_secrets = tuple(server_secrets)

    @property
    def is_able(self) -> bool:
        """Whether the server has a secret to derive others from."""
        return bool(self._server_secrets)

    def secret(self, project_id: UUID, number: int) -> str:
        """Give a project's secret as receivers are given it: the same each time, so that none is kept."""
        return _derive(self._server_secrets[0], project_id, number)

    def sign(self, project_id: UUID, generation: Generation, delivery_id: str, moment: datetime, body: str) -> str:
        """Give the header `webhook-signature`."""
        secrets = [_derive(it, project_id, number) for number in generation.alive for it in self._server_secrets]
        return " ".join(Webhook(secret).sign(delivery_id, moment, body) for secret in dict.fromkeys(secrets))


def _derive(server_secret: str, project_id: UUID, number: int) -> str:
    parts = orjson.dumps(["webhook secret", str(project_id), number])
    return PREFIX + base64.b64encode(hmac.digest(server_secret.encode(), parts, "sha256")).decode()
