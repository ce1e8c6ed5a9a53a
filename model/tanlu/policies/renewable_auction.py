"""Renewable auctions: contracts for difference for new wind and sun, by auction, paid by the province's consumers."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS, RENEWABLE_FUELS
from tanlu.core.schedules import PolicySchedule
from tanlu.core.units import CNY_PER_BN_CNY, MWH_PER_TWH
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import Bounds, NonNegativeSchedule, Schedule, ShareSchedule, refuse
from tanlu.policies.base import Policy
from tanlu.policies.scope import RenewableNames, acts_on, refuse_empty


class RenewableAuction(Policy):
    """Auction contracts for difference for new wind and sun: the lowest bids win, consumers pay the difference.

    Each province holds an auction a year for each technology, as Document 136 of 2025 has it for
    projects connected from June 2025. A winner sells in the market as before. For the covered share of
    what it feeds in it gets the strike price less the mean market price of its technology in the
    month, and pays where that is negative. What wins no contract may be built for the market alone.

    Equation: payment = covered share x energy x (strike - mean market price). Volume = volume given +
    auctioned share x max(owed share x electricity used - energy of what is there or started, 0). A bid
    is the strike at which a project pays at its owner's hurdle, after what the uncovered share and the
    years beyond the term earn in the market, and not less than the market is expected to pay over the
    term. The lowest bids win up to the volume; all get the highest that wins, within floor and cap.
    The strike is fixed in money of its year, so that inflation wears it. Volumes of several policies
    add; of caps, shares, terms and budgets the lowest holds, of owed shares, floors and least bids the
    highest.

    Source: National Development and Reform Commission 2025, No. 136 (grade A): volumes follow the
    new-energy share that the province owes, contracts are paid by all consumers of the province.
    Sichuan, 6 November 2025 (grade B): cap 401.2 CNY/MWh, floor 200, 12 years, at most 80 % of a
    project; 0.88 TWh of 2.2 GW of wind and 4.14 TWh of 13.8 GW of sun for projects of June 2025 to
    2026. Chongqing, draft of 25 August 2025 (grade B): volume by the non-hydro share owed, 10.8 % for
    2025 and 12.5 % for 2026, old projects at 396.4. Results (grade B): Shandong wind 319 and sun 225,
    Yunnan 335 and 329, Anhui 384, Shanghai 416, Gansu 195. Shandong asks for bids of 1.25 times the
    volume (grade B).

    Reasonable values: a cap of 350 to 400 and a floor of 150 to 250 CNY/MWh at prices of 2020 (401.2 of
    2025 is 372), covered share 0.5 to 0.8, 10 to 15 years, least bids 1.1 to 1.3. Owed shares beyond
    2026 are an assumption (grade D): 0.15 to 0.35 of each technology by 2035.

    Who pays: industrial and commercial customers of the province in their tariffs, and they are paid
    where the market is above the strike. The budget is what a year's contracts of a technology may
    cost at the prices expected when they are awarded; with what runs already it limits the volume.
    What falling prices add later is paid all the same.

    What it does not do: it lowers no interest rate, for lenders here judge companies and not the
    revenue of a project; nobody bids by strategy or fails to build what won, and projects that stood
    before stay in the market.

    In a scenario file:

        sichuan_wind:
          kind: renewable_auction
          from_year: 2026
          regions: [Sichuan]
          technologies: [wind]
          volume_twh_per_year: {2026: 0.9, 2030: 4}
          cap_cny_per_mwh: 372
          floor_cny_per_mwh: 186
          term_years: 12
    """

    theme: ClassVar[str] = "power"
    title: ClassVar[Mapping[str, str]] = {"en": "Renewable auction", "zh": "新能源机制电价竞价"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Contracts for difference for new wind and sun by auction, settled with the consumers of the province.",
        "zh": "以竞价方式为新建风电和光伏确定机制电价，差价由本省工商业用户分摊或分享。",
    }

    kind: Literal["renewable_auction"]
    """Which instrument this is."""

    volume_twh_per_year: Annotated[
        NonNegativeSchedule | None, Plausible(0.02, 50, "Sichuan 0.9 of wind and 4.1 of sun, grade B")
    ] = None
    """Yearly energy for which new contracts are auctioned in each year, of each technology in each province."""

    owed_share: Annotated[
        ShareSchedule | None,
        Plausible(0.005, 0.6, "Chongqing 0.125 of wind, sun and biomass in 2026, grade B"),
    ] = None
    """Share of the electricity used in the province that each technology is to give; what it lacks is auctioned."""

    auctioned_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(1.0)
    """Share of what is lacking to the owed share that is auctioned in the year."""

    cap_cny_per_mwh: Annotated[NonNegativeSchedule, Plausible(50, 800, "provinces 350 to 450, grade B")]
    """Highest bid that may win, at prices of 2020."""

    floor_cny_per_mwh: Annotated[NonNegativeSchedule, Plausible(20, 400, "Sichuan 200 of 2025, grade B")] = (
        Schedule(0.0)
    )
    """Lowest bid that is taken, at prices of 2020."""

    term_years: Annotated[int, Field(ge=1, le=40), Plausible(5, 25, "10 to 14 in provinces, grade B")] = 12
    """Years of operation for which a contract holds."""

    covered_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.8)
    """Most of what a project feeds in, for which it may have a contract."""

    least_bids_factor: Annotated[
        Schedule, Bounds(1.0, 10.0), Plausible(1.0, 2.0, "1.25 in Shandong, grade B")
    ] = Schedule(1.0)
    """Energy bid for each megawatt-hour that is awarded; with fewer bids the volume shrinks."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None, Plausible(0.02, 100, "0.9 TWh at 100 CNY/MWh are 0.09, grade C")
    ] = None
    """Most that contracts of a technology in a province may cost a year when they are awarded; no limit unless
    given."""

    technologies: RenewableNames = RENEWABLE_FUELS
    """Technologies that are auctioned, each by itself; all unless given."""

    @field_validator("floor_cny_per_mwh")
    @classmethod
    def _floor_below_cap(cls, value: Schedule, info: ValidationInfo) -> Schedule:
        """Refuse a floor above the cap in a year of both."""
        fields = info.data
        if not {"from_year", "until_year", "cap_cny_per_mwh"} <= fields.keys():
            return value
        years = np.arange(fields["from_year"], fields["until_year"] + 1)
        floor, cap = value.path(years), fields["cap_cny_per_mwh"].path(years)
        if np.any(floor > cap):
            i = int(np.argmax(floor > cap))
            refuse("reversed-bounds", year=years[i], ceiling=f"{cap[i]:g}", floor=f"{floor[i]:g}")
        return value

    @model_validator(mode="after")
    def _give_a_volume(self) -> Self:
        """Refuse a block that auctions nothing."""
        refuse_empty(self, "volume_twh_per_year", "owed_share")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the volumes, under the stricter of the old and the new rules."""
        years, before = schedule.years, schedule.auctions
        volume = _spread(self.volume_twh_per_year, years, MWH_PER_TWH)
        owed, budget = _spread(self.owed_share, years), np.full((years.size, 1, 1), np.inf)
        if self.budget_bn_cny_per_year is not None:
            budget = _spread(self.budget_bn_cny_per_year, years, CNY_PER_BN_CNY)
        acts_here = acts_on(self, schedule, self.technologies, FUELS) & ((volume > 0.0) | (owed > 0.0))
        least = (
            np.minimum,
            {
                "auctioned_share": _spread(self.auctioned_share, years),
                "cap_cny_per_mwh": _spread(self.cap_cny_per_mwh, years),
                "covered_share": _spread(self.covered_share, years),
                "term_years": np.full((years.size, 1, 1), float(self.term_years)),
                "budget_cny": budget,
            },
        )
        most = (
            np.maximum,
            {
                "owed_share": owed,
                "floor_cny_per_mwh": _spread(self.floor_cny_per_mwh, years),
                "least_bids": _spread(self.least_bids_factor, years),
            },
        )
        rules = {"volume_mwh": before.volume_mwh + np.where(acts_here, volume, 0.0)}
        for stricter, values in (least, most):
            for field, value in values.items():
                old = getattr(before, field)
                rules[field] = np.where(acts_here, stricter(old, value), old)
        return schedule._replace(auctions=before._replace(**rules))


def _spread(value: Schedule | None, years: Integers, scale: float = 1.0) -> Floats:
    """Spread a number by year over provinces and technologies [Y, 1, 1]; 0 of nothing."""
    by_year = np.zeros(years.size) if value is None else value.path(years) * scale
    return np.asarray(by_year[:, None, None])
