from facade.dialects.betterprompt import config
from promptwire.v1.prompt_pb2 import ImageVariable, Option, Variable, Version
from promptwire.v1.run_pb2 import Model, ParameterChoice

TEXT, SELECT = Variable.TYPE_TEXT, Variable.TYPE_SELECT
TONES = [Option(name="Formal", value="formal"), Option(name="Casual", value="casual")]


def text_input(**variable: object) -> dict[str, object]:
    described = config.from_version(Version(variables=[Variable(name="v", **variable)]), None)
    return described["textInputs"]["v"]


def cli_variable(**variable: object) -> dict[str, object]:
    described = config.from_version(Version(variables=[Variable(name="v", **variable)]), None)
    return described["variables"]["v"]


def test_a_required_text_must_be_sent_and_not_be_empty() -> None:
    assert text_input(type=TEXT, required=True, description="What about") == {
        "type": "text",
        "required": True,
        "description": "What about",
        "allowEmpty": False,
    }


def test_a_default_makes_a_text_optional() -> None:
    described = text_input(required=True, default_value="tea")
    assert (described["required"], described["defaultValue"], described["allowEmpty"]) == (False, "tea", False)


def test_an_optional_text_without_default_may_be_empty() -> None:
    described = text_input(type=TEXT)
    assert described["allowEmpty"] is True
    assert "defaultValue" not in described


def test_a_select_has_its_options_by_name() -> None:
    described = text_input(type=SELECT, required=True, options=TONES)
    assert (described["type"], described["options"]) == ("select", {"Formal": "formal", "Casual": "casual"})


def test_the_cli_sees_required_as_no_default() -> None:
    assert "defaultValues" not in cli_variable(required=True)
    assert cli_variable(required=True, default_value="tea")["defaultValues"] == ["tea"]
    assert cli_variable(required=False)["defaultValues"] == [""]
    assert cli_variable(type=SELECT, options=TONES) == {
        "type": "select",
        "description": "",
        "options": {"Formal": "formal", "Casual": "casual"},
    }


def test_images_are_counted_and_described() -> None:
    described = config.from_version(Version(images=[ImageVariable(description="Your photo"), ImageVariable()]), None)
    assert described["imageCount"] == 2
    assert described["imageInputs"][0] == {"description": "Your photo", "required": True}
    assert described["images"] == [{"description": "Your photo"}, {"description": ""}]


def test_the_model_is_the_versions_or_the_one_it_follows() -> None:
    effort = ParameterChoice(parameter="reasoning_effort", values=["low"])
    model = Model(name="default-model", choices=[effort])
    followed = config.from_version(Version(), model)
    assert (followed["model"], followed["modality"]) == ("default-model", "text")
    assert followed["runOptions"] == [{"key": "reasoningEffort", "options": ["low"]}]
    assert config.from_version(Version(model="own"), None)["model"] == "own"
    assert config.from_version(Version(), None)["model"] is None
