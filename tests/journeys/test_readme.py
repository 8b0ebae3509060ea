"""The README's commands and code, run as they stand against a real `promptwire up`; only addresses are replaced."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

from tests.journeys.up import Up


def blocks(repository: Path, language: str) -> list[str]:
    """Give the code blocks of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", (repository / "README.md").read_text(), re.DOTALL)


def commands(block: str) -> list[str]:
    """Split a block of shell into commands, which end where a line does not end in a backslash."""
    lines = [line for line in block.splitlines() if line.strip()]
    return re.sub(r"\\\n", "\\\n", "\n".join(lines)).replace("\\\n", " ").splitlines()


async def shell(up: Up, script: str) -> tuple[int, str]:
    """Run commands with the tools of the environment that the tests run in."""
    tools = Path(sys.executable).parent
    told = up.quickstart
    variables = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PW": str(up.data / "quickstart.json"),
        "ADMIN": told["keys"]["admin"],
        "RUN": told["keys"]["run"],
        "PROMPT": told["examples"]["prompt_id"],
    }
    script = script.replace("127.0.0.1:8080", up.http).replace("127.0.0.1:50051", up.grpc)
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | variables,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_exports_read_quickstart_json(up: Up, repository: Path) -> None:
    block = next(block for block in blocks(repository, "sh") if "export PW=" in block)
    exports = "\n".join(line for line in block.splitlines() if "PW=" not in line and "PATH=" not in line)
    code, output = await shell(up, f"{exports}\necho $ADMIN $RUN $PROMPT")
    told = up.quickstart
    assert code == 0
    assert output.split() == [told["keys"]["admin"], told["keys"]["run"], told["examples"]["prompt_id"]]


async def test_curl(up: Up, repository: Path) -> None:
    block = next(block for block in blocks(repository, "sh") if block.startswith("curl"))
    code, output = await shell(up, block)
    run = json.loads(output)["run"]
    assert code == 0
    assert run["state"] == "STATE_SUCCEEDED"
    assert run["outputs"][0]["text"].strip()


async def test_grpcurl(up: Up, repository: Path) -> None:
    block = next(block for block in blocks(repository, "sh") if "grpcurl" in block)
    listed, described, key, prompt, version, run, missing = [await shell(up, line) for line in commands(block)]
    assert {"promptwire.v1.KeyService", "promptwire.v1.PromptService", "promptwire.v1.RunService"} <= set(
        listed[1].split()
    )
    assert "rpc CreateRun" in described[1]
    assert json.loads(key[1])["secret"].startswith("pw_")
    assert json.loads(prompt[1])["prompt"]["alias"] == "slogan"
    assert json.loads(version[1])["version"]["variables"][0]["name"] == "product"
    assert json.loads(run[1])["run"]["state"] == "STATE_SUCCEEDED"
    assert missing[0] != 0
    for word in (
        "InvalidArgument",
        "google.rpc.ErrorInfo",
        "VARIABLE_MISSING",
        "google.rpc.BadRequest",
        "spec.inputs.product",
    ):
        assert word in missing[1]
    assert [result[0] for result in (listed, described, key, prompt, version, run)] == [0] * 6


async def test_buf_curl(up: Up, repository: Path) -> None:
    block = next(block for block in blocks(repository, "sh") if block.startswith("buf curl"))
    results = [await shell(up, line) for line in commands(block)]
    assert [code for code, _ in results] == [0] * 7
    services, methods, key, prompt, version, run, missing = [output for _, output in results]
    assert "promptwire.v1.PromptService" in services.split()
    assert "promptwire.v1.RunService/CreateRun" in methods.split()
    assert json.loads(key)["secret"].startswith("pw_")
    assert json.loads(prompt)["prompt"]["alias"] == "motto"
    assert json.loads(version)["version"]["variables"][0]["name"] == "team"
    assert json.loads(run)["run"]["state"] == "STATE_SUCCEEDED"
    error = json.loads(missing)
    assert error["code"] == "invalid_argument"
    info, request = [detail["value"] for detail in error["details"]]
    assert info["reason"] == "VARIABLE_MISSING"
    assert request["fieldViolations"][0]["field"] == "spec.inputs.team"


async def test_python(up: Up, repository: Path) -> None:
    (block,) = blocks(repository, "python")
    code, output = await shell(up, f"{sys.executable} - <<'PY'\n{block}PY")
    assert code == 0, output
    assert "input_tokens" in output
