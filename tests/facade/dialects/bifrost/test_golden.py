"""The contract, operation by operation and error by error. A file is named by the operation, or by its error."""

import re
from pathlib import Path

import pytest

from facade.dialects.bifrost import faults
from tests.facade.dialects import golden
from tests.fakes.services import ME, FakeServices

CASES = golden.cases(Path(__file__).parent / "cases")
AT_ONCE = ("StreamPrompts", "ListFolders", "ListVersions", "ListSessions")
OPERATIONS = {*range(1, 22)}
# Each row of the table of errors, and what its message begins with.
ERRORS = {
    "400-body": "invalid request body",
    "400-name": "name is required",
    "400-folder": "folder not found",
    "400-version-id": "invalid version ID",
    "400-session-id": "invalid session ID",
    "400-version": "version not found",
    "400-version-of-another-prompt": "version does not belong to this prompt",
    "400-commit-message": "commit_message is required",
    "400-index": "message index ",
    "400-no-message": faults.NO_MESSAGE,
    "401": "Unauthorized",
    "403": "the label ",
    "404-folder": "folder not found",
    "404-prompt": "prompt not found",
    "404-version": "version not found",
    "404-session": "session not found",
    "404-route": "Route not found: /api/prompt-repo/",
    "405": "use one of ",
    "413": "the body is over ",
    "500": "the server failed",
    "503": "the database does not answer",
}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_case(path: Path, client: golden.Client, services: FakeServices, update: bool) -> None:
    me = type(ME)()
    me.CopyFrom(ME)
    me.key.scopes.append(faults.SCOPE)
    await golden.check(path, client, services, update=update, defaults={"WhoAmI": me}, at_once=AT_ONCE)


def test_every_operation_has_a_case() -> None:
    assert {int(number) for path in CASES for number in re.findall(r"^op-(\d+)-", path.name)} == OPERATIONS


def test_every_case_is_of_an_operation_or_an_error() -> None:
    assert [path.stem for path in CASES if not re.match(r"(op-\d\d|error-\d\d\d)(-|$)", path.stem)] == []


@pytest.mark.parametrize(("error", "words"), ERRORS.items())
def test_every_error_has_a_case(error: str, words: str) -> None:
    found = [path for path in CASES if re.fullmatch(rf"error-{error}(--.*)?", path.stem)]
    answers = [golden.read(path)["expected"] for path in found]
    assert found
    assert {answer["status"] for answer in answers} == {int(error[:3])}
    assert all(answer["json"]["error"]["message"].startswith(words) for answer in answers)
    assert {answer["json"]["status_code"] for answer in answers} == {int(error[:3])}
