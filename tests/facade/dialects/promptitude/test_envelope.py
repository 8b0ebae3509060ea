"""How a problem is printed, whose paths they are, and what a run that failed is told as."""

import pytest

from facade.dialects.promptitude import dialect, envelope, faults, log_ids
from facade.problem import Fault, Problem
from promptwire.v1 import error_reason_pb2, run_pb2

RUN = "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"


@pytest.mark.parametrize(
    ("status", "reason", "printed"),
    [
        (400, "BODY_MALFORMED", 400),
        (400, "FIELD_INVALID", 400),
        (400, "MODEL_UNKNOWN", 400),
        (401, "KEY_REVOKED", 401),
        (403, "SCOPE_MISSING", 403),
        (404, "VERSION_DELETED", 410),
        (405, "METHOD_NOT_ALLOWED", 405),
        (409, "PROMPT_HAS_NO_VERSION", 404),
        (409, "VERSION_NOT_RUNNABLE", 409),
        (413, "BODY_TOO_LARGE", 413),
        (422, "REQUEST_ID_REUSED", 422),
        (429, "RATE_LIMITED", 429),
        (500, "INTERNAL", 500),
        (503, "DRAINING", 503),
        (504, "DEADLINE_EXCEEDED", 504),
    ],
)
def test_a_problem_has_the_dialects_status(status: int, reason: str, printed: int) -> None:
    reply = envelope(Problem(status, reason, "what to do", metadata={"run_id": RUN}))
    assert (reply.status, reply.body) == (
        printed,
        {"code": printed, "message": "what to do", "error": True, "results": {}},
    )


def test_not_more_than_a_hundred_faults_are_told() -> None:
    found = (Fault("limit", "FIELD_INVALID", "x"),) * 1000
    message = envelope(Problem(400, "FIELD_INVALID", "", found)).body["message"]
    assert message.count("limit: x") == 100
    assert message.endswith("; and 900 more faults")


def test_a_fault_that_looks_like_a_format_is_told_as_it_is() -> None:
    fault = Fault("prompt.inputs.{message}", "FIELD_INVALID", "{field} {0.__class__}")
    assert envelope(Problem(400, "FIELD_INVALID", "", (fault,))).body["message"] == (
        "prompt.inputs.{message}: {field} {0.__class__}"
    )


@pytest.mark.parametrize("reason", error_reason_pb2.ErrorReason.keys())
def test_a_run_that_failed_tells_its_log(reason: str) -> None:
    error = run_pb2.RunError(reason=reason, message="why")
    reply = envelope(faults.of_run(run_pb2.Run(id=RUN, state=run_pb2.Run.STATE_FAILED, error=error)))
    assert reply.status >= 400
    assert reply.body["results"] == {"logId": log_ids.encode(RUN)}


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/generate", True),
        ("/rate", True),
        ("/logs/x/y", True),
        ("/v1/generate", True),
        ("/v1/rate", True),
        ("/v1/logs", True),
        ("/v1/flows/x/generate", True),
        ("/v1/generates", False),
        ("/v1/runs", False),
        ("/api/generate", False),
        ("/api/flows", False),
        ("/v1", False),
    ],
)
def test_the_dialect_owns_its_paths(path: str, owned: bool) -> None:
    assert dialect().owns(path) is owned
