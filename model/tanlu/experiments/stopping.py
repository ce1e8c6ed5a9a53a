"""Run as many replications as an outcome needs to be known well, and no more."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tanlu.experiments.engine import run_batch
from tanlu.experiments.estimates import estimate_of
from tanlu.experiments.executors import Pool
from tanlu.experiments.layout import Layout
from tanlu.experiments.parts import Receipt
from tanlu.experiments.plans import Plan
from tanlu.experiments.store import Store, StoreContents
from tanlu.experiments.summary import outcome_table, with_effects

STEP = 4  # replications at a time
FEWEST = 12  # of fewer an interval is too uncertain itself to end by
TIMES_MET = 2  # in a row: once may be luck


class Ending(NamedTuple):
    """The precision of an outcome over chance, in the arm in which it is known worst."""

    replications: int
    half_width_share: float  # of the figure; infinite where that is 0 and its interval is not
    wanted_share: float

    @property
    def is_met(self) -> bool:
        """Whether the outcome is known well enough."""
        return self.half_width_share <= self.wanted_share

    @property
    def replications_needed(self) -> float:
        """Number of replications that it would take, roughly.

        The half-width falls with the root of their number.
        """
        return float(np.ceil(self.replications * (self.half_width_share / self.wanted_share) ** 2))


def run_until_known(plan: Plan, store: Store, pool: Pool) -> Iterator[Receipt]:
    """Run replications until the outcome is known, and yield receipts.

    It runs what is missing of the first ones, and then more. Asked again, it ends at the same number, because it
    decides by what is stored of each stage.
    """
    repetition = plan.experiment.replications
    number, times_met = repetition.at_least, 0
    while True:
        yield from run_batch(plan.first(number), store, pool)
        if number == repetition.at_most:
            return
        times_met = times_met + 1 if ending_of(plan, store, number).is_met else 0
        if times_met >= TIMES_MET and number >= FEWEST:
            return
        number = min(number + STEP, repetition.at_most)


def ending_of(layout: Layout, store: Store, number: int) -> Ending:
    """Judge how well the outcome to end by is known.

    From the first replications.

    Raises:
        ValueError: if the experiment ends by none.
    """
    until = layout.experiment.replications.until
    if until is None:
        raise ValueError("the experiment has a fixed number of replications")
    table = with_effects(layout, outcome_table(layout, store.read({point.id for point in layout.points})))
    table = table[table["replication"] < number]
    finished = table[table[until.outcome].notna()]
    shares = [0.0]
    for _, rows in finished.groupby("arm"):
        values, replications = rows[until.outcome].to_numpy(), rows["replication"].to_numpy()
        estimate = estimate_of(values, np.zeros(values.size, np.int64), replications)  # over chance alone
        if estimate.half_width > 0.0:
            shares.append(estimate.half_width / abs(estimate.mean) if estimate.mean else np.inf)
    return Ending(number, max(shares), until.half_width_share)


def replications_done(layout: Layout, contents: StoreContents) -> int:
    """Count the replications of which every run is stored."""
    stored = Counter(point.replication for point in layout.points if point.id in contents.points)
    runs, most = len(layout.arms) * len(layout.rows), layout.experiment.replications.at_most
    return next((number for number in range(most) if stored[number] < runs), most)
