"""A valid request for every RPC and every route, over one thing of each kind: what the matrix sends as everybody."""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import Any
from uuid import uuid4

from facade.dialects.promptitude import log_ids
from promptwire import values
from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_pb2, run_service_pb2
from promptwire.v1.webhook_pb2 import Webhook
from services.keys import scopes, secret
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

# A label on the version of each prompt.
LABEL = "staging"
# Serials are counted by project. From here on they are found in no text by chance, and are nobody else's.
FIRST_SERIAL = 1_000_000_000
REPOSITORY = "/api/prompt-repo"
WEBHOOK = Webhook(url="https://receiver.invalid/hook")
# It asks no model: its run has an output at once.
FLOW = graph({"color": "blue"}, {}, {"text": ["color"]})


@dataclass(frozen=True, slots=True)
class Things:
    """Ids of one thing of each kind, all of one project."""

    prompt: str
    version: str
    run: str
    key: str
    folder: str
    session: str
    version_serial: str
    session_serial: str
    flow: str
    flow_run: str
    log: str
    delivery: str

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Request:
    """A REST request: the RPC whose scope its route needs, the path with its query, the JSON of its body.

    `finds_nothing`: about what is not there it is answered with an empty list.
    """

    rpc: str
    path: str
    body: Any = None
    finds_nothing: bool = False


async def make(stack: Stack, secret: str) -> Things:
    """Make one thing of each kind in the project of a key."""
    version = await stack.create_version("Explain the sea.", secret=secret)
    run = await _cancelled(stack, version.id, secret)
    wanted = key_service_pb2.CreateKeyRequest(display_name="made by the matrix", scopes=scopes.RUN_SCOPES)
    key = (await stack.keys.CreateKey(wanted, metadata=stack.metadata(secret))).key
    metadata = stack.metadata(secret)
    folder = await stack.prompts.CreateFolder(prompt_service_pb2.CreateFolderRequest(name="made"), metadata=metadata)
    draft = prompt_service_pb2.CreateSessionRequest(prompt_id=version.prompt_id, messages=[values.to_value("made")])
    session = await stack.prompts.CreateSession(draft, metadata=metadata)
    label = prompt_service_pb2.SetLabelRequest(prompt_id=version.prompt_id, label=LABEL, version_id=version.id)
    await stack.prompts.SetLabel(label, metadata=metadata)
    serials = str(version.serial), str(session.session.serial)
    flow = await stack.create_version(graph=values.to_struct(FLOW), secret=secret)
    flows = flow.prompt_id, (await stack.create_run(flow.id, {}, secret)).id
    ids = version.prompt_id, version.id, run.id, key.id, folder.folder.id, session.session.id
    return Things(*ids, *serials, *flows, log_ids.encode(run.id), await _delivered(stack, version.id, secret))


async def _cancelled(stack: Stack, version_id: str, secret: str) -> run_pb2.Run:
    """Make a run that may be asked anything: watching it comes to an end, and cancelling it again is fine."""
    metadata = stack.metadata(secret)
    request = run_service_pb2.CreateRunRequest(spec=run_pb2.RunSpec(version_id=version_id), detached=True)
    run = (await stack.runs.CreateRun(request, metadata=metadata)).run
    return (await stack.runs.CancelRun(run_service_pb2.CancelRunRequest(id=run.id), metadata=metadata)).run


async def _delivered(stack: Stack, version_id: str, secret: str) -> str:
    """Run a version with a webhook that nobody hears, and give the id of its delivery."""
    spec = run_pb2.RunSpec(version_id=version_id, webhook=WEBHOOK)
    metadata = stack.metadata(secret)
    run = (await stack.runs.CreateRun(run_service_pb2.CreateRunRequest(spec=spec), metadata=metadata)).run
    listed = await stack.runs.ListDeliveries(run_service_pb2.ListDeliveriesRequest(run_id=run.id), metadata=metadata)
    return listed.deliveries[0].id


def unknown() -> Things:
    """Give ids that no project has, of the same length and form."""
    serials = str(4 * FIRST_SERIAL + 1), str(4 * FIRST_SERIAL + 2)
    flows = str(uuid4()), str(uuid4())
    ids = str(uuid4()), str(uuid4()), str(uuid4()), secret.new_id(), str(uuid4()), str(uuid4())
    return Things(*ids, *serials, *flows, log_ids.encode(str(uuid4())), str(uuid4()))


