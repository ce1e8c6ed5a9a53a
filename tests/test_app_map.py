"""The map of plants in a real Chromium: nothing is asked of other hosts, years play without the server."""

import csv
import re
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import expect

from tests.browser import DESKTOP, PHONE, drawn, latin_in_chinese, leaks, press
from tests.monotone import first_quick

pytestmark = pytest.mark.browser
VIEW = "/plants?lang=en"

TO_YEAR = """
(year) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not drawn within 10 s")), 10000);
  const view = document.querySelector("#map");
  const slider = view.querySelector("[data-action=year]");
  const start = performance.now();
  const observer = new MutationObserver(() => {
    if (!view.dataset.drawn.includes(`-${year}-`)) return;
    observer.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - start));
  });
  observer.observe(view, { attributes: true });
  slider.value = year;
  slider.dispatchEvent(new Event("input"));
})
"""
# where the middle of a site is drawn
PLACE = """
(site) => {
  const view = document.querySelector("#map").__vue__;
  const [x, y] = view.chart.convertToPixel("geo", view.subject.sites[site].at);
  const box = view.$refs.plot.getBoundingClientRect();
  return [box.x + x, box.y + y];
}
"""

# The colours of the land where nothing stands, and around the map.
GROUNDS = """() => {
  const map = document.querySelector("#map"), { chart, $refs } = map.__vue__;
  const layers = [...$refs.plot.querySelectorAll("canvas")].map((canvas) => {
    const [x, y] = chart.convertToPixel("geo", [105, 27.5]), scale = canvas.width / canvas.clientWidth;
    return canvas.getContext("2d").getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data;
  });
  const [red, green, blue] = layers.find((pixel) => pixel[3] === 255) || [];
  return [`rgb(${red}, ${green}, ${blue})`, getComputedStyle(map).backgroundColor];
}"""
LIGHT, DARK = ["rgb(243, 244, 246)", "rgb(255, 255, 255)"], ["rgb(18, 22, 27)", "rgb(26, 31, 38)"]


def test_the_map_opens_from_the_bar_and_its_address_leads_back(visit, site):
    page = visit()
    page.click("[data-room=plants]")
    expect(page.locator("#map")).to_have_attribute("data-shown", "3")
    page.evaluate(TO_YEAR, 2045)
    expect(page).to_have_url(f"{site}{VIEW}&year=2045")
    other = visit(page.url.removeprefix(site))
    for name in ("data-sig", "data-drawn", "data-emitted-kt"):
        assert other.get_attribute("#map", name) == page.get_attribute("#map", name)


def test_years_are_drawn_at_once_and_change_what_the_plants_do(visit):
    page = visit(VIEW)
    expect(page.locator("#map h2")).to_have_text("2030: 3 sites at work emit 5.8 Mt; none captures CO2")
    waits = [page.evaluate(TO_YEAR, year) for year in range(2031, 2051)]
    assert median(waits) < 150
    expect(page.locator("#map h2")).to_have_text(
        "2050: 3 sites at work emit 2.6 Mt; capture at 1 of them takes 0.7 Mt"
    )
    page.evaluate(TO_YEAR, 2022)
    expect(page.locator("#map h2")).to_contain_text("2022: 2 sites at work")


def test_a_site_is_chosen_on_the_map_and_its_card_follows_the_year(visit):
    page = visit(VIEW + "&year=2033")
    page.mouse.click(*page.evaluate(PLACE, 0))
    card = page.locator(".map-card")
    expect(card.locator("h3")).to_have_text("East Lake power station")
    expect(card).to_contain_text("Power group, <b>Other</b>")
    units = card.locator("div.map-unit")
    expect(units).to_have_count(2)
    expect(units.first).to_contain_text("at work")
    page.evaluate(TO_YEAR, 2036)
    expect(units.first).to_contain_text("closed")
    expect(units.first.locator("[data-why=coal_1]")).to_contain_text("What East Lake 1 considered in 2034")
    expect(units.first).to_contain_text("Grade B")
    page.click("[data-decider=coal_2]")
    expect(units.last.locator("[data-why=coal_2]")).to_contain_text(
        "It pays from a carbon price of 431.0 CNY/t on."
    )
    expect(card.locator("[data-why]")).to_have_count(1)
    expect(card.locator("[data-why=coal_2]")).to_have_attribute("data-why-year", "2030")
    card.get_by_role("button", name="Close").click()
    expect(card.locator("h3")).to_have_count(0)


