"""The headers `Accept` and `Accept-Encoding`: what a caller takes, and how gladly."""

from collections.abc import Iterable


def qualities(headers: Iterable[str]) -> dict[str, float]:
    """Give the quality, 0 to 1, of each name in lower case, from the headers of one name."""
    found: dict[str, float] = {}
    for part in ",".join(headers).lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        found.setdefault(name, _quality(parameters))
    return found


def _quality(parameters: list[str]) -> float:
    quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return float(quality)
    except ValueError:
        return 0
