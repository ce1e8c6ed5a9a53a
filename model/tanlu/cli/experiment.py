"""The commands that check, estimate and run experiments."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import (
    FAILED,
    Language,
    LanguageOption,
    complain,
    examples_text,
    figures_table,
    open_console,
)
from tanlu.cli.findings import FindingOptions, print_findings
from tanlu.cli.progress import batch_bar
from tanlu.cli.running import Extend
from tanlu.core.warming import warm
from tanlu.core.words import group
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.core.words.numbers import number

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.table import Table

    from tanlu.experiments.estimates import OutcomeEstimate
    from tanlu.experiments.executors import Pool
    from tanlu.experiments.plans import Plan
    from tanlu.experiments.store import Store
    from tanlu.experiments.stored import StoredExperiment

EXPERIMENTS = Path("experiments")
EXAMPLES = {
    "experiment check": ("tanlu experiment check study.yaml",),
    "experiment estimate": ("tanlu experiment estimate study.yaml --jobs 1",),
    "experiment run": ("tanlu experiment run study.yaml --jobs 1",),
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
    plan = load_plan(file, extend)
    print_findings(plan.find_odd_ends(), lang, FindingOptions())
    typer.echo(_counts(plan, lang))


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
    plan = load_plan(file, extend)
    _refuse_search(plan)
    typer.echo(_counts(plan, lang))
    with open_pool(jobs, cluster, lang) as pool:
        tell_cost(plan, begin_store(plan, out), pool, lang)


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
    from tanlu.experiments.stored import read_store

    plan = load_plan(file, extend)
    _refuse_search(plan)
    if not quiet:
        print_findings(plan.find_odd_ends(), lang, FindingOptions())
    store = begin_store(plan, out)
    with open_pool(jobs, cluster, lang) as pool:
        if not quiet:
            typer.echo(_counts(plan, lang), err=True)
            tell_cost(plan, store, pool, lang)
        run_missing(plan, store, pool, lang, quiet)
    report(read_store(store.folder), lang, quiet)


def open_pool(jobs: int, cluster: str | None, lang: Language) -> "AbstractContextManager[Pool]":
    """Open a pool of processes of this machine, or of the workers of a Dask cluster."""
    if cluster is None:
        from tanlu.experiments.executors import pool_of

        return pool_of(jobs)
    from tanlu.experiments.cluster import cluster_pool

    return cluster_pool(cluster, lambda message: complain(message.in_language(lang.value)))


def load_plan(file: str, extend: Sequence[str]) -> "Plan":
    """Read an experiment file."""
    from tanlu.experiments.plans import load_experiment

    return load_experiment(file, extend)


def begin_store(plan: "Plan", out: Path) -> "Store":
    """Open the store of a plan, and make it if it is not there."""
    store = plan.store(out)
    store.begin(plan.describe())
    return store


def _refuse_search(plan: "Plan") -> None:
    if plan.experiment.seek is not None:
        raise UserError(build_message("file_of_search", file=plan.file))


def _counts(plan: "Plan", lang: Language) -> str:
    if plan.experiment.seek is not None:
        counts = {"levers": len(plan.experiment.levers), "arms": len(plan.arms), "runs": plan.runs}
        return group(lang, "seek")["checked"].format(name=plan.name, **counts)
    points = plan.batch.points
    return group(lang, "experiment")["checked"].format(
        name=plan.name,
        arms=len(plan.arms),
        rows=len(plan.rows),
        replications=len(points) // (len(plan.arms) * len(plan.rows)),
        points=len(points),
        unique=len(plan.batch.ids),
    )


def tell_cost(plan: "Plan", store: "Store", pool: "Pool", lang: Language) -> None:
    """Say what the rest of an experiment will take, from a few runs that are kept."""
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


def _ending(stored: "StoredExperiment", lang: Language) -> str:
    """Say how well the outcome is known by which the experiment ends."""
    from tanlu.experiments.stopping import ending_of, replications_done

    layout = stored.layout
    precision = ending_of(layout, stored.store, replications_done(layout, stored.contents))
    until = layout.experiment.replications.until
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


def run_missing(plan: "Plan", store: "Store", pool: "Pool", lang: Language, quiet: bool) -> None:
    """Run what a store lacks, with a bar."""
    from tanlu.experiments.stopping import run_until_known

    warm(lang.value)
    with batch_bar(plan, store, quiet) as tell:
        for receipt in run_until_known(plan, store, pool):
            tell(receipt)


def report(stored: "StoredExperiment", lang: Language, quiet: bool) -> None:
    """Show what was found; a point that failed makes the command fail, once all is told."""
    words, console = group(lang, "experiment"), open_console()
    contents = stored.contents
    failures = Counter(record.failure for record in contents.points.values() if record.failure)
    if quiet:
        typer.echo(str(stored.store.folder))
    else:
        if stored.layout.experiment.seek is None:  # means over what a search happened to try say nothing
            console.print(_means_table(stored, words, lang))
        sentences = [
            words["stored"].format(
                done=len(contents.points), points=stored.layout.runs, bad=len(contents.bad)
            ),
            words["store"].format(folder=stored.store.folder, digest=contents.digest[:12]),
            words["made_by"].format(**name_code(stored.description)),
        ]
        if stored.layout.experiment.replications.until and contents.points:
            sentences.append(_ending(stored, lang))
        console.print(*sentences, sep="\n", markup=False, soft_wrap=True)
    for failure, count in failures.most_common():
        complain(words["failed"].format(count=count, failure=failure))
    if failures:
        raise typer.Exit(FAILED)


def _means_table(stored: "StoredExperiment", words: Mapping[str, str], language: str) -> "Table":
    heads = [words["arm"], words["outcome"], words["against"]]
    figures = [words["mean"], words["half_width"], words["runs"]]
    cells = [
        (x.arm, x.outcome, x.against, number(x.mean, ""), _write_interval(x, language), str(x.runs))
        for x in stored.estimates()
    ]
    return figures_table(stored.layout.experiment.experiment, (heads, figures, []), cells)


def _write_interval(estimate: "OutcomeEstimate", language: str) -> str:
    """Write the half-width of a mean, or what runs say of a rare outcome."""
    if estimate.rare is None:
        return number(estimate.half_width, "")
    from tanlu.output.comparison_tables.cells import write_rare

    return write_rare(estimate.rare, bool(estimate.against), "", language)


def name_code(description: Mapping[str, Any]) -> dict[str, str]:
    """Name the code that made a store: its digest, commit, version and Python."""
    return {
        "code": description["code"]["sha256"][:12],
        "commit": (description["model"]["commit"] or "-")[:12],
        "version": description["model"]["version"],
        "python": description["environment"]["python"],
    }
