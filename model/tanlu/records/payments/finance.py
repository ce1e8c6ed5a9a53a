"""Payments between companies, their parents, lenders, the carbon market and CO2 hubs."""

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np

from tanlu.core.parties import (
    CENTRAL_BANK,
    CITIES,
    COMPANIES,
    GRID_COMPANY,
    HUBS,
    LENDERS,
    PARENTS,
    RAIL,
    REST,
)
from tanlu.core.payments import Block, PaymentLines
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.finance.credit import eroded_share
from tanlu.finance.register import FROM_PACK
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.items import Form, lines
from tanlu.settlement.public_bonds import PARTS
from tanlu.state.actors import Actors
from tanlu.state.opening import Books

ISSUERS = (
    RAIL,
    CITIES,
    GRID_COMPANY,
    CITIES,
)  # by `ISSUER_KINDS`; what governments borrow, cities build with
COMPANY_FORM = Form(
    (COMPANIES, LENDERS, "interest"),
    (COMPANIES, LENDERS, "repayment"),
    (LENDERS, COMPANIES, "loans_for_projects"),
    (LENDERS, COMPANIES, "loans_for_missing_cash"),
    (COMPANIES, PARENTS, "dividends"),
    (PARENTS, COMPANIES, "rescue"),
    (PARENTS, COMPANIES, "injection"),
    (COMPANIES, REST, "investment"),
    (COMPANIES, REST, "allowances_and_offsets"),
)
FAILURE_FORM = Form(
    (REST, COMPANIES, "bills_left_unpaid"),
    (REST, COMPANIES, "kept_running"),
    (LENDERS, COMPANIES, "loans_for_what_failed"),
    (PARENTS, COMPANIES, "injection"),
    (COMPANIES, LENDERS, "repayment"),
    (COMPANIES, LENDERS, "recovered"),
)
LENDER_FORM = Form(
    (CENTRAL_BANK, LENDERS, "relending"),
    (LENDERS, CENTRAL_BANK, "relending_repaid"),
    (LENDERS, CENTRAL_BANK, "relending_interest"),
    (LENDERS, REST, "interest_passed_on"),
    (REST, LENDERS, "deposits"),
)
HUB_FORM = Form(
    (HUBS, REST, "co2_lines"),
    (LENDERS, HUBS, "loans_for_projects"),
    (HUBS, LENDERS, "interest"),
    (HUBS, LENDERS, "repayment"),
    (HUBS, LENDERS, "recovered"),
    (PARENTS, HUBS, "injection"),
    (HUBS, PARENTS, "dividends"),
    (HUBS, REST, "co2_stores_and_trucks"),
)
# Of bonds by issuer, who is None.
BOND_ITEMS = (
    (LENDERS, None, "green_bonds"),
    (None, REST, "works_from_green_bonds"),
    (None, LENDERS, "interest"),
    (None, LENDERS, "repayment"),
)


def finance_payments(year: YearOutcome, actors: Actors, closing: Books) -> Iterator[Block]:
    """Yield other payments of companies, and those of lenders and hubs.

    Those of companies' businesses are not among them. `closing` are the books at the end of the year.
    """
    yield COMPANY_FORM.fill(_companies(year))
    yield FAILURE_FORM.fill(_failures(year))
    yield LENDER_FORM.fill(_lenders(year, actors, closing))
    yield HUB_FORM.fill(_hubs(year, actors.plants))
    yield _public_bonds(year, actors)


def _companies(year: YearOutcome) -> Mapping[str, float]:
    """Sum payments of companies by item; what is written off is no payment."""
    settled, borrowed = year.finance.settlement, year.invested.borrowed
    fees = year.finance.guarantee_fee_cny.sum() + borrowed.first.guarantee_fee_cny.sum()  # of guarantors
    granted = year.budgets.paid_for_cny(CAPTURE_GRANT) + year.invested.green_fund.paid_out_cny.sum()
    return {
        "interest": settled.interest_cny.sum() + borrowed.first.interest_cny.sum() - fees,
        "repayment": settled.principal_cny.sum(),
        "loans_for_projects": borrowed.loan_cny,
        "loans_for_missing_cash": settled.borrowed_cny.sum(),
        "dividends": settled.dividend_cny.sum(),
        "rescue": settled.rescued_cny.sum() - year.finance.rescue_cny.sum(),
        "injection": borrowed.injected_cny.sum(),
        "investment": borrowed.capex_cny + granted,  # before grants, closing included
        "allowances_and_offsets": year.carbon.payment_cny.sum() - year.carbon.auction_revenue_cny.sum(),
    }


