"""How commands print findings: warnings in full, notes as a count, and warnings as errors if that is asked."""

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


class FindingOptions(NamedTuple):
    """Which findings are printed, and which of them end a command."""

    notes: Annotated[bool, typer.Option("--notes", help="Show notes too, not only how many.")] = False
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False


def print_findings(findings: Sequence[Finding], language: Language, options: FindingOptions) -> None:
    """Print findings to standard error; notes in full or as a count."""
    styled = bool(findings) and open_console(stderr=True).is_terminal
    notes = sum(finding.severity == Severity.note for finding in findings)
    for finding in findings:
        if options.notes or finding.severity != Severity.note:
            complain(f"{render(finding, styled, language.value)}\n", styled=True)
    if notes and not options.notes:
        complain(text(language.value, "found.word_notes", {"count": notes}))


def print_findings_of_scenarios(
    scenarios: "Sequence[Scenario]", language: Language, options: FindingOptions
) -> None:
    """Print the findings of scenarios before anything runs.

    With `strict`, a finding that is no note ends the command.
    """
    from tanlu.scenario.findings import scenario_findings

    findings = [finding for scenario in scenarios for finding in scenario_findings(scenario)]
    print_findings(findings, language, options)
    if options.strict and any(finding.severity != Severity.note for finding in findings):
        raise typer.Exit(WRONG_INPUT)


def print_findings_of_result(
    result: "Result", language: Language, options: FindingOptions, *, quiet: bool
) -> bool:
    """Print the findings of a run and return whether it is valid.

    Findings of its scenario alone are left out. With `strict`, warnings count as errors.
    """
    from tanlu.scenario.findings import scenario_findings

    known_places = {(finding.code, finding.place.path) for finding in scenario_findings(result.scenario)}
    new = [finding for finding in result.findings if (finding.code, finding.place.path) not in known_places]
    print_findings(
        [finding for finding in new if finding.severity == Severity.error or not quiet], language, options
    )
    fatal_severities = (Severity.error, Severity.warning) if options.strict else (Severity.error,)
    return not any(finding.severity in fatal_severities for finding in new)


def print_findings_of_results(
    results: "Sequence[Result]", language: Language, options: FindingOptions
) -> None:
    """Print the findings of results before they are compared.

    With `strict`, a finding that is no note ends the command.
    """
    findings = [finding for result in results for finding in result.findings]
    print_findings(findings, language, options)
    if options.strict and any(finding.severity != Severity.note for finding in findings):
        raise typer.Exit(FAILED)


def describe_valid_scenario(scenario: "Scenario", language: str) -> str:
    """Write the line about a valid scenario, with its policies and events."""

    def switch_note(switchable: "Policy | Event") -> str:
        return "" if switchable.enabled else text(language, "command.switched_off")

    policies = tuple(f"{name} ({p.kind}{switch_note(p)})" for name, p in sorted(scenario.policies.items()))
    events = tuple(
        f"{name} ({event.decided_in}: {', '.join(event.changes)}{switch_note(event)})"
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
