"""The evidence on the page."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import solara

from tanlu.core.words import text
from tanlu.output.provenance import model_version
from tanlu.pages.basis.documents import FIRST, files_of, read, titles
from tanlu.pages.basis.entries import GROUPS, entries
from tanlu.pages.panels import Event, page_words
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView


@solara.component_vue("entries.vue")
def EvidenceList(
    words: dict[str, str], groups: list[str], entries: list[dict[str, Any]], version: str
) -> None:
    """List and search what every figure rests on."""


@solara.component_vue("documents.vue")
def DocumentPages(
    words: dict[str, str],
    language: str,
    anchor: str,
    titles: dict[str, str],
    document: dict[str, str],
    event_choose: Event,
) -> None:
    """Show one of several documents."""


@solara.component
def EvidenceArea(view: AnswerView, session: Session, language: str) -> solara.Element:
    """Show the entries: those of the indicators are of the answer on screen."""
    service = session.service
    region = str(service.question(view.levers)["region"])
    measures = view.measures
    assert measures is not None, "an answer has a draw at least"
    found = solara.use_memo(
        lambda: entries(region, measures.variables, measures.units, language),
        [region, measures.variables, language],
    )
    about = {"version": model_version(), "code": service.version.code, "data": service.version.data}
    return EvidenceList(
        words=page_words(language, "basis"),
        groups=list(GROUPS),
        entries=found,
        version=text(language, "basis.version", about),
    )


@solara.component
def DocumentArea(part: str, language: str) -> solara.Element:
    """Show the documents of the method, or those of the backtests."""
    name, set_name = solara.use_state(FIRST[part])
    shown = name if name in files_of(part) else FIRST[part]
    return DocumentPages(
        words=page_words(language, "basis"),
        language=language,
        anchor=part,
        titles=titles(part, language),
        document=read(shown, language)._asdict(),
        event_choose=lambda chosen: set_name(chosen) if chosen in files_of(part) else None,
    )
