"""The carbon price: a fixed price on emissions, and bounds on the price of the carbon market."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import ValidationInfo, field_validator, model_validator

from tanlu.core.axes import SECTORS
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, axes_of, refuse
from tanlu.policies.base import Policy
from tanlu.policies.scope import SectorNames, acts_on, refuse_empty


class CarbonPrice(Policy):
    """Charge a fixed price for every tonne of CO2 the chosen sectors emit, as a carbon tax does.

    The charge comes on top of what a tonne costs in the carbon market, so a sector under both pays
    both. A floor and a ceiling can be set instead of, or besides, the fixed price: they bound the
    price of the national carbon market and move allowances. At the floor a reserve takes what nobody
    wants, from the auction first; at the ceiling it gives what is lacking, as far as it holds any.
    Where allowances follow output a floor raises costs little: see `tanlu explain carbon_market`.

    Equation: cost of one more tonne = fixed price + covered x min(max(market price, floor), ceiling).
    Fixed prices of several policies add; the highest floor and the lowest ceiling hold, and where
    the two cross, the ceiling.

    Source: China has no carbon tax. Prices to compare with are those of the national market, averages
    of all trades of a year, nominal (Shanghai Environment and Energy Exchange, grade A): 42.85 CNY/t
    in 2021, 55.30 in 2022, 68.15 in 2023, 95.96 in 2024 (ICAP) and 62.36 in 2025. A survey of 417
    market participants in 2021 expected 139 CNY/t for 2030 (grade A).

    Reasonable values: 50 to 150 CNY/t until 2030; 200 to 500 CNY/t by 2050 to test deep cuts (grade D,
    an assumption: the range of capture costs in China). A floor of 50 to 100 CNY/t lies around the
    prices of the market so far.

    What it does not do: it gives no free allocation and no refund, the revenue is public income, and
    traded electricity is priced where it is generated, not where it is used.

    In a scenario file:

        carbon_tax:
          kind: carbon_price
          from_year: 2026
          price_cny_per_tco2: {2026: 50, 2035: 150, 2050: 400}
          sectors: [cement, steel]
    """

    theme: ClassVar[str] = "carbon"
    title: ClassVar[Mapping[str, str]] = {"en": "Carbon price", "zh": "碳价"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A fixed price on every tonne emitted, and a floor and ceiling for the carbon market's price.",
        "zh": "对每吨二氧化碳排放收取固定价格，并可为碳市场价格设定下限和上限。",
    }

    kind: Literal["carbon_price"]
    """Which instrument this is."""

    price_cny_per_tco2: Annotated[
        NonNegativeSchedule,
        Plausible(1, 1000, "prices of 43 to 96 so far, capture from about 250, grade A and D"),
    ] = Schedule(0.0)
    """Fixed price of every tonne of CO2 emitted by the sectors, on top of the carbon market."""

    sectors: SectorNames = SECTORS
    """Sectors that pay the fixed price; all unless given. The bounds hold for the whole market."""

    floor_cny_per_tco2: Annotated[
        NonNegativeSchedule, Plausible(1, 1000, "prices of 43 to 96 so far, grade A")
    ] = Schedule(0.0)
    """Lowest price of the carbon market; 0 sets none."""

    ceiling_cny_per_tco2: Annotated[
        NonNegativeSchedule | None, Plausible(10, 2000, "prices of 43 to 96 so far, grade A")
    ] = None
    """Highest price of the carbon market; none unless given."""

    @field_validator("floor_cny_per_tco2", "ceiling_cny_per_tco2")
    @classmethod
    def _bound_the_whole_market(cls, value: Schedule | None, info: ValidationInfo) -> Schedule | None:
        """Refuse a bound in part of the provinces: the market has one price."""
        axes = axes_of(info)
        all_provinces = () if axes is None else axes.provinces
        is_partial = len(info.data.get("regions", all_provinces)) < len(all_provinces)
        if is_partial and value is not None and value != Schedule(0.0):
            refuse("one-market")
        return value

    @field_validator("ceiling_cny_per_tco2")
    @classmethod
    def _ceiling_above_floor(cls, value: Schedule | None, info: ValidationInfo) -> Schedule | None:
        """Refuse a ceiling below the floor in a year of both."""
        fields = info.data
        if value is None or not {"from_year", "until_year", "floor_cny_per_tco2"} <= fields.keys():
            return value
        years = np.arange(fields["from_year"], fields["until_year"] + 1)
        floor, ceiling = fields["floor_cny_per_tco2"].path(years), value.path(years)
        if np.any(floor > ceiling):
            i = int(np.argmax(floor > ceiling))
            refuse("reversed-bounds", year=years[i], ceiling=f"{ceiling[i]:g}", floor=f"{floor[i]:g}")
        return value

    @model_validator(mode="after")
    def _give_a_price(self) -> Self:
        """Refuse a block that gives neither a price nor a bound."""
        refuse_empty(self, "price_cny_per_tco2", "floor_cny_per_tco2", "ceiling_cny_per_tco2")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the fixed price and bound the market's price."""
        years, before = schedule.years, schedule.carbon
        is_charged = acts_on(self, schedule, self.sectors, SECTORS)
        price = self.price_cny_per_tco2.path(years)[:, None, None]
        floor = np.where(self.in_force(years), self.floor_cny_per_tco2.path(years), 0.0)
        highest = np.inf if self.ceiling_cny_per_tco2 is None else self.ceiling_cny_per_tco2.path(years)
        ceiling = np.where(self.in_force(years), highest, np.inf)
        ceiling = np.minimum(before.ceiling_cny_per_tco2, ceiling)
        carbon = before._replace(
            price_cny_per_tco2=before.price_cny_per_tco2 + np.where(is_charged, price, 0.0),
            floor_cny_per_tco2=np.minimum(np.maximum(before.floor_cny_per_tco2, floor), ceiling),
            ceiling_cny_per_tco2=ceiling,
        )
        return schedule._replace(carbon=carbon)
