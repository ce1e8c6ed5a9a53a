"""Official targets that an answer meets, apart by whether a policy can still change them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from tanlu.output.headline import MET, MISSED, HeadlineRow, official, peak_years
from tanlu.output.measures import Measured


class JudgedTarget(NamedTuple):
    """An official target, and what becomes of it."""

    row: HeadlineRow
    is_open: bool  # whether a policy can still change it

    @property
    def label(self) -> Mapping[str, str]:
        """Return the name of the target by language."""
        return {"en": self.row.label_en, "zh": self.row.label_zh}


class TargetCount(NamedTuple):
    """How many targets that a policy can still change are met; those that count sinks are apart."""

    met_count: int
    judged_count: int
    decided_count: int  # that no policy can change any more


def judge_targets(result: Measured, targets: pd.DataFrame, open_from: int) -> tuple[JudgedTarget, ...]:
    """Judge the official targets of an answer by the mean over draws."""
    rows = [row for row in _rows(result, targets) if row.verdict]
    return tuple(JudgedTarget(row, _is_open(row, open_from)) for row in rows)


def count(judged_targets: Sequence[JudgedTarget]) -> TargetCount:
    """Count the open targets that are met."""
    verdicts = [target.row.verdict for target in judged_targets if target.is_open]
    met_count = verdicts.count(MET)
    return TargetCount(
        met_count, met_count + verdicts.count(MISSED), sum(not target.is_open for target in judged_targets)
    )


def _rows(result: Measured, targets: pd.DataFrame) -> list[HeadlineRow]:
    return [*peak_years(result, targets), *official(result, targets)]


def _is_open(row: HeadlineRow, open_from: int) -> bool:
    """Check whether a policy can still change a target.

    It cannot change one that was due before, nor a peak that is past.
    """
    due = row.target_year is not None and row.target_year >= open_from
    return due and not (row.key == "peak_year" and row.value < open_from)
