"""The webhook of a request, as the contract has it: what is told, and the body that receivers expect."""

import re
from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import struct_pb2

from facade.dialects.artificialstudio import faults, shapes
from facade.problem import Fault
from promptwire import values
from promptwire.v1 import run_pb2, webhook_pb2

EVENTS = {
    "start": webhook_pb2.Webhook.EVENT_START,
    "node": webhook_pb2.Webhook.EVENT_NODE,
    "output": webhook_pb2.Webhook.EVENT_NODE,
    "completed": webhook_pb2.Webhook.EVENT_END,
}
# Receivers look for the first, and some for the second.
HEADERS = {"x-webhook-source": "artificial-studio", "x-media-id": "$run.id"}

_URL = re.compile(r"https?://[^\s/?#\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*", re.IGNORECASE)


def read(fields: Mapping[str, Any], found: list[Fault]) -> webhook_pb2.Webhook | None:
    """Read `webhook` and `webhook_events_filter`; None when there is no webhook, or after noting a fault of it.

    Whether its URL may be called is for the services to say.
    """
    events = _events(fields.get("webhook_events_filter"), found)
    url = fields.get("webhook")
    if url is None:
        return None
    if isinstance(url, str) and _URL.fullmatch(url):
        return webhook_pb2.Webhook(url=url, events=events, headers=HEADERS)
    code = faults.URL if isinstance(url, str) else faults.TYPE
    found.append(faults.fault("webhook", code, "must be a text, an absolute https URL"))
    return None


def to_body(named: Mapping[str, str], kind: str) -> struct_pb2.Struct:
    """Give the template of the body: the object that a GET answers, but for `outputs`.

    `named` is what the request names: its `model`, its `tool`; `kind` is what comes out, `image` or `text`.
    """
    return values.to_struct(
        {
            "_id": "$run.id",
            "id": "$run.id",
            "status": {"$state": {_name(state): status for state, status in shapes.STATUS.items()}},
            "output": "$run.output",
            "thumbnail": None,
            "model": _escaped(named["model"]) if "model" in named else "$run.model",
            "tool": _escaped(named["tool"]) if "tool" in named else None,
            "type": kind,
            "payload": "$run.inputs",
            # In the other states there is none.
            "error": {"$state": {"FAILED": "$run.error", "CANCELLED": shapes.CANCELED}},
            "createdAt": "$run.create_time",
        }
    )


def _events(given: Any, found: list[Fault]) -> "list[webhook_pb2.Webhook.Event]":
    """Give what shall be told, each thing once; nothing when the request leaves it open."""
    if given is None:
        return []
    if not isinstance(given, list):
        found.append(faults.fault("webhook_events_filter", faults.TYPE, f"must be an array of {', '.join(EVENTS)}"))
        return []
    wanted: dict[webhook_pb2.Webhook.Event, None] = {}
    for index, name in enumerate(cast("list[Any]", given)):
        if isinstance(name, str) and name in EVENTS:
            wanted[EVENTS[name]] = None
        else:
            field = f"webhook_events_filter[{index}]"
            found.append(faults.fault(field, faults.VALUE, f"must be one of {', '.join(EVENTS)}"))
    return list(wanted)


def _name(state: "run_pb2.Run.State") -> str:
    return run_pb2.Run.State.Name(state).removeprefix("STATE_")


def _escaped(text: str) -> str:
    """Give a text of the caller's as a template has it: a dollar at its start would name something."""
    return f"${text}" if text.startswith("$") else text
