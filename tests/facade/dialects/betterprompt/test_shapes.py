import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from facade.dialects.betterprompt import faults, shapes
from facade.problem import Problem
from promptwire.v1 import error_reason_pb2, prompt_pb2
from promptwire.v1.run_pb2 import Output, Run, RunError, Usage
from promptwire.v1.run_service_pb2 import ListRunsResponse

URL = "https://prompts.example.org"


def run(**fields: object) -> shapes.Json:
    return shapes.from_run(Run(id="r", version_id="v", create_time=Timestamp(seconds=1_700_000_000), **fields), URL)


def test_a_run_of_a_draft_has_no_version() -> None:
    run = Run(id="r", session_id="s", create_time=Timestamp(seconds=1_700_000_000))
    assert shapes.from_run(run, URL)["promptVersionId"] is None
    assert shapes.from_runs(ListRunsResponse(runs=[run]), URL)["rows"][0]["promptVersionId"] is None


def test_a_success_shows_its_data_twice() -> None:
    assert shapes.success({"runId": "r"}) == {"status": "SUCCESS", "data": {"runId": "r"}, "runId": "r"}


def test_a_run_that_succeeded() -> None:
    printed = run(
        state=Run.STATE_SUCCEEDED,
        outputs=[Output(name="output", text="Tea.")],
        usage=Usage(input_tokens=3, output_tokens=4),
        start_time=Timestamp(seconds=1_700_000_000, nanos=1_999_999),
        end_time=Timestamp(seconds=1_700_000_001, nanos=999_000_000),
    )
    assert printed["runStatus"] == "succeeded"
    assert printed["outputs"] == [{"type": "text", "data": "Tea."}]
    assert printed["tokens"] == 7
    assert printed["tokenUsage"] == {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}
    assert printed["createdAt"] == "2023-11-14T22:13:20.000Z"
    assert printed["startedAt"] == "2023-11-14T22:13:20.001Z"
    assert printed["completedAt"] == "2023-11-14T22:13:21.999Z"
    assert printed["error"] is None


@pytest.mark.parametrize(("state", "status"), [(Run.STATE_QUEUED, "queued"), (Run.STATE_RUNNING, "running")])
def test_a_run_under_way_has_no_outputs_and_no_tokens(state: Run.State, status: str) -> None:
    printed = run(state=state)
    assert (printed["runStatus"], printed["outputs"], printed["tokens"]) == (status, [], 0)
    assert (printed["startedAt"], printed["completedAt"]) == (None, None)


def test_a_run_that_failed_says_why() -> None:
    error = RunError(reason=error_reason_pb2.ERROR_REASON_PROVIDER_REFUSED, message="openai: too long")
    printed = run(state=Run.STATE_FAILED, error=error)
    assert printed["runStatus"] == "failed"
    assert printed["outputs"] == [{"type": "error", "data": "openai: too long"}]
    assert printed["error"] == {"reason": "PROVIDER_REFUSED", "message": "openai: too long"}


def test_a_cancelled_run_has_failed_in_this_dialect() -> None:
    error = RunError(reason=error_reason_pb2.ERROR_REASON_RUN_CANCELLED, message="the caller left")
    printed = run(state=Run.STATE_CANCELLED, error=error)
    assert printed["runStatus"] == "failed"
    assert printed["outputs"] == [{"type": "error", "data": "canceled"}]
    assert printed["error"] == {"reason": "RUN_CANCELLED", "message": "the caller left"}


def test_every_state_has_a_status() -> None:
    for state in set(Run.State.values()) - {Run.STATE_UNSPECIFIED}:
        assert run(state=state)["runStatus"] in ("queued", "running", "succeeded", "failed")


def test_a_reason_of_a_newer_server_is_unknown() -> None:
    error = RunError(message="new")
    error.MergeFromString(b"\x08\xe7\x07")
    assert run(state=Run.STATE_FAILED, error=error)["error"] == {"reason": "UNKNOWN", "message": "new"}


def test_a_prompt_without_version_is_not_found() -> None:
    with pytest.raises(Problem, match="no version") as raised:
        shapes.latest(prompt_pb2.Prompt(id="p"))
    assert raised.value.status == 404


def test_a_version_of_another_prompt_is_not_found() -> None:
    with pytest.raises(Problem) as raised:
        shapes.belonging(prompt_pb2.Version(prompt_id="other"), prompt_pb2.Prompt(id="p"))
    assert raised.value.status == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("spec.inputs.topic", "inputs.textInputs.topic"),
        ("spec.inputs", "inputs.textInputs"),
        ("spec.inputs_more", "spec.inputs_more"),
        ("spec.images", "inputs.imageInputs"),
        ("spec.images[11]", "inputs.imageInputs[11]"),
        ("spec.version_id", "promptVersionId"),
        ("spec.model", "runModel"),
        ("older_than", "startingAfter"),
        ("id", "promptId"),
        ("inputs.textInputs.spec.inputs", "inputs.textInputs.spec.inputs"),
    ],
)
def test_fields_are_named_as_the_dialect_does(path: str, field: str) -> None:
    assert faults.field_of(path) == field
