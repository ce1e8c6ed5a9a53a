"""Why a regulator moved its policies as it did at a review: gaps to its aims, bounds and guards."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tanlu.core.plain_rows import plain_row
from tanlu.core.words import LANGUAGES, text
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.core.words.numbers import PER_MILLION, number, unit_name
from tanlu.region.catalogue import region_axes
from tanlu.scenario.value_words import owner_title

if TYPE_CHECKING:
    from tanlu.output.result import Result


class ReviewExplanation(NamedTuple):
    """One review of a regulator, in the first replication."""

    scenario: str
    province: str
    names: dict[str, str]  # of the province, by language
    year: int
    from_year: int  # in which its decisions come into force
    other_years: tuple[int, ...]
    rows: pd.DataFrame  # of the table of reviews


def explain_review(result: "Result", name: str, year: int | None = None) -> ReviewExplanation | None:
    """Explain a review of the nation or a province, given by its name in either language; without a year the last one.

    None if nobody of that name reviewed anything.

    Raises:
        ResultError: if it did not review anything in that year; the message says when it did.
    """
    if result.reviews is None:
        return None
    reviews, axes = result.reviews, region_axes(result.scenario.region)
    first = reviews[reviews["replication"] == reviews["replication"].min()]
    names = {
        province: {language: owner_title(axes, province, language) for language in LANGUAGES}
        for province in first["province"].astype(str).unique()
    }
    wanted = name.strip().casefold()
    found = [p for p, words in names.items() if wanted in {p.casefold(), *map(str.casefold, words.values())}]
    if not found:
        return None
    province = found[0]
    rows = first[first["province"] == province]
    years = sorted(int(y) for y in rows["year"].unique())
    chosen_year = years[-1] if year is None else year
    if chosen_year not in years:
        raise ResultError(build_message("decided_nothing", name=province, year=chosen_year, years=years))
    rows = rows[rows["year"] == chosen_year].reset_index(drop=True)
    other_years = tuple(y for y in years if y != chosen_year)
    from_year = int(rows["from_year"].iloc[0])
    return ReviewExplanation(
        result.name, province, names[province], chosen_year, from_year, other_years, rows
    )


def sentences_of_review(answer: ReviewExplanation, language: str) -> Iterator[str]:
    """List the notes on cut moves, aims out of reach and other reviews."""
    for row in answer.rows.to_dict("records"):
        instrument = str(row["instrument"])
        if row["cut_by"] and row["decides"]:
            figures = {"value": _write(row["cut_value"]), "limit": _write(row["cut_limit"])}
            yield text(language, f"why.cut_{row['cut_by']}", {"instrument": instrument, **figures})
        if row["decides"] and not math.isnan(row["joint_abatement_mtco2_per_year"]):
            expected = number(PER_MILLION[language] * row["joint_abatement_mtco2_per_year"], "")
            yield text(language, "why.joint", {"instrument": instrument, "expected": expected})
        if row["out_of_reach"]:
            values = {
                "aim": row["aim"],
                "instrument": instrument,
                "value": _write(row["instrument_value"]),
                "year": row["forecast_year"],
                "forecast": _write(row["forecast"]),
                "unit": unit_name(str(row["aim_unit"]), language),
                "path": _write(row["forecast_path"]),
            }
            yield text(language, "why.out_of_reach", values)
    if answer.other_years:
        years = ", ".join(map(str, answer.other_years))
        yield text(language, "why.other_reviews", {"years": years})


def _write(value: float) -> str:
    return "–" if math.isnan(value) else number(value, "")


def review_as_data(answer: ReviewExplanation) -> dict[str, Any]:
    """Return an explanation as plain data for JSON, NaN as None."""
    rows = answer.rows.drop(columns=["scenario", "replication", "province", "year", "from_year"])
    return {
        **{field: getattr(answer, field) for field in ReviewExplanation._fields[:6]},
        "reviews": [plain_row(row) for row in rows.to_dict("records")],
    }
