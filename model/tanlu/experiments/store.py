"""The store of an experiment: a folder of parts. What it holds is not run again, and only grows."""

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tanlu.core.words.errors import reason_of
from tanlu.core.words.said import said
from tanlu.experiments.executors import BatchError
from tanlu.experiments.parts import DamagedPartError, PointRecord, Receipt, read_receipt
from tanlu.output.folder import ABANDONED_AFTER_SECONDS
from tanlu.output.provenance import canonical_json

ABOUT = "experiment.json"
RUNS, QUARANTINE = "runs", "quarantine"
DIED = "died"  # begins the failure of a point whose process died: another time it may not


class Stored(NamedTuple):
    """What a store holds."""

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
        """What each run took."""
        return tuple(one.cpu_seconds for one in self.points.values() if not one.failure)

    @property
    def digest(self) -> str:
        """One digest of all that was found, whoever ran it where and in whatever order."""
        told = {one.id: list(one.bits) for one in self.points.values()}
        return hashlib.sha256(canonical_json(told)).hexdigest()


class Store(NamedTuple):
    """A folder of parts, and the code that may write into it."""

    folder: Path
    code: Mapping[str, Any]

    @property
    def runs(self) -> Path:
        """Where the parts are."""
        return self.folder / RUNS

    def begin(self, about: Mapping[str, Any]) -> None:
        """Make the folder and say once what it is about.

        Raises:
            BatchError: if it cannot be written.
        """
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            _sweep(self.runs)
            if not (self.folder / ABOUT).exists():
                draft = self.folder / f".{ABOUT}.{os.getpid()}-{secrets.token_hex(4)}"
                text = json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False)
                draft.write_text(text + "\n", encoding="utf-8")
                draft.replace(self.folder / ABOUT)
        except OSError as error:
            raise BatchError(said("cannot_write", folder=self.folder, reason=reason_of(error))) from error

    def read(self, wanted: Collection[str] | None = None) -> Stored:
        """Return what the store holds, of `wanted` points or of all.

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
                damaged.append(file.name)
                continue
            if receipt.code != self.code:
                foreign.append(file.name)
                continue
            for one in receipt.points:
                if wanted is None or one.id in wanted:
                    files[one.id] = (*files.get(one.id, ()), file.name)
                    points[one.id] = _one_of(points.get(one.id), one, files[one.id])
        return Stored(points, files, tuple(damaged), tuple(foreign))

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
            raise BatchError(said("cannot_write", folder=self.folder, reason=reason_of(error))) from error

    def accept(self, receipt: Receipt) -> Receipt:
        """Return a receipt that came from a worker.

        Raises:
            BatchError: if other code wrote the part.
        """
        if receipt.code != self.code:
            differing = [key for key in self.code if receipt.code.get(key) != self.code[key]]
            raise BatchError(said("part_refused", file=receipt.file, keys=differing))
        return receipt

    def _parts(self) -> Iterator[Path]:
        return iter(sorted(self.runs.glob("part-*.parquet")))


def _one_of(before: PointRecord | None, now: PointRecord, files: Sequence[str]) -> PointRecord:
    """Return what counts of two records of a point: they are the same, unless its process died once."""
    if before is None or before.failure.startswith(DIED):
        return now
    if before.bits != now.bits and not now.failure.startswith(DIED):
        raise BatchError(said("point_differs", point=now.id, file=files[-1], first=files[0]))
    return before


def _sweep(folder: Path) -> None:
    """Remove the drafts that killed processes left behind."""
    for draft in folder.glob(".part-*"):
        with suppress(FileNotFoundError):  # the process at work on it has just finished
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER_SECONDS:
                draft.unlink()
