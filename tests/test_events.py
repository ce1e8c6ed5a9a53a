"""Events: the law changes in a given year, and until then nobody has heard of it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tanlu import simulate
from tanlu.core.axes import SECTOR, S
from tanlu.core.economics import annuity_factor
from tanlu.core.schedules import CAPTURE_SUBSIDY, SUBSIDY_AXES, promised_schemes
from tanlu.decisions.open_season import anchors_tco2
from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.inputs.types import Schedule
from tanlu.output.extension import TABLES
from tanlu.policies.statutes import Statutes
from tanlu.power.options import _retirement_value
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario, dump_scenario, scenario_from_text, scenario_hash
from tanlu.settlement.hub_accounts import guarantee_share
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.chengyu import AXES
from tests.model_runs import REGION, P, captured_mt, record, scenario
from tests.monotone import first_quick

SUBSIDY = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 400}
CUT = {"decided_in": 2032, "set": {"capture": {"rate_cny_per_tco2": 0}}}
EXIT = {"kind": "coal_phase_out", "from_year": 2033, "exit_year": 2034}
TAX = {"kind": "carbon_price", "from_year": 2033, "price_cny_per_tco2": 250}


def with_event(years: tuple[int, int] = (2020, 2036), **events: object) -> Scenario:
    return scenario({"capture": SUBSIDY}, years=years, events=events)


def statutes(of: Scenario) -> Statutes:
    return Statutes(of.policies, of.events, AXES, of.years.start, of.years.end)


# --- the law and its versions -------------------------------------------------------------------------------------


def test_a_schedule_turns_in_a_year_and_keeps_what_came_before() -> None:
    before, after = Schedule({2026: 100.0, 2036: 200.0}), Schedule({2030: 0.0, 2040: 50.0})
    turned = before.until(2033, after)
    years = np.arange(1990, 2101)
    expected = np.where(years < 2033, before.path(years), after.path(years))
    assert turned.path(years).tobytes() == expected.tobytes()


def test_nobody_knows_of_an_event_before_the_year_of_its_decision() -> None:
    law, plain = statutes(with_event(cut=CUT)), statutes(with_event())
    assert [law.version(year) for year in (2020, 2031, 2032, 2050)] == [0, 0, 1, 1]
    (promised,) = law.schedule_in(2031).schemes_of_kind(CAPTURE_SUBSIDY)
    (usual,) = plain.schedule_in(2050).schemes_of_kind(CAPTURE_SUBSIDY)
    assert promised.rate.tobytes() == usual.rate.tobytes()
    (scheme,) = law.schedule_in(2032).schemes_of_kind(CAPTURE_SUBSIDY)
    row = law.schedule_in(2032).row
    assert scheme.rate[row(2031)].max() == 400.0 and not scheme.rate[row(2032) :].any()


def test_the_law_is_applied_once_for_each_year_with_a_decision() -> None:
    law = statutes(with_event(cut=CUT, tax={"decided_in": 2032, "introduce": {"tax": TAX}}))
    assert law.schedule_in(2020) is law.schedule_in(2031) and law.schedule_in(2032) is law.schedule_in(2060)
    assert len(law.schedules_until(2060)) == 2


def test_a_decision_may_hold_later_and_end_or_introduce_policies() -> None:
    event = {"decided_in": 2028, "from_year": 2031, "end": ["capture"], "introduce": {"tax": TAX}}
    known = statutes(with_event(change=event)).schedule_in(2028)
    (scheme,) = known.schemes_of_kind(CAPTURE_SUBSIDY)
    steel = known.carbon.price_cny_per_tco2[:, 0, SECTOR["steel"]]
    paid = known.years[scheme.rate[:, 0, 0] > 0.0]
    assert (paid[0], paid[-1]) == (2026, 2030)
    assert known.years[steel > 0.0][0] == 2033


def test_a_later_event_changes_what_an_earlier_one_left() -> None:
    back = {
        "decided_in": 2035,
        "set": {"capture": {"rate_cny_per_tco2": 100}, "tax": {"price_cny_per_tco2": 9}},
    }
    law = statutes(with_event(a_back=back, b_cut=CUT, c_tax={"decided_in": 2033, "introduce": {"tax": TAX}}))
    known = law.schedule_in(2035)
    (scheme,) = known.schemes_of_kind(CAPTURE_SUBSIDY)
    rates = [scheme.rate[known.row(year), 0, 0] for year in (2031, 2034, 2035)]
    assert rates == [400.0, 0.0, 100.0]
    assert known.carbon.price_cny_per_tco2[known.row(2036), 0, SECTOR["steel"]] == 9.0


# --- runs ---------------------------------------------------------------------------------------------------------


def until(frame: pd.DataFrame | None, last: int) -> list[tuple[str, bytes]]:
    """Return every column of a table to a year, as bytes."""
    assert frame is not None
    rows = frame[frame["year" if "year" in frame else "from_year"] <= last].drop(columns="scenario")
    if "loan" in rows:  # as it stands at the end of the run
        rows = rows.drop(columns=["balance_cny", "loss_share", "loan_status"])
    if "to_year" in rows:  # of a span of years, which may go on later
        rows = rows.assign(to_year=rows["to_year"].clip(upper=last))
    return [(name, "\x1f".join(map(repr, rows[name].tolist())).encode()) for name in rows]


@first_quick(
    "event",
    {"decided_in": 2032, "introduce": {"tax": TAX, "rule": EXIT}},
    CUT,
    {"decided_in": 2032, "end": ["capture", "national_carbon_market"]},
)
def test_before_its_year_an_event_changes_no_bit_of_any_table(event: dict[str, object]) -> None:
    everything = {"outputs": {"dispatch": True}}
    plain = simulate(scenario({"capture": SUBSIDY}, years=(2020, 2035), **everything))
    other = simulate(scenario({"capture": SUBSIDY}, years=(2020, 2035), events={"it": event}, **everything))
    tables = [table for table in TABLES if table not in ("reviews", "auctions")]  # nobody reviews or bids
    for table in tables:
        one, two = getattr(plain, table), getattr(other, table)
        if table == "indicators":  # a policy that the event brings has a line of its own, empty until then
            own = ~two["variable"].isin(one["variable"])
            assert not two.loc[own & (two["year"] <= 2031), "value"].any()
            two = two[~own].assign(variable=two["variable"].astype(str))
            one = one.assign(variable=one["variable"].astype(str))
        assert until(one, 2031) == until(two, 2031), table
    changed = [
        table for table in tables if until(getattr(plain, table), 2035) != until(getattr(other, table), 2035)
    ]
    assert "indicators" in changed


def test_a_cut_that_nobody_foresees_leaves_the_capture_that_was_begun_and_no_more() -> None:
    kept, cut, known = (
        record(with_event((2020, 2040))),
        record(with_event((2020, 2040), cut=CUT)),
        record(scenario({"capture": SUBSIDY | {"until_year": 2031}}, years=(2020, 2040))),
    )
    assert captured_mt(cut) < captured_mt(kept), "after the cut nobody starts"
    assert captured_mt(known) < captured_mt(cut), "who knows the end from the start builds less"


def test_an_event_that_is_switched_off_is_no_event() -> None:
    off = with_event((2020, 2034), cut=CUT | {"enabled": False})
    assert scenario_hash(off, {}) == scenario_hash(with_event((2020, 2034)), {})
    assert not model_runs.differing(model_runs.run(off), model_runs.run(with_event((2020, 2034))))


def test_a_scenario_with_events_has_a_hash_of_its_own_and_reads_back() -> None:
    one = with_event(cut=CUT)
    assert scenario_hash(one, {}) != scenario_hash(with_event(), {})
    assert scenario_from_text(dump_scenario(one)) == one


def test_an_extending_scenario_changes_an_event_by_name(tmp_path) -> None:
    (tmp_path / "base.yaml").write_text(dump_scenario(with_event(cut=CUT)))
    (tmp_path / "child.yaml").write_text(
        "extends: base.yaml\nname: child\nevents: {cut: {decided_in: 2034}}\n"
    )
    assert load(tmp_path / "child.yaml").events["cut"].decided_in == 2034


# --- what is refused ----------------------------------------------------------------------------------------------


BELOW = {"rate_cny_per_tco2": {2033: 1, 2035: -4}}


def faults(**event: object) -> tuple[Finding, ...]:
    with pytest.raises(ScenarioError) as refused:
        with_event(it={"decided_in": 2032, **event})
    return refused.value.findings


@pytest.mark.parametrize(
    ("event", "code", "path", "text"),
    [
        ({"set": {"captur": {"capex_grant_share": 1}}}, "unknown-policy", "set.captur", "mean `capture`?"),
        ({"set": {"capture": {"rate": 1}}}, "cannot-change", "set.capture.rate", "an event can set: rate_cny"),
        ({"set": {"capture": {"until_year": 2040}}}, "cannot-change", "set.capture.until_year", "end the policy"),
        ({"set": {"capture": {"capex_grant_shar": 1}}}, "cannot-change", "set.capture.capex_grant_shar", "mean"),
        ({"set": {"capture": BELOW}}, "out-of-range", "set.capture.rate_cny_per_tco2[2035]", ""),
        ({"set": {"capture": {"capex_grant_share": 1.5}}}, "out-of-range", "set.capture.capex_grant_share", ""),
        ({"set": {"capture": {}}}, "wrong-length", "set.capture", ""),
        ({"end": ["kapture"]}, "unknown-policy", "end[0]", "did you mean `capture`?"),
        ({"introduce": {"capture": SUBSIDY | {"from_year": 2033}}}, "given-twice", "introduce.capture", "`set`"),
        ({"introduce": {"tax": TAX | {"from_year": 2030}}}, "too-early", "", ""),
        ({"from_year": 2030, "end": ["capture"]}, "too-early", "", ""),
        ({}, "no-effect", "", "`introduce`"),
    ],
)  # fmt: skip
def test_a_wrong_event_is_told_at_its_place(
    event: dict[str, object], code: str, path: str, text: str
) -> None:
    (fault,) = faults(**event)
    assert fault.code == code
    assert fault.place.path == f"events.it.{path}".rstrip(".")
    assert text in fault.help


def test_a_number_that_the_policy_does_not_have_cannot_be_changed() -> None:
    """Without a budget there is no limit, which is no number."""
    (fault,) = faults(set={"capture": {"budget_bn_cny_per_year": 2}})
    assert (fault.code, fault.place.path) == ("cannot-change", "events.it.set.capture.budget_bn_cny_per_year")


def test_bounds_that_cross_after_an_event_are_refused() -> None:
    bounds = {"kind": "carbon_price", "from_year": 2026, "ceiling_cny_per_tco2": 100}
    floor = {"decided_in": 2032, "set": {"bounds": {"floor_cny_per_tco2": {2032: 50, 2040: 150}}}}
    with pytest.raises(ScenarioError) as refused:
        scenario({"bounds": bounds}, events={"floor": floor})
    (fault,) = refused.value.findings
    assert (fault.code, fault.place.path) == ("reversed-bounds", "events.floor.set.bounds")


def test_all_faults_of_all_events_are_told_at_once() -> None:
    with pytest.raises(ScenarioError) as refused:
        with_event(
            one={
                "decided_in": 2032,
                "end": ["x_1"],
                "set": {"x_2": {"a": 1}, "capture": {"capex_grant_share": 2}},
            },
            two={"decided_in": 2033, "end": ["x_3"]},
        )
    assert len(refused.value.findings) == 4


# --- what was promised --------------------------------------------------------------------------------------------


LATE, GROWN = 2040, 2033
BUDGET = SUBSIDY | {"budget_bn_cny_per_year": 3}


def paid_by_law(model: model_runs.Watched, year: int) -> dict[int, tuple[float, float]]:
    """Return t CO2 kept from the air and CNY of subsidy in a year by the law under which capture was started."""
    lived = next(one for one in model.lived if one.year.signals.year == year)
    found = {}
    kept, n = lived.year.co2.sequestered_tco2, lived.year.plants.output_mwh.size
    law = np.concatenate([lived.plants.capture_law[:n], model.industry.capture_law])
    place = np.concatenate([lived.plants.province[:n], model.industry.province])
    sector = np.concatenate([np.full(n, SECTOR["electricity"]), model.industry.sector])
    for version, own in enumerate(lived.year.signals.laws):
        rows = (law == version) & (kept > 0.0)
        schemes = promised_schemes(own, lived.year.signals.policy, CAPTURE_SUBSIDY)
        claims = sum((one.rate[place[rows], sector[rows]] @ kept[rows] for one in schemes), 0.0)
        found[version] = (float(kept[rows].sum()), float(claims))
    return found


def test_who_started_capture_before_a_repeal_is_paid_as_promised() -> None:
    model = model_runs.watch(with_event((2020, LATE), cut=CUT))
    by_law = paid_by_law(model, LATE)
    assert by_law[0][0] > 0.0 and by_law[0][1] == pytest.approx(400.0 * by_law[0][0])
    assert by_law[1][1] == 0.0, "who starts later is promised nothing"
    paid = model.lived[-1].year.budgets.paid_for_cny(CAPTURE_SUBSIDY)
    assert paid == pytest.approx(by_law[0][1])
    support = model.lived[-1].year.signals.co2.promised_support_cny_per_tco2
    assert support[0].min() == pytest.approx(400.0) and not support[1].any()


def test_a_promise_ends_when_the_law_said_that_it_would() -> None:
    # At 500 CNY/t nobody captures by 2035 after tax.
    dear = SUBSIDY | {"rate_cny_per_tco2": 600, "until_year": 2035}
    short = scenario({"capture": dear}, years=(2020, 2037), events={"cut": CUT})
    subsidy = record(short).public.sum_spent(CAPTURE_SUBSIDY).sum(axis=1)
    assert subsidy[-3] > 0.0 and not subsidy[-2:].any()


def test_a_higher_rate_is_for_those_who_start_after_it_was_decided() -> None:
    more = {"decided_in": GROWN, "set": {"capture": {"rate_cny_per_tco2": 700}}}
    model = model_runs.watch(with_event((2020, LATE), more=more))
    by_law = paid_by_law(model, LATE)
    assert all(tonnes > 0.0 for tonnes, _ in by_law.values())
    assert by_law[0][1] == pytest.approx(400.0 * by_law[0][0])
    assert by_law[1][1] == pytest.approx(700.0 * by_law[1][0])
    assert model.lived[-1].year.budgets.paid_for_cny(CAPTURE_SUBSIDY) == pytest.approx(
        by_law[0][1] + by_law[1][1]
    )
    started = pd.DataFrame(model.ledger.table()).query("started and option.str.contains('capture')")
    for population in (model.plants, model.industry):
        rows = started[started["decider"].isin(population.ids)]
        laws = population.capture_law[[population.ids.index(name) for name in rows["decider"]]]
        assert laws.tolist() == (rows["year"] >= GROWN).astype(int).tolist()
        assert set(laws) == {0, 1}, "both kinds start under both laws"


@pytest.mark.parametrize("budget", [1.0, 5.0])
def test_budgets_hold_in_sum_when_they_change(budget: float) -> None:
    change = {
        "decided_in": GROWN,
        "set": {"capture": {"budget_bn_cny_per_year": budget, "rate_cny_per_tco2": 600}},
    }
    of = scenario({"capture": BUDGET}, years=(2020, LATE), events={"change": change})
    one = record(of)
    spent = one.public.sum_spent(*SUBSIDY_AXES).sum(axis=1)
    years = of.years.array()
    assert spent[years < GROWN].max() <= 3e9 * (1.0 + 1e-9)
    assert spent[years >= GROWN].max() <= max(budget, 3.0) * 1e9 * (1.0 + 1e-9)
    assert spent[years >= GROWN].max() > 0.9 * min(budget, 3.0) * 1e9


SUPPORT = {"kind": "co2_hub_support", "from_year": 2026, "anchor_mtco2_per_year": 6, "guarantee_share": 0.8}


def test_lines_keep_the_guarantee_and_the_anchor_of_their_start() -> None:
    policies = {"capture": SUBSIDY, "hubs": SUPPORT}
    repeal = {"decided_in": 2032, "end": ["hubs", "capture"]}
    model = model_runs.watch(scenario(policies, years=(2020, 2034), events={"repeal": repeal}))
    signals = model.lived[-1].year.signals
    begun = [hub for hub in model.hubs if hub.lines and all(line.law == 0 for line in hub.lines)]
    new = [hub for hub in model.hubs if not hub.lines]
    assert begun and new
    assert [guarantee_share(hub, signals) for hub in begun] == [0.8] * len(begun)
    anchors = anchors_tco2(model.hubs, signals)
    assert all(anchors[hub.row] == 6e6 for hub in begun) and not any(anchors[hub.row] for hub in new)
    assert signals.policy.hubs.guarantee_share.max() == 0.0


def test_lines_of_two_laws_share_a_guarantee_by_what_they_cost() -> None:
    model = model_runs.watch(
        scenario(
            {"capture": SUBSIDY, "hubs": SUPPORT},
            years=(2020, 2033),
            events={"repeal": {"decided_in": 2032, "end": ["hubs"]}},
        )
    )
    hub, line = next((hub, line) for hub in model.hubs for line in hub.lines if line.law == 0)
    hub.lines = (line, line._replace(law=1, investment_cny=3.0 * line.investment_cny))
    assert guarantee_share(hub, model.lived[-1].year.signals) == pytest.approx(0.2)


def test_closing_gives_up_the_subsidy_that_the_law_of_each_capture_project_promised() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION))
    plants, province, year = model.plants, REGION.axes.provinces.index("Chongqing"), 2035
    rows, captured = np.flatnonzero(plants.province == province)[:2], 1e6
    plants.capture_law, plants.retired_year = plants.capture_law.copy(), plants.retired_year.copy()
    plants.capture_law[rows], plants.retired_year[rows] = (0, 1), year + 10
    promised = np.zeros((2, P, S))
    promised[:, province, SECTOR["electricity"]] = 300.0, 120.0  # the law of now pays less
    stored = (
        model_runs.watch(scenario(years=(2020, 2021)))
        .lived[0]
        .year.signals.co2._replace(stored_support_cny_per_tco2=promised[:, None])
    )
    signals = SimpleNamespace(year=year, co2=stored, taxes=REGION.finance.taxes.without_tax())
    of_all = np.zeros(len(plants))
    accounts = SimpleNamespace(profit_cny=of_all, captured_tco2=of_all + captured)
    npv, cost = _retirement_value(plants, signals, accounts, rows, np.full(2, 0.08))
    np.testing.assert_allclose(-(npv + cost), np.array([300.0, 120.0]) * captured * annuity_factor(0.08, 10))
