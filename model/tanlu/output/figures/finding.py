"""What a chart of one indicator shows, in a sentence made of its numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.output.differences import Difference
from tanlu.output.figures.quantities import Axis, Quantity, number


class Ends(NamedTuple):
    """An indicator of one scenario in the first and the last year that are shown."""

    first: float
    last: float


class Compared(NamedTuple):
    """A scenario, what it is measured against, and by how much they differ in the last year."""

    name: str
    reference: str
    change: Difference


class Subject(NamedTuple):
    """What is shown, and how its values are written."""

    label: str
    axis: Axis
    years: tuple[int, int]  # first and last

    def write_value(self, value: float) -> str:
        """Write a value with its unit."""
        return str(Quantity(number(value * self.axis["factor"], self.axis["digits"]), self.axis["unit"]))


def finding_of_one(subject: Subject, ends: Ends, language: str) -> str:
    """Say how an indicator moves between two years."""
    first, last = (subject.write_value(value) for value in ends)
    key = "level" if first == last else "down" if ends.last < ends.first else "up"
    return _sentence(key, subject, {"from": first, "to": last}, language)


def finding_of_several(subject: Subject, compared: Sequence[Compared], language: str) -> str:
    """Name the scenario that differs most from its reference, beyond noise."""
    sure = [
        comparison for comparison in compared if comparison.change.mean != 0.0 and comparison.change.has_sign
    ]
    if not sure:
        changes = [comparison.change for comparison in compared]
        is_same = all(change.unchanged or change.mean == change.half_width == 0.0 for change in changes)
        references = COMMAS[language].join(dict.fromkeys(comparison.reference for comparison in compared))
        return _sentence("identical" if is_same else "alike", subject, {"reference": references}, language)
    largest = max(sure, key=lambda comparison: abs(comparison.change.mean))
    change = subject.write_value(abs(largest.change.mean))
    if largest.change.half_width > 0.0:
        amount, half = (
            number(value * subject.axis["factor"], subject.axis["digits"])
            for value in (abs(largest.change.mean), largest.change.half_width)
        )
        change = str(Quantity(f"{amount} ± {half}", subject.axis["unit"]))
    key = "lower" if largest.change.mean < 0.0 else "higher"
    places = {"reference": largest.reference, "name": largest.name, "change": change}
    return _sentence(key, subject, places, language)


def _sentence(key: str, subject: Subject, places: Mapping[str, str], language: str) -> str:
    first, last = subject.years
    values = {"label": subject.label, "first": first, "last": last, **places}
    return text(language, f"compare.{key}", values)
