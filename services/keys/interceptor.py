"""Lets an RPC pass with a key of the right scope, before its request is decoded, and makes the caller known."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import grpc.aio
import structlog

from services import caller, checks, errors
from services.caller import Caller
from services.keys import rules, scopes
from services.keys.verifier import Verifier

PREFIX = "/promptwire.v1."
PROJECT = "promptwire-project"

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Details = grpc.HandlerCallDetails


class KeyInterceptor(grpc.aio.ServerInterceptor):
    """Verifies `authorization: Bearer <secret>`. It raises; the interceptor around it answers with the error."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    async def intercept_service(
        self, continuation: Callable[[Details], Awaitable["Handler | None"]], handler_call_details: Details
    ) -> "Handler | None":
        """Give the handler of an RPC that the caller may call; None (UNIMPLEMENTED) when the table does not name it."""
        method = handler_call_details.method
        if not method.startswith(PREFIX):
            return await continuation(handler_call_details)
        if method not in scopes.OF_RPC:
            return None
        if scopes.OF_RPC[method] != scopes.NO_KEY:
            await self._enter(handler_call_details, scopes.OF_RPC[method])
        return await continuation(handler_call_details)

    async def _enter(self, details: Details, scope: str | None) -> None:
        found = await self._verifier.verify(_secret(details))
        structlog.contextvars.bind_contextvars(key_id=found.key_id)
        # Before anything is refused: a refusal, too, tells what is left of the key's limit.
        caller.enter(found)
        if scope is not None and scope not in found.scopes:
            raise rules.scope_missing(scope)
        project = _project(details)
        if project:
            caller.enter(await self._in_project(found, project))

    async def _in_project(self, found: Caller, project: str) -> Caller:
        """Give the operator as working in the project that it named."""
        if not found.operator:
            raise rules.scope_missing(scopes.OPERATOR)
        project_id = await self._verifier.find_project(project)
        return dataclasses.replace(found, project_id=project_id, project=project, home_id=found.project_id)


def _secret(details: Details) -> str:
    values = _values(details, "authorization")
    if not values:
        raise _missing("the call carries no key")
    if len(values) > 1:
        raise _missing("the call carries two different keys")
    scheme, _, text = values.pop().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise _missing("the metadata `authorization` is of another form")
    return text.strip()


def _project(details: Details) -> str | None:
    values = _values(details, PROJECT)
    if len(values) > 1:
        raise checks.invalid(errors.Violation(PROJECT, "names two different projects; send one"))
    return values.pop() if values else None


def _values(details: Details, name: str) -> set[str]:
    """Give the different values of a metadata name, less those that are empty."""
    given = {str(value).strip() for key, value in details.invocation_metadata or () if key == name}
    return given - {""}


def _missing(fault: str) -> errors.Unauthenticated:
    return errors.Unauthenticated("KEY_MISSING", f"{fault}; send the metadata `authorization: Bearer pw_...` once")
