"""One life of a prompt, from folder to delete, over Bifrost's API and over gRPC alone: the same state at each step."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import pytest

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from promptwire.v1 import run_pb2, run_service_pb2
from services import db
from services.keys import scopes
from tests.conftest import clone
from tests.journeys.stack import Stack

USER = {"role": "user", "content": "On {{ topic }}."}
DRAFT = [
    {"role": "system", "content": "Be brief."},
    {"id": "a", "index": 1, "originalType": "completion_request", "payload": USER},
]
CHANGED = [DRAFT[1], {"role": "user", "content": "Again: {{ topic }}!"}, 7]
PARAMETERS = {"temperature": 0.5}


class Wire(ABC):
    """How a life is led; ids are those of gRPC, whatever the wire."""

    def __init__(self, stack: Stack, project: str) -> None:
        self.stack = stack
        self.project = project
        self.secret = ""

    async def open(self) -> None:
        """Make the key of a project of its own."""
        self.secret = await self.stack.create_key(self.project, scopes.ADMIN_SCOPES)

    async def rpc(self, method: str, request: Any) -> Any:
        """Make an RPC of PromptService."""
        return await getattr(self.stack.prompts, method)(request, metadata=self.stack.metadata(self.secret))

    async def run(self, **target: Any) -> run_pb2.Run:
        """Run over gRPC."""
        spec = run_pb2.RunSpec(inputs=values.to_struct({"topic": "tides"}), **target)
        request = run_service_pb2.CreateRunRequest(spec=spec)
        return (await self.stack.runs.CreateRun(request, metadata=self.stack.metadata(self.secret))).run

    @abstractmethod
    async def folder(self, name: str) -> str: ...

    @abstractmethod
    async def prompt(self, name: str, folder_id: str) -> str: ...

    @abstractmethod
    async def session(self, prompt_id: str, messages: list[Any]) -> int: ...

    @abstractmethod
    async def save(self, session: int, messages: list[Any]) -> None: ...

    @abstractmethod
    async def commit(self, session: int, message: str, indices: list[int]) -> int: ...

    @abstractmethod
    async def version(self, prompt_id: str, messages: list[Any]) -> int: ...

    @abstractmethod
    async def rename(self, session: int, prompt_id: str, folder_id: str, name: str) -> None: ...

    @abstractmethod
    async def move(self, prompt_id: str) -> None: ...

    @abstractmethod
    async def delete(self, session: int, version: int, prompt_id: str, folder_id: str) -> AsyncIterator[None]:
        yield


class Dialect(Wire):
    """Over Bifrost's API."""

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        options = {} if body is None else {"json": body}
        status, answer = await self.stack.rest(method, f"/api/prompt-repo{path}", self.secret, **options)
        assert status == 200, answer
        return answer

    async def folder(self, name: str) -> str:
        return (await self.call("POST", "/folders", {"name": name, "description": "d"}))["folder"]["id"]

    async def prompt(self, name: str, folder_id: str) -> str:
        return (await self.call("POST", "/prompts", {"name": name, "folder_id": folder_id}))["prompt"]["id"]

    async def session(self, prompt_id: str, messages: list[Any]) -> int:
        body = {"name": "draft", "messages": messages, "model_params": PARAMETERS, "provider": "", "model": ""}
        made = await self.call("POST", f"/prompts/{prompt_id}/sessions", body | {"variables": {"topic": "x"}})
        return made["session"]["id"]

    async def save(self, session: int, messages: list[Any]) -> None:
        await self.call("PUT", f"/sessions/{session}", {"messages": messages, "model_params": PARAMETERS})

    async def commit(self, session: int, message: str, indices: list[int]) -> int:
        body = {"commit_message": message, "message_indices": indices}
        return (await self.call("POST", f"/sessions/{session}/commit", body))["version"]["id"]

    async def version(self, prompt_id: str, messages: list[Any]) -> int:
        body = {"commit_message": "by hand", "messages": messages, "model_params": {}, "provider": "", "model": ""}
        made = await self.call("POST", f"/prompts/{prompt_id}/versions", body | {"variables": {"topic": ""}})
        return made["version"]["id"]

    async def rename(self, session: int, prompt_id: str, folder_id: str, name: str) -> None:
        await self.call("PUT", f"/sessions/{session}/rename", {"name": name})
        await self.call("PUT", f"/prompts/{prompt_id}", {"name": name})
        await self.call("PUT", f"/folders/{folder_id}", {"name": name, "description": None})

    async def move(self, prompt_id: str) -> None:
        await self.call("PUT", f"/prompts/{prompt_id}", {"folder_id": None})

    async def delete(self, session: int, version: int, prompt_id: str, folder_id: str) -> AsyncIterator[None]:
        paths = (f"/versions/{version}", f"/sessions/{session}", f"/prompts/{prompt_id}", f"/folders/{folder_id}")
        for path in paths:
            await self.call("DELETE", path)
            yield


