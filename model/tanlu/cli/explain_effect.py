"""The command that says why the effect of a scenario is small or large."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import Language, LanguageOption, open_console, plain_table
from tanlu.cli.options import grouped
from tanlu.cli.running import AGAINST, Extend, Jobs, Settings, results_of, results_shown, whole_result

if TYPE_CHECKING:
    from tanlu.explanation.effects.answer import EffectExplanation
    from tanlu.explanation.effects.levers import Lever, LeverEffect, NextLevers
    from tanlu.output.result import Result

EXAMPLES = {
    "explain-effect": (
        "tanlu explain-effect ccus_push baseline",
        "tanlu explain-effect ccus_push --option retire_early --json",
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
        str,
        typer.Argument(help="What the effect is measured against: scenario file or name, or result folder."),
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
    from tanlu.explanation.effects.rendering import render_effect

    result, base = results_of([scenario, reference], lang, extend, jobs, settings)
    answer = answers.explain_effect(result, base, option)
    if levers:
        answer = answer._replace(levers=_next_levers(result, answer, lang, extend, jobs))
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


def _next_levers(
    result: "Result", answer: "EffectExplanation", language: Language, extend: list[str], jobs: int | None
) -> "NextLevers | None":
    """Try by runs which levers help most; draws that were run before are not run again."""
    from tanlu.explanation.effects.levers import find_next_levers, list_levers, measure_lever
    from tanlu.explanation.effects.missing import with_policy_block
    from tanlu.scenario.loading import with_settings

    scenario, option = result.scenario, answer.reasons.option

    def measure(levers: "Sequence[Lever]", draws: int) -> "list[LeverEffect]":
        variants = [with_policy_block(scenario, lever.policy, lever.block) for lever in levers]
        several = [with_settings(variant, None, draws, None) for variant in variants]
        ended = map(whole_result, results_shown(several, language, extend, jobs, quiet=True))
        return [
            measure_lever(lever, ending, result, option) for lever, ending in zip(levers, ended, strict=True)
        ]

    return find_next_levers(list_levers(scenario, answer.missing), measure, scenario.replications)
