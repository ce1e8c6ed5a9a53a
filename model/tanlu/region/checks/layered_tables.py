"""A table of a pack over the same table of the layer that it extends, row by row.

A series of rows that the pack has stands in place of the layer's; all other rows of the layer follow those of the pack.
"""

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tanlu.region.columns import FIRST_LINE, RULES, SERIES_COLUMNS


class LayeredTable(NamedTuple):
    """A table of a pack as it is read."""

    content: bytes
    last_own_line: int  # of the pack's file; what follows comes from the layer
    layer_lines: tuple[int, ...]  # of the layer's file, one a row that comes from it


@lru_cache(maxsize=2**6)
def merge_tables(
    name: str, own: Path, own_changed_ns: int, lower: Path, lower_changed_ns: int
) -> LayeredTable:
    """Join the rows of two files: the pack's own, then the layer's whose series the pack has not."""
    content = own.read_bytes()
    if name not in RULES:
        return LayeredTable(content, 0, ())
    try:
        heads, rows = read_rows(content)
        key = [heads.index(column) for column in series_key(name)]
        own_series = {tuple(row[place] for place in key) for row in rows}
    except (ValueError, IndexError, csv.Error):  # the checks of the pack say what is wrong with its file
        return LayeredTable(content, 0, ())
    layer_heads, layer_rows = read_rows(lower.read_bytes())
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


def read_rows(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Read the header and the rows of a table."""
    heads, *rows = (row for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) if row)
    return heads, rows
