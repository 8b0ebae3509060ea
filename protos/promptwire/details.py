"""`buf curl ... 2>&1 | python -m promptwire.details` prints an error with the details decoded that buf does not."""

import base64
import json
import sys
from typing import Any

from google.protobuf import json_format, symbol_database
from google.rpc import error_details_pb2

# Importing it is what makes its messages known by name.
assert error_details_pb2.DESCRIPTOR


def decode(error: dict[str, Any]) -> dict[str, Any]:
    """Give an error in Connect's JSON (`code`, `message`, `details`) with every detail of a known type as JSON."""
    return {**error, "details": [_decode(detail) for detail in error.get("details", [])]}


def _decode(detail: dict[str, str]) -> dict[str, Any]:
    try:
        message = symbol_database.Default().GetSymbol(detail["type"])()
    except KeyError:
        return dict(detail)
    value = detail["value"]
    message.ParseFromString(base64.b64decode(value + "=" * (-len(value) % 4)))
    return {"type": detail["type"], "value": json_format.MessageToDict(message)}


def main() -> None:
    """Read what buf printed. What is not an error, such as an answer, is printed as it is."""
    text = sys.stdin.read()
    try:
        answer = json.loads(text)
    except json.JSONDecodeError:
        sys.exit(text)
    print(json.dumps(decode(answer) if "details" in answer else answer, indent=2))


if __name__ == "__main__":
    main()
