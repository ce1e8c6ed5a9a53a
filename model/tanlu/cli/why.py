"""The command that says why a plant or facility decided as it did."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tanlu.cli.console import LanguageOption, open_console, plain_table

EXAMPLES = {
    "why": (
        "tanlu why results/baseline-* coal_luohuang_phase_ii_unit_3",
        "tanlu why results/baseline-* coal_luohuang_phase_ii_unit_3 --json",
        "tanlu why results/baseline-* car_sichuan --year 2030",
    )
}


def print_explanation(
    folder: Annotated[Path, typer.Argument(help="Result folder.")],
    decider: Annotated[
        str,
        typer.Argument(
            help="Plant, facility, row of vehicles or builders, issuer of bonds, province or `national` (reviews): "
            "identifier or name."
        ),
    ],
    lang: LanguageOption,
    year: Annotated[
        int | None,
        typer.Option(help="Year of the decision; if not given the last change, of many buyers the last."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a plant, facility or regulator decided as it did, or many buyers divided as they did, term by term."""
    from tanlu.explanation.adoption import AdoptionExplanation, adoption_as_data
    from tanlu.explanation.explain import as_data, explain_decision
    from tanlu.explanation.issuers import IssuerExplanation, issuer_as_data
    from tanlu.explanation.rendering import render_explanation
    from tanlu.explanation.reviews import ReviewExplanation, review_as_data
    from tanlu.output.result import load_result

    result = load_result(folder)
    answer = explain_decision(result, decider, year)
    if as_json:
        if isinstance(answer, ReviewExplanation):
            data = review_as_data(answer)
        elif isinstance(answer, IssuerExplanation):
            data = issuer_as_data(answer)
        elif isinstance(answer, AdoptionExplanation):
            data = adoption_as_data(answer)
        else:
            data = as_data(answer)
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        return
    console = open_console()
    for part in render_explanation(answer, result.scenario.region, lang.value):
        if isinstance(part, str):
            console.print(part, markup=False)
        else:
            console.print(plain_table(*part))
