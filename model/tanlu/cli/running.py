"""What the commands that run scenarios share: reading them, running them with a bar, and results at hand."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tanlu.cli.console import Language, complain, open_console
from tanlu.core.places import SHIPPED, scenario_sources
from tanlu.core.warming import warm
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, printable, quote_names, suggest

if TYPE_CHECKING:
    from tanlu.core.words.messages import Message
    from tanlu.output.extension import Extension, Source
    from tanlu.output.findings.run_error import RunError
    from tanlu.output.result import Result
    from tanlu.scenario.schema import Scenario

SCENARIOS = Path("scenarios")
AGAINST = "baseline"  # if no other is given

Extend = Annotated[
    list[str],
    typer.Option(
        "--extend",
        help="File of an extension, or the name of an installed one; may be given several times.",
        default_factory=list,
    ),
]

Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Processes that run at once, with the same bits; if not given, as many as draws, cores and memory allow.",
    ),
]

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="PATH=VALUE in place of what the scenarios say, such as world.gas_price_factor=1.2; several times. "
        "Paths: `tanlu explain factors`.",
    ),
]

Against = Annotated[
    str,
    typer.Option(
        "--against",
        help="Scenario file or name that effects are measured against; `brief` takes a result folder too.",
    ),
]

Replications = Annotated[
    int | None,
    typer.Option("--replications", min=1, help="How often to repeat each run; else as scenarios say."),
]


class Settings(NamedTuple):
    """What the command line says in place of a scenario; None keeps what it says."""

    years: Annotated[str | None, typer.Option(help="First and last year, such as 2020-2040.")] = None
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the random numbers.")] = None
    replications: Replications = None
    changes: Set = None


AS_WRITTEN = Settings()


def scenarios_of(
    files: Sequence[str], extend: "Sequence[Source]", settings: Settings = AS_WRITTEN
) -> "list[Scenario]":
    """Read all scenarios before the first one runs.

    So an error in the last one costs nothing.
    """
    from tanlu.scenario.changes import read_changes, with_changes
    from tanlu.scenario.loading import load_all, with_settings

    scenarios = load_all([_source_of(file) for file in files], extensions_of(extend))
    years, seed, replications, change_texts = settings
    changes = read_changes(change_texts or ())
    configured = [with_settings(scenario, seed, replications, years) for scenario in scenarios]
    if not changes:
        return configured
    return [with_changes(scenario, changes, f"--set, {scenario.name}") for scenario in configured]


def extensions_of(extend: "Sequence[Source]") -> "Sequence[Extension]":
    """Load extensions from their files or names."""
    if not extend:
        return ()
    from tanlu.output.extension import gather  # with the model, which a check of a plain file does not need

    return gather(extend).members


def _source_of(text: str) -> str:
    """Find the source of a scenario.

    It is a path, the scenario of a result folder, or a name in `scenarios/` or of Tanlu.
    """
    path = Path(text)
    if (path / "scenario.yaml").is_file():
        return str(path / "scenario.yaml")
    if path.is_file() or text.startswith(SHIPPED) or path.suffix in (".yaml", ".yml"):
        return text
    sources = scenario_sources(SCENARIOS)
    if text in sources:
        return sources[text]
    if path.exists():
        return text
    advice = suggest(
        nearest(text, sources),
        build_message("there_are", names=quote_names(sorted(sources)) or build_message("none")),
    )
    raise UserError(build_message("no_scenario", name=printable(text), advice=advice))


def simulate_shown(
    scenario: "Scenario", language: Language, extend: "Sequence[Source]", *, quiet: bool = False
) -> "Result":
    """Run a scenario in this process and show its progress.

    `quiet` prints nothing but that kernels are compiled.
    """
    warm(language.value)
    with _progress(scenario, language, quiet) as progress:
        from tanlu.experiments.results import simulate

        return simulate(scenario, progress=progress, extensions=extend, jobs=1)


def results_shown(
    scenarios: "Sequence[Scenario]",
    language: Language,
    extend: "Sequence[Source]",
    jobs: int | None,
    *,
    quiet: bool = False,
) -> "Iterator[Result | RunError]":
    """Yield the results of scenarios in their order, from one or more processes.

    In place of the result of a scenario that fails stands its error, so that the others go on.
    """
    if not scenarios:
        return
    from tanlu.experiments.jobs import Draws, choose_jobs
    from tanlu.experiments.results import simulate_all
    from tanlu.output.findings.run_error import RunError

    def tell(message: "Message") -> None:
        complain(message.in_language(language.value))

    warm(language.value)
    jobs = choose_jobs(jobs, Draws.from_scenarios(scenarios), extend, tell)
    if jobs > 1:
        with replications_bar(quiet) as progress:
            yield from simulate_all(scenarios, jobs=jobs, extensions=extend, progress=progress, tell=tell)
        return
    for scenario in scenarios:
        try:
            ended: Result | RunError = simulate_shown(scenario, language, extend, quiet=quiet)
        except RunError as error:
            ended = error
        yield ended


def _unseen(count: int, total: int) -> None:
    """Show nothing of how far the runs are."""


@contextmanager
def replications_bar(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that moves the bar of finished replications.

    The bar is for terminals only. It comes with the first of them: its thread must not be there when processes start.
    """
    if quiet:
        yield _unseen
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

    console = open_console(stderr=True)
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("", total=None)

    def move(count: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=count, total=total)

    try:
        yield move
    finally:
        bar.stop()


