"""Reads what a request asks to run, and refuses it with every fault that can be told without the version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.protobuf import struct_pb2

from promptwire import values
from promptwire.v1.prompt_pb2 import OutputFormat
from promptwire.v1.run_pb2 import ImageInput, RunSpec
from promptwire.v1.run_service_pb2 import (
    CreateRunRequest,
    ExportRunsRequest,
    GetRunRequest,
    ListRunsRequest,
    StreamRunRequest,
)
from services.checks import Checks
from services.images.viewer import LIFETIME
from services.prompts import formats, requests
from services.providers.base import RESERVED_FAULT, RESERVED_PARAMETERS
from services.runs import images
from services.webhooks import hook
from services.webhooks.hook import FindUrlFault, Hook

MAX_PROMPT_ID = 64
MAX_NAMES = 10_000
MAX_MODEL = 255
MAX_LABEL = 255
MAX_END_USER_ID = 256
MAX_REQUEST_ID = 255
# Whatever a run's timeout: who waits a little longer than that learns that the run passed it.
MAX_WAIT_SECONDS = 300
MAX_LIFETIME_SECONDS = 7 * 24 * 3600
# As many as a version may ask for.
MAX_IMAGES = 16
MAX_NUMBER = 2**63 - 1
MAX_METADATA = 16
MAX_MESSAGES = 1000
MAX_METADATA_NAME = 64
MAX_METADATA_VALUE = 255


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes that inputs, and parameters, may take; seconds that a run may last; what is wrong with a webhook's URL."""

    input_bytes: int
    run_seconds: float
    find_url_fault: FindUrlFault = lambda _: None


