"""Which way each key of an instrument works: the table of laws that the tests hold, as users read it.

`uv run python -m tests.laws` writes `laws.csv`; docs/laws.md has the whole table with its reasons.
"""

import csv
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from tanlu.core.words import text
from tanlu.core.words.numbers import MINUS, unit_name

FILE = Path(__file__).with_name("laws.csv")
OPEN = "open"  # in place of a sign: it depends, or is not told from noise
WORDS = {"+": "higher", "-": "lower", "0": "same"}


class LawRow(NamedTuple):
    """One row of the table; figures are of a mean year of paired draws, NaN where one pair alone was tried."""

    lever: str  # `policies.KIND.KEY` or `world.FACTOR`
    low: str  # value as a scenario file has it; empty where the key is not given
    high: str
    sign: str  # `+`, `-`, `0`, `x 2` or `open`
    indicator: str
    label_en: str
    label_zh: str
    unit: str
    pairs: int
    before: float  # at the lower end
    change: float
    half_width: float  # of its 95 % interval
    date: str
    commit: str

    @classmethod
    def read_row(cls, row: dict[str, str]) -> Self:
        """Read a row of the file."""
        figures = {name: float(row[name] or "nan") for name in ("before", "change", "half_width")}
        return cls(**{**row, **figures, "pairs": int(row["pairs"])})  # type: ignore[arg-type]


@cache
def law_rows() -> tuple[LawRow, ...]:
    """Read the table."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(map(LawRow.read_row, csv.DictReader(file)))


def law_sentences(kind: str, key: str, language: str) -> tuple[str, ...]:
    """Say which way a key of an instrument works; nothing where no law is about it.

    Laws on payments and records have no words of the catalogue, and are told of keys that have no other.
    """
    laws = [law for law in law_rows() if law.lever == f"policies.{kind}.{key}"]
    worded_laws = [law for law in laws if law.sign == OPEN or law.unit]
    return tuple(dict.fromkeys(_sentence(law, language) for law in worded_laws or laws))


def _sentence(law: LawRow, language: str) -> str:
    if law.sign == OPEN:
        return text(language, "explain.law_open")
    values = {
        "indicator": law.label_zh if language == "zh" else law.label_en,
        "low": _at(law.low, language),
        "high": _at(law.high, language),
        "factor": law.sign.removeprefix("x "),
    }
    sentence = text(language, f"explain.law_{WORDS.get(law.sign, 'times')}", values)
    if math.isnan(law.change):
        return sentence
    figures = {"change": with_interval(law.change, law.half_width), "pairs": law.pairs}
    return sentence + text(
        language, "explain.law_measured", figures | {"unit": unit_name(law.unit, language)}
    )


def _at(value: str, language: str) -> str:
    return (
        text(language, "explain.law_at", {"value": value}) if value else text(language, "explain.law_without")
    )


def with_interval(change: float, half_width: float) -> str:
    """Write a change and half the width of its interval, with the digits that the interval leaves."""
    last = math.log10(half_width) if half_width > 0.0 else math.log10(abs(change) or 1.0) - 1.0
    digits = 0 if math.isnan(last) else max(1 - math.floor(last), 0)
    return f"{change:+,.{digits}f} ± {half_width:,.{digits}f}".replace("-", MINUS)
