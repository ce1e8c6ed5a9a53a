"""What is told of the plants of a site: figures by year, source and grade, and why each decided as it did."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.core.words.errors import ResultError
from tanlu.explanation.explain import explain_year, find_year_of_last_change
from tanlu.explanation.rendering import Part, render_explanation
from tanlu.industry.lines import facility_and_line
from tanlu.pages.sites import FIGURES, KINDS, OWN_WORK, Plants, PlantSites

CAPACITY, OUTPUT, EMITTED, CAPTURED = range(len(FIGURES))
POWER_KINDS = frozenset(kind.key for kind in KINDS if kind.power)
# How figures travel: whole MW or kt of yearly product, GWh or kt of product, kt of CO2.
SCALE = {"capacity": (1.0, 1e-3), "output": (1e-3, 1e-3), "emitted": (1e3, 1e3), "captured": (1e3, 1e3)}


class ChosenPlant(NamedTuple):
    """Of what a visitor wants to know more."""

    site: int = -1  # none
    decider: str = ""  # the first of the site
    year: int | None = None  # that of its last change


def checked_choice(asked: object, sites: PlantSites) -> ChosenPlant:
    """Return what a browser asked for, nothing where there is no such site."""
    if not isinstance(asked, Mapping):
        return ChosenPlant()
    site, decider, year = (asked.get(key) for key in ChosenPlant._fields)
    if type(site) is not int or not 0 <= site < len(sites.places):
        return ChosenPlant()
    return ChosenPlant(site, str(decider or ""), year if type(year) is int else None)


def site_card(
    sites: PlantSites, plants: Plants, chosen: ChosenPlant, region: str, scenario: str, language: str
) -> dict[str, Any]:
    """Return the units of a site with all their years, and why one of them decided; empty where none is chosen.

    `scenario` is what the scenario is called in the language.
    """
    if chosen.site < 0:
        return {}
    mine = sites.units_of(chosen.site)
    deciders = [name for unit in mine for name in plants.deciders.get(unit, ())]
    decider = chosen.decider if chosen.decider in deciders else next(iter(deciders), "")
    return {
        "site": chosen.site,
        "power": sites.places[chosen.site].kind in POWER_KINDS,
        "units": [unit_lines(sites, plants, unit, language) for unit in mine],
        "why": why_of(plants, decider, chosen.year, region, scenario, language) if decider else {},
    }


def unit_lines(sites: PlantSites, plants: Plants, unit: int, language: str) -> dict[str, Any]:
    """Return one unit's name, sources, figures by year, and who decides on it."""
    one = sites.units[unit]
    factors = [pair[0 if one.kind in POWER_KINDS else 1] for pair in SCALE.values()]
    series = {
        name: [round(float(value), 1) for value in plants.figures[f, unit] * factor]
        for f, (name, factor) in enumerate(zip(SCALE, factors, strict=True))
    }
    own = text(language, "map.own_work")
    deciders = plants.deciders.get(unit, ())
    return {
        "name": one.name[language],
        "built": one.built,
        "grade": one.grade,
        "sources": [own if source == OWN_WORK else source for source in one.sources],
        **series,
        "at_work": plants.at_work[unit].tolist(),
        "deciders": [{"id": name, "name": decider_name(plants, name, language)} for name in deciders],
    }


def decider_name(plants: Plants, decider: str, language: str) -> str:
    """Return what results call a decider: the unit, or a line of a facility that has several."""
    return plants.names.get(decider, (decider, decider))[language == "zh"]


def line_words(decider: str, unit: str, language: str) -> str:
    """Say which line of a facility decides; nothing where it has only one."""
    line = facility_and_line(decider)[1] if decider != unit else ""
    return text(language, "map.line", {"line": line}) if line else ""


def why_of(
    plants: Plants, decider: str, year: int | None, region: str, scenario: str, language: str
) -> dict[str, Any]:
    """Return what `tanlu why` tells of a decider in a year, that of its last change if None, with its other years."""
    records = plants.records._replace(scenario=scenario)
    name = plants.names.get(decider, (decider, decider))
    asked = find_year_of_last_change(records, decider) if year is None else year
    try:
        answer = explain_year(records, (decider, *name), asked)
    except ResultError:  # a browser asked for a year without anything to tell
        answer = explain_year(records, (decider, *name), find_year_of_last_change(records, decider))
    return {
        "decider": decider,
        "year": answer.year,
        "years": sorted({answer.year, *answer.other_years}),
        "parts": [part_of(part) for part in render_explanation(answer, region, language)],
    }


def part_of(part: Part) -> dict[str, Any]:
    """Return a table or a sentence as the browser gets it."""
    return {"said": part} if isinstance(part, str) else part._asdict()


def at_year(plants: Plants, year: int) -> int:
    """Return the position of the year of an answer that is nearest to one."""
    return int(np.argmin(np.abs(np.array(plants.years) - year)))
