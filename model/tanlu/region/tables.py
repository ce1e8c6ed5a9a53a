"""Turn the tables of a region pack into arrays on the model's axes."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FIRST_DATA_YEAR, LAST_DATA_YEAR
from tanlu.core.units import DAYS_PER_MONTH
from tanlu.region.catalogue import read_layered_table
from tanlu.region.checks.absent import OPTIONAL

type Tables = Mapping[str, pd.DataFrame]

DATA_YEARS = np.arange(FIRST_DATA_YEAR, LAST_DATA_YEAR + 1)  # values are flat outside a table's years
DAYS_IN_MONTH = np.array(DAYS_PER_MONTH, dtype=float)


def read_frame(folder: Path, name: str) -> pd.DataFrame:
    """Read a table of a pack, over that of its layer, without checks."""
    return pd.read_csv(io.BytesIO(read_layered_table(folder, name).content))


def year_index(year: int) -> int:
    """Compute the row of `year` in an array over `DATA_YEARS`."""
    return int(year) - int(DATA_YEARS[0])


def yearly(rows: pd.DataFrame, value: str = "value") -> Floats:
    """Interpolate the sparse years of `rows` over `DATA_YEARS`: linear between, flat outside.

    Raises:
        ValueError: if `rows` is empty or a year occurs twice.
    """
    return interpolate(rows["year"].to_numpy(float), rows[value].to_numpy(float))


def yearly_by_province(rows: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    """Interpolate the rows of each province over `DATA_YEARS` [year, P].

    Raises:
        ValueError: if a province has no row, or a year twice.
    """
    province = rows["province"].to_numpy(object)
    years, values = rows["year"].to_numpy(float), rows["value"].to_numpy(float)
    in_provinces = (province == name for name in provinces)
    return np.stack(
        [interpolate(years[in_province], values[in_province]) for in_province in in_provinces], axis=1
    )


def by_month(rows: pd.DataFrame, value: str, provinces: Sequence[str]) -> Floats:
    """Tabulate a column by province and month [P, month], NaN if missing.

    Raises:
        ValueError: if a province has a month twice.
    """
    month = pd.to_numeric(rows["month"]).to_numpy(float)
    province, values = rows["province"].to_numpy(object), rows[value].to_numpy(float)
    square = np.full((len(provinces), DAYS_IN_MONTH.size), np.nan)
    for p, name in enumerate(provinces):
        is_filled = (province == name) & ~np.isnan(month)
        months = month[is_filled].astype(np.int64) - 1
        if np.unique(months).size < months.size:
            raise ValueError(f"{name} has a month twice: {(months + 1).tolist()}")
        square[p, months] = values[is_filled]
    return square


def interpolate(years: Floats, values: Floats) -> Floats:
    """Interpolate `values` of `years` over `DATA_YEARS`, flat outside.

    Raises:
        ValueError: if there are none, or a year occurs twice.
    """
    if years.size == 0:
        raise ValueError("no rows to interpolate")
    order = np.argsort(years)
    if (np.diff(years[order]) <= 0).any():
        raise ValueError(f"year given twice: {years[order].tolist()}")
    return np.interp(DATA_YEARS, years[order], values[order])


def codes(values: pd.Series, names: Sequence[str]) -> Integers:
    """Find the position of each value in `names`.

    Raises:
        ValueError: naming the values that are not in `names`.
    """
    position = {name: i for i, name in enumerate(names)}
    unknown = sorted({str(v) for v in values} - set(position))
    if unknown:
        raise ValueError(f"unknown {values.name}: {', '.join(unknown)}; known: {', '.join(names)}")
    return np.array([position[str(v)] for v in values], dtype=np.int64)


def numbers(table: pd.DataFrame, column: str, empty: float = 0.0) -> Floats:
    """Read a column as floats, `empty` where the cell is blank."""
    return np.ascontiguousarray(pd.to_numeric(table[column]).fillna(empty).to_numpy(dtype=float))


def texts(table: pd.DataFrame, column: str) -> tuple[str, ...]:
    """Read a column as text, empty where the cell is blank."""
    return tuple("" if pd.isna(v) else str(v) for v in table[column])


def select_rows[Columns: tuple[Any, ...]](columns: Columns, rows: Integers) -> Columns:
    """Select rows of every column of a named tuple, nested ones too."""
    parts = (select_rows(part, rows) if isinstance(part, tuple) else part[rows] for part in columns)
    return type(columns)._make(parts)  # type: ignore[attr-defined]


class LongTable:
    """Rows by what they are about; a blank cell stands for all of its kind.

    Of an optional table that the pack lacks every parameter is `absent_value`.

    Args:
        file: name of the table, for messages.
        table: with the columns `parameter`, `year`, `value` and those of `about`.
        about: columns that say what a row is about, in the order in which `find` takes them.
        absent_value: of every parameter, if the pack may lack the table and does.
    """

    def __init__(
        self, file: str, table: pd.DataFrame, columns: Sequence[str], absent_value: float = 0.0
    ) -> None:
        self.file, self.key_columns = file, tuple(columns)
        self.absent_value = absent_value
        self.is_absent = table.empty and file.removesuffix(".csv") in OPTIONAL
        years, values = numbers(table, "year", float(DATA_YEARS[0])), numbers(table, "value", np.nan)
        keys = list(zip(*(texts(table, column) for column in ("parameter", *columns)), strict=True))
        paths: dict[tuple[str, ...], list[tuple[float, float]]] = {}
        for row in np.argsort(years, kind="stable"):
            paths.setdefault(keys[row], []).append((years[row], values[row]))
        self._paths = {key: np.array(path).T for key, path in paths.items()}

    def find(self, name: str, *place: str) -> Floats | None:
        """Find years and values of a parameter [2, n], else None."""
        blank = ("",) * (len(self.key_columns) - len(place))
        return self._paths.get((name, *place, *blank))

    def interpolate(self, name: str, years: Integers, *place: str) -> Floats:
        """Interpolate a parameter over `years`: linear between, flat outside.

        Raises:
            ValueError: if it has no row.
        """
        points = self.find(name, *place)
        if points is None and self.is_absent:
            return np.full(len(years), self.absent_value)
        if points is None:
            raise ValueError(f"{self.file}: no row {' '.join((name, *filter(None, place)))}")
        return np.interp(years, *points)

    def single(self, name: str, *place: str) -> float:
        """Read a parameter that does not change over time."""
        return float(self.interpolate(name, DATA_YEARS[:1], *place)[0])

    def interpolate_or_zero(self, name: str, years: Integers, *place: str) -> Floats:
        """Interpolate a parameter over `years`, 0 where it has no row."""
        points = self.find(name, *place)
        if points is None:
            return np.full(len(years), self.absent_value if self.is_absent else 0.0)
        return np.interp(years, *points)
