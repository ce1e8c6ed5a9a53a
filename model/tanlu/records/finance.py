"""The record of money between companies, lenders and governments: the carbon market, loans and stranded assets."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import ISSUER_KINDS
from tanlu.core.signals import Promises
from tanlu.finance.bonds import GreenDebt, green_debt
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import Register
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.region.finance import OWNER_KINDS
from tanlu.region.pack import Region
from tanlu.settlement.failure.failing import Failures


class GreenFundRecord(NamedTuple):
    """The fund of each province that carbon revenue feeds."""

    paid_in_cny: Floats  # [P]
    paid_out_cny: Floats  # [P] in grants
    balance_cny: Floats  # [P] at the end of the year


class CarbonMarketRecord(NamedTuple):
    """The price of CO2, and what it is paid for."""

    price_cny_per_tco2: Floats  # [] market
    effective_price_cny_per_tco2: Floats  # [P, S] what a tonne costs
    allocated_tco2: Floats  # [P]
    green_fund: GreenFundRecord


class CentralBankRecord(NamedTuple):
    """The central bank's money behind green loans, which is no public budget."""

    relent_cny: Floats  # [P] lent to banks for a year
    forgone_interest_cny: Floats  # [P] less than what they pay elsewhere


class PromiseRecord(NamedTuple):
    """What governments announced for the years to come and took back, and who still believes them."""

    promised_cny: Floats  # [P]
    broken_cny: Floats  # [P]
    credibility: Floats  # [`OWNER_KINDS`] mean of the owners of a kind; NaN where a region has none


class FailureRecord(NamedTuple):
    """Companies that fail, and what becomes of what they own."""

    exits: Floats  # [] companies
    defaults: Floats  # [] of them, who owed something
    sold_cny: Floats  # [] price of what others buy
    left_cny: Floats  # [] book value of what finds no buyer in the year in which its owner fails
    repaid_cny: Floats  # [] to lenders from the proceeds
    recovered_cny: Floats  # [] by lenders, of what they had written off
    kept_running_cny: Floats  # [] that customers pay for what is needed and loses money


class BondRecord(NamedTuple):
    """How bonds with the label begin and end; axis B companies and then `ISSUER_KINDS`.

    In money of the base year, where inflation takes a part of what is outstanding: new money + refinancing =
    outstanding - (1 - `eroded_share`) outstanding of the year before + repaid + written off.
    """

    new_money_cny: Floats  # [B] issued in place of no other bond
    refinancing_cny: Floats  # [B] issued in place of bonds that fall due
    repaid_cny: Floats  # [B] when due, or from what failed companies leave
    written_off_cny: Floats  # [B] of failed companies, what guarantors pay included


class GuaranteeRecord(NamedTuple):
    """What governments guarantee of the debt of companies, and what lenders lose on all of it."""

    exposure_cny: Floats  # [P] guaranteed at the end of the year
    exposure_in_years_to_come_cny: Floats  # [P] the same, summed over the years until it is repaid
    owed_cny: Floats  # [] by companies at the end of the year, guaranteed or not
    lost_cny: Floats  # [] written off in the year, what guarantors pay included


class IssuerRecord(NamedTuple):
    """Green debt of issuers that are no companies, by province."""

    new_debt_cny: Floats  # [P] bonds and loans within their limits
    refused_cny: Floats  # [P] planned beyond them
    loans_outstanding_cny: Floats  # [P] at the end of the year


class FinanceRecord(NamedTuple):
    """Loans, and what is lost."""

    loans_granted_cny: Floats  # [] for projects, what is issued as bonds in their place included
    green: GreenDebt
    bonds: BondRecord
    issuers: IssuerRecord
    guarantees: GuaranteeRecord
    rolled_over_cny: Floats  # [] missing cash that lenders lent for another year
    loans_outstanding_cny: Floats  # []
    lender_loss_cny: Floats  # []
    cost_of_debt_ordinary: Floats  # [] mean, nominal
    cost_of_debt_green: Floats  # []
    stranded_cny: Floats  # [P, S] book value left at what closes
    stranded_lent_cny: Floats  # [P] the part of it that lenders have financed
    dividend_cny: Floats  # [] to parents
    rescue_cny: Floats  # [] by parents elsewhere to central ones
    injection_cny: Floats  # [] paid in by parents for projects, and for what is bought of failed companies
    central_bank: CentralBankRecord
    promises: PromiseRecord
    failures: FailureRecord


def measure_carbon_market(year: YearOutcome, plants: PowerPlants, industry: Industry) -> CarbonMarketRecord:
    """Measure prices on CO2 and their revenue."""
    province, fund = plants.province[: year.plants.output_mwh.size], year.invested.green_fund
    provinces = year.carbon.auction_revenue_cny.size
    return CarbonMarketRecord(
        price_cny_per_tco2=np.array(year.carbon.price_cny_per_tco2),
        effective_price_cny_per_tco2=year.signals.carbon.carbon_cost_cny_per_tco2,
        allocated_tco2=sum_by_group(province, year.plants.allocated_tco2, provinces)
        + sum_by_group(industry.province, year.industry.allocated_tco2, provinces),
        green_fund=GreenFundRecord(fund.paid_in_cny, fund.paid_out_cny, fund.balance_cny),
    )


