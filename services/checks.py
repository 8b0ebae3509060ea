"""Checks of a request's fields: all faults are gathered, then refused together."""

import re
from collections.abc import Collection
from types import TracebackType
from typing import Self
from uuid import UUID

from services import errors

# How many faults the message names; the error's details name all that fit.
SAID = 5

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def parse_uuid(text: str) -> UUID | None:
    """Read the 36 character form of a UUID, and no other spelling; None when it is not one."""
    return UUID(text) if _UUID.fullmatch(text) else None


class Checks:
    """Gathers faults; leaving the block raises InvalidArgument with every one of them, in the order found."""

    def __init__(self, within: str = "", faults: list[errors.Violation] | None = None) -> None:
        self._within = within
        self._faults: list[errors.Violation] = [] if faults is None else faults

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is None and self._faults:
            raise invalid(*self._faults)

    def fail(self, field: str, message: str, reason: str = "FIELD_INVALID") -> None:
        """Note a fault of `field`, a path as in the proto."""
        self._faults.append(errors.Violation(self._within + field, message, reason))

    @property
    def path(self) -> str:
        """What the fields stand behind."""
        return self._within

    def within(self, path: str) -> "Checks":
        """Give checks of a part of the request: their fields stand behind `path`, their faults are gathered here."""
        return Checks(f"{self._within}{path}.", self._faults)

    def text(self, field: str, value: str, *, most: int, least: int = 0) -> None:
        """Ask for `least` to `most` characters without U+0000, which Postgres cannot hold."""
        if len(value) < least:
            self.fail(field, "is required" if least == 1 else f"must have at least {least} characters")
        elif len(value) > most:
            self.fail(field, f"must have at most {most} characters; it has {len(value)}")
        elif "\0" in value:
            self.fail(field, "must not contain U+0000")

    def number(self, field: str, value: int, *, least: int, most: int) -> None:
        """Ask for a number from `least` to `most`."""
        if not least <= value <= most:
            self.fail(field, f"must be from {least} to {most}; it is {value}")

    def count(self, field: str, values: Collection[object], *, most: int, least: int = 0) -> None:
        """Ask for `least` to `most` items."""
        if not least <= len(values) <= most:
            self.fail(field, f"must have {least} to {most} items; it has {len(values)}")

    def uuid(self, field: str, value: str) -> UUID:
        """Ask for a UUID, and give it; after a fault, a nil one that the end of the block keeps from being used."""
        found = parse_uuid(value)
        if found is None:
            self.fail(field, "must be a UUID of 36 characters")
        return found or UUID(int=0)

    def page_size(self, value: int) -> int:
        """Give the number of items to answer: 50 for 0, else 1 to 1000."""
        self.number("page_size", value, least=0, most=1000)
        return value or 50


def invalid(*faults: errors.Violation) -> errors.InvalidArgument:
    """Make the error for one or more faults; its reason and field are those of the first."""
    message = "; ".join(f"{fault.field}: {fault.message}" for fault in faults[:SAID])
    more = f"; and {len(faults) - SAID} more faults" if len(faults) > SAID else ""
    return errors.InvalidArgument(
        faults[0].reason, message + more, metadata={"field": faults[0].field}, violations=faults
    )
