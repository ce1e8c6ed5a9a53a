"""Tariffs: what the year's electricity cost each class of customers, and what the grid may charge next."""

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import FUEL, PARTS, RENEWABLE_FUELS
from tanlu.core.days import usual_day_types
from tanlu.core.outcomes import PowerOutcome, sum_trades
from tanlu.core.signals import Signals
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.co2_in_power import measure_co2_in_power
from tanlu.markets.demand import Demand
from tanlu.power.plants import PowerPlants
from tanlu.power.tariffs import (
    COMPONENTS,
    GridUse,
    Tariffs,
    grid_charge_factor,
    set_tariffs,
)
from tanlu.region.demand import INDUSTRY_PARTS
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.state import Regulation, TariffState

INDUSTRY = [PARTS.index(part) for part in INDUSTRY_PARTS]

GRID = COMPONENTS.index("transmission_distribution")
WIND_AND_SUN = [FUEL[name] for name in RENEWABLE_FUELS]


def charge_customers(
    state: TariffState,
    signals: Signals,
    region: Region,
    demand: Demand,
    power: PowerOutcome,
    plants: PowerPlants,
    accounts: PlantAccounts,
    relief_cny: Floats,
) -> tuple[TariffState, Tariffs]:
    """Charge customers for the year, and set grid charges (docs/model/demand.md).

    `relief_cny` [P] is public money that lowers surcharges, at most to nothing.
    """
    support = accounts.capacity_payment_cny + accounts.premium_cny + accounts.reserve_cny
    support = support + accounts.difference_cny - accounts.limit_payment_cny
    support_cny = sum_by_group(plants.province, support, relief_cny.size)
    load_cny = power.prices.mean_price_cny_per_mwh * power.load_mwh
    if power.trades:  # added agents pay for theirs
        load_cny = load_cny - sum_trades(power.trades).firm_cny
    system_cny = support_cny + power.units.uplift_cny - power.hydro_sales.rebate_cny
    co2 = measure_co2_in_power(signals, power, plants, accounts)
    price, regulation = power.prices.price_cny_per_mwh, state.regulation
    tariffs, without_co2 = (
        bill(
            year=signals.year,
            region=region,
            demand=demand,
            price_cny_per_mwh=usual_day_types(hours_price, power.hours.day_weight),
            load_cny=cost_cny,
            system_cny=other_cny,
            regulation=rules,
            relief_cny=relief,
        )
        for hours_price, cost_cny, other_cny, rules, relief in (
            (price, load_cny, system_cny, regulation, relief_cny),
            (
                price - co2.price_cny_per_mwh,
                load_cny - co2.load_cny,
                system_cny - co2.system_cny,
                regulation.waive_co2(),
                np.zeros_like(relief_cny),  # it is carbon revenue
            ),
        )
    )
    regulation = next_regulation(
        regulation,
        year=signals.year,
        region=region,
        demand=demand,
        tariffs=tariffs,
        cost_without_co2_cny_per_mwh=without_co2.cost_cny_per_mwh,
        capacity_by_fuel_mw=power.offer.capacity_by_fuel_mw,
    )
    exempt_cny_per_mwh = without_co2.tariff_cny_per_mwh
    return TariffState(tariffs.tariff_cny_per_mwh, exempt_cny_per_mwh, regulation), tariffs


