"""Cogeneration: who sells heat, what it brings above its fuel, and that a unit that sells it closes later."""

import numpy as np
import pytest

from tanlu.core.axes import FUEL, SECTOR
from tanlu.core.units import KW_PER_MW
from tanlu.core.words.numbers import number
from tanlu.experiments.results import simulate
from tanlu.explanation.explain import DecisionExplanation, explain_decision
from tanlu.explanation.rendering import Table, render_explanation
from tanlu.indicators.main import indicators, measure
from tanlu.power.state import heat_sold_gj, operating_mw
from tanlu.records.year import stack
from tanlu.region.power import PRICED_FUELS
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, P, Watched, record, scenario, shipped, watch

UNITS, X = REGION.power.units, REGION.parameters
SELLS = np.flatnonzero(UNITS.heat_to_power_ratio > 0.0)
PRICED = np.array([PRICED_FUELS.index(name) if name in PRICED_FUELS else 0 for name in FUEL])
YEARS = (2020, 2032)
FACTORS = (0.8, 1.0, 1.2)


@pytest.fixture(scope="module")
def model() -> Watched:
    return watch(shipped("baseline"))


def dearer(factor: float) -> dict[str, object]:
    return {"heat_price_factor": factor, "from_year": 2020}


def test_those_sell_heat_that_must_run_for_others() -> None:
    """Captive units give theirs to their works; plants for straw, waste and the peak sell none."""
    assert SELLS.size == 20
    assert np.all(UNITS.must_run_share[SELLS] > 0.0) and not UNITS.own_use_share[SELLS].any()
    assert set(UNITS.fuel[SELLS]) == {FUEL["coal"], FUEL["gas"]}
    coal = np.flatnonzero((UNITS.fuel == FUEL["coal"]) & (UNITS.own_use_share == 0.0))
    runs = coal[(UNITS.must_run_share[coal] > 0.0) & (UNITS.retired_year[coal] > REGION.base_year)]
    assert set(runs) == set(SELLS[UNITS.fuel[SELLS] == FUEL["coal"]])


def test_each_is_cogeneration_by_the_rule() -> None:
    """Ratio above 1, 0.5 and 0.3, and 45 and 55 % of the fuel are used: provisions of 2000 on cogeneration."""
    for row in SELLS.tolist():
        ratio, gas = UNITS.heat_to_power_ratio[row], UNITS.fuel[row] == FUEL["gas"]
        assert ratio == (0.3 if gas else 1.0 if UNITS.capacity_mw[row] < 50.0 else 0.5)
        electricity = 3.6 / UNITS.net_heat_rate_gj_per_mwh[row]
        burnt = (1.0 + X["heat_extraction_loss_share"] * ratio) / electricity
        assert (1.0 + ratio) / burnt > (0.55 if gas else 0.45), UNITS.ids[row]


def test_heat_brings_what_a_boiler_would_cost_less_the_output_given_up(model: Watched) -> None:
    """By hand, unit by unit; the record and the indicators are their sum."""
    table, seen = indicators(REGION), 0
    reserve_until = np.zeros(len(UNITS.ids))  # as it was when the year began
    for lived, kept in zip(model.lived, model.records, strict=True):
        a, year = lived.by_place, lived.year.signals.year
        fuel_price = lived.year.signals.prices.fuel_price_cny_per_gj
        gj, paid = np.zeros((2, P))
        for row in SELLS.tolist():
            if a.output_mwh[row] == 0.0:
                assert a.heat_cny[row] == 0.0
                continue
            if reserve_until[row] >= year:
                assert a.heat_cny[row] == 0.0
                continue
            assert a.reserve_cny[row] == 0.0
            p, price = UNITS.province[row], fuel_price[UNITS.province[row], PRICED[UNITS.fuel[row]]]
            mw = model.tables.plants["power_plants"][year - YEARS[0]]
            mw = mw.capacity_mw[mw.name == row][0] * (
                0.5 if model.ever.commissioned_year[row] == year else 1.0
            )
            given = min(8760.0 * mw * UNITS.must_run_share[row] * UNITS.availability[row], a.output_mwh[row])
            heat = 3.6 * given * UNITS.heat_to_power_ratio[row]
            boiler = price / X["heat_boiler_efficiency_share"] + X["heat_price_above_fuel_cny_per_gj"]
            lost = heat / 3.6 * X["heat_extraction_loss_share"] * UNITS.net_heat_rate_gj_per_mwh[row]
            assert a.heat_cny[row] == pytest.approx(heat * boiler - lost * price, rel=1e-9)
            gj[p] += heat
            paid[p] += heat * boiler
            seen += 1
        of_pack = lived.plants.place < reserve_until.size
        reserve_until[lived.plants.place[of_pack]] = lived.plants.reserve_until_year[of_pack]
        others = np.setdiff1d(np.arange(a.output_mwh.size), SELLS)
        assert not a.heat_cny[others].any()
        np.testing.assert_allclose(kept.earnings.heat_sold_gj, gj, rtol=1e-9)
        np.testing.assert_allclose(kept.earnings.heat_sold_cny, paid, rtol=1e-9)
    assert seen > 200
    of = measure(stack(model.records), np.arange(2020, 2061), table)
    sold, price = (
        of.values[of.variables.index(name)] for name in ("Heat Sales|Cogeneration", "Price|Heat|Cogeneration")
    )
    np.testing.assert_allclose(sold[-1], sold[:P].sum(axis=0))
    assert np.all((price[:P][sold[:P] > 0.0] > 45.0) & (price[:P][sold[:P] > 0.0] < 110.0)), (
        "125 to 300 CNY/t of steam"
    )


