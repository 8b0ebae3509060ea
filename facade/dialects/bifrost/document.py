"""Answers of a Bifrost server, saved by its users, as a document that ImportPrompts takes.

The same answers give the same document, under ids that follow from theirs: an import that is repeated adds nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

# What the server sets, or refuses since it leads requests elsewhere. The services have the same list.
RESERVED = (
    *("messages", "model", "n", "stream", "stream_options"),
    *("api_base", "api_key", "base_url", "extra_body", "extra_headers", "extra_query"),
)
_KEYS = ("folders", "prompts", "versions", "folder", "prompt", "version")
_MAX_MILLISECONDS = 2**48 - 1

Json = Mapping[str, Any]


class Unreadable(ValueError):
    """JSON that is no answer of the API's folders, prompts or versions; the message says why."""


class Answers:
    """What answers hold, each thing once: folders and prompts by id, versions by prompt and number."""

    def __init__(self) -> None:
        self.folders: dict[str, Json] = {}
        self.prompts: dict[str, Json] = {}
        self.versions: dict[tuple[str, int], Json] = {}

    def add(self, answer: object) -> None:
        """Take in an answer. Raises Unreadable."""
        found = [(key, answer[key]) for key in _KEYS if key in answer] if isinstance(answer, dict) else []
        if not found:
            raise Unreadable(f"it is no answer with {', '.join(_KEYS)}{_refusal(answer)}")
        takers = {"folder": self._add_folder, "prompt": self._add_prompt, "version": self._add_version}
        for key, held in found:
            take = takers[key.removesuffix("s")]
            for item in _list(held, key) if key.endswith("s") else [held]:
                take(_object(item, key))

    def _add_folder(self, folder: Json) -> None:
        key = _text(folder, "id")
        self.folders[key] = max(self.folders.get(key, folder), folder, key=_last_change)

    def _add_prompt(self, prompt: Json) -> None:
        key = _text(prompt, "id")
        self.prompts[key] = max(self.prompts.get(key, prompt), prompt, key=_last_change)
        if prompt.get("folder") is not None:
            self._add_folder(_object(prompt["folder"], "folder"))
        latest = prompt.get("latest_version")
        for version in [*_list(prompt.get("versions"), "versions"), *([latest] if latest is not None else [])]:
            self._add_version(_object(version, "version"))

    def _add_version(self, version: Json) -> None:
        key = _text(version, "prompt_id"), _number(version, "version_number")
        # A number may have been used again after a delete; and some answers leave the messages out.
        self.versions[key] = max(self.versions.get(key, version), version, key=_worth)
        if version.get("prompt") is not None:
            self._add_prompt(_object(version["prompt"], "prompt"))


def to_document(answers: Iterable[object]) -> tuple[dict[str, Any], list[str]]:
    """Give the document, and a line about each thing that it leaves out. Raises Unreadable."""
    held, notes = Answers(), list[str]()
    for answer in answers:
        held.add(answer)
    by_prompt: dict[str, list[Json]] = {old_id: [] for old_id in held.prompts}
    for (old_id, number), version in sorted(held.versions.items()):
        if old_id in by_prompt:
            by_prompt[old_id].append(version)
        else:
            notes.append(f"version {number} of prompt {old_id} is left out: no file has the prompt itself")
    document = {
        "folders": [_folder(folder) for folder in _by_age(held.folders)],
        "prompts": [_prompt(prompt, by_prompt[prompt["id"]], held.folders, notes) for prompt in _by_age(held.prompts)],
    }
    return document, notes


def _folder(folder: Json) -> dict[str, Any]:
    described = {} if folder.get("description") is None else {"description": _text(folder, "description")}
    return {"id": _id_of(folder), "name": _text(folder, "name"), **described, **_created(folder)}


