"""Green bonds: who issues them, at which coupon, who holds them, and what the label does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core.axes import ISSUER_KINDS
from tanlu.finance import register
from tanlu.finance.bond_prices import BondSupport, bond_share, bond_utility, lowest_rating, option_worth
from tanlu.finance.bonds import (
    greenium,
    issue_bonds,
    maturing_cny,
    offer_bonds,
    taken_guarantee,
)
from tanlu.finance.credit import price_level
from tanlu.kernels.lending import Limits, LoanAllocation, Requests
from tanlu.records.payments.year import cash_errors
from tanlu.region.tables import year_index
from tanlu.settlement.public_bonds import PublicBonds
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, finance_changed, heard, scenario, watch
from tests.monotone import first_quick

FINANCE = REGION.finance
PARAMETERS = FINANCE.parameters
BUYERS = FINANCE.lenders.bond_share
HIGHEST = PARAMETERS["highest_greenium"]
YEAR = 2026
NO_SUPPORT = BondSupport.nothing(len(REGION.axes.provinces))


def issued(principal_cny: float, year: int = YEAR - 1) -> register.Register:
    """Return a register with one bond, of so much money of the base year."""
    one, text = np.array([0]), np.array([""], object)
    purpose = register.LoanPurpose(np.array([register.BOND]), np.array([year]), one, one, text, text)
    terms = register.Terms(
        np.array([principal_cny * price_level(REGION, year)]),
        np.array([0.03]),
        *np.zeros((6, 1)),
        np.zeros(1, np.int64),
        np.ones(1),
        np.array([year + 2]),
        np.array([year + 2]),
        np.ones(1, dtype=bool),
        *np.zeros((2, 1)),
        BUYERS[None, :].copy(),
    )
    return register.enter_loans(register.empty_register(BUYERS.size), purpose, terms)


def model(region=REGION, last=2020) -> RegionModel:
    return RegionModel(Inputs(scenario({}, years=(2020, last)), region))


def asked(amounts, borrowers, green=True, guarantee=0.0) -> Requests:
    n = len(amounts)
    return Requests(
        np.array(borrowers),
        np.zeros(n, np.int64),
        np.array(amounts),
        np.zeros(n),
        np.full(n, np.inf),
        np.full(n, green),
        *np.zeros((3, n)),
        np.full(n, guarantee),
        np.zeros(n),
        np.ones(n),
        np.ones(n),
    )


def granted(amounts, rate=0.055) -> LoanAllocation:
    n, banks = len(amounts), FINANCE.lenders.share
    amount, rates = np.array(amounts), np.full(n, rate)
    by_lender = amount[:, None] * banks
    none, whole = np.zeros(n), np.zeros(n, np.int64)
    answers, no = np.zeros((n, banks.size), np.int64), np.zeros(n, dtype=bool)
    left = Limits(*np.zeros((2, banks.size)), *np.zeros((2, 2)))
    return LoanAllocation(
        whole, amount, rates, rates, rates, whole, *([none] * 3), no, answers, by_lender, left
    )


def companies_covering(interest_times: float):
    companies = model().companies
    companies.interest_cny = np.ones(len(companies))
    companies.operating_cny = np.full(len(companies), interest_times)
    return companies


# --- the label -----------------------------------------------------------------------------------------------------


def test_the_greenium_by_hand() -> None:
    demand = PARAMETERS["green_bond_demand_share"] * FINANCE.national_green_bonds_cny[year_index(YEAR - 1)]
    assert greenium((register.empty_register(BUYERS.size),), REGION, YEAR) == HIGHEST
    assert greenium((issued(0.25 * demand),), REGION, YEAR) == pytest.approx(0.8 * HIGHEST, rel=1e-12)
    both = issued(0.5 * demand), issued(1.5 * demand)
    assert greenium(both, REGION, YEAR) == pytest.approx(HIGHEST / 3.0, rel=1e-12), "it never dies"
    assert greenium((issued(demand, YEAR - 2),), REGION, YEAR) == HIGHEST, "only last year's issues count"
    assert greenium((register.empty_register(BUYERS.size),), REGION, REGION.base_year) == HIGHEST


@given(st.floats(0.0, 1e12), st.floats(0.0, 1e11))
@settings(max_examples=50, deadline=None)
def test_more_supply_never_raises_the_greenium(supply, more) -> None:
    low, high = (greenium((issued(amount),), REGION, YEAR) for amount in (supply + more, supply))
    assert 0.0 < low <= high <= 0.0012


# --- the offer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fee_part", "is_taken"), [(0.0, True), (0.9, True), (1.1, False)])
def test_a_bond_by_hand(fee_part, is_taken) -> None:
    """With a guarantee whose fee is a part of what it takes off, which nobody takes where that is more than all."""
    companies = companies_covering(20.0)
    size, guarantee, subsidy = 2e9, 0.5, 0.01
    requests = asked([size], [0], guarantee=guarantee)
    treasury, best = FINANCE.treasury_yield[year_index(2021)], FINANCE.rating_spreads[-1]
    terms = {
        "interest_subsidy": subsidy,
        "guarantee_share": guarantee,
        "guarantee_fee": fee_part * 0.5 * best,
    }
    support = NO_SUPPORT._replace(**{name: np.array([value, 0.0]) for name, value in terms.items()})
    asked_share = taken_guarantee(requests.borrower, requests.province, companies, support, REGION)
    assert asked_share == guarantee * is_taken
    offer = offer_bonds(requests, granted([size]), companies, support, HIGHEST, REGION, 2021)
    fee = terms["guarantee_fee"] * is_taken
    assert offer.guarantee_fee[0] == fee
    coupon = treasury + PARAMETERS["bond_market_spread"] + best * (1.0 - 0.5 * is_taken) - HIGHEST
    assert offer.coupon[0] == pytest.approx(coupon, rel=1e-12)
    assert offer.issuer_rate[0] == pytest.approx(coupon - subsidy, rel=1e-12)
    cost = (PARAMETERS["bond_issue_cost_cny"] / size + PARAMETERS["bond_issue_fee_share"]) / PARAMETERS[
        "bond_years"
    ]
    saving = 0.055 - (coupon - subsidy) - fee - cost
    odds = np.exp((saving - PARAMETERS["bond_saving_at_half"]) / PARAMETERS["bond_choice_scale"])
    assert offer.share[0] == pytest.approx(odds / (1.0 + odds), rel=1e-9)
    assert 0.01 < offer.share[0] < 0.99


@given(st.floats(-0.08, 0.08), st.floats(1e-5, 0.05))
@settings(max_examples=50, deadline=None)
def test_support_of_bonds_is_worth_at_least_the_share_and_at_most_all_of_it(saving, support) -> None:
    """Between the share of bonds before times the support and the share after; nothing where there is none."""
    before = bond_utility(np.array([saving]), REGION)
    after = bond_utility(np.array([saving + support]), REGION)
    worth = option_worth(before, np.array([support]), REGION)[0]
    low, high = (bond_share(utility)[0] * support for utility in (before, after))
    assert low - 1e-15 <= worth <= high + 1e-15 and high <= support
    assert option_worth(before, np.zeros(1), REGION)[0] == 0.0


def test_owners_count_on_a_bond_that_nobody_renews_by_its_years_in_those_of_a_loan() -> None:
    """A(r, 3) / A(r, 15) of what counts where renewals are paid too; a company below AA counts on nothing."""
    started = model(last=2021)
    signals, granted_terms = (
        watch(scenario({}, years=(2020, 2021))).lived[0].year.signals,
        started.state.finance.granted,
    )
    companies = started.companies
    companies.interest_cny = np.ones(len(companies))
    companies.operating_cny = np.where(companies.is_state, 20.0, 0.1)
    small = 1e-6  # so that worth is share x support

    def rates(new: float, renewed: float) -> np.ndarray:
        support = np.zeros((len(REGION.axes.provinces), 2, 2))
        support[:, 0] = new, renewed
        return companies.borrowing_rates(
            heard(signals, finance={"green_interest_subsidy": support}), granted_terms
        )

    plain, once, always = rates(0.0, 0.0), rates(small, 0.0), rates(small, small)
    fall_once, fall_always = plain[:, 1] - once[:, 1], plain[:, 1] - always[:, 1]
    state = companies.is_state
    assert np.all(fall_always[state] > 0.0) and np.all(fall_always <= small) and not fall_always[~state].any()
    worth = [sum((1.0 + plain[:, 1]) ** -t for t in range(1, n + 1)) for n in (3, 15)]
    np.testing.assert_allclose((fall_once / worth[0])[state], (fall_always / worth[1])[state], rtol=1e-4)
    np.testing.assert_array_equal(plain[:, 0], always[:, 0])


def test_who_issues_no_bond() -> None:
    sound = companies_covering(20.0)
    least = PARAMETERS["smallest_bond_cny"]

    def share(amounts, borrowers, companies=sound, **terms):
        requests = asked(amounts, borrowers, **terms)
        return offer_bonds(requests, granted(amounts), companies, NO_SUPPORT, HIGHEST, REGION, YEAR).share

    assert (share([least], [0]) > 0.0).all()
    assert (share([0.99 * least], [0]) == 0.0).all()
    assert (share([0.6 * least, 0.6 * least], [0, 0]) > 0.0).all(), "a company issues once for all"
    assert (share([10.0 * least], [0], green=False) == 0.0).all()
    weak = companies_covering(0.6 * PARAMETERS["bond_interest_coverage"])
    state, private = int(np.flatnonzero(weak.is_state)[0]), int(np.flatnonzero(~weak.is_state)[0])
    assert (share([10.0 * least], [private], companies=weak) == 0.0).all()
    assert (share([10.0 * least], [state], companies=weak) > 0.0).all(), "its owner stands behind it"
    assert weak.bond_rating()[private] < lowest_rating(REGION) <= weak.bond_rating()[state]


@given(st.floats(0.0, 12.0), st.floats(0.1, 10.0))
@settings(max_examples=30, deadline=None)
def test_a_better_rating_never_pays_more(coverage, more) -> None:
    worse, better = (
        offer_bonds(
            asked([1e9], [0]),
            granted([1e9]),
            companies_covering(c),
            NO_SUPPORT,
            HIGHEST,
            REGION,
            YEAR,
        )
        for c in (coverage, coverage + more)
    )
    assert better.coupon[0] <= worse.coupon[0] and better.share[0] >= worse.share[0]


def test_bonds_are_issued_as_far_as_buyers_have_room() -> None:
    lenders = model().lenders
    buyer = lenders[int(BUYERS.argmax())]
    amounts = [6e9, 2e9]
    requests, answer = asked(amounts, [0, 0]), granted(amounts)
    offer = offer_bonds(requests, answer, companies_covering(20.0), NO_SUPPORT, HIGHEST, REGION, YEAR)
    offer = offer._replace(share=np.array([0.25, 0.5]))
    np.testing.assert_allclose(issue_bonds(answer, offer, lenders, BUYERS), [1.5e9, 1e9])
    buyer.risk_weighted_cny += buyer.room_cny - 1e9
    np.testing.assert_allclose(issue_bonds(answer, offer, lenders, BUYERS), [0.6e9, 0.4e9])
    assert not issue_bonds(answer, offer, lenders, np.zeros(BUYERS.size)).any()


# --- in the register and the run -----------------------------------------------------------------------------------


def test_a_bond_is_repaid_as_a_whole_in_its_last_year() -> None:
    book, seen = issued(100.0, 2020), []
    for year in (2021, 2022, 2023):
        due = maturing_cny(book, year)[0]
        paid = register.compute_dues(book, year)
        book = register.repay(book, paid)
        seen.append((paid.interest_cny[0], paid.repayment_cny[0], due))
    np.testing.assert_allclose(seen, [(3.0, 0.0, 0.0), (3.0, 100.0, 100.0), (0.0, 0.0, 0.0)])


def assert_bonds_close(lived: RegionModel, before: np.ndarray) -> np.ndarray:
    """Check that what issuers owe [B] changes by what they issue, repay and leave; return what they owe, nominal."""
    companies, public = lived.state.finance.books
    kind = FINANCE.issuers.kind[public.purpose.borrower]
    bond = companies.purpose.kind == register.BOND
    owed = np.array(
        [
            companies.balance_cny[bond].sum(),
            *(public.balance_cny[kind == i].sum() for i in range(len(ISSUER_KINDS))),
        ]
    )
    bonds, level = lived.records[-1].finance.bonds, price_level(REGION, lived.year)
    flows = bonds.new_money_cny + bonds.refinancing_cny - bonds.repaid_cny - bonds.written_off_cny
    np.testing.assert_allclose(flows * level, owed - before, rtol=0.0, atol=1e-9 * owed.sum())
    assert (bonds.refinancing_cny <= bonds.repaid_cny * (1.0 + 1e-9)).all()
    return owed


def test_bonds_in_a_run_are_held_by_their_buyers_and_asked_for_anew_when_due() -> None:
    lived = model(last=2032)
    renewed, outstanding = 0.0, np.zeros(1 + len(ISSUER_KINDS))
    while lived.year < 2032:
        before = lived.state.finance.register
        due = maturing_cny(before, lived.year + 1).sum()
        lived.step()
        purpose, terms, balance, *_ = lived.state.finance.register
        record, bond = lived.records[-1].finance, purpose.kind == register.BOND
        new, level = purpose.year == lived.year, price_level(REGION, lived.year)
        again = new & terms.green & (purpose.decider == "")
        assert terms.principal_cny[again].sum() <= due * (1.0 + 1e-9)
        renewed += terms.principal_cny[again & bond].sum()
        outstanding = assert_bonds_close(lived, outstanding)
        assert 0.0 <= record.green.greenium <= 0.0012
        assert record.green.company_bonds_cny * level == pytest.approx(
            terms.principal_cny[new & bond].sum(), rel=1e-9
        )
        public = lived.state.finance.public.balance_cny.sum()
        assert record.green.bonds_outstanding_cny * level == pytest.approx(
            balance[bond].sum() + public, rel=1e-9
        )
        assert (
            terms.green[bond].all() and (terms.first_repayment_year == terms.last_repayment_year)[bond].all()
        )
        np.testing.assert_array_equal(terms.holder_share[bond], np.tile(BUYERS, (bond.sum(), 1)))
        assert (terms.holder_share[~bond][:, BUYERS > 0.0] == 0.0).all()
        over = bond & (terms.last_repayment_year <= lived.year)
        assert (np.abs(balance[over]) <= 1e-3).all()
    assert bond.sum() > 100 and renewed > 1e8


def test_bonds_and_loans_for_a_project_are_no_more_than_its_cost() -> None:
    """The register's rows of a decider and year against what it decided."""
    run = RegionModel(Inputs(scenario({}, years=(2020, 2032)), REGION)).run()
    decided = run.decisions()
    cost = dict[tuple[str, str, int], float]()
    columns = (decided[name] for name in ("started", "decider", "option", "year", "capex_mcny"))
    for started, name, option, year, capex_mcny in zip(*columns, strict=True):
        key = str(name), str(option), int(year)
        cost[key] = cost.get(key, 0.0) + 1e6 * max(capex_mcny, 0.0) * started
    assert run.tables.finance is not None
    (purpose, terms, *_), _ = run.tables.finance.all_books
    made = (purpose.year >= 2025) & (purpose.decider != "") & (purpose.option != "listed")
    lent, issued = dict[tuple[str, str, int], float](), set[tuple[str, str, int]]()
    for row in np.flatnonzero(made):
        key = purpose.decider[row], purpose.option[row], int(purpose.year[row])
        lent[key] = lent.get(key, 0.0) + terms.principal_cny[row] / price_level(REGION, key[2])
        if purpose.kind[row] == register.BOND:
            issued.add(key)
    assert len(issued) > 20 and issued <= set(cost)
    most = PARAMETERS["project_debt_share"] * (1.0 + 1e-9)
    assert all(lent[key] <= most * cost[key] for key in issued)


