"""Tables that are declared once: their columns, words and charts; the price in parts; what others use."""

import csv
import io
from functools import cache

import numpy as np
import pytest

from benchmarks.national_market import walk
from tanlu.carbon_market.national import (
    PRICE_PARTS,
    book_national_market,
    expect_national_market,
    split_price,
    without_region,
)
from tanlu.core.words import LANGUAGES
from tanlu.explanation.allowances import AllowanceExplanation, allowances_in_words
from tanlu.indicators.declared import list_declared
from tanlu.kernels.national_market import NationalMarket
from tanlu.output.columns import COLUMNS
from tanlu.output.measures import Measures
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.market import csv_file, headings, market_panels
from tanlu.pages.rooms.yearly_panels import panel_values
from tanlu.pages.workers.views import AnswerView, wide_table
from tanlu.records.carbon_tables.nation import LEFT_TO_OTHERS, USED_BY_OTHERS
from tanlu.records.carbon_tables.price import MARKET_PRICE
from tanlu.records.carbon_tables.tables import YEARLY_TABLES
from tanlu.records.yearly import table_columns
from tanlu.region.tables import year_index
from tests.model_runs import REGION, measures, scenario, shipped
from tests.national_markets import with_rules

TAX = {"tax": {"kind": "carbon_price", "from_year": 2031, "price_cny_per_tco2": 300}}


def test_columns_of_one_name_mean_the_same_and_every_chart_has_lines_of_one_unit() -> None:
    meant = {
        (measure.name, measure.unit, *measure.en) for table in YEARLY_TABLES for measure in table.measures
    }
    shared = {name for name, *_ in meant if sum(name == other for other, *_ in meant) > 1}
    assert shared <= {"free_tco2", "expired_tco2"} and all(name in COLUMNS for name, *_ in meant)
    for table in YEARLY_TABLES:
        drawn = [measure.display for measure in table.measures if measure.display and measure.display.chart]
        assert {display.chart for display in drawn} == set(table.charts)
        for key in table.charts:
            assert len({display.unit for display in drawn if display.chart == key}) == 1
        for measure in table.measures:
            assert all(measure.en) and all(measure.zh)


def test_a_table_has_a_row_for_each_name_and_year() -> None:
    for table in YEARLY_TABLES:
        names = next(iter(table.row_columns(REGION).values()), ("",))
        values = [np.full((len(names), len(table.measures)), year) for year in (1.0, 2.0)]
        columns = table_columns(table, REGION, [2030, 2031], values)
        assert {np.size(getattr(column, "rows", column)) for column in columns.values()} == {2 * len(names)}
        assert set(columns[table.measures[0].name][columns["year"] == 2031]) == {2.0}


@cache
def nation():
    """Return the country's data and what it hands to 2030 on the central path."""
    data = REGION.national_market
    return data, walk(data, data.caps["central"], 2021, 2029)[-1][0]


def parts_of_2030(bank: float | None = None, **changes: object) -> dict[str, float]:
    """Return the price of 2030 in parts, under other rules or with another bank; they add up to it."""
    data, state = nation()
    if bank is not None:
        state = state._replace(bank_tco2=np.append(bank, np.zeros(state.bank_tco2.size - 1)))
    rules = with_rules(data.rules, **changes)
    market, row = NationalMarket(data.classes, rules, without_region(data.classes)), year_index(2030)
    outlook = expect_national_market(state, row, market)
    _, cleared = book_national_market(state, row, market, outlook)
    parts = split_price(state, row, market, cleared.price_cny_per_tco2)
    assert parts.sum() == pytest.approx(cleared.price_cny_per_tco2, abs=1e-9)
    return dict(zip(PRICE_PARTS, parts.tolist(), strict=True)) | {"price": cleared.price_cny_per_tco2}


def test_each_rule_moves_its_own_part_of_the_price() -> None:
    """Of 108 CNY/t in 2030 the year alone asks for 84, credits take 3, the bank 15, years ahead add 41."""
    plain = parts_of_2030()
    assert (plain["observation"], plain["bounds"]) == (0.0, 0.0)
    assert plain["this_year"] == pytest.approx(84.0, abs=2.0) and plain["years_ahead"] > 30.0
    assert -5.0 < plain["credits"] < -1.0 and plain["bank"] < -10.0
    without = parts_of_2030(offset_limit_share=0.0)
    assert without["credits"] == 0.0 and without["this_year"] == pytest.approx(plain["this_year"], abs=1e-3)
    empty, full = parts_of_2030(bank=0.0), parts_of_2030(bank=4e8)
    assert empty["bank"] == 0.0 and full["bank"] < plain["bank"] - 10.0
    for other in (empty, full):
        assert other["this_year"] == pytest.approx(plain["this_year"], abs=1e-3)
    high, low = parts_of_2030(floor=300.0), parts_of_2030(ceiling=50.0)
    assert high["price"] == 300.0 and high["bounds"] == pytest.approx(300.0 - plain["price"], abs=0.01)
    assert low["price"] == 50.0 and low["bounds"] == pytest.approx(50.0 - plain["price"], abs=0.01)


