"""The CO2 market: captured CO2 goes to products while they buy, then to stores in order of cost."""

from typing import NamedTuple

import numpy as np

from model.region_finance import FinanceData
from model.signals import CO2Outcome, Floats, P


class StoreBook(NamedTuple):
    """What each storage site already holds, t CO2 [J]."""

    held_tco2: Floats


def delivered_cost(finance: FinanceData) -> Floats:
    """Return cost of storing one tonne from each province at each site, CNY/t CO2 [P, J].

    Transport is a pipeline tariff by distance class: within the province or across the border.
    """
    near = float(finance.transport["tariff_within_province_cny_per_tco2"])
    far = float(finance.transport["tariff_across_border_cny_per_tco2"])
    same = np.arange(P)[:, None] == finance.stores.province[None, :]
    return finance.stores.cost_cny_per_tco2 + np.where(same, near, far)


def place_co2(finance: FinanceData, book: StoreBook, captured_tco2: Floats) -> tuple[CO2Outcome, StoreBook]:
    """Sell, store or vent the year's captured CO2 (MODEL.md, CO2).

    Products buy first, dearest first, up to their market; the rest fills sites in order of delivered cost within
    their yearly injection and total capacity; what finds no place is vented and counts as emitted.

    Args:
        finance: the pack's stores, products and transport.
        book: what the sites hold.
        captured_tco2: t CO2 captured in each province, [P].
    """
    sold, revenue, permanent_sold = _sell(finance, captured_tco2)
    stored, spent, held = _store(finance, book, captured_tco2 - sold)
    vented = captured_tco2 - sold - stored
    share = np.divide(stored + permanent_sold, captured_tco2, out=np.zeros(P), where=captured_tco2 > 0.0)
    after = StoreBook(held)
    return (
        CO2Outcome(
            captured_tco2=captured_tco2,
            stored_tco2=stored,
            used_tco2=sold,
            vented_tco2=np.maximum(vented, 0.0),
            permanent_share=share,
            tariff_cny_per_tco2=posted_tariff(finance, after),
            product_revenue_cny=revenue,
            transport_storage_cost_cny=spent,
        ),
        after,
    )


def posted_tariff(finance: FinanceData, book: StoreBook) -> Floats:
    """Return what the next tonne costs to transport and store, CNY/t CO2 [P]: the cheapest site with room."""
    room = finance.stores.capacity_tco2 > book.held_tco2
    cost = np.where(room, delivered_cost(finance), np.inf).min(axis=1)
    return np.where(np.isfinite(cost), cost, delivered_cost(finance).max(axis=1))


def _sell(finance: FinanceData, captured: Floats) -> tuple[Floats, Floats, Floats]:
    """Return t sold, revenue and t kept permanently by province; a small market is shared by supply."""
    total = captured.sum()
    if total <= 0.0:
        return np.zeros(P), np.zeros(P), np.zeros(P)
    limit = finance.products.maximum_tco2_per_year
    before = np.concatenate([[0.0], np.cumsum(limit)[:-1]])
    bought = np.clip(total - before, 0.0, limit)
    share = captured / total
    money = float((bought * finance.products.price_cny_per_tco2).sum())
    kept = float((bought * finance.products.permanent_share).sum())
    return share * bought.sum(), share * money, share * kept


def _store(finance: FinanceData, book: StoreBook, left: Floats) -> tuple[Floats, Floats, Floats]:
    """Fill sites from the cheapest province-site pair on; return t stored and CNY spent [P], and the new holdings."""
    stored, spent, held = np.zeros(P), np.zeros(P), book.held_tco2.copy()
    if left.sum() <= 0.0:
        return stored, spent, held
    cost = delivered_cost(finance)
    room = np.minimum(finance.stores.injection_limit_tco2_per_year, finance.stores.capacity_tco2 - held)
    remaining = left.copy()
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
    return stored, spent, held
