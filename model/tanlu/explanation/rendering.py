"""Why a decider decided as it did, in words and tables of text: what the command prints and the page shows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from tanlu.core.units import CNY_PER_BN_CNY, CNY_PER_MCNY, MWH_PER_TWH, PERCENT_PER_SHARE, T_PER_KT
from tanlu.core.words import group, text
from tanlu.core.words.numbers import PER_BILLION, PER_MILLION, PER_THOUSAND, number
from tanlu.explanation.adoption import AdoptionExplanation
from tanlu.explanation.allowances import allowances_in_words
from tanlu.explanation.credit import CreditExplanation, loans_in_lines
from tanlu.explanation.explain import (
    UNDECIDED,
    CaptureExplanation,
    DecisionExplanation,
    Explanation,
    per_tonne,
)
from tanlu.explanation.issuers import IssuerExplanation, issuer_rows, sentence_of_issuer
from tanlu.explanation.margins import MarginExplanation, basis_words
from tanlu.explanation.reviews import ReviewExplanation, sentences_of_review
from tanlu.ledger.margins import MARGIN_TERMS
from tanlu.output.influence import influence_in_words
from tanlu.region.catalogue import region_axes


class Table(NamedTuple):
    """Text in rows and columns."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def build(cls, title: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> "Table":
        """Build a table from any iterables."""
        return cls(title, tuple(heads), tuple(tuple(row) for row in rows))


type Part = str | Table


def render_explanation(answer: Explanation, region: str, language: str) -> Iterator[Part]:
    """Yield the tables and sentences of an explanation.

    The last sentence names the assumptions on which results of the region rest most.
    """
    if isinstance(answer, AdoptionExplanation):
        yield _adoption_table(answer, language)
    elif isinstance(answer, ReviewExplanation):
        yield _review_table(answer, language)
        yield from sentences_of_review(answer, language)
    elif isinstance(answer, IssuerExplanation):
        yield _issuer_table(answer, language)
        yield sentence_of_issuer(answer, language)
    else:
        yield from _decision(answer, region, language)
    yield from influence_in_words(region, language)


def _decision(answer: DecisionExplanation, region: str, language: str) -> Iterator[Part]:
    words, capture = group(language, "why"), answer.capture
    name = answer.name_zh if language == "zh" else answer.name_en
    subject = {"name": name, "year": answer.year, "scenario": answer.scenario}
    acts = answer.options["option"] != UNDECIDED
    provinces = {*answer.options.loc[acts, "province"], *answer.closed_options["province"].dropna()}
    # A company may build in several provinces.
    province_labels = region_axes(region).labels if len(provinces) > 1 else {}
    options = _option_names(answer.options, province_labels, language)
    rows = [
        (option, *_option_figures(row, language))
        for option, row in zip(options, answer.options.to_dict("records"), strict=True)
    ]
    if rows:
        columns = ("option", "npv", "investment", "hurdle", "earned", "answer")
        yield Table.build(words["options"].format(**subject), _heads(words, *columns), rows)
    yield from _year_parts(answer, name, language)
    if capture is not None:
        yield _terms_table(capture, language)
        yield from _doubt_in_words(capture, language)
        yield from _research_in_words(capture, language)
        price = capture.switching_carbon_price_cny_per_tco2
        rejected = (
            "never" if price != price else "no_line" if price <= 0.0 and capture.npv_cny < 0.0 else "flips"
        )
        verdict = "started" if capture.started else rejected
        yield words[verdict].format(price=number(price, ""))
    closed_names = _option_names(answer.closed_options, province_labels, language)
    closed_rows = list(zip(closed_names, answer.closed_options[f"why_{language}"], strict=True))
    if closed_rows:
        yield Table.build(words["closed"].format(**subject), _heads(words, "option", "reason"), closed_rows)
    if answer.auctions is not None:
        yield _auction_table(answer.auctions, region, subject, language)
    if answer.credit is not None:
        yield from _credit_parts(answer.credit, subject, language)
    if answer.other_years:
        yield words["others"].format(years=", ".join(str(y) for y in answer.other_years))


