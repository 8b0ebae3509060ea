"""What models' own names tell: those of models that are gone, what a model is for, and what it refuses."""

import re
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit

from services.embedded import model as embedded_model
from services.embedded import placeholder
from services.providers.adjustments import Rules
from services.providers.config import LOCAL, Kind, ModelSettings
from services.providers.json_answers import JsonStyle

# Names in prompts and graphs that were made elsewhere, of models that nobody serves any more, or not by that name.
RETIRED = MappingProxyType(
    {
        "text": frozenset(
            {
                *("text-davinci-001", "text-davinci-002", "text-davinci-003", "code-davinci-002", "davinci"),
                *("text-curie-001", "curie", "text-babbage-001", "babbage", "text-ada-001", "ada"),
                *("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613", "gpt-4-0314", "gpt-4-32k"),
            }
        ),
        "image": frozenset(
            {
                *("dall-e", "dall-e-2", "dall-e-3", "gpt-image-1", "playground-v1", "playground-v2", "playground-v2.5"),
                *("stable-diffusion", "stable-diffusion-v1-5", "stable-diffusion-xl", "sdxl"),
            }
        ),
    }
)
# What the embedded provider has.
EMBEDDED = (embedded_model.NAME, placeholder.NAME)
OPENAI_HOST = "api.openai.com"

_REASONING = re.compile(r"(o[134]|gpt-[5-9])(?![0-9A-Za-z])(?!.*-chat)")
# These reason only when they are asked to.
_REASONING_WHEN_ASKED = re.compile(r"gpt-5\.[1-9](?![0-9])(?!.*-(pro|codex))")
_CHAT = re.compile(r"(gpt-[0-9]|o[134](?![0-9A-Za-z]))")
_COMPLETION = re.compile(r"(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)(?![0-9A-Za-z])")
_IMAGE = re.compile(r"(gpt-image|chatgpt-image|dall-e|stable-diffusion|playground-v)")
# Settings of the choice of words, which OpenAI's reasoning models refuse while they reason, and others always.
SAMPLING = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"})
_NOT_OF_REASONING = frozenset({"stop", "logit_bias"})
# What is no setting of a chat, of a completion, of an image. Each takes the first of the answers that it is given.
_NOT_OF_CHAT = frozenset({"best_of", "echo", "suffix", "n"})
_NOT_OF_COMPLETION = frozenset(
    {
        *("response_format", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"),
        *("reasoning_effort", "verbosity", "modalities", "audio", "prediction", "top_logprobs", "n"),
        # Answers that are streamed have none, and a prompt runs alike whoever waits for it.
        "best_of",
    }
)
_NOT_OF_IMAGE = frozenset(
    {
        *("temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens", "max_completion_tokens"),
        *("stop", "logprobs", "top_logprobs", "logit_bias", "reasoning_effort", "tools", "tool_choice"),
        *_NOT_OF_CHAT,
    }
)
# What only the models that are gone took.
_REFUSED_OF_IMAGE = MappingProxyType(
    {"quality": frozenset({"standard", "hd"}), "size": frozenset({"256x256", "512x512"})}
)


def reasons(model: str) -> bool:
    """Tell whether it is one of OpenAI's reasoning models."""
    return _REASONING.match(model) is not None


def kind_of(settings: ModelSettings) -> Kind | None:
    """Tell what a model is for; None: its name does not say."""
    if settings.kind is not None:
        return settings.kind
    if settings.provider == LOCAL:
        return "image" if settings.model == placeholder.NAME else "chat"
    if _COMPLETION.match(settings.model):
        return "completion"
    if _IMAGE.match(settings.model):
        return "image"
    return "chat" if _CHAT.match(settings.model) else None


def rules_of(settings: ModelSettings, base_url: str, kind: Kind) -> Rules:
    """Give what a model refuses; what the model table says goes before what its name tells."""
    known = _rules_of(settings.provider, settings.model, base_url, kind)
    if not (settings.drop or settings.rename or settings.context):
        return known
    renamed = settings.rename.keys()
    return Rules(
        drop=(known.drop - renamed) | settings.drop,
        drop_reasoning=known.drop_reasoning - renamed,
        rename={name: to for name, to in known.rename.items() if to not in renamed} | dict(settings.rename),
        refuse=known.refuse,
        context=settings.context or known.context,
        effort=known.effort,
    )


def json_style_of(settings: ModelSettings, kind: Kind) -> JsonStyle:
    """Tell what a model can be held to that is to answer in JSON; what the model table says goes first."""
    if settings.json_style is not None:
        return settings.json_style
    if kind != "chat":
        return "none"
    return "any" if settings.provider == LOCAL else "schema"


def is_openai(base_url: str) -> bool:
    """Tell whether it is OpenAI's own server, which shows a model the schema that its answer has to hold."""
    return urlsplit(base_url).hostname == OPENAI_HOST


@lru_cache(maxsize=1000)
def _rules_of(provider: str, model: str, base_url: str, kind: Kind) -> Rules:
    match kind:
        # Some servers still have these, with their own settings.
        case "image" if is_openai(base_url) and not model.startswith("dall-e"):
            # Whether the image comes itself or by URL, as others let one choose.
            return Rules(_NOT_OF_IMAGE | {"style", "response_format"}, refuse=_REFUSED_OF_IMAGE)
        case "image":
            return Rules(_NOT_OF_IMAGE)
        case "completion":
            return Rules(_NOT_OF_COMPLETION, rename={"max_completion_tokens": "max_tokens"})
        case "chat":
            context = embedded_model.SLOT_TOKENS if provider == LOCAL else None
            if is_openai(base_url) and reasons(model):
                effort = "none" if _REASONING_WHEN_ASKED.match(model) else ""
                rename = {"max_tokens": "max_completion_tokens"}
                return Rules(_NOT_OF_CHAT | _NOT_OF_REASONING, SAMPLING, rename, effort=effort)
            return Rules(_NOT_OF_CHAT, context=context)
