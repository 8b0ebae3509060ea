"""`promptwire run`, and how it and other commands call: as clients of the gRPC server like any other."""

import argparse
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
import grpc.aio
import orjson
from google.protobuf import json_format
from grpc_status import rpc_status

from promptwire import values
from promptwire.v1 import run_pb2, run_service_pb2
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from services.config import Settings, data_directory, dialable
from services.failures import Failed

if TYPE_CHECKING:  # this stands in the type stubs only
    from promptwire.v1.prompt_service_pb2_grpc import PromptServiceAsyncStub


class Prompts(NamedTuple):
    """What makes RPCs of PromptService, and the metadata that each of them needs."""

    stub: "PromptServiceAsyncStub"
    metadata: tuple[tuple[str, str], ...]


@asynccontextmanager
async def prompts(settings: Settings) -> AsyncGenerator[Prompts]:
    """Connect to PromptService, as the admin of a quickstart where no key is set. Raises Failed."""
    quickstart = _quickstart(settings)
    secret = _secret(settings, quickstart, "admin")
    if not secret:
        raise Failed("set PROMPTWIRE_KEY to the secret of a key, or name the data of an `up` with --data")
    async with _channel(_target(settings, quickstart), settings) as channel:
        yield Prompts(PromptServiceStub(channel), _metadata(secret))


def refused(error: grpc.aio.AioRpcError) -> int:
    """Tell why the server refused a call; give the exit code of the command."""
    rich = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    print(f"promptwire: {error.code().name}: {rich.message if rich else error.details()}", file=sys.stderr)
    return 1


def printable(text: str) -> str:
    """Keep what a name holds from steering the terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


async def run(parsed: argparse.Namespace, settings: Settings) -> int:
    """Run a prompt and print its text, or the whole run with `--json`. Gives 0 when it SUCCEEDED."""
    quickstart = _quickstart(settings)
    secret = _secret(settings, quickstart, "run")
    prompt = parsed.prompt or quickstart.get("examples", {}).get("prompt_id")
    if not secret or not prompt:
        print("promptwire: name a prompt, and set PROMPTWIRE_KEY to a secret", file=sys.stderr)
        return 2
    inputs = dict(parsed.input)
    spec = run_pb2.RunSpec(prompt_id=prompt, number=parsed.number, model=parsed.model, inputs=values.to_struct(inputs))
    async with _channel(_target(settings, quickstart), settings) as channel:
        stub = RunServiceStub(channel)
        try:
            answer = await stub.CreateRun(run_service_pb2.CreateRunRequest(spec=spec), metadata=_metadata(secret))
        except grpc.aio.AioRpcError as error:
            return refused(error)
    return _print(answer.run, as_json=parsed.json)


def _secret(settings: Settings, quickstart: dict[str, Any], kind: str) -> str | None:
    return settings.key.get_secret_value() if settings.key else quickstart.get("keys", {}).get(kind)


def _target(settings: Settings, quickstart: dict[str, Any]) -> str:
    return settings.grpc_target or quickstart.get("grpc_target") or dialable(settings.grpc)


def _metadata(secret: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {secret}"),)


def _channel(target: str, settings: Settings) -> grpc.aio.Channel:
    # The server limits what it sends; pages of an export may be beyond gRPC's own limit.
    options = (("grpc.max_receive_message_length", -1),)
    if settings.grpc_ca is None:
        return grpc.aio.insecure_channel(target, options)
    credentials = grpc.ssl_channel_credentials(settings.grpc_ca.read_bytes())
    return grpc.aio.secure_channel(target, credentials, options)


def _print(run: run_pb2.Run, *, as_json: bool) -> int:
    if as_json:
        print(json_format.MessageToJson(run))
    elif run.HasField("error"):
        print(f"promptwire: {run.error.message}", file=sys.stderr)
    else:
        print("\n".join(map(_tell, run.outputs)))
    return 0 if run.state == run_pb2.Run.STATE_SUCCEEDED else 1


def _tell(output: run_pb2.Output) -> str:
    """Give an output in words; of a template, which has one, the text alone."""
    said = f"image {output.image.id} ({output.image.media_type})" if output.HasField("image") else output.text
    failed = f" [failed: {output.error.message}]" if output.HasField("error") else ""
    return f"{output.name}: {said}{failed}" if output.node_id else said


def _quickstart(settings: Settings) -> dict[str, Any]:
    """Read what `up` wrote for first calls, if it did and this account may."""
    try:
        return orjson.loads((data_directory(settings) / "quickstart.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
