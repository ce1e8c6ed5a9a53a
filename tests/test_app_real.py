"""What the page says of answers of the real model: money, extremes, targets, packages, comparisons and shares."""

import numpy as np
import pytest

from tanlu.core.places import shipped_scenarios
from tanlu.core.words import LANGUAGES, text
from tanlu.indicators.co2 import returned_tco2
from tanlu.output import charts
from tanlu.output.aims import MET, MISSED, select_judged
from tanlu.output.comparison_tables.cells import cell, change_of
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.figures.figure import write_quantity
from tanlu.output.figures.paths import (
    CAPTURE,
    CLIMATE_REVENUE,
    GIVEN_BACK,
    HOUSEHOLD_TARIFF,
    INDUSTRY_TARIFF,
    PUBLIC_MONEY,
    SHORTAGE,
    paths_of,
)
from tanlu.output.figures.phrases import plain
from tanlu.output.headline import headline
from tanlu.output.measures import Measured, Measures
from tanlu.pages.builder import tree
from tanlu.pages.builder.actions import Builder
from tanlu.pages.builder.asked import Asked
from tanlu.pages.builder.packages import stacked
from tanlu.pages.builder.panel import notes_of, with_market_price
from tanlu.pages.compare.actions import Workbench, label_of
from tanlu.pages.compare.area import around
from tanlu.pages.compare.choice import ComparisonChoice
from tanlu.pages.compare.differs import cost_rows, figure_rows, input_rows, side_by_side
from tanlu.pages.compare.shown import shown_of, told
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers
from tanlu.pages.plant_map import named_sites
from tanlu.pages.service import PACK, Service
from tanlu.pages.sites import read_sites
from tanlu.pages.sure.bands import SUBJECTS, bands
from tanlu.pages.workers.answering import answer as carried_out
from tanlu.pages.workers.pool import Here
from tanlu.region.official_aims import PEAK_KEY
from tanlu.scenario.schema import Scenario, load_scenario
from tanlu.scenario.side_by_side import different_inputs
from tests.model_runs import REGION, in_one_draw, measures, record, shipped
from tests.real_service import real_service, summed_up
from tests.test_app_builder import RATE

FIRST_POLICY_YEAR = 2026


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Service:
    return real_service(tmp_path_factory.mktemp("real"))


