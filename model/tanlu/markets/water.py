"""The water of every year of a run: observed, replayed, normal or drawn."""

from collections.abc import Mapping

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.outcomes import StoreCourse
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.inputs.types import NORMAL_WATER
from tanlu.power.water import StoreState, WaterYear
from tanlu.region.hydro import Water, mean_water
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.scenario.schema import Scenario
from tanlu.scenario.world import World

LAST_DRY_MONTH = 4  # May; floods begin in June
RIVERS = decider_id("rivers")  # all rivers of the region are dry or wet together


def water_years(region: Region, scenario: Scenario, replication: int) -> Mapping[int, WaterYear]:
    """Plan the water of every year up to the scenario's last.

    The first is the base year. A drought of the scenario comes first, then what was observed where the world asks for
    it, then the normal year or what chance deals. In an observed year stores and contracts did what they did; in any
    other year stores run freely.
    """
    hydrology, world = region.power.hydrology, scenario.world
    years = np.arange(region.base_year, scenario.years.end + 1)
    if world.hydrology == "bootstrap":
        water_by_year = _bootstrap(region, scenario.seed, replication, years)
    elif world.hydrology == "drought_regime":
        water_by_year = _regime(region, scenario.seed, replication, years)
    else:
        water_by_year = dict.fromkeys(years.tolist(), hydrology.normal)
    plan = {}
    for year, water in water_by_year.items():
        if year in world.drought:
            replayed = int(world.drought[year])
            is_normal = replayed == NORMAL_WATER
            past_water = hydrology.normal if is_normal else hydrology.observed[replayed]
            # Who lives later knows that there was such a year, with the drought and without.
            unexpected = replayed if year <= replayed else 0
            plan[year] = free_water(region, world, year, past_water, unexpected)
        elif world.hydrology != "normal" and year in hydrology.observed:
            plan[year] = _observed_water(region, world, year)
        else:
            plan[year] = free_water(region, world, year, water)
    return plan


def free_water(region: Region, world: World, year: int, water: Water, unexpected_year: int = 0) -> WaterYear:
    """Build a year whose stores run freely by their rules; `unexpected_year`, if any, is not among those expected."""
    hydrology, t = region.power.hydrology, year_index(year)
    highest = np.maximum(1.0 - world.flood_storage_factor * (1.0 - hydrology.highest_share[t]), 0.0)
    highest[:, LAST_DRY_MONTH] = np.minimum(highest[:, LAST_DRY_MONTH], world.drawdown_level_share)
    return WaterYear(
        water,
        hydrology.store_mwh[t] * world.reachable_store_share,
        observed=False,
        lowest_share=np.minimum(world.reservoir_floor_factor * hydrology.lowest_share[t], highest),
        highest_share=highest,
        reachable_share=world.reachable_store_share,
        unexpected_year=unexpected_year,
        opening=StoreState.from_hydrology(hydrology),
        has_table=False,
    )


def _observed_water(region: Region, world: World, year: int) -> WaterYear:
    """Build a year in which stores did what the figures say."""
    water = region.power.hydrology.observed[year]
    free = free_water(region, world, year, water)
    return free._replace(store_mwh=np.zeros_like(free.store_mwh), observed=True)


def close_stores(region: Region, year: int, water: WaterYear, stores: StoreCourse) -> StoreState:
    """Compute what a cleared year leaves in store; an observed one what the figures say."""
    if water.observed:
        hydrology = region.power.hydrology
        level = hydrology.stored_share.get(year, hydrology.usual_stored_share)[:, -1]
    else:
        level = stores.level_mwh[:, -1] / np.maximum(water.store_mwh, 1e-9)
    return StoreState(level, stores.table_cny_per_mwh)


def expected_water(region: Region, world: World, year: int, unexpected_year: int = 0) -> WaterYear:
    """Build the expected water of `year`: normal, with the stores of then.

    A past year without its own water before it came expects the others.
    """
    hydrology = region.power.hydrology
    if unexpected_year not in hydrology.years_of_normal:
        return free_water(region, world, year, hydrology.normal)
    other_waters = [hydrology.observed[y] for y in hydrology.years_of_normal if y != unexpected_year]
    return free_water(region, world, year, mean_water(other_waters), unexpected_year)


def _draws(seed: int, replication: int, years: np.ndarray, purpose: Purpose) -> Floats:
    """Draw a number in (0, 1) for each year, whatever the others."""
    numbers = [
        uniform(seed=seed, replication=replication, decider_ids=[RIVERS], year=int(y), purpose=purpose)
        for y in years
    ]
    return np.concatenate(numbers)


def _bootstrap(region: Region, seed: int, replication: int, years: np.ndarray) -> Mapping[int, Water]:
    """Draw a whole observed year for each year.

    Months and provinces stay together.
    """
    hydrology = region.power.hydrology
    past = hydrology.years_of_normal
    draw = _draws(seed, replication, years, Purpose.HYDROLOGY)
    return {int(y): hydrology.observed[past[int(u * len(past))]] for y, u in zip(years, draw, strict=True)}


def _regime(region: Region, seed: int, replication: int, years: np.ndarray) -> Mapping[int, Water]:
    """Draw dry years that follow each other.

    A Markov chain has two states. Some of the dry years are extreme. The other years have so much more that the mean of
    many years is the normal year. The year after the statistics starts from the chain's own share of dry years.
    """
    hydrology, parameters = region.power.hydrology, region.parameters
    entry, stay = parameters["drought_entry_probability"], parameters["drought_persistence_probability"]
    extreme = parameters["extreme_share_of_dry_years"]
    dry, worst = hydrology.dry_year_factor, hydrology.extreme_dry_year_factor
    often = entry / (1.0 - stay + entry)
    usual = (1.0 - often * (extreme * worst + (1.0 - extreme) * dry)) / (1.0 - often)
    state, water = _draws(seed, replication, years, Purpose.DROUGHT), {}
    severity = _draws(seed, replication, years, Purpose.DROUGHT_SEVERITY)
    chance = often
    for year, enters, depth in zip(years.tolist(), state, severity, strict=True):
        is_dry = enters < chance
        factor = usual if not is_dry else worst if depth < extreme else dry
        water[year] = hydrology.normal.scale(factor[:, None])
        if year > region.last_observed_year:
            chance = stay if is_dry else entry
    return water
