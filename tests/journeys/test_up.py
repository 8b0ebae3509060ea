"""`promptwire up` on a fresh directory: a curl line that works, quickstart.json, a second start, a clean end."""

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.certificate import certify
from tests.journeys.hostile import SCALE
from tests.journeys.up import Up


async def shell(command: str, **environment: str) -> tuple[int, str]:
    """Run a shell's command; give its exit code and what it printed."""
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ | environment
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_printed_curl_line_runs_the_example(up: Up) -> None:
    command = up.printed[up.printed.index("curl ") :].split("\n\n")[0]
    code, output = await shell(command)
    answer = json.loads(output)
    assert code == 0
    assert answer["runStatus"] == answer["data"]["runStatus"] == "succeeded"
    assert answer["outputs"][0]["type"] == "text"
    assert answer["outputs"][0]["data"].strip()
    assert answer["tokenUsage"]["inputTokens"] > 0
    assert answer["tokens"] == answer["tokenUsage"]["totalTokens"] > answer["tokenUsage"]["inputTokens"]


async def test_quickstart_json_names_addresses_keys_and_examples(up: Up) -> None:
    told = up.quickstart
    assert stat.S_IMODE((up.data / "quickstart.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((up.data / "secret").stat().st_mode) == 0o600
    assert told["base_url"] == f"http://{up.http}"
    assert told["grpc_target"] == up.grpc
    assert set(told["keys"]) == {"admin", "run"}
    assert set(told["examples"]) == {
        *("prompt_id", "version_id", "flow_id", "text_prompt_id", "list_prompt_id", "json_prompt_id"),
        "image_model",
    }


async def test_the_named_example_takes_texts_only_one_of_them_required(up: Up) -> None:
    told = up.quickstart
    headers = {"Authorization": f"Bearer {told['keys']['run']}"}
    async with aiohttp.ClientSession(told["base_url"], headers=headers) as session:
        async with session.get(f"/api/versions/{told['examples']['version_id']}") as response:
            version = (await response.json())["version"]
        async with session.get("/api/me") as response:
            me = await response.json()
    assert version["promptId"] == told["examples"]["prompt_id"]
    assert {variable["type"] for variable in version["variables"]} == {"TYPE_TEXT"}
    assert any(variable.get("required") and "defaultValue" not in variable for variable in version["variables"])
    assert not version.get("images")
    assert me["project"] == "default"


async def test_the_embedded_model_is_held_to_json(up: Up) -> None:
    """As often as PROMPTWIRE_TEST_SCALE says."""
    told = up.quickstart
    headers = {"Authorization": f"Bearer {told['keys']['run']}"}
    async with aiohttp.ClientSession(told["base_url"], headers=headers) as session:
        for number in range(2 * SCALE):
            prompt = {"promptId": told["examples"]["json_prompt_id"], "inputs": {"product": f"kettle {number}"}}
            async with session.post("/v1/generate", json={"prompt": prompt}) as response:
                results = (await response.json())["results"]
            review = results["resultJSON"]
            assert review == results["result"]
            assert review.keys() == {"mood", "stars", "tags"}
            assert review["mood"] in ("happy", "neutral", "angry")
            assert review["stars"] in range(1, 6)
            assert len(review["tags"]) <= 3
            assert all(len(tag) <= 20 for tag in review["tags"])
        listing = {"promptId": told["examples"]["list_prompt_id"], "inputs": {"topic": "tea"}}
        async with session.post("/v1/generate", json={"prompt": listing}) as response:
            results = (await response.json())["results"]
        assert isinstance(results["result"], list)
        assert all(isinstance(item, str) for item in results["result"])


async def test_promptwire_run_runs_the_example(up: Up) -> None:
    code, output = await shell(
        "promptwire run -i topic=kites --json", PROMPTWIRE_DATA=str(up.data), PATH=_path_with_command()
    )
    assert code == 0, output
    assert json.loads(output)["state"] == "STATE_SUCCEEDED"


async def test_a_second_up_on_the_same_data_says_so(up: Up) -> None:
    second = Up(up.data)
    await second.spawn()
    assert await second.finish() == 1
    assert "already runs" in second.printed
    assert up.http in second.printed


async def test_an_address_in_use_is_told(up: Up, tmp_path: Path) -> None:
    other = Up(tmp_path / "data")
    other.http = up.http
    await other.spawn()
    assert await other.finish() == 1
    assert f"cannot listen on {up.http}" in other.printed
    assert "--http" in other.printed


async def test_a_facade_that_cannot_start_is_told_with_its_reason(tmp_path: Path) -> None:
    other = Up(tmp_path / "data", {"PROMPTWIRE_BODY_LIMIT": "many"})
    await other.spawn()
    assert await other.finish() == 1
    assert "the facade does not start" in other.printed
    assert "PROMPTWIRE_BODY_LIMIT: Input should be a valid integer" in other.printed


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates with")
async def test_tls_on_all_interfaces_needs_the_certificate_and_its_key_only(tmp_path: Path) -> None:
    certificate, key = await certify(tmp_path)
    tls = {"PROMPTWIRE_TLS_CERT": str(certificate), "PROMPTWIRE_TLS_KEY": str(key)}
    secured = Up(tmp_path / "data", tls)
    port = secured.grpc.rpartition(":")[2]
    secured.grpc = f":{port}"
    async with secured:
        assert secured.quickstart["grpc_target"] == f"127.0.0.1:{port}"
        run = f"promptwire run --data {secured.data} -i topic=kites"
        code, output = await shell(run, PATH=_path_with_command(), PROMPTWIRE_GRPC_CA=str(certificate))
        assert (code, bool(output.strip())) == (0, True), output
        listed = await shell(f"promptwire key --data {secured.data} list", PATH=_path_with_command())
        assert (listed[0], "admin of the first start" in listed[1]) == (0, True), listed


async def test_a_facade_that_dies_is_started_again(up: Up) -> None:
    _, output = await shell(f"pgrep -f -P {up.process.pid} facade")
    os.kill(int(output.split()[0]), signal.SIGKILL)
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while not await _healthy(session, up):
            await asyncio.sleep(0.05)


async def test_it_keeps_its_data_and_ends_cleanly(tmp_path_factory: pytest.TempPathFactory) -> None:
    up = Up(tmp_path_factory.mktemp("up") / "data")
    await up.start()
    first = up.quickstart
    assert await up.stop() == 0
    assert up.lines[-1] == "stopped"
    await up.start()
    assert up.quickstart["keys"] == first["keys"]
    headers = {"Authorization": f"Bearer {first['keys']['run']}"}
    async with (
        aiohttp.ClientSession(up.quickstart["base_url"], headers=headers) as session,
        session.get(f"/api/prompts/{first['examples']['prompt_id']}") as response,
    ):
        assert response.status == 200
    up.process.kill()
    await up.finish()
    await up.start()
    assert await up.stop() == 0
    code, output = await shell(f"exec pgrep -fa {up.data}")
    assert code == 1, f"left behind: {output}"


async def _healthy(session: aiohttp.ClientSession, up: Up) -> bool:
    try:
        async with session.get(f"http://{up.http}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def _path_with_command() -> str:
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"
