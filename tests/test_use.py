"""Use of steel and clinker falls with what CO2 really costs, production by more, and what moves is counted."""

import numpy as np
import pytest

from tanlu.core.arrays import Floats
from tanlu.core.signals import Signals
from tanlu.experiments.results import Result, simulate
from tanlu.industry.use import answer_prices, read_elasticities, use_terms
from tanlu.scenario.loading import load
from tests.model_runs import REGION, P
from tests.test_announce import hear

GOODS = REGION.industry.products
STEEL, CLINKER, SHEET = (GOODS.names.index(name) for name in ("primary_steel", "clinker", "aluminium_sheet"))
ANSWERING = [STEEL, CLINKER]
SECTORS = [int(place) for place in GOODS.sector[ANSWERING]]
TAX = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}
STILL = {f"parameters.{sector}_sourcing_elasticity": 0.0 for sector in ("steel", "cement")}


def capped(follows_output_share: float) -> Floats:
    """Return the fall of use under a cap at 300 CNY/t, [steel and clinker] of Sichuan."""
    market = {
        "from_year": 2021,
        "kind": "carbon_market",
        "cap_from_year": {sector: 2027 for sector in ("steel", "cement")},
        "follows_output_share": follows_output_share,
    }
    return fall(hear(2030, price=300.0, national_carbon_market=market))


def fall(heard: Signals) -> Floats:
    return np.asarray(-np.log(heard.use.use_factor[0, ANSWERING]))


def test_use_has_a_constant_elasticity_of_the_price_with_co2() -> None:
    price, usual = np.tile(GOODS.price_cny_per_t, (P, 1)), np.full(len(GOODS.names), 2.0)
    cost = np.zeros((P, GOODS.sector.max() + 1))
    cost[0] = 300.0
    answers = use_terms(
        GOODS,
        read_elasticities(REGION),
        price_cny_per_t=price,
        usual_tco2_per_t=usual,
        added_cny_per_tco2=cost,
        elsewhere_cny_per_tco2=np.zeros_like(cost),
    )
    dearer = 1.0 + 600.0 / GOODS.price_cny_per_t[ANSWERING]
    np.testing.assert_allclose(answers.use_factor[0, ANSWERING], dearer ** -np.array([0.25, 0.2]))
    np.testing.assert_allclose(answers.sourcing_factor[0, ANSWERING], dearer ** -np.array([2.95, 1.0]))
    assert np.all(answers.use_factor[1] == 1.0) and np.all(answers.sourcing_factor[:, SHEET] == 1.0)


def test_what_is_no_longer_made_is_spared_or_moved() -> None:
    use, adapted, sourcing = np.array([[100.0]]), np.array([[0.9]]), np.array([[0.8]])
    answer = answer_prices(use, adapted, sourcing)
    assert answer.spared_t == pytest.approx(10.0) and answer.moved_t == pytest.approx(18.0)


def test_free_allowances_by_output_spare_little_and_by_a_base_period_as_much_as_a_tax() -> None:
    none, taxed = hear(2030, price=0.0), hear(2030, price=0.0, tax=TAX)
    assert fall(none) == pytest.approx(0.0, abs=1e-9) and np.all(fall(taxed) > 0.02)
    np.testing.assert_allclose(capped(0.0), fall(taxed), rtol=0.1)
    assert np.all(capped(0.95) < fall(taxed) / 3.0)


def test_a_national_price_moves_nothing_and_a_price_at_home_does() -> None:
    national, taxed = hear(2030, price=300.0), hear(2030, price=300.0, tax=TAX)
    np.testing.assert_allclose(national.use.sourcing_factor, 1.0, rtol=1e-9)
    assert np.all(taxed.use.sourcing_factor[:, ANSWERING] < 0.9)


def test_statistics_hold_what_was_used() -> None:
    early = hear(2024, tax=TAX | {"from_year": 2021})
    assert np.all(early.use.use_factor == 1.0) and np.all(early.use.sourcing_factor == 1.0)


def run(policies: dict[str, object], pack: dict[str, float]) -> Result:
    world: dict[str, object] = {
        "name": "use",
        "region": "two_provinces",
        "years": "2022-2035",
        "replications": 1,
        "world": {"hydrology": "observed"},
    }
    return simulate(load(world | {"policies": policies, "pack": pack}))


def test_production_falls_by_more_than_use_and_the_rest_comes_in() -> None:
    """In one pair of the small pack a tax takes more from kilns than from builders."""
    free, taxed = run({}, {}), run({"tax": TAX}, {})
    spared = run({"tax": TAX}, STILL)

    def change(result: Result, variable: str) -> float:
        return float((result.draws(variable) - free.draws(variable))[0, -1])

    clinker, made = "Production|Clinker", float(free.draws("Production|Clinker")[0, -1])
    used = change(spared, clinker) / made
    assert -0.08 < used < -0.03 and change(taxed, clinker) / made < 2.0 * used
    came_in = change(taxed, "Emissions|CO2|Net Imports|Goods|Cement")
    assert came_in > 0.0 and change(spared, "Emissions|CO2|Net Imports|Goods|Cement") == pytest.approx(
        0.0, abs=1e-6
    )
    lost = change(spared, clinker) - change(taxed, clinker)
    assert 0.5 < came_in / lost < 1.2, "t CO2 a tonne of clinker"
