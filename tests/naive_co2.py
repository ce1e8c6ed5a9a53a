"""Captured CO2 the slow way: the market's common value found by halving, powers from the maths library."""

from tanlu.region.co2 import pipeline_scale


def wanted(value, price, market, elasticity, maximum, credit):
    """Return what one product buys where a tonne is worth `value` to its seller."""
    if price == 0.0:
        return 0.0
    asked = value - credit
    if asked <= 0.0:
        return maximum
    return min(max(market * ((price / asked) ** elasticity - 1.0), 0.0), maximum)


def sell(supply, reservation, buyers):
    """Return t sold by each source and bought by each product; `buyers` are tuples as `wanted` takes them."""

    def demand(value):
        return sum(wanted(value, *buyer) for buyer in buyers)

    def offered(value):
        return sum(s for s, r in zip(supply, reservation, strict=True) if r < value)

    low, high = 0.0, max([b[0] + b[4] for b in buyers] + [max(reservation, default=0.0)]) + 1.0
    for _ in range(200):  # of the value above which more is offered than wanted
        middle = 0.5 * (low + high)
        low, high = (low, middle) if offered(middle) > demand(middle) else (middle, high)
    value = low
    edge = [abs(r - value) < 1e-9 for r in reservation]
    sold = [s if r < value and not e else 0.0 for s, r, e in zip(supply, reservation, edge, strict=True)]
    left = max(min(demand(value), sum(supply)) - sum(sold), 0.0)
    tier = sum(s for s, e in zip(supply, edge, strict=True) if e)
    share = min(left / tier, 1.0) if tier else 0.0
    sold = [s * share if e else q for s, e, q in zip(supply, edge, sold, strict=True)]
    total = sum(sold)
    low, high = 0.0, high
    for _ in range(200):  # of the value at which just that is wanted
        middle = 0.5 * (low + high)
        low, high = (middle, high) if demand(middle) >= total else (low, middle)
    bought = [wanted(low, *buyer) for buyer in buyers]
    scale = total / sum(bought) if total else 0.0
    return sold, [q * scale for q in bought]


def storing(transport, tonnes, hub_km, store_km, posted, store_cost):
    """Return what storing costs an emitter a tonne, what its way to the hub costs, and whether trucks carry it.

    `posted` is its hub's tariff, None without a contract.
    """
    flow = max(tonnes, 1.0)
    small = flow <= transport["truck_limit_mtco2_per_year"] * 1e6
    years, rate = int(transport["hub_cost_recovery_years"]), transport["hub_return_share_per_year"]
    rate += transport["hub_volume_risk_share_per_year"]
    charge = rate / (1.0 - (1.0 + rate) ** -years) + transport["pipeline_om_share_per_year"]

    def line(km):
        scale = transport["pipeline_capex_coefficient_cny"] * transport["pipeline_terrain_factor"]
        size = (flow / 365.0) ** transport["pipeline_flow_exponent"]
        return scale * size * km ** transport["pipeline_length_exponent"] * charge / flow

    def truck(km):
        return transport["truck_cost_cny_per_t_km"] * km

    feeder = min(line(hub_km), truck(hub_km)) if small else line(hub_km)
    if posted is not None:
        return posted + feeder, feeder, small
    return (truck(store_km) if small else line(store_km)) + store_cost, feeder, small


def pipeline_investment(transport, flow_tco2, length_km):
    """Return the investment of lines for `flow_tco2` a year, CNY (McCollum and Ogden 2006)."""
    return pipeline_scale(transport, length_km) * (flow_tco2 / 365.0) ** transport["pipeline_flow_exponent"]
