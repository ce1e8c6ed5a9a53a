"""The parts of a page: each a Vue template fed with plain numbers and texts, each guarded against failure."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import ipyvue
import reacton
import solara

from tanlu.core.intervals import band_values
from tanlu.core.words import text, words
from tanlu.core.words.messages import COLONS, COMMAS
from tanlu.output.figures.cards import Card
from tanlu.output.figures.phrases import Phrase, against_in_words
from tanlu.pages.workers.failures import log_failure

type Event = Callable[[Any], None]


@dataclass(frozen=True)
class ChartWording:
    """How a chart speaks to the visitor; it changes with his language."""

    language: str
    words: dict[str, str]
    axis: dict[str, Any]
    price_axis: dict[str, Any] = field(default_factory=dict)  # empty in a chart without prices


@dataclass(frozen=True)
class ChartFigures:
    """What a chart shows of an answer; it changes with the answer."""

    sig: str  # differs from answer to answer
    years: list[int]
    values: dict[str, Any]


def fields_of(record: Any, _: object) -> dict[str, Any]:
    """Return a record as the browser gets it, its fields by name."""
    return dict(vars(record))


RECORDS = ("wording", "figures", "choices", "setting")
# A component whose arguments of these names are records: each goes to the browser whole, when it changes.
component_of_records = partial(solara.component_vue, to_json=dict.fromkeys(RECORDS, fields_of))


def know_controls() -> None:
    """Tell the visitor's browser the controls that charts share, before any of them is drawn."""
    for name in ("year-control", "chart-files", "form-control"):
        ipyvue.register_component_from_file(name, f"{name.replace('-', '_')}.vue", __file__)


@solara.component_vue("address.vue")
def AddressBar(address: str, language: str, title: str, lost: str, event_revisited: Event) -> None:
    """Keep the browser's address, title and language in step with the page, and follow its way back."""


@solara.component_vue("top_bar.vue")
def TopBar(
    words: dict[str, str],
    language: str,
    rooms: list[dict[str, str]],
    room: str,
    anchor: str,
    regions: list[str],
    region: str,
    event_room_chosen: Event,
    event_region_chosen: Event,
    event_language_chosen: Event,
) -> None:
    """Show the name of the tool, its rooms and regions, and copy the link, switch language and theme."""


@solara.component_vue("rooms/first_steps.vue")
def FirstSteps(words: dict[str, str], is_due: bool) -> None:
    """Show a first visitor around in four steps, once."""


@solara.component_vue("rooms/parts.vue")
def RoomParts(words: dict[str, str], views: list[str], view: str, event_view_chosen: Event) -> None:
    """Choose among the views of a room."""


@solara.component_vue("notices.vue")
def Notices(notices: list[str], close_label: str, event_dismiss: Event) -> None:
    """Tell what could not be followed of the visitor's link."""


@solara.component_vue("rooms/brief.vue")
def Brief(
    told: list[Phrase],
    opening: dict[str, Any],
    hint: dict[str, str],
    words: dict[str, str],
    file: dict[str, str],
    event_ask_csv: Event,
    event_act: Event,
) -> None:
    """Say in a sentence what the answer shows, with its warnings; on an empty visit ask what to begin with."""


@solara.component_vue("measures.vue")
def MeasureStrip(
    cards: list[Card],
    targets: list[dict[str, object]],
    words: dict[str, str],
    sig: str,
    event_view_chosen: Event,
) -> None:
    """Show the figures that stand together in groups, and what becomes of each official target."""


@component_of_records("emission_path.vue")
def EmissionChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_group: Event,
    event_ask_csv: Event,
) -> None:
    """Draw the stacked emission path with its table twin."""


@component_of_records("rooms/small_chart.vue")
def SmallChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    tree: list[dict[str, Any]],
    file: dict[str, str],
    event_act: Event,
) -> None:
    """Draw a few yearly lines against those of the baseline; its title opens the tree of indicators."""


@component_of_records("electricity.vue")
def ElectricityChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    moment: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Draw the hours of a typical and a peak day, stacked by source, with price and exchange below."""


@component_of_records("plant_map.vue")
def PlantMap(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    card: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_choose_site: Event,
    event_ask_csv: Event,
) -> None:
    """Draw all plants on a map, by year, with the units and decisions of the site that was chosen."""


@component_of_records("hubs.vue")
def HubChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Draw what CO2 hubs must charge by committed volume, what they posted, how full stores are, and the lines."""


@component_of_records("co2_use.vue")
def UseChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Draw what became of captured CO2, what products take at which price, and what each took."""


@component_of_records("who_pays.vue")
def PayTable(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Show what groups of parties pay each other in a year, with bills and rents, and what that is to the baseline."""


@solara.component_vue("footer.vue")
def Footer(sentence: str, lines: list[str], more: dict[str, Any], basis: dict[str, str]) -> None:
    """Say in words what the answer shows, what it is not, where it is from, and on request what it rests on most."""


@solara.component_vue("failure.vue")
def FailureCard(message: str, detail: str, button: str, area: str, event_retry: Event) -> None:
    """Say that something failed, under which number it is logged, and offer the way out."""


@solara.component
def Guarded(panel: solara.Element, area: str, language: str, answer: str) -> solara.Element:
    """Show `panel`, or a card with an error number where it fails; a new answer tries again by itself.

    The panel is returned as it is: a component between it and the guard would render in a loop on failure.
    """
    error, clear = reacton.use_exception()
    number = solara.use_memo(lambda: log_failure(area, answer, error) if error else "", [error])
    solara.use_effect(clear, [answer])
    if error is None:
        return panel
    return FailureCard(
        message=text(language, "failure.panel"),
        detail=text(language, "failure.id", {"id": number}),
        button=text(language, "failure.retry"),
        area=area,
        event_retry=lambda _: clear(),
    )


def box(name: str, *children: solara.Element, tag: str = "div") -> solara.Element:
    """Return a plain element of the page's grid that holds `children`."""
    return solara.v.Html(tag=tag, class_=name, children=list(children))


def reference_words(kind: str, language: str) -> dict[str, str]:
    """Return the texts of charts that name what effects are measured against, a kind of reference."""
    name = text(language, f"reference.line_{kind}")
    places = {"reference": against_in_words(kind, language)}
    told = ("sure.difference", "sure.baseline_median", "map.changed_what", "pay.difference")
    lines = {key: name for key in ("chart.baseline", "map.before")}
    return lines | {key: text(language, key, places) for key in told}


def band_words(draws: int, language: str) -> dict[str, str]:
    """Return the text of charts that says what a band of draws holds."""
    return {"chart.band": text(language, "chart.band", band_values(draws))}


def page_words(language: str, *prefixes: str) -> dict[str, str]:
    """Return the texts of some parts of the page, keys kept whole; a percent sign stays at its number.

    What stands between a name and its value, and between names, is with them.
    """
    return {
        "colon": COLONS[language],
        "comma": COMMAS[language],
    } | {
        key: value.replace(" %", "\N{NO-BREAK SPACE}%")
        for key, value in words(language).items()
        if key.partition(".")[0] in prefixes
    }
