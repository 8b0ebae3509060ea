"""Makes of a model's answer the output of a run, as its version's format has it."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from services.prompts.resolver import Format
from services.providers.base import ChatAnswer
from services.runs import outputs
from services.runs.failure import Failure
from services.runs.outputs import NotRead
from services.schemas import SchemaChecker

OUTPUT = "output"
# Why a model stopped that was not done.
CUT_OFF = frozenset({"length", "max_tokens", "content_filter"})
# Longer texts are read in a thread, so that others go on meanwhile.
LONG = 64 * 1024


class OutputReader:
    """Reads outputs. Whatever a model gives is an output: one that is not what it must be has an error."""

    def __init__(self, schemas: SchemaChecker) -> None:
        self._schemas = schemas

    async def read(self, form: Format, answer: ChatAnswer) -> Mapping[str, Any]:
        """Give the output as its column has it."""
        text = answer.text
        if form.kind == "text":
            return {"name": OUTPUT, "text": text}
        read = outputs.to_list if form.kind == "list" else outputs.to_json
        output = {"name": OUTPUT, "text": text, "format": form.kind}
        cut = _find_cut(answer)
        if cut is not None and form.kind == "json":
            return {**output, "error": asdict(cut)}
        try:
            json = await asyncio.to_thread(read, text) if len(text) > LONG else read(text)
        except NotRead as error:
            return {**output, "error": asdict(Failure("OUTPUT_NOT_JSON", str(error)))}
        fault = cut or await self._find_fault(form, json)
        if fault is None:
            return {**output, "json": json}
        # What came of a list is of use without the rest.
        return {**output, **({"json": json} if form.kind == "list" else {}), "error": asdict(fault)}

    async def _find_fault(self, form: Format, json: Any) -> Failure | None:
        if form.schema is None:
            return None
        fault = await self._schemas.find_fault(form.schema, orjson.dumps(json).decode())
        return None if fault is None else Failure("OUTPUT_BREAKS_SCHEMA", fault.message, path=fault.path)


def _find_cut(answer: ChatAnswer) -> Failure | None:
    if answer.finish_reason not in CUT_OFF:
        return None
    metadata = {"finish_reason": answer.finish_reason}
    return Failure("OUTPUT_CUT_OFF", "the model stopped before it was done; raise its limit of tokens", metadata)
