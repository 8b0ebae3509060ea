"""What makes two requests the same one."""

from uuid import uuid4

import pytest

from promptwire import values
from promptwire.v1 import key_service_pb2
from promptwire.v1.run_pb2 import ImageInput, RunSpec
from services.caller import Caller
from services.keys import claim as claims
from services.keys.claim import Claim

ME = Caller("key1", uuid4(), "project", frozenset())
VERSION = str(uuid4())


def spec(**fields: object) -> RunSpec:
    inputs = values.to_struct({"b": 1, "a": [None, "x"]})
    return RunSpec(**{"version_id": VERSION, "inputs": inputs, "request_id": "one", **fields})


def claim(content: RunSpec, caller: Caller = ME, rpc: str = "CreateRun") -> Claim:
    return claims.to_claim(caller, rpc, content)


def test_equal_content_is_the_same_request() -> None:
    other = spec(inputs=values.to_struct({"a": [None, "x"], "b": 1}))
    assert claim(spec()) == claim(other)
    assert claim(RunSpec.FromString(spec().SerializeToString())) == claim(spec())


def test_the_request_id_is_not_content_and_stays_where_it_is() -> None:
    content = spec()
    assert claim(content).fingerprint == claim(spec(request_id="two")).fingerprint
    assert content.request_id == "one"


@pytest.mark.parametrize(
    "fields",
    [
        {"inputs": values.to_struct({"b": 2})},
        {"images": [ImageInput(url="https://example.com/a.png")]},
        {"model": "large"},
        {"end_user_id": "user"},
        {"parameters": values.to_struct({"seed": 1})},
    ],
)
def test_other_content_is_another_request(fields: dict[str, object]) -> None:
    assert claim(spec(**fields)).fingerprint != claim(spec()).fingerprint


def test_a_request_id_belongs_to_a_key_and_to_an_rpc() -> None:
    other = Caller("key2", ME.project_id, ME.project, ME.scopes)
    assert len({claim(spec()), claim(spec(), other), claim(spec(), rpc="StreamRun")}) == 3


def test_a_request_without_an_id_is_never_a_repeat() -> None:
    request = key_service_pb2.CreateKeyRequest(display_name="a")
    assert claims.of(ME, request) is None
    request.request_id = "one"
    found = claims.of(ME, request)
    assert found is not None
    assert (found.rpc, found.key_id, found.request_id) == ("CreateKey", "key1", "one")