def _failures(year: YearOutcome) -> Mapping[str, float]:
    """Sum payments for companies that fail, or have failed, by item."""
    failures = year.finance.failures
    return {
        "bills_left_unpaid": failures.unpaid_cny.sum(),
        "kept_running": failures.kept_running_cny.sum(),
        "loans_for_what_failed": failures.loans_cny.sum(),
        "injection": failures.injected_cny.sum(),
        "repayment": failures.repaid_cny.sum(),
        "recovered": failures.recovered_cny.sum(),
    }


def _lenders(year: YearOutcome, actors: Actors, closing: Books) -> Mapping[str, float]:
    """Sum interest that lenders pass on, and funds they raise or repay, by item.

    They raise or repay as much as their lending takes.
    """
    region, opening = actors.companies.region, year.opening
    interest = sum(lender.interest_cny for lender in actors.lenders)
    retained = region.finance.parameters["lender_retained_share"]
    relent = year.relent  # one-year money, paid back at the end of the year
    relent_cny, cost = float(relent.cny.sum()), float(relent.interest_cny.sum())
    volume = closing.lent_cny - opening.lent_cny
    capital = closing.lender_capital_cny - opening.lender_capital_cny
    # No payments: what depositors lose with a lender, and what inflation takes of loans and deposits alike.
    lost_cny = sum(lender.uncovered_cny for lender in actors.lenders)
    eroded = opening.lent_cny * eroded_share(region, year.signals.year)
    return {
        "relending": relent_cny,
        "relending_repaid": relent_cny,
        "relending_interest": cost,
        "interest_passed_on": (1.0 - retained) * interest - cost,
        "deposits": volume - capital + lost_cny + eroded,
    }


def _hubs(year: YearOutcome, plants: PowerPlants) -> Mapping[str, float]:
    """Sum the debt of hubs, and their payments for lines and stores, by item.

    What they pass on to stores and for trucks is among them.
    """
    hubs, laid = year.finance.hubs, year.invested.hubs
    money, new = hubs.money, laid.borrowed
    cost, n = year.co2.transport_storage_cost_cny, year.plants.output_mwh.size
    total = np.concatenate([plants.in_place(cost[:n]), cost[n:]]).sum()
    return {
        "co2_lines": hubs.operation_cny + (laid.investment_cny + laid.grant_cny).sum(),
        "loans_for_projects": new.loan_cny.sum(),
        "interest": (money.interest_cny + new.interest_cny).sum(),
        "repayment": money.repayment_cny.sum(),
        "recovered": money.recovered_cny.sum(),
        "injection": (money.injected_cny + new.own_cny + new.interest_cny).sum(),
        "dividends": money.dividend_cny.sum(),
        "co2_stores_and_trucks": total - hubs.charged_cny,
    }


def _public_bonds(year: YearOutcome, actors: Actors) -> Block:
    """Write the payments for bonds of issuers that are no companies.

    What they build with it is among them.
    """
    bonds, issuers = year.invested.public, actors.companies.region.finance.issuers
    new = (bonds.issued_cny - bonds.refinanced_cny)[
        PARTS.index(FROM_PACK)
    ]  # lines are paid for with all of rail
    issued, interest, repaid = (
        amount.sum(axis=0) for amount in (bonds.issued_cny, bonds.interest_cny, bonds.repaid_cny)
    )
    return Block(_bond_lines(tuple(issuers.kind.tolist())), np.concatenate([issued, new, interest, repaid]))


@cache
def _bond_lines(kinds: tuple[int, ...]) -> PaymentLines:
    """Draw the lines of bonds for issuers of these kinds [BOND_ITEMS x issuers]."""
    issuers = [ISSUERS[kind] for kind in kinds]
    return lines(
        *(
            (payer or issuer, payee or issuer, purpose)
            for payer, payee, purpose in BOND_ITEMS
            for issuer in issuers
        )
    )
