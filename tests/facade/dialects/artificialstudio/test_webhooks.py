"""The template of a webhook's body, and what of a request is read into it."""

from typing import Any

import pytest

from facade.dialects.artificialstudio import shapes, webhooks
from facade.problem import Fault
from promptwire import values
from promptwire.v1 import run_pb2, webhook_pb2

URL = "https://your-server.com/api/webhook?job_id=7"


def body(**named: str) -> shapes.Json:
    return values.from_struct(webhooks.to_body(named, "image"))


def faults_of(**fields: Any) -> list[str]:
    found: list[Fault] = []
    webhooks.read(fields, found)
    return [fault.field for fault in found]


def test_the_body_has_what_an_answer_has_but_for_the_list() -> None:
    answer = shapes.from_run(run_pb2.Run(id="r"), "https://prompts.example.org")
    assert body(model="m").keys() == answer.keys() - {"outputs"}


def test_each_state_has_the_status_of_an_answer() -> None:
    choices = body()["status"]["$state"]
    for name, state in run_pb2.Run.State.items():
        if state:
            assert choices[name.removeprefix("STATE_")] == shapes.from_run(run_pb2.Run(state=state), "")["status"]


@pytest.mark.parametrize(
    ("text", "written"), [("a", "a"), ("$", "$$"), ("$run.id", "$$run.id"), ("$$a", "$$$a"), ("a$run.id", "a$run.id")]
)
def test_names_of_the_caller_are_texts(text: str, written: str) -> None:
    printed = body(model=text, tool=text)
    assert (printed["model"], printed["tool"]) == (written, written)


def test_without_a_name_the_run_tells_its_model() -> None:
    assert (body()["model"], body()["tool"]) == ("$run.model", None)


def test_a_webhook_is_read_with_its_query() -> None:
    webhook = webhooks.read({"webhook": URL, "webhook_events_filter": ["output", "start", "node"]}, [])
    assert webhook is not None
    assert webhook.url == URL
    assert list(webhook.events) == [webhook_pb2.Webhook.EVENT_NODE, webhook_pb2.Webhook.EVENT_START]
    assert webhook.headers == {"x-webhook-source": "artificial-studio", "x-media-id": "$run.id"}


@pytest.mark.parametrize(
    "url", ["", " ", "https://", "https:///a", "//a", "a", "https://a\n", "javascript:a", 1, [URL]]
)
def test_what_is_no_url_is_a_fault(url: Any) -> None:
    assert faults_of(webhook=url) == ["webhook"]


def test_every_unknown_event_is_a_fault() -> None:
    assert faults_of(webhook_events_filter=["logs", "start", None]) == [
        "webhook_events_filter[0]",
        "webhook_events_filter[2]",
    ]
