"""Run a paper through the modules of Tanlu, and put each figure next to the published one."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tanlu.core.units import PERCENT_PER_SHARE

FOLDER = Path(__file__).parent
SETTINGS, FIGURES = "paper.yaml", "figures.csv"
PERCENT = "percent"

type Rows = Sequence[Mapping[str, str]]


class PaperFigure(NamedTuple):
    """A published figure and the computed one."""

    name: str
    label: Mapping[str, str]  # by language
    unit: str
    published: float | None  # None where the paper has no such figure
    simulated: float
    bound: float | None  # how far ours may be off; None: shown without a bound
    bound_unit: str  # `percent` of what is published, or the unit of the figure
    digits: int
    place: str  # page or table

    @property
    def deviation(self) -> float | None:
        """Difference to the published figure, in the unit of the bound.

        In percent where there is no bound.
        """
        if self.published is None:
            return None
        difference = self.simulated - self.published
        return (
            difference
            if self.bound_unit not in ("", PERCENT)
            else PERCENT_PER_SHARE * difference / abs(self.published)
        )

    @property
    def verdict(self) -> str:
        """`met` or `missed`; empty without a bound.

        A figure that is no number is missed.
        """
        if self.bound is None or self.deviation is None:
            return ""
        return "met" if abs(self.deviation) <= self.bound else "missed"


class Paper(NamedTuple):
    """A paper: source, tested modules and figures."""

    name: str  # such as P1
    title: Mapping[str, str]
    citation: str
    data_licence: str
    kind: str  # published table or closed form
    modules: tuple[str, ...]  # that it tests
    notes: Mapping[str, tuple[str, ...]]
    figures: tuple[PaperFigure, ...]

    @property
    def missed(self) -> int:
        """Count the bounded figures that are missed."""
        return sum(figure.verdict == "missed" for figure in self.figures)

    @property
    def bounded(self) -> int:
        """Count the figures that have a bound."""
        return sum(bool(figure.verdict) for figure in self.figures)


def paper_names() -> tuple[str, ...]:
    """List the names of all papers, such as P1, by number."""
    names = (file.parent.name.upper() for file in FOLDER.glob(f"*/{SETTINGS}"))
    return tuple(sorted(names, key=lambda name: int(re.sub(r"\D", "", name))))


def reproduce(name: str) -> Paper:
    """Compute every figure of the paper `name` again.

    The name is one of `paper_names`.

    Raises:
        ValueError: if what the paper's code gives lacks a figure.
    """
    folder = FOLDER / name.lower()
    settings: dict[str, Any] = yaml.safe_load((folder / SETTINGS).read_text(encoding="utf-8"))
    inputs = {path.stem: _rows(path) for path in folder.glob("*.csv") if path.name != FIGURES}
    simulate: Callable[[Mapping[str, Rows]], dict[str, float]]
    simulate = import_module(f"{__package__}.{folder.name}.paper").simulate
    simulated = simulate(inputs)
    rows = _rows(folder / FIGURES)
    if missing := [row["figure"] for row in rows if row["figure"] not in simulated]:
        raise ValueError(f"{name} does not compute: {', '.join(missing)}")
    return Paper(
        name=name,
        title=settings["title"],
        citation=settings["citation"],
        data_licence=settings["data_licence"],
        kind=settings["class"],
        modules=tuple(settings["modules"]),
        notes={language: tuple(lines) for language, lines in settings["notes"].items()},
        figures=tuple(_figure(row, simulated[row["figure"]]) for row in rows),
    )


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def _figure(row: Mapping[str, str], simulated: float) -> PaperFigure:
    return PaperFigure(
        name=row["figure"],
        label={"en": row["label_en"], "zh": row["label_zh"]},
        unit=row["unit"],
        published=float(row["published"]) if row["published"] else None,
        simulated=simulated,
        bound=float(row["bound"]) if row["bound"] else None,
        bound_unit=row["bound_is"],
        digits=int(row["digits"]),
        place=row["place"],
    )
