"""Trade: what the year means for exports, what a charge at the border costs, and what exports ask of industry."""

import numpy as np

from model.markets.goods import fuel_cost_change, usual_tco2_per_t
from model.markets.trade import exported_share, trade_terms
from model.region import Region
from model.region_industry import ENERGY, TONNES_PER_KT
from model.signals import APPRAISAL_YEARS, Floats, P, PolicyPaths, S, Signals, TradeTerms
from model.steps.buildings import steel_share
from model.tables import year_index


def announce_trade(
    region: Region,
    paths: PolicyPaths,
    year: int,
    at_home_cny_per_t: Floats,
    dearer_fuel_cny_per_gj: Floats,
    market_price: Floats,
    base_ratio: Floats | None,
) -> TradeTerms:
    """Return prices, charges and what exports come to, this year and in the years ahead (MODEL.md, announce).

    Prices at home and abroad stay as they are this year. In the years of statistics exports are those.

    Args:
        region: the pack.
        paths: all policies, folded.
        year: the year that starts.
        at_home_cny_per_t: what products sell for in the region, [P, G].
        dearer_fuel_cny_per_gj: change of fuel prices since the base year, which makers everywhere bear, [P, ENERGY].
        market_price: the carbon price, this year's and those expected, [1 + APPRAISAL_YEARS].
        base_ratio: price at home over price abroad in the last statistic, [P, X]; None while this is it.
    """
    goods, rows = region.industry.products, _rows(paths, year)
    fuel = fuel_cost_change(goods, dearer_fuel_cny_per_gj)
    paid = paid_at_home(region, paths, rows, market_price[: rows.stop - rows.start])
    on_vehicles = paths.border_price_on_vehicles_cny_per_tco2[rows][:, :, None]
    terms = trade_terms(
        region.trade,
        goods,
        region.vehicles,
        row=year_index(year),
        home_cny_per_t=at_home_cny_per_t,
        abroad_cny_per_t=goods.price_cny_per_t + region.parameters["fuel_cost_pass_through"] * fuel,
        usual_tco2_per_t=_usual(region),
        owed_cny_per_tco2=np.maximum(paths.border_price_cny_per_tco2[rows] - paid, 0.0),
        owed_on_vehicles_cny_per_tco2=np.maximum(on_vehicles - paid, 0.0),
        pass_through=region.parameters["carbon_cost_pass_through"],
        base_ratio=base_ratio,
    )
    observed = (paths.years[rows] <= region.last_observed_year)[:, None, None, None]
    return terms._replace(export_factor=np.where(observed, 1.0, terms.export_factor))


def border_cost(
    region: Region, paths: PolicyPaths, year: int, terms: TradeTerms, market_price: Floats
) -> Floats:
    """Return what is charged abroad per tonne emitted, spread over all CO2 of the sector, CNY/t CO2.

    This year and in `APPRAISAL_YEARS` years ahead, [1 + APPRAISAL_YEARS, P, S].
    """
    rows, goods = _rows(paths, year), region.industry.products
    if rows.stop == rows.start + 1:
        return np.zeros((1 + APPRAISAL_YEARS, P, S))
    paid = paid_at_home(region, paths, rows, market_price)
    owed = np.maximum(paths.border_price_cny_per_tco2[rows] - paid, 0.0)
    output, charged = exported_share(region.trade, terms.export_factor)
    made = region.industry.demand_kt[year_index(year)] * _usual(region) * output[:, :, :-1]
    of_sector = goods.sector[:, None] == np.arange(S)
    total = (made[..., None] * of_sector).sum(axis=-2)
    owing = ((made * charged[:, :, :-1])[..., None] * of_sector).sum(axis=-2)
    share = np.divide(owing, total, out=np.zeros_like(total), where=total > 0.0)
    return np.asarray(share * owed)


def mean_prices(region: Region, terms: TradeTerms) -> Floats:
    """Return what a tonne of a product sells for on average, at home and abroad, CNY/t [P, G].

    Makers pass the charge of the usual process on to buyers abroad, as they do with what CO2 costs at home.
    """
    _, charged = exported_share(region.trade, terms.export_factor[0])
    more = region.parameters["carbon_cost_pass_through"] * charged * terms.charge_cny[0]
    return np.asarray((terms.home_cny + more)[:, :-1])


def paid_at_home(region: Region, paths: PolicyPaths, rows: slice, market_price: Floats) -> Floats:
    """Return what a tonne costs who emits as much per unit of output as in the base year, CNY/t CO2 [rows, P, S].

    Such makers are short of allowances by the gap between the tightened benchmark and themselves.
    """
    benchmark, x = paths.market_benchmark_factor[rows], region.parameters
    gap = (benchmark - 1.0) / np.maximum(benchmark, 1e-9)
    limit = x["allocation_surplus_limit"]
    free = 1.0 + np.clip(x["allocation_sensitivity"] * gap, -limit, limit)
    bought = 1.0 - free * (1.0 - auctioned(paths, rows))
    market = paths.market_covered[rows] * market_price[:, None, None]
    return np.asarray(paths.carbon_price_cny_per_tco2[rows] + market * bought)


def auctioned(paths: PolicyPaths, y: int | slice) -> Floats:
    """Return the share of each allocation that is sold [P, S]; a trace stays free, by which the rest is measured."""
    return np.minimum(paths.market_auction_share[y], 1.0 - 1e-6)


def exports(region: Region, signals: Signals, demand_factor: float) -> Floats:
    """Return what buyers abroad want of each good, without and with a charge, t or vehicles [P, X, 2]."""
    return np.asarray(_usual_exports(region, signals, demand_factor) * signals.trade.export_factor[0])


def added_by_exports(region: Region, signals: Signals, demand_factor: float) -> Floats:
    """Return what exports ask of industry beyond what the trend holds, t [P, product].

    The trend holds exports at the prices of the last statistic, and the metal of exported vehicles.
    """
    usual = _usual_exports(region, signals, demand_factor)
    more = (usual * (signals.trade.export_factor[0] - 1.0)).sum(axis=2)
    metal, route = more[:, -1:] * signals.trade.metal_t, steel_share(region.industry)
    is_steel = route.sum(axis=0) > 0.0
    steel = (metal * is_steel).sum(axis=1)[:, None] * route
    return np.asarray(more[:, :-1] + metal * ~is_steel + steel)


def _usual_exports(region: Region, signals: Signals, demand_factor: float) -> Floats:
    """Return what would be exported at the prices of the last statistic [P, X, 2]."""
    trade = region.trade
    products = region.industry.demand_kt[signals.data_row] * TONNES_PER_KT * trade.export_share[:, :-1]
    usual = np.concatenate([products, trade.exported_vehicles[:, None]], axis=1) * demand_factor
    kinds = np.stack([1.0 - trade.adjusted_share, trade.adjusted_share], axis=1)
    return np.asarray(usual[:, :, None] * kinds)


def _rows(paths: PolicyPaths, year: int) -> slice:
    """Return the rows of a year and, if any of them is charged, of those an appraisal looks at."""
    y = paths.row(year)
    ahead = slice(y, y + 1 + APPRAISAL_YEARS)
    charged = (
        paths.border_price_cny_per_tco2[ahead].any()
        or paths.border_price_on_vehicles_cny_per_tco2[ahead].any()
    )
    return ahead if charged else slice(y, y + 1)


def _usual(region: Region) -> Floats:
    return usual_tco2_per_t(region.industry.products, region.power.carrier_co2_t_per_gj[: len(ENERGY)])
