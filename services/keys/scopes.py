"""The scopes, and the one table that says which of them each RPC needs."""

from types import MappingProxyType

OPERATOR = "operator"

SCOPES = frozenset(
    {
        "runs:write",
        "runs:read",
        "prompts:write",
        "prompts:read",
        "keys:write",
        "keys:read",
        "labels:protected",
        "webhooks:write",
        "webhooks:read",
        OPERATOR,
    }
)
RUN_SCOPES = frozenset({"runs:write", "runs:read", "prompts:read"})
ADMIN_SCOPES = SCOPES - {OPERATOR}

# In place of a scope: the RPC needs no key.
NO_KEY = ""

# The scope that each RPC needs; None: any valid key will do. An RPC that is not named here is not served.
OF_RPC = MappingProxyType(
    {
        "/promptwire.v1.KeyService/CreateKey": "keys:write",
        "/promptwire.v1.KeyService/GetKey": "keys:read",
        "/promptwire.v1.KeyService/ListKeys": "keys:read",
        "/promptwire.v1.KeyService/UpdateKey": "keys:write",
        "/promptwire.v1.KeyService/RegenerateKey": "keys:write",
        "/promptwire.v1.KeyService/RevokeKey": "keys:write",
        "/promptwire.v1.KeyService/WhoAmI": None,
        "/promptwire.v1.PromptService/CreateFolder": "prompts:write",
        "/promptwire.v1.PromptService/GetFolder": "prompts:read",
        "/promptwire.v1.PromptService/ListFolders": "prompts:read",
        "/promptwire.v1.PromptService/UpdateFolder": "prompts:write",
        "/promptwire.v1.PromptService/DeleteFolder": "prompts:write",
        "/promptwire.v1.PromptService/CreatePrompt": "prompts:write",
        "/promptwire.v1.PromptService/GetPrompt": "prompts:read",
        "/promptwire.v1.PromptService/ListPrompts": "prompts:read",
        "/promptwire.v1.PromptService/StreamPrompts": "prompts:read",
        "/promptwire.v1.PromptService/UpdatePrompt": "prompts:write",
        "/promptwire.v1.PromptService/DeletePrompt": "prompts:write",
        "/promptwire.v1.PromptService/CreateVersion": "prompts:write",
        "/promptwire.v1.PromptService/GetVersion": "prompts:read",
        "/promptwire.v1.PromptService/ListVersions": "prompts:read",
        "/promptwire.v1.PromptService/DeleteVersion": "prompts:write",
        "/promptwire.v1.PromptService/ListLabels": "prompts:read",
        "/promptwire.v1.PromptService/SetLabel": "prompts:write",
        "/promptwire.v1.PromptService/DeleteLabel": "prompts:write",
        "/promptwire.v1.PromptService/ListLabelMoves": "prompts:read",
        "/promptwire.v1.PromptService/CreateSession": "prompts:write",
        "/promptwire.v1.PromptService/GetSession": "prompts:read",
        "/promptwire.v1.PromptService/ListSessions": "prompts:read",
        "/promptwire.v1.PromptService/UpdateSession": "prompts:write",
        "/promptwire.v1.PromptService/DeleteSession": "prompts:write",
        "/promptwire.v1.PromptService/CommitSession": "prompts:write",
        "/promptwire.v1.PromptService/ExportPrompts": "prompts:read",
        "/promptwire.v1.PromptService/ImportPrompts": "prompts:write",
        "/promptwire.v1.RunService/CreateRun": "runs:write",
        "/promptwire.v1.RunService/StreamRun": "runs:write",
        "/promptwire.v1.RunService/WatchRun": "runs:read",
        "/promptwire.v1.RunService/CancelRun": "runs:write",
        "/promptwire.v1.RunService/GetRun": "runs:read",
        "/promptwire.v1.RunService/ListRuns": "runs:read",
        "/promptwire.v1.RunService/ExportRuns": "runs:read",
        "/promptwire.v1.RunService/RateRun": "runs:write",
        "/promptwire.v1.RunService/GetUsage": "runs:read",
        "/promptwire.v1.RunService/ListModels": "runs:read",
        "/promptwire.v1.RunService/ListDeliveries": "webhooks:read",
        "/promptwire.v1.RunService/GetDelivery": "webhooks:read",
        "/promptwire.v1.RunService/RedeliverWebhook": "webhooks:write",
        "/promptwire.v1.RunService/RedeliverWebhooks": "webhooks:write",
        "/promptwire.v1.RunService/GetWebhookSecret": "webhooks:read",
        "/promptwire.v1.RunService/RotateWebhookSecret": "webhooks:write",
        # The token that it asks for is the right to the image.
        "/promptwire.v1.RunService/GetImage": NO_KEY,
    }
)
