"""Which options are closed to facilities and blocks, and why; who of those that want to close can be spared."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.core.units import CNY_PER_MCNY, T_PER_KT
from tanlu.industry.facility_rows import FacilityRows
from tanlu.investment.closed_by import Bar, Closed, ClosedBy, side_by_side
from tanlu.investment.rationing import Served, serve_in_order
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.region.power import OPEN_END_YEAR

LOSS_DECIMALS = 6  # of CNY a unit: losses that differ by less are alike


def find_facility_bars(
    industry: FacilityRows, rows: Integers, year: int, output: Floats
) -> tuple[Booleans, Closed]:
    """Find the facilities that decide this year [n], and their bars [n, K].

    Reasons that last come first: no window is told of an option that a window would open. Who has just signed with its
    CO2 hub decides on capture at once.

    Args:
        industry: all of it.
        rows: of facilities and blocks that exist [n].
        year: of the decision.
        output: of the year [N].
    """
    wait = industry.years_to_window(rows, year)
    waits, until = wait > 0, year + wait
    committed = (industry.contract_tco2[rows] > 0.0) & (industry.capture_year[rows] == OPEN_END_YEAR)
    captures = industry.data.options.effect.capture_rate > 0.0
    is_barred = waits[:, None] & ~(committed[:, None] & captures)
    bars = side_by_side(
        Closed.by_any(rows.size),  # carrying on is open to everybody
        projects_closed(
            industry, rows, year, output, Bar(ClosedBy.NO_WINDOW, is_barred, limit=until[:, None])
        ),
        _closing_closed(industry, rows, year, output, Bar(ClosedBy.NO_WINDOW, waits, limit=until)),
    )
    return (~waits | committed) & (output[rows] > 0.0), bars


def projects_closed(
    industry: FacilityRows, rows: Integers, year: int, output: Floats, *window: Bar
) -> Closed:
    """List the bars to projects of facilities and blocks [n, O].

    Args:
        industry: all of it.
        rows: of those asked about [n].
        year: of the decision.
        output: of the year [N].
        window: a bar to those not at their window; none where the window is not asked for.
    """
    o = industry.data.options
    captures = (o.effect.capture_rate > 0.0) & (industry.capture_year[rows] < OPEN_END_YEAR)[:, None]
    ready, reline = industry.ready_year()[rows, None], industry.years_to_reline(rows, year)[:, None]
    return Closed.by_any(
        (rows.size, len(o.ids)),
        Bar(ClosedBy.NOT_OFFERED, ~industry.applies[rows]),
        Bar(ClosedBy.OWNER_FAILED, industry.orphaned[rows, None]),
        Bar(ClosedBy.TAKEN, industry.has_taken[rows]),
        Bar(ClosedBy.EXCLUDED_BY_OTHER_OPTION, captures),
        Bar(ClosedBy.TOO_EARLY, year < o.available_from_year, limit=o.available_from_year),
        Bar(ClosedBy.BUSY, ready > 0, limit=ready),
        Bar(ClosedBy.IDLE, output[rows, None] <= 0.0),
        Bar(ClosedBy.NO_WINDOW, (o.at_reline > 0.0) & (reline > 0), limit=year + reline),
        *window,
    )


def _closing_closed(
    industry: FacilityRows, rows: Integers, year: int, output: Floats, no_window: Bar
) -> Closed:
    """List the bars that keep facilities from closing, whatever they earn [n].

    Their profit must have been known for years.
    """
    ready = industry.ready_year()[rows]
    missing = industry.profit_cny.shape[1] - industry.years_of_profit
    return Closed.by_any(
        rows.size,
        Bar(ClosedBy.NOT_OFFERED, industry.is_block[rows]),
        Bar(ClosedBy.TOO_EARLY, missing > 0, limit=year + missing),
        Bar(ClosedBy.BUSY, ready > 0, limit=ready),  # what is under way may change the loss
        Bar(ClosedBy.IDLE, output[rows] <= 0.0),
        no_window,
    )


def approve_facility_closing(
    industry: FacilityRows,
    rows: Integers,
    bars: Closed,
    gain_cny: Floats,
    signals: Signals,
    production: ProductionOutcome,
) -> Closed:
    """Add the bars of an unprofitable closing and of demand [n].

    The demand is that for the facilities' products.

    Args:
        industry: all of it.
        rows: of those that decide [n].
        bars: why they may not, whatever closing is worth and others do [n].
        gain_cny: what closing is worth to each [n].
        signals: the year's signals.
        production: this year's production.
    """
    mean = industry.profit_cny[rows].mean(axis=1)
    gains = bars.and_by(
        Bar(ClosedBy.NOT_LOSING, ~(mean < 0.0), mean / CNY_PER_MCNY, 0.0),
        Bar(ClosedBy.DOES_NOT_PAY, ~(gain_cny > 0.0), gain_cny / CNY_PER_MCNY, 0.0),
    )
    usable = _limit_output(industry, signals.year + 1)
    approval = ration_closures(industry, rows, gains.is_open, usable, production.output)
    kt, spare_kt = usable[rows] / T_PER_KT, approval.room_left / T_PER_KT
    return gains.and_by(Bar(ClosedBy.PRODUCT_NEEDED, ~approval.allowed, kt, spare_kt))


def ration_closures(
    industry: FacilityRows, rows: Integers, wants: Booleans, usable: Floats, output: Floats
) -> Served:
    """Ration closures so that no product becomes short [n].

    The greatest losers go first. Whoever is needed stays: the price would rise before its customers went without. Of
    equal losers the one listed first goes first, not the one that rounding puts ahead.

    Args:
        industry: all of it.
        rows: of those that decide [n].
        wants: who would close [n].
        usable: what each can make next year, t [N].
        output: of the year, t [N].
    """
    spare_t = sum_by_group(industry.group, usable - np.where(industry.is_block, 0.0, output))
    loss = -industry.profit_cny[rows].mean(axis=1) / np.where(wants, industry.capacity[rows], 1.0)
    return serve_in_order(
        np.argsort(-np.round(loss, LOSS_DECIMALS), kind="stable"),
        wants=wants,
        size=usable[rows],
        group=industry.group[rows],
        room=spare_t,
    )


def _limit_output(industry: FacilityRows, year: int) -> Floats:
    """Compute the highest output of facilities standing in `year`, t [N]."""
    standing = np.where(industry.active(year) & ~industry.is_block, industry.capacity, 0.0)
    return np.asarray(standing * industry.region.parameters["maximum_utilisation"])
