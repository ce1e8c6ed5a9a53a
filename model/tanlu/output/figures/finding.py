"""What a chart of one indicator shows, in a sentence made of its numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.output.differences import Difference
from tanlu.output.figures.quantities import Axis, Quantity, number


class Ends(NamedTuple):
    """An indicator of one scenario in the first and the last year that are shown."""

    first: float
    last: float


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


def finding_of_several(
    subject: Subject, names: Sequence[str], changes: Mapping[int, Difference], language: str
) -> str:
    """Say which scenario differs most from the first in the last year; nothing of what chance may have made.

    `changes` are those in the last year by place among the names.
    """
    reference = {"reference": names[0]}
    sure = {n: one for n, one in changes.items() if one.mean != 0.0 and not one.is_in_noise}
    if not sure:
        same = all(one.unchanged or one.mean == one.half_width == 0.0 for one in changes.values())
        return _told("identical" if same else "alike", subject, reference, language)
    most = max(sure, key=lambda n: abs(sure[n].mean))
    change = subject.written(abs(sure[most].mean))
    if sure[most].half_width > 0.0:
        amount, half = (
            number(value * subject.axis["factor"], subject.axis["digits"])
            for value in (abs(sure[most].mean), sure[most].half_width)
        )
        change = str(Quantity(f"{amount} ± {half}", subject.axis["unit"]))
    key = "lower" if sure[most].mean < 0.0 else "higher"
    return _told(key, subject, {**reference, "name": names[most], "change": change}, language)


def _told(key: str, subject: Subject, places: Mapping[str, str], language: str) -> str:
    first, last = subject.years
    values = {"label": subject.label, "first": first, "last": last, **places}
    return text(language, f"compare.{key}", values)
