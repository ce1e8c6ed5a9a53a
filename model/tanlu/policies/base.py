"""What every policy instrument has in common: where and when it is in force, and how it acts."""

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self, get_args

import numpy as np
from pydantic import Field, ModelWrapValidatorHandler, ValidationInfo, field_validator, model_validator

from tanlu.core.arrays import Booleans, Integers
from tanlu.core.axes import Axes
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.types import LAST_YEAR, NamesOfPack, PackName, Strict, Year, axes_of, refuse

ProvinceName = Annotated[str, PackName("region", "provinces")]
LineName = Annotated[str, PackName("line", "export_lines")]


class Policy(Strict):
    """Base of the instruments: stateless, and without effect outside its provinces and years.

    A subclass gives `kind` as a literal, its own quantities, and `apply`.
    """

    kind: str
    """Which instrument this is."""

    regions: Annotated[tuple[ProvinceName, ...], Field(min_length=1), NamesOfPack("provinces")] = ()
    """Provinces in which the policy is in force; all of the region pack unless given."""

    from_year: Year
    """First year in which the policy is in force."""

    until_year: Year = LAST_YEAR
    """Last year in which the policy is in force."""

    enabled: bool = True
    """False switches the policy off; an extending scenario does so without repeating the rest."""

    theme: ClassVar[str] = "other"
    """Which instruments it stands with where they are listed, `theme.NAME` in the catalogue of words."""

    needs_table: ClassVar[str] = ""
    """Table of the pack without which the policy has nothing to act on."""

    all_unless_given: ClassVar[Mapping[str, str]] = MappingProxyType({"regions": "provinces"})
    """Lists that stand for an axis of the pack where they are not given: field and axis."""

    @model_validator(mode="wrap")
    @classmethod
    def _take_all_of_the_pack(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        """Fill in lists that stand for a whole axis of the pack."""
        if isinstance(data, Policy):  # made without a pack, so that its names are not checked yet
            data = {name: getattr(data, name) for name in data.model_fields_set}
        axes = axes_of(info)
        if axes is not None and isinstance(data, Mapping):
            data = {name: getattr(axes, axis) for name, axis in cls.all_unless_given.items()} | dict(data)
        return handler(data)

    @model_validator(mode="after")
    def _find_something_to_act_on(self, info: ValidationInfo) -> Self:
        """Refuse a policy whose table the pack lacks, unless it is switched off."""
        axes = axes_of(info)
        if axes is not None and self.enabled and self.needs_table in axes.absent_tables:
            refuse("absent-table", kind=self.kind, table=self.needs_table)
        return self

    @field_validator("until_year")
    @classmethod
    def _end_after_start(cls, value: int, info: ValidationInfo) -> int:
        """Refuse an end before the start, at the place of the end."""
        start = info.data.get("from_year", value)
        if value < start:
            refuse("reversed-years", end=value, start=start)
        return value

    def in_force(self, years: Integers) -> Booleans:
        """Mask the years [Y] in which the policy acts."""
        return np.asarray(self.enabled & (years >= self.from_year) & (years <= self.until_year))

    def in_regions(self, axes: Axes) -> Booleans:
        """Mask the provinces [P] in which the policy acts."""
        return np.array([name in self.regions for name in axes.provinces])

    @property
    def payer(self) -> str:
        """Payer of the policy: its province, if it has one, else the ministry."""
        return self.regions[0] if len(self.regions) == 1 else "national"

    @abstractmethod
    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the policy's effect to a copy of the schedule.

        Args:
            schedule: of the policies applied before.
            name: of this one in the scenario; what it pays from a budget is known by it.
        """


def kind_of(policy: type[Policy]) -> str:
    """Read the kind of a policy in scenario files.

    Empty if it has none.
    """
    names = get_args(policy.model_fields["kind"].annotation)
    return str(names[0]) if len(names) == 1 else ""
