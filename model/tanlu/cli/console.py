"""How the command line prints, in English or Chinese: messages, numbers, tables of text."""

import os
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.core.words.errors import UserError, explain_error
from tanlu.core.words.messages import build_message

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

LANGUAGE = "tanlu.language"  # under which a command keeps the language that was asked for
WRONG_INPUT, FAILED, INTERRUPTED = 2, 1, 130  # exit codes
PIPED_WIDTH = 120  # a pipe has no width of its own; narrower ones break words


class Language(StrEnum):
    """Language of labels."""

    en = "en"
    zh = "zh"


def language_of_environment() -> Language:
    """Return the language that the locale asks for, English if it is neither."""
    locale = next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), "")
    return Language.zh if locale.lower().startswith("zh") else Language.en


def keep_language(context: typer.Context, language: Language) -> Language:
    """Keep the language of a command for its errors."""
    context.meta[LANGUAGE] = language
    return language


def language_of(context: typer.Context) -> Language:
    """Return the language of a command, else that of the environment."""
    language: Language = context.meta.get(LANGUAGE) or language_of_environment()
    return language


LanguageOption = Annotated[
    Language,
    typer.Option(
        "--lang",
        help="Language of labels and messages.",
        default_factory=language_of_environment,
        callback=keep_language,
    ),
]


def examples_text(lines: Iterable[str]) -> str:
    """Format the examples of a command for its help."""
    return "\n\n".join(["Examples:", *lines])


def open_console(stderr: bool = False) -> "Console":
    """Return the console for results or, with `stderr`, for progress and errors."""
    from rich.console import Console  # here and below, as a check that finds nothing prints no tables

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PIPED_WIDTH)
    return console


def complain(text: str, styled: bool = False) -> None:
    """Print a message to standard error, with its colours if it is `styled`."""
    typer.echo(text, err=True, color=styled or None)


class NotDoneError(UserError):
    """What a command was asked for was right, and could not be done."""

    exit_code = FAILED


def cannot_write(path: "Path", error: OSError) -> NotDoneError:
    """Build the error of a file or folder that cannot be written."""
    return NotDoneError(build_message("cannot_write", folder=path, reason=explain_error(error)))


def open_table(
    title: str, words: Sequence[str], figures: Sequence[str] = (), units: Sequence[str] = ()
) -> "Table":
    """Build a table without rows.

    Its columns are words, figures to the right, and words again.
    """
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", title_style="bold", header_style="bold")
    for name in words:
        table.add_column(escape(name), overflow="fold")
    for name in figures:
        table.add_column(escape(name), justify="right", overflow="fold")
    for name in units:
        table.add_column(escape(name))
    return table


def align_rows(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Align the cells of rows as plain lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def plain_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    """Build a table of words alone."""
    return figures_table(title, (headings, (), ()), rows)


def figures_table(
    title: str, headings: tuple[Sequence[str], Sequence[str], Sequence[str]], rows: Iterable[Sequence[str]]
) -> "Table":
    """Build a table of text.

    Its headings are three groups: words, figures to the right, and words again.
    """
    from rich.markup import escape

    table = open_table(title, *headings)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table
