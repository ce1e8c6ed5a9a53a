"""The view of where captured CO2 goes: stored, kept in products, let go again or vented, and what products can take."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping, Sequence
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
from tanlu.region.co2 import CO2Data, demand_curve

# From the lowest layer up: the name of a fate, its indicator, its colour.
FATES = (
    ("stored", "Carbon Capture|By Destination|Storage", "#0072b2"),
    ("kept", "Carbon Capture|By Destination|Usage|Permanent", "#009e73"),
    ("released", "Carbon Capture|By Destination|Usage|Released", "#e69f00"),
    ("vented", "Carbon Capture|By Destination|Vented", "#999999"),
)
PRICE = "Price|CO2 Products"
PRICE_STRIDE = 3  # of the model's prices, about one CNY each, the browser draws every third


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
            "subtitle": measured(co2, view.years[-1], values, session.service.station_mt, language)
            if values
            else "",
            "fates": [{"key": key, "colour": colour} for key, _, colour in FATES],
            "products": named_products(co2, language),
            "demand": demand_of(co2),
            "station": session.service.station_mt,
            "first_year": first_year,
            "start": start,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view, co2)) if values else None,
    )


def use_values(view: AnswerView, co2: CO2Data) -> dict[str, Any]:
    """Return by year what became of captured CO2, what each product took and could take, Mt, and the price.

    It is empty if unknown.
    """
    try:
        fates = {key: np.round(view.path(name), 3).tolist() for key, name, _ in FATES}
        sold = [np.round(view.path(name), 4).tolist() for name in bought(co2)]
        limit = [np.round(view.path(name), 4).tolist() for name in limits(co2)]
        price = np.round(view.path(PRICE), 1).tolist()
    except KeyError:
        return {}
    return {"fates": fates, "sold": sold, "limit": limit, "price": price}


def bought(co2: CO2Data) -> list[str]:
    """Return the indicator of each product."""
    return [f"Carbon Capture|By Destination|Usage|By Product|{name}" for name in co2.products.labels_en]


def limits(co2: CO2Data) -> list[str]:
    """Return the indicator of the most that each product can take."""
    return [f"CO2 Use Limit|{name}" for name in co2.products.labels_en]


def named_products(co2: CO2Data, language: str) -> list[dict[str, Any]]:
    """Return what each product is called, pays before newcomers sell [CNY/t], and keeps."""
    products = co2.products
    labels = products.labels_zh if language == "zh" else products.labels_en
    figures = zip(
        labels,
        products.price_cny_per_tco2.tolist(),
        products.permanent_share.tolist(),
        strict=True,
    )
    return [dict(zip(("name", "price", "kept"), row, strict=True)) for row in figures]


def demand_of(co2: CO2Data) -> dict[str, list[Any]]:
    """Return prices from the highest down, and what each product would take at them, Mt/yr, had it material."""
    prices = co2.demand.price_cny_per_tco2[::PRICE_STRIDE]
    purchases = co2.demand.purchases_tco2[::PRICE_STRIDE] / T_PER_MT
    return {"prices": np.round(prices, 1).tolist(), "purchases": np.round(purchases.T, 4).tolist()}


def taken_mt(co2: CO2Data, limit_mt: Sequence[float], price_cny_per_tco2: float) -> float:
    """Return what all products take at a price, each at most its limit, Mt a year."""
    curve = demand_curve(co2, np.array(limit_mt) * T_PER_MT)
    falling, sold = curve.price_cny_per_tco2, curve.sold_tco2
    return float(np.interp(price_cny_per_tco2, falling[::-1], sold[::-1])) / T_PER_MT


def measured(co2: CO2Data, year: int, values: Mapping[str, Any], station_mt: float, language: str) -> str:
    """Say how little products take in the last year compared with what one power station captures."""
    limit_mt = [path[-1] for path in values["limit"]]
    words = {
        "year": str(year),
        "price": f"{NEAR_COST_CNY_PER_TCO2:.0f}",
        "some": emission(taken_mt(co2, limit_mt, NEAR_COST_CNY_PER_TCO2), language),
        "all": emission(taken_mt(co2, limit_mt, 0.0), language),
        "station": emission(station_mt, language),
        "hours": f"{STATION_HOURS:,.0f}",
    }
    return text(language, "use.subtitle", words)


def csv_file(view: AnswerView, co2: CO2Data) -> dict[str, str]:
    """Return all fates, products and their limits in all years as a file: its name and its text."""
    names = [name for _, name, _ in FATES] + bought(co2) + limits(co2)
    rows = [["scenario", "year", "price_cny_per_tco2", *(f"{name} [Mt CO2/yr]" for name in names)]]
    start, series = as_text(view.levers.name), [view.path(PRICE), *(view.path(n) for n in names)]
    for y, year in enumerate(view.years):
        rows.append([start, str(year), *(f"{values[y]:.6g}" for values in series)])
    return {"name": f"tanlu-{view.id}-co2-use.csv", "text": csv_text(rows)}
