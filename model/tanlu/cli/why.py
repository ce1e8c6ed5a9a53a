"""The command that says why a plant or facility decided as it did."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import Language, LanguageOption, number, open_console, plain_table
from tanlu.core.units import CNY_PER_BN_CNY, CNY_PER_MCNY, PERCENT_PER_SHARE, T_PER_KT
from tanlu.core.words import group, text

if TYPE_CHECKING:
    from rich.table import Table

    from tanlu.why.adoption import AdoptionWhy
    from tanlu.why.credit import CreditWhy
    from tanlu.why.explain import CaptureWhy, Why
    from tanlu.why.margins import MarginWhy

EXAMPLES = {
    "why": (
        "tanlu why results/baseline-* coal_luohuang_phase_ii_unit_3",
        "tanlu why results/baseline-* coal_luohuang_phase_ii_unit_3 --json",
        "tanlu why results/baseline-* car_sichuan --year 2030",
    )
}


def why(
    folder: Annotated[Path, typer.Argument(help="Result folder.")],
    decider: Annotated[
        str,
        typer.Argument(
            help="Plant, facility, or row of vehicles or builders: identifier, English or Chinese name."
        ),
    ],
    lang: LanguageOption,
    year: Annotated[
        int | None,
        typer.Option(help="Year of the decision; if not given the last change, of many buyers the last."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a plant or facility decided as it did, or many buyers divided as they did, term by term."""
    from tanlu.output.influence import influence_in_words
    from tanlu.output.result import load_result
    from tanlu.why.adoption import AdoptionWhy, adoption_as_data
    from tanlu.why.explain import as_data
    from tanlu.why.explain import why as explain

    result = load_result(folder)
    answer = explain(result, decider, year)
    if as_json:
        data = adoption_as_data(answer) if isinstance(answer, AdoptionWhy) else as_data(answer)
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        return
    console = open_console()
    for part in [_adoption_table(answer, lang)] if isinstance(answer, AdoptionWhy) else _parts(answer, lang):
        console.print(part)
    for sentence in influence_in_words(result.scenario.region, lang.value):
        console.print(sentence, markup=False)


def _parts(answer: "Why", language: Language) -> Iterable["Table | str"]:
    words, capture = group(language, "why"), answer.capture
    name = answer.name_zh if language is Language.zh else answer.name_en
    about = {"name": name, "year": answer.year, "scenario": answer.scenario}
    rows = [_option_row(row, language) for row in answer.options.to_dict("records")]
    if rows:
        columns = ("option", "npv", "investment", "hurdle", "earned", "answer")
        yield plain_table(words["options"].format(**about), _heads(words, *columns), rows)
    if answer.margin is not None:
        yield _margin_table(answer.margin, name, language)
        yield text(language, f"regulator.{answer.margin.regulator}")
    if capture is not None:
        yield _terms_table(capture, language)
        price = capture.switching_carbon_price_cny_per_tco2
        rejected = (
            "never" if price != price else "no_line" if price <= 0.0 and capture.npv_cny < 0.0 else "flips"
        )
        verdict = "started" if capture.started else rejected
        yield words[verdict].format(price=number(price, ""))
    several = answer.closed["province"].nunique() > 1  # where a company might build
    shut = [
        (row[f"label_{language}"] + f" ({row['province']})" * several, row[f"why_{language}"])
        for row in answer.closed.to_dict("records")
    ]
    if shut:
        yield plain_table(words["closed"].format(**about), _heads(words, "option", "reason"), shut)
    if answer.credit is not None:
        yield from _credit_parts(answer.credit, about, language)
    if answer.other_years:
        yield words["others"].format(years=", ".join(str(y) for y in answer.other_years))


def _heads(words: dict[str, str], *columns: str) -> list[str]:
    """Return the headings of columns."""
    return [words[f"head_{column}"] for column in columns]


def _option_row(row: dict[Any, Any], language: Language) -> tuple[str, ...]:
    words, option, binding = group(language, "why"), str(row["option"]), str(row["binding_constraint"])
    reason = "" if binding == "none" else text(language, f"binding.{binding}")
    if row["chosen"]:
        started = row["started"] or not reason
        answer = words["answer_started" if started else "answer_waits"].format(why=reason)
    else:
        answer = reason or ("" if option == "keep" else words["answer_lower"])
    figures = [number(row[name], "") for name in ("npv_mcny", "capex_mcny")]
    shares = row["hurdle"], row.get("market_price_earned_share", float("nan"))  # not in results of old
    percent = ["–" if share != share else f"{100.0 * share:.1f} %" for share in shares]
    return str(row[f"label_{language}"]), *figures, *percent, answer


def _terms_table(capture: "CaptureWhy", language: Language) -> "Table":
    from tanlu.why.explain import per_tonne

    words, terms = group(language, "why"), group(language, "capture_term")
    title = words["terms"].format(
        captured=number(capture.captured_tco2_per_year / T_PER_KT, ""),
        avoided=number(capture.avoided_tco2_per_year / T_PER_KT, ""),
        outlet=words[f"outlet_{capture.outlet}"],
    )
    rows = []
    for term in per_tonne(capture):
        per_t = [term["cny_per_tco2_captured"], term["cny_per_tco2_avoided"]]
        figures = ["–" if value is None else number(value, "") for value in per_t]
        rows.append((terms[str(term["term"])], number(term["cny_per_year"] / CNY_PER_MCNY, ""), *figures))
    return plain_table(title, _heads(words, "term", "year", "captured", "avoided"), rows)