def _year_parts(answer: DecisionExplanation, name: str, language: str) -> Iterator[Part]:
    """Yield what a plant earned, what the regulator said of it, and what allowances cost it."""
    if answer.margin is not None:
        yield _margin_table(answer.margin, name, language)
        yield text(language, f"regulator.{answer.margin.regulator}")
    if answer.allowances is not None:
        yield allowances_in_words(answer.allowances, language)


def _auction_table(bids: pd.DataFrame, region: str, subject: dict[str, Any], language: str) -> Table:
    """Build the table of a company's bids: a row for each auction in which it had a part."""
    words, labels = group(language, "auction"), region_axes(region).labels
    columns = ("option", "volume", "bid", "market", "strike", "won", "difference", "answer")
    options = _option_names(bids, labels, language)
    twh, mcny = PER_BILLION[language], PER_MILLION[language]
    rows = (
        (
            option,
            number(row["volume_mwh"] / MWH_PER_TWH * twh, ""),
            *("–" if figure != figure or figure <= 0.0 else number(figure, "") for figure in _prices(row)),
            number(row["won_mwh"] / MWH_PER_TWH * twh, ""),
            number(row["difference_cny"] / CNY_PER_MCNY * mcny, ""),
            words[str(row["auction_outcome"])],
        )
        for option, row in zip(options, bids.to_dict("records"), strict=True)
    )
    return Table.build(words["title"].format(**subject), [words[f"head_{name}"] for name in columns], rows)


def _prices(row: dict[Any, Any]) -> tuple[float, ...]:
    return row["bid_cny_per_mwh"], row["market_cny_per_mwh"], row["strike_cny_per_mwh"]


def _review_table(answer: ReviewExplanation, language: str) -> Table:
    """Build the table of a review: a row for each instrument and aim."""
    words = group(language, "why")
    columns = ("instrument", "aim", "measured", "path", "gap", "wanted", "move", "value")
    rows = (
        (
            str(row["instrument"]),
            f"{row['aim']} ({row['aim_unit']})",
            *(number(row[name], "") for name in ("measured", "aim_path")),
            f"{PERCENT_PER_SHARE * row['gap']:+.1f} %",
            number(row["wanted_move"], ""),
            number(row["move"], "") if row["decides"] else "–",
            number(row["instrument_value"], ""),
        )
        for row in answer.rows.to_dict("records")
    )
    subject = {"name": answer.names[language], "year": answer.year, "scenario": answer.scenario}
    title = words["review"].format(**subject, from_year=answer.from_year)
    return Table.build(title, _heads(words, *(f"review_{name}" for name in columns)), rows)


def _issuer_table(answer: IssuerExplanation, language: str) -> Table:
    """Build the table of an issuer: a row for each figure of the year."""
    words = group(language, "why")
    name = answer.name_zh if language == "zh" else answer.name_en
    title = words["issuer"].format(name=name, year=answer.year, scenario=answer.scenario)
    return Table.build(title, _heads(words, "issuer_what", "issuer_value"), issuer_rows(answer, language))


def _heads(words: dict[str, str], *columns: str) -> list[str]:
    """Return the headings of columns."""
    return [words[f"head_{column}"] for column in columns]


def _option_names(
    rows: pd.DataFrame, places: Mapping[str, Mapping[str, str]], language: str
) -> Iterator[str]:
    """Name the options of rows, each with its province where `places` names it."""
    for option, name, province in zip(
        rows["option"], rows[f"label_{language}"], rows["province"], strict=True
    ):
        if option == UNDECIDED or province not in places:
            yield name
        else:
            values = {"option": name, "province": places[province][language]}
            yield text(language, "why.in_province", values)


