"""The scenarios, in the order in which they are played."""

from tests.chaos.scenarios import (
    clocks,
    drains,
    flows,
    kills,
    leaving,
    limits,
    outages,
    outbound,
    overload,
    pauses,
    poison,
    repeats,
    streams,
    webhooks,
)
from tests.chaos.stage import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    kills.SCENARIO,
    flows.SCENARIO,
    *repeats.SCENARIOS,
    streams.SCENARIO,
    *outages.SCENARIOS,
    poison.SCENARIO,
    pauses.SCENARIO,
    clocks.SCENARIO,
    drains.SCENARIO,
    overload.SCENARIO,
    leaving.SCENARIO,
    *limits.SCENARIOS,
    *webhooks.SCENARIOS,
    outbound.SCENARIO,
)
