"""The problem that each way of failing becomes, whether the services told it or could not be asked."""

import re
from pathlib import Path

import grpc
import pytest

from facade import problem
from facade.config import Settings
from facade.core import Caller, Core
from facade.problem import Fault, Problem
from promptwire.v1 import error_reason_pb2, run_service_pb2
from services import errors
from tests.fakes.services import FakeServices

CALLER = Caller("pw_a", "r1")


@pytest.fixture
async def core(services: FakeServices) -> Core:
    """Open the way to the services."""
    return Core.open(Settings(grpc_target=services.target))


async def failing(core: Core, timeout: float = 5) -> Problem:
    """Give the problem that asking for a run is."""
    with pytest.raises(Problem) as caught:
        await core.call(core.runs.GetRun, run_service_pb2.GetRunRequest(), CALLER, timeout)
    return caught.value


@pytest.mark.parametrize(
    ("error", "status", "reason", "retry_after"),
    [
        (errors.InvalidArgument("FIELD_INVALID", "no"), 400, "FIELD_INVALID", None),
        (errors.Unauthenticated("KEY_REVOKED", "no"), 401, "KEY_REVOKED", None),
        (errors.PermissionDenied("SCOPE_MISSING", "no"), 403, "SCOPE_MISSING", None),
        (errors.NotFound("RUN_NOT_FOUND", "no"), 404, "RUN_NOT_FOUND", None),
        (errors.AlreadyExists("ALIAS_TAKEN", "no"), 409, "ALIAS_TAKEN", None),
        (errors.AlreadyExists("REQUEST_ID_REUSED", "no"), 422, "REQUEST_ID_REUSED", None),
        (errors.FailedPrecondition("KEY_ENDED", "no"), 409, "KEY_ENDED", None),
        (errors.Unavailable("DRAINING", "no"), 503, "DRAINING", 1),
        (errors.Unavailable("DRAINING", "no", retry_after=2.5), 503, "DRAINING", 3),
        (errors.DatabaseUnavailable(), 503, "DATABASE_UNAVAILABLE", 1),
        (errors.Internal(), 500, "INTERNAL", None),
    ],
)
async def test_a_status_with_details(
    services: FakeServices, core: Core, error: Exception, status: int, reason: str, retry_after: int | None
) -> None:
    services.answers["GetRun"] = error
    raised = await failing(core)
    assert (raised.status, raised.reason, raised.retry_after) == (status, reason, retry_after)
    assert raised.authenticated


async def test_faults_and_metadata_come_through(services: FakeServices, core: Core) -> None:
    faults = [errors.Violation("spec.inputs.a", "is required", "VARIABLE_MISSING"), errors.Violation("b", "is wrong")]
    services.answers["GetRun"] = errors.InvalidArgument("X", "two", metadata={"field": "b"}, violations=faults)
    raised = await failing(core)
    assert raised.metadata == {"field": "b"}
    assert raised.faults == (
        Fault("spec.inputs.a", "VARIABLE_MISSING", "is required"),
        Fault("b", "FIELD_INVALID", "is wrong"),
    )


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, 503, "SERVICE_UNAVAILABLE"),
        (grpc.StatusCode.CANCELLED, 503, "SERVICE_UNAVAILABLE"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 413, "MESSAGE_TOO_LARGE"),
        (grpc.StatusCode.UNIMPLEMENTED, 500, "INTERNAL"),
        (grpc.StatusCode.UNKNOWN, 500, "INTERNAL"),
    ],
)
async def test_a_bare_code(services: FakeServices, core: Core, code: grpc.StatusCode, status: int, reason: str) -> None:
    async def abort(_: object, context: grpc.aio.ServicerContext) -> None:
        await context.abort(code, "bare")

    services.answers["GetRun"] = abort
    raised = await failing(core)
    assert (raised.status, raised.reason) == (status, reason)
    assert "bare" not in raised.message


async def test_silence_is_a_time_out(services: FakeServices, core: Core, hang: object) -> None:
    services.answers["GetRun"] = hang
    raised = await failing(core, timeout=0.05)
    assert (raised.status, raised.reason) == (504, "DEADLINE_EXCEEDED")


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    raised = await failing(Core.open(Settings(grpc_target="127.0.0.1:1")))
    assert (raised.status, raised.reason, raised.retry_after) == (503, "SERVICE_UNAVAILABLE", 1)


def test_many_faults_are_told_in_few_words() -> None:
    faults = tuple(Fault(f"f{number}", "FIELD_INVALID", "is wrong") for number in range(12))
    raised = problem.invalid(*faults)
    assert raised.message.endswith("f9: is wrong; and 2 more faults")
    assert len(raised.faults) == 12


def test_every_reason_of_the_facade_is_explained(repository: Path) -> None:
    sources = (repository / "facade").rglob("*.py")
    used = {reason for file in sources for reason in re.findall(r'Problem\(\s*[\w.]+,\s*"([A-Z_]+)"', file.read_text())}
    of_services = {
        name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name
    }
    assert used - of_services == problem.OWN_REASONS.keys()
