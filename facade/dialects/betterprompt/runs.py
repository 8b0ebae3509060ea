"""The body of `POST /v1/runs` as a CreateRunRequest, all its faults found at once. Unknown names are ignored."""

import base64
import re
from typing import Any, cast

from facade import idempotency, problem
from facade.dialects.betterprompt import faults, options
from facade.problem import Fault
from promptwire.v1 import run_pb2, run_service_pb2

_DATA_URL = re.compile(r"data:[^,]{0,255};base64,", re.IGNORECASE)


def to_create_run(body: Any, idempotency_key: str | None = None) -> run_service_pb2.CreateRunRequest:
    """Read the body, but for what depends on the model (see `options`), and the header. Raises Problem."""
    if not isinstance(body, dict):
        raise problem.malformed("the body must be a JSON object")
    fields = cast("dict[str, Any]", body)
    found: list[Fault] = []
    request = run_service_pb2.CreateRunRequest()
    request.spec.version_id = faults.uuid("promptVersionId", fields.get("promptVersionId"), found)
    inputs = _object("inputs", fields.get("inputs"), found)
    _add_texts(request.spec, _object("inputs.textInputs", inputs.get("textInputs"), found), found)
    _add_images(request.spec, inputs.get("imageInputs"), found)
    options.check(fields, found)
    request.spec.request_id = idempotency.read(idempotency_key, found)
    faults.refuse(found)
    return request


def _object(field: str, value: Any, found: list[Fault]) -> dict[str, Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    if value is not None:
        found.append(faults.invalid(field, "must be an object"))
    return {}


def _add_texts(spec: run_pb2.RunSpec, texts: dict[str, Any], found: list[Fault]) -> None:
    fields = spec.inputs.fields
    for name, text in texts.items():
        if isinstance(text, str):
            fields[name].string_value = text
        else:
            found.append(faults.invalid(f"inputs.textInputs.{name}", "must be text; quote numbers and booleans"))


def _add_images(spec: run_pb2.RunSpec, images: Any, found: list[Fault]) -> None:
    if images is None:
        return
    if not isinstance(images, list):
        found.append(faults.invalid("inputs.imageInputs", "must be an array"))
        return
    for index, image in enumerate(cast("list[Any]", images)):
        _add_image(spec.images.add(), image, f"inputs.imageInputs[{index}]", found)


def _add_image(image: run_pb2.ImageInput, given: Any, field: str, found: list[Fault]) -> None:
    match given:
        case {"type": "url", "url": str(url)}:
            image.url = url
        case {"type": "base64", "base64": str(text)}:
            _add_data(image, text, f"{field}.base64", found)
        case _:
            message = 'must be {"type": "url", "url": "..."} or {"type": "base64", "base64": "..."}'
            found.append(faults.invalid(field, message))


def _add_data(image: run_pb2.ImageInput, text: str, field: str, found: list[Fault]) -> None:
    prefix = _DATA_URL.match(text)
    # Encoders break lines; nothing else but the standard alphabet and its padding may stand there.
    digits = "".join(text[prefix.end() if prefix else 0 :].split())
    try:
        if len(digits) % 4:
            raise ValueError
        image.data = base64.b64decode(digits, validate=True)
    except ValueError:
        found.append(faults.invalid(field, "must be base64 of the standard alphabet, with padding"))
