"""Decisions of a review: checked as a rule of anybody gives them, and written down as rows of reviews."""

import math
from collections.abc import Iterator, Mapping

from tanlu.core.words.messages import MessagePart, build_message
from tanlu.finance.reviews import (
    BoundMove,
    Decision,
    InstrumentView,
    Move,
    Pull,
    Review,
    ReviewRule,
    ReviewView,
    is_at_bound,
)
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest


def read_decision(rule: ReviewRule, view: ReviewView) -> Decision:
    """Ask a rule, and refuse what is no decision, names no instrument, or is no number.

    Raises:
        ExtensionError: with the rule, the province and the year.
    """
    decision = rule.review(view)
    act = build_message("review_of", rule=type(rule).__name__, province=view.province, year=view.year)
    if not isinstance(decision, Decision) or not isinstance(decision.moves, Mapping):
        raise _refusal(act, build_message("no_decision", given=type(decision).__name__))
    for name, move in decision.moves.items():
        if name not in view.instruments:
            names = list(view.instruments)
            advice = suggest(nearest(str(name), names), build_message("there_are", names=names))
            raise _refusal(act, build_message("no_instrument", name=printable(str(name)), advice=advice))
        if not isinstance(move, Move) or not _is_number(move.change):
            given = printable(repr(move.change if isinstance(move, Move) else move))
            raise _refusal(act, build_message("no_move", name=name, given=given))
    return decision


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refusal(act: MessagePart, reason: MessagePart) -> ExtensionError:
    return ExtensionError(build_message("acted", act=act, what=reason))


def list_reviews(
    view: ReviewView, instrument: InstrumentView, move: Move | None, bound: BoundMove, value: float
) -> Iterator[Review]:
    """List what became of an instrument, a row for each of its aims.

    Args:
        view: what the regulator saw.
        instrument: that was reviewed.
        move: that the rule wanted; None where it named none.
        bound: the move as it was made.
        value: of the instrument afterwards, in the first year in which the decision is in force.
    """
    is_missed = view.joint is None or view.joint.is_missed_next
    wanted = 0.0 if move is None else float(move.change)
    pulls = {} if move is None else move.pulls
    is_decided = False
    for name in instrument.aims:
        aim = view.aims[name]
        pull = pulls.get(name, Pull(aim.gap, aim.gap, wanted))
        is_deciding = not is_decided and pull.move == wanted
        is_decided = is_decided or is_deciding
        yield Review(
            year=view.year,
            from_year=view.from_year,
            province=view.province,
            instrument=instrument.name,
            aim=name,
            variable=aim.variable,
            unit=aim.unit,
            measured=aim.latest,
            path=aim.latest_path,
            gap=pull.gap,
            gap_sum=pull.gap_sum,
            wanted_move=pull.move,
            is_deciding=is_deciding,
            move=bound.change,
            value=value,
            cut=bound.cut,
            cut_value=bound.figure,
            cut_limit=bound.limit,
            forecast_year=aim.next_year,
            forecast=aim.forecast,
            forecast_path=aim.next_path,
            is_out_of_reach=is_at_bound(instrument, value) and aim.is_missed_next and is_missed,
            joint_abatement_mtco2_per_year=math.nan if move is None else move.joint_abatement_mtco2_per_year,
        )