# The fields of a valid request of each RPC.
OF_RPC: Mapping[str, Callable[[Things], Mapping[str, Any]]] = {
    "KeyService/CreateKey": lambda _: {"display_name": "made", "scopes": ["runs:read"]},
    "KeyService/GetKey": lambda it: {"id": it.key},
    "KeyService/ListKeys": lambda _: {},
    "KeyService/UpdateKey": lambda it: {"id": it.key, "display_name": "changed"},
    "KeyService/RegenerateKey": lambda it: {"id": it.key},
    "KeyService/RevokeKey": lambda it: {"id": it.key},
    "KeyService/WhoAmI": lambda _: {},
    "PromptService/CreateFolder": lambda _: {"name": "made"},
    "PromptService/GetFolder": lambda it: {"id": it.folder},
    "PromptService/ListFolders": lambda _: {},
    "PromptService/UpdateFolder": lambda it: {"id": it.folder, "name": "changed"},
    "PromptService/DeleteFolder": lambda it: {"id": it.folder},
    "PromptService/CreatePrompt": lambda _: {"name": "made"},
    "PromptService/GetPrompt": lambda it: {"id": it.prompt},
    "PromptService/ListPrompts": lambda _: {},
    "PromptService/StreamPrompts": lambda _: {},
    "PromptService/UpdatePrompt": lambda it: {"id": it.prompt, "name": "changed"},
    "PromptService/DeletePrompt": lambda it: {"id": it.prompt},
    "PromptService/CreateVersion": lambda it: {"prompt_id": it.prompt, "messages": [values.to_value("made")]},
    "PromptService/GetVersion": lambda it: {"id": it.version},
    "PromptService/ListVersions": lambda it: {"prompt_id": it.prompt},
    "PromptService/DeleteVersion": lambda it: {"id": it.version},
    "PromptService/ListLabels": lambda it: {"prompt_id": it.prompt},
    "PromptService/SetLabel": lambda it: {"prompt_id": it.prompt, "label": LABEL, "number": 1},
    "PromptService/DeleteLabel": lambda it: {"prompt_id": it.prompt, "label": LABEL},
    "PromptService/ListLabelMoves": lambda it: {"prompt_id": it.prompt, "label": LABEL},
    "PromptService/CreateSession": lambda it: {"prompt_id": it.prompt, "base_version_id": it.version},
    "PromptService/GetSession": lambda it: {"id": it.session},
    "PromptService/ListSessions": lambda it: {"prompt_id": it.prompt},
    "PromptService/UpdateSession": lambda it: {"id": it.session, "messages": [values.to_value("changed")]},
    "PromptService/DeleteSession": lambda it: {"id": it.session},
    "PromptService/CommitSession": lambda it: {"id": it.session},
    "PromptService/ExportPrompts": lambda it: {"prompt_ids": [it.prompt]},
    "PromptService/ImportPrompts": lambda _: {"document": {"prompts": [{"alias": "imported", "name": "made"}]}},
    "RunService/CreateRun": lambda it: {"spec": {"version_id": it.version}},
    "RunService/StreamRun": lambda it: {"spec": {"version_id": it.version}},
    "RunService/WatchRun": lambda it: {"id": it.run},
    "RunService/CancelRun": lambda it: {"id": it.run},
    "RunService/ExportRuns": lambda it: {"older_than": it.run},
    "RunService/RateRun": lambda it: {"id": it.run, "stars": 2},
    "RunService/GetUsage": lambda _: {},
    "RunService/ListDeliveries": lambda _: {},
    "RunService/GetDelivery": lambda it: {"id": it.delivery},
    "RunService/RedeliverWebhook": lambda it: {"id": it.delivery},
    "RunService/RedeliverWebhooks": lambda _: {"min_create_time": {"seconds": 4_000_000_000}},
    "RunService/GetWebhookSecret": lambda _: {},
    "RunService/RotateWebhookSecret": lambda _: {},
    "RunService/GetRun": lambda it: {"id": it.run},
    "RunService/ListRuns": lambda it: {"older_than": it.run},
    "RunService/ListModels": lambda _: {},
    "RunService/GetImage": lambda _: {"token": "made-up"},
}

