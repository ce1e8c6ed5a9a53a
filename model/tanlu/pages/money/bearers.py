"""Who bears what: tariffs by part, carbon payments, budgets, losses and stranded value, by province and year."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.output.charts import series
from tanlu.output.figures.axes import axis_of
from tanlu.pages.compare.indicators import described
from tanlu.pages.measures import Summary
from tanlu.pages.panels import page_words, reference_words
from tanlu.pages.places import place_words
from tanlu.pages.rooms.small_charts import variables_of
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

A_YEAR = "/yr"  # ends the unit of what adds up over years


class Bearer(NamedTuple):
    """Who bears something, and the indicators that say what."""

    key: str
    names: tuple[str, ...]  # indicators
    below: tuple[str, ...] = ()  # every indicator whose name starts so is one too


BEARERS = (
    Bearer(
        "households",
        ("Bill|Electricity|Household", "Price|Final Energy|Residential|Electricity"),
        ("Price|Final Energy|Residential|Electricity|",),
    ),
    Bearer(
        "industry",
        ("Price|Final Energy|Industry|Electricity",),
        ("Price|Final Energy|Industry|Electricity|",),
    ),
    Bearer("commerce", ("Price|Final Energy|Commercial|Electricity",)),
    Bearer("farms", ("Price|Final Energy|Agriculture|Electricity",)),
    Bearer("carbon", (), ("Carbon Payments|",)),
    Bearer("budget", ("Public Budget|Climate Support|Net",), ("Public Budget|",)),
    Bearer("lenders", ("Finance|Lender Losses", "Finance|Defaults")),
    Bearer("owners", ("Stranded Assets",), ("Stranded Assets|",)),
)


class BorneRow(NamedTuple):
    """An indicator that says what somebody bears."""

    bearer: str
    indicator: str


def borne_rows(variables: Sequence[str]) -> Iterator[BorneRow]:
    """Yield the rows of the table: of each bearer the named indicators, then those below, each once."""
    for bearer in BEARERS:
        below = (
            [
                name
                for name in variables
                if name.startswith(bearer.below) and not name.startswith(f"{BY_POLICY}|")
            ]
            if bearer.below
            else []
        )
        for name in dict.fromkeys((*bearer.names, *below)):
            if name in variables:
                yield BorneRow(bearer.key, name)


@solara.component_vue("bearers.vue")
def BearerTable(words: dict[str, str], subject: dict[str, Any], values: dict[str, Any]) -> None:
    """Show what each bears in a place: in a year and over all years, and how that differs from the reference."""


@solara.component
def BearerArea(
    view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str
) -> solara.Element:
    """Show who bears what, by year and place."""
    service = session.service
    values = solara.use_memo(lambda: borne_values(view, base, found.now.counted_from), [view.id, base.id])
    labels = described(variables_of(view), service.scenarios.baseline.region)
    rows = [
        {
            "bearer": text(language, f"bearers.{row.bearer}"),
            "indicator": row.indicator,
            "name": labels[row.indicator].label[language],
            "axis": dict(axis),
        }
        for row, axis in zip(borne_rows(variables_of(view)), axes_of(view, values, language), strict=True)
    ]
    places = place_words(service.axes, language)
    regions = [] if view.measures is None else list(view.measures.regions)
    names = [places.get(f"place.{one}") or text(language, "bearers.together") for one in regions]
    return BearerTable(
        words=page_words(language, "bearers", "chart") | reference_words(found.kind, language),
        subject={
            "rows": rows,
            "places": names,
            "years": view.years,
            "first_year": session.moment.value.year,
            "span": found.now.span,
            "same": view is base,
            "sig": f"{view.id}-{base.id}",
        },
        values=values,
    )


def borne_values(view: AnswerView, base: AnswerView, counted_from: int) -> dict[str, Any]:
    """Return each row's means by place and year, and its sum over the years that count; of the reference too.

    Axes [row][place][year] and [row][place]; a sum is None of what does not add up over years, such as a price.
    """
    rows = list(borne_rows(variables_of(view)))
    return {
        "now": _figures(view, rows, counted_from),
        "before": _figures(base, rows, counted_from),
    }


def _figures(view: AnswerView, rows: Sequence[BorneRow], counted_from: int) -> dict[str, Any]:
    measures = view.measures
    if measures is None:
        return {"years": [], "sums": []}
    at = [measures.variables.index(row.indicator) for row in rows]
    means = np.array([[series(view.wide, row.indicator, one) for one in measures.regions] for row in rows])
    counted = measures.years >= min(counted_from, int(measures.years[-1]))
    sums = [
        mean[:, counted].sum(axis=-1).tolist() if measures.units[n].endswith(A_YEAR) else None
        for n, mean in zip(at, means, strict=True)
    ]
    return {"years": _listed(means), "sums": sums}


def _listed(values: Floats) -> Any:
    """Return values as nested lists, None where there is no figure."""
    cells = values.astype(object)
    cells[~np.isfinite(values)] = None
    return cells.tolist()


def axes_of(view: AnswerView, values: Mapping[str, Any], language: str) -> Iterator[Mapping[str, object]]:
    """Yield how the figures of each row are written."""
    if view.measures is None:
        return
    units = dict(zip(view.measures.variables, view.measures.units, strict=True))
    for row, of in zip(borne_rows(variables_of(view)), values["now"]["years"], strict=True):
        yield axis_of(
            units[row.indicator],
            float(np.nanmax(np.abs(np.array(of, dtype=np.float64)), initial=0.0)),
            language,
        )
