"""KeyService: checks requests, lets the store apply the rules of scopes, and shows a new secret once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from promptwire.v1 import key_service_pb2 as pb
from promptwire.v1.key_service_pb2_grpc import KeyServiceServicer
from services import caller, checks, errors, paging
from services.checks import Checks
from services.keys import claim, rules, secret
from services.keys.claim import Claim
from services.keys.scopes import OPERATOR
from services.keys.store import KeyStore, NewKey, Secured
from services.keys.verifier import Verifier

FIELDS = (
    "display_name",
    "owner",
    "scopes",
    "expire_time",
    "omit_payloads",
    "requests_per_minute",
    "concurrent_runs",
)

_log = structlog.get_logger()


class KeyServicer(KeyServiceServicer):
    """Serves KeyService to the caller that the interceptor verified."""

    def __init__(self, store: KeyStore, verifier: Verifier, server_secrets: Sequence[str]) -> None:
        """Take what derives secrets, at least one: the server's secret now, and before it those that it replaced."""
        self._store = store
        self._verifier = verifier
        self._server_secrets = server_secrets

    async def CreateKey(self, request: pb.CreateKeyRequest, context: object) -> pb.CreateKeyResponse:
        """Create a key in the caller's project, or in the one that an operator names."""
        me = caller.current()
        expire_time = await self._check_new(request)
        rules.require_scopes(me.scopes, [*request.scopes, OPERATOR] if request.project else request.scopes)
        project_id = await self._store.create_project(request.project) if request.project else me.project_id
        key_id, claimed = secret.new_id(), claim.of(me, request)
        text = self._derive(key_id, claimed, 1) if claimed else secret.make(key_id)
        new = NewKey(
            project_id=project_id,
            key_id=key_id,
            secret_hash=secret.hash_of(text),
            display_name=request.display_name,
            owner=request.owner,
            scopes=frozenset(request.scopes),
            expire_time=expire_time,
            omit_payloads=request.omit_payloads,
            requests_per_minute=request.requests_per_minute,
            concurrent_runs=request.concurrent_runs,
        )
        created = await self._store.create(new, claimed)
        _log.info("key created", key_id=created.key.id, by=me.key_id)
        return pb.CreateKeyResponse(key=created.key, secret=self._shown(created, claimed, text))

    async def GetKey(self, request: pb.GetKeyRequest, context: object) -> pb.GetKeyResponse:
        """Get a key of the project."""
        with Checks() as check:
            _check_id(check, request.id)
        return pb.GetKeyResponse(key=await self._store.get(caller.current().project_id, request.id))

    async def ListKeys(self, request: pb.ListKeysRequest, context: object) -> pb.ListKeysResponse:
        """List a page of the project's keys."""
        project_id = caller.current().project_id
        with Checks() as check:
            size = check.page_size(request.page_size)
            check.text("owner", request.owner, most=rules.MAX_TEXT)
        filters = ("keys", str(project_id), request.owner)
        after = _after(request.page_token, filters)
        keys = await self._store.list(project_id, owner=request.owner, after=after, size=size + 1)
        token = paging.to_token(filters, [keys[size - 1].id]) if len(keys) > size else ""
        return pb.ListKeysResponse(keys=keys[:size], next_page_token=token)

    async def UpdateKey(self, request: pb.UpdateKeyRequest, context: object) -> pb.UpdateKeyResponse:
        """Change what the mask names, or what is set."""
        me = caller.current()
        with Checks() as check:
            _check_id(check, request.id)
            changes = await self._check_changes(check, request)
        key = await self._store.update(me, request.id, changes)
        self._verifier.forget(key.id)
        _log.info("key changed", key_id=key.id, by=me.key_id, fields=sorted(changes))
        return pb.UpdateKeyResponse(key=key)

    async def RegenerateKey(self, request: pb.RegenerateKeyRequest, context: object) -> pb.RegenerateKeyResponse:
        """Replace a key's secret; the old one works on for the grace."""
        me = caller.current()
        with Checks() as check:
            _check_id(check, request.id)
            grace = rules.check_grace(check, request.grace)
            check.text("request_id", request.request_id, most=rules.MAX_TEXT)
        claimed, text = claim.of(me, request), secret.make(request.id)

        def make_hash(generation: int) -> bytes:
            return secret.hash_of(self._derive(request.id, claimed, generation) if claimed else text)

        key = await self._store.regenerate(me, request.id, make_hash, grace=grace, claimed=claimed)
        self._verifier.forget(request.id)
        _log.info("key regenerated", key_id=request.id, by=me.key_id)
        return pb.RegenerateKeyResponse(key=key.key, secret=self._shown(key, claimed, text))

    async def RevokeKey(self, request: pb.RevokeKeyRequest, context: object) -> pb.RevokeKeyResponse:
        """End a key: on this server at once, on others when the record that they keep ends."""
        me = caller.current()
        with Checks() as check:
            _check_id(check, request.id)
        key = await self._store.revoke(me, request.id)
        self._verifier.forget(key.id)
        _log.info("key revoked", key_id=key.id, by=me.key_id)
        return pb.RevokeKeyResponse(key=key)

    async def WhoAmI(self, request: pb.WhoAmIRequest, context: object) -> pb.WhoAmIResponse:
        """Tell the caller its key, and the project that the call works in."""
        me = caller.current()
        return pb.WhoAmIResponse(key=await self._store.get_anywhere(me.key_id), project=me.project)

    async def _check_new(self, request: pb.CreateKeyRequest) -> datetime | None:
        """Check a key that is to be made, and give its expiry."""
        with Checks() as check:
            _check_texts(check, request)
            rules.check_scopes(check, request.scopes)
            expire_time = await self._check_expiry(check, request)
            rules.check_limits(check, request.requests_per_minute, request.concurrent_runs)
            if request.project:
                rules.check_project(check, request.project)
            check.text("request_id", request.request_id, most=rules.MAX_TEXT)
        return expire_time

    async def _check_changes(self, check: Checks, request: pb.UpdateKeyRequest) -> dict[str, Any]:
        """Check the fields that are to change, and give their new values by name."""
        paths = _check_paths(check, request)
        _check_texts(check, request, paths)
        changes = {path: getattr(request, path) for path in paths}
        if "scopes" in paths:
            rules.check_scopes(check, request.scopes)
        if "expire_time" in paths:
            changes["expire_time"] = await self._check_expiry(check, request)
        rules.check_limits(check, changes.get("requests_per_minute", 0), changes.get("concurrent_runs", 0))
        return changes

    async def _check_expiry(self, check: Checks, request: pb.CreateKeyRequest | pb.UpdateKeyRequest) -> datetime | None:
        if not request.HasField("expire_time"):
            return None
        return rules.check_expiry(check, request.expire_time, await self._store.now())

    def _derive(self, key_id: str, claimed: Claim, generation: int) -> str:
        return _derived(self._server_secrets[0], key_id, claimed, generation)

    def _shown(self, key: Secured, claimed: Claim | None, text: str) -> str:
        """Give the secret that was just made; for a request with an id that may have been by an earlier try of it."""
        if claimed is None:
            return text
        for server_secret in self._server_secrets:
            derived = _derived(server_secret, key.key.id, claimed, key.generation)
            if secret.matches(secret.hash_of(derived), key.secret_hash):
                return derived
        raise claim.replaced(claimed.request_id)