# --- issuers that are no companies ---------------------------------------------------------------------------------


def test_public_bonds_by_hand() -> None:
    """What is issued of new and maturing needs, interest from the next year on, and what buyers are owed."""
    lived, issuers = model(last=2024), FINANCE.issuers
    buyer = lived.lenders[int(BUYERS.argmax())]
    years = {}
    while lived.year < 2024:
        lived.step()
        years[lived.year] = lived.state.finance.public
    i = issuers.ids.index("chongqing_city")

    def row(year):
        purpose = years[2024].purpose
        return np.flatnonzero((purpose.borrower == i) & (purpose.year == year))

    terms = years[2024].terms
    for year in (2020, 2023):
        need = issuers.need_cny[year_index(year), i] * price_level(REGION, year)
        if year == 2023:
            need += terms.principal_cny[row(2020)].sum()  # after three years
        treasury, prime = FINANCE.treasury_yield[year_index(year)], FINANCE.loan_prime_rate[year_index(year)]
        coupon = terms.coupon[row(year)[0]]
        label = treasury + PARAMETERS["bond_market_spread"] + issuers.rating_spread[i] - coupon
        assert 0.0 <= label <= HIGHEST + 1e-12
        loan = prime + (FINANCE.lenders.share * FINANCE.lenders.spread).sum()
        loan += PARAMETERS["loan_risk_share"] * issuers.rating_spread[i]
        size = need / price_level(REGION, year)
        fixed = PARAMETERS["bond_issue_cost_cny"] / size + PARAMETERS["bond_issue_fee_share"]
        saving = loan - coupon - fixed / PARAMETERS["bond_years"]
        odds = np.exp((saving - PARAMETERS["bond_saving_at_half"]) / PARAMETERS["bond_choice_scale"])
        assert terms.principal_cny[row(year)].sum() == pytest.approx(need * odds / (1.0 + odds), rel=1e-9)
    assert years[2022].balance_cny[row(2020)] > 0.0 == years[2023].balance_cny[row(2020)]
    assert years[2024].purpose.decider[row(2023)].tolist() == ["chongqing_city", ""], (
        "new money, then renewals"
    )
    owed = sum(
        (book.balance_cny[:, None] * book.terms.holder_share).sum(axis=0)
        for book in lived.state.finance.books
    )
    held = np.array([lender.outstanding_cny for lender in lived.lenders]) * price_level(REGION, 2024)
    np.testing.assert_allclose(held, owed, rtol=1e-9)
    assert buyer.public_cny > 5e10
    assert not PublicBonds.nothing(3).issued_cny.any()


