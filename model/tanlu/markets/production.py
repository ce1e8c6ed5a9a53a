"""Production: power units run as dispatched and facilities as planned, less what stood still for want of power."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import RATIONING_TIERS, SECTOR
from tanlu.core.outcomes import CO2Outcome, PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW, MWH_PER_GWH
from tanlu.finance.promises import PromisedAmounts
from tanlu.industry.facilities import Industry
from tanlu.industry.rationing import Rationing, ration
from tanlu.industry.state import IndustryAccounts, ProductionPlan
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.demand import Demand
from tanlu.power.hours import SHED, merit_sources_mw
from tanlu.power.plants import PowerPlants
from tanlu.state.state import ExpectationState

DAYS_OF_YEAR = 365.0
TIERS = len(RATIONING_TIERS)


class Operation(NamedTuple):
    """A year of production, and the accounts of all who produced."""

    plants: PlantAccounts
    production: ProductionOutcome
    industry: IndustryAccounts
    co2: CO2Outcome


def produce(
    state: ExpectationState,
    signals: Signals,
    plan: ProductionPlan,
    demand: Demand,
    power: PowerOutcome,
    plants: PowerPlants,
    industry: Industry,
) -> tuple[ExpectationState, PlantAccounts, ProductionOutcome]:
    """Run units and facilities and price next year's scrap (docs/model/industry.md)."""
    accounts = plants.operate(signals, power, signals.year)
    load = tier_load_mwh_per_day(industry, plan, demand)
    stopped = rationing(power, plants.fuel, load, industry).stopped_share
    recorded_share = recorded_rationing(signals.year, load, industry).stopped_share
    production = industry.operate(signals, plan, (1.0 - stopped) / np.maximum(1.0 - recorded_share, 1e-9))
    state = state._replace(
        scrap_price_cny_per_t=industry.scrap_price(signals, production),
        credibility=signals.promises.credibility,
        promised=promised_amounts(plants, industry, accounts, production),
    )
    return state, accounts, production


def promised_amounts(
    plants: PowerPlants, industry: Industry, accounts: PlantAccounts, production: ProductionOutcome
) -> PromisedAmounts:
    """Add up what governments pay or charge by, so that promises weigh as much as their money."""
    axes, n = industry.region.axes, accounts.output_mwh.size
    by_sector, by_fuel = axes.shape("province", "sector"), axes.shape("province", "fuel")
    row, provinces = plants.province[:n] * by_fuel[1] + plants.fuel[:n], by_fuel[0]
    row_goods = industry.province * by_sector[1] + industry.sector
    gross = sum_by_group(row_goods, production.gross_tco2, provinces * by_sector[1])
    gross = gross.reshape(by_sector)
    gross[:, SECTOR["electricity"]] += sum_by_group(plants.province[:n], accounts.gross_tco2, provinces)
    sums = [
        sum_by_group(row, amount, provinces * by_fuel[1]).reshape(by_fuel)
        for amount in (accounts.output_mwh, plants.capacity_mw[:n] * KW_PER_MW)
    ]
    return PromisedAmounts(gross, *sums)


def tier_load_mwh_per_day(industry: Industry, plan: ProductionPlan, demand: Demand) -> Floats:
    """Compute industry's load on a usual day, MWh [P, tier]."""
    row = industry.province * TIERS + industry.rationing_tier
    provinces = len(industry.region.axes.provinces)
    tier_mwh = sum_by_group(row, plan.electricity_mwh, provinces * TIERS).reshape(provinces, TIERS)
    tier_mwh[:, -1] += np.maximum(demand.industry_mwh - tier_mwh.sum(axis=1), 0.0)
    return tier_mwh / DAYS_OF_YEAR


def rationing(power: PowerOutcome, fuel: Integers, load_mwh_per_day: Floats, industry: Industry) -> Rationing:
    """Compute the standstill of industry in a cleared year.

    Args:
        power: the year.
        fuel: of the power plants [N].
        load_mwh_per_day: of each tier [P, tier].
        industry: of the region.
    """
    hours = power.hours
    provinces = len(load_mwh_per_day)
    cut = np.zeros((provinces, hours.day_weight.size))
    if power.shed_mwh.any():
        shed = merit_sources_mw(hours.units, hours.merit_order_mw, fuel)[:, SHED] + hours.days_off_mw
        cut = shed.sum(axis=-1).reshape(provinces, -1)
        # Hours of a year within yearly limits are a mix of markets whose order differs; their sums are exact.
        counted = (cut * hours.day_weight.ravel()).sum(axis=1)
        is_other = (counted > 0.0) & ~np.isclose(counted, power.shed_mwh)
        cut *= np.divide(power.shed_mwh, counted, out=np.ones(provinces), where=is_other)[:, None]
    days = np.tile(hours.day_weight.ravel(), (provinces, 1))
    return ration(cut, days, load_mwh_per_day, industry.region.parameters["rationing_kept_load_share"])


def recorded_rationing(year: int, load_mwh_per_day: Floats, industry: Industry) -> Rationing:
    """Compute the standstill of industry in the balance book.

    Statistics of output are what was made then. The months' energy is cut on the days of their dry spell, or on all of
    them where there was none.
    """
    power, provinces = industry.region.power, len(load_mwh_per_day)
    gwh = power.not_served_gwh.get(year, np.zeros((provinces, power.day_weight.shape[0])))
    spell = power.hydrology.observed[year].spell_days if gwh.any() else np.zeros(gwh.shape[1])
    days = np.where(spell > 0.0, spell, power.day_weight.sum(axis=1))
    daily_mwh, kept_share = gwh * MWH_PER_GWH / days, industry.region.parameters["rationing_kept_load_share"]
    return ration(daily_mwh, np.tile(days, (provinces, 1)), load_mwh_per_day, kept_share)
