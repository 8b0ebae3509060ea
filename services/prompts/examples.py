"""The prompts that an empty database starts with. They name no model, so that they follow the server's default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from promptwire import values
from promptwire.v1.prompt_pb2 import Option, Prompt, Variable, Version
from promptwire.v1.prompt_service_pb2 import CreateVersionRequest
from services import errors
from services.db import Database
from services.prompts import content
from services.prompts.store import PromptStore
from services.prompts.version_store import VersionStore

# Values with which the first example can be run as it is.
SAMPLE_INPUTS: Mapping[str, str] = MappingProxyType({"topic": "the sea"})

MAX_BYTES = 64 * 1024
# Outputs are kept short: the embedded model is small, and runs on the CPU.
_PARAMETERS = values.to_struct({"max_tokens": 64, "temperature": 0.2})


@dataclass(frozen=True, slots=True)
class _Example:
    name: str
    description: str
    alias: str
    messages: Sequence[Mapping[str, str]]
    variables: Sequence[Variable]


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


async def create_examples(database: Database, project_id: UUID) -> dict[str, str]:
    """Make those examples that are not there yet, and give the ids of the first: `prompt_id`, `version_id`.

    SAMPLE_INPUTS are values for it.
    """
    prompts, versions = PromptStore(database), VersionStore(database)
    [(prompt, version), *_] = [await _create(prompts, versions, project_id, example) for example in _EXAMPLES]
    return {"prompt_id": prompt.id, "version_id": version.id}


async def _create(
    prompts: PromptStore, versions: VersionStore, project_id: UUID, example: _Example
) -> tuple[Prompt, Version]:
    prompt = await _prompt(prompts, project_id, example)
    if prompt.HasField("latest_version"):
        return prompt, prompt.latest_version
    request = CreateVersionRequest(
        prompt_id=prompt.id,
        messages=[values.to_value(dict(message)) for message in example.messages],
        variables=example.variables,
        parameters=_PARAMETERS,
        commit_message="An example to start with.",
    )
    return prompt, await versions.create(project_id, prompt.id, content.to_version(request, MAX_BYTES))


async def _prompt(prompts: PromptStore, project_id: UUID, example: _Example) -> Prompt:
    try:
        return await prompts.create(project_id, name=example.name, description=example.description, alias=example.alias)
    except errors.AlreadyExists:
        # A start that was stopped in the middle made it, perhaps without its version.
        return await prompts.get(project_id, example.alias)
