"""What the paths do: one RPC each where one is enough, between two shapes."""

from facade.dialect import POLL_SECONDS, Call, Reply, ended
from facade.dialects.artificialstudio import faults, query, runs, shapes, tools
from facade.prefer import Prefer
from facade.problem import Problem
from promptwire.v1 import prompt_service_pb2, run_pb2, run_service_pb2

MAX_TOOLS = 1000

_ASK_AGAIN = {"Retry-After": str(POLL_SECONDS)}


async def generate(window: float, image_seconds: int, call: Call) -> Reply:
    """Run what the body says and wait for its end, for so long (s); a run that failed is an answer like any other."""
    request = runs.to_generate(await call.json(), _idempotency_key(call))
    prefer = call.prefers(window)
    run = await _create(call, request, Prefer(wait=window) if prefer == Prefer() else prefer, "Model", image_seconds)
    return _answer(call, run, prefer)


async def run_tool(image_seconds: int, call: Call) -> Reply:
    """Run a tool, and answer at once unless the caller prefers to wait."""
    request = runs.to_run_tool(await call.json(), _idempotency_key(call))
    prefer = call.prefers()
    wanted = Prefer(respond_async=True) if prefer == Prefer() else prefer
    return _answer(call, await _create(call, request, wanted, "Tool", image_seconds), prefer)


async def get_run(image_seconds: int, call: Call) -> Reply:
    """Give a run as it is now."""
    run = await _get(call, faults.check_run_id(call.path["id"]), image_seconds)
    return Reply(200, shapes.from_run(run, call.public_url), {} if ended(run) else _ASK_AGAIN)


async def list_runs(image_seconds: int, call: Call) -> Reply:
    """Give a page of runs, the newest first."""
    page = query.read(call.query)
    found: list[run_pb2.Run] = []
    request = run_service_pb2.ListRunsRequest(states=page.states)
    request.image_lifetime.FromSeconds(image_seconds)
    if page.states == []:
        await call.core.who_am_i(call.caller)
    else:
        # Of large runs the services give fewer than were asked for.
        while (missing := page.offset + page.limit - len(found)) > 0:
            request.page_size = missing
            answer = await call.rpc(call.core.runs.ListRuns, request)
            found += answer.runs
            request.page_token = answer.next_page_token
            if not request.page_token:
                break
    has_more = bool(request.page_token)
    return Reply(200, shapes.from_runs(found, page.limit, page.offset, has_more=has_more, public_url=call.public_url))


async def cancel_run(image_seconds: int, call: Call) -> Reply:
    """End a run, and give it as it is then; one that has ended stays as it is."""
    run_id = faults.check_run_id(call.path["id"])
    try:
        run = (await call.rpc(call.core.runs.CancelRun, run_service_pb2.CancelRunRequest(id=run_id))).run
    except Problem as raised:
        if raised.reason != "RUN_ENDED":
            raise
        run = await _get(call, run_id, image_seconds)
    return Reply(200, shapes.from_run(run, call.public_url))


async def list_tools(call: Call) -> Reply:
    """List what `/api/run` can run: the tool that makes images, and the prompts of the project."""
    request = prompt_service_pb2.ListPromptsRequest(page_size=MAX_TOOLS)
    answer = await call.rpc(call.core.prompts.ListPrompts, request)
    return Reply(200, tools.from_prompts(answer.prompts))


async def get_tool(call: Call) -> Reply:
    """Give a tool, with what it takes."""
    slug = call.path["slug"]
    if slug == tools.CREATE_IMAGE:
        answer = await call.rpc(call.core.runs.ListModels, run_service_pb2.ListModelsRequest())
        return Reply(200, tools.from_models(answer.models))
    prompt_id = faults.check_prompt_id(slug.removeprefix(tools.STORED), "Tool")
    try:
        found = await call.rpc(call.core.prompts.GetPrompt, prompt_service_pb2.GetPromptRequest(id=prompt_id))
    except Problem as raised:
        raise faults.of_thing(raised, "Tool") from None
    return Reply(200, tools.from_prompt(found.prompt))


async def get_account(call: Call) -> Reply:
    """Tell whom the caller's key stands for."""
    return Reply(200, shapes.from_key((await call.core.who_am_i(call.caller)).key))


async def _create(
    call: Call, request: run_service_pb2.CreateRunRequest, prefer: Prefer, thing: str, image_seconds: int
) -> run_pb2.Run:
    """Begin a run; what it runs is a `thing` to who called. Raises Problem."""
    request.image_lifetime.FromSeconds(image_seconds)
    if request.spec.HasField("webhook"):
        request.spec.webhook.image_base_url = call.public_url
        request.spec.webhook.image_lifetime.FromSeconds(image_seconds)
    try:
        return (await call.create_run(request, prefer)).run
    except Problem as raised:
        raise faults.of_thing(raised, thing) from None


def _answer(call: Call, run: run_pb2.Run, prefer: Prefer) -> Reply:
    printed = shapes.from_run(run, call.public_url)
    if ended(run):
        return Reply(200, printed, prefer.applied)
    return Reply(202, printed, {"Location": f"/api/generations/{run.id}"} | prefer.applied | _ASK_AGAIN)


async def _get(call: Call, run_id: str, image_seconds: int) -> run_pb2.Run:
    request = run_service_pb2.GetRunRequest(id=run_id)
    request.image_lifetime.FromSeconds(image_seconds)
    return (await call.rpc(call.core.runs.GetRun, request)).run


def _idempotency_key(call: Call) -> str | None:
    return call.request.headers.get("Idempotency-Key")
