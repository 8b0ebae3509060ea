"""`python -m facade.documents NAME FILE...`: prints saved answers of another API as a document to import.

What the document leaves out is told on standard error.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from facade.dialects.bifrost import document as bifrost

STDIN = "-"

# Gives a document, and a line about each thing that it leaves out. Raises ValueError.
Convert = Callable[[Iterable[object]], tuple[dict[str, Any], list[str]]]

CONVERTERS: Mapping[str, Convert] = {"bifrost": bifrost.to_document}


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert and exit: 0 done, 1 the files cannot be read, 2 asked wrongly."""
    parser = argparse.ArgumentParser(prog="promptwire import --from", description="Make a document of saved answers.")
    parser.add_argument("name", metavar="NAME", choices=sorted(CONVERTERS), help=f"one of {', '.join(CONVERTERS)}")
    parser.add_argument("files", metavar="FILE", nargs="+", help="JSON, as the API answered it; - is standard input")
    parsed = parser.parse_args(arguments)
    try:
        document, notes = convert(CONVERTERS[parsed.name], parsed.files)
    except ValueError as error:
        sys.exit(f"promptwire: {error}")
    except OSError as error:
        sys.exit(f"promptwire: {error.filename}: {error.strerror}")
    for note in notes:
        print(f"promptwire: {note}", file=sys.stderr)
    # Escaped, so that it is the same in every locale.
    print(json.dumps(document))


def convert(to_document: Convert, files: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Read the files and convert them. Raises ValueError that names the file, OSError."""
    answers = [_read(file) for file in files]
    for file, answer in zip(files, answers, strict=True):
        try:
            to_document([answer])
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
    return to_document(answers)


def _read(file: str) -> object:
    data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON: {error}") from None


if __name__ == "__main__":
    main()
