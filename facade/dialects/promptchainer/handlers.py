"""What the paths do: one RPC each where one is enough, between two shapes."""

from contextlib import suppress
from typing import Any

from facade import idempotency
from facade.dialect import MAX_GRAPH_ITEMS, POLL_SECONDS, Call, Reply, aside, ended
from facade.dialects.promptchainer import faults, runs, shapes
from facade.problem import Fault, Problem
from promptwire.v1 import prompt_pb2, run_pb2, run_service_pb2
from promptwire.v1 import prompt_service_pb2 as pb

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000

_ASK_AGAIN = {"Retry-After": str(POLL_SECONDS)}


async def run_flow(call: Call) -> Reply:
    """Run a flow to its end, and give its outputs."""
    found: list[Fault] = []
    request_id = idempotency.read(call.request.headers.get("Idempotency-Key"), found)
    faults.refuse(found)
    flow_id = faults.flow_id(call.path["flowId"])
    request = runs.to_create_run(flow_id, await _body(call), call.query.get("version"), request_id)
    prefer = call.prefers()
    run = (await call.create_run(request, prefer)).run
    return _answer(call, run, {"Location": f"/api/flows/runs/{run.id}"} | prefer.applied, prefer.applied)


async def get_run(call: Call) -> Reply:
    """Give the outputs of a run, or tell that it goes on."""
    request = run_service_pb2.GetRunRequest(id=call.path["runId"])
    try:
        run = (await call.rpc(call.core.runs.GetRun, request)).run
    except Problem as raised:
        if not raised.faults:
            raise
        raise Problem(404, "RUN_NOT_FOUND", "Run not found", authenticated=True) from None
    return _answer(call, run, {}, {})


async def get_flow(call: Call) -> Reply:
    """Give a flow's graph as it was saved, latest or by the number of its version, with what a run needs and gives."""
    found: list[Fault] = []
    number = runs.to_number(call.query["version"], found) if "version" in call.query else 0
    faults.refuse(found)
    prompt = (await call.rpc(call.core.prompts.GetPrompt, pb.GetPromptRequest(id=_flow_id(call)))).prompt
    version = await _find_version(call, prompt, number) if number else shapes.latest(prompt)
    return Reply(200, await aside(version.ByteSize(), shapes.from_flow, prompt, version))


async def list_flows(call: Call) -> Reply:
    """Give a page of flows, the newest first; a header tells where the next one is."""
    limit = _limit(call)
    request = pb.ListPromptsRequest(page_size=limit, page_token=call.query.get("cursor", ""), flow=True)
    answer = await call.rpc(call.core.prompts.ListPrompts, request)
    following = f'</api/flows?limit={limit}&cursor={answer.next_page_token}>; rel="next"'
    return Reply(
        200, [shapes.row(prompt) for prompt in answer.prompts], {"Link": following} if answer.next_page_token else {}
    )


async def create_flow(call: Call) -> Reply:
    """Create a flow with its first version. When its graph is refused, nothing stays."""
    body, content = await call.read(shapes.to_save, MAX_GRAPH_ITEMS)
    prompt = (await call.rpc(call.core.prompts.CreatePrompt, shapes.to_create_prompt(body))).prompt
    content.prompt_id = prompt.id
    try:
        answer = await call.rpc(call.core.prompts.CreateVersion, content)
    except BaseException:
        with suppress(Problem):
            await call.rpc(call.core.prompts.DeletePrompt, pb.DeletePromptRequest(id=prompt.id))
        raise
    return Reply(201, _saved(prompt, answer), {"Location": f"/api/flows/{prompt.id}"})


async def replace_flow(call: Call) -> Reply:
    """Save a flow: what the body says of it, and its next version. When either is refused, it stays as it is."""
    body, content = await call.read(shapes.to_save, MAX_GRAPH_ITEMS)
    prompt = await _flow(call)
    content.prompt_id = prompt.id
    update = shapes.to_update_prompt(prompt.id, body)
    if update is not None:
        content.validate_only = True
        await call.rpc(call.core.prompts.CreateVersion, content)
        content.validate_only = False
        prompt = (await call.rpc(call.core.prompts.UpdatePrompt, update)).prompt
    return Reply(200, _saved(prompt, await call.rpc(call.core.prompts.CreateVersion, content)))


async def delete_flow(call: Call) -> Reply:
    """Delete a flow; its runs stay."""
    prompt = await _flow(call)
    await call.rpc(call.core.prompts.DeletePrompt, pb.DeletePromptRequest(id=prompt.id))
    return Reply(200, {"id": prompt.id, "deleted": True})


def _answer(call: Call, run: run_pb2.Run, under_way: dict[str, str], over: dict[str, str]) -> Reply:
    """Give what a run came to, with headers for one under way and for one that is over. Raises Problem if it failed."""
    if not ended(run):
        return Reply(202, runs.unfinished(run), under_way | _ASK_AGAIN)
    if run.state != run_pb2.Run.STATE_SUCCEEDED:
        raise faults.of_run(run)
    return Reply(200, runs.from_run(run, call.public_url), over)


def _saved(prompt: prompt_pb2.Prompt, answer: pb.CreateVersionResponse) -> shapes.Json:
    return {**shapes.summary(prompt, answer.version), "warnings": shapes.from_warnings(answer.warnings)}


async def _flow(call: Call) -> prompt_pb2.Prompt:
    """Find the flow that is to be changed; a prompt of another kind is none.

    It is asked for by a change of nothing, so that who may change it need not be one who may read.
    """
    prompt = (await call.rpc(call.core.prompts.UpdatePrompt, pb.UpdatePromptRequest(id=_flow_id(call)))).prompt
    if prompt.HasField("latest_version") and not prompt.latest_version.HasField("graph"):
        raise faults.flow_not_found()
    return prompt


async def _body(call: Call) -> Any:
    """Read the body; one that is absent says nothing."""
    return await call.json() if (await call.request.read()).strip() else None


async def _find_version(call: Call, prompt: prompt_pb2.Prompt, number: int) -> prompt_pb2.Version:
    request = pb.ListVersionsRequest(prompt_id=prompt.id)
    while True:
        answer = await call.rpc(call.core.prompts.ListVersions, request)
        version = shapes.find(answer.versions, number)
        if version is not None:
            return version
        # The newest come first.
        if not answer.next_page_token or answer.versions[-1].number < number:
            raise faults.no_version(number, prompt.latest_version.number)
        request.page_token = answer.next_page_token


def _flow_id(call: Call) -> str:
    return faults.flow_id(call.path["flowId"])


def _limit(call: Call) -> int:
    text = call.query.get("limit", str(DEFAULT_LIMIT))
    if text.isascii() and text.isdigit() and 0 < int(text[:10]) <= MAX_LIMIT:
        return int(text[:10])
    faults.refuse([faults.invalid("limit", f"must be 1 to {MAX_LIMIT}", "query")])
    raise AssertionError