# Bifrost's prompt repository, which lets only keys in that may write.
OF_REPOSITORY: Mapping[tuple[str, str], Callable[[Things], Request]] = {
    ("GET", f"{REPOSITORY}/folders"): lambda _: Request("PromptService/ListFolders", f"{REPOSITORY}/folders"),
    ("POST", f"{REPOSITORY}/folders"): lambda _: Request(
        "PromptService/CreateFolder", f"{REPOSITORY}/folders", {"name": "made"}
    ),
    ("GET", f"{REPOSITORY}/folders/{{id}}"): lambda it: Request(
        "PromptService/GetFolder", f"{REPOSITORY}/folders/{it.folder}"
    ),
    ("PUT", f"{REPOSITORY}/folders/{{id}}"): lambda it: Request(
        "PromptService/UpdateFolder", f"{REPOSITORY}/folders/{it.folder}", {"name": "changed"}
    ),
    ("DELETE", f"{REPOSITORY}/folders/{{id}}"): lambda it: Request(
        "PromptService/DeleteFolder", f"{REPOSITORY}/folders/{it.folder}"
    ),
    ("GET", f"{REPOSITORY}/prompts"): lambda _: Request("PromptService/StreamPrompts", f"{REPOSITORY}/prompts"),
    ("POST", f"{REPOSITORY}/prompts"): lambda _: Request(
        "PromptService/CreatePrompt", f"{REPOSITORY}/prompts", {"name": "made"}
    ),
    ("GET", f"{REPOSITORY}/prompts/{{id}}"): lambda it: Request(
        "PromptService/GetPrompt", f"{REPOSITORY}/prompts/{it.prompt}"
    ),
    ("PUT", f"{REPOSITORY}/prompts/{{id}}"): lambda it: Request(
        "PromptService/UpdatePrompt", f"{REPOSITORY}/prompts/{it.prompt}", {"name": "changed"}
    ),
    ("DELETE", f"{REPOSITORY}/prompts/{{id}}"): lambda it: Request(
        "PromptService/DeletePrompt", f"{REPOSITORY}/prompts/{it.prompt}"
    ),
    ("GET", f"{REPOSITORY}/prompts/{{id}}/versions"): lambda it: Request(
        "PromptService/ListVersions", f"{REPOSITORY}/prompts/{it.prompt}/versions", finds_nothing=True
    ),
    ("POST", f"{REPOSITORY}/prompts/{{id}}/versions"): lambda it: Request(
        "PromptService/CreateVersion",
        f"{REPOSITORY}/prompts/{it.prompt}/versions",
        {"commit_message": "made", "messages": ["made"]},
    ),
    ("GET", f"{REPOSITORY}/versions/{{id}}"): lambda it: Request(
        "PromptService/GetVersion", f"{REPOSITORY}/versions/{it.version_serial}"
    ),
    ("DELETE", f"{REPOSITORY}/versions/{{id}}"): lambda it: Request(
        "PromptService/DeleteVersion", f"{REPOSITORY}/versions/{it.version_serial}"
    ),
    ("GET", f"{REPOSITORY}/prompts/{{id}}/sessions"): lambda it: Request(
        "PromptService/ListSessions", f"{REPOSITORY}/prompts/{it.prompt}/sessions", finds_nothing=True
    ),
    ("POST", f"{REPOSITORY}/prompts/{{id}}/sessions"): lambda it: Request(
        "PromptService/CreateSession",
        f"{REPOSITORY}/prompts/{it.prompt}/sessions",
        {"name": "made", "version_id": int(it.version_serial)},
    ),
    ("GET", f"{REPOSITORY}/sessions/{{id}}"): lambda it: Request(
        "PromptService/GetSession", f"{REPOSITORY}/sessions/{it.session_serial}"
    ),
    ("PUT", f"{REPOSITORY}/sessions/{{id}}"): lambda it: Request(
        "PromptService/UpdateSession", f"{REPOSITORY}/sessions/{it.session_serial}", {"messages": ["changed"]}
    ),
    ("DELETE", f"{REPOSITORY}/sessions/{{id}}"): lambda it: Request(
        "PromptService/DeleteSession", f"{REPOSITORY}/sessions/{it.session_serial}"
    ),
    ("PUT", f"{REPOSITORY}/sessions/{{id}}/rename"): lambda it: Request(
        "PromptService/UpdateSession", f"{REPOSITORY}/sessions/{it.session_serial}/rename", {"name": "changed"}
    ),
    ("POST", f"{REPOSITORY}/sessions/{{id}}/commit"): lambda it: Request(
        "PromptService/CommitSession", f"{REPOSITORY}/sessions/{it.session_serial}/commit", {"commit_message": "made"}
    ),
}