class Grpc(Wire):
    """Over gRPC alone."""

    async def folder(self, name: str) -> str:
        return (await self.rpc("CreateFolder", pb.CreateFolderRequest(name=name, description="d"))).folder.id

    async def prompt(self, name: str, folder_id: str) -> str:
        return (await self.rpc("CreatePrompt", pb.CreatePromptRequest(name=name, folder_id=folder_id))).prompt.id

    async def session(self, prompt_id: str, messages: list[Any]) -> int:
        request = pb.CreateSessionRequest(prompt_id=prompt_id, name="draft", messages=to_values(messages))
        request.parameters.update(PARAMETERS)
        request.inputs["topic"] = "x"
        request.variables.add(name="topic", type="TYPE_TEXT", required=True)
        return (await self.rpc("CreateSession", request)).session.serial

    async def save(self, session: int, messages: list[Any]) -> None:
        mask = {"paths": ["messages", "parameters", "provider", "model"]}
        request = pb.UpdateSessionRequest(id=str(session), messages=to_values(messages), update_mask=mask)
        request.parameters.update(PARAMETERS)
        await self.rpc("UpdateSession", request)

    async def commit(self, session: int, message: str, indices: list[int]) -> int:
        request = pb.CommitSessionRequest(id=str(session), commit_message=message, message_indices=indices)
        return (await self.rpc("CommitSession", request)).version.serial

    async def version(self, prompt_id: str, messages: list[Any]) -> int:
        request = pb.CreateVersionRequest(prompt_id=prompt_id, messages=to_values(messages), commit_message="by hand")
        return (await self.rpc("CreateVersion", request)).version.serial

    async def rename(self, session: int, prompt_id: str, folder_id: str, name: str) -> None:
        await self.rpc("UpdateSession", pb.UpdateSessionRequest(id=str(session), name=name, update_mask=mask("name")))
        await self.rpc("UpdatePrompt", pb.UpdatePromptRequest(id=prompt_id, name=name))
        changed = mask("name", "description")
        await self.rpc("UpdateFolder", pb.UpdateFolderRequest(id=folder_id, name=name, update_mask=changed))

    async def move(self, prompt_id: str) -> None:
        await self.rpc("UpdatePrompt", pb.UpdatePromptRequest(id=prompt_id, update_mask=mask("folder_id")))

    async def delete(self, session: int, version: int, prompt_id: str, folder_id: str) -> AsyncIterator[None]:
        await self.rpc("DeleteVersion", pb.DeleteVersionRequest(id=str(version)))
        yield
        await self.rpc("DeleteSession", pb.DeleteSessionRequest(id=str(session)))
        yield
        await self.rpc("DeletePrompt", pb.DeletePromptRequest(id=prompt_id))
        yield
        await self.rpc("DeleteFolder", pb.DeleteFolderRequest(id=folder_id, force=True))
        yield


def mask(*paths: str) -> Any:
    """Give a mask."""
    return {"paths": paths}


def to_values(messages: list[Any]) -> list[Any]:
    """Give messages as the contract carries them."""
    return [values.to_value(message) for message in messages]


async def state(wire: Wire) -> list[dict[str, Any]]:
    """Give all that the project holds, with ids named in the order of their making, and without times."""
    tables = {"folder": "folder_id", "prompt": "prompt_id", "version": "number", "session": "serial", "label": "label"}
    rows: list[dict[str, Any]] = []
    for table, order in tables.items():
        query = f"""
            SELECT to_jsonb(kept)::text AS line
            FROM {table} AS kept
            JOIN project USING (project_id)
            WHERE project.name = $1
            ORDER BY kept.{order}
        """
        found = await wire.stack.server.database.fetch(query, wire.project)
        rows += [{"table": table, **db_json(row["line"])} for row in found]
    names: dict[str, str] = {}
    return [{name: _named(value, name, names) for name, value in row.items()} for row in rows]


def db_json(line: str) -> dict[str, Any]:
    """Read a row."""
    return json.loads(line)


def _named(value: Any, column: str, names: dict[str, str]) -> Any:
    if column.endswith("_time"):
        return value is not None
    return names.setdefault(value, f"id {len(names)}") if column.endswith("_id") and value else value


