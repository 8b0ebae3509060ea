"""KeyService over a real database: who may do what to which key, and what is answered."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from promptwire.v1.key_pb2 import Key
from services import errors
from services.db import Database
from services.keys import secret
from services.keys.servicer import KeyServicer
from services.keys.store import KeyStore
from services.keys.verifier import Verifier
from tests.services.keys.calling import As, Made
from tests.services.keys.conftest import SERVER_SECRET, Make

CHANGES = {"UpdateKey": {"display_name": "changed"}, "RegenerateKey": {}, "RevokeKey": {}}


def _in(**span: float) -> Timestamp:
    time = Timestamp()
    time.FromDatetime(datetime.now(UTC) + timedelta(**span))
    return time


def _fields(error: errors.ServiceError) -> list[str]:
    return [fault.field for fault in error.violations]


# CreateKey


async def test_a_new_key_works_and_shows_what_was_asked(admin: Made, verifier: Verifier) -> None:
    expiry = _in(days=1)
    created = await admin.service.CreateKey(
        display_name="search",
        owner="team a",
        scopes=["runs:write", "prompts:read"],
        expire_time=expiry,
        omit_payloads=True,
        requests_per_minute=100,
        concurrent_runs=4,
    )

    key = created.key
    assert created.secret.startswith(key.prefix + "_")
    assert key == Key(
        id=key.id,
        display_name="search",
        owner="team a",
        project="default",
        prefix=f"pw_{key.id}",
        scopes=["prompts:read", "runs:write"],
        omit_payloads=True,
        requests_per_minute=100,
        concurrent_runs=4,
        create_time=key.create_time,
        expire_time=expiry.ToDatetime(),
    )
    assert abs(key.create_time.ToDatetime(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    caller = await verifier.verify(created.secret)
    assert caller.scopes == {"runs:write", "prompts:read"}
    assert caller.omit_payloads
    assert (caller.requests_per_minute, caller.concurrent_runs) == (100, 4)
    assert caller.project_id == admin.caller.project_id


async def test_every_fault_of_a_new_key_is_listed(admin: Made) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await admin.service.CreateKey(
            display_name="",
            owner="x" * 256,
            scopes=["runs:write", "fly"],
            expire_time=_in(seconds=-1),
            requests_per_minute=-1,
            concurrent_runs=100_001,
            project=" a",
            request_id="x" * 256,
        )

    limits = ["requests_per_minute", "concurrent_runs"]
    texts = ["project", "request_id"]
    assert _fields(caught.value) == ["display_name", "owner", "scopes[1]", "expire_time", *limits, *texts]


@pytest.mark.parametrize("scope", ["runs:read", "operator"])
async def test_only_held_scopes_are_granted(make: Make, scope: str) -> None:
    granting = await make("keys:write", "runs:write")

    with pytest.raises(errors.PermissionDenied) as caught:
        await granting.service.CreateKey(display_name="x", scopes=["runs:write", scope])

    assert caught.value.metadata == {"scope": scope}


async def test_only_operators_name_a_project(admin: Made, operator: Made, store: KeyStore) -> None:
    with pytest.raises(errors.PermissionDenied) as caught:
        await admin.service.CreateKey(display_name="x", scopes=["runs:read"], project="search")
    created = await operator.service.CreateKey(display_name="x", scopes=["runs:read"], project="search")
    another = await operator.service.CreateKey(display_name="y", scopes=["runs:read"], project="search")

    assert caught.value.metadata == {"scope": "operator"}
    assert created.key.project == another.key.project == "search"
    assert await store.create_project("search") != operator.caller.project_id


# Request ids


async def test_a_retry_gets_the_same_key_and_secret(admin: Made, store: KeyStore) -> None:
    asked = {"display_name": "x", "scopes": ["runs:read"], "request_id": "a1"}
    answers = await asyncio.gather(*(admin.service.CreateKey(**asked) for _ in range(5)))

    assert all(answer == answers[0] for answer in answers)
    assert len(await store.list(admin.caller.project_id, owner="", after=None, size=10)) == 2


async def test_without_a_request_id_each_request_makes_a_key(admin: Made) -> None:
    asked = {"display_name": "x", "scopes": ["runs:read"]}
    first, second = await admin.service.CreateKey(**asked), await admin.service.CreateKey(**asked)

    assert first.key.id != second.key.id
    assert first.secret[-33:] != second.secret[-33:]


async def test_a_request_id_stands_for_one_content(admin: Made) -> None:
    await admin.service.CreateKey(display_name="x", scopes=["runs:read"], request_id="a1")

    with pytest.raises(errors.AlreadyExists) as caught:
        await admin.service.CreateKey(display_name="y", scopes=["runs:read"], request_id="a1")

    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert caught.value.metadata == {"request_id": "a1"}


async def test_request_ids_of_other_keys_and_rpcs_do_not_meet(admin: Made, make: Make) -> None:
    other = await make()
    first = await admin.service.CreateKey(display_name="x", scopes=["runs:read"], request_id="a1")
    second = await other.service.CreateKey(display_name="y", scopes=["runs:read"], request_id="a1")
    regenerated = await admin.service.RegenerateKey(id=first.key.id, request_id="a1")
    again = await other.service.RegenerateKey(id=first.key.id, request_id="a1")

    assert first.key.id != second.key.id
    assert len({first.secret, regenerated.secret, again.secret}) == 3
    with pytest.raises(errors.AlreadyExists):
        await admin.service.RegenerateKey(id=first.key.id, request_id="a1")


async def test_a_request_id_is_forgotten_after_a_day(admin: Made, database: Database) -> None:
    asked = {"display_name": "x", "scopes": ["runs:read"], "request_id": "a1"}
    first = await admin.service.CreateKey(**asked)
    await database.execute("UPDATE request SET create_time = create_time - interval '23 hours 59 minutes'")
    assert await admin.service.CreateKey(**asked) == first
    await database.execute("UPDATE request SET create_time = create_time - interval '2 minutes'")

    second = await admin.service.CreateKey(**asked)

    assert second.key.id != first.key.id
    assert await admin.service.CreateKey(**asked) == second


async def test_a_refused_request_does_not_use_up_its_id(admin: Made, make: Make) -> None:
    key = await make("runs:read", project="elsewhere")
    for _ in range(2):
        with pytest.raises(errors.NotFound):
            await admin.service.RegenerateKey(id=key.key.id, request_id="a1")

    own = await make("runs:read")
    assert await admin.service.RegenerateKey(id=own.key.id, request_id="a1")


async def test_a_retry_after_the_server_secret_changed(
    admin: Made, store: KeyStore, verifier: Verifier, make: Make
) -> None:
    asked = {"display_name": "x", "scopes": ["runs:read"], "request_id": "a1"}
    created = await admin.service.CreateKey(**asked)
    changed = As(KeyServicer(store, verifier, ["the secret of this test's server, 2", SERVER_SECRET]), admin.caller)
    forgotten = As(KeyServicer(store, verifier, ["the secret of this test's server, 3"]), admin.caller)

    assert await changed.CreateKey(**asked) == created
    with pytest.raises(errors.AlreadyExists):
        await forgotten.CreateKey(**asked)


# GetKey, ListKeys, WhoAmI


async def test_keys_of_other_projects_are_not_there(admin: Made, make: Make) -> None:
    other = await make("runs:read", project="elsewhere")

    for rpc, fields in {"GetKey": {}, **CHANGES}.items():
        with pytest.raises(errors.NotFound) as caught:
            await getattr(admin.service, rpc)(id=other.key.id, **fields)
        assert caught.value.reason == "KEY_NOT_FOUND"
        with pytest.raises(errors.NotFound) as unknown:
            await getattr(admin.service, rpc)(id="000000000000", **fields)
        assert unknown.value.message == caught.value.message


@pytest.mark.parametrize("key_id", ["", "x" * 256, "a\0b"])
async def test_ids_that_no_key_can_have(admin: Made, key_id: str) -> None:
    for rpc in ("GetKey", *CHANGES):
        with pytest.raises(errors.InvalidArgument) as caught:
            await getattr(admin.service, rpc)(id=key_id)
        assert _fields(caught.value)[0] == "id"


async def test_pages_hold_every_key_once_the_newest_first(admin: Made, make: Make) -> None:
    made = [admin.key.id, *[(await make("runs:read", owner="ab"[i % 2])).key.id for i in range(5)]]
    await make("runs:read", project="elsewhere")

    listed, sizes, token = [], [], ""
    while token or not sizes:
        page = await admin.service.ListKeys(page_size=2, page_token=token)
        listed += [key.id for key in page.keys]
        sizes.append(len(page.keys))
        token = page.next_page_token

    assert sizes == [2, 2, 2]
    assert listed == made[::-1]
    owned = await admin.service.ListKeys(owner="b")
    assert [key.id for key in owned.keys] == [made[4], made[2]]
    assert not owned.next_page_token


async def test_pages_do_not_shift_when_keys_share_a_time(admin: Made, make: Make, database: Database) -> None:
    made = {admin.key.id, *[(await make("runs:read")).key.id for _ in range(3)]}
    await database.execute("UPDATE key SET create_time = now()")

    first = await admin.service.ListKeys(page_size=2)
    second = await admin.service.ListKeys(page_size=2, page_token=first.next_page_token)

    assert {key.id for key in [*first.keys, *second.keys]} == made


async def test_a_page_token_belongs_to_its_list(admin: Made, make: Make) -> None:
    await make("runs:read")
    token = (await admin.service.ListKeys(page_size=1)).next_page_token

    for wrong in ({"page_token": token, "owner": "a"}, {"page_token": "garbage"}, {"page_size": 1001}):
        with pytest.raises(errors.InvalidArgument):
            await admin.service.ListKeys(**wrong)


async def test_who_am_i(admin: Made) -> None:
    answer = await admin.service.WhoAmI()

    assert answer.key == admin.key
    assert answer.project == "default"


# UpdateKey


async def test_without_a_mask_what_is_set_is_changed(admin: Made) -> None:
    created = (await admin.service.CreateKey(display_name="x", owner="o", scopes=["runs:read"])).key
    changed = await admin.service.UpdateKey(id=created.id, display_name="y", omit_payloads=True, concurrent_runs=4)
    same = await admin.service.UpdateKey(id=created.id)

    created.display_name, created.omit_payloads, created.concurrent_runs = "y", True, 4
    assert changed.key == created
    assert same.key == created
    assert (await admin.service.GetKey(id=created.id)).key == created


async def test_a_mask_can_empty_fields(admin: Made) -> None:
    created = (
        await admin.service.CreateKey(
            display_name="x", owner="o", scopes=["runs:read"], omit_payloads=True, expire_time=_in(days=1)
        )
    ).key
    mask = FieldMask(paths=["owner", "expire_time", "omit_payloads"])
    changed = await admin.service.UpdateKey(id=created.id, update_mask=mask, display_name="not named")

    created.owner, created.omit_payloads = "", False
    created.ClearField("expire_time")
    assert changed.key == created


async def test_every_fault_of_a_change_is_listed(admin: Made) -> None:
    mask = FieldMask(paths=["display_name", "scopes", "concurrent_runs", "id", "project"])

    with pytest.raises(errors.InvalidArgument) as caught:
        await admin.service.UpdateKey(id=admin.key.id, update_mask=mask, requests_per_minute=-1, concurrent_runs=-1)

    assert _fields(caught.value) == ["update_mask", "display_name", "scopes", "concurrent_runs"]
    assert "display_name, owner, scopes, expire_time, omit_payloads" in caught.value.message


async def test_limits_are_changed_listed_and_lifted_at_once_here(admin: Made, make: Make, verifier: Verifier) -> None:
    key = await make("runs:write")
    await verifier.verify(key.secret)
    for requests, runs in ((1_000_000, 100_000), (1, 0), (0, 0)):
        mask = FieldMask(paths=["requests_per_minute", "concurrent_runs"])
        await admin.service.UpdateKey(
            id=key.key.id, update_mask=mask, requests_per_minute=requests, concurrent_runs=runs
        )

        listed = next(one for one in (await admin.service.ListKeys()).keys if one.id == key.key.id)
        assert (listed.requests_per_minute, listed.concurrent_runs) == (requests, runs)
        caller = await verifier.verify(key.secret)
        assert (caller.requests_per_minute, caller.concurrent_runs) == (requests, runs)


async def test_other_scopes_count_at_once_here(admin: Made, make: Make, verifier: Verifier) -> None:
    key = await make("runs:read")
    await verifier.verify(key.secret)

    await admin.service.UpdateKey(id=key.key.id, scopes=["runs:write"])

    assert (await verifier.verify(key.secret)).scopes == {"runs:write"}


async def test_no_scope_is_granted_by_a_change_that_is_not_held(make: Make) -> None:
    changing, key = await make("keys:write", "runs:read"), await make("runs:read")

    with pytest.raises(errors.PermissionDenied) as caught:
        await changing.service.UpdateKey(id=key.key.id, scopes=["runs:read", "runs:write"])
    with pytest.raises(errors.PermissionDenied):
        await changing.service.UpdateKey(id=changing.key.id, scopes=["operator"])

    assert caught.value.metadata == {"scope": "runs:write"}


@pytest.mark.parametrize("rpc", CHANGES)
async def test_a_key_with_more_scopes_cannot_be_touched(make: Make, rpc: str) -> None:
    changing = await make("keys:write", "keys:read", "runs:read")
    stronger, equal = await make("keys:write", "prompts:read"), await make("keys:write", "runs:read")

    with pytest.raises(errors.PermissionDenied) as caught:
        await getattr(changing.service, rpc)(id=stronger.key.id, **CHANGES[rpc])
    await getattr(changing.service, rpc)(id=equal.key.id, **CHANGES[rpc])

    assert caught.value.metadata == {"scope": "prompts:read"}
    assert (await changing.service.GetKey(id=stronger.key.id)).key == stronger.key


# RevokeKey


async def test_revoking_again_changes_nothing(admin: Made, make: Make) -> None:
    key = await make("runs:read")
    first = await admin.service.RevokeKey(id=key.key.id)

    assert first.key.HasField("revoke_time")
    assert await admin.service.RevokeKey(id=key.key.id) == first


async def test_a_revoked_key_cannot_be_changed_or_regenerated(admin: Made, make: Make) -> None:
    key = await make("runs:read")
    regenerated = await admin.service.RegenerateKey(id=key.key.id, request_id="a1")
    await admin.service.RevokeKey(id=key.key.id)

    for call in (
        admin.service.UpdateKey(id=key.key.id, owner="me"),
        admin.service.RegenerateKey(id=key.key.id),
        admin.service.RegenerateKey(id=key.key.id, request_id="a1"),
    ):
        with pytest.raises(errors.FailedPrecondition) as caught:
            await call
        assert caught.value.reason == "KEY_ENDED"
    assert regenerated.secret


async def test_a_key_may_end_itself(admin: Made, verifier: Verifier) -> None:
    await verifier.verify(admin.secret)
    await admin.service.RevokeKey(id=admin.key.id)

    with pytest.raises(errors.Unauthenticated) as caught:
        await verifier.verify(admin.secret)
    assert caught.value.reason == "KEY_REVOKED"


# The last operator

WEAKENING = {
    "revoke": ("RevokeKey", {}),
    "take the scope": ("UpdateKey", {"scopes": ["runs:read"]}),
    "give an expiry": ("UpdateKey", {"expire_time": _in(days=1)}),
}


@pytest.mark.parametrize("way", WEAKENING)
async def test_the_last_operator_stays(operator: Made, make: Make, way: str) -> None:
    rpc, fields = WEAKENING[way]
    with pytest.raises(errors.FailedPrecondition) as caught:
        await getattr(operator.service, rpc)(id=operator.key.id, **fields)
    assert caught.value.reason == "LAST_OPERATOR"

    await make("operator", project="elsewhere")
    await getattr(operator.service, rpc)(id=operator.key.id, **fields)


async def test_an_operator_that_will_expire_does_not_stand_in(operator: Made) -> None:
    expiring = await operator.service.CreateKey(display_name="x", scopes=["operator"], expire_time=_in(days=1))

    with pytest.raises(errors.FailedPrecondition):
        await operator.service.RevokeKey(id=operator.key.id)
    await operator.service.UpdateKey(id=operator.key.id, display_name="renamed")
    await operator.service.UpdateKey(id=expiring.key.id, expire_time=_in(hours=1))
    await operator.service.RevokeKey(id=expiring.key.id)


@pytest.mark.parametrize("way", WEAKENING)
async def test_two_operators_cannot_end_each_other_at_once(make: Make, database: Database, way: str) -> None:
    rpc, fields = WEAKENING[way]
    operators = [await make("operator", "runs:read", project=name) for name in ("default", "default", "elsewhere")]
    outcomes = await asyncio.gather(
        *(getattr(one.service, rpc)(id=one.key.id, **fields) for one in operators), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.FailedPrecondition)]
    assert [error.reason for error in refused] == ["LAST_OPERATOR"]
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 2
    [row] = await database.fetch(
        """
        SELECT count(*) AS lasting
        FROM key
        WHERE 'operator' = ANY (scopes) AND revoke_time IS NULL AND expire_time IS NULL
        """
    )
    assert row["lasting"] == 1


# RegenerateKey


async def test_a_regenerated_key_keeps_all_but_its_secret(admin: Made, make: Make, verifier: Verifier) -> None:
    key = await make("runs:read", owner="o")
    await verifier.verify(key.secret)
    regenerated = await admin.service.RegenerateKey(id=key.key.id)

    assert (await verifier.verify(regenerated.secret)).key_id == key.key.id
    with pytest.raises(errors.Unauthenticated) as caught:
        await verifier.verify(key.secret)
    assert caught.value.reason == "KEY_EXPIRED"
    answered = regenerated.key
    answered.ClearField("last_use_time")
    assert answered == key.key


async def test_a_regeneration_is_done_once_for_its_request_id(admin: Made, make: Make, verifier: Verifier) -> None:
    key = await make("runs:read")
    asked = {"id": key.key.id, "request_id": "a1", "grace": Duration(seconds=60)}
    answers = await asyncio.gather(*(admin.service.RegenerateKey(**asked) for _ in range(5)))
    later = await admin.service.RegenerateKey(**asked)

    assert len({answer.secret for answer in [*answers, later]}) == 1
    assert later.key.previous_expire_time == answers[0].key.previous_expire_time
    await verifier.verify(later.secret)
    await verifier.verify(key.secret)
    with pytest.raises(errors.AlreadyExists):
        await admin.service.RegenerateKey(id=key.key.id, request_id="a1")


async def test_a_repeat_after_another_regeneration_is_refused(admin: Made, make: Make) -> None:
    key = await make("runs:read")
    first = await admin.service.RegenerateKey(id=key.key.id, request_id="a1")
    second = await admin.service.RegenerateKey(id=key.key.id, request_id="a2")

    with pytest.raises(errors.AlreadyExists) as caught:
        await admin.service.RegenerateKey(id=key.key.id, request_id="a1")

    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert "replaced" in caught.value.message
    assert first.secret != second.secret


async def test_a_request_id_used_again_after_a_day_gives_a_new_secret(
    admin: Made, make: Make, database: Database
) -> None:
    key = await make("runs:read")
    first = await admin.service.RegenerateKey(id=key.key.id, request_id="a1")
    await database.execute("UPDATE request SET create_time = create_time - interval '25 hours'")

    assert (await admin.service.RegenerateKey(id=key.key.id, request_id="a1")).secret != first.secret


async def test_an_old_secret_works_to_the_end_of_its_grace(
    admin: Made, make: Make, verifier: Verifier, store: KeyStore
) -> None:
    key = await make("runs:read")
    regenerated = await admin.service.RegenerateKey(id=key.key.id, grace=Duration(nanos=700_000_000))
    end = regenerated.key.previous_expire_time.ToDatetime(tzinfo=UTC)

    accepted: list[datetime] = []

    async def use_on() -> None:
        async with asyncio.timeout(10):
            while True:
                asked = await store.now()
                await verifier.verify(key.secret)
                accepted.append(asked)

    with pytest.raises(errors.Unauthenticated) as caught:
        await use_on()

    assert await store.now() >= end
    assert caught.value.reason == "KEY_EXPIRED"
    assert len(accepted) > 1
    assert max(accepted) < end
    assert await verifier.verify(regenerated.secret)


@pytest.mark.parametrize("grace", [Duration(seconds=604801), Duration(seconds=-1)])
async def test_a_grace_out_of_bounds_is_refused(admin: Made, grace: Duration) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await admin.service.RegenerateKey(id=admin.key.id, grace=grace)

    assert _fields(caught.value) == ["grace"]


# What is kept


async def test_no_secret_is_in_the_database(admin: Made, database: Database, verifier: Verifier) -> None:
    secrets = [admin.secret]
    for request_id in ("", "a1"):
        created = await admin.service.CreateKey(display_name="x", scopes=["runs:read"], request_id=request_id)
        regenerated = await admin.service.RegenerateKey(
            id=created.key.id, request_id=request_id, grace=Duration(seconds=60)
        )
        secrets += [created.secret, regenerated.secret]
    for text in secrets[1:]:
        await verifier.verify(text)

    dump = ""
    for table in ("project", "key_route", "key", "request"):
        rows = await database.fetch(f"SELECT {table}::text AS row FROM {table}")
        assert rows
        dump += "\n".join(row["row"] for row in rows)
    for text in secrets:
        drawn = text[-33:-6]
        assert secret.hash_of(text).hex() in dump
        assert drawn not in dump
        assert drawn.encode().hex() not in dump
    assert SERVER_SECRET not in dump
