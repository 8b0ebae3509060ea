"""One prompt, run through every wire, leaves runs that differ in ids and times alone."""

from typing import Any

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
    records = [await record(stack, run_id) for run_id in (over_grpc.id, native["run"]["id"], betterprompt["runId"])]
    assert records[0]["state"] == "SUCCEEDED"
    assert records[0] == records[1] == records[2]


async def test_the_provider_gets_the_same_request_from_every_wire(stack: Stack) -> None:
    version = await stack.create_version("Explain {topic} in {{ language }}.", parameters={"max_tokens": 5})
    inputs = INPUTS | {"language": "{topic}"}
    await stack.create_run(version.id, inputs)
    await stack.rest("POST", "/api/runs", json={"promptId": version.prompt_id, "inputs": inputs})
    await stack.rest("POST", "/v1/runs", json={"promptVersionId": version.id, "inputs": {"textInputs": inputs}})
    bodies = [request.body for request in list(stack.fake.requests)[-3:]]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["messages"] == [{"role": "user", "content": "Explain the sea in {topic}."}]
    assert bodies[0]["max_tokens"] == 5
