"""Signatures are those of Standard Webhooks, and secrets those of one project and one generation."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import standardwebhooks

from services.webhooks.signing import Generation, Signer

PROJECT = UUID(int=1)
FIRST = Generation(1, None)
MOMENT = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)


def test_the_vector_of_the_standard() -> None:
    signature = standardwebhooks.Webhook("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_tell() -> None:
    signer, now = Signer(["s" * 32]), datetime.now(UTC)
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(PROJECT, FIRST, "m1", now, '{"a": "ä"}'),
    }
    verifier = standardwebhooks.Webhook(signer.secret(PROJECT, 1))
    assert verifier.verify('{"a": "ä"}', headers) == {"a": "ä"}


def test_secrets_differ_and_stay() -> None:
    signer = Signer(["s" * 32])
    secrets = {signer.secret(uuid4(), 1), signer.secret(PROJECT, 1), signer.secret(PROJECT, 2)}
    assert len(secrets | {Signer(["t" * 32]).secret(PROJECT, 1)}) == 4
    assert Signer(["s" * 32]).secret(PROJECT, 1) in secrets
    assert all(secret.startswith("whsec_") and len(secret) == 6 + 44 for secret in secrets)


def test_while_secrets_change_all_of_them_sign() -> None:
    signer = Signer(["new" * 11, "old" * 11])
    rotated = Generation(2, datetime.now(UTC) + timedelta(hours=1))
    assert rotated.alive == (2, 1)
    assert Generation(2, datetime.now(UTC) - timedelta(seconds=1)).alive == (2,)
    signed = signer.sign(PROJECT, rotated, "m1", MOMENT, "{}").split(" ")
    expected = [
        standardwebhooks.Webhook(Signer([server]).secret(PROJECT, number)).sign("m1", MOMENT, "{}")
        for number in (2, 1)
        for server in ("new" * 11, "old" * 11)
    ]
    assert signed == expected
