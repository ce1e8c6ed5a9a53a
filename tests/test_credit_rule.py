"""A stop of loans for coal: what is refused, what starts all the same, and what it does to coal."""

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import FUEL
from tanlu.core.schedules import COAL_LOAN
from tanlu.decisions.funding import Choice, fund_choices
from tanlu.investment.population import Appraisal
from tanlu.kernels.lending import Answer
from tanlu.ledger.decisions import BINDING
from tanlu.region.power import BUILDABLE
from tests import model_runs
from tests.model_runs import REGION, TODAY, draws, record, scenario

STOP = {"rule": {"kind": "credit_rule", "from_year": 2026, "stops_coal_loans": True}}
NEW_COAL = "build_coal"
COAL = FUEL["coal"]
# Under a slow national cap new coal pays in Chongqing alone, and barely: what a loan costs decides about it.
BARELY_COAL = {"national_carbon_market": TODAY["national_carbon_market"] | {"cap_path": "slow"}}
LAST = 2039  # in 2040 it begins to pay in Sichuan too


def table_of(**policies) -> pd.DataFrame:
    run = model_runs.watch(scenario(BARELY_COAL | policies, years=(2020, LAST)))
    table = pd.DataFrame(run.ledger.table())
    return table.astype({name: str for name in ("option", "binding_constraint", "province")})


def of_coal(table: pd.DataFrame) -> pd.DataFrame:
    """New coal units since 2026 that began."""
    return table[(table["option"] == NEW_COAL) & (table["year"] >= 2026) & table["started"]]


def test_no_coal_unit_borrows_and_owners_ask_more_of_what_they_pay_alone() -> None:
    """In Chongqing, where all new coal is built; companies of both provinces count half of it."""
    free, stopped = of_coal(table_of()), of_coal(table_of(rule=STOP["rule"] | {"regions": ["Chongqing"]}))
    assert set(free["province"]) == {"Chongqing"} and free["loan_rate"].notna().sum() > 3
    assert len(stopped) > 0 and stopped["loan_rate"].isna().all()
    before = free.groupby("decider")["hurdle"].max()
    assert np.all(stopped["hurdle"].to_numpy() > before[stopped["decider"]].to_numpy() + 0.005)
    assert of_coal(table_of(**STOP)).empty, "under a rule in both provinces nothing pays any more"


def test_years_of_an_old_coal_unit_are_worth_less_without_a_loan() -> None:
    model = model_runs.watch(scenario(years=(2020, 2021)))
    plants, signals = model.plants, model.lived[-1].year.signals
    rows, rate = np.arange(len(plants)), np.full(len(plants), 0.05)
    free = plants._extension_rate(signals, rows, rate)
    np.testing.assert_array_equal(free, rate)
    signals = model_runs.heard(signals, finance={"coal_loans_stopped": np.array([1.0, 0.0])})
    under = plants._extension_rate(signals, rows, rate)
    owners, inflation = REGION.finance.owners, REGION.finance.parameters["inflation"]
    alone = owners.cost_of_equity - inflation + owners.hurdle_premium
    coal = (plants.fuel == COAL) & (plants.province == 0)
    assert coal.any() and not coal.all()
    expected = np.where(coal, alone[plants.owner] + plants.own_premium, rate)
    np.testing.assert_allclose(under, expected)


def test_who_has_no_cash_is_refused_and_told_why() -> None:
    model = model_runs.watch(scenario(STOP, years=(2020, 2030)))
    companies, sites = model.companies, np.array([0])
    capex = float(companies.cash_cny.max()) * 2.0
    assert capex > 0.0
    option, coal = np.array([BUILDABLE.index("coal") + 1]), np.ones((1, len(BUILDABLE) + 1), dtype=bool)
    appraisal = Appraisal.empty(("keep", *(f"build_{name}" for name in BUILDABLE)))
    worth = np.full(coal.shape, capex)
    appraisal = appraisal._replace(
        decider=sites, npv_cny=worth, capex_cny=worth, rate=np.full(coal.shape, 0.08)
    )
    financed, captures = companies.loan_class(appraisal, option), sites > 0
    assert financed.tolist() == [COAL_LOAN]
    choice = Choice(
        companies,
        appraisal,
        option,
        sites,
        sites,
        worth[:, 0],
        financed,
        captures,
        ~captures,
        sites + 1,
        0.0 * worth[:, 0],
    )
    signals, state = model.lived[-1].year.signals, model.state.finance
    _, (answer,), _ = fund_choices(
        state, [choice], [np.array([True])], companies, model.lenders, REGION, signals
    )
    assert BINDING[answer.binding[0]] == "credit_rule" and not answer.funded[0]
    asked = [int(lender.answered[0, Answer.RULE]) for lender in model.lenders]
    table = REGION.finance.lenders
    there = (table.bond_share == 0.0) & np.isin(table.province, (-1, 0))
    assert asked == there.astype(int).tolist() and 0 < sum(asked) < len(asked)


def test_nothing_changes_before_the_rule_and_in_the_other_province() -> None:
    late = {"rule": STOP["rule"] | {"from_year": LAST}}
    free, stopped = (table[table["year"] < LAST] for table in (table_of(), table_of(**late)))
    assert of_coal(free)["loan_rate"].notna().any(), "coal borrows before the rule"
    pd.testing.assert_frame_equal(free, stopped)
    elsewhere = of_coal(table_of(rule=STOP["rule"] | {"regions": ["Sichuan"]}))
    assert (elsewhere["province"] == "Chongqing").all() and elsewhere["loan_rate"].notna().any()


@pytest.mark.slow
def test_a_stop_of_loans_lowers_what_is_built_of_coal() -> None:
    """In the mean of three draws; most who build coal have the cash for it, but it costs them more."""
    coal = BUILDABLE.index("coal")

    def spent(policies) -> float:
        runs = draws(scenario(BARELY_COAL | policies, years=(2020, 2050)), 3)
        return float(np.mean([one.new_power.investment_cny[..., coal].sum() for one in runs]))

    free, stopped = spent({}), spent(STOP)
    assert free > 5e9
    assert stopped < 0.8 * free, (free, stopped)


def test_coal_capacity_is_never_higher_for_it() -> None:
    free, stopped = (record(scenario(BARELY_COAL | block, years=(2020, 2050))) for block in ({}, STOP))
    gw = [one.power.capacity_mw[:, :, COAL].sum(axis=1) / 1e3 for one in (free, stopped)]
    assert gw[1].sum() < gw[0].sum()
    assert gw[1][:7] == pytest.approx(gw[0][:7]), "nothing before"
