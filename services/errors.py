"""The errors that services raise; the interceptor sends them as google.rpc.Status.

    ServiceError                 code                 HTTP
    ├── InvalidArgument          INVALID_ARGUMENT     400 or 422
    ├── Unauthenticated          UNAUTHENTICATED      401
    ├── PermissionDenied         PERMISSION_DENIED    403
    ├── NotFound                 NOT_FOUND            404
    ├── AlreadyExists            ALREADY_EXISTS       409
    ├── FailedPrecondition       FAILED_PRECONDITION  409
    ├── ResourceExhausted        RESOURCE_EXHAUSTED   429
    ├── Unavailable              UNAVAILABLE          503
    │   └── DatabaseUnavailable
    └── Internal                 INTERNAL             500

A run that began and failed is an answer, not one of these: see `Run.error`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

DOMAIN = "promptwire"
# An error travels in trailing metadata, in base64, of which clients take 8 kB by default: sizes in bytes.
MAX_MESSAGE = 1500
MAX_DETAILS = 2500
MAX_METADATA = 200


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a request: the path of the field as in the proto, what to send instead, and the reason."""

    field: str
    message: str
    reason: str = "FIELD_INVALID"


class ServiceError(Exception):
    """A request that failed: its reason, what happened and what to do next, and how long to wait before a retry (s)."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
        self.retry_after = retry_after


class InvalidArgument(ServiceError):
    """The request does not hold what it must; it can never succeed as it is."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class Unauthenticated(ServiceError):
    """The call carries no key that works."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(ServiceError):
    """The key works, but may not do this."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotFound(ServiceError):
    """There is no such thing in the caller's project; another project's looks the same."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(ServiceError):
    """A name or id is taken."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(ServiceError):
    """The thing is not in a state that allows this."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class ResourceExhausted(ServiceError):
    """The key has used up what it may; a retry may succeed after `retry_after`."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unavailable(ServiceError):
    """The server cannot serve now; a retry may succeed."""

    code = grpc.StatusCode.UNAVAILABLE


class DatabaseUnavailable(Unavailable):
    """The database does not answer, or not in time."""

    def __init__(self) -> None:
        super().__init__("DATABASE_UNAVAILABLE", "the database does not answer; retry in a second", retry_after=1.0)


class Internal(ServiceError):
    """A fault of the server; the log has the rest."""

    code = grpc.StatusCode.INTERNAL

    def __init__(self) -> None:
        super().__init__("INTERNAL", "the server failed; its log has the rest, under this answer's x-request-id")


def to_status(error: ServiceError) -> status_pb2.Status:
    """Give the google.rpc.Status of an error, with ErrorInfo, BadRequest and RetryInfo as they apply.

    It is kept so small that every client takes it.
    """
    metadata = {name: value[:MAX_METADATA] for name, value in error.metadata.items()}
    details = [error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)]
    status = status_pb2.Status(code=code_pb2.Code.Value(error.code.name), message=_bounded(error.message))
    for detail in [*details, *_bad_request(error), *_retry_info(error)]:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _bounded(message: str) -> str:
    """Cut a message so that its percent-encoded form, which is what goes on the wire, is short."""
    if len(message) > MAX_MESSAGE:
        # At once, since a name in it may be megabytes long, and encoding that over and over would be dear.
        message = message[:MAX_MESSAGE] + "…"
    while len(quote(message)) > MAX_MESSAGE:
        message = message[: len(message) * 3 // 4] + "…"
    return message


def _bad_request(error: ServiceError) -> list[error_details_pb2.BadRequest]:
    if not error.violations:
        return []
    request = error_details_pb2.BadRequest()
    for index, fault in enumerate(error.violations):
        request.field_violations.add(field=fault.field[:200], description=fault.message[:300], reason=fault.reason)
        if request.ByteSize() > MAX_DETAILS:
            left = len(error.violations) - index - 1
            request.field_violations.add(description=f"and {left} more faults; mend these first")
            break
    return [request]


def _retry_info(error: ServiceError) -> list[error_details_pb2.RetryInfo]:
    if error.retry_after is None:
        return []
    delay = duration_pb2.Duration()
    delay.FromNanoseconds(int(error.retry_after * 1e9))
    return [error_details_pb2.RetryInfo(retry_delay=delay)]