def test_s05_the_ground_of_the_map_is_that_of_the_chosen_theme_and_survives_a_reload(visit):
    page = visit(VIEW)
    assert page.evaluate(GROUNDS) == LIGHT
    for grounds in (DARK, LIGHT):
        page.click("[data-action=theme]")
        page.wait_for_function(f"(grounds) => ({GROUNDS})().join() === grounds.join()", arg=grounds)
        page.reload()
        drawn(page)
        assert page.evaluate(GROUNDS) == grounds


def test_pointing_at_a_site_tells_its_year(visit):
    page = visit(VIEW + "&year=2033")
    page.mouse.move(*page.evaluate(PLACE, 2))
    expect(page.locator(".plot")).to_contain_text("Three Rivers cement")
    expect(page.locator(".plot")).to_contain_text("<b>Other</b>")


def test_kinds_can_be_chosen_and_all_shown_again(visit):
    page = visit(VIEW)
    page.click("[data-kind=coal]")
    expect(page.locator("#map")).to_have_attribute("data-shown", "1")
    expect(page.locator("#map h2")).to_contain_text("1 site at work emits 4.9 Mt")
    page.click("[data-kind=cement]")
    expect(page.locator("#map")).to_have_attribute("data-shown", "2")
    page.click("[data-action=all]")
    expect(page.locator("#map")).to_have_attribute("data-shown", "3")


