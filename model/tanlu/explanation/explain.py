"""Why a decider did what it did: what it considered in a year, and every cost term of capturing its CO2."""

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tanlu.core.plain_rows import plain_row
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.explanation.adoption import AdoptionExplanation, explain_adoption
from tanlu.explanation.allowances import AllowanceExplanation, explain_allowances
from tanlu.explanation.auctions import explain_auctions, find_bidder
from tanlu.explanation.credit import CreditExplanation, credit_as_data, explain_credit
from tanlu.explanation.issuers import IssuerExplanation, explain_issuer
from tanlu.explanation.margins import MarginExplanation, explain_margin
from tanlu.explanation.records import CAPTURE_AT_UNITS, Offered, Records, read_records
from tanlu.explanation.reviews import ReviewExplanation, explain_review
from tanlu.industry.facilities import Industry
from tanlu.industry.lines import facility_and_line
from tanlu.inputs.diagnostics import nearest, printable, quote_names, suggest
from tanlu.investment.capture_terms import TERMS
from tanlu.investment.closed_by import ClosedBy, reason_sentence
from tanlu.power.plants import PowerPlants

if TYPE_CHECKING:
    from tanlu.output.result import Result

UNDECIDED = "keep"  # the option of carrying on


class CaptureExplanation(NamedTuple):
    """What capture would have cost and brought."""

    option: str
    outlet: str  # "storage", "products", or "none" where no product would pay anything
    captured_tco2_per_year: float
    avoided_at_source_tco2_per_year: float
    npv_cny: float
    terms_cny_per_year: dict[
        str, float
    ]  # by `TERMS`, costs negative; times `worth_years` they add up to the NPV
    worth_years: float
    started: bool
    switching_carbon_price_cny_per_tco2: float  # NaN where no carbon price would make it pay
    research_cost_factor: float  # of the region's research on what capture costs


class DecisionExplanation(NamedTuple):
    """One decider's decision of one year, in the first replication; no options where it did not decide."""

    scenario: str
    decider: str
    name_en: str
    name_zh: str
    year: int
    other_years: tuple[int, ...]
    options: pd.DataFrame  # the ledger's rows, with `label_en` and `label_zh`
    capture: CaptureExplanation | None  # None where it could not capture
    closed_options: pd.DataFrame  # options that it could not take, with reason, `why_en` and `why_zh`
    margin: MarginExplanation | None  # what decides on the closing of a power unit
    credit: CreditExplanation | None  # of a company
    allowances: AllowanceExplanation | None = None  # of a plant that needs some
    auctions: pd.DataFrame | None = (
        None  # its bids for contracts of wind and sun, with `label_en` and `label_zh`
    )


type Explanation = DecisionExplanation | AdoptionExplanation | ReviewExplanation | IssuerExplanation


def explain_decision(result: "Result", decider: str, year: int | None = None) -> Explanation:
    """Explain the decision of a decider, given by identifier or name.

    Without a year it is the last one in which it chose to capture, else to do anything but carry on, else its last
    window. In a year between windows it is why its options were closed.

    Of several ways to capture, the one it chose is shown, else the one that is worth most. Of a row of
    vehicles or builders it is how its many buyers divided, without a year in the last one. Of a province that reviews
    its policies it is what became of them at a review; of a public issuer what it borrowed; of a plant of wind or sun
    what its company bid for it.

    Raises:
        ResultError: if nobody of that name ever decided, or not in that year; the message says who or when did.
    """
    review = explain_review(result, decider, year)
    if review is not None:
        return review
    issuer = explain_issuer(result, decider, year)
    if issuer is not None:
        return issuer
    bidder = find_bidder(result, decider)
    if bidder is not None:
        decider, year = bidder
    records, names = read_records(result), _names(result)
    shares = _adoption_shares(result)
    buyers = dict(zip(shares["decider"], zip(shares["name"], shares["name_zh"], strict=True), strict=True))
    borrowers = () if result.companies is None else result.companies["decider"].unique()
    identifier = _find(decider, {*records.deciders, *borrowers, *buyers}, names | buyers)
    if identifier in buyers:
        return explain_adoption(result.name, shares[shares["decider"] == identifier], year)
    chosen_year = find_year_of_last_change(records, identifier) if year is None else year
    name = names.get(identifier, (identifier, identifier))
    credit = explain_credit(result, identifier, chosen_year, records.offered)
    explanation = explain_year(records, (identifier, *name), chosen_year, credit)
    explanation = explanation._replace(allowances=explain_allowances(result, identifier, chosen_year))
    bids = explain_auctions(result, identifier, chosen_year)
    return explanation if bids is None else explanation._replace(auctions=records.offered.labelled(bids))


