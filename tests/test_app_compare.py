"""The room of comparisons: what is drawn, told, filed and said to differ is what `tanlu compare` gives."""

import csv
import re
import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from tanlu.core.words import LANGUAGES, text
from tanlu.indicators.main import indicators
from tanlu.output.comparison_tables.cells import cell, change_of
from tanlu.output.comparison_tables.plants import (
    PlantCourse,
    Step,
    changed_courses,
    courses_in_words,
    courses_of,
)
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.differences import Difference
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.finding import Compared, Ends, Subject, finding_of_one, finding_of_several
from tanlu.pages.address import Address, read_address, write_address
from tanlu.pages.builder.scenarios import Edit
from tanlu.pages.compare.actions import Workbench, label_of
from tanlu.pages.compare.area import csv_file
from tanlu.pages.compare.choice import FORMS, ComparisonChoice
from tanlu.pages.compare.differs import figure_rows, input_rows, side_by_side
from tanlu.pages.compare.indicators import evidence, tree
from tanlu.pages.compare.shown import shown_of, told
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers
from tanlu.pages.measures import measured
from tanlu.pages.rooms.small_charts import picked
from tanlu.pages.rooms.small_picks import NOTHING_PICKED, SmallPicks, read_picks
from tests.browser import PHONE, latin_in_chinese
from tests.fake_result import fake_service, moved
from tests.model_runs import REGION

PLACES = ("both", "Sichuan", "Chongqing")
DRAWN = moved({"carbon_price": 300}, "drawn")  # in five draws


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


def bench_of(service, *scenarios, **choice):
    """Return a visitor's room with answers to some scenarios."""
    bench = Workbench(service, ComparisonChoice(scenarios=scenarios, **choice), "visitor")
    for _ in range(8):
        answers = bench.answers(Levers())
    assert all(one.is_whole for one in answers)
    return bench, answers


def shown_in(service, answers, choice, language="en", place=BOTH):
    return shown_of(choice, place, answers, [label_of(one, service, language) for one in answers], service)


# --- what is chosen ----------------------------------------------------------------------------------------------


def test_an_address_leads_back_to_the_same_comparison(service):
    scenarios = (Levers(), None, Levers("drawn"), moved({"ccus_subsidy": 200}))
    choice = ComparisonChoice("Carbon Capture|By Destination|Storage", scenarios, "difference", 2025, 2050)
    here = Address(Levers(), "zh", view="compare", choice=choice, region="Sichuan")
    written = write_address(here, service.version)
    assert written.startswith(
        "/compare?lang=zh&region=Sichuan&of=Carbon%20Capture%7CBy%20Destination%7CStorage&with=baseline~here~drawn~"
    )
    read = read_address(written, service.scenarios, service.version, service.places, service.years)
    assert (read.view, read.choice, read.region, read.notices) == ("compare", choice, "Sichuan", ())
    assert write_address(Address(language="en", view="compare"), service.version) == "/compare?lang=en"


@pytest.mark.parametrize(
    "search",
    [
        "with=moon~~*~baseline*dx~baseline*z!!&as=cube&in=Beijing",
        "from=2060&to=2020",
        "from=-999&to=9e99",
        "of=" + "x" * 500,
    ],
)
def test_no_address_can_break_a_comparison(service, search):
    address = f"/compare?{search}"
    read = read_address(address, service.scenarios, service.version, service.places, service.years)
    assert read.choice == ComparisonChoice()


def test_s24_a_fifth_scenario_is_refused_and_removal_makes_room(service):
    bench = Workbench(service, ComparisonChoice(), "visitor")
    for name in ("drawn", "keep", "nonsense", ["x"], 3):
        bench.add(name, moved({"carbon_price": 100}))
    assert len(bench.choice.value.scenarios) == 4 and not bench.refused.value
    before = bench.choice.value
    bench.add_scenario(moved({"carbon_price": 200}))
    assert bench.refused.value and bench.choice.value == before
    bench.remove(1)
    assert not bench.refused.value and bench.choice.value.scenarios == (
        Levers(),
        Levers("drawn"),
        moved({"carbon_price": 100}),
    )
    for n in (0, 0, 0, "x"):
        bench.remove(n)
    assert len(bench.choice.value.scenarios) == 1, "one stays"
    bench.choose({"form": "table", "first": 2050, "last": 2030, "indicator": 3})
    assert bench.choice.value == replace(bench.choice.value, form="table", first=0, last=9999)


