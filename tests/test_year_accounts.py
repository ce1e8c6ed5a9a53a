"""Whose money it is: companies' accounts line by line, capture subsidies by tonne and age, carbon bought and sold."""

import numpy as np
import pytest

from tanlu.core.axes import S
from tanlu.core.schedules import CAPTURE_GRANT, CAPTURE_SUBSIDY
from tanlu.finance.companies import Cashflow, Companies, Granted
from tanlu.finance.government import Regulator
from tanlu.finance.register import nothing_due
from tanlu.region.tables import year_index
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, P, calls_of, record, scenario

PARAMETERS = REGION.finance.parameters
TAX_RATE = 0.25  # general


def companies(**state: object) -> Companies:
    """Return the companies of the pack with 100 of assets, 50 of debt and 10 of cash in bn CNY, or with `state`."""
    owners = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).companies
    n = len(owners)
    columns = {"assets_cny": 100e9, "debt_cny": 50e9, "cash_cny": 10e9, "cost_of_debt": 0.04, **state}
    for name, value in columns.items():
        setattr(owners, name, np.full(n, value, float))
    return owners


def settle(owners: Companies, operating: float, depreciation: float = 4e9, rate: float = 0.04):
    """Let companies earn, and pay interest and a fifteenth of their debt; return these two, tax and dividend."""
    n = len(owners)
    interest, principal = owners.debt_cny * rate, owners.debt_cny / PARAMETERS["loan_years"]
    due = nothing_due(interest.size, 0, P)._replace(interest_cny=interest, repayment_cny=principal)
    before_interest, rates = np.full(n, TAX_RATE * (operating - depreciation)), np.full(n, TAX_RATE)
    cashflow = Cashflow(np.full(n, operating), np.full(n, depreciation), np.zeros(n), before_interest, rates)
    tax, dividend = owners.settle(cashflow, due)
    return interest, principal, tax, dividend


# --- companies ---------------------------------------------------------------------------------------------------


def test_a_good_year_pays_interest_tax_principal_and_dividend() -> None:
    owners = companies()
    interest, principal, tax, dividend = settle(owners, operating=12e9)
    np.testing.assert_allclose(tax, TAX_RATE * (12e9 - 4e9 - interest))
    earned = 12e9 - interest - tax
    np.testing.assert_allclose(owners.cash_cny, 10e9 + earned - principal - dividend)
    assert np.all(dividend >= PARAMETERS["payout_share"] * (earned - principal) * (1 - 1e-12))
    np.testing.assert_allclose(owners.assets_cny, 96e9)
    assert (owners.cash_cny > 0.0).all()


def test_idle_cash_is_paid_out_until_a_projects_worth_is_left() -> None:
    owners = companies(cash_cny=60e9)
    settle(owners, operating=12e9)
    kept = PARAMETERS["cash_share_of_assets"] * 100e9
    assert np.all(owners.cash_cny > kept), "only part of it goes in a year"
    for _ in range(60):
        settle(owners, operating=0.06 * 96e9, depreciation=0.0)
    assert np.all(owners.cash_cny < 1.5 * kept)


def test_a_bad_year_leaves_cash_short_by_what_is_due() -> None:
    owners = companies(cash_cny=1e9)
    _, principal, tax, dividend = settle(owners, operating=-10e9)
    np.testing.assert_allclose(-owners.cash_cny, 10e9 + 2e9 + principal - 1e9)
    assert not tax.any() and not dividend.any()
    np.testing.assert_array_equal(owners.needs(), -owners.cash_cny)


def test_debt_above_all_it_has_counts_in_the_second_year_running() -> None:
    owners = companies(assets_cny=100e9, debt_cny=112e9, cash_cny=2e9)
    assert not owners.needs().any()
    np.testing.assert_allclose(owners.needs(), 10e9)
    owners.cash_cny = owners.cash_cny - 3e9
    np.testing.assert_allclose(owners.needs(), 1e9 + 12e9)
    owners.debt_cny = np.full(len(owners), 99e9)
    np.testing.assert_allclose(owners.needs(), 1e9)
    owners.debt_cny = np.full(len(owners), 112e9)
    np.testing.assert_allclose(owners.needs(), 1e9, err_msg="a year of its own between starts the count anew")


