"""The gap table of the contract, row by row. A file is named by its row, or by its path where no row is about it."""

import re
from pathlib import Path

import pytest

from tests.facade.dialects import golden
from tests.fakes.services import FakeServices

CASES = golden.cases(Path(__file__).parent / "cases")
ROWS = {*range(1, 30)}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_case(path: Path, client: golden.Client, services: FakeServices, update: bool) -> None:
    await golden.check(path, client, services, update=update)


def test_every_row_has_a_case() -> None:
    assert {int(row) for path in CASES for row in re.findall(r"^row-(\d+)-", path.name)} == ROWS
