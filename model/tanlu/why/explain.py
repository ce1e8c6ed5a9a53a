"""Why a decider did what it did: what it considered in a year, and every cost term of capturing its CO2."""

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tanlu.core.words.messages import build_message
from tanlu.industry.facilities import Industry
from tanlu.industry.lines import facility_and_line
from tanlu.inputs.diagnostics import nearest, printable, quote_names, suggest
from tanlu.investment.capture_terms import TERMS
from tanlu.investment.closed_by import ClosedBy, reason_sentence
from tanlu.output.folder import ResultError
from tanlu.power.plants import PowerPlants
from tanlu.why.adoption import AdoptionWhy, adoption_why
from tanlu.why.credit import CreditWhy, credit_as_data, credit_why
from tanlu.why.margins import MarginWhy, margin_why
from tanlu.why.records import CAPTURE_AT_UNITS, Offered, Records, records_of

if TYPE_CHECKING:
    from tanlu.output.result import Result

UNDECIDED = "keep"  # the option of carrying on


class CaptureWhy(NamedTuple):
    """What capture would have cost and brought."""

    option: str
    outlet: str  # "storage", "products", or "none" where no product would pay anything
    captured_tco2_per_year: float
    avoided_tco2_per_year: float
    npv_cny: float
    terms_cny_per_year: dict[
        str, float
    ]  # by `TERMS`, costs negative; times `worth_years` they add up to the NPV
    worth_years: float
    started: bool
    switching_carbon_price_cny_per_tco2: float  # NaN where no carbon price would make it pay


class Why(NamedTuple):
    """One decider's decision of one year, in the first replication; no options where it did not decide."""

    scenario: str
    decider: str
    name_en: str
    name_zh: str
    year: int
    other_years: tuple[int, ...]
    options: pd.DataFrame  # the ledger's rows, with `label_en` and `label_zh`
    capture: CaptureWhy | None  # None where it could not capture
    closed: pd.DataFrame  # options that it could not take, with reason, `why_en` and `why_zh`
    margin: MarginWhy | None  # what decides on the closing of a power unit
    credit: CreditWhy | None  # of a company


def why(result: "Result", decider: str, year: int | None = None) -> "Why | AdoptionWhy":
    """Return why `decider`, given by identifier or name, did what it did in `year`.

    Without a year it is the last one in which it chose to capture, else to do anything but carry on, else its last
    window. In a year between windows it is why its options were closed.

    Of several ways to capture, the one it chose is shown, else the one that is worth most. Of a row of
    vehicles or builders it is how its many buyers divided, without a year in the last one.

    Raises:
        ResultError: if nobody of that name ever decided, or not in that year; the message says who or when did.
    """
    records, names = records_of(result), _names(result)
    shares = _adoption_shares(result)
    buyers = dict(zip(shares["decider"], zip(shares["name"], shares["name_zh"], strict=True), strict=True))
    borrowers = () if result.companies is None else result.companies["decider"].unique()
    identifier = _find(decider, {*records.deciders, *borrowers, *buyers}, names | buyers)
    if identifier in buyers:
        return adoption_why(result.name, shares[shares["decider"] == identifier], year)
    asked = last_change(records, identifier) if year is None else year
    name = names.get(identifier, (identifier, identifier))
    credit = credit_why(result, identifier, asked, records.offered)
    return decided(records, (identifier, *name), asked, credit)


def decided(records: Records, named: tuple[str, str, str], year: int, credit: CreditWhy | None = None) -> Why:
    """Return why a decider, `named` by identifier, English and Chinese name, did what it did in `year`.

    Raises:
        ResultError: if it decided nothing in that year; the message says when it did.
    """
    mine, shut = records.of(named[0])
    years = sorted(int(y) for y in mine["year"].unique())
    shut = shut[(shut["from_year"] <= year) & (year <= shut["to_year"])]
    if year not in years and shut.empty and credit is None:
        raise ResultError(build_message("decided_nothing", name=named[0], year=year, years=years))
    offered = records.offered
    options = offered.labelled(_with_one_stay(mine[mine["year"] == year]))
    own = records.unit_margins[records.unit_margins["decider"] == named[0]]
    margin = margin_why(own, options, shut, year)
    capture = _capture(records.capture_costs, named[0], options) if len(options) else None
    others = tuple(y for y in years if y != year)
    emits = bool({PowerPlants.kind, Industry.kind} & {*mine["kind"], *shut["kind"]})
    if emits and capture is None and not shut["option"].isin(offered.captures).any():
        # What is in neither table is not offered.
        shut = pd.concat([shut, pd.DataFrame([{"option": CAPTURE_AT_UNITS, "closed_by": "not_offered"}])])
    told_shut = _told(shut, offered)
    return Why(records.scenario, *named, year, others, options, capture, told_shut, margin, credit)


