"""Sums over agents by province and something else."""

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import F, P, S


def by_sector(province: Integers, sector: Integers, value: Floats) -> Floats:
    """Return the sums of `value` [N] by province and sector [P, S]."""
    return sum_by_group(province * S + sector, value, P * S).reshape(P, S)


def by_fuel(province: Integers, fuel: Integers, value: Floats) -> Floats:
    """Return the sums of `value` [N] by province and power fuel [P, F]."""
    return sum_by_group(province * F + fuel, value, P * F).reshape(P, F)
