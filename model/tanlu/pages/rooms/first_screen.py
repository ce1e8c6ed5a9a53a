"""The first screen: the verdict on a package in a sentence and four cards, and the questions that lead on."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from dataclasses import replace
from typing import Any

import solara

from tanlu.core.words import text
from tanlu.output.figures.phrases import Phrase
from tanlu.pages import panels
from tanlu.pages.address import write_address
from tanlu.pages.builder.starts import start_keys, uncredited_market
from tanlu.pages.levers import Levers
from tanlu.pages.measures import Summary, target_rows
from tanlu.pages.panels import Event, page_words
from tanlu.pages.places import place_words
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

# Each question that the first screen leaves open, and the view that answers it.
QUESTIONS = {"why": "why", "cheaper": "seek", "pays": "pay", "otherwise": "otherwise"}


@solara.component_vue("questions.vue")
def Questions(heading: str, questions: list[dict[str, str]], event_view_chosen: Event) -> None:
    """Show the questions that lead to other views."""


def opening(found: Summary, session: Session, language: str) -> tuple[list[Phrase], dict[str, Any]]:
    """Return what the first screen says, and on an empty visit the questions in its place."""
    if session.asked.value.levers != Levers():
        return found.verdict(language), {}
    keys = start_keys(session.service.scenarios)
    starts = [{"key": key, "text": text(language, f"start.{key}")} for key in keys]
    return [], {"heading": text(language, "start.heading"), "starts": starts}


def credit_hint(session: Session, language: str) -> dict[str, str]:
    """Return the note that the market does not credit captured CO2, with the way to mend it; empty if it does."""
    if not uncredited_market(session.service.scenarios.scenario(session.asked.value.levers)):
        return {}
    year = session.service.first_open_year
    return {
        "text": text(language, "credit.hint"),
        "button": text(language, "credit.mend", {"year": year}),
    }


@solara.component
def VerdictArea(view: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show the four cards of the first screen."""
    panels.MeasureStrip(
        cards=found.verdict_cards(language),
        targets=[],
        words=page_words(language, "card", "kpi", "verdict"),
        sig=view.id,
        event_view_chosen=session.choose_view,
    )


@solara.component
def MeasureArea(view: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show the figures in groups."""
    places = place_words(session.service.axes, language)
    panels.MeasureStrip(
        cards=found.cards(language),
        targets=target_rows(found.targets, places, language, found.progress.mark(language)),
        words=page_words(language, "card", "kpi", "verdict"),
        sig=view.id,
        event_view_chosen=session.choose_view,
    )


@solara.component
def QuestionArea(session: Session, language: str) -> None:
    """Show the four questions that lead on."""
    questions = [
        {
            "key": key,
            "view": view,
            "text": text(language, f"question.{key}"),
            "address": _address(session, view),
        }
        for key, view in QUESTIONS.items()
    ]
    Questions(
        heading=text(language, "question.heading"),
        questions=questions,
        event_view_chosen=session.choose_view,
    )


def _address(session: Session, view: str) -> str:
    """Write the address of a view with the visitor's setting."""
    return write_address(replace(session.address(), view=view), session.service.version)