def explain_year(
    records: Records, names: tuple[str, str, str], year: int, credit: CreditExplanation | None = None
) -> DecisionExplanation:
    """Explain the decision of one year from records.

    `names` are identifier, English and Chinese name of who decides.

    Raises:
        ResultError: if it decided nothing in that year; the message says when it did.
    """
    decisions, closed_options = records.rows_of(names[0])
    years = sorted(int(y) for y in decisions["year"].unique())
    closed_options = closed_options[
        (closed_options["from_year"] <= year) & (year <= closed_options["to_year"])
    ]
    if year not in years and closed_options.empty and credit is None:
        raise ResultError(build_message("decided_nothing", name=names[0], year=year, years=years))
    offered = records.offered
    options = offered.labelled(_with_one_stay(decisions[decisions["year"] == year]))
    unit_margins = records.unit_margins[records.unit_margins["decider"] == names[0]]
    margin = explain_margin(unit_margins, options, closed_options, year)
    capture = _capture(records.capture_costs, names[0], options) if len(options) else None
    other_years = tuple(y for y in years if y != year)
    emits = bool({PowerPlants.kind, Industry.kind} & {*decisions["kind"], *closed_options["kind"]})
    if emits and capture is None and not closed_options["option"].isin(offered.captures).any():
        # What is in neither table is not offered.
        closed_options = pd.concat(
            [closed_options, pd.DataFrame([{"option": CAPTURE_AT_UNITS, "closed_by": "not_offered"}])]
        )
    explained_closures = _explain_closures(closed_options, offered)
    return DecisionExplanation(
        records.scenario, *names, year, other_years, options, capture, explained_closures, margin, credit
    )


def _with_one_stay(options: pd.DataFrame) -> pd.DataFrame:
    """Keep one row of carrying on for a company with many sites.

    It is chosen if nothing else is.
    """
    stays = options["option"] == UNDECIDED
    single = options[~(stays & options["option"].duplicated())].reset_index(drop=True)
    single.loc[single["option"] == UNDECIDED, ["chosen", "started"]] = not options.loc[~stays, "chosen"].any()
    return single


def find_year_of_last_change(records: Records, decider: str) -> int:
    """Find the year to explain where none is given."""
    decisions, closed_options = records.rows_of(decider)
    changes = decisions[decisions["chosen"] & (decisions["option"] != UNDECIDED)]
    captures = changes[changes["option"].isin(records.capture_costs["option"].unique())]
    for years in (captures["year"], changes["year"], decisions["year"], closed_options["to_year"]):
        if len(years):
            return int(years.max())
    raise ValueError("nobody is told of without a decision or a reason")


def _explain_closures(closed_options: pd.DataFrame, offered: Offered) -> pd.DataFrame:
    """Add names and reasons in words to closed options."""
    rows = offered.labelled(closed_options.reset_index(drop=True))
    rows["reason_limit"] = rows["reason_limit"].clip(lower=0.0)  # less than nothing is not left
    reasons = list(zip(rows["closed_by"], rows["reason_value"], rows["reason_limit"], strict=True))
    for language in ("en", "zh"):
        rows[f"why_{language}"] = [
            reason_sentence(ClosedBy[code.upper()], value, limit, language) for code, value, limit in reasons
        ]
    return rows


def as_data(answer: DecisionExplanation) -> dict[str, Any]:
    """Return an explanation as plain data for JSON, NaN as None.

    Terms are given per tonne captured too.
    """
    head = {"scenario", "replication", "decider", "year", "kind"}
    data: dict[str, Any] = {
        **{field: getattr(answer, field) for field in DecisionExplanation._fields[:6]},
        "options": _records(answer.options, head - {"kind"}),
        "margin": answer.margin and _margin_as_data(answer.margin),
        "credit": answer.credit and credit_as_data(answer.credit),
        "allowances": answer.allowances and answer.allowances._asdict(),
        "capture": None,
        "closed": _records(answer.closed_options, head),
    }
    if answer.capture is not None:
        data["capture"] = plain_row(answer.capture._asdict()) | {"terms": per_tonne(answer.capture)}
        del data["capture"]["terms_cny_per_year"]
    return data