def _option_figures(row: dict[Any, Any], language: str) -> tuple[str, ...]:
    words, option, binding = group(language, "why"), str(row["option"]), str(row["binding_constraint"])
    reason = "" if binding == "none" else text(language, f"binding.{binding}")
    if row["chosen"]:
        started = row["started"] or not reason
        answer = words["answer_started" if started else "answer_waits"].format(why=reason)
    else:
        answer = reason or ("" if option == "keep" else words["answer_lower"])
    figures = [number(PER_MILLION[language] * row[name], "") for name in ("npv_mcny", "capex_mcny")]
    shares = row["hurdle"], row.get("market_price_earned_share", float("nan"))  # not in results of old
    percent = ["–" if share != share else f"{100.0 * share:.1f} %" for share in shares]
    return *figures, *percent, answer


def _terms_table(capture: CaptureExplanation, language: str) -> Table:
    words, terms = group(language, "why"), group(language, "capture_term")
    kt = PER_THOUSAND[language]
    title = words["terms"].format(
        captured=number(capture.captured_tco2_per_year / T_PER_KT * kt, ""),
        avoided=number(capture.avoided_at_source_tco2_per_year / T_PER_KT * kt, ""),
        outlet=words[f"outlet_{capture.outlet}"],
    )
    rows = []
    for term in per_tonne(capture):
        per_tonne_cny = term["cny_per_tco2_captured"]
        figure = "–" if per_tonne_cny is None else number(per_tonne_cny, "")
        mcny = term["cny_per_year"] / CNY_PER_MCNY
        rows.append((terms[str(term["term"])], number(PER_MILLION[language] * mcny, ""), figure))
    return Table.build(title, _heads(words, "term", "year", "captured"), rows)


def _research_in_words(capture: CaptureExplanation, language: str) -> Iterator[str]:
    """Write by how much research of the region has made capture cheaper."""
    if capture.research_cost_factor < 1.0:
        share = PERCENT_PER_SHARE * (1.0 - capture.research_cost_factor)
        yield text(language, "why.research", {"share": f"{share:.1f}"})


def _doubt_in_words(capture: CaptureExplanation, language: str) -> Iterator[str]:
    """Write the share of carbon revenue that a doubting owner counts on."""
    terms = capture.terms_cny_per_year
    announced = terms["carbon_cost_saved"] + terms["subsidy"]
    if terms["doubt"] < 0.0 < announced:
        counted = PERCENT_PER_SHARE * (1.0 + terms["doubt"] / announced)
        yield text(language, "why.counted", {"share": f"{counted:.0f}"})


def _margin_table(explanation: MarginExplanation, name: str, language: str) -> Table:
    """Build the table of a unit's revenue and cost a kilowatt.

    Its columns are the years that the unit remembers and the expected one.
    """
    margins, words = explanation.margins, group(language, "margin_term")
    figures = {
        **{term: [margin.terms.get(term, 0.0) for margin in margins] for term in MARGIN_TERMS},
        "margin": [margin.margin for margin in margins],
        "reserve": [margin.reserve for margin in margins],
    }
    nonzero_figures = {term: values for term, values in figures.items() if term == "margin" or any(values)}
    rows = [
        (words[term], *(number(value, "") for value in values)) for term, values in nonzero_figures.items()
    ]
    heads = [text(language, "why.head_term"), *(basis_words(margin, language) for margin in margins)]
    return Table.build(text(language, "margin.title", {"name": name}), heads, rows)


