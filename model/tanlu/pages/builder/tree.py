"""What the page shows of a visitor's scenario: its policies with their marks and values, its world, its differences."""

from collections.abc import Sequence
from typing import Any

from tanlu.core.units import split_unit
from tanlu.core.words import text, words
from tanlu.inputs.diagnostics import Finding, Severity, render
from tanlu.inputs.field_words import unit_words
from tanlu.pages.builder.asked import Asked
from tanlu.pages.builder.fields import WORLD, short_number
from tanlu.pages.builder.packages import Conflict, conflicts, stacked
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import BASELINE, Levers
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.scenario.difference import main_key
from tanlu.scenario.input_words import InputWords
from tanlu.scenario.policy_titles import policy_titles
from tanlu.scenario.schema import plain_scenario

IN_FORCE, CHANGED, ADDED = "in_force", "changed", "added"


def policy_rows(scenarios: Scenarios, levers: Levers, language: str) -> list[dict[str, Any]]:
    """Return every policy of a scenario: its words, what it is to the baseline, and its values."""
    scenario = scenarios.scenario(levers)
    plain, base = plain_scenario(scenario)["policies"], plain_scenario(scenarios.baseline)["policies"]
    beside, titles = stacked(scenarios, levers), policy_titles(scenario.policies, scenario.region, language)
    return [
        {
            "name": name,
            "kind": policy.kind,
            "title": titles[name],
            "mark": ADDED if name not in base else IN_FORCE if plain[name] == base[name] else CHANGED,
            "off": not policy.enabled,
            "stacked": name in beside,
            "values": plain[name],
            "given": given_keys(policy),
            "short": short_value(policy, language),
            "note": words(language).get(f"builder.note_{policy.kind}", ""),
        }
        for name, policy in scenario.policies.items()
    ]


def given_keys(policy: Policy) -> list[str]:
    """Return the keys that an opened policy shows first: the main one, and its own that are not at their default."""
    main, given = main_key(type(policy)), policy.model_dump(exclude_defaults=True)
    return [main, *(key for key in given if key not in Policy.model_fields and key != main)]


def short_value(policy: Policy, language: str) -> str:
    """Return the first number of a policy that says something, with its unit."""
    for key in given_keys(policy):
        value = policy.model_dump()[key]
        if value not in (None, 0.0) and not isinstance(value, list | tuple | bool):
            shown = short_number(value)
            unit = "" if split_unit(key)[1] == "year" else unit_words(key, language)
            return f"{shown} {unit}".strip() if shown else ""
    return ""


def world_values(scenarios: Scenarios, levers: Levers) -> dict[str, Any]:
    """Return the keys of the world, and which of them are not those of the baseline."""
    values = plain_scenario(scenarios.scenario(levers))["world"]
    base = plain_scenario(scenarios.baseline)["world"]
    return {"values": values, "changed": [key for key in values if values[key] != base.get(key)]}


def difference_rows(scenarios: Scenarios, levers: Levers, said: InputWords) -> list[list[str]]:
    """Return what differs from the baseline, as `tanlu compare` does: key, there, here, and what the key is called."""
    both = (scenarios.baseline, scenarios.scenario(levers))
    return [[one.key, *one.cells, one.label] for one in said.rows(both)]


def told(findings: Sequence[Finding], language: str) -> list[dict[str, str]]:
    """Return findings as the page shows them at the keys that they are about."""
    return [
        {
            "path": one.place.path.replace("[", ".").replace("]", ""),
            "severity": str(one.severity),
            "code": one.code,
            "text": sentence(one.in_language(language)),
            "full": render(one, language=language),
        }
        for one in findings
        if one.severity != Severity.note
    ]


def sentence(finding: Finding) -> str:
    """Return what is wrong and what to do, without the place, which the page shows."""
    return f"{finding.message}; {finding.help}" if finding.help else finding.message


def conflict_rows(scenarios: Scenarios, levers: Levers, language: str) -> dict[str, list[dict[str, Any]]]:
    """Return for every package with conflicts what has to be decided before it is filled in."""
    found = {name: conflicts(scenarios, levers, name) for name in scenarios.names if name != BASELINE}
    return {
        name: [_conflict_row(scenarios, name, one, language) for one in rows]
        for name, rows in found.items()
        if rows
    }


def _conflict_row(scenarios: Scenarios, package: str, conflict: Conflict, language: str) -> dict[str, Any]:
    block, name = conflict.path
    title = name
    if block == "policies":
        title = KINDS[scenarios.scenario(Levers(package)).policies[name].kind].title[language]
    return {
        "block": block,
        "name": name,
        "title": title,
        "rivals": list(conflict.rivals),
        "both": conflict.can_be_both,
    }


def state_words(scenarios: Scenarios, asked: Asked, language: str) -> str:
    """Say how many policies and conditions differ from the baseline."""
    block = scenarios.beside_baseline(asked.levers).block
    count = len(block.get("policies", {})) + len(block.get(WORLD, {}))
    key = {0: "nothing", 1: "one"}.get(count, "some")
    return text(language, f"builder.{key}", {"count": count})
