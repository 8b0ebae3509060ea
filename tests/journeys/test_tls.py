"""The gRPC server behind TLS: a facade that trusts its certificate reaches it, nobody else does."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import grpc.aio
import pytest
from pydantic import ValidationError

import services.config
from promptwire.v1 import key_service_pb2
from promptwire.v1.key_service_pb2_grpc import KeyServiceStub
from tests.conftest import clone
from tests.fakes.certificate import certify
from tests.journeys.stack import Stack

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates with")


@pytest.fixture(scope="module")
async def secured(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    directory = tmp_path_factory.mktemp("tls")
    certificate, key = await certify(directory)
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(clone(postgres))
        ours, theirs = {"tls_cert": certificate, "tls_key": key}, {"grpc_ca": certificate}
        yield await stack.enter_async_context(Stack(dsn, directory, server_settings=ours, facade_settings=theirs))


async def test_all_wires_work_behind_tls(secured: Stack) -> None:
    version = await secured.create_version("Explain {topic}.")
    assert (await secured.create_run(version.id, {"topic": "the sea"})).outputs[0].text == "echo: Explain the sea."
    status, answer = await secured.rest("POST", "/api/runs", json={"versionId": version.id, "inputs": {"topic": "tea"}})
    assert (status, answer["run"]["outputs"][0]["text"]) == (200, "echo: Explain tea.")
    async with secured.session.get(secured.base_url + "/readyz") as response:
        assert response.status == 200


async def test_a_caller_without_tls_is_not_served(secured: Stack) -> None:
    async with grpc.aio.insecure_channel(secured.server.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await KeyServiceStub(channel).WhoAmI(
                key_service_pb2.WhoAmIRequest(), metadata=secured.metadata(secured.admin)
            )
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_facade_that_does_not_trust_the_server_says_unavailable(secured: Stack, tmp_path: Path) -> None:
    stranger, _ = await certify(tmp_path)
    for settings in ({"grpc_ca": stranger}, {}):
        base_url, _ = await secured.open_facade(**settings)
        headers = {"Authorization": f"Bearer {secured.admin}"}
        async with secured.session.get(f"{base_url}/api/me", headers=headers) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "1")
        async with secured.session.get(f"{base_url}/readyz") as response:
            assert response.status == 503


def test_a_certificate_without_its_key_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="PROMPTWIRE_TLS_KEY go together"):
        services.config.Settings(tls_cert=tmp_path / "certificate.pem")
