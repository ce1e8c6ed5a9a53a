"""The record of what power plants earn: for a MWh, for heat, and of what they cost to build."""

from typing import NamedTuple

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import F
from tanlu.core.economics import capital_recovery_factor
from tanlu.power.plants import PowerPlants
from tanlu.power.state import heat_sold_gj, operating_mw
from tanlu.records.happened import YearOutcome

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


def measure_earnings(year: YearOutcome, plants: PowerPlants, rent_cny: Floats) -> EarningsRecord:
    """Measure the earnings of power plants.

    What is left counts for units whose cost of building is known, to the end of their nominal life; `rent_cny` [F] is
    of all.
    """
    accounts, n = year.plants, year.plants.output_mwh.size
    province, fuel, start_year = plants.province[:n], plants.fuel[:n], plants.commissioned_year[:n]
    life = plants.region.power.technologies.by_fuel.lifetime_years
    counts = plants.active(year.signals.year)[:n] & (year.signals.year < start_year + life[fuel])
    counts &= plants.investment_cny[:n] > 0.0
    factor = capital_recovery_factor(plants.region.parameters["cost_recovery_rate"], life)
    per_year = plants.investment_cny[:n] * factor[fuel] * counts
    current_year, place = year.signals.year, province * F + fuel
    provinces = len(plants.region.axes.provinces)
    price = plants.of_own_fuel(year.signals.prices.heat_price_cny_per_gj)
    heat_gj = heat_sold_gj(plants, accounts.output_mwh, operating_mw(plants, current_year, current_year)[:n])
    heat_gj *= accounts.heat_cny != 0.0  # who became emergency reserve by the end of the year sold heat in it
    cell = place * VINTAGES + (start_year > plants.region.base_year)

    def by_fuel(values: Floats) -> Floats:
        return sum_by_group(place, values, provinces * F).reshape(provinces, F)

    def by_vintage(values: Floats) -> Floats:
        return sum_by_group(cell, values, provinces * F * VINTAGES).reshape(provinces, F, VINTAGES)

    return EarningsRecord(
        sold_cny=by_fuel(accounts.revenue_cny),
        sold_mwh=by_fuel(accounts.output_mwh),
        heat_sold_gj=sum_by_group(province, heat_gj, provinces),
        heat_sold_cny=sum_by_group(province, heat_gj * price[:n], provinces),
        left_cny=by_vintage(accounts.profit_cny * counts),
        yearly_cost_cny=by_vintage(per_year),
        rent_cny=rent_cny,
    )