def _prompt(prompt: Json, versions: Iterable[Json], folders: Mapping[str, Json], notes: list[str]) -> dict[str, Any]:
    folder_id = prompt.get("folder_id") or ""
    if folder_id and folder_id not in folders:
        notes.append(f"prompt {prompt['id']} goes to the root: no file has its folder {folder_id}")
    return {
        "id": _id_of(prompt),
        "alias": prompt["id"],
        "name": _text(prompt, "name"),
        "folderId": _id_of(folders[folder_id]) if folder_id in folders else "",
        **_created(prompt),
        "versions": [_version(version, notes) for version in versions],
    }


def _version(version: Json, notes: list[str]) -> dict[str, Any]:
    number = _number(version, "version_number")
    where = f"version {number} of prompt {version['prompt_id']}"
    rows = [_object(row, "messages") for row in _list(version.get("messages"), "messages")]
    variables = _object(version.get("variables") or {}, "variables")
    return {
        "id": _to_id(f"{version['prompt_id']}/{number}/{version.get('created_at', '')}", version),
        "number": str(number),
        "messages": [row.get("message") for row in sorted(rows, key=lambda row: _number(row, "order_index"))],
        "variables": [{"name": name, "type": "TYPE_TEXT", "required": True} for name in sorted(variables)],
        "provider": _text(version, "provider", ""),
        "model": _text(version, "model", ""),
        "parameters": _parameters(version, where, notes),
        "commitMessage": _text(version, "commit_message", ""),
        **_created(version),
    }


def _parameters(version: Json, where: str, notes: list[str]) -> dict[str, Any]:
    given = _object(version.get("model_params") or {}, "model_params")
    notes += [f"{where}: {name} of model_params is left out" for name in given if name in RESERVED]
    return {name: value for name, value in given.items() if name not in RESERVED}


def _created(thing: Json) -> dict[str, str]:
    time = _time(thing)
    return {} if time is None else {"createTime": time.ToJsonString()}


def _id_of(thing: Json) -> str:
    return _to_id(_text(thing, "id"), thing)


def _to_id(seed: str, thing: Json) -> str:
    """Make a UUIDv7, which sorts by when the thing was created, and whose random bits follow from the seed."""
    time = _time(thing)
    milliseconds = min(max(time.ToMilliseconds() if time else 0, 0), _MAX_MILLISECONDS)
    random = int.from_bytes(hashlib.sha256(seed.encode(errors="surrogatepass")).digest()[:10])
    high = 0x7000 | random >> 62 & 0xFFF
    low = 1 << 63 | random & (1 << 62) - 1
    return str(UUID(int=milliseconds << 80 | high << 64 | low))


def _time(thing: Json, name: str = "created_at") -> Timestamp | None:
    time = Timestamp()
    try:
        time.FromJsonString(_text(thing, name, ""))
        # Some moments can be read and not be written.
        time.ToJsonString()
    except (ValueError, OverflowError):
        return None
    return time


def _worth(version: Json) -> tuple[int, bool]:
    time = _time(version)
    return time.ToNanoseconds() if time else 0, bool(version.get("messages"))


def _last_change(thing: Json) -> int:
    time = _time(thing, "updated_at")
    return time.ToNanoseconds() if time else 0


def _by_age(things: Mapping[str, Json]) -> list[Json]:
    return sorted(things.values(), key=_id_of)


def _refusal(answer: object) -> str:
    """Tell what a refused call was told, which is what a client saves who does not look."""
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return f", but the refusal {message!r}" if isinstance(message, str) else ""


def _object(value: object, what: str) -> Json:
    if not isinstance(value, dict):
        raise Unreadable(f"{what} must hold a JSON object")
    return value


def _list(value: object, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"{what} must be a list")
    return value


def _text(thing: Json, name: str, default: str | None = None) -> str:
    value = thing.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        raise Unreadable(f"{name} must be a text")
    return value


def _number(thing: Json, name: str) -> int:
    value = thing.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{name} must be a whole number")
    return value
