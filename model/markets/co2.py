"""The CO2 market: captured CO2 goes to products while they pay more than storing is worth, then to stores."""

from typing import NamedTuple

import numpy as np

from model.kernels.co2 import sell_co2
from model.region_co2 import CO2Data, product_price
from model.signals import Floats, Integers, P


class StoreBook(NamedTuple):
    """What each storage site already holds, t CO2 [J]."""

    held_tco2: Floats


class CO2Sources(NamedTuple):
    """Who has captured CO2 to place; axis n, money in CNY/t CO2."""

    province: Integers
    captured_tco2: Floats
    credit_cny_per_tco2: Floats  # what a tonne kept from the air earns: carbon cost saved and subsidy
    tariff_cny_per_tco2: Floats  # posted for transport and storage


class Placement(NamedTuple):
    """Where the CO2 of each source went; axis n, and B products."""

    sold_tco2: Floats
    bound_tco2: Floats  # the part of it that products keep from the air for good
    stored_tco2: Floats
    vented_tco2: Floats
    product_revenue_cny: Floats
    transport_storage_cost_cny: Floats
    bought_tco2: Floats  # [B]
    product_price_cny_per_tco2: Floats  # [B]


def delivered_cost(co2: CO2Data) -> Floats:
    """Return cost of storing one tonne from each province at each site, CNY/t CO2 [P, J].

    Transport is a pipeline tariff by distance class: within the province or across the border.
    """
    near = co2.transport["tariff_within_province_cny_per_tco2"]
    far = co2.transport["tariff_across_border_cny_per_tco2"]
    same = np.arange(P)[:, None] == co2.stores.province[None, :]
    return co2.stores.cost_cny_per_tco2 + np.where(same, near, far)


def posted_tariff(co2: CO2Data, book: StoreBook) -> Floats:
    """Return what the next tonne costs to transport and store, CNY/t CO2 [P]: the cheapest site with room."""
    room = co2.stores.capacity_tco2 > book.held_tco2
    cost = np.where(room, delivered_cost(co2), np.inf).min(axis=1)
    return np.where(np.isfinite(cost), cost, delivered_cost(co2).max(axis=1))


def place_co2(co2: CO2Data, book: StoreBook, sources: CO2Sources) -> tuple[Placement, StoreBook]:
    """Sell, store or vent the year's captured CO2 (MODEL.md, CO2).

    Args:
        co2: the pack's stores, products and transport.
        book: what the sites hold.
        sources: who captured how much, and what else a tonne is worth to them.
    """
    captured = sources.captured_tco2
    worth = sources.credit_cny_per_tco2 - sources.tariff_cny_per_tco2
    bought, sold = _sell(co2, sources, np.maximum(worth, 0.0))
    price = product_price(co2.products, bought)
    quantity = max(float(bought.sum()), 1e-300)
    left = captured - sold
    stored, spent, held = _store(co2, book, sources, left)
    placement = Placement(
        sold_tco2=sold,
        bound_tco2=sold * (float((bought * co2.products.permanent_share).sum()) / quantity),
        stored_tco2=stored,
        vented_tco2=np.maximum(left - stored, 0.0),
        product_revenue_cny=sold * (float((bought * price).sum()) / quantity),
        transport_storage_cost_cny=spent,
        bought_tco2=bought,
        product_price_cny_per_tco2=price,
    )
    return placement, StoreBook(held)


def _sell(co2: CO2Data, sources: CO2Sources, reservation: Floats) -> tuple[Floats, Floats]:
    """Return t CO2 bought by each product [B] and sold by each source [n].

    What a product keeps for good earns its seller the mean credit of all captured tonnes.
    """
    products = co2.products
    weight = sources.captured_tco2 / max(float(sources.captured_tco2.sum()), 1e-300)
    credit = float((weight * sources.credit_cny_per_tco2).sum())
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
    sales = sell_co2(sources.captured_tco2, reservation, buyers)
    return sales.bought_tco2, sales.sold_tco2


def _store(co2: CO2Data, book: StoreBook, sources: CO2Sources, left: Floats) -> tuple[Floats, Floats, Floats]:
    """Fill sites from the cheapest province-site pair on; return t stored and CNY spent [n], and the holdings [J].

    Sources of a province share what it stores, and what that costs, in proportion to what they have left.
    """
    held = book.held_tco2.copy()
    total = np.bincount(sources.province, left, P)
    stored, spent, remaining = np.zeros(P), np.zeros(P), total.copy()
    cost = delivered_cost(co2)
    room = np.minimum(co2.stores.injection_limit_tco2_per_year, co2.stores.capacity_tco2 - held)
    for pair in np.argsort(cost.reshape(-1), kind="stable"):
        p, j = divmod(int(pair), cost.shape[1])
        amount = min(remaining[p], room[j])
        if amount <= 0.0:
            continue
        stored[p] += amount
        spent[p] += amount * cost[p, j]
        held[j] += amount
        room[j] -= amount
        remaining[p] -= amount
    share = np.divide(left, total[sources.province], out=np.zeros(left.size), where=left > 0.0)
    return share * stored[sources.province], share * spent[sources.province], held
