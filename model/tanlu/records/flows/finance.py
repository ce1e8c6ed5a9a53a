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
from tanlu.finance.register import LISTED
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import Year
from tanlu.settlement.public_bonds import PARTS
from tanlu.state.actors import Actors
from tanlu.state.opening import read_books

ISSUERS = (RAIL, CITIES, GRID_COMPANY)  # by `ISSUER_KINDS`


def finance_flows(year: Year, actors: Actors) -> Iterator[Flow]:
    """Yield what companies pay and get beside their businesses, and what lenders and hubs do with theirs."""
    yield from _debt(year)
    yield from _lenders(year, actors)
    settled, invested = year.finance.settlement, year.invested
    yield Flow(COMPANIES, PARENTS, "dividends", float(settled.dividend_cny.sum()))
    by_parents = settled.rescued_cny.sum() - year.finance.rescue_cny.sum()
    yield Flow(PARENTS, COMPANIES, "rescue", float(by_parents))
    yield Flow(PARENTS, COMPANIES, "injection", float(invested.borrowed.injected_cny.sum()))
    yield from _failures(year)
    yield Flow(COMPANIES, REST, "investment", _investment(year))
    sold = float(year.carbon.auction_revenue_cny.sum())
    yield Flow(COMPANIES, REST, "allowances_and_offsets", float(year.carbon.payment_cny.sum()) - sold)
    for kind, earned in year.finance.added_cny.items():
        yield Flow(REST, COMPANIES, f"{kind}_operation", float(earned.sum()))
    yield from _hubs(year, actors.plants)
    yield from _public_bonds(year, actors)


def _investment(year: Year) -> float:
    """Return what projects cost before grants, closing included."""
    borne, fund = year.invested.borrowed.capex_cny, year.invested.green_fund.paid_out_cny
    return borne + float(year.budgets.paid_by_kind_cny[CAPTURE_GRANT].sum()) + float(fund.sum())


def _failures(year: Year) -> Iterator[Flow]:
    """Yield what is paid because of companies that fail, or have failed."""
    of = year.finance.failures
    for payer, payee, item, value in (
        (REST, COMPANIES, "bills_left_unpaid", of.unpaid_cny),
        (REST, COMPANIES, "kept_running", of.kept_running_cny),
        (LENDERS, COMPANIES, "loans_for_what_failed", of.loans_cny),
        (PARENTS, COMPANIES, "injection", of.injected_cny),
        (COMPANIES, LENDERS, "repayment", of.repaid_cny),
        (COMPANIES, LENDERS, "recovered", of.recovered_cny),
    ):
        yield Flow(payer, payee, item, float(value.sum()))


def _debt(year: Year) -> Iterator[Flow]:
    """Yield what borrowers and lenders pay each other; what is written off is no payment."""
    settled, first = year.finance.settlement, year.invested.borrowed.first
    interest = settled.interest_cny.sum() + first.interest_cny.sum()
    yield Flow(COMPANIES, LENDERS, "interest", float(interest))
    yield Flow(COMPANIES, LENDERS, "repayment", float(settled.principal_cny.sum()))
    yield Flow(LENDERS, COMPANIES, "loans_for_projects", year.invested.borrowed.loan_cny)
    yield Flow(LENDERS, COMPANIES, "loans_for_missing_cash", float(settled.borrowed_cny.sum()))


def _public_bonds(year: Year, actors: Actors) -> Iterator[Flow]:
    """Yield what lenders and issuers that are no companies pay each other, and what these build with it."""
    bonds, issuers = year.invested.public, actors.companies.region.finance.issuers
    new = (bonds.issued_cny - bonds.refinanced_cny)[
        PARTS.index(LISTED)
    ]  # lines are paid for with all of rail
    issued, interest, repaid = (
        of.sum(axis=0) for of in (bonds.issued_cny, bonds.interest_cny, bonds.repaid_cny)
    )
    for i, kind in enumerate(issuers.kind.tolist()):
        issuer = ISSUERS[kind]
        yield Flow(LENDERS, issuer, "green_bonds", float(issued[i]))
        yield Flow(issuer, REST, "works_from_green_bonds", float(new[i]))
        yield Flow(issuer, LENDERS, "interest", float(interest[i]))
        yield Flow(issuer, LENDERS, "repayment", float(repaid[i]))


def _lenders(year: Year, actors: Actors) -> Iterator[Flow]:
    """Yield what lenders pass on of their interest, and what they raise or pay back to lend as much as they do."""
    region = actors.companies.region
    interest = sum(lender.interest_cny for lender in actors.lenders)
    retained = region.finance.parameters["lender_retained_share"]
    relent = year.relent  # one-year money, paid back at the end of the year
    lent, cost = float(relent.cny.sum()), float(relent.interest_cny.sum())
    yield Flow(CENTRAL_BANK, LENDERS, "relending", lent)
    yield Flow(LENDERS, CENTRAL_BANK, "relending_repaid", lent)
    yield Flow(LENDERS, CENTRAL_BANK, "relending_interest", cost)
    yield Flow(LENDERS, REST, "interest_passed_on", (1.0 - retained) * interest - cost)
    now, then = read_books(actors), year.opening
    lent, capital = now.lent_cny - then.lent_cny, now.lender_capital_cny - then.lender_capital_cny
    # No payments: what depositors lose with a lender, and what inflation takes of loans and deposits alike.
    lost = sum(lender.uncovered_cny for lender in actors.lenders)
    eroded = then.lent_cny * eroded_share(region, year.signals.year)
    yield Flow(REST, LENDERS, "deposits", lent - capital + lost + eroded)


def _hubs(year: Year, plants: PowerPlants) -> Iterator[Flow]:
    """Yield what hubs borrow and owe, pay for lines, and pass on to stores and for trucks."""
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
    paid, n = year.co2.transport_storage_cost_cny, year.plants.output_mwh.size
    away = float(np.concatenate([plants.in_place(paid[:n]), paid[n:]]).sum())
    yield Flow(HUBS, REST, "co2_stores_and_trucks", away - hubs.charged_cny)
