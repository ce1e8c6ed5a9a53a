"""The CCUS subsidy: public money for CO2 kept out of the air, by the tonne, by contract or towards the investment."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from tanlu.core.axes import APPRAISAL_YEARS, SECTORS
from tanlu.core.schedules import CAPTURE_CONTRACT, CAPTURE_GRANT, CAPTURE_SUBSIDY, PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import SectorNames, acts_on, budget_scheme, refuse_empty


class CcusSubsidy(Policy):
    """Pay for carbon capture: a sum for each tonne, what a tonne lacks to a strike price, a share of the investment.

    The sum is paid for CO2 that is stored underground or bound for good in a product, in every year
    the policy is in force, whenever the plant was built. A contract for difference pays what a stored
    tonne lacks to its strike price, in the first `contract_years` years of capture: when carbon prices
    rise the public pays less, and the owner counts on the strike price whatever the market does. The
    share is paid once, when capture is built. With a yearly budget the money goes to claims in a stated
    order until it is gone, and investors know how far it reached.

    Equation: payment = rate x permanent share x captured CO2 + grant share x investment
    + max(strike price - earned, 0) x stored CO2, at most the budget of the year. By the tonne, earned
    is the fixed carbon price and charges at borders that are saved; the market's price where the law
    lets captured CO2 count, less free allowances that a facility loses with it; rates of all policies,
    and contracts of policies before in the order of names. Each policy of this kind has a budget of its
    own; what rates of several pay for the same tonne adds.

    A project starts where capital after grant, operation, heat, electricity bought or not sold,
    transport and storage cost less than sales to products, carbon cost saved and this subsidy bring;
    `tanlu why RESULT PLANT` prints each of these terms for one plant, in CNY a year and per tonne.

    Source: China pays no subsidy by the tonne, and no rule of the carbon market credits captured CO2
    (work plan of March 2025, grade B). Costs it would have to meet: about 250 CNY/t captured at the
    Taizhou power plant (owner's statement, grade B), 202 to 247 CNY/t for post-combustion capture in
    2030 (derived, grade C), 80 CNY/t for saline storage in 2060 (Petroleum Exploration and Development
    2023, grade B). The United States pay 85 USD per tonne stored for 12 years (section 45Q, grade A).
    Germany's carbon contracts for difference run for 15 years, British ones for capture in industry for
    10 to 15 (grade D, from memory).

    Reasonable values: 100 to 350 CNY/t; strike prices of 250 to 600 (grade D, an assumption: the same
    and a carbon price); grant share up to 0.6, that of the EU Innovation Fund
    (grade D, from memory); a model of all Chinese coal power spends 64 bn CNY in its peak year 2044
    (Yang et al. 2022, grade B), so 1 to 5 bn CNY a year is much for two provinces.

    What is promised: a project keeps the rate, the end and at least the budget that the law gave when it
    was started, whatever an event changes later; new projects take the new terms.

    What it does not do: the promise holds only as far as the budget reaches, CO2 used in products that
    release it again earns nothing, and pipelines and stores are not paid directly. A contract takes
    nothing back when a tonne earns more than the strike price; the strike price is that of each year,
    not of the year of signing, and an event changes it for new projects alone. CO2 that is sold gets no
    contract: its price takes the place.

    In a scenario file:

        capture_subsidy:
          kind: ccus_subsidy
          from_year: 2026
          until_year: 2050
          rate_cny_per_tco2: {2026: 150, 2035: 300}
          strike_price_cny_per_tco2: 450
          contract_years: 12
          capex_grant_share: 0.3
          budget_bn_cny_per_year: 5
    """

    theme: ClassVar[str] = "capture"
    title: ClassVar[Mapping[str, str]] = {"en": "CCUS subsidy", "zh": "碳捕集利用与封存补贴"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Public money for each tonne of CO2 kept out of the air, by rate or by contract, and for capture plants.",
        "zh": "对每吨封存或永久利用的二氧化碳给予补贴或签订差价合约，并可补助捕集装置的部分投资。",
    }

    kind: Literal["ccus_subsidy"]
    """Which instrument this is."""

    rate_cny_per_tco2: Annotated[
        NonNegativeSchedule, Plausible(5, 800, "costs of capture of 200 to 700 CNY/t, grade B and C")
    ] = Schedule(0.0)
    """Paid for each tonne of CO2 stored or permanently used."""

    strike_price_cny_per_tco2: Annotated[
        NonNegativeSchedule, Plausible(50, 1500, "costs of capture of 200 to 700 CNY/t, grade B and C")
    ] = Schedule(0.0)
    """What a stored tonne earns at least with the contract for difference; 0: no contract."""

    contract_years: Annotated[
        int, Field(ge=1, le=APPRAISAL_YEARS), Plausible(5, 25, "10 to 15 years abroad, grade D")
    ] = 15
    """Years from the start of capture in which the contract pays, while the policy is in force."""

    capex_grant_share: Annotated[ShareSchedule, Plausible(0.01, 0.95, "up to 0.6 abroad, grade D")] = (
        Schedule(0.0)
    )
    """Share of the investment in capture that is paid when it is built."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None,
        Plausible(0.05, 100, "64 bn CNY in the peak year of a plan for all China, grade B"),
    ] = None
    """Most that is paid out in a year, all parts together; no limit unless given."""

    sectors: SectorNames = SECTORS
    """Sectors whose plants are paid; all unless given."""

    @model_validator(mode="after")
    def _give_money(self) -> Self:
        """Refuse a block without rate, strike price or grant."""
        refuse_empty(self, "rate_cny_per_tco2", "strike_price_cny_per_tco2", "capex_grant_share")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add a scheme for each part that ever pays."""
        years, budget = schedule.years, self.budget_bn_cny_per_year
        is_paid = acts_on(self, schedule, self.sectors, SECTORS)
        rates = {
            CAPTURE_SUBSIDY: self.rate_cny_per_tco2,
            CAPTURE_CONTRACT: self.strike_price_cny_per_tco2,
            CAPTURE_GRANT: self.capex_grant_share,
        }
        for kind, rate_by_year in rates.items():
            rate = np.where(is_paid, rate_by_year.path(years)[:, None, None], 0.0)
            scheme = budget_scheme(self, name, kind, years, rate, budget)
            if kind == CAPTURE_CONTRACT:
                scheme = scheme._replace(term_years=float(self.contract_years))
            schedule = schedule.with_subsidy(scheme)
        return schedule
