"""The CO2 market: captured CO2 goes to products while they pay more than storing is worth, then to stores."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.outcomes import CO2Outcome
from tanlu.kernels.co2.market import sell_co2
from tanlu.region.co2 import CO2Data, product_price


class StoreHoldings(NamedTuple):
    """What each storage site already holds, t CO2 [J]."""

    held_tco2: Floats


class CO2Sources(NamedTuple):
    """Who has captured CO2 to place; axis n, money in CNY/t CO2."""

    captured_tco2: Floats
    credit_cny_per_tco2: Floats  # what a stored tonne earns: carbon cost saved, subsidy and contracts
    bound_credit_cny_per_tco2: Floats  # what a tonne earns that a product keeps: the same without contracts
    tariff_cny_per_tco2: Floats  # from the plant into a store, by hub or truck
    reserved_tco2: Floats  # a year, what is owed to the hub for in any case
    charge_cny_per_tco2: Floats  # the part of the tariff that is owed for it: the hub's without the store's
    hub: Integers
    contracted: Booleans  # who may ship through its hub
    trucks: Booleans  # who captures little enough for trucks
    store: Integers  # the nearest one, where trucks go


class Lines(NamedTuple):
    """Lines in operation; axes L, E corridors."""

    hub: Integers
    store: Integers
    capacity_tco2: Floats  # a year
    passes: Booleans  # [L, E] corridors that each takes


def place_co2(
    co2: CO2Data, holdings: StoreHoldings, lines: Lines, sources: CO2Sources
) -> tuple[CO2Outcome, StoreHoldings]:
    """Sell, store or vent the year's captured CO2 (docs/model/co2.md).

    Args:
        co2: the pack's stores and products.
        holdings: what the sites hold.
        lines: of all hubs.
        sources: who captured how much, and what else a tonne is worth to them.
    """
    captured, hubs = sources.captured_tco2, len(co2.hubs.ids)
    bought, sold = _sell(co2, sources)
    price = product_price(co2.products, bought)
    quantity = max(float(bought.sum()), 1e-300)
    left = captured - sold
    stored, in_stores, held, carried = _store(co2, holdings, lines, sources, left)
    shipped = stored * sources.contracted
    idle = sources.charge_cny_per_tco2 * np.maximum(sources.reserved_tco2 - shipped, 0.0)
    paid = stored * np.where(stored > 0.0, sources.tariff_cny_per_tco2, 0.0) + idle
    outcome = CO2Outcome(
        captured_tco2=captured,
        sold_tco2=sold,
        permanently_bound_tco2=sold * (float((bought * co2.products.permanent_share).sum()) / quantity),
        stored_tco2=stored,
        vented_tco2=np.maximum(left - stored, 0.0),
        product_revenue_cny=sold * (float((bought * price).sum()) / quantity),
        transport_storage_cost_cny=paid,
        transport_cost_cny=paid - in_stores,
        bought_tco2=bought,
        product_price_cny_per_tco2=price,
        shipped_tco2=sum_by_group(sources.hub, shipped, hubs),
        idle_charge_cny=sum_by_group(sources.hub, idle, hubs),
        corridor_tco2=(carried[:, None] * lines.passes).sum(axis=0),
    )
    return outcome, StoreHoldings(held)


def _sell(co2: CO2Data, sources: CO2Sources) -> tuple[Floats, Floats]:
    """Return t CO2 bought by each product [B] and sold by each source [n].

    What a product keeps for good earns its seller the mean credit of all captured tonnes.
    """
    products = co2.products
    weight = sources.captured_tco2 / max(float(sources.captured_tco2.sum()), 1e-300)
    credit = float((weight * sources.bound_credit_cny_per_tco2).sum())
    stores = sources.contracted | sources.trucks
    owed = np.minimum(sources.reserved_tco2 / np.maximum(sources.captured_tco2, 1.0), 1.0)
    cost = sources.tariff_cny_per_tco2 - owed * sources.charge_cny_per_tco2  # more than if nothing is stored
    worth = sources.credit_cny_per_tco2 - np.where(stores, cost, np.inf)
    buyers = np.stack(
        [
            products.price_cny_per_tco2,
            products.market_tco2_per_year,
            products.demand_elasticity,
            products.maximum_tco2_per_year,
            products.permanent_share * credit,
        ],
        axis=1,
    )
    sales = sell_co2(sources.captured_tco2, np.maximum(worth, 0.0), buyers)
    return sales.bought_tco2, sales.sold_tco2


def _store(
    co2: CO2Data, holdings: StoreHoldings, lines: Lines, sources: CO2Sources, left: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Fill lines in order, then trucks; return t stored and CNY paid to stores [n], the holdings [J], t by line [L].

    Shippers of a hub share its lines in proportion to what they have left. Trucks go where it pays.
    """
    held, cost = holdings.held_tco2.copy(), co2.stores.cost_cny_per_tco2
    room = np.minimum(co2.stores.injection_limit_tco2_per_year, co2.stores.capacity_tco2 - held)
    pays = sources.credit_cny_per_tco2 > sources.tariff_cny_per_tco2
    by_line, by_truck = sources.contracted, ~sources.contracted & sources.trucks & pays
    hubs = len(co2.hubs.ids)
    total = sum_by_group(sources.hub, left * by_line, hubs)
    shipped, spent, waiting = np.zeros(hubs), np.zeros(hubs), total.copy()
    carried = np.zeros(lines.hub.size)
    for k, (h, j) in enumerate(zip(lines.hub.tolist(), lines.store.tolist(), strict=True)):
        amount = carried[k] = max(min(waiting[h], lines.capacity_tco2[k], room[j]), 0.0)
        shipped[h] += amount
        spent[h] += amount * cost[j]
        waiting[h] -= amount
        room[j] -= amount
        held[j] += amount
    trucked = sum_by_group(sources.store, left * by_truck, cost.size)
    fits = np.divide(
        np.minimum(trucked, np.maximum(room, 0.0)), trucked, out=np.zeros(cost.size), where=trucked > 0.0
    )
    held += trucked * fits
    share = np.divide(
        left * by_line, total[sources.hub], out=np.zeros(left.size), where=by_line & (left > 0.0)
    )
    driven = left * by_truck * fits[sources.store]
    stored = share * shipped[sources.hub] + driven
    return stored, share * spent[sources.hub] + driven * cost[sources.store], held, carried
