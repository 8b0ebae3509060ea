from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from promptwire.v1 import document_pb2 as _document_pb2
from promptwire.v1 import folder_pb2 as _folder_pb2
from promptwire.v1 import label_pb2 as _label_pb2
from promptwire.v1 import prompt_pb2 as _prompt_pb2
from promptwire.v1 import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateFolderRequest(_message.Message):
    __slots__ = ("name", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class CreateFolderResponse(_message.Message):
    __slots__ = ("folder",)
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    folder: _folder_pb2.Folder
    def __init__(self, folder: _Optional[_Union[_folder_pb2.Folder, _Mapping]] = ...) -> None: ...

class GetFolderRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetFolderResponse(_message.Message):
    __slots__ = ("folder",)
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    folder: _folder_pb2.Folder
    def __init__(self, folder: _Optional[_Union[_folder_pb2.Folder, _Mapping]] = ...) -> None: ...

class ListFoldersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFoldersResponse(_message.Message):
    __slots__ = ("folders", "next_page_token")
    FOLDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    folders: _containers.RepeatedCompositeFieldContainer[_folder_pb2.Folder]
    next_page_token: str
    def __init__(self, folders: _Optional[_Iterable[_Union[_folder_pb2.Folder, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateFolderRequest(_message.Message):
    __slots__ = ("id", "update_mask", "name", "description")
    ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    id: str
    update_mask: _field_mask_pb2.FieldMask
    name: str
    description: str
    def __init__(self, id: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class UpdateFolderResponse(_message.Message):
    __slots__ = ("folder",)
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    folder: _folder_pb2.Folder
    def __init__(self, folder: _Optional[_Union[_folder_pb2.Folder, _Mapping]] = ...) -> None: ...

class DeleteFolderRequest(_message.Message):
    __slots__ = ("id", "force")
    ID_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    force: bool
    def __init__(self, id: _Optional[str] = ..., force: _Optional[bool] = ...) -> None: ...

class DeleteFolderResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreatePromptRequest(_message.Message):
    __slots__ = ("name", "description", "alias", "folder_id", "strict_variables")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    STRICT_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    alias: str
    folder_id: str
    strict_variables: bool
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., alias: _Optional[str] = ..., folder_id: _Optional[str] = ..., strict_variables: _Optional[bool] = ...) -> None: ...

class CreatePromptResponse(_message.Message):
    __slots__ = ("prompt",)
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    prompt: _prompt_pb2.Prompt
    def __init__(self, prompt: _Optional[_Union[_prompt_pb2.Prompt, _Mapping]] = ...) -> None: ...

class GetPromptRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetPromptResponse(_message.Message):
    __slots__ = ("prompt", "folder")
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    prompt: _prompt_pb2.Prompt
    folder: _folder_pb2.Folder
    def __init__(self, prompt: _Optional[_Union[_prompt_pb2.Prompt, _Mapping]] = ..., folder: _Optional[_Union[_folder_pb2.Folder, _Mapping]] = ...) -> None: ...

class ListPromptsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "folder_id", "flow")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    FLOW_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    folder_id: str
    flow: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., folder_id: _Optional[str] = ..., flow: _Optional[bool] = ...) -> None: ...

class ListPromptsResponse(_message.Message):
    __slots__ = ("prompts", "next_page_token")
    PROMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    prompts: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Prompt]
    next_page_token: str
    def __init__(self, prompts: _Optional[_Iterable[_Union[_prompt_pb2.Prompt, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class StreamPromptsRequest(_message.Message):
    __slots__ = ("folder_id",)
    FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    folder_id: str
    def __init__(self, folder_id: _Optional[str] = ...) -> None: ...

class StreamPromptsResponse(_message.Message):
    __slots__ = ("prompts",)
    PROMPTS_FIELD_NUMBER: _ClassVar[int]
    prompts: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Prompt]
    def __init__(self, prompts: _Optional[_Iterable[_Union[_prompt_pb2.Prompt, _Mapping]]] = ...) -> None: ...

class UpdatePromptRequest(_message.Message):
    __slots__ = ("id", "update_mask", "name", "description", "alias", "folder_id", "strict_variables")
    ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    STRICT_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    id: str
    update_mask: _field_mask_pb2.FieldMask
    name: str
    description: str
    alias: str
    folder_id: str
    strict_variables: bool
    def __init__(self, id: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., alias: _Optional[str] = ..., folder_id: _Optional[str] = ..., strict_variables: _Optional[bool] = ...) -> None: ...

class UpdatePromptResponse(_message.Message):
    __slots__ = ("prompt",)
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    prompt: _prompt_pb2.Prompt
    def __init__(self, prompt: _Optional[_Union[_prompt_pb2.Prompt, _Mapping]] = ...) -> None: ...

class DeletePromptRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeletePromptResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateVersionRequest(_message.Message):
    __slots__ = ("prompt_id", "messages", "variables", "images", "provider", "model", "parameters", "commit_message", "graph", "output_format", "validate_only")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    COMMIT_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    variables: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Variable]
    images: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.ImageVariable]
    provider: str
    model: str
    parameters: _struct_pb2.Struct
    commit_message: str
    graph: _struct_pb2.Struct
    output_format: _prompt_pb2.OutputFormat
    validate_only: bool
    def __init__(self, prompt_id: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., variables: _Optional[_Iterable[_Union[_prompt_pb2.Variable, _Mapping]]] = ..., images: _Optional[_Iterable[_Union[_prompt_pb2.ImageVariable, _Mapping]]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., commit_message: _Optional[str] = ..., graph: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., output_format: _Optional[_Union[_prompt_pb2.OutputFormat, _Mapping]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CreateVersionResponse(_message.Message):
    __slots__ = ("version", "warnings")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    version: _prompt_pb2.Version
    warnings: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Warning]
    def __init__(self, version: _Optional[_Union[_prompt_pb2.Version, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_prompt_pb2.Warning, _Mapping]]] = ...) -> None: ...

class GetVersionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetVersionResponse(_message.Message):
    __slots__ = ("version", "prompt")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    version: _prompt_pb2.Version
    prompt: _prompt_pb2.Prompt
    def __init__(self, version: _Optional[_Union[_prompt_pb2.Version, _Mapping]] = ..., prompt: _Optional[_Union[_prompt_pb2.Prompt, _Mapping]] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("prompt_id", "page_size", "page_token")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    page_size: int
    page_token: str
    def __init__(self, prompt_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ("versions", "next_page_token")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Version]
    next_page_token: str
    def __init__(self, versions: _Optional[_Iterable[_Union[_prompt_pb2.Version, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteVersionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeleteVersionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListLabelsRequest(_message.Message):
    __slots__ = ("prompt_id", "page_size", "page_token")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    page_size: int
    page_token: str
    def __init__(self, prompt_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLabelsResponse(_message.Message):
    __slots__ = ("labels", "next_page_token")
    LABELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    labels: _containers.RepeatedCompositeFieldContainer[_label_pb2.Label]
    next_page_token: str
    def __init__(self, labels: _Optional[_Iterable[_Union[_label_pb2.Label, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SetLabelRequest(_message.Message):
    __slots__ = ("prompt_id", "label", "version_id", "number", "protected")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    label: str
    version_id: str
    number: int
    protected: bool
    def __init__(self, prompt_id: _Optional[str] = ..., label: _Optional[str] = ..., version_id: _Optional[str] = ..., number: _Optional[int] = ..., protected: _Optional[bool] = ...) -> None: ...

class SetLabelResponse(_message.Message):
    __slots__ = ("label",)
    LABEL_FIELD_NUMBER: _ClassVar[int]
    label: _label_pb2.Label
    def __init__(self, label: _Optional[_Union[_label_pb2.Label, _Mapping]] = ...) -> None: ...

class DeleteLabelRequest(_message.Message):
    __slots__ = ("prompt_id", "label")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    label: str
    def __init__(self, prompt_id: _Optional[str] = ..., label: _Optional[str] = ...) -> None: ...

class DeleteLabelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListLabelMovesRequest(_message.Message):
    __slots__ = ("prompt_id", "label", "page_size", "page_token")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    label: str
    page_size: int
    page_token: str
    def __init__(self, prompt_id: _Optional[str] = ..., label: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLabelMovesResponse(_message.Message):
    __slots__ = ("moves", "next_page_token")
    MOVES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    moves: _containers.RepeatedCompositeFieldContainer[_label_pb2.LabelMove]
    next_page_token: str
    def __init__(self, moves: _Optional[_Iterable[_Union[_label_pb2.LabelMove, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateSessionRequest(_message.Message):
    __slots__ = ("prompt_id", "name", "base_version_id", "messages", "variables", "images", "provider", "model", "parameters", "inputs", "graph", "output_format")
    class InputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASE_VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    name: str
    base_version_id: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    variables: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Variable]
    images: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.ImageVariable]
    provider: str
    model: str
    parameters: _struct_pb2.Struct
    inputs: _containers.ScalarMap[str, str]
    graph: _struct_pb2.Struct
    output_format: _prompt_pb2.OutputFormat
    def __init__(self, prompt_id: _Optional[str] = ..., name: _Optional[str] = ..., base_version_id: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., variables: _Optional[_Iterable[_Union[_prompt_pb2.Variable, _Mapping]]] = ..., images: _Optional[_Iterable[_Union[_prompt_pb2.ImageVariable, _Mapping]]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., inputs: _Optional[_Mapping[str, str]] = ..., graph: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., output_format: _Optional[_Union[_prompt_pb2.OutputFormat, _Mapping]] = ...) -> None: ...

class CreateSessionResponse(_message.Message):
    __slots__ = ("session", "warnings")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    session: _session_pb2.Session
    warnings: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Warning]
    def __init__(self, session: _Optional[_Union[_session_pb2.Session, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_prompt_pb2.Warning, _Mapping]]] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetSessionResponse(_message.Message):
    __slots__ = ("session", "prompt")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    session: _session_pb2.Session
    prompt: _prompt_pb2.Prompt
    def __init__(self, session: _Optional[_Union[_session_pb2.Session, _Mapping]] = ..., prompt: _Optional[_Union[_prompt_pb2.Prompt, _Mapping]] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ("prompt_id", "page_size", "page_token")
    PROMPT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    prompt_id: str
    page_size: int
    page_token: str
    def __init__(self, prompt_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions", "next_page_token")
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[_session_pb2.Session]
    next_page_token: str
    def __init__(self, sessions: _Optional[_Iterable[_Union[_session_pb2.Session, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateSessionRequest(_message.Message):
    __slots__ = ("id", "update_mask", "name", "messages", "variables", "images", "provider", "model", "parameters", "inputs", "graph", "output_format")
    class InputsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    id: str
    update_mask: _field_mask_pb2.FieldMask
    name: str
    messages: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    variables: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Variable]
    images: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.ImageVariable]
    provider: str
    model: str
    parameters: _struct_pb2.Struct
    inputs: _containers.ScalarMap[str, str]
    graph: _struct_pb2.Struct
    output_format: _prompt_pb2.OutputFormat
    def __init__(self, id: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., name: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ..., variables: _Optional[_Iterable[_Union[_prompt_pb2.Variable, _Mapping]]] = ..., images: _Optional[_Iterable[_Union[_prompt_pb2.ImageVariable, _Mapping]]] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., parameters: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., inputs: _Optional[_Mapping[str, str]] = ..., graph: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., output_format: _Optional[_Union[_prompt_pb2.OutputFormat, _Mapping]] = ...) -> None: ...

class UpdateSessionResponse(_message.Message):
    __slots__ = ("session", "prompt", "warnings")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    session: _session_pb2.Session
    prompt: _prompt_pb2.Prompt
    warnings: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Warning]
    def __init__(self, session: _Optional[_Union[_session_pb2.Session, _Mapping]] = ..., prompt: _Optional[_Union[_prompt_pb2.Prompt, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_prompt_pb2.Warning, _Mapping]]] = ...) -> None: ...

class DeleteSessionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeleteSessionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CommitSessionRequest(_message.Message):
    __slots__ = ("id", "commit_message", "message_indices")
    ID_FIELD_NUMBER: _ClassVar[int]
    COMMIT_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_INDICES_FIELD_NUMBER: _ClassVar[int]
    id: str
    commit_message: str
    message_indices: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, id: _Optional[str] = ..., commit_message: _Optional[str] = ..., message_indices: _Optional[_Iterable[int]] = ...) -> None: ...

class CommitSessionResponse(_message.Message):
    __slots__ = ("version", "warnings")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    version: _prompt_pb2.Version
    warnings: _containers.RepeatedCompositeFieldContainer[_prompt_pb2.Warning]
    def __init__(self, version: _Optional[_Union[_prompt_pb2.Version, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_prompt_pb2.Warning, _Mapping]]] = ...) -> None: ...

class ExportPromptsRequest(_message.Message):
    __slots__ = ("prompt_ids", "page_token")
    PROMPT_IDS_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    prompt_ids: _containers.RepeatedScalarFieldContainer[str]
    page_token: str
    def __init__(self, prompt_ids: _Optional[_Iterable[str]] = ..., page_token: _Optional[str] = ...) -> None: ...

class ExportPromptsResponse(_message.Message):
    __slots__ = ("document", "next_page_token")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.Document
    next_page_token: str
    def __init__(self, document: _Optional[_Union[_document_pb2.Document, _Mapping]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ImportPromptsRequest(_message.Message):
    __slots__ = ("document", "move_labels")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    MOVE_LABELS_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.Document
    move_labels: bool
    def __init__(self, document: _Optional[_Union[_document_pb2.Document, _Mapping]] = ..., move_labels: _Optional[bool] = ...) -> None: ...

class ImportPromptsResponse(_message.Message):
    __slots__ = ("created_folders", "updated_folders", "prompts")
    CREATED_FOLDERS_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FOLDERS_FIELD_NUMBER: _ClassVar[int]
    PROMPTS_FIELD_NUMBER: _ClassVar[int]
    created_folders: int
    updated_folders: int
    prompts: _containers.RepeatedCompositeFieldContainer[_document_pb2.ImportedPrompt]
    def __init__(self, created_folders: _Optional[int] = ..., updated_folders: _Optional[int] = ..., prompts: _Optional[_Iterable[_Union[_document_pb2.ImportedPrompt, _Mapping]]] = ...) -> None: ...
