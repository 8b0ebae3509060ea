"""The page at /docs: the OpenAPI document as HTML that needs neither scripts nor anything from elsewhere."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from facade.samples import sample

# A reason of errors: its HTTP status (empty: it stands in a run), and what to do.
Reasons = Mapping[str, tuple[str, str]]
Operation = Mapping[str, Any]

EVENTS = "text/event-stream"

_METHODS = ("get", "post", "put", "patch", "delete")
_CODE = re.compile(r"`([^`]+)`")


def page(document: Mapping[str, Any], reasons: Reasons, base_url: str, style_path: str) -> str:
    """Render the document and the table of reasons. `base_url` is where the curl lines call."""
    info = document["info"]
    sections = [_section(tag, document, base_url) for tag in document["tags"]]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])} API</title>
<link rel="stylesheet" href="{escape(style_path)}">
</head>
<body>
<nav aria-label="Contents">{_contents(document)}</nav>
<main>
<h1>{escape(info["title"])} <small>{escape(info["version"])}</small></h1>
{_prose(info["description"])}
<p>As a file: <a href="openapi.json"><code>/openapi.json</code></a> (OpenAPI {escape(document["openapi"])}).</p>
{"".join(sections)}
{_reasons(reasons)}
</main>
</body>
</html>
"""


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if tag in methods.get(method, {}).get("tags", ()):
                yield method, path, methods[method]


def _contents(document: Mapping[str, Any]) -> str:
    parts: list[str] = []
    for tag in document["tags"]:
        items = [
            f'<li><a href="#{escape(operation["operationId"])}">{_method(method)} <code>{escape(path)}</code></a></li>'
            for method, path, operation in _operations(document, tag["name"])
        ]
        parts.append(f'<h2><a href="#{_anchor(tag["name"])}">{escape(tag["name"])}</a></h2><ul>{"".join(items)}</ul>')
    return "".join(parts) + '<h2><a href="#reasons">Reasons of errors</a></h2>'


def _section(tag: Mapping[str, str], document: Mapping[str, Any], base_url: str) -> str:
    operations = [
        _operation(method, path, operation, document, base_url)
        for method, path, operation in _operations(document, tag["name"])
    ]
    heading = f'<h2 id="{_anchor(tag["name"])}">{escape(tag["name"])}</h2>'
    return f"<section>{heading}{_prose(tag['description'])}{''.join(operations)}</section>"


def _operation(method: str, path: str, operation: Operation, document: Mapping[str, Any], base_url: str) -> str:
    schemas = document["components"]["schemas"]
    body, key = _body(operation, schemas), _key(operation, document)
    text = operation.get("description", "")
    return f"""<details id="{escape(operation["operationId"])}">
<summary>{_method(method)} <code>{escape(path)}</code> <span>{_inline(operation["summary"])}</span></summary>
{_prose(text if text != operation["summary"] else "")}
{_parameters(operation)}
{_heading("Body") + _json(body) + _fields(operation, schemas) if body is not None else ""}
{_heading("Call")}{_calls(method, base_url + path, operation, body, key)}
{_answers(operation, schemas)}
</details>
"""


def _parameters(operation: Operation) -> str:
    rows = [
        _row(f"`{parameter['name']}`", parameter["in"], parameter.get("description", ""))
        for parameter in operation.get("parameters", ())
    ]
    head = "<tr><th>Name</th><th>In</th><th>What it is</th></tr>"
    return f"{_heading('Parameters')}<table>{head}{''.join(rows)}</table>" if rows else ""


def _body(operation: Operation, schemas: Mapping[str, Any]) -> Any:
    """Give a sample of the body; None when there is none."""
    if "requestBody" not in operation:
        return None
    content = operation["requestBody"]["content"]["application/json"]
    return content["example"] if "example" in content else sample(content["schema"], schemas)


def _fields(operation: Operation, schemas: Mapping[str, Any]) -> str:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    required = schema.get("required", ())
    rows = [
        _row(f"`{name}`", "required" if name in required else "", held.get("description", ""))
        for name, held in schema.get("properties", {}).items()
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _answers(operation: Operation, schemas: Mapping[str, Any]) -> str:
    parts: list[str] = []
    rows: list[str] = []
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status.startswith("2") and "application/json" in content:
            parts.append(_heading(f"Answer {status}") + _json(sample(content["application/json"]["schema"], schemas)))
        if EVENTS in content:
            parts.append(_events(status, content[EVENTS]))
        if not status.startswith("2"):
            rows.append(_row(f"`{status}`", response["description"]))
    table = f"{_heading('Errors')}<table>{''.join(rows)}</table>" if rows else ""
    return "".join(parts) + table


def _events(status: str, content: Mapping[str, Any]) -> str:
    example = f"<pre><code>{escape(content['example'])}</code></pre>"
    return _heading(f"Answer {status} as events") + _prose(content["schema"]["description"]) + example


def _key(operation: Operation, document: Mapping[str, Any]) -> str:
    """Give the header that the key is sent in, empty where none is needed: the last one, which is the dialect's own."""
    wanted = operation.get("security", document["security"])
    if not wanted:
        return ""
    scheme = document["components"]["securitySchemes"][next(iter(wanted[-1]))]
    return "Authorization: Bearer $PROMPTWIRE_KEY" if scheme["type"] == "http" else f"{scheme['name']}: $PROMPTWIRE_KEY"


def _calls(method: str, url: str, operation: Operation, body: Any, key: str) -> str:
    """Render a call for each form of the answer."""
    done = next(response for status, response in operation["responses"].items() if status.startswith("2"))
    kinds = done.get("content", {"application/json": {}})
    calls = (_curl(method, url, body, key, events=kind == EVENTS) for kind in kinds)
    return "".join(f"<pre><code>{escape(call)}</code></pre>" for call in calls)


def _curl(method: str, url: str, body: Any, key: str, *, events: bool) -> str:
    url = re.sub(r"\{(\w+)\}", r"$\1", url)
    command = "curl -N" if events else "curl"
    lines = [f'{command} "{url}"' if method == "get" else f'{command} -X {method.upper()} "{url}"']
    if events:
        lines.append(f'-H "Accept: {EVENTS}"')
    if key:
        lines.append(f'-H "{key}"')
    if body:
        quoted = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(lines)


def _reasons(reasons: Reasons) -> str:
    rows = [_row(f"`{name}`", status, text, anchor=name) for name, (status, text) in reasons.items()]
    head = "<tr><th>Reason</th><th>Status</th><th>What to do</th></tr>"
    return f'<section><h2 id="reasons">Reasons of errors</h2><table>{head}{"".join(rows)}</table></section>'


def _row(*cells: str, anchor: str = "") -> str:
    identity = f' id="{escape(anchor)}"' if anchor else ""
    return f"<tr{identity}>{''.join(f'<td>{_inline(cell)}</td>' for cell in cells)}</tr>"


def _method(method: str) -> str:
    return f'<b class="{method}">{method.upper()}</b>'


def _heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def _json(value: Any) -> str:
    return f"<pre><code>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</code></pre>"


def _prose(text: str) -> str:
    """Render paragraphs; code stands in backticks."""
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph)


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def _anchor(name: str) -> str:
    return "tag-" + re.sub(r"\W+", "-", name.lower())
