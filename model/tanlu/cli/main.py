"""The `tanlu` command: run, check, compare and explain scenarios from a terminal.

Whatever takes time to import is imported by the command that needs it, so that help and checks are quick.
"""

import gc
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tanlu.cli.attribute import EXAMPLES as ATTRIBUTE_EXAMPLES
from tanlu.cli.attribute import attribute
from tanlu.cli.brief import EXAMPLES as BRIEF_EXAMPLES
from tanlu.cli.brief import brief
from tanlu.cli.console import (
    FAILED,
    INTERRUPTED,
    WRONG_INPUT,
    Language,
    LanguageOption,
    cannot_write,
    complain,
    examples_text,
    language_of,
    language_of_environment,
    open_console,
    plain_table,
)
from tanlu.cli.data import EXAMPLES as DATA_EXAMPLES
from tanlu.cli.data import backtest_app, region_app
from tanlu.cli.experiment import experiment_app
from tanlu.cli.explain_effect import EXAMPLES as EFFECT_EXAMPLES
from tanlu.cli.explain_effect import explain_effect
from tanlu.cli.extensions import EXAMPLES as EXTENSION_EXAMPLES
from tanlu.cli.extensions import VIEW, explain_view, extension_app
from tanlu.cli.factors import FACTORS, explain_factors
from tanlu.cli.findings import (
    FindingOptions,
    describe_valid_scenario,
    print_findings,
    print_findings_of_result,
    print_findings_of_results,
    print_findings_of_scenarios,
)
from tanlu.cli.five_year_plans import EXAMPLES as PLANS_EXAMPLES
from tanlu.cli.five_year_plans import plans
from tanlu.cli.gases import EXAMPLES as GAS_EXAMPLES
from tanlu.cli.gases import GREENHOUSE_GASES, explain_gases, gases
from tanlu.cli.national_market import NATIONAL_MARKET, explain_national_market
from tanlu.cli.options import grouped
from tanlu.cli.otherwise import EXAMPLES as OTHERWISE_EXAMPLES
from tanlu.cli.otherwise import otherwise
from tanlu.cli.papers import EXAMPLES as PAPER_EXAMPLES
from tanlu.cli.papers import reproduce
from tanlu.cli.prepare import EXAMPLES as PREPARE_EXAMPLES
from tanlu.cli.prepare import prepare
from tanlu.cli.running import (
    SCENARIOS,
    Extend,
    Jobs,
    Set,
    Settings,
    extensions_of,
    results_of,
    results_shown,
    scenarios_of,
    with_references,
)
from tanlu.cli.seek import EXAMPLES as SEEK_EXAMPLES
from tanlu.cli.seek import seek
from tanlu.cli.serve import EXAMPLES as SERVE_EXAMPLES
from tanlu.cli.serve import serve
from tanlu.cli.show import EXAMPLES as SHOW_EXAMPLES
from tanlu.cli.show import report, show
from tanlu.cli.stores import EXAMPLES as STORE_EXAMPLES
from tanlu.cli.verify import EXAMPLES as VERIFY_EXAMPLES
from tanlu.cli.verify import repair, verify
from tanlu.cli.warm import EXAMPLES as WARM_EXAMPLES
from tanlu.cli.warm import warm
from tanlu.cli.why import EXAMPLES as WHY_EXAMPLES
from tanlu.cli.why import print_explanation
from tanlu.core.places import RESULTS, SHIPPED
from tanlu.core.words import LANGUAGES, group, text
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.inputs.characters import forbidden_in_line
from tanlu.inputs.diagnostics import printable

if TYPE_CHECKING:
    from tanlu.output.result import Result

# To look for plugins of pydantic is to read the metadata of every package that is installed.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# NumPy's library for matrices starts a thread for each core, which wait by running. Tanlu's are too small for them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Arrow's own memory takes room for more tables than are written one after the other: 12 MiB.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
# The other memory of Arrow has a thread of its own even where it is not used: a process with one thread can fork.
os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")

