"""Reviews: what a regulator sees of its aims, the default rule that moves its instruments, and the bounds of any rule.

The rule stands on docs/model/regulators.md.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.inputs.types import Schedule

MEASURED_YEARS = 3  # whose mean is held against the path
TREND_YEARS = 5  # over which a trend is measured, and a guard's rise of tariffs
NEAR_SHARE = 0.25  # part of a guard's limit in which moves are cut: an assumption, grade D

UNCUT = ""
NOT_IN_FORCE, MAY_NOT_FALL, MOST_PER_REVIEW, WITHIN = (
    "not_in_force",
    "may_fall",
    "most_per_review",
    "within",
)


class AimView(NamedTuple):
    """An aim of a regulator; axis Y the years measured so far."""

    name: str
    variable: str
    unit: str
    sign: float  # 1 where less is better, -1 where more is
    years: Integers  # [Y]
    measured: Floats  # [Y]
    path: Floats  # [Y] in the same years
    next_year: int  # to which a forecast looks: the last year before the next review
    next_path: float
    size: float  # of the aim at the first review, above 0: a gap is a share of it

    @property
    def latest(self) -> float:
        """Mean of the last measured years."""
        return float(self.measured[-MEASURED_YEARS:].mean())

    @property
    def latest_path(self) -> float:
        """Mean of the path in the same years."""
        return float(self.path[-MEASURED_YEARS:].mean())

    @property
    def gap(self) -> float:
        """Distance to the path as a share of the aim's size, above 0 where the aim is missed."""
        return self.sign * (self.latest - self.latest_path) / self.size

    @property
    def forecast(self) -> float:
        """Carry the change of the last five years, or of all if there are fewer, on to the next review."""
        before = slice(0, max(self.years.size - TREND_YEARS, 1))
        earlier = self.years[before][-MEASURED_YEARS:], self.measured[before][-MEASURED_YEARS:]
        middle_year = float(self.years[-MEASURED_YEARS:].mean())
        span = middle_year - float(earlier[0].mean())
        slope = (self.latest - float(earlier[1].mean())) / span if span > 0.0 else 0.0
        return self.latest + slope * (self.next_year - middle_year)

    @property
    def is_missed_next(self) -> bool:
        """Check whether the forecast misses the path."""
        return self.sign * (self.forecast - self.next_path) > 1e-9 * self.size


class InstrumentView(NamedTuple):
    """A number of a policy that a regulator moves."""

    name: str  # `policy.key`
    aims: tuple[str, ...]
    path: Schedule  # of the law as it is
    value: float  # of the path in the first year in which a decision is in force
    is_in_force: bool  # whether the policy is in force in that year
    scale: float  # move for a gap of the aim's size; below 0 where less of the number does more
    proportional: float
    integral: float
    lowest: float
    highest: float
    most_per_review: float
    may_fall: bool


class GuardView(NamedTuple):
    """A limit at which a regulator stops."""

    name: str
    value: float  # as measured last
    limit: float

    @property
    def open_share(self) -> float:
        """Part of a move that it lets pass: 1 far from the limit, 0 at it and beyond."""
        return min(max((self.limit - self.value) / (NEAR_SHARE * self.limit), 0.0), 1.0)


class Pull(NamedTuple):
    """What an aim asks of an instrument."""

    gap: float
    gap_sum: float  # with this gap
    move: float  # wanted


class Move(NamedTuple):
    """What a rule wants of an instrument."""

    change: float
    pulls: Mapping[str, Pull] = {}  # by aim; a rule need not give them
    joint_abatement_mtco2_per_year: float = math.nan  # that a joint office expects of it in the province


class Decision(NamedTuple):
    """What a rule decides at a review."""

    moves: Mapping[str, Move]  # by instrument; others stay


class Review(NamedTuple):
    """What became of an instrument at a review, in view of one aim."""

    year: int
    from_year: int  # first in which the decision is in force
    province: str  # or `national`
    instrument: str
    aim: str
    variable: str  # of the aim
    unit: str
    measured: float
    path: float
    gap: float
    gap_sum: float
    wanted_move: float  # by this aim
    is_deciding: bool  # whether this aim moved it
    move: float
    value: float  # afterwards, in `from_year`
    cut: str  # by which bound or guard the move was cut; empty where it was not
    cut_value: float  # figure of the bound or guard; NaN where none cut it
    cut_limit: float
    forecast_year: int  # the last before the next review
    forecast: float  # of the aim
    forecast_path: float
    is_out_of_reach: bool  # at the bound, and the forecast still misses
    joint_abatement_mtco2_per_year: (
        float  # that a joint office expects of the wanted move; NaN outside of one
    )


