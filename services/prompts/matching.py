"""Finds the versions of a document again among those that a prompt has: by content, in order."""

from collections.abc import Sequence

import orjson

from promptwire import values
from promptwire.v1.prompt_pb2 import Version
from services.prompts import formats


def key(version: Version) -> bytes:
    """Give what two versions of equal content have in common; the commit message is no part of it."""
    content = [
        [values.from_value(message) for message in version.messages],
        [variable.SerializeToString(deterministic=True).hex() for variable in version.variables],
        [image.description for image in version.images],
        version.provider,
        version.model,
        values.from_struct(version.parameters),
        values.from_struct(version.graph),
        formats.kind_of(version.output_format),
        values.from_struct(version.output_format.schema),
    ]
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def match(wanted: Sequence[bytes], present: Sequence[bytes]) -> list[int | None]:
    """Give for each wanted key the index of the present one that it is, or None.

    What is found stands in the same order on both sides. So a version that came back to an earlier content is found as
    often as it is there, and a document that was imported is found whole.
    """
    found: list[int | None] = []
    start = 0
    for one in wanted:
        index = next((index for index in range(start, len(present)) if present[index] == one), None)
        found.append(index)
        start = start if index is None else index + 1
    return found
