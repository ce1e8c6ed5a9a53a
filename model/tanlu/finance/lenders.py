"""Lenders: each prices a loan by the borrower's balance sheet and the use of proceeds, and lends what it can."""

import mesa
import numpy as np

from tanlu.core.arrays import Floats
from tanlu.region.pack import Region


class Lender(mesa.Agent):  # type: ignore[misc]
    """One bank, policy bank or group of bond investors.

    Attributes:
        spread: over the loan prime rate, fraction per year.
        minimum_interest_coverage: EBIT over interest below which it refuses.
        maximum_debt_to_assets: leverage above which it refuses.
        green_only: lends to labelled green projects only.
        greenium: discount on green projects, fraction per year.
        capital_cny: own funds behind its loans in the region.
        capital_requirement: own funds per CNY lent.
        outstanding_cny: loans not yet repaid.
        loss_cny: written off in the year and not paid by a guarantor.
        uncovered_cny: what of it was more than its own funds, lost to who lends to it.
    """

    def __init__(self, model: mesa.Model, region: Region, row: int, outstanding_cny: float) -> None:
        super().__init__(model)
        table = region.finance.lenders
        self.lender_id, self.kind = table.ids[row], table.kind[row]
        self.name_en, self.name_zh = table.names_en[row], table.names_zh[row]
        terms = table.terms
        self.spread, self.greenium = float(terms.spread[row]), float(terms.greenium[row])
        self.minimum_interest_coverage = float(terms.minimum_interest_coverage[row])
        self.maximum_debt_to_assets = float(terms.maximum_debt_to_assets[row])
        self.green_only = bool(terms.green_only[row])
        self.capital_cny = float(table.capital_cny[row])
        self.capital_requirement = region.finance.parameters["bank_capital_requirement"]
        self.outstanding_cny = outstanding_cny
        self.loss_cny = self.uncovered_cny = 0.0

    @property
    def available_cny(self) -> float:
        """What it can still lend."""
        return max(self.capital_cny / self.capital_requirement - self.outstanding_cny, 0.0)

    def lend(self, amount_cny: float) -> None:
        """Pay out a loan."""
        self.outstanding_cny += amount_cny

    def collect(
        self,
        *,
        principal_cny: float,
        interest_cny: float,
        loss_cny: float,
        guaranteed_cny: float,
        retained_share: float,
    ) -> None:
        """Take a year's repayments and interest, write losses off, and keep part of the income as capital.

        Of the loss a guarantor pays `guaranteed_cny`.
        """
        self.outstanding_cny = max(self.outstanding_cny - principal_cny - loss_cny, 0.0)
        self.loss_cny = loss_cny - guaranteed_cny
        capital = self.capital_cny + retained_share * interest_cny - self.loss_cny
        self.capital_cny, self.uncovered_cny = max(capital, 0.0), max(-capital, 0.0)


def lender_shares(region: Region) -> Floats:
    """Return each lender's share of the debt that companies start with: by capital, labelled money apart [L]."""
    table = region.finance.lenders
    weight = table.capital_cny * ~table.terms.green_only
    return np.asarray(weight / weight.sum())
