"""What labelled debt claims to avoid: closed forms at issue, nothing without the label, and nothing claimed twice."""

from typing import NamedTuple

import numpy as np
import pytest

from tanlu.core.axes import FUEL
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.finance import register
from tanlu.finance.bonds import maturing_cny
from tanlu.finance.claims import Claims, claimed_by_part, claimed_by_projects
from tanlu.finance.credit import price_level
from tanlu.finance.register import Register
from tanlu.finance.relending import RelendingOffer
from tanlu.investment.closed_by import Closed
from tanlu.investment.population import Appraisal, ProjectEffect
from tanlu.kernels.lending import Limits, LoanAllocation, Requests
from tanlu.power.state import full_load_hours
from tanlu.region.tables import year_index
from tanlu.settlement.credit.contract import LoanPlan, enter
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, scenario

FIRST, LAST = 2020, 2034
# Capture that pays, so that some is decided on, and support of labelled debt.
POLICIES = {
    "capture": {
        "kind": "ccus_subsidy",
        "from_year": 2026,
        "rate_cny_per_tco2": 900,
        "capex_grant_share": 0.3,
    },
    "green": {"kind": "green_bond_incentive", "from_year": 2026, "interest_subsidy_percentage_points": 1.5},
}
DEBT_SHARE = REGION.finance.parameters["project_debt_share"]


class Lived(NamedTuple):
    """A run, and what its books said before and after each year."""

    model: RegionModel
    before: dict[int, tuple[Register, Register]]
    after: dict[int, tuple[Register, Register]]


@pytest.fixture(scope="module")
def lived() -> Lived:
    model, before, after = RegionModel(Inputs(scenario(POLICIES, years=(FIRST, LAST)), REGION)), {}, {}
    while model.year < LAST:
        year, finance = model.year + 1, model.state.finance
        before[year] = finance.books
        model.step()
        after[year] = model.state.finance.all_books
    return Lived(model, before, after)


def appraisal(avoided, taken, built_for) -> Appraisal:
    """Return one decider with three options: keep, a project, capture."""
    one = np.zeros((1, 3))
    return Appraisal(
        ("keep", "project", "capture"),
        np.array([0]),
        one,
        one,
        one,
        Closed.by_any((1, 3)),
        one,
        capture_tco2=np.array([built_for]),
        effect=ProjectEffect(np.array([[0.0, avoided, 5.0]]), np.array([[0.0, taken, 7.0]])),
    )


@pytest.mark.parametrize(
    ("option", "avoided", "taken", "claimed"),
    [
        (0, 100.0, 10.0, 0.0),
        (1, 100.0, 10.0, 96.0),  # less fuel, more electricity
        (1, 0.0, -500.0, 200.0),  # a wind farm
        (1, 100.0, 300.0, 0.0),  # nobody claims an increase
        (2, 100.0, 10.0, 800.0),  # what the capture plant is built for
    ],
)
def test_a_claim_by_hand(option, avoided, taken, claimed) -> None:
    chosen = np.array([option])
    found = claimed_by_projects(appraisal(avoided, taken, 800.0), chosen, chosen == 2, np.array([0.4]))
    assert found[0] == pytest.approx(claimed, rel=1e-12)
    unknown = appraisal(avoided, taken, 800.0)._replace(effect=None, capture_tco2=None)
    assert claimed_by_projects(unknown, chosen, chosen == 2, np.array([0.4]))[0] == 0.0


def test_wind_claims_its_yearly_output_at_the_factor_of_the_grid_by_the_part_that_is_borrowed(lived) -> None:
    plants, (book, _), seen = lived.model.plants, lived.after[LAST], 0
    terms, purpose = book.terms, book.purpose
    factor = {r: record.grid.factor_tco2_per_mwh for r, record in enumerate(lived.model.records, FIRST)}
    lead = REGION.power.technologies.lead_time_years[0]
    hours = REGION.power.renewable_profile[:, 0].mean(axis=(1, 2)) * HOURS_PER_YEAR
    listed = plants.pack_size
    for row in np.flatnonzero((plants.fuel == FUEL["wind"]) & (np.arange(len(plants)) >= listed)):
        p, year = int(plants.province[row]), int(plants.commissioned_year[row]) - int(max(lead, 1))
        loans = (purpose.option == "build_wind") & (purpose.year == year) & (purpose.province == p)
        by_cny = plants.capacity_mw[row] * hours[p] * plants.hours_share[row] * factor[year][p]
        by_cny = by_cny / plants.investment_cny[row]
        money = terms.principal_cny[loans] / price_level(REGION, year)
        np.testing.assert_allclose(terms.claimed_tco2_per_year[loans], money * by_cny, rtol=1e-9)
        seen += int(loans.sum())
    assert seen > 20


