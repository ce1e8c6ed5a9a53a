"""The view of what plants become: how much capacity goes from one fuel or process to another by a year."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.output.figures.quantities import POWER_AXIS, Axis
from tanlu.pages import panels
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.panels import ChartFigures, ChartWording, Event, page_words
from tanlu.pages.plants.flows import CLOSED, NEW, POWER, PlantFlow, PlantState
from tanlu.pages.sites import KINDS
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.region.catalogue import process_labels

PRODUCT_AXIS: dict[str, Axis] = {
    "en": {"factor": 1e-6, "digits": 2, "unit": "Mt/yr"},
    "zh": {"factor": 1e-4, "digits": 0, "unit": "万吨/年"},
}  # of t a year
GROUPS = (POWER, *(kind.key for kind in KINDS if not kind.power))
COLOURS = {kind.key: kind.colour for kind in KINDS}
KIND_ORDER = list(COLOURS)

type ProcessLabels = Mapping[str, Mapping[str, str]]  # by language
type Pair = tuple[str, PlantState, PlantState]  # group, before, after


@panels.component_of_records("flow.vue")
def FlowChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Draw what capacity goes from which fuel or process to which, with its table."""


@solara.component
def FlowArea(view: AnswerView, session: Session, language: str) -> None:
    """Show what plants become, all years at once."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    service = session.service
    flows = service.plants(view.levers).flows
    provinces = service.provinces_in(view.region)
    question = (view.levers.id, view.region)
    total = solara.use_memo(lambda: add_provinces(flows.flows, provinces), [question])
    values = solara.use_memo(lambda: flow_values(total), [question])
    labels = process_labels(service.scenarios.scenario(view.levers).region)
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    FlowChart(
        wording=ChartWording(language, page_words(language, "flow", "map", "power", "chart"), {}),
        figures=ChartFigures(view.id, list(flows.years), values),
        subject={
            "groups": group_words(total, labels, language),
            "draws": view.draws,
            "start": flows.first_year,
            "first_year": first_year,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(
            {
                "name": f"tanlu-{view.id}-flow.csv",
                "text": flow_csv(view, flows.flows, provinces, flows.years),
            }
        ),
    )


def add_provinces(flows: Sequence[PlantFlow], provinces: Sequence[str]) -> dict[Pair, Floats]:
    """Add the flows of some provinces, in the order of groups and states."""
    total: dict[Pair, Floats] = {}
    for flow in flows:
        if flow.province in provinces:
            pair = (flow.group, flow.before, flow.after)
            total[pair] = total.get(pair, 0.0) + flow.capacity
    return dict(sorted(total.items(), key=lambda item: _place_of_pair(item[0])))


def _place_of_pair(pair: Pair) -> tuple[int, tuple[bool, int, PlantState], tuple[bool, int, PlantState]]:
    group, before, after = pair
    return GROUPS.index(group), _place_of(before), _place_of(after)


def _place_of(state: PlantState) -> tuple[bool, int, PlantState]:
    """Return where a state stands below others: what is there first, then what is new or closed."""
    kind = KIND_ORDER.index(state.name) if state.name in KIND_ORDER else 0
    return state in (NEW, CLOSED), kind, state


def states_of(total: Mapping[Pair, Floats], group: str) -> list[PlantState]:
    """List the states of a group in their order."""
    states = {state for own, *states in total if own == group for state in states}
    return sorted(states, key=_place_of)


def flow_values(total: Mapping[Pair, Floats]) -> dict[str, list[Any]]:
    """Return the flows of each group: positions of both states, and capacity by year, MW or t a year."""
    values: dict[str, list[Any]] = {}
    for group in GROUPS:
        states = states_of(total, group)
        values[group] = [
            [states.index(before), states.index(after), np.round(capacity, 1).tolist()]
            for (own, before, after), capacity in total.items()
            if own == group
        ]
    return values


def group_words(total: Mapping[Pair, Floats], labels: ProcessLabels, language: str) -> list[dict[str, Any]]:
    """Return the groups that have plants: name, unit, and what their states are called and coloured."""
    groups = []
    for group in GROUPS:
        states = states_of(total, group)
        if states:
            is_power = group == POWER
            groups.append(
                {
                    "key": group,
                    "name": text(language, "flow.power" if is_power else f"kind.{group}"),
                    "axis": dict((POWER_AXIS if is_power else PRODUCT_AXIS)[language]),
                    "states": [
                        {
                            "name": state_name(state, labels, language),
                            "colour": COLOURS.get(state.name if is_power else group, ""),
                            "captures": state.captures,
                            "is": state.name if state in (NEW, CLOSED) else "",
                        }
                        for state in states
                    ],
                }
            )
    return groups


def state_name(state: PlantState, labels: ProcessLabels, language: str) -> str:
    """Return what a state is called."""
    if state in (NEW, CLOSED):
        return text(language, f"flow.{state.name}")
    if state.name in COLOURS:
        name = text(language, f"kind.{state.name}")
    else:
        name = labels.get(state.name, {}).get(language, state.name)
    return text(language, "flow.capturing", {"process": name}) if state.captures else name


def flow_csv(
    view: AnswerView, flows: Sequence[PlantFlow], provinces: Sequence[str], years: Sequence[int]
) -> str:
    """Write all flows of some provinces in all years."""
    columns = (
        "scenario",
        "draw",
        "province",
        "group",
        "before",
        "before_captures",
        "after",
        "after_captures",
    )
    head = [*columns, "unit", *years]
    shown = (flow for flow in flows if flow.province in provinces)
    return csv_text([head, *(_csv_row(as_text(view.levers.name), flow) for flow in shown)])


def _csv_row(scenario: str, flow: PlantFlow) -> list[object]:
    states = (cell for state in (flow.before, flow.after) for cell in (state.name, int(state.captures)))
    unit = "MW" if flow.group == POWER else "t/yr"
    capacity = (f"{value:.12g}" for value in flow.capacity)
    return [scenario, 1, flow.province, flow.group, *states, unit, *capacity]