# PromptChainer's flows.
OF_FLOWS: Mapping[tuple[str, str], Callable[[Things], Request]] = {
    ("GET", "/api/flows"): lambda _: Request("PromptService/ListPrompts", "/api/flows"),
    ("POST", "/api/flows"): lambda _: Request("PromptService/CreatePrompt", "/api/flows", {"name": "made", **FLOW}),
    ("GET", "/api/flows/{flowId}"): lambda it: Request("PromptService/GetPrompt", f"/api/flows/{it.flow}"),
    ("PUT", "/api/flows/{flowId}"): lambda it: Request("PromptService/CreateVersion", f"/api/flows/{it.flow}", FLOW),
    ("DELETE", "/api/flows/{flowId}"): lambda it: Request("PromptService/DeletePrompt", f"/api/flows/{it.flow}"),
    ("POST", "/api/flows/run/{flowId}"): lambda it: Request(
        "RunService/CreateRun", f"/api/flows/run/{it.flow}", {"variables": {"color": "green"}}
    ),
    ("GET", "/api/flows/runs/{runId}"): lambda it: Request("RunService/GetRun", f"/api/flows/runs/{it.flow_run}"),
    ("GET", "/api/flows/getFlowInfo/{flowId}"): lambda it: Request(
        "PromptService/GetPrompt", f"/api/flows/getFlowInfo/{it.flow}"
    ),
    ("GET", "/api/flows/get-flow-info/{flowId}"): lambda it: Request(
        "PromptService/GetPrompt", f"/api/flows/get-flow-info/{it.flow}"
    ),
}

# Promptitude's runs of prompts and flows, and ratings of their logs.
OF_LOGS: Mapping[tuple[str, str], Callable[[Things], Request]] = {
    **{
        ("POST", path): lambda it, path=path: Request("RunService/CreateRun", path, {"prompt": {"promptId": it.prompt}})
        for path in ("/v1/generate", "/generate")
    },
    **{
        ("POST", f"{path}/{{logId}}/rate"): lambda it, path=path: Request(
            "RunService/RateRun", f"{path}/{it.log}/rate", {"rating": {"rating": 3}}
        )
        for path in ("/v1/logs", "/logs")
    },
    **{
        ("POST", path): lambda it, path=path: Request("RunService/RateRun", path, {"logId": it.log, "rating": 3})
        for path in ("/v1/rate", "/rate")
    },
    ("POST", "/v1/flows/{flowId}/generate"): lambda it: Request(
        "RunService/CreateRun", f"/v1/flows/{it.flow}/generate", {"flow": {"inputs": {"color": "green"}}}
    ),
}

# Artificial Studio's generations and tools; a prompt is named as a model behind `prompt:`.
OF_STUDIO: Mapping[tuple[str, str], Callable[[Things], Request]] = {
    ("POST", "/api/generate"): lambda it: Request(
        "RunService/CreateRun", "/api/generate", {"model": f"prompt:{it.prompt}", "input": {}}
    ),
    ("POST", "/api/run"): lambda it: Request("RunService/CreateRun", "/api/run", {"tool": it.prompt, "input": {}}),
    **{
        ("GET", f"{path}/{{id}}"): lambda it, path=path: Request("RunService/GetRun", f"{path}/{it.run}")
        for path in ("/api/generate", "/api/generations", "/api/media")
    },
    ("GET", "/api/generations"): lambda _: Request("RunService/ListRuns", "/api/generations"),
    ("POST", "/api/generations/{id}/cancel"): lambda it: Request(
        "RunService/CancelRun", f"/api/generations/{it.run}/cancel", {}
    ),
    ("GET", "/api/tools"): lambda _: Request("PromptService/ListPrompts", "/api/tools"),
    ("GET", "/api/tools/{slug}"): lambda it: Request("PromptService/GetPrompt", f"/api/tools/{it.prompt}"),
    ("GET", "/api/account"): lambda _: Request("KeyService/WhoAmI", "/api/account"),
}

