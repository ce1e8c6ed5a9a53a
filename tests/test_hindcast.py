"""The hindcast of electricity: what a frozen pack knows, and how its forecasts compare with naive ones."""

import dataclasses

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.forecast import free_region
from tanlu.evaluation.frozen import frozen_region, water_years, with_water_of
from tanlu.evaluation.hindcast import Scores, crps, score, thermal_gwh
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.past_years import past_years
from tanlu.evaluation.tables import baseline
from tanlu.region.balance import corridor_gwh
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tests.model_runs import REGION

FROZEN, YEARS = 2020, range(2021, 2025)


@pytest.fixture(scope="module")
def held() -> np.ndarray:
    return thermal_gwh(frozen_region(REGION, FROZEN)[0], YEARS)


@pytest.fixture(scope="module")
def scores(held: np.ndarray) -> tuple[Scores, ...]:
    return score(REGION, YEARS, held, held.sum(axis=2)[None])


def test_nothing_published_later_moves_the_forecast(held: np.ndarray) -> None:
    """Only demand, water and capacity of later years are given."""
    tables = dict(REGION.tables)
    book = tables["power_balance"].copy()
    later = (book["year"] > FROZEN) & (book["item"] != "consumption")
    assert later.sum() > 100
    book.loc[later, "energy_gwh"] *= 1.5
    shape = tables["corridor_shape_observed"].copy()
    shape.loc[shape["year"] > FROZEN, "share_of_year"] = 1.0 / 12.0
    usual = tables["corridor_shape"].assign(share_of_year=1.0 / 12.0)
    changed = {"power_balance": book, "corridor_shape_observed": shape, "corridor_shape": usual}
    expected = tables["corridor_energy"].assign(energy_gwh=1.0)
    other = dataclasses.replace(REGION, tables=tables | changed | {"corridor_energy": expected})
    again = thermal_gwh(frozen_region(other, FROZEN)[0], YEARS)
    assert again.tobytes() == held.tobytes()


def test_trade_is_held_at_the_frozen_year() -> None:
    frozen, fitted = frozen_region(REGION, FROZEN)
    assert max(year for _, year in corridor_gwh(frozen.tables["power_balance"])) == FROZEN
    corridors = frozen.power.corridors
    at = [year - 2015 for year in YEARS]
    yearly = corridors.contract_mw[at].sum(axis=2)
    assert np.ptp(yearly, axis=0) == pytest.approx(0.0, abs=1e-6)
    assert {one.years for one in fitted} == {
        "2015-2017",
        "2020",
        "2018-2020",
        "as the pack",
        "2016-2020",
        "2017-2020",
    }


def test_contracts_that_are_held_cut_little_load() -> None:
    """A forecast knows no trade, so lines and neighbours serve what contracts leave; it was 4.2 TWh in 2023."""
    frozen, _ = frozen_region(REGION, FROZEN)
    cut = {
        past.year: float((past.power.shed_mwh + past.power.unserved_mwh).sum()) / 1e6
        for past in past_years(frozen, baseline(REGION), YEARS)
    }
    assert cut[2021] < 0.1 and cut[2024] < 0.1
    assert cut[2022] < 2.3, "published of that year"
    assert cut[2023] < 1.5, (
        "nobody was cut in 2023: the contracts' months of 2018 to 2020 are too firm in dry ones"
    )


@pytest.mark.parametrize("year", range(2018, 2023))
def test_yearly_errors_are_below_the_bars_whatever_year_is_frozen(year: int) -> None:
    """2020 is asked for; the others show that nothing was chosen for it."""
    later = range(year + 1, 2025)
    thermal = thermal_gwh(frozen_region(REGION, year)[0], later)
    found = score(REGION, later, thermal, thermal.sum(axis=2)[None])
    for one, bar in zip(found, past_facts(REGION).frozen_bound_percent, strict=True):
        assert one.mape_percent < bar


def test_the_model_beats_naive_forecasts(scores: tuple[Scores, ...]) -> None:
    """Theil's U, months, and the bars of the yearly error."""
    naive = [one.naive_mape_percent for one in scores]
    assert naive == [pytest.approx((14.1, 9.0), abs=0.1), pytest.approx((12.7, 9.7), abs=0.1)]
    for one in scores:
        assert one.theil_u < 1.0
        assert one.monthly_mape_percent < one.naive_monthly_mape_percent
        assert one.mape_percent < min(one.naive_mape_percent)
    assert [one.mape_percent for one in scores] == [pytest.approx(4.6, abs=0.2), pytest.approx(3.1, abs=0.2)]


def test_a_drier_water_year_asks_for_more_thermal_power(held: np.ndarray) -> None:
    frozen, _ = frozen_region(REGION, FROZEN)
    assert water_years(frozen, FROZEN)[-1] == FROZEN
    # Sichuan had 3,791 hours of water in 2015 and 4,256 in 2020.
    dry, wet = (thermal_gwh(with_water_of(frozen, [year], YEARS), YEARS).sum(axis=2) for year in (2015, 2020))
    assert (dry[:, 0] > wet[:, 0] * 1.05).all()


