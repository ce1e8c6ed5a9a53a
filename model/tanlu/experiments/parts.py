"""Parts of a store: one file for each chunk of points, written whole or not at all, whose name has its digest."""

import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words.errors import ResultError, explain_error
from tanlu.core.words.messages import build_message
from tanlu.experiments.executors import BatchError
from tanlu.experiments.layout import Role
from tanlu.output.provenance import canonical_json

FORMAT = 2  # of receipts: the first had no roles
RECEIPT, AXES = b"tanlu.receipt", b"tanlu.axes"
COLUMNS = ("point", "region", "year")  # first columns of a wide part
DIGITS = 16  # of the digest in a file's name


class PointRecord(NamedTuple):
    """The record of one point in a part."""

    id: str
    values_sha256: str  # of every indicator of the run; empty where it failed
    kept_sha256: str  # of those that are kept
    outcomes: Mapping[str, float | None]  # None where the figure is no number
    cpu_seconds: float
    failure: str  # cause and message; empty where the run ended well
    roles: tuple[Role, ...] = ()  # its places in the experiment

    @property
    def bits(self) -> tuple[Any, ...]:
        """Figures that must be equal wherever the point ran."""
        return self.values_sha256, self.kept_sha256, tuple(self.outcomes.items()), self.failure


class KeptValues(NamedTuple):
    """Indicators that are kept of the points of a part; axes K variables, G regions, Y years."""

    variables: Sequence[str]
    units: Sequence[str]
    regions: Sequence[str]
    years: Integers
    values: Mapping[str, Floats]  # [K, G, Y] by id of the point
    is_tall: bool = False  # one row a value: Parquet takes 0.05 ms to read a column, however short it is


class StoredRun(NamedTuple):
    """Every indicator of a run as a part holds it; axes V variables, G regions, Y years."""

    variables: tuple[str, ...]
    units: tuple[str, ...]
    regions: tuple[str, ...]
    years: Integers
    values: Floats  # [V, G, Y]


class Receipt(NamedTuple):
    """The receipt of a part: the code that made it and its points; it stands at the part's end too."""

    code: Mapping[str, Any]
    points: tuple[PointRecord, ...]
    file: str = ""


class DamagedPartError(ResultError):
    """A part is not what was written."""


