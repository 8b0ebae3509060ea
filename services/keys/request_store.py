"""SQL of request ids: one stands for one request of a key to an RPC for 24 hours, then counts as absent."""

from typing import Any

from services.keys import claim as claims
from services.keys.claim import Claim


async def claim(connection: Any, claimed: Claim, resource_id: str) -> str | None:
    """Claim a request id for what is about to be made; else give what the same request made before."""
    fresh = await connection.fetchrow(
        """
        INSERT INTO request (project_id, key_id, rpc, request_id, fingerprint, resource_id)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (project_id, key_id, rpc, request_id) DO UPDATE
        SET fingerprint = EXCLUDED.fingerprint, resource_id = EXCLUDED.resource_id, create_time = now()
        WHERE request.create_time <= now() - interval '24 hours'
        RETURNING resource_id
        """,
        claimed.project_id,
        claimed.key_id,
        claimed.rpc,
        claimed.request_id,
        claimed.fingerprint,
        resource_id,
    )
    return None if fresh else await find(connection, claimed)


async def find(connection: Any, claimed: Claim) -> str | None:
    """Give what the same request made before, within 24 hours. Raises AlreadyExists when it asked for other content."""
    row = await connection.fetchrow(
        """
        SELECT fingerprint, resource_id
        FROM request
        WHERE project_id = $1
          AND key_id = $2
          AND rpc = $3
          AND request_id = $4
          AND create_time > now() - interval '24 hours'
        """,
        claimed.project_id,
        claimed.key_id,
        claimed.rpc,
        claimed.request_id,
    )
    if row is None:
        return None
    if row["fingerprint"] != claimed.fingerprint:
        raise claims.reused(claimed.request_id)
    return row["resource_id"]
