"""The balance book of electricity: fuels, balances, residuals, lines, and what was known on a day."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tanlu.evaluation.balance import balance_problems
from tanlu.region.balance import (
    TOTAL_OF,
    annual_gwh,
    annual_rows,
    balances,
    corridor_gwh,
    last_final_year,
    select_published,
)
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tests.chengyu import PROVINCES
from tests.model_runs import REGION

BOOK = REGION.tables["power_balance"]
YEARS = range(2015, 2025)


def with_book(change: object) -> Region:
    """Return the pack with another book."""
    return dataclasses.replace(REGION, tables=dict(REGION.tables) | {"power_balance": change})


def scaled(factor: float, **where: object) -> pd.DataFrame:
    """Return the book with the energy of some rows scaled."""
    book = BOOK.copy()
    rows = np.logical_and.reduce([book[column] == value for column, value in where.items()])
    assert rows.any()
    book.loc[rows, "energy_gwh"] *= factor
    return book


def test_thermal_power_of_2024_is_the_published_total() -> None:
    of = annual_gwh(BOOK)
    assert (of["Sichuan", "thermal_generation", 2024], of["Chongqing", "thermal_generation", 2024]) == (
        97000.0,
        92490.0,
    )
    rows = annual_rows(BOOK)
    thermal = rows[(rows["item"] == "thermal_generation") & (rows["year"] == 2024)]
    assert set(thermal["grade"]) == {"A"} and set(thermal["kind"]) == {"published"}


def test_fuels_sum_to_the_published_total_of_their_scope() -> None:
    rows = annual_rows(BOOK)
    totals = rows[rows["item"] == "total_generation"]
    assert {(t.province, t.year) for t in totals.itertuples()} == {
        ("Sichuan", 2024),
        ("Chongqing", 2024),
        ("Sichuan", 2025),
    }
    for total in totals.itertuples():
        mine = rows[(rows["province"] == total.province) & (rows["year"] == total.year)]
        fuels = mine[mine["item"].isin(TOTAL_OF[total.scope]) & (mine["scope"] == "above_scale")]
        assert fuels["energy_gwh"].sum() == pytest.approx(total.energy_gwh, rel=1e-3)
    assert not list(balance_problems(REGION))


def test_fuels_off_their_total_are_a_problem() -> None:
    wrong = with_book(scaled(0.85, province="Sichuan", item="thermal_generation", year=2024, month="annual"))
    told = [str(problem) for problem in balance_problems(wrong)]
    assert any("Sichuan 2024: fuels sum to 472,0" in text for text in told)
    assert any("Sichuan 2024: the balance leaves -14,5" in text for text in told)


def test_every_balance_closes_and_large_residuals_say_why() -> None:
    found = balances(REGION.tables, PROVINCES)
    assert {(province, year) for province in PROVINCES for year in YEARS} <= set(found)
    rows = annual_rows(BOOK)
    notes = rows[rows["item"] == "balance_residual"].set_index(["province", "year"])["note"]
    for key, one in found.items():
        assert abs(one.open_gwh) < 1.0, key
        if abs(one.residual) > 0.03 * one.consumption:
            assert notes[key].startswith("above 3 %") and len(notes[key]) > 60, key
    for year in (2023, 2024, 2025):
        assert abs(found["Sichuan", year].residual) < 0.03 * found["Sichuan", year].consumption
    bare = BOOK.copy()
    bare.loc[bare["item"] == "balance_residual", "note"] = ""
    assert any("the residual is 19,1" in str(problem) for problem in balance_problems(with_book(bare)))


def test_no_line_loses_a_fifth_of_its_energy_because_another_opens() -> None:
    """From the year before a line opens to its first whole year."""
    carried = corridor_gwh(BOOK)
    lines = [name for name in REGION.axes.export_lines if any(line == name for line, _ in carried)]
    opened = {line: min(year for name, year in carried if name == line) for line in lines}
    assert sum(year > 2015 for year in opened.values()) == 4
    compared = 0
    for new, year in opened.items():
        # Opened within their first year, but for the last, whose contract begins with 2023 as a whole.
        whole = year if new == "jintang" else year + 1
        for line in lines:
            if opened[line] < year - 1 and (line, whole) in carried and line not in ("debao_export", new):
                before = carried[line, year - 1]
                assert carried[line, whole] > 0.8 * before, (line, new)
                compared += 1
    assert compared >= 10


def test_transit_of_yunnan_is_no_export_of_sichuan() -> None:
    rows = annual_rows(BOOK)
    passed = rows[rows["scope"] == "transit"].groupby("year")["energy_gwh"].sum()
    assert 10e3 < passed[2020] < 20e3, "the Yunnan half of Xiangjiaba"
    assert 30e3 < passed[2024] < 50e3, "with that of Baihetan"
    gross = rows[(rows["scope"] == "gross") & rows["item"].isin(REGION.axes.export_lines)]
    sent = REGION.power.corridors.export_mw[year_index(2024)] @ HOURS_IN_MONTH / 1e3
    assert sent.sum() == pytest.approx(
        gross[gross["year"] == 2024]["energy_gwh"].sum() - passed[2024], rel=1e-9
    )


def test_the_residual_is_on_no_line() -> None:
    corridors = REGION.power.corridors
    for year, gwh in ((2020, 19129.8), (2024, -7848.9)):
        t = year_index(year)
        assert corridors.residual_mw[t, 0] @ HOURS_IN_MONTH / 1e3 == pytest.approx(gwh)
        lines = corridors.export_mw[t].sum(axis=0) - corridors.imports.mw[t][corridors.imports.zone == 0].sum(
            axis=0
        )
        np.testing.assert_allclose(corridors.contract_mw[t, 0], lines + corridors.residual_mw[t, 0])
    assert not corridors.residual_mw[year_index(2025) :].any(), "what is not final closes nothing"


def test_preliminary_years_are_marked_and_bound_nothing() -> None:
    assert set(BOOK.loc[BOOK["year"] == 2025, "status"]) == {"preliminary"}
    assert set(BOOK.loc[BOOK["year"] < 2025, "status"]) == {"final"}
    assert last_final_year(BOOK) == 2024
    book = BOOK.copy()
    book.loc[book["year"] >= 2024, "status"] = "preliminary"
    assert last_final_year(book) == 2023


def test_a_book_frozen_at_a_day_holds_nothing_later() -> None:
    book = select_published(BOOK, "2021-06-30")
    assert annual_rows(book)["year"].max() == 2020
    assert ("Sichuan", "thermal_generation", 2020) in annual_gwh(book)
    assert set(corridor_gwh(book)) == {key for key in corridor_gwh(BOOK) if key[1] <= 2020}


def test_no_residual_was_known_before_what_it_closes() -> None:
    rows = annual_rows(BOOK)
    closing = rows[rows["item"] == "balance_residual"]
    assert len(closing) > 20
    for one in closing[closing["province"] == "Sichuan"].itertuples():
        mine = rows[(rows["province"] == one.province) & (rows["year"] == one.year)]
        assert one.published_on >= mine[mine["scope"].isin(("gross", "transit"))]["published_on"].max()


def test_a_row_without_a_day_is_a_problem() -> None:
    book = BOOK.copy()
    book["published_on"] = book["published_on"].astype(object)
    book.loc[3, "published_on"] = "spring"
    assert any(
        ":5:published_on: published_on is `spring`" in str(p) for p in balance_problems(with_book(book))
    )
