"""Texts that run as a script where a page puts them in as anything but text, in whatever the console shows."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.fakes.provider import Answer
from tests.fakes.receiver import Receiver, Says
from tests.journeys.graphs import graph
from tests.journeys.stack import Stack

# Each calls `hit`, which counts.
CORPUS = (
    "<script>hit()</script>",
    '"><img src=x onerror=hit()>',
    "'><svg/onload=hit()>",
    "<svg><script>hit()</script></svg>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "javascript:hit()",
    "data:text/html,<script>parent.hit()</script>",
    "<details open ontoggle=hit()>",
    "<body onpageshow=hit()>",
    "<style>@import 'http://127.0.0.3/x.css'</style>",
    "<link rel=stylesheet href=http://127.0.0.3/x.css>",
    "<img src=http://127.0.0.3/x.png>",
    "<a href=javascript:hit()>click</a>",
    "<math><mi xlink:href=javascript:hit()>x</mi></math>",
    "{{constructor.constructor('hit()')()}}",
    "${hit()}",
    "]]><script>hit()</script>",
    "--><script>hit()</script>",
    "</title><script>hit()</script>",
    "</textarea><script>hit()</script>",
    "<input autofocus onfocus=hit()>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "\u202e<script>hit()</script>",
    # Ends an isolation that a page puts it in, and then turns what follows.
    "\u2069\u202e<script>hit()</script>",
    "__proto__",
)
# Each turns what follows it on its line, unless it stands there by itself: letters that are written from right to left,
# an override, and one that first ends the isolation that a page puts it in. No two are the same.
TURNS = ("\u05e9\u05dc ", "\u202e", "\u2069\u202e", "\u2067\u202e")
TURNING = tuple(f"{turn}by night {number}" for number, turn in enumerate(TURNS * 4))


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made: ids by what they are of."""

    prompt_id: str
    version_ids: tuple[str, str]
    flow_id: str
    session_id: str
    run_ids: tuple[str, ...]
    delivery_id: str


