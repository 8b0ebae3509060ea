from google.protobuf.timestamp_pb2 import Timestamp

from facade.dialects.bifrost import shapes
from promptwire import values
from promptwire.v1.folder_pb2 import Folder
from promptwire.v1.prompt_pb2 import Prompt, Variable, Version
from promptwire.v1.session_pb2 import Session

TIME = Timestamp(seconds=1_700_000_000)


def test_a_folder_leaves_out_what_nobody_said() -> None:
    assert shapes.from_folder(Folder(id="f", name="n", prompt_count=3, create_time=TIME, update_time=TIME)) == {
        "id": "f",
        "name": "n",
        "created_at": "2023-11-14T22:13:20Z",
        "updated_at": "2023-11-14T22:13:20Z",
    }


def test_an_empty_description_is_one() -> None:
    assert shapes.from_folder(Folder(description=""))["description"] == ""


def test_prompts_are_counted_where_there_are_any() -> None:
    assert shapes.from_folder(Folder(prompt_count=3), counted=True)["prompts_count"] == 3
    assert "prompts_count" not in shapes.from_folder(Folder(), counted=True)


def test_times_are_told_to_the_nanosecond() -> None:
    printed = shapes.from_prompt(Prompt(create_time=Timestamp(seconds=1, nanos=1)))
    assert printed["created_at"] == "1970-01-01T00:00:01.000000001Z"


def test_a_new_prompt_has_empty_lists_and_no_latest_version() -> None:
    printed = shapes.from_whole_prompt(Prompt(id="p"), None)
    assert (printed["versions"], printed["sessions"]) == ([], [])
    assert printed.keys().isdisjoint({"folder", "folder_id", "latest_version"})


def test_listed_prompts_have_their_folder_without_its_count() -> None:
    listed = shapes.from_prompts([Prompt(folder_id="f"), Prompt()], [Folder(id="f", prompt_count=1)])
    assert listed[0]["folder"].keys() == {"id", "name", "created_at", "updated_at"}
    assert [prompt.keys() & {"versions", "sessions", "latest_version"} for prompt in listed] == [set(), set()]
    assert "folder" not in listed[1]


def test_messages_are_numbered_from_the_first_ones_serial() -> None:
    version = Version(
        serial=9, prompt_id="p", first_message_serial=100, messages=[values.to_value(x) for x in ("a", 1)]
    )
    assert shapes.from_version(version)["messages"] == [
        {"id": 100, "prompt_id": "p", "version_id": 9, "order_index": 0, "message": "a"},
        {"id": 101, "prompt_id": "p", "version_id": 9, "order_index": 1, "message": 1},
    ]


def test_a_version_without_anything_has_empty_settings_and_no_messages() -> None:
    printed = shapes.from_version(Version(serial=9, number=2))
    assert (printed["id"], printed["version_number"], printed["model_params"]) == (9, 2, {})
    assert printed.keys().isdisjoint({"messages", "variables", "prompt"})


def test_a_version_tells_of_its_variables_only_the_names() -> None:
    version = Version(variables=[Variable(name="b", default_value="x"), Variable(name="a")])
    assert shapes.from_version(version)["variables"] == {"b": "", "a": ""}


def test_a_session_has_texts_for_declared_variables_and_for_others() -> None:
    session = Session(variables=[Variable(name="b"), Variable(name="a")], inputs={"z": "3", "a": "1", "c": "2"})
    assert list(shapes.from_session(session)["variables"].items()) == [("b", ""), ("a", "1"), ("c", "2"), ("z", "3")]


def test_a_session_shows_the_version_that_it_began_as_where_that_is_asked_for() -> None:
    session = Session(base_version=Version(serial=4))
    assert (shapes.from_session(session)["version_id"], "version" in shapes.from_session(session)) == (4, False)
    assert shapes.from_session(session, with_version=True)["version"]["id"] == 4
    assert "version_id" not in shapes.from_session(Session())
