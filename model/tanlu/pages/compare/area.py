"""The room of comparisons: any indicator of up to four scenarios, and beside it what these differ by."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import solara

from tanlu.core.words import group, text
from tanlu.output.comparison_tables.cells import references_in_words
from tanlu.pages.basis.links import evidence_address
from tanlu.pages.builder.groups import scenario_groups
from tanlu.pages.compare.actions import Answered, label_of
from tanlu.pages.compare.choice import MOST, ComparisonChoice
from tanlu.pages.compare.differs import (
    MOST_ROWS,
    cost_rows,
    figure_rows,
    input_rows,
    plant_rows,
    side_by_side,
)
from tanlu.pages.compare.files import series_csv
from tanlu.pages.compare.indicators import tree
from tanlu.pages.compare.panel import DiffersTable, WorkbenchChart
from tanlu.pages.compare.shown import ShownComparison, shown_of, told
from tanlu.pages.hours import BOTH
from tanlu.pages.panels import ChartFigures, ChartWording, page_words
from tanlu.pages.places import place_words
from tanlu.pages.service import Service
from tanlu.pages.state import Session

# Of scenarios, told apart by dash too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


@solara.component
def CompareArea(session: Session, language: str) -> None:
    """Show what the visitor compares, as far as it has been computed."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    bench, service = session.workbench, session.service
    solara.use_effect(lambda: bench.leave, [])
    here = session.asked.value.levers
    answers, choice = bench.answers(here), bench.choice.value
    place = session.region.value
    labels = [label_of(one, service, language) for one in answers]
    shown = shown_of(choice, place, answers, labels, service)
    key = "-".join(one.view.id if one.view else "" for one in answers)
    said = solara.use_memo(lambda: told(shown, language), [key, choice, place, language])
    WorkbenchChart(
        wording=ChartWording(language, page_words(language, "compare", "chart"), dict(said.axis)),
        figures=ChartFigures(f"{key}-{abs(hash((choice, place)))}", said.years, said.values),
        subject=said.subject
        | around(shown, service, bench.refused.value, language)
        | {
            "basis": evidence_address(session.address(), service.version, "indicator", shown.about.variable),
        },
        tree=tree(shown.variables, shown.region, language) if bench.picking.value else [],
        file=file,
        event_choose=bench.choose,
        event_act=lambda asked: bench.act(asked, here),
        event_ask_csv=lambda _: set_file(csv_file(shown, service)) if shown.series else None,
    )


def around(shown: ShownComparison, service: Service, refused: bool, language: str) -> dict[str, Any]:
    """Return what stands around the chart: what is shown, and what may be."""
    return {
        "scenarios": [scenario_row(n, one, shown, language) for n, one in enumerate(shown.answers)],
        "add": addable(shown.choice, service, language),
        "refused": refused,
        "place_name": place_name(shown.place, service, language),
        "span": [service.years[0], service.years[-1]],
        "version": text(language, "compare.version", service.version._asdict()),
    }


def scenario_row(n: int, one: Answered, shown: ShownComparison, language: str) -> dict[str, Any]:
    """Return one scenario as the legend shows it: its name, colour, and what there is to say of it."""
    words = group(language, "compare")
    state = ""
    if one.failure:
        state = words["failed"].format(number=one.failure)
    elif not one.is_whole:
        state = words["waiting"]
    elif n not in shown.series:
        state = words["without"]
    return {
        "name": shown.labels[n],
        "colour": COLOURS[one.position % MOST],
        "dash": one.position,
        "position": one.position,
        "state": state,
        "can_go": len(shown.choice.scenarios) > 1 and not one.is_added,
    }


def addable(choice: ComparisonChoice, service: Service, language: str) -> list[dict[str, Any]]:
    """Return what may be added: the setting on screen, that setting kept as it is, and the shipped scenarios."""
    own = [{"name": "here", "label": text(language, "compare.here")}] if None not in choice.scenarios else []
    own.append({"name": "keep", "label": text(language, "compare.keep")})
    return [{"label": "", "scenarios": own}, *scenario_groups(service, language)]


