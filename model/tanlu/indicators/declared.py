"""Indicators of declared yearly tables (`records/yearly.py`), and how the catalogue describes them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.indicators.base import Indicator, Reader
from tanlu.records.carbon_tables.tables import YEARLY_TABLES
from tanlu.records.yearly import Bilingual, Display, Group, YearlyMeasure, YearlyTable


class DeclaredIndicator(NamedTuple):
    """An indicator of a declared table."""

    variable: str
    table: YearlyTable
    measure: YearlyMeasure
    display: Display
    group: Group

    @property
    def label(self) -> Bilingual:
        """What it is called: the measure, of the group if the table has several."""
        if not self.group.name:
            return self.measure.label
        return {
            "en": f"{self.measure.label['en']} of {self.group.label['en']}",
            "zh": f"{self.group.label['zh']}{self.measure.label['zh']}",
        }


def list_declared(tables: Sequence[YearlyTable] = YEARLY_TABLES) -> Iterator[DeclaredIndicator]:
    """Yield the indicators of all declared tables, in their order."""
    for table in tables:
        for measure in table.measures:
            if measure.display is not None:
                for group in table.groups:
                    variable = "|".join(filter(None, (measure.display.variable, group.name)))
                    yield DeclaredIndicator(variable, table, measure, measure.display, group)


def declared_indicators() -> list[Indicator]:
    """List the indicators of all declared tables."""
    return [Indicator(row.variable, row.display.unit, _reader_of(row)) for row in list_declared()]


def _reader_of(row: DeclaredIndicator) -> Reader:
    column = row.table.position[row.measure.name]
    rows = list(row.group.rows if row.display.is_sum else row.group.rows[:1])
    return lambda record: np.asarray(
        record.tables[row.table.name][:, rows, column].sum(axis=1) / row.display.scale
    )