def _margin_as_data(margin: MarginExplanation) -> dict[str, Any]:
    return {
        "margins": [unit_margin._asdict() for unit_margin in margin.margins],
        "regulator": margin.regulator,
    }


def _records(rows: pd.DataFrame, left_out: set[str]) -> list[dict[str, Any]]:
    return [plain_row(row) for row in rows.drop(columns=list(left_out & {*rows.columns})).to_dict("records")]


def per_tonne(capture: CaptureExplanation) -> list[dict[str, Any]]:
    """List the terms that are not zero, and their sum as `total`.

    They are in CNY a year and per tonne, None where there is no tonne.
    """
    terms = {name: value for name, value in capture.terms_cny_per_year.items() if abs(value) > 0.0}
    terms["total"] = sum(terms.values())
    return [
        {
            "term": name,
            "cny_per_year": value,
            "cny_per_tco2_captured": _ratio(value, capture.captured_tco2_per_year),
        }
        for name, value in terms.items()
    ]


def _ratio(value: float, tonnes: float) -> float | None:
    return value / tonnes if tonnes > 0.0 else None


def _capture(costs: pd.DataFrame, decider: str, options: pd.DataFrame) -> CaptureExplanation | None:
    costs_of_year = costs[(costs["decider"] == decider) & (costs["year"] == options["year"].iloc[0])]
    if costs_of_year.empty:
        return None
    costs_of_options = costs_of_year.merge(options, on="option", suffixes=("", "_of_option"))
    row = costs_of_options.sort_values(["chosen", "npv_mcny"], ascending=False).iloc[0]
    terms = {name: float(row.get(f"{name}_cny_per_year", 0.0)) for name in TERMS}  # results of old lack some
    return CaptureExplanation(
        option=str(row["option"]),
        outlet="none"
        if row["outlet"] == "products" and terms["product_sales"] == 0.0
        else str(row["outlet"]),
        captured_tco2_per_year=float(row["captured_tco2_per_year"]),
        avoided_at_source_tco2_per_year=float(row["avoided_at_source_tco2_per_year"]),
        npv_cny=sum(terms.values()) * float(row["worth_years"]),
        terms_cny_per_year=terms,
        worth_years=float(row["worth_years"]),
        started=bool(row["started"]),
        switching_carbon_price_cny_per_tco2=float(row["switching_carbon_price_cny_per_tco2"]),
        research_cost_factor=float(row.get("research_cost_factor", 1.0)),  # results of old have none
    )


def _names(result: "Result") -> dict[str, tuple[str, str]]:
    """Read English and Chinese names by identifier.

    Plants, companies and kinds with a table of their own have names.
    """
    names: dict[str, tuple[str, str]] = {}
    for table in (
        result.plants,
        result.companies,
        *(result.table(name) for name in result.tables.extra_tables),
    ):
        if table is not None and {"decider", "name", "name_zh"} <= set(table.columns):
            unique_deciders = table.drop_duplicates("decider")
            triples = zip(
                unique_deciders["decider"], unique_deciders["name"], unique_deciders["name_zh"], strict=True
            )
            names |= {str(i): (str(en), str(zh)) for i, en, zh in triples}
    return names


def _adoption_shares(result: "Result") -> pd.DataFrame:
    """Read the shares of buyers and builders in the first replication.

    The table is empty in results that lack it.
    """
    if result.adoption_shares is None:
        return pd.DataFrame(columns=["decider", "name", "name_zh"])
    return result.adoption_shares[result.adoption_shares["replication"] == 0]


def _find(text: str, deciders: set[str], names: dict[str, tuple[str, str]]) -> str:
    """Find the identifier of a decider by identifier, English or Chinese name."""
    if text in deciders:
        return text
    by_name = {name: i for i, translations in names.items() for name in translations}
    if (identifier := by_name.get(text)) in deciders:
        return str(identifier)
    if identifier is not None:
        raise ResultError(build_message("never_decided", name=printable(text)))
    if lines := sorted(name for name in deciders if facility_and_line(name)[0] == text):
        raise ResultError(build_message("lines_decide", name=text, lines=quote_names(lines)))
    nearest_name = nearest(text, deciders) or nearest(
        text, [name for name, i in by_name.items() if i in deciders]
    )
    advice = suggest(nearest_name, build_message("there_are", names=quote_names(sorted(deciders), 6)))
    raise ResultError(build_message("nobody_called", name=printable(text), advice=advice))
