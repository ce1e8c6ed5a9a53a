"""The command that makes answers of the page ahead."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import FAILED, Language, LanguageOption
from tanlu.cli.experiment import AllJobs, begin_store, run_missing, tell_cost
from tanlu.core.places import RESULTS
from tanlu.core.words import group

if TYPE_CHECKING:
    from tanlu.experiments.preparation import Preparation

EXAMPLES = {
    "prepare": (
        "tanlu prepare --only aims --jobs 1",
        "tanlu prepare --only aims --check",
    )
}


def prepare(
    lang: LanguageOption,
    jobs: AllJobs,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="Kind of instrument, aims, drought or normal_year; several times. All if not given.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Run nothing; say whether all is made, and end with 1 if not.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder for the store of the answers.")] = RESULTS,
) -> None:
    """Make the answers ahead that visitors of the app ask for first; a killed one goes on where it was."""
    from tanlu.experiments.executors import pool_of
    from tanlu.experiments.preparation import COMPLETE, judge_preparation, load_preparation

    plan, part = load_preparation(only or ())
    if not check:
        store = begin_store(plan, out)
        with pool_of(jobs) as pool:
            tell_cost(part, store, pool, lang)
            run_missing(part, store, pool, lang, quiet=False)
    preparation = judge_preparation(part, out)
    typer.echo(_tell(preparation, plan.store(out).folder, lang))
    if preparation.state != COMPLETE:
        raise typer.Exit(FAILED)


def _tell(preparation: "Preparation", folder: Path, lang: Language) -> str:
    """Write how far the answers are, and what does not count."""
    words, counts = group(lang, "prepare"), preparation._asdict()
    sentences = [words[preparation.state].format(folder=folder, **counts)]
    wrong = [name for name in ("failed_runs", "damaged_parts", "stale_runs") if counts[name]]
    return "\n".join([*sentences, *(words[name].format(**counts) for name in wrong)])
