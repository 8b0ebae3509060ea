"""The page at /docs, the samples in it, and the document that it shows."""

from html.parser import HTMLParser
from typing import Any

import pytest

from facade import docs, openapi
from facade.dialect import Dialect, Reply, Route, bearer
from facade.samples import sample
from tests.facade.serving import Site

VOID = {"meta", "link", "br"}


class Tree(HTMLParser):
    """Checks that elements are nested, and gathers ids, links and code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if tag == "a" and given.get("href") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "code":
            self.code.append(data)


@pytest.fixture(scope="module")
async def tree(shared_site: Site) -> Tree:
    """Read the page."""
    tree = Tree()
    tree.feed((await shared_site.call("GET", "/docs")).body.decode())
    assert tree.open == []
    return tree


def test_every_link_within_the_page_leads_somewhere(tree: Tree) -> None:
    assert len(set(tree.ids)) == len(tree.ids)
    assert {link[1:] for link in tree.links if link.startswith("#")} <= set(tree.ids)


def test_every_reason_can_be_linked_to(tree: Tree) -> None:
    assert {"KEY_UNKNOWN", "VARIABLE_MISSING", "BODY_MALFORMED", "SERVICE_UNAVAILABLE"} <= set(tree.ids)


def test_a_call_can_be_pasted(tree: Tree) -> None:
    calls = [code for code in tree.code if code.startswith("curl")]
    assert 'curl "http://127.0.0.1:8080/api/keys/$id" \\\n  -H "Authorization: Bearer $PROMPTWIRE_KEY"' in calls
    assert 'curl "http://127.0.0.1:8080/healthz"' in calls
    assert any('-d \'{"promptId": "haiku"' in call for call in calls)


def test_a_call_has_the_key_in_the_header_of_its_dialect(tree: Tree) -> None:
    [flow] = [code for code in tree.code if code.startswith('curl "http://127.0.0.1:8080/api/flows/$flowId"')]
    assert flow.endswith('-H "x-api-key: $PROMPTWIRE_KEY"')
    [account] = [code for code in tree.code if code.startswith('curl "http://127.0.0.1:8080/api/account"')]
    assert account.endswith('-H "Authorization: $PROMPTWIRE_KEY"')


async def test_the_document_has_each_header_that_a_key_may_stand_in(shared_site: Site) -> None:
    document = (await shared_site.call("GET", "/openapi.json")).json
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"},
        "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        "authorization": {"type": "apiKey", "in": "header", "name": "Authorization"},
    }
    run = document["paths"]["/api/flows/run/{flowId}"]["post"]
    assert run["security"] == [{"bearer": []}, {"x-api-key": []}]
    assert "Prefer" in [parameter["name"] for parameter in run["parameters"]]
    assert "security" not in document["paths"]["/api/runs"]["post"]


def test_a_stream_can_be_pasted_and_seen(tree: Tree) -> None:
    [create, watch] = [code for code in tree.code if code.startswith("curl -N")]
    assert create.startswith('curl -N -X POST "http://127.0.0.1:8080/api/runs" \\\n  -H "Accept: text/event-stream"')
    assert watch.startswith('curl -N "http://127.0.0.1:8080/api/runs/$id/events"')
    assert any(code.startswith("id: 2\nevent: nodeStarted\ndata: ") for code in tree.code)


def test_what_a_dialect_says_is_escaped() -> None:
    operation = {"operationId": "a", "summary": "<b>&`x<y`", "responses": {"200": {"description": "Done."}}}
    dialect = Dialect("D", "<i>", ("/d",), (Route("GET", "/d", _never, operation),), bearer, _envelope)
    page = docs.page(openapi.document([dialect], {}, "1"), {}, "http://a", "style.css")
    assert "&lt;b&gt;&amp;<code>x&lt;y</code>" in page
    assert "<i>" not in page


def test_two_dialects_cannot_have_a_schema_of_one_name() -> None:
    dialects = [Dialect(name, "", ("/d",), (), bearer, _envelope, {"Thing": {}}) for name in ("A", "B")]
    with pytest.raises(ValueError, match="Thing"):
        openapi.document(dialects, {}, "1")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "text"),
        ({"type": ["integer", "null"]}, 1),
        ({"type": "boolean"}, True),
        ({"const": "SUCCESS"}, "SUCCESS"),
        ({"enum": ["A_UNSPECIFIED", "A_B"]}, "A_B"),
        ({"enum": ["only"]}, "only"),
        ({"type": "array", "items": {"type": "number"}}, [1.5]),
        ({"properties": {"a": {"type": "string", "default": "x"}}}, {"a": "x"}),
        ({"$ref": "#/components/schemas/Thing"}, {"name": "text"}),
        (
            {"allOf": [{"$ref": "#/components/schemas/Thing"}, {"properties": {"b": {"type": "null"}}}]},
            {"name": "text", "b": None},
        ),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "text"),
    ],
)
def test_samples_fit_their_schemas(schema: dict[str, Any], value: Any) -> None:
    thing = {"type": "object", "properties": {"name": {"type": "string"}}}
    assert sample(schema, {"Thing": thing}) == value


def test_a_schema_that_holds_itself_has_a_sample() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    assert "next" in sample(node, {"Node": node})


async def _never(_: object) -> Reply:
    raise AssertionError


def _envelope(_: object) -> Reply:
    raise AssertionError
