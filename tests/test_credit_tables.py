"""The tables of companies, lenders and loans: they agree with each other, and `tanlu why` tells a company's credit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.words.errors import ResultError
from tanlu.core.words.numbers import number
from tanlu.experiments.results import simulate
from tanlu.explanation.credit import REFUSALS, CreditExplanation
from tanlu.explanation.explain import DecisionExplanation, as_data, explain_decision
from tanlu.explanation.rendering import verdict_words
from tanlu.output.result import Result, load_result
from tanlu.simulation.credit_tables import REFUSALS as CAUSES
from tests.model_runs import REGION, TODAY, scenario

LAST = 2034
# A price that some cannot bear where most allowances are sold, and money for green loans.
CASE = scenario(
    {
        "national_carbon_market": TODAY["national_carbon_market"] | {"auction_share": 0.6},
        "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 40, 2034: 700}},
        "green": {
            "kind": "green_bond_incentive",
            "papers": ["bonds", "loans"],
            "renewals": True,
            "from_year": 2028,
            "interest_subsidy_percentage_points": 1.5,
        },
    },
    years=(2020, LAST),
)
KEYS = ["year", "lender"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(CASE).save(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    return load_result(folder)


@pytest.fixture(scope="module")
def tables(result: Result) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return companies, lenders and loans, with names as plain text."""
    found = []
    for name in ("companies", "lenders", "loans"):
        table = result.table(name)
        assert table is not None
        found.append(table.astype({c: str for c in table if table[c].dtype == "category"}))
    return found[0], found[1], found[2]


def test_what_is_left_of_loans_is_the_debt_of_companies_and_the_assets_of_lenders(tables) -> None:
    companies, lenders, loans = tables
    debt = companies[companies["year"] == LAST].set_index("decider")["debt_cny"]
    owed = lenders[lenders["year"] == LAST].set_index("lender")["outstanding_cny"]
    assert debt.sum() > 1e11
    for key, kept in (("borrower", debt), ("lender", owed)):
        left = loans.groupby(key)["balance_cny"].sum().reindex(kept.index, fill_value=0.0)
        np.testing.assert_allclose(left, kept, rtol=1e-9, atol=1.0)


def test_what_lenders_lent_in_a_year_are_its_loans(tables) -> None:
    _, lenders, loans = tables
    lent = lenders.set_index(KEYS)["lent_cny"]
    new = loans[loans["loan_kind"] != "opening"].groupby(KEYS)["principal_cny"].sum()
    assert (lent > 1e8).sum() > 20
    np.testing.assert_allclose(new.reindex(lent.index, fill_value=0.0), lent, rtol=1e-9, atol=1.0)


def test_lenders_get_what_companies_and_governments_pay(result: Result, tables) -> None:
    companies, lenders, _ = tables
    got, paid = (table.groupby("year")["interest_cny"].sum() for table in (lenders, companies))
    public = result.draws("Public Budget|Interest Subsidy", result.region)[0] * 1e9
    assert public.max() > 1e6
    flows = result.table("flows")
    assert flows is not None
    others = flows[(flows["item"] == "interest") & flows["payer"].isin(("rail", "cities", "grid_company"))]
    by_others = others.groupby("year")["value_cny"].sum().reindex(got.index, fill_value=0.0)
    assert by_others.max() > 1e9
    np.testing.assert_allclose(got, paid + public + by_others, rtol=1e-9)


def test_a_loan_ends_as_its_terms_say(tables) -> None:
    loans = tables[2]
    ended = loans["last_repayment_year"] <= LAST
    assert ended.any() and (~ended).any()
    assert (loans["loan_status"][ended] != "running").all()
    whole, failed = loans["loss_share"] == 0.0, tables[0].loc[tables[0]["failed"] > 0, "decider"].unique()
    goes_on = ~loans["borrower"].isin(failed)
    assert failed.size > 1 and (loans["loan_status"][~goes_on] != "running").all()
    assert (loans["loan_status"][~ended & whole & goes_on] == "running").all()
    assert ((loans["loan_status"] == "written_off") <= ~whole).all()
    subsidised = loans["interest_subsidy"] > 0.0
    assert subsidised.any() and loans["green"][subsidised].all() and (loans["year"][subsidised] >= 2028).all()
    per_loan = loans.groupby("loan")
    assert (per_loan["lender"].nunique() == per_loan.size()).all()


