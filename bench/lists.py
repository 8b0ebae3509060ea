"""`python -m bench.lists`: what it takes to list prompts, few and many of them: statements, time, and time a prompt.

The dialect without pages gives all at once; the native API gives pages. Each size has a project of its own.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import grpc.aio
import orjson

from bench import stack
from bench.processes import Unable, require_proc
from bench.stack import Stack
from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1.prompt_service_pb2_grpc import PromptServiceStub
from services.db import Database
from services.embedded.postgres import PostgresUnavailable
from services.keys import command
from services.keys.scopes import ADMIN_SCOPES

# What Postgres counts of it: the statements of lists, not those of leases and keys.
SETTINGS = {"shared_preload_libraries": "pg_stat_statements"}
COUNT = """
    SELECT coalesce(sum(calls), 0)
    FROM pg_stat_statements
    WHERE query ~ '(FROM|JOIN) (prompt|folder|version|label)'
"""
PROMPTS_A_FOLDER = 20
PART = 500
MESSAGE = {"role": "user", "content": "Explain {{ topic }} to a child, in two short sentences. " * 5}
SECONDS = 120.0
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """How a listing went: statements and bytes of one call, the median of its seconds."""

    what: str
    prompts: int
    statements: int
    seconds: float
    size: int


def main() -> None:
    """Measure and print; the exit code is 1 when it could not be carried out."""
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=__doc__, allow_abbrev=False)
    parser.add_argument("--sizes", type=_sizes, default=(1000, 10_000), help="prompts in a project (1000,10000)")
    parser.add_argument("--rounds", type=int, default=5, help="calls of each kind (default: 5)")
    parsed = parser.parse_args()
    try:
        require_proc()
        rows = asyncio.run(measure(parsed.sizes, parsed.rounds))
    except (Unable, PostgresUnavailable) as error:
        sys.exit(f"bench: {error}")
    print(table(rows))


async def measure(sizes: Sequence[int], rounds: int) -> list[Row]:
    """Start everything, and for each size fill a project and list it."""
    async with stack.running((), SETTINGS) as running:
        await running.database.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        return [row for size in sizes for row in await _measure(running, size, rounds)]


def table(rows: Sequence[Row]) -> str:
    """Print the rows."""
    lines = [f"{'listing':<34}{'prompts':>8}{'statements':>12}{'ms':>10}{'ms/1000':>9}{'kB':>9}"]
    lines += [
        f"{row.what:<34}{row.prompts:>8}{row.statements:>12}{row.seconds * 1e3:>10.1f}"
        f"{row.seconds * 1e6 / row.prompts:>9.2f}{row.size / 1e3:>9.0f}"
        for row in rows
    ]
    return "\n".join(lines)


async def _measure(running: Stack, size: int, rounds: int) -> list[Row]:
    headers = {"Authorization": f"Bearer {await _fill(running, size)}"}
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(running.site.http, headers=headers, timeout=timeout) as session:

        async def get(path: str) -> bytes:
            async with session.get(path) as response:
                if response.status != 200:
                    raise Unable(f"{path} answers {response.status}: {(await response.text())[:200]}")
                return await response.read()

        async def pages() -> bytes:
            return b"".join([page async for page in _pages(get)])

        kinds: dict[str, Callable[[], Awaitable[bytes]]] = {
            "/api/prompt-repo/prompts, all": lambda: get("/api/prompt-repo/prompts"),
            "/api/prompt-repo/folders, all": lambda: get("/api/prompt-repo/folders"),
            "/api/prompts, the first page of 50": lambda: get("/api/prompts"),
            f"/api/prompts, pages of {PAGE}": pages,
        }
        return [await _row(running.database, what, size, rounds, ask) for what, ask in kinds.items()]


async def _pages(get: Callable[[str], Awaitable[bytes]]) -> AsyncGenerator[bytes]:
    token = ""
    while True:
        page = await get(f"/api/prompts?pageSize={PAGE}&pageToken={token}")
        yield page
        token = orjson.loads(page)["nextPageToken"]
        if not token:
            return


async def _row(
    database: asyncpg.Connection, what: str, size: int, rounds: int, ask: Callable[[], Awaitable[bytes]]
) -> Row:
    await ask()
    await database.execute("SELECT pg_stat_statements_reset()")
    answer = await ask()
    statements: Any = await database.fetchval(COUNT)
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - began)
    return Row(what, size, int(statements), median(times), len(answer))


async def _fill(running: Stack, size: int) -> str:
    """Make a project of so many prompts, 20 in a folder; give the secret of its key."""
    database = await Database.open(running.dsn, size=1)
    _, secret = await command.create(database, project=f"of {size}", name="bench", scopes=ADMIN_SCOPES)
    await database.close()
    metadata = (("authorization", f"Bearer {secret}"),)
    async with grpc.aio.insecure_channel(running.site.grpc) as channel:
        prompts: Any = PromptServiceStub(channel)
        for first in range(0, size, PART):
            await prompts.ImportPrompts(_part(range(first, min(first + PART, size))), metadata=metadata)
    await running.database.execute("ANALYZE")
    return secret


def _part(numbers: range) -> pb.ImportPromptsRequest:
    request = pb.ImportPromptsRequest()
    for folder in sorted({number // PROMPTS_A_FOLDER for number in numbers}):
        request.document.folders.add(id=str(_folder(folder)), name=f"Folder {folder}")
    for number in numbers:
        folder_id = str(_folder(number // PROMPTS_A_FOLDER))
        prompt = request.document.prompts.add(alias=f"p{number}", name=f"Prompt {number}", folder_id=folder_id)
        prompt.versions.add(number=1, messages=[values.to_value(MESSAGE)])
    return request


def _folder(number: int) -> UUID:
    return UUID(int=0x0190 << 112 | 0x7000 << 64 | 1 << 63 | number)


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    main()
