"""What is still to come of the answer on show."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

import solara

from tanlu.core.words import text
from tanlu.pages.state import Standing


@solara.component_vue("status.vue")
def StatusLine(text: str, computing: bool, answered: int, drawn: int, draws: int) -> None:
    """Say what is still to come, and tell all charts which move was answered.

    A move that leads back to what is shown changes no chart, and is answered all the same.
    """


@solara.component
def Status(standing: Standing, language: str) -> None:
    """Say that the answer is being computed, how many wait before it, and how many draws are there."""
    StatusLine(
        text=status_text(standing, language),
        computing=standing.computing,
        answered=standing.answered,
        drawn=standing.drawn,
        draws=standing.draws,
    )


def status_text(standing: Standing, language: str) -> str:
    """Return what a visitor reads; nothing where all is there and was run for him."""
    if standing.computing:
        return text(language, "status.place" if standing.ahead else "status.computing", standing._asdict())
    if standing.drawn < standing.draws:
        return text(language, "status.draws", standing._asdict())
    return text(language, "status.prepared") if standing.prepared else ""


def waiting_text(language: str) -> solara.Element:
    """Return what stands in place of a view whose tables are still to come."""
    return solara.v.Html(tag="p", class_="path computing", children=[text(language, "status.computing")])
