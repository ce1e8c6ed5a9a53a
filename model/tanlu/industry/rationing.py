"""Rationing: who of industry stands still on days without enough power, tier by tier."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats

LEAST_CUT_MWH = 1.0  # of a day; below it nobody is told to stop


class Rationing(NamedTuple):
    """What of industrial load was cut in a year; axes P, tier `RATIONING_TIERS`."""

    cut_mwh: Floats  # [P, tier]
    stopped_share: Floats  # [P, tier] of the year's output: of the days on which who is cut stands still
    days: Floats  # [P] with a cut
    worst_day_mwh: Floats  # [P]


def ration(cut_mwh_per_day: Floats, days: Floats, load_mwh_per_day: Floats, kept_share: float) -> Rationing:
    """Ration power tier by tier, each day as much as it lacks.

    The first stops whole before the second stops at all; within a tier plants take turns. A plant that stands still
    keeps what it needs to be safe. The last tier bears whatever is left.

    Args:
        cut_mwh_per_day: what days of each kind lack, [P, kind].
        days: of each kind, [P, kind].
        load_mwh_per_day: of each tier, [P, tier].
        kept_share: of a plant's load that it keeps.
    """
    if not cut_mwh_per_day.any():  # as in most years
        return Rationing(*np.zeros((2, *load_mwh_per_day.shape)), *np.zeros((2, len(load_mwh_per_day))))
    quota = (1.0 - kept_share) * load_mwh_per_day
    quota[:, -1] = np.inf
    before = np.zeros(load_mwh_per_day.shape)
    before[:, 1:] = np.cumsum(quota[:, :-1], axis=1)
    cut = np.clip(cut_mwh_per_day[:, :, None] - before[:, None], 0.0, quota[:, None])
    total = (cut * days[:, :, None]).sum(axis=1)
    whole_year = np.maximum((1.0 - kept_share) * load_mwh_per_day * 365.0, 1e-9)
    has_cut = cut_mwh_per_day > LEAST_CUT_MWH
    return Rationing(
        cut_mwh=total,
        stopped_share=np.minimum(total / whole_year, 1.0),
        days=(days * has_cut).sum(axis=1),
        worst_day_mwh=np.where(days > 0.0, cut_mwh_per_day, 0.0).max(axis=1),
    )
