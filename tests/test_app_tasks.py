"""Ten tasks of a policymaker in the browser on the real model, each in at most six interactions from the first screen.

An interaction is a click, a choice, a key, or a number or text that is typed and entered. Figures are those that the
command line gives of the same scenario in one draw. Each task is done with a mouse and, which is the tenth, without:
by real presses of Tab from control to control. Neither may take more than two minutes. The switch of the dry year is
tried in the same way.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tanlu.core.places import shipped_scenarios
from tanlu.experiments.results import simulate
from tanlu.explanation.explain import DecisionExplanation, explain_decision
from tanlu.explanation.rendering import render_explanation
from tanlu.inputs.yaml_reader import write_yaml
from tanlu.output.comparison_tables.cells import cell, change_of
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.figures.drought import compare_drought
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import Figure
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import paths_of
from tanlu.output.measures import Measured, Measures
from tanlu.output.result import Result
from tanlu.pages.sure.bands import chances
from tanlu.pages.sure.panel import chance_text
from tanlu.scenario.examples import example_of
from tanlu.scenario.loading import load
from tests.browser import console_errors, served, visits, walk
from tests.model_runs import ONE_DRAW, REGION, measures, shipped

pytestmark = pytest.mark.browser
MOST, MOST_SECONDS = 6, 120.0
MOST_STEPS, SECONDS_A_STEP = 300, 0.2
PATIENT_MS = 60_000  # until a run is there, on a machine that does other things too
RATE = "[data-kind=ccus_subsidy] [data-field=rate_cny_per_tco2]"
RAMP = {2026: 200, 2035: 300}
SUBSIDY = {"capture_subsidy": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": RAMP}}

# The key that brings the focus nearer to a control, none where it is there.
NEXT_STEP = """(wanted) => {
  const here = document.activeElement;
  if (here === wanted) return "";
  return here.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING ? "Shift+Tab" : "Tab";
}"""

# How many options come before one in a list, those left out that cannot be chosen.
PLACE_IN_LIST = """(list, value) => [...list.options].filter((one) => !one.disabled).findIndex(
  (one) => one.value === value)"""

RING = "(one) => getComputedStyle(one).outlineWidth"


class Hands:
    """A visitor at the first screen, with a mouse or with a keyboard alone, whose interactions are counted."""

    def __init__(self, page: Page, keyboard: bool) -> None:
        self.page, self.keyboard = page, keyboard
        self.done, self.steps, self.began = 0, 0, time.monotonic()
        page.set_default_timeout(PATIENT_MS)

    def click(self, css: str) -> None:
        one = self._at(css)
        if self.keyboard:
            self.page.keyboard.press("Enter")
        else:
            one.click()

    def enter(self, css: str, value: object) -> None:
        """Type into a box and press Enter."""
        box = self._at(css)
        if not self.keyboard:
            box.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(str(value))
        self.page.keyboard.press("Enter")

    def choose(self, css: str, value: str) -> None:
        """Choose from a list; the list lies over the page, out of reach of Playwright's mouse."""
        box = self._at(css)
        if not self.keyboard:
            box.select_option(value)
            return
        place = box.evaluate(PLACE_IN_LIST, value)
        for key in ("Space", "Home", *("ArrowDown",) * place, "Enter"):
            self.page.keyboard.press(key)

    def in_time(self) -> None:
        """Fail if the task took more than two minutes, with steps from control to control as slow as a hand's."""
        assert time.monotonic() - self.began + self.steps * SECONDS_A_STEP <= MOST_SECONDS

    def _at(self, css: str) -> Locator:
        """Go to what is used next."""
        self.done += 1
        assert self.done <= MOST, "more than six interactions"
        one = self.page.locator(css).first
        expect(one).to_be_enabled(timeout=PATIENT_MS)
        if self.keyboard:
            self._walk(one)
        return one

    def _walk(self, to: Locator) -> None:
        for _ in range(MOST_STEPS):
            key = to.evaluate(NEXT_STEP)
            if not key:
                assert to.evaluate(RING) == "3px", "where the focus is has to be seen"
                return
            self.page.keyboard.press(key)
            self.steps += 1
        raise AssertionError(f"no way by Tab to {to}")


@pytest.fixture(scope="module")
def real_site() -> Iterator[str]:
    with served("tests/real_app.py", dict(os.environ)) as url:
        yield url


@pytest.fixture(params=[pytest.param("mouse", marks=pytest.mark.slow), "keyboard"])
def hands(request, chromium, real_site) -> Iterator[Callable[[str], Hands]]:
    """Open the first screen as a new visitor sees it; an address may bring a setting and a language."""
    opened, visitors = visits(chromium, real_site), []
    opener = next(opened)

    def open_page(address: str = "/?lang=en") -> Hands:
        visitors.append(Hands(opener(address), request.param == "keyboard"))
        return visitors[-1]

    yield open_page
    for visitor in visitors:
        visitor.in_time()
    next(opened, None)


