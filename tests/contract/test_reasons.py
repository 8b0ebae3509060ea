"""Every reason of the contract is given somewhere, every one that is given is in the contract, each with an example."""

import json
import re
from pathlib import Path

from promptwire.v1 import error_reason_pb2

PREFIX = "ERROR_REASON_"
NAMES = {name.removeprefix(PREFIX) for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name} - {"UNSPECIFIED"}
GIVEN = re.compile(
    r"""
    (?:InvalidArgument|Unauthenticated|PermissionDenied|NotFound|AlreadyExists|FailedPrecondition|ResourceExhausted
    |Unavailable|ProviderError|Failure|__init__)\(\s*"([A-Z_]+)"
""",
    re.VERBOSE,
)


def sources(repository: Path) -> str:
    """Give the text of all handwritten sources of the services."""
    return "\n".join(file.read_text() for file in sorted((repository / "services").rglob("*.py")))


def test_every_reason_is_given_somewhere(repository: Path) -> None:
    text = sources(repository)
    assert [name for name in sorted(NAMES) if f'"{name}"' not in text] == []


def test_every_given_reason_is_in_the_contract(repository: Path) -> None:
    given = set(GIVEN.findall(sources(repository)))
    assert len(given) > 20
    assert given - NAMES == set()


def test_every_reason_is_documented_with_an_example(repository: Path) -> None:
    text = (repository / "protos/promptwire/v1/error_reason.proto").read_text()
    for name in NAMES:
        comment = text[: text.index(f"  {PREFIX}{name} =")].rsplit("\n\n", 1)[-1]
        [example] = re.findall(r"//     (\{.*\})", comment)
        assert json.loads(example)["reason"] == name
