"""`python -m facade`: serves REST until SIGTERM or SIGINT, or with `--with-parent` until its standard input closes.

With `--openapi` it prints the document of what it would serve.
"""

import argparse
import asyncio
import gc
import signal
import sys

import orjson
import structlog
import uvloop
from aiohttp import web
from pydantic import ValidationError

from facade import telemetry
from facade.app import NOTICE
from facade.config import Settings
from facade.core import Core
from facade.listener import Runner
from facade.site import build, document

# How long a facade that stops still takes calls, while /readyz tells those that choose facades to go elsewhere.
NOTICE_SECONDS = 0.5

_log = structlog.get_logger()


def main() -> None:
    """Read the settings and serve."""
    parser = argparse.ArgumentParser(prog="python -m facade", description="Serve REST as a client of the gRPC server.")
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input closes")
    parser.add_argument("--openapi", action="store_true", help="print the OpenAPI document, and serve nothing")
    arguments = parser.parse_args()
    settings = _settings()
    if arguments.openapi:
        sys.stdout.buffer.write(orjson.dumps(document(settings)))
        return
    lines = telemetry.configure_logs(settings.log_level, sys.stdout.buffer)
    try:
        code = uvloop.run(_serve(settings, lines, with_parent=arguments.with_parent))
    finally:
        lines.flush()
    sys.exit(code)


def _settings() -> Settings:
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - its fields come from the environment
    except ValidationError as error:
        faults = (f"PROMPTWIRE_{str(fault['loc'][0]).upper()}: {_words(fault['msg'])}" for fault in error.errors())
        sys.exit("promptwire facade: these settings are wrong:\n  " + "\n  ".join(faults))


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")


async def _serve(settings: Settings, lines: telemetry.BufferedLines, *, with_parent: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if with_parent:
        loop.add_reader(sys.stdin, stop.set)
    writing = asyncio.create_task(lines.keep_flushing())
    core = Core.open(settings)
    app = build(core, settings, telemetry.Metrics())
    runner = Runner(app, settings.grace)
    await runner.setup()
    try:
        host, _, port = settings.http.rpartition(":")
        await web.TCPSite(runner, host.strip("[]") or None, int(port)).start()
        _log.info("facade serves", addresses=runner.addresses, grpc_target=settings.grpc_target)
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000)
        await stop.wait()
        app[NOTICE].set()
        await asyncio.sleep(min(NOTICE_SECONDS, settings.grace))
    except OSError as error:
        _log.error("facade cannot listen; set PROMPTWIRE_HTTP", http=settings.http, error=error.strerror)
        return 1
    finally:
        await runner.cleanup()
        await core.close()
        writing.cancel()
    return 0


if __name__ == "__main__":
    main()
