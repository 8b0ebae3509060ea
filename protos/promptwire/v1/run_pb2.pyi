import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from promptwire.v1 import error_reason_pb2 as _error_reason_pb2
from promptwire.v1 import prompt_pb2 as _prompt_pb2
from promptwire.v1 import webhook_pb2 as _webhook_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunSpec(_message.Message):
    __slots__ = ("version_id", "prompt_id", "session_id", "inline", "number", "label", "inputs", "images", "model", "parameters", "end_user_id", "timeout", "request_id", "metadata", "webhook")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_FIELD_NUMBER: _ClassVar[int]
    version_id: str
    prompt_id: str
    session_id: str
    inline: Inline
    number: int
    label: str
    inputs: _struct_pb2.Struct
    images: _containers.RepeatedCompositeFieldContainer[ImageInput]
    model: str
    parameters: _struct_pb2.Struct
    end_user_id: str
    timeout: _duration_pb2.Duration
    request_id: str
    metadata: _containers.ScalarMap[str, str]
    webhook: _webhook_pb2.Webhook
    def __init__(self, version_id: _Optional[str] = ..., prompt_id: _Optional[str] = ..., session_id: _Optional[str] = ..., inline: _Optional[_Union[Inline, _Mapping]] = ..., number: _Optional[int] = ..., label: _Optional[str] = ..., inputs: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., images: _Optional[_Iterable[_Union[ImageInput, _Mapping]]] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., end_user_id: _Optional[str] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., webhook: _Optional[_Union[_webhook_pb2.Webhook, _Mapping]] = ...) -> None: ...

class Inline(_message.Message):
    __slots__ = ("messages", "output_format")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    output_format: _prompt_pb2.OutputFormat
    def __init__(self, messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., output_format: _Optional[_Union[_prompt_pb2.OutputFormat, _Mapping]] = ...) -> None: ...

class ImageInput(_message.Message):
    __slots__ = ("url", "data")
    URL_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    url: str
    data: bytes
    def __init__(self, url: _Optional[str] = ..., data: _Optional[bytes] = ...) -> None: ...

class Run(_message.Message):
    __slots__ = ("id", "prompt_id", "version_id", "version_number", "state", "inputs", "outputs", "node_runs", "usage", "error", "end_user_id", "key_id", "create_time", "start_time", "end_time", "attempt", "session_id", "metadata", "rating", "makes_image", "webhook_url")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Run.State]
        STATE_QUEUED: _ClassVar[Run.State]
        STATE_RUNNING: _ClassVar[Run.State]
        STATE_SUCCEEDED: _ClassVar[Run.State]
        STATE_FAILED: _ClassVar[Run.State]
        STATE_CANCELLED: _ClassVar[Run.State]
    STATE_UNSPECIFIED: Run.State
    STATE_QUEUED: Run.State
    STATE_RUNNING: Run.State
    STATE_SUCCEEDED: Run.State
    STATE_FAILED: Run.State
    STATE_CANCELLED: Run.State
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    NODE_RUNS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    END_USER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    MAKES_IMAGE_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    id: str
    prompt_id: str
    version_id: str
    version_number: int
    state: Run.State
    inputs: _struct_pb2.Struct
    outputs: _containers.RepeatedCompositeFieldContainer[Output]
    node_runs: _containers.RepeatedCompositeFieldContainer[NodeRun]
    usage: Usage
    error: RunError
    end_user_id: str
    key_id: str
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    attempt: int
    session_id: str
    metadata: _containers.ScalarMap[str, str]
    rating: Rating
    makes_image: bool
    webhook_url: str
    def __init__(self, id: _Optional[str] = ..., prompt_id: _Optional[str] = ..., version_id: _Optional[str] = ..., version_number: _Optional[int] = ..., state: _Optional[_Union[Run.State, str]] = ..., inputs: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ..., node_runs: _Optional[_Iterable[_Union[NodeRun, _Mapping]]] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., error: _Optional[_Union[RunError, _Mapping]] = ..., end_user_id: _Optional[str] = ..., key_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., session_id: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., rating: _Optional[_Union[Rating, _Mapping]] = ..., makes_image: _Optional[bool] = ..., webhook_url: _Optional[str] = ...) -> None: ...

