"""What `tanlu explain factors` prints: every path, what it is now, and how uncertain it is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from tanlu.cli.console import align_rows
from tanlu.cli.running import scenarios_of
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message

if TYPE_CHECKING:
    from tanlu.output.extension import Source
    from tanlu.scenario.factors import Factor

FACTORS = "factors"
HEADINGS = ("path", "value", "low", "high", "unit", "source", "grade", "why this range")


def explain_factors(pattern: str, scenario: str, extend: "Sequence[Source]") -> None:
    """Print the factors whose paths hold a pattern, one a line."""
    from tanlu.scenario.factors import factors

    rows = [_row(factor) for factor in factors(scenarios_of([scenario], extend)[0], pattern)]
    if not rows:
        raise UserError(build_message("no_path", pattern=pattern))
    for line in align_rows([HEADINGS, *rows]):
        typer.echo(line)


def _row(factor: "Factor") -> tuple[str, ...]:
    mark = "x" if factor.is_factor else ""
    ends = ["" if end is None else f"{mark}{end:.6g}" for end in (factor.low, factor.high)]
    if factor.is_fixed:
        ends = ["fixed", "fixed"]
    return factor.path, _values(factor), *ends, factor.unit, factor.source, factor.grade, factor.basis


def _values(factor: "Factor") -> str:
    """Format a value, or range and number of several values."""
    if len(factor.values) == 1:
        return f"{factor.values[0]:.6g}"
    if not factor.values:
        return "blank"
    return f"{min(factor.values):.6g} to {max(factor.values):.6g} ({len(factor.values)})"
