"""Tables with one parameter a row, some of them over years, for some or for all of a kind."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.region.tables import DATA_YEARS, numbers, texts


class LongTable:
    """Rows by what they are about; a blank cell stands for all of its kind.

    Args:
        file: name of the table, for messages.
        table: with the columns `parameter`, `year`, `value` and those of `about`.
        about: columns that say what a row is about, in the order in which `find` takes them.
    """

    def __init__(self, file: str, table: pd.DataFrame, about: Sequence[str]) -> None:
        self.file, self.about = file, tuple(about)
        years, values = numbers(table, "year", float(DATA_YEARS[0])), numbers(table, "value", np.nan)
        keys = list(zip(*(texts(table, column) for column in ("parameter", *about)), strict=True))
        paths: dict[tuple[str, ...], list[tuple[float, float]]] = {}
        for row in np.argsort(years, kind="stable"):
            paths.setdefault(keys[row], []).append((years[row], values[row]))
        self._paths = {key: np.array(path).T for key, path in paths.items()}

    def find(self, name: str, *place: str) -> Floats | None:
        """Return years and values of a parameter [2, n], None where it has no row."""
        blank = ("",) * (len(self.about) - len(place))
        return self._paths.get((name, *place, *blank))

    def of(self, name: str, years: Integers, *place: str) -> Floats:
        """Return a parameter over `years`: linear between, flat outside.

        Raises:
            ValueError: if it has no row.
        """
        found = self.find(name, *place)
        if found is None:
            raise ValueError(f"{self.file}: no row {' '.join((name, *filter(None, place)))}")
        return np.interp(years, *found)

    def single(self, name: str, *place: str) -> float:
        """Return a parameter that does not change over time, as `of`."""
        return float(self.of(name, DATA_YEARS[:1], *place)[0])

    def or_zero(self, name: str, years: Integers, *place: str) -> Floats:
        """Return a parameter over `years`, 0 where it has no row."""
        found = self.find(name, *place)
        return np.zeros(len(years)) if found is None else np.interp(years, *found)
