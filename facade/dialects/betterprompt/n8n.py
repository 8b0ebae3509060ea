"""The n8n node of a version: the JSON that n8n takes from the clipboard, an HTTP Request node that runs the version."""

import json
import re
from typing import Any

from promptwire.v1 import prompt_pb2

# Names that JavaScript reads as they are, and that stand for nothing else (`__proto__` would).
_PLAIN = re.compile("[A-Za-z][A-Za-z0-9_]*")
_CREDENTIAL = "Prompt server API key"
_TIMEOUT_MS = 180_000


def to_clipboard(title: str, version: prompt_pb2.Version, public_url: str) -> dict[str, Any]:
    """Give what n8n takes from the clipboard. No `name` at the top, which would rename the workflow; no key in it."""
    return {
        "nodes": [_node(title, version, public_url)],
        "connections": {},
        "pinData": {},
        "meta": {"instanceId": "0" * 64},
    }


def _node(title: str, version: prompt_pb2.Version, public_url: str) -> dict[str, Any]:
    return {
        "parameters": {
            "method": "POST",
            "url": f"{public_url.rstrip('/')}/v1/runs",
            "authentication": "genericCredentialType",
            "genericAuthType": "httpBearerAuth",
            "sendBody": True,
            "contentType": "json",
            "specifyBody": "json",
            "jsonBody": f"={{{{ {_body(version)} }}}}",
            "options": {"timeout": _TIMEOUT_MS},
        },
        # n8n gives a new id when it pastes.
        "id": version.id,
        "name": f"Run prompt: {title}",
        "type": "n8n-nodes-base.httpRequest",
        "typeVersion": 4.2,
        "position": [0, 0],
        # n8n fills in the id of the one credential that has this name; any other id would be removed.
        "credentials": {"httpBearerAuth": {"id": None, "name": _CREDENTIAL}},
    }


def _body(version: prompt_pb2.Version) -> str:
    texts = ", ".join(_text(variable) for variable in version.variables)
    inputs = f"textInputs: {{ {texts} }}"
    if version.images:
        images = ", ".join(_image(index) for index in range(len(version.images)))
        inputs += f", imageInputs: [{images}]"
    return f"JSON.stringify({{ promptVersionId: {_quote(version.id)}, inputs: {{ {inputs} }} }})"


def _text(variable: prompt_pb2.Variable) -> str:
    plain = _PLAIN.fullmatch(variable.name)
    name = variable.name if plain else f"[{_quote(variable.name)}]"
    value = f"$json.{name}" if plain else f"$json{name}"
    return f"{name}: {value} ?? {_quote(variable.default_value)}"


def _image(index: int) -> str:
    return f'{{ type: "url", url: $json.imageUrl{index + 1 if index else ""} }}'


def _quote(text: str) -> str:
    # Two braces in a row would end the expression, wherever they stand.
    return json.dumps(text).replace("{", "\\u007b").replace("}", "\\u007d")
