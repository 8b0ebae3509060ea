import pytest

from facade.dialects.bifrost import dialect, envelope
from facade.problem import Fault, Problem


@pytest.mark.parametrize(
    ("status", "reason", "printed"),
    [
        (400, "FIELD_INVALID", 400),
        (403, "LABEL_PROTECTED", 403),
        (405, "METHOD_NOT_ALLOWED", 405),
        (409, "FOLDER_NOT_EMPTY", 400),
        (413, "BODY_TOO_LARGE", 413),
        (417, "REQUEST_INVALID", 400),
        (422, "REQUEST_ID_REUSED", 400),
        (429, "RATE_LIMITED", 429),
        (500, "INTERNAL", 500),
        (503, "DRAINING", 503),
        (504, "DEADLINE_EXCEEDED", 504),
    ],
)
def test_a_problem_has_a_status_of_the_dialect(status: int, reason: str, printed: int) -> None:
    reply = envelope(Problem(status, reason, "what to do"))
    assert (reply.status, reply.body) == (
        printed,
        {
            "is_bifrost_error": False,
            "status_code": printed,
            "error": {"message": "what to do"},
            "extra_fields": {},
        },
    )


@pytest.mark.parametrize(("status", "reason"), [(401, "KEY_EXPIRED"), (401, "KEY_MISSING"), (403, "SCOPE_MISSING")])
def test_all_causes_of_401_look_alike(status: int, reason: str) -> None:
    reply = envelope(Problem(status, reason, "a secret of ours"))
    assert (reply.status, reply.body["error"]) == (401, {"message": "Unauthorized"})


def test_faults_are_told_in_the_dialects_terms() -> None:
    faults = (Fault("parameters.n", "FIELD_INVALID", "is set by the run"), Fault("name", "FIELD_INVALID", "is long"))
    message = envelope(Problem(400, "FIELD_INVALID", "x", faults)).body["error"]["message"]
    assert message == "model_params.n: is set by the run; name: is long"


def test_not_all_of_many_faults_are_told() -> None:
    faults = (Fault("name", "FIELD_INVALID", "is long"),) * 100
    message = envelope(Problem(400, "FIELD_INVALID", "x", faults)).body["error"]["message"]
    assert message.endswith("; and 90 more faults")


@pytest.mark.parametrize(
    ("path", "owned"), [("/api/prompt-repo", True), ("/api/prompt-repo/x", True), ("/api/prompt-repos", False)]
)
def test_the_dialect_owns_its_paths(path: str, owned: bool) -> None:
    assert dialect().owns(path) is owned
