"""The view of what becomes of captured CO2: its figures are the model's, and it says how little products take."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tanlu.core.axes import FUEL
from tanlu.experiments.results import simulate
from tanlu.pages.co2_use import FATES, demand_of, measured, named_products, taken_mt, use_values
from tanlu.pages.levers import Levers
from tanlu.pages.reference_plant import STATION_HOURS, STATION_MW, read_station_mt
from tanlu.pages.service import PACK
from tanlu.region.catalogue import region_axes
from tanlu.region.co2 import product_price
from tests.browser import DESKTOP, PHONE, latin_in_chinese
from tests.chengyu import AXES
from tests.fake_result import view_of
from tests.model_runs import REGION, shipped
from tests.monotone import first_quick
from tests.test_app_map import TO_YEAR

CO2 = REGION.co2
MOST_MT = (CO2.products.maximum_tco2_per_year / 1e6).tolist()
VIEW = "/plants?lang=en&part=use&s=ccus_push"
TO_YEAR = TO_YEAR.replace("#map", "#use")


# --- figures -----------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_result() -> None:
    result = simulate(shipped("ccus_push"), years=(2020, 2038))
    values = use_values(view_of("0" * 12, Levers(), result, AXES), CO2)
    fates = np.array([values["fates"][key] for key, _, _ in FATES])
    captured = result.path("Carbon Capture").to_numpy()
    np.testing.assert_allclose(fates.sum(axis=0), captured, atol=4e-3)
    assert captured[-1] > 10.0, "something is captured"
    sold = np.array(values["sold"])
    np.testing.assert_allclose(
        sold.sum(axis=0), result.path("Carbon Capture|By Destination|Usage").to_numpy(), atol=2e-3
    )
    limit = np.array(values["limit"])
    assert np.all(sold <= limit + 1e-4)
    most = CO2.products.maximum_tco2_per_year[:, None] / 1e6
    assert np.all(limit <= most + 1e-4) and len(named_products(CO2, "en")) == len(limit)
    kept = CO2.products.permanent_share @ sold
    np.testing.assert_allclose(kept, values["fates"]["kept"], atol=2e-3)
    bare = result.indicators[~result.indicators["variable"].astype(str).str.startswith("Price|CO2")]
    assert (
        use_values(
            view_of(
                "1" * 12,
                Levers(),
                type("Bare", (), {"indicators": bare, "flows": None, "findings": ()}),
                AXES,
            ),
            CO2,
        )
        == {}
    )


def test_the_curve_is_the_sum_of_what_every_product_takes_at_a_price() -> None:
    for price in (50.0, 150.0, 250.0):
        each = np.linspace(0.0, CO2.products.maximum_tco2_per_year, 20_001)
        takes = (product_price(CO2.products, each) >= price).sum(axis=0) - 1
        by_hand = each[np.maximum(takes, 0), np.arange(takes.size)].sum() / 1e6
        assert taken_mt(CO2, MOST_MT, price) == pytest.approx(by_hand, rel=1e-2)  # steps of a CNY
    assert taken_mt(CO2, [0.5 * x for x in MOST_MT], 0.0) == pytest.approx(0.5 * taken_mt(CO2, MOST_MT, 0.0))
    drawn = demand_of(CO2)
    assert drawn["prices"][-1] == 0.0 and np.all(np.diff(drawn["prices"]) < 0.0)
    assert np.all(np.diff(drawn["purchases"], axis=1) >= 0.0)


def test_no_price_sells_what_one_station_captures() -> None:
    """2 x 600 MW for 5,000 h at 7.9 GJ/MWh and 95.8 kg/GJ, nine tenths of it."""
    station = read_station_mt(PACK, region_axes("chengyu"))
    technologies = REGION.power.technologies
    assert station == pytest.approx(1200.0 * 5000.0 * 7.9131 * 0.0958 * 0.9 / 1e6, rel=1e-6)
    assert STATION_MW * STATION_HOURS == 6e6
    assert technologies.capture.rate[FUEL["coal"]] == pytest.approx(0.9)
    assert taken_mt(CO2, MOST_MT, 200.0) < 0.2 * station and taken_mt(CO2, MOST_MT, 0.0) < station
    said = measured(CO2, 2060, {"limit": [[0.0, x] for x in MOST_MT]}, station, "en")
    assert "0.5 Mt a year at 200 CNY/t" in said and "4.1 Mt a year at 5,000 hours" in said


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_view_opens_from_the_bar_and_its_address_leads_back(visit, site):
    page = visit("/?lang=en&s=ccus_push")
    page.click("[data-room=plants]")
    page.click("[data-view=use]")
    expect(page.locator("#use .path-subtitle")).to_contain_text("2 × 600 MW would capture 4.1 Mt")
    page.evaluate(TO_YEAR, 2045)
    expect(page).to_have_url(re.compile(r"/plants\?lang=en&part=use&v=2&b=ccus_push&.*&year=2045$"))
    expect(page.locator("#use h2")).to_contain_text("2045: ")
    other = visit(page.url.removeprefix(site))
    for name in ("data-sig", "data-drawn", "data-sold"):
        assert other.get_attribute("#use", name) == page.get_attribute("#use", name)


@pytest.mark.browser
def test_before_anybody_captures_it_says_so_and_later_fates_add_up(visit):
    page = visit(VIEW + "&year=2024")
    expect(page.locator("#use h2")).to_have_text("2024: nobody captures CO2")
    page.evaluate(TO_YEAR, 2046)
    expect(page.locator("#use h2")).to_contain_text("captured;")
    figures = [float(x) for x in page.locator("[data-fate] b").all_inner_texts()]
    assert figures[-1] > 1.0 and sum(figures[:-1]) == pytest.approx(figures[-1], abs=0.25)


@pytest.mark.browser
def test_the_table_and_the_file_agree(visit):
    page = visit(VIEW + "&year=2046")
    page.get_by_role("button", name="Table").click()
    assert page.locator("tr[data-product]").count() == len(CO2.products.names)
    cells = page.locator("tr[data-row='2046'] td").all_inner_texts()
    with page.expect_download() as download:
        page.click("[data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    mine = next(row for row in rows if row["year"] == "2046")
    for cell, (_, name, _) in zip(cells, FATES, strict=True):
        assert float(mine[f"{name} [Mt CO2/yr]"]) == pytest.approx(float(cell), abs=0.006)


@pytest.mark.browser
def test_s04_chinese_leaves_no_english(visit):
    page = visit("/plants?lang=zh&part=use&year=2036&s=ccus_push")
    page.get_by_role("button", name="表", exact=True).click()
    assert latin_in_chinese(page) == set()


@pytest.mark.browser
@first_quick("language", "en", "zh")
def test_it_fits_desktop_and_phone(visit, language):
    page = visit(f"/plants?lang={language}&part=use&s=ccus_push")
    assert page.evaluate("document.documentElement.scrollHeight") <= DESKTOP["height"]
    phone = visit(f"/plants?lang={language}&part=use&s=ccus_push", viewport=PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert phone.locator("#use .plot").bounding_box()["width"] > 330
