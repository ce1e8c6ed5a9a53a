"""Floors and ceilings under shocks of demand, and a floor of one zone, through the national market."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from tanlu.core.arrays import Floats
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.evaluation.papers.allowances import (
    HIGHEST_PRICE,
    add_up_cost,
    build_market,
    clear_year,
    open_market,
    with_fields,
)
from tanlu.kernels.national_market import CAP, NationalMarket

type Row = Mapping[str, str]
type Settings = Mapping[str, float]

NOISE = 1.96  # standard errors of a mean
COST_STEPS = 8  # its abatement is a straight line
LEAST_CAP = 5.0
LEAST_PRICE = 0.1  # at which the search for the price of two zones begins


class ShockedMarkets(NamedTuple):
    """Markets under the same draws; axes D draws, Y years."""

    price: Floats
    emissions: Floats
    cost: Floats  # of abatement and lost output
    payment: Floats  # for allowances


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compare prices, costs and emissions with and without bounds, and with a floor in one of two zones."""
    settings = {row["item"]: float(row["value"]) for row in inputs["market"]}
    without_rule = _run(settings)
    reserve = _run(
        settings,
        floor=settings["floor"],
        reserve_lower_share=settings["lower_share"],
        reserve_release_share=settings["release_share"],
    )
    ceiling = _run(settings, ceiling=settings["ceiling"])
    figures = _reserve_figures(settings, without_rule, reserve)
    change, noise = _difference(ceiling.emissions.sum(axis=1), without_rule.emissions.sum(axis=1))
    figures |= {"emissions.change": change, "emissions.noise": noise}
    figures["is_overshoot"] = float(change > noise)
    figures["highest.plain"] = float(without_rule.price.max())
    figures["highest.ceiling"] = float(ceiling.price.max())
    figures["is_shielded"] = float(figures["highest.ceiling"] < figures["highest.plain"])
    national = {row["item"]: float(row["value"]) for row in inputs["national"]}
    changes = {row["zone"]: _other_zone(settings, national, float(row["share"])) for row in inputs["zones"]}
    figures |= {f"zone.{name}": change for name, change in changes.items()}
    figures["is_other_cheaper"] = float(max(changes.values()) < 0.0)
    figures["is_larger_stronger"] = float(changes["large"] < changes["small"])
    return figures


def _reserve_figures(
    settings: Settings, without_rule: ShockedMarkets, reserve: ShockedMarkets
) -> dict[str, float]:
    """Compare a market that sells no allowance below a price with one without bounds."""
    discount = (1.0 + settings["rate_percent"] / PERCENT_PER_SHARE) ** -np.arange(int(settings["years"]))
    spread = [float(markets.price.std(axis=0).mean()) for markets in (without_rule, reserve)]
    cost, cost_noise = _difference(reserve.cost @ discount, without_rule.cost @ discount)
    payment, _ = _difference(reserve.payment @ discount, without_rule.payment @ discount)
    return {
        "spread.plain": spread[0],
        "spread.reserve": spread[1],
        "is_steadier": float(spread[1] < spread[0]),
        "cost.change": cost,
        "cost.noise": cost_noise,
        "is_dearer": float(cost > cost_noise),
        "payment.change": payment,
    }


def _difference(new: Floats, old: Floats) -> tuple[float, float]:
    """Compute the mean change over draws and the half width of its interval, percent of the mean."""
    scale = PERCENT_PER_SHARE / float(old.mean())
    change = new - old
    return scale * float(change.mean()), scale * NOISE * float(change.std(ddof=1)) / change.size**0.5


def _run(settings: Settings, **bounds: Any) -> ShockedMarkets:
    """Live through all draws of demand, which stay once they have come and which nobody foresees."""
    years = int(settings["years"])
    random = np.random.default_rng(int(settings["seed"]))
    size = int(settings["draws"]), years
    shocks = np.cumsum(random.normal(0.0, settings["shock_percent"] / PERCENT_PER_SHARE, size), axis=1)
    market = with_fields(_zones(settings, 0.5, years + int(settings["horizon"])), **bounds)
    columns = np.array([_live(settings, market, np.exp(path)) for path in shocks])
    return ShockedMarkets(*np.moveaxis(columns, 2, 0))


def _live(
    settings: Settings, market: NationalMarket, level: Floats
) -> list[tuple[float, float, float, float]]:
    """List price, emissions, cost and payment of each year at a level of demand [Y]."""
    state, years = open_market(market, settings["bank"]), []
    for row, factor in enumerate(level):
        of_year = with_fields(market, output=factor * market.classes.output)
        state, year = clear_year(of_year, state, row)
        price, emissions = year.price_cny_per_tco2, year.totals_tco2["emitted"]
        cost = add_up_cost(of_year, price, row, COST_STEPS)
        years.append((price, emissions, cost, price * emissions))
    return years


def _zones(settings: Settings, first_share: float, years: int) -> NationalMarket:
    """Build a market of two zones, all of whose allowances are sold under a falling cap."""
    share = np.array([first_share, 1.0 - first_share])
    output = np.tile(settings["emissions"] * share, (years, 1))
    cap = np.maximum(settings["first_cap"] - settings["cap_falls"] * np.arange(years), LEAST_CAP)
    return with_fields(
        build_market(output, np.ones_like(output), CAP, cap),
        cap_share=share,
        auction_share=1.0,
        step_share=np.full((2, 1), settings["abatable_share"]),
        step_to=np.full((2, 1), settings["dearest"]),
        elasticity=settings["elasticity"],
        product_price=settings["product_price"],
        rate=settings["rate_percent"] / PERCENT_PER_SHARE,
        horizon_years=int(settings["horizon"]),
    )


def _other_zone(settings: Settings, national: Settings, share: float) -> float:
    """Compute by how much the price of the zone without a floor changes, percent.

    The zone with one pays the rest to its floor itself, so that its abatement earns the floor.
    """
    market = with_fields(_zones(settings, share, 1), cap=national["cap"], elasticity=0.0, horizon_years=1)

    def clear_at(factor: float) -> float:
        rewarded = with_fields(market, reward_share=np.array([factor, 1.0]))
        return clear_year(rewarded, open_market(rewarded))[1].price_cny_per_tco2

    def excess(price: float) -> float:
        return clear_at(max(national["floor"] / price, 1.0)) - price

    together = brentq(excess, LEAST_PRICE, HIGHEST_PRICE, xtol=1e-8)
    return PERCENT_PER_SHARE * (together / clear_at(1.0) - 1.0)