# --- free ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def free() -> Region:
    return free_region(REGION, FROZEN)[0]


def test_nothing_known_later_moves_a_free_forecast(free: Region) -> None:
    """Neither demand nor water nor the capacity of wind and sun of later years; only units under construction come."""
    tables = {name: table.copy() for name, table in REGION.tables.items()}
    later = tables["power_balance"]["year"] > FROZEN
    tables["power_balance"].loc[later, "energy_gwh"] *= 1.5
    hydro = tables["hydro"]
    hydro.loc[hydro["year"].astype(str) > str(FROZEN), "capacity_factor"] *= 0.7
    spill = tables["hydro_spill"]
    spill.loc[spill["year"] > FROZEN, ["spilled_gwh", "without_use_gwh"]] = 0.0
    units = tables["power_units"]
    clean = units["fuel"].isin(["wind", "solar_utility", "solar_distributed"]) & (
        units["commissioned_year"] > FROZEN
    )
    assert clean.sum() > 5
    units.loc[clean, "capacity_mw"] *= 3.0
    statistics = tables["power_statistics"]
    grown = statistics["variable"].isin(["wind_capacity_mw", "solar_utility_capacity_mw"])
    statistics.loc[grown & (statistics["year"] > FROZEN), "value"] *= 2.0
    other, _ = free_region(dataclasses.replace(REGION, tables=tables), FROZEN)
    np.testing.assert_allclose(thermal_gwh(other, YEARS), thermal_gwh(free, YEARS), rtol=1e-9)


def test_a_free_forecast_grows_as_the_years_known_did_in_their_mean_water(free: Region) -> None:
    load, first = free.power.demand_twh, year_index(2015)
    for year in YEARS:
        grown = (load[year_index(FROZEN)] / load[first]) ** ((year - FROZEN) / (FROZEN - 2015))
        np.testing.assert_allclose(load[year_index(year)], load[year_index(FROZEN)] * grown)
    observed = free.power.hydrology.observed
    for year in YEARS:
        np.testing.assert_allclose(observed[year].available_factor, observed[YEARS[0]].available_factor)
    dry, wet = (REGION.power.hydrology.observed[year].available_factor.mean() for year in (2015, 2020))
    assert dry < observed[2021].available_factor.mean() < wet
    units = free.tables["power_units"]
    new = units[units["commissioned_year"] > FROZEN]
    assert {"hydro_baihetan_sichuan_share_units_of_2021", "coal_tianming_unit_1"} <= set(new["unit_id"])
    assert not new["unit_id"].str.startswith("other_").any(), (
        "what closes a later official total was not known"
    )
    assert not new["unit_id"].isin(["gas_sichuan_guangyuan_thermal_1"]).any(), (
        "two years to build, done in 2024"
    )


def test_a_free_forecast_beats_those_from_the_frozen_year_alone(free: Region) -> None:
    """Against forecasts that know each year before the one they forecast it loses, and the command says so."""
    thermal = thermal_gwh(free, YEARS)
    found = score(REGION, YEARS, thermal, thermal.sum(axis=2)[None])
    for one in found:
        assert one.theil_u_from_frozen < 1.0
        assert one.mape_percent < min(one.naive_from_frozen_percent)
    assert [one.theil_u for one in found] == [pytest.approx(2.30, abs=0.1), pytest.approx(1.64, abs=0.1)]


def test_free_needs_a_year_and_prints_what_it_forecast_and_fitted() -> None:
    refused = CliRunner().invoke(app, ["backtest", "power", "--free"])
    assert refused.exit_code == 2 and "--free needs --frozen" in refused.output
    done = CliRunner().invoke(app, ["backtest", "power", "--frozen", "2020", "--free", "--strict"])
    assert done.exit_code == 0, "nothing of it has a bound"
    for words in (
        "Theil's U",
        "CRPS over water years",
        "Bias by month",
        "demand of Sichuan",
        "2015-2020",
        "wind and sun",
    ):
        assert words in done.output


def test_crps_of_one_forecast_is_its_error_and_spread_around_the_truth_is_better() -> None:
    truth = np.array([10.0])
    assert crps(np.array([[13.0]]), truth) == pytest.approx(3.0)
    assert crps(np.array([[7.0], [13.0]]), truth) == pytest.approx(1.5)


@pytest.mark.parametrize("year", ["2017", "2023", "2024"])
def test_a_year_that_cannot_be_frozen_is_refused(year: str) -> None:
    """2017 has one year of the sun's growth before it; what lines carried in 2023 was published in 2026."""
    done = CliRunner().invoke(app, ["backtest", "power", "--frozen", year])
    assert done.exit_code == 2
    assert f"--frozen {year}: " in done.output and "allowed: 2018, 2019, 2020, 2021, 2022" in done.output
