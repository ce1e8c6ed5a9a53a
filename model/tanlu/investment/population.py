"""The base of agent kinds: one Mesa agent that holds many deciders, one row of NumPy columns each."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.mesa_classes import Agent, Model
from tanlu.core.schedules import GREEN_LOAN, OTHER_LOAN
from tanlu.investment.capture_terms import Considered
from tanlu.investment.closed_by import Closed, Reasons
from tanlu.kernels.choice import choose_best_paying

STAYS = 0  # the option of every decider that changes nothing
ORDINARY_RATE, GREEN_RATE = 0, 1  # of the two hurdle rates of an owner


class Waiting(NamedTuple):
    """Deciders that cannot decide this year, and why of each option; axes n deciders, K options."""

    decider: Integers  # [n] row of the population
    province: Integers  # [n]
    reasons: Callable[[], Reasons]  # [n, K] put together when somebody asks


class ProjectEffect(NamedTuple):
    """What options change in a year, as their appraisal expects it; axes N deciders, K options."""

    avoided_tco2: Floats  # of the decider's own CO2
    taken_mwh: Floats  # from the grid; below zero where electricity is generated


class Appraisal(NamedTuple):
    """What deciders know about their options when they choose; axes N deciders, K options.

    Option `STAYS` is always "keep": no investment, NPV 0 by definition.
    """

    options: tuple[str, ...]
    decider: Integers  # [N] row of the population
    npv_cny: Floats  # [N, K]
    capex_cny: Floats  # [N, K] after grants
    rate: Floats  # [N, K] real hurdle rate
    barriers: Closed  # [N, K] why an option cannot be taken
    switching_price_cny_per_tco2: Floats  # [N, K] carbon price at which NPV is zero; NaN where none
    capture: Considered | None = None  # what capture projects were valued at; None where there are none
    waiting: Waiting | None = None  # who cannot decide; None where everybody always can
    capture_tco2: Floats | None = (
        None  # [N] a year, that capture of who would start it is built for; None: nobody
    )
    # [N, K] of the carbon market's price that a tonne avoided earns, NaN where it is not asked; None: nowhere
    earned_share: Floats | None = None
    effect: ProjectEffect | None = None  # None: not known, so that nobody claims anything

    @property
    def feasible(self) -> Booleans:
        """Which options can be taken [N, K]."""
        return self.barriers.is_open

    @classmethod
    def empty(cls, options: tuple[str, ...]) -> "Appraisal":
        """Return an appraisal without deciders."""
        k = len(options)
        no_figures = np.zeros((0, k))
        return cls(
            options,
            np.zeros(0, np.int64),
            no_figures,
            no_figures,
            no_figures,
            Closed.by_any((0, k)),
            no_figures,
        )


class Roster(NamedTuple):
    """All deciders that a population ever had, and which of them its rows are."""

    ids: Sequence[str]  # only grows, so that all years share it
    positions: Integers  # [N] of its rows


class Record(NamedTuple):
    """One decider as a reader sees it."""

    id: str
    name_en: str
    name_zh: str
    values: dict[str, Any]


class Population(Agent):
    """Many deciders of one kind.

    A subclass lists its state in `columns`: each is an attribute holding one value per decider.
    """

    kind: str  # what the tables of a result call it
    columns: tuple[str, ...] = ()

    def __init__(
        self, model: Model, ids: Sequence[str], names_en: Sequence[str], names_zh: Sequence[str]
    ) -> None:
        super().__init__(model)
        self.ids = list(ids)
        self.names_en = list(names_en)
        self.names_zh = list(names_zh)

    def __len__(self) -> int:
        """Return the number of deciders."""
        return len(self.ids)

    @property
    def roster(self) -> Roster:
        """The names under which a ledger keeps the rows."""
        return Roster(self.ids, np.arange(len(self)))

    def __iter__(self) -> Iterator[Record]:
        return (self.record(row) for row in range(len(self)))

    def __getitem__(self, name: str) -> Record:
        """Return one decider by id or by English or Chinese name.

        Raises:
            KeyError: if no decider has that id or name.
        """
        for names in (self.ids, self.names_en, self.names_zh):
            if name in names:
                return self.record(names.index(name))
        raise KeyError(f"no decider `{name}` in {type(self).__name__}")

    def record(self, row: int) -> Record:
        """Return the decider in `row` with its state now."""
        values = {column: getattr(self, column)[row] for column in self.columns}
        return Record(self.ids[row], self.names_en[row], self.names_zh[row], values)


class Investors(Population):
    """Deciders that each choose one option; Mesa users override `choose`, which sees all of the kind at once."""

    is_green: Booleans  # [K] which options lenders label green
    is_capture: Booleans  # [K] which capture CO2
    closing: str | None = None  # the option that needs no lender

    def choose(self, appraisal: Appraisal) -> Integers:
        """Choose each decider's option: the highest positive NPV, else 0 [N].

        Options of one decider exclude each other, so that NPV ranks them. Source: investment role of
        EMLab-Generation (Chappin et al. 2017): argmax NPV subject to NPV > 0.
        """
        return np.asarray(choose_best_paying(appraisal.npv_cny, appraisal.feasible))

    def loan_class(self, appraisal: Appraisal, option: Integers) -> Integers:
        """Classify the loan for each option by `LOAN_CLASSES` [N]."""
        return np.where(self.is_green[option], GREEN_LOAN, OTHER_LOAN)
