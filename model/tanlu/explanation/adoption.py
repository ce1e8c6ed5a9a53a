"""Why the many buyers behind one row of vehicles or builders divided as they did in a year, term by term."""

from typing import Any, NamedTuple

import pandas as pd

from tanlu.core.words import text
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.ledger.adoption_shares import MEASURES


class AdoptionOption(NamedTuple):
    """One option of a row, told of a vehicle and year or of a square metre."""

    option: str
    label_en: str
    label_zh: str
    share: float
    wanted_share: float  # without mandate and limits of plants
    quantity: float  # vehicles, or square metres
    terms_cny: dict[str, float]  # costs negative
    switching_subsidy_cny: float  # per vehicle or square metre, that would make it worth as much as the best

    @property
    def worth_cny(self) -> float:
        """Sum the terms."""
        return sum(self.terms_cny.values())


class AdoptionExplanation(NamedTuple):
    """How the buyers of one row divided in one year, in the first replication."""

    scenario: str
    decider: str
    name_en: str
    name_zh: str
    kind: str  # a key of `MEASURES`
    year: int
    other_years: tuple[int, ...]
    options: tuple[AdoptionOption, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """List the terms that are not zero for every option."""
        names = MEASURES[self.kind].terms
        return tuple(name for name in names if any(option.terms_cny[name] != 0.0 for option in self.options))


def explain_adoption(scenario: str, shares: pd.DataFrame, year: int | None) -> AdoptionExplanation:
    """Explain how the buyers of a row divided in a year.

    Args:
        scenario: its name.
        shares: one decider's rows of the first replication, all years.
        year: the year; None for the last one.

    Raises:
        ResultError: if the run has no such year; the message says which it has.
    """
    years = sorted(int(y) for y in shares["year"].unique())
    chosen_year = years[-1] if year is None else year
    first = shares.iloc[0]
    if chosen_year not in years:
        raise ResultError(
            build_message(
                "decided_from", name=first["decider"], year=chosen_year, first=years[0], last=years[-1]
            )
        )
    rows = shares[shares["year"] == chosen_year].to_dict("records")
    return AdoptionExplanation(
        scenario=scenario,
        decider=str(first["decider"]),
        name_en=str(first["name"]),
        name_zh=str(first["name_zh"]),
        kind=str(first["kind"]),
        year=chosen_year,
        other_years=tuple(y for y in years if y != chosen_year),
        options=tuple(_option(row) for row in rows),
    )


def adoption_as_data(answer: AdoptionExplanation) -> dict[str, Any]:
    """Return an answer as plain data for JSON."""
    options = [option._asdict() | {"worth_cny": option.worth_cny} for option in answer.options]
    return answer._asdict() | {"options": options, "per": MEASURES[answer.kind].subsidy_unit}


def _option(row: dict[Any, Any]) -> AdoptionOption:
    measure, option = MEASURES[str(row["kind"])], str(row["option"])
    return AdoptionOption(
        option,
        label_en=text("en", f"option.{option}"),
        label_zh=text("zh", f"option.{option}"),
        share=float(row["share"]),
        wanted_share=float(row["wanted_share"]),
        quantity=float(row[measure.pieces]),
        terms_cny={term: float(row[f"{term}_{measure.term_unit}"]) for term in measure.terms},
        switching_subsidy_cny=float(row[f"switching_subsidy_{measure.subsidy_unit}"]),
    )
