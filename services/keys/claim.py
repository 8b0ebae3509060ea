"""The claim of a request on its request id: what makes a retry of it the same request."""

import copy
import hashlib
from dataclasses import dataclass
from uuid import UUID

from promptwire.v1 import key_service_pb2
from promptwire.v1.run_pb2 import RunSpec
from promptwire.v1.run_service_pb2 import RotateWebhookSecretRequest
from services import errors
from services.caller import Caller

Request = key_service_pb2.CreateKeyRequest | key_service_pb2.RegenerateKeyRequest


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks what under which request id; the fingerprint stands for the content of the request."""

    project_id: UUID
    key_id: str
    rpc: str
    request_id: str
    fingerprint: bytes


def of(caller: Caller, request: Request) -> Claim | None:
    """Give the claim of a request; None when it carries no request id, and so is never a retry."""
    if not request.request_id:
        return None
    return to_claim(caller, request.DESCRIPTOR.name.removesuffix("Request"), request)


def to_claim(caller: Caller, rpc: str, content: Request | RunSpec | RotateWebhookSecretRequest) -> Claim:
    """Give the claim of the content of an RPC, whose request id is part of it."""
    rest = copy.deepcopy(content)
    rest.ClearField("request_id")
    fingerprint = hashlib.sha256(rest.SerializeToString(deterministic=True)).digest()
    return Claim(caller.project_id, caller.key_id, rpc, content.request_id, fingerprint)


def reused(request_id: str) -> errors.AlreadyExists:
    """Make the error of a request id that stood for other content before."""
    return _refused(request_id, "this request_id was used within 24 hours for other content; send a new one")


def replaced(request_id: str) -> errors.AlreadyExists:
    """Make the error of a retry that comes too late: the secret which it asks for was replaced since."""
    return _refused(request_id, "the secret that this request_id made was replaced since; regenerate with a new one")


def _refused(request_id: str, message: str) -> errors.AlreadyExists:
    return errors.AlreadyExists("REQUEST_ID_REUSED", message, metadata={"request_id": request_id})
