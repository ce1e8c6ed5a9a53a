"""The decision ledger: what each decider considered, why it chose, and the carbon price that would have turned it."""

import numpy as np
import pandas as pd
import pytest

import tanlu.settlement.credit.rationing
from tanlu.core.axes import S
from tanlu.decisions import rounds
from tanlu.finance.companies import GREEN
from tanlu.industry.facilities import Industry
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.population import Appraisal, Roster
from tanlu.investment.valuation import paid_over_lead_time
from tanlu.ledger.columns import Text, constant_text, joined
from tanlu.ledger.decisions import BINDING, Entry, Ledger
from tanlu.power.plants import PowerPlants
from tanlu.region.power import BUILDABLE
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, P, calls_of, heard, scenario

GRANTED = 0.6  # of what capture plants cost
RICH = scenario(
    {
        "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 40, 2045: 300}},
        "capture": {
            "kind": "ccus_subsidy",
            "from_year": 2026,
            "rate_cny_per_tco2": 220,
            "capex_grant_share": GRANTED,
            "budget_bn_cny_per_year": 0.5,
        },
    },
    years=(2020, 2042),
)
KINDS = ("PowerPlants", "Industry", "Companies")


@pytest.fixture(scope="module")
def ledger() -> pd.DataFrame:
    return pd.DataFrame(model_runs.watch(RICH).ledger.table())


def first_season() -> int:
    return int(REGION.co2.transport["hub_first_open_season_year"])


def season_interval() -> int:
    return int(REGION.co2.transport["hub_open_season_interval_years"])


def test_each_kind_decides_in_every_year_from_the_first_decision_year(ledger: pd.DataFrame) -> None:
    years = range(int(REGION.parameters["first_decision_year"]), 2043)
    for kind in KINDS:
        found = sorted(ledger.loc[ledger["kind"] == kind, "year"].unique())
        if kind == "Companies":  # there is nothing to choose in a year in which no new plant would pay
            assert found[0] == years[0] and set(found) <= set(years) and len(found) >= len(years) - 2
        else:
            assert found == list(years)


def test_plants_and_facilities_come_back_at_their_windows(ledger: pd.DataFrame) -> None:
    interval = int(REGION.parameters["overhaul_interval_years"])
    plants = ledger[ledger["kind"] == "PowerPlants"]
    model = model_runs.watch(RICH)
    units = model.ever
    number = dict(zip(units.ids, units.number.tolist(), strict=True))
    asked = plants.drop_duplicates(["decider", "year"])
    listed = REGION.power.units  # of a failed owner units decide every year until somebody buys them
    failed = units.orphaned[: len(listed.ids)] | (units.owner[: len(listed.ids)] != listed.owner)
    asked = asked[~asked["decider"].astype(str).isin(np.array(listed.ids)[failed])]
    window = (asked["decider"].astype(str).map(number) + asked["year"]) % interval == 0
    seasons = asked.loc[~window, "year"].unique()
    assert len(seasons) > 0 and not ((seasons - first_season()) % season_interval()).any()
    others = plants.merge(asked[~window][["decider", "year"]], on=["decider", "year"])
    assert set(others["option"]) == {"keep", "capture_retrofit"}, (
        "who has just committed decides on capture alone"
    )
    gaps = asked[window].groupby("decider")["year"].diff().dropna()
    assert set(gaps) == {interval}
    stands = (units.fuel < 5) & (units.commissioned_year <= 2025) & (units.retired_year > 2042)
    lasting = [units.ids[row] for row in np.flatnonzero(stands)]
    assert lasting and set(lasting) <= set(plants["decider"])


def test_each_decider_chooses_once_a_window_and_has_keep_among_its_options(ledger: pd.DataFrame) -> None:
    windows = ledger[ledger["kind"] != "Companies"].groupby(["kind", "decider", "year"])
    assert (windows["chosen"].sum() == 1).all()
    assert windows["option"].apply(lambda options: "keep" in set(options)).all()
    assert not ledger[ledger["kind"] != "Companies"].duplicated(["decider", "year", "option"]).any()
    sites = ledger[ledger["kind"] == "Companies"]
    kept = sites.groupby(["decider", "year"])["option"].value_counts()
    assert kept.max() >= 1 and sites["chosen"].sum() * 2 == len(sites), "a site is one technology, or nothing"


def test_the_choice_is_the_best_feasible_option_or_keep(ledger: pd.DataFrame) -> None:
    own = ledger[ledger["kind"] != "Companies"].copy()
    own["value"] = own["npv_mcny"].where(own["option"] != "keep", 0.0)
    windows = own.groupby(["kind", "decider", "year"])
    best = windows["value"].transform("max")
    chosen = own[own["chosen"]]
    assert np.all(chosen["value"] == best[own["chosen"]])
    assert np.all(chosen.loc[chosen["option"] != "keep", "npv_mcny"] > 0.0)
    sites = ledger[(ledger["kind"] == "Companies") & ledger["chosen"]]
    assert np.all(sites.loc[sites["option"] != "keep", "npv_mcny"] > 0.0)


