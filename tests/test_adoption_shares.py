"""How the many buyers behind a row divided: the terms are what they chose by, and a reader gets them by name."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.axes import BUILDING_METHODS, SEGMENTS, VEHICLE_TECHNOLOGIES
from tanlu.core.words.errors import ResultError
from tanlu.experiments.results import simulate
from tanlu.explanation.adoption import AdoptionExplanation, adoption_as_data
from tanlu.explanation.explain import explain_decision
from tanlu.ledger.adoption_shares import MEASURES
from tanlu.output.result import Result
from tanlu.region.tables import year_index
from tests import naive_vehicles
from tests.model_runs import REGION, scenario

YEARS = (2024, 2027)
SUBSIDY = 9_000.0
POLICIES = {
    "cars": {
        "kind": "vehicle_incentive",
        "from_year": 2026,
        "segments": ["car"],
        "subsidy_cny_per_vehicle": SUBSIDY,
        "budget_bn_cny_per_year": 1000,
    },
    "trucks": {
        "kind": "vehicle_incentive",
        "from_year": 2026,
        "segments": ["heavy_truck"],
        "new_energy_sales_share": 0.5,
    },
    "homes": {
        "kind": "modular_building",
        "from_year": 2026,
        "regions": ["Sichuan"],
        "mandate_share": 0.9,
    },
}


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(scenario(POLICIES, years=YEARS))


@pytest.fixture(scope="module")
def shares(result: Result) -> pd.DataFrame:
    assert result.adoption_shares is not None
    return result.adoption_shares


def terms_of(kind: str) -> list[str]:
    return [f"{term}_{MEASURES[kind].term_unit}" for term in MEASURES[kind].terms]


def test_every_row_has_every_option_on_offer_in_every_recorded_year(shares: pd.DataFrame) -> None:
    assert sorted(shares["year"].unique()) == list(range(YEARS[0], YEARS[1] + 1))
    cars = shares[shares["kind"] == "Vehicles"].groupby(["decider", "year"], observed=True)
    assert len(cars) == 2 * len(SEGMENTS) * 4
    assert cars["option"].apply(lambda o: set(o) in (set(VEHICLE_TECHNOLOGIES), {"fuel", "battery"})).all()
    homes = shares[shares["kind"] == "Builders"].groupby(["decider", "year"], observed=True)
    assert homes["option"].apply(lambda o: tuple(o) == BUILDING_METHODS).all() and len(homes) == 8
    np.testing.assert_allclose(shares.groupby(["decider", "year"], observed=True)["share"].sum(), 1.0)


def test_buyers_divide_by_the_sum_of_the_terms(shares: pd.DataFrame) -> None:
    scale = dict(zip(SEGMENTS, REGION.vehicles.buyers.choice_scale_cny_per_year, strict=True))
    for (decider, _), rows in shares[shares["kind"] == "Vehicles"].groupby(
        ["decider", "year"], observed=True
    ):
        cost = -rows[terms_of("Vehicles")].sum(axis=1).to_numpy()
        segment = str(decider).rsplit("_", 1)[0]
        expected = naive_vehicles.shares((cost - cost.min()).tolist(), scale[segment])
        np.testing.assert_allclose(rows["wanted_share"], expected, rtol=1e-9)


def test_shares_leave_what_is_wanted_only_where_a_mandate_or_plants_bind(shares: pd.DataFrame) -> None:
    off = shares[(shares["kind"] == "Vehicles") & ((shares["share"] - shares["wanted_share"]).abs() > 1e-9)]
    assert set(off["decider"]) == {"heavy_truck_sichuan", "heavy_truck_chongqing"} and set(off["year"]) == {
        2026,
        2027,
    }
    battery = off[off["option"] == "battery"]
    assert (battery["share"] > battery["wanted_share"]).all()
    modules = shares[(shares["decider"] == "builders_sichuan") & (shares["year"] == 2026)].set_index("option")
    assert modules.loc["cast_in_place", "share"] == pytest.approx(0.1)


def test_terms_are_what_they_say(shares: pd.DataFrame) -> None:
    """A car of 2026 by hand: price, tax and subsidy spread over the holding time; what is built at what it costs."""
    data, t = REGION.vehicles, year_index(2026)
    car = shares[(shares["decider"] == "car_sichuan") & (shares["year"] == 2026)].set_index("option")
    price, tax = data.price_cny_per_vehicle[t, 0], data.purchase_tax_rate[t]
    assert car["price_cny_per_year"].tolist() == pytest.approx(
        (-price * data.buyers.annuity_per_year[0]).tolist()
    )
    assert car["purchase_tax_cny_per_year"].tolist() == pytest.approx(
        (-price * tax * data.buyers.annuity_per_year[0]).tolist()
    )
    assert car["subsidy_cny_per_year"].tolist() == pytest.approx(
        [0.0, *[SUBSIDY * data.buyers.annuity_per_year[0]] * 2]
    )
    assert not car["carbon_cny_per_year"].any() and not car["licence_cny_per_year"].any()
    assert (car["fuel_cny_per_year"] <= 0.0).all() and car.loc["battery", "fuel_cny_per_year"] == 0.0
    assert (car["peers_cny_per_year"] > 0.0).tolist() == [False, True, True]
    assert car["sales_cny_per_m2"].isna().all(), "those of builders"
    homes = shares[shares["kind"] == "Builders"]
    assert (homes["construction_cny_per_m2"] < 0.0).all() and homes["price_cny_per_year"].isna().all()


def test_the_switching_subsidy_brings_an_option_level_with_the_best(shares: pd.DataFrame) -> None:
    """Paid for a vehicle, it adds its annuity to the worth."""
    car = shares[(shares["decider"] == "car_chongqing") & (shares["year"] == 2025)]
    worth = car[terms_of("Vehicles")].sum(axis=1)
    level = worth + car["switching_subsidy_cny_per_vehicle"] * REGION.vehicles.buyers.annuity_per_year[0]
    np.testing.assert_allclose(level, worth.max(), rtol=1e-9)
    assert (
        car["switching_subsidy_cny_per_vehicle"].min() == 0.0
        and car["switching_subsidy_cny_per_m2"].isna().all()
    )


def test_the_answer_for_one_row(result: Result, shares: pd.DataFrame, tmp_path) -> None:
    answer = explain_decision(result, "car_sichuan", 2026)
    assert isinstance(answer, AdoptionExplanation) and answer.other_years == (2024, 2025, 2027)
    assert "licence" not in answer.terms and "subsidy" in answer.terms
    mine = shares[(shares["decider"] == "car_sichuan") & (shares["year"] == 2026)]
    assert [option.quantity for option in answer.options] == mine["sales_vehicles"].tolist()
    assert explain_decision(result, answer.name_zh).decider == "car_sichuan"
    data = json.loads(json.dumps(adoption_as_data(answer), allow_nan=False))
    assert sum(data["options"][1]["terms_cny"].values()) == pytest.approx(data["options"][1]["worth_cny"])
    with pytest.raises(ResultError, match="it decided from 2024 to 2027"):
        explain_decision(result, "builders_sichuan", 2030)
    with pytest.raises(ResultError, match="did you mean `car_sichuan`"):
        explain_decision(result, "car_sichuam")
    folder = str(result.save(tmp_path))
    for rest, words in (
        (["car_sichuan", "--lang", "en"], ("want of chargers", "share, %", "plug-in hybrid")),
        (["builders_chongqing", "--lang", "zh"], ("销售", "现浇", "模块化")),
        (["car_sichuan", "--json"], ('"per": "cny_per_vehicle"',)),
    ):
        shown = CliRunner().invoke(app, ["why", folder, *rest])
        assert shown.exit_code == 0, shown.output
        assert all(word in shown.stdout for word in words), shown.stdout
