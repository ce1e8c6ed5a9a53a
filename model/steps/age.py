"""Age: closing years that the scenario prescribes, and rules on age."""

from model.agents.industry import Industry
from model.agents.plants import PowerPlants
from model.scenario import Scenario
from model.signals import Floats, Integers, Signals


def retire_by_rule(plants: PowerPlants, industry: Industry, scenario: Scenario) -> None:
    """Set the closing years that the scenario's world prescribes for named plants and facilities."""
    for name, year in scenario.world.plant_retirement.items():
        if name in plants.ids:
            plants.retired_year = _with(plants.retired_year, plants.ids.index(name), int(year))
        elif name in industry.ids:
            industry.end_year = _with(industry.end_year, industry.ids.index(name), int(year))


def age(plants: PowerPlants, signals: Signals) -> Floats:
    """Close what must close by next year; return the stranded book value of each unit, CNY [N]."""
    return plants.retire(signals)


def _with(values: Integers, row: int, value: int) -> Integers:
    changed = values.copy()
    changed[row] = value
    return changed
