"""The policy library on the page; what it asks of the setting goes through the builder of the same page."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from textwrap import dedent
from typing import Any

import solara

from tanlu.core.words import text
from tanlu.pages.builder.fields import themes
from tanlu.pages.levers import NOTHING
from tanlu.pages.library.packages import package_groups
from tanlu.pages.panels import page_words
from tanlu.pages.state import Session
from tanlu.policies import KINDS
from tanlu.policies.texts.documentation import document_instrument


@solara.component_vue("packages.vue")
def PackageList(words: dict[str, str], groups: list[dict[str, Any]], current: str) -> None:
    """List the shipped packages, each with what it changes."""


@solara.component_vue("instruments.vue")
def InstrumentPages(words: dict[str, str], language: str, groups: list[dict[str, Any]]) -> None:
    """Show what is said of each instrument, one at a time."""


@solara.component_vue("saved.vue")
def SavedScenarios(words: dict[str, str], language: str, scenario: str, version: str) -> None:
    """Keep scenarios in the visitor's browser, of which the server sees the one that he opens."""


@solara.component
def PackageArea(session: Session, language: str) -> solara.Element:
    """Show the packages, and which of them is set."""
    service, levers = session.service, session.asked.value.levers
    groups = solara.use_memo(lambda: package_groups(service.presets, service.scenarios, language), [language])
    current = levers.scenario if levers.changes == NOTHING else ""
    return PackageList(words=page_words(language, "library"), groups=groups, current=current)


@solara.component
def InstrumentArea(language: str) -> solara.Element:
    """Show the instruments by theme."""
    groups = solara.use_memo(lambda: instrument_groups(language), [language])
    return InstrumentPages(words=page_words(language, "library"), language=language, groups=groups)


@solara.component
def SavedArea(session: Session, language: str) -> solara.Element:
    """Show the scenarios of this browser; the one on screen goes there as the file that `tanlu run` takes."""
    service = session.service
    return SavedScenarios(
        words=page_words(language, "saved"),
        language=language,
        scenario=service.scenarios.to_text(session.asked.value.levers),
        version=str(service.version),
    )


def instrument_groups(language: str) -> list[dict[str, Any]]:
    """Return every instrument by theme with what is said of it."""
    return [
        {
            "key": one["key"],
            "title": one["title"],
            "kinds": [instrument(kind["kind"], language) for kind in one["kinds"]],
        }
        for one in themes(language)
    ]


def instrument(kind: str, language: str) -> dict[str, Any]:
    """Return what is said of an instrument as the browser gets it."""
    said = document_instrument(kind, language)
    return {
        **said._asdict(),
        "example": dedent(said.example),
        "theme": text(language, f"theme.{KINDS[kind].theme}"),
        "paragraphs": [one._asdict() for one in said.paragraphs],
        "fields": [field._asdict() for field in said.fields],
    }
