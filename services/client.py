"""`promptwire run`: a client of the gRPC server like any other."""

import argparse
import sys
from typing import Any

import grpc
import grpc.aio
import orjson
from google.protobuf import json_format
from grpc_status import rpc_status

from promptwire import values
from promptwire.v1 import run_pb2, run_service_pb2
from promptwire.v1.run_service_pb2_grpc import RunServiceStub
from services.config import Settings, data_directory, dialable


async def run(parsed: argparse.Namespace, settings: Settings) -> int:
    """Run a prompt and print its text, or the whole run with `--json`. Gives 0 when it SUCCEEDED."""
    quickstart = _quickstart(settings)
    secret = settings.key.get_secret_value() if settings.key else quickstart.get("keys", {}).get("run")
    prompt = parsed.prompt or quickstart.get("examples", {}).get("prompt_id")
    if not secret or not prompt:
        print("promptwire: name a prompt, and set PROMPTWIRE_KEY to a secret", file=sys.stderr)
        return 2
    inputs = dict(parsed.input)
    spec = run_pb2.RunSpec(prompt_id=prompt, number=parsed.number, model=parsed.model, inputs=values.to_struct(inputs))
    target = settings.grpc_target or quickstart.get("grpc_target") or dialable(settings.grpc)
    async with _channel(target, settings) as channel:
        stub = RunServiceStub(channel)
        metadata = (("authorization", f"Bearer {secret}"),)
        try:
            answer = await stub.CreateRun(run_service_pb2.CreateRunRequest(spec=spec), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return _refused(error)
    return _print(answer.run, as_json=parsed.json)


def _channel(target: str, settings: Settings) -> grpc.aio.Channel:
    if settings.grpc_ca is None:
        return grpc.aio.insecure_channel(target)
    return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(settings.grpc_ca.read_bytes()))


def _print(run: run_pb2.Run, *, as_json: bool) -> int:
    if as_json:
        print(json_format.MessageToJson(run))
    elif run.HasField("error"):
        print(f"promptwire: {run.error.message}", file=sys.stderr)
    else:
        print("\n".join(output.text for output in run.outputs))
    return 0 if run.state == run_pb2.Run.STATE_SUCCEEDED else 1


def _refused(error: grpc.aio.AioRpcError) -> int:
    rich = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    print(f"promptwire: {error.code().name}: {rich.message if rich else error.details()}", file=sys.stderr)
    return 1


def _quickstart(settings: Settings) -> dict[str, Any]:
    """Read what `up` wrote for first calls, if it did and this account may."""
    try:
        return orjson.loads((data_directory(settings) / "quickstart.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