class Seeder:
    """Makes things of every kind, each text of which is from a corpus of 16 texts or more."""

    def __init__(self, stack: Stack, receiver: Receiver, corpus: Sequence[str] = CORPUS) -> None:
        self._stack = stack
        self._receiver = receiver
        self._corpus = corpus
        self._texts = itertools.cycle(corpus)

    async def seed(self) -> Seeded:
        """Make all of it."""
        folder = await self._post("/api/folders", name=self._text(), description=self._text())
        for _ in self._corpus:
            await self._post("/api/prompts", name=self._text(), description=self._text())
            await self._post("/api/keys", displayName=self._text(), owner=self._text(), scopes=["runs:read"])
        prompt_id = await self._prompt(folder["folder"]["id"])
        odd = {"role": self._text(), "content": [{"type": self._text(), "text": self._text()}]}
        versions = [await self._version(prompt_id, [odd]), await self._version(prompt_id, [])]
        for text in self._corpus[:4]:
            path = f"/api/prompts/{prompt_id}/labels/{_quote(text)}"
            await self._call("PUT", path, number=versions[0]["number"])
            await self._call("PUT", path, number=versions[1]["number"])
        session = await self._session(prompt_id, versions[1]["id"])
        flow_id = await self._flow()
        run_ids = [*await self._runs(versions[1]["id"]), *await self._failed_runs(versions[1]["id"])]
        run_ids.append((await self._post("/api/runs", promptId=flow_id))["run"]["id"])
        delivery_id = await self._deliver(versions[1]["id"])
        ids = versions[0]["id"], versions[1]["id"]
        return Seeded(prompt_id, ids, flow_id, session, tuple(run_ids), delivery_id)

    async def _prompt(self, folder_id: str) -> str:
        alias = self._corpus[1]
        made = await self._post(
            "/api/prompts", name=self._text(), description=self._text(), alias=alias, folderId=folder_id
        )
        return made["prompt"]["id"]

    async def _version(self, prompt_id: str, more: list[Any]) -> Any:
        options = [{"name": text, "value": text} for text in self._corpus]
        variables = [
            {
                "name": "<b onclick=hit()>",
                "type": "TYPE_TEXT",
                "description": self._text(),
                "defaultValue": self._text(),
            },
            {"name": "choice", "type": "TYPE_SELECT", "options": options, "defaultValue": self._corpus[0]},
        ]
        messages = [{"role": "user", "content": f"{text} {{choice}}"} for text in self._corpus]
        made = await self._post(
            f"/api/prompts/{prompt_id}/versions",
            messages=[*messages, *more],
            variables=variables,
            parameters={self._text(): self._text()},
            commitMessage=self._text(),
            outputFormat={"type": "TYPE_JSON", "schema": {"title": self._text(), "description": self._text()}},
        )
        return made["version"]

    async def _session(self, prompt_id: str, version_id: str) -> str:
        made = await self._post(f"/api/prompts/{prompt_id}/sessions", name=self._text(), baseVersionId=version_id)
        return made["session"]["id"]

    async def _flow(self) -> str:
        flow_id = (await self._post("/api/prompts", name=self._text()))["prompt"]["id"]
        drawn = graph(
            {text: text for text in self._corpus[:6]},
            {text: f"{text} {{{self._corpus[0]}}}" for text in self._corpus[6:12]},
            {text: [self._corpus[6]] for text in self._corpus[12:16]},
        )
        for number, node in enumerate(drawn["nodes"]):
            node["position"] = {"x": 280 * (number % 4), "y": 160 * (number // 4)}
        drawn["nodes"].append(
            {"id": f"note {self._text()}", "type": self._text(), "data": {"label": self._text(), "html": self._text()}}
        )
        await self._post(f"/api/prompts/{flow_id}/versions", graph=drawn, commitMessage=self._text())
        return flow_id

    async def _runs(self, version_id: str) -> list[str]:
        ids: list[str] = []
        for text in self._corpus:
            self._stack.fake.script(Answer(f'{{"text": "{text.replace(chr(34), "")}"}}'))
            ids.append(await self._run(version_id, endUserId=text, metadata={"name": text}))
            await self._call("PUT", f"/api/runs/{ids[-1]}/rating", stars=3, comment=text)
        self._stack.fake.script(Answer("".join(self._corpus)))
        return [ids[0], ids[1], await self._run(version_id)]

    async def _failed_runs(self, version_id: str) -> list[str]:
        words = [Answer(body=f'{{"error": {{"message": "{text}"}}}}'.encode(), status=400) for text in self._corpus[:2]]
        self._stack.fake.script(*words)
        return [await self._run(version_id) for _ in words]

    async def _run(self, version_id: str, **more: Any) -> str:
        inputs = {"<b onclick=hit()>": self._text(), "choice": self._text(), self._text(): self._text()}
        made = await self._post("/api/runs", versionId=version_id, inputs=inputs, **more)
        return made["run"]["id"]

    async def _deliver(self, version_id: str) -> str:
        self._receiver.default = Says(500, body="".join(self._corpus).encode())
        url = f"{self._receiver.url}/{_quote(self._corpus[1])}?q={_quote(self._corpus[0])}"
        run_id = await self._run(version_id, webhook={"url": url, "headers": {"x-name": _ascii(f"of {self._text()}")}})
        async with asyncio.timeout(20):
            while True:
                [delivery] = (await self._call("GET", f"/api/deliveries?runId={run_id}"))["deliveries"]
                if delivery["state"] == "STATE_FAILED":
                    return delivery["id"]
                await asyncio.sleep(0.05)

    def _text(self) -> str:
        return next(self._texts)

    async def _post(self, path: str, **body: Any) -> Any:
        return await self._call("POST", path, **body)

    async def _call(self, method: str, path: str, **body: Any) -> Any:
        status, answer = await self._stack.rest(method, path, self._stack.admin, **({"json": body} if body else {}))
        assert status == 200, answer
        return answer


def _quote(text: str) -> str:
    return quote(text, safe="")


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
