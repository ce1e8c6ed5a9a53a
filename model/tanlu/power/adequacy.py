"""Firm capacity: who may close without being missed, and what standing ready is paid."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers

ENDLESS = 1e18  # a reserve margin beside which no other counts


def may_close(
    *, province: Integers, firm_mw: Floats, gain_cny: Floats, wants: Booleans, spare_mw: Floats
) -> Booleans:
    """Return who may close early [n]: those who lose most first, while a province keeps its planning reserve.

    Without that order all who lose would leave in one year, each thinking that the others stay, and new units would
    have to take their place.

    Args:
        province: of each unit [n].
        firm_mw: what leaves with it [n].
        gain_cny: what closing is worth to it [n].
        wants: who would close [n].
        spare_mw: firm capacity beyond load and planning reserve [P].
    """
    allowed = np.zeros(wants.size, dtype=bool)
    left = spare_mw.copy()
    for i in np.argsort(-gain_cny, kind="stable"):
        if wants[i] and firm_mw[i] <= left[province[i]]:
            allowed[i] = True
            left[province[i]] -= firm_mw[i]
    return allowed


def capacity_payment(
    *,
    rate_cny_per_kw_year: Floats,
    end_reserve_share: Floats,
    reserve_margin: Floats,
    planning_reserve: float,
) -> Floats:
    """Return what a kilowatt that stands ready is paid a year, CNY [P, F].

    A scheme with an end pays in full up to the planning reserve, nothing from its end on, and in proportion between.

    Args:
        rate_cny_per_kw_year: full rate of each scheme [K, P, F].
        end_reserve_share: reserve margin from which a scheme pays nothing [K]; inf: it always pays in full.
        reserve_margin: firm capacity beyond load over peak load [P].
        planning_reserve: what planners keep of it.
    """
    end = np.minimum(end_reserve_share, ENDLESS)[:, None]
    need = np.clip((end - reserve_margin) / np.maximum(end - planning_reserve, 1e-9), 0.0, 1.0)
    return np.asarray((rate_cny_per_kw_year * need[:, :, None]).sum(axis=0))
