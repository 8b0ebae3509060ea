"""One prompt, run through every wire, leaves runs that differ in ids and times alone."""

from typing import Any

from facade.dialects.promptitude import log_ids
from tests.journeys.stack import Stack

INPUTS = {"topic": "the sea"}
DIFFERENT = ("run_id", "create_time", "start_time", "end_time")


async def record(stack: Stack, run_id: str) -> dict[str, Any]:
    """Give the row of a run, less what differs between any two runs."""
    row = await stack.server.database.fetchrow("SELECT * FROM run WHERE run_id = $1", run_id)
    assert row
    return {name: value for name, value in row.items() if name not in DIFFERENT}


async def test_every_wire_leaves_the_same_record(stack: Stack) -> None:
    version = await stack.create_version("Explain {topic}.", parameters={"temperature": 0})
    over_grpc = await stack.create_run(version.id, INPUTS)
    status, native = await stack.rest("POST", "/api/runs", json={"versionId": version.id, "inputs": INPUTS})
    assert status == 200, native
    body = {"promptVersionId": version.id, "inputs": {"textInputs": INPUTS}}
    status, betterprompt = await stack.rest("POST", "/v1/runs", json=body)
    assert status == 200, betterprompt
    body = {"prompt": {"promptId": version.prompt_id, "inputs": INPUTS}}
    status, promptitude = await stack.rest("POST", "/v1/generate", json=body)
    assert status == 200, promptitude
    log_id = log_ids.decode(promptitude["results"]["logId"])
    status, artificialstudio = await stack.rest(
        "POST", "/api/generate", json={"model": version.prompt_id, "input": INPUTS}
    )
    assert status == 200, artificialstudio
    status, chained = await stack.rest("POST", f"/api/flows/run/{version.prompt_id}", json={"variables": INPUTS})
    assert status == 200, chained
    newest = await stack.server.database.fetchrow("SELECT run_id FROM run ORDER BY run_id DESC LIMIT 1")
    ids = (over_grpc.id, native["run"]["id"], betterprompt["runId"], log_id, artificialstudio["id"], newest["run_id"])
    assert len(set(map(str, ids))) == 6
    records = [await record(stack, run_id) for run_id in ids]
    assert records[0]["state"] == "SUCCEEDED"
    assert all(it == records[0] for it in records)


async def test_the_provider_gets_the_same_request_from_every_wire(stack: Stack) -> None:
    version = await stack.create_version("Explain {topic} in {{ language }}.", parameters={"max_tokens": 5})
    inputs = INPUTS | {"language": "{topic}"}
    await stack.create_run(version.id, inputs)
    await stack.rest("POST", "/api/runs", json={"promptId": version.prompt_id, "inputs": inputs})
    await stack.rest("POST", "/v1/runs", json={"promptVersionId": version.id, "inputs": {"textInputs": inputs}})
    await stack.rest("POST", "/v1/generate", json={"prompt": {"promptId": version.prompt_id, "inputs": inputs}})
    bodies = [request.body for request in list(stack.fake.requests)[-4:]]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["messages"] == [{"role": "user", "content": "Explain the sea in {topic}."}]
    assert bodies[0]["max_tokens"] == 5
