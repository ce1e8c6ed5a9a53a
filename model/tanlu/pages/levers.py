"""What a visitor asked for: a scenario that comes with Tanlu, and what he would have otherwise."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

BASELINE = "baseline"
NOTHING = "{}"


@dataclass(frozen=True)
class Levers:
    """A shipped scenario and the changes of it, in the one form in which they can be written."""

    scenario: str = BASELINE
    changes: str = NOTHING  # canonical JSON of the block that a file extending the scenario would hold

    @classmethod
    def of(cls, scenario: str, changes: Mapping[Any, Any]) -> "Levers":
        """Return the levers for changes as plain data."""
        return cls(
            scenario, json.dumps(_short(changes), sort_keys=True, separators=(",", ":"), allow_nan=False)
        )

    @cached_property
    def block(self) -> dict[Any, Any]:
        """The changes as plain data, years as whole numbers."""
        block: dict[Any, Any] = by_year(json.loads(self.changes))
        return block

    @cached_property
    def id(self) -> str:
        """Twelve hex digits that stand for what is asked."""
        return hashlib.sha256(f"{self.scenario}\n{self.changes}".encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """What a file of it is called: that of the shipped scenario, or one of its own."""
        return self.scenario if self.changes == NOTHING else f"scenario_{self.id}"


def by_year(value: Any) -> Any:
    """Return data that went through JSON with keys that are years as whole numbers again."""
    if isinstance(value, Mapping):
        return {int(k) if is_year(k) else k: by_year(item) for k, item in value.items()}
    return [by_year(item) for item in value] if isinstance(value, list | tuple) else value


def is_year(key: object) -> bool:
    """Check whether the key of a block is a year that JSON made text."""
    return isinstance(key, str) and key.isascii() and key.isdigit() and len(key) == 4


def is_number(value: object) -> bool:
    """Check whether a value that came from a browser is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _short(value: Any) -> Any:
    """Return data with whole numbers written without a point."""
    if isinstance(value, Mapping):
        return {str(key): _short(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_short(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
