"""The green-bond incentive: public money that makes green debt cheaper, or safer for the lender."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.arrays import Booleans
from tanlu.core.axes import ISSUER_KINDS, ISSUERS
from tanlu.core.schedules import BONDS, PAPERS, PolicySchedule
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import Bounds, NonNegativeSchedule, Schedule, ShareSchedule, refuse
from tanlu.policies.base import Policy
from tanlu.policies.scope import IssuerNames, PaperNames, acts, acts_on, refuse_empty, spread_limit_cny

COMPANIES_NAME = ISSUERS[0]
BONDS_NAME, FEE = PAPERS[BONDS], "guarantee_fee_percentage_points"
OF_BONDS = ("issue_cost_share", "label_cost_share", "interest_tax_exempt_share")


class GreenBondIncentive(Policy):
    """Make green bonds cheaper, or green loans: pay part of their interest, or carry part of the risk.

    The subsidy lowers the rate the borrower pays and the province pays the difference. The
    guarantee lowers what the lender loses on a default, and so the spread the lender asks. Both hold
    only for debt that finances eligible green investment: for bonds unless `papers` says otherwise, and
    with `renewals` for the debt that replaces a bond that falls due.

    Equation: rate = prime rate + lender's spread + risk premium x (1 - guarantee share) - subsidy, not
    below zero; the guarantor pays guarantee share x loss. A bond's coupon takes the place of prime rate
    and spread (docs/model/bonds.md). Both are agreed when a loan is granted or a bond is issued and
    hold until it is repaid, whatever the law says later; who replaces a bond gets the terms of that
    year, if it gets any. Support of loans alone takes bonds away, since loans get cheaper against them. Owners
    count on support of bonds by about the share of debt that they would issue, and of a bond that nobody
    supports again by the worth of its years in those of a loan (about a quarter). Subsidies and shares of
    several policies add, and so do fees, the shares up to 1; of budgets for guarantees the
    smallest holds. A budget is for the guaranteed sum, share x principal, of a year's loans and bonds in each
    province: who renews a bond asks first, then projects in the order of lending, and what does not fit into
    what is left goes without a guarantee. Investors count on that part of the guarantee that the last year's had.

    A fee is paid to the province each year on what is owed. A borrower takes a guarantee only where it takes at least
    the fee off the price: guarantee share x risk premium >= fee, of loans and of bonds apart. What is guaranteed at
    the end of a year is shown as a liability, with the loss that the province must expect on it.

    Of a bond it can also pay a share of the cost of issue, up to a cap an issue, a share of the cost of the label,
    and spare buyers tax on a share of the interest. They pay 25 %, and ask less by a half of what they are spared
    (`bond_tax_pass_through`, grade D); the tax forgone is counted as public money, with the interest that is paid.

    Source: the label alone changes little. Green bonds paid 1.8 bp less in the secondary market
    (Janda, Kortusova and Zhang 2022, grade A) and 10 to 12 bp less at issue (Sustainability 16:6354,
    2024, grade A). Jiangsu pays 30 % of a year's interest on green bonds (Xinhua Daily, 12 November
    2021, grade B), about 1 to 1.5 points at coupons of 3.5 to 5 %. The central bank's carbon-reduction
    facility lends 60 % of principal at 1.75 % for up to three years (People's Bank of China 2021, grade
    A). For a bank that pays 2.5 % for its money (grade D) this is worth 45 bp in these years, about
    16 bp over a loan of 15 years.

    Reasonable values: 0.5 to 1.5 points, 3 at the most, which is nearly the whole prime rate of 3.5 %
    (2025); guarantee share 0.2 to 0.8 (grade D, an assumption: 0.8 is usual for guarantee funds); a
    budget of 1 to 20 bn CNY a year (grade D), where all new green loans and bonds are 20 to 60; a fee
    below 1 point, to which public guarantors were told to lower theirs on average (General Office of the State
    Council 2019, No. 6, grade B), here of the whole debt and not of the guaranteed part.

    It pays companies, unless `issuers` names others. Of what it pays only the interest subsidy reaches cities,
    provincial governments, rail and grid companies, and only on their bonds. They issue more in place of loans, and
    borrow more within their debt limits, since debt costs them less (docs/model/bonds.md).

    What it does not do: it brings no cash for the investor's own share, it cannot make a project pay
    that loses money before interest, and it does not change the label's rules.

    In a scenario file:

        green_bonds:
          kind: green_bond_incentive
          from_year: 2026
          papers: [bonds, loans]
          interest_subsidy_percentage_points: 1.5
          guarantee_share: {2026: 0.5, 2035: 0.2}
    """

    theme: ClassVar[str] = "finance"
    title: ClassVar[Mapping[str, str]] = {"en": "Green bond incentive", "zh": "绿色债券激励"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "An interest subsidy and a guarantee for bonds, or loans, that finance green investment.",
        "zh": "为绿色债券或绿色贷款提供贴息和担保，降低绿色投资的融资成本。",
    }

    kind: Literal["green_bond_incentive"]
    """Which instrument this is."""

    interest_subsidy_percentage_points: Annotated[
        Schedule, Bounds(0.0, 10.0), Plausible(0.03, 3, "the prime rate is 3.5, grade A")
    ] = Schedule(0.0)
    """Taken off the yearly interest rate of green debt, in percentage points: 1.5 turns 4 % into 2.5 %."""

    guarantee_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of a lender's loss on green debt that the guarantor carries."""

    guarantee_fee_percentage_points: Annotated[
        Schedule,
        Bounds(0.0, 10.0),
        Plausible(0.05, 1.5, "public guarantors are told to ask less than 1, grade B"),
    ] = Schedule(0.0)
    """Paid each year for a guarantee, in percentage points of what is owed; free unless given."""

    issue_cost_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of the cost of issuing a bond that is paid: rating, audit, law and underwriting, not the label."""

    issue_cost_cap_bn_cny: Annotated[
        NonNegativeSchedule | None,
        Plausible(0.0001, 0.1, "an issue of 1 bn CNY costs about 5 million, grade D"),
    ] = None
    """Most that is paid of the cost of one issue, bn CNY; no limit unless given."""

    label_cost_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of the cost of having a bond's label assessed that is paid."""

    interest_tax_exempt_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of a bond's interest on which its buyers pay no income tax."""

    papers: PaperNames = ("bonds",)
    """Papers that it pays: bonds with the label, loans with the label, or both."""

    issuers: IssuerNames = (COMPANIES_NAME,)
    """Who is paid: companies, and by the interest subsidy cities, governments, rail and grid companies too."""

    renewals: bool = False
    """Pays for what replaces a bond that falls due, too; else for new projects alone."""

    guarantee_budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None,
        Plausible(0.05, 200, "new green loans and bonds are 20 to 60 bn CNY, grade D"),
    ] = None
    """Most that each province guarantees of the green debt of a year, bn CNY; no limit unless given."""

    @model_validator(mode="after")
    def _give_support(self) -> Self:
        """Refuse a block that pays nothing, or for bonds where it names loans alone."""
        refuse_empty(self, "interest_subsidy_percentage_points", "guarantee_share", *OF_BONDS)
        if BONDS_NAME not in self.papers:
            for key in (*OF_BONDS, "issuers"):
                if key in self.model_fields_set:
                    refuse("needs-bonds", key=key)
        if FEE in self.model_fields_set and "guarantee_share" not in self.model_fields_set:
            refuse("needs-guarantee", key=FEE)
        return self

    @model_validator(mode="after")
    def _name_companies(self) -> Self:
        """Refuse what supports companies alone where others are named alone."""
        if COMPANIES_NAME not in self.issuers:
            for key in ("guarantee_share", *OF_BONDS):
                if key in self.model_fields_set:
                    refuse("needs-companies", key=key)
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the interest subsidy and the guarantee."""
        years, before = schedule.years, schedule.finance
        in_force = acts(self, schedule) & (COMPANIES_NAME in self.issuers)
        is_paid = in_force[:, :, None, None] & acts_on(self, schedule, self.papers, PAPERS)[..., None]
        is_paid = is_paid & self._pays_issue()
        is_public = acts_on(self, schedule, self.issuers, ISSUER_KINDS)[..., None] & self._pays_issue()
        rate = self.interest_subsidy_percentage_points.path(years)[:, None, None, None] / PERCENT_PER_SHARE
        subsidy, guarantee, fee = (
            np.where(is_paid, support.path(years)[:, None, None, None], 0.0)
            for support in (
                self.interest_subsidy_percentage_points,
                self.guarantee_share,
                self.guarantee_fee_percentage_points,
            )
        )
        of_issues = in_force[..., None] & self._pays_issue()
        exempt, issue, label = (
            np.where(of_issues, share.path(years)[:, None, None], 0.0)
            for share in (self.interest_tax_exempt_share, self.issue_cost_share, self.label_cost_share)
        )
        finance = before._replace(
            public_bond_subsidy=before.public_bond_subsidy + np.where(is_public, rate, 0.0),
            bond_interest_exempt_share=np.minimum(before.bond_interest_exempt_share + exempt, 1.0),
            bond_issue_cost_share=np.minimum(before.bond_issue_cost_share + issue, 1.0),
            bond_issue_grant_cap_cny=np.minimum(
                before.bond_issue_grant_cap_cny,
                spread_limit_cny(self.issue_cost_cap_bn_cny, years, in_force),
            ),
            bond_label_cost_share=np.minimum(before.bond_label_cost_share + label, 1.0),
            green_interest_subsidy=before.green_interest_subsidy + subsidy / PERCENT_PER_SHARE,
            green_guarantee_share=np.minimum(before.green_guarantee_share + guarantee, 1.0),
            green_guarantee_fee=before.green_guarantee_fee + fee / PERCENT_PER_SHARE,
            green_guarantee_budget_cny=np.minimum(
                before.green_guarantee_budget_cny,
                spread_limit_cny(self.guarantee_budget_bn_cny_per_year, years, in_force),
            ),
        )
        return schedule._replace(finance=finance)

    def _pays_issue(self) -> Booleans:
        """Mask what is new and what is renewed [ISSUES]."""
        return np.array([True, self.renewals])
