"""What every policy instrument has in common: where and when it is in force, and how it acts."""

from abc import abstractmethod
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from tanlu.core.arrays import Booleans, Integers
from tanlu.core.axes import PROVINCES
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.types import LAST_YEAR, Strict, Year, refuse

Province = Literal["Sichuan", "Chongqing"]


class Policy(Strict):
    """Base of the instruments: stateless, and without effect outside its provinces and years.

    A subclass gives `kind` as a literal, its own quantities, and `apply`.
    """

    kind: str
    """Which instrument this is."""

    regions: Annotated[tuple[Province, ...], Field(min_length=1)] = ("Sichuan", "Chongqing")
    """Provinces in which the policy is in force."""

    from_year: Year
    """First year in which the policy is in force."""

    until_year: Year = LAST_YEAR
    """Last year in which the policy is in force."""

    enabled: bool = True
    """False switches the policy off; an extending scenario does so without repeating the rest."""

    @field_validator("regions")
    @classmethod
    def _name_each_region_once(cls, value: tuple[Province, ...]) -> tuple[Province, ...]:
        """Refuse a province given twice; the order of the list means nothing."""
        if len(set(value)) < len(value):
            refuse("given-twice", "a province is given twice", "name each once")
        return tuple(name for name in PROVINCES if name in value)

    @field_validator("until_year")
    @classmethod
    def _end_after_start(cls, value: int, info: ValidationInfo) -> int:
        """Refuse an end before the start, at the place of the end."""
        start = info.data.get("from_year", value)
        if value < start:
            help = f"swap the two: from_year {value}, until_year {start}"
            refuse("reversed-years", f"the policy ends in {value}, before it starts in {start}", help)
        return value

    def in_force(self, years: Integers) -> Booleans:
        """Return in which of `years` [Y] the policy acts; never if it is switched off."""
        return np.asarray(self.enabled & (years >= self.from_year) & (years <= self.until_year))

    def in_regions(self) -> Booleans:
        """Return in which provinces [P] the policy acts."""
        return np.array([name in self.regions for name in PROVINCES])

    @property
    def payer(self) -> str:
        """Who pays what the policy promises: a province if it is in force there alone, else the ministry."""
        return self.regions[0] if len(self.regions) == 1 else "national"

    @abstractmethod
    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Return the schedule with this policy's effect added; never changes its argument.

        Args:
            schedule: of the policies applied before.
            name: of this one in the scenario; what it pays from a budget is known by it.
        """
