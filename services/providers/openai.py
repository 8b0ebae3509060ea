"""Any OpenAI-compatible server as a provider: runs ask it straight over HTTP, the rest goes through the openai SDK.

The SDK's leanest verb costs four times as much as the same request without it: a quarter of all that a run costs. What
bounds an answer before it is in memory, as images need it, is there, too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
import httpx2
import openai
import orjson

from services.providers import answers, refusals
from services.providers.adjustments import Adjustment
from services.providers.base import (
    IMAGE_LIMIT,
    RESERVED_PARAMETERS,
    ChatAnswer,
    ChatRequest,
    ImageAnswer,
    ImageRequest,
    ProviderError,
    Tell,
)
from services.providers.config import ProviderSettings
from services.providers.refusals import Refusal
from services.providers.streaming import Reading, StreamCut
from services.providers.wire import CHAT, COMPLETIONS, COMPRESSED, HEADERS, IMAGES, Response, Wire

LIST_SECONDS = 5.0
# What an answer may take beside twice its text, since JSON may spend more bytes on a text than UTF-8 does.
MARGIN = 1024 * 1024
# What an answer with an image may take: base64 spends four bytes on three.
IMAGE_ANSWER_LIMIT = 4 * IMAGE_LIMIT // 3 + MARGIN
# How long what is behind an answer is waited for, so that its connection can be used again.
DRAIN_SECONDS = 0.1
Request = TypeVar("Request", ChatRequest, ImageRequest)
Answer = TypeVar("Answer", ChatAnswer, ImageAnswer)

_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


class OpenAIProvider:
    """Asks one server with one key, over connections that it keeps."""

    def __init__(self, name: str, settings: ProviderSettings, *, output_limit: int) -> None:
        self.name = name
        self._settings = settings
        self._output_limit = output_limit
        self._limit = 2 * output_limit + MARGIN
        tls = httpx2.create_ssl_context(trust_env=False)
        self._wire = Wire(
            settings.base_url,
            settings.api_key,
            timeout=settings.timeout,
            connect_timeout=settings.connect_timeout,
            limit=self._limit,
            tls=tls,
        )
        self._client = _Client(
            base_url=settings.base_url,
            # The SDK insists on a key; without one the header is left out of each request.
            api_key=settings.api_key or "none",
            timeout=httpx2.Timeout(None, connect=settings.connect_timeout),
            max_retries=0,
            http_client=openai.DefaultAioHttpClient(
                verify=tls, trust_env=False, follow_redirects=False, event_hooks={"response": [self._bound]}
            ),
        )

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """Ask once, without retries, but again when a setting is refused. Raises ProviderError."""
        return await _persist(request, self._chat)

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        """Ask as `chat` does, and tell the pieces of the answer's text as they come."""
        return await _persist(request, lambda changed: self._stream(changed, tell))

    async def image(self, request: ImageRequest) -> ImageAnswer:
        """Ask once for one image, without retries, but again when a setting is refused. Raises ProviderError."""
        return await _persist(request, self._image)

    async def models(self) -> Sequence[str]:
        """List the names of the server's models, within 5 s. Raises ProviderError."""
        headers = {} if self._settings.api_key else {"Authorization": openai.omit}
        with self._typed(LIST_SECONDS):
            async with asyncio.timeout(LIST_SECONDS):
                response = await self._client.get("/models", cast_to=httpx2.Response, options={"headers": headers})
            return answers.to_models(response.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
        await self._client.close()

    async def _chat(self, request: ChatRequest) -> ChatAnswer:
        with self._typed(self._settings.timeout):
            return self._answer(await self._wire.post(_path(request), _body(request)))

    async def _stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        with self._typed(self._settings.timeout):
            async with await self._wire.begin(_path(request), _body(request, **_STREAMED)) as response:
                if _is_stream(response):
                    return await self._follow(response, tell)
                answer = self._answer(await self._wire.read(response))
        if answer.text:
            tell(answer.text)
        return answer

    async def _image(self, request: ImageRequest) -> ImageAnswer:
        body = orjson.dumps({**_free(request.parameters), "model": request.model, "prompt": request.prompt, "n": 1})
        with self._typed(self._settings.timeout, f"the image is over {IMAGE_LIMIT} bytes"):
            answer = answers.to_image(self._content(await self._wire.post(IMAGES, body, IMAGE_ANSWER_LIMIT)))
            if len(answer.data or b"") > IMAGE_LIMIT:
                raise answers.AnswerTooLarge
            return answer

    @contextmanager
    def _typed(self, seconds: float, too_large: str = "") -> Generator[None]:
        """Turn whatever goes wrong with a request of so many seconds into a ProviderError.

        `too_large` says of what there is too much, when that is not text.
        """
        try:
            yield
        except aiohttp.ConnectionTimeoutError as error:
            raise self._error("PROVIDER_UNREACHABLE", str(error), retryable=True) from None
        except TimeoutError:
            # Not retried: the server may still be at work on it, and would do all of it again.
            raise self._error("PROVIDER_UNREACHABLE", f"did not answer within {seconds:g} s") from None
        except openai.APIStatusError as error:
            response = error.response
            raise self._refusal(error.status_code, answers.to_words(response.content), response.headers) from None
        except (openai.APIConnectionError, aiohttp.ClientError, OSError) as error:
            raise self._error("PROVIDER_UNREACHABLE", _cause(error), retryable=True) from error
        except answers.AnswerTooLarge:
            raise self._too_large(too_large) from None
        except StreamCut:
            raise self._error("PROVIDER_UNREACHABLE", "the stream ended before the answer", retryable=True) from None
        except answers.AnswerRefused as error:
            raise self._refusal(error.status, str(error), {}) from None
        except answers.AnswerInvalid as error:
            raise self._error("PROVIDER_ANSWER_INVALID", str(error)) from None

    async def _follow(self, response: aiohttp.ClientResponse, tell: Tell) -> ChatAnswer:
        reading = Reading(self._output_limit, self._limit)
        async for chunk in response.content.iter_any():
            for text in reading.read(chunk):
                tell(text)
            if reading.done:
                await _drain(response)
                break
        return reading.answer()

    def _answer(self, response: Response) -> ChatAnswer:
        answer = answers.to_answer(self._content(response))
        if len(answer.text.encode()) > self._output_limit:
            raise answers.AnswerTooLarge
        return answer

    def _content(self, response: Response) -> bytes:
        """Give the body of an answer that says success, and raise what another one says."""
        if 200 <= response.status < 300:
            return response.content
        refusal = refusals.read(response.content) if response.status in refusals.STATUSES else None
        raise self._refusal(response.status, answers.to_words(response.content), response.headers, refusal)

    async def _bound(self, response: httpx2.Response) -> None:
        """Keep an answer, also one that tells of an error, from taking any amount of memory."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self._error("PROVIDER_ANSWER_INVALID", COMPRESSED)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, self._limit, self._too_large)

    def _refusal(
        self, status: int, words: str, headers: Mapping[str, str], refusal: Refusal | None = None
    ) -> ProviderError:
        return self._error(
            _reason(status),
            words or f"HTTP {status}",
            metadata={"status": str(status)},
            retryable=status in (408, 429) or status >= 500,
            retry_after=answers.to_retry_after(headers),
            refusal=refusal,
        )

    def _too_large(self, words: str = "") -> ProviderError:
        return self._error("OUTPUT_TOO_LARGE", words or f"the output is over {self._output_limit} bytes")

    def _error(self, reason: str, words: str, **details: Any) -> ProviderError:
        key = self._settings.api_key
        words = (words.replace(key, "[redacted]") if key else words)[: answers.MAX_WORDS]
        return ProviderError(reason, f"{self.name}: {words}", **details)


class _Client(openai.AsyncOpenAI):
    """The SDK's client, with the same few headers on every request.

    The SDK would add what the environment holds for OpenAI, an organization or whole headers, for every provider.
    """

    @property
    def default_headers(self) -> dict[str, str | openai.Omit]:
        return {**HEADERS}


class _Bounded(httpx2.AsyncByteStream):
    """A stream that breaks off with an error when it passes `limit` bytes."""

    def __init__(self, stream: httpx2.AsyncByteStream, limit: int, error: Callable[[], ProviderError]) -> None:
        self._stream = stream
        self._limit = limit
        self._error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._limit:
                raise self._error()
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _persist(request: Request, ask: Callable[[Request], Awaitable[Answer]]) -> Answer:
    """Ask, and again without a setting, or with another value of it, when the server says that it is the matter."""
    changes: list[Adjustment] = []
    while True:
        try:
            answer = await ask(request)
        except ProviderError as error:
            heeded = refusals.heed(request.parameters, error.refusal) if error.refusal is not None else None
            if heeded is None or len(changes) == refusals.MOST:
                raise
            request = replace(request, parameters=heeded[0])
            changes.append(heeded[1])
        else:
            return replace(answer, adjustments=tuple(changes)) if changes else answer


def _path(request: ChatRequest) -> str:
    return COMPLETIONS if request.completion else CHAT


def _body(request: ChatRequest, **more: object) -> bytes:
    said = {"prompt": answers.to_prompt(request.messages)} if request.completion else {"messages": request.messages}
    return orjson.dumps({**_free(request.parameters), "model": request.model, **said, **more})


def _free(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings that are not the server's own."""
    return {name: value for name, value in parameters.items() if name not in RESERVED_PARAMETERS}


def _is_stream(response: aiohttp.ClientResponse) -> bool:
    encoding = response.headers.get("Content-Encoding", "identity")
    return 200 <= response.status < 300 and response.content_type == "text/event-stream" and encoding == "identity"


async def _drain(response: aiohttp.ClientResponse) -> None:
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in response.content.iter_any():
                pass


def _reason(status: int) -> str:
    match status:
        case 401:
            return "PROVIDER_UNAUTHENTICATED"
        case 429:
            return "PROVIDER_RATE_LIMITED"
        case _:
            return "PROVIDER_FAILED" if status >= 500 else "PROVIDER_REFUSED"


def _cause(error: BaseException) -> str:
    """Give the words of the innermost exception that has any: the outer ones speak of the client's insides."""
    words = str(error)
    while error.__cause__ is not None:
        error = error.__cause__
        words = str(error) or words
    return words
