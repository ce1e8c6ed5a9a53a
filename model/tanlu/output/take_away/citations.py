"""Which sources the tables of a region pack cite, how often, and of which grade."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from tanlu.region.checks.keys import SOURCE_TABLES
from tanlu.region.pack import Region

GRADES = "ABCD"
UNLISTED_PUBLISHERS = ("this pack", "none")  # publishers of what a pack works out or knows itself


class Use(NamedTuple):
    """How often a table of the pack cites one source."""

    source: str
    rows: int
    grades: str


class Citations(NamedTuple):
    """What the tables of a pack cite."""

    uses: Mapping[str, Sequence[Use]]  # by table
    grades: Mapping[str, Mapping[str, int]]  # rows by table and grade
    sources: Mapping[str, Mapping[str, str]]  # title, publisher, year, place and licence by key

    def shares(self) -> dict[str, float]:
        """Return the share of all rows by grade."""
        counts = {
            grade: sum(counts_by_grade.get(grade, 0) for counts_by_grade in self.grades.values())
            for grade in GRADES
        }
        return {grade: count / sum(counts.values()) for grade, count in counts.items()}

    def most_cited(self, number: int) -> list[str]:
        """List the most cited sources by key, without the pack's own."""
        rows: Counter[str] = Counter()
        for uses in self.uses.values():
            rows.update({use.source: use.rows for use in uses if use.source in self.sources})
        keys = [
            key for key, _ in rows.most_common() if self.sources[key]["publisher"] not in UNLISTED_PUBLISHERS
        ]
        return keys[:number]


def citations(pack: Region) -> Citations:
    """Count the citations of the tables of a pack with source and grade."""
    tables = {name: pack.tables[name] for name in pack.tables if name not in SOURCE_TABLES}
    rows = pack.sources.fillna("").astype(str).to_dict("records")
    return Citations(
        {name: uses_of(table) for name, table in tables.items()},
        {name: Counter(table["grade"].astype(str)) for name, table in tables.items()},
        {row["source_key"]: {str(key): value for key, value in row.items()} for row in rows},
    )


def uses_of(table: pd.DataFrame) -> tuple[Use, ...]:
    """Count the sources that a table cites, most cited first.

    A row may cite several.
    """
    rows: Counter[str] = Counter()
    graded: dict[str, set[str]] = {}
    for cell, grade in zip(table["source"].astype(str), table["grade"].astype(str), strict=True):
        for source in map(str.strip, cell.split(";")):
            rows[source] += 1
            graded.setdefault(source, set()).add(grade)
    uses = (
        Use(key, n, "".join(grade for grade in GRADES if grade in graded[key])) for key, n in rows.items()
    )
    return tuple(sorted(uses, key=lambda use: (-use.rows, use.source)))
