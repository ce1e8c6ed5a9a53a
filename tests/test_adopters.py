"""Cohorts of adopters: what they buy, burn and take, and how a price on carbon moves it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tanlu.adopters.cohorts import Adopters, EndUse
from tanlu.adopters.costs import EQUIPMENT, MONEY
from tanlu.core.axes import COHORT_SECTORS, END_USE_TECHNOLOGIES, PARTS, SECTOR, S
from tanlu.core.places import PACKS
from tanlu.core.schedules import EQUIPMENT_GRANT, SUBSIDY_AXES, PolicySchedule, SubsidyScheme
from tanlu.core.signals import Signals
from tanlu.industry.state import block_residual_tco2
from tanlu.kernels.adopters import turn_over
from tanlu.markets.demand import first_parts
from tanlu.region.catalogue import RegionError, region_axes, region_settings
from tanlu.region.checks.problems import pack_errors
from tanlu.region.cohorts import ELECTRIC, FUELS_BURNT
from tanlu.region.industry import ENERGY
from tanlu.region.pack import load_region
from tanlu.region.tables import year_index
from tanlu.simulation.model import Inputs, RegionModel
from tests import naive_adopters
from tests.model_runs import REGION, P, heard, scenario

CO2 = REGION.power.carrier_co2_t_per_gj[: len(ENERGY)]
PRICES = (0.0, 100.0, 300.0, 800.0)
SECTORS_OF_COHORTS = [SECTOR[name] for name in COHORT_SECTORS]


@pytest.fixture(scope="module")
def settled() -> tuple[RegionModel, Signals]:
    """A region whose cohorts have chosen for some years, and the next year's signals."""
    model = RegionModel(Inputs(scenario(years=(2020, 2060)), REGION))
    for _ in range(6):
        model.step()
    model.year += 1
    return model, model.announce()


def priced(signals: Signals, price: float, year: int) -> Signals:
    heard_signals = heard(signals, carbon={"price_cny_per_tco2": np.full((P, S), price)})
    return heard_signals._replace(year=year, data_row=year_index(year))


def alone(settled: tuple[RegionModel, Signals], price: float, until: int = 2060) -> np.ndarray:
    """Return the CO2 of cohorts by sector in the last year, with the prices of 2026 for ever, t CO2 [S]."""
    model, signals = settled
    adopters = model.copy().adopters
    for year in range(2026, until + 1):
        end_use = adopters.offer(priced(signals, price, year), 1.0)
        adopters.settle(end_use)
    return np.asarray(adopters.sum_fuel_gj(end_use).sum(axis=0) @ CO2)


# --- one year ----------------------------------------------------------------------------------------------------


