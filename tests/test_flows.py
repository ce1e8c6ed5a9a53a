"""Who pays whom: every payment has a payer and a payee, and each account has what they leave it."""

import numpy as np
import pytest

from tanlu.core.axes import CUSTOMERS, FUEL, SECTOR
from tanlu.core.schedules import SUBSIDY_AXES, RevenueSchedule
from tanlu.finance.flows import (
    BUSINESSES,
    CENTRE,
    COMPANIES,
    GREEN_FUND,
    GRID,
    HUBS,
    CashAccount,
    Flow,
    added_up,
    cash_errors,
    net_cny,
    parties,
)
from tanlu.records.flows.year import YearFlows
from tanlu.settlement.carbon_revenue import within_one
from tests.balances import RELATIVE
from tests.chengyu import PROVINCES
from tests.model_runs import Watched, quantities, scenario, shipped, watch

GOVERNMENTS = (*PROVINCES, CENTRE)


@pytest.fixture(scope="module")
def lived() -> Watched:
    """Return a run in which nearly every kind of payment occurs."""
    return watch(shipped("dual_carbon"))


def years(model: Watched) -> list[YearFlows]:
    return model.tables.flows


def of_item(year: YearFlows, *items: str) -> float:
    return sum(flow.value_cny for flow in year.flows if flow.item in items)


def test_flows_are_added_up_and_turned_round() -> None:
    flows = added_up(
        [
            Flow("a", "b", "x", 5.0),
            Flow("a", "b", "x", 2.0),
            Flow("b", "a", "x", -1.0),
            Flow("a", "c", "y", 0.0),
        ]
    )
    assert flows == (Flow("a", "b", "x", 8.0),)
    assert net_cny(flows, ["a"]) == -8.0 and net_cny(flows, ["b"]) == 8.0
    assert net_cny(flows, ["a", "b"]) == 0.0  # one account


def test_a_purse_is_held_against_its_flows() -> None:
    flows = (Flow("a", "b", "x", 3.0), Flow("b", "c", "y", 1.0))
    assert cash_errors(flows, [CashAccount("b", ("b",), 2.0)]) == {"b": 0.0}
    assert cash_errors(flows, [CashAccount("b", ("b",), 3.0)]) == {"b": 0.25}


def test_every_account_has_what_its_flows_leave_it(lived: Watched) -> None:
    known = set(parties(PROVINCES))
    for year in years(lived):
        assert {name for flow in year.flows for name in flow[:2]} <= known
        assert all(flow.value_cny > 0.0 and flow.payer != flow.payee for flow in year.flows)
        assert set(year.errors) == {"companies", "hubs", "lenders", "grid", GREEN_FUND, *GOVERNMENTS}
        assert max(year.errors.values()) < RELATIVE
        total = sum(flow.value_cny for flow in year.flows)
        assert abs(net_cny(year.flows, known)) <= RELATIVE * total


def test_a_flow_that_is_left_out_is_found(lived: Watched) -> None:
    """Whatever passes between a account that is kept and somebody else."""
    found, accounts = {}, {name: a.parties for a in years(lived)[-1].accounts for name in a.parties}
    for year in years(lived):
        for item in {flow.item for flow in year.flows}:
            crosses = [
                f for f in year.flows if f.item == item and accounts.get(f.payer) != accounts.get(f.payee)
            ]
            if sum(f.value_cny for f in crosses) < 1e6:
                continue
            left = tuple(flow for flow in year.flows if flow.item != item)
            found[item] = found.get(item, False) or max(cash_errors(left, year.accounts).values()) > RELATIVE
    assert len(found) > 40
    # Between others: nobody's cash is kept.
    outside = {"construction", "fares", "vehicles_and_oil", "lines_and_operation"}
    outside |= {"feed_in_price", "grid_charge_spared_by_own_use"} & {k for k, v in found.items() if not v}
    assert {item for item, seen in found.items() if not seen} <= outside


def test_public_money_is_what_governments_pay(lived: Watched) -> None:
    """Gross, revenue and net of the indicators are those of the table."""
    record = [quantities(one) for one in lived.records]
    for year, of in zip(years(lived), record, strict=True):
        spent = sum(f.value_cny for f in year.flows if f.payer in GOVERNMENTS)
        kinds = sum(of[f"subsidies.by_kind_cny.{kind}"].sum() for kind in SUBSIDY_AXES)
        others = ("finance.interest_subsidy_cny", "finance.guarantee_cny", "hubs.support_cny")
        others += ("road.charger_investment_cny", "rail.support_cny", "finance.added_support_cny")
        others += ("finance.public_rescue_cny",)  # no climate support
        others += ("carbon_market.given_back_cny",)
        assert np.isclose(spent, kinds + sum(of[name].sum() for name in others), rtol=RELATIVE)
        got = {f.item: 0.0 for f in year.flows if f.payee in GOVERNMENTS}
        for flow in year.flows:
            if flow.payee in GOVERNMENTS:
                got[flow.item] += flow.value_cny
        market = "carbon_market.fixed_price_revenue_cny"
        assert np.isclose(got.get("carbon_price", 0.0), of[market].sum(), rtol=RELATIVE)
        assert np.isclose(got["company_tax"], of["finance.company_tax_cny"].sum(), rtol=RELATIVE)


