"""Power projects that are listed and do not stand yet: they come in their year at the earliest, and many slip."""

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.randomness import Purpose, uniform
from tanlu.region.pack import Region


def completed_years(region: Region, numbers: Integers, *, seed: int, replication: int) -> Integers:
    """Return the year in which each unit of the pack is commissioned [U].

    From its listed year on, a project after the last statistic is completed with the chance of its fuel in each year; a
    draw belongs to project and year, so that scenarios of one seed share it. All other units have the pack's year.

    Args:
        region: the pack.
        numbers: stable number of each unit, [U].
        seed: of the scenario.
        replication: of the run.
    """
    units, hazard = region.power.units, region.power.completion_hazard
    done = units.commissioned_year.copy()
    open_ = units.listed & (done > region.last_observed_year)
    year = region.last_observed_year
    while open_.any():
        year += 1
        due = np.flatnonzero(open_ & (units.commissioned_year <= year))
        draw = uniform(
            seed=seed,
            replication=replication,
            decider_ids=numbers[due],
            year=year,
            purpose=Purpose.PROJECT_COMPLETION,
        )
        completed = due[draw < hazard[units.fuel[due]]]
        done[completed], open_[completed] = year, False
    return done