def next_regulation(
    regulation: Regulation,
    *,
    year: int,
    region: Region,
    demand: Demand,
    tariffs: Tariffs,
    cost_without_co2_cny_per_mwh: Floats,
    capacity_by_fuel_mw: Floats,
) -> Regulation:
    """Set the regulation of the next year (docs/model/demand.md).

    It changes where a period begins, by the figures of `year`.

    Args:
        regulation: of this year.
        year: this year.
        region: the pack.
        demand: of this year.
        tariffs: of this year.
        cost_without_co2_cny_per_mwh: what classes would cost this year if CO2 cost nothing, [P, K].
        capacity_by_fuel_mw: in operation, [P, F].
    """
    x = region.parameters
    since = year + 1 - int(x["grid_tariff_first_year"])
    if since < 0 or since % int(x["grid_tariff_period_years"]):
        return regulation
    current_use = GridUse(
        sold_mwh=tariffs.sold_mwh.sum(axis=1),
        peak_mw=demand.load_shape.max(axis=(1, 2, 3)) * demand.load_mwh / HOURS_PER_YEAR,
        wind_and_sun_mw=capacity_by_fuel_mw[:, WIND_AND_SUN].sum(axis=1),
        revenue_cny=(tariffs.components_cny_per_mwh[:, :, GRID] * tariffs.sold_mwh).sum(axis=1),
    )
    if regulation.base is None:
        return regulation._replace(
            base=current_use,
            base_cost_cny_per_mwh=tariffs.cost_cny_per_mwh,
            base_cost_without_co2_cny_per_mwh=cost_without_co2_cny_per_mwh,
        )
    dearer = tariffs.cost_cny_per_mwh - regulation.base_cost_cny_per_mwh
    dearer_without_co2 = cost_without_co2_cny_per_mwh - regulation.base_cost_without_co2_cny_per_mwh
    factor = grid_charge_factor(
        regulation.base,
        current_use,
        peak_load_cost_cny_per_kw=x["peak_load_grid_cost_cny_per_kw"],
        wind_and_sun_cost_cny_per_kw=x["wind_and_sun_grid_cost_cny_per_kw"],
        yearly_cost_share=x["grid_yearly_cost_share"],
    )
    passed_on = x["regulated_tariff_pass_through"]
    return regulation._replace(
        grid_factor=factor,
        tariff_change_cny_per_mwh=passed_on * dearer,
        tariff_change_without_co2_cny_per_mwh=passed_on * dearer_without_co2,
    )


def bill(
    *,
    year: int,
    region: Region,
    demand: Demand,
    price_cny_per_mwh: Floats,
    load_cny: Floats,
    system_cny: Floats,
    regulation: Regulation,
    relief_cny: Floats,
) -> Tariffs:
    """Compute the tariffs of the year (docs/model/demand.md).

    Args:
        year: the year.
        region: the pack.
        demand: who used how much.
        price_cny_per_mwh: wholesale on typical and peak days, [P, month, day type, hour].
        load_cny: the whole load at these prices, [P].
        system_cny: capacity payments, premiums and compensation paid to plants of the province, [P].
        regulation: what the regulator has set for the year.
        relief_cny: public money that lowers surcharges, [P].
    """
    share = region.tariffs.part_share
    cost = part_cost(region, demand, price_cny_per_mwh, load_cny)
    return set_tariffs(
        region.tariffs,
        row=year_index(year),
        sold_mwh=_by_class(demand.parts_mwh, share),
        purchase_cny=_by_class(cost, share),
        system_cny=system_cny,
        grid_factor=regulation.grid_factor,
        regulated_change_cny_per_mwh=regulation.tariff_change_cny_per_mwh,
        relief_cny=relief_cny,
    )


def part_cost(region: Region, demand: Demand, price_cny_per_mwh: Floats, load_cny: Floats) -> Floats:
    """Compute the cost of each part of demand, CNY [Q, P].

    It is at the hours' prices. Industry bears what the others leave of the whole load's cost, as its hours are what
    they leave of the load.
    """
    weighted = price_cny_per_mwh * region.power.day_weight[:, :, None]
    mean = (region.demand.shape * weighted).sum(axis=(2, 3, 4)) / HOURS_PER_YEAR
    cost = mean * demand.parts_mwh  # no hours of industry are in it
    industry = demand.parts_mwh[INDUSTRY]
    remaining_cny = load_cny - cost.sum(axis=0)
    cost[INDUSTRY] = remaining_cny * industry / np.maximum(industry.sum(axis=0), 1e-9)
    return np.asarray(cost)


def _by_class(part: Floats, share: Floats) -> Floats:
    """Sum parts of demand [Q, P] by class of customers [P, K]."""
    return np.asarray((part[:, :, None] * share[:, None, :]).sum(axis=0))
