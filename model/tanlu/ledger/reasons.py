"""Why options were closed to deciders: one row for all years in a row in which the same reason held."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.investment.closed_by import ClosedBy, Codes, Reasons
from tanlu.investment.population import Appraisal, Roster
from tanlu.ledger.columns import Column, Part, Text, every, joined
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
    by: Codes
    value: Floats
    limit: Floats


class _Runs(NamedTuple):
    """The runs of years of one kind; axis n."""

    kind: str
    ids: Sequence[str]
    options: tuple[str, ...]
    first: _Cells  # as of the first year
    to_year: Integers


def closed_table(asked: Sequence[DecidersYear], provinces: tuple[str, ...]) -> dict[str, Column]:
    """Return one row per decider, closed option, reason and run of years in which it held, as columns.

    Options that the data do not offer to such a unit or process are left out.
    """
    by_kind = groupby(sorted(asked, key=lambda one: one.kind), key=lambda one: one.kind)
    runs = [_runs(kind, list(of)) for kind, of in by_kind]
    return joined([_rows(run, provinces) for run in (_NO_RUN, *runs)])


def _runs(kind: str, asked: Sequence[DecidersYear]) -> _Runs:
    """Return the years of a kind in which one reason held, each run as its first row and its last year."""
    cells = _below([part for one in asked for part in _year(one)])
    order = np.lexsort((cells.year, cells.option, cells.province, cells.decider))
    cells = select_rows(cells, order)
    starts = np.flatnonzero(_begins(cells))
    last = np.append(starts[1:], cells.year.size)[: starts.size] - 1
    first = select_rows(cells, starts)
    return _Runs(kind, asked[-1].roster.ids, asked[-1].appraisal.options, first, cells.year[last])


def _rows(runs: _Runs, provinces: tuple[str, ...]) -> dict[str, Part]:
    first = runs.first
    return {
        "from_year": first.year,
        "to_year": runs.to_year,
        "decider": Text(runs.ids, first.decider),
        "kind": every(runs.kind, first.year.size),
        "province": Text(provinces, first.province),
        "option": Text(runs.options, first.option),
        "closed_by": Text(REASONS, first.by.astype(np.int64)),
        "reason_value": first.value,
        "reason_limit": first.limit,
    }


def _year(one: DecidersYear) -> list[_Cells]:
    """Return what was closed in a year to those at a window and to those not."""
    a, at = one.appraisal, one.roster.at
    cells = [_cells(one.year, at[a.decider], one.province, a.closed.reasons())]
    if a.waiting is not None:
        cells.append(_cells(one.year, at[a.waiting.decider], a.waiting.province, a.waiting.reasons()))
    return cells


def _cells(year: int, decider: Integers, province: Integers, reasons: Reasons) -> _Cells:
    told = (reasons.by != ClosedBy.OPEN) & (reasons.by != ClosedBy.NOT_OFFERED)
    row, option = np.nonzero(told)
    at = (row, option)
    by, value, limit = reasons.by[at], reasons.value[at], reasons.limit[at]
    return _Cells(np.full(row.size, year), decider[row], province[row], option, by, value, limit)


def _below(parts: Sequence[_Cells]) -> _Cells:
    return _Cells._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _begins(cells: _Cells) -> Booleans:
    """Return where a row is not the one above a year later [n]."""
    same = np.diff(cells.year) == 1
    for column in cells[1:]:
        above, here = column[:-1], column[1:]
        same &= (above == here) | ((above != above) & (here != here))  # no figure is like no figure
    return np.append(np.ones(min(cells.year.size, 1), bool), ~same)


_NO_ROW = np.zeros(0, np.int64)
_NO_CELL = _Cells(_NO_ROW, _NO_ROW, _NO_ROW, _NO_ROW, np.zeros(0, np.int8), np.zeros(0), np.zeros(0))
_NO_RUN = _Runs("", (), (), _NO_CELL, _NO_ROW)
