"""The electricity view in a real Chromium: years play without the server, places and months come from it."""

import csv
import re
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import expect

from tests.browser import DESKTOP, PHONE, calmest, drawn, latin_in_chinese, leaks, put
from tests.monotone import first_quick

pytestmark = pytest.mark.browser
VIEW = "/power?lang=en"

# Move the year as a hand does, and wait for the frame in which the chart shows it.
TO_YEAR = """
(year) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not drawn within 10 s")), 10000);
  const view = document.querySelector("#power");
  const slider = view.querySelector("[data-action=year]");
  const start = performance.now();
  const observer = new MutationObserver(() => {
    if (!view.dataset.drawn.endsWith(`-${year}`)) return;
    observer.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - start));
  });
  observer.observe(view, { attributes: true });
  slider.value = year;
  slider.dispatchEvent(new Event("input"));
})
"""


def test_the_view_opens_from_the_bar_and_its_address_leads_back(visit, site):
    page = visit()
    page.click("[data-room=power]")
    expect(page.locator("#power")).to_have_attribute("data-drawn", re.compile("-both-2030$"))
    assert page.locator("#path").count() == 0
    page.click("[data-place=Chongqing]")
    page.select_option("[data-action=month]", "1")
    page.evaluate(TO_YEAR, 2045)
    expect(page).to_have_url(f"{site}{VIEW}&region=Chongqing&year=2045&month=1")
    other = visit(page.url.removeprefix(site))
    for name in ("data-sig", "data-drawn", "data-peak-mw"):
        assert other.get_attribute("#power", name) == page.get_attribute("#power", name)
    other.click("[data-room=results]")
    expect(other.locator("#path")).to_have_count(1)


@pytest.mark.timed
def test_years_are_drawn_at_once_and_ask_the_server_for_nothing(visit):
    page = visit(VIEW)
    waits = [page.evaluate(TO_YEAR, year) for year in range(2031, 2051)]
    assert median(waits) < 100
    assert max(waits) < 1000


def test_s29_the_peak_grows_with_the_year_while_the_axis_stands_still(visit):
    page = visit(VIEW)
    peaks = []
    for year in (2031, 2045, 2060):
        page.evaluate(TO_YEAR, year)
        peaks.append(float(page.get_attribute("#power", "data-peak-mw")))
    assert peaks == sorted(peaks) and peaks[0] < peaks[2]
    axis = "document.querySelector('#power').__vue__.extent()"
    top = page.evaluate(axis)
    filled = page.evaluate(
        """() => {
          const chart = document.querySelector('#power').__vue__;
          const { min, max } = chart.extent();
          const loads = chart.values.load[chart.years.length - 1].flat().map((mw) => mw * chart.axis.factor);
          return Math.max(...loads) / (max - min);
        }"""
    )
    assert filled >= 0.6, "of the height of the plot, in the last year"
    page.evaluate(TO_YEAR, 2030)
    assert page.evaluate(axis) == top


def test_prices_fill_the_axis_of_their_year_whatever_a_year_of_shortage_had(visit):
    page = visit(VIEW)
    page.evaluate(
        """() => {
          const chart = document.querySelector('#power').__vue__;
          chart.values.prices.Sichuan[0][0][0] = 9000;
          chart.redraw();
        }"""
    )
    page.evaluate(TO_YEAR, 2045)
    top, most = page.evaluate(
        """() => {
          const chart = document.querySelector('#power').__vue__;
          const prices = Object.values(chart.values.prices).map((years) => years[chart.at]).flat(2);
          return [chart.chart.getOption().yAxis[chart.days.length].max, Math.max(...prices) * chart.price_axis.factor];
        }"""
    )
    assert most <= top < most + 100.0


def test_s29_the_hours_of_a_month_are_two_clicks_from_the_years(visit):
    page = visit(VIEW)
    expect(page.locator("[data-small=shortage]")).to_have_count(1)
    plot = page.locator("[data-small=reserve] canvas").bounding_box()
    page.mouse.click(plot["x"] + 0.75 * plot["width"], plot["y"] + 0.5 * plot["height"])
    expect(page.locator("#power")).not_to_have_attribute("data-year", "2030")
    year = page.get_attribute("#power", "data-year")
    page.select_option("[data-action=month]", "1")
    expect(page).to_have_url(re.compile(f"year={year}&month=1"))
    expect(page.locator("#power")).to_have_attribute("data-drawn", re.compile(f"-{year}$"))


def test_years_play_to_the_end_and_stop(visit):
    page = visit(VIEW + "&year=2057")
    page.click("[data-action=play]")
    expect(page.locator("[data-action=play]")).to_have_text("Stop")
    expect(page.locator("#power")).to_have_attribute("data-year", "2060")
    expect(page.locator("[data-action=play]")).to_have_text("Play years")
    expect(page).to_have_url(re.compile("year=2060"))


