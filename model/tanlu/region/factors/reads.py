"""What each part of a pack reads of its tables, so that a change makes no array anew that does not hang on it."""

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
    """Return every part of a pack, which are its cached properties."""
    members = {name: one for name, one in vars(type(pack)).items() if isinstance(one, cached_property)}
    parts = Parts({}, {})
    for name in members:
        _read(pack, members, name, parts)
    return parts


def hangs_on(reads: frozenset[str], change: PackChange) -> bool:
    """Tell whether what read `reads` sees a change."""
    cells = change.cells
    table = cells.path.table
    return table in reads or (table == PARAMETERS and any(f"{table}.{name}" in reads for name in cells.names))


def _read(pack: Any, members: Mapping[str, "cached_property[Any]"], name: str, parts: Parts) -> None:
    if name not in parts.values:
        watched = _Watched(pack, members, parts)
        parts.values[name] = members[name].func(watched)
        parts.reads[name] = frozenset(watched.noted)


class _Watched:
    """Stands for a pack while one of its parts is made, and notes what it reads."""

    def __init__(self, pack: Any, members: Mapping[str, "cached_property[Any]"], parts: Parts) -> None:
        self._pack, self._members, self._parts = pack, members, parts
        self.noted: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Return what the pack has under a name; of another part it is noted what that one read."""
        if name == "tables":
            return _Noting(self._pack.tables, "", self.noted)
        if name not in self._members:
            return getattr(self._pack, name)
        _read(self._pack, self._members, name, self._parts)
        value = self._parts.values[name]
        if name == PARAMETERS:
            return _Noting(value, f"{PARAMETERS}.", self.noted)
        self.noted |= self._parts.reads[name]
        return value


class _Noting(Mapping[str, Any]):
    """A mapping that notes which of its keys are asked for."""

    def __init__(self, values: Mapping[str, Any], prefix: str, noted: set[str]) -> None:
        self._values, self._prefix, self._noted = values, prefix, noted

    def __getitem__(self, key: str) -> Any:
        """Return a value."""
        self._noted.add(f"{self._prefix}{key}")
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        """Return the keys."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._values)
