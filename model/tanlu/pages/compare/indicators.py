"""The indicators to choose from, as a tree, and what each rests on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tanlu.core.words import LANGUAGES, text
from tanlu.indicators.catalogue import Description, describe
from tanlu.region.pack import load_region

GRADES = "ABCD"


class Evidence(NamedTuple):
    """The rows of the input tables that an indicator rests on."""

    tables: int
    rows: int  # that have a grade
    shares: Mapping[str, float]  # by grade, A official to D assumed

    def in_words(self, language: str) -> str:
        """Return how far an indicator rests on statistics and on assumptions."""
        if not self.rows:
            return text(language, "compare.source_none")
        grades = ", ".join(f"{grade} {100.0 * share:.0f}%" for grade, share in self.shares.items())
        of = {"tables": self.tables, "rows": f"{self.rows:,}", "grades": grades}
        return text(language, "compare.source", of)


@lru_cache(maxsize=8)
def described(variables: tuple[str, ...], region: str) -> dict[str, Description]:
    """Return what the indicators of an answer are."""
    return describe(variables, load_region(region))


@lru_cache(maxsize=64)
def evidence(tables: tuple[str, ...], region: str) -> Evidence:
    """Return how well the tables that an indicator rests on are founded."""
    pack = load_region(region).tables
    graded = [pack[name]["grade"] for name in tables if "grade" in pack[name]]
    counts = Counter(str(grade) for column in graded for grade in column.dropna())
    rows = sum(counts.values())
    return Evidence(len(tables), rows, {grade: counts[grade] / rows for grade in GRADES if rows})


@lru_cache(maxsize=8)
def tree(variables: tuple[str, ...], region: str, language: str) -> list[dict[str, Any]]:
    """Return the indicators by theme in the order of the catalogue, each below the nearest whose name begins its own.

    An entry has the variable, its label, the text that a search reads, how deep it stands, and what it stands below.
    """
    themes: dict[str, list[Description]] = {}
    for one in described(variables, region).values():
        themes.setdefault(one.theme[language], []).append(one)
    return [{"theme": theme, "entries": _entries(found, language)} for theme, found in themes.items()]


def _entries(found: Sequence[Description], language: str) -> list[dict[str, Any]]:
    names = {one.variable for one in found}
    below: dict[str, list[Description]] = {}
    for one in found:
        below.setdefault(one.parent if one.parent in names else "", []).append(one)
    entries: list[dict[str, Any]] = []

    def add(parent: str, depth: int) -> None:
        for one in below.get(parent, ()):
            search = " ".join([one.variable, *(one.label[each] for each in LANGUAGES)]).lower()
            entry = {"variable": one.variable, "label": one.label[language], "search": search}
            entries.append({**entry, "depth": depth, "parent": parent, "below": one.variable in below})
            add(one.variable, depth + 1)

    add("", 0)
    return entries
