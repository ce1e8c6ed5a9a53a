"""The commands that check result folders, by their values and by a new run, and mend those that are damaged."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import FAILED, Language, LanguageOption
from tanlu.cli.running import Extend, simulate_shown

if TYPE_CHECKING:
    from tanlu.output.extension import Source
    from tanlu.output.result import Result

EXAMPLES = {
    "verify": ("tanlu verify results/*", "tanlu verify results/* --rerun"),
    "repair": ("tanlu repair results/*",),
}

Folders = Annotated[list[Path], typer.Argument(help="Result folders.")]


def verify(
    folders: Folders,
    lang: LanguageOption,
    extend: Extend,
    rerun: Annotated[bool, typer.Option("--rerun", help="Run again and compare every bit.")] = False,
) -> None:
    """Check that result folders hold what was written and, if asked, that a new run gives the same bits."""
    from tanlu.output.checking import problems_of

    failures = 0
    for folder in folders:
        problems = problems_of(folder)
        verdict = "; ".join(problems) or _intact(folder)
        if rerun and not problems:
            differing = _differing(folder, lang, extend)
            verdict += f", {differing or 'a new run gives the same bits'}"
            failures += bool(differing)
        failures += bool(problems)
        typer.echo(f"{folder}: {verdict}")
    if failures:
        raise typer.Exit(FAILED)


def _intact(folder: Path) -> str:
    """Return that a folder holds what was written, and whether its run can be used."""
    from tanlu.output.folder import read_manifest

    valid = read_manifest(folder).get("valid", True)
    return "intact" if valid else f"intact, but the run is invalid: `tanlu show {folder}` says why"


def repair(folders: Folders, lang: LanguageOption, extend: Extend) -> None:
    """Set damaged result folders aside, in `quarantine` next to them, and run exactly those scenarios again."""
    from tanlu.output.checking import problems_of, replaced
    from tanlu.output.folder import ResultError

    failures = 0
    for folder in folders:
        try:
            problems = problems_of(folder)
            verdict = "intact"
            if problems:
                aside = replaced(folder, _run_again(folder, lang, extend))
                verdict = f"run again, the damaged one is in {aside}"
        except ResultError as error:
            failures, verdict = failures + 1, f"not repaired: {error}"
        typer.echo(f"{folder}: {verdict}")
    if failures:
        raise typer.Exit(FAILED)


def _differing(folder: Path, language: Language, extend: Sequence[str]) -> str:
    """Return how a new run differs from what a folder holds, empty if it does not."""
    from tanlu.output.checking import differences
    from tanlu.output.folder import read_manifest

    tables = differences(folder, _run_again(folder, language, extend))
    return f"a new run differs in {', '.join(tables)} ({_origin(read_manifest(folder))})" if tables else ""


def _run_again(folder: Path, language: Language, extend: Sequence[str]) -> "Result":
    """Run a result's scenario again, with the extensions it was made with and no others."""
    from tanlu.output.checking import scenario_in
    from tanlu.output.folder import ResultError, read_manifest

    try:
        manifest = read_manifest(folder)
    except ResultError:
        manifest = {}  # as if it had needed what is given
    sources: Sequence[Source] = list(extend)
    if manifest and (extend or manifest["extensions"]):
        from tanlu.output.extension import recorded

        sources = recorded(extend, manifest, folder)
    return simulate_shown(scenario_in(folder), language, sources)


def _origin(manifest: dict[str, Any]) -> str:
    model, data = manifest["model"], manifest["data"]
    edited = " with edits" if model["dirty"] else ""
    return (
        f"it was made by Tanlu {model['version']}, commit {model['commit']}{edited}, data {data['version']}"
    )
