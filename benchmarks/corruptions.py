"""`python -m benchmarks.corruptions [COUNT] [--run]`: what the check of a pack finds of figures spoiled on purpose.

Each kind of fault in equal shares, and of each kind every table that can have it in turn. Small changes, times 1.05,
are counted apart: without a seal nothing can tell them from another statistic. `--run` asks another question: whether a
pack that the check lets pass is refused by a run of two years.
"""

import argparse
import csv
import io
import random
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tanlu.core.places import PACKS
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.region.catalogue import SETTINGS, RegionError, region_axes, region_settings
from tanlu.region.checks.layers import read_layered
from tanlu.region.checks.names import Names, known_names
from tanlu.region.checks.problems import pack_problems
from tanlu.region.checks.seal import seal_pack, seal_problems
from tanlu.region.checks.sheets import Sheets, read_sheets
from tanlu.region.column_types import column_type
from tanlu.region.columns import RULES
from tanlu.region.factors.reads import read_parts
from tanlu.region.pack import read_pack
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel

PACK, SEED, COUNT = "chengyu", 7, 1000
FACTORS = {"times 1000": 1000.0, "by 1000": 0.001, "times 10": 10.0, "by 10": 0.1, "times 1.05": 1.05}
SMALL = "times 1.05"
NOT_NUMBERS = ("text", "full-width", "inf", "nan", "blank at the end")
KEYS = ("empty cell", "row twice", "no source", "unknown source", "unknown grade", "unknown name")
OTHERS = ("negative", "zero", "row gone", "year off by 100")
KINDS = (*NOT_NUMBERS, *KEYS, *OTHERS, *(kind for kind in FACTORS if kind != SMALL))
MUST_BE_ALL, BAR_PERCENT = (*NOT_NUMBERS, *KEYS), 90.0
SCENARIO, YEARS_OF_RUN = "tanlu:baseline", 2
SHOWN_EVERY = 20  # packs: a line of progress
CHECK, RUNS, FAILS = "check refuses", "runs", "run refuses"


class Corruption(NamedTuple):
    """One cell that is spoiled, or one row that is gone or there twice."""

    kind: str
    table: str
    row: int  # of the table, 0 its first
    column: str
    new: str = ""

    @property
    def line(self) -> int:
        """Line of the file."""
        return self.row + 2


class Caught(NamedTuple):
    """How a corruption was found."""

    corruption: Corruption
    anywhere: bool
    in_place: bool  # at its file, row and column; a row that is gone in its file
    by_seal: bool


class Start(NamedTuple):
    """What became of a corrupted pack that somebody wants to run."""

    corruption: Corruption
    end: str  # CHECK, RUNS or FAILS
    reason: str = ""  # of a run that refuses
    seconds: float = 0.0  # of CPU


def corruptions(
    sheets: Sheets, names: Names, count: int, seed: int, kinds: Sequence[str]
) -> Iterator[Corruption]:
    """Yield `count` corruptions: kinds in turn, and of each kind the tables that can have it in turn."""
    draw = random.Random(seed)
    turns = [Turns(kind, sheets, names, draw) for kind in kinds]
    for number in range(count):
        yield next(turns[number % len(turns)])


class Turns(Iterator[Corruption]):
    """Corruptions of one kind without end, table after table."""

    def __init__(self, kind: str, sheets: Sheets, names: Names, draw: random.Random) -> None:
        self._kind, self._draw, self._sheets = kind, draw, sheets
        self._places = {name: places(kind, sheets, name, names) for name in RULES}
        self._tables = [name for name in self._places if self._places[name]]
        draw.shuffle(self._tables)
        self._next = 0

    def __next__(self) -> Corruption:
        """Return one more."""
        table = self._tables[self._next % len(self._tables)]
        self._next += 1
        column, row = self._draw.choice(self._places[table])
        return spoiled(self._kind, self._sheets, table, column, row)


