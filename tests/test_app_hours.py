"""The hours as the electricity view shows them: nothing is lost between the model's table, the chart and the file."""

import csv
import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tanlu.core.words import LANGUAGES, words
from tanlu.experiments.results import simulate
from tanlu.pages.address import Moment
from tanlu.pages.electricity import chart_values, hours_csv, named_bands
from tanlu.pages.hours import BANDS, BOTH, SOURCES, Hours, compact_hours, show, show_water
from tanlu.pages.levers import Levers
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Order
from tanlu.power.hours import DAY_TYPE_NAMES
from tests.fake_result import fake_hours, fake_months, fake_service, moved
from tests.model_runs import ONE_DRAW

SIDE = np.array([1.0 if band in SOURCES else -1.0 for band in BANDS])

PROVINCES = ("Sichuan", "Chongqing")
PLACES = (BOTH, *PROVINCES)


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    case = {"name": "hours", **ONE_DRAW, "years": {"start": 2029, "end": 2030}, "outputs": {"dispatch": True}}
    result = simulate(case)
    assert result.dispatch is not None and result.electricity_months is not None
    return result.dispatch, result.electricity_months


@pytest.fixture(scope="module")
def table(tables: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    return tables[0]


@pytest.fixture(scope="module")
def hours(tables: tuple[pd.DataFrame, pd.DataFrame]) -> Hours:
    return compact_hours(*tables)


@pytest.mark.parametrize("place", PLACES)
def test_the_stack_less_what_lies_below_zero_is_the_load(hours: Hours, place: str) -> None:
    for month in range(1, 13):
        shown = show(hours, month, place)
        total = np.tensordot(SIDE, shown.bands_mw, axes=1)
        np.testing.assert_allclose(total, shown.load_mw, rtol=1e-5)  # figures are kept in single precision
        assert (shown.bands_mw >= 0.0).all()


def test_a_column_of_the_table_becomes_the_band_of_its_province_month_day_and_hour(
    hours: Hours, table: pd.DataFrame
) -> None:
    for place, month, day, hour in (("Sichuan", 8, 1, 20), ("Chongqing", 1, 0, 3)):
        at = (table.year == 2030) & (table.province == place) & (table.month == month)
        (row,) = table[at & (table.day_type == DAY_TYPE_NAMES[day]) & (table.hour == hour)].itertuples()
        shown = show(hours, month, place)
        found = dict(zip((band.key for band in BANDS), shown.bands_mw[:, 1, day, hour], strict=True))
        assert found["coal"] == pytest.approx(row.coal_mw, rel=1e-6)
        assert found["gas"] == pytest.approx(row.gas_mw + row.byproduct_gas_mw, rel=1e-6)
        assert found["flow_out"] - found["flow_in"] == pytest.approx(row.flow_mw, rel=1e-6)
        own = PROVINCES.index(place)
        assert shown.price_cny_per_mwh[own, 1, day, hour] == pytest.approx(row.price_cny_per_mwh, rel=1e-6)
        assert shown.days[day] == row.days


def test_both_provinces_are_their_sum_and_their_exchange_stays_inside(hours: Hours) -> None:
    both, *each = (show(hours, 8, place) for place in PLACES)
    np.testing.assert_allclose(both.load_mw, each[0].load_mw + each[1].load_mw)
    inside = [band.key.startswith("flow") for band in BANDS]
    inwards, out = (
        next(i for i, band in enumerate(BANDS) if band.key == key) for key in ("flow_in", "flow_out")
    )
    assert not both.bands_mw[inwards].any()
    lost = sum(one.bands_mw[out].astype(float) - one.bands_mw[inwards] for one in each)
    np.testing.assert_allclose(both.bands_mw[out], lost, rtol=1e-5, atol=1e-3)  # what the lines lose
    assert each[0].bands_mw[inside].any()
    np.testing.assert_array_equal(both.flow_mw, each[1].flow_mw)


def test_replications_are_shown_as_their_mean() -> None:
    first, second = fake_hours(), fake_hours().assign(load_mw=lambda t: t.load_mw + 100.0)
    months = fake_months()
    two = (pd.concat(pair, ignore_index=True) for pair in ((first, second), (months, months)))
    np.testing.assert_allclose(
        compact_hours(*two).load_mw, compact_hours(first, months).load_mw + 50.0, rtol=1e-6
    )


def test_reservoirs_of_a_month_are_those_of_the_table_of_months(
    hours: Hours, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    months = tables[1]
    (row,) = months[(months.year == 2030) & (months.province == "Sichuan") & (months.month == 8)].itertuples()
    (water, both) = (show_water(hours, place) for place in ("Sichuan", BOTH))
    assert [float(values[1, 7]) for values in water[:-1]] == [
        *(row.reservoir_inflow_gwh, row.stored_gwh, row.lowest_stored_gwh, row.highest_stored_gwh),
        row.water_value_cny_per_mwh,
    ]
    assert row.lowest_stored_gwh <= row.stored_gwh <= row.highest_stored_gwh
    small = show_water(hours, "Chongqing")
    assert both.stored_gwh[1, 7] == water.stored_gwh[1, 7] + small.stored_gwh[1, 7]
    low, high = sorted(one.water_value_cny_per_mwh[1, 7] for one in (water, small))
    assert low - 1e-6 <= both.water_value_cny_per_mwh[1, 7] <= high + 1e-6, "a mean by what is stored"


def test_a_store_is_full_in_the_draws_that_reach_the_limit() -> None:
    some = fake_months()
    full = some.assign(stored_gwh=some.highest_stored_gwh)
    hours = compact_hours(
        *(pd.concat(pair, ignore_index=True) for pair in ((fake_hours(),) * 2, (some, full)))
    )
    assert show_water(hours, "Sichuan").full_share[1, 7] == 0.5
    assert show_water(hours, "Chongqing").full_share[1, 7] == 0.0, (
        "a province without a store has none that is full"
    )


def test_the_chart_leaves_out_bands_that_never_occur(service: Service) -> None:
    values = chart_values(service.hours(Levers()), 7, "Sichuan")
    assert list(values["bands"]) == [
        "run_of_river",
        "reservoir",
        "solar",
        "coal",
        "gas",
        "export",
        "flow_out",
    ]
    assert [band["key"] for band in named_bands(values, "zh")] == list(values["bands"])
    assert "shed" in chart_values(service.hours(Levers()), 8, "Sichuan")["bands"]
    assert list(chart_values(service.hours(Levers()), 8, "both")["prices"]) == list(PROVINCES)


def test_every_band_has_a_name_and_neighbours_differ_in_colour() -> None:
    for language in LANGUAGES:
        assert {f"power.{band.key}" for band in BANDS} <= set(words(language))
    assert all(a.colour != b.colour for a, b in pairwise(BANDS))


def test_the_file_holds_what_is_shown(service: Service) -> None:
    levers = moved({"carbon_price": 300})
    hours, moment = service.hours(levers), Moment(8, 2040)
    assert hours is not None
    text = hours_csv(service.run(levers), hours, moment, "Sichuan")
    assert text.startswith("\ufeffscenario,place,year,month,day_type,days,hour,load_mw,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 48
    evening = rows[24 + 20]
    head = (evening["scenario"], evening["day_type"], evening["hour"], evening["days"])
    assert head == (levers.name, "peak", "20", "3")
    values = chart_values(hours, 8, "Sichuan")
    for key in ("coal", "shed", "solar"):
        assert float(evening[f"{key}_mw"]) == pytest.approx(values["bands"][key][20][1][20], abs=0.51)
    assert float(evening["price_chongqing_cny_per_mwh"]) == 390.0
    assert evening["neighbour_ask_cny_per_mwh"] == "", "neighbours have nothing left in a short hour"
    assert float(rows[0]["neighbour_ask_cny_per_mwh"]) == 410.0


def test_of_both_places_the_lowest_ask_is_shown_and_nothing_where_nothing_is_left(service: Service) -> None:
    hours = service.hours(Levers())
    for place, cny, evening in (("Sichuan", 410, None), ("Chongqing", 390, 390), (BOTH, 390, 390)):
        values = chart_values(hours, 8, place)
        assert values["ask"][20][1][20] == evening, place
        assert values["ask"][20][0][20] == cny
        assert values["months"]["ask_cny_per_mwh"][20][7] == cny, (
            "a mean of the hours in which there is an ask"
        )
        price = values["months"]["price_cny_per_mwh"][20]
        assert all(300 <= cny_per_mwh <= 396 for cny_per_mwh in price)


def test_hours_are_computed_once_and_bring_the_answer_along(tmp_path) -> None:
    orders: list[Order] = []
    service = fake_service(tmp_path, orders)
    service.baseline()
    orders.clear()
    levers = moved({"carbon_price": 120})
    assert service.hours(levers) is service.hours(levers)
    view = service.run(levers)
    assert [order.tables for order in orders] == ["hours"]
    service.run(moved({"carbon_price": 130}))
    assert [order.tables for order in orders] == ["hours", ""]
    assert view.id == service.run(levers).id
