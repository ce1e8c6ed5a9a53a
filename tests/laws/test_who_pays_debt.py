"""Who pays whom for capture, its hubs, green debt and rescues: parties known beforehand, and base times rate."""

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.parties import COMPANIES, HUBS, LENDERS, PARENTS
from tanlu.core.units import DAYS_PER_YEAR
from tanlu.finance.register import BOND
from tanlu.indicators.money import money_indicators
from tanlu.records.year import stack
from tests.laws.payments import FIRST, NORTH, SOUTH, Watched, check, check_rate, payments, run, same
from tests.laws.worlds import LESS_MADE

# --- capture and hubs --------------------------------------------------------------------------------------------

CAPTURE = {"kind": "ccus_subsidy", "rate_cny_per_tco2": 1000, "sectors": ["cement"]}
LAST = 2030  # capture begins in 2029


def test_a_rate_for_captured_co2_is_paid_to_the_business_that_stores_it() -> None:
    model = run({"capture": {**CAPTURE, "regions": [NORTH]}}, LAST)
    stored = stored_tco2(model)
    check(model, "capture_subsidy", {(NORTH, "industry_cement"): 1000 * stored})
    check_rate(model, "capture_subsidy", "capture", 1000 * (stored > 0.0))


def test_a_contract_pays_what_price_and_rate_leave_to_the_strike_price_and_captured_co2_pays_no_price() -> (
    None
):
    price = {"kind": "carbon_price", "price_cny_per_tco2": 100, "sectors": ["cement"], "regions": [NORTH]}
    contract = {**CAPTURE, "rate_cny_per_tco2": 300, "strike_price_cny_per_tco2": 1000, "regions": [NORTH]}
    model = run({"price": price, "contract": contract}, LAST)
    stored = stored_tco2(model)
    check(model, "capture_subsidy", {(NORTH, "industry_cement"): 300 * stored})
    check(model, "capture_contract", {(NORTH, "industry_cement"): (1000 - 100 - 300) * stored})
    check_rate(model, "capture_contract", "contract", (1000 - 100 - 300) * (stored > 0.0))
    emitted = np.array(
        [
            lived.total(lived.emitted_tco2 + lived.year.co2.vented_tco2, "cement", NORTH)
            for lived in model.lived
        ]
    )
    same(payments(model, "carbon_price")["industry_cement", NORTH], 100 * emitted * model.in_force)


def test_a_grant_is_a_share_of_the_investment_in_capture() -> None:
    """The record has what is left to owners."""
    model = run({"capture": {**CAPTURE, "capex_grant_share": 0.25}}, LAST)
    left = model.recorded("co2.investment_cny").sum(axis=1)
    check(model, "capture_grant", {("national", COMPANIES): 0.25 * left / (1.0 - 0.25)})


def test_a_guarantee_pays_a_hub_its_share_of_what_its_lines_lack() -> None:
    support = {"kind": "co2_hub_support", "guarantee_share": 0.5}
    model = run({"capture": CAPTURE, "hub": support}, LAST, **LESS_MADE)
    check(model, "co2_hub_support", {(NORTH, HUBS): 0.5 * missing_cny(model)})


def test_an_anchor_pays_a_hub_the_tariff_of_what_nobody_ships() -> None:
    """As far as the hub lacks it."""
    support = {"kind": "co2_hub_support", "anchor_mtco2_per_year": 3}
    model = run({"capture": CAPTURE, "hub": support}, LAST)
    unused = np.maximum(charge_cny_per_tco2(model) * 3e6 - revenue_cny(model), 0.0)
    check(model, "co2_hub_support", {(NORTH, HUBS): np.minimum(unused, missing_cny(model))})


def test_a_province_pays_what_a_larger_line_costs_more() -> None:
    """The cost of a line is its scale times a power of its flow."""
    support = {"kind": "co2_hub_support", "oversizing_share": 0.5}
    model = run({"capture": CAPTURE, "hub": support}, LAST)
    corridors = model.inputs.region.co2.corridors
    assert corridors.scale_cny.size == 1, "one hub with one way to one store"
    capacity = np.diff(model.recorded("hubs.agreed_capacity_tco2")[:, 0], prepend=0.0)
    large, booked = (
        corridors.scale_cny[0] * (flow / DAYS_PER_YEAR) ** corridors.flow_exponent
        for flow in (capacity, capacity / 1.5)
    )
    same(model.recorded("hubs.investment_cny")[:, 0], booked)
    check(model, "co2_hub_support", {(NORTH, HUBS): large - booked})


