"""Claims: what issuers of debt with the green label say that it avoids, fixed when it is granted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.finance.register import Register
from tanlu.investment.population import Appraisal
from tanlu.power.state import full_load_hours
from tanlu.region.power import PowerData


class Claims(NamedTuple):
    """What is claimed of labelled debt, by CNY of it; axis R requests."""

    tco2_per_cny: Floats  # a year
    carried: bool  # on from debt that falls due, so that it was claimed before

    @classmethod
    def nothing(cls, requests: int) -> "Claims":
        """Return that nothing is claimed."""
        return cls(np.zeros(requests), False)


class ClaimedAvoidance(NamedTuple):
    """What labelled debt of a year and all that is outstanding after it claims, t CO2 a year."""

    issued_tco2: Floats  # [] of new debt, without what it carries on
    outstanding_tco2: Floats  # [] by the part of each loan and bond that is not repaid


def claimed_by_projects(
    appraisal: Appraisal, option: Integers, captures: Booleans, grid_tco2_per_mwh: Floats
) -> Floats:
    """Return what is claimed of each chosen option, t CO2 a year [n] (docs/model/claims.md).

    Capture: what its plant is built for. All else: the CO2 that the appraisal expects less of the decider, less that
    of electricity it takes, at the grid's factor; what generates takes less than nothing. Nobody claims an increase.

    Args:
        appraisal: of who decides.
        option: that each chose [n].
        captures: whether it is capture [n].
        grid_tco2_per_mwh: of the year, where each decides [n].
    """
    claimed, rows = np.zeros(option.size), np.arange(option.size)
    if appraisal.effect is not None and rows.size:
        avoided, taken = (of[rows, option] for of in appraisal.effect)
        claimed = np.maximum(avoided - taken * grid_tco2_per_mwh, 0.0)
    if appraisal.capture_tco2 is None:
        return np.where(captures, 0.0, claimed)
    return np.where(captures, appraisal.capture_tco2, claimed)


def claimed_by_units(
    data: PowerData,
    province: Integers,
    fuel: Integers,
    capacity_mw: Floats,
    grid_tco2_per_mwh: Floats,
) -> Floats:
    """Return what is claimed of units that the pack lists, t CO2 a year [n]: their output at the grid's factor [P]."""
    return capacity_mw * full_load_hours(data)[province, fuel] * grid_tco2_per_mwh[province]


def carried_on(
    book: Register, maturing_cny: Floats, cell: Integers, rows: Integers, asked_cny: Floats
) -> Claims:
    """Return the claims of debt that falls due, by CNY of what is asked for in its place.

    Args:
        book: with what falls due.
        maturing_cny: of each of its loans, nominal [N].
        cell: borrower and province of each [N].
        rows: cells that ask [R].
        asked_cny: by each, money of the base year [R].
    """
    claimed = sum_by_group(cell, claimed_by_part(book, maturing_cny), int(cell.max(initial=0)) + 1)
    return Claims(claimed[rows] / asked_cny, True)


def claimed_by_part(book: Register, part_cny: Floats) -> Floats:
    """Return the claim of a part of each loan, nominal [N], t CO2 a year [N]."""
    share = np.divide(part_cny, book.terms.principal_cny, out=np.zeros(part_cny.size), where=part_cny > 0.0)
    return book.terms.claimed_tco2_per_year * share


def claimed_avoidance(books: Sequence[Register], year: int) -> ClaimedAvoidance:
    """Return what labelled debt granted in a year, and all that is outstanding after it, claims."""
    issued, outstanding = 0.0, 0.0
    for book in books:
        new = np.where(book.purpose.year == year, book.terms.claimed_tco2_per_year, 0.0)
        carried = np.where(book.purpose.year == year, book.terms.carried_tco2_per_year, 0.0)
        issued += float((new - carried).sum())
        outstanding += float(claimed_by_part(book, book.balance_cny).sum())
    return ClaimedAvoidance(np.array(issued), np.array(outstanding))