class Rating(_message.Message):
    __slots__ = ("stars", "comment", "rate_time")
    STARS_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    RATE_TIME_FIELD_NUMBER: _ClassVar[int]
    stars: int
    comment: str
    rate_time: _timestamp_pb2.Timestamp
    def __init__(self, stars: _Optional[int] = ..., comment: _Optional[str] = ..., rate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RunEvent(_message.Message):
    __slots__ = ("sequence", "started", "node_started", "text_delta", "node_ended", "ended")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    NODE_STARTED_FIELD_NUMBER: _ClassVar[int]
    TEXT_DELTA_FIELD_NUMBER: _ClassVar[int]
    NODE_ENDED_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    started: RunStarted
    node_started: NodeStarted
    text_delta: TextDelta
    node_ended: NodeEnded
    ended: RunEnded
    def __init__(self, sequence: _Optional[int] = ..., started: _Optional[_Union[RunStarted, _Mapping]] = ..., node_started: _Optional[_Union[NodeStarted, _Mapping]] = ..., text_delta: _Optional[_Union[TextDelta, _Mapping]] = ..., node_ended: _Optional[_Union[NodeEnded, _Mapping]] = ..., ended: _Optional[_Union[RunEnded, _Mapping]] = ...) -> None: ...

class RunStarted(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: Run
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ...) -> None: ...

class NodeStarted(_message.Message):
    __slots__ = ("node_id", "attempt")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    attempt: int
    def __init__(self, node_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class TextDelta(_message.Message):
    __slots__ = ("node_id", "text")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    text: str
    def __init__(self, node_id: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class NodeEnded(_message.Message):
    __slots__ = ("node_run",)
    NODE_RUN_FIELD_NUMBER: _ClassVar[int]
    node_run: NodeRun
    def __init__(self, node_run: _Optional[_Union[NodeRun, _Mapping]] = ...) -> None: ...

class RunEnded(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: Run
    def __init__(self, run: _Optional[_Union[Run, _Mapping]] = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ("name", "text", "image", "node_id", "error", "json", "format")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    image: Image
    node_id: str
    error: RunError
    json: _struct_pb2.Value
    format: _prompt_pb2.OutputFormat.Type
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ..., image: _Optional[_Union[Image, _Mapping]] = ..., node_id: _Optional[str] = ..., error: _Optional[_Union[RunError, _Mapping]] = ..., json: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., format: _Optional[_Union[_prompt_pb2.OutputFormat.Type, str]] = ...) -> None: ...

class Image(_message.Message):
    __slots__ = ("id", "media_type", "size_bytes", "placeholder", "token", "expire_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    PLACEHOLDER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    media_type: str
    size_bytes: int
    placeholder: bool
    token: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., media_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., placeholder: _Optional[bool] = ..., token: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Adjustment(_message.Message):
    __slots__ = ("parameter", "given", "sent", "renamed")
    PARAMETER_FIELD_NUMBER: _ClassVar[int]
    GIVEN_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    RENAMED_FIELD_NUMBER: _ClassVar[int]
    parameter: str
    given: _struct_pb2.Value
    sent: _struct_pb2.Value
    renamed: str
    def __init__(self, parameter: _Optional[str] = ..., given: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., sent: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., renamed: _Optional[str] = ...) -> None: ...

class NodeRun(_message.Message):
    __slots__ = ("node_id", "state", "provider", "model", "messages", "usage", "error", "finish_reason", "start_time", "end_time", "text", "image", "name", "attempts", "adjustments")
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENTS_FIELD_NUMBER: _ClassVar[int]
    node_id: str
    state: Run.State
    provider: str
    model: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    usage: Usage
    error: RunError
    finish_reason: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    text: str
    image: Image
    name: str
    attempts: int
    adjustments: _containers.RepeatedCompositeFieldContainer[Adjustment]
    def __init__(self, node_id: _Optional[str] = ..., state: _Optional[_Union[Run.State, str]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., error: _Optional[_Union[RunError, _Mapping]] = ..., finish_reason: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text: _Optional[str] = ..., image: _Optional[_Union[Image, _Mapping]] = ..., name: _Optional[str] = ..., attempts: _Optional[int] = ..., adjustments: _Optional[_Iterable[_Union[Adjustment, _Mapping]]] = ...) -> None: ...

class RunError(_message.Message):
    __slots__ = ("reason", "message", "metadata", "node_id", "path")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    reason: _error_reason_pb2.ErrorReason
    message: str
    metadata: _containers.ScalarMap[str, str]
    node_id: str
    path: str
    def __init__(self, reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., node_id: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("input_tokens", "output_tokens", "images")
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    input_tokens: int
    output_tokens: int
    images: int
    def __init__(self, input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., images: _Optional[int] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "provider", "provider_model", "is_default", "choices", "kind")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Model.Kind]
        KIND_TEXT: _ClassVar[Model.Kind]
        KIND_IMAGE: _ClassVar[Model.Kind]
    KIND_UNSPECIFIED: Model.Kind
    KIND_TEXT: Model.Kind
    KIND_IMAGE: Model.Kind
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MODEL_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    provider: str
    provider_model: str
    is_default: bool
    choices: _containers.RepeatedCompositeFieldContainer[ParameterChoice]
    kind: Model.Kind
    def __init__(self, name: _Optional[str] = ..., provider: _Optional[str] = ..., provider_model: _Optional[str] = ..., is_default: _Optional[bool] = ..., choices: _Optional[_Iterable[_Union[ParameterChoice, _Mapping]]] = ..., kind: _Optional[_Union[Model.Kind, str]] = ...) -> None: ...

class ParameterChoice(_message.Message):
    __slots__ = ("parameter", "values")
    PARAMETER_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    parameter: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, parameter: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...
