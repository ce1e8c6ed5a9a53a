"""Issuers that are no companies: their needs, their limits, and what a cheaper coupon makes them borrow."""

import numpy as np
import pytest

from tanlu.core.axes import ISSUER_KINDS
from tanlu.core.schedules import NEW, RENEWED, FinanceSchedule
from tanlu.core.words import LANGUAGES
from tanlu.finance.issuers import offer_public_bonds, plan_debt
from tanlu.output.measures import Measures
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.bonds import PANELS, bond_file, bond_headings, bond_panels
from tanlu.pages.workers.views import AnswerView, wide_table
from tanlu.region.pack import load_region
from tanlu.region.tables import year_index
from tests.model_runs import REGION, differing, in_small_pack, measures, shipped

SMALL = load_region("two_provinces")
PRICES = (
    1.0 + SMALL.finance.parameters["inflation"]
)  # interest of a year is less worth than what was owed before it
ISSUERS, PARAMETERS = REGION.finance.issuers, REGION.finance.parameters
CITY = ISSUERS.ids.index("chongqing_city")
GOVERNMENT = ISSUERS.ids.index("sichuan_government")
CITIES = ISSUER_KINDS.index("city_infrastructure")
NOTHING, NO_DEBT = FinanceSchedule.neutral(REGION.axes), np.zeros(len(ISSUERS.ids))


def law(points: float, kind: str, issue: int = NEW) -> FinanceSchedule:
    """Build a year in which one kind of issuer gets an interest subsidy."""
    subsidy = np.zeros(NOTHING.public_bond_subsidy.shape)
    subsidy[:, ISSUER_KINDS.index(kind), issue] = points / 100.0
    return NOTHING._replace(public_bond_subsidy=subsidy)


@pytest.mark.parametrize("year", [2020, 2025])
def test_listed_needs_hold_bit_for_bit_without_support(year) -> None:
    np.testing.assert_array_equal(
        plan_debt(NO_DEBT, NOTHING, REGION, year).planned_cny[CITY], ISSUERS.need_cny[year_index(year), CITY]
    )


def test_later_needs_follow_the_product_and_what_debt_costs() -> None:
    product = REGION.industry.grdp_index[:, ISSUERS.province[CITY]]
    growth = product[year_index(2035)] / product[year_index(2025)]
    planned = plan_debt(NO_DEBT, NOTHING, REGION, 2035).planned_cny[CITY]
    listed = ISSUERS.need_cny[year_index(2025), CITY]
    prime = REGION.finance.loan_prime_rate[[year_index(2025), year_index(2035)]]
    assert growth > 1.3 and prime[0] > prime[1]
    most = 1.0 + 100.0 * PARAMETERS["need_response_per_point"] * (prime[0] - prime[1])
    assert listed * growth < planned <= listed * growth * most


def test_who_is_beyond_its_limit_borrows_nothing_new() -> None:
    free = plan_debt(NO_DEBT, NOTHING, REGION, 2030)
    limit, planned = free.debt_limit_cny[CITY], free.planned_cny[CITY]
    assert free.revenue_cny[CITY] * ISSUERS.debt_limit_factor[CITY] == pytest.approx(limit)
    for debt, allowed in (
        (limit - 2.0 * planned, planned),
        (limit - 0.3 * planned, 0.3 * planned),
        (2.0 * limit, 0.0),
    ):
        owed = np.where(np.arange(NO_DEBT.size) == CITY, debt, 0.0)
        assert plan_debt(owed, NOTHING, REGION, 2030).allowed_cny[CITY] == pytest.approx(allowed, rel=1e-9)
    rail = ISSUERS.ids.index("chongqing_rail")
    assert np.isinf(free.debt_limit_cny[rail]), "the province pays"


def test_a_cheaper_coupon_raises_the_need_of_whom_it_names() -> None:
    """By the response times the worth of the choice, which is below the subsidy; a government has no choice."""
    plain, year = plan_debt(NO_DEBT, NOTHING, REGION, 2030).planned_cny, 2030
    response = 100.0 * PARAMETERS["need_response_per_point"]
    last = plain
    for points in (0.5, 1.0, 3.0):
        planned = plan_debt(NO_DEBT, law(points, "city_infrastructure"), REGION, year).planned_cny
        others = ISSUERS.kind != CITIES
        np.testing.assert_array_equal(planned[others], plain[others])
        rise = planned[CITY] / plain[CITY] - 1.0
        assert last[CITY] < planned[CITY] and 0.0 < rise < 1.01 * response * points / 100.0
        last = planned
    governed = plan_debt(NO_DEBT, law(1.0, "local_government"), REGION, year).planned_cny[GOVERNMENT]
    cost = 1.0 + response * 0.01  # of a need that stood at the cost of the listed year
    assert plain[GOVERNMENT] < governed < plain[GOVERNMENT] * cost