def _credit_parts(credit: CreditExplanation, subject: dict[str, Any], language: str) -> Iterator[Part]:
    """Yield a company's accounts, new loans and refused requests of the year."""
    words = group(language, "credit")
    rows = [
        (words[name], _account(name, value, language))
        for name, value in credit.accounts.items()
        if value or name in ("cash_cny", "debt_cny")
    ]
    yield Table.build(words["title"].format(**subject), [words["head_account"], words["head_value"]], rows)
    if credit.verdict:
        yield verdict_words(credit, language)
    lines = loans_in_lines(credit, "name_zh" if language == "zh" else "name")
    loans = [_loan_row(row, language) for row in lines.to_dict("records")]
    if loans:
        columns = ("purpose", "amount", "rate", "claimed", "lenders")
        heads = [words[f"head_{column}"] for column in columns]
        yield Table.build(words["loans"].format(**subject), heads, loans)
    refused = [
        (
            row["decider"],
            row[f"label_{language}"],
            text(language, f"binding.{row['binding_constraint']}"),
        )
        for row in credit.refused.to_dict("records")
    ]
    if refused:
        heads = [words["head_decider"], words["head_purpose"], words["head_reason"]]
        yield Table.build(words["refused"].format(**subject), heads, refused)
    if len(credit.answers):
        name_column = "name_zh" if language == "zh" else "name"
        causes = group(language, "refusal")
        answers = [
            (row[name_column], causes[row["refusal"]], f"{row['requests']}")
            for row in credit.answers.to_dict("records")
        ]
        heads = [words[f"head_{column}"] for column in ("lenders", "reason", "requests")]
        yield Table.build(words["answers"].format(**subject), heads, answers)
    if credit.other_refusals:
        yield words["refused_in"].format(years=", ".join(str(year) for year in credit.other_refusals))


def verdict_words(credit: CreditExplanation, language: str) -> str:
    """Say why the owner paid in or let the company fail."""
    accounts = credit.accounts
    figures = {
        "needed": _account("needed_cny", accounts["needed_cny"], language),
        "gain": _account("owner_gain_cny", accounts["owner_gain_cny"], language),
        "rescued": _account("rescued_cny", accounts["rescued_cny"], language),
        "exits": _account("exits", accounts["exits"], language),
    }
    return text(language, f"credit.{credit.verdict}", figures)


def _account(name: str, value: float, language: str) -> str:
    """Format a figure of a company's accounts."""
    if name == "cost_of_debt":
        return f"{PERCENT_PER_SHARE * value:.2f} %"
    if name == "credibility":
        return f"{PERCENT_PER_SHARE * value:.0f} %"
    if name in ("rating_step", "exits", "defaults", "failed"):
        return f"{value:.0f}"
    if name.endswith("_cny"):
        return number(value / CNY_PER_BN_CNY * PER_BILLION[language], "")
    return number(value, "")


def _loan_row(row: dict[Any, Any], language: str) -> tuple[str, ...]:
    words = group(language, "credit")
    purpose = f"{row['decider']}: {row[f'label_{language}']}"
    if not row["decider"]:  # debt without a project
        purpose = words["roll_over" if row["loan_kind"] == "roll_over" else "renewed_bonds"]
    green = words["green"] if row["green"] else ""
    rate = f"{PERCENT_PER_SHARE * row['rate']:.2f} %"
    claimed_kt, amount_mcny = row["claimed_tco2_per_year"] / T_PER_KT, row["amount_cny"] / CNY_PER_MCNY
    claimed = number(PER_THOUSAND[language] * claimed_kt, "") if claimed_kt else ""
    return purpose + green, number(PER_MILLION[language] * amount_mcny, ""), rate, claimed, row["lenders"]


def _adoption_table(answer: AdoptionExplanation, language: str) -> Table:
    """Build the table of options: worth by term, and share."""
    words = group(language, "shares")
    name = answer.name_zh if language == "zh" else answer.name_en
    title = words[answer.kind].format(name=name, year=answer.year, scenario=answer.scenario)
    labels = [option.label_zh if language == "zh" else option.label_en for option in answer.options]
    figures: dict[str, list[float]] = {
        **{term: [option.terms_cny[term] for option in answer.options] for term in answer.terms},
        "worth": [option.worth_cny for option in answer.options],
        "switching": [option.switching_subsidy_cny for option in answer.options],
        "wanted": [100.0 * option.wanted_share for option in answer.options],
        "share": [100.0 * option.share for option in answer.options],
    }
    rows = [(words[key], *(number(value, "") for value in values)) for key, values in figures.items()]
    return Table.build(title, [words["term"], *labels], rows)