@dataclass(frozen=True, slots=True)
class Inline:
    """Messages to run as they are, and how what comes out is read."""

    messages: Sequence[Any]
    output_format: OutputFormat


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run: the one of `version_id`, `session_id`, `inline` and `prompt_id` that is not empty, a prompt by its
    label, its number or as it is latest. `given` is `inputs` as they came.
    """

    version_id: UUID | None
    session_id: str
    prompt_id: str
    number: int
    label: str
    inputs: Mapping[str, Any]
    given: struct_pb2.Struct
    images: Sequence[ImageInput]
    model: str
    parameters: Mapping[str, Any]
    end_user_id: str
    timeout: float
    metadata: Mapping[str, str]
    inline: Inline | None = None
    webhook: Hook | None = None


def to_spec(spec: RunSpec, limits: Limits) -> Spec:
    """Read and check a request. Raises InvalidArgument with all its faults."""
    with Checks() as check:
        read = Spec(
            version_id=_read_target(check, spec),
            session_id=spec.session_id,
            prompt_id=spec.prompt_id,
            number=spec.number,
            label=spec.label,
            inputs=_read_inputs(check, spec, limits),
            given=spec.inputs,
            images=_read_images(check, spec),
            model=spec.model,
            parameters=_read_parameters(check, spec, limits),
            end_user_id=spec.end_user_id,
            timeout=_read_timeout(check, spec, limits),
            metadata=read_metadata(check, "spec.metadata", spec.metadata),
            inline=_read_inline(check, spec, limits),
            webhook=_read_webhook(check, spec, limits),
        )
        check.text("spec.model", spec.model, most=MAX_MODEL)
        check.text("spec.end_user_id", spec.end_user_id, most=MAX_END_USER_ID)
        check.text("spec.request_id", spec.request_id, most=MAX_REQUEST_ID)
    return read


def read_metadata(check: Checks, field: str, given: Mapping[str, str]) -> dict[str, str]:
    """Read what a run is to be found by."""
    check.count(field, given, most=MAX_METADATA)
    for name, value in sorted(given.items())[:MAX_METADATA]:
        shown = f"{field}.{name[:MAX_METADATA_NAME]}"
        check.text(shown, name, least=1, most=MAX_METADATA_NAME)
        check.text(shown, value, most=MAX_METADATA_VALUE)
    # A map of a message has no order, and what this is compared by must have one.
    return dict(sorted(given.items()))


def read_wait(check: Checks, message: CreateRunRequest | StreamRunRequest) -> float | None:
    """Read how many seconds the caller waits for a run that goes on without it. None: until its end."""
    if not message.HasField("wait"):
        return None
    seconds = message.wait.seconds + message.wait.nanos / 1e9
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        check.fail("wait", f"must be 0 to {MAX_WAIT_SECONDS} s; it is {seconds:g} s")
    if isinstance(message, CreateRunRequest) and message.detached:
        check.fail("wait", "goes with a run that is not `detached`; leave one of them out")
    return seconds


def read_lifetime(
    check: Checks, message: CreateRunRequest | GetRunRequest | ListRunsRequest | ExportRunsRequest
) -> float:
    """Read how many seconds the tokens of images shall last."""
    if not message.HasField("image_lifetime"):
        return LIFETIME
    seconds = message.image_lifetime.seconds + message.image_lifetime.nanos / 1e9
    if not 1 <= seconds <= MAX_LIFETIME_SECONDS:
        check.fail("image_lifetime", f"must be 1 to {MAX_LIFETIME_SECONDS} s; it is {seconds:g} s")
    return seconds


def _read_target(check: Checks, spec: RunSpec) -> UUID | None:
    match spec.WhichOneof("target"):
        case "version_id":
            _check_is_whole(check, spec, "version_id")
            return check.uuid("spec.version_id", spec.version_id)
        case "session_id":
            _check_is_whole(check, spec, "session_id")
            requests.check_serial_or_id(check, "session", spec.session_id, "spec.session_id")
        case "inline":
            _check_is_whole(check, spec, "inline")
        case _:
            _check_prompt(check, spec)
    return None


def _read_inline(check: Checks, spec: RunSpec, limits: Limits) -> Inline | None:
    if not spec.HasField("inline"):
        return None
    size = spec.inline.ByteSize()
    if size > limits.input_bytes:
        check.fail("spec.inline", f"must take at most {limits.input_bytes} bytes; it takes {size}")
        return None
    check.count("spec.inline.messages", spec.inline.messages, least=1, most=MAX_MESSAGES)
    formats.check_type(check, "spec.inline.output_format", spec.inline.output_format)
    messages: list[Any] = []
    for index, message in enumerate(spec.inline.messages):
        try:
            messages.append(values.from_value(message))
        except values.Unrepresentable as error:
            check.fail(f"spec.inline.messages[{index}]{error.path}", error.message)
    return Inline(messages, spec.inline.output_format)


def _read_webhook(check: Checks, spec: RunSpec, limits: Limits) -> Hook | None:
    if not spec.HasField("webhook"):
        return None
    return hook.read(check, "spec.webhook", spec.webhook, limits.find_url_fault)


def _check_is_whole(check: Checks, spec: RunSpec, target: str) -> None:
    """Refuse what picks a version beside a target that names its content itself."""
    if spec.number:
        check.fail("spec.number", f"goes with `prompt_id`; leave it out with `{target}`")
    if spec.label:
        check.fail("spec.label", f"goes with `prompt_id`; leave it out with `{target}`")


def _check_prompt(check: Checks, spec: RunSpec) -> None:
    check.text("spec.prompt_id", spec.prompt_id, least=1, most=MAX_PROMPT_ID)
    check.number("spec.number", spec.number, least=0, most=MAX_NUMBER)
    check.text("spec.label", spec.label, most=MAX_LABEL)
    if spec.label and spec.number:
        check.fail("spec.label", "goes without `number`; leave one of them out")


def _read_inputs(check: Checks, spec: RunSpec, limits: Limits) -> dict[str, Any]:
    if len(spec.inputs.fields) > MAX_NAMES:
        check.fail("spec.inputs", f"must have at most {MAX_NAMES} names; it has {len(spec.inputs.fields)}")
        return {}
    return _read_struct(check, "spec.inputs", spec.inputs, limits)


def _read_parameters(check: Checks, spec: RunSpec, limits: Limits) -> dict[str, Any]:
    parameters = _read_struct(check, "spec.parameters", spec.parameters, limits)
    for name in sorted(RESERVED_PARAMETERS & parameters.keys()):
        check.fail(f"spec.parameters.{name}", RESERVED_FAULT)
    return parameters


def _read_struct(check: Checks, field: str, struct: struct_pb2.Struct, limits: Limits) -> dict[str, Any]:
    if not struct.fields:
        return {}
    size = struct.ByteSize()
    if size > limits.input_bytes:
        check.fail(field, f"must take at most {limits.input_bytes} bytes; it takes {size}")
        return {}
    try:
        return values.from_struct(struct)
    except values.Unrepresentable as error:
        check.fail(f"{field}{error.path}", error.message)
        return {}


def _read_images(check: Checks, spec: RunSpec) -> Sequence[ImageInput]:
    if len(spec.images) > MAX_IMAGES:
        check.count("spec.images", spec.images, most=MAX_IMAGES)
        return ()
    for index, image in enumerate(spec.images):
        if fault := images.find_fault(image):
            check.fail(f"spec.images[{index}]", fault)
    return spec.images


def _read_timeout(check: Checks, spec: RunSpec, limits: Limits) -> float:
    if not spec.HasField("timeout"):
        return limits.run_seconds
    seconds = spec.timeout.seconds + spec.timeout.nanos / 1e9
    if not 0 < seconds <= limits.run_seconds:
        check.fail("spec.timeout", f"must be more than 0 s and at most {limits.run_seconds:g} s; it is {seconds:g} s")
    return seconds
