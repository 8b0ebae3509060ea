"""The scenarios, in the order in which they are played."""

from tests.chaos.scenarios import kills, outages, repeats, streams
from tests.chaos.stage import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    kills.SCENARIO,
    *repeats.SCENARIOS,
    streams.SCENARIO,
    *outages.SCENARIOS,
)
