"""Finance: subsidies are paid, cash flows settled, debts served, accounts of lenders settled."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import F
from tanlu.core.outcomes import CO2Outcome
from tanlu.core.parties import FIRST_BUSINESS
from tanlu.core.signals import Signals
from tanlu.core.taxes import OTHER_INCOME, TaxLaw
from tanlu.finance.bonds import greenium, maturing_cny
from tanlu.finance.companies import Cashflow, Settlement
from tanlu.finance.credit import price_level
from tanlu.finance.register import BOND, subsidy_by_loan_year
from tanlu.finance.relending import Relent
from tanlu.markets.carbon import CarbonOutcome
from tanlu.markets.co2 import capture_laws, capture_years, locate_emitters
from tanlu.markets.levies import charge
from tanlu.markets.production import Operation
from tanlu.markets.subsidy_budgets import Captors, pay_by_the_piece, pay_for_capture
from tanlu.region.pack import Region
from tanlu.settlement.added_earnings import AddedEarnings, earn_added
from tanlu.settlement.carbon_revenue import RevenueRecycling, fixed_price_cny
from tanlu.settlement.credit.application import renew_bonds, roll_over
from tanlu.settlement.credit.contract import repay_dues, take_over
from tanlu.settlement.failure.failing import Failures, fail
from tanlu.settlement.hub_accounts import HubAccounts, settle_hubs
from tanlu.state.actors import Actors
from tanlu.state.state import BudgetState, FinanceState


class BusinessSubsidies(NamedTuple):
    """What power units and then facilities got from subsidy budgets, CNY [N]."""

    capture_cny: Floats
    contract_cny: Floats  # by contracts for difference
    goods_cny: Floats  # for what facilities make

    @property
    def all_cny(self) -> Floats:
        """Sum all subsidies."""
        return np.asarray(self.capture_cny + self.contract_cny + self.goods_cny)


class DebtAid(NamedTuple):
    """What governments pay and get in a year for the debt of companies, CNY of 2020."""

    interest_cny: Floats  # [P]
    interest_by_loan_year_cny: Floats  # [P, D, PAPERS, ISSUES]
    rescue_cny: Floats  # [P]
    bond_issue_cny: Floats  # [P] of the cost of issue of bonds that replace others
    guarantee_fee_cny: Floats  # [P] that they get for guarantees of loans of former years


class FinanceOutcome(NamedTuple):
    """Who got and paid what, subsidies from budgets aside, CNY of 2020; W companies, P provinces, D `DATA_YEARS`."""

    settlement: Settlement
    failures: Failures
    interest_subsidy_cny: Floats  # [P]
    subsidy_by_loan_year_cny: Floats  # [P, D, PAPERS, ISSUES] the same, by the year of the loan
    bond_issue_cny: Floats  # [P] of the cost of issue of bonds that replace others
    guarantee_fee_cny: Floats  # [P] for debt of former years, which the settlement has in its interest
    rescue_cny: Floats  # [P] paid to local companies that lacked cash; the settlement has all rescues
    relent: Relent  # by the central bank, for loans of former years
    carbon_revenue_cny: (
        Floats  # [P] of fixed prices that plants and facilities pay, for agents that follow the year
    )
    added_cny: Mapping[str, Floats]  # [P] that added kinds earned
    subsidies: BusinessSubsidies
    recycling: RevenueRecycling  # of carbon revenue
    hubs: HubAccounts
    company_tax_cny: Floats  # [P] where companies are active; centre and provinces share it
    money_error: float  # relative residual of the companies' cash


def settle(
    state: FinanceState,
    budgets: BudgetState,
    signals: Signals,
    region: Region,
    actors: Actors,
    operation: Operation,
    carbon: CarbonOutcome,
    recycling: RevenueRecycling,
) -> tuple[FinanceState, BudgetState, FinanceOutcome]:
    """Settle the year (docs/model/finance.md)."""
    plants, industry, companies = actors.plants, actors.industry, actors.companies
    extra = earn_added(actors.borrowers, signals, len(companies))
    place, co2 = locate_emitters(plants, industry), operation.co2
    budgets, subsidies = _pay_businesses(budgets, signals, actors, operation)
    gain = subsidies.all_cny + recycling.returned.output_cny, _handling_gain(signals, co2, place[0])
    cashflow = _cashflow(state, signals, actors, operation, carbon, gain, extra)
    cash = companies.cash_cny.copy()
    operating = _operating(actors, operation, gain[0] + gain[1])  # by owner, before anything is sold
    state, settlement, failures, public, relent = _serve_debt(state, cashflow, actors, region, signals)
    state, hubs = settle_hubs(state, actors, region, signals, co2, public.rescue_cny)
    return (
        state,
        budgets,
        FinanceOutcome(
            settlement=settlement,
            failures=failures,
            interest_subsidy_cny=public.interest_cny,
            subsidy_by_loan_year_cny=public.interest_by_loan_year_cny,
            bond_issue_cny=public.bond_issue_cny,
            guarantee_fee_cny=public.guarantee_fee_cny,
            rescue_cny=public.rescue_cny,
            relent=relent,
            carbon_revenue_cny=sum_by_group(
                place[0], fixed_price_cny(signals, operation, plants, industry), len(region.axes.provinces)
            ),
            added_cny=extra.by_kind_cny,
            subsidies=subsidies,
            recycling=recycling,
            hubs=hubs,
            company_tax_cny=(settlement.tax_cny[:, None] * companies.province_share).sum(axis=0),
            money_error=_money_error(
                companies.cash_cny - cash, operating, carbon, settlement, failures, extra
            ),
        ),
    )


def _serve_debt(
    state: FinanceState, cashflow: Cashflow, actors: Actors, region: Region, signals: Signals
) -> tuple[FinanceState, Settlement, Failures, DebtAid, Relent]:
    """Let companies pay dues, roll over, be rescued or fail.

    Returns:
        the state after it, how companies' money went, who failed, what governments paid, and what the central bank
        lent lenders, CNY of 2020.
    """
    companies, lenders, level = actors.companies, actors.lenders, price_level(region, signals.year)
    state = state.archive_repaid(signals.year)
    state = state._replace(greenium=greenium(state.books, region, signals.year))
    take_over(state.register, companies, lenders, level)  # inflation has made last year's debt smaller
    for lender in lenders:
        lender.open_year()
    maturing = maturing_cny(state.register, signals.year)
    matured = sum_by_group(state.register.purpose.borrower, maturing, len(companies)) / level
    state, dues, due = repay_dues(state, companies, region, signals.year)
    by_year = subsidy_by_loan_year(state.register.purpose, dues, due.subsidy_cny.size, level)
    loans = np.where(state.register.purpose.kind == BOND, 0.0, dues.repayment_cny)
    for lender, received in zip(lenders, due.received_cny.tolist(), strict=True):
        lender.collect(received)
    take_over(state.register, companies, lenders, level)
    state, renewed, issue_grant = renew_bonds(state, maturing, companies, lenders, region, signals)
    due = due._replace(repayment_cny=due.repayment_cny - renewed)
    tax, dividend = companies.settle(cashflow, due)
    take_over(state.register, companies, lenders, level)
    short = np.maximum(-companies.cash_cny, 0.0) * ~companies.failed
    state, borrowed = roll_over(state, short, companies, lenders, region, signals)
    companies.cash_cny = companies.cash_cny + borrowed
    take_over(state.register, companies, lenders, level)
    new_loans = np.zeros(state.register.balance_cny.size - loans.size)  # entered since
    state, rescue, failures = fail(state, np.concatenate([loans, new_loans]), actors, region, signals)
    dividend = dividend + failures.to_owner_cny
    settlement = Settlement(
        due.interest_cny,
        due.repayment_cny - failures.not_repaid_cny,
        tax,
        dividend,
        borrowed,
        rescue.to_companies_cny,
        matured,
    )
    relent = Relent(due.relent_cny, due.relending_interest_cny)
    public = due.subsidy_cny, by_year, rescue.by_provinces_cny, issue_grant, due.guarantee_fee_cny
    return state, settlement, failures, DebtAid(*public), relent


def _cashflow(
    state: FinanceState,
    signals: Signals,
    actors: Actors,
    operation: Operation,
    carbon: CarbonOutcome,
    support: tuple[Floats, Floats],
    extra: AddedEarnings,
) -> Cashflow:
    """Compute companies' cash flow; units and facilities remember their earnings.

    `support` is subsidies, and what captured CO2 brought or cost otherwise, CNY by unit and then facility.
    """
    plants, industry, w = actors.plants, actors.industry, len(actors.companies)
    (subsidy, handling), law, year = support, signals.taxes, signals.year
    n, facility = len(plants), ~industry.is_block
    power, goods = operation.plants.profit_cny, operation.industry.profit_cny
    profit = np.concatenate([power, goods * facility])
    holdings, income = plants.holdings, profit + subsidy + handling
    owner = np.concatenate([holdings.owner, industry.owner])
    parts = np.concatenate([holdings.parts(income[:n]), income[n:]])
    operating = sum_by_group(owner, parts, w) + carbon.price_correction_cny
    operating += extra.operating_cny
    plants.remember(power - operation.plants.reserve_cny + (subsidy + handling)[:n])
    industry.remember(goods + (subsidy + handling)[n:])
    rate = _tax_rates(law, actors, year)
    book = np.concatenate([holdings.book_value_cny, industry.book_value_cny + industry.facility_value_cny])
    written_off = np.concatenate([plants.depreciate(year), industry.depreciate(year)])
    depreciation = sum_by_group(owner, written_off, w) + extra.depreciation_cny
    general = float(law.full_rate(OTHER_INCOME, year))
    other = carbon.price_correction_cny + extra.operating_cny - extra.depreciation_cny
    tax = sum_by_group(owner, rate * (parts - written_off), w) + general * other
    financed = sum_by_group(owner, book, w)
    mean_rate = np.divide(
        sum_by_group(owner, rate * book, w), financed, out=np.full(w, general), where=financed > 0.0
    )
    return Cashflow(operating, depreciation, state.written_off_cny, tax, mean_rate)


def _tax_rates(law: TaxLaw, actors: Actors, year: int) -> Floats:
    """Return the year's tax rate of each holding and then facility, by class and age."""
    plants, industry = actors.plants, actors.industry
    row = plants.holdings.row
    tax_class = np.concatenate([plants.fuel[row], F + industry.sector])
    first_income_year = np.concatenate([plants.commissioned_year[row], industry.start_year])
    return law.rates_in(tax_class, first_income_year, year)