def test_keeping_costs_and_is_worth_nothing_and_always_happens(ledger: pd.DataFrame) -> None:
    keep = ledger[ledger["option"] == "keep"]
    assert not keep["npv_mcny"].any() and not keep["capex_mcny"].any()
    assert keep["switching_carbon_price_cny_per_tco2"].isna().all()
    assert (keep["started"] == keep["chosen"]).all()


def test_constraints_are_from_the_list_and_say_why_nothing_started(ledger: pd.DataFrame) -> None:
    assert set(ledger["binding_constraint"]) <= set(BINDING)
    refused = ledger[ledger["chosen"] & ~ledger["started"]]
    assert len(refused) > 0
    assert set(refused["binding_constraint"]) <= {"lender_capital", "leverage", "interest_coverage", "budget"}
    begun = ledger[ledger["started"]]
    assert set(begun["binding_constraint"]) == {"none"}
    passed_over = ledger[~ledger["chosen"] & (ledger["option"] != "keep")]
    loses = passed_over["npv_mcny"] <= 0.0
    assert (passed_over.loc[loses, "binding_constraint"] == "npv").all()
    assert (passed_over.loc[~loses, "binding_constraint"] == "none").all(), "another option was better"


def lead_years(capture: pd.DataFrame) -> np.ndarray:
    """Return the lead time of each row's capture project."""
    plants, options = model_runs.watch(RICH).ever, REGION.industry.options
    of_fuel = REGION.power.technologies.capture.lead_time_years
    lead = [
        options.lead_time_years[options.ids.index(row.option)]
        if row.kind == "Industry"
        else of_fuel[plants.fuel[plants.ids.index(row.decider)]]  # those built in the run as well
        for row in capture.itertuples()
    ]
    return np.array(lead, dtype=np.int64)


def test_only_capture_is_held_back_by_the_subsidy_budget(ledger: pd.DataFrame) -> None:
    budget = ledger[ledger["binding_constraint"] == "budget"]
    assert len(budget) > 0
    assert budget["option"].str.contains("capture").all()
    grant = budget["capex_mcny"].to_numpy() * GRANTED / (1.0 - GRANTED)
    worth = paid_over_lead_time(grant, budget["hurdle"].to_numpy(), lead_years(budget))
    assert (budget["npv_mcny"] <= worth * (1.0 + 1e-9)).all(), (
        "what pays without the grant does not wait for it"
    )


def test_grants_of_units_and_facilities_together_stay_within_the_budget() -> None:
    """In 2026 a unit and a facility claim a grant: the budget is enough for either, and not for both."""
    capture = {"kind": "ccus_subsidy", "from_year": 2026}
    policies, granted = {"rate": capture | {"rate_cny_per_tco2": {2028: 300, 2029: 1200}}}, {}
    scarce_cny = 0.7e9
    for budget_bn_cny in (10.0, scarce_cny / 1e9):
        grant = capture | {"capex_grant_share": 0.3, "budget_bn_cny_per_year": budget_bn_cny}
        with calls_of(rounds, "pay_grants") as calls:
            model_runs.in_small_pack(policies | {"grant": grant})
        (grants,) = [result[2] for arguments, _, result in calls if arguments[0].year == 2026]
        granted[budget_bn_cny] = [float(claims.sum()) for claims in grants]
    unit_cny, facility_cny, _ = granted[10.0]
    larger_cny, smaller_cny = max(unit_cny, facility_cny), min(unit_cny, facility_cny)
    assert smaller_cny > 0.0 and larger_cny < scarce_cny < larger_cny + smaller_cny
    assert 0.0 < sum(granted[scarce_cny / 1e9]) <= scarce_cny


def test_loans_are_asked_for_what_is_started_and_carry_a_rate(ledger: pd.DataFrame) -> None:
    rates = ledger.loc[ledger["loan_rate"].notna(), "loan_rate"]
    assert len(rates) > 0 and rates.between(0.0, 0.2).all()
    assert ledger.loc[ledger["loan_rate"].notna(), "started"].all()
    closing = ledger["option"].isin(["close", "retire_early"])
    assert ledger.loc[closing, "loan_rate"].isna().all(), "closing is paid from one's own money"


