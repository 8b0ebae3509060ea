"""The prompts that an empty database starts with. They name no model, so that they follow the server's default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from promptwire import values
from promptwire.v1.prompt_pb2 import Option, Prompt, Variable, Version
from promptwire.v1.prompt_service_pb2 import CreateVersionRequest
from services import errors
from services.db import Database
from services.prompts import content, formats
from services.prompts.formats import Kind
from services.prompts.store import PromptStore
from services.prompts.version_store import VersionStore

# A name of an image model that works wherever there is one: the default stands for it.
IMAGE_MODEL = "playground-v2"
# Values with which the first example can be run as it is.
SAMPLE_INPUTS: Mapping[str, str] = MappingProxyType({"topic": "the sea"})

MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Example:
    name: str
    description: str
    alias: str
    messages: Sequence[Mapping[str, str]] = ()
    variables: Sequence[Variable] = ()
    graph: Mapping[str, Any] | None = None
    kind: Kind = "text"
    schema: Mapping[str, Any] | None = None
    # Outputs are kept short: the embedded model is small, and runs on the CPU.
    max_tokens: int = 64


def _node(node_id: str, kind: str, place: tuple[int, int], data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": node_id, "type": kind, "position": {"x": place[0], "y": place[1]}, "data": data}


def _model(name: str, prompt: str, model: str, **parameters: float) -> Mapping[str, Any]:
    return {"name": name, "prompt": prompt, "modelParams": {"model": model, **parameters}, "output": ""}


def _edge(source: str, target: str, handle: str) -> Mapping[str, Any]:
    ends = {"source": source, "sourceHandle": "output", "target": target, "targetHandle": handle}
    return {"id": f"{source}-{target}", **ends}


_EXAMPLES = (
    _Example(
        name="Explain a topic",
        description="Explains a topic in a few words.",
        alias="explain",
        messages=[{"role": "user", "content": "Explain {topic} to {reader} in two short sentences."}],
        variables=[
            Variable(name="topic", type=Variable.TYPE_TEXT, required=True, description="What to explain"),
            Variable(name="reader", type=Variable.TYPE_TEXT, default_value="a child", description="Who reads it"),
        ],
    ),
    _Example(
        name="Answer a message",
        description="Writes a short answer to a message, in a tone of choice.",
        alias="answer",
        messages=[{"role": "user", "content": "Write a short, {tone} answer to this message:\n\n{{ message }}"}],
        variables=[
            Variable(name="message", type=Variable.TYPE_TEXT, required=True, description="The message to answer"),
            Variable(
                name="tone",
                type=Variable.TYPE_SELECT,
                default_value="friendly",
                description="How the answer sounds",
                options=[Option(name="Friendly", value="friendly"), Option(name="Formal", value="formal and polite")],
            ),
        ],
    ),
    _Example(
        name="Ask an assistant",
        description="Answers a question, with instructions in a system message.",
        alias="ask",
        messages=[
            {"role": "system", "content": "You are a helpful assistant for {subject}. Answer in one sentence."},
            {"role": "user", "content": "{question}"},
        ],
        variables=[
            Variable(name="question", type=Variable.TYPE_TEXT, required=True, description="What to answer"),
            Variable(name="subject", type=Variable.TYPE_TEXT, default_value="everything", description="What it knows"),
        ],
    ),
)


_LIST_EXAMPLE = _Example(
    name="List ideas",
    description="Lists ideas about a topic, as a list of texts.",
    alias="ideas",
    messages=[
        {
            "role": "system",
            "content": "You answer with a short list: an item a line, behind a dash.",
        },
        {"role": "user", "content": "List three ideas about {topic}."},
    ],
    variables=[Variable(name="topic", type=Variable.TYPE_TEXT, required=True, description="What the ideas are about")],
    kind="list",
)
# Bounded, so that a small model ends it within its limit.
_JSON_EXAMPLE = _Example(
    name="Review a product",
    description="Reviews a product as JSON: a mood, a number of stars, and a few tags.",
    alias="review",
    messages=[{"role": "user", "content": "Write a review of {product}: a mood, 1 to 5 stars, and up to 3 tags."}],
    variables=[Variable(name="product", type=Variable.TYPE_TEXT, required=True, description="What to review")],
    kind="json",
    schema={
        "type": "object",
        "properties": {
            "mood": {"enum": ["happy", "neutral", "angry"]},
            "stars": {"type": "integer", "minimum": 1, "maximum": 5},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 3},
        },
        "required": ["mood", "stars", "tags"],
        "additionalProperties": False,
    },
    max_tokens=256,
)


# Two variables that an image and a text are made of, as two outputs.
_FLOW: Mapping[str, Any] = {
    "nodes": [
        _node("color", "variableNode", (0, 0), {"variable": {"label": "color", "value": "blue"}}),
        _node("item", "variableNode", (0, 180), {"variable": {"label": "item", "value": "ball"}}),
        _node("picture", "imageNode", (360, 0), _model("picture", "A picture of a {color} and big {item}", "dall-e")),
        _node(
            *("joke", "actionNode", (360, 280)),
            _model("joke", "A joke about a {color} and big {item}", "text-davinci-003", max_tokens=64, temperature=0.7),
        ),
        _node("image-output", "outputNode", (720, 0), {"name": "image", "output": {}}),
        _node("text-output", "outputNode", (720, 280), {"name": "text", "output": {}}),
    ],
    "edges": [
        *(_edge(source, target, "variables") for source in ("color", "item") for target in ("picture", "joke")),
        _edge("picture", "image-output", "input"),
        _edge("joke", "text-output", "input"),
    ],
}
_FLOW_EXAMPLE = _Example(
    name="Draw and joke",
    description="A flow: makes a picture and a joke of a color and an item.",
    alias="draw-and-joke",
    graph=_FLOW,
)


async def create_examples(database: Database, project_id: UUID) -> dict[str, str]:
    """Make those examples that are not there yet, and give ids: `prompt_id` and `version_id` of the first, `flow_id`,
    and those of a prompt for each way in which an output is read; and the name of an image model.

    SAMPLE_INPUTS are values for the first; the flow needs none.
    """
    prompts, versions = PromptStore(database), VersionStore(database)
    [(prompt, version), *_] = [await _create(prompts, versions, project_id, example) for example in _EXAMPLES]
    flow, _ = await _create(prompts, versions, project_id, _FLOW_EXAMPLE)
    listing, _ = await _create(prompts, versions, project_id, _LIST_EXAMPLE)
    review, _ = await _create(prompts, versions, project_id, _JSON_EXAMPLE)
    return {
        "prompt_id": prompt.id,
        "version_id": version.id,
        "flow_id": flow.id,
        "text_prompt_id": prompt.id,
        "list_prompt_id": listing.id,
        "json_prompt_id": review.id,
        "image_model": IMAGE_MODEL,
    }


async def _create(
    prompts: PromptStore, versions: VersionStore, project_id: UUID, example: _Example
) -> tuple[Prompt, Version]:
    prompt = await _prompt(prompts, project_id, example)
    if prompt.HasField("latest_version"):
        return prompt, prompt.latest_version
    request = CreateVersionRequest(prompt_id=prompt.id, commit_message="An example to start with.")
    if example.graph:
        request.graph.CopyFrom(values.to_struct(example.graph))
    else:
        request.messages.extend(values.to_value(dict(message)) for message in example.messages)
        request.variables.extend(example.variables)
        request.parameters.CopyFrom(values.to_struct({"max_tokens": example.max_tokens, "temperature": 0.2}))
        if example.kind in formats.TYPES:
            request.output_format.type = formats.TYPES[example.kind]
        if example.schema is not None:
            request.output_format.schema.CopyFrom(values.to_struct(example.schema))
    return prompt, await versions.create(project_id, prompt.id, content.to_version(request, MAX_BYTES))


async def _prompt(prompts: PromptStore, project_id: UUID, example: _Example) -> Prompt:
    try:
        return await prompts.create(project_id, name=example.name, description=example.description, alias=example.alias)
    except errors.AlreadyExists:
        # A start that was stopped in the middle made it, perhaps without its version.
        return await prompts.get(project_id, example.alias)
