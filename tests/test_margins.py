"""What units earn and pay a kilowatt: the margin that decides on closing, for who closes, stays or waits."""

import numpy as np
import pandas as pd
import pytest

from tanlu.core.units import KW_PER_MW
from tanlu.core.words.numbers import number
from tanlu.experiments.results import simulate
from tanlu.explanation.explain import DecisionExplanation, explain_decision
from tanlu.explanation.margins import CLOSING
from tanlu.explanation.rendering import render_explanation
from tanlu.ledger.margins import BASES, MARGIN_TERMS, UNIT
from tanlu.output.result import Result
from tanlu.power.plants import LOSS_MEMORY_YEARS
from tests.model_runs import REGION, TODAY, Watched, scenario, watch

COLUMNS = [f"{name}_{UNIT}" for name in MARGIN_TERMS]
TAX_RATE = 0.25  # of thermal units: it takes as much of the margin as of the cost
CAPTURES = {
    "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 40, 2040: 700}},
    "capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 260.0},
    "cap": {"kind": "coal_phase_out", "from_year": 2026, "utilisation_cap_share": 0.4},
}


@pytest.fixture(scope="module")
def result() -> Result:
    """A run with flat pay and a slow cap, in which some who would close may not."""
    market = TODAY["national_carbon_market"] | {"cap_path": "slow"}
    return simulate(scenario({"national_carbon_market": market}))


@pytest.fixture(scope="module")
def table(result: Result) -> pd.DataFrame:
    assert result.unit_margins is not None
    return result.unit_margins


@pytest.mark.parametrize("policies", [{}, CAPTURES])
def test_the_terms_are_what_units_remember_of_each_year(policies: dict) -> None:
    """The twin goes unit by unit through the accounts; with subsidies for captured CO2 and limited hours too."""
    model: Watched = watch(scenario(policies, years=(2020, 2042)))
    rows = pd.DataFrame(model.run().unit_margins()).set_index(["basis", "year", "decider"]).sort_index()
    fixed, seen = REGION.power.technologies.by_fuel.fixed_om_cny_per_kw_year, np.zeros(len(MARGIN_TERMS))
    remembered = model.plants.profit_cny[:, -1]  # of the last year
    for lived in model.lived:
        year, a, plants = lived.year.signals.year, lived.year.plants, lived.plants
        mine = rows.loc["year", year]
        units = [plants.ids.index(str(name)) for name in mine.index]
        assert len(units) > 90 and set(units) <= set(plants.thermal.tolist())
        np.testing.assert_allclose(mine[f"fixed_operation_{UNIT}"], -fixed[plants.fuel[units]])
        spent = -(mine[f"fixed_operation_{UNIT}"] + mine[f"operation_{UNIT}"])
        kw = a.operation_cost_cny[units] / spent
        np.testing.assert_allclose(mine[f"fuel_{UNIT}"] * kw, -a.fuel_cost_cny[units], atol=1.0)
        np.testing.assert_allclose(
            mine[f"capacity_payment_{UNIT}"] * kw, a.capacity_payment_cny[units], atol=1.0
        )
        np.testing.assert_allclose(mine[f"reserve_{UNIT}"] * kw, a.reserve_cny[units], atol=1.0)
        inside = mine[COLUMNS].drop(columns=f"captured_co2_{UNIT}").sum(axis=1)
        np.testing.assert_allclose(inside * kw, (a.profit_cny - a.reserve_cny)[units], atol=1.0)
        np.testing.assert_allclose(mine[COLUMNS].sum(axis=1), mine[f"margin_{UNIT}"])
        if lived is model.lived[-1]:
            np.testing.assert_allclose(mine[f"margin_{UNIT}"] * kw, remembered[units], atol=1.0)
        seen += mine[COLUMNS].abs().sum().to_numpy()
    used = {name for name, value in zip(MARGIN_TERMS, seen, strict=True) if value > 0.0}
    assert {"energy", "feed_in", "own_use", "capacity_payment", "fuel", "carbon", "operation"} <= used
    assert not policies or {"captured_co2", "capture", "utilisation_cap"} <= used


