"""The gap table of the contract, row by row. A file is named by its row, or by what it is about where no row is."""

import re
from pathlib import Path

import pytest

from tests.facade.dialects import golden
from tests.fakes.services import FakeServices

CASES = golden.cases(Path(__file__).parent / "cases")
ROWS = {*range(1, 29)}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_case(path: Path, client: golden.Client, services: FakeServices, update: bool) -> None:
    await golden.check(path, client, services, update=update)


def test_every_row_has_a_case() -> None:
    assert {int(row) for path in CASES for row in re.findall(r"^row-(\d+)-", path.name)} == ROWS


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_refusal_wears_the_envelope(path: Path) -> None:
    expected = golden.read(path)["expected"]
    if expected["status"] >= 400:
        assert {"message"} <= expected["json"].keys() <= {"message", "errors"}
        assert expected["json"].get("errors", [""])
