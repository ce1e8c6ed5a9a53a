"""The command that says why the effect of a scenario is small or large."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import LanguageOption, open_console, plain_table
from tanlu.cli.options import grouped
from tanlu.cli.running import AGAINST, Extend, Jobs, Settings, results_of, results_shown, whole_result

if TYPE_CHECKING:
    from tanlu.output.result import Result
    from tanlu.scenario.schema import Scenario

EXAMPLES = {
    "explain-effect": (
        "tanlu explain-effect ccus_push baseline",
        "tanlu explain-effect results/ccus_push-* results/baseline-* --option retire_early --json",
        "tanlu explain-effect ccus_push --levers --replications 8",
    )
}


@grouped
def explain_effect(
    scenario: Annotated[str, typer.Argument(help="Scenario file or name, or result folder.")],
    lang: LanguageOption,
    settings: Settings,
    extend: Extend,
    reference: Annotated[
        str, typer.Argument(help="What the effect is measured against: scenario file or name, or result folder.")
    ] = AGAINST,
    option: Annotated[
        str, typer.Option(help="`capture`, or an option of plants such as `retire_early`.")
    ] = "capture",
    levers: Annotated[
        bool, typer.Option("--levers", help="Try by runs which policy not in use would help most.")
    ] = False,
    jobs: Jobs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why an effect is small or large: reasons of all plants by tonnes, what is missing, what would help."""
    from tanlu.explanation.effects import answer as answers
    from tanlu.explanation.effects.levers import find_next_levers, list_levers
    from tanlu.explanation.effects.rendering import render_effect

    result, base = results_of([scenario, reference], lang, extend, jobs, settings)
    answer = answers.explain_effect(result, base, option)
    if levers:

        def run_all(scenarios: "Sequence[Scenario]") -> "list[Result]":
            ended = results_shown(scenarios, lang, extend, jobs, quiet=True)
            return [whole_result(one) for one in ended]

        chosen = list_levers(result.scenario, answer.missing)
        draws = result.scenario.replications
        found = find_next_levers(result.scenario, chosen, run_all, option=option, draws=draws)
        answer = answer._replace(levers=found)
    if as_json:
        data = answers.effect_as_data(answer)
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        return
    console = open_console()
    for part in render_effect(answer, lang.value):
        if isinstance(part, str):
            console.print(part, markup=False)
        else:
            console.print(plain_table(*part))

