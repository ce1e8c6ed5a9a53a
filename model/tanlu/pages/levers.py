"""The levers a visitor moves: what each can be set to, and the policies they write into a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import isfinite
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from tanlu.inputs.plausible import plausible_range
from tanlu.policies import KINDS

CATALOGUE = Path(__file__).with_name("levers.yaml")
BASELINE = "baseline"


class Lever(BaseModel):
    """One slider: the policy it writes and the values it can take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    kind: str
    field: str
    from_year: int
    step: float

    @property
    def minimum(self) -> float:
        """Where the lever rests: its policy does nothing."""
        return 0.0

    @cached_property
    def maximum(self) -> float:
        """The highest plausible value of the policy's key."""
        plausible = plausible_range(KINDS[self.kind].model_fields[self.field])
        assert plausible is not None, "every quantity of a policy has a plausible range"
        return float(plausible.high)

    def nearest(self, value: float) -> float:
        """Return the allowed value closest to `value`."""
        inside = min(max(value, self.minimum), self.maximum)
        return round(self.minimum + round((inside - self.minimum) / self.step) * self.step, 6)


@cache
def catalogue() -> dict[str, Lever]:
    """Return the levers by key, in the order of the page."""
    blocks = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return {lever.key: lever for lever in TypeAdapter(list[Lever]).validate_python(blocks)}


@dataclass(frozen=True)
class Levers:
    """What the visitor asked for: a scenario, and the levers that do not rest at their minimum."""

    scenario: str = BASELINE
    moved: tuple[tuple[str, float], ...] = ()  # in the order of the catalogue

    def value(self, key: str) -> float:
        """Return the setting of one lever."""
        return dict(self.moved).get(key, catalogue()[key].minimum)

    def values(self) -> dict[str, float]:
        """Return the setting of every lever."""
        return {key: self.value(key) for key in catalogue()}

    def with_values(self, values: Mapping[str, object]) -> "Levers":
        """Return these levers with others moved; unknown keys and what is no number are left out."""
        settings = self.values()
        for key, value in values.items():
            if key in settings and is_number(value):
                settings[key] = catalogue()[key].nearest(float(value))  # type: ignore[arg-type]
        moved = [(key, value) for key, value in settings.items() if value != catalogue()[key].minimum]
        return replace(self, moved=tuple(moved))

    def policies(self) -> dict[str, dict[str, object]]:
        """Return the policies the moved levers stand for, as a scenario file would hold them."""
        return {f"lever_{key}": policy(catalogue()[key], value) for key, value in self.moved}


def is_number(value: object) -> bool:
    """Tell whether a value that came from a browser is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def policy(lever: Lever, value: float) -> dict[str, object]:
    """Return the policy block one lever writes."""
    return {"kind": lever.kind, "from_year": lever.from_year, lever.field: value}
