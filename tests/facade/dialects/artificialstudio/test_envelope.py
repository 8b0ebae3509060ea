"""How a problem is printed, whose paths they are, and which header holds the key."""

import pytest

from facade.dialects.artificialstudio import auth, dialect, envelope, faults
from facade.problem import Fault, Problem

SECRET = "pw_8Zk2mQ4vT1xY_secret"


@pytest.mark.parametrize(
    ("status", "reason", "printed", "message"),
    [
        (400, "BODY_MALFORMED", 400, "Invalid JSON body"),
        (400, "FIELD_INVALID", 400, "what to do"),
        (400, "MODEL_UNKNOWN", 404, "Model not found"),
        (401, "KEY_MISSING", 401, "Authorization header is required"),
        (401, "KEY_EXPIRED", 401, "Invalid API key"),
        (401, "KEY_REVOKED", 401, "Invalid API key"),
        (403, "SCOPE_MISSING", 403, "what to do"),
        (404, "RUN_NOT_FOUND", 404, "Generation not found"),
        (405, "METHOD_NOT_ALLOWED", 405, "what to do"),
        (409, "PROMPT_HAS_NO_VERSION", 404, "what to do"),
        (409, "VERSION_DELETED", 410, "what to do"),
        (409, "VERSION_NOT_RUNNABLE", 409, "what to do"),
        (413, "BODY_TOO_LARGE", 413, "what to do"),
        (422, "REQUEST_ID_REUSED", 422, "what to do"),
        (429, "RATE_LIMITED", 429, "what to do"),
        (500, "INTERNAL", 500, "what to do"),
        (503, "DRAINING", 503, "what to do"),
        (504, "DEADLINE_EXCEEDED", 504, "what to do"),
    ],
)
def test_a_problem_has_the_dialects_status_and_words(status: int, reason: str, printed: int, message: str) -> None:
    reply = envelope(Problem(status, reason, "what to do", metadata={"run_id": "r"}))
    assert (reply.status, reply.body) == (printed, {"message": message})


@pytest.mark.parametrize(
    ("field", "reason", "told", "code"),
    [
        ("spec.inputs.topic", "VARIABLE_MISSING", "input.topic", "required"),
        ("spec.parameters.size", "FIELD_INVALID", "input.size", "invalid_value"),
        ("spec.inline.messages[0].content", "FIELD_INVALID", "input.prompt", "invalid_value"),
        ("spec.webhook.url", "URL_REFUSED", "webhook", "invalid_url"),
        ("spec.webhook.url", "FIELD_INVALID", "webhook", "invalid_url"),
        ("spec.webhook.events", "FIELD_INVALID", "webhook_events_filter", "invalid_value"),
        ("spec.request_id", "FIELD_INVALID", "Idempotency-Key", "invalid_value"),
        ("spec.timeout", "FIELD_INVALID", "spec.timeout", "invalid_value"),
    ],
)
def test_a_fault_of_the_services_is_told_in_the_callers_words(field: str, reason: str, told: str, code: str) -> None:
    body = envelope(Problem(400, reason, "", (Fault(field, reason, "is wrong"),))).body
    assert body == {
        "message": f"{told}: is wrong",
        "errors": [{"field": told, "message": "is wrong", "code": code}],
    }


def test_not_more_than_a_hundred_faults_are_told() -> None:
    found = (faults.fault("x" * 1000, faults.UNKNOWN, "is not known"),) * 1000
    errors = envelope(Problem(400, "FIELD_INVALID", "", found)).body["errors"]
    assert errors == [{"field": "x" * 200, "message": "is not known", "code": "unrecognized_keys"}] * 100


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/api/generate", True),
        ("/api/generate/x", True),
        ("/api/run", True),
        ("/api/generations/x/cancel", True),
        ("/api/media/x", True),
        ("/api/tools", True),
        ("/api/account", True),
        ("/api/runs", False),
        ("/api/runs/x", False),
        ("/api/generates", False),
        ("/api/accounts", False),
        ("/api/flows", False),
        ("/generate", False),
        ("/api", False),
    ],
)
def test_the_dialect_owns_its_paths(path: str, owned: bool) -> None:
    assert dialect(window=60, image_seconds=60).owns(path) is owned


@pytest.mark.parametrize("header", [SECRET, f"  {SECRET} ", f"Bearer {SECRET}", f"bearer   {SECRET}"])
def test_the_key_is_raw_or_a_bearer_token(header: str) -> None:
    assert auth.secret({"Authorization": header}) == SECRET


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "  "}, {"x-api-key": SECRET}])
def test_without_a_key_the_header_is_missing(headers: dict[str, str]) -> None:
    with pytest.raises(Problem) as raised:
        auth.secret(headers)
    assert (raised.value.status, raised.value.reason) == (401, "KEY_MISSING")


def test_a_scheme_alone_is_no_key() -> None:
    with pytest.raises(Problem, check=lambda raised: raised.reason == "KEY_MISSING"):
        auth.secret({"Authorization": "Bearer "})
