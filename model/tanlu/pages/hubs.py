"""The view of CO2 hubs: what each must charge at a committed volume, what it posted, and stores that fill up."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Iterator
from typing import Any

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.units import CNY_PER_BN_CNY, T_PER_MT
from tanlu.core.words import text
from tanlu.indicators.co2 import corridor_names
from tanlu.output.figures.quantities import TARIFF_AXIS, VOLUME_AXIS
from tanlu.pages import panels
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.panels import ChartFigures, ChartWording, page_words
from tanlu.pages.plants.nearest import start_of_hubs
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.region.co2 import CO2Data, tariff_curve

VOLUMES_MT = np.array([0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12.5, 15, 20, 25])
FIGURES = ("Tariff", "Committed", "Agreed Capacity", "Shipped")
LINE_FIGURES = ("Capacity", "Shipped", "Hubs")
COLUMNS = ("tariff_cny_per_tco2", "committed_mtco2", "agreed_capacity_mtco2", "shipped_mtco2", "held_mtco2")
LINE_COLUMNS = ("capacity_mtco2", "shipped_mtco2", "hubs")


HEAD = ("scenario", "year", "kind", "id", "name_en", "name_zh")


@solara.component
def HubArea(view: AnswerView, session: Session, language: str) -> None:
    """Show all hubs and stores of an answer with all years at once, so that the browser plays them."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    co2, plants = session.service.co2, session.service.plants(view.levers)
    after = session.service.last_observed_year + 1
    values = solara.use_memo(lambda: hub_values(view, co2), [view.id])
    named = solara.use_memo(lambda: named_places(co2, language), [language])
    start = solara.use_memo(lambda: start_of_hubs(plants, co2, after, language), [view.levers.id, language])
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    panels.HubChart(
        wording=ChartWording(
            language,
            page_words(language, "hubs", "power", "chart"),
            dict(VOLUME_AXIS[language]),
            dict(TARIFF_AXIS[language]),
        ),
        figures=ChartFigures(view.id, view.years if values else [], values),
        subject=named
        | {"outline": dict(session.service.sites.outline), "first_year": first_year, "start": start},
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view, co2)) if values else None,
    )


def hub_values(view: AnswerView, co2: CO2Data) -> dict[str, Any]:
    """Return the curves of each hub's tariff, figures of hubs and corridors, and what stores hold; empty if unknown.

    Volumes are Mt a year, tariffs CNY/t. A corridor that nobody ever uses has 0 in place of a series.
    """
    try:
        hubs = [hub_figures(view, co2, row) for row in range(len(co2.hubs.ids))]
        held = [view.path(f"CO2 Storage|{name}|Held") for name in co2.stores.names_en]
        lines = {
            figure.lower(): [thin(view.path(f"CO2 Line|{name}|{figure}")) for name in corridor_names(co2)]
            for figure in LINE_FIGURES
        }
    except KeyError:
        return {}
    held_mt = [np.round(mt, 1).tolist() for mt in held]
    return {"volumes": VOLUMES_MT.tolist(), "hubs": hubs, "held": held_mt, "lines": lines}


def thin(series: Floats) -> list[float] | int:
    """Return a series as a list, or 0 where it holds nothing else."""
    return np.round(series, 2).tolist() if series.any() else 0


def hub_figures(view: AnswerView, co2: CO2Data, row: int) -> dict[str, Any]:
    """Return one hub's curves, each once with the years it holds for, and its figures by year."""
    name = co2.hubs.names_en[row]
    tariff, committed, agreed, shipped = (view.path(f"CO2 Hub|{name}|{figure}") for figure in FIGURES)
    cost, storing = (view.path(f"CO2 Hub|{name}|{figure}") for figure in ("Line Cost", "Storage Cost"))
    states = list(zip(agreed, cost, storing, strict=True))
    known = {state: number for number, state in enumerate(dict.fromkeys(states))}
    curves = [_curve(co2, row, VOLUMES_MT, state) for state in known]
    return {
        "curves": [np.round(curve, 1).tolist() for curve in curves],
        "curve": [known[state] for state in states],
        "tariff": np.round(tariff, 1).tolist(),
        "posted_at": np.round(posted_at(tariff, cost, storing), 2).tolist(),
        "committed": np.round(committed, 2).tolist(),
        "agreed": np.round(agreed, 2).tolist(),
        "shipped": np.round(shipped, 2).tolist(),
        "needed": [
            round(float(_curve(co2, row, np.array([mt]), state)[0]), 1) if mt > 0.0 else 0.0
            for mt, state in zip(shipped, states, strict=True)
        ],
    }


