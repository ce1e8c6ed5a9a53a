"""A figure with what it differs by, in the room of a cell."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.core.words.numbers import number


class Change(NamedTuple):
    """By how much a figure differs from the baseline's."""

    mean: float
    half_width: float  # NaN of one draw
    is_in_noise: bool


def change_of(row: Mapping[Hashable, Any], name: str) -> Change:
    """Return the change of a result's figure; none of the baseline itself."""
    if f"change {name}" not in row:
        return Change(0.0, math.nan, False)
    return Change(row[f"change {name}"], row[f"half_width {name}"], row[f"noise {name}"])


def cell(value: float, change: Change, unit: str) -> str:
    """Format a value with its change to the baseline in brackets.

    A change within noise has no sign.
    """
    mean, half_width, is_in_noise = change
    if math.isnan(value) or math.isnan(mean) or (mean == 0.0 and not is_in_noise):
        return number(value, unit)
    if is_in_noise:
        return f"{number(value, unit)} (≈{half_width_shown(half_width, unit)})"
    change_text = number(mean, unit, sign=True)
    change_text = change_text if change_text != "0" else "+<0.01" if mean > 0.0 else "-<0.01"
    return f"{number(value, unit)} ({change_text}{half_width_shown(half_width, unit)})"


def half_width_shown(half_width: float, unit: str) -> str:
    """Return half the width of an interval, nothing where there is none."""
    if math.isnan(half_width):
        return ""
    width_text = number(half_width, unit)
    return f" ±{'<0.01' if width_text == '0' and half_width > 0.0 else width_text}"


def within(mean: float, half_width: float) -> str:
    """Return a difference with the half-width of its interval, if there is one."""
    return number(mean, "") + half_width_shown(half_width, "")


def references_in_words(names: Sequence[str], against: Sequence[int], language: str) -> str:
    """Name the first reference, and each result with another reference."""
    other_references = [
        text(language, "command.change_to", {"name": names[n], "reference": names[base]})
        for n, base in enumerate(against)
        if base
    ]
    return COMMAS[language].join([names[0], *other_references])
