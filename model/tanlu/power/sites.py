"""Sites: how much of each technology can be started this year, for want of sites and connections; and the pace."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import RENEWABLE_FUELS, F
from tanlu.investment.growth import yearly_growth
from tanlu.power.life import standing_mw
from tanlu.power.plants import PowerPlants
from tanlu.power.unit_rows import BuiltUnits
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, SMALL_SCALE, Technologies

K, WIND = len(BUILDABLE), BUILDABLE.index("wind")
SMALL = np.isin(BUILDABLE, SMALL_SCALE)
SITED = np.isin(BUILDABLE, RENEWABLE_FUELS)  # on sites that differ
SMALLEST_GAP_MW = 1e-6  # between sites; less is what rounding leaves of sums, and nobody builds there


class SiteWorld(NamedTuple):
    """Sites of wind power, and factors of the world on wind, sun and batteries; 1 changes nothing."""

    pace: float = 1.0  # on what can be connected in a year
    potential: float = 1.0
    decline: float = 1.0  # on what the last site lacks to the hours of the first
    connection: float = 1.0  # on what connecting the last site costs more
    wind_potential: str = "central"  # one of WIND_POTENTIALS


class SiteRoom(NamedTuple):
    """What can be started this year, and on which sites; axes P provinces, K technologies."""

    mw: Floats
    used_up: Booleans  # sites are shorter than connections
    hours_share: Floats  # of the hours of the first site
    connection_cny_per_kw: Floats  # above the first site
    first_mw: Floats  # how many MW of sites are better than the best free one


def site_room(technologies: Technologies, plants: PowerPlants, year: int, world: SiteWorld) -> SiteRoom:
    """Compute the capacity that can be started in `year`, with its sites [P, K].

    A unit queues for connection in the year in which it is ready. What is connected by then sets how much the grid can
    connect in that year; what is listed or started for it already goes first. The best free sites are built on first.

    Args:
        technologies: with potential, floor, growth rate and sites.
        plants: all of them, with those under construction.
        year: of the decision.
        world: factors.
    """
    ready = year + _lead_years(technologies)[plants.fuel]
    standing = standing_mw(plants, year, ready)
    before, due = plants.commissioned_year < ready, plants.commissioned_year == ready
    pace, potential = np.where(SMALL, world.pace, 1.0), potential_mw(technologies, world)
    grid = yearly_growth(
        technologies.floor_mw_per_year * pace,
        technologies.growth_rate * pace,
        _sum_by_technology(plants, standing * before, len(potential)),
        potential,
    )
    room = np.maximum(grid - _sum_by_technology(plants, standing * due, len(potential)), 0.0)
    free_mw = np.maximum(potential - _sum_by_technology(plants, standing, len(potential)), 0.0)
    mw = np.minimum(room, free_mw)
    first, mean = _find_free_sites(plants, standing, np.maximum(mw, 1.0))
    site_share = mean / np.maximum(potential, 1.0)
    decline = (1.0 - technologies.last_site_hours_share) * world.decline
    rise = technologies.last_site_connection_cny_per_kw * world.connection
    return SiteRoom(mw, free_mw < room, np.maximum(1.0 - decline * site_share, 0.0), rise * site_share, first)


def potential_mw(technologies: Technologies, world: SiteWorld) -> Floats:
    """Compute for how much of each technology there are sites, MW [P, K]."""
    potential = technologies.potential_mw.copy()
    potential[:, WIND] = technologies.wind_potential_mw[world.wind_potential]
    return potential * np.where(SMALL, world.potential, 1.0)


def _find_free_sites(plants: PowerPlants, there_mw: Floats, room_mw: Floats) -> tuple[Floats, Floats]:
    """Find the best free sites for a room: first and mean place [P, K].

    A place is the MW of sites that are better.
    """
    first, mean = np.zeros((2, *room_mw.shape))
    for p, k in np.ndindex(room_mw.shape):
        if SITED[k]:
            is_sited = (plants.province == p) & (plants.fuel == FUEL_OF_BUILDABLE[k]) & (there_mw > 0.0)
            first[p, k], mean[p, k] = find_free_sites(
                plants.site_mw[is_sited], there_mw[is_sited], float(room_mw[p, k])
            )
    return first, mean


def find_free_sites(place_mw: Floats, size_mw: Floats, room_mw: float) -> tuple[float, float]:
    """Find the first and the mean place of the best free sites, MW.

    A place is the MW of sites that are better. Who retires gives its site back.

    Args:
        place_mw: where the sites of each unit begin [n].
        size_mw: how many it takes [n].
        room_mw: how many more are taken.
    """
    order = np.argsort(place_mw, kind="stable")
    size = np.append(size_mw[order], 0.0)
    before = np.cumsum(size) - size
    # Two units cannot stand on one site: who comes later stands behind.
    start = before + np.maximum.accumulate(np.append(place_mw[order], 0.0) - before)
    free_from = np.concatenate([[0.0], (start + size)[:-1]])
    gap = start - free_from
    gap[gap < SMALLEST_GAP_MW] = 0.0
    gap[-1] = room_mw  # behind the last there is always room
    used_mw = np.clip(room_mw - (np.cumsum(gap) - gap), 0.0, gap)
    first = free_from[np.flatnonzero(used_mw > 0.0)[0]]
    return float(first), float((used_mw * (free_from + 0.5 * used_mw)).sum() / room_mw)


def starts_mw(technologies: Technologies, plants: PowerPlants, year: int) -> Floats:
    """Sum the capacity started in `year`, or listed as if it was, MW [P, K]."""
    is_started = _find_start_years(technologies, plants) == year
    return _sum_by_technology(plants, plants.capacity_mw * is_started, len(technologies.potential_mw))


def pace_mw(technologies: Technologies, plants: PowerPlants, year: int, weight: float) -> Floats:
    """Compute the mean yearly starts before `year`, MW [P, K].

    Newer years count more.

    Args:
        technologies: with lead times.
        plants: all of them, with those under construction and those that have closed.
        year: that starts now.
        weight: of the newest year; each one before counts by this part less.
    """
    units = plants.built_units()
    before = year - 1 - _find_start_years(technologies, units)
    weights = np.full(max(int(before.max(initial=0)), 0) + 1, 1.0 - weight)
    weights[0] = weight
    # Products, for powers differ in the last bit between machines.
    counts = np.where(before >= 0, np.cumprod(weights)[np.maximum(before, 0)], 0.0)
    return _sum_by_technology(units, units.capacity_mw * counts, len(technologies.potential_mw))


def _find_start_years(technologies: Technologies, units: PowerPlants | BuiltUnits) -> Integers:
    """Find the year in which each unit was started [N].

    Units of other fuels count as if built within a year.
    """
    return np.asarray(units.commissioned_year - _lead_years(technologies)[units.fuel])


def _lead_years(technologies: Technologies) -> Integers:
    """Return the years from start to connection by fuel [F]."""
    lead = np.ones(F, np.int64)
    lead[FUEL_OF_BUILDABLE] = np.maximum(technologies.lead_time_years, 1)
    return lead


def _sum_by_technology(units: PowerPlants | BuiltUnits, mw: Floats, provinces: int) -> Floats:
    """Sum units' MW [N] by province and technology [P, K]."""
    cell = units.province * F + units.fuel
    return sum_by_group(cell, mw, provinces * F).reshape(provinces, F)[:, FUEL_OF_BUILDABLE]