# Each command's examples; its help shows them and the tests run them.
EXAMPLES = {
    "run": (
        "tanlu run scenarios/baseline.yaml",
        "tanlu run baseline ccus_push --years 2020-2040 --replications 5",
        "tanlu run baseline --set pack.parameters.hurdle_half_width=0.03",
    ),
    "validate": ("tanlu validate tanlu:baseline", "tanlu validate scenarios/*.yaml"),
    "compare": (
        "tanlu compare baseline ccus_push --replications 4",
        "tanlu compare scenarios/baseline.yaml scenarios/ccus_push.yaml --lang zh",
    ),
    "explain": (
        "tanlu explain",
        "tanlu explain ccus_subsidy",
        "tanlu explain factors hurdle",
        "tanlu explain view Trade",
    ),
    "schema": ("tanlu schema", "tanlu schema experiment --out experiment.schema.json"),
    "list": ("tanlu list", "tanlu list policies"),
    **SHOW_EXAMPLES,
    **BRIEF_EXAMPLES,
    **ATTRIBUTE_EXAMPLES,
    **VERIFY_EXAMPLES,
    **SERVE_EXAMPLES,
    **WHY_EXAMPLES,
    **EFFECT_EXAMPLES,
    **WARM_EXAMPLES,
    **PREPARE_EXAMPLES,
    **DATA_EXAMPLES,
    **PAPER_EXAMPLES,
    **STORE_EXAMPLES,
    **SEEK_EXAMPLES,
    **EXTENSION_EXAMPLES,
    **OTHERWISE_EXAMPLES,
    **GAS_EXAMPLES,
    **PLANS_EXAMPLES,
}


class Commands(TyperGroup):
    """The commands, with one way to report what went wrong: a message, an exit code, no traceback."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse an argument with a control character.

        It may become the name of a file, or stand in one.
        """
        for argument in args:
            if character := forbidden_in_line(argument):
                error = UserError(
                    build_message("control_character", argument=printable(argument), character=character)
                )
                # Options are not read yet.
                chosen_language = next((value for flag, value in pairwise(args) if flag == "--lang"), "")
                language = chosen_language if chosen_language in Language else language_of_environment()
                complain(error.render(language=str(language)))
                raise typer.Exit(WRONG_INPUT)
        return list(super().parse_args(ctx, args))

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            complain(text(language_of(ctx).value, "command.stopped"))
            raise typer.Exit(INTERRUPTED) from None
        except _user_errors() as error:
            styled = open_console(stderr=True).is_terminal
            complain(error.render(styled, language_of(ctx).value), styled=True)
            raise typer.Exit(getattr(error, "exit_code", WRONG_INPUT)) from None


def _user_errors() -> tuple[type[Any], ...]:
    """List the errors that users can mend.

    A module that is not loaded has raised none.
    """
    errors = (
        ("tanlu.inputs.diagnostics", "ScenarioError"),
        ("tanlu.core.words.errors", "UserError"),
        ("tanlu.output.findings.run_error", "RunError"),
    )
    return tuple(getattr(sys.modules[module], name) for module, name in errors if module in sys.modules)


app = typer.Typer(
    name="tanlu",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Start with:\n\ntanlu list\n\ntanlu run baseline",
)
app.add_typer(region_app, name="region")
app.add_typer(backtest_app, name="backtest")
app.add_typer(experiment_app, name="experiment")
app.add_typer(extension_app, name="extension")

Files = Annotated[
    list[str], typer.Argument(help="Scenario files, or names of scenarios: `tanlu list scenarios`.")
]


def _print_version(is_requested: bool) -> None:
    if is_requested:
        from importlib.metadata import version

        typer.echo(f"tanlu {version('tanlu')}")
        raise typer.Exit


