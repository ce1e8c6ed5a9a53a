"""Captured CO2: what storing it costs, and the year's market of sellers against buyers whose price falls."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

DAYS_PER_YEAR = 365.0
HALVINGS = 60  # of the bracket around the clearing value: below the last bit of a price


class Way(NamedTuple):
    """What carrying CO2 costs."""

    line_cny: float  # a year, of a line of 1 km for 1 t/day
    length_exponent: float
    flow_exponent: float
    truck_cny_per_t_km: float
    truck_limit_tco2: float  # a year


class EmitterSites(NamedTuple):
    """Where emitters stand; axis n."""

    hub: Integers  # the nearest one
    hub_km: Floats  # length of a line to it
    store: Integers  # the nearest one
    store_km: Floats


class Storing(NamedTuple):
    """What storing would cost emitters; axis n."""

    # From the plant into the store: by the hub with a contract, else by truck, else by a line of its own.
    tariff_cny_per_tco2: Floats
    feeder_cny_per_tco2: Floats  # from the plant to the hub: its own line, or trucks while there is little
    trucks: Booleans  # who captures little enough for trucks, if there is a store


class Sales(NamedTuple):
    """Who sold and who bought."""

    sold_tco2: Floats  # [n] by source
    bought_tco2: Floats  # [B] by product


@helper
def _log(x: float) -> float:
    """Compute ln x of a positive number from + - * / alone.

    ln m = 2 artanh((m - 1) / (m + 1)) for the fraction m of x.
    """
    fraction, exponent = math.frexp(x)
    if fraction < 0.7071067811865476:
        fraction, exponent = 2.0 * fraction, exponent - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    series = 0.0
    for odd in range(23, 1, -2):
        series = series * s * s + 1.0 / odd
    return exponent * 0.6931471805599453 + 2.0 * (s + s * series * s * s)


@helper
def _exp(x: float) -> float:
    """Compute e ** x from + - * / alone.

    It is 2 ** k times the Taylor series of the rest.
    """
    x = min(max(x, -700.0), 700.0)
    k = round(x / 0.6931471805599453)
    rest = x - k * 0.6931471805599453
    series = 1.0
    for n in range(15, 0, -1):
        series = 1.0 + series * rest / n
    return math.ldexp(series, int(k))


@helper
def _demand(
    value: float, price: float, market: float, elasticity: float, maximum: float, credit: float
) -> float:
    """Compute the tonnes that a product buys at a seller's value.

    `value` is what a tonne is worth to the seller, credit for keeping it included.
    """
    if price <= 0.0:
        return 0.0
    net_price = value - credit
    if net_price <= 0.0:
        return maximum
    if net_price >= price:
        return 0.0
    return min(market * (_exp(elasticity * _log(price / net_price)) - 1.0), maximum)


@helper
def _sum_demand(value: float, buyers: Floats) -> float:
    """Sum the demand of all products; `buyers` [B, 5] as `_demand` takes them."""
    total = 0.0
    for j in range(buyers.shape[0]):
        total += _demand(value, buyers[j, 0], buyers[j, 1], buyers[j, 2], buyers[j, 3], buyers[j, 4])
    return total


@helper
def _rank(value: Floats) -> Integers:
    """Return positions in rising order of value, stable."""
    order = np.empty(value.size, np.int64)
    for i in range(value.size):
        k = i
        while k > 0 and value[order[k - 1]] > value[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
    return order


@helper
def _sell_by_tier(supply: Floats, reservation: Floats, buyers: Floats, sales: Floats) -> tuple[float, float]:
    """Sell by tiers of reservation value; return tonnes and clearing value.

    Sources with the worst other outlet sell first. The value is one at which they sell, not yet the highest.

    Args:
        supply: f8[n].
        reservation: f8[n].
        buyers: f8[B, 5].
        sales: f8[n] filled here.
    """
    order = _rank(reservation)
    quantity, value, first = 0.0, 0.0, 0
    while first < order.size:
        low, last, tier = reservation[order[first]], first, 0.0  # sources for which the same value is enough
        while last < order.size and reservation[order[last]] == low:
            tier += supply[order[last]]
            last += 1
        demand = _sum_demand(low, buyers)
        if demand <= quantity:
            break
        share = min((demand - quantity) / tier, 1.0) if tier > 0.0 else 1.0
        for k in range(first, last):
            sales[order[k]] = supply[order[k]] * share
        quantity, value, first = quantity + tier * share, low, last
        if share < 1.0:
            break
    return quantity, value


@helper
def _find_clearing_value(quantity: float, low: float, buyers: Floats) -> float:
    """Find the highest value at which demand covers `quantity`.

    Demand covers it at `low`.
    """
    high = low
    for j in range(buyers.shape[0]):
        high = max(high, buyers[j, 0] + buyers[j, 4])
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _sum_demand(middle, buyers) >= quantity:
            low = middle
        else:
            high = middle
    return low


@kernel
def sell_co2(supply_tco2: Floats, reservation_cny_per_tco2: Floats, buyers: Floats) -> Sales:
    """Clear the market of captured CO2 at one value for all sellers.

    Every seller gets the same worth for a tonne, whatever product takes it. Product j buys Q_j = Q0 ((p0 / (v -
    credit))^elasticity - 1), between 0 and its maximum, where v is what a tonne is worth to its seller. Sellers whose
    other outlet is worth less than v sell everything, those for which both are worth the same share what is left in
    proportion to supply.

    Args:
        supply_tco2: f8[n] captured by each source.
        reservation_cny_per_tco2: f8[n] what a tonne is worth to the source in its other outlet, >= 0.
        buyers: f8[B, 5] of each product: p0 in CNY/t (one that pays nothing buys nothing), Q0 > 0 in t,
            elasticity > 0, maximum in t, and the credit in CNY/t that the seller earns on top of the price because
            the product keeps CO2 for good.
    """
    sales, purchases = np.zeros(supply_tco2.size), np.zeros(buyers.shape[0])
    quantity, value = _sell_by_tier(supply_tco2, reservation_cny_per_tco2, buyers, sales)
    if quantity <= 0.0:
        return Sales(sales, purchases)
    value = _find_clearing_value(quantity, value, buyers)
    total = 0.0
    for j in range(purchases.size):
        purchases[j] = _demand(value, buyers[j, 0], buyers[j, 1], buyers[j, 2], buyers[j, 3], buyers[j, 4])
        total += purchases[j]
    for j in range(purchases.size):
        purchases[j] *= quantity / total
    return Sales(sales, purchases)


@helper
def _power(base: float, exponent: float) -> float:
    """Compute base ** exponent, 0 for a base of 0 and exponent > 0."""
    return _exp(exponent * _log(base)) if base > 0.0 else 0.0


@kernel
def storing_costs(
    captured_tco2: Floats,
    contracted: Booleans,
    sites: EmitterSites,
    way: Way,
    hub_tariff_cny_per_tco2: Floats,
    store_cost_cny_per_tco2: Floats,
) -> Storing:
    """Compute the cost of storing for each emitter.

    A line for m t/day over L km costs in proportion to m^0.35 L^1.13 (McCollum and Ogden 2006).

    Args:
        captured_tco2: f8[n] a year.
        contracted: b1[n] who has a contract with its hub.
        sites: where each stands.
        way: what carrying costs.
        hub_tariff_cny_per_tco2: f8[H] posted, from the hub on and for storage.
        store_cost_cny_per_tco2: f8[J].
    """
    n, has_stores = captured_tco2.size, store_cost_cny_per_tco2.size > 0
    tariff, feeder, trucks = np.empty(n), np.empty(n), np.empty(n, np.bool_)
    for i in range(n):
        flow, km = max(captured_tco2[i], 1.0), sites.hub_km[i]
        small = flow <= way.truck_limit_tco2
        line = way.line_cny * _power(flow / DAYS_PER_YEAR, way.flow_exponent) / flow  # a tonne over 1 km
        feeder[i], trucks[i] = line * _power(km, way.length_exponent), small and has_stores
        if small:
            feeder[i] = min(feeder[i], way.truck_cny_per_t_km * km)
        if contracted[i]:
            tariff[i] = hub_tariff_cny_per_tco2[sites.hub[i]] + feeder[i]
            continue
        km, store = sites.store_km[i], store_cost_cny_per_tco2[sites.store[i]] if has_stores else 0.0
        alone = way.truck_cny_per_t_km * km if small else line * _power(km, way.length_exponent)
        tariff[i] = alone + store
    return Storing(tariff, feeder, trucks)
