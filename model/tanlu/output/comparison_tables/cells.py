"""A figure with what it differs by, in the room of a cell."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.core.intervals import RARE_COLUMNS, RareOutcome
from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.core.words.numbers import number
from tanlu.output.figures.figure import rare_in_words

CHANGE_COLUMNS = ("change", "half_width", "noise", *RARE_COLUMNS)


class Change(NamedTuple):
    """By how much a figure differs from the baseline's."""

    mean: float
    half_width: float  # NaN of one draw
    is_in_noise: bool
    rare: RareOutcome | None = None


def change_of(row: Mapping[Hashable, Any], name: str) -> Change:
    """Return the change of a result's figure; none of the baseline itself."""
    if f"change {name}" not in row:
        return Change(0.0, math.nan, False)
    return _read_change({column: row[f"{column} {name}"] for column in CHANGE_COLUMNS})


def change_of_year(row: Mapping[Hashable, Any]) -> Change:
    """Return the change of a variable in a year."""
    return _read_change({column: row[column] for column in CHANGE_COLUMNS})


def _read_change(row: Mapping[str, Any]) -> Change:
    return Change(row["change"], row["half_width"], row["noise"], read_rare(row))


def read_rare(row: Mapping[Any, Any]) -> RareOutcome | None:
    """Read what draws say of a rare outcome from a row; None where it is not."""
    count, draws, *figures = (row[column] for column in RARE_COLUMNS)
    return None if math.isnan(count) else RareOutcome(int(count), int(draws), *figures)


def cell(value: float, change: Change, unit: str, language: str) -> str:
    """Format a value with its change to the baseline in brackets.

    A change within noise has no sign, and of a rare outcome stands in how many pairs it differs, if in any.
    """
    if change.rare and change.rare.occurrences:
        return f"{number(value, unit)} ({write_rare(change.rare, True, unit, language)})"
    mean, half_width, is_in_noise, _ = change
    if math.isnan(value) or math.isnan(mean) or (mean == 0.0 and not is_in_noise):
        return number(value, unit)
    if is_in_noise:
        return f"{number(value, unit)} (≈{half_width_shown(half_width, unit)})"
    change_text = number(mean, unit, sign=True)
    change_text = change_text if change_text != "0" else "+<0.01" if mean > 0.0 else "-<0.01"
    return f"{number(value, unit)} ({change_text}{half_width_shown(half_width, unit)})"


def write_rare(rare: RareOutcome, is_effect: bool, unit: str, language: str) -> str:
    """Write what draws say of a rare outcome in the room of a cell."""
    return rare_in_words(rare, is_effect, lambda amount: number(amount, unit), language)


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