def test_parents_are_seen(lived: Watched) -> None:
    """What they pay in to rescue companies and for projects, and what they get."""
    total = {"rescue": 0.0, "injection": 0.0, "dividends": 0.0}
    for year in years(lived):
        for flow in year.flows:
            if flow.item in total and HUBS not in (flow.payer, flow.payee):
                total[flow.item] += flow.value_cny
    assert min(total.values()) > 1e9
    for item, name in (("rescue", "rescue"), ("injection", "injection"), ("dividends", "dividend")):
        recorded = sum(quantities(one)[f"finance.{name}_cny"].sum() for one in lived.records)
        if item == "rescue":  # those of local companies are paid by provinces
            recorded += sum(one.finance.public_rescue_cny.sum() for one in lived.records)
        assert np.isclose(recorded, total[item], rtol=RELATIVE)


def test_a_cap_is_the_only_reason_for_a_mean_of_clearings(lived: Watched) -> None:
    """Without one the grid passes on to the yuan what it gets; with one the mean of two clearings has a price."""
    cap = {"kind": "coal_phase_out", "from_year": 2026, "utilisation_cap_share": 0.3}
    found = False
    for year in [*years(watch(scenario({"coal": cap}, years=(2020, 2036)))), *years(lived)]:
        mean = of_item(year, "mean_of_clearings")
        assert not mean or of_item(year, "utilisation_cap")
        assert mean <= 0.01 * sum(flow.value_cny for flow in year.flows if flow.payee == GRID)
        found = found or mean > 0.0
    assert found


def test_businesses_and_companies_are_one_purse(lived: Watched) -> None:
    companies = next(a for a in years(lived)[0].accounts if a.name == "companies")
    assert companies.parties == (*BUSINESSES, COMPANIES)


def test_bills_are_what_the_payments_say(lived: Watched) -> None:
    """A household's from its tariff and use; a tonne's from what the sector pays; a rent is what a plant has left."""
    for year, one in zip(years(lived), lived.records, strict=True):
        k = CUSTOMERS.index("residential")
        bill = one.demand.tariff_cny_per_mwh[:, k].sum(axis=1) @ one.demand.sold_mwh[:, k]
        assert np.isclose(one.demand.household_bill_cny, bill, rtol=RELATIVE)
        steel = "industry_steel"
        paid = sum(f.value_cny for f in year.flows if f.payer == steel and f.item == "electricity")
        assert np.isclose(one.industry.electricity_cny[SECTOR["steel"]], paid, rtol=RELATIVE)
        assert np.isclose(
            one.earnings.rent_cny[FUEL["wind"]], net_cny(year.flows, ["power_wind"]), rtol=RELATIVE
        )
    assert max(one.industry.carbon_cny[SECTOR["cement"]] for one in lived.records) > 1e9


# --- the use of carbon revenue -----------------------------------------------------------------------------------

PRICED = {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 100}}


def given_back(**shares: float) -> Watched:
    use = {"use": {"kind": "revenue_use", "from_year": 2026, **shares}} if shares else {}
    return watch(scenario({**PRICED, **use}, years=(2020, 2032)))


@pytest.mark.parametrize(
    ("share", "item", "goes_to"),
    [
        ("per_head_share", "carbon_dividend", {"households"}),
        ("surcharge_share", "lower_surcharges", {"surcharge_fund"}),
        ("output_share", "refund_by_output", set(BUSINESSES)),
        ("green_fund_share", "paid_into_green_fund", {GREEN_FUND}),
    ],
)
def test_returned_revenue_leaves_the_net_budget_zero(share: str, item: str, goes_to: set[str]) -> None:
    """All that governments get for carbon goes out again; of lower surcharges and of refunds, what these can take."""
    model = given_back(**{share: 1.0})
    for year in years(model)[6:]:
        assert max(year.errors.values()) < RELATIVE
        got, out = of_item(year, "carbon_price", "allowance_sales"), of_item(year, item)
        assert {flow.payee for flow in year.flows if flow.item == item} <= goes_to
        if share == "output_share":
            got = sum(f.value_cny for f in year.flows if f.item == "carbon_price" and f.payer in BUSINESSES)
        if share == "surcharge_share":
            assert 0.0 < out <= got
            continue
        assert got > 1e9 and np.isclose(out, got, rtol=RELATIVE)


def test_a_refund_by_output_leaves_the_price_of_a_tonne() -> None:
    """Within a sector who emits less than the mean gains; all of the sector together get what they pay."""
    for year in years(given_back(output_share=1.0))[6:]:
        for party in BUSINESSES:
            paid = sum(f.value_cny for f in year.flows if f.payer == party and f.item == "carbon_price")
            back = sum(f.value_cny for f in year.flows if f.payee == party and f.item == "refund_by_output")
            if party.startswith("industry_"):
                assert np.isclose(paid, back, rtol=RELATIVE, atol=1.0)
            elif party in ("power_wind", "power_hydro_reservoir"):
                assert back > paid == 0.0


def test_lower_surcharges_lower_bills() -> None:
    plain, lower = given_back(), given_back(surcharge_share=1.0)
    bills = [
        sum(f.value_cny for f in years(model)[-1].flows if f.payee == GRID and f.payer == "services")
        for model in (plain, lower)
    ]
    assert bills[1] < bills[0]


def test_shares_beyond_one_each_give_their_part() -> None:
    shares = [[1.0, 0.2], [0.5, 0.2], [0.25, 0.0], [0.25, 0.1]]
    use = within_one(RevenueSchedule(*map(np.array, shares), np.full(2, np.inf)))
    np.testing.assert_allclose(use, [[0.5, 0.2], [0.25, 0.2], [0.125, 0.0], [0.125, 0.1]])