def test_listed_units_claim_by_usual_water_sun_and_wind_and_others_nothing(lived) -> None:
    book = lived.after[LAST][0]
    terms, purpose, units = book.terms, book.purpose, REGION.power.units
    at = {name: i for i, name in enumerate(units.ids)}
    hours, seen = full_load_hours(REGION.power), set()
    for row in np.flatnonzero((purpose.option == "listed") & (purpose.year >= FIRST)):
        unit, year = at.get(purpose.decider[row]), int(purpose.year[row])
        if unit is None or not terms.green[row]:
            assert terms.claimed_tco2_per_year[row] == 0.0
            continue
        p, fuel = units.province[unit], units.fuel[unit]
        factor = lived.model.records[year - FIRST].grid.factor_tco2_per_mwh[p]
        cost_cny = lived.model.plants[purpose.decider[row]].values["investment_cny"]
        part = terms.principal_cny[row] / price_level(REGION, year) / cost_cny
        claimed = part * units.capacity_mw[unit] * hours[p, fuel] * factor
        assert terms.claimed_tco2_per_year[row] == pytest.approx(claimed, rel=1e-9)
        seen |= {(int(fuel), claimed > 0.0)}
    river, wind, pumped = (FUEL[name] for name in ("hydro_run_of_river", "wind", "pumped_storage"))
    assert {(river, True), (wind, True), (pumped, False)} <= seen
    water = REGION.power.hydrology.normal.available_factor.mean(axis=1)
    np.testing.assert_allclose(hours[:, river], water * HOURS_PER_YEAR, rtol=0.02)


def test_capture_claims_what_its_plant_is_built_for(lived) -> None:
    model, seen = lived.model, 0
    book = lived.after[LAST][0]
    units, tech = REGION.power.units, REGION.power.technologies
    at, table = {name: i for i, name in enumerate(units.ids)}, model.ledger.table()
    for row in np.flatnonzero((table["option"] == "capture_retrofit") & table["started"]):
        name, year = str(table["decider"][row]), int(table["year"][row])
        loans = (book.purpose.decider == name) & (book.purpose.option == "capture_retrofit")
        if not loans.any() or name not in at:
            continue
        i, fuel = at[name], units.fuel[at[name]]
        mwh = units.capacity_mw[i] * tech.capture.design_hours[fuel]
        co2 = units.net_heat_rate_gj_per_mwh[i] * REGION.power.fuel_co2_t_per_gj[fuel]
        built_for = mwh * co2 * tech.capture.rate[fuel]
        cost = 1e6 * table["capex_mcny"][row] * price_level(REGION, year)
        part = book.terms.principal_cny[loans].sum() / cost
        assert part == pytest.approx(DEBT_SHARE, rel=1e-6)
        claimed = book.terms.claimed_tco2_per_year[loans].sum()
        assert claimed == pytest.approx(part * built_for, rel=1e-6)
        seen += 1
    assert seen


@pytest.mark.parametrize("green", [True, False])
def test_no_label_no_claim_of_a_request(green) -> None:
    model, n = RegionModel(Inputs(scenario({}, years=(FIRST, LAST)), REGION)), np.ones(1)
    asked = Requests(
        *np.zeros((2, 1), np.int64), 1e9 * n, 0 * n, np.inf * n, np.array([green]), *np.zeros((5, 1)), n, n
    )
    zero, whole, lenders = 0.0 * n, np.zeros(1, np.int64), REGION.finance.lenders.share
    left = Limits(*np.zeros((2, lenders.size)), *np.zeros((2, 2)))
    answer = LoanAllocation(
        whole,
        asked.amount_cny,
        *([0.05 * n] * 3),
        whole,
        *(zero, zero, zero),
        whole > 0,
        np.zeros((1, lenders.size), np.int64),
        1e9 * lenders[None, :],
        left,
    )
    text, claims = np.array(["farm"], object), Claims(np.array([2e-5]), is_carried_on=False)
    plan = LoanPlan(register.LOAN, text, text, whole + 2027, 15, RelendingOffer.nothing(2), claims)
    _, _, terms = enter(model.state.finance, asked, plan, answer, model.lenders, REGION, 2026)
    assert terms.claimed_tco2_per_year[0] == pytest.approx(2e4 * green) and not terms.carried_tco2_per_year[0]


