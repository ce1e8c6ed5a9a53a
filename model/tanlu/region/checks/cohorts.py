"""What must hold for cohorts of adopters and their technologies beyond what one cell may hold."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tanlu.inputs.diagnostics import Finding, build_table_finding, printable
from tanlu.region.checks.sheets import Sheet, Sheets
from tanlu.region.checks.siblings import SUM_TOLERANCE
from tanlu.region.cohorts import FUELS_BURNT

COHORTS, TECHNOLOGIES = "cohorts", "cohort_technologies"
ABOVE_ZERO = {COHORTS: ("use_hours_per_year",), TECHNOLOGIES: ("conversion_factor", "lifetime_years")}

type Numbers = Mapping[str, Mapping[str, Sequence[float | None]]]


def find_cohort_faults(sheets: Sheets, numbers: Numbers) -> Iterator[Finding]:
    """Yield zeros that divide, shares that do not add up, and fuels that nothing burns."""
    for table, columns in ABOVE_ZERO.items():
        for column in columns:
            yield from _find_zeros(sheets[table], column, numbers[table][column])
    cohorts, offers = sheets[COHORTS].columns, sheets[TECHNOLOGIES].columns
    for fuel in FUELS_BURNT:
        column = f"{fuel}_share"
        yield from _check_sums(sheets[COHORTS], column, cohorts["sector"], numbers[COHORTS][column])
    yield from _check_sums(
        sheets[TECHNOLOGIES], "sales_share", offers["cohort"], numbers[TECHNOLOGIES]["sales_share"]
    )
    part = dict(zip(cohorts["cohort"], cohorts["demand_part"], strict=True))
    parts = [part.get(cohort, "") for cohort in offers["cohort"]]
    for name, total, line in _sum_groups(sheets[TECHNOLOGIES], parts, numbers[TECHNOLOGIES]["part_share"]):
        if total > 1.0:
            values = {"column": "part_share", "group": name, "sum": f"{total:.4g}"}
            yield build_table_finding("part-sum", TECHNOLOGIES, line, "part_share", **values)
    yield from _find_unburnt(sheets, numbers)


def _find_zeros(sheet: Sheet, column: str, values: Sequence[float | None]) -> Iterator[Finding]:
    for line, row, value in zip(
        sheet.lines, zip(*list(sheet.columns.values())[:2], strict=True), values, strict=True
    ):
        if value == 0.0:
            name = ", ".join(printable(cell) for cell in row)
            yield build_table_finding("cohort-zero", sheet.name, line, column, column=column, row=name)


def _check_sums(
    sheet: Sheet, column: str, groups: Iterable[str], values: Sequence[float | None]
) -> Iterator[Finding]:
    for name, total, line in _sum_groups(sheet, groups, values):
        if abs(total - 1.0) > SUM_TOLERANCE:
            sentence_values = {"column": column, "group": printable(name), "sum": f"{total:.4g}"}
            yield build_table_finding("cohort-sum", sheet.name, line, column, **sentence_values)


def _sum_groups(
    sheet: Sheet, groups: Iterable[str], values: Sequence[float | None]
) -> Iterator[tuple[str, float, int]]:
    """Yield each group with its sum and the line of its last row."""
    cells: dict[str, list[float]] = {}
    last_lines: dict[str, int] = {}
    for name, value, line in zip(groups, values, sheet.lines, strict=True):
        cells.setdefault(name, []).append(value or 0.0)
        last_lines[name] = line
    for name, group in cells.items():
        yield name, math.fsum(group), last_lines[name]


def _find_unburnt(sheets: Sheets, numbers: Numbers) -> Iterator[Finding]:
    """Yield fuels that a cohort has a share of and no technology for."""
    offered = set(sheets[TECHNOLOGIES].rows("cohort", "technology"))
    cohorts = sheets[COHORTS]
    for fuel in FUELS_BURNT:
        column = f"{fuel}_share"
        for line, name, share in zip(
            cohorts.lines, cohorts.columns["cohort"], numbers[COHORTS][column], strict=True
        ):
            if share and (name, fuel) not in offered:
                values = {"cohort": printable(name), "fuel": fuel}
                yield build_table_finding("cohort-fuel", COHORTS, line, column, **values)
