"""When thermal units are overhauled: in their usual months, but not while load stands at its peak."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import MONTHS
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.power import PowerData


def plan_overhauls(data: PowerData, load_shape: Floats) -> Floats:
    """Compute the month's part of the year's overhauls over its part of the hours [P, month].

    Overhauls of a month with as much load as the usual year's highest wait for the later months that have some
    (docs/model/electricity_market.md).

    Args:
        data: of the region.
        load_shape: of the year, share of the annual mean [P, month, day type, hour].
    """
    density = data.maintenance_density
    usual_peak = _sum_months(data.load_shape, data).max(axis=1, keepdims=True)
    waits = (_sum_months(load_shape, data) >= usual_peak) & (density > 0.0)
    if not waits.any():  # as in most years
        return density
    return np.stack([_put_off(*row) for row in zip(density, waits, strict=True)])


def _sum_months(load_shape: Floats, data: PowerData) -> Floats:
    """Compute the mean load of months, share of the annual mean [P, month]."""
    daily = load_shape.mean(axis=3)
    return np.asarray((daily * data.day_weight).sum(axis=2) / data.day_weight.sum(axis=1))


def _put_off(density: Floats, waits: Booleans) -> Floats:
    """Move a province's overhauls [month] out of the months that wait into later ones, or into all others."""
    if not waits.any():
        return density
    hours, kept = density * HOURS_IN_MONTH, ~waits
    is_later = kept & (np.arange(MONTHS) > np.flatnonzero(waits)[-1])
    takes = is_later if hours[is_later].sum() > 0.0 else kept
    room = hours[takes].sum()
    if room <= 0.0:
        return density
    return np.where(waits, 0.0, density * np.where(takes, 1.0 + hours[waits].sum() / room, 1.0))
