"""The header `Prefer` (RFC 7240): how long a caller would wait for its run, or whether it would not wait at all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# A quoted text that does not end ends with the header, so that each character is read but once.
_PREFERENCE = re.compile(r'(?:"(?:\\.?|[^"\\])*+(?:"|$)|[^",])+', re.DOTALL)
_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Prefer:
    """What a caller prefers: an answer before the run's end, and the seconds to wait for that end. None: not said."""

    respond_async: bool = False
    wait: float | None = None

    @classmethod
    def read(cls, headers: Iterable[str], most: float) -> "Prefer":
        """Read the headers; what is unknown or makes no sense is ignored, and a longer wait is cut to `most` (s)."""
        given = _read(headers)
        return cls("respond-async" in given, _seconds(given.get("wait", ""), most))

    @property
    def detached(self) -> bool:
        """Whether the caller would have its answer at once."""
        return self.respond_async and self.wait is None

    @property
    def applied(self) -> dict[str, str]:
        """The header that tells what was followed; none when nothing was preferred."""
        words = ["respond-async"] if self.respond_async else []
        words += [f"wait={self.wait:g}"] if self.wait is not None else []
        return {"Preference-Applied": ", ".join(words)} if words else {}


def _read(headers: Iterable[str]) -> Mapping[str, str]:
    """Give the value of each preference by its name in lower case; of several of a name the first counts."""
    found: dict[str, str] = {}
    for preference in _PREFERENCE.findall(",".join(headers)):
        name, _, value = preference.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _seconds(text: str, most: float) -> float | None:
    if not _DIGITS.fullmatch(text):
        return None
    digits = text.lstrip("0") or "0"
    return min(int(digits), most) if len(digits) < 5 else most
