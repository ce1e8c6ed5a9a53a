"""The options of thermal units: which units cannot take which, what the others are worth, and what is started."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import SECTOR
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.investment.closed_by import Bar, Closed, ClosedBy, side_by_side
from tanlu.investment.population import Appraisal
from tanlu.investment.taxation import worths_of_standing
from tanlu.investment.valuation import earned_share
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.adequacy import not_losing, retirement_closed, value_closing
from tanlu.power.capture import capture_closed, capture_value
from tanlu.power.cofiring import appraise_cofiring, cofiring_closed
from tanlu.power.flexibility import flexibility_closed, flexibility_value
from tanlu.power.life import extension_closed, extension_value
from tanlu.power.unit_rows import UnitRows
from tanlu.region.power import OPEN_END_YEAR

OPTIONS = (
    "keep",
    "capture_retrofit",
    "retire_early",
    "flexibility_retrofit",
    "cofiring_retrofit",
    "life_extension",
)
CAPTURE, RETIRE, FLEXIBILITY, COFIRING, EXTENSION = range(1, len(OPTIONS))
IS_CAPTURE = np.arange(len(OPTIONS)) == CAPTURE
# Columns of the population that an option changes.
STARTED = (
    "capture_year",
    "capture_law",
    "capture_rate",
    "retired_year",
    "minimum_load_share",
    "cofiring_year",
    "life_end_year",
    "extended_year",
)


class OptionProspect(NamedTuple):
    """What units look at when they value their options."""

    signals: Signals  # of the year
    expected_accounts: PlantAccounts  # of the expected year, [N]
    expected: PowerOutcome  # that year
    belief: Floats  # [W] how far each owner believes announced policy


def find_unit_bars(plants: UnitRows, rows: Integers, year: int) -> tuple[Booleans, Closed]:
    """Find the units that decide this year [n], and the bars [n, K].

    Reasons that last come first: no window is told of an option that a window would open. Who has just signed with its
    CO2 hub decides on capture at once.

    Args:
        plants: all of them.
        rows: thermal units in operation [n].
        year: of the decision.
    """
    wait = plants.years_to_window(rows, year)
    committed = (plants.contract_tco2[rows] > 0.0) & (plants.capture_year[rows] == OPEN_END_YEAR)
    no_window = Bar(ClosedBy.NO_WINDOW, wait > 0, limit=year + wait)
    bars = side_by_side(
        Closed.by_any(rows.size),  # carrying on is open to everybody
        capture_closed(plants, rows, year, no_window._replace(holds=(wait > 0) & ~committed)),
        retirement_closed(plants, rows, year, no_window),
        flexibility_closed(plants, rows, no_window),
        cofiring_closed(plants, rows, year, no_window),
        extension_closed(plants, rows, year, no_window),
    )
    return (wait == 0) | committed, bars


def appraise_options(
    plants: UnitRows, prospect: OptionProspect, rows: Integers, rate: Floats, bars: Closed
) -> Appraisal:
    """Appraise the options of the units that decide.

    Args:
        plants: all of them.
        prospect: what they look at.
        rows: of the units that decide [n].
        rate: real hurdle rate [n, K].
        bars: why they may not, whatever it is worth [n, K].
    """
    signals, expected_accounts, belief = prospect.signals, prospect.expected_accounts, prospect.belief
    npv, capex, price = np.zeros(rate.shape), np.zeros(rate.shape), np.full(rate.shape, np.nan)
    npv[:, CAPTURE], price[:, CAPTURE], capture = capture_value(
        plants, signals, expected_accounts, rows, rate[:, CAPTURE], belief
    )
    capex[:, CAPTURE] = capture.projects.capex_cny
    npv[:, RETIRE], capex[:, RETIRE] = _retirement_value(
        plants, signals, expected_accounts, rows, rate[:, RETIRE]
    )
    _, npv[:, FLEXIBILITY], capex[:, FLEXIBILITY] = flexibility_value(
        plants, signals, prospect.expected, rows, rate[:, FLEXIBILITY]
    )
    npv[:, COFIRING], capex[:, COFIRING], price[:, COFIRING], cofiring_bars = appraise_cofiring(
        plants, signals, expected_accounts, rows, rate[:, COFIRING], belief, bars.column(COFIRING)
    )
    extendable = np.flatnonzero(bars.is_open[:, EXTENSION])
    npv[extendable, EXTENSION], capex[extendable, EXTENSION] = extension_value(
        plants, signals, prospect.expected, rows[extendable], rate[extendable, EXTENSION]
    )
    closing_bars = bars.column(RETIRE).and_by(not_losing(plants.profit_cny[rows]))
    bars = bars.with_column(COFIRING, cofiring_bars).with_column(RETIRE, closing_bars)
    income_share = np.full(rate.shape, np.nan)
    income_share[:, CAPTURE] = earned_share(signals, capture.projects)
    return Appraisal(OPTIONS, rows, npv, capex, rate, bars, price, capture, earned_share=income_share)


def start_options(plants: UnitRows, units: tuple[Integers, ...], signals: Signals) -> None:
    """Start the funded options of units.

    Capture and co-firing start after their lead times, the others next year.

    Args:
        plants: all of them; they get new columns `STARTED`.
        units: that start each option [K].
        signals: of the year of the decision.
    """
    tech, fuel, year = plants.region.power.technologies, plants.fuel, signals.year
    for column in STARTED:  # who holds the columns of before keeps them
        setattr(plants, column, getattr(plants, column).copy())
    captures, closing, flexible, cofiring, extended = units[CAPTURE:]
    plants.capture_year[captures] = year + tech.capture.lead_time_years[fuel[captures]]
    plants.capture_law[captures] = signals.law
    plants.capture_rate[captures] = tech.capture.rate[fuel[captures]]
    plants.retired_year[closing], plants.life_end_year[closing] = year + 1, OPEN_END_YEAR
    plants.retired_year[extended] += signals.refurbishing.years
    plants.life_end_year[extended], plants.extended_year[extended] = plants.retired_year[extended], year
    plants.cofiring_year[cofiring] = year + plants.region.power.cofiring.lead_time_years
    plants.minimum_load_share[flexible] = tech.by_fuel.flexible_minimum_load_share[fuel[flexible]]


def _retirement_value(
    plants: UnitRows, signals: Signals, expected_accounts: PlantAccounts, rows: Integers, rate: Floats
) -> tuple[Floats, Floats]:
    """Compute NPV and cost of closing next year, CNY [n].

    The profit of the years ahead is given up; the last year counts as one. Both are after tax.
    """
    remaining, law = plants.retired_year[rows] - signals.year, plants.capture_law[rows]
    age = plants.contract_ages(signals, signals.year)[rows]
    power = SECTOR["electricity"]
    support = signals.co2.stored_support_cny_per_tco2[law, age, plants.province[rows], power]
    profit_cny = expected_accounts.profit_cny[rows] + support * expected_accounts.captured_tco2[rows]
    cost = plants.capacity_mw[rows] * KW_PER_MW * plants.region.parameters["decommissioning_cost_cny_per_kw"]
    taxes, fuel, started = signals.taxes, plants.fuel[rows], plants.commissioned_year[rows]
    worth, _ = worths_of_standing(taxes, fuel, rate, np.maximum(remaining, 1), started, signals.year)
    after_tax = cost * (1.0 - taxes.full_rate(fuel, signals.year + 1))
    return value_closing(profit_cny, after_tax, worth), cost
