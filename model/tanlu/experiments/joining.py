"""Join small parts of a store, so that ten thousand runs are some two hundred files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tanlu.experiments.parts import (
    DamagedPartError,
    KeptValues,
    PackedPart,
    PointRecord,
    Receipt,
    make_part,
    read_kept,
    unpack_kept,
)
from tanlu.experiments.store import Store, StoreContents, merge_records
from tanlu.experiments.worker import NOTHING_KEPT

WAITING_PARTS = 100  # that may be small before they are joined
JOINED_POINTS = 100  # of a part that is not small any more


class LooseParts:
    """The small parts of a store, which are joined whenever they are many."""

    def __init__(self, store: Store, contents: StoreContents, *, is_joining: bool = True) -> None:
        """Take the small parts that are there; those that are looked up one by one are not joined."""
        self._store, self._is_joining = store, is_joining
        sizes = Counter(name for names in contents.files.values() for name in names)
        self._names = [name for name, size in sorted(sizes.items()) if size < JOINED_POINTS]

    def add(self, receipt: Receipt) -> None:
        """Add a part that was just saved, and join parts if many wait."""
        if len(receipt.points) < JOINED_POINTS:
            self._names.append(receipt.file)
        if self._is_joining and len(self._names) >= WAITING_PARTS:
            joined = join_parts(self._store, self._names)
            self._names = [receipt.file for receipt in joined if len(receipt.points) < JOINED_POINTS]


class _ReadPart(NamedTuple):
    """A part as it was read."""

    receipt: Receipt
    kept_values: KeptValues


def join_parts(store: Store, names: Sequence[str]) -> list[Receipt]:
    """Join parts to fewer with some hundred points each, and return their receipts.

    A joined part is on the disk, and was read again, before the parts that it stands for go: a process that is killed
    meanwhile leaves points twice, with equal bits. Parts that are damaged, or that another process has joined, are left
    as they are.

    Raises:
        BatchError: if a joined part cannot be written.
    """
    receipts = []
    for group in _groups(store, names):
        receipt = store.save(_joined(group))
        read_kept(store.runs / receipt.file)
        for part in group:
            if part.receipt.file != receipt.file:
                (store.runs / part.receipt.file).unlink(missing_ok=True)
        receipts.append(receipt)
    return receipts


def _groups(store: Store, names: Sequence[str]) -> Iterator[list[_ReadPart]]:
    """Yield parts that fit each other, in groups of some hundred points."""
    group: list[_ReadPart] = []
    for name in names:
        try:
            table, receipt = read_kept(store.runs / name)
        except DamagedPartError:
            continue
        part = _ReadPart(receipt, unpack_kept(table))
        if not _fits(_kept_by(group), part.kept_values):
            yield group
            group = []
        group.append(part)
        if sum(len(part.receipt.points) for part in group) >= JOINED_POINTS:
            yield group
            group = []
    if group:
        yield group


def _fits(first: KeptValues, second: KeptValues) -> bool:
    """Check whether two parts keep the same indicators; one whose runs all failed keeps none."""
    if not first.values or not second.values:
        return True
    axes = [(list(x.variables), list(x.units), list(x.regions), x.years.tolist()) for x in (first, second)]
    return axes[0] == axes[1]


def _joined(group: Sequence[_ReadPart]) -> PackedPart:
    """Make one part of several; a point that stands in two of them has equal bits."""
    points: dict[str, PointRecord] = {}
    for part in group:
        for record in part.receipt.points:
            files = (group[0].receipt.file, part.receipt.file)
            points[record.id] = merge_records(points.get(record.id), record, files)
    values = {id: block for part in group for id, block in part.kept_values.values.items()}
    receipt = Receipt(group[0].receipt.code, tuple(points.values()))
    return make_part(receipt, _kept_by(group)._replace(values=values))


def _kept_by(group: Sequence[_ReadPart]) -> KeptValues:
    """Find kept values of a group whose axes hold for all; none where all runs failed."""
    return next((part.kept_values for part in group if part.kept_values.values), NOTHING_KEPT)
