"""Regulators: the national ministry and the provinces; each pays claims from its budgets."""

from tanlu.core.arrays import Floats, Integers
from tanlu.core.mesa_classes import Agent, Model
from tanlu.kernels.allocation import pay_claims


class Regulator(Agent):  # type: ignore[misc]
    """One level of government.

    Attributes:
        name: `national` or a province.
        spent_cny: paid out in the year, by kind of claim.
        received_cny: taken in the year (carbon price, allowance sales).
    """

    def __init__(self, model: Model, name: str) -> None:
        super().__init__(model)
        self.name = name
        self.spent_cny: dict[str, float] = {}
        self.received_cny: dict[str, float] = {}

    def open_year(self) -> None:
        """Start the year's accounts."""
        self.spent_cny, self.received_cny = {}, {}

    def pay(self, kind: str, claims_cny: Floats, priority: Integers, budget_cny: float) -> Floats:
        """Pay claims by `priority` until the budget is used up [N]."""
        payments_cny = pay_claims(claims=claims_cny, priority=priority, budget=budget_cny)
        self.spend(kind, float(payments_cny.sum()))
        return payments_cny

    def spend(self, kind: str, amount_cny: float) -> None:
        """Book money paid out that no budget bounds."""
        self.spent_cny[kind] = self.spent_cny.get(kind, 0.0) + amount_cny

    def receive(self, kind: str, amount_cny: float) -> None:
        """Book money taken in."""
        self.received_cny[kind] = self.received_cny.get(kind, 0.0) + amount_cny