def test_what_is_short_is_said_in_the_heading(visit):
    page = visit(VIEW + "&month=8&year=2040&at=Sichuan")
    expect(page.locator("#power h2")).to_contain_text("1.5 GW cannot be served")
    expect(page.locator(".power-names")).to_contain_text("Industry shed")
    page.select_option("[data-action=month]", "7")
    expect(page.locator("#power h2")).to_contain_text("water, wind and sun")
    expect(page.locator(".power-names")).not_to_contain_text("Industry shed")


def test_a_lever_moves_the_hours_too(visit):
    page = visit(VIEW)
    before = page.get_attribute("#power", "data-sig")
    put(page, "carbon_price", 300)
    expect(page.locator("#power")).not_to_have_attribute("data-sig", before)
    expect(page.locator("#power.waiting")).to_have_count(0)


def test_the_table_and_the_file_agree_with_the_chart(visit):
    page = visit(VIEW + "&month=8&year=2040&at=Sichuan")
    page.get_by_role("button", name="Table").click()
    cells = page.locator("tr[data-hour='1-20'] td").all_inner_texts()
    heads = page.locator(".table-box th[scope=col]").all_inner_texts()
    shown = dict(zip(heads[1:], cells, strict=True))
    with page.expect_download() as download:
        page.click("[data-action=csv]")
    assert download.value.suggested_filename.endswith("-Sichuan-2040-08.csv")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    row = next(r for r in csv.DictReader(text.splitlines()) if (r["day_type"], r["hour"]) == ("peak", "20"))
    for head, column in (("Load", "load_mw"), ("Coal", "coal_mw"), ("Industry shed", "shed_mw")):
        assert float(shown[head]) == pytest.approx(float(row[column]) / 1000, abs=0.051)
    assert shown["Industry shed"] == "1.5"


def test_an_answer_without_hours_is_said(visit, fault):
    page = visit("/?s=carbon_price-990")
    fault.write_text("hours")
    page.click("[data-room=power]")
    expect(page.locator(".power-empty")).to_contain_text("This answer holds no hours")
    assert not leaks(page)


def test_a_failing_view_shows_a_card_and_the_bar_leads_out(visit, fault):
    page = visit("/?s=carbon_price-980")
    fault.write_text("model")
    page.click("[data-room=power]")
    expect(page.locator("[data-failure=model]")).to_contain_text(re.compile(r"Error number [0-9a-f]{8}"))
    assert not leaks(page)
    page.click("[data-room=results]")
    drawn(page)


def test_s04_chinese_leaves_no_english(visit):
    page = visit("/power?lang=zh&month=8&year=2040&at=Sichuan")
    page.get_by_role("button", name="表", exact=True).click()
    assert not latin_in_chinese(page)
    expect(page.locator("#power h2")).to_contain_text("四川2040年8月")


def test_the_view_fits_a_small_desktop(visit):
    page = visit(VIEW)
    assert page.evaluate("document.documentElement.scrollHeight") <= DESKTOP["height"]
    assert page.locator("#power .plot").bounding_box()["height"] >= 340


@first_quick("language", "en", "zh")
def test_a_phone_shows_one_day_at_a_time(visit, language):
    page = visit(f"/power?lang={language}", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    days = page.locator("#power [role=group]").nth(0).locator("button")
    assert [b.get_attribute("aria-pressed") for b in days.all()] == ["false", "true"]
    days.first.click()
    assert days.first.get_attribute("aria-pressed") == "true"


@pytest.mark.timed
def test_s21_a_lever_is_drawn_in_time_in_this_view_as_well(visit):
    page = visit(VIEW)
    page.evaluate("document.querySelector('#power').id = 'path'")  # where `move` looks
    assert median(calmest(page, 300)) < 1000


@first_quick(("language", "said"), ("zh", "蓄能"), ("en", "in store"))
def test_reservoirs_of_the_month_stand_with_their_limits(visit, language, said):
    page = visit(f"/power?lang={language}&at=Sichuan&month=8")
    water = page.locator(".power-water")
    expect(water.locator("summary")).to_contain_text(said)
    before = water.get_attribute("data-stored-gwh")
    page.evaluate(TO_YEAR, 2045)
    assert float(water.get_attribute("data-stored-gwh")) > float(before), "it follows the year"
    water.locator("summary").click()
    expect(water.locator("tbody tr")).to_have_count(12)
    expect(water.locator("tbody tr").nth(7).locator("td")).to_have_count(7)
    page.click("[data-place=Chongqing]")
    expect(water).to_have_count(0)
