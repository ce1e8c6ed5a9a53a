"""What a project is worth to a decider of the object model, in plain Python."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.investment.valuation import product_outlet, storing_cost
from tanlu.region.co2 import Sites

if TYPE_CHECKING:
    from benchmarks.mesa_co2 import Site
    from benchmarks.mesa_model import ObjectModel
    from benchmarks.mesa_plants import YearPrices


class Case(NamedTuple):
    """What would be built, and what it would bring in a year of operation."""

    province: int
    sector: int
    capex_cny: float  # after grant
    cash_cny: float  # beside carbon and what becomes of captured CO2
    avoided_tco2: float  # supposing that what is captured stays out of the air
    captured_tco2: float
    rate: float
    belief: float
    lead_years: int
    life_years: int
    allowance_share: float = 0.0  # free allowances that go with a tonne avoided


def annuity(rate: float, years: int) -> float:
    """Return what 1 CNY at the end of each of `years` years is worth now."""
    return (1.0 - (1.0 + rate) ** -years) / rate if rate != 0.0 else float(years)


def net_present_value(
    model: "ObjectModel", prices: "YearPrices", case: Case, site: "Site", contracted: bool
) -> float:
    """Return the NPV; what is captured is stored, where that is possible, or sold at the price that this leaves."""
    captured = case.captured_tco2
    if captured <= 0.0:
        return _plain_value(prices, case)
    there = Sites(*(np.array([x]) for x in site))
    storing = storing_cost(
        prices.signals, model.region.co2, there, np.array([contracted]), np.array([captured])
    )
    outlet = product_outlet(model.region.co2, prices.competing, np.array([captured]))
    released = (1.0 - float(outlet.kept_share[0])) * captured
    sold = case._replace(
        cash_cny=case.cash_cny + float(outlet.price_cny_per_tco2[0]) * captured,
        avoided_tco2=case.avoided_tco2 - released,
        captured_tco2=captured - released,
    )
    value = _plain_value(prices, sold)
    if not contracted and not storing.trucks[0]:
        return value
    cost = float(storing.tariff_cny_per_tco2[0]) * captured
    return max(value, _plain_value(prices, case._replace(cash_cny=case.cash_cny - cost)))


def _plain_value(prices: "YearPrices", x: Case) -> float:
    """Return the NPV of an investment in equal parts over the lead time; what is not believed stays as today."""
    p, s, rate, lead = x.province, x.sector, x.rate, x.lead_years
    price = prices.carbon_cost[p][s] - x.allowance_share * prices.allowance[p][s]
    today = price * x.avoided_tco2 + prices.support[p][s] * x.captured_tco2
    cash = x.cash_cny + (1.0 - x.belief) * today
    outlay = x.capex_cny if lead == 0 else x.capex_cny / lead * annuity(rate, lead) * (1.0 + rate)
    value = cash * annuity(rate, x.life_years) * (1.0 + rate) ** -lead - outlay
    return value + x.belief * _announced_value(prices, x)


def _announced_value(prices: "YearPrices", x: Case) -> float:
    """Return the present value of avoided and stored CO2 along the announced paths."""
    p, s = x.province, x.sector
    carbon, support, free = prices.carbon_path[p][s], prices.support_path[p][s], prices.allowance_path[p][s]
    worth, last = 0.0, len(carbon) - 1
    step = 1.0 / (1.0 + x.rate)
    factor = step**x.lead_years
    for t in range(x.lead_years, x.lead_years + x.life_years):
        factor *= step
        at = t if t < last else last
        worth += (
            x.avoided_tco2 * (carbon[at] - x.allowance_share * free[at]) + x.captured_tco2 * support[at]
        ) * factor
    return worth


def expected_market_price(prices: "YearPrices", rate: float, lead: int, life: int, belief: float) -> float:
    """Return the price that an owner expects of the carbon market over a project's life, levelled."""
    path, worth = prices.signals.market_path_cny_per_tco2.tolist(), annuity(rate, life)
    ahead = sum(
        path[min(t, len(path)) - 1] * (1.0 + rate) ** (lead - t) for t in range(lead + 1, lead + life + 1)
    )
    return (1.0 - belief) * prices.market + belief * ahead / worth if life > 0 else 0.0
