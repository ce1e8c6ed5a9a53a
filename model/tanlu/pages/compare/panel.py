"""The parts of the room of comparisons: each a Vue template fed with plain numbers and texts."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import ipyvue
import solara

from tanlu.pages.panels import ChartFigures, ChartWording, Event, component_of_records


def know_picker() -> None:
    """Tell the visitor's browser the tree of indicators that charts share."""
    ipyvue.register_component_from_file("indicator-picker", "indicator_picker.vue", __file__)


@component_of_records("workbench.vue")
def WorkbenchChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    tree: list[dict[str, Any]],
    file: dict[str, str],
    event_choose: Event,
    event_act: Event,
    event_ask_csv: Event,
) -> None:
    """Draw an indicator of several scenarios, as lines, parts, difference or table."""


@solara.component_vue("differs.vue")
def DiffersTable(
    words: dict[str, str], sections: list[dict[str, Any]], message: str, event_open_section: Event
) -> None:
    """Show what scenarios differ by, in tables that open one by one."""
