"""Every scenario holds, at a small scale and with short leases; `make chaos SCALE=1` plays them whole."""

import random

import pytest

from tests.chaos.__main__ import LEASE_SECONDS
from tests.chaos.hurried import FACTOR
from tests.chaos.report import Result, words
from tests.chaos.scenarios import SCENARIOS, clocks, outbound
from tests.chaos.site import Site
from tests.chaos.stage import Scenario, Stage

# So little that every scenario falls back to the least that shows anything.
SCALE = 0.001
SEED = 1
# That one runs tests which are in the suite anyway.
PLAYED = [scenario for scenario in SCENARIOS if scenario is not outbound.SCENARIO]


@pytest.mark.parametrize("scenario", PLAYED, ids=lambda scenario: scenario.id)
async def test_the_bars_hold(scenario: Scenario, running: Site) -> None:
    if scenario is clocks.SCENARIO and clocks.library() is None:
        pytest.skip(clocks.INSTALL)
    outcome = await scenario.play(Stage(running, SCALE, FACTOR * LEASE_SECONDS, random.Random(SEED)))
    assert not outcome.missed, words(Result.of(scenario, outcome, SCALE, 0.0))
