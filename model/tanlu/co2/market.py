"""The CO2 market: captured CO2 goes to products while they pay more than storing is worth, then to stores."""

from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.outcomes import CO2Outcome, CO2Purchase
from tanlu.kernels.co2.market import sell_co2
from tanlu.region.co2 import CO2Data, product_price

# Of demand at a bid: all is bought at a price a hundred-thousandth lower, so that a step still has a slope.
BID_ELASTICITY = 1e5


class StoreHoldings(NamedTuple):
    """What each storage site already holds, t CO2 [J]."""

    held_tco2: Floats


class CO2Buyer(NamedTuple):
    """CO2 that an agent would buy in a year of those who capture it."""

    province: str
    tco2: float  # the most that is bought
    price_cny_per_tco2: float  # the most that is paid at the plant's gate, and what is paid
    permanent_share: float = 0.0  # of what is bought, kept from the air for good


class CO2Bids(NamedTuple):
    """What added agents bid for captured CO2; axis A."""

    kinds: tuple[str, ...]  # who was asked, in alphabetical order
    kind: Integers  # [A] whose it is
    province: Integers  # [A]
    tco2: Floats  # [A]
    price_cny_per_tco2: Floats  # [A]
    permanent_share: Floats  # [A]

    @classmethod
    @cache
    def nothing(cls) -> "CO2Bids":
        """Return bids of nobody."""
        no_one, no_sum = np.zeros(0, np.int64), np.zeros(0)
        return cls((), no_one, no_one, no_sum, no_sum, no_sum)

    def share_out(self, bought_tco2: Floats, provinces: int) -> dict[str, CO2Purchase]:
        """Share out what each bid bought [A] by kind and province."""
        amounts = bought_tco2, bought_tco2 * self.permanent_share, bought_tco2 * self.price_cny_per_tco2
        cell = self.kind * provinces + self.province
        sums = [sum_by_group(cell, amount, len(self.kinds) * provinces) for amount in amounts]
        return {
            kind: CO2Purchase(*(total[n * provinces : (n + 1) * provinces] for total in sums))
            for n, kind in enumerate(self.kinds)
        }


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
    co2: CO2Data,
    holdings: StoreHoldings,
    lines: Lines,
    sources: CO2Sources,
    limit_tco2: Floats,
    bids: CO2Bids,
    provinces: int,
) -> tuple[CO2Outcome, StoreHoldings]:
    """Sell, store or vent the year's captured CO2 (docs/model/co2.md).

    Args:
        co2: the pack's stores and products.
        holdings: what the sites hold.
        lines: of all hubs.
        sources: who captured how much, and what else a tonne is worth to them.
        limit_tco2: the most that each product can buy [B].
        bids: of added agents, who buy as products do.
        provinces: how many there are.
    """
    captured, hubs = sources.captured_tco2, len(co2.hubs.ids)
    purchases, sales = _sell(co2, sources, limit_tco2, bids)
    quantity = max(float(purchases.sum()), 1e-300)
    agents_purchases: dict[str, CO2Purchase] = {}
    if bids.kinds:
        purchases, bought_tco2 = np.split(purchases, [len(co2.products.names)])
        agents_purchases = bids.share_out(bought_tco2, provinces)
    price = product_price(co2.products, purchases)
    bound_tco2 = float((purchases * co2.products.permanent_share).sum())
    revenue_cny = float((purchases * price).sum())
    for purchase in agents_purchases.values():
        bound_tco2 += float(purchase.permanently_bound_tco2.sum())
        revenue_cny += float(purchase.paid_cny.sum())
    unsold = captured - sales
    deliveries, in_stores, holdings_tco2, carried = _store(co2, holdings, lines, sources, unsold)
    shipped = deliveries * sources.contracted
    idle = sources.charge_cny_per_tco2 * np.maximum(sources.reserved_tco2 - shipped, 0.0)
    outlay_cny = deliveries * np.where(deliveries > 0.0, sources.tariff_cny_per_tco2, 0.0) + idle
    outcome = CO2Outcome(
        captured_tco2=captured,
        sold_tco2=sales,
        permanently_bound_tco2=sales * (bound_tco2 / quantity),
        stored_tco2=deliveries,
        vented_tco2=np.maximum(unsold - deliveries, 0.0),
        product_revenue_cny=sales * (revenue_cny / quantity),
        transport_storage_cost_cny=outlay_cny,
        transport_cost_cny=outlay_cny - in_stores,
        bought_tco2=purchases,
        product_price_cny_per_tco2=price,
        purchase_limit_tco2=limit_tco2,
        shipped_tco2=sum_by_group(sources.hub, shipped, hubs)[:hubs],
        idle_charge_cny=sum_by_group(sources.hub, idle, hubs)[:hubs],
        corridor_tco2=(carried[:, None] * lines.passes).sum(axis=0),
        agents_purchases=agents_purchases,
    )
    return outcome, StoreHoldings(holdings_tco2)


