"""Small runs whose payments are held against what was recorded: who pays whom, and base times rate to the yuan."""

from ast import literal_eval
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import FUELS, SECTORS
from tanlu.finance.credit import price_level
from tanlu.finance.register import Register
from tanlu.records.happened import YearOutcome
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tests.laws.harness import EXACT, WIRING

FIRST, LAST = 2024, 2026
NORTH, SOUTH = "North", "South"
type Parties = tuple[str, str]  # payer and payee
type Policies = Mapping[str, Mapping[str, object]]


class Lived(NamedTuple):
    """One year; kind and place of each power unit and then facility in it [n]; loans and bonds at its end."""

    year: YearOutcome
    business: tuple[str, ...]
    province: Integers
    sector: Integers
    is_block: Booleans
    loans: Register  # and bonds of companies
    public_bonds: Register

    @property
    def emitted_tco2(self) -> Floats:
        """What each emits, without captured CO2 that came back [n]."""
        return np.concatenate([self.year.plants.emitted_tco2, self.year.production.emitted_tco2.sum(axis=1)])

    @property
    def captured_tco2(self) -> Floats:
        """What each captures [n]."""
        return np.concatenate([self.year.plants.captured_tco2, self.year.production.captured_tco2])

    @property
    def free_tco2(self) -> Floats:
        """Which allowances each gets free [n]."""
        return np.concatenate([self.year.plants.allocated_tco2, self.year.industry.allocated_tco2])

    def total(self, values: Floats, sector: str, province: str = "", *, block: bool = False) -> float:
        """Sum values [n] of the listed units or facilities of a sector, or of its blocks."""
        chosen = (self.sector == SECTORS.index(sector)) & (self.is_block == block)
        if province:
            chosen &= self.province == (NORTH, SOUTH).index(province)
        return float(values[chosen].sum())


class Watched(RegionModel):
    """A model that keeps what every year brought."""

    def __init__(self, inputs: Inputs) -> None:
        super().__init__(inputs)
        self.lived: list[Lived] = []

    def measure(self, year: YearOutcome) -> None:
        """Keep the year before the next one changes who is there."""
        super().measure(year)
        n, m, industry = year.plants.output_mwh.size, len(self.industry), self.industry
        fuels, sectors = self.plants.fuel[:n].tolist(), industry.sector.tolist()
        names = (*(f"power_{FUELS[fuel]}" for fuel in fuels), *(f"industry_{SECTORS[s]}" for s in sectors))
        province = np.concatenate([self.plants.province[:n], industry.province])
        sector = np.concatenate([np.full(n, SECTORS.index("electricity")), industry.sector])
        is_block = np.concatenate([np.zeros(n, dtype=bool), industry.is_block])
        assert len(names) == n + m
        books = self.state.finance.books
        self.lived.append(Lived(year, names, province, sector, is_block, *books))

    @property
    def price_level(self) -> Floats:
        """How many CNY of each year buy what one of the base year bought [Y]."""
        return np.array([price_level(self.inputs.region, lived.year.signals.year) for lived in self.lived])

    @property
    def in_force(self) -> Floats:
        """1 in the years from the first free one on [Y]."""
        return np.array([float(lived.year.signals.year >= FIRST) for lived in self.lived])

    def recorded(self, path: str) -> Floats:
        """Read a quantity of the record in every year [Y, ...]."""
        part, name = path.split(".")
        return np.array([getattr(getattr(record, part), name) for record in self.records])


@lru_cache(maxsize=4)
def finished(scenario: str) -> Watched:
    """Run a scenario that is given as text."""
    loaded = load(literal_eval(scenario))
    model = Watched(Inputs(loaded, load_region(loaded.region, loaded.pack)))
    model.run()
    return model


def run(policies: Policies, last_year: int = LAST, **rest: Any) -> Watched:
    """Run the small pack with policies that are in force from the first free year on, unless they say otherwise."""
    blocks = {name: {"from_year": FIRST, **block} for name, block in policies.items()}
    world = {"hydrology": "observed", **rest.pop("world", {})}
    base = {**WIRING, "years": f"2022-{last_year}"}
    return finished(repr({**base, **rest, "world": world, "policies": blocks}))


def payments(model: Watched, item: str) -> dict[Parties, Floats]:
    """Read what each payer paid each payee for an item, by year [Y]."""
    paid: dict[Parties, Floats] = {}
    for row, year in enumerate(model.tables.payments):
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
        same(paid[parties], amount, f"{item} {parties}")


def check_rate(model: Watched, item: str, policy: str, rate: Floats) -> None:
    """Hold that the table has a base for each payment in a policy's name, which costs the rate of its year [Y]."""
    for lived_rate, year in zip(rate, model.tables.payments, strict=True):
        table, number = year.payments, year.policies.index(policy) if policy in year.policies else -1
        rows = (table.item == year.items.index(item)) & (table.policy == number)
        assert rows.any() == (lived_rate > 0.0)
        same(table.amount_cny[rows], lived_rate * table.base[rows], f"{item} of {policy}")


def same(paid: Floats, expected: Floats, what: str = "") -> None:
    """Hold that what was paid is what is expected, to the order of sums."""
    np.testing.assert_allclose(paid, expected, rtol=EXACT, atol=0.0, err_msg=what)