OF_ROUTE: Mapping[tuple[str, str], Callable[[Things], Request]] = {
    ("POST", "/api/keys"): lambda _: Request(
        "KeyService/CreateKey", "/api/keys", {"displayName": "made", "scopes": ["runs:read"]}
    ),
    ("GET", "/api/keys"): lambda _: Request("KeyService/ListKeys", "/api/keys"),
    ("GET", "/api/keys/{id}"): lambda it: Request("KeyService/GetKey", f"/api/keys/{it.key}"),
    ("PATCH", "/api/keys/{id}"): lambda it: Request(
        "KeyService/UpdateKey", f"/api/keys/{it.key}", {"displayName": "changed"}
    ),
    ("POST", "/api/keys/{id}/regenerate"): lambda it: Request(
        "KeyService/RegenerateKey", f"/api/keys/{it.key}/regenerate", {}
    ),
    ("POST", "/api/keys/{id}/revoke"): lambda it: Request("KeyService/RevokeKey", f"/api/keys/{it.key}/revoke"),
    ("GET", "/api/me"): lambda _: Request("KeyService/WhoAmI", "/api/me"),
    ("POST", "/api/prompts"): lambda _: Request("PromptService/CreatePrompt", "/api/prompts", {"name": "made"}),
    ("GET", "/api/prompts"): lambda _: Request("PromptService/ListPrompts", "/api/prompts"),
    ("GET", "/api/prompts/{id}"): lambda it: Request("PromptService/GetPrompt", f"/api/prompts/{it.prompt}"),
    ("PATCH", "/api/prompts/{id}"): lambda it: Request(
        "PromptService/UpdatePrompt", f"/api/prompts/{it.prompt}", {"name": "changed"}
    ),
    ("DELETE", "/api/prompts/{id}"): lambda it: Request("PromptService/DeletePrompt", f"/api/prompts/{it.prompt}"),
    ("POST", "/api/prompts/{prompt_id}/versions"): lambda it: Request(
        "PromptService/CreateVersion", f"/api/prompts/{it.prompt}/versions", {"messages": ["made"]}
    ),
    ("GET", "/api/prompts/{prompt_id}/versions"): lambda it: Request(
        "PromptService/ListVersions", f"/api/prompts/{it.prompt}/versions"
    ),
    ("GET", "/api/versions/{id}"): lambda it: Request("PromptService/GetVersion", f"/api/versions/{it.version}"),
    ("DELETE", "/api/versions/{id}"): lambda it: Request("PromptService/DeleteVersion", f"/api/versions/{it.version}"),
    ("POST", "/api/folders"): lambda _: Request("PromptService/CreateFolder", "/api/folders", {"name": "made"}),
    ("GET", "/api/folders"): lambda _: Request("PromptService/ListFolders", "/api/folders"),
    ("GET", "/api/folders/{id}"): lambda it: Request("PromptService/GetFolder", f"/api/folders/{it.folder}"),
    ("PATCH", "/api/folders/{id}"): lambda it: Request(
        "PromptService/UpdateFolder", f"/api/folders/{it.folder}", {"name": "changed"}
    ),
    ("DELETE", "/api/folders/{id}"): lambda it: Request("PromptService/DeleteFolder", f"/api/folders/{it.folder}"),
    ("GET", "/api/prompts/{prompt_id}/labels"): lambda it: Request(
        "PromptService/ListLabels", f"/api/prompts/{it.prompt}/labels"
    ),
    ("PUT", "/api/prompts/{prompt_id}/labels/{label}"): lambda it: Request(
        "PromptService/SetLabel", f"/api/prompts/{it.prompt}/labels/{LABEL}", {"number": 1}
    ),
    ("DELETE", "/api/prompts/{prompt_id}/labels/{label}"): lambda it: Request(
        "PromptService/DeleteLabel", f"/api/prompts/{it.prompt}/labels/{LABEL}"
    ),
    ("GET", "/api/prompts/{prompt_id}/labels/{label}/history"): lambda it: Request(
        "PromptService/ListLabelMoves", f"/api/prompts/{it.prompt}/labels/{LABEL}/history"
    ),
    ("POST", "/api/prompts/{prompt_id}/sessions"): lambda it: Request(
        "PromptService/CreateSession", f"/api/prompts/{it.prompt}/sessions", {"baseVersionId": it.version}
    ),
    ("GET", "/api/prompts/{prompt_id}/sessions"): lambda it: Request(
        "PromptService/ListSessions", f"/api/prompts/{it.prompt}/sessions"
    ),
    ("GET", "/api/sessions/{id}"): lambda it: Request("PromptService/GetSession", f"/api/sessions/{it.session}"),
    ("PUT", "/api/sessions/{id}"): lambda it: Request(
        "PromptService/UpdateSession", f"/api/sessions/{it.session}", {"messages": ["changed"]}
    ),
    ("DELETE", "/api/sessions/{id}"): lambda it: Request("PromptService/DeleteSession", f"/api/sessions/{it.session}"),
    ("POST", "/api/sessions/{id}/commit"): lambda it: Request(
        "PromptService/CommitSession", f"/api/sessions/{it.session}/commit", {}
    ),
    ("GET", "/api/export"): lambda it: Request("PromptService/ExportPrompts", f"/api/export?promptIds={it.prompt}"),
    ("POST", "/api/import"): lambda _: Request(
        "PromptService/ImportPrompts", "/api/import", {"document": {"prompts": [{"alias": "imported", "name": "made"}]}}
    ),
    ("POST", "/api/runs"): lambda it: Request("RunService/CreateRun", "/api/runs", {"versionId": it.version}),
    ("GET", "/api/runs"): lambda it: Request("RunService/ListRuns", f"/api/runs?olderThan={it.run}"),
    ("GET", "/api/runs/{id}"): lambda it: Request("RunService/GetRun", f"/api/runs/{it.run}"),
    ("GET", "/api/runs/{id}/events"): lambda it: Request("RunService/WatchRun", f"/api/runs/{it.run}/events"),
    ("GET", "/api/runs/export"): lambda it: Request("RunService/ExportRuns", f"/api/runs/export?olderThan={it.run}"),
    ("PUT", "/api/runs/{id}/rating"): lambda it: Request(
        "RunService/RateRun", f"/api/runs/{it.run}/rating", {"stars": 2}
    ),
    ("GET", "/api/usage"): lambda _: Request("RunService/GetUsage", "/api/usage"),
    ("GET", "/api/deliveries"): lambda _: Request("RunService/ListDeliveries", "/api/deliveries"),
    ("GET", "/api/deliveries/{id}"): lambda it: Request("RunService/GetDelivery", f"/api/deliveries/{it.delivery}"),
    ("POST", "/api/deliveries/{id}/redeliver"): lambda it: Request(
        "RunService/RedeliverWebhook", f"/api/deliveries/{it.delivery}/redeliver", {}
    ),
    ("POST", "/api/deliveries/redeliver"): lambda _: Request(
        "RunService/RedeliverWebhooks", "/api/deliveries/redeliver", {"minCreateTime": "2096-01-01T00:00:00Z"}
    ),
    ("GET", "/api/webhooks/secret"): lambda _: Request("RunService/GetWebhookSecret", "/api/webhooks/secret"),
    ("POST", "/api/webhooks/secret/rotate"): lambda _: Request(
        "RunService/RotateWebhookSecret", "/api/webhooks/secret/rotate", {}
    ),
    ("POST", "/api/runs/{id}/cancel"): lambda it: Request("RunService/CancelRun", f"/api/runs/{it.run}/cancel", {}),
    ("GET", "/api/models"): lambda _: Request("RunService/ListModels", "/api/models"),
    ("GET", "/v1/prompts/{promptId}"): lambda it: Request("PromptService/GetPrompt", f"/v1/prompts/{it.prompt}"),
    ("GET", "/v1/prompts/{promptId}/versions"): lambda it: Request(
        "PromptService/ListVersions", f"/v1/prompts/{it.prompt}/versions"
    ),
    ("GET", "/v1/prompts/{promptId}/n8n.json"): lambda it: Request(
        "PromptService/GetPrompt", f"/v1/prompts/{it.prompt}/n8n.json?versionId={it.version}"
    ),
    ("GET", "/v1/prompt-versions/{promptVersionId}"): lambda it: Request(
        "PromptService/GetVersion", f"/v1/prompt-versions/{it.version}"
    ),
    ("POST", "/v1/runs"): lambda it: Request(
        "RunService/CreateRun", "/v1/runs", {"promptVersionId": it.version, "inputs": {}}
    ),
    ("GET", "/v1/runs"): lambda it: Request("RunService/ListRuns", f"/v1/runs?startingAfter={it.run}"),
    ("GET", "/v1/runs/{runId}"): lambda it: Request("RunService/GetRun", f"/v1/runs/{it.run}"),
    ("POST", "/v1/runs/{runId}/cancel"): lambda it: Request("RunService/CancelRun", f"/v1/runs/{it.run}/cancel"),
    ("GET", "/v1/resources"): lambda _: Request("RunService/ListModels", "/v1/resources"),
    ("GET", "/v1/me"): lambda _: Request("KeyService/WhoAmI", "/v1/me"),
    ("GET", "/v1/me/credits"): lambda _: Request("KeyService/WhoAmI", "/v1/me/credits"),
    **OF_REPOSITORY,
    **OF_FLOWS,
    **OF_LOGS,
    **OF_STUDIO,
}
