"""The form of every analysis: a table of findings, each with its half-width, and the notes that belong to it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.intervals import student_quantile
from tanlu.output.differences import half_width

RESAMPLES = 1000
SEED = 1  # of resampling: the same store gives the same table


class Note(NamedTuple):
    """A sentence below a table, by its key in the catalogue of words."""

    key: str
    values: Mapping[str, Any]


class Analysis(NamedTuple):
    """The findings of one method on one outcome of one arm."""

    method: str
    arm: str  # empty where arms are what is compared
    outcome: str
    unit: str  # of effects; empty of shares
    table: pd.DataFrame
    noise_share: float  # of the variance; NaN where chance was not varied
    notes: tuple[Note, ...] = ()

    def frame(self) -> pd.DataFrame:
        """Build the table with its labels in each row, for files."""
        labels = {"method": self.method, "arm": self.arm, "outcome": self.outcome, "unit": self.unit}
        return self.table.assign(**labels, noise_share=self.noise_share)[
            [*labels, *self.table.columns, "noise_share"]
        ]

    def plain(self) -> dict[str, Any]:
        """Convert the analysis to plain data.

        What is not known is null.
        """
        rows = [{name: _plain(value) for name, value in row.items()} for row in self.table.to_dict("records")]
        return {
            "method": self.method,
            "arm": self.arm,
            "outcome": self.outcome,
            "unit": self.unit,
            "noise_share": _plain(self.noise_share),
            "table": rows,
            "notes": [{"note": note.key, **note.values} for note in self.notes],
        }


def _plain(value: Any) -> Any:
    if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def ranks_of(better: Booleans) -> Integers:
    """Rank [N] by which of each pair is more beyond noise.

    [i, j] of `better` [N, N] says whether i is more than j. A rank is one more than the number of those that are
    more. Two between which noise decides share one.
    """
    ranks: Integers = 1 + better.sum(axis=0)
    return ranks


def find_means(effects: Floats) -> tuple[Floats, Floats]:
    """Compute means over repetitions [N, D] and their half-widths."""
    return effects.mean(axis=0), np.array([half_width(column) for column in effects.T])


def compare_means(sizes: Floats) -> Booleans:
    """Test whether the mean of i exceeds that of j, [D, D].

    The means are over repetitions [N, D], and the difference is beyond noise.
    """
    number = len(sizes)
    differences = sizes[:, :, None] - sizes[:, None, :]
    errors = differences.std(axis=0, ddof=1) / np.sqrt(number)
    return np.asarray(differences.mean(axis=0) > student_quantile(number - 1.0) * errors)


def more_beyond_noise(resampled: Floats) -> Booleans:
    """Test whether i exceeds j beyond noise, [N, N].

    It must in all but 2.5 % of the resamples [B, N], which share what is drawn.
    """
    low = np.quantile(resampled[:, :, None] - resampled[:, None, :], 0.025, axis=0)
    is_more: Booleans = low > 0.0
    return is_more


def ranked(table: pd.DataFrame, ranks: Integers, noise: Booleans, sort_column: str) -> pd.DataFrame:
    """Sort a table by a column, and add `rank`.

    Rows in noise come last and have none.
    """
    column = pd.array(np.where(noise, 0, ranks), dtype="Int64")
    column[noise] = pd.NA
    table = table.assign(rank=column, noise=noise)
    order = table.sort_values(["noise", "rank", sort_column], ascending=[True, True, False], kind="stable")
    first = ["rank", *[name for name in order.columns if name not in ("rank", "noise")]]
    return order[[*first, "noise"]].reset_index(drop=True)


def share_interval(count: int, number: int) -> tuple[float, float]:
    """Compute middle and half-width of a share's 95 % interval.

    By Wilson (1927); NaN of nothing.
    """
    if not number:
        return math.nan, math.nan
    z, share = 1.959963984540054, count / number
    spread = z * math.sqrt(share * (1.0 - share) / number + z * z / (4.0 * number * number))
    weight = 1.0 + z * z / number
    return (share + z * z / (2.0 * number)) / weight, spread / weight


def labels_of(names: Sequence[str], grades: Mapping[str, str]) -> pd.DataFrame:
    """List factors by name with their grades.

    Chance and levers have an empty one.
    """
    return pd.DataFrame({"factor": list(names), "grade": [grades.get(name, "") for name in names]})
