"""Who pays whom: every payment has a payer and a payee, and each account has what they leave it."""

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import CUSTOMERS, FUEL, SECTOR
from tanlu.core.parties import (
    BUSINESSES,
    CENTRE,
    COMPANIES,
    FIRST_PROVINCE,
    GREEN_FUND,
    GRID,
    HUBS,
    PARTY,
    list_parties,
)
from tanlu.core.payments import GIVEN_BACK, PUBLIC_ITEMS, Block, Flow, PaymentTable, YearPayments, join_blocks
from tanlu.core.schedules import RevenueSchedule
from tanlu.indicators.money import CLIMATE_REVENUE, CLIMATE_SUPPORT
from tanlu.records.payments.items import ITEMS, lines
from tanlu.records.payments.year import ACCOUNTS, cash_errors
from tanlu.settlement.carbon_revenue import scale_shares
from tests.balances import RELATIVE
from tests.chengyu import PROVINCES
from tests.model_runs import Watched, in_small_pack, measures, quantities, scenario, shipped, watch

GOVERNMENTS = (*PROVINCES, CENTRE)
CLOSED = 1e-12  # of the turnover of an account


@pytest.fixture(scope="module")
def lived() -> Watched:
    """Return a run in which nearly every kind of payment occurs."""
    return watch(shipped("dual_carbon"))


def years(model: Watched) -> list[YearPayments]:
    return model.tables.payments


def of_item(year: YearPayments, *items: str) -> float:
    return sum(flow.value_cny for flow in year.flows if flow.item in items)


def table(*rows: tuple[str, str, str, float]) -> YearPayments:
    """Write a year's table from payer, payee, item and amount."""
    block = Block(lines(*(row[:3] for row in rows)), np.array([row[3] for row in rows]))
    payments, policies = join_blocks([block])
    return YearPayments(2030, payments, list_parties(PROVINCES), ITEMS, policies, np.zeros(len(ACCOUNTS)))


def net_income_cny(flows: Iterable[Flow], group: Collection[str]) -> float:
    """Sum what parties get less what they pay; what they pay each other cancels out."""
    return sum(f.value_cny * ((f.payee in group) - (f.payer in group)) for f in flows)


def test_flows_are_added_up_and_turned_round() -> None:
    year = table(
        ("households", "rail", "fares", 5.0),
        ("households", "rail", "fares", 2.0),
        ("rail", "households", "fares", -1.0),
        ("rail", "households", "interest", -4.0),
        ("households", "grid", "electricity", 0.0),
    )
    assert set(year.flows) == {
        Flow("households", "rail", "fares", 8.0),
        Flow("households", "rail", "interest", 4.0),
    }
    assert year.spent_cny("households") == {"fares": 7.0}
    assert year.received_cny("rail") == {"fares": 7.0}
    assert year.spent_cny("rail") == {"fares": -1.0, "interest": -4.0}


def test_a_rate_is_what_is_paid_for_a_unit_of_the_base() -> None:
    two = lines(("households", "national", "carbon_price"), ("grid", "grid_company", "line_losses"))
    payments, _ = join_blocks([Block(two, np.array([6.0, 5.0]), base=np.array([3.0, 0.0]), policy="tax")])
    assert payments.rate.tolist() == [2.0, 0.0] and payments.policy.tolist() == [1, 1]


def test_an_account_is_held_against_its_payments() -> None:
    year = table(
        ("lenders", "hubs", "loans_for_projects", 3.0), ("hubs", "rest_of_country", "co2_lines", 1.0)
    )
    errors = dict(
        zip(ACCOUNTS, cash_errors(year.payments, np.array([0.0, 2.0, -3.0, 0.0, 0.0])), strict=True)
    )
    assert set(errors.values()) == {0.0}
    errors = dict(
        zip(ACCOUNTS, cash_errors(year.payments, np.array([0.0, 3.0, -3.0, 0.0, 0.0])), strict=True)
    )
    assert errors == {"companies": 0.0, "hubs": 0.25, "lenders": 0.0, "grid": 0.0, GREEN_FUND: 0.0}


def test_every_account_has_what_its_payments_leave_it(lived: Watched) -> None:
    known = set(list_parties(PROVINCES))
    for year in years(lived):
        assert {name for flow in year.flows for name in flow[:2]} <= known
        assert all(flow.value_cny > 0.0 and flow.payer != flow.payee for flow in year.flows)
        assert cash_errors(year.payments, year.cash_change_cny).max() < CLOSED
        total = sum(flow.value_cny for flow in year.flows)
        assert abs(net_income_cny(year.flows, known)) <= CLOSED * total


