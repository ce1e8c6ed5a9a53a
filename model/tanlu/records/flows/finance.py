"""Payments between companies, their parents, lenders, the carbon market and CO2 hubs."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.finance.credit import eroded_share
from tanlu.finance.flows import (
    CENTRAL_BANK,
    CITIES,
    COMPANIES,
    GRID_COMPANY,
    HUBS,
    LENDERS,
    PARENTS,
    RAIL,
    REST,
    Flow,
)
from tanlu.finance.register import FROM_PACK
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.settlement.public_bonds import PARTS
from tanlu.state.actors import Actors
from tanlu.state.opening import read_books

ISSUERS = (RAIL, CITIES, GRID_COMPANY)  # by `ISSUER_KINDS`


def finance_flows(year: YearOutcome, actors: Actors) -> Iterator[Flow]:
    """Yield other payments of companies, and those of lenders and hubs.

    Those of companies' businesses are not among them.
    """
    yield from _debt(year)
    yield from _lenders(year, actors)
    settled, invested = year.finance.settlement, year.invested
    yield Flow(COMPANIES, PARENTS, "dividends", float(settled.dividend_cny.sum()))
    by_parents = settled.rescued_cny.sum() - year.finance.rescue_cny.sum()
    yield Flow(PARENTS, COMPANIES, "rescue", float(by_parents))
    yield Flow(PARENTS, COMPANIES, "injection", float(invested.borrowed.injected_cny.sum()))
    yield from _failures(year)
    yield Flow(COMPANIES, REST, "investment", _investment(year))
    auction_cny = float(year.carbon.auction_revenue_cny.sum())
    yield Flow(COMPANIES, REST, "allowances_and_offsets", float(year.carbon.payment_cny.sum()) - auction_cny)
    for kind, earnings in year.finance.added_cny.items():
        yield Flow(REST, COMPANIES, f"{kind}_operation", float(earnings.sum()))
    yield from _hubs(year, actors.plants)
    yield from _public_bonds(year, actors)


def _investment(year: YearOutcome) -> float:
    """Compute the cost of projects before grants, closing included."""
    borne, fund = year.invested.borrowed.capex_cny, year.invested.green_fund.paid_out_cny
    return borne + float(year.budgets.paid_by_kind_cny[CAPTURE_GRANT].sum()) + float(fund.sum())


def _failures(year: YearOutcome) -> Iterator[Flow]:
    """Yield the payments for companies that fail, or have failed."""
    failures = year.finance.failures
    for payer, payee, item, value in (
        (REST, COMPANIES, "bills_left_unpaid", failures.unpaid_cny),
        (REST, COMPANIES, "kept_running", failures.kept_running_cny),
        (LENDERS, COMPANIES, "loans_for_what_failed", failures.loans_cny),
        (PARENTS, COMPANIES, "injection", failures.injected_cny),
        (COMPANIES, LENDERS, "repayment", failures.repaid_cny),
        (COMPANIES, LENDERS, "recovered", failures.recovered_cny),
    ):
        yield Flow(payer, payee, item, float(value.sum()))


def _debt(year: YearOutcome) -> Iterator[Flow]:
    """Yield payments between borrowers and lenders.

    What is written off is no payment.
    """
    settled, first = year.finance.settlement, year.invested.borrowed.first
    interest = settled.interest_cny.sum() + first.interest_cny.sum()
    yield Flow(COMPANIES, LENDERS, "interest", float(interest))
    yield Flow(COMPANIES, LENDERS, "repayment", float(settled.principal_cny.sum()))
    yield Flow(LENDERS, COMPANIES, "loans_for_projects", year.invested.borrowed.loan_cny)
    yield Flow(LENDERS, COMPANIES, "loans_for_missing_cash", float(settled.borrowed_cny.sum()))


def _public_bonds(year: YearOutcome, actors: Actors) -> Iterator[Flow]:
    """Yield the payments for bonds of issuers that are no companies.

    What they build with it is among them.
    """
    bonds, issuers = year.invested.public, actors.companies.region.finance.issuers
    new = (bonds.issued_cny - bonds.refinanced_cny)[
        PARTS.index(FROM_PACK)
    ]  # lines are paid for with all of rail
    issued, interest, repaid = (
        amount.sum(axis=0) for amount in (bonds.issued_cny, bonds.interest_cny, bonds.repaid_cny)
    )
    for i, kind in enumerate(issuers.kind.tolist()):
        issuer = ISSUERS[kind]
        yield Flow(LENDERS, issuer, "green_bonds", float(issued[i]))
        yield Flow(issuer, REST, "works_from_green_bonds", float(new[i]))
        yield Flow(issuer, LENDERS, "interest", float(interest[i]))
        yield Flow(issuer, LENDERS, "repayment", float(repaid[i]))


def _lenders(year: YearOutcome, actors: Actors) -> Iterator[Flow]:
    """Yield interest that lenders pass on, and funds they raise or repay.

    They raise or repay as much as their lending takes.
    """
    region = actors.companies.region
    interest = sum(lender.interest_cny for lender in actors.lenders)
    retained = region.finance.parameters["lender_retained_share"]
    relent = year.relent  # one-year money, paid back at the end of the year
    volume, cost = float(relent.cny.sum()), float(relent.interest_cny.sum())
    yield Flow(CENTRAL_BANK, LENDERS, "relending", volume)
    yield Flow(LENDERS, CENTRAL_BANK, "relending_repaid", volume)
    yield Flow(LENDERS, CENTRAL_BANK, "relending_interest", cost)
    yield Flow(LENDERS, REST, "interest_passed_on", (1.0 - retained) * interest - cost)
    closing, opening = read_books(actors), year.opening
    volume, capital = (
        closing.lent_cny - opening.lent_cny,
        closing.lender_capital_cny - opening.lender_capital_cny,
    )
    # No payments: what depositors lose with a lender, and what inflation takes of loans and deposits alike.
    lost_cny = sum(lender.uncovered_cny for lender in actors.lenders)
    eroded = opening.lent_cny * eroded_share(region, year.signals.year)
    yield Flow(REST, LENDERS, "deposits", volume - capital + lost_cny + eroded)


def _hubs(year: YearOutcome, plants: PowerPlants) -> Iterator[Flow]:
    """Yield the debt of hubs, and their payments for lines and stores.

    What they pass on to stores and for trucks is among them.
    """
    hubs, laid = year.finance.hubs, year.invested.hubs
    lines = float((laid.investment_cny + laid.grant_cny).sum())
    yield Flow(HUBS, REST, "co2_lines", hubs.operation_cny + lines)
    money, new = hubs.money, laid.borrowed
    for payer, payee, item, value in (
        (LENDERS, HUBS, "loans_for_projects", new.loan_cny),
        (HUBS, LENDERS, "interest", money.interest_cny + new.interest_cny),
        (HUBS, LENDERS, "repayment", money.repayment_cny),
        (HUBS, LENDERS, "recovered", money.recovered_cny),
        (PARENTS, HUBS, "injection", money.injected_cny + new.own_cny + new.interest_cny),
        (HUBS, PARENTS, "dividends", money.dividend_cny),
    ):
        yield Flow(payer, payee, item, float(value.sum()))
    cost, n = year.co2.transport_storage_cost_cny, year.plants.output_mwh.size
    total = float(np.concatenate([plants.in_place(cost[:n]), cost[n:]]).sum())
    yield Flow(HUBS, REST, "co2_stores_and_trucks", total - hubs.charged_cny)
