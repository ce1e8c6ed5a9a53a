"""What a public issuer borrowed in a year, and what kept it from more: plans, limit, rates."""

from typing import TYPE_CHECKING, Any, NamedTuple

from tanlu.core.plain_rows import plain_row
from tanlu.core.units import CNY_PER_BN_CNY, PERCENT_PER_SHARE
from tanlu.core.words import text
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.core.words.numbers import number
from tanlu.records.issuers import ISSUER_TABLE

if TYPE_CHECKING:
    from tanlu.output.result import Result


class IssuerExplanation(NamedTuple):
    """The green debt of a public issuer in a year, in the first replication."""

    scenario: str
    issuer: str
    name_en: str
    name_zh: str
    year: int
    accounts: dict[str, float]  # columns of the table of issuers
    years_beyond: tuple[int, ...]  # in which its limit refused a part of its plans


def explain_issuer(result: "Result", name: str, year: int | None = None) -> IssuerExplanation | None:
    """Explain the green debt of an issuer, given by identifier or name; without a year the last.

    None if no issuer has that name, or the result is older than the table of issuers.

    Raises:
        ResultError: if the run has no such year.
    """
    if ISSUER_TABLE.name not in result.tables.extra_tables:
        return None
    table = result.tables.read(ISSUER_TABLE.name)
    if table is None:
        return None
    first = table[table["replication"] == 0]
    is_named = (first[["borrower", "name", "name_zh"]].astype(str) == name.strip()).any(axis=1)
    rows = first[is_named]
    if rows.empty:
        return None
    years = sorted(int(y) for y in rows["year"].unique())
    chosen_year = years[-1] if year is None else year
    if chosen_year not in years:
        raise ResultError(build_message("decided_nothing", name=name, year=chosen_year, years=years))
    (row,) = rows[rows["year"] == chosen_year].to_dict("records")
    beyond = tuple(int(y) for y in rows.loc[rows["refused_cny"] > 0.0, "year"])
    accounts = {measure.name: float(row[measure.name]) for measure in ISSUER_TABLE.measures}
    issuer, name_en, name_zh = (str(row[column]) for column in ("borrower", "name", "name_zh"))
    return IssuerExplanation(result.name, issuer, name_en, name_zh, chosen_year, accounts, beyond)


def issuer_rows(answer: IssuerExplanation, language: str) -> list[tuple[str, str]]:
    """Write the figures of an issuer: what each is, and its value."""
    rows = []
    for measure in ISSUER_TABLE.measures:
        value = answer.accounts[measure.name]
        if measure.unit.startswith("CNY"):
            unit, figure = ("十亿元" if language == "zh" else "bn CNY"), value / CNY_PER_BN_CNY
        else:
            unit, figure = "%", PERCENT_PER_SHARE * value
        rows.append((measure.label[language], "–" if value != value else f"{number(figure, '')} {unit}"))
    return rows


def sentence_of_issuer(answer: IssuerExplanation, language: str) -> str:
    """Say whether its limit kept it from borrowing."""
    years = ", ".join(map(str, answer.years_beyond))
    return text(language, "why.issuer_bound" if years else "why.issuer_free", {"years": years})


def issuer_as_data(answer: IssuerExplanation) -> dict[str, Any]:
    """Return an explanation as plain data for JSON, NaN as None."""
    return {**answer._asdict(), "accounts": plain_row(answer.accounts)}
