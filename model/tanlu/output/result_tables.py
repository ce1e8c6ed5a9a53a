"""Where the large tables of a result come from: a run in memory, packed draws, frames at hand, or a folder."""

import pickle
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import union_categoricals

from tanlu.core.arrays import Integers
from tanlu.core.words.errors import ResultError, explain_error
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.ledger.columns import Column
from tanlu.output import folder as result_folder
from tanlu.output import provenance
from tanlu.output.extension import TABLES, Extensions

if TYPE_CHECKING:
    from tanlu.simulation.run import Run

type Columns = dict[str, Column]
HELD_BYTES = 2 << 20  # of packed tables; beyond them they stand in a file
CODEC = "zstd"


class TableSource(Protocol):
    """Where a result finds its large tables when they are asked for."""

    @property
    def extra_tables(self) -> tuple[str, ...]:
        """Names of the tables of extensions."""

    def read(self, table: str) -> pd.DataFrame | None:
        """Return a table, or None where the scenario did not ask for it."""

    def parts(self, table: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of a table in pieces of one form; none where the scenario did not ask for it."""


@dataclass(frozen=True)
class RunTables:
    """Tables of a run still in memory; columns become a frame only on access."""

    scenario: str
    run: "Run"
    extensions: Extensions

    @cached_property
    def extra_tables(self) -> tuple[str, ...]:
        """Names of the tables of kinds of agents, then of extensions."""
        return (*self.run.tables.own_tables, *self.extensions.tables)

    def read(self, table: str) -> pd.DataFrame | None:
        """Build one table."""
        columns = self._columns(table)
        return None if columns is None else _joined(self.scenario, {0: columns})

    def parts(self, table: str) -> Iterator[pd.DataFrame]:
        """Yield one table whole."""
        yield from _whole(self.read(table))

    def packed(self) -> "dict[str, PackedTable | None]":
        """Pack every table but the indicators, by name."""
        names = (*TABLES[1:], *self.extra_tables)
        return {name: None if (found := self._columns(name)) is None else pack(found) for name in names}

    def _columns(self, table: str) -> Columns | None:
        if table in TABLES:
            columns: Columns | None = getattr(self.run, table)()
            return columns
        if table not in self.extensions.tables:
            return self.run.own_tables()[table]
        with self.extensions.blame():
            return check_table(table, self.extensions.tables[table](self.run))

    def __reduce__(
        self,
    ) -> "tuple[type[FrameTables], tuple[dict[str, pd.DataFrame | None], tuple[str, ...]]]":
        """Travel to another process as tables: a run holds the whole model."""
        return _as_frames(self)


class PackedTable(NamedTuple):
    """The columns of one table of one draw, compressed; only the process that wrote them reads them."""

    size: int  # when unpacked, bytes
    raw: bytes

    def unpack(self) -> Columns:
        """Read the columns."""
        columns: Columns = pickle.loads(pa.decompress(self.raw, self.size, CODEC))
        return columns


def pack(columns: Columns) -> PackedTable:
    """Compress the columns of a table."""
    raw = pickle.dumps(columns, pickle.HIGHEST_PROTOCOL)
    return PackedTable(len(raw), pa.compress(raw, CODEC, asbytes=True))


class _Span(NamedTuple):
    """Where a packed table stands in the file."""

    start: int
    length: int
    size: int


class DrawTables:
    """Tables of draws whose models are gone: packed as they come, in memory or in a file without a name."""

    def __init__(self, scenario: str, extra_tables: tuple[str, ...]) -> None:
        self.scenario, self.extra_tables = scenario, extra_tables
        self._spans: dict[str, dict[int, _Span]] = {}  # by table, then by draw
        self._file = tempfile.SpooledTemporaryFile(HELD_BYTES)  # noqa: SIM115 (it lives as long as this)

    def add(self, draw: int, tables: Mapping[str, PackedTable | None]) -> None:
        """Keep the tables of a draw; draws come in any order.

        Raises:
            ResultError: if there is no room for them.
        """
        for name, table in tables.items():
            spans = self._spans.setdefault(name, {})
            if table is None:
                continue
            try:
                start = self._file.seek(0, 2)
                self._file.write(table.raw)
            except OSError as error:
                folder, reason = tempfile.gettempdir(), explain_error(error)
                raise ResultError(build_message("cannot_write", folder=folder, reason=reason)) from error
            spans[draw] = _Span(start, len(table.raw), table.size)

    def read(self, table: str) -> pd.DataFrame | None:
        """Join the draws of one table."""
        columns = {draw: self._columns(span) for draw, span in sorted(self._spans[table].items())}
        return _joined(self.scenario, columns) if columns else None

    def parts(self, table: str) -> Iterator[pd.DataFrame]:
        """Yield the draws of one table, whose names and types are those of all draws together."""
        spans = dict(sorted(self._spans[table].items()))
        if not spans:
            return
        texts: dict[str, list[Column]] = {}
        types: dict[str, list[np.dtype[Any]]] = {}
        for span in spans.values():
            for name, column in self._columns(span).items():
                if isinstance(column, pd.Categorical) or column.dtype.kind in "OU":
                    texts.setdefault(name, []).append(column)
                else:
                    types.setdefault(name, []).append(column.dtype)
        joined_texts = {name: _column(columns) for name, columns in texts.items()}
        start = 0
        for draw, span in spans.items():
            columns = self._columns(span)
            rows = _rows(columns)
            alike = {
                name: joined_texts[name][start : start + rows]
                if name in texts
                else np.asarray(column).astype(np.result_type(*types[name]), copy=False)
                for name, column in columns.items()
            }
            yield _joined(self.scenario, {draw: alike})
            start += rows

    def _columns(self, span: _Span) -> Columns:
        self._file.seek(span.start)
        return PackedTable(span.size, self._file.read(span.length)).unpack()

    def __reduce__(
        self,
    ) -> "tuple[type[FrameTables], tuple[dict[str, pd.DataFrame | None], tuple[str, ...]]]":
        """Travel to another process as tables: the file stays here."""
        return _as_frames(self)


@dataclass(frozen=True)
class FrameTables:
    """Tables at hand."""

    frames: Mapping[str, pd.DataFrame | None]
    extra_tables: tuple[str, ...] = ()

    def read(self, table: str) -> pd.DataFrame | None:
        """Return a table."""
        return self.frames[table]

    def parts(self, table: str) -> Iterator[pd.DataFrame]:
        """Yield a table whole."""
        yield from _whole(self.read(table))


def _as_frames(
    tables: TableSource,
) -> "tuple[type[FrameTables], tuple[dict[str, pd.DataFrame | None], tuple[str, ...]]]":
    """Build what pickle needs to write tables as frames."""
    frames = {name: tables.read(name) for name in (*TABLES[1:], *tables.extra_tables)}
    return FrameTables, (frames, tables.extra_tables)


@dataclass(frozen=True)
class FolderTables:
    """Tables of a result folder, read and checked only on access."""

    folder: Path
    files: Mapping[str, str]  # file name -> sha-256

    @property
    def extra_tables(self) -> tuple[str, ...]:
        """Names of the tables of extensions."""
        names = [name.removesuffix(".parquet") for name in self.files if name.endswith(".parquet")]
        return tuple(name for name in names if "/" not in name and name not in TABLES)

    def read(self, table: str) -> pd.DataFrame | None:
        """Read one Parquet table after comparing its digest with the manifest."""
        name = f"{table}.parquet"
        if name not in self.files:
            return None
        if self.is_damaged(name):
            raise ResultError(build_message("table_damaged", file=self.folder / name))
        return result_folder.read_table(self.folder / name)

    def parts(self, table: str) -> Iterator[pd.DataFrame]:
        """Yield one table whole."""
        yield from _whole(self.read(table))

    def is_damaged(self, name: str) -> bool:
        """Check whether a file is missing or has another digest."""
        path = self.folder / name
        return not path.is_file() or provenance.file_digest(path) != self.files.get(name)


def category(codes: Integers, names: Sequence[str]) -> "pd.Categorical[str]":
    """Return a column of names from their codes."""
    return pd.Categorical.from_codes(codes, pd.Index(names))


def _whole(frame: pd.DataFrame | None) -> Iterator[pd.DataFrame]:
    if frame is not None:
        yield frame


def _joined(scenario: str, parts: Mapping[int, Columns]) -> pd.DataFrame:
    """Return one table of draws, by their numbers."""
    columns = [*parts.values()]
    rows = [_rows(part) for part in columns]
    head = {
        "scenario": category(np.zeros(sum(rows), np.int64), [scenario]),
        "replication": np.repeat(np.array([*parts], np.int64), rows),
    }
    body = {name: _column([part[name] for part in columns]) for name in columns[0]}
    return pd.DataFrame(head | body)


def _rows(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _column(parts: Sequence[Column]) -> Column:
    """Return the parts below each other; text becomes categories, sorted."""
    texts = [part for part in parts if isinstance(part, pd.Categorical)]
    if len(texts) == 1:
        return texts[0]  # a run sorts its own
    if texts:
        return union_categoricals(texts, sort_categories=True)
    values = np.concatenate(parts)
    return pd.Categorical(values) if values.dtype.kind in "OU" else values


def check_table(name: str, table: "Mapping[str, Column] | pd.DataFrame | None") -> Columns | None:
    """Return a table of an extension as columns of one length.

    Raises:
        ExtensionError: if it is none.
    """
    if table is None:
        return None
    if not isinstance(table, Mapping | pd.DataFrame) or not len(table):
        raise ExtensionError(build_message("table_no_columns", name=name, given=type(table).__name__))
    columns = {str(key): _as_column(values) for key, values in table.items()}
    reserved_columns = [key for key in ("scenario", "replication") if key in columns]
    if reserved_columns:
        raise ExtensionError(build_message("table_column_taken", name=name, column=reserved_columns[0]))
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ExtensionError(build_message("table_lengths", name=name, lengths=str(lengths)))
    return columns


def _as_column(values: Any) -> Column:
    return values.array if isinstance(getattr(values, "array", None), pd.Categorical) else np.asarray(values)