def test_the_setting_on_screen_is_shown_once_where_it_is_another_scenario(service):
    _, answers = bench_of(service, Levers(), None)
    assert [(one.levers, one.is_here) for one in answers] == [(Levers(), False)]


# --- what is drawn -----------------------------------------------------------------------------------------------


def test_s24_levels_and_differences_are_those_of_the_command_line(service):
    _, answers = bench_of(service, Levers("drawn"), DRAWN)
    results = tuple(measured(one.view, service) for one in answers)
    table = SideBySide(results, ("first", "other")).variables(["Emissions|CO2"], [2035], "Sichuan")
    rows = table.set_index("scenario")
    for form in ("difference", "table"):
        shown = shown_in(service, answers, ComparisonChoice(form=form), place="Sichuan")
        values = told(shown, "en").values
        for n, name in enumerate(("first", "other")):
            told_levels = [values["levels"][n][key][15] for key in ("mean", "low", "high")]
            assert told_levels == pytest.approx(
                rows.loc[name, ["value", "band_low", "band_high"]].tolist(), rel=1e-9
            )
        change, half = rows.loc["other", ["change", "half_width"]]
        of = values["changes"][1]
        assert [of[key][15] for key in ("mean", "low", "high")] == pytest.approx(
            [change, change - half, change + half], rel=1e-9
        )
    assert change < 0.0 < half, "the case is not empty"


def test_every_indicator_can_be_drawn_in_each_place_and_form(service):
    _, answers = bench_of(service, Levers(), moved({"carbon_price": 300}))
    variables = shown_in(service, answers, ComparisonChoice()).variables
    assert len(variables) > 50
    for n, variable in enumerate(variables):
        for form in FORMS:
            found = told(
                shown_in(service, answers, ComparisonChoice(variable, PLACES[n % 3], form=form)), "zh"
            )
            assert found.subject["indicator"] == variable and found.values["levels"][0], variable
            if form == "stack":
                assert len(found.subject["parts"]) == len(found.values["parts"][1]) > 0


def test_parts_add_up_to_what_is_drawn(service):
    _, answers = bench_of(service, Levers(), moved({"carbon_price": 300}))
    found = told(shown_in(service, answers, ComparisonChoice(form="stack")), "en")
    for n in (0, 1):
        parts = [part for part in found.values["parts"][n] if part is not None]
        assert len(parts) > 10
        np.testing.assert_allclose(np.sum(parts, axis=0), found.values["levels"][n]["mean"], atol=0.01)


