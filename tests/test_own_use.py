"""Captive units: own use is worth the grid charge; little coal closes early, and the worse of two units first."""

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import CUSTOMERS, FUEL
from tanlu.decisions import outlook
from tanlu.investment.population import Appraisal
from tanlu.power.plants import PowerPlants
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, P, Watched, calls_of, scenario, shipped, watch
from tests.monotone import first_quick

UNITS = REGION.power.units
INDUSTRIAL = CUSTOMERS.index("industrial")
SICHUAN = REGION.axes.provinces.index("Sichuan")
CAPTIVE = np.flatnonzero(UNITS.own_use_share > 0.0)


@pytest.fixture(scope="module")
def model() -> Watched:
    return watch(shipped("baseline"))


def test_only_thermal_units_that_must_run_serve_a_works() -> None:
    assert CAPTIVE.size >= 30
    assert np.all(UNITS.must_run_share[CAPTIVE] > 0.0)
    assert set(UNITS.fuel[CAPTIVE]) == {FUEL["coal"], FUEL["gas"], FUEL["byproduct_gas"]}


def test_own_use_is_worth_the_grid_charge_and_the_losses(model: Watched) -> None:
    """By hand from the tariffs that customers pay: surcharges and system operation are paid for own use too."""
    seen = 0
    for at, lived in enumerate(model.lived):
        year, a, power = lived.year, lived.by_place, lived.clearing.outcome
        charge = year.tariffs.components_cny_per_mwh[
            :, INDUSTRIAL, 2
        ]  # of the bills: transmission and distribution
        lost = REGION.tariffs.line_loss_share[year.signals.data_row, :, INDUSTRIAL]
        worth = charge + power.prices.must_run_price_cny_per_mwh * lost / (1.0 - lost)
        rows = CAPTIVE[a.output_mwh[CAPTIVE] > 0.0]
        used = a.own_use_cny[rows] / worth[UNITS.province[rows]]
        most = 8760.0 * UNITS.capacity_mw[rows] * UNITS.must_run_share[rows] * UNITS.availability[rows]
        assert np.all((used > 0.0) & (used <= np.minimum(most, a.output_mwh[rows]) * (1.0 + 1e-9)))
        others = np.setdiff1d(np.arange(a.output_mwh.size), CAPTIVE)
        assert not a.own_use_cny[others].any()
        by_province = np.bincount(model.ever.province[: a.output_mwh.size], a.own_use_cny, P)
        np.testing.assert_allclose(model.records[at].power.own_use_cny, by_province, rtol=1e-9)
        mwh = np.bincount(UNITS.province[rows], used, P)
        assert np.all(mwh < year.tariffs.sold_mwh[:, INDUSTRIAL]), "the works buy it in the bills"
        seen += rows.size
    assert seen > 500


def early_closings(run_of: RegionModel) -> pd.DataFrame:
    """Return coal units of Sichuan that chose to close in 2025-2029, with their MW."""
    run = run_of.run()
    decided = pd.DataFrame(run.decisions())
    chosen = decided[decided["started"] & (decided["option"] == "retire_early")]
    chosen = chosen[chosen["year"].between(2025, 2029) & (chosen["province"] == "Sichuan")]
    row, built = (
        [run.power_plants.all_ids.index(name) for name in chosen["decider"]],
        run.power_plants.built_units(),
    )
    chosen = chosen.assign(mw=built.capacity_mw[row], fuel=built.fuel[row])
    return chosen[chosen["fuel"] == FUEL["coal"]]


@first_quick("replication", 0, 1, 2)
def test_little_of_sichuans_coal_closes_early(replication: int) -> None:
    closed = early_closings(RegionModel(Inputs(shipped("baseline"), REGION), replication))
    assert closed["mw"].sum() <= 2500.0, closed[["decider", "year", "mw", "npv_mcny"]]


def test_without_own_use_captive_coal_would_lose_what_it_spares(model: Watched) -> None:
    """The credit alone keeps the small captive coal of Sichuan: the law above can fail."""
    row = UNITS.ids.index("other_sichuan_coal_2008")
    years = [lived.by_place for lived in model.lived if 2025 <= lived.year.signals.year <= 2029]
    profit = np.array([a.profit_cny[row] for a in years])
    spared = np.array([a.own_use_cny[row] for a in years])
    assert profit.mean() > 0.0 > (profit - spared).mean()


PAIRS = {
    "gas": [f"gas_sichuan_investment_dazhou_gas_1_{n}" for n in (1, 2)],
    "coal with heat": [f"coal_chongqing_longqiao_phase_i_unit_{n}" for n in (2, 3)],
    "captive coal": [f"coal_baitao_cogen_unit_{n}" for n in (1, 2)],
    "coal of the grid": [f"coal_chongqing_shizhu_unit_{n}" for n in (1, 2)],
}
# CNY/kW a year that a coal unit may earn more than a better one: it may run in dear hours alone, while dear hours of a
# unit online pay for the hours of the same day in which it has to run.
DEAR_HOURS = 4.0


@pytest.mark.parametrize("tax", [0.0, 400.0])
def test_other_things_equal_the_higher_heat_rate_closes_first(tax: float) -> None:
    """Pairs of units alike but for their heat rate: closing is worth more to the worse one, and it closes no later."""
    pairs = {name: [UNITS.ids.index(one) for one in PAIRS[name]] for name in PAIRS}
    price = {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": tax}}
    model = Watched(Inputs(scenario(price if tax > 0.0 else {}, years=(2020, 2045)), REGION))
    plants = model.plants
    plants.number, premium = plants.number.copy(), plants.holdings.own_premium.copy()
    for worse, better in pairs.values():
        for column in ("province", "fuel", "owner", "capacity_mw", "commissioned_year", "must_run_share"):
            assert getattr(UNITS, column)[worse] == getattr(UNITS, column)[better]
        plants.number[worse], premium[worse] = plants.number[better], premium[better]
        plants.net_heat_rate_gj_per_mwh[worse] = 1.05 * plants.net_heat_rate_gj_per_mwh[better]
    plants.holdings = plants.holdings._replace(own_premium=premium)
    gains: dict[str, list[tuple[float, ...] | None]] = {name: [] for name in pairs}
    with calls_of(outlook, "_approve_closing") as calls:
        while model.year < 2045:
            before = len(calls)
            model.step()
            for name, pair in pairs.items():
                if len(calls) > before:
                    gains[name].append(what_closing_is_worth(plants, calls[-1][0][1], *pair))
    for name, (worse, better) in pairs.items():
        seen, mw = [gain for gain in gains[name] if gain is not None], model.ever.capacity_mw[better]
        # Where neither runs, both lose the same. A margin counts for a life at the hurdle rate, less than 20 years.
        most = 20.0 * DEAR_HOURS * mw * 1e3 if name == "coal of the grid" else 0.0
        assert all(a >= b - 1.0 - most for a, b in seen), (name, seen)
        assert any(a > b + 1e3 * mw for a, b in seen), (name, seen)
        assert model.ever.retired_year[worse] <= model.ever.retired_year[better], name


def what_closing_is_worth(plants: PowerPlants, power: Appraisal, *units: int) -> tuple[float, ...] | None:
    """Return what closing is worth to each unit, CNY; None unless all are at a window."""
    row = {unit: i for i, unit in enumerate(plants.place[power.decider].tolist())}
    if not set(units) <= set(row):
        return None
    close = power.options.index("retire_early")
    return tuple(float(power.npv_cny[row[unit], close]) for unit in units)
