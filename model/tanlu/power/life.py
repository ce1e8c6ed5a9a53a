"""When listed units come, how long units stand, and what it is worth to refurbish one for more years."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS, LAST_DATA_YEAR, F
from tanlu.core.economics import power
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.randomness import Purpose, uniform
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH, HOURS_PER_YEAR, KW_PER_MW
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.taxation import worths_of_standing
from tanlu.power.unit_rows import UnitRows
from tanlu.power.yearly_limit import add_shadow_price
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, OPEN_END_YEAR

LAST_DRAWN_YEAR = LAST_DATA_YEAR + 20  # beyond the longest look of anybody
REFURBISHED = (
    "coal",
    "gas",
)  # the others have no machine hall that outlives the machines, or are built from the ground


def draw_completion(region: Region, numbers: Integers, *, seed: int, replication: int) -> Integers:
    """Draw the year in which each unit of the pack is commissioned [U].

    From its listed year on, a project after the last statistic is completed with the chance of its fuel in each year,
    or with that of planned ones; a draw belongs to project and year, so that scenarios of one seed share it. What does
    not come within sight has `OPEN_END_YEAR`. All other units have the pack's year.

    Args:
        region: the pack.
        numbers: stable number of each unit, [U].
        seed: of the scenario.
        replication: of the run.
    """
    units, hazard = region.power.units, region.power.completion_hazard.copy()
    hazard[FUELS.index("battery")] = region.parameters["storage_completion_share"]
    chance = np.where(units.is_planned, region.parameters["planned_completion_share"], hazard[units.fuel])
    completion_year = units.commissioned_year.copy()
    is_open = units.is_listed & (completion_year > region.last_observed_year)
    year = region.last_observed_year
    while is_open.any() and year < LAST_DRAWN_YEAR:
        year += 1
        due = np.flatnonzero(is_open & (units.commissioned_year <= year))
        draw = uniform(
            seed=seed,
            replication=replication,
            decider_ids=numbers[due],
            year=year,
            purpose=Purpose.PROJECT_COMPLETION,
        )
        completions = due[draw < chance[due]]
        completion_year[completions], is_open[completions] = year, False
    completion_year[is_open] = OPEN_END_YEAR
    return completion_year


def leaving_share(plants: UnitRows, year: int) -> Floats:
    """Compute the share of each unit that leaves this year by age [N].

    It leaves at the start of the year since the unit is beyond its life.
    """
    beyond = plants.active(year) & (plants.life_end_year <= year)
    return np.asarray(beyond * plants.region.parameters["exit_share_beyond_life"])


def standing_mw(plants: UnitRows, current_year: int, year: int | Integers) -> Floats:
    """Compute each unit's capacity in a later year, MW [N].

    Nobody decides otherwise until then.

    Args:
        plants: all of them, as they are in `current_year`.
        current_year: this year.
        year: one for all, or of each unit [N].
    """
    beyond = np.maximum(year - np.maximum(plants.life_end_year - 1, current_year), 0) * (
        plants.life_end_year <= year
    )
    years = np.arange(beyond.max(initial=0) + 1)
    stays = power(1.0 - plants.region.parameters["exit_share_beyond_life"], years)[beyond]
    is_standing = (plants.retired_year > year) | (
        (plants.life_end_year <= year) & (plants.retired_year > current_year)
    )
    return np.asarray(plants.capacity_mw * stays * is_standing)


def extension_closed(plants: UnitRows, rows: Integers, year: int, no_window: Bar) -> Closed:
    """List the bars to refurbishing units for more years [n].

    A unit is refurbished in the last window of its life, and once.

    Args:
        plants: all of them.
        rows: of the units [n].
        year: of the decision.
        no_window: holds for who is not at a window [n].
    """
    interval = int(plants.region.parameters["overhaul_interval_years"])
    can_extend = np.isin(
        plants.fuel[rows], FUEL_OF_BUILDABLE[[BUILDABLE.index(name) for name in REFURBISHED]]
    )
    last_window = plants.retired_year[rows] - interval
    return Closed.by_any(
        rows.size,
        Bar(ClosedBy.OWNER_FAILED, plants.orphaned[rows]),
        Bar(ClosedBy.NOT_OFFERED, ~can_extend | (plants.life_end_year[rows] == OPEN_END_YEAR)),
        Bar(ClosedBy.TAKEN, plants.extended_year[rows] < OPEN_END_YEAR, limit=plants.extended_year[rows]),
        Bar(ClosedBy.TOO_EARLY, year < last_window, limit=last_window),
        no_window,
    )


def extension_value(
    plants: UnitRows, signals: Signals, expected: PowerOutcome, rows: Integers, rate: Floats
) -> tuple[Floats, Floats]:
    """Compute NPV and cost of refurbishing units, CNY [n].

    It brings some years; without it a part of the unit leaves every year. A year is worth the margin at the prices of
    the expected year, and nothing where that is negative.

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
    payment = signals.prices.capacity_payment_cny_per_kw_year[plants.province[rows], fuel]
    fixed = kw * (payment - tech.by_fuel.fixed_om_cny_per_kw_year[fuel])
    worth = np.maximum(_margin_cny(plants, signals, expected, rows) + fixed, 0.0)
    years = signals.refurbishing.years
    dwindling_rate = (1.0 + rate) / (1.0 - x["exit_share_beyond_life"]) - 1.0
    life, started = np.full(rows.size, years), plants.commissioned_year[rows]
    (extended, outlay), (dwindling, _) = (
        worths_of_standing(signals.taxes, fuel, h, life, started, signals.year)
        for h in (rate, dwindling_rate)
    )
    return worth * (extended - dwindling) - capex * outlay, capex


def _margin_cny(plants: UnitRows, signals: Signals, expected: PowerOutcome, rows: Integers) -> Floats:
    """Compute units' margin at the expected year's prices, CNY [n].

    It is what they earn above their costs, heat included.
    """
    offer = add_shadow_price(plants.offer(signals, signals.year), expected.prices.shadow_price_cny_per_mwh)
    first, last = (np.searchsorted(offer.rows, rows, side) for side in ("left", "right"))
    days = plants.region.power.day_weight[:, :, None]
    heat_density = plants.region.power.heat_density[:, :, None, None]
    must_run_mw = plants.capacity_mw[rows] * plants.must_run_share[rows] * plants.availability[rows]
    heat_gj = GJ_PER_MWH * HOURS_PER_YEAR * must_run_mw * plants.heat_to_power_ratio[rows]
    margin = heat_gj * plants.heat_worth_cny_per_gj(signals)[rows]
    for i, u in enumerate(last - 1):
        price, z = expected.prices.price_cny_per_mwh[offer.zone[u]], offer.zone[u]
        for offered in range(first[i], last[i]):
            spread = (price - offer.cost_cny_per_mwh[offered]) * days
            margin[i] += offer.capacity_mw[offered] * np.maximum(spread, 0.0).sum()
            # Contracted gas is paid for in every hour, whatever it asks.
            sunk = offer.cost_cny_per_mwh[u] - offer.cost_cny_per_mwh[offered]
            margin[i] -= offer.capacity_mw[offered] * sunk * HOURS_PER_YEAR
        led = heat_density[z] if plants.heat_to_power_ratio[rows[i]] > 0.0 else 1.0
        margin[i] += must_run_mw[i] * ((price - offer.cost_cny_per_mwh[u]) * days * led).sum()
    return margin