def test_a_project_is_a_loan_and_the_owners_money_and_becomes_an_asset() -> None:
    owners = companies(cash_cny=3e9)
    interest = np.zeros(len(owners))
    interest[:2] = 0.5e9, 0.25e9
    before = owners.interest_cny.copy()
    injected = owners.pay_own_share(
        np.array([0, 1, 1]), np.array([2e9, 2e9, 5e9]), np.array([8e9, 8e9, 0.0]), interest
    )
    np.testing.assert_allclose(owners.assets_cny[:3], [108e9, 108e9, 100e9])
    np.testing.assert_allclose(owners.cash_cny[:3], [0.5e9, 0.0, 3e9])
    np.testing.assert_allclose(injected[:3], [0.0, 4.25e9, 0.0])
    np.testing.assert_allclose(owners.interest_cny - before, interest)


def rates(owners: Companies, **finance: object):
    """Return on what rates companies count where lenders asked 0.5 points and by rating 1 to 7 points of risk."""
    signals = model_runs.watch(scenario(years=(2020, 2021))).lived[0].year.signals
    ratings = REGION.finance.rating_spreads.size
    granted = Granted(
        np.full(ratings, 0.005),
        np.linspace(0.07, 0.01, ratings),
        np.ones(2),
        np.ones(2),
        np.array(1e9),
        np.array(0.0),
    )
    return owners.borrowing_rates(model_runs.heard(signals, finance=finance), granted), signals, granted


def on_loans(support: float):
    """Return support of new loans alone [P, PAPERS, ISSUES]."""
    return np.full((P, 2, 2), support) * np.array([[0.0, 0.0], [1.0, 0.0]])


def test_owners_count_on_what_was_last_asked_of_their_rating() -> None:
    owners = companies()
    owners.operating_cny, owners.interest_cny = np.full(len(owners), 1e9), np.full(len(owners), 2e9)
    owners.interest_cny[0] = 0.01e9
    asked, signals, granted = rates(owners)
    prime = signals.prices.loan_prime_rate
    step = owners.rating_step()
    assert step[0] == granted.risk_premium.size - 1 > step[1]
    np.testing.assert_allclose(asked, (prime + 0.005 + granted.risk_premium[step])[:, None] * np.ones(2))
    wacc = owners.hurdle(signals, granted)
    # Tax lets owners deduct nominal interest: the real cost of debt is (1 - tax) r - inflation.
    debt = PARAMETERS["project_debt_share"] * ((1.0 - TAX_RATE) * asked[:, 0] - PARAMETERS["inflation"])
    equity = (1.0 - PARAMETERS["project_debt_share"]) * (
        owners.table.cost_of_equity - PARAMETERS["inflation"]
    )
    expected = debt + equity + owners.table.hurdle_premium
    np.testing.assert_allclose(wacc[:, 0], expected)


def test_a_guarantee_takes_the_borrowers_risk_out_of_a_green_rate() -> None:
    owners = companies()
    owners.operating_cny = np.full(len(owners), 1e9)  # barely covers interest: a bad rating
    owners.interest_cny = np.full(len(owners), 2e9)
    open_to_risk, _, granted = rates(owners)
    guaranteed, *_ = rates(owners, green_guarantee_share=on_loans(1.0))
    risk = granted.risk_premium[owners.rating_step()]
    assert risk.min() > 0.01
    np.testing.assert_allclose(open_to_risk[:, 1] - guaranteed[:, 1], risk)
    np.testing.assert_array_equal(open_to_risk[:, 0], guaranteed[:, 0])


def test_an_interest_subsidy_lowers_the_green_rate_only() -> None:
    owners = companies()
    plain, *_ = rates(owners)
    cheap, *_ = rates(owners, green_interest_subsidy=on_loans(0.01))
    np.testing.assert_allclose(plain[:, 1] - cheap[:, 1], 0.01)
    np.testing.assert_array_equal(plain[:, 0], cheap[:, 0])
    free, *_ = rates(owners, green_interest_subsidy=on_loans(0.5))
    assert not free[:, 1].any()


