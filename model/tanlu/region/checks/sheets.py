"""The tables of a pack as text, with the line of each row: what every check reads."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tanlu.inputs.characters import control_in_table
from tanlu.inputs.diagnostics import Finding, build_table_finding
from tanlu.region.checks.absent import absent_tables, empty_table
from tanlu.region.checks.layers import read_layered

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Sheet(NamedTuple):
    """A table of a pack as text."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    lines: tuple[int, ...]  # of the file, one a row

    def rows(self, *columns: str) -> Iterator[tuple[str, ...]]:
        """Yield the cells of some columns row by row."""
        return zip(*(self.columns[name] for name in columns), strict=True)


type Sheets = Mapping[str, Sheet]


def read_sheets(folder: Path) -> tuple[dict[str, Sheet], list[Finding]]:
    """Read the tables of a folder, without rows where absent, and the faults of unreadable files."""
    files = {name: table.content for name, table in read_layered(folder).items()}
    files |= {name: empty_table(name) for name in absent_tables(files)}
    sheets, findings = {}, []
    for name, raw in files.items():
        try:
            sheets[name] = read_sheet(name, raw)
        except SheetError as error:
            findings.append(error.finding)
    return sheets, findings


class SheetError(ValueError):
    """A file is no table."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def read_sheet(name: str, raw: bytes) -> Sheet:
    """Read a table from the content of its file.

    Raises:
        SheetError: if the file is not UTF-8 text, has a control character, or has a row with not as many
            cells as the header.
    """
    if raw.startswith(BYTE_ORDER_MARK):
        raise SheetError(build_table_finding("byte-order-mark", name, 1))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SheetError(build_table_finding("not-utf-8", name, line)) from error
    if control := control_in_table(raw):
        line, character = control
        raise SheetError(build_table_finding("control-character", name, line, character=character))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise SheetError(build_table_finding("not-csv", name, reader.line_num, reason=error)) from error
    return _sheet(name, rows)


def _sheet(name: str, rows: list[tuple[int, list[str]]]) -> Sheet:
    heads = rows[0][1] if rows else []
    if not heads or len(set(heads)) < len(heads):
        raise SheetError(build_table_finding("bad-header", name, 1))
    for line, row in rows[1:]:
        if len(row) != len(heads):
            raise SheetError(build_table_finding("wrong-width", name, line, cells=len(row), heads=len(heads)))
    cells = zip(*(row for _, row in rows[1:]), strict=True) if rows[1:] else ((),) * len(heads)
    columns = dict(zip(heads, (tuple(column) for column in cells), strict=True))
    return Sheet(name, columns, tuple(line for line, _ in rows[1:]))