class ReviewView(NamedTuple):
    """What a rule sees at a review; nothing in it can be written to."""

    year: int
    from_year: int  # first in which a decision is in force
    province: str  # or `national`
    aims: Mapping[str, AimView]
    instruments: Mapping[str, InstrumentView]
    guards: tuple[GuardView, ...]
    reviews: tuple[Review, ...]  # earlier ones, oldest first
    spent_cny: Mapping[str, float]  # by the regulator in the year before, by item
    received_cny: Mapping[str, float]
    nameplate_margin_percent: float  # of the province in the year before; NaN of the nation
    joint: AimView | None = None  # aim of the joint office that the province belongs to

    def last_pull(self, instrument: str, aim: str) -> Review | None:
        """Find the last review of an instrument in view of an aim."""
        rows = [row for row in self.reviews if (row.instrument, row.aim) == (instrument, aim)]
        return rows[-1] if rows else None


class ReviewRule(Protocol):
    """How a regulator decides."""

    def review(self, view: ReviewView) -> Decision:
        """Decide how instruments move."""


class IntegralReview:
    """Move each instrument by the gap of its aim and by the sum of the gaps so far.

        g = sign (mean of the last three measured years - path of the same years) / size of the aim
        move = scale (proportional g + integral sum of g)

    The sum stands still while a move is cut; else years at a bound would keep an instrument tight for ever. Of several
    aims the one with the largest move decides.
    """

    def review(self, view: ReviewView) -> Decision:
        """Decide how instruments move."""
        return Decision({name: self.weigh(view, name) for name in view.instruments})

    def weigh(self, view: ReviewView, name: str) -> Move:
        """Weigh the aims of an instrument."""
        instrument, pulls = view.instruments[name], {}
        for aim in instrument.aims:
            last, gap = view.last_pull(name, aim), view.aims[aim].gap
            gap_sum = gap
            if last is not None:
                gap_sum += last.gap_sum - (last.gap if last.cut else 0.0)
            weighted = instrument.proportional * gap + instrument.integral * gap_sum
            pulls[aim] = Pull(gap, gap_sum, instrument.scale * weighted)
        return Move(max(pulls.values(), key=lambda pull: pull.move / instrument.scale).move, pulls)


class BoundMove(NamedTuple):
    """A move within all bounds, and what cut it."""

    change: float
    cut: str = UNCUT
    figure: float = math.nan
    limit: float = math.nan


def bound_move(instrument: InstrumentView, guards: tuple[GuardView, ...], change: float) -> BoundMove:
    """Cut a move to what the instrument and the guards allow; the last that cuts it is named."""
    is_tighter = change * instrument.scale > 0.0
    if change == 0.0:
        return BoundMove(0.0)
    if not instrument.is_in_force:
        return BoundMove(0.0, NOT_IN_FORCE)
    if not (is_tighter or instrument.may_fall):
        return BoundMove(0.0, MAY_NOT_FALL, change, 0.0)
    move = BoundMove(change)
    if abs(change) > instrument.most_per_review:
        most = math.copysign(instrument.most_per_review, change)
        move = BoundMove(most, MOST_PER_REVIEW, change, most)
    guard = min(guards, key=lambda guard: guard.open_share, default=None)
    if is_tighter and guard is not None and guard.open_share < 1.0:
        move = BoundMove(move.change * guard.open_share, guard.name, guard.value, guard.limit)
    wanted = instrument.value + move.change
    bounded = float(np.clip(wanted, instrument.lowest, instrument.highest))
    if bounded != wanted:
        return BoundMove(bounded - instrument.value, WITHIN, wanted, bounded)
    return move


def is_at_bound(instrument: InstrumentView, value: float) -> bool:
    """Check whether an instrument can be tightened no more."""
    return value >= instrument.highest if instrument.scale > 0.0 else value <= instrument.lowest