def _pay_businesses(
    budgets: BudgetState, signals: Signals, actors: Actors, operation: Operation
) -> tuple[BudgetState, BusinessSubsidies]:
    """Pay the year's subsidies to power units and facilities, and charge levies."""
    rows, captors = _captors(signals, actors, operation.co2)
    captured, lifted = np.zeros((2, len(actors.plants) + len(actors.industry)))
    budgets, captured[rows], lifted[rows] = pay_for_capture(budgets, actors.regulators, signals, captors)
    bases = actors.industry.charged(signals, operation.production)
    budgets = budgets.add_payments(charge(signals.policy, bases))
    sales = actors.industry.subsidised(operation.production)
    budgets, goods = pay_by_the_piece(budgets, actors.regulators, signals.policy, sales)
    by_row = np.concatenate([np.zeros(len(actors.plants)), goods])
    return budgets, BusinessSubsidies(captured, lifted, by_row)


def _captors(signals: Signals, actors: Actors, co2: CO2Outcome) -> tuple[Integers, Captors]:
    """Select captors by unit and then facility, with their rows [n]."""
    plants, industry, kept_tco2 = actors.plants, actors.industry, co2.sequestered_tco2
    rows, since = np.flatnonzero(kept_tco2), capture_years(plants, industry)
    province, sector = locate_emitters(plants, industry)
    return rows, Captors(
        province=province[rows],
        sector=sector[rows],
        business=np.concatenate([FIRST_BUSINESS + plants.fuel, industry.business])[rows],
        law=capture_laws(plants, industry)[rows],
        years=signals.year - since[rows],
        order=np.argsort(since[rows], kind="stable"),
        kept_tco2=kept_tco2[rows],
        stored_tco2=co2.stored_tco2[rows],
    )


