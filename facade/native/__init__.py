"""The native API: every RPC as REST below `/api`, in canonical proto JSON, with problem details for errors."""

from facade import sse
from facade.dialect import Answered, Call, Dialect, Handler, Route, bearer
from facade.native import openapi, problems
from facade.native.answers import Answers
from facade.native.comments import Comments
from facade.native.reader import Reader
from facade.native.requests import to_request
from facade.native.responses import PROBLEM
from facade.native.routes import TABLE, Row
from facade.native.schemas import Schemas
from facade.native.writer import Writer
from facade.problem import Problem


def dialect(comments: Comments) -> Dialect:
    """Make the dialect. It takes every path, so it comes last."""
    reader, answers, schemas = Reader(), Answers(Writer()), Schemas(TABLE, comments)
    return Dialect(
        name="Native",
        description="Every RPC of the services as REST, in canonical proto JSON.",
        prefixes=("",),
        routes=tuple(
            Route(row.method, row.path, _handler(row, reader, answers), openapi.operation(row, schemas))
            for row in TABLE
        ),
        secret=bearer,
        envelope=problems.envelope,
        schemas=schemas.all() | {"Problem": PROBLEM},
    )


def _handler(row: Row, reader: Reader, answers: Answers) -> Handler:
    streaming = row.streaming

    async def handle(call: Call) -> Answered:
        chosen = streaming if streaming and sse.asked(call.request.headers.getall("Accept", ())) else row
        request = await to_request(chosen, reader, call)
        try:
            return await answers.of(chosen)(chosen, call, request)
        except Problem as raised:
            raise problems.localised(chosen, raised) from None

    return handle
