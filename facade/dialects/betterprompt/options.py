"""The options of a run, which depend on its model: `runOptions` and `runModel`, against what the services list."""

from collections.abc import Mapping, Sequence
from typing import Any

from facade import problem
from facade.dialects.betterprompt import faults
from facade.problem import Fault
from promptwire.v1 import prompt_pb2, run_pb2


def check(body: Mapping[str, Any], found: list[Fault]) -> None:
    """Find the faults that need no model to be seen."""
    if not isinstance(body.get("runModel"), str | None):
        found.append(faults.invalid("runModel", "must be the name of a model"))
    given = body.get("runOptions")
    if not isinstance(given, dict | None):
        found.append(faults.invalid("runOptions", "must be an object"))
        return
    for key, value in (given or {}).items():
        if not isinstance(value, str):
            found.append(faults.invalid(f"runOptions.{key}", "must be text"))


def given(body: Mapping[str, Any]) -> bool:
    """Whether the body asks for a model or an option at all."""
    return bool(body.get("runOptions") or body.get("runModel"))


def named(models: Sequence[run_pb2.Model], name: str) -> run_pb2.Model:
    """Find the model of a name. Raises Problem when there is none."""
    model = _find(models, name)
    if model is None:
        fault = faults.invalid("runModel", "is not a model of this server; GET /v1/resources lists them")
        raise problem.invalid(fault)
    return model


def of_version(models: Sequence[run_pb2.Model], version: prompt_pb2.Version) -> run_pb2.Model | None:
    """Find the model that a version asks, or the default one when it names none; None when it is not listed."""
    if version.model:
        return _find(models, f"{version.provider}/{version.model}" if version.provider else version.model)
    return next((model for model in models if model.is_default), None)


def add(spec: run_pb2.RunSpec, asked: Mapping[str, str], model: run_pb2.Model | None) -> None:
    """Put the asked options into the parameters of `spec`. Raises Problem for one that the model does not have."""
    found: list[Fault] = []
    choices = {_key(choice): choice for choice in model.choices} if model else {}
    for key, value in asked.items():
        choice = choices.get(key)
        if choice is None:
            known = f"only {', '.join(choices)}" if choices else "none"
            found.append(faults.invalid(f"runOptions.{key}", f"is not an option of the model, which has {known}"))
        elif value not in choice.values:
            found.append(faults.invalid(f"runOptions.{key}", f"must be one of {', '.join(choice.values)}"))
        else:
            spec.parameters.fields[choice.parameter].string_value = value
    faults.refuse(found)


def from_choices(model: run_pb2.Model | None) -> list[dict[str, Any]]:
    """List the options of a model: `[{"key", "options"}]`."""
    choices = model.choices if model else ()
    return [{"key": _key(choice), "options": list(choice.values)} for choice in choices]


def _find(models: Sequence[run_pb2.Model], name: str) -> run_pb2.Model | None:
    by_name = {model.provider_model: model for model in models}
    by_name |= {f"{model.provider}/{model.provider_model}": model for model in models}
    by_name |= {model.name: model for model in models}
    return by_name.get(name)


def _key(choice: run_pb2.ParameterChoice) -> str:
    """The dialect writes `reasoningEffort` for `reasoning_effort`."""
    head, *tail = choice.parameter.split("_")
    return head + "".join(word.capitalize() for word in tail)
