"""What it is worth to a thermal unit to run lower while it is kept online."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.taxation import worths_of_standing
from tanlu.kernels.power.settlement import value_lower_output
from tanlu.power.cleared_year import online_units
from tanlu.power.unit_rows import UnitRows
from tanlu.power.yearly_limit import add_shadow_price
from tanlu.region.power import PowerData


def flexibility_value(
    plants: UnitRows, signals: Signals, expected: PowerOutcome, rows: Integers, rate: Floats
) -> tuple[Floats, Floats, Floats]:
    """Compute how far a retrofit lowers least output, its NPV and cost [n].

    Least output is a share, NPV and investment are in CNY.
    """
    data = plants.region.power
    able = np.flatnonzero(_lower_minimum(data, plants.fuel[rows], plants.minimum_load_share[rows]) > 0.0)
    saving_cny = np.zeros(rows.size)
    saving_cny[able] = saving_by_row_cny(data, plants.fuel, expected, rows[able])
    fuel, years = plants.fuel[rows], np.maximum(plants.retired_year[rows] - signals.year, 1)
    started = plants.commissioned_year[rows]
    worth, outlay = worths_of_standing(signals.taxes, fuel, rate, years, started, signals.year)
    return retrofit_value(
        data,
        fuel=fuel,
        minimum_load_share=plants.minimum_load_share[rows],
        capacity_mw=plants.capacity_mw[rows],
        worth=worth,
        outlay=outlay,
        saved_cny=saving_cny,
    )


def flexibility_closed(plants: UnitRows, rows: Integers, no_window: Bar) -> Closed:
    """List the bars to fitting units to run lower [n].

    Units that must run anyhow, for heat or for a facility of their own, run no lower for it.

    Args:
        plants: all of them.
        rows: of the units [n].
        no_window: holds for who is not at a window [n].
    """
    data, fuel = plants.region.power, plants.fuel[rows]
    is_offered = data.technologies.by_fuel.flexibility_capex_cny_per_kw[fuel] > 0.0
    lower = _lower_minimum(data, fuel, plants.minimum_load_share[rows])
    return Closed.by_any(
        rows.size,
        Bar(ClosedBy.OWNER_FAILED, plants.orphaned[rows]),
        Bar(ClosedBy.NOT_OFFERED, ~is_offered | (plants.must_run_share[rows] > 0.0)),
        Bar(ClosedBy.TAKEN, lower <= 0.0),
        no_window,
    )


def saving_by_row_cny(data: PowerData, fuel: Integers, expected: PowerOutcome, rows: Integers) -> Floats:
    """Compute the savings of a lower least output in a cleared year, CNY [n].

    Least output would be lower by all capacity online. A unit's compensation for being online stays that of its fuel's
    ordinary least output.

    Args:
        data: of the region.
        fuel: of all units, [N].
        expected: the cleared year.
        rows: whose savings are asked for, [n].
    """
    offer, is_selected = expected.offer, np.zeros(fuel.size, bool)
    is_selected[rows] = True
    saving_cny: Floats = value_lower_output(
        is_selected=is_selected,
        fuel=fuel,
        units=online_units(
            add_shadow_price(offer, expected.prices.shadow_price_cny_per_mwh), expected.hours.floor_mw
        ),
        no_load_fuel_share=data.technologies.by_fuel.no_load_fuel_share,
        price_cny_per_mwh=expected.prices.price_cny_per_mwh,
        day_weight=expected.hours.day_weight,
    )
    return saving_cny[rows]


def _lower_minimum(data: PowerData, fuel: Integers, minimum_load_share: Floats) -> Floats:
    """Compute how far a retrofit lowers least output, share [n].

    0 where there is none for the fuel.
    """
    tech = data.technologies
    lower = np.maximum(minimum_load_share - tech.by_fuel.flexible_minimum_load_share[fuel], 0.0)
    return np.where(tech.by_fuel.flexibility_capex_cny_per_kw[fuel] > 0.0, lower, 0.0)


def retrofit_value(
    data: PowerData,
    *,
    fuel: Integers,
    minimum_load_share: Floats,
    capacity_mw: Floats,
    worth: Floats,
    outlay: Floats,
    saved_cny: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Compute how far a retrofit lowers least output, its NPV and cost [n].

    Least output is a share, NPV and investment are in CNY.

    Args:
        data: of the region.
        fuel: of each unit, [n].
        minimum_load_share: today, [n].
        capacity_mw: [n].
        worth: now, of a CNY before tax in each year that is left, [n].
        outlay: now, of a CNY invested, less the tax that writing it off saves, [n].
        saved_cny: a year by least output lower by all capacity online, [n].
    """
    tech = data.technologies
    lower = _lower_minimum(data, fuel, minimum_load_share)
    capex = capacity_mw * KW_PER_MW * tech.by_fuel.flexibility_capex_cny_per_kw[fuel]
    return lower, lower * saved_cny * worth - capex * outlay, capex