def _handling_gain(signals: Signals, co2: CO2Outcome, province: Integers) -> Floats:
    """Compute the gain of captured CO2 over the posted tariff, CNY [N].

    Accounts charge the posted tariff on every captured tonne; true cost and product sales take its place.
    """
    charged = signals.co2.co2_tariff_cny_per_tco2[province] * co2.captured_tco2
    return charged + co2.product_revenue_cny - co2.transport_storage_cost_cny


def _operating(actors: Actors, operation: Operation, support: Floats) -> tuple[Floats, Floats]:
    """Sum receipts and payments of units and facilities, CNY [W] each."""
    w, n, facility = len(actors.companies), len(actors.plants), ~actors.industry.is_block
    plants, industry = operation.plants, operation.industry

    def by_owner(power: Floats, goods: Floats) -> Floats:
        return actors.plants.holdings.by_owner(power, w) + sum_by_group(actors.industry.owner, goods, w)

    inflow = by_owner(
        plants.revenue_cny + plants.heat_cny + plants.support_cny + support[:n],
        industry.revenue_cny * facility + support[n:],
    )
    running = plants.fuel_cost_cny + plants.operation_cost_cny + plants.capture_cost_cny
    production = industry.production_cost_cny + industry.capture_cost_cny + industry.levies_cny
    return inflow, by_owner(
        running + plants.carbon_cost_cny, (production + industry.carbon_cost_cny) * facility
    )


def _money_error(
    change: Floats,
    operating: tuple[Floats, Floats],
    carbon: CarbonOutcome,
    s: Settlement,
    failures: Failures,
    extra: AddedEarnings,
) -> float:
    """Compute the residual of companies' cash, relative to all payments."""
    inflow, outflow = operating
    inflow = inflow + extra.operating_cny + carbon.price_correction_cny + s.borrowed_cny + s.rescued_cny
    inflow = inflow + failures.unpaid_cny + failures.kept_running_cny + failures.sold_cny
    inflow = inflow + failures.loans_cny + failures.injected_cny
    outflow = outflow + s.interest_cny + s.principal_cny + s.tax_cny + s.dividend_cny
    outflow = outflow + failures.bought_cny + failures.repaid_cny + failures.recovered_cny
    gross = np.abs(inflow).sum() + np.abs(outflow).sum()
    return float(np.abs(change - (inflow - outflow)).max() / max(gross, 1.0))
