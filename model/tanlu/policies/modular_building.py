"""Support of modular and prefabricated building: a mandate, bonus floor area and a subsidy."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.axes import BUILDING_METHODS
from tanlu.core.schedules import BUILDING_SUBSIDY, PolicySchedule
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import MethodNames, acts, acts_on, budget_scheme, refuse_empty


class ModularBuilding(Policy):
    """Move builders from casting concrete in place to prefabricated components and whole modules.

    A mandate sets the least share of new floor area that is not cast in place. A bonus lets builders put
    more floor area on the same land if they use a method. A subsidy is paid for each square metre.

    Equation: value of a method = (sales - construction, both discounted over its building time) x (1 +
    bonus) + subsidy; shares = logit of value and reluctance; share of what is not cast in place = max(logit,
    mandate), and without a mandate it rises by at most 9 points a year. Claims = subsidy x floor area, at
    most the budget of the year, and builders know how far it reached last year. Subsidies and bonuses of
    several policies add; of mandates the highest holds.

    Source: Chongqing asks for 30 % of new buildings by 2025 (municipal opinion, grade A), Sichuan for
    40 % (grade D, from memory); 18.6 % of Chongqing's starts were prefabricated in 2021 (housing commission,
    grade A). Cities grant 3 % more floor area and 50 to 200 CNY/m2 (grade D, from memory).

    Reasonable values: mandates of 0.3 to 0.6; a bonus of 0.01 to 0.03; 50 to 200 CNY/m2 (grade D, an
    assumption).

    What it does not do: the floor area built does not answer it, apart from the value of the bonus; the
    energy that buildings use later does not change; factories for components are not built or financed.

    In a scenario file:

        modules:
          kind: modular_building
          from_year: 2026
          mandate_share: {2026: 0.3, 2035: 0.6}
          floor_area_bonus_share: 0.03
          subsidy_cny_per_m2: 100
          budget_bn_cny_per_year: 3
          methods: [modular]
    """

    theme: ClassVar[str] = "transport_and_buildings"
    needs_table: ClassVar[str] = "buildings"
    title: ClassVar[Mapping[str, str]] = {"en": "Modular building", "zh": "装配式与模块化建筑"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A mandate, bonus floor area and a subsidy for prefabricated and modular buildings.",
        "zh": "通过比例要求、容积率奖励和补贴推广装配式与模块化建筑。",
    }

    kind: Literal["modular_building"]
    """Which instrument this is."""

    mandate_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Least share of new floor area that is prefabricated or modular."""

    floor_area_bonus_share: Annotated[ShareSchedule, Plausible(0.002, 0.2, "0.03 so far, grade D")] = (
        Schedule(0.0)
    )
    """Floor area granted on top, as a share of what is built with the methods."""

    subsidy_cny_per_m2: Annotated[
        NonNegativeSchedule, Plausible(5, 1000, "50 to 200 CNY so far, grade D")
    ] = Schedule(0.0)
    """Paid for each square metre built with the methods."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None, Plausible(0.05, 100, "a small part of what building costs, grade D")
    ] = None
    """Most that is paid out as subsidy in a year; no limit unless given."""

    methods: MethodNames = ("prefabricated", "modular")
    """Methods that get bonus and subsidy; both unless given."""

    @model_validator(mode="after")
    def _do_something(self) -> Self:
        """Refuse a block that names none of the three ways."""
        refuse_empty(self, "mandate_share", "floor_area_bonus_share", "subsidy_cny_per_m2")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add mandate and bonus, and a scheme if this one ever pays."""
        years = schedule.years
        is_eligible = acts_on(self, schedule, self.methods, BUILDING_METHODS)
        share = np.where(acts(self, schedule), self.mandate_share.path(years)[:, None], 0.0)
        bonus = np.where(is_eligible, self.floor_area_bonus_share.path(years)[:, None, None], 0.0)
        rate = np.where(is_eligible, self.subsidy_cny_per_m2.path(years)[:, None, None], 0.0)
        subsidy = budget_scheme(self, name, BUILDING_SUBSIDY, years, rate, self.budget_bn_cny_per_year)
        before = schedule.buildings
        buildings = before._replace(
            industrialised_share=np.maximum(before.industrialised_share, share),
            floor_area_bonus_share=before.floor_area_bonus_share + bonus,
        )
        return schedule._replace(buildings=buildings).with_subsidy(subsidy)
