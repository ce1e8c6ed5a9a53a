"""The view of CO2 hubs: its figures are the model's, and in a real Chromium years play without the server."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tanlu.experiments.results import simulate
from tanlu.pages.hubs import VOLUMES_MT, hub_values
from tanlu.pages.levers import Levers
from tanlu.region.co2 import line_charge, tariff_curve
from tests.browser import DESKTOP, PHONE, latin_in_chinese
from tests.chengyu import AXES
from tests.fake_result import view_of
from tests.model_runs import REGION, shipped
from tests.monotone import first_quick
from tests.open_seasons import season_of
from tests.test_app_map import PLACE, TO_YEAR

CO2 = REGION.co2
VIEW = "/plants?lang=en&part=hubs&s=ccus_push"
TO_YEAR = TO_YEAR.replace("#map", "#hubs")
CURVES = """async () => (await window.tanlu.echarts())
  .getInstanceByDom(document.querySelector("#hubs").__vue__.$refs.plot).getOption().series
  .map(({ id }) => id).filter((id) => id.startsWith("curve"))"""
PLACE = PLACE.replace("#map", "#hubs").replace("view.subject.sites[site].at", "view.subject.places[site]")


# --- figures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hub", [0, 4, 8])
@pytest.mark.parametrize("lines", [(0.0, 0.0, 0.0), (3e6, 2e8, 78.3)])
def test_the_curve_is_what_a_hub_posts_at_a_committed_flow(
    hub: int, lines: tuple[float, float, float]
) -> None:
    """One hub alone with an anchor of that flow posts the tariff of the curve, lines there are or not."""
    flow = VOLUMES_MT[VOLUMES_MT <= 15.0] * 1e6
    capacity, cost, storing = lines
    n = len(CO2.hubs.ids)
    chosen = (np.arange(n) == hub) * 1.0
    curve = tariff_curve(
        CO2, hub, flow, agreed_tco2=capacity, line_cost_cny=cost, storage_cost_cny_per_tco2=storing
    )
    for volume, tariff in zip(flow, curve, strict=True):
        season = season_of(
            hub=np.array([hub]),
            bids=np.array([[1.0, 1e9, 1.0]]),
            committed_tco2=np.zeros((n, 2)),
            anchor_tco2=volume * chosen,
            lines=np.array(lines) * chosen[:, None],
            ends=CO2.corridors.ends,
            scale_cny=CO2.corridors.scale_cny,
            flow_exponent=CO2.corridors.flow_exponent,
            charge=line_charge(CO2.transport, np.zeros(n)),
            store_cost_cny_per_tco2=CO2.stores.cost_cny_per_tco2,
            room_tco2=np.full(len(CO2.stores.ids), 1e9),
            oversize=np.zeros(n),
        )
        assert season.tariff_cny_per_tco2[hub] == pytest.approx(tariff, rel=1e-9)
    if capacity == 0.0:
        assert np.all(np.diff(curve) < 0.0), "the more is committed, the less a tonne pays"


def test_the_figures_are_those_of_the_result() -> None:
    result = simulate(shipped("ccus_push"), years=(2020, 2060))
    values = hub_values(view_of("0" * 12, Levers(), result, AXES), CO2)
    posted = [x for x in values["hubs"] if max(x["tariff"]) > 0.0]
    assert len(posted) > 3
    dots = 0
    for x in posted:
        for at in (y for y, tariff in enumerate(x["tariff"]) if tariff > 0.0):
            curve, volume = np.array(x["curves"][x["curve"][at]]), x["posted_at"][at]
            after = int(np.searchsorted(VOLUMES_MT, volume))
            # beyond what is agreed, another line lifts the curve
            if 0.25 < volume < VOLUMES_MT[-1] and x["agreed"][at] >= VOLUMES_MT[after]:
                assert curve[after] - 0.1 <= x["tariff"][at] <= curve[after - 1] + 0.1
                dots += 1
            assert x["shipped"][at] <= x["agreed"][at] + 0.01
    assert dots > 1, "dots lie on their curves"
    capacity, carried, sharing = (values["lines"][key] for key in ("capacity", "shipped", "hubs"))
    assert any(series and max(series) > 1 for series in sharing), "some lines are shared"
    for most, now in zip(capacity, carried, strict=True):
        assert np.all(np.array(now) <= np.array(most) + 0.01)
    held, stored = np.array(values["held"]), result.path("Carbon Capture|By Destination|Storage").cumsum()
    np.testing.assert_allclose(held.sum(axis=0), stored, atol=0.5)
    assert hub_values(view_of("1" * 12, Levers(), _without_hubs(result), AXES), CO2) == {}


def _without_hubs(result):
    table = result.indicators
    kept = table[~table["variable"].astype(str).str.startswith("CO2 ")]
    return type("Bare", (), {"indicators": kept, "flows": None, "findings": ()})


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_view_opens_from_the_bar_and_its_address_leads_back(visit, site):
    page = visit("/?lang=en&s=ccus_push")
    page.click("[data-room=plants]")
    page.click("[data-view=hubs]")
    expect(page.locator("#hubs h2")).to_contain_text("1 of 13 CO2 hubs have agreed lines")
    page.evaluate(TO_YEAR, 2045)
    expect(page).to_have_url(re.compile(r"/plants\?lang=en&part=hubs&v=2&b=ccus_push&.*&year=2045$"))
    other = visit(page.url.removeprefix(site))
    for name in ("data-sig", "data-drawn", "data-posted"):
        assert other.get_attribute("#hubs", name) == page.get_attribute("#hubs", name)


@pytest.mark.browser
def test_only_hubs_with_bookings_are_drawn(visit):
    page = visit(VIEW + "&year=2024")
    expect(page.locator("#hubs h2")).to_contain_text("2024: nobody has committed to a CO2 hub")
    assert page.get_attribute("#hubs", "data-posted") == "0"
    assert page.locator(".hub-names .idle").count() == 13
    assert page.evaluate(CURVES) == ["curve-0"]
    page.evaluate(TO_YEAR, 2040)
    expect(page.locator("#hubs h2")).to_contain_text("2040: 1 of 13")
    assert page.get_attribute("#hubs", "data-posted") == "1"


@pytest.mark.browser
def test_a_hub_is_chosen_and_the_table_and_the_file_agree(visit):
    page = visit(VIEW + "&year=2040")
    page.click("[data-hub='3']")
    expect(page.locator("#hubs")).to_have_attribute("data-chosen", "3")
    page.get_by_role("button", name="Table").click()
    cells = page.locator("tr[data-row='0'] td").all_inner_texts()
    assert cells[0] == "103" and float(cells[1]) == pytest.approx(2 * float(cells[3]), abs=0.2)
    assert page.locator("tr[data-store]").count() == 8
    with page.expect_download() as download:
        page.click("[data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    mine = next(row for row in rows if row["id"] == CO2.hubs.ids[0] and row["year"] == "2040")
    assert float(mine["committed_mtco2"]) == pytest.approx(float(cells[1]), abs=0.06)
    assert sum(row["kind"] == "store" for row in rows) == 8 * 41
    line = next(row for row in rows if row["kind"] == "line" and row["year"] == "2040" and row["hubs"] == "1")
    assert line["id"] == "jiangyou-depleted_gas_west"
    assert float(line["shipped_mtco2"]) == pytest.approx(float(mine["shipped_mtco2"]))


@pytest.mark.browser
def test_lines_stand_on_a_map_whose_hubs_are_chosen_by_hand(visit):
    page = visit(VIEW + "&year=2024")
    page.click("[data-as=map]")
    expect(page.locator("#hubs")).to_have_attribute("data-drawn", re.compile("-map$"))
    assert page.get_attribute("#hubs", "data-lines") == "0"
    page.evaluate(TO_YEAR, 2040)
    expect(page.locator("#hubs")).to_have_attribute("data-lines", "1")
    page.mouse.click(*page.evaluate(PLACE, 8))
    expect(page.locator("#hubs")).to_have_attribute("data-chosen", "8")
    page.get_by_role("button", name="Table").click()
    cells = page.locator("tr[data-line]").all_inner_texts()
    assert len(cells) == 1 and cells[0].startswith(
        "Jiangyou and Mianyang — Depleted gas fields of the west\t80.0"
    )


@pytest.mark.browser
def test_s04_chinese_leaves_no_english(visit):
    page = visit("/plants?lang=zh&part=hubs&year=2036&s=ccus_push")
    page.get_by_role("button", name="表", exact=True).click()
    assert latin_in_chinese(page) == set()


@pytest.mark.browser
@first_quick("language", "en", "zh")
def test_it_fits_desktop_and_phone(visit, language):
    page = visit(f"/plants?lang={language}&part=hubs&s=ccus_push")
    assert page.evaluate("document.documentElement.scrollHeight") <= DESKTOP["height"]
    phone = visit(f"/plants?lang={language}&part=hubs&s=ccus_push", viewport=PHONE)
    for shown in ("map", "curves"):
        phone.click(f"[data-as={shown}]")
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert phone.locator("#hubs .plot").bounding_box()["width"] > 330


def test_where_nobody_books_it_is_said_what_would_start_a_hub(visit):
    page = visit("/plants?lang=en&part=hubs")
    said = page.locator("[data-part=start]")
    expect(said).to_contain_text(re.compile(r"Nearest is Three Rivers in 2038: it lacks -?.?\d+ CNY/t"))
    assert not page.locator("#hubs .plot").is_visible()
    page.click("[data-as=map]")
    expect(page.locator("#hubs")).to_have_attribute("data-drawn", re.compile("-map$"))
    expect(page.locator("#hubs .plot")).to_be_visible()
    page.click("[data-view=use]")
    expect(page.locator("#use")).to_be_visible()
    assert visit(VIEW).locator("[data-part=start]").count() == 0
