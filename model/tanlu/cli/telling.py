"""How commands tell what was found: warnings in full, notes as a count, and all of it as errors if that is asked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tanlu.cli.console import FAILED, WRONG_INPUT, Language, complain, open_console
from tanlu.core.words import text
from tanlu.core.words.messages import build_message, translate
from tanlu.inputs.diagnostics import Finding, Severity, render

if TYPE_CHECKING:
    from tanlu.output.result import Result
    from tanlu.policies.base import Policy
    from tanlu.policies.events import Event
    from tanlu.scenario.schema import Scenario


class Telling(NamedTuple):
    """What the command line says about findings."""

    notes: Annotated[bool, typer.Option("--notes", help="Show notes too, not only how many.")] = False
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False


def tell(findings: Sequence[Finding], language: Language, telling: Telling) -> None:
    """Print findings to standard error: notes only if asked, else how many there are."""
    styled = bool(findings) and open_console(stderr=True).is_terminal
    notes = sum(one.severity == Severity.note for one in findings)
    for one in findings:
        if telling.notes or one.severity != Severity.note:
            complain(f"{render(one, styled, language.value)}\n", styled=True)
    if notes and not telling.notes:
        complain(text(language.value, "found.word_notes", {"count": notes}))


def tell_of_scenarios(scenarios: "Sequence[Scenario]", language: Language, telling: Telling) -> None:
    """Print what deserves a second look before anything runs; if that is asked, do not run it."""
    from tanlu.scenario.findings import scenario_findings

    findings = [one for scenario in scenarios for one in scenario_findings(scenario)]
    tell(findings, language, telling)
    if telling.strict and any(one.severity != Severity.note for one in findings):
        raise typer.Exit(WRONG_INPUT)


def tell_of_result(result: "Result", language: Language, telling: Telling, *, quiet: bool) -> bool:
    """Print what a run showed, beyond what its scenario did; return whether it holds, warnings too if that is asked."""
    from tanlu.scenario.findings import scenario_findings

    before = {(one.code, one.place.path) for one in scenario_findings(result.scenario)}
    new = [one for one in result.findings if (one.code, one.place.path) not in before]
    tell([one for one in new if one.severity == Severity.error or not quiet], language, telling)
    least = (Severity.error, Severity.warning) if telling.strict else (Severity.error,)
    return not any(one.severity in least for one in new)


def tell_of_results(results: "Sequence[Result]", language: Language, telling: Telling) -> None:
    """Print all that was found of results before they are compared; if that is asked, do not compare them."""
    findings = [one for result in results for one in result.findings]
    tell(findings, language, telling)
    if telling.strict and any(one.severity != Severity.note for one in findings):
        raise typer.Exit(FAILED)


def valid_in_words(scenario: "Scenario", language: str) -> str:
    """Return the line that says that a scenario is right, with its policies and events."""

    def off(one: "Policy | Event") -> str:
        return "" if one.enabled else text(language, "command.switched_off")

    policies = tuple(f"{name} ({p.kind}{off(p)})" for name, p in sorted(scenario.policies.items()))
    events = tuple(
        f"{name} ({event.decided_in}: {', '.join(event.changes)}{off(event)})"
        for name, event in sorted(scenario.events.items(), key=lambda item: (item[1].decided_in, item[0]))
    )
    values = {"name": scenario.name, "region": scenario.region, "years": scenario.years}
    valid = text(
        language,
        "command.valid",
        {**values, "policies": translate(policies or build_message("none"), language)},
    )
    return valid + (
        text(language, "command.valid_events", {"events": translate(events, language)}) if events else ""
    )
