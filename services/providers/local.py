"""The embedded models as a provider: a server that is launched when it is first asked, and placeholders for images."""

import asyncio
from collections.abc import Sequence

from services.embedded import placeholder
from services.embedded.model import EmbeddedModel, Endpoint, ModelUnavailable, available
from services.providers import answers
from services.providers.base import ChatAnswer, ChatRequest, ImageAnswer, ImageRequest, ProviderError, Tell
from services.providers.config import LOCAL, ProviderSettings
from services.providers.openai import OpenAIProvider

# The run's own timeout ends a call; answers of a small model on a busy machine may take long.
TIMEOUT_SECONDS = 3600.0


class LocalProvider:
    """Asks the embedded model, wherever it listens at the moment."""

    name = LOCAL

    def __init__(self, model: EmbeddedModel, *, output_limit: int) -> None:
        self._model = model
        self._output_limit = output_limit
        self._endpoint: Endpoint | None = None
        self._server: OpenAIProvider | None = None

    async def chat(self, request: ChatRequest) -> ChatAnswer:
        """Ask once, without retries. Raises ProviderError."""
        return await (await self._server_for(request)).chat(request)

    async def stream(self, request: ChatRequest, tell: Tell) -> ChatAnswer:
        """Ask as `chat` does, and tell the pieces of the answer's text as they come."""
        return await (await self._server_for(request)).stream(request, tell)

    async def image(self, request: ImageRequest) -> ImageAnswer:
        """Draw a placeholder. Raises ProviderError."""
        if request.model != placeholder.NAME:
            words = f"{self.name}: there is no image model {request.model!r}, but {placeholder.NAME!r}"
            raise ProviderError("PROVIDER_REFUSED", words)
        try:
            return ImageAnswer(await asyncio.to_thread(placeholder.draw, request.prompt), None, placeholder=True)
        except placeholder.Unavailable as error:
            raise ProviderError("PROVIDER_REFUSED", f"{self.name}: {error}") from None

    async def models(self) -> Sequence[str]:
        """Name the models that are installed, without launching any."""
        text = [self._model.name] if available() else []
        return [*text, placeholder.NAME] if placeholder.available() else text

    async def close(self) -> None:
        """Close the connections, and stop the model."""
        if self._server is not None:
            await self._server.close()
        await self._model.stop()

    async def _server_for(self, request: ChatRequest) -> OpenAIProvider:
        if request.model != self._model.name:
            words = f"{self.name}: the embedded model is {self._model.name!r}; there is no other one"
            raise ProviderError("PROVIDER_REFUSED", words)
        return await self._listening()

    async def _listening(self) -> OpenAIProvider:
        try:
            endpoint = await self._model.endpoint()
        except ModelUnavailable as error:
            words = f"{self.name}: {error}"[: answers.MAX_WORDS]
            raise ProviderError("PROVIDER_UNREACHABLE", words) from error
        if self._server is None or endpoint != self._endpoint:
            # It was launched anew, on another port: nothing is under way on the old connections.
            before, self._endpoint, self._server = self._server, endpoint, self._open(endpoint)
            if before is not None:
                await before.close()
        return self._server

    def _open(self, endpoint: Endpoint) -> OpenAIProvider:
        settings = ProviderSettings(endpoint.base_url, endpoint.api_key, timeout=TIMEOUT_SECONDS)
        return OpenAIProvider(self.name, settings, output_limit=self._output_limit)
