"""The policy builder on the page: what it shows of a visitor's scenario, and what his browser may ask of it."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipyvue
import solara

from tanlu.core.words import text
from tanlu.inputs.diagnostics import Finding
from tanlu.inputs.field_words import unit_words
from tanlu.inputs.types import FIRST_YEAR, LAST_YEAR
from tanlu.output import charts
from tanlu.output.figures.paths import first_open_year
from tanlu.pages.builder import tree
from tanlu.pages.builder.fields import all_fields, themes
from tanlu.pages.builder.links import MAXIMUM_BYTES, LinkTooLongError, write_changes
from tanlu.pages.levers import NOTHING, Levers
from tanlu.pages.panels import Event, component_of_records, page_words
from tanlu.pages.rooms.routes import VIEWS
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.scenario.input_words import InputWords
from tanlu.scenario.schema import Scenario

PRICE = "Price|Carbon|Market"
PRICE_YEARS = (2025, 2030, 2060)
PRICE_KEY = "price_cny_per_tco2"  # whose unit the price has


@dataclass(frozen=True)
class BuilderChoices:
    """What a visitor can choose from, in his language."""

    themes: list[dict[str, Any]]  # kinds of policy
    fields: dict[str, list[dict[str, Any]]]  # by kind, and of the world
    packages: list[dict[str, Any]]  # groups of shipped scenarios, each with its label; the first has none
    largest_bytes: int = MAXIMUM_BYTES  # of a file that is uploaded


@dataclass(frozen=True)
class BuilderSetting:
    """A visitor's scenario, and how far he can go back and forth."""

    scenario: str
    name: str  # of its file
    is_own: bool  # no shipped one
    is_changed: bool  # not the baseline
    can_load: bool  # not what was loaded last
    can_go_back: bool  # not what the model answered last
    move: int
    given: int
    undo: int
    redo: int
    policies: list[dict[str, Any]]
    world: dict[str, Any]
    conflicts: dict[str, list[dict[str, Any]]]
    differences: list[list[str]]
    findings: list[dict[str, str]]
    notes: dict[str, str]  # by kind: what a policy in force does now
    years: dict[str, int]
    file: str
    too_long: bool  # for an address
    state: str


@component_of_records("builder.vue")
def BuilderPanel(
    choices: BuilderChoices,
    setting: BuilderSetting,
    words: dict[str, str],
    on_moved: Event,
    event_act: Event,
    moved: dict[str, Any] | None = None,
) -> None:
    """Choose packages, change policies and conditions of the world, and take the scenario away as a file."""


@solara.component
def BuilderArea(
    session: Session, language: str, packages: list[dict[str, Any]], answer: AnswerView | None
) -> solara.Element:
    """Show a visitor's scenario as policies by theme; `answer` is None where the model gave none."""
    solara.use_memo(know_fields, [])
    axes, builder = session.service.axes, session.builder
    choices = solara.use_memo(
        lambda: BuilderChoices(themes(language), all_fields(axes, language), packages), [language]
    )
    return BuilderPanel(
        choices=choices,
        setting=setting_of(session, language, answer),
        words=page_words(language, "builder"),
        on_moved=builder.edit,
        event_act=lambda sent: act(session, sent),
    )


def act(session: Session, sent: object) -> None:
    """Do one of the things that a browser may ask for by name: `{"do": name, "with": what it needs}`."""
    builder = session.builder
    known: dict[str, Event] = {
        "add": builder.add,
        "start": builder.start,
        "credit": lambda _: builder.credit_capture(session.service.first_open_year),
        "remove": builder.remove,
        "undo": builder.undo,
        "redo": builder.redo,
        "reset": session.reset,
        "load": builder.load,
        "read_text": builder.read_text,
    }
    asked = sent.get("do") if isinstance(sent, Mapping) else None
    if isinstance(sent, Mapping) and isinstance(asked, str) and asked in known:
        known[asked](sent.get("with"))


def know_fields() -> None:
    """Tell the visitor's browser how one key is edited, before any is drawn."""
    ipyvue.register_component_from_file("policy-field", "policy_field.vue", __file__)


def setting_of(session: Session, language: str, answer: AnswerView | None) -> BuilderSetting:
    """Return a visitor's scenario as the browser gets it."""
    asked, scenarios = session.asked.value, session.service.scenarios
    levers = asked.levers
    priced = answer if VIEWS[session.view.value].shows_package else None
    return BuilderSetting(
        scenario=levers.scenario,
        name=levers.name,
        is_own=levers.changes != NOTHING,
        is_changed=levers != Levers(),
        can_load=levers != asked.loaded,
        can_go_back=levers != session.last_good,
        move=asked.move,
        given=asked.given,
        undo=len(asked.past),
        redo=len(asked.future),
        policies=with_market_price(tree.policy_rows(scenarios, levers, language), priced, language),
        world=tree.world_values(scenarios, levers),
        conflicts=tree.conflict_rows(scenarios, levers, language),
        differences=tree.difference_rows(scenarios, levers, InputWords(session.service.axes, language)),
        findings=tree.told(findings_of(asked.faults, answer), language),
        notes=notes_of(priced, language),
        years=years_of(scenarios.scenario(levers), session.service.last_observed_year),
        file=scenarios.to_text(levers),
        too_long=not fits_address(levers),
        state=tree.state_words(scenarios, asked, language),
    )


def findings_of(faults: tuple[Finding, ...], answer: AnswerView | None) -> tuple[Finding, ...]:
    """Return what was wrong with the last change, and what was found of the answer."""
    return faults + (() if answer is None else answer.findings)


def with_market_price(
    rows: list[dict[str, Any]], answer: AnswerView | None, language: str
) -> list[dict[str, Any]]:
    """Return the rows of policies, that of the carbon market with the prices it brings in place of a setting."""
    path = market_prices(answer)
    if not path:
        return rows
    short = f"{' → '.join(f'{price:.0f}' for price in path.values())} {unit_words(PRICE_KEY, language)}"
    return [row | {"short": short} if row["kind"] == "carbon_market" else row for row in rows]


def market_prices(answer: AnswerView | None) -> dict[int, float]:
    """Return the price of the carbon market in some years of the answer, CNY/t; none where it does not know it."""
    if answer is None or PRICE not in answer.variables:
        return {}
    path = dict(zip(answer.years, charts.series(answer.wide, PRICE, answer.region), strict=True))
    return {year: float(path[year]) for year in PRICE_YEARS if year in path}


def notes_of(answer: AnswerView | None, language: str) -> dict[str, str]:
    """Return what the carbon market does now: its price in some years of the answer."""
    path = market_prices(answer)
    if not path:
        return {}
    prices = " · ".join(f"{year}: {price:.0f}" for year, price in path.items())
    unit = unit_words(PRICE_KEY, language)
    return {"carbon_market": text(language, "builder.market_price", {"prices": prices, "unit": unit})}


def years_of(scenario: Scenario, last_observed_year: int) -> dict[str, int]:
    """Return the ends of a run, the first year that a policy can change, and the ends of what a file can name."""
    first, last = scenario.years.start, scenario.years.end
    opened = max(first, min(first_open_year(last_observed_year + 1), last))
    return {"first": first, "last": last, "open": opened, "earliest": FIRST_YEAR, "latest": LAST_YEAR}


def fits_address(levers: Levers) -> bool:
    """Check whether a link can hold the scenario."""
    try:
        write_changes(levers.block)
    except LinkTooLongError:
        return False
    return True
