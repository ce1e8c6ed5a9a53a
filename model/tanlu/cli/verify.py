"""The command that checks result folders, and whether a new run gives the same bits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import FAILED, Language, language_of_environment
from tanlu.cli.running import Extend, scenarios_of, simulate_shown

if TYPE_CHECKING:
    from tanlu.output.extension import Source
    from tanlu.output.result import Result

EXAMPLES = {"verify": ("tanlu verify results/*", "tanlu verify results/* --rerun")}


def verify(
    folders: Annotated[list[Path], typer.Argument(help="Result folders.")],
    lang: Annotated[
        Language, typer.Option("--lang", help="Language of labels.", default_factory=language_of_environment)
    ],
    extend: Extend,
    rerun: Annotated[bool, typer.Option("--rerun", help="Run again and compare every bit.")] = False,
) -> None:
    """Check that result folders are undamaged and, if asked, that a new run gives the same bits."""
    from tanlu.output.folder import damaged_files, read_manifest

    failures = 0
    for folder in folders:
        manifest = read_manifest(folder)
        verdict = f"damaged: {', '.join(bad)}" if (bad := damaged_files(folder, manifest)) else "intact"
        if not bad and rerun:
            again = _run_again(folder, manifest, lang, extend)
            same = again.manifest["values_sha256"] == manifest["values_sha256"]
            verdict += (
                ", a new run gives the same bits" if same else f", a new run differs ({_origin(manifest)})"
            )
            failures += not same
        failures += bool(bad)
        typer.echo(f"{folder}: {verdict}")
    if failures:
        raise typer.Exit(FAILED)


def _run_again(folder: Path, manifest: dict[str, Any], language: Language, extend: Sequence[str]) -> "Result":
    """Run a result's scenario again, with the extensions it was made with and no others."""
    sources: Sequence[Source] = ()
    if extend or manifest.get("extensions"):
        from tanlu.output.extension import recorded

        sources = recorded(extend, manifest, folder)
    return simulate_shown(scenarios_of([str(folder)], sources)[0], language, sources)


def _origin(manifest: dict[str, Any]) -> str:
    model, data = manifest["model"], manifest["data"]
    edited = " with edits" if model["dirty"] else ""
    return (
        f"it was made by Tanlu {model['version']}, commit {model['commit']}{edited}, data {data['version']}"
    )
