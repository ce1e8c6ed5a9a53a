"""Lenders: each prices a loan by the borrower's balance sheet, and lends what its capital and its growth allow."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.mesa_classes import Agent, Model
from tanlu.kernels.elementary import exponentials
from tanlu.kernels.lending import Answer
from tanlu.region.finance import LenderTable
from tanlu.region.pack import Region


class Lender(Agent):
    """One bank or policy bank, or the buyers of green bonds.

    Attributes:
        spread: over the loan prime rate, fraction per year.
        capital_cny: own funds behind its loans in the region.
        outstanding_cny: what it is owed.
        risk_weighted_cny: the same, each loan by its risk weight.
        public_cny: the part of it that issuers owe that are no companies.
        hubs_cny: the part of it that CO2 hubs owe.
        opening_cny: what it was owed when the year began.
        lent_cny: lent in the year.
        interest_cny: received in the year, subsidies included.
        loss_cny: written off in the year and not paid by a guarantor.
        recovered_cny: got back in the year of what it had written off.
        uncovered_cny: what of it was more than its own funds, lost to who lends to it.
        answered: how many requests it answered in the year, by borrower and `Answer`, [W, 8].
    """

    def __init__(self, model: Model, region: Region, row: int) -> None:
        super().__init__(model)
        table, finance = region.finance.lenders, region.finance.parameters
        self.lender_id, self.kind = table.ids[row], table.kind[row]
        self.name_en, self.name_zh = table.names_en[row], table.names_zh[row]
        self.spread = float(table.spread[row])
        self.capital_cny = float(table.capital_cny[row])
        self.capital_requirement = finance["bank_capital_requirement"]
        self.growth_share = finance["lender_growth_share"]
        self.retained_share = finance["lender_retained_share"]
        self.outstanding_cny = self.risk_weighted_cny = self.opening_cny = 0.0
        self.public_cny = self.hubs_cny = 0.0
        self.answered = np.zeros((len(region.finance.owners.ids), len(Answer)), np.int64)
        self.lent_cny = self.interest_cny = self.loss_cny = self.recovered_cny = self.uncovered_cny = 0.0

    @property
    def room_cny(self) -> float:
        """Loans that its capital allows, at a risk weight of 1."""
        return max(self.capital_cny / self.capital_requirement - self.risk_weighted_cny, 0.0)

    @property
    def quota_cny(self) -> float:
        """Loans that its yearly growth still allows.

        It is a share of what it was owed when the year began.
        """
        return max(self.growth_share * self.opening_cny - self.lent_cny, 0.0)

    @property
    def available_cny(self) -> float:
        """Loans that capital and quota still allow, at a risk weight of 1."""
        return min(self.room_cny, self.quota_cny)

    def open_year(self) -> None:
        """Start the year's accounts."""
        self.opening_cny = self.outstanding_cny
        self.answered = np.zeros_like(self.answered)
        self.lent_cny = self.interest_cny = self.loss_cny = self.recovered_cny = self.uncovered_cny = 0.0

    def lend(self, amount_cny: float, risk_weighted_cny: float) -> None:
        """Pay out loans, which count against capital by their risk weights."""
        self.lent_cny += amount_cny
        self.outstanding_cny += amount_cny
        self.risk_weighted_cny += risk_weighted_cny

    def count_answers(self, borrower: Integers, answer: Integers) -> None:
        """Count its answers, `Answer` [R], to requests of borrowers [R]."""
        np.add.at(self.answered, (borrower, answer), 1)

    def collect(self, interest_cny: float) -> None:
        """Take interest, and keep part of it as capital."""
        self.interest_cny += interest_cny
        self.capital_cny += self.retained_share * interest_cny

    def lose(self, loss_cny: float) -> None:
        """Bear the loss on loans that no guarantor pays."""
        self.loss_cny += loss_cny
        self.uncovered_cny += max(loss_cny - self.capital_cny, 0.0)
        self.capital_cny = max(self.capital_cny - loss_cny, 0.0)

    def recover(self, amount_cny: float) -> None:
        """Take late payments on loans that were written off."""
        self.recovered_cny += amount_cny
        self.capital_cny += amount_cny


def appetite(table: LenderTable, offered_spread: Floats, price_sensitivity: float) -> Floats:
    """Weigh lenders that share a loan which all of them accept [L].

    s exp(-(c - k) / price sensitivity): s the share of the base year, c the spread offered [L], k the listed one.
    So list prices reproduce the shares, and who cuts its price gains. Local banks have at home the share that all of
    them have together. Source: logit choice, McFadden 1974.
    """
    return table.home_share * exponentials((table.spread - offered_spread) / price_sensitivity)
