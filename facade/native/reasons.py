"""The reasons of the services' errors, from the comments of the contract, for the page that explains them."""

import grpc

from facade.native.comments import Comments
from facade.problem import HTTP_STATUS, REASON_STATUS
from promptwire.v1 import error_reason_pb2

_PREFIX = "ERROR_REASON_"
_IN_RUN = "In Run.error"


def reasons(comments: Comments) -> dict[str, tuple[str, str]]:
    """Give each reason's HTTP status (empty for those that only a run has) and what to do."""
    names = [value.name for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values if value.number]
    return {name.removeprefix(_PREFIX): _reason(name, comments.of(f"promptwire.v1.{name}")) for name in names}


def _reason(name: str, comment: str) -> tuple[str, str]:
    """Read a comment such as `NOT_FOUND: no such key ...`, and an example after an empty line."""
    code, _, text = comment.partition("\n\n")[0].partition(": ")
    text = text[:1].upper() + text[1:]
    if code == _IN_RUN:
        return "", f"{text} Stands in the run's `error`."
    status = REASON_STATUS.get(name.removeprefix(_PREFIX)) or HTTP_STATUS.get(grpc.StatusCode[code], 500)
    return str(status), text
