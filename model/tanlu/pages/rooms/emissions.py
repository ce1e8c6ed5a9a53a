"""The chart of the emission path, as figures or as a table."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping
from typing import Any

import numpy as np
import solara

from tanlu.core.intervals import band
from tanlu.core.words import text
from tanlu.output import charts
from tanlu.output.book import book_in_words, first_year
from tanlu.output.figures.paths import Paths
from tanlu.output.figures.phrases import plain
from tanlu.output.figures.quantities import EMISSION_AXIS
from tanlu.pages import panels
from tanlu.pages.border import border_table
from tanlu.pages.export import path_csv
from tanlu.pages.gases import gas_table
from tanlu.pages.levers import BASELINE
from tanlu.pages.measures import Summary, measured
from tanlu.pages.panels import ChartFigures, ChartWording, band_words, page_words, reference_words
from tanlu.pages.places import place_words
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.worked.attributions import Worked
from tanlu.pages.worked.panel import chart_values, looks_of
from tanlu.pages.workers.views import AnswerView
from tanlu.scenario.reference import ASSUMED


@solara.component
def ChartArea(view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show the emission path, as chart or table, and hand out its figures."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    grouping = session.grouping.value
    axes = session.service.axes
    provinces = session.service.provinces_in(view.region)
    layers = [one for one in charts.layers(grouping, axes.provinces) if one.province in ("", *provinces)]
    is_by_factor = grouping == charts.FACTOR
    since = first_year(np.array(view.years), session.service.last_observed_year + 1)
    path = charts.emission_path(view.wide, layers, view.region)
    bands = charts.changes_since(view.wide, layers, view.region, since) if is_by_factor else path["layers"]
    places = place_words(axes, language)
    axis = EMISSION_AXIS[language]
    words = page_words(language, "chart") | reference_words(found.kind, language)
    words |= band_words(len(found.now.emissions_mtco2), language)
    looks = looks_of(session, view, found.worked, language)
    panels.EmissionChart(
        wording=ChartWording(language, words, dict(axis)),
        figures=ChartFigures(
            f"{view.id}-{found.worked.sig}-{grouping}",
            path["years"],
            {"layers": bands, "total": path["total"], **band_of_emissions(found.now), **wedges(found.worked)},
        ),
        subject={
            "heading": text(language, "chart.heading"),
            "said": plain(found.verdict(language)[0]),
            "subtitle": text(
                language,
                "chart.change_since" if is_by_factor else "chart.subtitle",
                {"unit": axis["unit"], "places": places_on_show(view, places), "year": since},
            ),
            "told": book_in_words(measured(view, session.service), language, view.region)
            if is_by_factor
            else (),
            "layers": [
                {
                    "key": layer.key,
                    "colour": layer.colour,
                    "name": places.get(f"place.{layer.key}") or text(language, f"layer.{layer.key}"),
                }
                for layer in layers
            ],
            "fixed": fixed_marks(base, session.service, found.kind, language),
            "grouping": grouping,
            "policies": [one._asdict() for one in looks],
            "preliminary": found.progress.mark(language),
            "border": border_table(
                view, session.service.border_goods, session.service.last_observed_year + 1, language
            ),
            "gases": gas_table(view, session.service.gas_products, language),
        },
        file=file,
        event_group=session.group_by,
        event_ask_csv=lambda _: set_file(csv_file(view, base, session.service)),
    )


def places_on_show(view: AnswerView, places: Mapping[str, str]) -> str:
    """Name the province that figures are of, or all of them; `places` are names by key."""
    return places.get(f"place.{view.region}", places["place.names"])


def band_of_emissions(now: Paths) -> dict[str, list[float]]:
    """Return the ends of the band of emissions by year; nothing of one draw."""
    if len(now.emissions_mtco2) == 1:
        return {}
    low, high = band(now.emissions_mtco2)
    return {"low": charts.round_to_kt(low), "high": charts.round_to_kt(high)}


def wedges(worked: Worked) -> dict[str, list[list[float]]]:
    """Return what each policy avoids by year, once it is known in all draws and against the reference itself."""
    values = chart_values(worked) if worked.is_whole and worked.is_against_reference else {}
    return {"wedges": [of[0] for of in values["shares"]]} if values else {}


def csv_file(view: AnswerView, base: AnswerView, service: Service) -> dict[str, str]:
    """Return the paths of the chart as a file: its name and its text."""
    return {"name": f"tanlu-{view.id}.csv", "text": path_csv(paths_by_name(view, base, service))}


def paths_by_name(view: AnswerView, base: AnswerView, service: Service) -> dict[str, AnswerView]:
    """Return the answers of the chart by the name of their scenario: the baseline, the reference, and what is shown."""
    against = service.scenarios.reference(view.levers).scenario.name
    named = ((BASELINE, service.baseline()), (against, base), (view.levers.name, view))
    return {answer.name_in_files(name): answer for name, answer in named}


def fixed_marks(base: AnswerView, service: Service, kind: str, language: str) -> dict[str, Any]:
    """Return what no policy moves: the reference, the inventory and the official aims.

    Where the reference is the baseline in other conditions, the baseline as it is stands beside it.
    """
    plain = service.baseline().in_region(base.region).path(charts.TOTAL) if kind == ASSUMED else None
    targets = service.targets[base.region]
    return {
        "baseline": charts.round_to_kt(base.path(charts.TOTAL)),
        "plain": [] if plain is None else charts.round_to_kt(plain),
        "plain_name": text(language, "chart.baseline"),
        "end_name": text(language, f"reference.end_{kind}"),
        "history": [[year, mt] for year, mt in service.inventory_mt[base.region].items()],
        "peaks": [target.year for target in targets if target.kind == "peak"],
        "levels": [[target.year, target.level_mt] for target in targets if target.kind == "level"],
    }
