"""What the engine knows of a provider: what it is asked for, its answers, and how it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.providers.adjustments import Adjustment
from services.providers.refusals import Refusal

# What a request's parameters may not set: the server's own part of the body that a provider gets, and what clients of
# OpenAI, and gateways behind them, take for where to send it and with which key or headers.
RESERVED_PARAMETERS = frozenset(
    {
        *("messages", "model", "n", "stream", "stream_options"),
        *("api_base", "api_key", "base_url", "extra_body", "extra_headers", "extra_query"),
    }
)
RESERVED_FAULT = f"must be left out; the server sets or refuses {', '.join(sorted(RESERVED_PARAMETERS))}"

# What an image may have, in bytes.
IMAGE_LIMIT = 10 * 1024 * 1024

# Takes the pieces of an answer's text, one by one.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Chat messages for a model, by the provider's name for it, with settings that go along as they are.

    `completion`: the model is none for chats, but goes on with a text.
    """

    messages: Sequence[Any]
    model: str
    parameters: Mapping[str, Any]
    completion: bool = False


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """The model's text, the tokens it read and wrote, and why it stopped in the provider's words.

    `adjustments` is what became of settings that the provider refused at first.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = ""
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A description for an image model, by the provider's name for it, with settings that go along as they are."""

    prompt: str
    model: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """The image itself, or the URL that has it for a while. `placeholder`: it stands in for one, no model made it."""

    data: bytes | None
    url: str | None
    placeholder: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    adjustments: tuple[Adjustment, ...] = ()


class ProviderError(Exception):
    """A provider that did not answer as it should.

    `reason` is one of the contract's PROVIDER_ reasons, or OUTPUT_TOO_LARGE. `retryable`: asking again may help, not
    before `retry_after` seconds when the provider said so. `refusal`: what it says is wrong with a request's settings.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        refusal: Refusal | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata or {})
        self.retryable = retryable
        self.retry_after = retry_after
        self.refusal = refusal


class Provider(Protocol):
    """Answers requests. Cancelling a call stops the work for it."""

    @property
    def name(self) -> str:
        """The name by which the configuration and versions know the provider."""
        ...

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """Ask once, without retries. Raises ProviderError."""
        ...

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        """Ask as `chat` does, and tell the pieces of the answer's text as they come."""
        ...

    async def image(self, request: ImageRequest) -> ImageAnswer:
        """Ask once for one image, without retries. Raises ProviderError."""
        ...

    async def models(self) -> Sequence[str]:
        """List the names of the models that can be asked. Raises ProviderError."""
        ...

    async def close(self) -> None:
        """Close its connections; it is not used again."""
        ...
