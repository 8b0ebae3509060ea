import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Webhook(_message.Message):
    __slots__ = ("url", "events", "body", "headers", "image_base_url", "image_lifetime")
    class Event(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        EVENT_UNSPECIFIED: _ClassVar[Webhook.Event]
        EVENT_START: _ClassVar[Webhook.Event]
        EVENT_NODE: _ClassVar[Webhook.Event]
        EVENT_END: _ClassVar[Webhook.Event]
    EVENT_UNSPECIFIED: Webhook.Event
    EVENT_START: Webhook.Event
    EVENT_NODE: Webhook.Event
    EVENT_END: Webhook.Event
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    URL_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_BASE_URL_FIELD_NUMBER: _ClassVar[int]
    IMAGE_LIFETIME_FIELD_NUMBER: _ClassVar[int]
    url: str
    events: _containers.RepeatedScalarFieldContainer[Webhook.Event]
    body: _struct_pb2.Struct
    headers: _containers.ScalarMap[str, str]
    image_base_url: str
    image_lifetime: _duration_pb2.Duration
    def __init__(self, url: _Optional[str] = ..., events: _Optional[_Iterable[_Union[Webhook.Event, str]]] = ..., body: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., headers: _Optional[_Mapping[str, str]] = ..., image_base_url: _Optional[str] = ..., image_lifetime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("id", "run_id", "event", "node_id", "url", "state", "body", "try_count", "tries", "create_time", "next_time", "end_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Delivery.State]
        STATE_PENDING: _ClassVar[Delivery.State]
        STATE_SUCCEEDED: _ClassVar[Delivery.State]
        STATE_FAILED: _ClassVar[Delivery.State]
    STATE_UNSPECIFIED: Delivery.State
    STATE_PENDING: Delivery.State
    STATE_SUCCEEDED: Delivery.State
    STATE_FAILED: Delivery.State
    ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    TRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    run_id: str
    event: Webhook.Event
    node_id: str
    url: str
    state: Delivery.State
    body: str
    try_count: int
    tries: _containers.RepeatedCompositeFieldContainer[DeliveryTry]
    create_time: _timestamp_pb2.Timestamp
    next_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., run_id: _Optional[str] = ..., event: _Optional[_Union[Webhook.Event, str]] = ..., node_id: _Optional[str] = ..., url: _Optional[str] = ..., state: _Optional[_Union[Delivery.State, str]] = ..., body: _Optional[str] = ..., try_count: _Optional[int] = ..., tries: _Optional[_Iterable[_Union[DeliveryTry, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeliveryTry(_message.Message):
    __slots__ = ("number", "start_time", "duration", "status", "error", "answer")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    number: int
    start_time: _timestamp_pb2.Timestamp
    duration: _duration_pb2.Duration
    status: int
    error: str
    answer: str
    def __init__(self, number: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., status: _Optional[int] = ..., error: _Optional[str] = ..., answer: _Optional[str] = ...) -> None: ...
