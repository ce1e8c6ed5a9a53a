"""Commands for those who write extensions: a file to begin with, and the reference of what it sees."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tanlu.cli.console import LanguageOption, align_rows, cannot_write, examples_text
from tanlu.core.places import EXTENSION_STARTS
from tanlu.core.words import LANGUAGES, text
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import printable

VIEW = "view"  # of `tanlu explain`
EXAMPLES = {
    "extension new": ("tanlu extension new my_load.py", "tanlu extension new my_rule.py --kind population")
}

extension_app = typer.Typer(help="Extensions: rules and agents of your own.", no_args_is_help=True)


class ExtensionKind(StrEnum):
    """What an extension to begin with has."""

    LOAD = "load"
    SUPPLY = "supply"
    POPULATION = "population"
    REGULATOR = "regulator"


@extension_app.command("new", epilog=examples_text(EXAMPLES["extension new"]))
def extension_new(
    file: Annotated[Path, typer.Argument(help="File to write; its name becomes that of the extension.")],
    kind: Annotated[ExtensionKind, typer.Option(help="What the extension has.")] = ExtensionKind.LOAD,
    *,
    lang: LanguageOption,
) -> None:
    """Write an extension that runs as it stands, with comments, to be filled with figures of your own."""
    from tanlu.inputs.types import NAME_PATTERN
    from tanlu.region.catalogue import DEFAULT_REGION, region_axes

    if file.suffix != ".py" or not re.fullmatch(NAME_PATTERN, file.stem):
        raise UserError(build_message("no_extension_file", file=printable(str(file))))
    source = (EXTENSION_STARTS / f"{kind}.py").read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as stream:
            place = region_axes(DEFAULT_REGION).provinces[0]
            stream.write(source.replace("PLACE", place).replace("NAME", file.stem).replace("FILE", file.name))
    except FileExistsError:
        raise UserError(build_message("extension_exists", file=file)) from None
    except OSError as error:
        raise cannot_write(file, error) from None
    scenario = "provinces_review" if kind is ExtensionKind.REGULATOR else "baseline"
    typer.echo(text(lang.value, "command.extension_written", {"file": file, "scenario": scenario}))


def explain_view(name: str) -> None:
    """Print what an extension sees: all records, or what a name stands for."""
    from tanlu.output.extension_view import find_values, list_records

    if not name:
        for line in align_rows([(record.path, record.name, record.summary) for record in list_records()]):
            typer.echo(line)
        return
    for record, values in find_values(name):
        typer.echo(f"{record.path} · {record.name}\n{record.summary}\n")
        rows = [(value.name, value.type, value.axes, value.unit, value.meaning) for value in values]
        in_languages = (text(language, "command.view_headings").split(", ") for language in LANGUAGES)
        headings = tuple(map(" ".join, zip(*in_languages, strict=True)))
        for line in align_rows([headings, *rows]):
            typer.echo(f"  {line}")
        typer.echo("")