def stored_tco2(model: Watched) -> Floats:
    """Sum what kilns of the north store [Y]: a line for 0.95 of what they book leaves a part of a full flow."""
    return np.array([lived.total(lived.year.co2.stored_tco2, "cement", NORTH) for lived in model.lived])


def charge_cny_per_tco2(model: Watched) -> Floats:
    """Compute what the hub's lines get a tonne, by what was posted at the end of the last year [Y]."""
    posted = model.recorded("hubs.tariff_cny_per_tco2") - model.recorded("hubs.storage_cost_cny_per_tco2")
    return np.append(0.0, posted[:-1, 0])


def revenue_cny(model: Watched) -> Floats:
    """Compute what shippers pay the hub for its lines, shipped or only reserved [Y]."""
    idle = np.array([lived.year.co2.idle_charge_cny[0] for lived in model.lived])
    return charge_cny_per_tco2(model) * model.recorded("hubs.shipped_tco2")[:, 0] + idle


def missing_cny(model: Watched) -> Floats:
    """Compute what the hub's revenue lacks to the cost of its lines [Y]."""
    hub = model.actors.hubs[0]
    cost = np.array([hub.yearly_cost_cny(lived.year.signals.year) for lived in model.lived])
    return np.maximum(cost - revenue_cny(model), 0.0) * (cost > 0.0)


# --- green debt --------------------------------------------------------------------------------------------------


def green_cny(model: Watched, province: int, part: str = "") -> Floats:
    """Compute what bears interest of the green debt that is granted from `FIRST` on, or a part of it [Y].

    Debt for projects does from its own year on; from the next year on all does, what is left of it.
    """
    amounts = np.zeros(len(model.lived))
    for row, lived in enumerate(model.lived):
        year, before = lived.year.signals.year, model.lived[row - 1].loans
        is_new = (lived.loans.purpose.year == year) & (lived.loans.purpose.decider != "")
        for book, balance, counts in (
            (lived.loans, lived.loans.terms.principal_cny, is_new),
            (before, before.balance_cny, before.purpose.year < year),
        ):
            counts = counts & book.terms.green & (book.purpose.province == province)
            counts &= book.purpose.year >= FIRST
            share = getattr(book.terms, part) if part else 1.0
            if part == "relending_share":
                counts &= book.terms.relending_until_year >= year
            amounts[row] += (balance * share)[counts].sum()
    return amounts / model.price_level


BOTH_PAPERS = {"kind": "green_bond_incentive", "papers": ["bonds", "loans"], "renewals": True}


def test_interest_of_green_debt_is_paid_in_part_by_the_province_to_lenders() -> None:
    subsidy = BOTH_PAPERS | {"interest_subsidy_percentage_points": 1, "regions": [NORTH]}
    model = run({"bonds": subsidy})
    check(model, "interest_subsidy", {(NORTH, LENDERS): 0.01 * green_cny(model, province=0)})


def test_relending_is_lent_to_lenders_on_a_share_of_green_loans_and_paid_for_at_its_rate() -> None:
    terms = {"principal_share": 0.6, "rate_percentage_points": 1.5, "relending_years": 5}
    model = run({"money": {"kind": "relending", "regions": [SOUTH], **terms}})
    lent = green_cny(model, 1, "relending_share")
    check(model, "relending", {("central_bank", LENDERS): lent})
    check(model, "relending_repaid", {(LENDERS, "central_bank"): lent})
    check(model, "relending_interest", {(LENDERS, "central_bank"): 0.015 * lent})


def test_relending_is_a_share_of_what_banks_hold() -> None:
    """Of a loan that one bank of the whole country holds all of."""
    model = run({"money": {"kind": "relending", "regions": [SOUTH], "principal_share": 0.6}})
    loans = model.lived[-1].loans
    new = (loans.purpose.year >= FIRST) & loans.terms.green & (loans.purpose.province == 1)
    relent = loans.terms.relending_share[new & (loans.purpose.kind == 0)]
    assert np.isclose(relent, 0.6).any() and (np.isclose(relent, 0.6) | (relent == 0.0)).all()


# --- failure -----------------------------------------------------------------------------------------------------

BUST = {"demand_factor": {2026: 1, 2027: 0.4}}
NO_RESCUE = {
    "kind": "rescue_rule",
    "provinces_budget_bn_cny_per_year": 0,
    "parents_budget_bn_cny_per_year": 0,
}


