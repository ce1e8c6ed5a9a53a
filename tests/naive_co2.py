"""The CO2 market the slow way: one common value found by halving, powers from the maths library."""


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
