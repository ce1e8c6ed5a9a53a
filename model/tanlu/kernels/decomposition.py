"""Why emissions of a year differ from those of the year before: an exact decomposition, row by row."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# The columns of what `decompose` returns.
ACTIVITY_TYPED, ACTIVITY_DECIDED, STRUCTURE, FUEL_TYPED, FUEL_DECIDED, CARBON = range(6)
FACTORS = 6
_NEARLY_EQUAL = 1e-5  # of the two years' emissions; there their series is closer than their difference

# As in `elementary.py`; a kernel file imports no other, so that its cache knows all it is made of.
_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_SQRT_HALF = math.sqrt(0.5)
_ODD = tuple(1.0 / odd for odd in range(23, 1, -2))


class YearQuantities(NamedTuple):
    """What made the emissions of a year; axes N rows, G groups of rows with one service, C carriers.

    What has no carrier of energy, process CO2 and captured CO2 that reached the air, is the last column of CO2.
    """

    given_activity: Floats  # [G] the part of a group's service that inputs of the run set
    service: Floats  # [N] t, MWh, km or an index
    given_fuel: (
        Floats  # [N] index of fuel per service that inputs set; of any unit, above 0 where fuel is burnt
    )
    fuel_gj: Floats  # [N, C - 1]
    emitted_tco2: Floats  # [N, C]


@helper
def _log(x: float) -> float:
    fraction, exponent = math.frexp(x)
    if fraction < _SQRT_HALF:
        fraction, exponent = 2.0 * fraction, exponent - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    square, series = s * s, 0.0
    for coefficient in _ODD:
        series = series * square + coefficient
    return exponent * _LN2_HIGH + (exponent * _LN2_LOW + 2.0 * (s + s * (series * square)))


@helper
def _log_mean(a: float, b: float) -> float:
    """Compute (a - b) / ln(a / b) of two positive numbers."""
    d = (a - b) / b
    if abs(d) < _NEARLY_EQUAL:
        return b * (1.0 + d * (0.5 - d / 12.0))
    return (a - b) / _log(a / b)


@helper
def _growth(before: float, now: float) -> float:
    """Compute ln(now / before); 0 where one of them is not positive."""
    return _log(now / before) if before > 0.0 and now > 0.0 else 0.0


@kernel
def decompose(
    cell: Integers, group: Integers, before: YearQuantities, now: YearQuantities, cells: int
) -> Floats:
    """Divide the change of CO2 between two years among its factors, t CO2 f8[cells, FACTORS].

    CO2 of a row and carrier = activity of the group x share of the row x fuel per service x CO2 per fuel, and the
    change is L(E1, E0) ln(x1 / x0) for each factor x, with the logarithmic mean L. Factors add up to the change.
    What is born or dies is put to the first factor that is 0 in one year, the limit of the same formula. Activity is
    given and decided in proportion to the parts' own changes, fuel per service to those of their logarithms.

    Source: Ang 2005, Energy Policy 33, LMDI I; limits: Ang, Zhang and Choi 1998, Energy 23.

    Args:
        cell: i8[N] the row of the answer that each row enters.
        group: i8[N] whose service is shared.
        before: the year before.
        now: the year.
        cells: rows of the answer.
    """
    change = np.zeros((cells, FACTORS))
    n, carriers = now.fuel_gj.shape
    groups = now.given_activity.size
    activity0, activity1 = np.zeros(groups), np.zeros(groups)
    for i in range(n):
        activity0[group[i]] += before.service[i]
        activity1[group[i]] += now.service[i]
    for i in range(n):
        g, at = group[i], cell[i]
        a0, a1 = activity0[g], activity1[g]
        given = now.given_activity[g] - before.given_activity[g]
        s0, s1 = before.service[i], now.service[i]
        burnt0, burnt1 = 0.0, 0.0
        for c in range(carriers):
            burnt0 += before.fuel_gj[i, c]
            burnt1 += now.fuel_gj[i, c]
        for c in range(carriers + 1):
            e0, e1 = before.emitted_tco2[i, c], now.emitted_tco2[i, c]
            if e0 == e1 == 0.0:
                continue
            difference, is_fuel = e1 - e0, c < carriers
            if e0 > 0.0 and e1 > 0.0:
                mean = _log_mean(e1, e0)
                activity, service, fuel = _growth(a0, a1), _growth(s0, s1), 0.0
                if is_fuel and s0 > 0.0 and s1 > 0.0:
                    fuel = _growth(burnt0, burnt1) - service
                given_fuel = _growth(before.given_fuel[i], now.given_fuel[i]) if is_fuel else 0.0
                structure = service - activity if a0 > 0.0 and a1 > 0.0 and s0 > 0.0 and s1 > 0.0 else 0.0
                typed = mean * given / _log_mean(a1, a0) if a0 > 0.0 and a1 > 0.0 else 0.0
                change[at, ACTIVITY_TYPED] += typed
                change[at, ACTIVITY_DECIDED] += mean * activity - typed
                change[at, STRUCTURE] += mean * structure
                change[at, FUEL_TYPED] += mean * given_fuel
                change[at, FUEL_DECIDED] += mean * (fuel - given_fuel)
                change[at, CARBON] += difference - mean * (activity + structure + fuel)
            elif e0 < 0.0 or e1 < 0.0:  # what takes more than it gives does so by capture
                change[at, CARBON] += difference
            elif min(a0, a1) <= 0.0:
                typed = difference * given / (a1 - a0) if a1 != a0 else 0.0
                change[at, ACTIVITY_TYPED] += typed
                change[at, ACTIVITY_DECIDED] += difference - typed
            elif min(s0, s1) <= 0.0:
                change[at, STRUCTURE] += difference
            elif is_fuel and min(burnt0, burnt1) <= 0.0:
                is_given = min(before.given_fuel[i], now.given_fuel[i]) <= 0.0
                change[at, FUEL_TYPED if is_given else FUEL_DECIDED] += difference
            else:
                change[at, CARBON] += difference
    return change
