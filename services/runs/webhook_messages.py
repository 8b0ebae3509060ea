"""What deliveries say of runs: the facts of a run, as the webhook's template or the standard body has them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from promptwire import values
from promptwire.v1 import run_pb2
from promptwire.v1.error_reason_pb2 import ErrorReason
from services import errors
from services.images.viewer import Viewer
from services.runs import records
from services.runs.store import RunStore
from services.webhooks import body, hook
from services.webhooks.body import Facts
from services.webhooks.deliverer import Message
from services.webhooks.due_store import Taken
from services.webhooks.hook import Hook

REASON = "ERROR_REASON_"


class WebhookMessages:
    """Makes the messages of deliveries."""

    def __init__(self, runs: RunStore, viewer: Viewer) -> None:
        self._runs = runs
        self._viewer = viewer

    async def make(self, taken: Taken) -> Message | None:
        """Make what a delivery says; a body that is kept is not made again. None: the run is gone."""
        try:
            run, told = await self._runs.get_told(taken.project_id, taken.run_id)
        except errors.NotFound:
            return None
        self._viewer.sign(taken.project_id, run, told.image_seconds)
        facts = to_facts(run, told, taken.event)
        headers = {name: str(body.fill(value, facts) or "") for name, value in told.headers.items()}
        return Message(None if taken.is_kept else self._to_body(taken, run, told, facts), headers)

    def _to_body(self, taken: Taken, run: run_pb2.Run, told: Hook, facts: Facts) -> str:
        if told.body is not None:
            json = body.fill(told.body, facts)
        else:
            node = _find_node(run, taken.node_id) if taken.event == hook.NODE else None
            json = body.standard(taken.event, facts, node, datetime.now(UTC))
        return body.to_bytes(json).decode()


def to_facts(run: run_pb2.Run, told: Hook, event: str) -> Facts:
    """Give the facts of a run. What is told before its end is told of it as it was then: under way."""
    state = run_pb2.Run.State.Name(run.state).removeprefix(records.STATE) if event == hook.END else "RUNNING"
    has_ended = event == hook.END
    outputs = [_to_output(output, told) for output in run.outputs] if has_ended else []
    model = next((node.model for node in run.node_runs), None)
    return Facts(
        id=run.id,
        prompt_id=run.prompt_id or None,
        version_id=run.version_id or None,
        state=state,
        output=next((output.get("image", {}).get("url") or output.get("text") for output in outputs), None),
        outputs=outputs,
        error=run.error.message if has_ended and run.HasField("error") else None,
        reason=_to_reason(run.error) if has_ended and run.HasField("error") else None,
        inputs=values.from_struct(run.inputs) if run.HasField("inputs") else None,
        metadata=dict(run.metadata),
        end_user_id=run.end_user_id or None,
        model=model,
        create_time=body.to_text(run.create_time.ToDatetime(UTC)),
        end_time=body.to_text(run.end_time.ToDatetime(UTC)) if has_ended and run.HasField("end_time") else None,
    )


def _to_output(output: run_pb2.Output, told: Hook) -> dict[str, Any]:
    said: dict[str, Any] = {"name": output.name}
    if output.HasField("image"):
        said["image"] = _to_image(output.image, told)
    else:
        said["text"] = output.text
    if output.HasField("json"):
        said["json"] = values.from_value(output.json)
    if output.HasField("error"):
        said["error"] = {"reason": _to_reason(output.error), "message": output.error.message, "path": output.error.path}
    return said


def _to_image(image: run_pb2.Image, told: Hook) -> dict[str, Any]:
    base = told.image_base_url
    return {
        "id": image.id,
        "media_type": image.media_type,
        "placeholder": image.placeholder,
        "url": f"{base}/images/{image.token}" if base else None,
    }


def _find_node(run: run_pb2.Run, node_id: str) -> Mapping[str, Any] | None:
    node = next((node for node in run.node_runs if node.node_id == node_id), None)
    if node is None:
        return None
    return {
        "node_id": node.node_id,
        "name": node.name,
        "state": run_pb2.Run.State.Name(node.state).removeprefix(records.STATE),
        "model": node.model,
        "error": {"reason": _to_reason(node.error), "message": node.error.message} if node.HasField("error") else None,
    }


def _to_reason(error: run_pb2.RunError) -> str:
    return ErrorReason.Name(error.reason).removeprefix(REASON)
