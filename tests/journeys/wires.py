"""One run over each wire, told in the same words, so that a test can ask the same of all of them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from promptwire.v1 import error_reason_pb2, run_pb2
from tests.journeys.stack import Stack


class Outcome(NamedTuple):
    """What the caller was told of its run. `state` and `reason` are without the contract's prefixes."""

    run_id: str
    state: str
    reason: str
    text: str


Wire = Callable[[Stack, str, Mapping[str, Any], str], Awaitable[Outcome]]


async def over_grpc(stack: Stack, version_id: str, inputs: Mapping[str, Any], secret: str) -> Outcome:
    """Run a version by RPC."""
    run = await stack.create_run(version_id, dict(inputs), secret)
    reason = error_reason_pb2.ErrorReason.Name(run.error.reason) if run.HasField("error") else ""
    text = run.outputs[0].text if run.outputs else ""
    return _outcome(run.id, run_pb2.Run.State.Name(run.state), reason, text)


async def over_native(stack: Stack, version_id: str, inputs: Mapping[str, Any], secret: str) -> Outcome:
    """Run a version by the native REST API."""
    body = {"versionId": version_id, "inputs": inputs}
    status, answer = await stack.rest("POST", "/api/runs", secret, json=body)
    assert status == 200, answer
    run = answer["run"]
    text = run["outputs"][0]["text"] if run["outputs"] else ""
    return _outcome(run["id"], run["state"], run["error"]["reason"] if "error" in run else "", text)


async def over_betterprompt(stack: Stack, version_id: str, inputs: Mapping[str, Any], secret: str) -> Outcome:
    """Run a version by BetterPrompt's API, whose `error` begins with the reason."""
    body = {"promptVersionId": version_id, "inputs": {"textInputs": inputs}}
    status, answer = await stack.rest("POST", "/v1/runs", secret, json=body)
    assert status == 200, answer
    outputs = {output["type"]: output["data"] for output in answer["outputs"]}
    assert ("error" in outputs) == (answer["runStatus"] == "failed") == (answer["error"] is not None), answer
    reason = answer["error"]["reason"] if answer["error"] else ""
    return _outcome(answer["runId"], answer["runStatus"].upper(), reason, outputs.get("text", ""))


def _outcome(run_id: str, state: str, reason: str, text: str) -> Outcome:
    return Outcome(run_id, state.removeprefix("STATE_"), re.sub("^ERROR_REASON_", "", reason), text)


WIRES: Mapping[str, Wire] = {"grpc": over_grpc, "native": over_native, "betterprompt": over_betterprompt}
