"""One answer of the model as the pages read it, whole or with the draws that are there so far."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.output import charts
from tanlu.output.differences import carried_to_all
from tanlu.output.measures import Measures
from tanlu.pages.levers import Levers
from tanlu.pages.money.payments import Payments


@dataclass(frozen=True, eq=False)
class AnswerView:
    """One answer of the model in a region, as the pages need it: shared by all visitors, read only."""

    id: str  # of question, draws and province, so that it changes with the figures
    levers: Levers
    wide: pd.DataFrame  # (region, variable, unit) by year; means
    region: str  # that figures are of: the provinces together, or one of them
    payments: Payments | None = None  # between groups of parties
    findings: tuple[Finding, ...] = ()
    measures: Measures | None = None  # of the draws that are there, from the first on
    draws: int = 1  # in all
    is_prepared: bool = False  # whether each of them was made ahead

    def in_region(self, region: str) -> "AnswerView":
        """Return the answer with its figures of a region, the same object each time."""
        if region == self.region:
            return self
        if region not in self._elsewhere:
            self._elsewhere[region] = replace(self, id=f"{self.id}-{region}", region=region)
        return self._elsewhere[region]

    @cached_property
    def _elsewhere(self) -> "dict[str, AnswerView]":
        return {}

    @property
    def region_mark(self) -> str:
        """Return what a file's name says of the province; empty for all together."""
        is_whole = self.measures is None or self.region == self.measures.regions[-1]
        return "" if is_whole else f"-{self.region}"

    def path(self, variable: str) -> Floats:
        """Return the yearly values of one variable in the region."""
        return charts.series(self.wide, variable, self.region)

    def first_path(self, variable: str) -> Floats:
        """Return the yearly values of one variable in the region, in the first draw."""
        if self.measures is None:
            return self.path(variable)
        place = self.measures.regions.index(self.region)
        return np.asarray(self.measures.values[0, self.measures.variables.index(variable), place])

    def means(self) -> Measures:
        """Return the measures as one draw, of what is shown.

        Raises:
            ValueError: if nothing was measured.
        """
        if self.measures is None:
            raise ValueError("nothing was measured")
        shape = (1, len(self.measures.variables), len(self.measures.regions), len(self.measures.years))
        _, order = _rows(self.measures.variables, self.measures.units, self.measures.regions)
        flat = np.empty((len(order), shape[-1]))
        flat[order] = self.wide.to_numpy()
        return self.measures._replace(values=flat.reshape(shape))

    @property
    def variables(self) -> frozenset[str]:
        """Return the variables of the answer."""
        return frozenset(self.wide.index.get_level_values("variable"))

    @property
    def years(self) -> list[int]:
        """Return the years of the answer."""
        return [int(year) for year in self.wide.columns]

    @property
    def drawn(self) -> int:
        """How many draws are there."""
        return self.draws if self.measures is None else len(self.measures.values)

    @property
    def early_mark(self) -> str:
        """Return what a file's name says of draws, such as `-1-of-8`; empty once all are there."""
        return mark_early(self.drawn, self.draws)

    def name_in_files(self, name: str) -> str:
        """Return what files call a scenario: its name, with the draws that are there while others are to come."""
        return name if self.drawn == self.draws else f"{name} ({self.drawn} of {self.draws} draws)"


def mark_early(drawn: int, draws: int) -> str:
    """Return what a name says of how many draws are there; empty for all."""
    return "" if drawn == draws else f"-{drawn}-of-{draws}"


def wide_table(measures: Measures, mean: Floats) -> pd.DataFrame:
    """Return means [V, G, Y] with one row per (region, variable, unit), sorted, and one column per year."""
    index, order = _rows(measures.variables, measures.units, measures.regions)
    flat = mean.reshape(-1, mean.shape[-1])[order]
    return pd.DataFrame(flat, index=index, columns=pd.Index(measures.years, name="year"))


@lru_cache(maxsize=8)
def _rows(
    variables: tuple[str, ...], units: tuple[str, ...], regions: tuple[str, ...]
) -> "tuple[pd.MultiIndex, np.ndarray]":
    """Return the rows of a wide table and where each stands among variables by regions."""
    keys = [(region, v, u) for v, u in zip(variables, units, strict=True) for region in regions]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__))
    return pd.MultiIndex.from_tuples([keys[i] for i in order], names=["region", "variable", "unit"]), order


def mean_of(mine: Measures, draws: int, base: Measures | None) -> Floats:
    """Return the mean of a scenario of which some draws are there [V, G, Y].

    Until all are there it is carried to all draws of the baseline, if both share their draws. An indicator that the
    baseline lacks, such as the money of a new policy, is 0 there.
    """
    mean = np.asarray(mine.values.mean(axis=0))
    if base is None or len(mine.values) == draws:
        return mean
    place = {name: n for n, name in enumerate(base.variables)}
    here = [n for n, name in enumerate(mine.variables) if name in place]
    usual = base.values[:, [place[mine.variables[n]] for n in here]]
    mean[here] = carried_to_all(mine.values[:, here], usual).mean(axis=0)
    return mean


def share_draws(mine: Measures, base: Measures) -> bool:
    """Check whether two scenarios are measured in the same places and years."""
    return mine.regions == base.regions and np.array_equal(mine.years, base.years)


def found_in(draws: Sequence[tuple[Finding, ...]], total: int) -> tuple[Finding, ...]:
    """Return what was found in every draw, and what makes any of them void.

    Until all draws are there, a later one may not have it: then errors alone are told.
    """
    if len(draws) < total:
        return tuple(dict.fromkeys(one for found in draws for one in found if one.severity is Severity.error))
    first, *others = draws
    errors = [one for found in others for one in found if one.severity is Severity.error and one not in first]
    kept = [one for one in first if one.severity is Severity.error or all(one in found for found in others)]
    return (*kept, *dict.fromkeys(errors))
