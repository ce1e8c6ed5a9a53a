"""Firm capacity: who may close without being missed, and what standing ready is paid."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.units import CNY_PER_MCNY
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.rationing import Served, serve_in_order
from tanlu.power.unit_rows import UnitRows

ENDLESS = 1e18  # a margin so great that no other counts


def retirement_closed(plants: UnitRows, rows: Integers, year: int, no_window: Bar) -> Closed:
    """List the bars that keep units from closing early, whatever they earn [n].

    Their profit must have been known for years.

    Args:
        plants: all of them.
        rows: of the units [n].
        year: of the decision.
        no_window: holds for who is not at a window [n].
    """
    years = np.minimum(plants.years_of_profit, year - plants.commissioned_year[rows] + 1)
    return Closed.by_any(rows.size, short_memory(years, plants.profit_cny.shape[1], year), no_window)


def short_memory(years_of_profit: Integers, memory_years: int, year: int) -> Bar:
    """Build the bar against closing for units whose profit is too new [n].

    Args:
        years_of_profit: in which each unit has had a profit [n].
        memory_years: that have to be there.
        year: of the decision.
    """
    missing = memory_years - years_of_profit
    return Bar(ClosedBy.TOO_EARLY, missing > 0, limit=year + missing)


def not_losing(profit_cny: Floats) -> Bar:
    """Build the bar against closing for units that do not lose money [n].

    The mean of the last years counts.

    Args:
        profit_cny: of the last years [n, years].
    """
    mean = profit_cny.mean(axis=1)
    return Bar(ClosedBy.NOT_LOSING, ~(mean < 0.0), mean / CNY_PER_MCNY, 0.0)


def value_closing(profit_cny: Floats, cost_cny: Floats, worth: Floats) -> Floats:
    """Compute the NPV of closing next year, CNY [n].

    The profit of the years ahead is given up.

    Args:
        profit_cny: of the expected year [n].
        cost_cny: of closing, as far as tax does not bear it [n].
        worth: now, of a CNY in each year that is left [n].
    """
    return -profit_cny * worth - cost_cny


def approve_closing(
    bars: Closed, *, province: Integers, firm_mw: Floats, gain_cny: Floats, spare_mw: Floats
) -> Closed:
    """Add the bars of an unprofitable closing and of reliable capacity [n].

    Args:
        bars: why they may not, whatever closing is worth and others do [n].
        province: of each unit [n].
        firm_mw: what leaves with it [n].
        gain_cny: what closing is worth to it [n].
        spare_mw: reliable capacity beyond what is needed [P]; below zero it lacks, and nothing can be spared.
    """
    spare_mw = np.maximum(spare_mw, 0.0)
    gains = bars.and_by(Bar(ClosedBy.DOES_NOT_PAY, ~(gain_cny > 0.0), gain_cny / CNY_PER_MCNY, 0.0))
    approval = ration_closing(
        province=province, firm_mw=firm_mw, gain_cny=gain_cny, wants=gains.is_open, spare_mw=spare_mw
    )
    return gains.and_by(Bar(ClosedBy.RESERVE_NEEDED, ~approval.allowed, firm_mw, approval.room_left))


def ration_closing(
    *, province: Integers, firm_mw: Floats, gain_cny: Floats, wants: Booleans, spare_mw: Floats
) -> Served:
    """Ration early closing by the reliable capacity that each province can spare [n].

    Who loses most goes first. Without that order all who lose would leave in one year, each thinking that the others
    stay, and new units would have to take their place.

    Args:
        province: of each unit [n].
        firm_mw: what leaves with it [n].
        gain_cny: what closing is worth to it [n].
        wants: who would close [n].
        spare_mw: reliable capacity beyond what is needed [P].
    """
    order = np.argsort(-gain_cny, kind="stable")
    return serve_in_order(order, wants=wants, size=firm_mw, group=province, room=spare_mw)


def capacity_payment(
    *,
    rate_cny_per_kw_year: Floats,
    end_reserve_share: Floats,
    reliable_margin: Floats,
    peak_share: Floats,
) -> Floats:
    """Compute the yearly payment for a kilowatt that stands ready, CNY [P, F] (docs/model/reliability.md).

    A scheme with an end pays in full up to the reliable capacity that is needed, nothing from its end on, and in
    proportion between.

    Args:
        rate_cny_per_kw_year: full rate of each scheme [K, P, F].
        end_reserve_share: reliable margin from which a scheme pays nothing [K]; inf: it always pays in full.
        reliable_margin: reliable capacity beyond what is needed over peak load [P].
        peak_share: of each fuel's power, what it can give throughout a peak [F].
    """
    end = np.minimum(end_reserve_share, ENDLESS)[:, None]
    need = np.clip(1.0 - reliable_margin / end, 0.0, 1.0)
    return np.asarray((rate_cny_per_kw_year * need[:, :, None] * peak_share).sum(axis=0))


def share_at_peak(storage_hours: Floats, longest_peak_hours: float) -> Floats:
    """Compute the share of power that stores give throughout the year's longest net peak [F]; 1 of the rest.

    Source: notice of 30 January 2026, No. 114 (docs/model/reliability.md).

    Args:
        storage_hours: at full power [F], 0 of what stores nothing.
        longest_peak_hours: of net load in a year.
    """
    return np.where(storage_hours > 0.0, np.minimum(storage_hours / longest_peak_hours, 1.0), 1.0)
