import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from promptwire.v1 import prompt_pb2 as _prompt_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Session(_message.Message):
    __slots__ = ("id", "serial", "prompt_id", "base_version", "name", "messages", "first_message_serial", "variables", "images", "provider", "model", "parameters", "inputs", "create_time", "update_time", "graph", "output_format")
    class InputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    FIRST_MESSAGE_SERIAL_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    id: str
    serial: int
    prompt_id: str
    base_version: _prompt_pb2.Version
    name: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    first_message_serial: int
    variables: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Variable]
    images: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.ImageVariable]
    provider: str
    model: str
    parameters: _struct_pb2.Struct
    inputs: _containers.ScalarMap[str, str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    graph: _struct_pb2.Struct
    output_format: _prompt_pb2.OutputFormat
    def __init__(self, id: _Optional[str] = ..., serial: _Optional[int] = ..., prompt_id: _Optional[str] = ..., base_version: _Optional[_Union[_prompt_pb2.Version, _Mapping]] = ..., name: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., first_message_serial: _Optional[int] = ..., variables: _Optional[_Iterable[_Union[_prompt_pb2.Variable, _Mapping]]] = ..., images: _Optional[_Iterable[_Union[_prompt_pb2.ImageVariable, _Mapping]]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., inputs: _Optional[_Mapping[str, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., graph: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., output_format: _Optional[_Union[_prompt_pb2.OutputFormat, _Mapping]] = ...) -> None: ...
