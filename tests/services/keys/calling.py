"""KeyService as one caller sees it, without a wire between."""

import asyncio
from dataclasses import dataclass
from typing import Any

from promptwire.v1 import key_service_pb2
from promptwire.v1.key_pb2 import Key
from services import caller
from services.caller import Caller
from services.keys.servicer import KeyServicer


@dataclass(frozen=True, slots=True)
class Made:
    """A key that a test made: its secret, whom it stands for, and KeyService as called with it."""

    key: Key
    secret: str
    caller: Caller
    service: "As"


class As:
    """Calls RPCs by name with the fields of the request, each in a context of its own: `await admin.GetKey(id=...)`."""

    def __init__(self, servicer: KeyServicer, me: Caller) -> None:
        self._servicer = servicer
        self._me = me

    def __getattr__(self, rpc: str) -> Any:
        """Give what calls an RPC."""
        make_request = getattr(key_service_pb2, f"{rpc}Request")

        async def call(**fields: object) -> Any:
            caller.enter(self._me)
            return await getattr(self._servicer, rpc)(make_request(**fields), None)

        return lambda **fields: asyncio.create_task(call(**fields))