def places(kind: str, sheets: Sheets, table: str, names: Names) -> list[tuple[str, int]]:
    """Return the cells of a table that can have a fault of a kind."""
    sheet, rule = sheets[table], RULES[table]
    rows = range(len(sheet.lines))
    if kind in ("row twice", "row gone"):
        return [(rule.key[0], row) for row in rows]
    columns = {
        "no source": ("source",),
        "unknown source": ("source",),
        "unknown grade": ("grade",),
        "year off by 100": tuple(c for c in sheet.columns if is_year(table, c)),
        "unknown name": tuple(c for t, c in names if t == table),
        "empty cell": tuple(c for c in (*rule.key, *rule.filled) if c not in rule.may_be_blank),
    }.get(kind, tuple(c for c in sheet.columns if column_type(table, c).is_number and c not in rule.key))
    cells = ((c, row) for c in columns if c in sheet.columns for row in rows)
    return [(c, row) for c, row in cells if can_have(kind, table, c, sheet.columns[c][row])]


def can_have(kind: str, table: str, column: str, cell: str) -> bool:
    """Whether a fault of a kind changes a cell: ten times nothing is nothing, and years have faults of their own."""
    if cell == "":
        return False
    if kind in (*FACTORS, "negative", "zero"):
        return not is_year(table, column) and float(cell) != 0.0
    return True


def is_year(table: str, column: str) -> bool:
    """Whether cells are years such as 2030."""
    kind = column_type(table, column)
    return kind.kind == "whole" and (kind.lowest or 0.0) > 1000.0


def spoiled(kind: str, sheets: Sheets, table: str, column: str, row: int) -> Corruption:
    """Return the corruption of a cell."""
    cell = sheets[table].columns[column][row]
    new = {
        "text": "abc",
        "full-width": "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in cell),
        "inf": "inf",
        "nan": "nan",
        "blank at the end": f"{cell} ",
        "unknown source": "NOWHERE",
        "unknown grade": "E",
        "unknown name": f"{cell}_x",
        "zero": "0",
    }.get(kind, "")
    if kind in FACTORS:
        new = f"{float(cell) * FACTORS[kind]:.10g}"
    elif kind == "negative":
        new = f"{-float(cell):.10g}"
    elif kind == "year off by 100":
        new = str(int(float(cell)) + (100 if row % 2 else -100))
    return Corruption(kind, table, row, column, new)


def written(file: Path, corruption: Corruption) -> bytes:
    """Return a table with a corruption on it."""
    with file.open(encoding="utf-8", newline="") as stream:
        heads, *rows = csv.reader(stream)
    if corruption.kind == "row gone":
        del rows[corruption.row]
    elif corruption.kind == "row twice":
        rows.append(rows[corruption.row])
    else:
        rows[corruption.row][heads.index(corruption.column)] = corruption.new
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([heads, *rows])
    return text.getvalue().encode()


def checked(folder: Path) -> Sequence[Finding]:
    """Return what the rules of the tables find in a folder, beside what they find in the clean pack: nothing."""
    return pack_problems(folder, region_settings(str(folder)), region_axes(str(folder)))


@contextmanager
def spoiling(folder: Path, corruption: Corruption) -> Iterator[bytes]:
    """Spoil a table of a pack, and mend it at the end; gives the clean file."""
    file = folder / f"{corruption.table}.csv"
    clean = file.read_bytes()
    file.write_bytes(written(file, corruption))
    try:
        yield clean
    finally:
        file.write_bytes(clean)


def caught(folder: Path, corruption: Corruption) -> Caught:
    """Spoil a pack, check it, and mend it again."""
    with spoiling(folder, corruption) as clean:
        found, by_seal = checked(folder), any(seal_problems(folder))
    mine = [one.place for one in found if one.place.file == f"{corruption.table}.csv"]
    if corruption.kind == "row gone":
        return Caught(corruption, bool(found), bool(mine), by_seal)
    last = len(clean.splitlines()) + 1
    line = last if corruption.kind == "row twice" else corruption.line
    there = any(place.line == line and place.path == corruption.column for place in mine)
    return Caught(corruption, bool(found), there, by_seal)


def started(folder: Path, corruption: Corruption, scenario: Scenario) -> Start:
    """Spoil a pack, run it if `tanlu region check` lets it pass, and mend it again.

    Warnings let a pack pass, faults and parts that cannot be read do not. Nothing goes to the user's cache of packs.
    """
    begin = time.process_time()
    with spoiling(folder, corruption):
        if any(finding.severity is Severity.error for finding in checked(folder)):
            return Start(corruption, CHECK)
        region = read_pack(str(folder))
        try:
            parts = read_parts(region)
        except RegionError:
            return Start(corruption, CHECK)
        vars(region).update(parts.values | {"reads": MappingProxyType(parts.reads)})
        try:
            RegionModel(Inputs(scenario, region)).run()
        except Exception as error:  # any: a traceback is what this looks for
            reason = f"{type(error).__name__}: {error}"
            return Start(corruption, FAILS, reason, time.process_time() - begin)
    return Start(corruption, RUNS, "", time.process_time() - begin)


