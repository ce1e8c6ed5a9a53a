"""The coal phase-out: rules on building, running and closing coal-fired power units."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import ValidationInfo, field_validator, model_validator

from tanlu.core.arrays import Floats, Integers
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule, Year, refuse
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, refuse_empty


class CoalPhaseOut(Policy):
    """Limit coal power by rule: no new units, a highest age, a highest utilisation, or an end date.

    Each rule stands alone, so a policy may give one or all of them. A unit that reaches the highest
    age closes; from the exit year every coal unit is closed and none may be built.

    Equation: a unit runs while age < maximum age; a province's coal units give at most utilisation cap
    x capacity x 8760 h in a year together. The cap takes nothing from the peak: what coal asks rises by
    a shadow price until its yearly output fits, so that it runs in the hours that need it most. Coal
    units pay that price for what they give and customers receive it, so that nobody gains by the rule.
    Of several policies the strictest rule holds.

    Source: a plant-by-plant study has complete exit by 2045 with lifetimes of 20 years (1.5 degrees)
    and by 2055 with 30 years (well below 2 degrees), no new units, and falling utilisation (Cui et al.
    2021, Nature Communications 12:1468, grade A). China's stated policy is to limit the growth of coal
    use until 2025 and to reduce it from 2026 to 2030 (Leaders Summit on Climate, 22 April 2021,
    grade A); no exit year is set.

    Reasonable values: no new units from 2026 to 2035; maximum age 40 falling to 20 or 30 years;
    utilisation cap 0.5 (about what coal units run on average today, grade D, from memory) falling to
    0.2; exit between 2045 and 2060.

    What it does not do: it pays no compensation, so the book value left is the owner's loss and their
    lenders'; it caps a province's coal units together, so that the cheapest run more hours than the
    others; it leaves gas, coal use outside power plants and imported coal power alone; and it builds
    no replacement, so check `Shortage|Electricity`.

    In a scenario file:

        coal_exit:
          kind: coal_phase_out
          from_year: 2026
          no_new_coal_from_year: 2030
          maximum_age_years: {2030: 40, 2045: 30}
          utilisation_cap_share: {2030: 0.5, 2050: 0.2}
          exit_year: 2055
    """

    theme: ClassVar[str] = "power"
    title: ClassVar[Mapping[str, str]] = {"en": "Coal phase-out", "zh": "煤电退出"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Rules for coal power: no new units, a highest age, a highest utilisation, an end date.",
        "zh": "对煤电的规定:停止新建、限制机组寿命、限制利用率，并设定全部退出年份。",
    }

    kind: Literal["coal_phase_out"]
    """Which instrument this is."""

    no_new_coal_from_year: Year | None = None
    """First year in which no coal unit may be ordered; no ban unless given."""

    maximum_age_years: Annotated[
        NonNegativeSchedule | None, Plausible(10, 60, "20 to 40 in studies, grade A")
    ] = None
    """Age at which a coal unit must close; no rule unless given. Flat outside the years given."""

    utilisation_cap_share: Annotated[
        ShareSchedule, Plausible(0.02, 1.0, "0.2 to 0.5 in studies, grade A")
    ] = Schedule(1.0)
    """Most that the coal units of a province give in a year, as a share of capacity x 8760 h; 1 sets no
    limit. Flat outside the years given."""

    exit_year: Year | None = None
    """First year without coal power: every unit is closed by then; no exit unless given."""

    @field_validator("no_new_coal_from_year", "exit_year")
    @classmethod
    def _within_the_policy(cls, value: int | None, info: ValidationInfo) -> int | None:
        """Refuse a year in which the policy is not in force."""
        if value is None:
            return value
        start, end = info.data.get("from_year", value), info.data.get("until_year", value)
        if not start <= value <= end:
            refuse("not-in-force", year=value, start=start, end=end)
        return value

    @model_validator(mode="after")
    def _give_a_rule(self) -> Self:
        """Refuse a block that gives no rule."""
        rules = ("no_new_coal_from_year", "maximum_age_years", "utilisation_cap_share", "exit_year")
        refuse_empty(self, *rules)
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Keep the stricter of the old and the new rules."""
        years, before = schedule.years, schedule.power
        in_force = acts(self, schedule)
        is_banned = in_force & (years[:, None] >= self._first_year_without_new_coal())
        age = np.where(in_force, self._maximum_age(years)[:, None], np.inf)
        cap = np.where(in_force, self.utilisation_cap_share.path(years)[:, None], 1.0)
        power = before._replace(
            coal_new_build_allowed=np.where(is_banned, 0.0, before.coal_new_build_allowed),
            coal_maximum_age_years=np.minimum(before.coal_maximum_age_years, age),
            coal_utilisation_cap=np.minimum(before.coal_utilisation_cap, cap),
        )
        return schedule._replace(power=power)

    def _first_year_without_new_coal(self) -> float:
        """Find the first year of the ban or of the exit.

        Infinite without either.
        """
        rule_years = (self.no_new_coal_from_year, self.exit_year)
        return min((year for year in rule_years if year is not None), default=np.inf)

    def _maximum_age(self, years: Integers) -> Floats:
        """Compute the age at which units close [Y], 0 from the exit year."""
        age = np.full(years.size, np.inf)
        if self.maximum_age_years is not None:
            age = self.maximum_age_years.path(years)
        return age if self.exit_year is None else np.where(years >= self.exit_year, 0.0, age)
