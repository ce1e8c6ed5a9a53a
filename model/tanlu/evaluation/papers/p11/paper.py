"""The same emissions by standards, by one benchmark, with auctions and under a cap, through the national market."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import brentq

from tanlu.core.arrays import Floats
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.evaluation.papers.allowances import (
    add_up_cost,
    build_market,
    clear_year,
    open_market,
    with_fields,
)
from tanlu.kernels.national_market import BENCHMARK, CAP, OUTSIDE, NationalMarket
from tanlu.region.national_market import POWER_CLASSES
from tanlu.region.pack import load_region
from tanlu.region.tables import year_index

type Row = Mapping[str, str]

COST_STEPS = 400
TIGHTEST = 0.9  # part of the intensity that a standard may take away


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute the cost of the same emissions by each rule, and how they compare."""
    settings = {row["item"]: row["value"] for row in inputs["settings"]}
    emitters = _emitters(settings["pack"], int(settings["year"]))
    auctions = {row["auction"]: float(row["share"]) for row in inputs["auctions"]}
    figures: dict[str, float] = {}
    for row in inputs["cuts"]:
        figures |= _compare(row["cut"], emitters, 1.0 - float(row["share"]), auctions)
    return figures


def _emitters(pack: str, year: int) -> NationalMarket:
    """Build a market of the classes of a pack in a year, which may do at once all that pays."""
    classes, row = load_region(pack).national_market.classes, year_index(year)
    market = build_market(classes.output[[row]], classes.intensity[[row]], OUTSIDE, np.ones(1))
    names = ("product_price", "elasticity", "step_share", "step_from", "step_to")
    steps = {name: getattr(classes, name) for name in names}
    return with_fields(market, **steps, step_reverses=np.ones_like(classes.step_reverses))


def _compare(
    cut: str, emitters: NationalMarket, share: float, auctions: Mapping[str, float]
) -> dict[str, float]:
    """Compare the rules at a share of the emissions without a policy."""
    classes = emitters.classes
    emissions = classes.output[0] * classes.intensity[0]
    goal = share * float(emissions.sum())
    each = classes.intensity[0]
    power = np.arange(each.size) < len(POWER_CLASSES)
    mean = emissions[power].sum() / classes.output[0][power].sum()
    cap = _cost(with_fields(emitters, method=CAP, cap=goal, cap_share=emissions / emissions.sum()))
    standard = _cost_of_standard(emitters, goal, each, 0.0)
    figures = {
        f"{cut}.ratio": standard / cap,
        f"{cut}.is_dearer": float(standard > cap),
    }
    one_benchmark = _cost_of_standard(emitters, goal, np.where(power, mean, each), 0.0)
    figures[f"{cut}.one_benchmark"] = PERCENT_PER_SHARE * (one_benchmark / standard - 1.0)
    figures[f"{cut}.is_one_cheaper"] = float(one_benchmark < standard)
    for name, sold in auctions.items():
        sale = _cost_of_standard(emitters, goal, each, sold)
        figures[f"{cut}.{name}"] = PERCENT_PER_SHARE * (sale / standard - 1.0)
        figures[f"{cut}.is_{name}_cheaper"] = float(sale < standard)
    return figures


def _cost_of_standard(emitters: NationalMarket, goal: float, benchmark: Floats, sold: float) -> float:
    """Tighten all benchmarks alike until the market emits the goal, and add up what that costs."""

    def tighten(share: float) -> NationalMarket:
        return with_fields(
            emitters,
            method=BENCHMARK,
            benchmark=(1.0 - share) * benchmark,
            auction_share=sold,
            cap=float(goal),
        )

    def excess(share: float) -> float:
        market = tighten(share)
        _, year = clear_year(market, open_market(market))
        return year.totals_tco2["emitted"] / goal - 1.0

    return _cost(tighten(brentq(excess, 0.0, TIGHTEST, xtol=1e-9)))


def _cost(market: NationalMarket) -> float:
    """Add up the cost of a market at the price that it finds."""
    _, year = clear_year(market, open_market(market))
    return add_up_cost(market, year.price_cny_per_tco2, 0, COST_STEPS)
