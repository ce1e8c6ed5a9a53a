"""When listed units come, how long units stand, and what it is worth to refurbish one for more years."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import F
from tanlu.core.economics import annuity_factor, power
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.randomness import Purpose, uniform
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH, HOURS_PER_YEAR, KW_PER_MW
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.power.unit_rows import UnitRows
from tanlu.power.yearly_limit import at_shadow_price
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, OPEN_END_YEAR

REFURBISHED = ("coal", "gas")  # the others have no machine hall that outlives the machines, or are built anew


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
    open_ = units.is_listed & (done > region.last_observed_year)
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


def leaving_share(plants: UnitRows, year: int) -> Floats:
    """Return the share of each unit's capacity that leaves at the start of a year since it is beyond its life [N]."""
    beyond = plants.active(year) & (plants.life_end_year <= year)
    return np.asarray(beyond * plants.region.parameters["exit_share_beyond_life"])


def standing_mw(plants: UnitRows, now: int, year: int | Integers) -> Floats:
    """Return the capacity of each unit that is there in a later year if nobody decides otherwise, MW [N].

    Args:
        plants: all of them, as they are in `now`.
        now: this year.
        year: one for all, or of each unit [N].
    """
    beyond = np.maximum(year - np.maximum(plants.life_end_year - 1, now), 0) * (plants.life_end_year <= year)
    years = np.arange(beyond.max(initial=0) + 1)
    stays = power(1.0 - plants.region.parameters["exit_share_beyond_life"], years)[beyond]
    there = (plants.retired_year > year) | ((plants.life_end_year <= year) & (plants.retired_year > now))
    return np.asarray(plants.capacity_mw * stays * there)


def extension_closed(plants: UnitRows, rows: Integers, year: int, no_window: Bar) -> Closed:
    """Return why units cannot be refurbished to run on after their life [n]: in the last window of it, and once.

    Args:
        plants: all of them.
        rows: of the units [n].
        year: of the decision.
        no_window: holds for who is not at a window [n].
    """
    interval = int(plants.region.parameters["overhaul_interval_years"])
    can = np.isin(plants.fuel[rows], FUEL_OF_BUILDABLE[[BUILDABLE.index(name) for name in REFURBISHED]])
    last = plants.retired_year[rows] - interval
    return Closed.by_any(
        rows.size,
        Bar(ClosedBy.OWNER_FAILED, plants.orphaned[rows]),
        Bar(ClosedBy.NOT_OFFERED, ~can | (plants.life_end_year[rows] == OPEN_END_YEAR)),
        Bar(ClosedBy.TAKEN, plants.extended_year[rows] < OPEN_END_YEAR, limit=plants.extended_year[rows]),
        Bar(ClosedBy.TOO_EARLY, year < last, limit=last),
        no_window,
    )


def extension_value(
    plants: UnitRows, signals: Signals, expected: PowerOutcome, rows: Integers, rate: Floats
) -> tuple[Floats, Floats]:
    """Return NPV and cost of refurbishing units for the years that it brings, CNY [n].

    Without it a part of the unit leaves every year. A year is worth the margin at the prices of the expected year, and
    nothing where that is negative.

    Args:
        plants: all of them.
        signals: of the year.
        expected: the cleared expected year.
        rows: of the units [n].
        rate: real hurdle rate [n].
    """
    x, tech, fuel = plants.region.parameters, plants.region.power.technologies, plants.fuel[rows]
    new_cost = np.zeros(F)
    new_cost[FUEL_OF_BUILDABLE] = tech.capex_cny_per_kw[signals.data_row]
    kw = plants.capacity_mw[rows] * KW_PER_MW
    capex = kw * new_cost[fuel] * signals.refurbishing.capex_share
    paid = signals.prices.capacity_payment_cny_per_kw_year[plants.province[rows], fuel]
    fixed = kw * (paid - tech.by_fuel.fixed_om_cny_per_kw_year[fuel])
    worth = np.maximum(_margin_cny(plants, signals, expected, rows) + fixed, 0.0)
    years = signals.refurbishing.years
    of_what_stays = (1.0 + rate) / (1.0 - x["exit_share_beyond_life"]) - 1.0
    with_it, without = (annuity_factor(one, np.full(rows.size, years)) for one in (rate, of_what_stays))
    return worth * (with_it - without) - capex, capex


def _margin_cny(plants: UnitRows, signals: Signals, expected: PowerOutcome, rows: Integers) -> Floats:
    """Return what units would earn above their costs at the prices of the expected year, heat included, CNY [n]."""
    offer = at_shadow_price(plants.offer(signals, signals.year), expected.prices.shadow_price_cny_per_mwh)
    at = np.searchsorted(offer.rows, rows)
    days = plants.region.power.day_weight[:, :, None]
    must_run_mw = plants.capacity_mw[rows] * plants.must_run_share[rows] * plants.availability[rows]
    heat_gj = GJ_PER_MWH * HOURS_PER_YEAR * must_run_mw * plants.heat_to_power_ratio[rows]
    margin = heat_gj * plants.heat_worth_cny_per_gj(signals)[rows]
    for i, u in enumerate(at.tolist()):
        price = expected.prices.price_cny_per_mwh[offer.zone[u]]
        over = (price - offer.cost_cny_per_mwh[u]) * days
        margin[i] += offer.capacity_mw[u] * np.maximum(over, 0.0).sum() + must_run_mw[i] * over.sum()
    return margin
