"""What the services answer, as the JSON of this dialect."""

from collections.abc import Mapping
from typing import Any

from facade import images
from facade.dialects.promptitude import log_ids
from promptwire import values
from promptwire.v1 import prompt_pb2, run_pb2

Json = dict[str, Any]

# The vendor's words, which clients may look for.
INVALID_JSON = (
    "The provider returned an invalid JSON response. "
    "Refer to the 'result' property for more details on the format error."
)


def envelope(code: int, message: str, results: Mapping[str, Any], *, error: bool = False) -> Json:
    """Wrap an answer, or a refusal."""
    return {"code": code, "message": message, "error": error, "results": results}


def success(results: Mapping[str, Any]) -> Json:
    """Wrap an answer of 200."""
    return envelope(200, "OK", results)


def from_run(run: run_pb2.Run, public_url: str) -> Json:
    """Print what a prompt gave: `result`, of several outputs an array; and `resultJSON` where that is what it gives."""
    results = [_result(output, public_url) for output in run.outputs]
    printed: Json = {"result": results[0] if len(results) == 1 else results or "", "logId": log_ids.encode(run.id)}
    if len(results) == 1 and run.outputs[0].format == prompt_pb2.OutputFormat.TYPE_JSON:
        printed["resultJSON"] = _result_json(run.outputs[0])
    return printed


def from_flow_run(run: run_pb2.Run, public_url: str) -> Json:
    """Print what a flow gave: its first output as `result`, and all of them in `outputs`."""
    outputs = [_output(output, public_url) for output in run.outputs]
    result = outputs[0]["output"] if outputs else ""
    return {"result": result, "logId": log_ids.encode(run.id), "outputs": outputs}


def unfinished(run: run_pb2.Run) -> Json:
    """Tell that a run goes on beyond its caller's patience."""
    message = "The run goes on. Send the request again with the same Idempotency-Key to get its result."
    return envelope(202, message, {"logId": log_ids.encode(run.id)})


def from_rating(log_id: str, stars: int) -> Json:
    """Print a rating that was given or, with 0, taken back."""
    return {"promptsLogs": {"id": log_id, "rating": stars}}


def _result(output: run_pb2.Output, public_url: str) -> Any:
    """Give what an output says: a JSON value where it is one, else its text or where its image is."""
    if output.HasField("json") and not _is_invalid(output):
        return values.from_value(output.json)
    return _text(output, public_url)


def _result_json(output: run_pb2.Output) -> Any:
    return {"error": INVALID_JSON} if _is_invalid(output) else values.from_value(output.json)


def _is_invalid(output: run_pb2.Output) -> bool:
    """Whether an output had to be JSON, and is not. A list that is not whole is a list all the same."""
    is_json = output.format == prompt_pb2.OutputFormat.TYPE_JSON
    return is_json and (output.HasField("error") or not output.HasField("json"))


def _output(output: run_pb2.Output, public_url: str) -> Json:
    item: Json = {"name": output.name, "output": _text(output, public_url)}
    return {**item, "error": output.error.message} if output.HasField("error") else item


def _text(output: run_pb2.Output, public_url: str) -> str:
    return images.url_of(public_url, output.image) if output.HasField("image") else output.text