def test_equipment_turns_over_as_its_slow_twin_does() -> None:
    random = np.random.default_rng(7)
    stock, kept = random.uniform(0.0, 9.0, (5, 3, 8)), random.uniform(0.0, 1.0, (5, 3, 7))
    need = random.uniform(20.0, 160.0, (4, 5))  # now more than stands, now less
    share = random.dirichlet(np.ones(3), 5)
    before = stock.copy()
    for mine, slow in zip(
        turn_over(stock, kept, need, share), naive_adopters.turn_over(stock, kept, need, share), strict=True
    ):
        np.testing.assert_allclose(mine, slow, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(stock, before)
    assert (turn_over(stock, kept, need, share).sales == 0.0).any()


def test_cohorts_divide_what_they_buy_as_the_slow_twin_does(settled: tuple[RegionModel, Signals]) -> None:
    model, signals = settled
    adopters = model.adopters
    end_use = adopters.offer(priced(signals, 150.0, 2026), 1.0)
    first = RegionModel(Inputs(scenario(years=(2020, 2022)), REGION))
    first.step()
    start = first.adopters.stock_share
    first.year += 1
    now = first.announce()
    used = first.adopters.offer(now, 1.0).appraisal.terms_cny_per_gj[..., :MONEY]
    paid = first.adopters.first_money.copy()
    paid[..., 2] = used[..., 2]  # of electricity what is cleared in the base year
    for n in range(len(adopters)):
        k = np.flatnonzero(adopters.rows.offered[n])
        cost = -end_use.appraisal.terms_cny_per_gj[n, k, :MONEY].sum(axis=1)
        expected = naive_adopters.shares_of_sales(
            adopters.rows.sales_share[n, k],
            -paid[n, k].sum(axis=1),
            cost,
            start[n, k],
            adopters.stock_share[n, k],
            dict(REGION.parameters),
        )
        np.testing.assert_allclose(end_use.shares[n, k], expected, rtol=1e-9, err_msg=adopters.ids[n])


def test_terms_of_a_choice_add_up_to_what_decides_it(settled: tuple[RegionModel, Signals]) -> None:
    end_use = settled[0].adopters.offer(settled[1], 1.0)
    a = end_use.appraisal
    weight = np.exp(
        (a.worth_cny_per_gj - a.worth_cny_per_gj.max(axis=1, keepdims=True)) / a.scale_cny_per_gj[:, None]
    )
    weight *= a.offered
    np.testing.assert_allclose(
        end_use.shares, weight / weight.sum(axis=1, keepdims=True), rtol=1e-6, atol=1e-12
    )


def test_dearer_technologies_are_bought_less_and_what_is_not_offered_never(
    settled: tuple[RegionModel, Signals],
) -> None:
    model, signals = settled
    adopters = model.adopters
    before = adopters.offer(signals, 1.0).shares
    fuel = signals.prices.energy_price_cny_per_gj
    for carrier, name in enumerate(ENERGY):
        dearer = np.where(np.arange(len(ENERGY)) == carrier, 1.3 * fuel, fuel)
        change = adopters.offer(heard(signals, energy_price_cny_per_gj=dearer), 1.0).shares - before
        k = END_USE_TECHNOLOGIES.index(name)
        assert np.all(change[:, k] <= 0.0) and change[:, k].min() < -0.005
        assert np.all(np.delete(change, k, axis=1) >= -1e-15)
    assert not before[~adopters.rows.offered].any()


def granted(settled: tuple[RegionModel, Signals], technology: int, share: float) -> EndUse:
    """Plan the year with a grant for one technology, in all sectors."""
    model, signals = settled
    rate = np.zeros((P, S, len(END_USE_TECHNOLOGIES)))
    rate[..., technology] = share
    return model.adopters.offer(heard(signals, subsidies={EQUIPMENT_GRANT: rate}), 1.0)


@pytest.mark.parametrize("technology", range(len(END_USE_TECHNOLOGIES)))
def test_a_grant_never_lowers_what_it_pays_for(settled: tuple[RegionModel, Signals], technology: int) -> None:
    without = settled[0].adopters.offer(settled[1], 1.0)
    before = without.shares
    for share in (0.0, 0.2, 0.6, 1.0, 2.0):
        end_use = granted(settled, technology, share)
        change = end_use.shares - before
        assert np.all(change[:, technology] >= 0.0) and np.all(np.delete(change, technology, axis=1) <= 1e-15)
        before = end_use.shares
        terms = end_use.appraisal.terms_cny_per_gj
        price = -without.appraisal.terms_cny_per_gj[:, technology, EQUIPMENT]
        np.testing.assert_allclose(terms[:, technology, MONEY], min(share, 1.0) * price)
        weight = np.exp(end_use.appraisal.worth_cny_per_gj / end_use.appraisal.scale_cny_per_gj[:, None])
        weight *= end_use.appraisal.offered
        np.testing.assert_allclose(
            end_use.shares, weight / weight.sum(axis=1, keepdims=True), rtol=1e-6, atol=1e-12
        )
    assert (before - without.shares)[:, technology].max() > 0.005


def test_grants_that_promise_more_than_the_price_pay_the_price(settled: tuple[RegionModel, Signals]) -> None:
    model, axes, gas = settled[0], REGION.axes, END_USE_TECHNOLOGIES.index("gas")
    schedule = PolicySchedule.neutral(axes, 2026, 2026)
    rate = np.zeros((schedule.years.size, *axes.shape(*SUBSIDY_AXES[EQUIPMENT_GRANT])))
    rate[..., gas] = 0.7
    budget = np.full(schedule.years.size, np.inf)
    for name in ("first", "second"):
        scheme = SubsidyScheme(name, EQUIPMENT_GRANT, "national", rate, budget, np.inf)
        schedule = schedule.with_subsidy(scheme)
    law, end_use = schedule.select_row(0), granted(settled, gas, 1.0)
    rows = model.adopters.rows
    price = -end_use.appraisal.terms_cny_per_gj[:, gas, EQUIPMENT] / rows.annuity_per_year[:, gas]
    claims = [
        scheme.claims_cny(pieces)
        for scheme in law.schemes_of_kind(EQUIPMENT_GRANT)
        for pieces in model.adopters.subsidised(end_use, law)
    ]
    np.testing.assert_allclose(sum(claims), price * end_use.sales_gj_per_year * end_use.shares[:, gas])


@pytest.mark.parametrize("pack", ["chengyu", "two_provinces"])
def test_the_base_year_burns_the_inventory_and_takes_its_parts_of_the_statistic(pack: str) -> None:
    region = load_region(pack)
    model = RegionModel(Inputs(scenario(years=(region.base_year, region.base_year + 1), region=pack), region))
    model.step()
    end_use = last_end_use(model)
    burnt = model.adopters.sum_fuel_gj(end_use)[:, SECTORS_OF_COHORTS]
    listed = block_residual_tco2(region)[:, SECTORS_OF_COHORTS, : len(FUELS_BURNT)]
    gj = listed / region.power.carrier_co2_t_per_gj[: len(FUELS_BURNT)]
    np.testing.assert_allclose(burnt[..., : len(FUELS_BURNT)], gj, rtol=1e-9)
    taken, parts = model.adopters.sum_electricity_mwh(end_use.electricity_mwh), first_parts(region)
    share = np.zeros(len(PARTS))
    np.add.at(share, region.cohorts.part, region.cohorts.part_share.sum(axis=1))
    np.testing.assert_allclose(taken, share[:, None] * parts, rtol=1e-9)


def last_end_use(model: RegionModel) -> EndUse:
    """Plan the base year once more, from how it began."""
    region, fuel = model.inputs.region, np.zeros((len(model.inputs.region.axes.provinces), S, len(ENERGY)))
    industry = model.industry
    burnt = industry.energy_gj * industry.base_output[:, None] * industry.is_block[:, None]
    np.add.at(fuel, (industry.province, industry.sector), burnt)
    return Adopters(model, region, fuel, first_parts(region)).offer(model.announce(), 1.0)


def test_cohorts_never_take_more_than_their_part_of_the_statistic_has(
    settled: tuple[RegionModel, Signals],
) -> None:
    model = settled[0]
    rest = model.state.expectations.demand_base.parts_mwh
    own = [PARTS.index(name) for name in ("facilities", "vehicles")]
    assert np.all(np.delete(rest, own, axis=0) > 0.0)


# --- many years --------------------------------------------------------------------------------------------------


def test_each_block_falls_with_each_price_and_without_a_jump(settled: tuple[RegionModel, Signals]) -> None:
    level = np.array([alone(settled, price)[SECTORS_OF_COHORTS] for price in np.arange(0.0, 301.0, 10.0)])
    step = level[1:] / level[:-1] - 1.0
    assert np.all(step < 0.0) and step.min() > -0.04, step.min(axis=0)
    far = alone(settled, 800.0)[SECTORS_OF_COHORTS]
    assert np.all(far < level[-1]) and far.sum() / level[0].sum() < 0.75


def test_a_carbon_price_lowers_use_as_its_elasticity_says(settled: tuple[RegionModel, Signals]) -> None:
    adopters, signals = settled[0].copy().adopters, settled[1]
    assert np.all(adopters.use_factor == 1.0), "no carbon price, no change of use"
    for year in range(2026, 2046):
        end_use = adopters.offer(priced(signals, 300.0, year), 1.0)
        adopters.settle(end_use)
    cost = -(adopters.stock_share[..., None] * end_use.appraisal.terms_cny_per_gj).sum(axis=1)
    ratio = 1.0 + cost[:, 1] / (cost[:, 0] + cost[:, 2])
    np.testing.assert_allclose(end_use.use_factor, ratio**-adopters.rows.demand_elasticity, rtol=5e-3)
    assert end_use.use_factor.min() < 0.97


def test_the_outlook_of_cohorts_is_what_comes_if_nobody_changes_the_mind(
    settled: tuple[RegionModel, Signals],
) -> None:
    model, signals = settled
    adopters, parts = model.adopters, [PARTS.index(name) for name in ("heating", "households", "agriculture")]
    end_use = adopters.offer(signals, 1.0)
    path = adopters.project_electricity(end_use, 2027, 12, 1.0)
    now = adopters.sum_electricity_mwh(end_use.electricity_mwh)
    assert path.shape == (12, len(PARTS), P)
    np.testing.assert_allclose(path[0, parts], now[parts], rtol=0.1)
    assert np.all(path[-1, parts].sum(axis=0) > now[parts].sum(axis=0)), "what is bought is more electric"
    assert not ELECTRIC[: len(ENERGY)].any()


# --- bad tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "before", "after", "code"),
    [
        ("cohort_technologies", "urban_heating,gas,0.88,", "urban_heating,gas,0,", "pack-cohort-zero"),
        ("cohort_technologies", "rail,oil,0.35,3300,66,25,", "rail,oil,0.35,3300,66,0,", "pack-cohort-zero"),
        ("cohorts", "heating,0.1,0.1,0.12,", "heating,0.2,0.1,0.12,", "pack-cohort-sum"),
        ("cohort_technologies", "rural_heating,coal,", "rural_heating,oil,", "pack-cohort-fuel"),
        ("cohorts", "urban_cooking,", "urban_kitchens,", "pack-unknown-name"),
        ("cohort_technologies", "rail,electric,", "rail,catenary,", "pack-unknown-name"),
    ],
)
def test_a_wrong_table_is_told_with_its_place(
    tmp_path: Path, table: str, before: str, after: str, code: str
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(PACKS / "two_provinces", folder)
    file = folder / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert before in text, before
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    errors = pack_errors(folder, region_settings(str(folder)), region_axes(str(folder)))
    assert code in {error.code for error in errors}, [str(error) for error in errors]
    assert all(error.place.line > 0 for error in errors if error.code == code)


@pytest.mark.parametrize("column", ["conversion_factor", "lifetime_years"])
def test_a_change_that_nothing_can_burn_with_is_told_in_both_languages(column: str) -> None:
    path = f"cohort_technologies[cohort=rail,technology=electric].{column}"
    with pytest.raises(RegionError, match=f"{column} must be above 0: rail electric") as caught:
        load_region("chengyu", {path: 0.0}).cohorts  # noqa: B018
    assert f"rail electric 的 {column} 必须大于 0" in caught.value.message.in_language("zh")
