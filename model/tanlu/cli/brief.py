"""The command that writes the brief of a result."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import LanguageOption, cannot_write
from tanlu.cli.running import AGAINST, Against, Extend, Settings, results_of, scenarios_of, simulate_shown
from tanlu.core.words import text
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, printable, quote_names, suggest

if TYPE_CHECKING:
    from tanlu.scenario.schema import Scenario

EXAMPLES = {
    "brief": (
        "tanlu brief ccus_push",
        "tanlu brief ccus_push --region Chongqing",
        "tanlu brief results/* --against baseline --lang zh --out brief.html",
    )
}


def brief(
    result: Annotated[str, typer.Argument(help="Result folder, or scenario file or name.")],
    lang: LanguageOption,
    extend: Extend,
    against: Against = AGAINST,
    region: Annotated[
        str, typer.Option(help="Province that figures are of; all of the region if not given.")
    ] = "",
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("brief.html"),
) -> None:
    """Write what a result shows on at most four printed pages, as one HTML file that opens from disk."""
    from tanlu.output.provenance import code_state, model_version
    from tanlu.output.take_away.brief import BriefSubject
    from tanlu.output.take_away.brief import brief as html_of
    from tanlu.scenario.reference import ASSUMED, reference

    subject_scenario, base_scenario = (_scenario_of(side, extend) for side in (result, against))
    if base_scenario.region != subject_scenario.region:
        names = {"region": base_scenario.region, "other": subject_scenario.region}
        raise UserError(build_message("not_of_region", name=base_scenario.name, **names))
    province = _province_of(subject_scenario, region)  # before anything is run
    (shown_result,) = results_of([result], lang, extend, None)
    scenario = shown_result.scenario
    is_saved = (Path(against) / "manifest.json").is_file()
    base_settings = Settings(None if is_saved else str(scenario.years), None if is_saved else scenario.seed)
    settings = base_settings if is_saved else base_settings._replace(replications=scenario.replications)
    (reference_result,) = results_of([against], lang, extend, None, settings)
    basis, plain = reference(scenario, reference_result.scenario), None
    if basis.kind == ASSUMED:  # effects are of policies: the reference is run in the same conditions
        plain, reference_result = reference_result, simulate_shown(basis.scenario, lang, extend)
    unchanged = shown_result.manifest["values_sha256"] == reference_result.manifest["values_sha256"]
    version = (
        f"{model_version()} ({str(code_state()['commit'])[:8]}), {shown_result.manifest['data']['version']}"
    )
    subject = BriefSubject(
        shown_result,
        None if unchanged else reference_result,
        shown_result.pack.targets,
        shown_result.findings,
        version,
        plain=plain,
        region=province,
    )
    try:
        out.write_text(html_of(subject, lang.value), encoding="utf-8")
    except OSError as error:
        raise cannot_write(out, error) from None
    typer.echo(text(lang.value, "command.file_written", {"file": out}))


def _scenario_of(result: str, extend: list[str]) -> "Scenario":
    """Read the scenario of a result folder, or of a file or name."""
    from tanlu.output.result import load_result

    if (Path(result) / "manifest.json").is_file():
        return load_result(result).scenario
    (scenario,) = scenarios_of([result], extend)
    return scenario


def _province_of(scenario: "Scenario", region: str) -> str:
    """Return the province of a name; empty for the whole region.

    Raises:
        UserError: if the scenario's region has none of that name, with the nearest one.
    """
    from tanlu.region.pack import load_region

    axes = load_region(scenario.region, scenario.pack).axes
    if region in ("", axes.region):
        return ""
    if region not in axes.provinces:
        advice = suggest(
            nearest(region, axes.regions), build_message("there_are", names=quote_names(axes.regions))
        )
        raise UserError(build_message("no_region", name=printable(region), advice=advice))
    return region
