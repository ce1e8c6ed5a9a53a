"""Trade: what the year means for exports, what a charge at the border costs, and what exports ask of industry."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import APPRAISAL_YEARS, S
from tanlu.core.schedules import PolicySchedule
from tanlu.core.signals import Signals, TradeTerms, UseTerms
from tanlu.core.units import T_PER_KT
from tanlu.industry.trade import BorderCharge, ExportedVehicle, exported_share, trade_terms
from tanlu.industry.use import read_elasticities, use_terms
from tanlu.kernels.national_market import OUTSIDE
from tanlu.markets.national import AllowanceTerms
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.drivers import Drivers
from tanlu.state.national_rules import INDUSTRY, INDUSTRY_SECTOR


def announce_trade(
    region: Region,
    schedule: PolicySchedule,
    drivers: Drivers,
    year: int,
    at_home_cny_per_t: Floats,
    paid_cny_per_tco2: Floats,
    base_ratio: Floats | None,
) -> TradeTerms:
    """Compute trade terms of this year and ahead (docs/model/industry.md).

    They are prices, charges, and exports over those of the last statistic. Prices at home and abroad stay as they are
    this year. In the years of statistics exports are those.

    Args:
        region: the pack.
        schedule: of all policies.
        drivers: of the run.
        year: the year that starts.
        at_home_cny_per_t: what products sell for in the region, [P, G].
        paid_cny_per_tco2: what a tonne costs at home in `charged_rows`, [T, P, S].
        base_ratio: price at home over price abroad in the last statistic, [P, X]; None while this is it.
    """
    goods, y, rows = region.industry.products, schedule.row(year), charged_rows(schedule, drivers, year)
    on_vehicles = schedule.trade.border_price_on_vehicles_cny_per_tco2[rows][:, :, None]
    fuel = drivers.fuel_cost_change_cny_per_t[y]
    terms = trade_terms(
        region.trade,
        goods.sector,
        home_cny_per_t=at_home_cny_per_t,
        abroad_cny_per_t=goods.price_cny_per_t + region.parameters["fuel_cost_pass_through"] * fuel,
        vehicle=ExportedVehicle(float(drivers.exports.vehicle_price_cny[y]), drivers.exports.metal_t[y]),
        usual_tco2_per_t=drivers.usual_tco2_per_t,
        border=BorderCharge(
            owed_cny_per_tco2=np.maximum(
                schedule.trade.border_price_cny_per_tco2[rows] - paid_cny_per_tco2, 0.0
            ),
            owed_on_vehicles_cny_per_tco2=np.maximum(on_vehicles - paid_cny_per_tco2, 0.0),
            pass_through=region.parameters["carbon_cost_pass_through"],
        ),
        base_ratio=base_ratio,
    )
    terms.export_factor[schedule.years[rows] <= region.last_observed_year] = 1.0
    return terms


def border_cost(
    region: Region,
    schedule: PolicySchedule,
    drivers: Drivers,
    year: int,
    terms: TradeTerms,
    paid_cny_per_tco2: Floats,
) -> Floats:
    """Compute border charges over all CO2 of a sector, CNY/t CO2.

    This year and in `APPRAISAL_YEARS` years ahead, [1 + APPRAISAL_YEARS, P, S].
    """
    rows, goods = charged_rows(schedule, drivers, year), region.industry.products
    if rows.stop == rows.start + 1:
        return np.zeros((1 + APPRAISAL_YEARS, *paid_cny_per_tco2.shape[1:]))
    price_gap = np.maximum(schedule.trade.border_price_cny_per_tco2[rows] - paid_cny_per_tco2, 0.0)
    output, charged = exported_share(region.trade, terms.export_factor)
    emissions_kt = region.industry.demand_kt[year_index(year)] * drivers.usual_tco2_per_t * output[:, :, :-1]
    of_sector = goods.sector[:, None] == np.arange(S)
    total = (emissions_kt[..., None] * of_sector).sum(axis=-2)
    owing = ((emissions_kt * charged[:, :, :-1])[..., None] * of_sector).sum(axis=-2)
    share = np.divide(owing, total, out=np.zeros_like(total), where=total > 0.0)
    return np.asarray(share * price_gap)


def charged_rows(schedule: PolicySchedule, drivers: Drivers, year: int) -> slice:
    """Select the rows of a year for which trade is appraised.

    They are the year's and, if any of them is charged at a border, those that an appraisal looks at.
    """
    y = schedule.row(year)
    return slice(y, y + 1 + APPRAISAL_YEARS) if drivers.exports.charge_announced[y] else slice(y, y + 1)


def home_carbon_cost(
    schedule: PolicySchedule, drivers: Drivers, rows: slice, allowances: AllowanceTerms
) -> Floats:
    """Compute the home cost of a tonne, CNY/t CO2 [rows, P, S].

    It is that of makers that emit as much per unit of output as in the base year; a capped one gets a part of it free.
    """
    years = drivers.bought_share[rows].shape[0]
    under_cap = np.maximum(1.0 - allowances.base_free_share[:years], 0.0)[:, None]
    bought = np.where(
        drivers.is_capped[rows][:, None],
        schedule.carbon.covered[rows] * under_cap,
        drivers.bought_share[rows],
    )
    market = bought * allowances.price_cny_per_tco2[:years, None, None]
    return np.asarray(schedule.carbon.price_cny_per_tco2[rows] + market)


def added_carbon_costs(
    schedule: PolicySchedule, drivers: Drivers, year: int, allowances: AllowanceTerms
) -> tuple[Floats, Floats]:
    """Compute what CO2 of one more unit costs makers here and elsewhere, CNY/t CO2 [P, S] each.

    What is given free for more output costs nothing; what is given by a fixed base period could be sold. Makers
    elsewhere bear the national price, and no other, in the sectors that the nation covers and the law in one of the
    provinces.
    """
    y, t = schedule.row(year), year_index(year)
    covered, method = schedule.carbon.covered[y], drivers.national_rules.allocation.method[t]
    given_free = allowances.base_free_share[0] * allowances.follows_output_share
    by_rate = np.divide(drivers.bought_share[y], covered, out=np.zeros_like(covered), where=covered > 0.0)
    bought = np.where(drivers.is_capped[y], 1.0 - given_free, by_rate)
    market = bought * allowances.price_cny_per_tco2[0]
    is_national = np.zeros(covered.shape[1])
    is_national[INDUSTRY_SECTOR] = method[INDUSTRY] != OUTSIDE
    is_national *= (covered > 0.0).any(axis=0)
    return schedule.carbon.price_cny_per_tco2[y] + covered * market, is_national * market


def announce_use(
    region: Region,
    schedule: PolicySchedule,
    drivers: Drivers,
    year: int,
    allowances: AllowanceTerms,
    price_cny_per_t: Floats,
) -> UseTerms:
    """Compute how users of products answer the year's CO2 prices (docs/model/industry.md).

    `price_cny_per_t` [P, G] is that in the region with all but CO2. The years of statistics hold what was used.
    """
    products, passed_on = region.industry.products, region.parameters["carbon_cost_pass_through"]
    if year <= region.last_observed_year:
        unchanged = np.ones(price_cny_per_t.shape)
        return UseTerms(unchanged, unchanged, price_cny_per_t, price_cny_per_t)
    home_cny_per_tco2, elsewhere_cny_per_tco2 = added_carbon_costs(schedule, drivers, year, allowances)
    return use_terms(
        products,
        read_elasticities(region),
        price_cny_per_t=price_cny_per_t,
        usual_tco2_per_t=drivers.usual_tco2_per_t,
        added_cny_per_tco2=passed_on * home_cny_per_tco2,
        elsewhere_cny_per_tco2=passed_on * elsewhere_cny_per_tco2,
    )


def usual_home_use(region: Region, drivers: Drivers, signals: Signals, demand_factor: float) -> Floats:
    """Compute what industry's trend holds for users in the region, without a price on CO2, t [P, G]."""
    trend_t = region.industry.demand_kt[signals.data_row] * T_PER_KT * demand_factor
    return np.asarray(trend_t - drivers.exports.usual[signals.row].sum(axis=2)[:, :-1])


