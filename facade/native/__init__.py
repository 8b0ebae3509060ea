"""The native API: every RPC as REST below `/api`, in canonical proto JSON, with problem details for errors."""

from facade.dialect import Call, Dialect, Handler, Reply, Route, bearer
from facade.native import openapi, problems
from facade.native.comments import Comments
from facade.native.reader import Reader
from facade.native.requests import to_request
from facade.native.routes import TABLE, Row
from facade.native.schemas import Schemas
from facade.native.writer import Writer
from facade.problem import Problem


def dialect(comments: Comments) -> Dialect:
    """Make the dialect. It takes every path, so it comes last."""
    reader, writer, schemas = Reader(), Writer(), Schemas(TABLE, comments)
    return Dialect(
        name="Native",
        description="Every RPC of the services as REST, in canonical proto JSON.",
        prefixes=("",),
        routes=tuple(
            Route(row.method, row.path, _handler(row, reader, writer), openapi.operation(row, schemas)) for row in TABLE
        ),
        secret=bearer,
        envelope=problems.envelope,
        schemas=schemas.all() | {"Problem": openapi.PROBLEM},
    )


def _handler(row: Row, reader: Reader, writer: Writer) -> Handler:
    async def handle(call: Call) -> Reply:
        request = await to_request(row, reader, call)
        try:
            response = await call.rpc(row.stub(call.core), request, row.seconds(call.core))
        except Problem as raised:
            raise problems.localised(row, raised) from None
        return Reply(200, writer.write(response))

    return handle
