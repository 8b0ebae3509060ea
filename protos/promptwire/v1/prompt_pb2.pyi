import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Prompt(_message.Message):
    __slots__ = ("id", "name", "description", "alias", "create_time", "update_time", "latest_version", "folder_id", "strict_variables")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LATEST_VERSION_FIELD_NUMBER: _ClassVar[int]
    FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    STRICT_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    alias: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    latest_version: Version
    folder_id: str
    strict_variables: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., alias: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., latest_version: _Optional[_Union[Version, _Mapping]] = ..., folder_id: _Optional[str] = ..., strict_variables: _Optional[bool] = ...) -> None: ...

class Version(_message.Message):
    __slots__ = ("id", "serial", "number", "prompt_id", "messages", "variables", "images", "provider", "model", "parameters", "commit_message", "is_latest", "create_time", "first_message_serial", "labels", "graph", "outputs", "output_format", "ratings")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    COMMIT_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    IS_LATEST_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FIRST_MESSAGE_SERIAL_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    id: str
    serial: int
    number: int
    prompt_id: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    variables: _containers.RepeatedCompositeFieldContainer[Variable]
    images: _containers.RepeatedCompositeFieldContainer[ImageVariable]
    provider: str
    model: str
    parameters: _struct_pb2.Struct
    commit_message: str
    is_latest: bool
    create_time: _timestamp_pb2.Timestamp
    first_message_serial: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    graph: _struct_pb2.Struct
    outputs: _containers.RepeatedScalarFieldContainer[str]
    output_format: OutputFormat
    ratings: RatingSummary
    def __init__(self, id: _Optional[str] = ..., serial: _Optional[int] = ..., number: _Optional[int] = ..., prompt_id: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., variables: _Optional[_Iterable[_Union[Variable, _Mapping]]] = ..., images: _Optional[_Iterable[_Union[ImageVariable, _Mapping]]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., commit_message: _Optional[str] = ..., is_latest: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_message_serial: _Optional[int] = ..., labels: _Optional[_Iterable[str]] = ..., graph: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., outputs: _Optional[_Iterable[str]] = ..., output_format: _Optional[_Union[OutputFormat, _Mapping]] = ..., ratings: _Optional[_Union[RatingSummary, _Mapping]] = ...) -> None: ...

class OutputFormat(_message.Message):
    __slots__ = ("type", "schema")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[OutputFormat.Type]
        TYPE_TEXT: _ClassVar[OutputFormat.Type]
        TYPE_LIST: _ClassVar[OutputFormat.Type]
        TYPE_JSON: _ClassVar[OutputFormat.Type]
        TYPE_IMAGE: _ClassVar[OutputFormat.Type]
    TYPE_UNSPECIFIED: OutputFormat.Type
    TYPE_TEXT: OutputFormat.Type
    TYPE_LIST: OutputFormat.Type
    TYPE_JSON: OutputFormat.Type
    TYPE_IMAGE: OutputFormat.Type
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    type: OutputFormat.Type
    schema: _struct_pb2.Struct
    def __init__(self, type: _Optional[_Union[OutputFormat.Type, str]] = ..., schema: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class RatingSummary(_message.Message):
    __slots__ = ("count", "average")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_FIELD_NUMBER: _ClassVar[int]
    count: int
    average: float
    def __init__(self, count: _Optional[int] = ..., average: _Optional[float] = ...) -> None: ...

class Warning(_message.Message):
    __slots__ = ("field", "message")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    field: str
    message: str
    def __init__(self, field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Variable(_message.Message):
    __slots__ = ("name", "type", "required", "default_value", "description", "options", "allow_empty")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Variable.Type]
        TYPE_TEXT: _ClassVar[Variable.Type]
        TYPE_SELECT: _ClassVar[Variable.Type]
    TYPE_UNSPECIFIED: Variable.Type
    TYPE_TEXT: Variable.Type
    TYPE_SELECT: Variable.Type
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_EMPTY_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: Variable.Type
    required: bool
    default_value: str
    description: str
    options: _containers.RepeatedCompositeFieldContainer[Option]
    allow_empty: bool
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[Variable.Type, str]] = ..., required: _Optional[bool] = ..., default_value: _Optional[str] = ..., description: _Optional[str] = ..., options: _Optional[_Iterable[_Union[Option, _Mapping]]] = ..., allow_empty: _Optional[bool] = ...) -> None: ...

class Option(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ImageVariable(_message.Message):
    __slots__ = ("description",)
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    description: str
    def __init__(self, description: _Optional[str] = ...) -> None: ...
