"""The hours as the electricity view shows them: nothing is lost between the model's table, the chart and the file."""

import csv
import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tanlu.core.words import LANGUAGES, words
from tanlu.output.result import simulate
from tanlu.pages.address import Moment
from tanlu.pages.electricity import chart_values, hours_csv, named_bands
from tanlu.pages.hours import BANDS, BOTH, SOURCES, Hours, compact_hours, show
from tanlu.pages.levers import Levers
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Order
from tanlu.power.hours import DAY_TYPE_NAMES
from tests.fake_result import fake_hours, fake_service, moved
from tests.model_runs import ONE_DRAW

SIDE = np.array([1.0 if band in SOURCES else -1.0 for band in BANDS])

PROVINCES = ("Sichuan", "Chongqing")
PLACES = (BOTH, *PROVINCES)


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    case = {"name": "hours", **ONE_DRAW, "years": {"start": 2029, "end": 2030}, "outputs": {"dispatch": True}}
    hours = simulate(case).dispatch
    assert hours is not None
    return hours


@pytest.fixture(scope="module")
def hours(table: pd.DataFrame) -> Hours:
    return compact_hours(table)


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
    mean = compact_hours(pd.concat([first, second], ignore_index=True))
    np.testing.assert_allclose(mean.load_mw, compact_hours(first).load_mw + 50.0, rtol=1e-6)


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
    hours, moment = service.hours(levers), Moment(8, 2040, "Sichuan")
    assert hours is not None
    text = hours_csv(service.run(levers), hours, moment)
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
