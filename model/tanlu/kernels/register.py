"""Add up loans by who owes and who holds them, loan by loan, so that bits are always the same."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class LoanColumns(NamedTuple):
    """What is read of each loan; axis N."""

    borrower: Integers
    balance_cny: Floats
    coupon: Floats
    subsidy: Floats
    guarantee_fee: Floats
    risk_weight: Floats
    holder_share: Floats  # [N, L]


@kernel
def sum_debts(loans: LoanColumns, companies: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Sum borrowers' debt and interest, f8[companies], and lenders' holdings, f8[L].

    Interest is yearly, with fees of guarantees and less subsidies; holdings are given as they are and by risk.

    Args:
        loans: `LoanColumns`.
        companies: how many there are.
    """
    lenders = loans.holder_share.shape[1]
    debt, interest = np.zeros(companies), np.zeros(companies)
    holdings, weighted = np.zeros(lenders), np.zeros(lenders)
    for i in range(loans.balance_cny.size):
        balance, borrower = loans.balance_cny[i], loans.borrower[i]
        risk = balance * loans.risk_weight[i]
        debt[borrower] += balance
        interest[borrower] += balance * (loans.coupon[i] - loans.subsidy[i] + loans.guarantee_fee[i])
        for x in range(lenders):
            holdings[x] += balance * loans.holder_share[i, x]
            weighted[x] += risk * loans.holder_share[i, x]
    return debt, interest, holdings, weighted


@kernel
def sum_by_holder(amount: Floats, holder_share: Floats) -> Floats:
    """Sum the amounts of loans by lender, f8[L].

    Args:
        amount: f8[N].
        holder_share: f8[N, L].
    """
    holdings = np.zeros(holder_share.shape[1])
    for i in range(amount.size):
        for x in range(holdings.size):
            holdings[x] += amount[i] * holder_share[i, x]
    return holdings