def test_a_government_borrows_by_bonds_alone_near_the_treasury() -> None:
    need = np.full(NO_DEBT.size, 1e9)
    offer = offer_public_bonds(need, 0.0, NOTHING, REGION, 2025)
    assert (offer.share[:, GOVERNMENT] == 1.0).all() and (offer.share[:, CITY] < 1.0).all()
    treasury = REGION.finance.treasury_yield[year_index(2025)]
    assert 0.001 <= offer.coupon[GOVERNMENT] - treasury <= 0.002
    assert offer.coupon[GOVERNMENT] < offer.coupon[CITY]


def test_support_of_new_bonds_leaves_renewals_alone() -> None:
    need = np.full(NO_DEBT.size, 1e9)
    plain, supported = (
        offer_public_bonds(need, 0.0, rules, REGION, 2030)
        for rules in (NOTHING, law(1.0, "city_infrastructure"))
    )
    np.testing.assert_array_equal(plain.share[RENEWED], supported.share[RENEWED])
    assert supported.share[NEW, CITY] > plain.share[NEW, CITY]
    assert supported.subsidy[NEW, CITY] == pytest.approx(0.01) and supported.subsidy[RENEWED, CITY] == 0.0
    huge = offer_public_bonds(need, 0.0, law(10.0, "city_infrastructure"), REGION, 2030)
    np.testing.assert_array_equal(huge.subsidy[NEW, CITY], huge.coupon[CITY])  # never more


def test_a_city_reaches_its_limit_and_builds_as_revenue_and_repayment_allow() -> None:
    limits = {"bond_issuers[issuer_id=south_city].debt_limit_factor": 0.6}
    free, bound = (in_small_pack({}, pack=pack).record.finance for pack in ({}, limits))
    south = SMALL.axes.provinces.index("South")
    assert not free.issuers.refused_cny.any() and bound.issuers.refused_cny[:, south].max() > 1e9
    borrowed, refused = bound.issuers.new_debt_cny[:, south], bound.issuers.refused_cny[:, south]
    np.testing.assert_allclose(borrowed + refused, free.issuers.new_debt_cny[:, south], rtol=1e-6)
    debt = (
        bound.issuers.loans_outstanding_cny[:, south] + bound.green.outstanding_by_issuer_cny[:, 1 + CITIES]
    )
    city = SMALL.finance.issuers.ids.index("south_city")
    product = SMALL.industry.grdp_index[[year_index(year) for year in range(2022, 2032)], south]
    assert (debt <= 0.6 * SMALL.finance.issuers.revenue_cny[city] * product * (1.0 + 1e-9)).all()
    cities = [made.bonds.new_money_cny[:, 1 + CITIES].sum() for made in (free, bound)]
    assert cities[1] < 0.95 * cities[0]


def test_a_subsidy_pays_the_issuers_it_names_and_nothing_equals_none() -> None:
    """Sign and size in runs of the small pack: new money of cities, and one point of what was issued since."""

    def bonds(points: float) -> dict[str, object]:
        terms = {"renewals": True, "interest_subsidy_percentage_points": points}
        return {
            "kind": "green_bond_incentive",
            "from_year": 2024,
            "issuers": ["city_infrastructure"],
            **terms,
        }

    none, paid, zero = (
        in_small_pack(policies) for policies in ({}, {"lever": bonds(1.0)}, {"lever": bonds(0.0)})
    )
    assert differing(none, zero) == []
    new, before = (made.record.finance.bonds.new_money_cny for made in (paid, none))
    since = np.arange(2022, 2032) >= 2024
    assert (new[since, 1 + CITIES] > 1.05 * before[since, 1 + CITIES]).all()
    np.testing.assert_array_equal(new[~since], before[~since])
    others = np.delete(np.abs(new - before), 1 + CITIES, axis=1) / np.delete(before, 1 + CITIES, axis=1).clip(
        1.0
    )
    assert others.max() < 0.05, "by the greenium alone"
    spent = paid.record.public.sum_spent("interest_subsidy").sum(axis=1)
    owed = paid.record.finance.green.outstanding_by_issuer_cny[:, 1 + CITIES]
    assert not spent[:3].any()
    np.testing.assert_allclose(spent[5:], 0.01 * owed[4:-1] / PRICES, rtol=1e-6)


def test_the_page_draws_new_money_apart_from_refinancing() -> None:
    run = measures(shipped("baseline"))
    made = Measures(run.variables, run.units, REGION.axes.regions, run.years, run.values[None])
    table = wide_table(made, run.values)
    view = AnswerView("0" * 12, Levers(), table, REGION.axes.region, measures=made, draws=1)
    for language in LANGUAGES:
        panels = bond_panels(view, language)
        assert [panel.key for panel in panels] == [panel.key for panel in PANELS]
        assert len(bond_headings(view, language)) == len(view.years) and not any(p.empty for p in panels)
    drawn = {panel.key: np.array([line.draws[0] for line in panel.lines]) for panel in panels}
    np.testing.assert_allclose(drawn["new"].sum(axis=0), drawn["issued"][0], rtol=1e-9)
    assert bond_file(view, panels)["text"].count("Public Issuers") == 2 * len(view.years)
    lacking = made._replace(variables=tuple(name.replace("Public Issuers", "Old") for name in made.variables))
    assert bond_panels(AnswerView("1" * 12, Levers(), view.wide, view.region, measures=lacking), "en") == ()
