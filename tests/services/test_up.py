"""What `up` decides and keeps: its secret, the addresses that it tells, and that its loops go on."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from services import progress, up
from services.config import Settings, default_data_directory, dialable
from services.failures import Failed


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    made = up._kept_secret(file)
    assert len(made) == 64
    assert up._kept_secret(file) == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", ["", "\n", "short"])
def test_a_secret_that_is_too_short_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    with pytest.raises(Failed, match=r"secret must hold 32 or more characters; put back"):
        up._kept_secret(file)


@pytest.mark.parametrize(
    ("address", "dialled"),
    [
        (":28052", "127.0.0.1:28052"),
        ("0.0.0.0:28052", "127.0.0.1:28052"),
        ("[::]:28052", "127.0.0.1:28052"),
        ("[::1]:28052", "[::1]:28052"),
        ("db.internal:1", "db.internal:1"),
    ],
)
def test_an_address_of_all_interfaces_is_dialled_on_this_machine(address: str, dialled: str) -> None:
    assert dialable(address) == dialled


def test_urls_may_lead_to_this_machine_and_that_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    completed = up._with_loopback(Settings())
    assert [str(network) for network in completed.outbound_allow] == ["127.0.0.0/8", "::1/128"]
    [line] = capsys.readouterr().out.splitlines()
    assert "127.0.0.0/8 and ::1/128" in line
    assert "PROMPTWIRE_OUTBOUND_ALLOW" in line


def test_urls_lead_where_it_was_set_that_they_may(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTWIRE_OUTBOUND_ALLOW", "10.1.0.0/16, fd00::/8")
    completed = up._with_loopback(Settings())
    assert [str(network) for network in completed.outbound_allow] == ["10.1.0.0/16", "fd00::/8"]
    assert capsys.readouterr().out == ""


async def test_the_database_is_started_again_until_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "KEEP_SECONDS", 0.0)

    class Embedded:
        running = False
        starts = 0

        async def start(self) -> None:
            self.starts += 1
            if self.starts < 3:
                raise ValueError("anything")
            self.running = True

    embedded = Embedded()
    keeping = asyncio.create_task(up._keep(cast("Any", embedded)))
    async with asyncio.timeout(10):
        while not embedded.running:
            await asyncio.sleep(0)
    keeping.cancel()
    assert embedded.starts == 3


def test_the_hint_names_the_data_directory_unless_it_is_the_default(tmp_path: Path) -> None:
    assert progress.key_command(default_data_directory()) == "promptwire key create --admin --name me"
    assert progress.key_command(tmp_path) == f"promptwire key --data {tmp_path} create --admin --name me"