def _with_one_stay(options: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of carrying on, of a company that has one for every site; chosen if nothing else is."""
    stays = options["option"] == UNDECIDED
    single = options[~(stays & options["option"].duplicated())].reset_index(drop=True)
    single.loc[single["option"] == UNDECIDED, ["chosen", "started"]] = not options.loc[~stays, "chosen"].any()
    return single


def last_change(records: Records, decider: str) -> int:
    """Return the year to tell of where none is asked for."""
    mine, shut = records.of(decider)
    moved = mine[mine["chosen"] & (mine["option"] != UNDECIDED)]
    captures = moved[moved["option"].isin(records.capture_costs["option"].unique())]
    for years in (captures["year"], moved["year"], mine["year"], shut["to_year"]):
        if len(years):
            return int(years.max())
    raise ValueError("nobody is told of without a decision or a reason")


def _told(shut: pd.DataFrame, offered: Offered) -> pd.DataFrame:
    """Return closed options with their names and their reasons in words."""
    rows = offered.labelled(shut.reset_index(drop=True))
    rows["reason_limit"] = rows["reason_limit"].clip(lower=0.0)  # less than nothing is not left
    reasons = list(zip(rows["closed_by"], rows["reason_value"], rows["reason_limit"], strict=True))
    for language in ("en", "zh"):
        rows[f"why_{language}"] = [
            reason_sentence(ClosedBy[code.upper()], value, limit, language) for code, value, limit in reasons
        ]
    return rows


def as_data(answer: Why) -> dict[str, Any]:
    """Return an answer as plain data for JSON, NaN as None; terms also per tonne captured and avoided."""
    head = {"scenario", "replication", "decider", "year", "kind"}
    data: dict[str, Any] = {
        **{field: getattr(answer, field) for field in Why._fields[:6]},
        "options": _records(answer.options, head - {"kind"}),
        "margin": answer.margin and _margin_as_data(answer.margin),
        "credit": answer.credit and credit_as_data(answer.credit),
        "capture": None,
        "closed": _records(answer.closed, head),
    }
    if answer.capture is not None:
        data["capture"] = _plain(answer.capture._asdict()) | {"terms": per_tonne(answer.capture)}
        del data["capture"]["terms_cny_per_year"]
    return data


def _margin_as_data(margin: MarginWhy) -> dict[str, Any]:
    return {"margins": [one._asdict() for one in margin.margins], "regulator": margin.regulator}


def _records(rows: pd.DataFrame, left_out: set[str]) -> list[dict[str, Any]]:
    return [_plain(row) for row in rows.drop(columns=list(left_out & {*rows.columns})).to_dict("records")]


def per_tonne(capture: CaptureWhy) -> list[dict[str, Any]]:
    """Return the terms that are not zero, and their sum as `total`, in CNY a year and per tonne; None per no tonne."""
    terms = {name: value for name, value in capture.terms_cny_per_year.items() if abs(value) > 0.0}
    terms["total"] = sum(terms.values())
    return [
        {
            "term": name,
            "cny_per_year": value,
            "cny_per_tco2_captured": _ratio(value, capture.captured_tco2_per_year),
            "cny_per_tco2_avoided": _ratio(value, capture.avoided_tco2_per_year),
        }
        for name, value in terms.items()
    ]


def _ratio(value: float, tonnes: float) -> float | None:
    return value / tonnes if tonnes > 0.0 else None


def _capture(costs: pd.DataFrame, decider: str, options: pd.DataFrame) -> CaptureWhy | None:
    mine = costs[(costs["decider"] == decider) & (costs["year"] == options["year"].iloc[0])]
    if mine.empty:
        return None
    both = mine.merge(options, on="option", suffixes=("", "_of_option"))
    row = both.sort_values(["chosen", "npv_mcny"], ascending=False).iloc[0]
    terms = {name: float(row[f"{name}_cny_per_year"]) for name in TERMS}
    return CaptureWhy(
        option=str(row["option"]),
        outlet="none"
        if row["outlet"] == "products" and terms["product_sales"] == 0.0
        else str(row["outlet"]),
        captured_tco2_per_year=float(row["captured_tco2_per_year"]),
        avoided_tco2_per_year=float(row["avoided_tco2_per_year"]),
        npv_cny=sum(terms.values()) * float(row["worth_years"]),
        terms_cny_per_year=terms,
        worth_years=float(row["worth_years"]),
        started=bool(row["started"]),
        switching_carbon_price_cny_per_tco2=float(row["switching_carbon_price_cny_per_tco2"]),
    )


def _names(result: "Result") -> dict[str, tuple[str, str]]:
    """Return English and Chinese name by identifier, of plants, companies and kinds with a table of their own."""
    found: dict[str, tuple[str, str]] = {}
    for table in (result.plants, result.companies, *(result.table(name) for name in result.tables.added)):
        if table is not None and {"decider", "name", "name_zh"} <= set(table.columns):
            once = table.drop_duplicates("decider")
            triples = zip(once["decider"], once["name"], once["name_zh"], strict=True)
            found |= {str(i): (str(en), str(zh)) for i, en, zh in triples}
    return found


def _adoption_shares(result: "Result") -> pd.DataFrame:
    """Return how buyers of vehicles and builders divided in the first replication; empty in results without it."""
    if result.adoption_shares is None:
        return pd.DataFrame(columns=["decider", "name", "name_zh"])
    return result.adoption_shares[result.adoption_shares["replication"] == 0]


def _find(text: str, deciders: set[str], names: dict[str, tuple[str, str]]) -> str:
    """Return the identifier of who is meant by identifier, English or Chinese name."""
    if text in deciders:
        return text
    by_name = {name: i for i, both in names.items() for name in both}
    if (found := by_name.get(text)) in deciders:
        return str(found)
    if found is not None:
        raise ResultError(build_message("never_decided", name=printable(text)))
    if lines := sorted(name for name in deciders if facility_and_line(name)[0] == text):
        raise ResultError(build_message("lines_decide", name=text, lines=quote_names(lines)))
    near = nearest(text, deciders) or nearest(text, [name for name, i in by_name.items() if i in deciders])
    advice = suggest(near, build_message("there_are", names=quote_names(sorted(deciders), 6)))
    raise ResultError(build_message("nobody_called", name=printable(text), advice=advice))


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return values that JSON knows."""
    values = {str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()}
    return {k: None if isinstance(v, float) and v != v else v for k, v in values.items()}
