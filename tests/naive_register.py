"""Dues, debts of CO2 hubs and contracts of loans as whole arrays of NumPy, the twins of their kernels."""

import numpy as np

from tanlu.core.arrays import sum_by_group
from tanlu.kernels.finance.contracts import LoanContracts
from tanlu.kernels.finance.dues import Due, Dues
from tanlu.kernels.finance.hubs import HubLenders, HubSettlement


def compute_dues(terms, balance, year) -> Dues:
    """Return interest on the balance, and this year's part of the principal."""
    parts = np.maximum(terms.last_repayment_year - year + 1, 1)
    is_due = (terms.first_repayment_year <= year) & (balance > 0.0)
    relent = np.where(year <= terms.relending_until_year, terms.relending_share * balance, 0.0)
    repayment = np.where(is_due, balance / parts, 0.0)
    interest, subsidy, fee = terms.coupon * balance, terms.subsidy * balance, terms.guarantee_fee * balance
    return Dues(interest, subsidy, repayment, relent, np.zeros(balance.size), fee)


def sum_dues(parties, dues: Dues, companies: int, provinces: int, level: float) -> Due:
    """Return dues by borrower, government and lender."""

    def by_borrower(amount):
        return sum_by_group(parties.borrower, amount, companies) / level

    def by_province(amount):
        return sum_by_group(parties.province, amount, provinces) / level

    def by_lender(amount):
        return (amount[:, None] * parties.holder_share).sum(axis=0) / level

    return Due(
        interest_cny=by_borrower(dues.interest_cny - dues.subsidy_cny + dues.guarantee_fee_cny),
        repayment_cny=by_borrower(dues.repayment_cny),
        subsidy_cny=by_province(dues.subsidy_cny),
        bond_subsidy_cny=by_province(dues.subsidy_cny * parties.is_bond),
        issue_grant_cny=by_province(dues.issue_grant_cny),
        received_cny=by_lender(dues.interest_cny),
        repaid_cny=by_lender(dues.repayment_cny),
        relent_cny=by_province(dues.relent_cny),
        relending_interest_cny=by_province(dues.relent_cny * parties.relending_rate),
        guarantee_fee_cny=by_province(dues.guarantee_fee_cny),
    )


def settle_hub_debts(loans, balance, loss, hubs, budget, year, level):
    """Return balances and losses of loans, payments of hubs, and what their lenders get and lose."""
    h = hubs.cash_cny.size

    def by_hub(amount):
        return sum_by_group(loans.borrower, amount, h)

    def by_lender(amount):
        return (amount[:, None] * loans.holder_share).sum(axis=0) / level

    def service(paying):
        amounts = np.array([interest - loans.subsidy * balance, repayment]) * paying[loans.borrower]
        return [by_hub(amount) / level for amount in amounts]

    def part(amount, whole):
        return np.divide(amount, whole, out=np.zeros(h), where=amount > 0.0)

    interest, open_share = loans.coupon * balance, 1.0 - loans.guarantee_share
    parts = np.maximum(loans.last_repayment_year - year + 1, 1)
    repayment = np.where((loans.first_repayment_year <= year) & (balance > 0.0), balance / parts, 0.0)
    injected = by_hub(interest * (loans.first_repayment_year > year)) / level
    past_loss = np.maximum(by_hub(loss * open_share), 0.0) / level
    cash = hubs.cash_cny + hubs.profit_cny + injected
    missing = np.maximum(sum(service(np.ones(h))) - cash, 0.0)
    rescued, budget = np.zeros(h), budget.copy()
    for hub in np.flatnonzero((missing > 0.0) & (missing < hubs.worth_cny)):
        if missing[hub] <= budget[hubs.province[hub]]:
            rescued[hub] = missing[hub]
            budget[hubs.province[hub]] -= missing[hub]
    short = (missing > 0.0) & (rescued == 0.0)
    failing = short & (~hubs.failed | (by_hub(balance) / level > 0.0))
    pays = ~short[loans.borrower]
    paid_interest, paid_principal = service(~short)
    received = by_lender(interest * pays)
    balance = balance - repayment * pays
    debt = by_hub(balance) / level
    last = np.minimum(np.maximum(cash, 0.0) * failing, debt)
    balance = balance - balance * part(last, debt)[loans.borrower]
    lost = np.maximum(balance, 0.0) * failing[loans.borrower]
    balance, loss = balance * ~failing[loans.borrower], loss + lost
    due, upkeep = paid_interest + paid_principal, np.maximum(-cash, 0.0) * short
    after = cash + rescued + upkeep - due - last
    free = np.maximum(after - due, 0.0)
    recovered = np.minimum(free, past_loss)
    borne = loss * open_share
    late = borne * part(recovered * level, by_hub(borne))[loans.borrower]
    settled = HubSettlement(
        interest_cny=paid_interest,
        repayment_cny=paid_principal + last,
        injected_cny=injected,
        rescued_cny=rescued,
        kept_running_cny=upkeep,
        recovered_cny=recovered,
        dividend_cny=free - recovered,
        loss_cny=by_hub(lost) / level,
        failing=failing,
        needed_cny=missing * (failing | (rescued > 0.0)),
        worth_cny=hubs.worth_cny,
        cash_cny=after - free,
    )
    lenders = HubLenders(received, by_lender(lost), by_lender(late), by_lender(balance))
    return balance, np.maximum(loss - late, 0.0), settled, lenders