async def live(wire: Wire) -> list[Any]:
    """Lead a whole life; give the state after each step."""
    await wire.open()
    states: list[Any] = []

    async def step() -> None:
        states.append(await state(wire))

    folder_id = await wire.folder("Poems")
    await step()
    prompt_id = await wire.prompt("Tides", folder_id)
    await step()
    session = await wire.session(prompt_id, DRAFT)
    await step()
    tried = await wire.run(session_id=str(session))
    states.append((tried.state, tried.version_id, list(wire.stack.fake.requests)[-1].body))
    await wire.save(session, CHANGED)
    await step()
    first = await wire.commit(session, "first", [1, 0, 1])
    await step()
    second = await wire.version(prompt_id, DRAFT)
    await step()
    label = pb.SetLabelRequest(prompt_id=prompt_id, label="production", version_id=str(first), protected=True)
    await wire.rpc("SetLabel", label)
    await step()
    for target in ({"label": "production"}, {"number": 2}, {}):
        ran = await wire.run(prompt_id=prompt_id, **target)
        states.append((ran.state, ran.version_number, list(wire.stack.fake.requests)[-1].body["messages"]))
    await wire.rename(session, prompt_id, folder_id, "New name")
    await step()
    await wire.move(prompt_id)
    await step()
    async for _ in wire.delete(session, second, prompt_id, folder_id):
        await step()
    return states


@pytest.fixture(scope="module")
async def repository_stack(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Start a stack whose queries are counted."""
    async with clone(postgres) as dsn, Stack(dsn, tmp_path_factory.mktemp("repository")) as stack:
        yield stack


async def test_a_life_is_the_same_over_both_wires(repository_stack: Stack) -> None:
    over_dialect = await live(Dialect(repository_stack, "dialect"))
    over_grpc = await live(Grpc(repository_stack, "grpc"))
    assert len(over_dialect) == len(over_grpc)
    for one, other in zip(over_dialect, over_grpc, strict=True):
        assert one == other
    ran = [one for one in over_grpc if isinstance(one, tuple)]
    assert [one[1] for one in ran] == ["", 1, 2, 2]
    assert ran[1][2] == [
        {"role": "user", "content": "Again: tides!"},
        {"role": "user", "content": "On tides."},
    ]


async def test_the_page_s_answer_is_filled(repository_stack: Stack) -> None:
    wire = Dialect(repository_stack, "page")
    await wire.open()
    folder_id = await wire.folder("Poems")
    made = (await wire.call("POST", "/prompts", {"name": "Tides", "folder_id": folder_id}))["prompt"]
    assert made.keys() == {"id", "name", "folder_id", "folder", "created_at", "updated_at", "versions", "sessions"}
    assert (made["folder"]["prompts_count"], made["versions"], made["sessions"]) == (1, [], [])
    await wire.version(made["id"], DRAFT)
    await wire.session(made["id"], DRAFT)
    got = (await wire.call("GET", f"/prompts/{made['id']}"))["prompt"]
    assert got.keys() == made.keys() | {"latest_version"}
    assert got["versions"] == [got["latest_version"]]
    row = {"id", "prompt_id", "order_index", "message"}
    for held, name in ((got["versions"][0], "version_id"), (got["sessions"][0], "session_id")):
        assert [message["message"] for message in held["messages"]] == DRAFT
        assert all(message.keys() == row | {name} for message in held["messages"])


async def test_a_listing_takes_as_many_queries_however_much_it_lists(
    repository_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    lent: list[None] = []
    original = db.Database.connection

    def connection(database: db.Database) -> Any:
        lent.append(None)
        return original(database)

    monkeypatch.setattr(db.Database, "connection", connection)
    for count in (3, 300):
        wire = Dialect(repository_stack, f"listing {count}")
        await wire.open()
        document = pb.ImportPromptsRequest()
        for index in range(count):
            prompt = document.document.prompts.add(alias=f"p{index}", name=f"P {index}")
            prompt.versions.add(number=1, messages=to_values(DRAFT))
        await wire.rpc("ImportPrompts", document)
        counts: list[int] = []
        for _ in range(10):
            lent.clear()
            listed = (await wire.call("GET", "/prompts"))["prompts"]
            counts.append(len(lent))
            assert len(listed) == count
            assert all(one["latest_version"]["messages"] for one in listed)
        # Health, the lease and the key ask now and then as well: the least count is that of the listing alone.
        counted.append(min(counts))
    # The prompts, the folders, and whose key it is.
    assert counted == [3, 3]
