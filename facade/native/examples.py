"""Examples for the API's documents: the body that each RPC takes, and the things that answers hold."""

from typing import Any

_SCOPES = ["prompts:read", "runs:read", "runs:write"]
_VERSION_ID = "019aa1c5-7d5e-7c52-b6d4-30a1b2c3d4e5"
_PROMPT_ID = "019aa1c5-7b11-7f04-8a55-6b7c8d9e0f1a"
_FOLDER_ID = "019aa1c5-6a10-7c03-9b44-5a6b7c8d9e0f"
_KEY_ID = "8Zk2mQ4vT1xY"
_MESSAGES = [
    {"role": "system", "content": "You write in a {tone} tone."},
    {"role": "user", "content": "Write a haiku about {topic}."},
]

# By RPC: its body in REST.
BODIES: dict[str, dict[str, Any]] = {
    "CreateKey": {"displayName": "Web shop", "owner": "shop@example.com", "scopes": _SCOPES},
    "UpdateKey": {"owner": "", "expireTime": "2030-01-31T12:00:00Z"},
    "RegenerateKey": {"grace": "3600s"},
    "RevokeKey": {},
    "CancelRun": {},
    "RedeliverWebhook": {},
    "RedeliverWebhooks": {"minCreateTime": "2026-11-22T00:00:00Z"},
    "RotateWebhookSecret": {"grace": "86400s"},
    "RateRun": {"stars": 3, "comment": "Just right."},
    "CreateFolder": {"name": "Poems", "description": "What is written in verse."},
    "UpdateFolder": {"description": "What is written in verse or in rhyme."},
    "SetLabel": {"number": "1"},
    "CreateSession": {"name": "Try a limerick", "baseVersionId": _VERSION_ID},
    "UpdateSession": {
        "name": "Try a limerick",
        "messages": [{"role": "user", "content": "Write a limerick about {topic}."}],
        "inputs": {"topic": "rain"},
    },
    "CommitSession": {"commitMessage": "Limericks in place of haikus"},
    "ImportPrompts": {
        "document": {
            "prompts": [
                {
                    "alias": "haiku",
                    "name": "Haiku",
                    "versions": [{"number": "1", "messages": _MESSAGES}],
                    "labels": [{"name": "production", "versionNumber": "1"}],
                }
            ]
        }
    },
    "CreatePrompt": {"name": "Haiku", "description": "A haiku about a topic.", "alias": "haiku"},
    "UpdatePrompt": {"description": "A haiku about any topic."},
    "CreateVersion": {
        "messages": _MESSAGES,
        "variables": [
            {"name": "topic", "type": "TYPE_TEXT", "required": True},
            {
                "name": "tone",
                "type": "TYPE_SELECT",
                "options": [{"name": "Formal", "value": "formal"}, {"name": "Casual", "value": "casual"}],
                "defaultValue": "casual",
            },
        ],
        "parameters": {"temperature": 0.7},
        "commitMessage": "First version",
    },
    "CreateRun": {"promptId": "haiku", "inputs": {"topic": "rain", "tone": "formal"}, "endUserId": "user-7"},
}

