"""The commands that check result folders, by their values and by a new run, and mend those that are damaged."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import FAILED, Language, LanguageOption
from tanlu.cli.running import Extend, simulate_shown
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import Message, build_message

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
        verdict = reduce(_and_then, problems) if problems else _intact(folder)
        if rerun and not problems:
            differing = _differing(folder, lang, extend)
            verdict = build_message("with_comma", one=verdict, other=differing or build_message("same_bits"))
            failures += bool(differing)
        failures += bool(problems)
        typer.echo(f"{folder}: {verdict.in_language(lang.value)}")
    if failures:
        raise typer.Exit(FAILED)


def _and_then(message: Message, next_message: Message) -> Message:
    return build_message("and_then", one=message, other=next_message)


def _intact(folder: Path) -> Message:
    """Say that a folder is intact, and whether its run can be used."""
    from tanlu.output.folder import read_manifest

    valid = read_manifest(folder).get("valid", True)
    return build_message("intact") if valid else build_message("intact_invalid", folder=folder)


def repair(folders: Folders, lang: LanguageOption, extend: Extend) -> None:
    """Set damaged result folders aside, in `quarantine` next to them, and run exactly those scenarios again."""
    from tanlu.output.checking import problems_of, replace_folder

    failures = 0
    for folder in folders:
        try:
            problems = problems_of(folder)
            verdict = build_message("intact")
            if problems:
                aside = replace_folder(folder, _run_again(folder, lang, extend))
                verdict = build_message("repaired", folder=aside)
        except ResultError as error:
            failures, verdict = failures + 1, build_message("not_repaired", reason=error.message)
        typer.echo(f"{folder}: {verdict.in_language(lang.value)}")
    if failures:
        raise typer.Exit(FAILED)


def _differing(folder: Path, language: Language, extend: Sequence[str]) -> Message | None:
    """List the tables of a new run that differ from a folder, None if equal."""
    from tanlu.output.checking import differences
    from tanlu.output.folder import read_manifest

    tables = differences(folder, _run_again(folder, language, extend))
    return (
        build_message("other_bits", tables=tables, origin=_origin(read_manifest(folder))) if tables else None
    )


def _run_again(folder: Path, language: Language, extend: Sequence[str]) -> "Result":
    """Run a result's scenario again, with the same extensions."""
    from tanlu.output.checking import scenario_in
    from tanlu.output.folder import read_manifest

    try:
        manifest = read_manifest(folder)
    except ResultError:
        manifest = {}  # as if it had needed what is given
    sources: Sequence[Source] = list(extend)
    if manifest and (extend or manifest["extensions"]):
        from tanlu.output.extension import match_extensions

        sources = match_extensions(extend, manifest, folder)
    return simulate_shown(scenario_in(folder), language, sources)


def _origin(manifest: dict[str, Any]) -> Message:
    model = manifest["model"]
    values = {"version": model["version"], "commit": model["commit"], "data": manifest["data"]["version"]}
    return build_message("made_by_edited", **values) if model["dirty"] else build_message("made_by", **values)
