"""Green bonds by year: new money apart from refinancing, who owes them, debt limits, and what the label is worth."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence
from typing import NamedTuple

import solara

from tanlu.core.axes import ISSUERS
from tanlu.core.words import text
from tanlu.indicators.money import ISSUER_TITLES
from tanlu.output.figures.axes import axis_of
from tanlu.output.lending import NEW_MONEY, REFINANCING
from tanlu.pages.export import as_text
from tanlu.pages.panels import ChartFigures, ChartWording, band_words, page_words
from tanlu.pages.rooms.market import draws_of, in_axis
from tanlu.pages.rooms.yearly_panels import YearlyLine, YearlyPanel, YearlyPanels, panel_values, panels_csv
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

ISSUED, OUTSTANDING = "Finance|Green Bonds|Issued", "Finance|Green Bonds|Outstanding"
BEYOND, NEW_DEBT = "Finance|Public Issuers|Beyond Limit", "Finance|Public Issuers|New Debt"
ISSUER_WORDS = tuple(f"choice.green_bond_incentive.{name}" for name in ISSUERS)  # keys of their names
COLOURS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7", "#e69f00")  # by issuer, companies first


class BondPanel(NamedTuple):
    """A chart of bonds."""

    key: str  # of its title
    unit: str
    variables: tuple[str, ...]
    names: tuple[str, ...]  # keys of the words of each line


PANELS = (
    BondPanel("issued", "bn CNY2020/yr", (NEW_MONEY, REFINANCING), ("bonds.new", "bonds.refinanced")),
    BondPanel(
        "new",
        "bn CNY2020/yr",
        tuple(f"{NEW_MONEY}|{title}" for title in ISSUER_TITLES),
        ISSUER_WORDS,
    ),
    BondPanel(
        "outstanding",
        "bn CNY2020",
        tuple(f"{OUTSTANDING}|{title}" for title in ISSUER_TITLES),
        ISSUER_WORDS,
    ),
    BondPanel("limit", "bn CNY2020/yr", (NEW_DEBT, BEYOND), ("bonds.allowed", "bonds.beyond")),
    BondPanel("greenium", "bp", ("Finance|Green Bonds|Greenium",), ("bonds.greenium",)),
)


@solara.component
def BondArea(view: AnswerView, session: Session, language: str) -> None:
    """Show bonds by issuer, what limits keep back, and the greenium, all years at once."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    panels = solara.use_memo(lambda: bond_panels(view, language), [view.id, language])
    YearlyPanels(
        wording=ChartWording(
            language, page_words(language, "power", "chart") | band_words(view.drawn, language), {}
        ),
        figures=ChartFigures(
            f"{view.id}-bonds",
            view.years if panels else [],
            panel_values(panels, bond_headings(view, language)) if panels else {},
        ),
        subject={
            "anchor": "bonds",
            "subtitle": text(language, "bonds.subtitle"),
            "none": text(language, "bonds.none"),
            "first_year": first_year,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(bond_file(view, panels)) if panels else None,
    )


def bond_panels(view: AnswerView, language: str) -> Sequence[YearlyPanel]:
    """Build the charts of bonds; none where the answer lacks an indicator."""
    needed_variables = {variable for panel in PANELS for variable in panel.variables}
    if view.measures is None or not needed_variables <= set(view.measures.variables):
        return ()
    return tuple(_panel(view, panel, language) for panel in PANELS)


def _panel(view: AnswerView, panel: BondPanel, language: str) -> YearlyPanel:
    lines = [
        YearlyLine(text(language, name), view.region, variable, colour, draws_of(view, variable))
        for variable, name, colour in zip(panel.variables, panel.names, COLOURS, strict=False)
    ]
    largest = max(float(line.draws.max()) for line in lines)
    empty = "" if largest > 0.0 else text(language, "market.nothing")
    title = text(language, f"bonds.{panel.key}.title")
    return YearlyPanel(
        panel.key, title, axis_of(panel.unit, largest, language), panel.unit, lines, empty=empty
    )


def bond_headings(view: AnswerView, language: str) -> list[str]:
    """Write the headings of years: what is issued, what of it is new money, and the stock."""
    means = [draws_of(view, name).mean(axis=0) for name in (ISSUED, NEW_MONEY, OUTSTANDING)]
    axes = [axis_of(unit, 100.0, language) for unit in ("bn CNY2020/yr", "bn CNY2020/yr", "bn CNY2020")]

    def heading(y: int, year: int) -> str:
        issued, new, owed = (in_axis(float(m[y]), axis) for m, axis in zip(means, axes, strict=True))
        return text(language, "bonds.finding", {"year": year, "issued": issued, "new": new, "owed": owed})

    return [heading(y, year) for y, year in enumerate(view.years)]


def bond_file(view: AnswerView, panels: Sequence[YearlyPanel]) -> dict[str, str]:
    """Build the file of all charts: its name and its text, in the units of indicators."""
    return {
        "name": f"tanlu-{view.id}-bonds.csv",
        "text": panels_csv(as_text(view.levers.name), view.years, panels),
    }
