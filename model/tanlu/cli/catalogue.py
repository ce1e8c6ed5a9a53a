"""What there is to work with: scenarios, kinds of policy, regions and results, as rows of text."""

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tanlu.core.places import scenario_sources
from tanlu.core.words import group
from tanlu.core.words.numbers import unit_name
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.policies import KINDS
from tanlu.region.catalogue import DEFAULT_REGION, region_names, region_settings
from tanlu.scenario.loading import load

type Rows = list[tuple[str, ...]]
type Lister = Callable[[str, Path, Path], tuple[tuple[str, ...], Rows]]


def _scenarios(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    return ("name", "title", "years", "policies", "source"), [
        _scenario_row(name, source, language) for name, source in sorted(scenario_sources(scenarios).items())
    ]


def _scenario_row(name: str, source: str, language: str) -> tuple[str, ...]:
    try:
        scenario = load(source)
    except ScenarioError as error:
        count = len(error.findings)
        return name, f"has {count} errors: tanlu validate {source}", "", "", source
    title = scenario.title("zh" if language == "zh" else "en")
    return scenario.name, title, str(scenario.years), ", ".join(sorted(scenario.policies)), source


def _policies(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    rows = [(kind, policy.title[language], policy.summary[language]) for kind, policy in KINDS.items()]
    return ("kind", "title", "what it does"), [*rows]


def _regions(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    rows: Rows = []
    for name in region_names():
        settings = region_settings(name)
        provinces = ", ".join(settings["provinces"])
        rows.append((name, settings["label"][language], provinces, str(settings["data_version"])))
    return ("name", "title", "provinces", "data version"), rows


def _results(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    manifests = sorted(results.glob("[!.]*/manifest.json"))  # hidden folders are drafts
    rows = [_result_row(path) for path in manifests]
    return ("folder", "scenario", "years", "created", "model", "run"), rows


def _result_row(path: Path) -> tuple[str, ...]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        keys = manifest["scenario"], manifest["years"], manifest["created"], manifest["model"]["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return str(path.parent), f"damaged: tanlu verify {path.parent}", "", "", "", ""
    valid = "valid" if manifest.get("valid", True) else f"invalid: tanlu show {path.parent}"
    return str(path.parent), *(str(key) for key in keys), valid


def _reasons(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    reasons, figures = group(language, "reason"), group(language, "reason_figures")
    rows: Rows = [
        (name, words + figures.get(name, "").format(value="…", limit="…")) for name, words in reasons.items()
    ]
    return ("code", "why an option is closed"), rows


def _kinds(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    from tanlu.simulation import kinds

    rows: Rows = [
        (kind.name, kind.agent.__name__, ", ".join(getattr(kind.agent, "columns", ())))
        for kind in kinds.KINDS
    ]
    return ("kind", "class", "columns"), rows


def _phases(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    import_module("tanlu.simulation.model")  # whose methods they are
    from tanlu.state.phases import PHASES

    return ("phase", "what it does", "document"), [*PHASES.values()]


def _indicators(language: str, scenarios: Path, results: Path) -> tuple[tuple[str, ...], Rows]:
    from tanlu.indicators.catalogue import describe
    from tanlu.indicators.main import indicators
    from tanlu.region.pack import load_region

    region = load_region(DEFAULT_REGION)
    units = {x.variable: x.unit for x in indicators(region)}
    rows: Rows = [
        (
            indicator.variable,
            unit_name(units[indicator.variable], language),
            indicator.label[language],
            indicator.text[language],
        )
        for indicator in describe([*units], region).values()
    ]
    return ("variable", "unit", "name", "what it is"), rows


LISTS: Mapping[str, Lister] = {
    "scenarios": _scenarios,
    "policies": _policies,
    "regions": _regions,
    "results": _results,
    "reasons": _reasons,
    "kinds": _kinds,
    "phases": _phases,
    "indicators": _indicators,
}
AT_ONCE = ("scenarios", "policies", "regions", "results", "reasons")  # the others read the model's code