def test_the_best_borrower_is_served_first() -> None:
    with calls_of(tanlu.settlement.credit.rationing, "allocate_loans") as calls:
        model_runs.run(scenario(years=(2020, 2030)))
    # Projects; who renews bonds owes less than at the start of the year, by which coverage is told.
    asked = [one for one in calls if np.isfinite(one[0][1].cash_cny).all()]
    decided = [one for one in asked if one[0][1].borrower.size > 20]
    assert len(decided) >= 2030 - REGION.parameters["first_decision_year"] + 1
    for (order, requests, accounts, *_), _, _ in decided:
        coverage = accounts.ebit_cny / np.maximum(accounts.interest_cny, 1.0)
        served = coverage[requests.borrower[order]]
        assert served.size > 1 and np.all(np.diff(served) <= 0.0)


def test_hurdles_are_rates_and_green_projects_have_the_lower_one(ledger: pd.DataFrame) -> None:
    asked = ledger[ledger["option"] != "keep"]
    assert asked["hurdle"].between(0.0, 0.3).all()
    both = asked[asked["option"].isin(["capture_retrofit", "retire_early"])]
    wide = both.pivot(index=["decider", "year"], columns="option", values="hurdle").dropna()
    assert len(wide) > 0 and (wide["capture_retrofit"] <= wide["retire_early"]).all()


def test_what_started_is_there_after_its_lead_time(ledger: pd.DataFrame) -> None:
    model = model_runs.watch(RICH)
    begun, units = ledger[ledger["started"]], model.ever
    lead = REGION.power.technologies.capture.lead_time_years
    for row in begun[begun["option"] == "capture_retrofit"].itertuples():
        at = units.ids.index(row.decider)
        assert units.capture_year[at] == row.year + lead[units.fuel[at]] and units.capture_rate[at] > 0.0
    for row in begun[begun["option"] == "retire_early"].itertuples():
        assert units.retired_year[units.ids.index(row.decider)] == row.year + 1
    for row in begun[begun["option"] == "close"].itertuples():
        assert model.industry[row.decider].values["end_year"] == row.year + 1
    industry = model.industry
    o, processes = industry.data.options, industry.data.processes.names
    for row in begun[(begun["kind"] == "Industry") & begun["option"].isin(o.ids)].itertuples():
        option, place = o.ids.index(row.option), industry.ids.index(row.decider)
        if o.effect.to_process[option] >= 0:
            since = row.year + int(o.lead_time_years[option]) - 2020
            if since >= len(model.lived):
                continue  # ready only after the run ends
            was, becomes = (model.lived[year].industry.process[place] for year in (since - 1, since))
            assert (
                processes[was] in o.from_process[option].split(";") and becomes == o.effect.to_process[option]
            )
    built = begun[(begun["kind"] == "Companies") & (begun["option"] != "keep")]
    added = set(model.plants.holdings.names.ids) - set(REGION.power.units.ids)
    by_cities = sum(name.startswith("waste_") for name in added)  # as need be, with no choice of companies
    assert len(built) == len(added) - by_cities


# --- the price at which a decision turns -------------------------------------------------------------------------


def dearer(signals, uplift: np.ndarray):
    """Return signals in which a tonne costs `uplift` more, now and in every year ahead; [P, S]."""
    return heard(
        signals,
        carbon_cost_cny_per_tco2=signals.carbon.carbon_cost_cny_per_tco2 + uplift,
        carbon_path_cny_per_tco2=signals.carbon.carbon_path_cny_per_tco2 + uplift[:, :, None],
    )


def appraisals(kind: type, year: int):
    """Return a kind in the middle of a run, its appraisal, and a function that repeats it under other signals."""
    model = RegionModel(Inputs(RICH, REGION))
    while model.year < year - 1:
        model.step()
    with calls_of(kind, "appraise") as calls:
        model.step()
    (population, signals, *rest), _, table = calls[-1]
    # Everybody has a contract with a hub, or storing would be closed to most at any price.
    population.contract_tco2 = np.ones(len(population))
    signals = heard(signals, hub_tariff_cny_per_tco2=np.full(len(REGION.co2.hubs.ids), 90.0))
    return population, table, signals, lambda other: kind.appraise(population, other, *rest)


