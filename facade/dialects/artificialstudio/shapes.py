"""What the services answer, as the JSON of this dialect."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf import timestamp_pb2

from facade import images
from promptwire import values
from promptwire.v1 import key_pb2, run_pb2

Json = dict[str, Any]

# The dialect has no word for a run that was cancelled, but says so in its error.
CANCELED = "canceled"
STATUS = {
    run_pb2.Run.STATE_QUEUED: "pending",
    run_pb2.Run.STATE_RUNNING: "processing",
    run_pb2.Run.STATE_SUCCEEDED: "success",
    run_pb2.Run.STATE_FAILED: "error",
    run_pb2.Run.STATE_CANCELLED: "error",
}
MAX_ERROR = 500


def from_run(run: run_pb2.Run, public_url: str) -> Json:
    """Print a run. Its images are at URLs below `public_url`."""
    outputs = run.outputs if run.state == run_pb2.Run.STATE_SUCCEEDED else ()
    printed: Json = {
        "_id": run.id,
        "id": run.id,
        "status": STATUS.get(run.state, "processing"),
        "output": _first(outputs, public_url),
        "outputs": [_value(output, public_url) for output in outputs],
        "thumbnail": None,
        "model": run.metadata.get("model") or next((node.model for node in run.node_runs if node.model), None),
        "tool": run.metadata.get("tool"),
        "type": "image" if run.makes_image or _image(outputs) else "text",
        "payload": values.from_struct(run.inputs) if run.HasField("inputs") else None,
        "error": _error(run),
        "createdAt": _time(run.create_time),
    }
    if any(output.image.placeholder for output in outputs):
        printed["placeholder"] = True
    return printed


def from_runs(runs: Sequence[run_pb2.Run], limit: int, offset: int, *, has_more: bool, public_url: str) -> Json:
    """Print a page of runs; `runs` begin at the newest one, before the page."""
    page = {"total": len(runs) + has_more, "limit": limit, "offset": offset, "hasMore": has_more}
    return {"data": [from_run(run, public_url) for run in runs[offset : offset + limit]], "pagination": page}


def from_key(key: key_pb2.Key) -> Json:
    """Print the caller's key as the account that it stands for; nothing counts credits here."""
    created = _time(key.create_time) if key.HasField("create_time") else None
    return {"id": key.id, "email": None, "credits": None, "plan": None, "createdAt": created}


def _first(outputs: Sequence[run_pb2.Output], public_url: str) -> str | None:
    image = _image(outputs)
    if image is not None:
        return images.url_of(public_url, image)
    return _value(outputs[0], public_url) if outputs else None


def _image(outputs: Sequence[run_pb2.Output]) -> run_pb2.Image | None:
    return next((output.image for output in outputs if output.HasField("image")), None)


def _value(output: run_pb2.Output, public_url: str) -> str:
    return images.url_of(public_url, output.image) if output.HasField("image") else output.text


def _error(run: run_pb2.Run) -> str | None:
    match run.state:
        case run_pb2.Run.STATE_CANCELLED:
            return CANCELED
        case run_pb2.Run.STATE_FAILED:
            return run.error.message[:MAX_ERROR]
        case _:
            return None


def _time(time: timestamp_pb2.Timestamp) -> str:
    seconds = datetime.fromtimestamp(time.seconds, UTC).isoformat()[:19]
    return f"{seconds}.{time.nanos // 1_000_000:03d}Z"