def kept_digest(values: Floats) -> str:
    """Compute the digest of a point's kept values [K, G, Y]."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<f8").tobytes()).hexdigest()


class PackedPart(NamedTuple):
    """A part as a worker hands it back: its receipt, and its bytes."""

    receipt: Receipt
    raw: bytes


def make_part(receipt: Receipt, kept_values: KeptValues) -> PackedPart:
    """Make the bytes of a part, and name its file in the receipt."""
    raw = _parquet(receipt, kept_values)
    beginning = begin_name(record.id for record in receipt.points)
    name = f"{beginning}{hashlib.sha256(raw).hexdigest()[:DIGITS]}.parquet"
    return PackedPart(receipt._replace(file=name), raw)


def save_part(folder: Path, part: PackedPart) -> None:
    """Save a part in the folder of parts, whole or not at all.

    Raises:
        OSError: if the disk is full or cannot be written; nothing is left behind then.
    """
    name = part.receipt.file
    draft = folder / f".{name}.{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with draft.open("wb") as stream:
            stream.write(part.raw)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(folder)


def begin_name(ids: Iterable[str]) -> str:
    """Build the beginning of the name of a part from the ids of its points."""
    return f"part-{hashlib.sha256('\n'.join(ids).encode()).hexdigest()[:12]}-"


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder; its rename is journalled
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parquet(receipt: Receipt, kept_values: KeptValues) -> bytes:
    """Format a part as Parquet.

    Rows are points, regions and years; each kept indicator has a column. Of a tall part rows are indicators too.
    """
    table, shuffled = _tall_table(kept_values) if kept_values.is_tall else _wide_table(kept_values)
    head = {**(table.schema.metadata or {}), RECEIPT: canonical_json(_plain(receipt))}
    stream = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata(head),
        stream,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in shuffled],
        column_encoding=dict.fromkeys(shuffled, "BYTE_STREAM_SPLIT") or None,
        write_statistics=False,
        write_page_checksum=True,
    )
    return stream.getvalue()


def _wide_table(kept_values: KeptValues) -> tuple[pa.Table, Sequence[str]]:
    """Tabulate kept values, a column an indicator; also names the columns of numbers."""
    ids, regions, years = list(kept_values.values), len(kept_values.regions), kept_values.years.size
    rows = regions * years if kept_values.variables else 0
    point, region, year = (axis.ravel() for axis in np.indices((len(ids), regions if rows else 0, years)))
    columns: dict[str, pa.Array] = {
        "point": pa.array(np.array(ids, dtype=object)[point], pa.string()),
        "region": pa.array(np.array(kept_values.regions, dtype=object)[region], pa.string()),
        "year": pa.array(kept_values.years[year].astype(np.int16)),
    }
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    for i, (variable, unit) in enumerate(zip(kept_values.variables, kept_values.units, strict=True)):
        values = [kept_values.values[id][i].ravel() for id in ids]
        columns[variable] = pa.array(np.concatenate(values) if values else np.empty(0))
        fields.append(pa.field(variable, pa.float64(), metadata={"unit": unit}))
    return pa.table(list(columns.values()), schema=pa.schema(fields)), kept_values.variables


def _tall_table(kept_values: KeptValues) -> tuple[pa.Table, Sequence[str]]:
    """Tabulate kept values, a row a value; also names the column of numbers."""
    names = {"point": tuple(kept_values.values), "variable": tuple(kept_values.variables)}
    names |= {"region": tuple(kept_values.regions)}
    years = np.asarray(kept_values.years, dtype=np.int16)
    *labels, year = (axis.ravel() for axis in np.indices((*map(len, names.values()), years.size)))
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(label.astype(np.int32)), pa.array(names[name]))
        for name, label in zip(names, labels, strict=True)
    }
    units = pa.array(kept_values.units, pa.string())
    columns["unit"] = pa.DictionaryArray.from_arrays(columns["variable"].indices, units)
    columns["year"] = pa.array(years[year])
    columns["value"] = pa.array(np.concatenate([series.ravel() for series in kept_values.values.values()]))
    axes = {name: list(names[name]) for name in ("variable", "region")}
    axes |= {"unit": list(kept_values.units), "year": years.tolist()}
    return pa.table(columns).replace_schema_metadata({AXES: canonical_json(axes)}), ("value",)


def _plain(receipt: Receipt) -> dict[str, Any]:
    points = [record._asdict() | {"outcomes": dict(record.outcomes)} for record in receipt.points]
    return {"format": FORMAT, "code": dict(receipt.code), "points": points}


def read_receipt(file: Path) -> Receipt:
    """Read the receipt at a part's end.

    The part's bytes are compared with the digest in its name first.

    Raises:
        DamagedPartError: if they differ, or it is no part.
    """
    raw = _whole(file)
    try:
        head = pq.read_metadata(pa.BufferReader(raw)).metadata
        payload = json.loads(head[RECEIPT])
        if payload["format"] > FORMAT:
            raise BatchError(
                build_message("newer_store", folder=file, number=payload["format"], known=FORMAT)
            )
        points = tuple(_record_from(record) for record in payload["points"])
        return Receipt(payload["code"], points, file.name)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise DamagedPartError(build_message("not_a_part", file=file, reason=explain_error(error))) from error


def _record_from(plain: Mapping[str, Any]) -> PointRecord:
    roles = tuple(Role(*role) for role in plain.get("roles", ()))
    return PointRecord(**{**plain, "roles": roles})


def read_kept(file: Path) -> tuple[pa.Table, Receipt]:
    """Read the rows of a part and its receipt.

    Values are compared with the digests of the receipt first.

    Raises:
        DamagedPartError: if they differ.
    """
    receipt, raw = read_receipt(file), _whole(file)
    try:
        table = pq.read_table(pa.BufferReader(raw), page_checksum_verification=True)
        for record in receipt.points:
            if record.kept_sha256 and _digest_in(table, record.id) != record.kept_sha256:
                raise DamagedPartError(build_message("point_damaged", file=file, point=record.id))
    except (pa.ArrowException, OSError, KeyError) as error:
        raise DamagedPartError(build_message("unreadable", file=file, reason=explain_error(error))) from error
    return table, receipt


def unpack_kept(table: pa.Table) -> KeptValues:
    """Unpack the rows of a part to the kept values of its points."""
    variables, ids, regions, years = (
        table.column_names[len(COLUMNS) :],
        *(_labels(table, name) for name in COLUMNS),
    )
    shape = len(ids), len(regions), len(years)
    columns = {name: table.column(name).to_numpy().reshape(shape) for name in variables}
    return KeptValues(
        variables,
        [table.schema.field(name).metadata[b"unit"].decode() for name in variables],
        regions,
        np.array(years, dtype=np.int64),
        {id: np.array([columns[name][i] for name in variables]) for i, id in enumerate(ids)},
    )


def _labels(table: pa.Table, axis: str) -> list[Any]:
    return list(dict.fromkeys(table.column(axis).to_pylist()))


def read_run(file: Path, point: str) -> StoredRun:
    """Read every indicator of a run from the tall part that holds it alone.

    Raises:
        DamagedPartError: if it is no such part, its bytes or values are not what was written, or the run failed.
    """
    raw = _whole(file)
    try:
        parquet = pq.ParquetFile(pa.BufferReader(raw), page_checksum_verification=True)
        head = parquet.schema_arrow.metadata
        (record,) = json.loads(head[RECEIPT])["points"]
        axes = json.loads(head[AXES])
        shape = tuple(len(axes[name]) for name in ("variable", "region", "year"))
        values = parquet.read(["value"], use_threads=False).column(0).to_numpy().reshape(shape)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise DamagedPartError(build_message("not_a_part", file=file, reason=explain_error(error))) from error
    if record["id"] != point or record["failure"] or kept_digest(values) != record["kept_sha256"]:
        raise DamagedPartError(build_message("point_damaged", file=file, point=point))
    variables, units, regions = (tuple(axes[name]) for name in ("variable", "unit", "region"))
    return StoredRun(variables, units, regions, np.array(axes["year"]), values)


def _digest_in(table: pa.Table, point: str) -> str:
    if "value" in table.column_names[len(COLUMNS) :]:
        rows = pc.equal(table.column("point").cast(pa.string()), point)
        return kept_digest(table.column("value").filter(rows).to_numpy())
    rows = np.asarray(table.column("point").to_pylist(), dtype=object) == point
    columns = [table.column(name).to_numpy()[rows] for name in table.column_names[len(COLUMNS) :]]
    return kept_digest(np.array(columns) if columns else np.empty(0))


def _whole(file: Path) -> bytes:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DamagedPartError(build_message("unreadable", file=file, reason=explain_error(error))) from error
    if hashlib.sha256(raw).hexdigest()[:DIGITS] != file.stem.rpartition("-")[2]:
        raise DamagedPartError(build_message("bytes_differ", file=file))
    return raw
