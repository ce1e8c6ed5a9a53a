"""What was measured of a scenario: every indicator by region and year."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.indicators.main import indicators
from tanlu.inputs.diagnostics import nearest, printable, quote_names, suggest
from tanlu.region.pack import load_region
from tanlu.scenario.schema import Scenario


class Measures(NamedTuple):
    """Every indicator of a scenario; axes R replications, V variables, G regions, Y years."""

    variables: tuple[str, ...]  # [V]
    units: tuple[str, ...]  # [V]
    regions: tuple[str, ...]  # [G] the provinces, then the region
    years: Integers  # [Y]
    values: Floats  # [R, V, G, Y]

    def select(self, names: Sequence[str]) -> "Measures":
        """Select some of the indicators, in the order of the names.

        Raises:
            ResultError: if there is none of a name, with the nearest one.
        """
        at = [position_of(name, self.variables, "variable") for name in names]
        units = tuple(self.units[i] for i in at)
        return self._replace(variables=tuple(names), units=units, values=self.values[:, at])


@dataclass(frozen=True, eq=False, repr=False)
class Measured:
    """A scenario and its indicators."""

    scenario: Scenario
    measures: Measures

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.scenario.name

    @property
    def years(self) -> Integers:
        """Years of the run [Y]."""
        return self.measures.years

    @property
    def region(self) -> str:
        """The name of the whole region in the tables."""
        return self.measures.regions[-1]

    def draws(self, variable: str, region: str | None = None) -> Floats:
        """Select one variable of every replication [R, Y].

        It is of the whole region unless a province is named.

        Raises:
            ResultError: if the result has no such variable or region, with the nearest name, or measures the variable
                for the whole region alone.

        """
        column = position_of(variable, self.measures.variables, "variable")
        place = position_of(region or self.region, self.measures.regions, "region")
        values = self.measures.values[:, column]
        if place < len(self.measures.regions) - 1 and not self.is_split(variable):
            facts = {"name": variable, "region": self.region, "province": self.measures.regions[place]}
            raise ResultError(build_message("result_of_whole_region", **facts))
        return values[:, place]

    def is_split(self, variable: str) -> bool:
        """Check whether a variable is measured of each province, not of the whole region alone.

        The figure of the region then stands for each province too. Figures of provinces that add up are equal to that
        of the region only where they are 0; means may be, and say so by their weight.

        Raises:
            ResultError: if the result has no such variable, with the nearest name.
        """
        values = self.measures.values[:, position_of(variable, self.measures.variables, "variable")]
        is_alike = len(self.measures.regions) > 2 and bool((values == values[:, -1:]).all() and values.any())
        return not is_alike or variable in self._averaged

    @cached_property
    def _averaged(self) -> frozenset[str]:
        """Variables of which the region's figure is a mean over its provinces."""
        table = indicators(load_region(self.scenario.region))
        return frozenset(indicator.variable for indicator in table if indicator.weight is not None)

    def draw(self, replication: int) -> "Measured":
        """Select one draw alone."""
        values = self.measures.values[replication : replication + 1]
        return Measured(self.scenario, self.measures._replace(values=values))

    def path(self, variable: str, region: str | None = None) -> pd.Series:
        """Compute the mean of one variable by year over replications.

        Its unit is in `attrs`.

        Raises:
            ResultError: if the result has no such variable or region, with the nearest name.

        """
        values = self.draws(variable, region).mean(axis=0)
        path = pd.Series(values, index=pd.Index(self.years, name="year"), name=variable)
        path.attrs["unit"] = self.unit(variable)
        return path

    def unit(self, variable: str) -> str:
        """Return the unit of a variable."""
        return self.measures.units[position_of(variable, self.measures.variables, "variable")]

    @cached_property
    def counted_from(self) -> int:
        """First year of sums: the one after the statistics."""
        return load_region(self.scenario.region).last_observed_year + 1


def position_of(name: str, names: tuple[str, ...], kind: str) -> int:
    """Find the position of a name, or refuse it with the nearest."""
    if name in names:
        return names.index(name)
    advice = suggest(nearest(name, names), build_message("there_are", names=quote_names(names)))
    raise ResultError(build_message(f"result_lacks_{kind}", name=printable(name), advice=advice))
