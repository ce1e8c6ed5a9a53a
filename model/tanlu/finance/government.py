"""Regulators: the national ministry and the provinces; each pays claims from its budgets."""

from collections.abc import Mapping

from tanlu.core.arrays import Floats, Integers
from tanlu.core.mesa_classes import Agent, Model
from tanlu.core.payments import YearPayments
from tanlu.kernels.allocation import pay_claims


class Regulator(Agent):  # type: ignore[misc]
    """One level of government.

    Attributes:
        name: `national` or a province.
        payments: of everybody in the last year that was measured; None before.
    """

    def __init__(self, model: Model, name: str) -> None:
        super().__init__(model)
        self.name = name
        self.payments: YearPayments | None = None

    def pay(self, kind: str, claims_cny: Floats, priority: Integers, budget_cny: float) -> Floats:
        """Pay claims of a kind by `priority` until the budget is used up [N]."""
        payments_cny: Floats = pay_claims(claims=claims_cny, priority=priority, budget=budget_cny)
        return payments_cny

    @property
    def spent_cny(self) -> Mapping[str, float]:
        """What it paid in that year, by item."""
        return {} if self.payments is None else self.payments.spent_cny(self.name)

    @property
    def received_cny(self) -> Mapping[str, float]:
        """What it was paid in that year, by item."""
        return {} if self.payments is None else self.payments.received_cny(self.name)
