"""The view of who pays whom: its figures are the table's, next to those of the baseline."""

import csv
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tanlu.output.result import simulate
from tanlu.pages.levers import Levers
from tanlu.pages.money.payments import GROUPS, RENTS, compact_payments
from tanlu.pages.money.who_pays import pay_values
from tanlu.pages.service import view_of
from tests.browser import PHONE, latin_in_chinese
from tests.chengyu import AXES, PROVINCES
from tests.model_runs import shipped

VIEW = "/?lang=en&view=pay"


# --- figures -----------------------------------------------------------------------------------------------------


def test_groups_hold_every_payment_between_them() -> None:
    flows = simulate(shipped("high_carbon_price"), years=(2020, 2028), replications=2).flows
    found = compact_payments(flows, PROVINCES)
    assert found.years == tuple(range(2020, 2029))
    last = flows[flows["year"] == 2028]
    carbon = last[(last["item"] == "carbon_price")]["value_cny"].sum() / 2e9
    provinces, centre = GROUPS.index("provinces"), GROUPS.index("centre")
    taxes = last[(last["item"] == "company_tax")]["value_cny"].sum() / 2e9
    others = last[last["item"].isin(["allowance_sales", "fuel_licences", "efficiency_penalty"])][
        "value_cny"
    ].sum()
    got = found.paid[-1][:, [provinces, centre]].sum()
    assert carbon > 1.0 and got == pytest.approx(carbon + taxes + others / 2e9)
    gets, pays = (last[last[role] == "power_wind"]["value_cny"].sum() for role in ("payee", "payer"))
    assert found.rents[-1][list(RENTS).index("wind")] == pytest.approx((gets - pays) / 2e9)
    assert not found.paid[:, np.arange(len(GROUPS)), np.arange(len(GROUPS))].any()


def test_the_baseline_is_told_apart_and_an_answer_without_payments_is_empty() -> None:
    result = simulate(shipped("baseline"), years=(2020, 2022))
    one, other = (view_of(key * 12, Levers(), result, AXES) for key in "01")
    assert set(pay_values(one, one)) == {"years", "now"}
    assert pay_values(one, other)["base"] == pay_values(one, other)["now"]
    bare = type("Bare", (), {"indicators": result.indicators, "flows": None})
    assert pay_values(view_of("2" * 12, Levers(), bare, AXES), one) == {}


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_view_opens_from_the_bar_and_tells_public_money(visit):
    page = visit("/?lang=en")
    page.click("[data-view=pay]")
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
def test_chinese_leaves_no_english(visit):
    assert latin_in_chinese(visit("/?lang=zh&view=pay&year=2036")) == set()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_a_phone(visit, language):
    phone = visit(f"/?lang={language}&view=pay", viewport=PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    expect(phone.locator("#pay [data-payer=households]")).to_have_count(1)