def test_a_payment_that_is_left_out_is_found(lived: Watched) -> None:
    """Whatever passes between an account that is kept and somebody else."""
    found: dict[str, bool] = {}
    account = np.full(FIRST_PROVINCE + len(PROVINCES), -1)
    for number, members in enumerate(ACCOUNTS.values()):
        account[[PARTY[member] for member in members]] = number
    for year in years(lived):
        paid = year.payments
        crosses = account[paid.payer] != account[paid.payee]
        for item in np.unique(paid.item[crosses]).tolist():
            is_item = paid.item == item
            if np.abs(paid.amount_cny[is_item & crosses]).sum() < 1e6:
                continue
            rest = PaymentTable(*(column[~is_item] for column in paid))
            error = cash_errors(rest, year.cash_change_cny).max()
            found[year.items[item]] = found.get(year.items[item], False) or error > RELATIVE
    assert len(found) > 40 and all(found.values())


def test_public_money_is_what_governments_pay_and_get(lived: Watched) -> None:
    """The record that indicators read has all of the table's, by item, and nothing else."""
    assert (
        {*CLIMATE_SUPPORT, "rescue", *GIVEN_BACK}
        == set(PUBLIC_ITEMS)
        == {*CLIMATE_REVENUE, "company_tax", "extensions"}
    )
    for year, one in zip(years(lived), lived.records, strict=True):
        for role, recorded in (("payer", one.public.spent_cny), ("payee", one.public.received_cny)):
            by_item = dict.fromkeys(PUBLIC_ITEMS, 0.0)
            for flow in year.flows:
                if getattr(flow, role) in GOVERNMENTS:
                    by_item[flow.item] += flow.value_cny
            np.testing.assert_allclose(recorded.sum(axis=1), list(by_item.values()), rtol=RELATIVE)
        told = lived.regulators["national"].spent_cny if year is years(lived)[-1] else {}
        assert all(value == pytest.approx(year.spent_cny("national")[item]) for item, value in told.items())


def test_each_payer_of_a_subsidy_pays_who_claims_it_there() -> None:
    """Two policies of one kind, of the nation for cars and of a province for buses, pay nobody else's buyers."""
    incentive = {"kind": "vehicle_incentive", "from_year": 2024, "technologies": ["battery"]}
    cars = {**incentive, "subsidy_cny_per_vehicle": 5000, "segments": ["car"]}
    buses = {**incentive, "subsidy_cny_per_vehicle": 20_000, "segments": ["bus"], "regions": ["North"]}
    model = in_small_pack({"cars": cars, "buses": buses}, years="2022-2026")
    paid = pd.DataFrame(model.flows())
    parties = (
        paid[paid["item"] == "vehicle_subsidy"].groupby(["payer", "payee"], observed=True)["value_cny"].sum()
    )
    assert set(parties.index) == {("national", "households"), ("North", "services")}
    by_policy = {name: values.sum() for name, values in model.record.public.by_policy_cny.items()}
    assert by_policy["cars"] == pytest.approx(parties["national", "households"], rel=1e-12)
    assert by_policy["buses"] == pytest.approx(parties["North", "services"], rel=1e-12)


def test_rescues_of_hubs_are_no_support_of_hubs(lived: Watched) -> None:
    """Either is what provinces pay hubs under its own name; both are climate support."""
    table = measures(shipped("dual_carbon"))
    paid = {
        name: np.array([of_item(year, name) for year in years(lived)])
        for name in ("co2_hub_support", "hub_rescue")
    }
    assert paid["hub_rescue"].max() > 1e6
    for name, item in (("CO2 Hub Support", "co2_hub_support"), ("CO2 Hub Rescue", "hub_rescue")):
        row = table.variables.index(f"Public Budget|{name}")
        np.testing.assert_allclose(table.values[row, -1] * 1e9, paid[item], rtol=RELATIVE, atol=1.0)


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
            recorded += sum(one.public.sum_spent("rescue").sum() for one in lived.records)
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


def test_businesses_and_companies_have_one_account() -> None:
    assert ACCOUNTS["companies"] == (*BUSINESSES, COMPANIES)


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
            one.earnings.rent_cny[FUEL["wind"]], net_income_cny(year.flows, ["power_wind"]), rtol=RELATIVE
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
        assert cash_errors(year.payments, year.cash_change_cny).max() < CLOSED
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
    use = scale_shares(RevenueSchedule(*map(np.array, shares), np.full(2, np.inf)))
    np.testing.assert_allclose(use, [[0.5, 0.2], [0.25, 0.2], [0.125, 0.0], [0.125, 0.1]])
