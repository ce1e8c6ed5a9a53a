"""The use of carbon revenue: which part governments give back, and its recipients."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.schedules import PolicySchedule, RevenueSchedule
from tanlu.inputs.plausible import PLAUSIBLE_SHARE
from tanlu.inputs.types import Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, refuse_empty

SHARES = RevenueSchedule._fields[:-1]  # of revenue; the last is of investments


class RevenueUse(Policy):
    """Give back what carbon prices and the sale of allowances bring a province in the year.

    Without this policy all of it is for the general budget. `per_head_share` is paid to households, as much for each
    person. `surcharge_share` goes to the fund that the surcharges of the electricity tariff feed, and lowers them for
    all customers, at most to nothing; what is beyond stays in the budget. `output_share` is of the fixed price that
    power plants and listed facilities pay: it goes back to those of the same sector in proportion to output, MWh or
    tonnes. Each still saves the whole price on a tonne that it does not emit; who emits less than the mean of its
    sector gains, who emits more pays. `green_fund_share` goes into a fund of the province. What is in it at the end of
    a year pays grants in the next: to all who start capture, wind, sun, storage, or an option of industry, the same
    share of what they would have to pay after other grants, at most `green_fund_grant_share`, and 95 %. What is left
    stays in the fund. Owners count on last year's share when they decide; who is granted less and would lose by it
    waits.

    Equation: returned = share x (fixed price x emissions + allowances sold x price); to each of a sector: share x
    what the sector pays x output / output of the sector. Shares of several policies add; where they come to more than
    1 in a province, each gives its part of 1. Share of the fund = the highest, up to `green_fund_grant_share`, at
    which all who start at it get it from the money in the fund; the lowest `green_fund_grant_share` of several holds.

    Source: refund by output as in the Swedish charge on nitrogen oxides (Sterner and Hoeglund Isaksson 2006, Ecological
    Economics 57:93, from memory); payment per head as in Switzerland and in Canada until 2025 (grade D, from memory).
    China gives no carbon revenue back by rule. A fund fed by the sale of allowances that pays for low-carbon
    investment is as in the Innovation Fund of the European Union (from memory).

    Reasonable values: 0 to 1; `green_fund_grant_share` 0.1 to 0.4 (grade D, an assumption).

    What it does not do: households do not spend more for what they get, and incomes are not told apart; plants and
    facilities do not count on a refund when they offer or invest, but keep it and close later for it; what residents
    pay for electricity is regulated, so lower surcharges reach them when their tariff is next set, and others before.
    Revenue of auctions is not refunded by output. The fund pays nothing to who builds CO2 lines, vehicles, buildings or
    rail, and earns no interest beyond inflation.

    In a scenario file:

        carbon_dividend:
          kind: revenue_use
          from_year: 2026
          per_head_share: 0.5
          output_share: {2026: 0.5, 2040: 0}
          green_fund_share: {2026: 0, 2040: 0.5}
    """

    theme: ClassVar[str] = "carbon"
    title: ClassVar[Mapping[str, str]] = {"en": "Use of carbon revenue", "zh": "碳收入用途"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Carbon revenue goes to households, electricity customers, plants by output, or a green fund.",
        "zh": "碳收入返还给居民、用电客户，按产量返还给企业，或注入绿色基金。",
    }

    kind: Literal["revenue_use"]
    """Which instrument this is."""

    per_head_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of carbon revenue that is paid to households."""

    surcharge_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of carbon revenue that lowers the surcharges of the electricity tariff."""

    output_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of what plants and facilities pay as a fixed carbon price that goes back to their sector by output."""

    green_fund_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of carbon revenue that goes into the province's green fund."""

    green_fund_grant_share: Annotated[ShareSchedule | None, PLAUSIBLE_SHARE] = None
    """Most that the green fund pays of an investment; unless given, as in the region pack."""

    @model_validator(mode="after")
    def _give_a_share(self) -> Self:
        """Refuse a block that gives nothing back."""
        refuse_empty(self, *SHARES)
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the shares of carbon revenue."""
        in_force, before, years = acts(self, schedule), schedule.revenue, schedule.years
        shares = (getattr(self, field).path(years)[:, None] for field in SHARES)
        summed_shares = [
            old + np.where(in_force, share, 0.0) for old, share in zip(before.use_shares, shares, strict=True)
        ]
        grant_limit = (
            np.inf
            if self.green_fund_grant_share is None
            else self.green_fund_grant_share.path(years)[:, None]
        )
        lowest_grant_limit = np.minimum(
            before.green_fund_grant_share, np.where(in_force, grant_limit, np.inf)
        )
        return schedule._replace(revenue=RevenueSchedule._make([*summed_shares, lowest_grant_limit]))
