"""Why an option is closed to a decider: one list of reasons for all kinds, written where the condition is decided."""

from collections.abc import Callable, Sequence
from enum import IntEnum, auto
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.core.arrays import Booleans, Floats, Integers

type Codes = NDArray[np.int8]


class ClosedBy(IntEnum):
    """What closes an option. Of several reasons the one with the highest number is told: those that last come first."""

    OPEN = 0
    PRODUCT_NEEDED = auto()
    RESERVE_NEEDED = auto()
    NO_POTENTIAL = auto()
    PACE = auto()
    DOES_NOT_PAY = auto()
    NOT_LOSING = auto()
    NO_WINDOW = auto()
    IDLE = auto()
    BUSY = auto()
    LIFE_TOO_SHORT = auto()
    TOO_SMALL = auto()
    TOO_EARLY = auto()
    EXCLUDED_BY_OTHER_OPTION = auto()
    TAKEN = auto()
    NOT_OFFERED = auto()


class Words(NamedTuple):
    """How a reason is told in one language; `figures` follow where there is a value or a limit."""

    reason: str
    figures: str = ""


WORDS: dict[ClosedBy, dict[str, Words]] = {
    ClosedBy.OPEN: {"en": Words("it is open"), "zh": Words("可以选择")},
    ClosedBy.NOT_OFFERED: {
        "en": Words("the data have no such option for such a unit or process"),
        "zh": Words("数据中此类机组或工艺没有该选项"),
    },
    ClosedBy.TAKEN: {
        "en": Words("it has this already, or builds it", ": in place from {limit} on"),
        "zh": Words("已有或正在建设", "：{limit}年起投用"),
    },
    ClosedBy.EXCLUDED_BY_OTHER_OPTION: {
        "en": Words("an option that it took or signed for excludes this one"),
        "zh": Words("与已选或已签约的选项互斥"),
    },
    ClosedBy.TOO_EARLY: {
        "en": Words("it is too early", ": offered from {limit} on"),
        "zh": Words("尚未可用", "：{limit}年起方可选择"),
    },
    ClosedBy.TOO_SMALL: {
        "en": Words("it is too small", ": {value} MW, and at least {limit} MW are asked for"),
        "zh": Words("规模过小", "：{value}兆瓦，低于{limit}兆瓦的下限"),
    },
    ClosedBy.LIFE_TOO_SHORT: {
        "en": Words("its remaining life is too short", ": {value} years, and at least {limit} are asked for"),
        "zh": Words("剩余寿命不足", "：{value}年，少于所需的{limit}年"),
    },
    ClosedBy.BUSY: {
        "en": Words("a project is under way", " until {limit}"),
        "zh": Words("已有项目在建", "，{limit}年完工"),
    },
    ClosedBy.IDLE: {"en": Words("it makes nothing this year"), "zh": Words("当年没有产出")},
    ClosedBy.NO_WINDOW: {
        "en": Words("it does not decide on this now", ": its next window is in {limit}"),
        "zh": Words("当年不在决策窗口", "：下一个窗口为{limit}年"),
    },
    ClosedBy.NOT_LOSING: {
        "en": Words("it has not lost money", ": {value} million CNY a year on average"),
        "zh": Words("近年并未亏损", "：平均每年{value}百万元"),
    },
    ClosedBy.DOES_NOT_PAY: {
        "en": Words("it does not pay", ": net present value {value} million CNY"),
        "zh": Words("不盈利", "：净现值{value}百万元"),
    },
    ClosedBy.PACE: {
        "en": Words("others use up this year's pace", ": {value} MW, and {limit} MW are left"),
        "zh": Words("当年建设规模已用完", "：需{value}兆瓦，仅余{limit}兆瓦"),
    },
    ClosedBy.NO_POTENTIAL: {
        "en": Words("the potential of the province is used up", ": {value} MW, and {limit} MW are left"),
        "zh": Words("该省潜力已用完", "：需{value}兆瓦，仅余{limit}兆瓦"),
    },
    ClosedBy.RESERVE_NEEDED: {
        "en": Words("its province needs it as reserve", ": {value} MW firm, and {limit} MW can be spared"),
        "zh": Words("该省备用容量所需", "：可靠容量{value}兆瓦，仅可减少{limit}兆瓦"),
    },
    ClosedBy.PRODUCT_NEEDED: {
        "en": Words("its customers need what it makes", ": {value} kt a year, and {limit} kt can be spared"),
        "zh": Words("客户需要其产品", "：每年{value}千吨，仅可减少{limit}千吨"),
    },
}