_KEY: dict[str, Any] = {
    "id": _KEY_ID,
    "displayName": "Web shop",
    "owner": "shop@example.com",
    "project": "default",
    "prefix": f"pw_{_KEY_ID}",
    "scopes": _SCOPES,
    "omitPayloads": False,
    "createTime": "2026-11-22T09:30:00.123Z",
    "lastUseTime": "2026-11-22T09:41:00Z",
    "requestsPerMinute": 100,
    "concurrentRuns": 0,
}
_VERSION: dict[str, Any] = {
    "id": _VERSION_ID,
    "serial": "12",
    "number": "1",
    "promptId": _PROMPT_ID,
    "messages": _MESSAGES,
    "variables": [
        {"name": "topic", "type": "TYPE_TEXT", "required": True, "description": "", "options": [], "allowEmpty": False},
        {
            "name": "tone",
            "type": "TYPE_SELECT",
            "required": False,
            "defaultValue": "casual",
            "description": "",
            "options": [{"name": "Formal", "value": "formal"}, {"name": "Casual", "value": "casual"}],
            "allowEmpty": False,
        },
    ],
    "images": [],
    "provider": "",
    "model": "",
    "parameters": {"temperature": 0.7},
    "commitMessage": "First version",
    "isLatest": True,
    "createTime": "2026-11-22T09:31:00.456Z",
    "firstMessageSerial": "31",
    "labels": ["production"],
    "outputs": [],
    "ratings": {"count": "4", "average": 2.75},
}
_PROMPT: dict[str, Any] = {
    "id": _PROMPT_ID,
    "name": "Haiku",
    "description": "A haiku about a topic.",
    "alias": "haiku",
    "createTime": "2026-11-22T09:30:30Z",
    "updateTime": "2026-11-22T09:30:30Z",
    "folderId": _FOLDER_ID,
    "strictVariables": False,
}
_FOLDER: dict[str, Any] = {
    "id": _FOLDER_ID,
    "name": "Poems",
    "description": "What is written in verse.",
    "promptCount": "1",
    "createTime": "2026-11-22T09:30:10Z",
    "updateTime": "2026-11-22T09:30:10Z",
}
_SESSION: dict[str, Any] = {
    "id": "019aa1c7-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
    "serial": "4",
    "promptId": _PROMPT_ID,
    "name": "Try a limerick",
    "messages": [{"role": "user", "content": "Write a limerick about {topic}."}],
    "firstMessageSerial": "33",
    "variables": [],
    "images": [],
    "provider": "",
    "model": "",
    "inputs": {"topic": "rain"},
    "createTime": "2026-11-22T09:35:00Z",
    "updateTime": "2026-11-22T09:36:00Z",
}
_LABEL: dict[str, Any] = {
    "name": "production",
    "promptId": _PROMPT_ID,
    "versionId": _VERSION_ID,
    "versionNumber": "1",
    "protected": True,
    "createTime": "2026-11-22T09:37:00Z",
    "updateTime": "2026-11-22T09:37:00Z",
}
_USAGE = {"inputTokens": "21", "outputTokens": "17", "images": "0"}
_RUN: dict[str, Any] = {
    "id": "019aa1c6-0a2b-7d3c-9e4f-5a6b7c8d9e0f",
    "promptId": _PROMPT_ID,
    "versionId": _VERSION_ID,
    "versionNumber": "1",
    "state": "STATE_SUCCEEDED",
    "inputs": {"topic": "rain", "tone": "formal"},
    "outputs": [{"name": "output", "text": "Rain upon the roof...", "nodeId": "", "format": "TYPE_UNSPECIFIED"}],
    "nodeRuns": [
        {
            "nodeId": "template",
            "state": "STATE_SUCCEEDED",
            "provider": "local",
            "model": "smollm2-135m-instruct",
            "messages": [],
            "usage": _USAGE,
            "finishReason": "stop",
            "startTime": "2026-11-22T09:32:00.012Z",
            "endTime": "2026-11-22T09:32:01.345Z",
            "name": "",
            "attempts": 0,
            "adjustments": [],
        }
    ],
    "usage": _USAGE,
    "endUserId": "user-7",
    "keyId": _KEY_ID,
    "createTime": "2026-11-22T09:32:00.010Z",
    "startTime": "2026-11-22T09:32:00.012Z",
    "endTime": "2026-11-22T09:32:01.346Z",
    "attempt": 1,
    "sessionId": "",
    "metadata": {"plan": "pro"},
    "makesImage": False,
    "webhookUrl": "",
}
_MODEL: dict[str, Any] = {
    "name": "default",
    "provider": "local",
    "providerModel": "smollm2-135m-instruct",
    "isDefault": True,
    "choices": [],
    "kind": "KIND_TEXT",
}

# By the name of the member that says what happened: an event.
EVENTS: dict[str, dict[str, Any]] = {
    "nodeStarted": {"sequence": "2", "nodeStarted": {"nodeId": "template", "attempt": 1}},
    "textDelta": {"sequence": "3", "textDelta": {"nodeId": "template", "text": "Rain upon the"}},
}

# By message: one of it in an answer.
THINGS: dict[str, dict[str, Any]] = {
    "Key": _KEY,
    "Folder": _FOLDER,
    "Prompt": _PROMPT,
    "Version": _VERSION,
    "Session": _SESSION,
    "Label": _LABEL,
    "Run": _RUN,
    "Model": _MODEL,
}
