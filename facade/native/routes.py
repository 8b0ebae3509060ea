"""The native API as a table: a method, a path, and the RPC that answers there."""

from dataclasses import dataclass, replace
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message

from facade.core import Core, Rpc, StreamRpc
from facade.dialect import MAX_GRAPH_ITEMS, MAX_ITEMS
from promptwire.v1 import key_service_pb2, prompt_service_pb2, run_service_pb2

SERVICES = {
    "KeyService": key_service_pb2.DESCRIPTOR.services_by_name["KeyService"],
    "PromptService": prompt_service_pb2.DESCRIPTOR.services_by_name["PromptService"],
    "RunService": run_service_pb2.DESCRIPTOR.services_by_name["RunService"],
}
HAVE_BODY = ("POST", "PATCH", "PUT")


@dataclass(frozen=True, slots=True)
class Row:
    """A path and its RPC. The body is the RPC's request less what the path gives, or the one field that `body` names.

    Without a body (GET, DELETE) the query gives the other fields. `stream` names the RPC that answers in its place with
    events where a caller accepts those. `lines` names the field of the response whose items come as lines of their own.
    `most_items` is what a body may have of names and items in all.
    """

    method: str
    path: str
    service: str
    rpc: str
    body: str = ""
    stream: str = ""
    lines: str = ""
    most_items: int = MAX_ITEMS

    @property
    def descriptor(self) -> MethodDescriptor:
        """What the proto says about the RPC."""
        return SERVICES[self.service].methods_by_name[self.rpc]

    @property
    def request(self) -> type[Message]:
        """The type of its request."""
        return message_factory.GetMessageClass(self.descriptor.input_type)

    @property
    def response(self) -> type[Message]:
        """The type of its response."""
        return message_factory.GetMessageClass(self.descriptor.output_type)

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.descriptor.server_streaming and not self.lines

    @property
    def streaming(self) -> "Row | None":
        """The row of the RPC that answers with events in place of this one's, if there is one."""
        return replace(self, rpc=self.stream, stream="") if self.stream else None

    @property
    def answer(self) -> Descriptor:
        """What is printed: the response, of a stream each event, of lines each one."""
        response = self.descriptor.output_type
        name = "event" if self.streams else self.lines
        part = response.fields_by_name[name].message_type if name else None
        return part or response

    @property
    def path_fields(self) -> tuple[str, ...]:
        """The fields that the path gives."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def takes_request_id(self) -> bool:
        """Whether a retry can be made safe."""
        request = self.descriptor.input_type
        held = request.fields_by_name[self.body].message_type if self.body else request
        return held is not None and "request_id" in held.fields_by_name

    @property
    def has_body(self) -> bool:
        """Whether a body, not the query, gives the other fields."""
        return self.method in HAVE_BODY

    def stub(self, core: Core) -> Rpc[Any]:
        """Give what makes the RPC, which answers once."""
        return self._stub(core)

    def stream_stub(self, core: Core) -> StreamRpc[Any]:
        """Give what makes the RPC, which answers bit by bit."""
        return self._stub(core)

    def _stub(self, core: Core) -> Any:
        stubs = {"KeyService": core.keys, "PromptService": core.prompts, "RunService": core.runs}
        return getattr(stubs[self.service], self.rpc)


TABLE = (
    Row("POST", "/api/keys", "KeyService", "CreateKey"),
    Row("GET", "/api/keys", "KeyService", "ListKeys"),
    Row("GET", "/api/keys/{id}", "KeyService", "GetKey"),
    Row("PATCH", "/api/keys/{id}", "KeyService", "UpdateKey"),
    Row("POST", "/api/keys/{id}/regenerate", "KeyService", "RegenerateKey"),
    Row("POST", "/api/keys/{id}/revoke", "KeyService", "RevokeKey"),
    Row("GET", "/api/me", "KeyService", "WhoAmI"),
    Row("POST", "/api/folders", "PromptService", "CreateFolder"),
    Row("GET", "/api/folders", "PromptService", "ListFolders"),
    Row("GET", "/api/folders/{id}", "PromptService", "GetFolder"),
    Row("PATCH", "/api/folders/{id}", "PromptService", "UpdateFolder"),
    Row("DELETE", "/api/folders/{id}", "PromptService", "DeleteFolder"),
    Row("POST", "/api/prompts", "PromptService", "CreatePrompt"),
    Row("GET", "/api/prompts", "PromptService", "ListPrompts"),
    Row("GET", "/api/prompts/{id}", "PromptService", "GetPrompt"),
    Row("PATCH", "/api/prompts/{id}", "PromptService", "UpdatePrompt"),
    Row("DELETE", "/api/prompts/{id}", "PromptService", "DeletePrompt"),
    Row("POST", "/api/prompts/{prompt_id}/versions", "PromptService", "CreateVersion", most_items=MAX_GRAPH_ITEMS),
    Row("GET", "/api/prompts/{prompt_id}/versions", "PromptService", "ListVersions"),
    Row("GET", "/api/versions/{id}", "PromptService", "GetVersion"),
    Row("DELETE", "/api/versions/{id}", "PromptService", "DeleteVersion"),
    Row("GET", "/api/prompts/{prompt_id}/labels", "PromptService", "ListLabels"),
    Row("PUT", "/api/prompts/{prompt_id}/labels/{label}", "PromptService", "SetLabel"),
    Row("DELETE", "/api/prompts/{prompt_id}/labels/{label}", "PromptService", "DeleteLabel"),
    Row("GET", "/api/prompts/{prompt_id}/labels/{label}/history", "PromptService", "ListLabelMoves"),
    Row("POST", "/api/prompts/{prompt_id}/sessions", "PromptService", "CreateSession", most_items=MAX_GRAPH_ITEMS),
    Row("GET", "/api/prompts/{prompt_id}/sessions", "PromptService", "ListSessions"),
    Row("GET", "/api/sessions/{id}", "PromptService", "GetSession"),
    Row("PUT", "/api/sessions/{id}", "PromptService", "UpdateSession", most_items=MAX_GRAPH_ITEMS),
    Row("DELETE", "/api/sessions/{id}", "PromptService", "DeleteSession"),
    Row("POST", "/api/sessions/{id}/commit", "PromptService", "CommitSession"),
    Row("GET", "/api/export", "PromptService", "ExportPrompts"),
    Row("POST", "/api/import", "PromptService", "ImportPrompts", most_items=MAX_GRAPH_ITEMS),
    Row("POST", "/api/runs", "RunService", "CreateRun", body="spec", stream="StreamRun"),
    Row("GET", "/api/runs", "RunService", "ListRuns"),
    Row("GET", "/api/runs/export", "RunService", "ExportRuns", lines="runs"),
    Row("GET", "/api/runs/{id}", "RunService", "GetRun"),
    Row("GET", "/api/runs/{id}/events", "RunService", "WatchRun"),
    Row("POST", "/api/runs/{id}/cancel", "RunService", "CancelRun"),
    Row("PUT", "/api/runs/{id}/rating", "RunService", "RateRun"),
    Row("GET", "/api/usage", "RunService", "GetUsage"),
    Row("GET", "/api/deliveries", "RunService", "ListDeliveries"),
    Row("POST", "/api/deliveries/redeliver", "RunService", "RedeliverWebhooks"),
    Row("GET", "/api/deliveries/{id}", "RunService", "GetDelivery"),
    Row("POST", "/api/deliveries/{id}/redeliver", "RunService", "RedeliverWebhook"),
    Row("GET", "/api/webhooks/secret", "RunService", "GetWebhookSecret"),
    Row("POST", "/api/webhooks/secret/rotate", "RunService", "RotateWebhookSecret"),
    Row("GET", "/api/models", "RunService", "ListModels"),
)