def measured(one) -> Measured:
    of = measures(one)
    return Measured(one, Measures(of.variables, of.units, REGION.axes.regions, of.years, of.values[None]))


def engine(**policies: object) -> Measured:
    """Return the baseline with policies as the command line reads it, in one draw."""
    return measured(load({"name": "task", "extends": "tanlu:baseline", "policies": policies, **ONE_DRAW}))


@cache
def pushed() -> Result:
    """Return a result of the capture package, with its decisions."""
    settings = {"outputs": {"dispatch": False}, **ONE_DRAW}
    return simulate({"name": "ccus_push", "extends": "tanlu:ccus_push", **settings})


def figures(one: Measured) -> dict[str, Figure]:
    return levels(paths_of(one)) | effects(paths_of(one), paths_of(measured(shipped("baseline"))))


def expect_figures(page: Page, of: dict[str, Figure], *keys: str) -> None:
    for key in keys:
        place = page.locator(f".strip [data-figure='{key}']").first
        expect(place).to_contain_text(of[key].text["en"], timeout=PATIENT_MS)


def test_s01_s13_every_route_of_the_real_model_is_drawn_and_asks_nobody_else(chromium, real_site) -> None:
    opener = visits(chromium, real_site)
    page = next(opener)("/?lang=en")
    errors = console_errors(page)
    walk(page)
    next(opener, None)
    assert errors == []


CUT = ("avoided", "public_money_per_tonne", "captured_peak", "captured_cumulative")


@pytest.mark.slow
def test_s36_a_capture_subsidy_that_rises_with_its_cost_and_its_peak(hands) -> None:
    visitor = hands()
    visitor.click("[data-part=adder] > summary")
    visitor.click("[data-add=ccus_subsidy]")
    visitor.enter(f"{RATE} .field-number", RAMP[2026])
    visitor.click("[data-room=worked]")
    expect_figures(visitor.page, figures(engine(**SUBSIDY)), *CUT)
    visitor.click("[data-kind=ccus_subsidy] [data-action=more]")
    for field in ("from_year", "until_year", "capex_grant_share", "budget_bn_cny_per_year"):
        expect(visitor.page.locator(f"[data-kind=ccus_subsidy] [data-field={field}]")).to_be_visible()


@pytest.mark.slow
def test_s36_which_of_three_policies_did_what(hands) -> None:
    visitor, kinds = hands(), ("ccus_subsidy", "carbon_price", "green_bond_incentive")
    visitor.click("[data-part=adder] > summary")
    for kind in kinds:
        visitor.click(f"[data-add={kind}]")
    expect(visitor.page.locator("[data-wedge]")).to_have_count(3, timeout=2 * PATIENT_MS)
    visitor.click("[data-room=worked]")
    of = figures(engine(**dict(map(example_of, kinds))))
    share = visitor.page.locator("[data-table=shares] [data-figure='share:total']")
    expect(share).to_contain_text(of["avoided"].text["en"], timeout=2 * PATIENT_MS)
    expect(visitor.page.locator("[data-table=shares] tbody tr")).to_have_count(
        len(kinds) + 2  # with interaction and total
    )
    alone = figures(engine(**dict([example_of("carbon_price")])))["avoided"].text["en"]
    expect(visitor.page.locator("[data-figure='alone:carbon_tax']")).to_contain_text(alone)


def test_s36_two_scenarios_side_by_side(hands) -> None:
    visitor = hands()
    visitor.click("[data-room=compare]")
    visitor.choose("[data-action=add]", "ccus_push")
    expect(visitor.page.locator("[data-scenario]")).to_have_count(2, timeout=PATIENT_MS)
    visitor.click("[data-differs=figures] summary")
    rows = visitor.page.locator("[data-differs=figures] tbody tr")
    names = ("baseline", "ccus_push")
    printed = SideBySide(tuple(measured(shipped(name)) for name in names), names).headline.to_dict("records")
    expect(rows).to_have_count(len(printed), timeout=PATIENT_MS)
    last = rows.locator("td:last-child").all_inner_texts()
    assert last == [cell(row["ccus_push"], change_of(row, "ccus_push"), row["unit"], "en") for row in printed]


