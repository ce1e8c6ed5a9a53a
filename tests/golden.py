"""Golden scenarios: a few headline figures of every shipped scenario, kept in files that people read and compare.

    uv run python -m tests.golden --reason "clinker ratio of 2025 from the yearbook"

runs them again, prints what moved and writes the files. Without a reason nothing is written: a figure that moves
belongs into the changelog. `tests/test_golden.py` holds the model to the files.
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests import model_runs
from tests.chengyu import PROVINCES
from tests.model_runs import SHIPPED, measures, shipped

FOLDER = Path(__file__).parent / "golden"
RUN_FIGURES = FOLDER / "run_figures.csv"  # of documents, written by `tests.run_figures`
YEARS = (2025, 2030, 2045, 2060)
RELATIVE = 1e-6
WHOLE = len(PROVINCES)  # the region behind its provinces
SHOWN = (
    "Emissions|CO2",
    "Emissions|CO2|Energy|Supply|Electricity",
    "Emissions|CO2|Industry|Steel",
    "Emissions|CO2|Industry|Cement",
    "Carbon Capture",
    "Capacity|Electricity|Coal",
    "Capacity|Electricity|By Group|Wind and Solar",
    "Secondary Energy|Electricity|Hydro",
    "Primary Energy|Non-Fossil Share",
    "Price|Electricity|Wholesale",
    "Price|Carbon|Market",
    "Investment|Electricity",
    "Public Budget|Climate Support",
)


class Figure(NamedTuple):
    """One headline figure."""

    variable: str
    unit: str
    values: tuple[float, ...]  # by `YEARS`


def computed(name: str) -> list[Figure]:
    """Return the figures of a shipped scenario as the model finds them now."""
    of = measures(shipped(name))
    columns = [int(np.flatnonzero(of.years == year)[0]) for year in YEARS]
    rows = [of.variables.index(variable) for variable in SHOWN]
    return [
        Figure(of.variables[row], of.units[row], tuple(float(of.values[row, WHOLE, c]) for c in columns))
        for row in rows
    ]


def stale_files(folder: Path) -> list[Path]:
    """List the files of scenarios that do not come with Tanlu any more."""
    names = {*SHIPPED, RUN_FIGURES.stem}
    return sorted(path for path in folder.glob("*.csv") if path.stem not in names)


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.csv"


def kept(name: str) -> list[Figure]:
    """Return the figures of a scenario as its file holds them."""
    with path_of(name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return [Figure(r["variable"], r["unit"], tuple(float(r[str(year)]) for year in YEARS)) for r in rows]


def moved(before: Sequence[Figure], after: Sequence[Figure]) -> list[str]:
    """Return one line for every figure that differs by more than `RELATIVE`, that is new, or that is gone."""
    old: Mapping[str, Figure] = {figure.variable: figure for figure in before}
    new: Mapping[str, Figure] = {figure.variable: figure for figure in after}
    lines = [f"{variable}: gone" for variable in old if variable not in new]
    for variable, figure in new.items():
        if variable not in old or old[variable].unit != figure.unit:
            lines.append(f"{variable}: new, {figure.unit}")
            continue
        for year, was, now in zip(YEARS, old[variable].values, figure.values, strict=True):
            if abs(now - was) > RELATIVE * max(abs(was), abs(now), 1e-6):
                change = f" ({100.0 * (now / was - 1.0):+.2f} %)" if was else ""
                lines.append(f"{variable} {year}: {was:.8g} -> {now:.8g} {figure.unit}{change}")
    return lines


def write(name: str, figures: Sequence[Figure], reason: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with path_of(name).open("w", encoding="utf-8", newline="") as file:
        file.write(f"# Written by: uv run python -m tests.golden --reason ...; last reason: {reason}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["variable", "unit", *YEARS])
        for figure in figures:
            table.writerow([figure.variable, figure.unit, *(f"{value:.9g}" for value in figure.values)])


def refresh(reason: str) -> int:
    """Run every shipped scenario, print what moved and write the files; return how many figures moved."""
    total = 0
    for name in SHIPPED:
        figures = computed(name)
        lines = moved(kept(name), figures) if path_of(name).exists() else [f"{name}: new"]
        if lines:
            print(name, *(f"  {line}" for line in lines), sep="\n")
            write(name, figures, reason)
        total += len(lines)
    for path in stale_files(FOLDER):
        print(f"{path.stem}: no such scenario any more, file removed")
        path.unlink()
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__.splitlines()[0])
    parser.add_argument("--reason", required=True, help="why figures may move; stands in the files")
    reason = " ".join(parser.parse_args(arguments).reason.split())
    if len(reason) < 12:
        parser.error("say in a few words why the figures may move")
    print(f"{refresh(reason)} figures moved in {len(SHIPPED)} scenarios of {model_runs.ROOT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