def test_ratings_follow_interest_coverage(tables) -> None:
    companies = tables[0].set_index(["decider", "year"]).sort_index()
    assert (companies["debt_cny"] >= 0.0).all() and (companies["assets_cny"] >= 0.0).all()
    rated = companies["rating_step"]
    assert rated.min() >= 0 and rated.max() <= len(REGION.finance.rating_steps)
    covered = companies["interest_coverage"].dropna()
    best = companies.loc[covered.index, "rating_step"] == len(REGION.finance.rating_steps)
    assert (best == (covered >= REGION.finance.rating_steps[-1])).all() and best.any() and not best.all()


def test_every_request_is_a_loan_or_a_refusal_with_a_cause(result: Result, tables) -> None:
    """Loans of the year and refusals add up to requests, lender by lender, in both tables."""
    _, lenders, loans = tables
    causes = [f"refused_{name}" for name in CAUSES]
    refused = lenders[causes].sum(axis=1)
    assert (lenders["requests_granted"] + refused == lenders["requests"]).all()
    assert lenders["requests"].sum() > 3000
    assert lenders["refused_interest_coverage"].sum() > 100
    asked = ~loans["option"].isin(("listed", "co2_line"))
    kept = loans[loans["loan_kind"].isin(("loan", "roll_over")) & asked]
    granted = lenders.set_index(KEYS)["requests_granted"]
    banks = granted.index.isin(kept.groupby(KEYS).size().index)
    np.testing.assert_array_equal(granted[banks], kept.groupby(KEYS).size().reindex(granted[banks].index))
    assert granted[~banks].sum() == 0 and banks.sum() > 50
    assert result.refusals is not None
    told = result.refusals.astype({"lender": str, "refusal": str})
    by_cause = told.groupby([*KEYS, "refusal"])["requests"].sum()
    for name in CAUSES:
        column = lenders.set_index(KEYS)[f"refused_{name}"]
        rows = by_cause[by_cause.index.get_level_values("refusal") == name].droplevel("refusal")
        np.testing.assert_array_equal(rows.reindex(column.index, fill_value=0), column)


def asked_in_vain(result: Result) -> pd.DataFrame:
    ledger, plants = result.decisions, result.plants
    assert ledger is not None and plants is not None
    refused = ledger[
        ledger["chosen"] & ~ledger["started"] & ledger["binding_constraint"].isin(REFUSALS)
    ].astype({"decider": str})
    owner = plants.drop_duplicates("decider").set_index(plants["decider"].drop_duplicates().astype(str))[
        "owner"
    ]
    return refused.assign(owner=[str(owner.get(one, one)) for one in refused["decider"]])


def test_why_names_lenders_rates_and_what_they_refused(result: Result, tables) -> None:
    loans, refused = tables[2], asked_in_vain(result)
    assert len(refused), "the price makes lenders refuse"
    row = refused.iloc[-1]
    answer = explain_decision(result, row["owner"], int(row["year"]))
    assert isinstance(answer, DecisionExplanation) and answer.credit is not None
    told = as_data(answer)["credit"]
    request = row[["decider", "option", "binding_constraint"]].to_dict()
    assert any(request.items() <= refusal.items() for refusal in told["refused"])
    assert told["answers"], "and each lender has a reason of its own"
    assert {one["refusal"] for one in told["answers"]} <= set(CAUSES)
    new = loans[(loans["loan_kind"] == "loan") & loans["green"] & (loans["year"] == 2030)]
    borrower = new["borrower"].iloc[0]
    found = explain_decision(result, borrower, 2030)
    assert isinstance(found, DecisionExplanation) and found.credit is not None
    data = json.loads(json.dumps(as_data(found), allow_nan=False))["credit"]
    mine = loans[(loans["borrower"] == borrower) & (loans["year"] == 2030)]
    assert sum(one["amount_cny"] for one in data["loans"]) == pytest.approx(mine["principal_cny"].sum())
    green = [one for one in data["loans"] if one["green"] and one["option"] != "listed"]
    assert green and all(one["rate"] == pytest.approx(one["coupon"] - 0.015) for one in green)
    assert all(" %" in one["lenders"] for one in data["loans"])


