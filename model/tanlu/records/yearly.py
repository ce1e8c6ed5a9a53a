"""A yearly table by declaration: one entry a quantity gives the record, the table, the indicator, its words, its chart.

A `YearlyTable` lists rows and `YearlyMeasure`s. Everything else follows: `YearRecord.tables` holds it, a result has a
table of its name, indicators and their catalogue follow from `display`, and the browser app draws each chart.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.ledger.columns import Part, Text
from tanlu.records.happened import YearOutcome
from tanlu.region.pack import Region

type Bilingual = Mapping[str, str]  # by language


class Display(NamedTuple):
    """How a measure becomes indicators: the table's groups of rows each give one."""

    variable: str  # of the table as a whole; the group's name is added
    unit: str
    scale: float  # of the table's unit, in one of the indicator's
    chart: str = ""  # of the table's page; empty for none
    colour: str = ""  # of its line; empty where each group has its own
    better: Literal["lower", "higher", ""] = ""
    is_sum: bool = True  # of its group's rows; else its first row stands for the group
    parts: tuple[str, ...] = ()  # variables that add up to it
    is_dashed: bool = False
    line: tuple[str, str] = ("", "")  # short name of its line in English and Chinese; empty: its label


class YearlyMeasure(NamedTuple):
    """A quantity of a yearly table."""

    name: str  # of the column
    unit: str  # as files write it
    en: tuple[str, str]  # what it is called, and what it is
    zh: tuple[str, str]
    read: Callable[[YearOutcome], Floats]  # [rows] or []
    display: Display | None = None

    @property
    def label(self) -> Bilingual:
        """What it is called."""
        return {"en": self.en[0], "zh": self.zh[0]}

    @property
    def text(self) -> Bilingual:
        """What it is."""
        return {"en": self.en[1], "zh": self.zh[1]}


class Group(NamedTuple):
    """Rows that one indicator stands for."""

    name: str  # in the variable; empty where the table has one row
    rows: tuple[int, ...]
    label: Bilingual
    colour: str = ""


SINGLE_ROW = (Group("", (0,), {"en": "", "zh": ""}),)  # of a table with one row a year


class YearlyTable(NamedTuple):
    """A table with the same rows each year."""

    name: str
    theme: Bilingual
    tables: tuple[str, ...]  # of the region pack, on which it rests
    row_columns: Callable[[Region], Mapping[str, tuple[str, ...]]]  # what names each row, by column
    measures: tuple[YearlyMeasure, ...]
    groups: tuple[Group, ...] = ()
    charts: Mapping[str, Bilingual] = MappingProxyType({})  # titles of charts by key
    is_there: Callable[[YearOutcome], bool] = lambda _: True  # else all of the year is 0

    @property
    def position(self) -> dict[str, int]:
        """The place of each measure by its name."""
        return {measure.name: n for n, measure in enumerate(self.measures)}


def measure_table(table: YearlyTable, year: YearOutcome, region: Region) -> Floats:
    """Measure a year of a table [rows, measures]."""
    names = next(iter(table.row_columns(region).values()), ("",))
    values = np.zeros((len(names), len(table.measures)))
    if table.is_there(year):
        for n, measure in enumerate(table.measures):
            values[:, n] = measure.read(year)
    return values


def table_columns(
    table: YearlyTable, region: Region, years: list[int], values: list[Floats]
) -> dict[str, Part]:
    """Build the columns of a table: one row a year and row."""
    names = table.row_columns(region)
    count = values[0].shape[0]
    rows, stacked = np.tile(np.arange(count), len(years)), np.concatenate(values)
    return {
        "year": np.repeat(years, count),
        **{column: Text(texts, rows) for column, texts in names.items()},
        **{measure.name: stacked[:, n] for n, measure in enumerate(table.measures)},
    }
