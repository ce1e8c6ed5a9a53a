"""Every lever that there is, as the model's own code lists them."""

from collections.abc import Iterator

from tanlu.core.schedules import LEVY_BASES, SUBSIDY_AXES, CapacityScheme, PolicySchedule
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.region.catalogue import DEFAULT_REGION, region_axes
from tanlu.scenario.world import World


def schedule_levers() -> Iterator[str]:
    """Yield every field of every group of the schedule."""
    axes = region_axes(DEFAULT_REGION)
    groups = PolicySchedule.neutral(axes, axes.base_year, axes.base_year)._asdict()
    for name, group in groups.items():
        if name not in ("axes", "years", "capacity", "subsidies", "levies", "levy_rates"):
            yield from (f"schedule.{name}.{field}" for field in group._fields)


def capacity_levers() -> Iterator[str]:
    """Yield every field of a payment for capacity."""
    yield from (f"capacity.{field}" for field in CapacityScheme._fields)


def subsidy_levers() -> Iterator[str]:
    """Yield every kind of subsidy."""
    yield from (f"subsidy.{kind}" for kind in SUBSIDY_AXES)


def levy_levers() -> Iterator[str]:
    """Yield every kind of levy."""
    yield from (f"levy.{kind}" for kind in LEVY_BASES)


def world_levers() -> Iterator[str]:
    """Yield every factor of the world."""
    yield from (f"world.{name}" for name in World.model_fields)


def instrument_levers() -> Iterator[str]:
    """Yield every key that an instrument has for itself; those of all are tried in `test_shared_keys.py`."""
    for kind, policy in KINDS.items():
        own = [name for name in policy.model_fields if name not in Policy.model_fields]
        yield from (f"policies.{kind}.{name}" for name in own)


LEVERS = {
    "schedule": schedule_levers,
    "capacity": capacity_levers,
    "subsidy": subsidy_levers,
    "levy": levy_levers,
    "world": world_levers,
    "policies": instrument_levers,
}
