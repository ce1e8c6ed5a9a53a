"""The carbon market by year: what its price is made of, allowances and bank of the country, and who buys.

Which charts there are, and of what, the declared tables say (`records/yearly.py`).
"""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.indicators.declared import DeclaredIndicator, list_declared
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.quantities import EMISSION_AXIS, TARIFF_AXIS, Axis, Quantity, number
from tanlu.pages.export import as_text
from tanlu.pages.panels import ChartFigures, ChartWording, band_words, page_words
from tanlu.pages.rooms.yearly_panels import YearlyLine, YearlyPanel, YearlyPanels, panel_values, panels_csv
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.records.carbon_tables.nation import BANK
from tanlu.records.carbon_tables.price import MARKET_PRICE
from tanlu.records.carbon_tables.tables import YEARLY_TABLES


@solara.component
def MarketArea(view: AnswerView, session: Session, language: str) -> None:
    """Show the price in parts, the nation's allowances and the positions of classes, all years at once."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    panels = solara.use_memo(lambda: market_panels(view, language), [view.id, language])
    values = panel_values(panels, headings(view, language)) if panels else {}
    YearlyPanels(
        wording=ChartWording(
            language, page_words(language, "power", "chart") | band_words(view.drawn, language), {}
        ),
        figures=ChartFigures(f"{view.id}-market", view.years if panels else [], values),
        subject={
            "anchor": "market",
            "subtitle": text(language, "market.subtitle"),
            "none": text(language, "market.none"),
            "first_year": first_year,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view, panels)) if panels else None,
    )


def market_panels(view: AnswerView, language: str) -> Sequence[YearlyPanel]:
    """Build the charts that the declared tables ask for; none where the answer lacks an indicator."""
    drawn = [row for row in list_declared() if row.display.chart]
    if view.measures is None or not {row.variable for row in drawn} <= set(view.measures.variables):
        return ()
    return tuple(
        _panel(view, key, title[language], [row for row in drawn if row.display.chart == key], language)
        for table in YEARLY_TABLES
        for key, title in table.charts.items()
    )


def _panel(
    view: AnswerView, key: str, title: str, rows: Sequence[DeclaredIndicator], language: str
) -> YearlyPanel:
    lines = [
        YearlyLine(
            _name_line(row, language),
            view.region,
            row.variable,
            row.display.colour or row.group.colour,
            draws_of(view, row.variable),
            row.display.is_dashed,
        )
        for row in rows
    ]
    unit, largest = rows[0].display.unit, max(float(np.abs(line.draws).max()) for line in lines)
    empty = "" if largest > 0.0 else text(language, "market.nothing")
    return YearlyPanel(key, title, axis_of(unit, largest, language), unit, lines, empty=empty)


def _name_line(row: DeclaredIndicator, language: str) -> str:
    """Name a line: by its group, by its short name, or by what its indicator is called."""
    if row.group.name:
        return row.group.label[language]
    return row.display.line[language == "zh"] or row.measure.label[language]


def draws_of(view: AnswerView, variable: str) -> Floats:
    """Read the values of a variable in the whole region, [draw, year].

    Raises:
        ValueError: if nothing was measured.
    """
    if view.measures is None:
        raise ValueError("nothing was measured")
    measures = view.measures
    return np.asarray(measures.values[:, measures.variables.index(variable), -1])


def headings(view: AnswerView, language: str) -> list[str]:
    """Write the headings of years: the price, its largest part, and the bank."""
    price, bank = (draws_of(view, name).mean(axis=0) for name in (MARKET_PRICE, BANK))
    parts = [row for row in list_declared() if row.variable.startswith(f"{MARKET_PRICE}|")]
    amounts = np.stack([draws_of(view, row.variable).mean(axis=0) for row in parts])

    def heading(y: int, year: int) -> str:
        largest = int(np.argmax(amounts[:, y]))
        values = {
            "year": year,
            "price": in_axis(float(price[y]), TARIFF_AXIS[language]),
            "part": parts[largest].measure.label[language],
            "of_part": in_axis(float(amounts[largest, y]), TARIFF_AXIS[language]),
            "bank": in_axis(float(bank[y]), EMISSION_AXIS[language]),
        }
        return text(language, "market.finding" if price[y] > 0.0 else "market.no_price", values)

    return [heading(y, year) for y, year in enumerate(view.years)]


def in_axis(value: float, axis: Axis) -> str:
    """Write a value as an axis shows it, with its unit."""
    return str(Quantity(number(value * axis["factor"], axis["digits"]), axis["unit"]))


def csv_file(view: AnswerView, panels: Sequence[YearlyPanel]) -> dict[str, str]:
    """Build the file of all charts: its name and its text, in the units of indicators."""
    return {
        "name": f"tanlu-{view.id}-market.csv",
        "text": panels_csv(as_text(view.levers.name), view.years, panels),
    }