def test_the_fuel_for_heat_fits_into_the_block_of_heat(model: Watched) -> None:
    """Its CO2 stands there, and only there: units book what their electricity emits."""
    heat, factor, seen = SECTOR["heat"], REGION.power.fuel_co2_t_per_gj, 0
    for lived, kept in zip(model.lived, model.records, strict=True):
        now = lived.year.signals.year
        a, plants = lived.year.plants, lived.plants
        n = a.output_mwh.size
        gj = heat_sold_gj(plants, a.output_mwh, operating_mw(plants, now, now)[:n])
        burnt = gj / 3.6 * X["heat_extraction_loss_share"] * plants.net_heat_rate_gj_per_mwh[:n]
        tco2 = np.bincount(plants.province[:n], burnt * factor[plants.fuel[:n]], P)
        assert np.all(tco2 <= 0.2 * kept.emissions.by_sector_tco2[:, heat])
        seen += int((tco2 > 0.0).sum())
    assert seen > 20


def test_statistics_do_not_move_with_the_price_of_heat() -> None:
    """What units give until decisions begin, and all CO2, are the same to the bit."""
    low, high = (record(scenario(years=YEARS, world=dearer(factor))) for factor in (0.8, 1.2))
    past = slice(REGION.last_observed_year - YEARS[0] + 1)
    np.testing.assert_array_equal(low.power.output_mwh[past], high.power.output_mwh[past])
    np.testing.assert_array_equal(low.emissions.by_sector_tco2[past], high.emissions.by_sector_tco2[past])
    assert np.all(low.earnings.heat_sold_cny.sum(axis=1) < high.earnings.heat_sold_cny.sum(axis=1))


def test_the_dearer_heat_is_the_more_is_left_to_its_units_and_the_later_they_close() -> None:
    runs = [watch(scenario(years=YEARS, world=dearer(factor))) for factor in FACTORS]
    for years in zip(*(run.lived for run in runs), strict=True):
        if years[0].year.signals.year > REGION.last_observed_year:
            break
        left = [lived.by_place.profit_cny for lived in years]
        rows = SELLS[years[0].by_place.output_mwh[SELLS] > 0.0]
        assert rows.size > 5
        assert np.all(left[0][rows] < left[1][rows]) and np.all(left[1][rows] < left[2][rows])
        others = np.setdiff1d(np.arange(len(UNITS.ids)), SELLS)  # nothing else stands before decisions
        np.testing.assert_array_equal(left[0][others], left[2][others])
    ends = [run.ever.retired_year[SELLS] for run in runs]
    assert np.all(ends[0] <= ends[1]) and np.all(ends[1] <= ends[2])
    assert np.any(ends[0] < ends[2])


def test_heat_moves_with_the_price_of_its_fuel() -> None:
    """Dear coal makes boilers dear: more is left of heat from coal, and nothing moves at heat from gas."""
    cheap, dear = (
        watch(scenario(years=(2020, 2022), world={"coal_price_factor": factor, "from_year": 2020}))
        .lived[0]
        .by_place.heat_cny
        for factor in (1.0, 1.5)
    )
    coal = SELLS[(UNITS.fuel[SELLS] == FUEL["coal"]) & (cheap[SELLS] > 0.0)]
    gas = SELLS[UNITS.fuel[SELLS] == FUEL["gas"]]
    assert coal.size >= 7 and np.all(dear[coal] > 1.1 * cheap[coal])
    np.testing.assert_array_equal(dear[gas], cheap[gas])


