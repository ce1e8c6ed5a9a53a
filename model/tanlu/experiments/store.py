"""The store of an experiment: a folder of parts. What it holds is not run again, and only grows."""

import hashlib
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tanlu.core.places import ABANDONED_AFTER_SECONDS
from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import build_message
from tanlu.experiments.description import write_description
from tanlu.experiments.executors import BatchError
from tanlu.experiments.parts import (
    DamagedPartError,
    PackedPart,
    PointRecord,
    Receipt,
    read_receipt,
    save_part,
)
from tanlu.output.provenance import canonical_json

RUNS, QUARANTINE = "runs", "quarantine"
DIED = "died"  # begins the failure of a point whose process died: another time it may not


class StoreContents(NamedTuple):
    """The contents of a store."""

    points: Mapping[str, PointRecord]  # by id
    files: Mapping[str, tuple[str, ...]]  # names of the parts that have a point, by its id
    damaged: tuple[str, ...]  # names of parts that are not what was written
    foreign: tuple[str, ...]  # of parts that other code wrote

    @property
    def bad(self) -> tuple[str, ...]:
        """Names of parts that do not count."""
        return (*self.damaged, *self.foreign)

    @property
    def cpu_seconds(self) -> tuple[float, ...]:
        """CPU time of each run."""
        return tuple(record.cpu_seconds for record in self.points.values() if not record.failure)

    @property
    def digest(self) -> str:
        """Digest of all findings, whoever ran them, in whatever order."""
        bits = {record.id: list(record.bits) for record in self.points.values()}
        return hashlib.sha256(canonical_json(bits)).hexdigest()


class Store(NamedTuple):
    """A folder of parts, and the code that may write into it."""

    folder: Path
    code: Mapping[str, Any]

    @property
    def runs(self) -> Path:
        """Folder of the parts."""
        return self.folder / RUNS

    def begin(self, description: Mapping[str, Any]) -> None:
        """Make the folder and write its description, unless it is there.

        Raises:
            BatchError: if it cannot be written.
        """
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            _sweep(self.runs)
            write_description(self.folder, description)
        except OSError as error:
            raise BatchError(
                build_message("cannot_write", folder=self.folder, reason=explain_error(error))
            ) from error

    def read(self, ids: Collection[str] | None = None) -> StoreContents:
        """Read the contents of the store, of some points or of all.

        `ids` are those of the points.

        Raises:
            BatchError: if a point stands in two parts with other bits.
        """
        points: dict[str, PointRecord] = {}
        files: dict[str, tuple[str, ...]] = {}
        damaged, foreign = [], []
        for file in self._parts():
            try:
                receipt = read_receipt(file)
            except DamagedPartError:
                if not file.exists():  # another process has just joined it with others
                    return self.read(ids)
                damaged.append(file.name)
                continue
            if receipt.code != self.code:
                foreign.append(file.name)
                continue
            for record in receipt.points:
                if ids is None or record.id in ids:
                    files[record.id] = (*files.get(record.id, ()), file.name)
                    points[record.id] = merge_records(points.get(record.id), record, files[record.id])
        return StoreContents(points, files, tuple(damaged), tuple(foreign))

    def quarantine(self, names: Sequence[str]) -> None:
        """Set parts aside: they stay to be looked at, and no longer count.

        Raises:
            BatchError: if they cannot be moved.
        """
        try:
            for name in names:
                aside = self.folder / QUARANTINE
                aside.mkdir(exist_ok=True)
                shutil.move(self.runs / name, aside / f"{name}.{secrets.token_hex(4)}")
        except OSError as error:
            raise BatchError(
                build_message("cannot_write", folder=self.folder, reason=explain_error(error))
            ) from error

    def save(self, part: PackedPart) -> Receipt:
        """Save a part that a worker hands back, and return its receipt.

        Raises:
            BatchError: if other code made it, or it cannot be written.
        """
        receipt = part.receipt
        if receipt.code != self.code:
            differing = [key for key in self.code if receipt.code.get(key) != self.code[key]]
            raise BatchError(build_message("part_refused", file=receipt.file, keys=differing))
        try:
            save_part(self.runs, part)
        except OSError as error:
            raise BatchError(
                build_message("parts_kept", folder=self.runs, reason=explain_error(error))
            ) from None
        return receipt

    def _parts(self) -> Iterator[Path]:
        return iter(sorted(self.runs.glob("part-*.parquet")))


def merge_records(
    old_record: PointRecord | None, new_record: PointRecord, files: Sequence[str]
) -> PointRecord:
    """Merge two records of a point.

    They are the same, unless its process died once.
    """
    if old_record is None or old_record.failure.startswith(DIED):
        return new_record
    if old_record.bits != new_record.bits and not new_record.failure.startswith(DIED):
        raise BatchError(build_message("point_differs", point=new_record.id, file=files[-1], first=files[0]))
    return old_record


def _sweep(folder: Path) -> None:
    """Remove drafts that killed processes left behind."""
    for draft in folder.glob(".part-*"):
        with suppress(FileNotFoundError):  # the process at work on it has just finished
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER_SECONDS:
                draft.unlink()