def test_a_company_is_found_by_its_names_and_a_typo_is_told(result: Result, folder: Path, tables) -> None:
    row = tables[0].iloc[0]
    by_name = explain_decision(result, row["name_zh"])
    assert (
        isinstance(by_name, DecisionExplanation)
        and by_name.decider == row["decider"]
        and by_name.name_en == row["name"]
    )
    with pytest.raises(ResultError, match=f"did you mean `{row['decider']}`"):
        explain_decision(result, row["decider"][:-1])

    def shown(*rest: str) -> str:
        done = CliRunner().invoke(app, ["why", str(folder), row["decider"], *rest])
        assert done.exit_code == 0, done.output
        return " ".join(done.stdout.split())

    refused = asked_in_vain(result).iloc[-1]
    done = CliRunner().invoke(app, ["why", str(folder), refused["owner"], "--year", str(refused["year"])])
    assert "What each lender answered" in " ".join(done.stdout.split())
    assert "Credit of" in shown() and "mean rate on its debt" in shown()
    assert "负债平均利率" in shown("--lang", "zh")


def test_rounding_makes_nobody_default_and_no_parent_pay(tables) -> None:
    companies = tables[0]
    assert (companies["rolled_over_cny"] > 0.0).sum() > 10
    for payment in ("unpaid_cny", "rescued_cny"):
        paid = companies[payment]
        assert ((paid == 0.0) | (paid > 1.0)).all()


@pytest.mark.parametrize(
    ("accounts", "key", "shown"),
    [
        ({}, "", ""),
        ({"needed_cny": 2e9, "rescued_cny": 2e9, "owner_gain_cny": 5e9}, "was_rescued", "paid in"),
        ({"needed_cny": 2e9, "owner_gain_cny": 1e9, "exits": 1, "failed": 1}, "let_fail", "It failed"),
        (
            {"needed_cny": 2e9, "owner_gain_cny": 5e9, "exits": 1, "failed": 1},
            "let_fail_without_budget",
            "did not reach",
        ),
        ({"needed_cny": 2e9, "owner_gain_cny": 5e9, "rescued_cny": 1e9, "exits": 3}, "some_failed", "3"),
    ],
)
def test_a_verdict_says_whether_the_owner_paid_in_and_why_not(accounts, key: str, shown: str) -> None:
    none = dict.fromkeys(("needed_cny", "rescued_cny", "owner_gain_cny", "exits", "failed"), 0.0)
    empty = pd.DataFrame()
    credit = CreditExplanation(none | accounts, empty, empty, (), empty)
    assert credit.verdict == key
    told = verdict_words(credit, "en") if key else ""
    assert shown in told and all(
        f"{number(accounts[name] / 1e9, '')} bn" in told
        for name in accounts
        if key in ("was_rescued", "let_fail") and name in ("needed_cny", "owner_gain_cny")
    )


def test_every_company_in_trouble_has_the_verdict_of_its_accounts(result: Result, tables) -> None:
    """Of a run without a rule on rescues: who is worth more than it needs goes on, and nobody lacks a budget."""
    companies = tables[0]
    troubled = companies[companies["needed_cny"] > 0.0]
    found = set()
    for _, row in troubled.iterrows():
        answer = explain_decision(result, row["decider"], int(row["year"]))
        assert isinstance(answer, DecisionExplanation) and answer.credit is not None
        found.add(answer.credit.verdict)
        if answer.credit.verdict == "was_rescued":
            assert row["rescued_cny"] == pytest.approx(row["needed_cny"]) and row["exits"] == 0
        else:
            assert row["exits"] > 0
    assert {"was_rescued", "let_fail"} <= found and "let_fail_without_budget" not in found


def test_a_unit_has_no_credit_of_its_own(result: Result) -> None:
    assert result.decisions is not None
    units = result.decisions[result.decisions["kind"] == "PowerPlants"]
    answer = explain_decision(result, str(units["decider"].iloc[0]))
    assert isinstance(answer, DecisionExplanation) and answer.credit is None