def test_an_observed_price_has_a_part_of_its_own() -> None:
    data, state = nation()
    market, row = NationalMarket(data.classes, data.rules, without_region(data.classes)), year_index(2030)
    observed = dict(zip(PRICE_PARTS, split_price(state, row, market, 130.0, 120.0).tolist(), strict=True))
    assert observed["bounds"] == pytest.approx(10.0), "a floor holds for what was observed too"
    assert observed["observation"] == pytest.approx(120.0 - parts_of_2030()["price"], abs=0.01)


def test_under_a_cap_others_use_what_a_price_at_home_frees() -> None:
    """One pair, 300 CNY/t from 2031: of 157 Mt freed in 2029 to 2034 others use 93, 46 lie in the bank.

    Others need 12 Mt fewer credits.
    """
    window = {"years": (2029, 2034)}
    base, taxed = (measures(scenario(policies, **window)) for policies in ({}, TAX))

    def more(variable: str) -> np.ndarray:
        return np.asarray((taxed.values - base.values)[base.variables.index(variable), -1])

    freed, used = more(LEFT_TO_OTHERS).sum(), more(USED_BY_OTHERS).sum()
    assert freed > 80.0 and 0.3 * freed < used < freed
    spared = freed - used + more("Allowances|National|Credits").sum()
    assert more("Allowances|National|Bank")[-1] == pytest.approx(spared, abs=0.1 * freed)


@pytest.fixture(scope="module")
def view() -> AnswerView:
    """Two draws: that of the baseline, and one with half of every figure."""
    baseline = measures(shipped("baseline"))
    values = np.stack([baseline.values, 0.5 * baseline.values])
    both = Measures(baseline.variables, baseline.units, REGION.axes.regions, baseline.years, values)
    return AnswerView(
        "0" * 12, Levers(), wide_table(both, values.mean(axis=0)), REGION.axes.region, measures=both, draws=2
    )


def test_the_page_draws_what_the_tables_declare(view: AnswerView) -> None:
    for language in LANGUAGES:
        panels = market_panels(view, language)
        assert [panel.key for panel in panels] == [key for table in YEARLY_TABLES for key in table.charts]
        said = headings(view, language)
        assert len(said) == len(view.years) and all(
            str(year) in words for year, words in zip(view.years, said, strict=True)
        )
        (parts, *_) = panel_values(panels, said)["panels"]
        total, *pieces = (np.array(line["mean"]) for line in parts["lines"])
        np.testing.assert_allclose(np.sum(pieces, axis=0), total, atol=0.01)
        assert total[-1] > 100.0 and not any(panel.empty for panel in panels)
    files = [csv_file(view, market_panels(view, language)) for language in LANGUAGES]
    assert files[0] == files[1]
    rows = list(csv.DictReader(io.StringIO(files[0]["text"].removeprefix("\ufeff"))))
    drawn = [row.variable for row in list_declared() if row.display.chart]
    assert len(rows) == len(drawn) * len(view.years) and {row["variable"] for row in rows} == set(drawn)


def test_an_answer_without_the_market_says_so(view: AnswerView) -> None:
    assert view.measures is not None
    names = tuple("other" if name == MARKET_PRICE else name for name in view.measures.variables)
    old = AnswerView(
        "1" * 12, view.levers, view.wide, view.region, measures=view.measures._replace(variables=names)
    )
    assert market_panels(old, "en") == ()
    idle = view.measures._replace(values=0.0 * view.measures.values)
    never = AnswerView("2" * 12, view.levers, view.wide, view.region, measures=idle)
    assert all(panel.empty for panel in market_panels(never, "zh"))
    assert "no price" in headings(never, "en")[0]


def test_a_plant_is_told_what_it_pays_or_gets() -> None:
    bought = AllowanceExplanation(2032, 2.0e6, 1.5e6, 60.0, 3.0e6, "MWh/yr")
    sold = bought._replace(free_tco2=2.5e6, cost_mcny=-60.0)
    assert "0.50 Mt cost it 60.0 million CNY, 20.0 CNY per MWh" in allowances_in_words(bought, "en")
    assert "brings 60.0 million CNY" in allowances_in_words(sold, "en")
    assert "合每兆瓦时20.0元" in allowances_in_words(bought, "zh")
    assert "收入6,000万元" in allowances_in_words(sold, "zh")
