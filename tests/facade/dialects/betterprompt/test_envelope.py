import pytest

from facade.dialects.betterprompt import dialect, envelope
from facade.problem import Fault, Problem


@pytest.mark.parametrize(
    ("status", "reason", "printed", "word"),
    [
        (400, "BODY_MALFORMED", 400, "BAD_REQUEST_ERROR"),
        (400, "REQUEST_INVALID", 400, "BAD_REQUEST_ERROR"),
        (400, "FIELD_INVALID", 422, "VALIDATION_ERROR"),
        (400, "MODEL_UNKNOWN", 422, "VALIDATION_ERROR"),
        (401, "KEY_REVOKED", 401, "UNAUTHORIZED_ERROR"),
        (403, "SCOPE_MISSING", 403, "FORBIDDEN_ERROR"),
        (404, "RUN_NOT_FOUND", 404, "NOT_FOUND_ERROR"),
        (404, "VERSION_DELETED", 410, "GONE_ERROR"),
        (405, "METHOD_NOT_ALLOWED", 405, "METHOD_NOT_ALLOWED_ERROR"),
        (409, "PROMPT_HAS_NO_VERSION", 404, "NOT_FOUND_ERROR"),
        (409, "VERSION_NOT_RUNNABLE", 409, "CONFLICT_ERROR"),
        (413, "BODY_TOO_LARGE", 413, "PAYLOAD_TOO_LARGE_ERROR"),
        (417, "REQUEST_INVALID", 417, "BAD_REQUEST_ERROR"),
        (429, "RATE_LIMITED", 429, "TOO_MANY_REQUESTS_ERROR"),
        (500, "INTERNAL", 500, "SERVER_ERROR"),
        (501, "UNKNOWN", 501, "SERVER_ERROR"),
        (503, "DRAINING", 503, "SERVICE_UNAVAILABLE_ERROR"),
        (504, "DEADLINE_EXCEEDED", 504, "GATEWAY_TIMEOUT_ERROR"),
    ],
)
def test_a_problem_has_the_dialects_status_and_word(status: int, reason: str, printed: int, word: str) -> None:
    reply = envelope(Problem(status, reason, "what to do"))
    assert (reply.status, reply.body) == (printed, {"status": word, "message": "what to do", "data": None})


def test_faults_are_listed_in_the_dialects_terms() -> None:
    missing = Fault("spec.inputs.topic", "VARIABLE_MISSING", "is required")
    wrong = Fault("spec.images", "FIELD_INVALID", "must have 1 items")
    body = envelope(Problem(400, "VARIABLE_MISSING", "spec.inputs.topic: is required", (missing, wrong))).body
    assert body["message"] == "inputs.textInputs.topic: is required"
    assert body["data"]["errors"] == [
        {"field": "inputs.textInputs.topic", "code": "required", "message": "is required"},
        {"field": "inputs.imageInputs", "code": "invalid", "message": "must have 1 items"},
    ]


def test_a_fault_that_looks_like_a_format_is_printed_as_it_is() -> None:
    fault = Fault("inputs.textInputs.{message}", "FIELD_INVALID", "{field} {0.__class__}")
    assert envelope(Problem(400, "FIELD_INVALID", "", (fault,))).body["message"] == (
        "inputs.textInputs.{message}: {field} {0.__class__}"
    )


def test_not_more_than_a_hundred_faults_are_listed() -> None:
    faults = (Fault("limit", "FIELD_INVALID", "x"),) * 1000
    assert len(envelope(Problem(400, "FIELD_INVALID", "", faults)).body["data"]["errors"]) == 100


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/v1/prompts", True),
        ("/v1/prompts/x/y", True),
        ("/v1/prompt-versions/x", True),
        ("/v1/me/credits", True),
        ("/v1/resources", True),
        ("/v1/runs/x", True),
        ("/v1/runsx", False),
        ("/v1/promptsx", False),
        ("/v1", False),
        ("/v1/generate", False),
    ],
)
def test_the_dialect_owns_its_paths(path: str, owned: bool) -> None:
    assert dialect(window=120).owns(path) is owned
