"""Six conditions, and the pair of scenarios that lives through each of them."""

from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.scenario.changes import with_changes
from tanlu.scenario.reference import differs_in_policies, reference
from tanlu.scenario.schema import Scenario

DROUGHT_YEAR, DROUGHT_WATER = 2030, 2022  # the year that has the water of the other


class Condition(NamedTuple):
    """A condition of the world, changed at one path."""

    key: str
    path: str
    value: float
    is_factor: bool  # on what the scenario assumes; else the value takes its place

    @property
    def change(self) -> Mapping[str, object]:
        """Return the change as `with_changes` takes it."""
        return {self.path: {"factor": self.value} if self.is_factor else self.value}


STUDY = "what_decides_2035"  # whose ranges end at these factors; demand is within its range
# All are judgement (grade D), the pace of wind and sun what the years since 2016 showed (C).
CONDITIONS = (
    Condition("drought", f"world.drought[{DROUGHT_YEAR}]", DROUGHT_WATER, is_factor=False),
    Condition("demand", "world.demand_factor", 1.1, is_factor=True),
    Condition("coal", "world.coal_price_factor", 1.5, is_factor=True),
    Condition("gas", "world.gas_price_factor", 1.6, is_factor=True),
    Condition("renewable_cost", "world.renewable_cost_factor", 1.3, is_factor=True),
    Condition("renewable_pace", "world.renewable_pace_factor", 0.5, is_factor=True),
)


class ConditionArms(NamedTuple):
    """A package and its baseline under one condition."""

    condition: Condition
    package: Scenario
    baseline: Scenario


def build_arms(scenario: Scenario, baseline: Scenario) -> tuple[ConditionArms, ...]:
    """Build the package and the baseline under each condition.

    The baseline has the years, the seed, the draws and the world of the package.

    Raises:
        UserError: if the two differ in no policy or are of different regions, or if the year of the drought is not run.
        ScenarioError: if the region cannot have a condition.
    """
    if scenario.region != baseline.region:
        raise UserError(
            build_message("not_of_region", name=baseline.name, region=baseline.region, other=scenario.region)
        )
    if not differs_in_policies(scenario, baseline):
        raise UserError(build_message("no_package", name=scenario.name, reference=baseline.name))
    first, last = scenario.years.start, scenario.years.end
    if not first <= DROUGHT_YEAR <= last:
        years = {"first": first, "last": last, "year": DROUGHT_YEAR, "example": f"2020-{DROUGHT_YEAR}"}
        raise UserError(build_message("drought_not_run", name=scenario.name, **years))
    packages = (with_changes(scenario, condition.change) for condition in CONDITIONS)
    return tuple(
        ConditionArms(condition, package, reference(package, baseline).scenario)
        for condition, package in zip(CONDITIONS, packages, strict=True)
    )
