"""When thermal units are overhauled: in their usual months, but not while load stands at its peak."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import MONTHS
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.power import PowerData


def plan_overhauls(data: PowerData, load_shape: Floats) -> Floats:
    """Compute the month's part of the year's overhauls over its part of the hours [P, month].

    Overhauls of a month with as much load as the usual year's highest wait for later months that have some
    (docs/model/power.md).

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
    """Move a province's overhauls [month] out of months that wait.

    A later month takes of what waits the part that it has of all that usually comes from it on, so that no month knows
    whether a later one will wait. The last month with overhauls has what is left.
    """
    if not waits.any():
        return density
    hours, planned_hours, waiting_hours = density * HOURS_IN_MONTH, np.zeros(MONTHS), 0.0
    last = np.flatnonzero(hours)[-1]
    for month in range(last + 1):
        if waits[month] and month < last:
            waiting_hours += hours[month]
        else:
            more_hours = waiting_hours * hours[month] / hours[month:].sum()
            planned_hours[month], waiting_hours = hours[month] + more_hours, waiting_hours - more_hours
    return planned_hours / HOURS_IN_MONTH
