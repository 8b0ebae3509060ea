"""The command's answers to ordinary mistakes: a line or two that say what to do, and never a traceback or a secret."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import cli
from tests.conftest import clone, with_database

SECRET = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PROMPTWIRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PROMPTWIRE_DATA", str(tmp_path))
    monkeypatch.setenv("PROMPTWIRE_SECRET", SECRET)
    monkeypatch.setenv("PROMPTWIRE_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/none")


@pytest.fixture
def taken() -> Iterator[str]:
    """Listen, and give the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def command(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command as a user does, elsewhere than in the checkout; give its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "services", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PROMPTWIRE_METRICS": "127.0.0.1:0", "PROMPTWIRE_GRPC": "127.0.0.1:0"} | environment,
        cwd=os.environ["PROMPTWIRE_DATA"],
    )
    output, _ = await process.communicate()
    assert "Traceback" not in output.decode(), output.decode()
    assert "hunter2" not in output.decode()
    return process.returncode or 0, output.decode()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command in this process; give what it printed to standard error on its way out with 1 or 2."""
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code in (1, 2)
    return capsys.readouterr().err


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "127.0.0.1", "localhost:http", "a b:1"])
def test_an_address_that_is_none_is_refused_in_words(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = refused(capsys, "up", "--grpc", address)
    assert printed.splitlines() == [
        "promptwire: these settings are wrong:",
        "  PROMPTWIRE_GRPC: must be HOST:PORT, such as 127.0.0.1:8080, with a port up to 65535",
    ]


@pytest.mark.parametrize("dsn", ["db", "mysql://h/d", "postgresql://u:hunter2/x@h/d", "postgresql://u:hunter2@h:p/d"])
@pytest.mark.parametrize("arguments", [("serve",), ("migrate",), ("up",), ("key", "list")])
def test_a_dsn_that_is_none_is_refused_without_its_password(
    dsn: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTWIRE_DATABASE_URL", dsn)
    printed = refused(capsys, *arguments)
    assert "PROMPTWIRE_DATABASE_URL: must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in printed
    assert "hunter2" not in printed


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "two", ""])
def test_a_number_that_no_version_has_is_refused(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no version's number" in refused(capsys, "run", f"--number={number}")


@pytest.mark.parametrize("text", ["topic", "=value", ""])
def test_an_input_without_a_name_or_a_value_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "write NAME=VALUE" in refused(capsys, "run", f"--input={text}")


def test_a_missing_certificate_of_the_server_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTWIRE_GRPC_CA", "nowhere.pem")
    monkeypatch.setenv("PROMPTWIRE_KEY", "pw_")
    assert refused(capsys, "run", "prompt") == "promptwire: nowhere.pem: No such file or directory\n"


@pytest.mark.parametrize("number", ["-1", "1.5", "many", "", "9" * 10])
def test_a_limit_that_is_no_number_is_refused_in_words(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = refused(capsys, "key", "create", f"--concurrent-runs={number}")
    assert f"{number!r} is no number of runs" in printed


def test_the_facade_is_run_safe_from_the_current_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda _, arguments, __: run.append(arguments))
    with pytest.raises(SystemExit):
        cli.main(["facade"])
    assert run == [[sys.executable, "-P", "-m", "facade"]]


async def test_a_database_out_of_reach_is_named(tmp_path: Path) -> None:
    reason = "cannot reach the database: connection refused; check PROMPTWIRE_DATABASE_URL\n"
    assert await command("migrate") == (1, f"promptwire: {reason}")
    code, printed = await command("up", PROMPTWIRE_HTTP="127.0.0.1:0")
    assert (code, printed.endswith(reason)) == (1, True), printed


async def test_a_missing_database_and_an_unmigrated_one_are_told_apart(postgres: str) -> None:
    missing = with_database(postgres, "nowhere")
    code, printed = await command("migrate", PROMPTWIRE_DATABASE_URL=missing)
    assert (code, 'database "nowhere" does not exist; create it' in printed) == (1, True), printed
    unmigrated = with_database(postgres, "postgres")
    for arguments in (("key", "list"), ("key", "create")):
        code, printed = await command(*arguments, PROMPTWIRE_DATABASE_URL=unmigrated)
        assert (code, "run: promptwire migrate" in printed) == (1, True), printed


async def test_what_keeps_a_server_from_starting_is_told(taken: str, tmp_path: Path, postgres: str) -> None:
    async with clone(postgres) as dsn:
        for variable, option in (("PROMPTWIRE_GRPC", "--grpc"), ("PROMPTWIRE_METRICS", "PROMPTWIRE_METRICS")):
            _, printed = await command("serve", **{"PROMPTWIRE_DATABASE_URL": dsn, variable: taken})
            assert printed == (
                f"promptwire: cannot listen on {taken}: Address already in use; choose another with {option}\n"
            )
        (tmp_path / "promptwire.toml").write_text("[providers.x]\nnonsense = 1\n")
        code, printed = await command("serve", PROMPTWIRE_DATABASE_URL=dsn, PROMPTWIRE_CONFIG="promptwire.toml")
        assert (code, "nonsense" in printed) == (1, True), printed
        (tmp_path / "bad.pem").write_text("no certificate")
        for file in ("bad.pem", "nowhere.pem"):
            tls = {"PROMPTWIRE_TLS_CERT": file, "PROMPTWIRE_TLS_KEY": file}
            code, printed = await command("serve", PROMPTWIRE_DATABASE_URL=dsn, **tls)
            assert (code, "check PROMPTWIRE_TLS_CERT" in printed) == (1, True), printed