def test_the_yearly_slot_is_shared_among_those_who_invest_there() -> None:
    share = companies().share
    np.testing.assert_allclose(share.sum(axis=0), 1.0)
    assert not share[REGION.finance.owners.active_in == 0.0].any()
    assert not share.swapaxes(1, 2)[~REGION.finance.owners.licensed].any()


def test_a_lender_keeps_part_of_its_interest_and_bears_its_losses() -> None:
    lender = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).lenders[0]
    lender.capital_cny, lender.outstanding_cny = 10e9, 80e9
    lender.open_year()
    lender.collect(4e9)
    kept = PARAMETERS["lender_retained_share"] * 4e9
    assert lender.capital_cny == pytest.approx(10e9 + kept) and lender.interest_cny == 4e9
    lender.lose(1e9)
    assert lender.capital_cny == pytest.approx(9e9 + kept) and lender.loss_cny == 1e9
    lender.lose(500e9)
    assert lender.capital_cny == lender.available_cny == 0.0


def test_a_lender_lends_by_its_capital_and_by_what_it_has_lent() -> None:
    lender = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).lenders[0]
    lender.capital_cny, lender.outstanding_cny, lender.risk_weighted_cny = 20e9, 80e9, 80e9
    lender.open_year()
    assert lender.available_cny == pytest.approx(PARAMETERS["lender_growth_share"] * 80e9)
    lender.lend(6e9, 3e9)
    assert lender.available_cny == pytest.approx(PARAMETERS["lender_growth_share"] * 80e9 - 6e9)
    assert lender.outstanding_cny == pytest.approx(86e9)
    lender.capital_cny = 9.2e9
    assert lender.available_cny == pytest.approx(9.2e9 / PARAMETERS["bank_capital_requirement"] - 83e9)


def test_units_are_written_off_in_a_straight_line_to_the_end_of_their_lives() -> None:
    plants = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).plants
    first = plants.book_value_cny.copy()
    total = np.zeros_like(first)
    shares = []
    for year in range(2020, 2060):
        shares.append(plants.depreciate(year))
        total += shares[-1]
    done = (plants.retired_year <= 2060) & (plants.commissioned_year <= 2020) & (plants.retired_year > 2020)
    np.testing.assert_allclose(total[done], first[done], rtol=1e-9)
    row = np.flatnonzero(done & (plants.retired_year > 2040))[0]
    np.testing.assert_allclose([share[row] for share in shares[:15]], shares[0][row])
    assert not plants.book_value_cny[done].any()


def test_projects_of_industry_are_written_off_over_their_time() -> None:
    industry = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).industry
    industry.book_value_cny = np.full(len(industry), 15e9)
    years = REGION.parameters["industry_depreciation_years"]
    industry.facility_value_cny = np.zeros(len(industry))
    np.testing.assert_allclose(industry.depreciate(2020), 15e9 / years)
    np.testing.assert_allclose(industry.book_value_cny, 15e9 * (1.0 - 1.0 / years))


# --- capture subsidies -------------------------------------------------------------------------------------------

PAID = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 260}
SCARCE_BN_CNY = (
    1.5  # a year: less than who captures after tax by 2038 asks for, and more than the first of them does
)


def test_a_tonne_is_paid_when_it_is_kept_from_the_air_and_only_then() -> None:
    model = model_runs.watch(scenario({"stored": PAID}, years=(2020, 2040)))
    for lived in model.lived[6:]:
        co2 = lived.year.co2
        kept = co2.sequestered_tco2.sum()
        assert lived.year.budgets.paid_for_cny(CAPTURE_SUBSIDY) == pytest.approx(260.0 * kept, rel=1e-9)
        assert kept <= co2.stored_tco2.sum() + co2.sold_tco2.sum()
    last = model.lived[-1].year.co2
    assert last.sequestered_tco2.sum() < last.captured_tco2.sum(), "what products release again is not paid"
    assert last.captured_tco2.sum() > 0.0