@pytest.mark.slow
def test_s36_budget_tariffs_winners_and_losers(hands) -> None:
    visitor = hands()
    visitor.choose("[data-action=package]", "high_carbon_price")
    visitor.click("[data-room=affected]")
    visitor.click("[data-view=bearers]")
    net = visitor.page.locator("[data-bearer-row='Public Budget|Climate Support|Net'] td")
    told_of = figures(measured(shipped("high_carbon_price")))["net_public_money_cumulative"].value
    expect(net.last).not_to_be_empty(timeout=PATIENT_MS)
    cells = [float(one.replace(",", "").replace("\N{MINUS SIGN}", "-")) for one in net.all_inner_texts()[1:]]
    assert any(one == pytest.approx(told_of, rel=1e-3) for one in cells), "the sum, as on the first screen"
    for name in ("Residential", "Industry"):
        row = visitor.page.locator(f"[data-bearer-row='Price|Final Energy|{name}|Electricity']")
        expect(row).to_have_count(1)


@pytest.mark.slow
def test_s36_a_policy_and_a_condition_that_no_slider_had(hands) -> None:
    visitor, (name, block) = hands(), example_of("rail_transit")
    visitor.click("[data-part=adder] > summary")
    visitor.click("[data-add=rail_transit]")
    visitor.click("[data-room=worked]")
    expect_figures(visitor.page, figures(engine(**{name: block})), "avoided", "emissions_2060")
    visitor.click(".builder-world")
    expect(visitor.page.locator("[data-path='world.demand_factor']")).to_be_visible()


@pytest.mark.slow
def test_s36_why_a_named_plant_does_not_capture(hands) -> None:
    visitor = hands("/?lang=zh")
    visitor.choose("[data-action=package]", "ccus_push")
    visitor.click("[data-room=plants]")
    visitor.enter("[data-filter=query]", "珞璜")
    expect(visitor.page.locator("#map")).to_have_attribute("data-shown", "1", timeout=PATIENT_MS)
    visitor.click("#map [data-as=table]")
    visitor.click("tr[data-site] button")
    unit = visitor.page.locator(".map-unit", has=visitor.page.locator("h4", has_text="一期1号机组"))
    expect(unit).to_have_count(1, timeout=PATIENT_MS)
    if unit.locator("[data-why]").count() == 0:
        visitor.click(".map-unit:has(h4:text('一期1号机组')) .map-ask")
    shown = unit.locator("[data-why]")
    expect(shown).to_have_count(1)
    decider = shown.get_attribute("data-why")
    answer = explain_decision(pushed(), decider)
    assert isinstance(answer, DecisionExplanation)
    called = load(
        shipped_scenarios()["ccus_push"]
    ).label.zh  # where the command line has the name that was typed
    answer = answer._replace(scenario=called)
    read = re.sub(r"\s+", "", shown.inner_text())
    for part in render_explanation(answer, REGION.name, "zh"):
        said = [part] if isinstance(part, str) else [part.title, *(one for row in part.rows for one in row)]
        assert all(re.sub(r"\s+", "", one) in read for one in said), said


@pytest.mark.slow
def test_s36_how_sure_it_is(hands) -> None:
    """Of two draws of a short time: a count with its interval, for every target that is open."""
    short = {"replications": 2, "years": {"start": 2020, "end": 2030}, "world": {"hydrology": "bootstrap"}}
    visitor = hands(
        "/?lang=en&v=2&b=baseline&d=(replications:2,world:(hydrology:bootstrap),years:(end:2030,start:2020))"
    )
    visitor.click("[data-room=sure]")
    rows = visitor.page.locator("[data-part=targets] li")
    expect(rows.first).to_contain_text("of 2 draws (", timeout=PATIENT_MS)
    result = simulate({"name": "short", "extends": "tanlu:baseline", **short})
    open_from = paths_of(Measured(result.scenario, result.measures)).open_from
    odds = chances(Measured(result.scenario, result.measures), REGION.targets, open_from)
    said = {chance_text(chance, "en") for chance in odds.values()}
    assert rows.count() >= 4 and {row.locator("b").inner_text() for row in rows.all()} <= said
    assert "water" in visitor.page.inner_text("#sure .path-subtitle")


def test_s36_a_brief_a_picture_and_a_kept_scenario(hands) -> None:
    visitor = hands()
    with visitor.page.expect_download() as brief:
        visitor.click("[data-action=brief]")
    emitted = figures(measured(shipped("baseline")))["emissions_cumulative"].text["en"]
    assert emitted in Path(brief.value.path()).read_text(encoding="utf-8")
    visitor.click("[data-room=policies]")
    visitor.click("[data-view=saved]")
    visitor.enter("[data-field=name]", "as it is")
    expect(visitor.page.locator("[data-saved='as it is']")).to_have_count(1, timeout=PATIENT_MS)
    visitor.click("[data-room=compare]")
    with visitor.page.expect_download() as picture:
        visitor.click("#compare [data-action=svg]")
    assert "<svg" in Path(picture.value.path()).read_text(encoding="utf-8")


