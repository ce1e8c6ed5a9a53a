"""The commands that plan, run, check and export experiments."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.analysis import EXAMPLES as ANALYSIS_EXAMPLES
from tanlu.cli.analysis import analyses_as_json, print_analyses, write_analyses
from tanlu.cli.console import (
    FAILED,
    Language,
    LanguageOption,
    cannot_write,
    complain,
    examples_text,
    figures_table,
    open_console,
)
from tanlu.cli.progress import batch_bar
from tanlu.cli.running import Extend
from tanlu.core.warming import warm
from tanlu.core.words import group
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.core.words.numbers import number

if TYPE_CHECKING:
    from tanlu.experiments.executors import Pool
    from tanlu.experiments.plans import Plan
    from tanlu.experiments.store import Store, StoreContents

EXPERIMENTS = Path("experiments")
EXAMPLES = {
    "experiment check": ("tanlu experiment check study.yaml",),
    "experiment estimate": ("tanlu experiment estimate study.yaml --jobs 1",),
    "experiment run": ("tanlu experiment run study.yaml --jobs 1",),
    "experiment status": ("tanlu experiment status study.yaml",),
    "experiment export": ("tanlu experiment export study.yaml --to tables",),
    "experiment verify": ("tanlu experiment verify study.yaml --rerun 2",),
    "experiment repair": ("tanlu experiment repair study.yaml --jobs 1",),
    **ANALYSIS_EXAMPLES,
}

experiment_app = typer.Typer(
    help="Run many scenarios that differ in chosen ways, and keep what is asked of each.",
    no_args_is_help=True,
)

File = Annotated[str, typer.Argument(help="Experiment file, or a study such as tanlu:studies/least_regret.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the stores of experiments.")]
AllJobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Processes that run at once; as many as there are cores if not given.",
        default_factory=lambda: os.cpu_count() or 1,
    ),
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", help="Address of a Dask scheduler, such as tcp://10.0.0.1:8786.")
]


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment check"]))
def check(file: File, lang: LanguageOption, extend: Extend) -> None:
    """Check an experiment file and say how many runs it asks for; nothing is run or written."""
    typer.echo(_counts(_plan(file, extend), lang))


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment estimate"]))
def estimate(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    jobs: AllJobs,
    cluster: Cluster = None,
    out: Out = EXPERIMENTS,
) -> None:
    """Say what an experiment will take, from three runs that are kept."""
    from tanlu.experiments.executors import pool_of

    plan = _plan(file, extend)
    typer.echo(_counts(plan, lang))
    with pool_of(jobs, cluster=cluster) as pool:
        _estimate(plan, _open_store(plan, out), pool, lang)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment run"]))
def run(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    jobs: AllJobs,
    cluster: Cluster = None,
    out: Out = EXPERIMENTS,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print the store's folder and nothing else.")
    ] = False,
) -> None:
    """Run what the store of an experiment lacks; a killed one goes on where it was."""
    from tanlu.experiments.executors import pool_of

    plan = _plan(file, extend)
    store = _open_store(plan, out)
    with pool_of(jobs, cluster=cluster) as pool:
        if not quiet:
            typer.echo(_counts(plan, lang), err=True)
            _estimate(plan, store, pool, lang)
        contents = _run(plan, store, pool, lang, quiet)
    _report(plan, store, contents, lang, quiet)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment repair"]))
def repair(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    jobs: AllJobs,
    cluster: Cluster = None,
    out: Out = EXPERIMENTS,
) -> None:
    """Set aside what is damaged in the store of an experiment, and run exactly those points again."""
    from tanlu.experiments.checks import wrong_parts
    from tanlu.experiments.executors import pool_of

    plan = _plan(file, extend)
    store = _open_store(plan, out)
    wrong_names = sorted(wrong_parts(store, plan.batch.ids))
    store.quarantine(wrong_names)
    typer.echo(group(lang, "experiment")["set_aside"].format(count=len(wrong_names), folder=store.folder))
    with pool_of(jobs, cluster=cluster) as pool:
        contents = _run(plan, store, pool, lang, quiet=False)
    _report(plan, store, contents, lang, quiet=False)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment status"]))
def status(file: File, lang: LanguageOption, extend: Extend, out: Out = EXPERIMENTS) -> None:
    """Say how far an experiment is, what failed, and what it found so far."""
    plan = _plan(file, extend)
    store = plan.store(out)
    _report(plan, store, store.read(plan.batch.ids), lang, quiet=False)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment analyse"]))
def analyse(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    out: Out = EXPERIMENTS,
    method: Annotated[
        list[str] | None,
        typer.Option(help="morris, sobol, prim, cart, regret or steps; all that suit the file if not given."),
    ] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="Outcome of the file; all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every row.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Folder for a CSV file a table, with every row.")
    ] = None,
) -> None:
    """Say which inputs matter, when a policy fails and which choice is regretted least, from what is stored."""
    from tanlu.experiments.analysis.main import analyse as analyse_stored

    analyses = analyse_stored(_plan(file, extend), out, method or (), outcome or ())
    if csv is not None:
        write_analyses(analyses, csv)
    if as_json:
        typer.echo(analyses_as_json(analyses))
    else:
        print_analyses(analyses, lang)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment verify"]))
def verify(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    out: Out = EXPERIMENTS,
    rerun: Annotated[
        int, typer.Option("--rerun", min=0, help="How many points to run again and compare.")
    ] = 0,
) -> None:
    """Check every part of a store, values included, and whether new runs give the same bits."""
    from tanlu.experiments.checks import rerun_points, wrong_parts

    words, plan = group(lang, "experiment"), _plan(file, extend)
    store = plan.store(out)
    contents, wrong = store.read(plan.batch.ids), wrong_parts(store, plan.batch.ids)
    for name, fault in wrong.items():
        complain(f"{store.runs / name}: {fault.in_language(lang.value)}")
    typer.echo(
        words["verified"].format(parts=len({f for x in contents.files.values() for f in x}), wrong=len(wrong))
    )
    differing = [id for id, is_same in rerun_points(plan, contents, rerun) if not is_same]
    for id in differing:
        complain(words["differs"].format(point=id))
    if rerun and not differing:
        typer.echo(words["same"].format(count=min(rerun, len(contents.points))))
    if wrong or differing:
        raise typer.Exit(FAILED)


@experiment_app.command()
def rerun(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    point: Annotated[str, typer.Option("--point", help="Id of the point, or how it begins.")],
    out: Out = EXPERIMENTS,
) -> None:
    """Run one point of an experiment again and compare it with the store."""
    from tanlu.experiments.checks import rerun_points

    words, plan = group(lang, "experiment"), _plan(file, extend)
    matching_points = [candidate for candidate in plan.batch.points if candidate.id.startswith(point)]
    if len({candidate.id for candidate in matching_points}) != 1:
        count = len({candidate.id for candidate in matching_points})
        raise UserError(build_message("not_one_point", count=count, point=point))
    contents = plan.store(out).read({matching_points[0].id})
    if not contents.points:
        complain(words["not_stored"].format(point=matching_points[0].id))
        raise typer.Exit(FAILED)
    ((id, is_same),) = rerun_points(plan, contents, 1)
    typer.echo(words["same" if is_same else "differs"].format(point=id, count=1))
    if not is_same:
        raise typer.Exit(FAILED)


@experiment_app.command(epilog=examples_text(EXAMPLES["experiment export"]))
def export(
    file: File,
    lang: LanguageOption,
    extend: Extend,
    folder: Annotated[Path, typer.Option("--to", help="Folder for the tables.")],
    out: Out = EXPERIMENTS,
) -> None:
    """Write the outcomes of every point as CSV, and kept indicators as Parquet."""
    import pyarrow.parquet as pq

    from tanlu.experiments.summary import kept_indicators, outcome_table

    plan = _plan(file, extend)
    store = plan.store(out)
    contents = store.read(plan.batch.ids)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        outcome_table(plan, contents).to_csv(folder / "outcomes.csv", index=False)
        indicators = kept_indicators(plan, store, contents)
        if indicators is not None:
            pq.write_table(indicators, folder / "indicators.parquet", compression="zstd")
    except OSError as error:
        raise cannot_write(folder, error) from None
    typer.echo(group(lang, "command")["written"].format(folder=folder))


def _plan(file: str, extend: Sequence[str]) -> "Plan":
    from tanlu.experiments.plans import load_experiment

    return load_experiment(file, extend)


def _open_store(plan: "Plan", out: Path) -> "Store":
    store = plan.store(out)
    store.begin(plan.describe())
    return store


def _counts(plan: "Plan", lang: Language) -> str:
    points = plan.batch.points
    return group(lang, "experiment")["checked"].format(
        name=plan.name,
        arms=len(plan.arms),
        rows=len(plan.rows),
        replications=len(points) // (len(plan.arms) * len(plan.rows)),
        points=len(points),
        unique=len(plan.batch.ids),
    )


def _estimate(plan: "Plan", store: "Store", pool: "Pool", lang: Language) -> None:
    from tanlu.experiments.checks import cost_of

    warm(lang.value)
    cost = cost_of(plan.batch, store, pool)
    if cost.points_left:
        typer.echo(
            group(lang, "experiment")["estimate"].format(
                left=cost.points_left,
                cpu=_time(cost.cpu_seconds),
                wall=_time(cost.cpu_seconds / pool.workers),
                workers=pool.workers,
                megabytes=f"{cost.megabytes:.1f}",
            ),
            err=True,
        )


def _ending(plan: "Plan", store: "Store", contents: "StoreContents", lang: Language) -> str:
    """Say how well the outcome is known by which the experiment ends."""
    from tanlu.experiments.stopping import ending_of, replications_done

    precision = ending_of(plan, store, replications_done(plan, contents))
    until = plan.experiment.replications.until
    assert until is not None
    return group(lang, "experiment")["known" if precision.is_met else "not_known"].format(
        outcome=until.outcome,
        replications=precision.replications,
        share=f"{100.0 * precision.half_width_share:.1f}",
        wanted=f"{100.0 * precision.wanted_share:.1f}",
        needed=f"{precision.replications_needed:,.0f}",
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _run(plan: "Plan", store: "Store", pool: "Pool", lang: Language, quiet: bool) -> "StoreContents":
    from tanlu.experiments.stopping import run_until_known

    warm(lang.value)
    with batch_bar(plan, store, quiet) as tell:
        for receipt in run_until_known(plan, store, pool):
            tell(receipt)
    return store.read(plan.batch.ids)


def _report(plan: "Plan", store: "Store", contents: "StoreContents", lang: Language, quiet: bool) -> None:
    """Show what was found; a point that failed makes the command fail, once all is told."""
    from tanlu.experiments.summary import estimates, outcome_table

    words, console = group(lang, "experiment"), open_console()
    failures = Counter(record.failure for record in contents.points.values() if record.failure)
    if quiet:
        typer.echo(str(store.folder))
    else:
        with suppress(KeyError):
            rows = estimates(plan, outcome_table(plan, contents)).to_dict("records")
            heads = [words["arm"], words["outcome"], words["against"]]
            figures = [words["mean"], words["half_width"], words["runs"]]
            cells = [
                (
                    r["arm"],
                    r["outcome"],
                    r["against"],
                    number(r["mean"], ""),
                    number(r["half_width"], ""),
                    str(r["runs"]),
                )
                for r in rows
            ]
            console.print(figures_table(plan.name, (heads, figures, []), cells))
        console.print(
            words["stored"].format(
                done=len(contents.points), points=len(plan.batch.ids), bad=len(contents.bad)
            ),
            words["store"].format(folder=store.folder, digest=contents.digest[:12]),
            sep="\n",
            markup=False,
            soft_wrap=True,
        )
        if plan.experiment.replications.until and contents.points:
            console.print(_ending(plan, store, contents, lang), markup=False, soft_wrap=True)
    for failure, count in failures.most_common():
        complain(words["failed"].format(count=count, failure=failure))
    if failures:
        raise typer.Exit(FAILED)
