"""Sites: how much of each technology can be started this year, for want of sites and of connections to the grid."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import F, P
from tanlu.investment.growth import yearly_growth
from tanlu.power.life import standing_mw
from tanlu.power.plants import PowerPlants
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, SMALL_SCALE, Technologies

K = len(BUILDABLE)
SMALL = np.isin(BUILDABLE, SMALL_SCALE)


class SiteRoom(NamedTuple):
    """What can be started this year; axes P provinces, K technologies."""

    mw: Floats
    used_up: Booleans  # sites are shorter than connections


def site_room(
    technologies: Technologies, plants: PowerPlants, year: int, pace_factor: float, potential_factor: float
) -> SiteRoom:
    """Return what can be started in `year` [P, K].

    A unit queues for connection in the year in which it is ready. What is connected by then sets how much the grid can
    connect in that year; what is listed or started for it already goes first.

    Args:
        technologies: with potential, floor and growth rate.
        plants: all of them, with those under construction.
        year: of the decision.
        pace_factor: on what can be connected of wind, sun and batteries in a year.
        potential_factor: on their potential.
    """
    lead = np.ones(F, np.int64)
    lead[FUEL_OF_BUILDABLE] = np.maximum(technologies.lead_time_years, 1)
    ready = year + lead[plants.fuel]
    there = standing_mw(plants, year, ready)
    before, due = plants.commissioned_year < ready, plants.commissioned_year == ready
    pace, more = (np.where(SMALL, factor, 1.0) for factor in (pace_factor, potential_factor))
    potential = technologies.potential_mw * more
    grid = yearly_growth(
        technologies.floor_mw_per_year * pace,
        technologies.growth_rate * pace,
        _by_technology(plants, there * before),
        potential,
    )
    room = np.maximum(grid - _by_technology(plants, there * due), 0.0)
    left = np.maximum(potential - _by_technology(plants, there), 0.0)
    return SiteRoom(np.minimum(room, left), left < room)


def _by_technology(plants: PowerPlants, mw: Floats) -> Floats:
    """Return the sum over units of MW [N] by province and technology [P, K]."""
    cell = plants.province * F + plants.fuel
    return np.bincount(cell, mw, P * F).reshape(P, F)[:, FUEL_OF_BUILDABLE]
