"""Gas units run for heat, by contract or for a price: never because a share of their year was typed in."""

import itertools

import numpy as np
import pytest

from tanlu.core.axes import FUEL, THERMAL_FUELS
from tanlu.indicators.main import indicators, measure
from tanlu.power.hours import merit_sources_mw
from tanlu.records.gas import GAS_REASONS
from tanlu.records.year import stack
from tests.model_runs import REGION, P, Watched, in_small_pack, scenario, shipped, watch

GAS, CALLED = FUEL["gas"], THERMAL_FUELS.index("gas")
CONTRACT = GAS_REASONS.index("contract")


@pytest.fixture(scope="module")
def model() -> Watched:
    return watch(shipped("baseline"))


def test_gas_gives_nothing_while_power_is_curtailed_but_for_heat_and_works(model: Watched) -> None:
    """In every hour of the run; contracted gas asks what handling it costs, and is not called either."""
    hours = 0
    for lived in model.lived:
        power, plants = lived.clearing.outcome, lived.plants
        called = merit_sources_mw(power.hours.units, power.hours.merit_order_mw, plants.fuel)[:, CALLED]
        is_curtailed = power.hours.curtailed_mw > 1.0
        assert np.all(called[is_curtailed] < 1e-6)
        hours += int(is_curtailed.sum())
        output = lived.year.plants.output_mwh
        rows = np.flatnonzero(plants.fuel[: output.size] == GAS)
        sold = np.bincount(power.offer.rows, power.units.output_mwh, output.size)
        is_free = (plants.heat_to_power_ratio[rows] == 0.0) & (plants.own_use_share[rows] == 0.0)
        np.testing.assert_allclose(output[rows][is_free], sold[rows][is_free], atol=1e-6)
    assert hours > 1000


def test_contracted_gas_runs_first_and_is_paid_for_whether_it_is_burnt(model: Watched) -> None:
    """Unit by unit: no more than the contract, and what is not burnt costs its fuel all the same."""
    unburnt_of_run = 0.0
    for lived, kept in zip(model.lived, model.records, strict=True):
        power, plants, accounts = lived.clearing.outcome, lived.plants, lived.year.plants
        offer, price = power.offer, lived.year.signals.prices.fuel_price_cny_per_gj
        unburnt = np.zeros(P)
        for first in np.flatnonzero(offer.rows[:-1] == offer.rows[1:]).tolist():
            row, p = offer.rows[first], offer.zone[first]
            assert plants.fuel[row] == GAS and plants.must_run_share[row] == 0.0
            assert offer.cost_cny_per_mwh[first] < offer.cost_cny_per_mwh[first + 1]
            contract, rest = power.units.output_mwh[first : first + 2]
            paid = offer.capacity_mw[first] * 8760.0
            assert contract <= paid * (1.0 + 1e-9)
            assert rest == pytest.approx(accounts.output_mwh[row] - contract, abs=1e-6)
            burnt = accounts.output_mwh[row] + max(paid - contract, 0.0)
            fuel = burnt * plants.net_heat_rate_gj_per_mwh[row] * price[p, THERMAL_FUELS.index("gas")]
            assert accounts.fuel_cost_cny[row] == pytest.approx(fuel, rel=1e-9)
            unburnt[p] += max(paid - contract, 0.0) * plants.net_heat_rate_gj_per_mwh[row]
        np.testing.assert_allclose(kept.gas.unburnt_gj, unburnt, rtol=1e-9)
        np.testing.assert_allclose(kept.gas.output_mwh.sum(axis=1), kept.power.output_mwh[:, GAS], rtol=1e-9)
        unburnt_of_run += unburnt.sum()
    assert unburnt_of_run > 0.0


def test_hours_of_gas_are_the_sum_of_what_it_runs_for(model: Watched) -> None:
    of = measure(stack(model.records), np.arange(2020, 2061), indicators(REGION))
    hours = [
        of.values[of.variables.index(f"Utilisation Hours|Electricity|Gas{part}")]
        for part in ("", "|Heat And Works", "|Contract", "|Market")
    ]
    np.testing.assert_allclose(sum(hours[1:]), hours[0], rtol=1e-9)


def test_a_larger_contract_burns_more_gas_and_leaves_more_unburnt() -> None:
    """Without one nothing is contracted."""
    kept = [
        in_small_pack({}, pack={"parameters.gas_contract_hours": hours}).record.gas
        for hours in (0.0, 400.0, 1500.0)
    ]
    assert not kept[0].output_mwh[:, :, CONTRACT].any() and not kept[0].unburnt_gj.any()
    for fewer, more in itertools.pairwise(kept):
        assert more.output_mwh[:, :, CONTRACT].sum() > 2.0 * fewer.output_mwh[:, :, CONTRACT].sum()
        assert more.unburnt_gj.sum() > fewer.unburnt_gj.sum()


def test_heat_is_less_in_the_month_of_the_festival() -> None:
    """The floor of the months follows the pack, and its mean over the year stays."""
    density, power = REGION.power.heat_density, watch(scenario(years=(2020, 2022))).lived[-1].clearing.outcome
    assert np.all(density[:, 1] < 0.9 * density[:, 0])
    floor = power.offer.must_run_mw
    chongqing = REGION.axes.provinces.index("Chongqing")  # whose units sell heat by then
    assert floor[chongqing, 1] < 0.99 * floor[chongqing, 0]
    np.testing.assert_allclose(floor[:, 0], floor[:, 2], rtol=1e-4)
