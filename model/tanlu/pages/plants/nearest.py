"""Which plant is nearest to capturing its CO2, and what it lacks: what would make hubs and products start."""

from typing import NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.investment.capture_terms import TERMS
from tanlu.output.figures.quantities import number
from tanlu.pages.plants.card import decider_name
from tanlu.pages.sites import Plants
from tanlu.region.co2 import CO2Data, tariff_curve

OUTLETS = ("transport", "storage", "product_sales")  # terms that hang on where the CO2 goes
ANCHOR_TCO2 = 1e6  # a year, that a first shipper may commit: about one coal unit of 300 MW


class NearestCapture(NamedTuple):
    """A project to capture, and what it lacks to pay."""

    decider: str
    year: int
    lacks_cny_per_tco2: float


def nearest_capture(plants: Plants, from_year: int, left_out: tuple[str, ...] = ()) -> NearestCapture | None:
    """Return the project that lacks least a tonne captured, of a year or later; None where there is none.

    Terms `left_out` do not count.
    """
    costs = plants.records.capture_costs
    costs = costs[(costs["year"] >= from_year) & (costs["captured_tco2_per_year"] > 0.0)]
    if costs.empty:
        return None
    kept = [f"{name}_cny_per_year" for name in TERMS if name not in left_out]
    lacks = -costs[kept].sum(axis=1).to_numpy() / costs["captured_tco2_per_year"].to_numpy()
    row = int(np.argmin(lacks))
    one = costs.iloc[row]
    return NearestCapture(str(one["decider"]), int(one["year"]), float(lacks[row]))


def least_tariff(co2: CO2Data) -> float:
    """Return the least that a hub without lines would charge for `ANCHOR_TCO2` a year, CNY/t."""
    volume = np.array([ANCHOR_TCO2])
    none = {"agreed_tco2": 0.0, "line_cost_cny": 0.0, "storage_cost_cny_per_tco2": 0.0}
    return min(float(tariff_curve(co2, hub, volume, **none)[0]) for hub in range(len(co2.hubs.ids)))


def start_of_hubs(plants: Plants, co2: CO2Data, from_year: int, language: str) -> str:
    """Say what would make a first hub start; nothing where no plant could capture."""
    near = nearest_capture(plants, from_year, OUTLETS)
    if near is None:
        return ""
    tariff = least_tariff(co2)
    return text(
        language,
        "hubs.start",
        {
            "name": decider_name(plants, near.decider, language),
            "year": near.year,
            "lacks": number(near.lacks_cny_per_tco2, 0),
            "tariff": number(tariff, 0),
            "subsidy": number(round(near.lacks_cny_per_tco2 + tariff, -1), 0),
        },
    )


def start_of_use(plants: Plants, from_year: int, language: str) -> str:
    """Say what would make a first sale of captured CO2 pay; nothing where no plant could capture."""
    near = nearest_capture(plants, from_year)
    if near is None or near.lacks_cny_per_tco2 <= 0.0:
        return ""
    name = decider_name(plants, near.decider, language)
    lacks = number(near.lacks_cny_per_tco2, 0)
    return text(language, "use.start", {"name": name, "year": near.year, "lacks": lacks})