@contextmanager
def copied(pack: str) -> Iterator[Path]:
    """Give a sealed copy of a pack under another name: nobody seals his own as a shipped one."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / pack
        shutil.copytree(PACKS / pack, folder)
        settings = folder / SETTINGS
        text = settings.read_text(encoding="utf-8")
        text = re.sub("(?m)^extends: .*$", "", text)
        settings.write_text(text.replace(f"name: {pack}", "name: spoiled", 1), encoding="utf-8")
        for name, table in read_layered(
            PACKS / pack
        ).items():  # all in one folder, so that each can be spoiled
            (folder / f"{name}.csv").write_bytes(table.content)
        seal_pack(folder)
        yield folder


def drawn(folder: Path, pack: str, count: int, seed: int, kinds: Sequence[str]) -> list[Corruption]:
    """Draw `count` corruptions of a copied pack."""
    sheets, _ = read_sheets(folder)
    return [*corruptions(sheets, known_names(sheets, region_axes(pack)), count, seed, kinds)]


def tried(pack: str, count: int, seed: int, kinds: Sequence[str] = KINDS) -> list[Caught]:
    """Return how `count` corruptions of a pack were found."""
    with copied(pack) as folder:
        return [caught(folder, one) for one in drawn(folder, pack, count, seed, kinds)]


def run_all(pack: str, scenario_name: str, count: int, seed: int) -> Iterator[Start]:
    """Yield what became of `count` corrupted packs, each run in one draw."""
    first = int(region_settings(pack)["base_year"])
    with copied(pack) as folder:
        years = (first, first + YEARS_OF_RUN - 1)
        scenario = with_settings(load(scenario_name, ()), region=folder, years=years)
        for corruption in drawn(folder, pack, count, seed, (*KINDS, SMALL)):
            yield started(folder, corruption, scenario)


def print_starts(starts: Iterator[Start]) -> None:
    """Print what became of packs: each refusal of a run as it comes, sums at the end."""
    ends: Counter[str] = Counter()
    seconds = 0.0
    for start in starts:
        ends[start.end] += 1
        seconds += start.seconds
        if start.end == FAILS:
            print(start.corruption, start.reason, flush=True)
        elif sum(ends.values()) % SHOWN_EVERY == 0:
            print(dict(ends), f"{seconds:.0f} CPU seconds", flush=True)
    for end in (CHECK, RUNS, FAILS):
        print(f"{end:14} {ends[end]:6}")
    print(f"{seconds:.0f} CPU seconds of runs, the first with what it compiles")


def main() -> None:
    """Print how many corruptions of each kind were found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corruptions", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COUNT)
    parser.add_argument("--pack", default=PACK)
    parser.add_argument("--missed", action="store_true", help="also print each that was not found")
    parser.add_argument("--run", action="store_true", help="run each that the check lets pass")
    parser.add_argument("--scenario", default=SCENARIO, help="of the runs; it must fit the pack")
    given = parser.parse_args()
    if given.run:
        print_starts(run_all(given.pack, given.scenario, given.count, SEED))
        return
    every = tried(given.pack, given.count, SEED)
    small = tried(given.pack, given.count // len(KINDS), SEED, (SMALL,))
    print(f"{'kind':18} {'tried':>6} {'at its cell':>12} {'at all':>8} {'with seal':>10}")
    for kind in (*KINDS, "", SMALL):
        mine = small if kind == SMALL else [one for one in every if kind in ("", one.corruption.kind)]
        hits = zip(*(one[1:] for one in mine), strict=True)
        anywhere, there, sealed = (100.0 * sum(hit) / len(mine) for hit in hits)
        print(f"{kind or 'all':18} {len(mine):6} {there:10.1f} % {anywhere:6.1f} % {sealed:8.1f} %")
    if given.missed:
        for one in every:
            if not one.in_place:
                print(one.corruption, "found elsewhere" if one.anywhere else "")


if __name__ == "__main__":
    main()
