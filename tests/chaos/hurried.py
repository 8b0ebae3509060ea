"""The command `promptwire` with leases of a quarter of their length, so that the suite need not wait for whole ones."""

from types import ModuleType
from typing import Any

from services import cli
from services.jobs import worker
from services.runs import lease, lease_store
from services.webhooks import deliverer

FACTOR = 1 / 4
PERIODS: tuple[tuple[ModuleType, str], ...] = (
    (lease_store, "LEASE"),
    (lease_store, "MAX_TICK"),
    (lease, "RENEW_SECONDS"),
    (lease, "LOOK_SECONDS"),
    (lease, "SWEEP_SECONDS"),
    (lease, "PAUSE_SECONDS"),
    (lease, "HELD_SECONDS"),
    (worker, "SILENCE"),
    (deliverer, "TRY_SECONDS"),
    (deliverer, "HELD_SECONDS"),
)


def main() -> None:
    """Run the command in a hurry."""
    for module, name in PERIODS:
        period: Any = getattr(module, name)
        setattr(module, name, period * FACTOR)
    cli.main()


if __name__ == "__main__":
    main()