def _sell(co2: CO2Data, sources: CO2Sources, limit_tco2: Floats, bids: CO2Bids) -> tuple[Floats, Floats]:
    """Return t CO2 bought by each product and bid [B + A] and sold by each source [n].

    What a product keeps for good earns its seller the mean credit of all captured tonnes.
    """
    products = co2.products
    weight = sources.captured_tco2 / max(float(sources.captured_tco2.sum()), 1e-300)
    credit = float((weight * sources.bound_credit_cny_per_tco2).sum())
    stores = sources.contracted | sources.trucks
    reserved_share = np.minimum(sources.reserved_tco2 / np.maximum(sources.captured_tco2, 1.0), 1.0)
    cost = (
        sources.tariff_cny_per_tco2 - reserved_share * sources.charge_cny_per_tco2
    )  # more than if nothing is stored
    worth = sources.credit_cny_per_tco2 - np.where(stores, cost, np.inf)
    buyers = np.stack(
        [
            products.price_cny_per_tco2,
            products.market_tco2_per_year,
            products.demand_elasticity,
            limit_tco2,
            products.permanent_share * credit,
        ],
        axis=1,
    )
    if bids.kind.size:
        columns = (
            bids.price_cny_per_tco2,
            bids.tco2,
            np.full(bids.kind.size, BID_ELASTICITY),
            bids.tco2,
            bids.permanent_share * credit,
        )
        buyers = np.concatenate([buyers, np.stack(columns, axis=1)])
    sales = sell_co2(sources.captured_tco2, np.maximum(worth, 0.0), buyers)
    return sales.bought_tco2, sales.sold_tco2


def _store(
    co2: CO2Data, holdings: StoreHoldings, lines: Lines, sources: CO2Sources, unsold: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Fill lines in order, then trucks.

    Shippers of a hub share its lines in proportion to what they have left. Trucks go where it pays. Without stores
    nothing leaves the plants.
    """
    holdings_tco2, cost = holdings.held_tco2.copy(), co2.stores.cost_cny_per_tco2
    if not cost.size:
        return *np.zeros((2, unsold.size)), holdings_tco2, np.zeros(lines.hub.size)
    room = np.minimum(co2.stores.injection_limit_tco2_per_year, co2.stores.capacity_tco2 - holdings_tco2)
    pays = sources.credit_cny_per_tco2 > sources.tariff_cny_per_tco2
    by_line, by_truck = sources.contracted, ~sources.contracted & sources.trucks & pays
    hubs = max(
        len(co2.hubs.ids), 1
    )  # in a pack without any all emitters are at the first, which gets nothing
    total = sum_by_group(sources.hub, unsold * by_line, hubs)
    shipped, store_cost_cny, waiting = np.zeros(hubs), np.zeros(hubs), total.copy()
    carried = np.zeros(lines.hub.size)
    for k, (h, j) in enumerate(zip(lines.hub.tolist(), lines.store.tolist(), strict=True)):
        amount = carried[k] = max(min(waiting[h], lines.capacity_tco2[k], room[j]), 0.0)
        shipped[h] += amount
        store_cost_cny[h] += amount * cost[j]
        waiting[h] -= amount
        room[j] -= amount
        holdings_tco2[j] += amount
    trucked = sum_by_group(sources.store, unsold * by_truck, cost.size)
    fits = np.divide(
        np.minimum(trucked, np.maximum(room, 0.0)), trucked, out=np.zeros(cost.size), where=trucked > 0.0
    )
    holdings_tco2 += trucked * fits
    share = np.divide(
        unsold * by_line, total[sources.hub], out=np.zeros(unsold.size), where=by_line & (unsold > 0.0)
    )
    driven = unsold * by_truck * fits[sources.store]
    deliveries = share * shipped[sources.hub] + driven
    return (
        deliveries,
        share * store_cost_cny[sources.hub] + driven * cost[sources.store],
        holdings_tco2,
        carried,
    )