def test_other_things_equal_a_unit_that_sells_heat_closes_later() -> None:
    """Two units of one plant, one of which must run as long but sells no heat: it loses money and closes in 2029."""
    with_heat, without = (UNITS.ids.index(f"coal_chongqing_longqiao_phase_i_unit_{n}") for n in (2, 3))
    run = Watched(Inputs(scenario(years=(2020, 2045)), REGION))
    plants = run.plants
    for column in (
        "province",
        "fuel",
        "owner",
        "capacity_mw",
        "commissioned_year",
        "net_heat_rate_gj_per_mwh",
    ):
        assert getattr(UNITS, column)[with_heat] == getattr(UNITS, column)[without]
    plants.number, premium = plants.number.copy(), plants.holdings.own_premium.copy()
    plants.heat_to_power_ratio = plants.heat_to_power_ratio.copy()
    plants.number[without], premium[without] = plants.number[with_heat], premium[with_heat]
    plants.holdings = plants.holdings._replace(own_premium=premium)
    plants.heat_to_power_ratio[without] = 0.0
    while run.year < 2045:
        run.step()
    ends = run.ever.retired_year
    assert ends[without] < ends[with_heat]
    assert ends[without] <= 2030


def test_few_units_that_sell_heat_close_before_2030(model: Watched) -> None:
    """With flat pay no coal, of which 0.2 GW do without heat. Heat does not pay for the floor of 1 GW of young gas.

    Pay by need begins in 2028 with nothing for Chongqing, which has more than enough: what closes there of coal is
    small, earned its cost as long as it was paid, and lacks little more than flat pay since.
    """
    flat, heatless = watch(scenario()), Watched(Inputs(scenario(years=(2020, 2030)), REGION))
    heatless.plants.heat_to_power_ratio = np.zeros(len(UNITS.ids))
    heatless.run()
    assert closed_mw(flat)["coal"] == 0.0 and closed_mw(heatless)["coal"] > 200.0
    assert all(closed_mw(run)["gas"] <= 1_100.0 for run in (flat, model))
    kw, coal = UNITS.capacity_mw * KW_PER_MW, SELLS[UNITS.fuel[SELLS] == FUEL["coal"]]
    for row in coal[model.ever.retired_year[coal] <= 2030].tolist():
        assert UNITS.capacity_mw[row] <= 50.0
        for year in range(2024, model.ever.retired_year[row]):
            a = model.lived[year - YEARS[0]].by_place
            assert a.capacity_payment_cny[row] / kw[row] == pytest.approx(165.0 if year < 2028 else 0.0)
            assert a.profit_cny[row] / kw[row] > (0.0 if year < 2028 else -200.0)


def closed_mw(run: Watched) -> dict[str, float]:
    """Return what closed until 2030 of the units of the pack that sell heat, by fuel."""
    mw = UNITS.capacity_mw[SELLS] * (run.ever.retired_year[SELLS] <= 2030)
    return {name: float(mw[UNITS.fuel[SELLS] == FUEL[name]].sum()) for name in ("coal", "gas")}


def test_emergency_reserve_sells_no_heat(model: Watched) -> None:
    lived, n = model.lived[REGION.last_observed_year - YEARS[0]], len(UNITS.ids)
    run = RegionModel(Inputs(scenario(), REGION))
    before = run.plants.operate(lived.year.signals, lived.clearing.outcome, lived.year.signals.year)
    np.testing.assert_array_equal(before.heat_cny, lived.by_place.heat_cny[:n])
    row = SELLS[before.heat_cny[SELLS] > 0.0][0]
    run.plants.keep_as_reserve(np.array([row]), lived.year.signals.year - 1)
    after = run.plants.operate(lived.year.signals, lived.clearing.outcome, lived.year.signals.year)
    assert before.heat_cny[row] > 0.0 == after.heat_cny[row]
    np.testing.assert_array_equal(np.delete(before.heat_cny, row), np.delete(after.heat_cny, row))


def test_why_tells_what_heat_brings() -> None:
    result = simulate(shipped("baseline"))
    assert result.unit_margins is not None
    mine = result.unit_margins.set_index(["basis", "decider", "year"]).sort_index()
    unit = "coal_chongqing_wanzhou_cogen_unit_1"
    by_kw = mine.loc[("expected", unit)]["heat_cny_per_kw_year"]
    year = int(by_kw.index[0])
    answer = explain_decision(result, unit, year)
    assert isinstance(answer, DecisionExplanation) and answer.margin is not None
    assert by_kw.iloc[0] > 100.0
    for language, said in (("en", "heat sold above its fuel"), ("zh", "供热收入（扣除燃料）")):
        rows = [
            row
            for part in render_explanation(answer, "chengyu", language)
            if isinstance(part, Table)
            for row in part.rows
        ]
        assert (said, number(by_kw.iloc[0], "")) in [(row[0], row[-1]) for row in rows]


def test_heat_is_money_of_the_company(model: Watched) -> None:
    """A year's heat is some hundred million CNY, and cash agrees with every payment."""
    sold = np.array([lived.year.plants.heat_cny.sum() for lived in model.lived])
    assert np.all(sold[:10] > 2e8) and np.all(sold < 1e9)
    assert max(kept.balances.money_error for kept in model.records) < 1e-9