def posted_at(tariff: Floats, cost_bn_cny: Floats, storing: Floats) -> Floats:
    """Return the volume at which each year's tariff pays for the lines, Mt a year; 0 without lines."""
    margin = tariff - storing
    mt = cost_bn_cny * CNY_PER_BN_CNY / T_PER_MT
    return np.divide(mt, margin, out=np.zeros_like(margin), where=(margin > 0.0) & (mt > 0.0))


def _curve(co2: CO2Data, row: int, volume_mt: Floats, state: tuple[float, float, float]) -> Floats:
    agreed_mt, cost_bn_cny, storing = state
    return tariff_curve(
        co2,
        row,
        volume_mt * T_PER_MT,
        agreed_tco2=agreed_mt * T_PER_MT,
        line_cost_cny=cost_bn_cny * CNY_PER_BN_CNY,
        storage_cost_cny_per_tco2=storing,
    )


def named_places(co2: CO2Data, language: str) -> dict[str, Any]:
    """Return what hubs and stores are called, where they stand and which corridors join them, what stores take, Mt."""
    hubs, names = (getattr(of, f"names_{language}") for of in (co2.hubs, co2.stores))
    capacity = co2.stores.capacity_tco2 / T_PER_MT
    places = [np.stack([of.longitude_deg, of.latitude_deg], axis=1) for of in (co2.hubs, co2.stores)]
    return {
        "hubs": list(hubs),
        "stores": [
            {"name": name.split(text(language, "hubs.bracket"))[0], "capacity": round(float(mt))}
            for name, mt in zip(names, capacity, strict=True)
        ],
        "places": np.concatenate(places).tolist(),
        "corridors": co2.corridors.ends.tolist(),
    }


def csv_file(view: AnswerView, co2: CO2Data) -> dict[str, str]:
    """Return all hubs, stores and lines in all years as a file: its name and its text."""
    columns = list(dict.fromkeys((*COLUMNS, *LINE_COLUMNS)))
    start, rows = as_text(view.levers.name), [[*HEAD, *columns]]
    for place, series in places_by_year(view, co2):
        for y, year in enumerate(view.years):
            figures = {column: f"{values[y]:.6g}" for column, values in series.items()}
            head = [start, str(year), *map(as_text, place)]
            rows.append([*head, *(figures.get(column, "") for column in columns)])
    return {"name": f"tanlu-{view.id}-hubs.csv", "text": csv_text(rows)}


def places_by_year(view: AnswerView, co2: CO2Data) -> Iterator[tuple[tuple[str, ...], dict[str, Floats]]]:
    """Yield kind, identifier and names of every hub, store and corridor, and its columns by year."""
    hubs, stores, joined = co2.hubs, co2.stores, corridor_names(co2)
    for place in zip(hubs.ids, hubs.names_en, hubs.names_zh, strict=True):
        figures = (view.path(f"CO2 Hub|{place[1]}|{figure}") for figure in FIGURES)
        yield ("hub", *place), dict(zip(COLUMNS, figures, strict=False))
    for place in zip(stores.ids, stores.names_en, stores.names_zh, strict=True):
        yield ("store", *place), {COLUMNS[-1]: view.path(f"CO2 Storage|{place[1]}|Held")}
    ids, names = (*hubs.ids, *stores.ids), (*hubs.names_zh, *stores.names_zh)
    for (a, b), name in zip(co2.corridors.ends.tolist(), joined, strict=True):
        figures = (view.path(f"CO2 Line|{name}|{figure}") for figure in LINE_FIGURES)
        place = (f"{ids[a]}-{ids[b]}", name, f"{names[a]}—{names[b]}")
        yield ("line", *place), dict(zip(LINE_COLUMNS, figures, strict=True))
