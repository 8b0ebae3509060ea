"""Runs of content that is no prompt's: as it is written, on record like any other."""

from typing import Any
from uuid import UUID

import pytest

from promptwire import values
from promptwire.v1.prompt_pb2 import OutputFormat
from promptwire.v1.run_pb2 import Inline, Run, RunSpec
from promptwire.v1.webhook_pb2 import Webhook
from services import errors
from services.caller import Caller
from services.runs import specs
from services.runs.specs import Limits
from tests.services.runs.conftest import Another
from tests.services.runs.process import Process, Scripted

TEXT = "Write {topic} and {{topic}}, ${HOME} {0.__class__}"


def inline(text: str = TEXT, form: OutputFormat | None = None, **spec: Any) -> RunSpec:
    message = values.to_value({"role": "user", "content": text})
    return RunSpec(inline=Inline(messages=[message], output_format=form), **spec)


async def test_it_is_sent_as_it_is_written(process: Process, me: Caller, provider: Scripted) -> None:
    spec = inline(inputs=values.to_struct({"topic": "tea", "deep": [1, {"a": None}]}), model="fake/large")
    run = await process.intake.create(me, spec, None)
    assert provider.requests[0].messages == [{"role": "user", "content": TEXT}]
    assert (provider.requests[0].model, run.state) == ("large", Run.STATE_SUCCEEDED)
    assert (run.prompt_id, run.version_id, run.version_number, run.session_id) == ("", "", 0, "")
    kept = await process.store.get(me.project_id, UUID(run.id))
    assert values.from_struct(kept.inputs) == {"topic": "tea", "deep": [1, {"a": None}]}
    assert kept.outputs == run.outputs


async def test_it_is_read_as_it_says(process: Process, me: Caller, provider: Scripted) -> None:
    run = await process.intake.create(me, inline("- a", OutputFormat(type=OutputFormat.TYPE_LIST)), None)
    assert values.from_value(run.outputs[0].json) == ["echo: - a"]


@pytest.mark.parametrize("model", ["fake/dall-e-3", "fake/gpt-image-1"])
async def test_a_model_for_images_makes_one(process: Process, me: Caller, provider: Scripted, model: str) -> None:
    run = await process.intake.create(me, inline("A {fox}", model=model), None)
    assert (run.makes_image, run.outputs[0].image.media_type) == (True, "image/png")
    assert provider.images[0].prompt == "A {fox}"


async def test_another_server_goes_on_with_it(process: Process, me: Caller, another: Another) -> None:
    run = await process.intake.queue(me, inline())
    async with another() as other:
        await other.do_job(run, me.project_id)
        done = await other.store.get(me.project_id, UUID(run.id))
    assert (done.state, done.outputs[0].text) == (Run.STATE_SUCCEEDED, f"echo: {TEXT}")


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (RunSpec(inline=Inline()), "spec.inline.messages"),
        (RunSpec(inline=Inline(messages=[values.to_value("text")])), "spec.inline.messages"),
        (inline("a", OutputFormat(type=9)), "spec.inline.output_format.type"),
        (inline("x" * 20_000), "spec.inline"),
        (inline(number=1), "spec.number"),
        (inline(label="live"), "spec.label"),
        (inline(model="unheard"), "spec.model"),
    ],
    ids=range(7),
)
async def test_what_cannot_be_run_is_refused(process: Process, me: Caller, spec: RunSpec, field: str) -> None:
    with pytest.raises(errors.InvalidArgument) as refused:
        await process.intake.create(me, spec, None)
    assert refused.value.violations[0].field == field


def refuse(_: str) -> str:
    return "must lead elsewhere"


@pytest.mark.parametrize(
    ("webhook", "fields"),
    [
        ({"url": ""}, ["url"]),
        ({"url": "x" * 2049}, ["url"]),
        ({"events": [0]}, ["events"]),
        ({"body": {"a": "$run.secret"}}, ["body.a"]),
        ({"body": {"a": "x" * 20_000}}, ["body"]),
        ({"headers": {"webhook-id": "1"}}, ["headers.webhook-id"]),
        ({"headers": {"Authorization": "1"}}, ["headers.Authorization"]),
        ({"headers": {"Host": "1"}}, ["headers.Host"]),
        ({"headers": {"a b": "1"}}, ["headers.a b"]),
        ({"headers": {"x": "a\r\nb: c"}}, ["headers.x"]),
        ({"headers": {"x": "$run.secret"}}, ["headers.x"]),
        ({"headers": {"x": "$run.output"}}, ["headers.x"]),
        ({"headers": {str(number): "" for number in range(17)}}, ["headers"]),
        ({"image_lifetime": {"seconds": 0}}, ["image_lifetime"]),
        ({"image_lifetime": {"seconds": 8 * 86_400}}, ["image_lifetime"]),
    ],
    ids=range(15),
)
def test_every_fault_of_a_webhook_is_told(webhook: dict[str, Any], fields: list[str]) -> None:
    given = {"url": "https://example.com/", **webhook}
    spec = inline(webhook=Webhook(**given))
    with pytest.raises(errors.InvalidArgument) as refused:
        specs.to_spec(spec, Limits(100_000, 300.0))
    assert [fault.field for fault in refused.value.violations] == [f"spec.webhook.{field}" for field in fields]


def test_a_url_is_looked_at() -> None:
    spec = inline(webhook=Webhook(url="https://example.com/"))
    with pytest.raises(errors.InvalidArgument, match="must lead elsewhere") as refused:
        specs.to_spec(spec, Limits(100_000, 300.0, refuse))
    assert refused.value.reason == "URL_REFUSED"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"type": "TYPE_LIST", "schema": {"type": "array"}}, "schema"),
        ({"type": "TYPE_JSON", "schema": {"type": "arr\0y"}}, "schema"),
        ({"type": "TYPE_JSON", "schema": {"type": "no such one"}}, "schema"),
        ({"type": 99}, "type"),
    ],
    ids=range(4),
)
async def test_a_format_that_cannot_be_used_is_refused(
    process: Process, me: Caller, form: dict[str, Any], field: str
) -> None:
    given = OutputFormat(type=form["type"])
    if "schema" in form:
        given.schema.update(form["schema"])
    with pytest.raises(errors.InvalidArgument) as raised:
        await process.intake.create(me, inline(form=given), None)
    assert [it.field for it in raised.value.violations] == [f"spec.inline.output_format.{field}"]
