"""The comments of the .proto files, which generated code leaves out: the descriptions in the API's documents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

_COMMENT = re.compile(r"\s*//\s?(.*)")
_BLOCK = re.compile(r"\s*(?:message|enum|service|oneof)\s+(\w+)\s*\{(\s*\})?")
_RPC = re.compile(r"\s*rpc\s+(\w+)")
_VALUE = re.compile(r"\s*(?:(?:optional|repeated)\s+)?(?:[\w.]+(?:<[\w\s,.]+>)?\s+)?(\w+)\s*=\s*\d+")
_PACKAGE = "promptwire.v1"


@dataclass(frozen=True, slots=True)
class Comments:
    """Texts by full name, such as `promptwire.v1.Key.id`."""

    texts: Mapping[str, str]

    @classmethod
    def read(cls) -> "Comments":
        """Read the .proto files, which are packed beside the code that is generated from them."""
        texts: dict[str, str] = {}
        for file in resources.files(_PACKAGE).iterdir():
            if file.name.endswith(".proto"):
                texts.update(_read(file.read_text()))
        return cls(texts)

    def of(self, full_name: str) -> str:
        """Give the comment of a message, a field, an enum, one of its values, or an RPC; empty when it has none."""
        return self.texts.get(full_name, "")


def _read(source: str) -> dict[str, str]:
    """Read one file: a comment belongs to the line after it, whose full name is that of the blocks around it."""
    texts: dict[str, str] = {}
    scope: list[str] = []
    pending: list[str] = []
    for line in source.splitlines():
        comment = _COMMENT.fullmatch(line)
        if comment:
            pending.append(comment[1])
            continue
        named = _BLOCK.match(line) or _RPC.match(line) or _VALUE.match(line)
        if named:
            texts[".".join([_PACKAGE, *filter(None, scope), named[1]])] = _joined(pending)
        _move(scope, line, named)
        pending = []
    return texts


def _move(scope: list[str], line: str, named: re.Match[str] | None) -> None:
    """Enter or leave a block. The members of a oneof, and the values of an enum, are named by what is around it."""
    if named is not None and line.rstrip().endswith("{"):
        scope.append("" if line.split(maxsplit=1)[0] in ("oneof", "enum") else named[1])
    elif line.strip() == "}":
        scope.pop()


def _joined(lines: list[str]) -> str:
    """Join what is wrapped; an empty line ends a paragraph, and an indented one stays on its own."""
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(r"(?<=\S)\n(?=\S)", " ", text).strip()
