"""Why options were closed to deciders: one row for all years in a row in which the same reason held."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.investment.closed_by import ClosedBy, Codes, Reasons
from tanlu.investment.population import Appraisal, Roster
from tanlu.ledger.columns import Column, Part, Text, constant_text, joined
from tanlu.region.tables import select_rows

REASONS = tuple(code.name.lower() for code in ClosedBy)


class DecidersYear(NamedTuple):
    """What is kept of one population's year to tell why options were closed; axis N deciders at a window."""

    year: int
    kind: str
    appraisal: Appraisal
    roster: Roster  # of the whole population
    province: Integers  # [N]


class _Cells(NamedTuple):
    """Closed options of single deciders and years; axis n."""

    year: Integers
    decider: Integers  # position in the roster, which stays the same over the years
    province: Integers
    option: Integers
    code: Codes
    value: Floats
    limit: Floats


class _Runs(NamedTuple):
    """The runs of years of one kind; axis n."""

    kind: str
    ids: Sequence[str]
    options: tuple[str, ...]
    first: _Cells  # as of the first year
    to_year: Integers


def closed_table(decider_years: Sequence[DecidersYear], provinces: tuple[str, ...]) -> dict[str, Column]:
    """Build the table of closed options.

    One row per decider, option, reason and run of years in which it held.
    Options that the data do not offer to such a unit or process are left out.
    """
    by_kind = groupby(
        sorted(decider_years, key=lambda decider_year: decider_year.kind),
        key=lambda decider_year: decider_year.kind,
    )
    runs = [_runs(kind, list(kind_years)) for kind, kind_years in by_kind]
    return joined([_rows(run, provinces) for run in (_NO_RUN, *runs)])


def _runs(kind: str, decider_years: Sequence[DecidersYear]) -> _Runs:
    """Gather the runs of years in which one reason held.

    Each run has its first row and its last year.
    """
    cells = _stack([part for decider_year in decider_years for part in _year(decider_year)])
    order = np.lexsort((cells.year, cells.option, cells.province, cells.decider))
    cells = select_rows(cells, order)
    starts = np.flatnonzero(_begins(cells))
    last = np.append(starts[1:], cells.year.size)[: starts.size] - 1
    first = select_rows(cells, starts)
    return _Runs(
        kind, decider_years[-1].roster.ids, decider_years[-1].appraisal.options, first, cells.year[last]
    )


def _rows(runs: _Runs, provinces: tuple[str, ...]) -> dict[str, Part]:
    first = runs.first
    return {
        "from_year": first.year,
        "to_year": runs.to_year,
        "decider": Text(runs.ids, first.decider),
        "kind": constant_text(runs.kind, first.year.size),
        "province": Text(provinces, first.province),
        "option": Text(runs.options, first.option),
        "closed_by": Text(REASONS, first.code.astype(np.int64)),
        "reason_value": first.value,
        "reason_limit": first.limit,
    }


def _year(decider_year: DecidersYear) -> list[_Cells]:
    """List a year's closed options, at a window and not."""
    a, position = decider_year.appraisal, decider_year.roster.positions
    cells = [_cells(decider_year.year, position[a.decider], decider_year.province, a.barriers.reasons())]
    if a.waiting is not None:
        cells.append(
            _cells(decider_year.year, position[a.waiting.decider], a.waiting.province, a.waiting.reasons())
        )
    return cells


def _cells(year: int, decider: Integers, province: Integers, reasons: Reasons) -> _Cells:
    has_reason = (reasons.code != ClosedBy.OPEN) & (reasons.code != ClosedBy.NOT_OFFERED)
    row, option = np.nonzero(has_reason)
    cell = (row, option)
    code, value, limit = reasons.code[cell], reasons.value[cell], reasons.limit[cell]
    return _Cells(np.full(row.size, year), decider[row], province[row], option, code, value, limit)


def _stack(parts: Sequence[_Cells]) -> _Cells:
    return _Cells._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _begins(cells: _Cells) -> Booleans:
    """Mark rows that begin a run of years [n]."""
    continues = np.diff(cells.year) == 1
    for column in cells[1:]:
        previous, current = column[:-1], column[1:]
        continues &= (previous == current) | (
            (previous != previous) & (current != current)
        )  # no figure is like no figure
    return np.append(np.ones(min(cells.year.size, 1), bool), ~continues)


_NO_ROW = np.zeros(0, np.int64)
_NO_CELL = _Cells(_NO_ROW, _NO_ROW, _NO_ROW, _NO_ROW, np.zeros(0, np.int8), np.zeros(0), np.zeros(0))
_NO_RUN = _Runs("", (), (), _NO_CELL, _NO_ROW)