def _margin_table(why: "MarginWhy", name: str, language: Language) -> "Table":
    """Return what a unit earned and paid a kilowatt, in the years that it remembers and in the expected one."""
    from tanlu.ledger.margins import MARGIN_TERMS
    from tanlu.why.margins import basis_words

    margins, words = why.margins, group(language, "margin_term")
    figures = {
        **{term: [one.terms.get(term, 0.0) for one in margins] for term in MARGIN_TERMS},
        "margin": [one.margin for one in margins],
        "reserve": [one.reserve for one in margins],
    }
    shown = {term: values for term, values in figures.items() if term == "margin" or any(values)}
    rows = [(words[term], *(number(value, "") for value in values)) for term, values in shown.items()]
    heads = [text(language, "why.head_term"), *(basis_words(one, language) for one in margins)]
    return plain_table(text(language, "margin.title", {"name": name}), heads, rows)


def _credit_parts(credit: "CreditWhy", about: dict[str, Any], language: Language) -> Iterable["Table | str"]:
    """Yield a company's accounts of the year, its new loans, and what lenders refused."""
    from tanlu.why.credit import loans_in_lines

    words = group(language, "credit")
    rows = [
        (words[name], _account(name, value))
        for name, value in credit.accounts.items()
        if value or name in ("cash_cny", "debt_cny")
    ]
    yield plain_table(words["title"].format(**about), [words["head_account"], words["head_value"]], rows)
    if credit.verdict:
        yield _verdict(credit, words)
    lines = loans_in_lines(credit, "name_zh" if language is Language.zh else "name")
    loans = [_loan_row(row, language) for row in lines.to_dict("records")]
    if loans:
        columns = ("purpose", "amount", "rate", "claimed", "lenders")
        heads = [words[f"head_{column}"] for column in columns]
        yield plain_table(words["loans"].format(**about), heads, loans)
    refused = [
        (
            row["decider"],
            _option_name(row["option"], language),
            text(language, f"binding.{row['binding_constraint']}"),
        )
        for row in credit.refused.to_dict("records")
    ]
    if refused:
        heads = [words["head_decider"], words["head_purpose"], words["head_reason"]]
        yield plain_table(words["refused"].format(**about), heads, refused)
    if len(credit.answers):
        named = "name_zh" if language is Language.zh else "name"
        causes = group(language, "refusal")
        answers = [
            (row[named], causes[row["refusal"]], f"{row['requests']}")
            for row in credit.answers.to_dict("records")
        ]
        heads = [words[f"head_{column}"] for column in ("lenders", "reason", "requests")]
        yield plain_table(words["answers"].format(**about), heads, answers)
    if credit.other_refusals:
        yield words["refused_in"].format(years=", ".join(str(year) for year in credit.other_refusals))


def _verdict(credit: "CreditWhy", words: Mapping[str, str]) -> str:
    """Return why its owner paid in or let it fail."""
    accounts = credit.accounts
    figures = {
        "needed": number(accounts["needed_cny"] / CNY_PER_BN_CNY, ""),
        "gain": number(accounts["owner_gain_cny"] / CNY_PER_BN_CNY, ""),
        "rescued": number(accounts["rescued_cny"] / CNY_PER_BN_CNY, ""),
        "exits": f"{accounts['exits']:.0f}",
    }
    return words[credit.verdict].format(**figures)


def _account(name: str, value: float) -> str:
    """Return a figure of a company's accounts as people read it."""
    if name == "cost_of_debt":
        return f"{PERCENT_PER_SHARE * value:.2f} %"
    if name in ("rating_step", "exits", "defaults", "failed"):
        return f"{value:.0f}"
    return number(value / CNY_PER_BN_CNY, "") if name.endswith("_cny") else number(value, "")


def _loan_row(row: dict[Any, Any], language: Language) -> tuple[str, ...]:
    words = group(language, "credit")
    if row["loan_kind"] == "roll_over":
        purpose = words["roll_over"]
    else:
        purpose = f"{row['decider']}: {_option_name(row['option'], language)}"
    green = words["green"] if row["green"] else ""
    rate = f"{PERCENT_PER_SHARE * row['rate']:.2f} %"
    claimed = number(row["claimed_tco2_per_year"] / T_PER_KT, "") if row["claimed_tco2_per_year"] else ""
    return purpose + green, number(row["amount_cny"] / CNY_PER_MCNY, ""), rate, claimed, row["lenders"]


def _option_name(option: str, language: Language) -> str:
    """Return what an option is called where the catalogue of words has it."""
    return group(language, "option").get(option, option)


def _adoption_table(answer: "AdoptionWhy", language: Language) -> "Table":
    """Return what each option was worth term by term, and its share."""
    words = group(language, "shares")
    name = answer.name_zh if language is Language.zh else answer.name_en
    title = words[answer.kind].format(name=name, year=answer.year, scenario=answer.scenario)
    labels = [option.label_zh if language is Language.zh else option.label_en for option in answer.options]
    figures: dict[str, list[float]] = {
        **{term: [option.terms_cny[term] for option in answer.options] for term in answer.terms},
        "worth": [option.worth_cny for option in answer.options],
        "switching": [option.switching_subsidy_cny for option in answer.options],
        "wanted": [100.0 * option.wanted_share for option in answer.options],
        "share": [100.0 * option.share for option in answer.options],
    }
    rows = [(words[key], *(number(value, "") for value in values)) for key, values in figures.items()]
    return plain_table(title, [words["term"], *labels], rows)
