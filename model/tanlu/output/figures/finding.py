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

    def written(self, value: float) -> str:
        """Return a value with its unit."""
        return str(Quantity(number(value * self.axis["factor"], self.axis["digits"]), self.axis["unit"]))


def finding_of_one(subject: Subject, ends: Ends, language: str) -> str:
    """Say how an indicator moves between two years."""
    first, last = (subject.written(value) for value in ends)
    key = "level" if first == last else "down" if ends.last < ends.first else "up"
    return _told(key, subject, {"from": first, "to": last}, language)


def finding_of_several(subject: Subject, compared: Sequence[Compared], language: str) -> str:
    """Say which scenario differs most from its reference in the last year; nothing of what chance may have made."""
    sure = [one for one in compared if one.change.mean != 0.0 and not one.change.is_in_noise]
    if not sure:
        changes = [one.change for one in compared]
        same = all(one.unchanged or one.mean == one.half_width == 0.0 for one in changes)
        references = COMMAS[language].join(dict.fromkeys(one.reference for one in compared))
        return _told("identical" if same else "alike", subject, {"reference": references}, language)
    most = max(sure, key=lambda one: abs(one.change.mean))
    change = subject.written(abs(most.change.mean))
    if most.change.half_width > 0.0:
        amount, half = (
            number(value * subject.axis["factor"], subject.axis["digits"])
            for value in (abs(most.change.mean), most.change.half_width)
        )
        change = str(Quantity(f"{amount} ± {half}", subject.axis["unit"]))
    key = "lower" if most.change.mean < 0.0 else "higher"
    told = {"reference": most.reference, "name": most.name, "change": change}
    return _told(key, subject, told, language)


def _told(key: str, subject: Subject, places: Mapping[str, str], language: str) -> str:
    first, last = subject.years
    values = {"label": subject.label, "first": first, "last": last, **places}
    return text(language, f"compare.{key}", values)
