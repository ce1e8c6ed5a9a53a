"""Who bears what: the laws of the room of who is affected, on the engine's answer."""

import csv
import io

import numpy as np
import pytest

from tanlu.core import parties
from tanlu.core.words import LANGUAGES
from tanlu.experiments.results import simulate
from tanlu.output.differences import common_draws, difference, level
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import paths_of
from tanlu.output.measures import Measured
from tanlu.pages.compare.indicators import described
from tanlu.pages.levers import Levers
from tanlu.pages.money.bearers import (
    BearerRows,
    bearer_values,
    bearers_csv,
    people_in_words,
    people_of,
    row_words,
)
from tanlu.pages.money.borne import BEARERS, MADE, borne, borne_rows, spread_of
from tanlu.pages.money.payments import GROUP_OF
from tanlu.pages.money.seen import CARBON_PAYERS
from tanlu.region.pack import load_region
from tests.chengyu import AXES
from tests.fake_result import view_of
from tests.model_runs import REGION

TARIFFS = ("Residential", "Industry", "Commercial", "Agriculture")
YEARS = (2020, 2030)
OF_TURNOVER = 1e-9


def run(name):
    """Return a shipped scenario in two of its draws, and as the pages see it."""
    result = simulate(f"tanlu:{name}", years=YEARS, replications=2)
    return result, view_of(name, Levers(), result, AXES)


@pytest.fixture(scope="module")
def answer():
    """A high carbon price, in two draws."""
    return run("high_carbon_price")


@pytest.fixture(scope="module")
def usual():
    """The baseline, in the same draws."""
    return run("baseline")


def borne_in(view):
    return borne(view.measures, view.payments, people_of(view, REGION))


def table_of(view, base=None):
    """Return the table of an answer against a reference, as the page makes it."""
    counted = view.measures.years >= 2025
    before = [] if base is None else borne_in(base)
    rows = borne_rows(borne_in(view), before)
    return BearerRows(rows, common_draws((1, 2), (1, 2)), counted, view.measures.regions, view.years)


def by_key(table):
    return {row.now.key: row for row in table.rows}


# --- payments close ----------------------------------------------------------------------------------------------


def residual(nets, turnover):
    """Return by how much net payments [rows, R, Y] miss nothing, relative to the turnover of each draw and year."""
    return float((np.abs(np.sum(nets, axis=0)) / turnover).max())


def test_s26_what_all_pay_less_what_they_get_is_nothing_in_every_year(answer):
    """To 1e-9 of turnover: the rows as they are shown; and each row that is a little wrong breaks the law."""
    _, view = answer
    shown = {
        key: row.now.draws[:, -1] for key, row in by_key(table_of(view)).items() if key.startswith("net:")
    }
    told = shown.pop(f"net{MADE}everybody")
    nets, turnover = np.stack(list(shown.values())), view.payments.paid.sum(axis=(-2, -1))
    assert turnover.min() > 1000.0 and len(nets) >= 12
    assert residual(nets, turnover) <= OF_TURNOVER and np.all(np.abs(told) <= OF_TURNOVER * turnover)
    for n in range(len(nets)):
        broken = nets.copy()
        broken[n] += 1e-6 * turnover
        assert residual(broken, turnover) > OF_TURNOVER, list(shown)[n]


def test_s26_each_net_is_that_of_the_parties_in_the_table_of_payments(answer):
    """Other provinces are those who trade electricity; what the payments' own table says of each, row by row."""
    result, view = answer
    rows, flows = by_key(table_of(view)), result.flows
    last = flows[(flows["year"] == YEARS[1]) & (flows["replication"] == 1)]

    def net(names, items=None):
        its = last if items is None else last[last["item"].isin(items)]
        paid, got = (its.loc[its[role].isin(names), "value_cny"].sum() for role in ("payer", "payee"))
        return (paid - got) / 1e9

    rest = [
        one
        for one in parties.list_parties(AXES.provinces)
        if one not in GROUP_OF and one not in AXES.provinces
    ]
    trade = net(rest, ("electricity_exports", "electricity_imports"))
    assert rest == [parties.REST] and trade > 1.0
    expected = {"other_provinces": trade, "others": net(rest) - trade, "provinces": net(AXES.provinces)}
    expected |= {
        group: net([one for one, of in GROUP_OF.items() if of == group]) for group in set(GROUP_OF.values())
    }
    turnover = last["value_cny"].sum() / 1e9
    for who, value in expected.items():
        row = rows.get(f"net{MADE}{who}")
        shown = 0.0 if row is None else row.now.draws[1, -1, -1]
        assert shown == pytest.approx(value, abs=OF_TURNOVER * turnover), who