def test_s36_a_file_that_is_edited_says_what_is_wrong_and_then_runs(hands) -> None:
    visitor, part = hands(), "[data-part=file]"
    right = write_yaml({"extends": "tanlu:baseline", "name": "mine", "policies": SUBSIDY, **ONE_DRAW})
    visitor.click(f"{part} summary")
    visitor.enter(f"{part} textarea", right.replace("rate_cny", "rate_yuan"))
    visitor.click(f"{part} [data-action=apply]")
    fault = visitor.page.locator(f"{part} .builder-fault").first
    expect(fault).to_contain_text(re.compile(r"scenario\.yaml:\d+:\d+"), timeout=PATIENT_MS)
    expect(fault).to_contain_text("rate_cny_per_tco2")
    visitor.enter(f"{part} textarea", right)
    visitor.click(f"{part} [data-action=apply]")
    visitor.click("[data-room=worked]")
    expect_figures(visitor.page, figures(engine(**SUBSIDY)), *CUT)


# --- the dry year -------------------------------------------------------------------------------------------------

# What the charts by year draw: lines of what is on show, and dashed of the other one.
BY_YEAR = """() => Object.fromEntries([...document.querySelectorAll("[data-small]")].map(
  ({ dataset, __vue__: { values } }) => [dataset.small, [values.lines[0], values.before[0]]]))"""
# Of which answers the charts are that are drawn.
ON_SHOW = """() => [...document.querySelectorAll("#power, [data-small]")].map(
  ({ dataset }) => dataset.drawn || dataset.smallDrawn)"""
# The hours of a year by kind of day, as the large chart draws them: the load, and the price of each province.
HOURS_OF = """(year) => {
  const { years, values } = document.querySelector("#power").__vue__, at = years.indexOf(year);
  return { load: values.load[at].flat(), ...Object.fromEntries(
    Object.entries(values.prices).map(([name, price]) => [name, price[at].flat()])) };
}"""


@cache
def hourly(water: int | str) -> Result:
    """Return the shipped drought of a short time in one draw, with its hours and a past year's water in 2028."""
    changes = {
        **ONE_DRAW,
        "world": {"hydrology": "observed", "drought": {2028: water}},
        "years": {"start": 2020, "end": 2030},
        "outputs": {"dispatch": True},
    }
    return simulate({"extends": "tanlu:drought_2028", "name": "dry", **changes})


def expect_by_year(page: Page, here: Result, other: Result) -> None:
    drawn = page.evaluate(BY_YEAR)
    for small, name in (
        ("shortage", "shortage_twh"),
        ("expected", "expected_shortage_hours"),
        ("reserve", "reserve_margin_percent"),
    ):
        lines = [getattr(paths_of(one), name)[0] for one in (here, other)]
        assert drawn[small] == [pytest.approx(line, abs=6e-4) for line in lines], small
    assert drawn["reserve"][0] != drawn["reserve"][1]


def expect_hours(page: Page, of: Result, year: int, month: int) -> None:
    table = of.dispatch
    assert table is not None
    rows = table[(table["year"] == year) & (table["month"] == month)]
    drawn = page.evaluate(HOURS_OF, year)
    loads = rows.groupby(["day_type", "hour"], sort=False)["load_mw"].sum()
    assert drawn.pop("load") == pytest.approx(loads.tolist(), abs=0.51)
    prices = {str(name): own["price_cny_per_mwh"].tolist() for name, own in rows.groupby("province")}
    assert drawn == {name: pytest.approx(price, abs=0.51) for name, price in prices.items()}


@pytest.mark.slow
def test_s29_the_dry_year_draws_its_pair_and_the_hours_of_its_month_after_two_interactions(hands) -> None:
    visitor = hands("/power?lang=en&v=2&b=baseline&d=(years:(end:2030,start:2020))")
    dry, normal = hourly(2022), hourly("normal")
    page, (year,), month = visitor.page, dry.scenario.world.drought, 8
    rows = compare_drought(paths_of(dry), paths_of(normal), year)
    visitor.click("[data-dry-choice=dry]")
    visitor.choose("[data-action=month]", str(month))
    assert visitor.done == 2
    for choice, here, other in (("dry", dry, normal), ("normal", normal, dry)):
        if choice == "normal":
            before = page.evaluate(ON_SHOW)
            visitor.click("[data-dry-choice=normal]")
            page.wait_for_function(
                f"(before) => ({ON_SHOW})().every((one, n) => one !== before[n])", arg=before
            )
        switch = page.locator(f"[data-dry={choice}]")
        expect(switch).to_have_attribute("data-dry-told", "1", timeout=PATIENT_MS)
        expect(page.locator("#power")).to_have_attribute("data-drawn", re.compile(f"-{month}-both-{year}$"))
        for figure in (one for row in rows for one in (row.dry, row.normal)):
            assert switch.locator(f"[data-figure='{figure.key}']").inner_text().strip() == figure.text["en"]
        expect_by_year(page, here, other)
        expect_hours(page, here, year, month)