def test_s28_the_list_and_the_file_agree_with_the_map(visit):
    page = visit(VIEW + "&year=2045")
    page.get_by_role("button", name="List").click()
    cells = page.locator("tr[data-site='2'] td").all_inner_texts()
    assert cells[:4] == ["Cement", "Fuling", "<b>Other</b>", "captures CO2"]
    page.click("[data-sort=plant]")
    names = page.locator("tr[data-site] th").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    page.click("[data-sort=plant]")
    assert page.locator("tr[data-site] th").all_inner_texts() == names[::-1]
    assert cells[-2:] == ["0.2 Mt", "0.7 Mt"]
    page.locator("tr[data-site='2'] button").click()
    expect(page.locator(".map-card h3")).to_have_text("Three Rivers cement")
    with page.expect_download() as download:
        page.click("[data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    cement = next(row for row in rows if row["plant"] == "cement_1")
    assert (cement["year"], cement["emissions_mtco2"], cement["captured_mtco2"]) == ("2045", "0.2", "0.7")


def test_s06_the_list_of_plants_is_used_by_keyboard(visit):
    page = visit("/plants?lang=en")
    press(page, page.locator("#map [data-as=table]"))
    press(page, page.locator("[data-sort=plant]"))
    expect(page.locator("th[aria-sort=ascending], th[aria-sort=descending]")).to_have_count(1)
    row = page.locator("tr[data-site='2'] button")
    press(page, row)
    expect(page.locator(".map-card h3")).to_have_text("Three Rivers cement")
    assert row.evaluate("(e) => getComputedStyle(e).outlineWidth") == "3px"
    press(page, page.locator(".map-close"))
    expect(page.locator(".map-card h3")).to_have_count(0)


def test_s04_chinese_leaves_no_english(visit):
    page = visit("/plants?lang=zh&year=2036")
    page.mouse.click(*page.evaluate(PLACE, 0))
    expect(page.locator(".map-card h3")).to_have_text("东湖电厂")
    page.get_by_role("button", name="列表", exact=True).click()
    assert latin_in_chinese(page) <= {"Apache", "ECharts", "fake"}  # the last is the name of the run


def test_a_failing_map_shows_a_card(visit, fault):
    page = visit("/?s=carbon_price-970")
    fault.write_text("model")
    page.click("[data-room=plants]")
    expect(page.locator("[data-failure=model]")).to_contain_text(re.compile(r"Error number [0-9a-f]{8}"))
    assert not leaks(page)


def test_the_map_fits_a_small_desktop(visit):
    page = visit(VIEW)
    assert page.evaluate("document.documentElement.scrollHeight") <= DESKTOP["height"]
    assert page.locator("#map .plot").bounding_box()["height"] >= 320


@first_quick("language", "en", "zh")
def test_a_phone_needs_no_sideways_scrolling(visit, language):
    page = visit(f"/plants?lang={language}", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.locator("#map .plot").bounding_box()["width"] > 330
    page.evaluate("document.querySelector('#map').__vue__.choose_site({ site: 2 })")
    page.wait_for_selector(".map-card [data-why]")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_s28_plants_are_found_in_both_languages_and_by_place_owner_and_state(visit):
    page = visit(VIEW)
    shown = page.locator("#map")
    for word in ("三江", "three RIVERS", "涪陵"):
        page.fill("[data-filter=query]", word)
        expect(shown).to_have_attribute("data-shown", "1")
    page.click("[data-action=all]")
    expect(shown).to_have_attribute("data-shown", "3")
    page.select_option("[data-filter=prefecture]", "Chengdu")
    expect(shown).to_have_attribute("data-shown", "1")
    page.select_option("[data-filter=prefecture]", "")
    page.select_option("[data-filter=owner]", "Power group")
    expect(shown).to_have_attribute("data-shown", "2")
    page.select_option("[data-filter=state]", "captures")
    expect(shown).to_have_attribute("data-shown", "0")


def test_s28_plants_that_changed_against_the_baseline_are_listed_with_both_courses(visit):
    page = visit(VIEW + "&s=carbon_price-100")
    page.click("[data-layer=changed]")
    expect(page.locator("#map")).to_have_attribute("data-shown", "1")
    page.get_by_role("button", name="List").click()
    cells = page.locator("[data-changed-site='0'] td").all_inner_texts()
    assert cells[2:] == ["Goes on as it is; works until 2060", "2034 Early closure; works until 2034"]


def test_hubs_and_uses_open_from_a_plant(visit):
    page = visit(VIEW)
    page.mouse.click(*page.evaluate(PLACE, 2))
    page.click(".map-card [data-open=hubs]")
    expect(page.locator("#hubs h2")).not_to_be_empty()


FLOW = "/plants?part=flow&lang=en"


def test_what_plants_become_is_drawn_and_its_table_and_file_agree(visit):
    page = visit(VIEW + "&year=2045")
    page.click("[data-view=flow]")
    expect(page.locator("#flow h2")).to_have_text(
        "Power plants from 2024 to 2045: of 1.2 GW, 0.6 GW stays as it is, 0.0 GW changes, 0.6 GW is closed; "
        "3.8 GW is new"
    )
    assert page.evaluate("document.querySelector('#flow').__vue__.nodes().map((node) => node.words)") == [
        *("Coal 1.2", "New 3.8", "Coal 0.6", "Hydro 3.0", "Wind 0.8", "Closed 0.6")
    ]
    page.select_option("#flow [data-action=group]", "cement")
    page.get_by_role("button", name="Table").click()
    cells = page.locator("[data-table=flow] tbody tr").all_inner_texts()
    assert [row.split("\t") for row in cells] == [["Clinker kiln", "Clinker kiln, captures CO2", "2.00"]]
    with page.expect_download() as download:
        page.click("#flow [data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert {row["2045"] for row in rows if row["group"] == "cement" and row["after_captures"] == "1"} == {
        "2000000"
    }


def test_what_plants_become_follows_the_province(visit):
    page = visit(FLOW + "&region=Chongqing")
    expect(page.locator("#flow h2")).to_contain_text("Cement from 2024 to 2030")
    expect(page.locator("#flow option")).to_have_count(1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_plants_become_fits_a_phone(visit, language):
    phone = visit(FLOW.replace("en", language), viewport=PHONE)
    expect(phone.locator("#flow")).to_have_attribute("data-drawn", re.compile("power"))
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
