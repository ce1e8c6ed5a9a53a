"""Why an option is closed to a decider: one list of reasons for all kinds, written where the condition is decided."""

from collections.abc import Callable, Sequence
from enum import IntEnum, auto
from functools import partial
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.words import text
from tanlu.core.words.numbers import PER_MILLION, PER_THOUSAND

type Codes = NDArray[np.int8]


class ClosedBy(IntEnum):
    """What closes an option. Of several reasons the one with the highest number is told: those that last come first."""

    OPEN = 0
    PRODUCT_NEEDED = auto()
    RESERVE_NEEDED = auto()
    NO_POTENTIAL = auto()
    PACE = auto()
    CAPTURE_PACE = auto()
    DOES_NOT_PAY = auto()
    NOT_LOSING = auto()
    NO_WINDOW = auto()
    IDLE = auto()
    BUSY = auto()
    LIFE_TOO_SHORT = auto()
    TOO_SMALL = auto()
    TOO_EARLY = auto()
    FORBIDDEN = auto()
    EXCLUDED_BY_OTHER_OPTION = auto()
    TAKEN = auto()
    NOT_LICENSED = auto()
    OWNER_FAILED = auto()
    NOT_OFFERED = auto()  # last: what a plant can never have is closed for no other reason


# By what a language multiplies figures of reasons, which are MW, kt or million CNY; years stay as they are.
SIZES = {
    **dict.fromkeys((ClosedBy.DOES_NOT_PAY, ClosedBy.NOT_LOSING), PER_MILLION),
    **dict.fromkeys(
        (
            ClosedBy.PRODUCT_NEEDED,
            ClosedBy.RESERVE_NEEDED,
            ClosedBy.NO_POTENTIAL,
            ClosedBy.PACE,
            ClosedBy.CAPTURE_PACE,
            ClosedBy.TOO_SMALL,
        ),
        PER_THOUSAND,
    ),
}


def reason_sentence(code: ClosedBy, value: float, limit: float, language: str) -> str:
    """Write a reason in words, with figures unless they are NaN.

    Args:
        code: the reason.
        value: of the decider, in the unit that the words name.
        limit: that it is held against, in the same unit.
        language: "en" or "zh".
    """
    name = code.name.lower()
    reason = text(language, f"reason.{name}")
    if not (isfinite(value) or isfinite(limit)):
        return reason
    size = SIZES[code][language] if code in SIZES else 1.0
    figures = {"value": _short(size * value), "limit": _short(size * limit)}
    return reason + text(language, f"reason_figures.{name}", figures)


def _short(figure: float) -> str:
    return f"{round(figure, 1 if abs(figure) >= 1.0 else 2):.10g}"


class Bar(NamedTuple):
    """A condition that closes an option; shapes [n], or those that fit the options it is asked of."""

    code: ClosedBy
    holds: Booleans | bool
    value: Floats | Integers | float = np.nan
    limit: Floats | Integers | float = np.nan


class Reasons(NamedTuple):
    """What closes options, with the figures that its words need; [n] of one option or [n, K]."""

    code: Codes  # `ClosedBy`
    value: Floats  # of the decider, in the unit of the reason; NaN where it has none
    limit: Floats  # that it is held against; NaN where there is none


class Closed(NamedTuple):
    """Which options are closed and why; [n] of one option, or [n, K].

    A decision needs to know whether any bar holds. Which one is told follows from the same bars when somebody asks,
    which after most runs nobody does. Until then a function of this file waits with its operands: a model with a
    closure in its state could not be copied.
    """

    is_open: Booleans
    reasons: Callable[[], Reasons]

    @classmethod
    def by_any(cls, shape: int | tuple[int, int], *bars: Bar) -> "Closed":
        """Close an option where any of `bars` holds."""
        return cls(~_shut(np.zeros(shape, bool), bars), partial(_list_bars, shape, bars))

    def and_by(self, *bars: Bar) -> "Closed":
        """Return the same with more `bars`."""
        return Closed(~_shut(~self.is_open, bars), partial(_add_bars, self.reasons, bars))

    def select(self, rows: Integers) -> "Closed":
        """Select the answers about some deciders."""
        return Closed(self.is_open[rows], partial(_select, self.reasons, rows))

    def column(self, option: int) -> "Closed":
        """Select the answers about one option [n]."""
        return Closed(self.is_open[:, option], partial(_select, self.reasons, (slice(None), option)))

    def with_column(self, option: int, column: "Closed") -> "Closed":
        """Return the same with another answer for one option."""
        is_open = self.is_open.copy()
        is_open[:, option] = column.is_open
        return Closed(is_open, partial(_replaced, self.reasons, option, column.reasons))


def side_by_side(*parts: Closed) -> Closed:
    """Join answers about several options as columns [n, K]."""
    widths = [1 if part.is_open.ndim == 1 else part.is_open.shape[1] for part in parts]
    is_open, start = np.empty((parts[0].is_open.shape[0], sum(widths)), bool), 0
    for part, width in zip(parts, widths, strict=True):
        is_open[:, start : start + width] = part.is_open if part.is_open.ndim > 1 else part.is_open[:, None]
        start += width
    return Closed(is_open, partial(_as_columns, [part.reasons for part in parts]))


def _shut(before: Booleans, bars: Sequence[Bar]) -> Booleans:
    """Add the options that `bars` close to `before`, in place."""
    for bar in bars:
        before |= bar.holds
    return before


def _list_bars(shape: int | tuple[int, int], bars: Sequence[Bar]) -> Reasons:
    """List the highest reason of each option that any of `bars` closes."""
    nothing = Reasons(np.zeros(shape, np.int8), np.full(shape, np.nan), np.full(shape, np.nan))
    return _highest(nothing, bars)


def _add_bars(before: Callable[[], Reasons], bars: Sequence[Bar]) -> Reasons:
    return _highest(before(), bars)


def _highest(before: Reasons, bars: Sequence[Bar]) -> Reasons:
    """Choose the highest reason among `before` and the bars that hold."""
    code, value, limit = before.code.copy(), before.value.copy(), before.limit.copy()
    for bar in bars:
        higher = np.asarray(bar.holds) & (bar.code > code)
        if not higher.any():
            continue
        np.copyto(code, bar.code, where=higher)
        np.copyto(value, bar.value, where=higher)
        np.copyto(limit, bar.limit, where=higher)
    return Reasons(code, value, limit)


def _select(whole: Callable[[], Reasons], rows: Integers | tuple[slice, int]) -> Reasons:
    reasons = whole()
    return Reasons(reasons.code[rows], reasons.value[rows], reasons.limit[rows])


def _as_columns(parts: Sequence[Callable[[], Reasons]]) -> Reasons:
    reasons = [part() for part in parts]
    return Reasons(*(np.column_stack(parts_of_field) for parts_of_field in zip(*reasons, strict=True)))


def _replaced(whole: Callable[[], Reasons], option: int, column: Callable[[], Reasons]) -> Reasons:
    before, reasons = whole(), column()
    replacement = Reasons(before.code.copy(), before.value.copy(), before.limit.copy())
    replacement.code[:, option] = reasons.code
    replacement.value[:, option], replacement.limit[:, option] = reasons.value, reasons.limit
    return replacement
