"""One owner a data directory, and a message to the second one that helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.embedded.ownership import AlreadyOwned, Ownership

OWNER = """
import sys, time
from pathlib import Path
from services.embedded.ownership import Ownership

with Ownership(Path(sys.argv[1])):
    print("owned", flush=True)
    time.sleep(60)
"""


def test_the_second_one_learns_who_the_first_is(tmp_path: Path) -> None:
    with Ownership(tmp_path) as owner:
        owner.announce({"http": "127.0.0.1:8080", "grpc": "127.0.0.1:50051"})

        with pytest.raises(AlreadyOwned) as caught, Ownership(tmp_path):
            pass

    assert caught.value.pid == os.getpid()
    assert caught.value.addresses == {"http": "127.0.0.1:8080", "grpc": "127.0.0.1:50051"}
    message = str(caught.value)
    assert f"pid {os.getpid()}, http 127.0.0.1:8080, grpc 127.0.0.1:50051" in message
    assert "--data" in message


def test_announcing_again_replaces_what_was_said(tmp_path: Path) -> None:
    with Ownership(tmp_path) as owner:
        owner.announce({"http": "a long address that is gone later"})
        owner.announce({"http": "short"})

        with pytest.raises(AlreadyOwned) as caught, Ownership(tmp_path):
            pass

    assert caught.value.addresses == {"http": "short"}


def test_it_can_be_taken_again_after_its_end(tmp_path: Path) -> None:
    directory = tmp_path / "not" / "there" / "yet"
    for _ in range(2):
        with Ownership(directory):
            assert (directory / "lock").stat().st_mode & 0o777 == 0o600


def test_it_ends_with_a_killed_owner(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == "owned\n"
        with pytest.raises(AlreadyOwned, match=f"pid {owner.pid}"), Ownership(tmp_path):
            pass
        owner.kill()

    with Ownership(tmp_path):
        pass


def test_only_an_owner_announces(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not owned"):
        Ownership(tmp_path).announce({})
