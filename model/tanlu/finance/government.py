"""Regulators: the national ministry and the provinces; each pays from its budgets and may review its policies."""

from collections.abc import Mapping

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.mesa_classes import Agent, Model
from tanlu.core.payments import YearPayments
from tanlu.finance.review_decisions import list_reviews, read_decision
from tanlu.finance.reviews import (
    BoundMove,
    Decision,
    InstrumentView,
    IntegralReview,
    Review,
    ReviewRule,
    ReviewView,
    bound_move,
)
from tanlu.inputs.types import LAST_YEAR, Schedule
from tanlu.kernels.allocation import pay_claims


class Regulator(Agent):
    """One level of government.

    Attributes:
        name: `national` or a province.
        payments: of everybody in the last year that was measured; None before.
        rule: by which it reviews its instruments.
        reviews: what became of each instrument at its reviews so far.
    """

    def __init__(self, model: Model, name: str) -> None:
        super().__init__(model)
        self.name = name
        self.payments: YearPayments | None = None
        self.rule: ReviewRule = IntegralReview()
        self.reviews: list[Review] = []

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

    def review(self, view: ReviewView) -> Mapping[str, Schedule]:
        """Review its instruments by its rule, and list the new path of each that moves, by name.

        Raises:
            ExtensionError: if its rule decides what cannot be done.
        """
        return self.enact(view, read_decision(self.rule, view))

    def enact(self, view: ReviewView, decision: Decision) -> Mapping[str, Schedule]:
        """Carry out a decision within all bounds, and list the new path of each instrument that moves, by name."""
        new_paths: dict[str, Schedule] = {}
        for name, instrument in view.instruments.items():
            move = decision.moves.get(name)
            bound = BoundMove(0.0) if move is None else bound_move(instrument, view.guards, move.change)
            new_path = shift_path(instrument, bound.change, view.from_year)
            if bound.change != 0.0:
                new_paths[name] = new_path
            self.reviews += list_reviews(view, instrument, move, bound, new_path.value_in(view.from_year))
        return new_paths


def shift_path(instrument: InstrumentView, change: float, first_year: int) -> Schedule:
    """Shift the path of an instrument by a change from `first_year` on, within its bounds."""
    if change == 0.0:
        return instrument.path
    years = np.arange(first_year, LAST_YEAR + 1)
    shifted = np.clip(instrument.path.path(years) + change, instrument.lowest, instrument.highest)
    return Schedule(dict(zip(years.tolist(), shifted.tolist(), strict=True)))
