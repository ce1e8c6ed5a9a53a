"""Who pays whom: each charge and subsidy in a small run whose payer and payee are known beforehand, to the yuan."""

from ast import literal_eval
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import FUELS, SECTORS
from tanlu.finance.flows import COMPANIES
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.year import Year
from tests.laws.harness import WIRING

EXACT = 1e-9  # of base times rate, for the order of sums
FIRST, LAST = 2024, 2026
NORTH, SOUTH = "North", "South"
Parties = tuple[str, str]
Policies = Mapping[str, Mapping[str, object]]


class Lived(NamedTuple):
    """One year, and the kind and place of each power unit [n] and facility [m] in it."""

    year: Year
    fuel: Integers
    unit_province: Integers
    sector: Integers
    facility_province: Integers
    is_block: Booleans

    @property
    def is_listed(self) -> Booleans:
        """Of units and then facilities, which have a business of their own: blocks have none [n + m]."""
        return np.concatenate([np.ones(self.fuel.size, dtype=bool), ~self.is_block])

    def by_business(self, values: Floats) -> dict[str, float]:
        """Sum what units and then facilities have [n + m] by the name of their business."""
        names = [f"power_{FUELS[fuel]}" for fuel in self.fuel] + [
            f"industry_{SECTORS[sector]}" for sector in self.sector
        ]
        total = dict.fromkeys(names, 0.0)
        for name, value in zip(names, np.where(self.is_listed, values, 0.0).tolist(), strict=True):
            total[name] += value
        return total


class Watched(RegionModel):
    """A model that keeps what every year brought."""

    def __init__(self, inputs: Inputs) -> None:
        super().__init__(inputs)
        self.lived: list[Lived] = []

    def measure(self, year: Year) -> None:
        super().measure(year)
        n, industry = year.plants.output_mwh.size, self.industry
        places = self.plants.fuel[:n], self.plants.province[:n], industry.sector, industry.province
        self.lived.append(Lived(year, *(column.copy() for column in (*places, industry.is_block))))


@lru_cache(maxsize=8)
def finished(scenario: str) -> Watched:
    what = load(literal_eval(scenario))
    model = Watched(Inputs(what, load_region(what.region, what.pack)))
    model.run()
    return model


def run(policies: Policies, last_year: int = LAST, **rest: object) -> Watched:
    """Run the small pack with policies that are in force from the first free year on, unless they say otherwise."""
    blocks = {name: {"from_year": FIRST, **block} for name, block in policies.items()}
    world = {"hydrology": "observed", **dict(rest.pop("world", {}))}  # type: ignore[call-overload]
    return finished(
        repr({**WIRING, "years": f"2022-{last_year}", **rest, "world": world, "policies": blocks})
    )


def payments(model: Watched, item: str) -> dict[Parties, Floats]:
    """Read what each payer paid each payee for an item, by year."""
    paid: dict[Parties, Floats] = {}
    for row, year in enumerate(model.tables.flows):
        for flow in year.flows:
            if flow.item == item:
                paid.setdefault(flow[:2], np.zeros(len(model.lived)))[row] = flow.value_cny
    return paid


def check(model: Watched, item: str, expected: Mapping[Parties, Floats]) -> None:
    """Hold that exactly the expected parties pay for an item, and what they should in each year."""
    paid = payments(model, item)
    assert set(paid) == set(expected)
    for parties, amount in expected.items():
        assert np.any(amount > 0.0), parties
        np.testing.assert_allclose(paid[parties], amount, rtol=EXACT, atol=0.0, err_msg=f"{item} {parties}")


# --- carbon ------------------------------------------------------------------------------------------------------

MARKET = {"kind": "carbon_market", "from_year": 2022, "auction_share": 0.5}
CAPTURE = {"kind": "ccus_subsidy", "rate_cny_per_tco2": 1000, "sectors": ["cement"]}


def test_captured_co2_needs_allowances_that_its_business_pays_for() -> None:
    """Power units and facilities pay their companies the year's price for what they need beyond the free ones."""
    model = run({"market": MARKET, "capture": CAPTURE}, last_year=2030)
    expected: dict[Parties, Floats] = {}
    for row, lived in enumerate(model.lived):
        year = lived.year
        emitted = np.concatenate([year.plants.emitted_tco2, year.made.emitted_tco2.sum(axis=1)])
        captured = np.concatenate([year.plants.captured_tco2, year.made.captured_tco2])
        free = np.concatenate([year.plants.allocated_tco2, year.industry.allocated_tco2])
        place = np.concatenate([lived.unit_province, lived.facility_province])
        sector = np.concatenate([np.zeros(lived.fuel.size, np.int64), lived.sector])
        short = year.signals.policy.carbon.covered[place, sector] * (emitted + captured) - free
        for business, tonnes in lived.by_business(short).items():
            parties = (business, COMPANIES) if tonnes > 0.0 else (COMPANIES, business)
            if tonnes != 0.0:
                amounts = expected.setdefault(parties, np.zeros(len(model.lived)))
                amounts[row] = abs(tonnes) * year.carbon.price_cny_per_tco2
    assert sum(lived.year.made.captured_tco2.sum() for lived in model.lived) > 0.0
    check(model, "allowances_at_price", expected)
