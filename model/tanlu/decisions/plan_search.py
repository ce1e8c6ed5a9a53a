"""Search for plans that companies still want once all of them plan so."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.finance.building import BuildSites, BuildTerms
from tanlu.kernels.building_sites import PlanRange
from tanlu.power.sites import SITED
from tanlu.region.power import BUILDABLE

K = len(BUILDABLE)
PLAN_CLEARINGS = 4  # of the expected year with plans; more cost time and change little
# By which plans grow or shrink at most, step by step, while no cleared year lies beyond them.
WIDEST_STEPS = (1.5, 2.0, 3.0, 3.0)
MARGIN_SHARE = 0.1  # part of the way between two cleared years that is left on either side


class Cleared(NamedTuple):
    """Plans, and what companies want in the expected year that holds them."""

    planned_mw: Floats  # [P, K]
    value_cny_per_mw: Floats  # [P, K] and year
    sites: BuildSites  # that they want
    wanted_mw: Floats  # [P, K]
    planned_mwh: float  # a year, of wind and sun
    wanted_mwh: float


class Planning(NamedTuple):
    """What a search asks."""

    clear: Callable[[Floats], Floats]  # what a MW earns a year [P, K] with plans of MW [P, K]
    terms: BuildTerms  # by which companies build where a MW earns so much
    hours: Floats  # [P, K] of a year at full output of wind and sun, 0 of the rest

    def assess(self, planned_mw: Floats, value: Floats) -> Cleared:
        """Find the sites that companies want where a MW earns `value`."""
        sites = self.terms.appraise_sites(value)
        demand_mw = by_technology(sites)
        energy = [float((mw * self.hours).sum()) for mw in (planned_mw, demand_mw)]
        return Cleared(planned_mw, value, sites, demand_mw, *energy)


def agree(planning: Planning, alone: Floats, first_mw: Floats) -> BuildSites:
    """Find the sites that are wanted, or nearly so, with all plans.

    What one more MW of wind or sun earns falls with the energy of all that is planned, so plans are searched by that
    energy, between the fullest year in which more is wanted than planned, `low`, and the emptiest in which less is,
    `high`. The other technologies plan the mean of what they wanted so far (fictitious play, Brown 1951).

    Args:
        planning: the year.
        alone: what a MW earns without plans, CNY [P, K].
        first_mw: plans to begin with [P, K].
    """
    low = before = planning.assess(np.zeros(alone.shape), alone)
    high, best_sites, best_mwh = None, low.sites, -1.0
    planned_mw = np.minimum(first_mw, planning.terms.room.mw)
    for n, step in enumerate(WIDEST_STEPS[:PLAN_CLEARINGS], start=2):
        cleared = planning.assess(planned_mw, planning.clear(planned_mw))
        if cleared.wanted_mwh >= cleared.planned_mwh:
            before, low = low, cleared
        else:
            high = cleared
        fair = _fair_mw(planning, (before, low, high), step)
        sites = _startable(cleared, fair)
        started = _energy(planning, by_technology(sites))
        if started >= best_mwh:
            best_sites, best_mwh = sites, started
        mean_mw = cleared.planned_mw + (cleared.wanted_mw - cleared.planned_mw) / n
        planned_mw = np.where(SITED, _keep_apart(planning, fair, low, high, step), mean_mw)
    return best_sites


def _startable(cleared: Cleared, fair_mw: Floats) -> BuildSites:
    """Limit sites to those that pay with these plans in place.

    Not more starts than is planned, nor than is wanted now or at fewer plans. Nobody takes more than its share of the
    room.
    """
    sites, demand_mw = cleared.sites, cleared.wanted_mw
    enough = np.minimum(cleared.planned_mw, np.where(SITED, np.maximum(demand_mw, fair_mw), demand_mw))
    share = np.divide(enough, demand_mw, out=np.zeros(demand_mw.shape), where=demand_mw > 0.0)
    limit = 1.0 / sites.part[sites.owner, sites.province, sites.technology]
    share = np.minimum(share[sites.province, sites.technology], limit)
    return sites._replace(
        capacity_mw=sites.capacity_mw * share,
        capex_cny=sites.capex_cny * share,
        npv_cny=sites.npv_cny * share,
    )


def _fair_mw(
    planning: Planning, clearings: tuple[Cleared, Cleared, Cleared | None], widest_step: float
) -> Floats:
    """Interpolate the plans of wind and sun that would be wanted.

    A MW's earnings are taken as straight between cleared years.

    Args:
        planning: the year.
        clearings: the year that was `low` before, `low`, and `high` if there is one.
        widest_step: factor to beyond the known years.
    """
    before, low, high = clearings
    first, second = (before, low) if high is None else (low, high)
    room = _energy(planning, planning.terms.room.mw)
    plans = PlanRange(
        lower_mwh=low.planned_mwh,
        upper_mwh=min(widest_step * low.planned_mwh, room) if high is None else high.planned_mwh,
        first_mwh=first.planned_mwh,
        second_mwh=second.planned_mwh,
        first_value=first.value_cny_per_mw,
        second_value=second.value_cny_per_mw,
    )
    energy_mwh, demand_mw = planning.terms.find_fair_plans(plans, planning.hours)
    mix = demand_mw if _energy(planning, demand_mw) > 0.0 else second.planned_mw
    return _scaled(planning, mix, energy_mwh)


def _keep_apart(
    planning: Planning, fair_mw: Floats, low: Cleared, high: Cleared | None, widest_step: float
) -> Floats:
    """Move plans away from those of the cleared years on both sides.

    They are then far enough to learn from.
    """
    if high is None:
        return fair_mw
    begin = max(low.planned_mwh, high.planned_mwh / widest_step)
    margin_mwh = MARGIN_SHARE * (high.planned_mwh - begin)
    energy = np.clip(_energy(planning, fair_mw), begin + margin_mwh, high.planned_mwh - margin_mwh)
    return _scaled(planning, fair_mw, float(energy))


def _scaled(planning: Planning, mw: Floats, energy_mwh: float) -> Floats:
    """Scale plans [P, K] to an energy, within the room, MW."""
    return np.minimum(mw * energy_mwh / max(_energy(planning, mw), 1.0), planning.terms.room.mw)


def _energy(planning: Planning, mw: Floats) -> float:
    return float((mw * planning.hours).sum())


def by_technology(sites: BuildSites, counts: Booleans | bool = True) -> Floats:
    """Add up the capacity of sites that count, MW [P, K]."""
    cell = sites.province * K + sites.technology
    return sum_by_group(cell, sites.capacity_mw * counts, sites.room.mw.size).reshape(sites.room.mw.shape)
