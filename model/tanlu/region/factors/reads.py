"""What each part of a pack reads of its tables, so that a change builds only arrays that depend on it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from tanlu.core.paths import PARAMETERS
from tanlu.region.factors.cells import PackChange


class Parts(NamedTuple):
    """The parts of a pack by name, and what each read: tables, and parameters as `parameters.NAME`."""

    values: dict[str, Any]
    reads: dict[str, frozenset[str]]


def read_parts(pack: Any) -> Parts:
    """Read every part of a pack; parts are its cached properties."""
    members = {
        name: member for name, member in vars(type(pack)).items() if isinstance(member, cached_property)
    }
    parts = Parts({}, {})
    for name in members:
        _read(pack, members, name, parts)
    return parts


def depends_on(reads: frozenset[str], change: PackChange) -> bool:
    """Check whether a part that read `reads` depends on a change."""
    cells = change.cells
    table = cells.path.table
    return table in reads or (table == PARAMETERS and any(f"{table}.{name}" in reads for name in cells.names))


def _read(pack: Any, members: Mapping[str, "cached_property[Any]"], name: str, parts: Parts) -> None:
    if name not in parts.values:
        watched = _WatchedPack(pack, members, parts)
        parts.values[name] = members[name].func(watched)
        parts.reads[name] = frozenset(watched.noted_keys)


class _WatchedPack:
    """Stands for a pack while one of its parts is made, and notes what it reads."""

    def __init__(self, pack: Any, members: Mapping[str, "cached_property[Any]"], parts: Parts) -> None:
        self._pack, self._members, self._parts = pack, members, parts
        self.noted_keys: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Read an attribute of the pack and note its keys.

        Of another part the keys are noted that this one read.
        """
        if name == "tables":
            return _WatchedMapping(self._pack.tables, "", self.noted_keys)
        if name not in self._members:
            return getattr(self._pack, name)
        _read(self._pack, self._members, name, self._parts)
        value = self._parts.values[name]
        if name == PARAMETERS:
            return _WatchedMapping(value, f"{PARAMETERS}.", self.noted_keys)
        self.noted_keys |= self._parts.reads[name]
        return value


class _WatchedMapping(Mapping[str, Any]):
    """A mapping that notes which of its keys are asked for."""

    def __init__(self, values: Mapping[str, Any], prefix: str, noted_keys: set[str]) -> None:
        self._values, self._prefix, self._noted_keys = values, prefix, noted_keys

    def __getitem__(self, key: str) -> Any:
        """Read a value and note its key."""
        self._noted_keys.add(f"{self._prefix}{key}")
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the keys."""
        return len(self._values)