def test_no_label_no_claim(lived) -> None:
    for book in lived.after[LAST]:
        claimed, green = book.terms.claimed_tco2_per_year, book.terms.green
        assert claimed[green].any() and not claimed[~green].any() and (claimed >= 0.0).all()
    book = lived.after[LAST][0]
    assert (~book.terms.green & (book.purpose.kind == register.LOAN)).any()


def test_a_claim_never_changes_after_issue(lived) -> None:
    final = lived.after[LAST]
    for books in lived.after.values():
        for then, now in zip(books, final, strict=True):
            where = np.searchsorted(now.number, then.number)
            assert then.number.size
            for name in ("claimed_tco2_per_year", "carried_tco2_per_year"):
                np.testing.assert_array_equal(getattr(now.terms, name)[where], getattr(then.terms, name))


def test_what_comes_in_place_of_a_bond_carries_its_claim_on_and_nothing_is_claimed_twice(lived) -> None:
    """Claims carried in a year are those of the bonds that fell due, as far as they are renewed."""
    some, new = 0.0, 0.0
    for year in range(FIRST, LAST + 1):
        for book, before in zip(lived.after[year], lived.before[year], strict=True):
            of_year = book.purpose.year == year
            carried = np.where(of_year, book.terms.carried_tco2_per_year, 0.0)
            due = claimed_by_part(before, maturing_cny(before, year)).sum()
            assert carried.sum() <= due * (1.0 + 1e-9)
            assert (carried <= book.terms.claimed_tco2_per_year * (1.0 + 1e-12)).all()
            again = of_year & book.terms.green & (book.purpose.decider == "")
            np.testing.assert_allclose(carried[again], book.terms.claimed_tco2_per_year[again], rtol=1e-12)
            some += carried.sum()
            new += np.where(of_year, book.terms.claimed_tco2_per_year - carried, 0.0).sum()
        record = lived.model.records[year - FIRST].finance.green.claimed
        assert 0.0 < record.outstanding_tco2 <= new * (1.0 + 1e-9)
    assert some > 1e5
    issued = sum(one.finance.green.claimed.issued_tco2 for one in lived.model.records)
    assert issued == pytest.approx(new, rel=1e-9)


def test_rail_claims_by_its_debt_and_who_publishes_nothing_claims_nothing(lived) -> None:
    book, issuers = lived.after[LAST][1], REGION.finance.issuers
    rail = issuers.ids.index("chongqing_rail")
    mine = (book.purpose.borrower == rail) & (book.purpose.year == FIRST)
    by_cny = issuers.claimed_tco2_per_cny[rail]
    assert book.terms.claimed_tco2_per_year[mine] == pytest.approx(by_cny * book.terms.principal_cny[mine])
    assert not book.terms.claimed_tco2_per_year[book.purpose.borrower != rail].any()
    # What it published of 2025, by trip, at the trips and the cost of new lines.
    known = REGION.tables["finance_statistics"].set_index(["variable", "year"])["value"]
    per_trip = known[("rail_claimed_avoidance", 2025)] / known[("rail_trips", 2025)]
    data = REGION.vehicles.rail
    place = issuers.province[rail]
    assert by_cny == pytest.approx(per_trip * data.trips_per_km_year[place] / data.cost_cny_per_km, rel=0.01)
    assert issuers.need_cny[year_index(2030), rail] == 0.0
    late = (book.purpose.borrower == rail) & (book.purpose.year >= 2026)
    terms = book.terms
    assert late.any()
    np.testing.assert_allclose(terms.carried_tco2_per_year[late], terms.claimed_tco2_per_year[late])
