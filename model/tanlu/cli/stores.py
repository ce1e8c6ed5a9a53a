"""The commands that show, export, check and mend stores of experiments, whatever code made them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.analysis import EXAMPLES as ANALYSIS_EXAMPLES
from tanlu.cli.analysis import analyses_as_json, print_analyses, write_analyses
from tanlu.cli.console import FAILED, LanguageOption, cannot_write, complain, examples_text
from tanlu.cli.experiment import EXAMPLES as EXPERIMENT_EXAMPLES
from tanlu.cli.experiment import (
    EXPERIMENTS,
    AllJobs,
    Cluster,
    Out,
    begin_store,
    experiment_app,
    load_plan,
    name_code,
    open_pool,
    report,
    run_missing,
)
from tanlu.cli.running import Extend
from tanlu.core.words import group
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import Message, build_message

if TYPE_CHECKING:
    from tanlu.experiments.plans import Plan
    from tanlu.experiments.store import Store
    from tanlu.experiments.stored import StoredExperiment

EXAMPLES = {
    **EXPERIMENT_EXAMPLES,
    "experiment status": (
        "tanlu experiment status study.yaml",
        "tanlu experiment status experiments/study-*",
    ),
    "experiment export": ("tanlu experiment export study.yaml --to tables",),
    "experiment verify": ("tanlu experiment verify study.yaml --rerun 2",),
    "experiment repair": ("tanlu experiment repair study.yaml --jobs 1",),
    **ANALYSIS_EXAMPLES,
}

FileOrStore = Annotated[
    str,
    typer.Argument(
        metavar="FILE|STORE",
        help="Experiment file, study, or folder of a store, which may be of other code.",
    ),
]
Rerun = Annotated[int, typer.Option("--rerun", min=0, help="How many points to run again and compare.")]


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment status"]))
def status(file: FileOrStore, lang: LanguageOption, extend: Extend, out: Out = EXPERIMENTS) -> None:
    """Report the progress, failures and outcomes of an experiment."""
    report(_open(file, extend, out), lang, quiet=False)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment analyse"]))
def analyse(
    file: FileOrStore,
    lang: LanguageOption,
    extend: Extend,
    out: Out = EXPERIMENTS,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="one_at_a_time, morris, sobol, prim, cart, regret, steps; all that suit the file if not given."
        ),
    ] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="Outcome of the file; all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every row.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Folder for a CSV file a table, with every row.")
    ] = None,
) -> None:
    """Analyse experiment runs: inputs that matter, policies that fail, choices least regretted."""
    from tanlu.experiments.analysis.main import analyse as analyse_stored
    from tanlu.experiments.analysis.main import check_methods

    check_methods(method or ())  # before a store is looked for
    experiment = _open(file, extend, out)
    analyses = analyse_stored(experiment.layout, experiment.contents, method or (), outcome or ())
    if csv is not None:
        write_analyses(analyses, csv)
    if as_json:
        typer.echo(analyses_as_json(analyses))
    else:
        print_analyses(analyses, lang)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment verify"]))
def verify(
    file: FileOrStore,
    lang: LanguageOption,
    extend: Extend,
    out: Out = EXPERIMENTS,
    rerun: Rerun = 0,
) -> None:
    """Check every part of a store, values included, and whether new runs give the same bits."""
    from tanlu.experiments.checks import wrong_parts

    words, experiment = group(lang, "experiment"), _open(file, extend, out)
    wrong = wrong_parts(experiment.store)
    for name, fault in wrong.items():
        complain(f"{experiment.store.runs / name}: {fault.in_language(lang.value)}")
    parts = {name for names in experiment.contents.files.values() for name in names}
    typer.echo(words["verified"].format(parts=len(parts), wrong=len(wrong)))
    differing = _differing(experiment, extend, rerun)
    for id in differing:
        complain(words["differs"].format(point=id))
    if differing:
        complain(words["mend"].format(command=f"tanlu experiment repair {file} --rerun {rerun}"))
    elif rerun:
        typer.echo(words["same"].format(count=min(rerun, len(experiment.contents.points))))
    if wrong or differing:
        raise typer.Exit(FAILED)


@experiment_app.command()
def rerun(
    file: FileOrStore,
    lang: LanguageOption,
    extend: Extend,
    point: Annotated[str, typer.Option("--point", help="Id of the point, or how it begins.")],
    out: Out = EXPERIMENTS,
) -> None:
    """Run one point of an experiment again and compare it with the store."""
    from tanlu.experiments.checks import rerun_points

    words = group(lang, "experiment")
    experiment = _open(file, extend, out)
    matching_ids = {id for id in experiment.contents.points if id.startswith(point)}
    if len(matching_ids) != 1:
        raise UserError(build_message("not_one_point", count=len(matching_ids), point=point))
    ((id, is_same),) = rerun_points(_plan_of(experiment, extend), experiment.contents, matching_ids)
    typer.echo(words["same" if is_same else "differs"].format(point=id, count=1))
    if not is_same:
        raise typer.Exit(FAILED)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment export"]))
def export(
    file: FileOrStore,
    lang: LanguageOption,
    extend: Extend,
    folder: Annotated[Path, typer.Option("--to", help="Folder for the tables.")],
    out: Out = EXPERIMENTS,
) -> None:
    """Write the outcomes of every point as CSV, kept indicators as Parquet, and what made them as JSON."""
    import pyarrow.parquet as pq

    experiment = _open(file, extend, out)
    outcomes, indicators = experiment.outcomes(), experiment.indicators()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        outcomes.to_csv(folder / "outcomes.csv", index=False)
        if indicators is not None:
            pq.write_table(indicators, folder / "indicators.parquet", compression="zstd")
        description = json.dumps(experiment.description, indent=2, ensure_ascii=False)
        (folder / "experiment.json").write_text(description + "\n", encoding="utf-8")
    except OSError as error:
        raise cannot_write(folder, error) from None
    typer.echo(group(lang, "command")["written"].format(folder=folder))


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment repair"]))
def repair(
    file: FileOrStore,
    lang: LanguageOption,
    extend: Extend,
    jobs: AllJobs,
    cluster: Cluster = None,
    out: Out = EXPERIMENTS,
    rerun: Rerun = 0,
) -> None:
    """Set aside what is damaged in a store or what new runs contradict, and run exactly those points again."""
    from tanlu.experiments.checks import wrong_parts
    from tanlu.experiments.stored import read_store
    from tanlu.output.provenance import running_code

    words = group(lang, "experiment")
    store = _mend_description(file, extend, out)
    experiment = read_store(store.folder)
    wrong_names = {*wrong_parts(experiment.store)}
    for id in _differing(experiment, extend, rerun):
        wrong_names |= {*experiment.contents.files[id]}
    experiment.store.quarantine(sorted(wrong_names))
    typer.echo(words["set_aside"].format(count=len(wrong_names), folder=store.folder))
    experiment = read_store(store.folder)
    if experiment.layout.experiment.seek is not None:
        complain(build_message("search_again").in_language(lang.value))
    elif experiment.description["code"] == running_code():
        plan = _plan_of(experiment, extend)
        with open_pool(jobs, cluster, lang) as pool:
            run_missing(plan, experiment.store, pool, lang, quiet=False)
        experiment = read_store(store.folder)
    report(experiment, lang, quiet=False)
    if wrong_names and experiment.description["code"] != running_code():
        complain(words["not_run_again"].format(**name_code(experiment.description)))
        raise typer.Exit(FAILED)


def _open(file: str, extend: Sequence[str], out: Path) -> "StoredExperiment":
    """Open a store by its folder or by its file.

    Raises:
        BatchError: if nothing is stored.
    """
    from tanlu.experiments.executors import BatchError
    from tanlu.experiments.stored import read_store

    if Path(file).is_dir():
        experiment = read_store(Path(file))
    else:
        plan = load_plan(file, extend)
        folder = plan.store(out).folder
        if not folder.is_dir():
            raise BatchError(_explain_absence(plan, out))
        experiment = read_store(folder)
    if not experiment.contents.points:
        raise BatchError(build_message("nothing_stored"))
    return experiment


def _explain_absence(plan: "Plan", out: Path) -> Message:
    stores = sorted(str(folder) for folder in out.glob(f"{plan.name}-*") if folder.is_dir())
    if not stores:
        return build_message("nothing_stored")
    return build_message("stored_by_others", stores=stores)


def _mend_description(file: str, extend: Sequence[str], out: Path) -> "Store":
    """Open a store whose description may be damaged, and write that again.

    Raises:
        BatchError: if there is neither a sound copy nor the file.
    """
    from tanlu.experiments.description import find_problem, read_description, restore_description
    from tanlu.experiments.store import Store

    if not Path(file).is_dir():
        return begin_store(load_plan(file, extend), out)
    if find_problem(Path(file)) is not None:
        restore_description(Path(file))
    return Store(Path(file), read_description(Path(file))["code"])


def _plan_of(experiment: "StoredExperiment", extend: Sequence[str]) -> "Plan":
    """Build the plan of a store, to run its points.

    Raises:
        BatchError: if other code made the store.
    """
    from tanlu.experiments.executors import BatchError
    from tanlu.experiments.plans import plan_from
    from tanlu.output.provenance import running_code

    if experiment.description["code"] != running_code():
        raise BatchError(build_message("store_of_other_code", **name_code(experiment.description)))
    return plan_from(experiment.description, extend)


def _differing(experiment: "StoredExperiment", extend: Sequence[str], count: int) -> list[str]:
    """Run some points again, and list those that give other bits."""
    from tanlu.experiments.checks import rerun_points, sample_points

    if not count:
        return []
    plan = _plan_of(experiment, extend)
    comparisons = rerun_points(plan, experiment.contents, sample_points(experiment.contents, count))
    return [id for id, is_same in comparisons if not is_same]
