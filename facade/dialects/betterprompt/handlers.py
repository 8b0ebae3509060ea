"""What the paths do: one RPC each where one is enough, between two shapes."""

from collections.abc import Sequence

from facade.dialect import POLL_SECONDS, Call, Reply, ended
from facade.dialects.betterprompt import faults, n8n, options, query, runs, shapes
from facade.prefer import Prefer
from facade.problem import Problem
from promptwire.v1 import prompt_pb2, prompt_service_pb2, run_pb2, run_service_pb2

MAX_VERSIONS = 10
# How long the URL of an image works; each answer has a new one.
IMAGE_SECONDS = 24 * 3600

_ASK_AGAIN = {"Retry-After": str(POLL_SECONDS)}


async def create_run(window: float, call: Call) -> Reply:
    """Run a version and wait for its end, for so long (s); a run that failed is an answer like any other."""
    body = await call.json()
    request = runs.to_create_run(body, call.request.headers.get("Idempotency-Key"))
    request.image_lifetime.FromSeconds(IMAGE_SECONDS)
    if options.given(body):
        await _choose(call, request.spec, body)
    prefer = call.prefers(window)
    run = (await call.create_run(request, Prefer(wait=window) if prefer == Prefer() else prefer)).run
    if ended(run):
        return Reply(200, shapes.success(shapes.from_run(run, call.public_url)), prefer.applied)
    headers = {"Location": f"/v1/runs/{run.id}"} | prefer.applied
    if prefer.respond_async:
        return Reply(202, shapes.success(shapes.from_run(run, call.public_url)), headers | _ASK_AGAIN)
    raise shapes.unfinished(run, headers)


async def get_run(call: Call) -> Reply:
    """Give a run as it is now."""
    run = await _run(call, faults.only_uuid("runId", call.path["runId"]))
    return Reply(200, shapes.success(shapes.from_run(run, call.public_url)), {} if ended(run) else _ASK_AGAIN)


async def cancel_run(call: Call) -> Reply:
    """End a run, and give it as it is then; one that has ended stays as it is."""
    run_id = faults.only_uuid("runId", call.path["runId"])
    try:
        answer = await call.rpc(call.core.runs.CancelRun, run_service_pb2.CancelRunRequest(id=run_id))
    except Problem as raised:
        if raised.reason != "RUN_ENDED":
            raise
        return _success(shapes.from_run(await _run(call, run_id), call.public_url))
    return _success(shapes.from_run(answer.run, call.public_url))


async def list_runs(call: Call) -> Reply:
    """Give a page of runs, the newest first."""
    request = query.to_list_runs(call.query)
    request.image_lifetime.FromSeconds(IMAGE_SECONDS)
    answer = await call.rpc(call.core.runs.ListRuns, request)
    return _success(shapes.from_runs(answer, call.public_url))


async def get_prompt(call: Call) -> Reply:
    """Give a prompt at its latest version, or at the one that the query names."""
    prompt, version = await _prompt_and_version(call)
    return _success(shapes.from_version(prompt, version, await _models_if_allowed(call)))


async def get_version(call: Call) -> Reply:
    """Give a version with its prompt."""
    answer = await _version(call, faults.only_uuid("promptVersionId", call.path["promptVersionId"]))
    return _success(shapes.from_version(answer.prompt, answer.version, await _models_if_allowed(call)))


async def list_versions(call: Call) -> Reply:
    """Give the newest versions of a prompt."""
    prompt = await _prompt(call)
    shapes.latest(prompt)
    request = prompt_service_pb2.ListVersionsRequest(prompt_id=prompt.id, page_size=MAX_VERSIONS)
    answer = await call.rpc(call.core.prompts.ListVersions, request)
    return _success(shapes.from_versions(prompt, answer.versions))


async def get_n8n(call: Call) -> Reply:
    """Give the n8n node of a version, as text to paste; so without the envelope."""
    prompt, version = await _prompt_and_version(call)
    file = {"Content-Disposition": f'inline; filename="{version.id}.n8n.json"'}
    return Reply(200, n8n.to_clipboard(prompt.name, version, call.public_url), file)


async def list_resources(call: Call) -> Reply:
    """List the models with the options that a run may choose."""
    return _success(shapes.from_models(await _models(call)))


async def get_me(call: Call) -> Reply:
    """Tell whom the caller's key stands for."""
    return _success(shapes.from_caller(await call.core.who_am_i(call.caller)))


async def get_credits(call: Call) -> Reply:
    """Tell that nothing counts credits here."""
    await call.core.who_am_i(call.caller)
    return _success({"credits": None})


def _success(data: shapes.Json) -> Reply:
    return Reply(200, shapes.success(data))


async def _run(call: Call, run_id: str) -> run_pb2.Run:
    request = run_service_pb2.GetRunRequest(id=run_id)
    request.image_lifetime.FromSeconds(IMAGE_SECONDS)
    return (await call.rpc(call.core.runs.GetRun, request)).run


async def _choose(call: Call, spec: run_pb2.RunSpec, body: shapes.Json) -> None:
    models = await _models(call)
    if body.get("runModel"):
        model = options.named(models, body["runModel"])
        spec.model = model.name
    else:
        model = options.of_version(models, (await _version(call, spec.version_id)).version)
    options.add(spec, body.get("runOptions") or {}, model)


async def _prompt_and_version(call: Call) -> tuple[prompt_pb2.Prompt, prompt_pb2.Version]:
    if "versionId" not in call.query:
        prompt = await _prompt(call)
        return prompt, shapes.latest(prompt)
    version_id = faults.only_uuid("versionId", call.query["versionId"], "query")
    prompt = await _prompt(call)
    return prompt, shapes.belonging((await _version(call, version_id)).version, prompt)


async def _prompt(call: Call) -> prompt_pb2.Prompt:
    prompt_id = call.path["promptId"]
    try:
        answer = await call.rpc(call.core.prompts.GetPrompt, prompt_service_pb2.GetPromptRequest(id=prompt_id))
    except Problem as raised:
        raise faults.of_prompt(raised, prompt_id) from None
    return answer.prompt


async def _version(call: Call, version_id: str) -> prompt_service_pb2.GetVersionResponse:
    return await call.rpc(call.core.prompts.GetVersion, prompt_service_pb2.GetVersionRequest(id=version_id))


async def _models(call: Call) -> Sequence[run_pb2.Model]:
    answer = await call.rpc(call.core.runs.ListModels, run_service_pb2.ListModelsRequest())
    return answer.models


async def _models_if_allowed(call: Call) -> Sequence[run_pb2.Model]:
    """A key that may read prompts, but no models, learns all of a prompt but the model's options."""
    try:
        return await _models(call)
    except Problem as raised:
        if raised.status != 403:
            raise
        return ()