def test_s26_carbon_payments_by_sector_add_up_to_carbon_revenue(answer):
    """Of the fixed price by province; allowances are what companies get for them from their businesses."""
    result, view = answer
    rows = by_key(table_of(view))
    price = [
        rows[f"carbon_price{MADE}{who}"].now.draws
        for who in CARBON_PAYERS
        if f"carbon_price{MADE}{who}" in rows
    ]
    revenue = np.stack([result.draws("Public Budget|Carbon Revenue", one) for one in AXES.regions], axis=1)
    assert len(price) > 8 and revenue[..., -1].min() > 1.0
    np.testing.assert_allclose(sum(price), revenue, rtol=1e-9, atol=1e-9)
    flows = result.flows[result.flows["item"] == "allowances_at_price"]
    signed = flows["value_cny"] * np.where(flows["payee"] == parties.COMPANIES, 1.0, -1.0) / 1e9
    owed = signed.groupby([flows["replication"], flows["year"]]).sum().unstack().to_numpy()
    held = [row.now.draws[:, -1] for key, row in rows.items() if key.startswith("allowances:")]
    bought = sum(held)[:, -owed.shape[1] :]
    assert np.abs(owed).max() > 0.01
    np.testing.assert_allclose(bought, owed, rtol=1e-9, atol=1e-9)


def test_s26_amounts_per_person_times_people_are_what_households_pay(answer):
    result, view = answer
    rows, people = by_key(table_of(view)), people_of(view, REGION)
    drivers = REGION.tables["drivers"]
    own = drivers[(drivers["driver"] == "population_million") & (drivers["year"] == 2024)].set_index(
        "province"
    )
    at = view.years.index(2024)
    assert people[at].tolist() == [own.loc[one, "value"] for one in AXES.provinces]
    everybody = people.sum(axis=1)

    def of_all(key):
        return rows[f"person{MADE}{key}"].now.draws[:, -1] * everybody / 1e3

    households = REGION.parameters["households"]
    bills = result.draws("Bill|Electricity|Household") * households * 12 / 1e9
    np.testing.assert_allclose(of_all("electricity"), bills, rtol=1e-9)
    np.testing.assert_allclose(of_all("all"), rows[f"net{MADE}households"].now.draws[:, -1], rtol=1e-9)
    price = rows[f"carbon_price{MADE}households"].now.draws
    for p in range(len(AXES.provinces)):
        mine = rows[f"person{MADE}carbon_price"].now.draws[:, p] * people[:, p] / 1e3
        np.testing.assert_allclose(mine, price[:, p], rtol=1e-9, atol=1e-12)
    assert np.isnan(rows[f"person{MADE}electricity"].now.draws[:, 0]).all(), "bills are of both together"
    for language in LANGUAGES:
        assert "2024" in people_in_words(REGION, language)
        assert not any(map(str.isdigit, people_in_words(load_region("two_provinces"), language)))


# --- prices and budgets ------------------------------------------------------------------------------------------


def test_s26_the_net_of_the_budget_is_that_of_the_card_and_provinces_add_up(answer):
    result, view = answer
    paths = paths_of(Measured(result.scenario, result.measures))
    table = table_of(view)._replace(counted=paths.is_counted)
    of = by_key(table)["Public Budget|Climate Support|Net"].summed(table.counted).now.draws
    *provinces, whole = of.mean(axis=0)
    card = levels(paths)["net_public_money_cumulative"].value
    assert whole == pytest.approx(card, rel=1e-9) and abs(card) > 1.0
    assert sum(provinces) == pytest.approx(whole, rel=1e-9)
    values = bearer_values(table)
    assert set(values["change"]["years"]) == {None}


def test_s26_the_parts_of_retail_prices_add_up_to_the_price(answer):
    result, _ = answer
    for name in TARIFFS:
        price = f"Price|Final Energy|{name}|Electricity"
        parts = [one for one in result.measures.variables if one.startswith(f"{price}|")]
        assert len(parts) == 6
        for region in result.measures.regions:
            total = sum(result.draws(one, region) for one in parts)
            assert total == pytest.approx(result.draws(price, region), rel=1e-9), (name, region)


