"""The command that searches for packages that meet aims and caps."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import FAILED, Language, LanguageOption, complain, figures_table, open_console
from tanlu.cli.experiment import EXPERIMENTS, AllJobs, Cluster, Out, load_plan, open_pool
from tanlu.cli.findings import FindingOptions, print_findings
from tanlu.cli.running import Extend
from tanlu.core.warming import warm
from tanlu.core.words import group
from tanlu.core.words.numbers import number, unit_name

if TYPE_CHECKING:
    import pandas as pd

    from tanlu.experiments.search.course import SearchStep
    from tanlu.experiments.search.main import SeekAnswer

EXAMPLES = {"seek": ("tanlu seek search.yaml --jobs 1 --to tables",)}


def seek(
    file: Annotated[str, typer.Argument(help="Experiment file with a block `seek`, or a study.")],
    lang: LanguageOption,
    extend: Extend,
    jobs: AllJobs,
    cluster: Cluster = None,
    out: Out = EXPERIMENTS,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help="Folder for the tables front and runs and a scenario file for each finalist."
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print the digest of the front and nothing else.")
    ] = False,
) -> None:
    """Search for values of levers that meet aims and keep caps, and show the best in draws of their own.

    A search that was stopped goes on where it was. Ends with 1 where nothing meets them all.
    """
    from tanlu.experiments.search.main import SearchWatch, run_search

    plan = load_plan(file, extend)
    words = group(lang, "seek")
    if not quiet:
        print_findings(plan.find_odd_ends(), lang, FindingOptions())
    warm(lang.value)
    with open_pool(jobs, cluster, lang) as pool, _progress(plan.runs, words, quiet) as (step, part):
        answer = run_search(plan, plan.store(out), pool, SearchWatch(step, part))
    if to is not None:
        answer.save(to)
    if quiet:
        typer.echo(answer.digest)
    else:
        _print(answer, lang, to)
    if not answer.is_met:
        raise typer.Exit(FAILED)


@contextmanager
def _progress(
    runs: int, words: Mapping[str, str], quiet: bool
) -> "Iterator[tuple[Callable[[SearchStep], None], Callable[[Any, Any], None]]]":
    """Yield what takes steps and parts: a line for each step, and in a terminal a count of runs as they end."""
    from rich.live import Live

    console = open_console(stderr=True)
    written_runs: set[str] = set()

    def take_step(step: "SearchStep") -> None:
        if not quiet:
            values = step._asdict() | {"stage": words[f"stage_{step.stage}"], "most": runs}
            console.print(words["step"].format(**values), markup=False)

    if quiet or not console.is_terminal:
        yield take_step, lambda batch, receipt: None
        return
    with Live(console=console, transient=True, refresh_per_second=2) as live:

        def take_part(batch: Any, receipt: Any) -> None:
            written_runs.update(record.id for record in receipt.points)
            live.update(words["new_runs"].format(runs=len(written_runs)))

        yield take_step, take_part


def _print(answer: "SeekAnswer", language: Language, folder: Path | None) -> None:
    words, console = group(language, "seek"), open_console()
    table = answer.front()
    if len(table):
        console.print(_table(answer, table, language))
        console.print(words["draws"].format(draws=answer.problem.draws), markup=False)
    for sentence in _sentences(answer, table, words, folder):
        console.print(sentence, markup=False, soft_wrap=True)
    failures = {outcome.failure for outcome in answer.draw_outcomes if outcome.failure}
    for failure in sorted(failures):
        count = sum(outcome.failure == failure for outcome in answer.draw_outcomes)
        complain(words["failed"].format(count=count, failure=failure))


def _table(answer: "SeekAnswer", table: "pd.DataFrame", language: Language) -> Any:
    words, problem = group(language, "seek"), answer.problem
    units = answer.plan.find_units()
    names = dict.fromkeys((*problem.goals, *problem.bounds))
    figures = [input.name for input in answer.plan.inputs]
    figures += [f"{name} ({unit_name(_unit(answer, units, name), language)})" for name in names]
    figures += [words["kept"].format(name=name) for name in problem.aims]
    heads = ([words["point"]], figures, [words["group"], words["verdict"]])
    rows = [_cells(answer, row, names, words) for row in table.to_dict("records")]
    return figures_table(words["title"].format(name=answer.plan.name), heads, rows)


def _unit(answer: "SeekAnswer", units: Mapping[str, str], name: str) -> str:
    from tanlu.core.words.numbers import A_YEAR

    return units[name].removesuffix(A_YEAR) if answer.problem.outcomes[name].sum is not None else units[name]


def _cells(
    answer: "SeekAnswer", row: Mapping[Any, Any], names: Mapping[str, None], words: Mapping[str, str]
) -> list[str]:
    from tanlu.output.comparison_tables.cells import within

    problem = answer.problem
    cells = [str(row["point"])]
    cells += [number(row[input.name], "") for input in answer.plan.inputs]
    cells += [within(row[name], row[f"{name}_half_width"]) for name in names]
    for name in problem.aims:
        shares = {end: f"{100 * row[f'{name}_share_{end}']:.0f}" for end in ("low", "high")}
        cells.append(
            words["kept_draws"].format(kept=row[f"{name}_kept_draws"], draws=problem.draws, **shares)
        )
    return [*cells, str(row["group"]) if row["keeps_all"] else "", _verdict(answer, row, words)]


def _verdict(answer: "SeekAnswer", row: Mapping[Any, Any], words: Mapping[str, str]) -> str:
    broken = [name for name in answer.problem.bounds if row[f"{name}_margin"] < 0.0]
    if broken:
        return words["breaks"].format(names=", ".join(broken))
    return words["on_front"] if row["on_front"] else words["beaten"].format(point=row["beaten_by"])


def _sentences(
    answer: "SeekAnswer", table: "pd.DataFrame", words: Mapping[str, str], folder: Path | None
) -> Iterator[str]:
    findings = answer.findings
    if not answer.is_met:
        yield words["none"]
        yield from _nearest(answer, table, words)
    yield words[f"ended_{findings.ending}"].format(
        done=answer.runs_done, most=answer.problem.runs, points=len(findings.places)
    )
    yield words["store"].format(folder=answer.store.folder, digest=answer.digest[:12])
    if folder is not None:
        yield words["written"].format(folder=folder)


def _nearest(answer: "SeekAnswer", table: "pd.DataFrame", words: Mapping[str, str]) -> Iterator[str]:
    """Say what the nearest point lacks in fresh draws, and which bounds alone stand in the way of another one."""
    bounds = answer.problem.bounds
    for row in table.to_dict("records"):
        lacking = ", ".join(
            f"{name} {number(-row[f'{name}_margin'], '')}" for name in bounds if row[f"{name}_margin"] < 0.0
        )
        yield words["lacks"].format(point=row["point"], lacking=lacking)
    obstacles = answer.obstacles()
    for obstacle in obstacles:
        outcome = answer.problem.outcomes[obstacle.bound]
        limits = [limit for limit in (outcome.at_most, outcome.at_least) if limit is not None]
        yield words["binds"].format(
            name=obstacle.bound,
            limit=" … ".join(number(limit, "") for limit in limits),
            gap=number(-obstacle.margin, ""),
            point=obstacle.point,
        )
    if not obstacles:
        yield words["several_bind"]
