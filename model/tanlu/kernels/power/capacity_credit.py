"""What a MW more of something is worth where power is short, over a MW that is always there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]

TINY = 1e-300  # where nothing is short nothing is credited


class HourCredits(NamedTuple):
    """Marginal capacity credits; axes zone Z, profile N."""

    of_profile: Floats  # [Z, N]
    of_hours: Floats  # [Z, H] of a store that gives its power in so many hours of a day, less one


@helper
def _add_day(day: Floats, days: float, profile: Floats, of_profile: Floats, of_hours: Floats) -> float:
    """Add what a MW saves on days alike: of profiles [N, H], and in so many hours [H]; return that of a firm MW."""
    hours = day.size
    for n in range(of_profile.size):
        for h in range(hours):
            of_profile[n] += days * day[h] * profile[n, h]
    ordered, served = np.sort(day), 0.0
    for h in range(hours):
        served += ordered[hours - 1 - h] * days
        of_hours[h] += served
    return served


@kernel
def credit_hours(chance: Floats, day_weight: Floats, profile: Floats) -> HourCredits:
    """Compute marginal capacity credits, -dEUE/dMW over that of a firm MW (docs/model/reliability.md).

    A MW in an hour saves the chance that the hour is short. Water and stores stay as they are laid, which changes
    nothing to the first order: the hours between which they choose are short alike. A store takes in where nothing is
    short, and serves the hours of a day that are short most.

    Args:
        chance: f8[W, Z, M, D, H] that an hour is short; water years are equally likely.
        day_weight: f8[W, M, D] days.
        profile: f8[Z, N, M, H] output of a MW.
    """
    years, zones, months, days, hours = chance.shape
    of_profile, of_hours = np.zeros((zones, profile.shape[1])), np.zeros((zones, hours))
    for z in range(zones):
        total = 0.0
        for w in range(years):
            for m in range(months):
                of_month = np.ascontiguousarray(profile[z, :, m])
                for d in range(days):
                    day, weight = chance[w, z, m, d], day_weight[w, m, d]
                    if weight > 0.0 and day.max() > 0.0:
                        total += _add_day(day, weight, of_month, of_profile[z], of_hours[z])
        of_profile[z] /= max(total, TINY)
        of_hours[z] /= max(total, TINY)
    return HourCredits(of_profile, of_hours)