def test_every_bearer_has_rows_and_every_row_a_unit_and_a_name(answer):
    _, view = answer
    table = table_of(view)
    assert {row.now.bearer for row in table.rows} == {bearer.key for bearer in BEARERS}
    assert len(by_key(table)) == len(table.rows)
    assert not [row for row in table.rows if "By Policy" in row.now.key]
    labels = described(view.measures.variables, "chengyu")
    for language in LANGUAGES:
        told = [row_words(row, labels, language) for row in table.rows]
        assert all(one["axis"]["unit"] and one["name"] for one in told)
        assert not [one for one in told if "/yr" in one["axis"]["unit"] or "/年" in one["axis"]["unit"]]
    price = [row.now.key for row in table.rows].index("Price|Final Energy|Residential|Electricity")
    assert bearer_values(table)["now"]["sums"][price] is None, "prices do not add up over years"


def test_s26_rows_that_add_up_over_years_add_up_over_provinces_or_are_told_of_both_together(answer):
    """No figure of both together stands under the name of a province."""
    for row in table_of(answer[1]).rows:
        *provinces, whole = np.moveaxis(row.now.draws, 1, 0)
        if np.isnan(provinces).all():
            continue
        assert np.isfinite(row.now.draws).all(), row.now.key
        if row.now.adds_up and row.now.unit != "CNY2020/person/yr":
            np.testing.assert_allclose(sum(provinces), whole, rtol=1e-9, atol=1e-9, err_msg=row.now.key)


# --- effects and the file ----------------------------------------------------------------------------------------


def test_s26_the_file_has_every_row_with_its_intervals(answer, usual):
    """Level and effect are those that results are compared by."""
    (result, view), (before, base) = answer, usual
    table = table_of(view, base)
    labels = described(view.measures.variables, "chengyu")
    text = bearers_csv(view, table, labels, "2025-2030").removeprefix("\ufeff")
    rows = {(r["key"], r["region"], r["window"]): r for r in csv.DictReader(io.StringIO(text))}
    assert {key for key, _, _ in rows} == {row.now.key for row in table.rows}
    name = "Public Budget|Carbon Revenue"
    for region in AXES.regions:
        own, other = (one.draws(name, region) for one in (result, before))
        windows = {
            "2030": (own[:, -1], other[:, -1]),
            "2025-2030": (own[:, -6:].sum(axis=1), other[:, -6:].sum(axis=1)),
        }
        for window, (here, there) in windows.items():
            its, effect = level(here), difference(here, there, table.pairs)
            row = rows[name, region, window]
            told = [
                float(row[one])
                for one in ("value", "band_low", "band_high", "change", "change_low", "change_high")
            ]
            assert told == pytest.approx([*its[:3], effect.mean, effect.low, effect.high], rel=1e-9, abs=1e-9)
            assert row["pairs"] == "2" and row["unit"].endswith("/yr") == (window == "2030")
    assert effect.half_width > 0.0, "two draws differ"
    assert (f"net{MADE}others", "Sichuan", "2030") not in rows, "payments are of both together"
    shown, spreads = (
        bearer_values(table),
        [spread_of(row, table.pairs) for row in table.rows],
    )
    known = [
        (marks, one) for marks, one in zip(shown["noise"]["years"], spreads, strict=True) if not one.is_rare
    ]
    noise = [np.abs(one.effect) <= one.half_width for _, one in known]
    assert any(one.any() for one in noise) and len(known) < len(spreads)
    for (marks, spread), one in zip(known, noise, strict=True):
        assert np.array_equal(np.array(marks, bool), one & (spread.effect != 0.0))
    losses = [row.now.key for row in table.rows].index("Finance|Lender Losses")
    changes = (table.rows[losses].now.draws - table.rows[losses].before)[:, -1, -1]
    assert spreads[losses].half_width is None and shown["noise"]["years"][losses] is None
    ends = [shown[end]["years"][losses][-1][-1] for end in ("low", "high")]
    assert ends == pytest.approx([changes.min(), changes.max()], abs=1e-4), (
        "two pairs have no tighter interval"
    )
    at = [row.now.key for row in table.rows].index(name)
    assert shown["half"]["sums"][at][-1] == pytest.approx(effect.half_width, abs=1e-4)
    assert shown["change"]["sums"][at][-1] == pytest.approx(effect.mean, abs=1e-4)
