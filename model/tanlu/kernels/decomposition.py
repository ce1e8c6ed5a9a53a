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


class _Change(NamedTuple):
    """Two years of one row, as `0` before and `1` now, and of the group whose service it shares."""

    activity0: float
    activity1: float
    input_growth: float  # by how much the group's activity has changed by inputs
    service0: float
    service1: float
    given_fuel0: float
    given_fuel1: float
    burnt0: float
    burnt1: float


@helper
def _divide(row: _Change, e0: float, e1: float, is_fuel: bool, change: Floats) -> None:
    """Add the factors of emissions that both years have; what no factor explains is CO2 per fuel."""
    mean = _log_mean(e1, e0)
    activity, structure, fuel, given_fuel, typed = _growth(row.activity0, row.activity1), 0.0, 0.0, 0.0, 0.0
    if min(row.activity0, row.activity1) > 0.0:
        typed = mean * row.input_growth / _log_mean(row.activity1, row.activity0)
    if min(row.service0, row.service1) > 0.0:
        service = _growth(row.service0, row.service1)
        structure = service - activity
        if is_fuel:
            fuel = _growth(row.burnt0, row.burnt1) - service
            given_fuel = _growth(row.given_fuel0, row.given_fuel1)
    change[ACTIVITY_TYPED] += typed
    change[ACTIVITY_DECIDED] += mean * activity - typed
    change[STRUCTURE] += mean * structure
    change[FUEL_TYPED] += mean * given_fuel
    change[FUEL_DECIDED] += mean * (fuel - given_fuel)
    change[CARBON] += (e1 - e0) - mean * (activity + structure + fuel)


@helper
def _place(row: _Change, difference: float, is_fuel: bool, change: Floats) -> None:
    """Add emissions that one year lacks to the first factor that is 0 in one year, the limit of `_divide`."""
    if min(row.activity0, row.activity1) <= 0.0:
        growth = row.activity1 - row.activity0
        typed = difference * row.input_growth / growth if growth != 0.0 else 0.0
        change[ACTIVITY_TYPED] += typed
        change[ACTIVITY_DECIDED] += difference - typed
    elif min(row.service0, row.service1) <= 0.0:
        change[STRUCTURE] += difference
    elif is_fuel and min(row.given_fuel0, row.given_fuel1) <= 0.0:
        change[FUEL_TYPED] += difference
    elif is_fuel and min(row.burnt0, row.burnt1) <= 0.0:
        change[FUEL_DECIDED] += difference
    else:
        change[CARBON] += difference


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
    input_growth = now.given_activity - before.given_activity
    activity0, activity1 = np.zeros(input_growth.size), np.zeros(input_growth.size)
    for i in range(n):
        activity0[group[i]] += before.service[i]
        activity1[group[i]] += now.service[i]
    for i in range(n):
        g = group[i]
        row = _Change(
            activity0[g],
            activity1[g],
            input_growth[g],
            before.service[i],
            now.service[i],
            before.given_fuel[i],
            now.given_fuel[i],
            before.fuel_gj[i].sum(),
            now.fuel_gj[i].sum(),
        )
        for c in range(carriers + 1):
            e0, e1 = before.emitted_tco2[i, c], now.emitted_tco2[i, c]
            if min(e0, e1) > 0.0:
                _divide(row, e0, e1, c < carriers, change[cell[i]])
            elif min(e0, e1) < 0.0:  # what takes up more than it gives off does so by capture
                change[cell[i], CARBON] += e1 - e0
            elif e0 != e1:
                _place(row, e1 - e0, c < carriers, change[cell[i]])
    return change