def test_the_expected_margin_is_what_closing_is_worth(result: Result, table: pd.DataFrame) -> None:
    """By hand: closing gives up the margin for the rest of the unit's life, and costs its dismantling."""
    assert result.decisions is not None and result.plants is not None
    expected = table[table["basis"] == "expected"]
    offers = result.decisions[result.decisions["option"] == CLOSING]
    both = offers.merge(expected, on=["year", "decider"]).merge(result.plants, on=["year", "decider"])
    both = both[(both["capacity"] > 0.0) & (both["started"])]
    seen = 0
    for _, row in both.iterrows():
        kw, rate = row["capacity"] * KW_PER_MW, row["hurdle"]
        cost = REGION.parameters["decommissioning_cost_cny_per_kw"]
        # A part of a unit beyond its life may have left by the expected year.
        given_up_cny = row[f"margin_{UNIT}"] * row["net_mw"] * KW_PER_MW
        years = (row["npv_mcny"] * 1e6 / (1.0 - TAX_RATE) + cost * kw) / -given_up_cny
        assert row[f"margin_{UNIT}"] < 0.0 and 0.0 < years < 1.0 / rate
        left = -np.log(1.0 - years * rate) / np.log(1.0 + rate)
        assert left == pytest.approx(round(left), abs=1e-6) and left >= 1.0, "whole years of an annuity"
        seen += 1
    assert seen >= 5


def test_who_closes_lost_a_kilowatt_in_the_years_it_remembers(result: Result) -> None:
    closed = started(result)
    for who, year in closed:
        answer = asked(result, who, year)
        assert answer.margin is not None and answer.margin.regulator == "agreed"
        lived, expected = answer.margin.margins
        assert (lived.basis, expected.basis) == BASES
        assert lived.last_year == year and lived.first_year > year - LOSS_MEMORY_YEARS
        assert lived.margin < 0.0 and expected.margin < 0.0, "the year in which a unit begins counts half"
        assert sum(expected.terms.values()) == pytest.approx(expected.margin)
        for language in ("en", "zh"):
            assert number(expected.margin, "") in str(list(render_explanation(answer, "chengyu", language)))
    assert len(closed) >= 5


def test_who_stays_or_waits_has_its_margin_too(result: Result) -> None:
    closed = result.closed_options
    assert closed is not None
    mine = closed[(closed["kind"] == "PowerPlants") & (closed["option"] == CLOSING)]
    for code, said in (
        ("reserve_needed", "refused"),
        ("not_losing", "not_asked"),
        ("no_window", "not_asked"),
    ):
        row = mine[mine["closed_by"] == code].iloc[-1]
        answer = asked(result, row["decider"], int(row["to_year"]))
        assert answer.margin is not None and answer.margin.regulator == said
        assert len(answer.margin.margins) == (1 if code == "no_window" else 2)
        assert code != "not_losing" or answer.margin.margins[0].margin >= 0.0


def test_facilities_and_companies_have_none(result: Result) -> None:
    assert result.decisions is not None
    others = result.decisions[result.decisions["kind"] != "PowerPlants"]
    for kind in ("Industry", "Companies"):
        assert asked(result, others[others["kind"] == kind]["decider"].iloc[0]).margin is None


def started(result: Result) -> list[tuple[str, int]]:
    """Return who closed early, and when."""
    assert result.decisions is not None
    mine = result.decisions[(result.decisions["kind"] == "PowerPlants") & result.decisions["started"]]
    mine = mine[mine["option"] == CLOSING]
    return [(str(who), int(year)) for who, year in zip(mine["decider"], mine["year"], strict=True)]


def asked(result: Result, who: str, year: int | None = None) -> DecisionExplanation:
    answer = explain_decision(result, who, year)
    assert isinstance(answer, DecisionExplanation)
    return answer
