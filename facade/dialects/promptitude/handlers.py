"""What the paths do: one RPC each where one is enough, between two shapes."""

from collections.abc import Callable

from facade.dialect import POLL_SECONDS, Call, Reply, ended
from facade.dialects.promptitude import faults, log_ids, runs, shapes
from facade.dialects.promptitude.faults import Terms
from facade.prefer import Prefer
from facade.problem import Problem
from promptwire.v1 import prompt_service_pb2, run_pb2, run_service_pb2

# How long the URL of an image works.
IMAGE_SECONDS = 24 * 3600

Print = Callable[[run_pb2.Run, str], shapes.Json]


async def generate(call: Call) -> Reply:
    """Run a prompt, at its latest version or the one that the body names, and give its result."""
    request, version_id = runs.to_generate(await call.json(), _idempotency_key(call))
    if version_id:
        request.spec.version_id = await _find_version(call, request.spec.prompt_id, version_id)
    return await _run(call, request, faults.PROMPT, shapes.from_run)


async def run_flow(call: Call) -> Reply:
    """Run a flow, and give its first output and all of them."""
    request = runs.to_run_flow(call.path["flowId"], await call.json(), _idempotency_key(call))
    return await _run(call, request, faults.FLOW, shapes.from_flow_run)


async def rate_log(call: Call) -> Reply:
    """Rate the log that the path names."""
    return await _rate(call, call.path["logId"], runs.to_rating(await call.json()))


async def rate(call: Call) -> Reply:
    """Rate the log that the body names."""
    rating = runs.to_rating(await call.json(), names_log=True)
    return await _rate(call, rating.log_id, rating)


async def _run(call: Call, request: run_service_pb2.CreateRunRequest, terms: Terms, print_run: Print) -> Reply:
    """Run to the end, whatever the caller prefers. Raises Problem, also when the run failed."""
    request.image_lifetime.FromSeconds(IMAGE_SECONDS)
    try:
        run = (await call.create_run(request, Prefer())).run
    except Problem as raised:
        raise faults.in_terms(raised, terms) from None
    if not ended(run):
        headers = {"Location": f"/api/runs/{run.id}", "Retry-After": str(POLL_SECONDS)}
        return Reply(202, shapes.unfinished(run), headers)
    if run.state != run_pb2.Run.STATE_SUCCEEDED:
        raise faults.of_run(run)
    return Reply(200, shapes.success(print_run(run, call.public_url)))


async def _find_version(call: Call, prompt_id: str, version_id: str) -> str:
    """Give the id of a version if it is one of the prompt's. Raises Problem."""
    request = prompt_service_pb2.GetVersionRequest(id=version_id)
    try:
        answer = await call.rpc(call.core.prompts.GetVersion, request)
    except Problem as raised:
        if raised.reason != faults.NO_VERSION:
            raise
        raise faults.not_found("Version", faults.NO_VERSION, authenticated=True) from None
    if prompt_id.lower() != answer.version.prompt_id and prompt_id != answer.prompt.alias:
        raise faults.not_found("Version", faults.NO_VERSION, authenticated=True)
    return answer.version.id


async def _rate(call: Call, log_id: str, rating: runs.Rating) -> Reply:
    run_id = log_ids.decode(log_id)
    if run_id is None:
        raise faults.not_found("Log", faults.NO_RUN)
    request = run_service_pb2.RateRunRequest(id=run_id, stars=rating.stars)
    try:
        await call.rpc(call.core.runs.RateRun, request)
    except Problem as raised:
        if raised.reason != faults.NO_RUN:
            raise
        raise faults.not_found("Log", faults.NO_RUN, authenticated=True) from None
    return Reply(200, shapes.success(shapes.from_rating(log_id, rating.stars)))


def _idempotency_key(call: Call) -> str | None:
    return call.request.headers.get("Idempotency-Key")
