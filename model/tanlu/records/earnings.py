"""The record of what power plants earn: for a MWh, for heat, and of what they cost to build."""

from typing import NamedTuple

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import F, P
from tanlu.core.economics import capital_recovery_factor
from tanlu.power.plants import PowerPlants
from tanlu.power.state import heat_sold_gj, operating_mw
from tanlu.records.happened import Year

VINTAGES = 2  # what stood in the base year, and what came later


class EarningsRecord(NamedTuple):
    """What plants sold and what was left of it."""

    sold_cny: Floats  # [P, F] for electricity, uplift included
    sold_mwh: Floats  # [P, F]
    heat_sold_gj: Floats  # [P]
    heat_sold_cny: Floats  # [P] by those who use it, fuel included
    left_cny: Floats  # [P, F, VINTAGES] revenue and support less all running costs
    yearly_cost_cny: Floats  # [P, F, VINTAGES] of building, until the end of the nominal life
    rent_cny: Floats  # [F] what all plants get less what they pay, before capital


def measure_earnings(year: Year, plants: PowerPlants, rent_cny: Floats) -> EarningsRecord:
    """Return the record of what plants earn.

    What is left counts for units whose cost of building is known, to the end of their nominal life; `rent_cny` [F] is
    of all.
    """
    accounts, n = year.plants, year.plants.output_mwh.size
    province, fuel, begun = plants.province[:n], plants.fuel[:n], plants.commissioned_year[:n]
    life = plants.region.power.technologies.by_fuel.lifetime_years
    counts = plants.active(year.signals.year)[:n] & (year.signals.year < begun + life[fuel])
    counts &= plants.investment_cny[:n] > 0.0
    factor = capital_recovery_factor(plants.region.parameters["cost_recovery_rate"], life)
    per_year = plants.investment_cny[:n] * factor[fuel] * counts
    now, place = year.signals.year, province * F + fuel
    price = plants.of_own_fuel(year.signals.prices.heat_price_cny_per_gj)
    heat_gj = heat_sold_gj(plants, accounts.output_mwh, operating_mw(plants, now, now)[:n])
    heat_gj *= accounts.heat_cny != 0.0  # who became emergency reserve by the end of the year sold heat in it
    cell = place * VINTAGES + (begun > plants.region.base_year)

    def by_fuel(values: Floats) -> Floats:
        return sum_by_group(place, values, P * F).reshape(P, F)

    def by_vintage(values: Floats) -> Floats:
        return sum_by_group(cell, values, P * F * VINTAGES).reshape(P, F, VINTAGES)

    return EarningsRecord(
        sold_cny=by_fuel(accounts.revenue_cny),
        sold_mwh=by_fuel(accounts.output_mwh),
        heat_sold_gj=sum_by_group(province, heat_gj, P),
        heat_sold_cny=sum_by_group(province, heat_gj * price[:n], P),
        left_cny=by_vintage(accounts.profit_cny * counts),
        yearly_cost_cny=by_vintage(per_year),
        rent_cny=rent_cny,
    )