def test_public_bonds_are_payments_between_their_parties() -> None:
    lived = watch(scenario({}, years=(2020, 2024)))
    for year in lived.tables.payments:
        got = {(f.payer, f.payee, f.item): f.value_cny for f in year.flows}
        assert got["lenders", "cities", "green_bonds"] > 1e10
        assert (year.year > 2020) == (("cities", "lenders", "interest") in got)
        assert (year.year > 2022) == (("rail", "lenders", "repayment") in got)
        assert cash_errors(year.payments, year.cash_change_cny).max() < 1e-9


def test_buyers_without_room_take_less() -> None:
    lived = model(last=2020)
    for lender in lived.lenders:
        lender.capital_cny *= 1.0 if lender.kind != "green_bond_investors" else 0.05
    lived.step()
    buyer = lived.lenders[int(BUYERS.argmax())]
    assert buyer.room_cny < 0.02 * buyer.outstanding_cny
    assert 0.0 < lived.state.finance.public.balance_cny.sum() < 30e9


@first_quick("number", 1, 8)
def test_the_label_alone_moves_hardly_any_co2(number: int) -> None:
    """The mean of pairs with and without what buyers pay for the label, and each of them: of eight, 0.011 % at most."""
    change = []
    for replication in range(number):
        ends = []
        for region in (REGION, finance_changed(highest_greenium=0.0)):
            lived = RegionModel(Inputs(scenario({}, years=(2020, 2045)), region), replication=replication)
            while lived.year < 2045:
                lived.step()
            ends.append(lived.records)
        labelled, plain = (np.array([record.finance.green.greenium for record in run]) for run in ends)
        assert (labelled >= 0.0).all() and labelled.max() <= HIGHEST and not plain.any()
        assert np.ptp(labelled[1:]) > 1e-5, "an outcome, no constant"
        with_label, without = (sum(r.emissions.by_sector_tco2.sum() for r in run) for run in ends)
        change.append(with_label / without - 1.0)
    assert any(change) and abs(np.mean(change)) < 0.002 and np.abs(change).max() < 0.01