def test_a_scarce_budget_pays_the_oldest_capture_first() -> None:
    scarce = scenario({"stored": PAID | {"budget_bn_cny_per_year": SCARCE_BN_CNY}}, years=(2020, 2038))
    with calls_of(Regulator, "pay") as calls:
        model = RegionModel(Inputs(scarce, REGION))
        model.run()
    paying = [(args, paid) for args, _, paid in calls if args[1] == "capture_subsidy" and args[2].any()]
    cases = [(args, paid) for args, paid in paying if np.any((args[2] > 0.0) & (paid >= args[2]))]
    assert cases, "somebody is paid in full"
    (_, _, claims, order, budget), paid = cases[-1]
    since = np.concatenate([model.plants.capture_year, model.industry.capture_year])
    n = len(model.plants) - (claims.size - len(model.industry))  # units decided since are not in the claims
    since = np.delete(since, np.arange(len(model.plants) - n, len(model.plants)))
    assert claims.sum() > budget and paid.sum() == pytest.approx(budget)
    served, waiting = since[(paid >= claims) & (claims > 0.0)], since[(paid < claims)]
    assert served.max() <= waiting.min()
    assert sorted(order) == list(range(claims.size))


def test_agents_know_how_far_the_budget_reached_last_year() -> None:
    scarce = scenario({"stored": PAID | {"budget_bn_cny_per_year": SCARCE_BN_CNY}}, years=(2020, 2038))
    model = model_runs.watch(scarce)
    for before, now in zip(model.lived[:-1], model.lived[1:], strict=True):
        co2, signals = before.year.co2, now.year.signals
        rate_before = 260.0 if before.year.signals.year >= 2026 else 0.0
        claimed = rate_before * co2.sequestered_tco2.sum()
        ratio = before.year.budgets.paid_for_cny(CAPTURE_SUBSIDY) / claimed if claimed else 1.0
        rate = 260.0 if signals.year >= 2026 else 0.0
        np.testing.assert_allclose(signals.subsidies[CAPTURE_SUBSIDY], rate * ratio * np.ones((P, S)))
    (scheme,) = model.drivers.schedule.schemes_of_kind(CAPTURE_SUBSIDY)
    assert model.state.budgets.payout_ratio(scheme) < 0.9


def test_each_scheme_pays_from_its_own_budget() -> None:
    """A scheme without a limit that grants does not lend its budget to a poor one that pays by the tonne."""
    schemes = {
        "a_tonnes": PAID | {"budget_bn_cny_per_year": 0.2},
        "b_grant": {"kind": "ccus_subsidy", "from_year": 2026, "capex_grant_share": 0.9},
        "c_price": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 250},
    }
    one = record(scenario(schemes, years=(2020, 2040)))
    paid, granted = (one.public.sum_spent(kind).sum(axis=1) for kind in (CAPTURE_SUBSIDY, CAPTURE_GRANT))
    assert 0.0 < paid.max() <= 0.2e9 * (1.0 + 1e-9)
    assert granted.max() > 0.2e9


def test_a_scheme_of_one_province_is_paid_by_that_province() -> None:
    local = scenario({"stored": PAID | {"regions": ["Chongqing"]}}, years=(2020, 2036))
    model = RegionModel(Inputs(local, REGION))
    model.run()
    assert model.regulators["Chongqing"].spent_cny["capture_subsidy"] > 0.0
    assert "capture_subsidy" not in model.regulators["national"].spent_cny


# --- carbon ------------------------------------------------------------------------------------------------------


def test_what_the_market_cost_corrects_what_was_booked_at_the_expected_price() -> None:
    model = model_runs.watch(scenario(years=(2020, 2030)))
    traded = [lived for lived in model.lived if lived.trade.cleared is not None]
    assert len(traded) == 11
    for lived in traded:
        asked, cleared = lived.trade.asked, lived.trade.cleared
        booked = lived.year.signals.carbon.market_price_cny_per_tco2 * (
            asked.emissions_tco2 - asked.allocation_tco2
        )
        paid = cleared.payment_cny
        np.testing.assert_allclose(lived.year.carbon.price_correction_cny, booked - paid, atol=1.0)
        assert lived.year.carbon.price_cny_per_tco2 == cleared.price_cny_per_tco2