def write_contracts(loans, bonds, terms) -> LoanContracts:
    """Return the contracts of loans and then of bonds, each part as whole arrays."""
    issued, granted = bonds.issued_cny, loans.granted_cny
    share = np.divide(issued, granted, out=np.zeros(issued.size), where=issued > 0.0)
    nothing = np.zeros(terms.relending_share.size)
    parts = (
        agree(
            loans,
            (granted - issued, loans.by_lender_cny * (1.0 - share)[:, None]),
            (
                *(loans.contract_rate, loans.rate, np.zeros(issued.size)),
                *(loans.guarantee_share, loans.guarantee_fee),
            ),
            (terms.relending_share, terms.relending_rate, terms.relending_until_year),
            (loans.first_repayment_year, terms.repayments),
            terms,
        ),
        agree(
            loans,
            (issued, issued[:, None] * terms.buyers),
            (
                *(bonds.coupon, bonds.issuer_rate, bonds.grant_share),
                *(loans.bond_guarantee_share, bonds.guarantee_fee),
            ),
            (nothing, nothing, nothing),
            (np.full(issued.size, terms.bond_due_year), 1),
            terms,
        ),
    )
    return LoanContracts._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def agree(loans, amounts, prices, relending, repayment, terms) -> LoanContracts:
    """Return the contracts of amounts in all and by lender."""
    granted, by_lender = amounts
    rows = np.flatnonzero(granted > 0.0)
    coupon, paid, grant, guarantee, fee = (column[rows] for column in prices)
    share, rate, until = (column[loans.province[rows]] for column in relending)
    green, first, principal = loans.green[rows], repayment[0][rows], granted[rows] * terms.price_level
    held = by_lender[rows] / granted[rows, None]
    return LoanContracts(
        request=rows,
        principal_cny=principal,
        coupon=coupon,
        subsidy=coupon - paid,
        issue_grant_cny=grant * principal,
        guarantee_share=guarantee * green,
        guarantee_fee=fee * green,
        relending_share=share * held[:, terms.relends].sum(axis=1) * green * loans.relent[rows],
        relending_rate=rate,
        relending_until_year=until,
        risk_weight=loans.risk_weight[rows],
        first_repayment_year=first,
        last_repayment_year=first + repayment[1] - 1,
        green=green,
        claimed_tco2_per_year=loans.claimed_tco2_per_cny[rows] * granted[rows] * green,
        holder_share=held,
    )
