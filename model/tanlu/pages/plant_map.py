"""The map of plants: where each stands, what it does in a year, and which differ from the baseline."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence
from typing import Any

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.words import LANGUAGES, text
from tanlu.output.charts import TOTAL
from tanlu.output.comparison_tables.plants import changed_courses, courses_in_words
from tanlu.output.figures.quantities import POWER_AXIS
from tanlu.pages import panels
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.measures import Summary
from tanlu.pages.panels import ChartFigures, ChartWording, page_words, reference_words
from tanlu.pages.plants.card import (
    EMITTED,
    POWER_KINDS,
    SCALE,
    ChosenPlant,
    at_year,
    checked_choice,
    line_words,
    site_card,
)
from tanlu.pages.sites import (
    FIGURES,
    KINDS,
    Plants,
    PlantSites,
    SiteUnit,
    common_name,
    site_figures,
    site_span,
)
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.region.co2 import CO2Data


@solara.component
def MapArea(view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show all plants of an answer with all years at once, and what is told of one site when it is chosen."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    chosen, set_chosen = solara.use_state(ChosenPlant())
    service = session.service
    sites, plants, before = service.sites, service.plants(view.levers), service.plants(base.levers)
    provinces = service.provinces_in(view.region)
    values = solara.use_memo(lambda: map_values(view, sites, plants, provinces), [view.id])
    named = solara.use_memo(lambda: named_sites(sites, language), [language])
    changed = solara.use_memo(
        lambda: changed_sites(sites, plants, before, provinces, language),
        [view.levers.id, base.levers.id, provinces, language],
    )
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    card = solara.use_memo(
        lambda: site_card(
            sites, plants, chosen, service.region, service.label(view.levers, language), language
        ),
        [view.levers.id, chosen, language],
    )
    panels.PlantMap(
        wording=ChartWording(
            language,
            page_words(language, "map", "power", "chart") | reference_words(found.kind, language),
            dict(POWER_AXIS[language]),
        ),
        figures=ChartFigures(view.id, plants.years, values),
        subject={
            "outline": dict(sites.outline),
            "kinds": kinds(language),
            "sites": named,
            "provinces": list(provinces),
            "changed": changed,
            "draws": view.draws,
            "stores": stores(service.co2, language),
            "first_year": first_year,
        },
        card=card,
        file=file,
        event_choose=session.choose,
        event_choose_site=lambda asked: set_chosen(checked_choice(asked, sites)),
        event_ask_csv=lambda _: set_file(csv_file(view, sites, plants, provinces, session.moment.value.year)),
    )


def kinds(language: str) -> list[dict[str, Any]]:
    """Return the kinds of sites, as the map draws and names them."""
    return [
        {
            "key": kind.key,
            "colour": kind.colour,
            "power": kind.power,
            "name": text(language, f"kind.{kind.key}"),
        }
        for kind in KINDS
    ]


def stores(co2: CO2Data, language: str) -> list[dict[str, Any]]:
    """Return where stores of CO2 lie and what they are called."""
    names = co2.stores.names_zh if language == "zh" else co2.stores.names_en
    places = zip(co2.stores.longitude_deg.tolist(), co2.stores.latitude_deg.tolist(), strict=True)
    return [{"name": name, "at": list(at)} for name, at in zip(names, places, strict=True)]


def changed_sites(
    sites: PlantSites, plants: Plants, before: Plants, provinces: Sequence[str], language: str
) -> list[dict[str, str | int]]:
    """Return the units of provinces that take another course than before, in the order of `changed_courses`.

    Each has both courses in words, those of its lines one after the other.
    """
    changed = changed_courses([plants.courses, before.courses])
    by_unit: dict[str, list[str]] = {}
    for decider in changed:
        by_unit.setdefault(sites.unit_of(decider), []).append(decider)

    def label(option: str) -> str:
        return plants.records.offered.label(option, language)

    place = {unit.id: u for u, unit in enumerate(sites.units)}
    rows: list[dict[str, str | int]] = []
    for name_of_unit, names in by_unit.items():
        told = [
            [
                line_words(name, name_of_unit, language) + said
                for said in courses_in_words(changed[name], label, language)
            ]
            for name in sorted(names)
        ]
        here, was = map(text(language, "course.and").join, zip(*told, strict=True))
        u = place[name_of_unit]
        if sites.units[u].province not in provinces:
            continue
        name = sites.units[u].name[language]
        rows.append({"site": int(sites.site[u]), "name": name, "here": here, "before": was})
    return rows


def map_values(
    view: AnswerView, sites: PlantSites, plants: Plants, provinces: Sequence[str]
) -> dict[str, Any]:
    """Return what each site does by year, as whole numbers; 0 stands for a series that is nothing but zero.

    `elsewhere` is what the provinces on show emit away from their sites, Mt: the table of plants has no vehicles;
    `built_later` is what power plants without a place have there, MW by kind.
    """
    figures, (first, last) = site_figures(sites, plants), site_span(sites, plants)
    power = np.array([place.kind in POWER_KINDS for place in sites.places])
    is_shown = np.array(
        [sites.province_of(position) in provinces for position in range(len(sites.places))], bool
    )
    placed_mt = figures[EMITTED][is_shown].sum(axis=0)
    series = {}
    for f, (name, factors) in enumerate(SCALE.items()):
        scaled = figures[f] * np.where(power, *factors)[:, None]
        series[name] = [thin(row) for row in np.rint(scaled).astype(np.int64)]
    return {
        **series,
        "first": first.tolist(),
        "last": last.tolist(),
        "built_later": built_in(plants, provinces),
        "elsewhere": np.round(view.first_path(TOTAL) - placed_mt, 1).tolist(),
    }


def built_in(plants: Plants, provinces: Sequence[str]) -> dict[str, list[int]]:
    """Add up by kind what power plants without a place have in some provinces, MW by year."""
    total: dict[str, Floats] = {}
    for (province, kind), mw in plants.built_later_mw.items():
        if province in provinces:
            total[kind] = total.get(kind, np.zeros(len(plants.years))) + mw
    return {kind: np.rint(mw).astype(int).tolist() for kind, mw in total.items()}


def thin(row: "np.ndarray[Any, np.dtype[np.int64]]") -> list[int] | int:
    """Return a series as a list, or 0 where it holds nothing else."""
    return row.tolist() if row.any() else 0


def named_sites(sites: PlantSites, language: str) -> list[dict[str, Any]]:
    """Return where each site stands, what it is called, and by what it is found."""
    named = []
    for position, place in enumerate(sites.places):
        units = [sites.units[unit] for unit in sites.units_of(position)]
        owners = dict.fromkeys(unit.owner[language] for unit in units)
        named.append(
            {
                "at": list(place.at),
                "kind": place.kind,
                "name": common_name([unit.name[language] for unit in units]),
                "owner": ", ".join(owners),
                "owners": list(owners),
                "prefecture": units[0].prefecture[language],
                "province": sites.province_of(position),
                "found_by": found_by(units),
            }
        )
    return named


def found_by(units: Sequence[SiteUnit]) -> str:
    """Return the text in which a site is searched: what it is called in both languages, owners and places too."""
    names = (
        names[each]
        for unit in units
        for names in (unit.name, unit.owner, unit.prefecture)
        for each in LANGUAGES
    )
    return "\n".join(dict.fromkeys(name.casefold() for name in names))


def csv_file(
    view: AnswerView, sites: PlantSites, plants: Plants, provinces: Sequence[str], year: int
) -> dict[str, str]:
    """Return the tracked plants of provinces in one year as a file: its name and its text."""
    at = at_year(plants, year)
    head = [
        "scenario",
        "year",
        "plant",
        "name_en",
        "name_zh",
        "owner_en",
        "kind",
        "province",
        "longitude_deg",
    ]
    rows: list[list[object]] = [
        [*head, "latitude_deg", "built_year", "at_work", "capacity", "output", *FIGURES[EMITTED:]]
    ]
    start = [as_text(view.levers.name), plants.years[at]]
    for u, unit in enumerate(sites.units):
        if unit.province not in provinces:
            continue
        names = [as_text(cell) for cell in (unit.id, *unit.name.values(), unit.owner["en"])]
        figures = [f"{value:.6g}" for value in plants.figures[:, u, at]]
        place = [unit.kind, unit.province, *unit.at, unit.built]
        rows.append([*start, *names, *place, int(plants.at_work[u, at]), *figures])
    return {"name": f"tanlu-{view.id}-plants-{plants.years[at]}.csv", "text": csv_text(rows)}