def place_name(place: str, service: Service, language: str) -> str:
    """Return what the place on show is called."""
    words = place_words(service.axes, language)
    return words.get(f"place.{place}", text(language, "compare.place_both"))


def csv_file(shown: ShownComparison, service: Service) -> dict[str, str]:
    """Return what is drawn as a file: its name and its text."""
    region = service.axes.region if shown.place == BOTH else shown.place
    subject = {"Region": region, "Variable": shown.about.variable, "Unit": shown.unit}
    names = {n: shown.answers[n].levers.name for n in shown.series}
    named = {names[n]: one for n, one in shown.series.items()}
    against = {names[n]: names[base] for n, base in shown.against.items() if n != base}
    told_against = against if shown.choice.form in ("difference", "table") else {}
    name = shown.about.variable.replace("|", "-").replace("/", "-").replace(" ", "_").lower()
    return {"name": f"tanlu-{name}.csv", "text": series_csv(subject, shown.years, named, told_against)}


@solara.component
def DiffersArea(session: Session, language: str) -> None:
    """Show what the compared scenarios differ by; figures and plants once they are asked for."""
    bench, service = session.workbench, session.service
    answers = bench.answers(session.asked.value.levers)
    opened = bench.opened.value
    labels = [label_of(one, service, language) for one in answers]
    ready = all(one.is_whole for one in answers)
    planted = ready and all(one.has_plants for one in answers)
    key = [one.levers.id for one in answers]
    sections = solara.use_memo(
        lambda: sections_of(
            answers,
            labels,
            service,
            session.shown_region,
            opened if ready else opened & {"inputs"},
            planted,
            language,
        ),
        [key, session.shown_region, language, opened, ready, planted],
    )
    DiffersTable(
        words=page_words(language, "differs"),
        sections=sections,
        message=text(language, "differs.two") if len(answers) < 2 else "",
        event_open_section=bench.open,
    )


def sections_of(
    answers: list[Answered],
    labels: list[str],
    service: Service,
    region: str,
    opened: frozenset[str],
    planted: bool,
    language: str,
) -> list[dict[str, Any]]:
    """Return the tables of what differs; of those that are not opened or not there the title alone."""
    if len(answers) < 2:
        return []
    words, place = group(language, "differs"), place_words(service.axes, language)
    rows = input_rows(answers, service, language)
    inputs = section("inputs", [words["key"], *labels], [[one.label, *one.cells] for one in rows], "")
    sections = [{**inputs, "keys": [one.key for one in rows]}]
    figures, cost = None, None
    if "figures" in opened:
        found = side_by_side(answers, service)
        figures, cost = figure_rows(found, place, region, language), cost_rows(found, region, language)
    against = service.scenarios.measured_against(tuple(one.levers for one in answers))
    brackets = words["brackets"].format(reference=references_in_words(labels, against, language))
    sections.append(
        section(
            "figures",
            [words["measure"], text(language, "compare.place"), words["unit"], *labels],
            figures,
            brackets,
        )
    )
    if cost is not None:
        sections.append(section("cost", [words["measure"], *labels[1:]], cost, ""))
    plants = plant_rows(answers, service, language) if "plants" in opened and planted else None
    note = "" if plants is None else words["first_draw"].format(count=len(plants))
    if plants is not None and len(plants) > MOST_ROWS:
        note += " " + words["more"].format(shown=MOST_ROWS, count=len(plants))
        plants = plants[:MOST_ROWS]
    sections.append(section("plants", [words["plant"], *labels], plants, note))
    return sections


def section(key: str, columns: list[str], rows: list[list[str]] | None, note: str) -> dict[str, Any]:
    """Return a table as the browser gets it; without rows where they are still to come."""
    return {"key": key, "columns": columns, "rows": rows, "note": note}
