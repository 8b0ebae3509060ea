"""What the services answer, as the JSON of this dialect."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf import timestamp_pb2

from facade import images
from facade.dialects.betterprompt import config, options
from facade.problem import Problem
from promptwire.v1 import error_reason_pb2, key_service_pb2, prompt_pb2, run_pb2, run_service_pb2

Json = dict[str, Any]

# The dialect has no word for a run that was cancelled.
_STATUS = {
    run_pb2.Run.STATE_QUEUED: "queued",
    run_pb2.Run.STATE_RUNNING: "running",
    run_pb2.Run.STATE_SUCCEEDED: "succeeded",
    run_pb2.Run.STATE_FAILED: "failed",
    run_pb2.Run.STATE_CANCELLED: "failed",
}
_REASONS = {value: name.removeprefix("ERROR_REASON_") for name, value in error_reason_pb2.ErrorReason.items()}


def success(data: Json) -> Json:
    """Wrap an answer: under `data` for readers of the reference, at the top for readers of the quick start."""
    return {"status": "SUCCESS", "data": data, **data}


def from_run(run: run_pb2.Run, public_url: str) -> Json:
    """Print a run. Its images are at URLs below `public_url`."""
    usage = run.usage
    total = usage.input_tokens + usage.output_tokens
    return {
        "runId": run.id,
        "promptVersionId": run.version_id or None,
        "runStatus": _STATUS.get(run.state, "running"),
        "outputs": _outputs(run, public_url),
        "tokens": total,
        "tokenUsage": {
            "inputTokens": usage.input_tokens,
            "outputTokens": usage.output_tokens,
            "totalTokens": total,
        },
        "runName": None,
        "credits": None,
        "error": _error(run),
        "createdAt": _time(run.create_time),
        "startedAt": _time(run.start_time) if run.HasField("start_time") else None,
        "completedAt": _time(run.end_time) if run.HasField("end_time") else None,
    }


def from_runs(answer: run_service_pb2.ListRunsResponse, public_url: str) -> Json:
    """Print a page of runs."""
    return {"rows": [_row(run, public_url) for run in answer.runs], "hasMore": bool(answer.next_page_token)}


def unfinished(run: run_pb2.Run, headers: Mapping[str, str]) -> Problem:
    """Tell that a run lasts longer than its caller waits; `headers` say where it is."""
    message = f"the run goes on; GET /v1/runs/{run.id} until it has ended"
    metadata = {"run_id": run.id}
    return Problem(504, "RUN_UNFINISHED", message, metadata=metadata, headers=dict(headers), authenticated=True)


def from_version(prompt: prompt_pb2.Prompt, version: prompt_pb2.Version, models: Sequence[run_pb2.Model]) -> Json:
    """Print a prompt at one of its versions, in the shape of both generations of the vendor's reference."""
    return {
        "promptVersionId": version.id,
        "promptId": prompt.id,
        "title": prompt.name,
        "publishedAt": _time(version.create_time),
        "version": _version(version),
        "config": config.from_version(version, options.of_version(models, version)),
    }


def from_versions(prompt: prompt_pb2.Prompt, versions: Iterable[prompt_pb2.Version]) -> Json:
    """Print a prompt with its newest versions."""
    return {
        "promptId": prompt.id,
        "title": prompt.name,
        "versions": [_version(version) for version in versions],
    }


def from_models(models: Iterable[run_pb2.Model]) -> Json:
    """Print the models that a run may ask."""
    return {
        "resources": [
            {"model": model.name, "modality": "text", "availableRunOptions": options.from_choices(model)}
            for model in models
        ]
    }


def from_caller(answer: key_service_pb2.WhoAmIResponse) -> Json:
    """Print the caller's key as the account that it stands for."""
    key = answer.key
    return {
        "id": key.id,
        "name": key.display_name,
        "email": None,
        "project": answer.project,
        "scopes": list(key.scopes),
    }


def latest(prompt: prompt_pb2.Prompt) -> prompt_pb2.Version:
    """Give the latest version of a prompt. Raises Problem when it has none."""
    if prompt.HasField("latest_version"):
        return prompt.latest_version
    raise Problem(404, "PROMPT_HAS_NO_VERSION", "the prompt has no version; create one", authenticated=True)


def belonging(version: prompt_pb2.Version, prompt: prompt_pb2.Prompt) -> prompt_pb2.Version:
    """Give the version if it is one of the prompt's. Raises Problem when it is not."""
    if version.prompt_id == prompt.id:
        return version
    message = "the prompt has no version of this id; GET /v1/prompts/{promptId}/versions lists them"
    raise Problem(404, "VERSION_NOT_FOUND", message, authenticated=True)


def _row(run: run_pb2.Run, public_url: str) -> Json:
    return {
        "runId": run.id,
        "promptVersionId": run.version_id or None,
        "outputs": _outputs(run, public_url),
        "runStatus": _STATUS.get(run.state, "running"),
        "tokens": run.usage.input_tokens + run.usage.output_tokens,
        "credits": None,
        "runName": None,
        "createdAt": _time(run.create_time),
    }


def _outputs(run: run_pb2.Run, public_url: str) -> list[Json]:
    match run.state:
        case run_pb2.Run.STATE_FAILED:
            return [{"type": "error", "data": run.error.message}]
        case run_pb2.Run.STATE_CANCELLED:
            return [{"type": "error", "data": "canceled"}]
        case _:
            return [part for output in run.outputs for part in _parts(output, public_url)]


def _parts(output: run_pb2.Output, public_url: str) -> list[Json]:
    """Print an output; of one of which a part failed what there is, and then why."""
    failed = [{"type": "error", "data": output.error.message}] if output.HasField("error") else []
    if output.HasField("image"):
        return [{"type": "image", "data": images.url_of(public_url, output.image)}, *failed]
    return [{"type": "text", "data": output.text}, *failed] if output.text or not failed else failed


def _error(run: run_pb2.Run) -> Json | None:
    if not run.HasField("error"):
        return None
    return {"reason": _REASONS.get(run.error.reason, "UNKNOWN"), "message": run.error.message}


def _version(version: prompt_pb2.Version) -> Json:
    return {
        "promptVersionId": version.id,
        "publishedAt": _time(version.create_time),
        "isLatest": version.is_latest,
    }


def _time(time: timestamp_pb2.Timestamp) -> str:
    seconds = datetime.fromtimestamp(time.seconds, UTC).isoformat()[:19]
    return f"{seconds}.{time.nanos // 1_000_000:03d}Z"