GUARANTEE = {
    "rescues": NO_RESCUE,
    "guarantee": BOTH_PAPERS
    | {"guarantee_share": 0.8, "guarantee_fee_percentage_points": 0.05, "regions": [SOUTH]},
}


def test_who_is_guaranteed_pays_its_fee_and_the_province_shows_what_it_may_lose() -> None:
    model = run(GUARANTEE, 2028, world=BUST)
    check(model, "guarantee_fee", {(COMPANIES, SOUTH): green_cny(model, 1, "guarantee_fee")})
    lost, owed = 0.0, 0.0
    for record, lived, level in zip(model.records, model.lived, model.price_level, strict=True):
        terms, left, year = lived.loans.terms, lived.loans.balance_cny.copy(), lived.year.signals.year
        guaranteed, at_risk = [(terms.guarantee_share * left).sum()], 0.0
        assert ((terms.guarantee_fee == 0.0005) == (terms.guarantee_share > 0.0)).all()
        for due in range(year + 1, int(terms.last_repayment_year.max(initial=year)) + 1):
            at_risk += (terms.guarantee_share * left).sum()
            parts = np.maximum(terms.last_repayment_year - due + 1, 1)
            left -= np.where(terms.first_repayment_year <= due, left / parts, 0.0)
        guarantees, outcome = record.finance.guarantees, lived.year.finance.failures
        same(guarantees.exposure_cny * level, np.array([0.0, *guaranteed]))
        same(guarantees.exposure_in_years_to_come_cny * level, np.array([0.0, at_risk]))
        lost += outcome.lender_loss_cny + outcome.guarantee_cny.sum()
        owed += lived.loans.balance_cny.sum() / level
        assert guarantees.lost_cny == outcome.lender_loss_cny + outcome.guarantee_cny.sum()
        assert guarantees.owed_cny == lived.loans.balance_cny.sum() / level
    assert at_risk > 0.0 and lost > 0.0
    shown = next(one for one in money_indicators() if one.variable == "Public Budget|Guarantee Expected Loss")
    expected_bn_cny = at_risk / level * lost / (owed + lost) / 1e9
    same(shown.measure(stack(model.records))[-1], np.array([0.0, expected_bn_cny]))


def test_a_guarantor_pays_lenders_its_share_of_the_loss_on_green_debt() -> None:
    model = run(GUARANTEE, 2028, world=BUST)
    expected, lost_bonds = np.zeros((2, len(model.lived)))
    for row in range(1, len(model.lived)):
        now, before = (lived.loans for lived in (model.lived[row], model.lived[row - 1]))
        lost = pd.Series(now.loss_cny, now.number).sub(
            pd.Series(before.loss_cny, before.number), fill_value=0.0
        )
        terms = pd.Series(now.terms.guarantee_share * (now.purpose.province == 1), now.number)
        lost = lost.clip(lower=0.0)  # what is recovered later is the lenders'
        expected[row] = (lost * terms.reindex(lost.index).fillna(0.0)).sum()
        lost_bonds[row] = lost[now.number[now.purpose.kind == BOND]].sum()
    check(model, "guarantee", {(SOUTH, LENDERS): expected / model.price_level})
    assert lost_bonds.any()
    written_off = [record.finance.bonds.written_off_cny.sum() for record in model.records]
    same(np.array(written_off), lost_bonds / model.price_level)


def test_a_local_company_is_rescued_by_its_province_and_a_central_one_by_its_parent() -> None:
    """Each gets what it lacks."""
    indebted = {
        "pack.owners[owner_id=north_owners].debt_to_assets": 0.99,
        "pack.owners[owner_id=north_owners].initial_cash_bn_cny": 0,
    }
    model = run({}, 2028, world={"demand_factor": 0.5}, pack=indebted)
    companies = model.companies
    needed = np.array([lived.year.finance.failures.trouble.needed_cny for lived in model.lived])
    rescued = np.array([lived.year.finance.settlement.rescued_cny for lived in model.lived]) > 0.0
    local = companies.ids.index("north_owners")
    central = companies.ids.index("national_group")
    check(
        model,
        "rescue",
        {
            (NORTH, COMPANIES): needed[:, local] * rescued[:, local],
            (PARENTS, COMPANIES): needed[:, central] * rescued[:, central],
        },
    )
