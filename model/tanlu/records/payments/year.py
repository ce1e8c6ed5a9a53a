"""The payments of a whole year, and how far the cash of accounts differs from them."""

from collections.abc import Mapping

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.parties import (
    BUSINESSES,
    COMPANIES,
    GREEN_FUND,
    GRID,
    HUBS,
    LENDERS,
    PARTY,
    list_parties,
)
from tanlu.core.payments import PaymentTable, YearPayments, join_blocks
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.businesses import business_payments, list_businesses
from tanlu.records.payments.consumers import consumer_payments
from tanlu.records.payments.electricity import electricity_payments
from tanlu.records.payments.finance import finance_payments
from tanlu.records.payments.items import ITEMS
from tanlu.records.payments.public import extension_payments, public_payments
from tanlu.state.actors import Actors
from tanlu.state.opening import Books

# Accounts whose cash is kept elsewhere too, and who they belong to. The grid passes all on, and lenders lend or pay
# back what they have.
ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "companies": (*BUSINESSES, COMPANIES),
    "hubs": (HUBS,),
    "lenders": (LENDERS,),
    "grid": (GRID,),
    "green_fund": (GREEN_FUND,),
}
# The number of each party's account; that after the last stands for none, as the centre and who follows it have.
ACCOUNT_OF_PARTY = np.full(len(PARTY), len(ACCOUNTS))
for number, members in enumerate(ACCOUNTS.values()):
    ACCOUNT_OF_PARTY[[PARTY[member] for member in members]] = number


def list_payments(year: YearOutcome, actors: Actors, closing: Books) -> YearPayments:
    """Write the table of a year's payments (docs/model/who_pays.md).

    Args:
        year: what happened.
        actors: everybody, at the end of the year.
        closing: books at the end of the year.
    """
    plants, industry, region = actors.plants, actors.industry, actors.plants.region
    businesses, provinces = list_businesses(year, plants, industry), region.axes.provinces
    added, parties, purposes = extension_payments(year, provinces)
    payments, policies = join_blocks(
        [
            *electricity_payments(year, plants, industry, businesses),
            *business_payments(year, industry, businesses),
            *consumer_payments(year, actors.vehicles),
            *year.budgets.payments,
            *public_payments(year, region, businesses),
            *finance_payments(year, actors, closing),
            *added,
        ]
    )
    names = list_parties(provinces) + parties, ITEMS + purposes
    return YearPayments(year.signals.year, payments, *names, policies, _cash_changes(year, closing))


def _cash_changes(year: YearOutcome, closing: Books) -> Floats:
    """Compute what the cash of each of `ACCOUNTS` did, CNY [A]."""
    opening, fund = year.opening, year.invested.green_fund
    return np.array(
        [
            closing.company_cash_cny - opening.company_cash_cny,
            closing.hub_cash_cny - opening.hub_cash_cny,
            0.0,
            0.0,
            (fund.balance_cny - fund.opening_cny).sum(),
        ]
    )


def cash_errors(payments: PaymentTable, change_cny: Floats) -> Floats:
    """Compute the residual of each of `ACCOUNTS`, relative to its turnover [A]."""
    last, accounts = ACCOUNT_OF_PARTY.size - 1, change_cny.size
    payer, payee = (ACCOUNT_OF_PARTY[np.minimum(side, last)] for side in (payments.payer, payments.payee))
    amount, size = payments.amount_cny, np.abs(payments.amount_cny)
    net = sum_by_group(payee, amount, accounts + 1) - sum_by_group(payer, amount, accounts + 1)
    turnover = sum_by_group(payee, size, accounts + 1) + sum_by_group(payer, size, accounts + 1)
    return np.asarray(np.abs(net[:-1] - change_cny) / np.maximum(turnover[:-1], 1.0))
