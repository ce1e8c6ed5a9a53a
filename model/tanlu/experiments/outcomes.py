"""What is kept of a run: figures, each one number, and indicators by region and year."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from tanlu.core.arrays import Floats, Integers
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.inputs.types import NAME_PATTERN, Strict, Year, Years, refuse

type Name = Annotated[str, Field(pattern=NAME_PATTERN)]
VariableName = Annotated[str, Field(min_length=1, max_length=200)]
KEEPING = ("indicators", "every_indicator")
WAYS = ("sum", "mean", "maximum", "minimum", "change", "year")


class ExperimentOutcome(Strict):
    """One number of each run: what a variable, or a weighted sum of several, comes to in some years."""

    variable: VariableName
    """Name of the indicator, such as `Emissions|CO2` (`tanlu list indicators`)."""

    plus: Annotated[Mapping[VariableName, float] | None, Field(min_length=1, max_length=50)] = None
    """Further variables that are added year by year, each times a weight that turns it into the unit of the first."""

    region: Annotated[str, Field(max_length=200)] = ""
    """Province; the whole region if not given."""

    sum: Years | None = None
    """Years over which it is summed, such as 2025-2060."""

    mean: Years | None = None
    """Years over which its mean is taken."""

    maximum: Years | None = None
    """Years of which the largest value is taken."""

    minimum: Years | None = None
    """Years of which the smallest value is taken."""

    change: Years | None = None
    """Years between which it changes: by how many per cent the last lies above the first."""

    year: Year | None = None
    """Year whose value is taken."""

    against: Annotated[str, Field(pattern=f"{NAME_PATTERN}|^$")] = ""
    """Arm with which each run of the others is compared, draw by draw; the figure itself if not given."""

    sign: Literal[-1, 1] = 1
    """-1 turns the figure round, so that emissions avoided count as more."""

    at_most: float | None = None
    """Figure that must not be exceeded: analyses ask when it is."""

    at_least: float | None = None
    """Figure that must be reached: analyses ask when it is not."""

    better: Literal["less", "more"] | None = None
    """Whether less or more of it is better, from which regret is counted; `at_most` and `at_least` say so too."""

    @model_validator(mode="after")
    def _is_one_number(self) -> "ExperimentOutcome":
        """Refuse an outcome that is no number, or several."""
        if len(self._listed_ways()) != 1:
            refuse("not-one-number", count=len(self._listed_ways()), ways=WAYS)
        return self

    def _listed_ways(self) -> list[str]:
        return [way for way in WAYS if getattr(self, way) is not None]

    @property
    def way(self) -> str:
        """How the years become one number."""
        return self._listed_ways()[0]

    @property
    def direction(self) -> int:
        """1 where more is better, -1 where less is, 0 where nobody said."""
        if self.better:
            return 1 if self.better == "more" else -1
        return (self.at_least is not None) - (self.at_most is not None)

    def unit_of(self, unit: str) -> str:
        """Name the unit of the figure, from that of its variable."""
        return "%" if self.change is not None else unit

    @property
    def is_bounded(self) -> bool:
        """Whether it says what is allowed."""
        return self.at_least is not None or self.at_most is not None

    def margins(self, values: Floats) -> Floats:
        """Compute by how much values [N] keep clear of their bounds.

        Below zero they break one; NaN without bounds.
        """
        low = values - self.at_least if self.at_least is not None else np.full(values.shape, np.nan)
        high = self.at_most - values if self.at_most is not None else np.full(values.shape, np.nan)
        return np.fmin(low, high)

    @property
    def span(self) -> tuple[int, int]:
        """First and last year that count."""
        years = getattr(self, self.way)
        return (years, years) if isinstance(years, int) else (years.start, years.end)


class Keep(Strict):
    """Indicators that are kept of every run, by region and year."""

    indicators: Annotated[tuple[VariableName, ...], Field(max_length=1000)] = ()
    """Names of indicators; none if not given."""

    every_indicator: bool = False
    """Whether every indicator of a run is kept, in place of some by name."""

    regions: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(max_length=20)] = ()
    """Provinces, or the region; all of them if not given."""

    @model_validator(mode="after")
    def _name_some_or_keep_all(self) -> "Keep":
        """Refuse names together with all."""
        if self.indicators and self.every_indicator:
            refuse("not-one-form", given=("indicators", "every_indicator"), allowed=KEEPING)
        return self

    def variables(self, measured: Sequence[str]) -> Sequence[str]:
        """Select which of the measured variables are kept, in their order."""
        return measured if self.every_indicator else self.indicators


class Reduction(NamedTuple):
    """What is kept of every run."""

    outcomes: Mapping[str, ExperimentOutcome]
    keep: Keep


class MeasuredRun(NamedTuple):
    """Every indicator of one run; axes V variables, G regions, Y years."""

    variables: Sequence[str]
    units: Sequence[str]
    regions: Sequence[str]
    years: Integers
    values: Floats  # [V, G, Y]


def outcomes_of(run: MeasuredRun, outcomes: Mapping[str, ExperimentOutcome]) -> dict[str, float]:
    """Compute the outcomes of a run by name.

    Nothing is compared with other arms yet.
    """
    return {name: _value(run, outcome) for name, outcome in outcomes.items()}


def _value(run: MeasuredRun, outcome: ExperimentOutcome) -> float:
    first, last = outcome.span
    region = run.regions.index(outcome.region or run.regions[-1])
    parts = {outcome.variable: 1.0, **(outcome.plus or {})}
    path = sum(weight * run.values[run.variables.index(name), region] for name, weight in parts.items())
    values = path[(run.years >= first) & (run.years <= last)]
    way: Any = {
        "sum": np.sum,
        "mean": np.mean,
        "maximum": np.max,
        "minimum": np.min,
        "change": _change_percent,
        "year": np.mean,
    }
    return float(way[outcome.way](values)) * outcome.sign


def _change_percent(values: Floats) -> float:
    """Compute by how many per cent the last value lies above the first."""
    with np.errstate(divide="ignore", invalid="ignore"):  # from nothing there is no share
        return float((values[-1] / values[0] - 1.0) * PERCENT_PER_SHARE)


def select_kept(run: MeasuredRun, keep: Keep) -> Floats:
    """Select the indicators that are kept [K, G, Y]."""
    position = {name: number for number, name in enumerate(run.variables)}
    variables = [position[name] for name in keep.variables(run.variables)]
    regions = [run.regions.index(name) for name in keep.regions or run.regions]
    return run.values[np.ix_(variables, regions, np.arange(run.years.size))]
