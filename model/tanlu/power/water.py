"""Rivers and reservoirs: what water the electricity market of a month has."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS, HOURS, LARGE_HYDRO_FUELS
from tanlu.core.days import TYPICAL
from tanlu.kernels.power.seasons import ReservoirMonths, ReservoirPlants, reservoir_months
from tanlu.region.hydro import HOURS_IN_MONTH, Hydrology, Water

RESERVOIR, RIVER = (FUELS.index(fuel) for fuel in LARGE_HYDRO_FUELS)


class WaterYear(NamedTuple):
    """A year's water, and how far stores may move it between months."""

    water: Water
    store_mwh: Floats  # [P] 0 in an observed year
    observed: bool  # whether stores and contracts did in it what the figures say


def hydro_mw(capacity_mw: Floats) -> Floats:
    """Sum large hydropower capacity [P, 1] from capacity by fuel [P, F].

    Large is what stands above 6 MW.
    """
    return np.asarray((capacity_mw[:, RESERVOIR] + capacity_mw[:, RIVER])[:, None])


def river_mw(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> Floats:
    """Compute mean output of run-of-river plants [P, month]."""
    return hydro_mw(capacity_mw) * year.water.available_factor * hydrology.run_of_river_share


class MonthsToServe(NamedTuple):
    """What seasonal stores level: the load of a year that its own water, wind and sun leave."""

    net_load_mw: Floats  # load and contracts less what comes by itself [P, month, day type, hour]
    ignored_mw: Floats  # the part of it that is surplus export [P, month]
    day_weight: Floats  # days of each type [month, day type]


def water_of_other_years_mw(
    hydrology: Hydrology, capacity_mw: Floats, year: WaterYear, serve: MonthsToServe
) -> Floats:
    """Compute the additional water of each year of the mean, MW [K, P, month].

    It is mean output of each year of which the normal one is the mean, beyond this one's. Outside observed years stores
    release another month's water than the one that fell: those years differ from the normal one by what fell, and the
    normal one from this one by what stores make of both.
    """
    normal = hydrology.normal
    beyond = np.asarray(hydro_mw(capacity_mw) * (hydrology.used_in_years_of_normal - normal.available_factor))
    if (year.water.available_factor == normal.available_factor).all():
        return beyond
    if year.observed:
        return beyond + hydro_mw(capacity_mw) * (normal.available_factor - year.water.available_factor)
    usual = year._replace(water=normal)
    return beyond + (
        _sum_release(hydrology, capacity_mw, usual, serve) - _sum_release(hydrology, capacity_mw, year, serve)
    )


def _sum_release(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear, serve: MonthsToServe) -> Floats:
    """Sum mean output of rivers and reservoirs [P, month]."""
    reservoir = reservoirs(hydrology, capacity_mw, year, *serve)
    return np.asarray(river_mw(hydrology, capacity_mw, year) + reservoir.energy_mwh / HOURS_IN_MONTH)


def reservoirs(
    hydrology: Hydrology,
    capacity_mw: Floats,
    year: WaterYear,
    net_load_mw: Floats,
    ignored_mw: Floats,
    day_weight: Floats,
) -> ReservoirMonths:
    """Compute each month's water in reservoirs, levelled by seasonal stores.

    Outside observed years, past output is first turned back into inflow. Exports that only sell surplus are
    not served by water kept for another month.

    Args:
        hydrology: of the pack.
        capacity_mw: by fuel [P, F].
        year: the year's water.
        net_load_mw: load and contracts less what comes by itself [P, month, day type, hour].
        ignored_mw: the part of it that is surplus export [P, month].
        day_weight: days of each type [month, day type].
    """
    used_share = year.water.available_factor * (1.0 - hydrology.run_of_river_share)
    used_share = used_share if year.observed else used_share + year.water.storing_factor
    months: ReservoirMonths = reservoir_months(
        net_load_mw=net_load_mw,
        ignored_mw=ignored_mw,
        day_weight=day_weight,
        plants=ReservoirPlants(  # copies of what a pack holds to read: numba compiles once more for such arrays
            inflow_mwh=hydro_mw(capacity_mw) * used_share * HOURS_IN_MONTH,
            turbine_mw=capacity_mw[:, RESERVOIR].copy(),
            minimum_share=hydrology.reservoir_minimum_share.copy(),
            maximum_share=hydrology.reservoir_maximum_share.copy(),
            store_mwh=year.store_mwh,
        ),
        first_month=hydrology.first_month,
    )
    return months


def spell_mwh(year: WaterYear, reservoir: ReservoirMonths, river_mw: Floats, day_weight: Floats) -> Floats:
    """Compute reservoir energy on days of a dry spell, MWh [P, month].

    It is NaN where load may decide. Such days have less than others of the month; rivers run evenly, so that it is the
    reservoirs' water that lacks. Outside observed years seasonal stores carry water into the spell, as far as they hold
    it.

    Args:
        year: the year's water.
        reservoir: what reservoirs have of it.
        river_mw: mean output of run-of-river plants [P, month].
        day_weight: days of each type [month, day type].
    """
    if np.isnan(year.water.spell_share).all():  # as in most years
        return year.water.spell_share
    total_mw = river_mw + reservoir.energy_mwh / HOURS_IN_MONTH
    scarce = np.maximum(year.water.spell_share * total_mw - river_mw, 0.0)
    days = day_weight[:, TYPICAL + 1 :].sum(axis=1)
    spell_energy = np.minimum(scarce * HOURS * days, reservoir.energy_mwh) + year.store_mwh[:, None]
    return np.where(spell_energy < reservoir.energy_mwh * days / day_weight.sum(axis=1), spell_energy, np.nan)