def priced(price: float) -> Levers:
    return Levers.of(
        "baseline",
        {"policies": {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": price}}},
    )


def subsidised(rate: float) -> Levers:
    return Levers.of(
        "baseline",
        {"policies": {"sub": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": rate}}},
    )


def engine(one: Scenario) -> Measured:
    """Return one draw of a scenario as the command line reads it."""
    of = measures(one)
    return Measured(one, Measures(of.variables, of.units, REGION.axes.regions, of.years, of.values[None]))


def card(found, key: str, language: str):
    return next(one for one in found.cards(language) if one["key"] == key)


def shown_figures(one) -> dict[str, str]:
    """Return what a card shows by figure."""
    parts = {part["figure"]: part["text"] for line in one["lines"] for part in line if part["figure"]}
    return parts | {one["figure"]: f"{one['number']}{one['unit']}"}


# --- money -------------------------------------------------------------------------------------------------------


def test_s09_spent_earned_and_net_stand_together_and_are_those_of_the_budget(service: Service) -> None:
    found, view = summed_up(service, Levers("high_carbon_price")), service.run(Levers("high_carbon_price"))
    spent, earned = (
        sum(float(view.path(name)[found.now.is_counted].sum()) for name in names)
        for names in ((PUBLIC_MONEY, GIVEN_BACK), (CLIMATE_REVENUE,))
    )
    assert spent < 1.0 and earned > 1000.0
    budget = {"public_money": spent, "climate_revenue": earned, "net_public_money": spent - earned}
    for language in LANGUAGES:
        seen = shown_figures(card(found, "money", language))
        for name, value in budget.items():
            key = f"{name}_cumulative"
            assert found.figures[key].value == pytest.approx(value, rel=1e-9)
            assert seen[key].replace(" ", "") == str(write_quantity(value, "bn CNY2020", language)).replace(
                " ", ""
            )
        bench = Workbench(
            service, ComparisonChoice(scenarios=(Levers(), Levers("high_carbon_price"))), "visitor"
        )
        rows = {
            row[0]: row[1]
            for row in cost_rows(side_by_side(bench.answers(Levers()), service), "Chengyu", language)
        }
        assert {text(language, f"differs.{name}") for name in budget} <= set(rows)


# --- extremes and targets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levers", "key", "name", "indicator"),
    [
        (Levers(), "tariffs", "tariff_household_highest", HOUSEHOLD_TARIFF),
        (Levers(), "tariffs", "tariff_industry_highest", INDUSTRY_TARIFF),
        (priced(200), "tariffs", "tariff_household_highest", HOUSEHOLD_TARIFF),
        (priced(200), "tariffs", "tariff_industry_highest", INDUSTRY_TARIFF),
        (subsidised(300), "captured", "captured_peak", CAPTURE),
        (priced(200), "captured", "captured_peak", CAPTURE),
    ],
)
def test_s10_a_card_names_the_year_of_its_extreme(
    service: Service, levers: Levers, key: str, name: str, indicator: str
) -> None:
    found, view = summed_up(service, levers), service.run(levers)
    years, path = np.array(view.years), view.path(indicator)
    later = years >= FIRST_POLICY_YEAR
    worst = int(years[later][path[later].argmax()])
    assert found.figures[name].value == pytest.approx(path[later].max(), rel=1e-9)
    for language in LANGUAGES:
        one = card(found, key, language)
        assert str(worst) in " ".join([one["label"], *map(plain, one["lines"])])
        assert name in shown_figures(one)


@pytest.mark.parametrize("levers", [Levers(), Levers("high_carbon_price")])
def test_s11_what_no_policy_can_change_is_neither_judged_nor_counted(
    service: Service, levers: Levers
) -> None:
    found, view = summed_up(service, levers), service.run(levers)
    judged = select_judged(found.targets)
    due = [
        one
        for one in judged
        if one.year >= FIRST_POLICY_YEAR and not (one.key == PEAK_KEY and one.value < FIRST_POLICY_YEAR)
    ]
    assert [one for one in judged if one.is_open] == due and len(due) < len(judged) < len(found.targets)
    verdicts = [one.verdict for one in due]
    assert len(verdicts) - verdicts.count(MET) - verdicts.count(MISSED) == 2, "net zero of each province"
    short = view.path(SHORTAGE)
    later = np.array(view.years) > REGION.last_observed_year
    assert found.figures["shortage_worst"].value == pytest.approx(short[later].max())
    assert short[later].max() < short.max(), "an observed year is worse"
    for language in LANGUAGES:
        targets, shortage = card(found, "targets", language), card(found, "shortage", language)
        assert targets["number"] == str(verdicts.count(MET))
        assert str(verdicts.count(MET) + verdicts.count(MISSED)) in targets["unit"]
        assert text(language, "card.sinks", {}) in map(plain, targets["lines"])
        assert str(REGION.last_observed_year + 1) in " ".join(map(plain, shortage["lines"]))


def test_s13_a_higher_price_never_raises_emissions_of_2060_and_the_page_has_those_of_the_engine(
    service: Service,
) -> None:
    left = []
    for levers in (Levers(), *map(priced, (300, 1000))):
        view, held = service.run(levers), record(service.scenarios.scenario(levers))
        drawn = charts.emission_path(view.wide, charts.SECTOR_LAYERS, view.region)["total"][-1]
        emitted = held.emissions.by_sector_tco2[-1].sum() + returned_tco2(held)[-1].sum()
        assert drawn == pytest.approx(emitted / 1e6, abs=0.006)
        left.append(drawn)
    assert (
        left == sorted(left, reverse=True) and left[0] > left[-1] + 30.0
    )  # the national market has taken the rest


# --- the builder -------------------------------------------------------------------------------------------------


def test_s15_the_money_of_an_edited_package_is_that_of_a_run_of_its_file(service: Service, tmp_path) -> None:
    held = [Asked(Levers())]
    builder = Builder(service.scenarios, lambda: held[0], lambda asked: held.__setitem__(0, asked))
    builder.load("ccus_push")
    builder.edit({"move": 1, "gesture": "1", "edits": [{"path": list(RATE), "value": 300}]})
    levers = held[0].levers
    assert not stacked(service.scenarios, levers)
    file = tmp_path / "my.yaml"
    file.write_text(service.scenarios.to_text(levers), encoding="utf-8")
    run = engine(in_one_draw(load_scenario(file)))
    rows = headline(run, REGION.targets).set_index(["key", "region"])["value"]
    spent = rows["public_money_cumulative", run.region]
    assert summed_up(service, levers).figures["public_money_cumulative"].value == spent > 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_s16_the_baseline_shows_the_price_of_its_market_and_what_a_tax_adds_to(
    service: Service, language: str
) -> None:
    view = service.baseline()
    rows = with_market_price(tree.policy_rows(service.scenarios, Levers(), language), view, language)
    shown = {row["kind"]: row for row in rows}
    assert {shown[kind]["mark"] for kind in ("carbon_market", "capacity_payment")} == {tree.IN_FORCE}
    path = dict(zip(view.years, view.path("Price|Carbon|Market"), strict=True))
    prices = {year: f"{path[year]:.0f}" for year in (2025, 2030, 2060)}
    assert len({*prices.values()}) == 3
    assert shown["carbon_market"]["short"].startswith(" → ".join(prices.values()))
    note = notes_of(view, language)["carbon_market"]
    assert all(f"{year}: {price}" in note for year, price in prices.items())
    (tax,) = [
        row
        for row in tree.policy_rows(service.scenarios, priced(200), language)
        if row["kind"] == "carbon_price"
    ]
    assert tax["note"] == text(language, "builder.note_carbon_price", {})


# --- comparison and attribution ----------------------------------------------------------------------------------

COMPARED = ("baseline", "ccus_push", "high_carbon_price", "drought_2028")


@pytest.fixture(scope="module")
def bench(service: Service) -> Workbench:
    made = Workbench(service, ComparisonChoice(scenarios=(Levers(),), form="difference"), "visitor")
    for name in COMPARED[1:]:
        made.add(name, Levers())
    return made


def test_s24_four_scenarios_differ_as_the_command_line_says(service: Service, bench: Workbench) -> None:
    answers = bench.answers(Levers())
    scenarios = [shipped(name) for name in COMPARED]
    table = SideBySide(tuple(map(engine, scenarios)), COMPARED)
    for language in LANGUAGES:
        rows = figure_rows(side_by_side(answers, service), {}, "Chengyu", language)
        printed = table.headline.to_dict("records")
        assert [row[3:] for row in rows] == [
            [cell(row[name], change_of(row, name), row["unit"], language) for name in COMPARED]
            for row in printed
        ]
        assert {row[f"label_{language}"] for row in printed if row["key"].startswith("target_")} <= {
            row[0] for row in rows
        }
    units = {row[2] for row in figure_rows(side_by_side(answers, service), {}, "Chengyu", "zh")}
    assert "年" in units and "year" not in units
    differ = different_inputs(scenarios, COMPARED, REGION.axes.provinces)
    assert [row.key for row in input_rows(answers, service, "en")] == [*differ.index]
    labels = [label_of(one, service, "en") for one in answers]
    drawn = told(shown_of(bench.choice.value, BOTH, answers, labels, service), "en").values["changes"]
    paths = [table.results[n].path("Emissions|CO2").to_numpy() for n in range(4)]
    for n in (1, 2, 3):
        assert drawn[n]["mean"] == pytest.approx(paths[n] - paths[0], rel=1e-9, abs=1e-9)
    assert min(drawn[2]["mean"]) < -10.0 < 1.0 < max(drawn[3]["mean"])
    avoided = cost_rows(side_by_side(answers, service), "Chengyu", "en")[0][1:]
    assert [float(one.split()[0].replace(",", "")) for one in avoided] == pytest.approx(
        table.cost["avoided_mtco2"], rel=5e-3
    )


def test_s24_a_fifth_scenario_is_refused_with_a_message_and_removal_runs_nothing(
    service: Service, bench: Workbench
) -> None:
    answers = bench.answers(Levers())
    bench.add("dual_carbon", Levers())
    shown = shown_of(bench.choice.value, BOTH, answers, [""] * 4, service)
    assert around(shown, service, bench.refused.value, "zh")["refused"]
    assert "四个" in text("zh", "compare.refused", {}) and len(bench.choice.value.scenarios) == 4
    bench.remove(1)
    left = bench.answers(Levers())
    assert not bench.refused.value and [one.view for one in left] == [answers[n].view for n in (0, 2, 3)], (
        "the same answers, none run again"
    )
    bench.add("ccus_push", Levers())


def test_s25_one_policy_is_one_wedge_that_fills_the_gap_in_every_year(service: Service) -> None:
    levers = priced(200)
    found = service.shares.look(levers, "anna", lambda: None)
    assert found.attribution is not None and found.attribution.policies == ("tax",)
    (share,) = found.attribution.shares.share[:, 0, 0]
    gap = service.baseline().path("Emissions|CO2") - service.run(levers).path("Emissions|CO2")
    assert gap.max() > 10.0
    np.testing.assert_allclose(share, gap, atol=1e-9)
    np.testing.assert_allclose(found.layers[0].sum(axis=0), 2.0 * gap, atol=1e-3)  # sectors, and provinces


# --- draws, and the plants of the pack ---------------------------------------------------------------------------

SHORT = {"replications": 2, "years": {"start": 2020, "end": 2027}}


def test_s30_the_same_seed_gives_the_same_quantiles() -> None:
    """Of two services that know nothing of each other, draw by draw on the engine."""
    found = []
    for _ in range(2):
        service = Service(
            Here(lambda order: carried_out(order, lambda done, todo: None)), shipped_scenarios()
        )
        levers = service.scenarios.with_changes(
            "baseline", {**SHORT, "policies": priced(300).block["policies"]}
        )
        drawn = service.drawn(levers, 2, "anna", lambda: None)
        assert (drawn.number, drawn.missing) == (2, 0)
        one, base = service.scenarios.scenario(levers), service.scenarios.reference(levers).scenario
        now, before = paths_of(Measured(one, drawn.now)), paths_of(Measured(base, drawn.base))
        found.append([bands(subject, now, before) for subject in SUBJECTS])
    for one, other in zip(*found, strict=True):
        assert one.keys() == other.keys() == {"level", "baseline", "difference"}
        assert all(np.array_equal(one[key], other[key]) for key in one)
    assert np.ptp(found[0][0]["level"], axis=0).max() > 0.0, "chance says something"


@pytest.mark.parametrize("language", LANGUAGES)
def test_s28_map_and_list_hold_every_plant_of_the_pack_at_its_site(language: str) -> None:
    sites, tables = read_sites(PACK), REGION.tables
    power, works = tables["power_units"], tables["facilities"]
    assert sites.ids == {*power["unit_id"], *works["facility_id"]}
    listed = named_sites(sites, language)
    assert len(listed) == len(sites.places) == len(set(sites.site))
    for column in ("prefecture", "owner"):
        assert all(one[column] for one in listed)
        assert len({one[column] for one in listed}) > 10, "filters narrow the list"
    for unit in sites.units:
        assert unit.grade in "ABCD" and unit.sources and unit.name[language], unit.id