def measure_finance(
    year: YearOutcome, lenders: Sequence[Lender], books: tuple[Register, Register], region: Region
) -> FinanceRecord:
    """Measure loans and losses."""
    finance, invested = year.finance, year.invested
    green, relent = green_debt(*books, region, year.signals.year), year.relent
    outstanding_cny = sum(lender.outstanding_cny for lender in lenders)
    return FinanceRecord(
        loans_granted_cny=np.array(invested.borrowed.loan_cny),
        green=green,
        bonds=_measure_bonds(year, green, region),
        issuers=_measure_issuers(year, region),
        guarantees=_measure_guarantees(year, books[0], region),
        rolled_over_cny=np.array(finance.settlement.borrowed_cny.sum()),
        loans_outstanding_cny=np.array(outstanding_cny - green.bonds_outstanding_cny),
        lender_loss_cny=np.array(finance.failures.lender_loss_cny + finance.hubs.money.loss_cny.sum()),
        cost_of_debt_ordinary=np.array(invested.cost_of_debt_ordinary),
        cost_of_debt_green=np.array(invested.cost_of_debt_green),
        stranded_cny=year.stranded.by_sector_cny,
        stranded_lent_cny=year.stranded.lent_cny,
        dividend_cny=np.array(finance.settlement.dividend_cny.sum()),
        rescue_cny=np.array(finance.settlement.rescued_cny.sum() - finance.rescue_cny.sum()),
        injection_cny=np.array(invested.borrowed.injected_cny.sum() + finance.failures.injected_cny.sum()),
        central_bank=CentralBankRecord(
            relent_cny=relent.cny,
            forgone_interest_cny=region.finance.parameters["bank_funding_cost"] * relent.cny
            - relent.interest_cny,
        ),
        promises=_measure_promises(year.signals.promises, region),
        failures=measure_failures(finance.failures),
    )


def _measure_bonds(year: YearOutcome, green: GreenDebt, region: Region) -> BondRecord:
    """Measure what bonds bring and where they end, companies first."""
    public, settlement = year.invested.public, year.finance.settlement
    ended, kind = year.finance.failures.ended_bonds, region.finance.issuers.kind

    def by_issuer(of_companies_cny: float, of_public_cny: Floats) -> Floats:
        of_kinds = sum_by_group(kind, of_public_cny.sum(axis=0), len(ISSUER_KINDS))
        return np.concatenate([[of_companies_cny], of_kinds])

    refinancing = float(green.company_refinancing_cny)
    return BondRecord(
        by_issuer(float(green.company_bonds_cny) - refinancing, public.issued_cny - public.refinanced_cny),
        by_issuer(refinancing, public.refinanced_cny),
        by_issuer(settlement.matured_bonds_cny.sum() + ended.repaid_cny, public.repaid_cny),
        by_issuer(ended.written_off_cny, np.zeros(public.repaid_cny.shape)),  # only companies fail
    )


def _measure_issuers(year: YearOutcome, region: Region) -> IssuerRecord:
    """Sum the green debt of issuers that are no companies by province."""
    accounts, province = year.invested.public.accounts, region.finance.issuers.province
    amounts = (
        accounts.planned_cny - accounts.refused_cny,
        accounts.refused_cny,
        accounts.loans_outstanding_cny,
    )
    return IssuerRecord(*(sum_by_group(province, cny, len(region.axes.provinces)) for cny in amounts))


def _measure_guarantees(year: YearOutcome, book: Register, region: Region) -> GuaranteeRecord:
    """Measure the liability of guarantors, by the plan of repayment of each loan."""
    now, failures, terms = year.signals.year, year.finance.failures, book.terms
    level, provinces = price_level(region, now), failures.guarantee_cny.size
    guaranteed = terms.guarantee_share * book.balance_cny / level
    first = np.maximum(terms.first_repayment_year, now + 1)
    repayments = np.maximum(terms.last_repayment_year - first + 1, 1)  # in equal parts
    years_at_risk = first - now - 1 + (repayments + 1) / 2.0
    return GuaranteeRecord(
        sum_by_group(book.purpose.province, guaranteed, provinces),
        sum_by_group(book.purpose.province, guaranteed * years_at_risk, provinces),
        np.array(book.balance_cny.sum() / level),
        np.array(failures.lender_loss_cny + failures.guarantee_cny.sum()),
    )


def _measure_promises(promises: Promises, region: Region) -> PromiseRecord:
    """Measure what was promised and broken, and the credibility by kind of owner."""
    kinds = np.array(region.finance.owners.kind)
    means = [
        promises.credibility[kinds == kind].mean() if (kinds == kind).any() else np.nan
        for kind in OWNER_KINDS
    ]
    return PromiseRecord(promises.promised_cny, promises.broken_cny, np.array(means))


def measure_failures(failures: Failures) -> FailureRecord:
    """Add up the companies that fail, for the region as a whole."""
    return FailureRecord(
        exits=np.array(failures.exits.sum()),
        defaults=np.array(failures.defaults.sum()),
        sold_cny=np.array(failures.sold_cny.sum()),
        left_cny=np.array(failures.left_cny.sum()),
        repaid_cny=np.array(failures.repaid_cny.sum()),
        recovered_cny=np.array(failures.recovered_cny.sum()),
        kept_running_cny=np.array(failures.kept_running_cny.sum()),
    )
