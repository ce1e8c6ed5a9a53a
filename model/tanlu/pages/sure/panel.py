"""The room of how sure: bands of a figure, how often each target is met, and what matters most."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping
from typing import Any

import numpy as np
import solara

from tanlu.core.intervals import band_values
from tanlu.core.words import text
from tanlu.core.words.numbers import PER_MILLION
from tanlu.output.aims import Aim, select_judged
from tanlu.output.chances import Chance
from tanlu.output.figures.figure import write_quantity
from tanlu.output.figures.paths import paths_of
from tanlu.output.influence import DIFFERENCE, LEVEL, most_influential
from tanlu.output.measures import Measured
from tanlu.output.region_aims_words import chance_in_words
from tanlu.pages.export import as_text
from tanlu.pages.measures import Summary
from tanlu.pages.panels import (
    ChartFigures,
    ChartWording,
    Event,
    component_of_records,
    page_words,
    reference_words,
)
from tanlu.pages.places import place_words
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.sure.bands import SHARE, SUBJECTS, bands, bands_csv, chances
from tanlu.pages.sure.draws import MORE, Drawn
from tanlu.pages.workers.views import AnswerView
from tanlu.scenario.loading import load

DRAWN_WATER = ("bootstrap", "drought_regime")  # kinds of hydrology in which years of water are drawn


@component_of_records("sure.vue")
def SureChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_draw: Event,
    event_ask_csv: Event,
) -> None:
    """Draw the band of a figure by year, with how often targets are met and the assumptions that matter most."""


@solara.component
def SureArea(view: AnswerView, found: Summary, session: Session, language: str) -> solara.Element:
    """Show how far draws lie apart, and what was not drawn."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    drawn = session.drawn(view)
    service = session.service
    is_drawn = hydrology_of(view, service) in DRAWN_WATER and drawn.number > 1
    told = solara.use_memo(
        lambda: all_bands(view, drawn, service) if is_drawn else {}, [drawn.sig, is_drawn, view.region]
    )
    odds = solara.use_memo(
        lambda: odds_of(view, drawn, service, found) if is_drawn else {}, [drawn.sig, is_drawn]
    )
    places = place_words(service.axes, language)
    subject = {
        **said_of(view, drawn, service, language),
        "targets": target_rows(found.targets, odds, places, language),
        "influence": influence_rows(service.region, language),
    }
    values = {key: {kind: rounded(of) for kind, of in one.items()} for key, one in told.items()}

    def csv_file(_: object) -> None:
        if told:
            set_file(
                {
                    "name": f"tanlu-{view.id}-bands-{drawn.number}.csv",
                    "text": bands_csv(as_text(view.levers.name), view.years, drawn.number, told),
                }
            )

    words = page_words(language, "sure", "chart") | reference_words(found.kind, language)
    words["sure.band"] = text(language, "sure.band", band_values(drawn.number, SHARE))
    return SureChart(
        wording=ChartWording(language, words, {}),
        figures=ChartFigures(f"{drawn.sig}-{is_drawn}{view.region_mark}", view.years, values),
        subject=subject,
        file=file,
        event_draw=session.ask_draws,
        event_ask_csv=csv_file,
    )


def hydrology_of(view: AnswerView, service: Service) -> str:
    """Return where the water of an answer comes from."""
    return service.scenarios.scenario(view.levers).world.hydrology


def said_of(view: AnswerView, drawn: Drawn, service: Service, language: str) -> dict[str, Any]:
    """Return what a visitor reads and can choose from."""
    hydrology = hydrology_of(view, service)
    is_drawn = hydrology in DRAWN_WATER
    return {
        "heading": text(language, "sure.heading"),
        "empty": empty_text(drawn, hydrology, language),
        "what": text(language, f"sure.what_{hydrology}") if is_drawn else "",
        "standing": standing_text(drawn, language),
        "subjects": [
            {"key": one.key, "name": text(language, f"sure.{one.key}"), "axis": dict(one.axis[language])}
            for one in SUBJECTS
        ],
        "choices": [view.draws, *(n for n in MORE if n > view.draws)] if is_drawn else [],
        "wanted": drawn.wanted,
    }


def measured_in(view: AnswerView, drawn: Drawn, service: Service) -> tuple[Measured, Measured]:
    """Return the scenario and its reference in the draws that are there."""
    assert drawn.now is not None and drawn.base is not None, "there are draws"
    now = Measured(load(service.question(view.levers)), drawn.now)
    return now, Measured(service.scenarios.reference(view.levers).scenario, drawn.base)


def all_bands(view: AnswerView, drawn: Drawn, service: Service) -> dict[str, dict[str, np.ndarray]]:
    """Return the bands of every subject."""
    now, base = (paths_of(one, view.region) for one in measured_in(view, drawn, service))
    return {subject.key: bands(subject, now, base) for subject in SUBJECTS}


def odds_of(
    view: AnswerView, drawn: Drawn, service: Service, found: Summary
) -> dict[tuple[str, str], Chance]:
    """Return in how many draws each official target is met."""
    now, _ = measured_in(view, drawn, service)
    return chances(now, service.official_targets, found.now.open_from)


def rounded(values: np.ndarray) -> Any:
    """Return values short enough to travel to a browser."""
    return np.round(values, 4).tolist()


def empty_text(drawn: Drawn, hydrology: str, language: str) -> str:
    """Return why there is no band; empty where there is one."""
    if drawn.failure:
        return text(language, "failure.id", {"id": drawn.failure})
    if hydrology not in DRAWN_WATER:
        return text(language, "sure.nothing_drawn")
    return "" if drawn.number > 1 else text(language, "sure.one_draw")


def standing_text(drawn: Drawn, language: str) -> str:
    """Return how many draws are there and how many runs are to come."""
    key = "sure.drawing" if drawn.missing else "sure.drawn"
    return text(language, key, {"number": drawn.number, "wanted": drawn.wanted, "missing": drawn.missing})


def target_rows(
    found: tuple[Aim, ...],
    odds: Mapping[tuple[str, str], Chance],
    places: Mapping[str, str],
    language: str,
) -> list[dict[str, Any]]:
    """Return the targets that a policy can still change, each with the count of draws in which it is met."""
    return [
        {
            "label": aim.label[language],
            "place": places.get(f"place.{aim.region}", aim.region),
            "target": str(write_quantity(aim.goal, aim.unit, language)),
            "chance": chance_text(odds.get((aim.key, aim.region)), language),
        }
        for aim in select_judged(found)
        if aim.is_open
    ]


def chance_text(chance: Chance | None, language: str) -> str:
    """Return a count with its interval; without draws there is no probability."""
    if chance is None:
        return text(language, "sure.no_probability")
    return chance_in_words(chance, language)


def influence_rows(region: str, language: str) -> list[dict[str, Any]]:
    """Return the assumptions that matter most for each outcome of the study; empty lists without one."""
    return [
        {
            "key": outcome,
            "title": text(language, f"sure.{outcome}"),
            "rows": [
                {
                    "name": one.name,
                    "label": one.label(language),
                    "effect": PER_MILLION[language] * one.effect,
                    "half_width": PER_MILLION[language] * one.half_width,
                }
                for one in most_influential(region, outcome)
            ],
        }
        for outcome in (LEVEL, DIFFERENCE)
    ]
