"""Who bears what: tariffs by part, carbon payments, budgets, losses and net payments, by province and year."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import solara

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.intervals import BAND_COLUMNS
from tanlu.core.words import LANGUAGES, text
from tanlu.core.words.numbers import A_YEAR
from tanlu.indicators.catalogue import Description
from tanlu.output.differences import Pairs, common_draws
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.phrases import span_in
from tanlu.output.figures.quantities import Axis
from tanlu.pages.compare.indicators import described
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.levers import Levers
from tanlu.pages.measures import Summary
from tanlu.pages.money.borne import MADE, Borne, BorneRow, Spread, borne, borne_rows, spread_of
from tanlu.pages.money.payments import GROUPS
from tanlu.pages.panels import Event, page_words, reference_words
from tanlu.pages.places import place_words
from tanlu.pages.rooms.small_charts import variables_of
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.region.pack import Region, load_region
from tanlu.region.tables import year_index
from tanlu.region.vehicles import people_million

DIGITS = 4  # after the point of what is sent
OFFICIAL = "A"  # grade of statistics
COLUMNS = ("value", *BAND_COLUMNS, "change", "change_low", "change_high", "pairs", "change_is")


class BearerRows(NamedTuple):
    """The rows of the table, and how their draws meet those of the reference."""

    rows: list[BorneRow]
    pairs: Pairs
    counted: Booleans  # [Y] years of sums
    regions: tuple[str, ...]  # [G]
    years: list[int]  # [Y]


@solara.component_vue("bearers.vue")
def BearerTable(
    words: dict[str, str],
    subject: dict[str, Any],
    values: dict[str, Any],
    file: dict[str, str],
    event_ask_csv: Event,
) -> None:
    """Show what each bears in a place: in a year and over all years, and how that differs from the reference."""


@solara.component
def BearerArea(
    view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str
) -> solara.Element:
    """Show who bears what, by year and place."""
    service = session.service
    file, set_file = solara.use_state({"name": "", "text": ""})
    table = solara.use_memo(lambda: bearer_rows(view, base, found, service), [view.id, base.id])
    values = solara.use_memo(lambda: bearer_values(table), [table])
    labels = described(variables_of(view), service.scenarios.baseline.region)
    return BearerTable(
        words=page_words(language, "bearers", "chart") | reference_words(found.kind, language),
        subject={
            "rows": [row_words(row, labels, language) for row in table.rows],
            "places": place_names(table, service, language),
            "place": table.regions.index(view.region),
            "years": view.years,
            "first_year": session.moment.value.year,
            "span": span_in(found.now.span, language),
            "same": not told_against(view, base, found),
            "preliminary": found.progress.mark(language),
            "people": people_in_words(pack_of(view.levers, service), language),
            "sig": f"{view.id}-{base.id}",
        },
        values=values,
        file=file,
        event_ask_csv=lambda _: set_file(
            {
                "name": f"tanlu-{view.id}-who-bears-what.csv",
                "text": bearers_csv(view, table, labels, found.now.span),
            }
        ),
    )


def place_names(table: BearerRows, service: Service, language: str) -> list[str]:
    """Return what the places are called, the last being all together."""
    places = place_words(service.axes, language)
    return [places.get(f"place.{one}") or text(language, "bearers.together") for one in table.regions]


def pack_of(levers: Levers, service: Service) -> Region:
    """Return the region pack of an answer, with the changes that its scenario makes."""
    scenario = service.scenarios.scenario(levers)
    return load_region(scenario.region, scenario.pack)


def people_of(view: AnswerView, pack: Region) -> Floats:
    """Return how many people live in each province in the years of an answer, million [Y, P]."""
    first = year_index(view.years[0])
    return people_million(pack.tables, pack.axes)[first : first + len(view.years)]


def people_in_words(pack: Region, language: str) -> str:
    """Say where the population is from that amounts a person use."""
    drivers = pack.tables["drivers"]
    rows = drivers[(drivers["driver"] == "population_million") & (drivers["grade"] == OFFICIAL)]
    if rows.empty:
        return text(language, "bearers.people_assumed")
    return text(language, "bearers.people", {"year": str(int(rows["year"].max()))})


def bearer_rows(view: AnswerView, base: AnswerView, found: Summary, service: Service) -> BearerRows:
    """Return the rows of the table of an answer and its reference."""
    measures = view.measures
    assert measures is not None, "an answer has a draw at least"
    compared = told_against(view, base, found)
    before = borne_of(base, pack_of(base.levers, service)) if compared else []
    own, usual = found.now, found.base or found.now
    there = 0 if base.measures is None else len(base.measures.values)
    return BearerRows(
        borne_rows(borne_of(view, pack_of(view.levers, service)), before),
        common_draws((own.seed, len(measures.values)), (usual.seed, there)),
        own.is_counted,
        measures.regions,
        view.years,
    )


def told_against(view: AnswerView, base: AnswerView, found: Summary) -> bool:
    """Check whether differences are shown: to another answer of the same years, once all draws are there."""
    return view is not base and view.years == base.years and not found.progress.is_preliminary


def borne_of(view: AnswerView, pack: Region) -> list[Borne]:
    """Return all that is borne in an answer."""
    assert view.measures is not None, "an answer has a draw at least"
    return borne(view.measures, view.payments, people_of(view, pack))


def bearer_values(table: BearerRows) -> dict[str, Any]:
    """Return each row's means and effects, and of these half the interval and whether they are within noise.

    Of what is rare the effect is the median of pairs, with both ends of its interval.

    All by place and year, and of the sum over years: axes [row][place][year] and [row][place]. None where there is no
    figure, and for the sum of what does not add up over years, such as a price.
    """
    years = [spread_of(row, table.pairs) for row in table.rows]
    sums = [row.summed(table.counted) for row in table.rows]
    of_sums = [None if one is None else spread_of(one, table.pairs) for one in sums]
    return {
        key: {
            "years": [read(one) for one in years],
            "sums": [None if one is None else read(one) for one in of_sums],
        }
        for key, read in READ.items()
    }


def listed(values: Floats | None) -> Any:
    """Return values as nested lists, None where there is no figure."""
    if values is None:
        return None
    cells = np.round(values, DIGITS).astype(object)
    cells[~np.isfinite(values)] = None
    return cells.tolist()


def marked(values: Booleans | None) -> Any:
    """Return marks as nested lists of 0 and 1."""
    return None if values is None else values.astype(int).tolist()


# What the browser gets of a spread, by name.
READ: Mapping[str, Callable[[Spread], Any]] = {
    "now": lambda of: listed(of.mean),
    "change": lambda of: listed(of.effect),
    "half": lambda of: listed(of.half_width),
    "noise": lambda of: marked(of.in_noise),
    "low": lambda of: listed(of.change_low if of.is_rare else None),
    "high": lambda of: listed(of.change_high if of.is_rare else None),
}


def row_words(row: BorneRow, labels: Mapping[str, Description], language: str) -> dict[str, Any]:
    """Return who bears a row, what it is called, and how its figures are written."""
    return {
        "bearer": text(language, f"bearers.{row.now.bearer}"),
        "key": row.now.key,
        "name": row_label(row.now, labels, language),
        "axis": dict(row_axis(row.now, language)),
    }


def row_label(row: Borne, labels: Mapping[str, Description], language: str) -> str:
    """Return what a row is called."""
    if MADE not in row.key:
        return labels[row.key].label[language]
    kind, _, who = row.key.partition(MADE)
    known = f"pay.{who}" if kind == "net" and who in GROUPS else f"bearers.of_{who}"
    return text(language, f"bearers.row_{kind}", {"who": text(language, known)})


def row_axis(row: Borne, language: str) -> Axis:
    """Return how the figures of a row are written; what adds up over years is so much in a year, or in all."""
    largest = float(np.abs(np.nan_to_num(row.draws.mean(axis=0))).max(initial=0.0))
    return axis_of(row.unit.removesuffix(A_YEAR), largest, language)


def bearers_csv(view: AnswerView, table: BearerRows, labels: Mapping[str, Description], span: str) -> str:
    """Return all rows in all places and years, and their sums, each with its intervals."""
    head = ["scenario", "bearer", "key", *(f"label_{one}" for one in LANGUAGES), "region", "unit", "window"]
    rows: list[list[object]] = [[*head, *COLUMNS]]
    for row in table.rows:
        names = [row_label(row.now, labels, one) for one in LANGUAGES]
        start = [as_text(view.name_in_files(view.levers.name)), row.now.bearer, row.now.key, *names]
        rows.extend([*start, *cells] for cells in csv_rows(row, table, span))
    return csv_text(rows)


def csv_rows(row: BorneRow, table: BearerRows, span: str) -> Iterator[list[object]]:
    """Yield place, unit, window and figures of a row, of each year and then of their sum."""
    years, total = spread_of(row, table.pairs), row.summed(table.counted)
    sums = None if total is None else spread_of(total, table.pairs)
    for g, region in enumerate(table.regions):
        if np.isnan(years.mean[g]).all():
            continue
        for y, year in enumerate(table.years):
            yield [region, row.now.unit, year, *figures(years, (g, y))]
        if sums is not None:
            yield [region, row.now.unit.removesuffix(A_YEAR), span, *figures(sums, (g,))]


def figures(of: Spread, at: tuple[int, ...]) -> Sequence[str]:
    """Return the figures of one cell, empty where there is none."""
    level = [of.mean[at], of.low[at], of.high[at], of.held_percent]
    if of.effect is None or of.change_low is None or of.change_high is None:
        return [*map(written, level), "", "", "", "", ""]
    change = [of.effect[at], of.change_low[at], of.change_high[at]]
    return [*map(written, [*level, *change]), str(of.pairs), "median" if of.is_rare else "mean"]


def written(value: float) -> str:
    """Return a figure for a file, nothing for none."""
    return f"{value:.12g}" if np.isfinite(value) else ""