@contextmanager
def _progress(scenario: "Scenario", language: Language, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that moves the bar of years.

    The bar is for terminals only.
    """
    if quiet:
        yield _unseen
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = open_console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[year]}")
    bar = Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    first, count = scenario.years.start, scenario.years.end - scenario.years.start + 1
    with bar:
        task = bar.add_task(scenario.title(language.value), total=None, year=first)
        yield lambda done_years, total: bar.update(
            task, completed=done_years, total=total, year=first + (done_years - 1) % count
        )


def results_of(
    texts: Sequence[str],
    language: Language,
    extend: "Sequence[Source]",
    jobs: int | None,
    settings: Settings = AS_WRITTEN,
) -> "list[Result]":
    """Read saved results, and run scenarios with these settings."""
    from tanlu.output.result import load_result

    saved = {text: load_result(text) for text in texts if (Path(text) / "manifest.json").is_file()}
    options = [
        f"--{'set' if name == 'changes' else name}" for name, value in settings._asdict().items() if value
    ]
    if saved and options:
        folder = next(iter(saved))
        raise UserError(build_message("run_already", option=options[0], folder=folder))
    scenarios = [scenarios_of([text], extend, settings)[0] for text in texts if text not in saved]
    new_results = results_shown(scenarios, language, extend, jobs)
    return [saved[text] if text in saved else whole_result(next(new_results)) for text in texts]


def with_references(
    results: "list[Result]",
    baseline: str | None,
    language: Language,
    extend: "Sequence[Source]",
    jobs: int | None,
) -> "list[Result]":
    """Append the references that are missing to results that are compared.

    A result that differs from the baseline in policies and in what no policy changes is measured against the baseline
    in its own conditions.
    """
    from tanlu.scenario.reference import ASSUMED, assumptions, reference

    conditions = [assumptions(compared.scenario) for compared in results]
    first = next((compared for compared in results if compared.name == baseline), results[0]).scenario
    references = [
        reference(compared.scenario, first)
        for compared in results
        if compared.scenario.region == first.region
    ]
    missing = {
        candidate.scenario: None
        for candidate in references
        if candidate.kind == ASSUMED and assumptions(candidate.scenario) not in conditions
    }
    new_results = results_shown([*missing], language, extend, jobs)
    return [*results, *map(whole_result, new_results)]


def whole_result(ended: "Result | RunError") -> "Result":
    """Return a result, or raise its error."""
    if isinstance(ended, Exception):
        raise ended
    return ended