def _derived(server_secret: str, key_id: str, claimed: Claim, generation: int) -> str:
    return secret.derive(server_secret, key_id, claimed.rpc, claimed.key_id, claimed.request_id, generation)


def _check_id(check: Checks, key_id: str) -> None:
    check.text("id", key_id, least=1, most=rules.MAX_TEXT)


def _check_texts(
    check: Checks, request: pb.CreateKeyRequest | pb.UpdateKeyRequest, paths: Sequence[str] = FIELDS
) -> None:
    if "display_name" in paths:
        check.text("display_name", request.display_name, least=1, most=rules.MAX_TEXT)
    if "owner" in paths:
        check.text("owner", request.owner, most=rules.MAX_TEXT)


def _check_paths(check: Checks, request: pb.UpdateKeyRequest) -> list[str]:
    """Give the fields to change; a mask without paths counts as absent, and names those that are set."""
    named = set(request.update_mask.paths)
    if not named:
        named = {field.name for field, _ in request.ListFields()} - {"id", "update_mask"}
    if not named.issubset(FIELDS):
        check.fail("update_mask", f"may name {', '.join(FIELDS)}, and nothing else")
    return [field for field in FIELDS if field in named]


def _after(page_token: str, filters: Sequence[str]) -> str | None:
    after = paging.from_token(page_token, filters, (str,))
    if after is None:
        return None
    if not secret.is_id(after[0]):
        raise checks.invalid(errors.Violation("page_token", "must be the next_page_token of an answer"))
    return after[0]