def mean_prices(region: Region, terms: TradeTerms) -> Floats:
    """Average product prices at home and abroad, CNY/t [P, G].

    Makers pass the charge of the usual process on to buyers abroad, as they do with what CO2 costs at home.
    """
    _, charged = exported_share(region.trade, terms.export_factor[0])
    added_price = region.parameters["carbon_cost_pass_through"] * charged * terms.charge_cny[0]
    return np.asarray((terms.home_cny + added_price)[:, :-1])


def exports(drivers: Drivers, signals: Signals) -> Floats:
    """Compute export demand by good, t or vehicles [P, X, 2].

    The last axis is without and with a charge.
    """
    return np.asarray(drivers.exports.usual[signals.row] * signals.trade.export_factor[0])


def exported_tco2_per_unit(drivers: Drivers, signals: Signals) -> Floats:
    """Compute CO2 of the usual process by good, t a tonne, and of the metal in a vehicle, t [X]."""
    of_products = drivers.usual_tco2_per_t
    return np.append(of_products, (drivers.exports.metal_t[signals.row] * of_products).sum())


def added_export_demand(drivers: Drivers, signals: Signals) -> Floats:
    """Compute demand from exports beyond industry's trend, t [P, product].

    The trend holds exports at the prices of the last statistic, and the metal of exported vehicles.
    """
    usual, route = drivers.exports.usual[signals.row], drivers.steel_share
    growth = (usual * (signals.trade.export_factor[0] - 1.0)).sum(axis=2)
    metal = growth[:, -1:] * drivers.exports.metal_t[signals.row]
    is_steel = route.sum(axis=0) > 0.0
    steel = (metal * is_steel).sum(axis=1)[:, None] * route
    return np.asarray(growth[:, :-1] + metal * ~is_steel + steel)
