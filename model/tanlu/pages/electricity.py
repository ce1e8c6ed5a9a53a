"""The electricity view: the hours of a typical and a peak day, by source, in any month, year and place."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.axes import HOURS
from tanlu.core.words import text
from tanlu.output.figures.quantities import ENERGY_AXIS, POWER_AXIS, PRICE_AXIS
from tanlu.pages import panels
from tanlu.pages.address import Moment
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.hours import BANDS, BOTH, SOURCES, VISIBLE_MW, Hours, Shown, show, show_prices, show_water
from tanlu.pages.panels import ChartFigures, ChartWording, page_words
from tanlu.pages.places import place_words
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.power.hours import ASK, DAY_TYPE_NAMES


@solara.component
def ElectricityArea(view: AnswerView, session: Session, language: str) -> None:
    """Show the hours of the month and place that were chosen, all years at once so that the browser plays them."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    moment, hours = session.moment.value, session.service.hours(view.levers)
    month, place = moment.month, session.region.value
    # the same object while only the year moves, so that nothing large is sent again
    values = solara.use_memo(lambda: chart_values(hours, month, place), [view.id, month, place])
    named = solara.use_memo(lambda: named_bands(values, language), [view.id, month, place, language])
    panels.ElectricityChart(
        wording=ChartWording(
            language,
            page_words(language, "power", "month", "chart", "place")
            | place_words(session.service.axes, language),
            dict(POWER_AXIS[language]),
            dict(PRICE_AXIS[language]),
        ),
        figures=ChartFigures(f"{view.id}-{month}-{place}", hours.years if hours else [], values),
        subject={
            "bands": named,
            "draws": view.draws,
            "energy_axis": dict(ENERGY_AXIS[language]),
        },
        moment={"month": month, "year": moment.year, "place": place},
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: (
            set_file(csv_file(view, hours, session.moment.value, place)) if hours else None
        ),
    )


def chart_values(hours: Hours | None, month: int, place: str) -> dict[str, Any]:
    """Return the figures of a month and place, by year, day type and hour: MW, and CNY/MWh for prices."""
    if hours is None:
        return {}
    shown = show(hours, month, place)
    provinces = hours.provinces if place == BOTH else (place,)
    return {
        "bands": {
            band.key: whole(mw)
            for band, mw in zip(BANDS, shown.bands_mw, strict=True)
            if mw.max() >= VISIBLE_MW
        },
        "load": whole(shown.load_mw),
        "prices": {
            name: whole(price)
            for name, price in zip(hours.provinces, shown.price_cny_per_mwh, strict=True)
            if name in provinces
        },
        "ask": whole(shown.ask_cny_per_mwh),
        "flow": whole(shown.flow_mw),
        "days": [round(float(days)) for days in shown.days],
        "water": {name: whole(values) for name, values in show_water(hours, place)._asdict().items()},
        "months": {name: whole(values) for name, values in show_prices(hours, place)._asdict().items()},
    }


def whole(values: Floats) -> list[Any]:
    """Return values as nested lists of whole numbers, short enough to send many years at once; NaN as None."""
    has_value = np.isfinite(values)
    rounded = np.full(values.shape, None, dtype=object)
    rounded[has_value] = np.rint(values[has_value]).astype(np.int64)
    numbers: list[Any] = rounded.tolist()
    return numbers


def named_bands(values: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """Return how each band that occurs is drawn, from the zero line outwards, sources first."""
    return [
        {
            "key": band.key,
            "name": text(language, f"power.{band.key}"),
            "colour": band.colour,
            "hatched": band.hatched,
            "side": 1 if band in SOURCES else -1,
        }
        for band in BANDS
        if band.key in values.get("bands", {})
    ]


def csv_file(view: AnswerView, hours: Hours, moment: Moment, place: str) -> dict[str, str]:
    """Return the hours on show as a file: its name and its text."""
    name = f"tanlu-{view.id}-{moment.year}-{moment.month:02d}.csv"
    return {"name": name, "text": hours_csv(view, hours, moment, place)}


def hours_csv(view: AnswerView, hours: Hours, moment: Moment, place: str) -> str:
    """Return one row per day type and hour: load, every source and use in MW, prices in CNY of 2020 per MWh.

    What neighbours ask is empty where they have nothing left.
    """
    shown, year = show(hours, moment.month, place), hours.nearest(moment.year)
    head = ["scenario", "place", "year", "month", "day_type", "days", "hour", "load_mw"]
    flow = "flow_{}_to_{}_mw".format(*map(str.lower, hours.provinces))
    prices = [f"price_{name.lower()}_cny_per_mwh" for name in hours.provinces]
    rows: list[list[object]] = [[*head, *band_columns(), flow, *prices, ASK]]
    start = [as_text(view.levers.name), place, moment.year, moment.month]
    for day, name in enumerate(DAY_TYPE_NAMES):
        for hour in range(HOURS):
            figures = ["" if np.isnan(value) else f"{value:.1f}" for value in row(shown, year, day, hour)]
            rows.append([*start, name, f"{shown.days[day]:g}", hour, *figures])
    return csv_text(rows)


def band_columns() -> list[str]:
    """Return the names of the bands as columns of a file."""
    return [f"{band.key}_mw" for band in BANDS]


def row(shown: Shown, year: int, day: int, hour: int) -> list[float]:
    """Return the figures of one hour in the order of the file's columns."""
    at = (year, day, hour)
    prices = shown.price_cny_per_mwh[:, year, day, hour]
    energy = shown.load_mw[at], *shown.bands_mw[:, year, day, hour], shown.flow_mw[at]
    return [*energy, *prices, shown.ask_cny_per_mwh[at]]
