"""Versions by all of their names, and what differs between two of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.label_pb2 import Label
from promptwire.v1.prompt_pb2 import ImageVariable, Option, OutputFormat, Prompt, Variable, Version
from services import diff, errors
from services.config import Settings
from services.failures import Failed
from tests.fakes.services import FakeServices

ID = "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"


def version(number: int, *messages: Any, **more: Any) -> Version:
    """Give a version of the prompt of the tests."""
    held = [values.to_value(message) for message in messages]
    return Version(id=f"v{number}", number=number, serial=10 + number, messages=held, **more)


def user(content: Any) -> dict[str, Any]:
    """Give a message of a user."""
    return {"role": "user", "content": content}


VERSIONS = {
    number: version(number, user(f"Write {number} haikus.\nIn English.\n"), model="small") for number in range(1, 6)
}


@pytest.fixture
async def services() -> AsyncIterator[FakeServices]:
    """Give a server with the prompts `haiku` and `a:3`, whose label `x@y:1` is on its version 2."""

    async def get_version(request: pb.GetVersionRequest, _: object) -> pb.GetVersionResponse:
        names = {str(it.serial): it for it in VERSIONS.values()} | {it.id: it for it in VERSIONS.values()}
        found = (names | {ID: VERSIONS[1]}).get(request.id)
        if found is None:
            raise errors.NotFound("VERSION_NOT_FOUND", "none")
        return pb.GetVersionResponse(version=found)

    async def get_prompt(request: pb.GetPromptRequest, _: object) -> pb.GetPromptResponse:
        _require(request.id)
        return pb.GetPromptResponse(prompt=Prompt(id="p", latest_version=VERSIONS[5]))

    async def list_versions(request: pb.ListVersionsRequest, _: object) -> pb.ListVersionsResponse:
        _require(request.prompt_id)
        at = int(request.page_token or 5)
        page = [VERSIONS[number] for number in range(at, max(at - 2, 0), -1)]
        return pb.ListVersionsResponse(versions=page, next_page_token=str(at - 2) if at > 2 else "")

    async def list_labels(request: pb.ListLabelsRequest, _: object) -> pb.ListLabelsResponse:
        _require(request.prompt_id)
        return pb.ListLabelsResponse(labels=[Label(name="x@y:1", version_id="v2"), Label(name="z", version_id="v3")])

    async with FakeServices() as services:
        services.answers = {
            "GetVersion": get_version,
            "GetPrompt": get_prompt,
            "ListVersions": list_versions,
            "ListLabels": list_labels,
        }
        yield services


def _require(prompt_id: str) -> None:
    if prompt_id not in ("haiku", "a:3"):
        raise errors.NotFound("PROMPT_NOT_FOUND", "none")


@pytest.fixture
def settings(services: FakeServices, tmp_path: Path) -> Settings:
    return Settings(grpc_target=services.target, key=SecretStr("pw_a_b"), data=tmp_path)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (ID, 1),
        ("13", 3),
        ("haiku", 5),
        ("haiku:1", 1),
        ("haiku:4", 4),
        ("a:3", 5),
        ("a:3:2", 2),
        ("haiku@z", 3),
        ("haiku@x@y:1", 2),
        ("a:3@z", 3),
    ],
)
async def test_a_version_has_many_names(
    settings: Settings, capsys: pytest.CaptureFixture[str], name: str, number: int
) -> None:
    assert await diff.diff(name, f"haiku:{number}", settings) == 0
    assert capsys.readouterr().out == f"{name} and haiku:{number} are equal\n"


@pytest.mark.parametrize("name", ["nobody", "haiku:9", "haiku@none", "99", "@z", "nobody:1", ""])
async def test_a_name_of_no_version_is_told(settings: Settings, name: str) -> None:
    with pytest.raises(Failed, match="there is no version"):
        await diff.diff(name, "haiku", settings)


async def test_a_refusal_is_told(
    services: FakeServices, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    services.refuses = errors.Unauthenticated("KEY_UNKNOWN", "the key is unknown")
    assert await diff.diff("haiku", "haiku:1", settings) == 1
    assert "UNAUTHENTICATED: the key is unknown" in capsys.readouterr().err


async def test_what_differs_is_printed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert await diff.diff("haiku:1", "haiku", settings) == 0
    assert capsys.readouterr().out.splitlines() == [
        "--- haiku:1 (version 1, serial 11, 1970-01-01 00:00:00)",
        "+++ haiku (version 5, serial 15, 1970-01-01 00:00:00)",
        "@@ -4,6 +4,6 @@",
        "   {}",
        " variables:",
        " [user]",
        "-  Write 1 haikus.",
        "+  Write 5 haikus.",
        "   In English.",
        "   ",
    ]


JSON = OutputFormat(type=OutputFormat.TYPE_JSON, schema=values.to_struct({"type": "array"}))


def test_a_version_is_told_whole() -> None:
    told = version(
        1,
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        "bare\ntext",
        [1, None],
        provider="openai",
        parameters=values.to_struct({"top_p": 1, "a": {"b": 0.5}}),
        images=[ImageVariable(description="A map")],
        variables=[
            Variable(name="topic", type=1, required=True, allow_empty=True, description="On what"),
            Variable(name="tone", type=2, default_value="", options=[Option(name="Formal", value="formal")]),
        ],
    )
    assert "\n".join(diff.to_lines(told)) == (
        'provider: openai\nmodel: \nparameters:\n  {\n    "a": {\n      "b": 0.5\n    },\n    "top_p": 1\n  }\n'
        'variables:\n  topic: text, required, may be empty\n    "On what"\n  tone: select, default ""\n'
        '    option "Formal" = "formal"\nimage: "A map"\n'
        '[assistant]\n  {\n    "content": null,\n    "tool_calls": [\n      {\n        "id": "1"\n      }\n    ]\n  }\n'
        "[text]\n  bare\n  text\n[json]\n  [\n    1,\n    null\n  ]"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (version(1, user("a\n[user]\nb")), version(1, user("a"), user("b"))),
        (version(1, user("a")), version(1, user("a\n"))),
        (version(1, user("a\r\nb")), version(1, user("a\nb"))),
        (version(1, user("5")), version(1, user(5))),
        (version(1, "5"), version(1, 5)),
        (version(1, user(None)), version(1, {"role": "user"})),
        (version(1, parameters=values.to_struct({"n": 1})), version(1)),
        (version(1, output_format=OutputFormat(type=OutputFormat.TYPE_LIST)), version(1)),
        (version(1, output_format=JSON), version(1, output_format=OutputFormat(type=OutputFormat.TYPE_JSON))),
    ],
)
def test_what_is_not_equal_looks_so(one: Version, other: Version) -> None:
    assert list(diff.compare(one, other, "a", "b"))


def test_graphs_differ_in_their_json() -> None:
    one, other = (
        Version(graph=values.to_struct({"nodes": [{"id": "a", "data": {"prompt": prompt}}], "edges": []}))
        for prompt in ("A {color} joke", "A {color} rhyme")
    )
    changed = [
        line for line in diff.compare(one, other, "a", "b") if line[:1] in "+-" and line[:3] not in ("---", "+++")
    ]
    assert [(line[0], line[1:].strip()) for line in changed] == [
        ("-", '"prompt": "A {color} joke"'),
        ("+", '"prompt": "A {color} rhyme"'),
    ]
    assert next(diff.to_lines(one)) == "graph:"
    assert list(diff.compare(one, version(1), "a", "b"))
    assert not list(diff.compare(one, one, "a", "b"))


def test_what_says_the_same_is_equal() -> None:
    one, other = version(1, user("a"), commit_message="first"), version(2, user("a"), commit_message="second")
    assert list(diff.compare(one, other, "a", "b")) == []


async def test_a_terminal_gets_colours_and_is_not_steered(
    services: FakeServices,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wild = version(5, user("\x1b[2Jgone"))
    services.answers["GetPrompt"] = pb.GetPromptResponse(prompt=Prompt(latest_version=wild))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert await diff.diff(ID, "haiku", settings) == 0
    assert "\x1b[32m+  \ufffd[2Jgone\x1b[0m" in capsys.readouterr().out.splitlines()
    monkeypatch.setenv("NO_COLOR", "1")
    assert await diff.diff(ID, "haiku", settings) == 0
    assert "\x1b[32m" not in capsys.readouterr().out
