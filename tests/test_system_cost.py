"""What a policy costs society: resources, goods that come from elsewhere, and what users do without."""

import numpy as np
import pytest

from tanlu.core.economics import value_forgone_use
from tanlu.experiments.results import Result, simulate
from tanlu.output.figures.paths import RUNNING_COST
from tanlu.scenario.loading import load

TAX = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}
WORLD: dict[str, object] = {
    "name": "cost",
    "region": "two_provinces",
    "years": "2022-2035",
    "replications": 1,
    "world": {"hydrology": "observed"},
}
PARTS = ("Electricity", "Industry", "Road Vehicles", "Equipment", "Traded Goods", "Forgone Use")


@pytest.fixture(scope="module")
def pair() -> tuple[Result, Result]:
    return simulate(load(WORLD)), simulate(load(WORLD | {"policies": {"tax": TAX}}))


def change(pair: tuple[Result, Result], variable: str) -> float:
    free, taxed = (result.draws(variable)[0, result.years >= 2026].sum() for result in pair)
    return float(taxed - free)


@pytest.mark.parametrize("elasticity", [0.2, 0.42])
def test_forgone_use_is_worth_the_area_under_demand(elasticity: float) -> None:
    cost, usual = 2.0, 1.0
    use = (cost / usual) ** -elasticity
    exponent = 1.0 - 1.0 / elasticity
    area = usual * (1.0 - use**exponent) / exponent
    assert value_forgone_use(1.0 - use, cost, usual) == pytest.approx(area, rel=1.0 / 12.0)
    assert value_forgone_use(0.0, cost, usual) == 0.0 and value_forgone_use(-0.1, 1.0, usual) < 0.0


def test_what_a_tax_spares_and_moves_is_no_gain(pair: tuple[Result, Result]) -> None:
    """Works that make less spend less; those who buy elsewhere, or do without, pay for it or miss it."""
    assert change(pair, "System Cost|Industry") < 0.0
    assert change(pair, "System Cost|Traded Goods") > 0.0 and change(pair, "System Cost|Forgone Use") > 0.0
    investment = change(pair, "Investment|Electricity") + change(pair, "Investment|Industry")
    cost = sum(change(pair, RUNNING_COST + part) for part in PARTS) + investment
    avoided = -change(pair, "Emissions|CO2|With Net Imports")
    assert avoided > 0.0 and cost > 0.0, "no tax on CO2 makes a region richer"
    resources = cost - change(pair, "System Cost|Traded Goods") - change(pair, "System Cost|Forgone Use")
    assert resources < 0.0, "works spend less because they make less"


def test_goods_cost_their_price_without_co2(pair: tuple[Result, Result]) -> None:
    """What the region pays for goods follows the CO2 that comes in with them."""
    taxed = pair[1]
    goods = (
        taxed.draws("Emissions|CO2|Net Imports|Goods")[0]
        - pair[0].draws("Emissions|CO2|Net Imports|Goods")[0]
    )
    paid = taxed.draws("System Cost|Traded Goods")[0] - pair[0].draws("System Cost|Traded Goods")[0]
    late = taxed.years >= 2028
    assert np.all(goods[late] > 0.0) and np.all(paid[late] > 0.0)
    assert np.ptp(paid[late] / goods[late]) < 0.5 * np.mean(paid[late] / goods[late])


def test_no_policy_on_co2_ends_no_use(pair: tuple[Result, Result]) -> None:
    early = pair[1].years < 2026
    assert not pair[1].draws("System Cost|Forgone Use")[0, early].any()
