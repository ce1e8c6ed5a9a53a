"""Where the large tables of a result come from: runs in memory, frames at hand, or a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from tanlu.core.arrays import Integers
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.ledger.columns import Column
from tanlu.output import folder as result_folder
from tanlu.output import provenance
from tanlu.output.extension import TABLES, Extensions

if TYPE_CHECKING:
    from tanlu.simulation.run import Run

type Columns = dict[str, Column]


class TableSource(Protocol):
    """Where a result finds its large tables when they are asked for."""

    @property
    def extra_tables(self) -> tuple[str, ...]:
        """Names of the tables of extensions."""

    def read(self, table: str) -> pd.DataFrame | None:
        """Return a table, or None where the scenario did not ask for it."""


@dataclass(frozen=True)
class RunTables:
    """Tables of runs still in memory; columns become a frame only on access."""

    scenario: str
    runs: "tuple[Run, ...]"
    extensions: Extensions

    @cached_property
    def extra_tables(self) -> tuple[str, ...]:
        """Names of the tables of kinds of agents, then of extensions."""
        return (*self.runs[0].tables.own_tables, *self.extensions.tables)

    def read(self, table: str) -> pd.DataFrame | None:
        """Join the replications of one table."""
        return _joined(self.scenario, [self._columns(run, table) for run in self.runs])

    def columns(self) -> dict[str, Columns | None]:
        """Read every table of the first replication but the indicators, by name."""
        return {table: self._columns(self.runs[0], table) for table in (*TABLES[1:], *self.extra_tables)}

    def _columns(self, run: "Run", table: str) -> Columns | None:
        if table in TABLES:
            columns: Columns | None = getattr(run, table)()
            return columns
        if table not in self.extensions.tables:
            return run.own_tables()[table]
        with self.extensions.blame():
            return check_table(table, self.extensions.tables[table](run))

    def __reduce__(
        self,
    ) -> "tuple[type[FrameTables], tuple[dict[str, pd.DataFrame | None], tuple[str, ...]]]":
        """Travel to another process as tables: a run holds the whole model."""
        return FrameTables, (
            {table: self.read(table) for table in (*TABLES[1:], *self.extra_tables)},
            self.extra_tables,
        )


@dataclass(frozen=True)
class ColumnTables:
    """Tables of replications that ran in other processes."""

    scenario: str
    parts: Sequence[Mapping[str, Columns | None]]  # by replication, then by table
    extra_tables: tuple[str, ...]

    def read(self, table: str) -> pd.DataFrame | None:
        """Join the replications of one table."""
        return _joined(self.scenario, [part[table] for part in self.parts])


@dataclass(frozen=True)
class FrameTables:
    """Tables at hand."""

    frames: Mapping[str, pd.DataFrame | None]
    extra_tables: tuple[str, ...] = ()

    def read(self, table: str) -> pd.DataFrame | None:
        """Return a table."""
        return self.frames[table]


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

    def is_damaged(self, name: str) -> bool:
        """Check whether a file is missing or has another digest."""
        path = self.folder / name
        return not path.is_file() or provenance.file_digest(path) != self.files.get(name)


def category(codes: Integers, names: Sequence[str]) -> "pd.Categorical[str]":
    """Return a column of names from their codes."""
    return pd.Categorical.from_codes(codes, pd.Index(names))


def _joined(scenario: str, parts: Sequence[Columns | None]) -> pd.DataFrame | None:
    """Return one table of all replications."""
    columns = [part for part in parts if part is not None]
    if not columns:
        return None
    rows = [len(next(iter(part.values()))) for part in columns]
    head = {
        "scenario": category(np.zeros(sum(rows), np.int64), [scenario]),
        "replication": np.repeat(np.arange(len(rows)), rows),
    }
    body = {name: _column([part[name] for part in columns]) for name in columns[0]}
    return pd.DataFrame(head | body)


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
