"""Official targets that an answer meets, apart by whether a policy can still change them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from tanlu.output.headline import MET, MISSED, HeadlineRow, official, peak_years
from tanlu.output.measured import Measured


class Judged(NamedTuple):
    """An official target, and what becomes of it."""

    row: HeadlineRow
    is_open: bool  # whether a policy can still change it

    @property
    def label(self) -> Mapping[str, str]:
        """Return what the target is called in each language."""
        return {"en": self.row.label_en, "zh": self.row.label_zh}


class TargetCount(NamedTuple):
    """How many targets that a policy can still change are met; those that count sinks are apart."""

    met: int
    judged: int
    decided: int  # that no policy can change any more


def judged(result: Measured, targets: pd.DataFrame, open_from: int) -> tuple[Judged, ...]:
    """Return the official targets of an answer, met or not in the mean over draws."""
    found = [row for row in _rows(result, targets) if row.verdict]
    return tuple(Judged(row, _is_open(row, open_from)) for row in found)


def count(found: Sequence[Judged]) -> TargetCount:
    """Return how many open targets are met."""
    verdicts = [one.row.verdict for one in found if one.is_open]
    met = verdicts.count(MET)
    return TargetCount(met, met + verdicts.count(MISSED), sum(not one.is_open for one in found))


def _rows(result: Measured, targets: pd.DataFrame) -> list[HeadlineRow]:
    return [*peak_years(result, targets), *official(result, targets)]


def _is_open(row: HeadlineRow, open_from: int) -> bool:
    """Tell whether a policy can change it: neither a target that was due before, nor a peak that is past."""
    due = row.target_year is not None and row.target_year >= open_from
    return due and not (row.key == "peak_year" and row.value < open_from)
