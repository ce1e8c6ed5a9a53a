"""Free allowances of power units: by output, but never short of emissions by more than the rules allow."""

import numpy as np
import pytest

from tanlu.core.axes import FUELS
from tanlu.kernels.power.units import offer_capacity
from tanlu.power.state import GAS
from tests.model_runs import Watched, scenario, shipped, watch
from tests.test_plant_kernels import YEAR, Case, Unit, random_case

TIGHT = {
    "kind": "carbon_market",
    "from_year": 2021,
    "benchmark_tightening_share_per_year": 0.05,
    "tightening_from_year": 2022,
}
LAST_YEAR = 2029  # before the cap of power


@pytest.fixture(scope="module")
def tightened() -> Watched:
    return watch(scenario({"market": TIGHT}, years=(2020, LAST_YEAR)))


def test_a_unit_gets_by_output_or_what_the_rules_leave_it_short_of(tightened: Watched) -> None:
    """Coal at least 0.8 of what needs allowances, gas all of it; both sides of the rule occur."""
    by_output = capped = gas = 0
    for lived in tightened.lived:
        accounts, signals, plants = lived.year.plants, lived.year.signals, lived.plants
        n = accounts.output_mwh.size
        at = plants.province[:n], plants.benchmark_class[:n]
        by_rule = accounts.output_mwh * signals.carbon.benchmark[at]
        uncounted = (1.0 - signals.policy.carbon.capture_counts) * accounts.captured_tco2
        least = np.where(plants.fuel[:n] == GAS, 1.0, 0.8) * (accounts.emitted_tco2 + uncounted)
        mine = (by_rule > 0.0) & (accounts.gross_tco2 > 0.0)
        np.testing.assert_allclose(
            accounts.allocated_tco2[mine], np.maximum(by_rule, least)[mine], rtol=1e-12, atol=1e-6
        )
        coal = mine & (plants.fuel[:n] == FUELS.index("coal"))
        by_output += int((by_rule > least)[coal].sum())
        capped += int((by_rule < least)[coal].sum())
        gas += int((by_rule < least)[mine & (plants.fuel[:n] == GAS)].sum())
    assert min(by_output, capped, gas) > 0, (by_output, capped, gas)


def offered_cost(case: Case, row: int, price: float) -> float:
    """Return what one unit asks for a MWh where nothing but the market makes CO2 cost."""
    case.terms["carbon_cost_cny_per_tco2"][:] = price
    case.terms["market_price_cny_per_tco2"] = price
    density = np.full((2, 12), 1.0 / 12.0)
    offer = offer_capacity(YEAR, maintenance_density=density, **case.packed())
    return float(offer.cost_cny_per_mwh[list(offer.rows).index(row)])


@pytest.mark.parametrize(("share_given", "slope"), [(0.8, 0.2), (1.0, 0.0)])
def test_a_capped_unit_pays_for_its_share_of_each_tonne(share_given: float, slope: float) -> None:
    """Its benchmark leaves it cold; at its own intensity the market costs a unit nothing, whatever the price."""
    case = random_case(0)
    case.terms["captured_needs_share"], case.terms["captured_allowance_cny_per_tco2"][:] = 0.0, 0.0
    density = np.full((2, 12), 1.0 / 12.0)
    rows = offer_capacity(YEAR, maintenance_density=density, **case.packed()).rows
    row = next(r for r in rows.tolist() if case.fleet["province"][r] == 0 and Unit(case, r).co2 > 0.01)
    unit = Unit(case, row)
    emitted = unit.heat_rate * unit.co2 * (1.0 - unit.rate)
    case.terms["market_covered"][:] = 1.0
    case.terms["least_free_share"][:] = share_given
    case.terms["benchmark"][:] = 0.1 * emitted
    change = offered_cost(case, row, 200.0) - offered_cost(case, row, 100.0)
    assert change == pytest.approx(100.0 * slope * emitted, abs=1e-9)
    case.terms["least_free_share"][:] = 0.0
    case.terms["benchmark"][:] = emitted
    assert offered_cost(case, row, 500.0) == pytest.approx(offered_cost(case, row, 0.0), rel=1e-12)


def test_without_the_cap_tightening_is_felt_in_full(tightened: Watched) -> None:
    """Who is short of more than a fifth pays for all of it, and coal runs less."""
    free = watch(scenario({"market": {**TIGHT, "shortfall_cap_share": 1.0}}, years=(2020, LAST_YEAR)))
    last, capped = free.lived[-1].year.plants, tightened.lived[-1].year.plants
    coal = [
        float(a.output_mwh[m.plants.fuel[: a.output_mwh.size] == FUELS.index("coal")].sum())
        for a, m in ((last, free), (capped, tightened))
    ]
    assert coal[0] < 0.99 * coal[1], coal
    assert last.allocated_tco2.sum() < 0.9 * capped.allocated_tco2.sum()


def test_shipped_scenarios_keep_the_national_rule() -> None:
    market = shipped("baseline").policies["national_carbon_market"]
    assert market.shortfall_cap_share is None
