"""The tables of a pack and those of the layer that it extends, row by row.

A layer holds what is the same in a whole country. A series of rows that the pack has stands in place of the layer's;
all other rows of the layer follow those of the pack.
"""

import csv
import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tanlu.inputs.diagnostics import Finding
from tanlu.region.catalogue import layer_folder
from tanlu.region.columns import FIRST_LINE, RULES, SERIES_COLUMNS


class LayeredTable(NamedTuple):
    """A table of a pack as it is read."""

    content: bytes
    last_own_line: int  # of the pack's file; what follows comes from the layer
    layer_lines: tuple[int, ...]  # of the layer's file, one a row that comes from it


def read_layered(folder: Path) -> dict[str, LayeredTable]:
    """Read every table of a pack by name, over those of its layer."""
    layer = layer_folder(folder)
    names = {file.stem for place in (folder, layer) if place for file in place.glob("*.csv")}
    return {name: read_layered_table(folder, name) for name in sorted(names)}


def read_layered_table(folder: Path, name: str) -> LayeredTable:
    """Read a table of a pack over that of its layer.

    Raises:
        OSError: if neither has it, or a file cannot be read.
    """
    layer = layer_folder(folder)
    own, lower = (folder / f"{name}.csv").absolute(), layer / f"{name}.csv" if layer else None
    if lower is None or not lower.is_file():
        return LayeredTable(own.read_bytes(), 0, ())
    if not own.is_file():
        return LayeredTable(lower.read_bytes(), 0, ())
    return _merge(name, own, own.stat().st_mtime_ns, lower, lower.stat().st_mtime_ns)


@lru_cache(maxsize=2**6)
def _merge(name: str, own: Path, own_changed_ns: int, lower: Path, lower_changed_ns: int) -> LayeredTable:
    """Join the rows of two files: the pack's own, then the layer's whose series the pack has not."""
    content = own.read_bytes()
    if name not in RULES:
        return LayeredTable(content, 0, ())
    try:
        heads, rows = _read_rows(content)
        key = [heads.index(column) for column in series_key(name)]
        own_series = {tuple(row[place] for place in key) for row in rows}
    except (ValueError, IndexError, csv.Error):  # the checks of the pack say what is wrong with its file
        return LayeredTable(content, 0, ())
    layer_heads, layer_rows = _read_rows(lower.read_bytes())
    layer_key = [layer_heads.index(column) for column in series_key(name)]
    inherited = [
        (line, row)
        for line, row in enumerate(layer_rows, FIRST_LINE)
        if tuple(row[place] for place in layer_key) not in own_series
    ]
    text = io.StringIO()
    cells = (dict(zip(layer_heads, row, strict=True)) for _, row in inherited)
    csv.DictWriter(text, heads, restval="", extrasaction="ignore", lineterminator="\n").writerows(cells)
    own_lines = content if content.endswith(b"\n") else content + b"\n"
    lines = tuple(line for line, _ in inherited)
    return LayeredTable(own_lines + text.getvalue().encode(), own_lines.count(b"\n"), lines)


def series_key(name: str) -> list[str]:
    """List the columns that say what a series of rows is about: the key without the point in time."""
    key = RULES[name].key
    return [column for column in key if column not in SERIES_COLUMNS] or list(key)


def _read_rows(content: bytes) -> tuple[list[str], list[list[str]]]:
    heads, *rows = (row for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) if row)
    return heads, rows


def locate_row(folder: Path, name: str, line: int) -> tuple[str, int]:
    """Find the table, and the line of its file, in which a line of a table as read stands."""
    layer = layer_folder(folder)
    if layer is None or not (layer / f"{name}.csv").is_file():
        return name, line
    if not (folder / f"{name}.csv").is_file():
        return f"{layer.name}/{name}", line
    table = read_layered_table(folder, name)
    if not table.last_own_line or line <= table.last_own_line:
        return name, line
    return f"{layer.name}/{name}", table.layer_lines[line - table.last_own_line - 1]


def locate_finding(folder: Path, finding: Finding) -> Finding:
    """Give a finding about a row of the layer its place in the layer's file."""
    file = Path(finding.place.file)
    if file.suffix != ".csv":
        return finding
    table, line = locate_row(folder, file.stem, finding.place.line)
    return finding._replace(place=finding.place._replace(file=f"{table}.csv", line=line))


def count_layer_rows(folder: Path) -> Mapping[str, int]:
    """Count by table the rows that a pack has from its layer."""
    layer = layer_folder(folder)
    if layer is None:
        return {}
    counts = {}
    for file in sorted(layer.glob("*.csv")):
        if (folder / file.name).is_file():
            counts[file.stem] = len(read_layered_table(folder, file.stem).layer_lines)
        else:
            counts[file.stem] = len(_read_rows(file.read_bytes())[1])
    return {name: count for name, count in counts.items() if count}
