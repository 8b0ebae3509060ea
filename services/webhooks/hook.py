"""Webhooks as runs carry them: read out of a request with every fault, and as the JSON column of a run."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from yarl import URL

from promptwire import values
from promptwire.v1.webhook_pb2 import Webhook
from services.checks import Checks
from services.webhooks import body

MAX_URL = 2048
MAX_HEADERS = 16
MAX_HEADER_NAME = 64
MAX_HEADER_VALUE = 255
MAX_BODY_BYTES = 16 * 1024
# How long the URLs of images in a body last (s).
IMAGE_SECONDS = 7 * 86_400

START, NODE, END = "start", "node", "end"
_EVENTS = {Webhook.EVENT_START: START, Webhook.EVENT_NODE: NODE, Webhook.EVENT_END: END}
EVENTS = {name: event for event, name in _EVENTS.items()}

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What a delivery sets itself, or what would change where or how it is sent.
_OWN_HEADERS = re.compile(
    r"(webhook-.*|content-.*|host|user-agent|connection|transfer-encoding|te|trailer|upgrade|expect|keep-alive"
    r"|accept-encoding|cookie|authorization|proxy-.*|x-forwarded-.*|forwarded)"
)

FindUrlFault = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom to tell of a run what: `events` are of START, NODE and END; without a `body` it is the standard one."""

    url: str
    events: tuple[str, ...]
    body: Mapping[str, Any] | None
    headers: Mapping[str, str]
    image_base_url: str
    image_seconds: float


def read(check: Checks, field: str, given: Webhook, find_url_fault: FindUrlFault) -> Hook:
    """Read a webhook."""
    check.text(f"{field}.url", given.url, least=1, most=MAX_URL)
    if 0 < len(given.url) <= MAX_URL and (fault := find_url_fault(given.url)):
        check.fail(f"{field}.url", fault, "URL_REFUSED")
    if not _EVENTS.keys() >= set(given.events):
        check.fail(f"{field}.events", f"must be of {', '.join(Webhook.Event.keys()[1:])}")
    events = tuple(sorted({_EVENTS.get(event, END) for event in given.events})) or (END,)
    check.text(f"{field}.image_base_url", given.image_base_url, most=MAX_URL)
    return Hook(
        url=given.url,
        events=events,
        body=_read_body(check, f"{field}.body", given) if given.HasField("body") else None,
        headers=_read_headers(check, f"{field}.headers", given.headers),
        image_base_url=given.image_base_url.rstrip("/"),
        image_seconds=_read_lifetime(check, f"{field}.image_lifetime", given),
    )


def dump(hook: Hook) -> str:
    """Give the column of a run."""
    return orjson.dumps(
        {
            "url": hook.url,
            "host": _host_of(hook.url),
            "events": hook.events,
            "body": hook.body,
            "headers": hook.headers,
            "image_base_url": hook.image_base_url,
            "image_seconds": hook.image_seconds,
        }
    ).decode()


def load(column: str) -> Hook:
    """Give the webhook of a run's column."""
    json = orjson.loads(column)
    return Hook(
        url=json["url"],
        events=tuple(json["events"]),
        body=json["body"],
        headers=json["headers"],
        image_base_url=json["image_base_url"],
        image_seconds=json["image_seconds"],
    )


def _host_of(url: str) -> str:
    """Give whom a URL leads to: what one receiver does holds up no other."""
    target = URL(url)
    return f"{(target.raw_host or '').rstrip('.')}:{target.port}"


def _read_body(check: Checks, field: str, given: Webhook) -> Mapping[str, Any]:
    size = given.body.ByteSize()
    if size > MAX_BODY_BYTES:
        check.fail(field, f"must take at most {MAX_BODY_BYTES} bytes; it takes {size}")
        return {}
    try:
        template = values.from_struct(given.body)
    except values.Unrepresentable as error:
        check.fail(f"{field}{error.path}", error.message)
        return {}
    for path, fault in body.find_faults(template):
        check.fail(f"{field}{path}", fault)
    return template


def _read_headers(check: Checks, field: str, given: Mapping[str, str]) -> dict[str, str]:
    check.count(field, given, most=MAX_HEADERS)
    for name, value in sorted(given.items())[:MAX_HEADERS]:
        shown = f"{field}.{name[:MAX_HEADER_NAME]}"
        if not _TOKEN.fullmatch(name) or len(name) > MAX_HEADER_NAME:
            check.fail(shown, f"must be the name of a header, up to {MAX_HEADER_NAME} characters")
        elif _OWN_HEADERS.fullmatch(name.lower()):
            check.fail(shown, "is set by the delivery itself, or not to be set")
        if not (value.isascii() and value.isprintable()) or len(value) > MAX_HEADER_VALUE:
            check.fail(shown, f"must be printable ASCII of up to {MAX_HEADER_VALUE} characters")
        elif fault := body.find_text_fault(value, body.HEADER_NAMES):
            check.fail(shown, fault)
    return {name.lower(): value for name, value in given.items()}


def _read_lifetime(check: Checks, field: str, given: Webhook) -> float:
    if not given.HasField("image_lifetime"):
        return IMAGE_SECONDS
    seconds = given.image_lifetime.seconds + given.image_lifetime.nanos / 1e9
    if not 1 <= seconds <= IMAGE_SECONDS:
        check.fail(field, f"must be 1 s to 7 days; it is {seconds:g} s")
    return seconds