@pytest.mark.parametrize("kind", [PowerPlants, Industry])
def test_at_its_switching_price_an_option_is_worth_nothing(kind: type, monkeypatch) -> None:
    """Appraise again at the price found, all else equal: value and price are the two sides of one calculation.

    The population has moved on since the year's appraisal (projects started), so a fresh appraisal of the year
    is compared with a fresh one at the other price.
    """
    population, table, signals, again = appraisals(kind, 2031)
    # The price is net of the free allowances that go with a tonne; with none to lose it is the carbon cost itself.
    signals = heard(
        signals,
        allowance_value_cny_per_tco2=0.0 * signals.carbon.allowance_value_cny_per_tco2,
        allowance_path_cny_per_tco2=0.0 * signals.carbon.allowance_path_cny_per_tco2,
    )
    base = again(signals)
    switching = base.switching_price_cny_per_tco2
    rows, options = np.nonzero(np.isfinite(switching) & base.feasible)
    assert rows.size >= 3
    for row, option in list(zip(rows, options, strict=True))[:12]:
        decider = base.decider[row]
        p = population.province[decider]
        s = 0 if kind is PowerPlants else population.sector[decider]
        uplift = np.zeros((P, S))
        uplift[p, s] = switching[row, option] - signals.carbon.carbon_cost_cny_per_tco2[p, s]
        at = again(dearer(signals, uplift))
        was, now = base.npv_cny[row, option], at.npv_cny[row, option]
        size = max(abs(was), base.capex_cny[row, option], 1e6)
        assert abs(now) <= 1e-6 * size, (population.ids[decider], base.options[option])
        half = again(dearer(signals, 0.5 * uplift)).npv_cny[row, option]
        linear = pytest.approx(0.5 * was, rel=1e-6, abs=1e-6 * size)
        # Capture takes the better of two outlets, so its value bends where the other one becomes the better.
        bends = "capture" in base.options[option] and half < 0.5 * was
        assert half == linear or bends, "value is linear in the price"
    assert table.options == base.options


# --- the table itself --------------------------------------------------------------------------------------------


def entry(**changes) -> Entry:
    """Return two deciders with two options: one starts a project, one finds it a loss."""
    table = Appraisal(
        options=("keep", "build"),
        decider=np.array([0, 1]),
        npv_cny=np.array([[0.0, 5e6], [0.0, -3e6]]),
        capex_cny=np.array([[0.0, 9e6], [0.0, 9e6]]),
        rate=np.full((2, 2), 0.08),
        barriers=Closed.by_any((2, 2), Bar(ClosedBy.TAKEN, np.array([[False, False], [True, False]]))),
        switching_price_cny_per_tco2=np.full((2, 2), np.nan),
    )
    whole = Entry(
        year=2030,
        kind="Ferries",
        appraisal=table,
        roster=Roster(("f1", "f2"), np.arange(2)),
        province=np.array([0, 1]),
        choice=np.array([1, 0]),
        funded=np.array([True, False]),
        loan_rate=np.array([0.04, np.nan]),
        binding=np.array([0, 0]),
    )
    return whole._replace(**changes)


def table_of(*entries: Entry) -> pd.DataFrame:
    book = Ledger(("Sichuan", "Chongqing"))
    book.add_year(entries, ())
    return pd.DataFrame(book.table())


def test_a_row_for_every_feasible_option_and_keep_for_everybody() -> None:
    table = table_of(entry())
    assert list(zip(table["decider"], table["option"], strict=True)) == [
        ("f1", "keep"),
        ("f1", "build"),
        ("f2", "keep"),
        ("f2", "build"),
    ]
    assert table["chosen"].tolist() == [False, True, True, False]
    assert table["started"].tolist() == [False, True, True, False]
    assert table["binding_constraint"].tolist() == ["none", "none", "none", "npv"]
    assert table["province"].tolist() == ["Sichuan", "Sichuan", "Chongqing", "Chongqing"]
    assert table["npv_mcny"].tolist() == [0.0, 5.0, 0.0, -3.0]
    assert table["loan_rate"].dropna().tolist() == [0.04]


def test_a_refused_project_is_chosen_but_not_started() -> None:
    refused = entry(funded=np.array([False, False]), binding=np.array([BINDING.index("leverage"), 0]))
    table = table_of(refused)
    assert table["started"].tolist() == [False, False, True, False]
    assert table["binding_constraint"].tolist() == ["none", "leverage", "none", "npv"]


def test_an_empty_ledger_has_its_columns() -> None:
    nobody = Roster((), np.zeros(0, int))
    empty = Entry(2030, "Ferries", Appraisal.empty(("keep",)), nobody, *(np.zeros(0, int),) * 5)
    assert list(table_of()) == list(table_of(entry())) == list(table_of(empty))
    assert len(table_of()) == len(table_of(empty)) == 0


def test_what_is_green_is_what_burns_nothing() -> None:
    assert [name for name, green in zip(BUILDABLE, GREEN, strict=True) if not green] == ["coal", "gas"]


def test_words_of_several_years_become_sorted_categories_of_those_that_occur() -> None:
    ferries = ["old", "new", "sold"]
    years = [{"name": Text(ferries, np.array(rows)), "trips": np.array(rows)} for rows in ([0, 2], [2, 0, 0])]
    table = joined([*years, {"name": constant_text("bus", 2), "trips": np.zeros(2, int)}])
    words, trips = table["name"], table["trips"]
    assert isinstance(words, pd.Categorical)
    assert list(words) == ["old", "sold", "sold", "old", "old", "bus", "bus"]
    assert list(words.categories) == ["bus", "old", "sold"]
    assert list(trips) == [0, 2, 2, 0, 0, 0, 0]
