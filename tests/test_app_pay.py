"""The view of who pays whom: its figures are the table's, next to those of the baseline."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tanlu.core.intervals import band
from tanlu.experiments.results import simulate
from tanlu.output.figures.paths import DrawProgress
from tanlu.pages.levers import Levers
from tanlu.pages.money.payments import BILLS, GROUPS, RENTS, Payments, compact_payments, spread
from tanlu.pages.money.seen import CARBON_PAYERS
from tanlu.pages.money.who_pays import pay_values
from tests.browser import PHONE, latin_in_chinese
from tests.chengyu import AXES
from tests.fake_result import view_of
from tests.model_runs import shipped
from tests.monotone import first_quick

VIEW = "/affected?lang=en"
WHOLE = DrawProgress(1, 1)


# --- figures -----------------------------------------------------------------------------------------------------


def test_groups_hold_every_payment_between_them() -> None:
    result = simulate(shipped("high_carbon_price"), years=(2020, 2028), replications=2)
    flows = result.flows
    found = compact_payments(flows, result.indicators, AXES)
    assert found.draws == 2
    assert found.years == tuple(range(2020, 2029))
    last = flows[flows["year"] == 2028]
    carbon = last[(last["item"] == "carbon_price")]["value_cny"].sum() / 2e9
    provinces, centre = GROUPS.index("provinces"), GROUPS.index("centre")
    taxes = last[(last["item"] == "company_tax")]["value_cny"].sum() / 2e9
    others = last[last["item"].isin(["allowance_sales", "fuel_licences", "efficiency_penalty"])][
        "value_cny"
    ].sum()
    got = found.paid.mean(axis=0)[-1][:, [provinces, centre]].sum()
    assert carbon > 1.0 and got == pytest.approx(carbon + taxes + others / 2e9)
    gets, pays = (last[last[role] == "power_wind"]["value_cny"].sum() for role in ("payee", "payer"))
    assert found.rents.mean(axis=0)[-1][list(RENTS).index("wind")] == pytest.approx((gets - pays) / 2e9)
    assert not found.paid[..., np.arange(len(GROUPS)), np.arange(len(GROUPS))].any()
    revenue = result.draws("Public Budget|Climate Revenue")
    np.testing.assert_allclose(found.public[:, :, 0], revenue)
    price = result.draws("Price|Final Energy|Industry|Electricity")
    np.testing.assert_allclose(found.bills[:, :, list(BILLS).index("industrial")], price)
    assert np.ptp(found.paid, axis=0).max() > 0.01


def test_the_baseline_is_told_apart_and_an_answer_without_payments_is_empty() -> None:
    result = simulate(shipped("baseline"), years=(2020, 2022))
    one, other = (view_of(key * 12, Levers(), result, AXES) for key in "01")
    assert set(pay_values(one, one, WHOLE)) == {"years", "draws", "percent", "now"}
    assert set(pay_values(one, other, DrawProgress(1, 2))) == {"years", "draws", "percent", "now"}
    values = pay_values(one, other, WHOLE)
    assert not np.any(values["difference"]["paid"]) and np.any(values["now"]["paid"])
    bare = type("Bare", (), {"indicators": result.indicators, "flows": None, "findings": ()})
    assert pay_values(view_of("2" * 12, Levers(), bare, AXES), one, WHOLE) == {}


def test_of_several_draws_the_interval_is_told_and_differences_are_paired() -> None:
    chance = np.random.default_rng(1).normal(size=(20, 2, 1, 1))
    g = len(GROUPS)
    told = ((3,), (3,), (2,), (len(CARBON_PAYERS), 2), (len(CARBON_PAYERS),), ())
    flat = [np.zeros((20, 2, *shape)) for shape in told]
    one = Payments((2030, 2031), 5.0 + chance * np.ones((g, g)), *flat)
    more = Payments((2030, 2031), one.paid + 2.0, *flat)
    found = spread(one.paid)[:, 0, 0, 1]
    drawn = chance[:, 0, 0, 0] + 5.0
    np.testing.assert_allclose(found, [drawn.mean(), *band(drawn)])
    np.testing.assert_allclose(spread(more.less(one).paid), 2.0)
    alone = Payments(one.years, *(part[:1] for part in one[1:]))
    assert alone.less(one).draws == 1 and len(spread(alone.paid)) == 1


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_view_opens_from_the_bar_and_tells_public_money(visit):
    page = visit("/?lang=en")
    page.click("[data-room=affected]")
    expect(page.locator("#pay h2")).to_contain_text("governments pay out")
    assert page.locator("[data-payer=households] td b").inner_text() == "30.0"
    assert page.locator("[data-rent=wind] td").inner_text() == "12.0"


@pytest.mark.browser
def test_the_file_has_what_the_table_shows(visit):
    page = visit(VIEW + "&year=2046")
    with page.expect_download() as download:
        page.click("[data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    mine = [row for row in rows if row["year"] == "2046" and row["payer"] == "grid"]
    assert [(row["payee"], float(row["bn CNY2020/yr"])) for row in mine] == [("power", 30.0)]


@pytest.mark.browser
def test_one_draw_says_so_and_of_several_the_interval_is_shown(visit):
    page = visit(VIEW)
    expect(page.locator("#pay .path-subtitle")).to_contain_text("one draw")
    assert page.locator("#pay td small").count() == 0
    page = visit("/affected?lang=en&year=2040&s=drawn~carbon_price-300")
    expect(page.locator("#pay .path-subtitle")).to_contain_text("mean of 5 draws")
    expect(page.locator("#pay h2")).to_contain_text(" to ")
    assert page.locator("[data-payer=households] td b + small").inner_text() == "28.5 to 31.5"
    page.get_by_role("button", name="Against the baseline").click()
    expect(page.locator("#pay [aria-pressed=true]", has_text="Against the baseline")).to_have_count(1)
    expect(page.locator("#pay .path-subtitle")).to_contain_text("mean of 5 draws")
    assert page.locator("#pay td small").count() > 0, "the reference has the draws of the scenario"


@pytest.mark.browser
def test_s04_chinese_leaves_no_english(visit):
    assert latin_in_chinese(visit("/affected?lang=zh&year=2036")) == set()


@pytest.mark.browser
@first_quick("language", "en", "zh")
def test_it_fits_a_phone(visit, language):
    phone = visit(f"/affected?lang={language}", viewport=PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    expect(phone.locator("#pay [data-payer=households]")).to_have_count(1)


# --- who bears what -----------------------------------------------------------------------------------------------


@pytest.mark.browser
@first_quick("language", "en", "zh")
def test_s26_who_bears_what_has_names_left_figures_right_and_a_file(visit, language):
    page = visit(f"/affected?part=bearers&lang={language}&year=2040&s=carbon_price-100", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate("document.querySelector('#bearers .table-box').scrollWidth") > PHONE["width"]
    row = "[data-bearer-row='net:households']"
    sides = "(css) => [...document.querySelectorAll(css)].map((e) => getComputedStyle(e).textAlign)"
    assert page.evaluate(sides, f"{row} th, {row} td") == ["left", "left", *["right"] * 4]
    assert page.evaluate(sides, "#bearers thead th") == ["left", "left", *["right"] * 4]
    everybody = page.locator("[data-bearer-row='net:everybody'] td").all_inner_texts()
    assert float(everybody[1]) == float(everybody[3]) == 0.0
    page.click("[data-place=Sichuan]")
    expect(page.locator(row)).to_have_count(0)
    coal = page.locator("[data-bearer-row='carbon_price:coal'] td").all_inner_texts()
    with page.expect_download() as download:
        page.click("#bearers [data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    (mine,) = (
        one
        for one in rows
        if (one["key"], one["region"], one["window"]) == ("carbon_price:coal", "Sichuan", "2040")
    )
    shown = float(coal[1].replace(",", "")) / (10.0 if language == "zh" else 1.0)
    assert float(mine["value"]) == pytest.approx(shown, abs=0.05)
    assert mine["change"] == mine["value"] and mine["pairs"] == "1" and mine["change_low"] == ""
    if language == "zh":
        assert latin_in_chinese(page) == set()


# --- by prefecture ------------------------------------------------------------------------------------------------

BY_PREFECTURE = "/affected?part=prefectures&lang=en"
ROWS = "[data-prefecture]"


@pytest.mark.browser
def test_s26_prefectures_show_what_changes_and_the_address_leads_back(visit, site):
    page = visit("/affected?lang=en&year=2040&s=carbon_price-100")
    page.click("[data-view=prefectures]")
    expect(page.locator("#prefectures h2")).to_contain_text(
        "Chengdu · Sichuan, 61.4 Mt more CO2 than in the baseline"
    )
    expect(page.locator("#prefectures h2")).to_contain_text(
        "1 plant in 1 prefecture or district on another course"
    )
    assert page.locator(ROWS).first.get_attribute("data-prefecture") == "Chengdu", "the largest change first"
    cells = "[data-prefecture=Chengdu] [data-column={}]"
    assert page.inner_text(cells.format("changed")) == "1"
    assert page.inner_text(cells.format("closed-year")) == "\N{MINUS SIGN}1"
    assert page.inner_text(cells.format("capacity-year")) == "+0.6"
    totals = page.locator("[data-total]")
    assert (
        totals.nth(0).locator("td").all_inner_texts()[2] == totals.nth(2).locator("td").all_inner_texts()[2]
    )
    page.click("[data-as=now]")
    assert page.inner_text(cells.format("at_work-year")) == "2"
    page.click("[data-sort=at_work-year]")
    expect(page.locator(ROWS).first).to_have_attribute("data-prefecture", "Chengdu")
    expect(page).to_have_url(re.compile("part=prefectures"))
    other = visit(page.url.removeprefix(site))
    assert other.get_attribute("#prefectures", "data-sig") == page.get_attribute("#prefectures", "data-sig")


@pytest.mark.browser
def test_s26_prefectures_say_when_nothing_changes_and_their_file_has_all(visit):
    page = visit(BY_PREFECTURE)
    expect(page.locator("#prefectures h2")).to_contain_text("Most CO2 of tracked plants over")
    assert page.locator("[data-as=difference], [data-column=changed]").count() == 0
    page = visit(BY_PREFECTURE + "&s=support_grant")
    expect(page.locator("#prefectures h2")).to_contain_text("No tracked plant does anything else")
    expect(page.locator("#prefectures .path-subtitle")).to_contain_text("One draw")
    assert set(page.locator("[data-prefecture] [data-column]").all_inner_texts()) == {""}
    page = visit(BY_PREFECTURE + "&s=drawn~carbon_price-100")
    expect(page.locator("#prefectures .path-subtitle")).to_contain_text("first of 5 draws, so without")
    with page.expect_download() as download:
        page.click("#prefectures [data-action=csv]")
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    chengdu = [
        r for r in rows if (r["prefecture_en"], r["quantity"], r["of"]) == ("Chengdu", "emitted", "now")
    ]
    assert [(row["draw"], float(row["2034"]), float(row["2035"])) for row in chengdu] == [("1", 4.8, 4.8)]
    assert sum(
        float(r["2034"])
        for r in rows
        if r["quantity"] == "capacity" and r["of"] == "now" and r["prefecture_en"]
    ) == (float(next(r["2034"] for r in rows if r["province"] == "all" and r["quantity"] == "capacity")))


@pytest.mark.browser
@first_quick("language", "en", "zh")
def test_s26_prefectures_fit_a_phone(visit, language):
    phone = visit(f"/affected?part=prefectures&lang={language}&s=carbon_price-100", viewport=PHONE)
    expect(phone.locator(ROWS)).to_have_count(3)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    if language == "zh":
        assert latin_in_chinese(phone) == set()
