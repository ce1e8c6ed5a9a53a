"""The result folder on disk: whole or absent, each table with units, each file with its digest."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tanlu.core.places import ABANDONED_AFTER_SECONDS
from tanlu.core.units import unit_of
from tanlu.core.words.errors import ResultError, explain_error
from tanlu.core.words.messages import build_message
from tanlu.output.columns import COLUMNS
from tanlu.output.manifest import fault_of
from tanlu.output.provenance import FORMAT, content_hash, file_digest

MANIFEST = "manifest.json"
SCENARIO = "scenario.yaml"
CHART = "emissions.svg"


class FolderTakenError(ResultError):
    """The folder came into being while this one was being written."""


def write_table(parts: Iterable[pd.DataFrame], path: Path) -> None:
    """Write one table as Parquet with page checksums and units, a group of rows a part.

    No file is written where there is no part. The columns of all parts have the same types and categories.
    """
    with ExitStack() as stack:
        writer = None
        for frame in parts:
            table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)  # threads take longer
            fields = [field.with_metadata(_field_metadata(field.name)) for field in table.schema]
            table = table.cast(pa.schema(fields, metadata=table.schema.metadata))
            writer = writer or stack.enter_context(_writer(table.schema, path))
            writer.write_table(table)


def _writer(schema: pa.Schema, path: Path) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        # Measured values hardly ever occur twice: a dictionary of them takes time and room, and helps nobody.
        use_dictionary=[field.name for field in schema if not pa.types.is_floating(field.type)],
        write_statistics=False,  # tables are read whole
        write_page_checksum=True,
    )


def _field_metadata(column: str) -> dict[str, str]:
    if column in COLUMNS:
        unit, description = COLUMNS[column]
        return {"unit": unit, "description": description}
    unit_name = unit_of(column)
    return {"unit": unit_name.display if unit_name else "", "description": column.replace("_", " ")}


def read_table(path: Path) -> pd.DataFrame:
    """Read one table, checking every page.

    Raises:
        ResultError: if the file is damaged.

    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise ResultError(build_message("unreadable", file=path, reason=explain_error(error))) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a draft folder that becomes `target` at the end.

    It is hidden, next to `target`, and removed if the block fails.
    Everything is on the disk before the one rename, so `target` is whole or absent, whenever the power goes.

    Raises:
        ResultError: if the disk is full or cannot be written; nothing is left behind then.
        FolderTakenError: if `target` exists by now; it is left as it is.

    """
    draft = target.parent / f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}"
    try:
        _sweep(target)
        draft.mkdir(parents=True)
        yield draft
        for path in (*draft.rglob("*"), draft):
            _sync(path)
        draft.rename(target)
        _sync(target.parent)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise FolderTakenError(build_message("folder_taken", folder=target)) from error
        raise ResultError(
            build_message("nothing_left", folder=target, reason=explain_error(error))
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove the drafts of `target` that a killed process left behind."""
    for draft in target.parent.glob(f".{target.name}.*-*"):
        with suppress(FileNotFoundError):  # the process at work on it has just finished
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder; its rename is journalled
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write `manifest.json` with the digest of every file in `folder`, and of itself."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): file_digest(path) for path in paths}
    (folder / MANIFEST).write_text(_manifest_text(manifest, files), encoding="utf-8")


def _manifest_text(manifest: Mapping[str, Any], files_sha256: Mapping[str, str]) -> str:
    complete = dict(manifest) | {"files_sha256": dict(files_sha256)}
    complete["manifest_sha256"] = content_hash(complete)
    return json.dumps(complete, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def update(folder: Path, texts: Mapping[str, str], manifest: Mapping[str, Any]) -> None:
    """Replace files of text in a finished folder, its manifest last.

    Raises:
        ResultError: if they cannot be written; the folder is damaged then, and can be repaired.
    """
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    complete = _manifest_text(manifest, manifest["files_sha256"] | digests)
    try:
        for name, text in (*texts.items(), (MANIFEST, complete)):
            replacement = folder / f".{name}"
            replacement.write_text(text, encoding="utf-8", newline="\n")
            _sync(replacement)
            replacement.replace(folder / name)
    except OSError as error:
        raise ResultError(
            build_message("cannot_write", folder=folder, reason=explain_error(error))
        ) from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check `manifest.json`.

    Raises:
        ResultError: if `folder` is no result folder, is damaged, or was written by a newer Tanlu.

    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ResultError(build_message("no_result_folder", folder=folder))
    if not path.is_file():
        raise ResultError(build_message("not_a_result", folder=folder, file=MANIFEST))
    try:
        manifest: Any = json.loads(path.read_text(encoding="utf-8"))
        stated = manifest.pop("manifest_sha256")
        intact = stated == content_hash(manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultError(build_message("manifest_damaged", file=path)) from error
    if not intact:
        raise ResultError(build_message("manifest_digest", file=path))
    if isinstance(manifest.get("format"), int) and manifest["format"] > FORMAT:
        raise ResultError(build_message("newer_tanlu", folder=folder, format=manifest["format"]))
    if fault := fault_of(manifest):
        raise ResultError(build_message("no_manifest", file=path, fault=fault))
    checked: dict[str, Any] = manifest
    return checked


def damaged_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """List the files that are missing or have other bytes."""
    files: Mapping[str, str] = manifest["files_sha256"]
    return [
        name
        for name, digest in files.items()
        if not (folder / name).is_file() or file_digest(folder / name) != digest
    ]
