"""Schemas are checked with all their faults' places, nothing is fetched, and no schema hangs who asks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.schemas import TOO_DEAR, Fault, SchemaChecker

OBJECT = {"type": "object", "properties": {"a/b": {"type": "integer", "maximum": 5}}, "required": ["a/b"]}


@pytest.fixture(scope="module")
async def checker() -> AsyncIterator[SchemaChecker]:
    checker = SchemaChecker()
    yield checker
    await checker.close()


def doubling(depth: int) -> dict[str, Any]:
    """Make a schema that is checked twice for each level: 2^depth times."""
    levels: dict[str, Any] = {
        f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}, {"$ref": f"#/$defs/a{i + 1}"}]} for i in range(depth)
    }
    return {"$defs": levels | {f"a{depth}": {"type": "integer"}}, "$ref": "#/$defs/a0"}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        OBJECT,
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"$ref": "#"},
        {"type": "array", "items": {"$ref": "#"}},
        {"pattern": "^[a-z]+$"},
    ],
)
async def test_a_schema_that_can_be_used(checker: SchemaChecker, schema: dict[str, Any]) -> None:
    assert await checker.find_schema_fault(schema) is None


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "foo"}, "/type: "),
        ({"properties": {"a": {"minLength": "x"}}}, "/properties/a/minLength: "),
        ({"$ref": "#/$defs/none"}, "/$defs/none"),
        ({"$ref": "http://127.0.0.1:1/schema"}, "can refer to itself alone"),
        ({"$ref": "file:///etc/passwd"}, "can refer to itself alone"),
        ({"$dynamicRef": "https://example.com/schema"}, "retrieving it failed"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "2020-12"),
        # Neither what is not linear in time nor what takes all memory.
        ({"pattern": "(?=a)b"}, "/pattern: "),
        ({"pattern": "(a)\\1"}, "/pattern: "),
        ({"pattern": "(a{1000}){1000}"}, "/pattern: "),
    ],
)
async def test_a_schema_that_cannot(checker: SchemaChecker, schema: dict[str, Any], words: str) -> None:
    fault = await checker.find_schema_fault(schema)
    assert fault is not None
    assert words in fault


async def test_a_fault_is_told_with_its_place(checker: SchemaChecker) -> None:
    assert await checker.find_fault(OBJECT, '{"a/b": 5}') is None
    assert await checker.find_fault(OBJECT, '{"a/b":\n 7}') == Fault("/a~1b", "7 is greater than the maximum of 5")
    assert await checker.find_fault(OBJECT, "{}") == Fault("", '"a/b" is a required property')


async def test_no_schema_holds_anybody_up(checker: SchemaChecker) -> None:
    patterns = {"anyOf": [{"pattern": f"(a{{{90 + i % 10}}}){{90}}{i}"} for i in range(3000)]}
    assert await checker.find_schema_fault(patterns) == TOO_DEAR
    assert await checker.find_schema_fault(doubling(60)) is None
    assert await checker.find_fault(doubling(60), "3") == Fault("", TOO_DEAR)
    # One that is checked behind it does not feel it.
    faults = [checker.find_fault(doubling(60), "3"), *(checker.find_fault(OBJECT, '{"a/b": 1}') for _ in range(5))]
    assert await asyncio.gather(*faults) == [Fault("", TOO_DEAR), None, None, None, None, None]


async def test_who_leaves_does_not_leave_an_answer_to_the_next_one(checker: SchemaChecker) -> None:
    asking = asyncio.create_task(checker.find_fault(OBJECT, "{}"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await checker.find_fault(OBJECT, '{"a/b": 1}') is None


async def test_a_process_that_died_is_started_again() -> None:
    checker = SchemaChecker()
    assert await checker.find_fault({}, "1") is None
    assert checker._process is not None
    checker._process.kill()
    await checker._process.wait()
    assert await checker.find_fault({}, "1") is None
    await checker.close()
