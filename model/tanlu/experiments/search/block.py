"""The block `seek` of an experiment file: what a search is asked for."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from tanlu.experiments.outcomes import Name
from tanlu.inputs.diagnostics import printable
from tanlu.inputs.types import Strict, refuse
from tanlu.scenario.schema import MAXIMUM_REPLICATIONS, MAXIMUM_SEED

SHARE_OF_DRAWS = "^[0-9]{1,3} of [0-9]{1,3}$"
MOST_GOALS, MOST_BOUNDS, MOST_RUNS = 3, 20, 10_000


class Seek(Strict):
    """A search for the values of levers that keep every aim and cap, and that no others beat."""

    best: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_GOALS)]
    """Outcomes of which less or more is wanted, as their `better` says."""

    aims: Annotated[tuple[Name, ...], Field(max_length=MOST_BOUNDS)] = ()
    """Outcomes that must keep their `at_most` or `at_least` in most draws."""

    caps: Annotated[tuple[Name, ...], Field(max_length=MOST_BOUNDS)] = ()
    """Outcomes that must keep their `at_most` or `at_least` in the mean over draws."""

    in_draws: Annotated[str, Field(json_schema_extra={"pattern": SHARE_OF_DRAWS})] = "7 of 8"
    """In how many draws an aim must be met; each finalist runs in twice as many draws as the second number."""

    screen_draws: Annotated[int, Field(ge=1, le=MAXIMUM_REPLICATIONS)] = 2
    """Draws in which points are tried first: from the worst for the first aim to its median."""

    runs: Annotated[int, Field(ge=1, le=MOST_RUNS)]
    """Runs that the whole search may take."""

    seed: Annotated[int, Field(ge=0, le=MAXIMUM_SEED)] = 1
    """Seed of the points that are tried."""

    @field_validator("best", "aims", "caps")
    @classmethod
    def _name_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len({*names}) < len(names):
            refuse("given-twice")
        return names

    @field_validator("in_draws")
    @classmethod
    def _can_be(cls, value: str) -> str:
        """Refuse more draws than there are, none, and fewer than an interval needs."""
        needed, draws = _numbers_in(value) if re.fullmatch(SHARE_OF_DRAWS, value, re.ASCII) else (0, 0)
        if not 1 <= needed <= draws or not 2 <= draws <= MAXIMUM_REPLICATIONS // 2:
            refuse("impossible-draws", given=printable(value), highest=MAXIMUM_REPLICATIONS // 2)
        return value

    @model_validator(mode="after")
    def _screen_in_fewer(self) -> "Seek":
        if self.screen_draws > self.draws:
            refuse("impossible-draws.screen", screen=self.screen_draws, draws=self.draws)
        return self

    @property
    def needed_draws(self) -> int:
        """Draws in which an aim must be met."""
        return _numbers_in(self.in_draws)[0]

    @property
    def draws(self) -> int:
        """Draws of a finalist, once in the search and once again."""
        return _numbers_in(self.in_draws)[1]

    @property
    def bounds(self) -> tuple[str, ...]:
        """Names of aims and caps."""
        return (*self.aims, *self.caps)


def _numbers_in(text: str) -> tuple[int, int]:
    needed, _, draws = text.partition(" of ")
    return int(needed), int(draws)
