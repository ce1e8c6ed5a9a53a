"""Subsidy schemes: one way to pay all of them, from budgets that hold, with a fifth kind as an exercise."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pytest

from tanlu.core.axes import SECTORS, S
from tanlu.core.parties import HOUSEHOLDS, PARTY, list_parties
from tanlu.core.payments import PUBLIC_ITEM
from tanlu.core.schedules import CAPTURE_SUBSIDY, PolicySchedule, promised_schemes
from tanlu.finance.government import Regulator
from tanlu.inputs.types import NonNegativeSchedule, Schedule
from tanlu.markets.announce import announce
from tanlu.markets.subsidy_budgets import SubsidyClaims, pay
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts_on, budget_scheme
from tanlu.policies.statutes import apply_policies
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.state.drivers import exogenous_drivers
from tanlu.state.state import BudgetState, initial_state
from tests.model_runs import KEPT, REGION, P, in_small_pack, scenario

HEAT_PUMP_SUBSIDY = "heat_pump_subsidy"


def claims(*cny: float, province: object = 0) -> SubsidyClaims:
    """Claim money for households, in order."""
    places = np.broadcast_to(province, len(cny))
    return SubsidyClaims(
        np.array(cny), np.ones(len(cny)), np.full(len(cny), PARTY[HOUSEHOLDS]), places, np.arange(len(cny))
    )


class HeatPumps(Policy):
    """A subsidy that the model does not have: CNY for each heat pump sold to a sector."""

    kind: Literal["heat_pumps"]
    rate_cny_per_unit: NonNegativeSchedule
    budget_bn_cny_per_year: NonNegativeSchedule | None = None

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        years = schedule.years
        paid = acts_on(self, schedule, ("buildings",), SECTORS)
        rate = np.where(paid, self.rate_cny_per_unit.path(years)[:, None, None], 0.0)
        budget = self.budget_bn_cny_per_year
        return schedule.with_subsidy(budget_scheme(self, name, HEAT_PUMP_SUBSIDY, years, rate, budget))


def heat_pumps(**fields: object) -> HeatPumps:
    given = {
        "kind": "heat_pumps",
        "regions": REGION.axes.provinces,
        "from_year": 2026,
        "rate_cny_per_unit": Schedule(5000.0),
        **fields,
    }
    return HeatPumps(**given)


def applied(policies: Mapping[str, Policy]) -> PolicySchedule:
    return apply_policies(policies, REGION.axes, 2020, 2060)


def signals_of(schedule: PolicySchedule, budgets: BudgetState, year: int = 2030):
    drivers = exogenous_drivers(REGION, scenario(), schedule)
    state = initial_state(REGION, np.zeros(len(REGION.finance.owners.ids)))._replace(budgets=budgets)
    no_lines = np.full(len(REGION.co2.hubs.ids), np.inf)
    return announce(
        state,
        year=year,
        laws=(schedule,),
        promises=KEPT,
        drivers=drivers,
        region=REGION,
        hub_tariff_cny_per_tco2=no_lines,
    )


@pytest.fixture
def payers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Regulator]:
    """Return governments in whose table of payments heat pumps have a number."""
    numbers = {**PUBLIC_ITEM, HEAT_PUMP_SUBSIDY: len(PUBLIC_ITEM)}
    monkeypatch.setattr("tanlu.markets.subsidy_budgets.PUBLIC_ITEM", numbers)
    regulators = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).regulators
    return regulators


def test_a_fifth_kind_of_subsidy_needs_no_field_in_state_signals_or_model(payers) -> None:
    budget = Schedule(0.02)
    schedule = applied({"pumps": heat_pumps(budget_bn_cny_per_year=budget)})
    heard = signals_of(schedule, BudgetState.nothing())
    assert heard.subsidies[HEAT_PUMP_SUBSIDY][:, SECTORS.index("buildings")].tolist() == [5000.0] * P
    (scheme,) = heard.policy.schemes_of_kind(HEAT_PUMP_SUBSIDY)
    budgets, paid = pay(BudgetState.nothing(), payers, scheme, claims(15e6, 20e6, province=np.arange(P)))
    assert paid.tolist() == [15e6, 5e6], "in order, until the budget is used up"
    (block,) = budgets.payments
    assert set(block.lines.payer) == {PARTY["national"]} and block.lines.province.tolist() == [0, 1]
    assert budgets.payout_ratio(scheme) == pytest.approx(20.0 / 35.0)
    assert block.amount_cny.tolist() == [15e6, 5e6], "by province"
    assert budgets.paid_for_cny(HEAT_PUMP_SUBSIDY) == 20e6
    later = signals_of(schedule, budgets, 2031).subsidies[HEAT_PUMP_SUBSIDY]
    assert later[0, SECTORS.index("buildings")] == pytest.approx(5000.0 * 20.0 / 35.0)


def test_claims_of_one_policy_share_its_budget_whatever_they_are_for(payers) -> None:
    blocks = {
        "both": {
            "kind": "ccus_subsidy",
            "from_year": 2026,
            "rate_cny_per_tco2": 100,
            "capex_grant_share": 0.5,
        }
    }
    blocks["both"]["budget_bn_cny_per_year"] = 1
    policies = scenario(blocks).policies
    row = applied({"both": policies["both"]}).select_row(10)
    grant, rate = row.subsidies
    budgets, paid = pay(BudgetState.nothing(), payers, rate, claims(0.7e9))
    budgets, granted = pay(budgets, payers, grant, claims(0.7e9))
    assert paid.sum() == 0.7e9 and granted.sum() == pytest.approx(0.3e9)
    assert budgets.remaining_cny(rate) == budgets.remaining_cny(grant) == 0.0


@pytest.mark.parametrize("budget", [0.02, 0.5])
def test_no_year_of_a_run_pays_more_than_the_budget(budget: float) -> None:
    """Claims for stored CO2 and grants for capture come by the lump; of the small budget hardly anything is left."""
    block = {"kind": "ccus_subsidy", "from_year": 2024, "rate_cny_per_tco2": 1000, "capex_grant_share": 0.3}
    capped = block | {"budget_bn_cny_per_year": budget}
    paid = [
        sum(in_small_pack({"it": one}, years="2022-2035").record.public.by_policy_cny.values()).sum(axis=1)
        for one in (capped, block)
    ]
    assert paid[0].max() <= budget * 1e9 * (1.0 + 1e-9) < paid[1].max()
    assert paid[0].max() > 0.9 * budget * 1e9


def test_the_payer_of_a_policy_in_one_province_is_that_province(payers) -> None:
    schedule = applied({"pumps": heat_pumps(regions=("Chongqing",))})
    (scheme,) = schedule.select_row(schedule.row(2030)).subsidies
    budgets, _ = pay(BudgetState.nothing(), payers, scheme, claims(1e6))
    parties = list_parties(REGION.axes.provinces)
    assert [parties[payer] for block in budgets.payments for payer in block.lines.payer] == ["Chongqing"]


def capture(rate: float, budget: float | None = None) -> PolicySchedule:
    block = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": rate}
    block |= {} if budget is None else {"budget_bn_cny_per_year": budget}
    schedule = applied({"it": scenario({"it": block}).policies["it"]})
    return schedule.select_row(schedule.row(2030))


def test_a_project_keeps_rate_and_budget_and_gets_more_of_a_budget_that_grows() -> None:
    nothing = applied({}).select_row(10)
    (kept,) = promised_schemes(capture(300.0, 2.0), nothing, CAPTURE_SUBSIDY)
    assert kept.rate.max() == 300.0 and kept.budget_cny == 2e9, "a repeal takes nothing away"
    (kept,) = promised_schemes(capture(300.0, 2.0), capture(100.0, 1.0), CAPTURE_SUBSIDY)
    assert kept.rate.max() == 300.0 and kept.budget_cny == 2e9
    (kept,) = promised_schemes(capture(300.0, 2.0), capture(500.0, 9.0), CAPTURE_SUBSIDY)
    assert kept.rate.max() == 300.0 and kept.budget_cny == 9e9
    (new,) = promised_schemes(nothing, capture(100.0), CAPTURE_SUBSIDY)
    assert new.rate.max() == 100.0, "of a policy that came later it gets what holds now"
    same = capture(300.0, 2.0)
    (own,) = promised_schemes(same, same, CAPTURE_SUBSIDY)
    assert own.rate is same.subsidies[0].rate and own.rate.shape == (P, S)
