"""The command that computes the figures of published papers again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import (
    FAILED,
    Language,
    LanguageOption,
    figures_table,
    open_console,
)
from tanlu.core.words import group
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, suggest_first

if TYPE_CHECKING:
    from rich.table import Table

    from tanlu.evaluation.papers.reproduce import Paper, PaperFigure

EXAMPLES = {"reproduce": ("tanlu reproduce P2", "tanlu reproduce P1 P2 --lang zh")}


def reproduce(
    lang: LanguageOption,
    papers: Annotated[list[str] | None, typer.Argument(help="Such as P1; all papers if not given.")] = None,
) -> None:
    """Compute the figures of published papers with Tanlu's own modules; fail if one is beyond its tolerance."""
    from tanlu.evaluation.papers.reproduce import paper_names, reproduce

    names = {name.lower(): name for name in paper_names()}
    requested = papers or list(names)
    wrong = [name for name in requested if name.lower() not in names]
    if wrong:
        nearest_name = nearest(wrong[0], list(names.values()), cutoff=0.4)
        advice = suggest_first(nearest_name, build_message("there_are", names=list(names.values())))
        raise UserError(build_message("no_paper", name=wrong[0], advice=advice))
    console, missed = open_console(), 0
    for name in dict.fromkeys(names[name.lower()] for name in requested):
        paper = reproduce(name)
        missed += paper.missed
        console.print(_table(paper, lang))
        for line in (paper.citation.strip(), *paper.notes[lang], _summary(paper, lang), ""):
            console.print(line, markup=False)
    if missed:
        raise typer.Exit(FAILED)


def _table(paper: "Paper", language: Language) -> "Table":
    words = group(language, "reproduce")
    right = ("published", "simulated", "deviation", "tolerance")
    return figures_table(
        f"{paper.name}  {paper.title[language]}",
        ([words["figure"], words["unit"]], [words[key] for key in right], [words["verdict"], words["place"]]),
        [cells(figure, language) for figure in paper.figures],
    )


def cells(figure: "PaperFigure", language: Language) -> Sequence[str]:
    """Format a figure as a row of the table.

    Its cells are label, unit, published, simulated, deviation, tolerance, verdict and place.
    """
    published = "" if figure.published is None else f"{figure.published:.10g}"
    gap, unit = figure.deviation, figure.bound_unit
    in_percent = unit in ("", "percent")
    gap_text = "" if gap is None else _signed(gap, 1) + " %" if in_percent else _signed(gap, figure.digits)
    bound = "" if figure.bound is None else f"{figure.bound:g}" + (" %" if in_percent else "")
    verdict = group(language, "reproduce")[figure.verdict] if figure.verdict else ""
    simulated = f"{figure.simulated:,.{figure.digits}f}"
    return (
        figure.label[language],
        figure.unit,
        published,
        simulated,
        gap_text,
        bound,
        verdict,
        figure.place,
    )


def _signed(number: float, digits: int) -> str:
    """Format a number with its sign; what rounds to zero is +0."""
    return f"{round(number, digits) + 0.0:+.{digits}f}"


def _summary(paper: "Paper", language: Language) -> str:
    return group(language, "reproduce")["found"].format(
        name=paper.name,
        met=paper.bounded - paper.missed,
        bounded=paper.bounded,
        shown=len(paper.figures) - paper.bounded,
        modules=", ".join(paper.modules),
    )
