"""Times of requests as bounds on the ids of runs, which begin with their time."""

from typing import Literal
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from promptwire.v1 import run_service_pb2 as pb
from services.checks import Checks
from services.runs import records

# What a google.protobuf.Timestamp holds: the years 1 to 9999.
MIN_SECONDS = -62_135_596_800
MAX_SECONDS = 253_402_300_799

Field = Literal["min_create_time", "max_create_time"]
Timed = (
    pb.ListRunsRequest
    | pb.ExportRunsRequest
    | pb.GetUsageRequest
    | pb.ListDeliveriesRequest
    | pb.RedeliverWebhooksRequest
)


def read(check: Checks, request: Timed, field: Field) -> UUID | None:
    """Give the least id of the runs that are created at a time or later; None without one."""
    if not request.HasField(field):
        return None
    time: Timestamp = getattr(request, field)
    if not (MIN_SECONDS <= time.seconds <= MAX_SECONDS and 0 <= time.nanos < 10**9):
        check.fail(field, "must be a time of the years 1 to 9999")
        return None
    milliseconds = time.seconds * 1000 - (-time.nanos // 10**6)
    return records.least_id(min(max(0, milliseconds), MAX_SECONDS * 1000))
