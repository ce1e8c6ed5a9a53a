"""Regulators: the national ministry and the two provinces; each holds purses and pays claims from them."""

import mesa
import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import PROVINCES
from tanlu.core.schedules import PolicyPaths
from tanlu.kernels.allocation import pay_claims


class Regulator(mesa.Agent):  # type: ignore[misc]
    """One level of government.

    Attributes:
        name: `national` or a province.
        spent_cny: paid out in the year, by kind of claim.
        received_cny: taken in the year (carbon price, allowance sales).
    """

    def __init__(self, model: mesa.Model, name: str) -> None:
        super().__init__(model)
        self.name = name
        self.spent_cny: dict[str, float] = {}
        self.received_cny: dict[str, float] = {}

    def open_year(self) -> None:
        """Start the year's accounts."""
        self.spent_cny, self.received_cny = {}, {}

    def pay(self, kind: str, claims_cny: Floats, priority: Integers, budget_cny: float) -> Floats:
        """Pay claims in the order of `priority` until `budget_cny` is used up; return what each gets [N]."""
        paid = pay_claims(claims=claims_cny, priority=priority, budget=budget_cny)
        self.spend(kind, float(paid.sum()))
        return paid

    def spend(self, kind: str, amount_cny: float) -> None:
        """Book money paid out that no budget bounds."""
        self.spent_cny[kind] = self.spent_cny.get(kind, 0.0) + amount_cny

    def receive(self, kind: str, amount_cny: float) -> None:
        """Book money taken in."""
        self.received_cny[kind] = self.received_cny.get(kind, 0.0) + amount_cny


def purse_holder(rate: Floats) -> str:
    """Return who holds a subsidy scheme's purse: a province if it pays there alone, else the ministry.

    Args:
        rate: the scheme's rates and grants over years, provinces and sectors, [Y, P, S].
    """
    where = np.flatnonzero(rate.any(axis=(0, 2)))
    return PROVINCES[int(where[0])] if where.size == 1 else "national"


def capture_purse_holders(paths: PolicyPaths) -> tuple[str, ...]:
    """Return who holds the purse of each capture subsidy; rates and grants are added only to see where it pays."""
    return tuple(purse_holder(rates) for rates in paths.ccus_rate_cny_per_tco2 + paths.ccus_capex_grant_share)
