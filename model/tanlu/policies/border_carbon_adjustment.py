"""The border carbon adjustment: what buyers abroad charge for the CO2 in what the region sells them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import SECTORS
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import SectorNames, acts, acts_on


class BorderCarbonAdjustment(Policy):
    """Charge exports for the CO2 of their making, as importing countries do that have a carbon price at home.

    Makers pay for the part of their output that goes where the adjustment holds, by their own emissions per tonne,
    less what a tonne of CO2 has cost them at home. The money leaves the region. Who emits less pays less, so it
    counts in every decision on steel and aluminium as a carbon price on that part of the output does. They ask more
    of buyers abroad, by what the usual maker pays, and these buy less; so the facilities make less.

    Equation: owed = max(charged share x price abroad - cost of a tonne at home, 0) per tonne emitted; price abroad =
    price at home + owed x CO2 of the usual process; exports there fall with that price to the power of an
    elasticity (exports.csv). Of several policies the highest charge holds.

    Source: Regulation (EU) 2023/956: direct emissions of steel, aluminium, cement, fertilisers and hydrogen; the
    charged share follows the end of free allocation, 2.5 % in 2026, 48.5 % in 2030, 100 % from 2034; a price paid in
    the country of origin is credited (grade B, from memory). Allowances there cost 60 to 80 EUR in 2023 to 2025,
    about 470 to 620 CNY (grade C, from memory).

    Reasonable values: a price of 400 to 800 CNY/t CO2, rising to 1,200 by 2040 (grade D, an assumption).

    What it does not do: makers do not send their cleanest goods there or turn to other countries; prices of makers
    abroad stay as they are, so the fall of exports is an upper bound; electricity bought is not charged. The shares
    of exports are assumptions (exports.csv): a few per cent of steel, more of aluminium and vehicles.

    In a scenario file:

        european_border:
          kind: border_carbon_adjustment
          from_year: 2026
          price_cny_per_tco2: {2026: 550, 2040: 1000}
          charged_share: {2026: 0.025, 2030: 0.485, 2034: 1.0}
    """

    theme: ClassVar[str] = "carbon"
    needs_table: ClassVar[str] = "exports"
    title: ClassVar[Mapping[str, str]] = {"en": "Border carbon adjustment", "zh": "碳边境调节"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A charge abroad on the CO2 of exported steel and aluminium, less what was paid at home; exports shrink.",
        "zh": "进口国对钢铁和铝产品出口所含二氧化碳收费，已在国内支付的碳成本可以抵扣；出口随之减少。",
    }

    kind: Literal["border_carbon_adjustment"]
    """Which instrument this is."""

    price_cny_per_tco2: Annotated[
        NonNegativeSchedule, Plausible(30, 2500, "470 to 620 CNY in 2023 to 2025, grade C")
    ]
    """Price of a tonne of CO2 in the importing countries."""

    charged_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(1.0)
    """Share of emissions that is charged; the rest is still free there for makers at home."""

    sectors: SectorNames = ("steel", "aluminium")
    """Sectors whose exports are charged."""

    vehicles: bool = False
    """Whether the CO2 of the steel and aluminium in exported vehicles is charged as well, by the usual process."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Raise the charge abroad to this one where it is higher."""
        years, before = schedule.years, schedule.trade
        charge = self.price_cny_per_tco2.path(years) * self.charged_share.path(years)
        sector_charge = np.where(acts_on(self, schedule, self.sectors, SECTORS), charge[:, None, None], 0.0)
        vehicle_charge = np.where(acts(self, schedule) & self.vehicles, charge[:, None], 0.0)
        trade = before._replace(
            border_price_cny_per_tco2=np.maximum(before.border_price_cny_per_tco2, sector_charge),
            border_price_on_vehicles_cny_per_tco2=np.maximum(
                before.border_price_on_vehicles_cny_per_tco2, vehicle_charge
            ),
        )
        return schedule._replace(trade=trade)
