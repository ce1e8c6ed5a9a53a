"""The view of where captured CO2 goes: stored, kept in products, let go again or vented, and what products can take."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import numpy as np
import solara

from tanlu.core.units import T_PER_MT
from tanlu.core.words import text
from tanlu.output.figures.quantities import TARIFF_AXIS, VOLUME_AXIS, emission
from tanlu.pages import panels
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.panels import ChartFigures, ChartWording, page_words
from tanlu.pages.plants.nearest import start_of_use
from tanlu.pages.reference_plant import NEAR_COST_CNY_PER_TCO2, STATION_HOURS
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.region.co2 import CO2Data

# From the lowest layer up: the name of a fate, its indicator, its colour.
FATES = (
    ("stored", "Carbon Capture|By Destination|Storage", "#0072b2"),
    ("kept", "Carbon Capture|By Destination|Usage|Permanent", "#009e73"),
    ("released", "Carbon Capture|By Destination|Usage|Released", "#e69f00"),
    ("vented", "Carbon Capture|By Destination|Vented", "#999999"),
)
PRICE = "Price|CO2 Products"


@solara.component
def UseArea(view: AnswerView, session: Session, language: str) -> None:
    """Show fates and products of an answer with all years at once, so that the browser plays them."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    co2, plants = session.service.co2, session.service.plants(view.levers)
    after = session.service.last_observed_year + 1
    values = solara.use_memo(lambda: use_values(view, co2), [view.id])
    start = solara.use_memo(lambda: start_of_use(plants, after, language), [view.levers.id, language])
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    panels.UseChart(
        wording=ChartWording(
            language,
            page_words(language, "use", "power", "chart"),
            dict(VOLUME_AXIS[language]),
            dict(TARIFF_AXIS[language]),
        ),
        figures=ChartFigures(view.id, view.years if values else [], values),
        subject={
            "subtitle": measured(co2, session.service.station_mt, language),
            "fates": [{"key": key, "colour": colour} for key, _, colour in FATES],
            "products": named_products(co2, language),
            "curve": curve_of(co2),
            "station": session.service.station_mt,
            "first_year": first_year,
            "start": start,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view, co2)) if values else None,
    )


def use_values(view: AnswerView, co2: CO2Data) -> dict[str, Any]:
    """Return by year what became of captured CO2 and what each product took, Mt, and the price; empty if unknown."""
    try:
        fates = {key: np.round(view.path(name), 3).tolist() for key, name, _ in FATES}
        sold = [np.round(view.path(name), 4).tolist() for name in bought(co2)]
        price = np.round(view.path(PRICE), 1).tolist()
    except KeyError:
        return {}
    return {"fates": fates, "sold": sold, "price": price}


def bought(co2: CO2Data) -> list[str]:
    """Return the indicator of each product."""
    return [f"Carbon Capture|By Destination|Usage|By Product|{name}" for name in co2.products.labels_en]


def named_products(co2: CO2Data, language: str) -> list[dict[str, Any]]:
    """Return what each product is called, pays before newcomers sell [CNY/t], takes at most [Mt/yr] and keeps."""
    products = co2.products
    labels = products.labels_zh if language == "zh" else products.labels_en
    figures = zip(
        labels,
        products.price_cny_per_tco2.tolist(),
        (products.maximum_tco2_per_year / T_PER_MT).tolist(),
        products.permanent_share.tolist(),
        strict=True,
    )
    return [dict(zip(("name", "price", "most", "kept"), row, strict=True)) for row in figures]


def curve_of(co2: CO2Data) -> list[list[float]]:
    """Return what all products take together, Mt/yr, and the price at which they do, from the highest down."""
    demand = co2.demand
    points = np.stack([demand.sold_tco2 / T_PER_MT, demand.price_cny_per_tco2], axis=1)
    return [[round(x, 4), round(y, 1)] for x, y in points.tolist()]


def taken_mt(co2: CO2Data, price_cny_per_tco2: float) -> float:
    """Return what all products take at a price, Mt a year."""
    falling, sold = co2.demand.price_cny_per_tco2, co2.demand.sold_tco2
    return float(np.interp(price_cny_per_tco2, falling[::-1], sold[::-1])) / T_PER_MT


def measured(co2: CO2Data, station_mt: float, language: str) -> str:
    """Say how little the markets take compared with what one power station captures."""
    values = {
        "price": f"{NEAR_COST_CNY_PER_TCO2:.0f}",
        "some": emission(taken_mt(co2, NEAR_COST_CNY_PER_TCO2), language),
        "all": emission(taken_mt(co2, 0.0), language),
        "station": emission(station_mt, language),
        "hours": f"{STATION_HOURS:,.0f}",
    }
    return text(language, "use.subtitle", values)


def csv_file(view: AnswerView, co2: CO2Data) -> dict[str, str]:
    """Return all fates and products in all years as a file: its name and its text."""
    names = [name for _, name, _ in FATES] + bought(co2)
    rows = [["scenario", "year", "price_cny_per_tco2", *(f"{name} [Mt CO2/yr]" for name in names)]]
    start, series = as_text(view.levers.name), [view.path(PRICE), *(view.path(n) for n in names)]
    for y, year in enumerate(view.years):
        rows.append([start, str(year), *(f"{values[y]:.6g}" for values in series)])
    return {"name": f"tanlu-{view.id}-co2-use.csv", "text": csv_text(rows)}
