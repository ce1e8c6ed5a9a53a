"""A standard and a cap of the same emissions: two plants of one good, through the national market."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import brentq

from tanlu.carbon_market.national import NationalClearing
from tanlu.core.arrays import Floats
from tanlu.evaluation.papers.allowances import build_market, clear_year, open_market, with_fields
from tanlu.kernels.national_market import BENCHMARK, CAP, OUTSIDE

type Row = Mapping[str, str]

LEAST_MARGIN = 1.0  # of the dearest plant, where the search for the price of the good begins


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute output, prices, emissions and lost welfare without a policy, by a standard and under a cap."""
    demand = {row["item"]: float(row["value"]) for row in inputs["demand"]}
    names = ("intercept", "slope", "intensity")
    plants = {name: np.array([float(row[name]) for row in inputs["plants"]]) for name in names}
    standard = demand["benchmark"]
    base = _figures(demand, plants, _clear(demand, plants, OUTSIDE))
    by_standard = _figures(demand, plants, _clear(demand, plants, BENCHMARK, benchmark=standard))
    cap = by_standard["emissions"]
    by_cap = _figures(demand, plants, _clear(demand, plants, CAP, cap=cap))
    figures: dict[str, float] = {}
    for name, year in {"none": base, "standard": by_standard, "cap": by_cap}.items():
        figures |= {f"{name}.{key}": value for key, value in year.items() if key != "welfare"}
        figures[f"{name}.loss"] = base["welfare"] - year["welfare"]
    figures["loss_ratio"] = figures["standard.loss"] / figures["cap.loss"]
    return figures


def _clear(
    demand: Mapping[str, float],
    plants: Mapping[str, Floats],
    method: int,
    benchmark: float = np.nan,
    cap: float = 1.0,
) -> NationalClearing:
    """Find the price of the good at which all that is made is bought, and clear allowances at it."""

    def clear_at(price: float) -> NationalClearing:
        return _clear_allowances(plants, price, method, benchmark, cap)

    def left_over(price: float) -> float:
        return float(clear_at(price).output.sum()) - (demand["intercept"] - price) / demand["slope"]

    lowest = float(plants["intercept"].max()) + LEAST_MARGIN
    return clear_at(brentq(left_over, lowest, demand["intercept"], xtol=1e-10))


def _clear_allowances(
    plants: Mapping[str, Floats], price: float, method: int, benchmark: float, cap: float
) -> NationalClearing:
    """Clear allowances at a price of the good.

    Each plant makes what its margin pays for; its answer to the net cost of CO2 is a straight line to nothing at that
    margin, which is an elasticity of -1 to a product price of minus the margin.
    """
    margin = price - plants["intercept"]
    market = build_market(
        (margin / plants["slope"])[None, :], plants["intensity"][None, :], method, np.array([cap])
    )
    market = with_fields(market, benchmark=benchmark, product_price=-margin, elasticity=-1.0, cap_share=0.5)
    return clear_year(market, open_market(market))[1]


def _figures(
    demand: Mapping[str, float], plants: Mapping[str, Floats], year: NationalClearing
) -> dict[str, float]:
    output, total_output = year.output, float(year.output.sum())
    cost = plants["intercept"] * output + 0.5 * plants["slope"] * output**2
    return {
        "first": float(output[0]),
        "second": float(output[1]),
        "output": total_output,
        "price": demand["intercept"] - demand["slope"] * total_output,
        "permit": year.price_cny_per_tco2,
        "emissions": float((plants["intensity"] * output).sum()),
        "welfare": demand["intercept"] * total_output
        - 0.5 * demand["slope"] * total_output**2
        - float(cost.sum()),
    }