@app.callback()
def tanlu(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tanlu 碳路: what policies do to the CO2 of a region, year by year, decision by decision."""


@app.command(epilog=examples_text(EXAMPLES["run"]))
@grouped
def run(
    files: Files,
    settings: Settings,
    lang: LanguageOption,
    extend: Extend,
    options: FindingOptions,
    jobs: Jobs = None,
    out: Annotated[Path, typer.Option(help="Folder for the result folders.")] = RESULTS,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print the result folders and nothing else.")
    ] = False,
) -> None:
    """Run scenarios, show the headline with the official targets, and save the results.

    What this code has left whole in the folder for results is shown, and not run again.
    """
    from tanlu.output.findings.run_error import RunError
    from tanlu.output.result import result_at_hand

    scenarios = scenarios_of(files, extend, settings)
    if options.strict or not quiet:
        print_findings_of_scenarios(scenarios, lang, options)
    at_hand = [result_at_hand(scenario, out, extend) for scenario in scenarios]
    missing = [scenario for scenario, result in zip(scenarios, at_hand, strict=True) if result is None]
    new_results = results_shown(missing, lang, extend, jobs, quiet=quiet)
    failed = []
    for saved_result in at_hand:
        result = saved_result or next(new_results)
        if isinstance(result, RunError):
            print_findings([result.finding], lang, options)
            failed.append(result.scenario)
            continue
        folder = result.save(out)
        if quiet:
            typer.echo(str(folder))
        else:
            _report(result, lang, folder, saved_result is not None)
        if not print_findings_of_result(result, lang, options, quiet=quiet):
            failed.append(result.name)
    if failed:
        complain(text(lang.value, "command.failed", {"names": ", ".join(failed)}))
        raise typer.Exit(FAILED)


def _report(result: "Result", language: Language, folder: Path, finished: bool) -> None:
    words = group(language, "command")
    report(result, language)
    seconds = words["seconds"].format(seconds=result.manifest["wall_time_seconds"])
    place = words["already" if finished else "written"].format(folder=folder)
    open_console().print(f"{place} ({seconds})\n", markup=False, soft_wrap=True)


@app.command(epilog=examples_text(EXAMPLES["validate"]))
@grouped
def validate(
    files: Files, lang: LanguageOption, extend: Extend, options: FindingOptions, changes: Set = None
) -> None:
    """Check scenario files and name every fault with its line; nothing is run or written."""
    scenarios = scenarios_of(files, extend, Settings(changes=changes))
    print_findings_of_scenarios(scenarios, lang, options)
    for scenario in scenarios:
        if scenario.regulators:
            from tanlu.simulation.review_aims import check_aims

            check_aims(scenario)
        typer.echo(describe_valid_scenario(scenario, lang.value))


@app.command(epilog=examples_text(EXAMPLES["compare"]))
@grouped
def compare(
    files: Annotated[list[str], typer.Argument(help="Scenario files or names, or result folders.")],
    settings: Settings,
    lang: LanguageOption,
    extend: Extend,
    options: FindingOptions,
    baseline: Annotated[
        str | None, typer.Option(help="Name of the baseline; the first if not given.")
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Compare two or more scenarios: inputs, headline figures, variables by year, cost per tonne."""
    from tanlu.cli.result_tables import comparison_tables
    from tanlu.output.comparison import compare as compare_results
    from tanlu.output.dry_years import dry_years_in_words
    from tanlu.output.regulators.joint import against_separate_in_words

    if len(files) < 2:
        raise UserError(build_message("two_needed"))
    results = with_references(results_of(files, lang, extend, jobs, settings), baseline, lang, extend, jobs)
    print_findings_of_results(results, lang, options)
    console = open_console()
    compared = compare_results(*results, baseline=baseline)
    for part in comparison_tables(compared, lang):
        console.print(part)
    for name, result in zip(compared.names, compared.results, strict=True):
        for sentence in dry_years_in_words(result, lang.value):
            console.print(f"{name}: {sentence}", markup=False)
    for sentence in against_separate_in_words(compared.results, lang.value):
        console.print(sentence, markup=False)


@app.command(epilog=examples_text(EXAMPLES["explain"]))
def explain(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="Kind of policy, `events`, `regulators`, `national_market`, `greenhouse_gases`, `factors` or `view`; "
            "all if not given."
        ),
    ] = None,
    pattern: Annotated[
        str,
        typer.Argument(
            help="Part of the paths of factors, where `*` stands for anything; or what of the view."
        ),
    ] = "",
    *,
    scenario: Annotated[
        str, typer.Option(help="Scenario whose factors or market rules are listed.")
    ] = f"{SHIPPED}baseline",
    extend: Extend,
) -> None:
    """Explain a policy: what it does, its equation, its source and its fields.

    With `factors`: every figure that a path leads to, its value, range, unit, source and grade. With `national_market`:
    who gets allowances how in a scenario, the cap and what bounds the price. With `view`: what an extension sees.
    """
    if kind == VIEW:
        explain_view(pattern)
        return
    if kind == FACTORS:
        explain_factors(pattern, scenario, extend)
        return
    if kind == GREENHOUSE_GASES:
        explain_gases()
        return
    if kind == NATIONAL_MARKET:
        explain_national_market(scenario, extend)
        return
    from tanlu.policies import KINDS
    from tanlu.policies.base import kind_of
    from tanlu.policies.texts.documentation import EVENTS, REGULATORS
    from tanlu.policies.texts.documentation import explain as explain_policy
    from tanlu.scenario.regulator_documentation import explain_regulators

    added_policies: dict[str, Any] = {
        kind_of(p): p for extension in extensions_of(extend) for p in extension.policies
    }
    if kind is None:
        for name, instrument in {**KINDS, **added_policies}.items():
            typer.echo(f"{name}\n    {instrument.summary['en']}\n    {instrument.summary['zh']}")
        typer.echo(f"{EVENTS}\n    How policies change in a given year.\n    政策如何在某一年改变。")
        typer.echo(f"{REGULATORS}\n    How governments review their policies.\n    政府如何评估自己的政策。")
        typer.echo("\n    ".join([NATIONAL_MARKET, *(text(t, "national_market.summary") for t in LANGUAGES)]))
        gas_summaries = [text(t, "greenhouse_gases.summary") for t in LANGUAGES]
        typer.echo("\n    ".join([GREENHOUSE_GASES, *gas_summaries]))
        typer.echo("\n    ".join([VIEW, *(text(t, "command.view_summary") for t in LANGUAGES)]))
        return
    typer.echo(explain_regulators() if kind == REGULATORS else explain_policy(kind, added_policies))


