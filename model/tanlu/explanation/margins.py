"""Why a power unit closes, stays or waits: what it earned and paid a kilowatt, and what the regulator said."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.words import text
from tanlu.ledger.margins import MARGIN_TERMS, NET_MW, UNIT
from tanlu.power.plants import LOSS_MEMORY_YEARS

CLOSING = "retire_early"


class UnitMargin(NamedTuple):
    """The margin of a unit, CNY per kW and year."""

    basis: str  # "year": mean of the years that it remembers; "expected": the year by which it decides
    first_year: int
    last_year: int
    terms: dict[str, float]  # that are not zero, costs negative; they add up to the margin
    margin: float
    reserve: float  # paid in addition as emergency reserve


class MarginExplanation(NamedTuple):
    """What decides on the closing of a unit in a year."""

    margins: tuple[UnitMargin, ...]  # of the years that it remembers, and the expected one where it decides
    regulator: str  # "agreed", "refused" or "not_asked"


def explain_margin(
    table: pd.DataFrame, options: pd.DataFrame, closed_options: pd.DataFrame, year: int
) -> MarginExplanation | None:
    """Explain the closing of a unit, None where it has no margin.

    Args:
        table: the unit's rows of `unit_margins`, of one replication.
        options: its rows of `decisions` in the year.
        closed_options: its rows of `closed_options` that hold in the year.
        year: the year.
    """
    lived = table[(table["basis"] == "year") & (table["year"] <= year)]
    lived = lived[lived["year"] > year - LOSS_MEMORY_YEARS]
    expected = table[(table["basis"] == "expected") & (table["year"] == year)]
    margins = tuple(_mean(rows) for rows in (lived, expected) if len(rows))
    return MarginExplanation(margins, _regulator(options, closed_options)) if margins else None


def basis_words(margin: UnitMargin, language: str) -> str:
    """Name the years of a margin."""
    if margin.basis == "expected":
        return text(language, "margin.expected")
    years = {"first": str(margin.first_year), "last": str(margin.last_year)}
    return text(language, "margin.year" if margin.first_year == margin.last_year else "margin.years", years)


def _mean(rows: pd.DataFrame) -> UnitMargin:
    """Average the years of a unit by what is in operation: the first counts half, and a unit may wear out."""
    weight = rows[NET_MW].to_numpy(float)
    means = {
        name: float(np.average(rows[f"{name}_{UNIT}"], weights=weight))
        for name in (*MARGIN_TERMS, "margin", "reserve")
    }
    return UnitMargin(
        basis=str(rows["basis"].iloc[0]),
        first_year=int(rows["year"].min()),
        last_year=int(rows["year"].max()),
        terms={name: means[name] for name in MARGIN_TERMS if abs(means[name]) > 0.0},
        margin=means["margin"],
        reserve=means["reserve"],
    )


def _regulator(options: pd.DataFrame, closed_options: pd.DataFrame) -> str:
    """Name the answer of the regulator to closing by its key."""
    if ((options["option"] == CLOSING) & options["started"]).any():
        return "agreed"
    refused = (closed_options["option"] == CLOSING) & (closed_options["closed_by"] == "reserve_needed")
    return "refused" if refused.any() else "not_asked"
