"""Sums over agents by province and something else."""

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import F, S


def by_sector(province: Integers, sector: Integers, value: Floats, provinces: int) -> Floats:
    """Add up `value` [N] by province and sector [P, S]."""
    return sum_by_group(province * S + sector, value, provinces * S).reshape(provinces, S)


def by_fuel(province: Integers, fuel: Integers, value: Floats, provinces: int) -> Floats:
    """Add up `value` [N] by province and power fuel [P, F]."""
    return sum_by_group(province * F + fuel, value, provinces * F).reshape(provinces, F)