def told(code: ClosedBy, value: float, limit: float, language: str) -> str:
    """Return a reason in words, with its figures where it has any (NaN: it has none).

    Args:
        code: the reason.
        value: of the decider, in the unit that the words name.
        limit: that it is held against, in the same unit.
        language: "en" or "zh".
    """
    words = WORDS[code][language]
    if not (isfinite(value) or isfinite(limit)):
        return words.reason
    return words.reason + words.figures.format(value=_short(value), limit=_short(limit))


def _short(figure: float) -> str:
    return f"{round(figure, 1):.10g}"


class Bar(NamedTuple):
    """A condition that closes an option; shapes [n], or those that fit the options it is asked of."""

    code: ClosedBy
    holds: Booleans | bool
    value: Floats | Integers | float = np.nan
    limit: Floats | Integers | float = np.nan


class Reasons(NamedTuple):
    """What closes options, with the figures that its words need; [n] of one option or [n, K]."""

    by: Codes  # `ClosedBy`
    value: Floats  # of the decider, in the unit of the reason; NaN where it has none
    limit: Floats  # that it is held against; NaN where there is none


class Closed(NamedTuple):
    """Which options are closed and why; [n] of one option, or [n, K].

    A decision needs to know whether any bar holds. Which one is told follows from the same bars when somebody asks,
    which after most runs nobody does.
    """

    is_open: Booleans
    reasons: Callable[[], Reasons]

    @classmethod
    def by_any(cls, shape: int | tuple[int, int], *bars: Bar) -> "Closed":
        """Return what closes an option where any of `bars` holds."""
        return cls(np.ones(shape, bool), lambda: _nothing(shape)).and_by(*bars)

    def and_by(self, *bars: Bar) -> "Closed":
        """Return the same with more `bars`."""
        shut = ~self.is_open
        for bar in bars:
            shut |= bar.holds
        return Closed(~shut, lambda: _highest(self.reasons(), bars))

    def at(self, rows: Integers) -> "Closed":
        """Return the answers of some deciders."""
        return Closed(self.is_open[rows], lambda: _taken(self.reasons(), rows))

    def column(self, option: int) -> "Closed":
        """Return what closes one option [n]."""
        return Closed(self.is_open[:, option], lambda: _taken(self.reasons(), (slice(None), option)))

    def with_column(self, option: int, column: "Closed") -> "Closed":
        """Return the same with another answer for one option."""
        is_open = self.is_open.copy()
        is_open[:, option] = column.is_open
        return Closed(is_open, lambda: _replaced(self.reasons(), option, column.reasons()))


def side_by_side(*parts: Closed) -> Closed:
    """Return answers for several options as one [n, K]; those of one option [n] are a column."""
    widths = [1 if part.is_open.ndim == 1 else part.is_open.shape[1] for part in parts]
    is_open, start = np.empty((parts[0].is_open.shape[0], sum(widths)), bool), 0
    for part, width in zip(parts, widths, strict=True):
        is_open[:, start : start + width] = part.is_open if part.is_open.ndim > 1 else part.is_open[:, None]
        start += width
    return Closed(is_open, lambda: _beside([part.reasons() for part in parts]))


def _nothing(shape: int | tuple[int, int]) -> Reasons:
    return Reasons(np.zeros(shape, np.int8), np.full(shape, np.nan), np.full(shape, np.nan))


def _highest(before: Reasons, bars: Sequence[Bar]) -> Reasons:
    """Return the reason with the highest number of those before and of `bars` that hold."""
    by, value, limit = before.by.copy(), before.value.copy(), before.limit.copy()
    for bar in bars:
        higher = np.asarray(bar.holds) & (bar.code > by)
        np.copyto(by, bar.code, where=higher)
        np.copyto(value, bar.value, where=higher)
        np.copyto(limit, bar.limit, where=higher)
    return Reasons(by, value, limit)


def _taken(reasons: Reasons, at: Integers | tuple[slice, int]) -> Reasons:
    return Reasons(reasons.by[at], reasons.value[at], reasons.limit[at])


def _beside(parts: Sequence[Reasons]) -> Reasons:
    return Reasons(*(np.column_stack(each) for each in zip(*parts, strict=True)))


def _replaced(reasons: Reasons, option: int, column: Reasons) -> Reasons:
    changed = Reasons(reasons.by.copy(), reasons.value.copy(), reasons.limit.copy())
    changed.by[:, option] = column.by
    changed.value[:, option], changed.limit[:, option] = column.value, column.limit
    return changed