@pytest.mark.parametrize("counts", [False, True])
def test_captured_tonnes_need_allowances_unless_they_count(counts: bool) -> None:
    market = {
        **model_runs.TODAY["national_carbon_market"],
        "capture_counts_from_year": 2026 if counts else 2100,
    }
    paid = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 400}
    model = model_runs.watch(scenario({"national_carbon_market": market, "paid": paid}, years=(2020, 2036)))
    lived = model.lived[-1]
    captured = lived.year.co2.captured_tco2.sum()
    assert captured > 1e6
    year, n = lived.year, lived.year.plants.output_mwh.size
    covered, facility = year.signals.policy.carbon.covered, ~model.industry.is_block
    kept = year.co2.captured_tco2 - year.co2.returned_tco2
    power = (year.plants.emitted_tco2 + year.co2.returned_tco2[:n]) * covered[model.plants.province[:n], 0]
    goods = (year.production.emitted_tco2.sum(axis=1) + year.co2.returned_tco2[n:]) * facility
    goods = goods * covered[model.industry.province, model.industry.sector]
    traded = kept[:n].sum() + (kept[n:] * facility).sum()
    owed = lived.trade.asked.emissions_tco2.sum()
    assert owed == pytest.approx(power.sum() + goods.sum() + (0.0 if counts else traded), rel=1e-9)


def test_unlimited_carry_over_lets_who_is_short_bank_while_next_years_price_is_worth_more() -> None:
    """At the national price, which rises more slowly than holders ask but where a floor begins."""
    market = {**model_runs.TODAY["national_carbon_market"], "carry_over": "unlimited"}
    floor = {"kind": "carbon_price", "from_year": 2031, "floor_cny_per_tco2": {2031: 400}}
    banks = []
    for carry_over in ({}, {"national_carbon_market": market}):
        run = model_runs.watch(scenario({"floor": floor, **carry_over}, years=(2020, 2032)))
        for lived in run.lived:
            asked, cleared = lived.trade.asked, lived.trade.cleared
            assert cleared.price_cny_per_tco2 == lived.year.signals.carbon.market_price_cny_per_tco2
            if asked.expected_price_cny_per_tco2 / (1.0 + asked.discount_rate) < cleared.price_cny_per_tco2:
                assert not cleared.end_bank_tco2.any()
        banks.append(max(lived.trade.after.bank_tco2.sum() for lived in run.lived))
    assert banks[1] >= banks[0]


def test_the_price_of_the_year_is_heard_when_it_begins() -> None:
    model = model_runs.watch(scenario(years=(2020, 2030)))
    observed = REGION.national_market.observed_price_cny_per_tco2
    for lived in model.lived:
        year, price = lived.year.signals.year, lived.year.carbon.price_cny_per_tco2
        assert lived.year.signals.carbon.market_price_cny_per_tco2 == price
        if year <= 2026:
            assert price == observed[year_index(year)]


def test_allowances_of_the_nation_balance_with_those_of_the_region() -> None:
    """Sums of classes, with the region's own figures in them, to 1e-9 of the cap."""
    model = model_runs.watch(scenario(years=(2020, 2045)))
    bank = None
    for lived in model.lived:
        national, after = lived.year.carbon.national, lived.trade.after
        if national is None:
            continue
        t = national.totals_tco2
        is_covered = model.drivers.national_rules.allocation.method[year_index(lived.year.signals.year)] > 0
        supply = national.allowances_tco2.sum() + national.auctioned_tco2.sum() - t["withheld"] + t["beyond"]
        supply += t["offsets"] + t["released"] - t["taken"] - t["made_up"]
        use = national.emissions_tco2[is_covered].sum() + t["expired"] - t["short"]
        if bank is not None:
            assert bank + supply - use == pytest.approx(t["banked"], abs=1e-9 * 8e9)
        bank = t["banked"]
        assert after.national.bank_tco2.min() >= 0.0
        covered = (after.region.emissions - after.region.allowances).sum() - after.region.beyond
        mine = lived.year.carbon
        needed = mine.emissions_tco2.sum() - mine.allocation_tco2.sum() - lived.trade.asked.auctioned_tco2
        assert covered == pytest.approx(needed, abs=1.0)


