"""Single past years: the power system alone, cleared with what was observed; nobody decides."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import F
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.units import MWH_PER_TWH
from tanlu.markets.demand import SEASONS, Demand
from tanlu.power.hours import THERMAL, cleared_hours, sources_mw
from tanlu.power.plants import PowerPlants
from tanlu.power.state import IS_HYDRO
from tanlu.power.trades import TradeOffers
from tanlu.region.pack import Region
from tanlu.region.power import capacity_at_end
from tanlu.region.tables import year_index
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel


class PastYear(NamedTuple):
    """A past year as the model clears it."""

    year: int
    power: PowerOutcome
    generation_mwh: Floats  # [P, F] thermal fuels too
    emitted_tco2: Floats  # [P]
    sources_mw: Mapping[
        str, Floats
    ]  # as in `model.hourly`, each [P, month, day type, hour] or broadcast to it
    day_weight: Floats  # [month, day type] days


def past_years(region: Region, scenario: Scenario, years: Iterable[int]) -> Iterator[PastYear]:
    """Clear the electricity of single past years.

    Load, capacity, water and contracts are observed. Capacity is the mean of the year, from its two ends; hydropower
    that at the end, as in its capacity factor. The carbon market's price is the pack's, and the scenario's policies
    hold as in a run. A pack may know the load of a year and not its trade (`frozen_region`): such a year trades as
    free years do.

    Args:
        region: the pack.
        scenario: for policies and the world, usually the baseline.
        years: with a statistic of monthly load, from `first_observed_year` on.

    Raises:
        ValueError: if a year is not observed.
    """
    observed = [y for y in sorted(region.power.observed_load_shape) if y >= region.first_observed_year]
    past = region.with_base_year(region.first_observed_year)
    model = RegionModel(Inputs(scenario, past))
    for year in years:
        if year not in observed:
            raise ValueError(f"{year} is not observed; {region.name} has {observed[0]} to {observed[-1]}")
        yield _clear(model, past, year)


def _as_in(year: int, plants: PowerPlants, region: Region) -> None:
    """Let the plants stand that were in operation in `year`."""
    before, end = (capacity_at_end(region.power, y) for y in (year - 1, year))
    plants.capacity_mw = np.where(IS_HYDRO[plants.fuel], end, (before + end) / 2.0)
    # Each unit's share of the year is in its capacity now, so it is neither new nor closing.
    plants.commissioned_year = np.minimum(plants.commissioned_year, year - 1)
    plants.retired_year = np.maximum(plants.retired_year, year + 1)


def _clear(model: RegionModel, region: Region, year: int) -> PastYear:
    plants = model.plants
    _as_in(year, plants, region)
    model.year = year
    signals = model.announce()
    load = region.power.demand_twh[year_index(year)] * MWH_PER_TWH
    shapes = region.power.observed_load_shape[year], region.power.load_shape
    seasons = (
        region.demand.shape[SEASONS] * region.demand.observed_seasonal_share[year][..., None, None, None]
    )
    demand = Demand(load[None], shapes[0], load, shapes[1], seasons, np.zeros((1, load.size)))
    power = model.electricity(signals, demand, TradeOffers.nothing())
    accounts = plants.operate(signals, power, year)
    output, provinces = accounts.output_mwh, len(region.axes.provinces)
    emitted_tco2 = sum_by_group(plants.province, accounts.emitted_tco2, provinces)
    generation = power.generation_mwh.copy()
    place = plants.province * F + plants.fuel
    by_fuel = sum_by_group(place, output, provinces * F).reshape(provinces, F)
    generation[:, THERMAL] = by_fuel[:, THERMAL]
    hours = sources_mw(cleared_hours(year, power, output, plants.province, plants.fuel))
    return PastYear(year, power, generation, emitted_tco2, hours, power.hours.day_weight)