app.command(epilog=examples_text(EXAMPLES["brief"]))(brief)
app.command(epilog=examples_text(EXAMPLES["attribute"]))(attribute)
app.command(epilog=examples_text(EXAMPLES["gases"]))(gases)
app.command(epilog=examples_text(EXAMPLES["seek"]))(seek)
app.command(epilog=examples_text(EXAMPLES["otherwise"]))(otherwise)
app.command(epilog=examples_text(EXAMPLES["plans"]))(plans)
app.command(name="explain-effect", epilog=examples_text(EXAMPLES["explain-effect"]))(explain_effect)
app.command(name="why", epilog=examples_text(EXAMPLES["why"]))(print_explanation)
app.command(epilog=examples_text(EXAMPLES["warm"]))(warm)
app.command(epilog=examples_text(EXAMPLES["prepare"]))(prepare)
app.command(name="app", epilog=examples_text(EXAMPLES["app"]))(serve)


@app.command(epilog=examples_text(EXAMPLES["schema"]))
def schema(
    kind: Annotated[str, typer.Argument(help="Which files: scenario or experiment.")] = "scenario",
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal if not given.")] = None,
    *,
    extend: Extend,
) -> None:
    """Print the JSON Schema of scenario or experiment files, which gives editors completion and hints."""
    import json

    if kind not in ("scenario", "experiment"):
        advice = build_message("there_are", names=("scenario", "experiment"))
        raise UserError(build_message("no_schema", name=kind, advice=advice))
    schema_text = json.dumps(_schema_of(kind, extend), indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(schema_text)
        return
    try:
        out.write_text(schema_text + "\n", encoding="utf-8")
    except OSError as error:
        raise cannot_write(out, error) from None
    typer.echo(text(language_of_environment().value, "command.schema_written", {"file": out}))


def _schema_of(kind: str, extend: list[str]) -> dict[str, Any]:
    if kind == "experiment":
        from tanlu.experiments.schema import experiment_schema

        return experiment_schema()
    from tanlu.scenario.editors import scenario_schema
    from tanlu.scenario.forms import build_form

    return scenario_schema(build_form(extensions_of(extend)))


@app.command(name="list", epilog=examples_text(EXAMPLES["list"]))
def list_(
    lang: LanguageOption,
    subject: Annotated[
        str | None,
        typer.Argument(
            help="scenarios, policies, regions, results, reasons, kinds (of agents), phases (of a year) or indicators; "
            "the first five if not given."
        ),
    ] = None,
) -> None:
    """List scenarios, kinds of policy, regions, results, reasons, kinds of agents, phases of a year, indicators."""
    from tanlu.cli import catalogue

    listers = catalogue.LISTS
    if subject is not None and subject not in listers:
        advice = build_message("there_are", names=list(listers))
        raise UserError(build_message("nothing_to_list", name=subject, advice=advice))
    console = open_console()
    for name in [subject] if subject else catalogue.AT_ONCE:
        headings, rows = listers[name](lang, SCENARIOS, RESULTS)
        nothing = text(lang.value, "command.nothing_here", {"name": name})
        console.print(plain_table(name.capitalize(), headings, rows) if rows else nothing)


app.command(epilog=examples_text(EXAMPLES["show"]))(show)
app.command(epilog=examples_text(EXAMPLES["verify"]))(verify)
app.command(epilog=examples_text(EXAMPLES["repair"]))(repair)
app.command(epilog=examples_text(EXAMPLES["reproduce"]))(reproduce)


def main() -> None:
    """Run the command line."""
    try:
        app()
    finally:
        gc.freeze()  # Python would search all that is left for garbage before it ends: 0.4 s after a run


if __name__ == "__main__":
    main()
