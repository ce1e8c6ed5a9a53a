"""Demand: electricity by province from statistics, then from activity, industry and capture."""

from typing import NamedTuple

import numpy as np

from model.region import Region
from model.scenario import Scenario
from model.signals import Floats
from model.tables import year_index


class Demand(NamedTuple):
    """Electricity wanted in a year."""

    load_mwh: Floats  # [P]
    industry_mwh: Floats  # [P] of the facilities of the pack
    rest_mwh: Floats  # [P] everything else


def electricity_demand(
    *, year: int, region: Region, scenario: Scenario, industry_mwh: Floats, rest_base_mwh: Floats
) -> Demand:
    """Return electricity demand by province (MODEL.md, demand).

    To the last observed year it is the statistic; then the rest of demand follows its driver and the
    facilities' own use is added as they plan it.

    Args:
        year: the year.
        region: the pack.
        scenario: for the world's demand factor.
        industry_mwh: what facilities plan to use, [P].
        rest_base_mwh: demand without facilities in the last observed year, [P].
    """
    factor = scenario.world.demand_factor.at(year)
    if year <= region.last_observed_year:
        load = region.power.demand_twh[year_index(year)] * 1e6 * factor
        return Demand(load, industry_mwh, np.maximum(load - industry_mwh, 0.0))
    t, base = year_index(year), year_index(region.last_observed_year)
    index, vehicles = region.industry.electricity_index, region.industry.vehicle_electricity_mwh
    rest = (rest_base_mwh - vehicles[base]) * index[t] / index[base] + vehicles[t]
    return Demand(rest * factor + industry_mwh, industry_mwh, rest * factor)


def trend_load(history_mwh: list[Floats], years: int, slowest: float, fastest: float) -> Floats:
    """Return load `years` ahead at the mean yearly growth of the last five years [P].

    Growth is bounded by `slowest` and `fastest`, a year, so that a boom is not taken to last.
    """
    recent = np.stack(history_mwh[-5:])
    if len(recent) < 2:
        return recent[-1]
    growth = np.clip((recent[1:] / recent[:-1]).mean(axis=0), 1.0 + slowest, 1.0 + fastest)
    ahead = recent[-1]
    for _ in range(years):
        ahead = ahead * growth
    return ahead
