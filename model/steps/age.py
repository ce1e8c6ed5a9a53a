"""Age: commissioning, rules on age, depreciation, completed projects."""

import numpy as np

from model.agents.industry import Industry
from model.agents.plants import PowerPlants
from model.scenario import Scenario
from model.signals import Floats, Integers, P, Signals


def retire_by_rule(plants: PowerPlants, industry: Industry, scenario: Scenario) -> None:
    """Set the closing years that the scenario's world prescribes for named plants and facilities."""
    for name, year in scenario.world.plant_retirement.items():
        if name in plants.ids:
            plants.retired_year = _with(plants.retired_year, plants.ids.index(name), int(year))
        elif name in industry.ids:
            industry.end_year = _with(industry.end_year, industry.ids.index(name), int(year))


def age(plants: PowerPlants, industry: Industry, signals: Signals) -> Floats:
    """Complete what is due next year, close what must close; return stranded book value, CNY [P]."""
    stranded = plants.retire(signals)
    industry.complete(signals.year + 1)
    return np.bincount(plants.province, stranded, P)


def _with(values: Integers, row: int, value: int) -> Integers:
    changed = values.copy()
    changed[row] = value
    return changed
