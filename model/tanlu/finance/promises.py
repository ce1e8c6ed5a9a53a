"""Promises: what the law announces for the next years in money, and how much of it a new law takes back."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import Axes
from tanlu.core.schedules import CAPTURE_CONTRACT, CAPTURE_SUBSIDY, PolicySchedule


class PromisedAmounts(NamedTuple):
    """What rates of the law are paid by, so that a promise weighs as much as its money."""

    emitted_tco2: Floats  # [P, S] what power units capture included
    output_mwh: Floats  # [P, F]
    capacity_kw: Floats  # [P, F]

    @classmethod
    def nothing(cls, axes: Axes) -> "PromisedAmounts":
        """Build the amounts before the first year."""
        by_fuel = np.zeros(axes.shape("province", "fuel"))
        return cls(np.zeros(axes.shape("province", "sector")), by_fuel, by_fuel)


def sum_promises(
    last_law: PolicySchedule, law: PolicySchedule, year: int, years: int, amounts: PromisedAmounts
) -> tuple[Floats, Floats]:
    """Sum what last year's law promised from `year` on, and what the law takes back of it.

    Rates of all policies add up, so that it does not matter how many policies make a promise. A higher rate breaks no
    promise.

    Args:
        last_law: as everybody knew it in the year before.
        law: as everybody knows it now.
        year: that begins.
        years: that count.
        amounts: of last year.

    Returns:
        promised and taken back, CNY [P].
    """
    rows = slice(law.row(year), law.row(year) + years)
    tonnes, mwh, kw = amounts
    counted = tonnes, tonnes, mwh, kw
    before = _list_rates(last_law, rows)
    promised = sum((rate * n).sum(axis=(0, 2)) for rate, n in zip(before, counted, strict=True))
    if last_law is law:
        return np.asarray(promised), np.zeros(len(mwh))
    now = _list_rates(law, rows)
    less = [np.maximum(old - new, 0.0) for old, new in zip(before, now, strict=True)]
    broken = sum((rate * n).sum(axis=(0, 2)) for rate, n in zip(less, counted, strict=True))
    return np.asarray(promised), np.asarray(broken)


def _list_rates(law: PolicySchedule, rows: slice) -> tuple[Floats, ...]:
    """List the carbon price, support by the tonne, premium and capacity payment of years [years, P, S or F]."""
    price, premium = law.carbon.price_cny_per_tco2[rows], law.power.renewable_premium_cny_per_mwh[rows]
    support, capacity = np.zeros(price.shape), np.zeros(premium.shape)
    for scheme in law.subsidies:
        if scheme.kind in (CAPTURE_SUBSIDY, CAPTURE_CONTRACT):
            support += scheme.rate[rows]
    for payment in law.capacity:
        capacity += payment.rate_cny_per_kw_year[rows]
    return price, support, premium, capacity
