"""Any OpenAI-compatible server as a provider, through the openai SDK's low-level verbs.

Those keep the SDK's authentication, time-outs and typed errors at half the cost of its typed methods.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
import httpx2
import openai
import orjson

from services.providers import answers
from services.providers.base import RESERVED_PARAMETERS, ChatAnswer, ChatRequest, ProviderError
from services.providers.config import ProviderSettings

LIST_SECONDS = 5.0
# What an answer may take beside twice its text, since JSON may spend more bytes on a text than UTF-8 does.
MARGIN = 1024 * 1024
_HEADERS: dict[str, str | openai.Omit] = {
    "Accept": "application/json",
    # The limit counts the bytes that come in, and a small compressed body could hold any amount.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "promptwire",
}

Read = TypeVar("Read")


class OpenAIProvider:
    """Asks one server with one key, over one client that keeps its connections."""

    def __init__(self, name: str, settings: ProviderSettings, *, output_limit: int) -> None:
        self.name = name
        self._settings = settings
        self._output_limit = output_limit
        self._client = _Client(
            base_url=settings.base_url,
            # The SDK insists on a key; without one the header is left out of each request.
            api_key=settings.api_key or "none",
            timeout=httpx2.Timeout(None, connect=settings.connect_timeout),
            max_retries=0,
            http_client=openai.DefaultAioHttpClient(
                trust_env=False, follow_redirects=False, event_hooks={"response": [self._bound]}
            ),
        )
        self._headers = {} if settings.api_key else {"Authorization": openai.omit}

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """Ask once, without retries. Raises ProviderError."""
        parameters = {name: value for name, value in request.parameters.items() if name not in RESERVED_PARAMETERS}
        body = orjson.dumps({**parameters, "model": request.model, "messages": request.messages})
        call = self._client.post(
            "/chat/completions", content=body, cast_to=httpx2.Response, options={"headers": self._headers}
        )
        answer = await self._read(call, answers.to_answer, self._settings.timeout)
        if len(answer.text.encode()) > self._output_limit:
            raise self._too_large()
        return answer

    async def models(self) -> Sequence[str]:
        """List the names of the server's models, within 5 s. Raises ProviderError."""
        call = self._client.get("/models", cast_to=httpx2.Response, options={"headers": self._headers})
        return await self._read(call, answers.to_models, LIST_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _read(
        self, call: Coroutine[Any, Any, httpx2.Response], read: Callable[[bytes], Read], seconds: float
    ) -> Read:
        try:
            async with asyncio.timeout(seconds):
                response = await call
            return read(response.content)
        except TimeoutError:
            # Not retried: the server may still be at work on it, and would do all of it again.
            raise self._error("PROVIDER_UNREACHABLE", f"did not answer within {seconds:g} s") from None
        except openai.APIStatusError as error:
            response = error.response
            raise self._refusal(error.status_code, answers.to_words(response.content), response.headers) from None
        except (openai.APIConnectionError, aiohttp.ClientError, OSError) as error:
            raise self._error("PROVIDER_UNREACHABLE", _cause(error), retryable=True) from error
        except answers.AnswerRefused as error:
            raise self._refusal(error.status, str(error), {}) from None
        except answers.AnswerInvalid as error:
            raise self._error("PROVIDER_ANSWER_INVALID", str(error)) from None

    async def _bound(self, response: httpx2.Response) -> None:
        """Keep an answer, also one that tells of an error, from taking any amount of memory."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self._error("PROVIDER_ANSWER_INVALID", "the answer is compressed, which was not asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, 2 * self._output_limit + MARGIN, self._too_large)

    def _refusal(self, status: int, words: str, headers: Mapping[str, str]) -> ProviderError:
        return self._error(
            _reason(status),
            words or f"HTTP {status}",
            metadata={"status": str(status)},
            retryable=status in (408, 429) or status >= 500,
            retry_after=answers.to_retry_after(headers),
        )

    def _too_large(self) -> ProviderError:
        return self._error("OUTPUT_TOO_LARGE", f"the output is over {self._output_limit} bytes")

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
        return _HEADERS


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