def test_the_file_has_what_the_table_shows(service):
    _, answers = bench_of(service, Levers("drawn"), DRAWN)
    shown = shown_in(service, answers, ComparisonChoice(form="table", first=2030, last=2040))
    values = told(shown, "en").values
    rows = list(csv.DictReader(csv_file(shown, service)["text"].removeprefix("\ufeff").splitlines()))
    of = {(row["Scenario"], row["Statistic"]): float(row["2035"]) for row in rows}
    for n, one in enumerate(answers):
        assert of[one.levers.name, "mean"] == values["levels"][n]["mean"][5]
        assert of[one.levers.name, "67 % band, high"] == values["levels"][n]["high"][5]
    name = f"difference to {answers[0].levers.name}"
    assert of[DRAWN.name, name] == values["changes"][1]["mean"][5] != 0.0
    assert {statistic for _, statistic in of} == {
        "mean",
        "67 % band, low",
        "67 % band, high",
        name,
        f"{name}, low",
        f"{name}, high",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_difference_says_against_what_it_is_as_the_command_line_measures_it(service, language):
    """A policy in other conditions is measured against these conditions without it, which come in by themselves."""
    dear = service.scenarios.edited(Levers(), [Edit(("world", "gas_price_factor"), 1.2)])
    price = Edit(("policies", "own"), {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300})
    both = service.scenarios.edited(dear, [price])
    bench, answers = bench_of(service, Levers(), both, form="difference")
    assert [(one.levers, one.is_added) for one in answers] == [(Levers(), False), (both, False), (dear, True)]
    shown = shown_in(service, answers, bench.choice.value, language)
    names, found = shown.labels, told(shown, language)
    assert found.values["against"] == [0, 2, 0] and names[2] == text(language, "compare.added")
    results = tuple(measured(one.view, service) for one in answers)
    table = SideBySide(results, ("a", "b", "c")).variables(["Emissions|CO2"], [2035])
    change = table.set_index("scenario").loc["b", "change"]
    assert found.values["changes"][1]["mean"][15] == pytest.approx(change) and change < 0.0
    against = text(language, "command.change_to", {"name": names[1], "reference": names[2]})
    assert f"{names[0]}, {against}" in found.subject["sure"].replace("、", ", ")
    assert names[2] in found.subject["heading"], "what differs most is held against its own reference"
    row = f"{both.name},Chengyu,Emissions|CO2,Mt CO2/yr,difference to {dear.name},"
    assert row in csv_file(shown, service)["text"]
    full = bench_of(service, Levers(), both, Levers("drawn"), DRAWN)[1]
    against = service.scenarios.measured_against(tuple(one.levers for one in full))
    assert not any(one.is_added for one in full) and against[1] == 0, "no room: against the first"


# --- what is said ------------------------------------------------------------------------------------------------


def changed(mean, half_width=1.0, unchanged=False):
    return Difference(mean, half_width, 8, True, unchanged)


@pytest.mark.parametrize(
    ("changes", "english"),
    [
        (
            {1: changed(-3.0), 2: changed(9.0, 20.0)},
            "CO2: in 2060 3.0 ± 1.0 Mt/yr lower with “b” than with “a”",
        ),
        ({1: changed(3.0), 2: changed(4.0)}, "CO2: in 2060 4.0 ± 1.0 Mt/yr higher with “c” than with “a”"),
        ({1: changed(0.5)}, "CO2: in 2060 nothing differs from “a” beyond chance"),
        ({1: changed(0.0, 0.0, unchanged=True)}, "CO2: in 2060 the same as with “a”"),
    ],
)
def test_the_finding_is_made_of_the_numbers_and_names_nothing_within_noise(changes, english):
    subject = Subject("CO2", axis_of("Mt CO2/yr", 345.0, "en"), (2020, 2060))
    compared = [Compared("abc"[n], "a", one) for n, one in changes.items()]
    assert finding_of_several(subject, compared, "en") == english


def test_the_finding_of_one_scenario_says_where_it_goes():
    subject = Subject("碳排放", axis_of("Mt CO2/yr", 345.0, "zh"), (2020, 2060))
    assert (
        finding_of_one(subject, Ends(345.0, 120.0), "zh")
        == "碳排放：由2020年的3.450亿吨/年降至2060年的1.200亿吨/年"
    )
    assert "与2020年相同" in finding_of_one(subject, Ends(345.0, 345.0), "zh")


def test_the_tree_holds_every_indicator_once_below_what_its_name_begins_with():
    variables = tuple(one.variable for one in indicators(REGION))
    for language in LANGUAGES:
        entries = [entry for theme in tree(variables, "chengyu", language) for entry in theme["entries"]]
        assert sorted(entry["variable"] for entry in entries) == sorted(variables)
        seen = {""}
        for entry in entries:
            assert entry["parent"] in seen and entry["variable"].startswith(entry["parent"])
            seen.add(entry["variable"])
            assert entry["label"].lower() in entry["search"]
    assert any(entry["depth"] > 1 for entry in entries)


def test_grades_are_those_of_the_rows_of_the_tables():
    found = evidence(("lenders", "owners"), "chengyu")
    grades = pd.concat([REGION.tables[name]["grade"] for name in ("lenders", "owners")])
    assert (found.tables, found.rows) == (2, len(grades)) and sum(found.shares.values()) == pytest.approx(1.0)
    assert found.shares["D"] == pytest.approx((grades == "D").mean())
    assert evidence((), "chengyu").rows == 0 and "碳路" in evidence((), "chengyu").in_words("zh")


# --- what differs ------------------------------------------------------------------------------------------------


def test_s24_what_differs_is_what_the_command_line_prints(service):
    _, answers = bench_of(service, Levers("drawn"), DRAWN)
    (row,) = input_rows(answers, service, "en")
    assert row == (
        "policies.carbon_tax",
        "Carbon price",
        ("–", "Carbon price: First year 2026, Fixed price 300 CNY/t"),
    )
    found = side_by_side(answers, service)
    table = found.headline.to_dict("records")
    shown = figure_rows(found, {}, "Chengyu", "en")
    assert len(shown) == len(table) > 15
    for row, cells in zip(table, shown, strict=True):
        assert cells[-2:] == [
            cell(row[name], change_of(row, name), row["unit"], "en") for name in found.names
        ]
    assert any("±" in cells[-1] for cells in shown)
    chinese = [cells[2] for cells in figure_rows(found, {}, "Chengyu", "zh")]
    assert "百万吨CO2/年" in chinese and not [
        one for one in chinese if re.search("[A-Za-z]", one.replace("CO2", ""))
    ]


def decided(*rows):
    columns = ("replication", "decider", "year", "option", "chosen", "started")
    return pd.DataFrame(rows, columns=columns)


def at_work(capturing=(), draw=0, **last_years):
    """Return a result's table of plants at work until a year, those that capture CO2 in some years named first."""
    rows = [
        (
            draw,
            name,
            "Companies" if name == "buyers" else "Industry",
            year,
            1.0,
            float((name, year) in capturing),
        )
        for name, last in last_years.items()
        for year in range(2030, last + 1)
    ]
    return pd.DataFrame(
        rows, columns=("replication", "decider", "kind", "year", "emissions_mtco2", "captured_mtco2")
    )


def test_plants_that_take_another_course_are_found():
    began = decided(
        (0, "x", 2030, "keep", True, True),
        (0, "x", 2035, "retire_early", True, True),
        (0, "y", 2030, "keep", True, True),
        (1, "z", 2030, "retire_early", True, True),
        (0, "w", 2030, "retire_early", True, False),
        (0, "new", 2035, "retire_early", True, True),
        (0, "buyers", 2030, "build_wind", True, True),
    )
    ends = {"x": 2036, "y": 2040, "z": 2040, "w": 2040, "captures": 2040, "buyers": 2040}
    a = courses_of(began, at_work(**ends, new=2040))
    b = courses_of(
        decided(), at_work({("captures", year) for year in (2031, 2032, 2034)}, **ends | {"x": 2040})
    )
    assert courses_of(decided(), at_work(draw=1, **ends)) == {}
    assert changed_courses([a, a]) == {}
    found = changed_courses([a, b])
    assert list(found) == ["x", "captures"], "what was built in one result only took no other course"
    early, late = PlantCourse((Step(2035, "retire_early"),), 2036, (), 7.0), PlantCourse((), 2040, (), 11.0)
    assert found["x"] == (early, late), "one Mt a year"
    said = courses_in_words(found["x"], str.upper, "en")
    assert said == ("2035 RETIRE_EARLY; works until 2036", "KEEP; works until 2040")
    assert courses_in_words(found["captures"], str.upper, "zh") == (
        "从不捕集二氧化碳",
        "2031–2032、2034年捕集二氧化碳",
    )


def test_the_plants_whose_emissions_change_most_come_first():
    def course(last, emitted):
        return PlantCourse((), last, (), emitted)

    usual = {name: course(2060, 10.0) for name in "abcde"}
    first = usual | {"a": course(2050, 9.0), "b": course(2050, 13.0), "c": course(2050, 11.0)}
    second = usual | {"d": course(2050, 2.0), "e": course(2060, 3.0)}
    assert list(changed_courses([usual, first])) == ["b", "a", "c"], (
        "more or less, and by name where it is the same"
    )
    assert list(changed_courses([usual, first, second])) == ["d", "b", "a", "c"], (
        "to emit less is no other course"
    )


# --- the small charts of the first screen ------------------------------------------------------------------------


def test_an_address_leads_back_to_the_picked_indicators(service):
    address = Address(language="en", smalls=("", "Emissions|CO2", "Carbon Capture|By Destination|Storage"))
    written = write_address(address, service.version)
    assert written == "/?lang=en&small=~Emissions%7CCO2~Carbon%20Capture%7CBy%20Destination%7CStorage"
    read = read_address(written, service.scenarios, service.version, service.places, service.years)
    assert read.smalls == address.smalls
    assert read_picks("a~b~c~d~e") == ("a", "b", "c") and read_picks("") == NOTHING_PICKED


def test_a_small_chart_takes_any_indicator_and_gives_way_where_there_is_none(service):
    picks = SmallPicks(NOTHING_PICKED)
    for hostile in (
        None,
        {"chart": "x", "do": "choose", "with": "y"},
        {"chart": "money", "do": "choose", "with": 3},
    ):
        picks.act(hostile)
    assert picks.chosen.value == NOTHING_PICKED
    picks.act({"chart": "money", "do": "choose", "with": "Emissions|CO2"})
    assert picks.chosen.value == ("", "Emissions|CO2", "")
    view, base = service.run(moved({"carbon_price": 300})), service.baseline()
    drawn = picked("Emissions|CO2", view, base, "chengyu", "zh")
    assert drawn is not None and drawn.values["lines"][0] == view.path("Emissions|CO2").tolist()
    assert drawn.values["before"][0][-1] > drawn.values["lines"][0][-1] and drawn.axis["unit"] == "亿吨/年"
    assert picked("Trees", view, base, "chengyu", "zh") is None


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_s23_s24_the_room_compares_exports_and_refuses_a_fifth(visit):
    page = visit("/compare?lang=en&with=baseline~ccus_push&s=ccus_subsidy-300")
    page.click("[data-action=pick]")
    page.fill(".picker-search", "CO2 封存量")
    page.wait_for_timeout(200)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#compare .path-subtitle")).to_contain_text("CO2 stored")
    page.wait_for_url(lambda url: "of=Carbon%20Capture%7CBy%20Destination%7CStorage" in url)
    heading = page.locator("#compare h2").inner_text()
    expect(page.locator("#compare .compare-foot")).to_contain_text(
        re.compile(r"Result of Tanlu.*grade: .*[ABCD]")
    )
    with page.expect_download() as download:
        page.click("#compare [data-action=png]")
    head = Path(download.value.path()).read_bytes()[:24]
    assert head[1:4] == b"PNG" and struct.unpack(">I", head[16:20])[0] >= 1600
    with page.expect_download() as download:
        page.click("#compare [data-action=svg]")
    assert ElementTree.parse(download.value.path()).getroot()[0].text == heading
    for count, name in enumerate(("here", "drawn"), 3):
        page.select_option("[data-action=add]", name)
        expect(page.locator("[data-scenario]")).to_have_count(count)
    page.select_option("[data-action=add]", "hostile")
    expect(page.locator(".compare-refused")).to_have_count(1)
    page.click("[data-remove='3']")
    expect(page.locator("[data-scenario]")).to_have_count(3)
    expect(page.locator(".compare-refused")).to_have_count(0)
    page.click("[data-as=table]")
    cell_2035 = page.locator("[data-figure='Carbon Capture|By Destination|Storage/both/2035/1']").inner_text()
    with page.expect_download() as download:
        page.click("#compare [data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    page.wait_for_url(lambda url: "with=baseline~ccus_push~here&as=table" in url)
    filed = [row for row in rows if row["Statistic"] == "mean"][1]
    assert float(cell_2035.replace(",", "")) == pytest.approx(float(filed["2035"]), abs=0.06)


@pytest.mark.browser
def test_the_title_of_a_small_chart_picks_an_indicator(visit):
    page = visit("/worked?lang=en&s=carbon_price-300")
    page.click("[data-small=money] [data-action=pick]")
    page.fill("[data-small=money] .picker-search", "nameplate margin")
    page.wait_for_timeout(200)
    page.locator("[data-small=money] [data-indicator='Nameplate Margin|Electricity']").click()
    expect(page.locator("[data-small=money] h3")).to_contain_text("Nameplate margin")
    page.wait_for_url(lambda url: "small=~Nameplate%20Margin%7CElectricity~" in url)
    page.click("[data-small=money] [data-action=as-first]")
    expect(page.locator("[data-small=money] h3")).to_contain_text("Public money")


@pytest.mark.browser
def test_it_speaks_chinese_and_fits_a_phone(visit):
    page = visit("/compare?lang=zh", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert latin_in_chinese(page) <= {"PNG", "SVG"}
