"""The command that compiles before the first run."""

import typer

from tanlu.cli.console import LanguageOption
from tanlu.core.warming import warm as compile_kernels
from tanlu.core.words import text

EXAMPLES = {"warm": ("tanlu warm",)}


def warm(
    lang: LanguageOption,
) -> None:
    """Compile the kernels now, in all cores, so that no run has to; a later run would do it by itself."""
    compile_kernels(lang.value)
    typer.echo(text(lang.value, "compiling.ready"))
