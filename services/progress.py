"""What `promptwire up` tells the person who started it."""

import json
import shlex
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.config import default_data_directory
from services.prompts.examples import SAMPLE_INPUTS

_began = time.monotonic()


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


@contextmanager
def step(name: str) -> Generator[None]:
    """Say that a part starts, and how long it took."""
    began = time.monotonic()
    print(f"  {name} ... ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def allowed(networks: Iterable[object]) -> None:
    """Say to which networks URLs may lead, since nobody has set them."""
    named = " and ".join(map(str, networks))
    say(f"  URLs of runs may lead to this machine too ({named}); PROMPTWIRE_OUTBOUND_ALLOW changes that")


def ready(told: dict[str, Any], directory: Path) -> None:
    """Say where everything is, and a first call that works when it is pasted."""
    say(f"\nPromptwire is ready after {time.monotonic() - _began:.1f} s\n")
    say(f"  web    {told['base_url']}/   (the console; sign in with a key)")
    say(f"  REST   {told['base_url']}   (docs: {told['base_url']}/docs)")
    say(f"  gRPC   {told['grpc_target']}")
    say(f"  data   {directory}   (log: {directory / 'promptwire.log'})")
    if "keys" in told:
        say(f"  keys   {directory / 'quickstart.json'}   (run key: {told['keys']['run']})")
        say(f"\nA first run:\n\n{curl(told)}\n")
    else:
        say(f"\nThe database has keys already. Make another with: {key_command(directory)}\n")
    say("Stop with Ctrl-C.")


def key_command(directory: Path) -> str:
    """Give the command that makes an admin's key in the database of this data directory."""
    data = "" if directory == default_data_directory() else f" --data {shlex.quote(str(directory))}"
    return f"promptwire key{data} create --admin --name me"


def curl(told: dict[str, Any]) -> str:
    """Give the curl line that runs the first example."""
    body = {"promptVersionId": told["examples"]["version_id"], "inputs": {"textInputs": dict(SAMPLE_INPUTS)}}
    return " \\\n  ".join(
        (
            f"curl -sS {told['base_url']}/v1/runs",
            f"-H {shlex.quote('Authorization: Bearer ' + told['keys']['run'])}",
            f"-H {shlex.quote('Content-Type: application/json')}",
            f"-d {shlex.quote(json.dumps(body))}",
        )
    )
