"""Everything that is wrong with the tables of a region pack, and what in them looks odd."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tanlu.core.axes import Axes
from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding
from tanlu.region.checks.absent import COMPANIONS
from tanlu.region.checks.cells import cell_problems, find_missing_columns, find_unknown_columns
from tanlu.region.checks.cohorts import find_cohort_faults
from tanlu.region.checks.figures import numbers_of, sheet_oddities
from tanlu.region.checks.grids import find_gaps
from tanlu.region.checks.keys import check_sources, find_repeated_keys, find_reversed_spans, find_same_names
from tanlu.region.checks.layers import locate_finding
from tanlu.region.checks.limits import find_missing_names
from tanlu.region.checks.materials import find_material_faults
from tanlu.region.checks.names import (
    find_broken_lines,
    find_incomplete_trade,
    find_ownerless_provinces,
    find_unjoined_provinces,
    find_unknown_names,
)
from tanlu.region.checks.ranges import range_problems
from tanlu.region.checks.sheets import Sheets, read_sheets
from tanlu.region.checks.siblings import (
    find_unlike_rows,
    find_unlike_units,
)
from tanlu.region.column_types import columns_of
from tanlu.region.columns import RULES


def pack_problems(folder: Path, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """List every fault of the tables in a folder, then oddities.

    Args:
        folder: of the pack.
        settings: its `region.yaml`.
        axes: its names.
    """
    sheets, unreadable = read_sheets(folder)
    absent = [*unreadable, *_find_absent_columns(sheets)]
    findings = absent or [*table_problems(sheets, settings, axes), *oddities(sheets)]
    return [locate_finding(folder, finding) for finding in findings]


def pack_errors(folder: Path, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """List the faults for which a run refuses a folder.

    Arguments as of `pack_problems`.
    """
    sheets, unreadable = read_sheets(folder)
    findings = unreadable or table_problems(sheets, settings, axes)
    errors = (finding for finding in findings if finding.severity is Severity.error)
    return [locate_finding(folder, finding) for finding in errors]


def table_problems(sheets: Sheets, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """List every breach of the rules by tables: no run may use it."""
    if absent := [*_find_absent_columns(sheets)]:
        return absent
    findings: list[Finding] = []
    for name in RULES:
        findings += [*cell_problems(sheets[name]), *find_repeated_keys(sheets[name])]
    findings += [
        *_find_absent_companions(sheets),
        *check_sources(sheets),
        *find_same_names(sheets),
        *find_unknown_names(sheets, axes),
        *find_ownerless_provinces(sheets, axes),
        *find_broken_lines(sheets, axes),
        *find_unjoined_provinces(sheets, axes),
        *find_incomplete_trade(sheets),
    ]
    if not any(finding.code in ("pack-not-a-number", "pack-not-whole") for finding in findings):
        numbers = {name: numbers_of(sheets[name]) for name in RULES}
        findings += find_reversed_spans(sheets, numbers)
        findings += find_material_faults(sheets["co2_products"], numbers["co2_products"])
        findings += [finding for name in RULES for finding in range_problems(sheets[name], numbers[name])]
        findings += find_cohort_faults(sheets, numbers)
        findings += find_gaps(sheets, settings, axes)
    return findings


def oddities(sheets: Sheets) -> Iterator[Finding]:
    """Yield oddities of the tables of a pack: a run takes them."""
    yield from find_missing_names(sheets)
    for name in RULES:
        sheet = sheets[name]
        yield from find_unknown_columns(sheet, columns_of(name))
        yield from sheet_oddities(sheet, numbers_of(sheet))
        yield from find_unlike_rows(sheet)
        yield from find_unlike_units(sheet)


def _find_absent_companions(sheets: Sheets) -> Iterator[Finding]:
    """Yield tables without rows that the rows of another table need."""
    for name, needing in COMPANIONS.items():
        if sheets[needing].lines and not sheets[name].lines:
            yield build_table_finding("missing-companion", name, table=needing)


def _find_absent_columns(sheets: Sheets) -> Iterator[Finding]:
    """Yield missing tables and columns: nothing else can be checked then."""
    for name in RULES:
        required = columns_of(name)
        if name in sheets:
            yield from find_missing_columns(sheets[name], required)
        else:
            yield build_table_finding("missing-table", name, columns=", ".join(required))
