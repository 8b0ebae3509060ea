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

class Document(_message.Message):
    __slots__ = ("folders", "prompts")
    FOLDERS_FIELD_NUMBER: _ClassVar[int]
    PROMPTS_FIELD_NUMBER: _ClassVar[int]
    folders: _containers.RepeatedCompositeFieldContainer[DocumentFolder]
    prompts: _containers.RepeatedCompositeFieldContainer[DocumentPrompt]
    def __init__(self, folders: _Optional[_Iterable[_Union[DocumentFolder, _Mapping]]] = ..., prompts: _Optional[_Iterable[_Union[DocumentPrompt, _Mapping]]] = ...) -> None: ...

class DocumentFolder(_message.Message):
    __slots__ = ("id", "name", "description", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DocumentPrompt(_message.Message):
    __slots__ = ("id", "alias", "name", "description", "folder_id", "create_time", "versions", "labels", "strict_variables")
    ID_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    STRICT_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    id: str
    alias: str
    name: str
    description: str
    folder_id: str
    create_time: _timestamp_pb2.Timestamp
    versions: _containers.RepeatedCompositeFieldContainer[DocumentVersion]
    labels: _containers.RepeatedCompositeFieldContainer[DocumentLabel]
    strict_variables: bool
    def __init__(self, id: _Optional[str] = ..., alias: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., folder_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., versions: _Optional[_Iterable[_Union[DocumentVersion, _Mapping]]] = ..., labels: _Optional[_Iterable[_Union[DocumentLabel, _Mapping]]] = ..., strict_variables: _Optional[bool] = ...) -> None: ...

class DocumentVersion(_message.Message):
    __slots__ = ("id", "number", "messages", "variables", "images", "provider", "model", "parameters", "commit_message", "create_time", "graph", "output_format")
    ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    COMMIT_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    id: str
    number: int
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    variables: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Variable]
    images: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.ImageVariable]
    provider: str
    model: str
    parameters: _struct_pb2.Struct
    commit_message: str
    create_time: _timestamp_pb2.Timestamp
    graph: _struct_pb2.Struct
    output_format: _prompt_pb2.OutputFormat
    def __init__(self, id: _Optional[str] = ..., number: _Optional[int] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., variables: _Optional[_Iterable[_Union[_prompt_pb2.Variable, _Mapping]]] = ..., images: _Optional[_Iterable[_Union[_prompt_pb2.ImageVariable, _Mapping]]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., commit_message: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., graph: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., output_format: _Optional[_Union[_prompt_pb2.OutputFormat, _Mapping]] = ...) -> None: ...

class DocumentLabel(_message.Message):
    __slots__ = ("name", "version_number", "protected")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    name: str
    version_number: int
    protected: bool
    def __init__(self, name: _Optional[str] = ..., version_number: _Optional[int] = ..., protected: _Optional[bool] = ...) -> None: ...

class ImportedPrompt(_message.Message):
    __slots__ = ("id", "name", "created", "updated", "created_versions", "found_versions", "set_labels", "kept_labels")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    CREATED_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    FOUND_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    SET_LABELS_FIELD_NUMBER: _ClassVar[int]
    KEPT_LABELS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    created: bool
    updated: bool
    created_versions: _containers.RepeatedScalarFieldContainer[int]
    found_versions: int
    set_labels: _containers.RepeatedScalarFieldContainer[str]
    kept_labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., created: _Optional[bool] = ..., updated: _Optional[bool] = ..., created_versions: _Optional[_Iterable[int]] = ..., found_versions: _Optional[int] = ..., set_labels: _Optional[_Iterable[str]] = ..., kept_labels: _Optional[_Iterable[str]] = ...) -> None: ...