def test_a_floor_brings_the_auction_more_while_it_raises_the_price() -> None:
    half = {
        "national_carbon_market": {
            **model_runs.TODAY["national_carbon_market"],
            "auction_share": {2029: 0, 2030: 0.5},
        }
    }
    floor = {"floor": {"kind": "carbon_price", "from_year": 2026, "floor_cny_per_tco2": 300}}
    revenue = [
        record(scenario({**half, **more}, years=(2020, 2040)))
        .public.sum_received("allowance_sales")
        .sum(axis=1)
        for more in ({}, floor)
    ]
    # Later the price comes near the floor by itself.
    while_raised = slice(2030 - 2020, 2040 - 2020)
    assert np.all(revenue[1][while_raised] >= revenue[0][while_raised])
    assert revenue[0][while_raised].min() > 0.0
    assert revenue[1][2035 - 2020] >= 25e9


def test_a_tax_is_paid_on_every_tonne_of_its_sectors() -> None:
    tax = {
        "kind": "carbon_price",
        "from_year": 2026,
        "price_cny_per_tco2": 70,
        "sectors": ["cement", "transport"],
    }
    one = record(scenario({"tax": tax}, years=(2020, 2030)))
    charged = one.emissions.by_sector_tco2[:, :, [3, 9]].sum(axis=2)
    np.testing.assert_allclose(one.public.sum_received("carbon_price")[6:], 70.0 * charged[6:], rtol=1e-9)


def test_what_is_auctioned_brings_in_its_price() -> None:
    market = {"kind": "carbon_market", "from_year": 2021, "auction_share": {2026: 0.0, 2030: 0.4}}
    model = model_runs.watch(scenario({"national_carbon_market": market}, years=(2020, 2032)))
    last = model.lived[-1]
    sold = last.trade.asked.auctioned_tco2
    given_away = last.trade.asked.allocation_tco2.sum()
    assert sold == pytest.approx(given_away * 0.4 / 0.6, rel=1e-6)
    revenue = last.year.carbon.auction_revenue_cny.sum()
    assert revenue == pytest.approx(last.trade.cleared.price_cny_per_tco2 * sold, rel=1e-6)
    assert last.accounts.received_cny["allowance_sales"] == pytest.approx(revenue)


def test_a_guarantor_pays_its_share_of_what_green_loans_lose() -> None:
    """Losses fall on loans alike; the guaranteed share of the green ones among them is the public's."""
    green = {"kind": "green_bond_incentive", "from_year": 2026, "interest_subsidy_percentage_points": 2.0}
    green |= {"papers": ["bonds", "loans"], "renewals": True}
    poor = {"tax": {"kind": "carbon_price", "from_year": 2027, "price_cny_per_tco2": 4000}}
    bare, safe = (
        model_runs.record(
            scenario({**poor, "green": {**green, "guarantee_share": share}}, years=(2020, 2040))
        )
        for share in (0.0, 0.6)
    )
    assert bare.finance.lender_loss_cny.sum() > 0.0 and not bare.public.sum_spent("guarantee").any()
    assert safe.public.sum_spent("guarantee").sum() > 0.0
    lost = safe.finance.lender_loss_cny + safe.public.sum_spent("guarantee").sum(axis=1)
    assert np.all(safe.public.sum_spent("guarantee").sum(axis=1) <= 0.6 * lost * (1.0 + 1e-9)), (
        "green loans are a part of all"
    )
    found = model_runs.measures(
        scenario({**poor, "green": {**green, "guarantee_share": 0.6}}, years=(2020, 2040))
    )
    paid = found.values[found.variables.index("Public Budget|Guarantees"), 2]
    np.testing.assert_allclose(paid, safe.public.sum_spent("guarantee").sum(axis=1) / 1e9)
