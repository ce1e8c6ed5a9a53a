"""Finance: subsidies are paid, cash flows settled, debts served, lenders' books closed."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import P
from tanlu.core.outcomes import CO2Outcome, ProductionOutcome
from tanlu.core.signals import Signals
from tanlu.finance.companies import Cashflow, Settlement
from tanlu.industry.facilities import Industry
from tanlu.industry.state import IndustryAccounts
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import Region
from tanlu.simulation.steps.co2 import places
from tanlu.simulation.steps.open_season import settle_hubs
from tanlu.simulation.steps.subsidy_budgets import pay_for_scrap

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel
    from tanlu.simulation.steps.carbon import CarbonOutcome


class FinanceOutcome(NamedTuple):
    """Who got and paid what; W companies, P provinces, money in CNY of 2020."""

    settlement: Settlement
    capture_subsidy_cny: Floats  # [P]
    scrap_subsidy_cny: Floats  # [P]
    purse_left_cny: Floats  # [K] of each subsidy scheme
    interest_subsidy_cny: Floats  # [P]
    guarantee_cny: Floats  # [P] paid to lenders for their losses on green loans
    hub_support_cny: Floats  # [P] for CO2 hubs
    carbon_revenue_cny: Floats  # [P] of fixed prices
    efficiency_penalty_cny: Floats  # [P]
    lender_loss_cny: float
    money_error: float  # relative residual of the companies' cash


def initial_assets(region: Region, plants: PowerPlants, industry: Industry) -> Floats:
    """Return what each company's assets in the region are worth at the start, CNY [W].

    Power units at book value, works at replacement cost less age, both with what is still being built.
    """
    w = len(region.finance.owners.ids)
    power = np.bincount(plants.owner, plants.book_value_cny, w)
    goods = np.bincount(industry.owner, industry.works_value_cny, w)
    return power + goods + region.parameters["smallest_company_assets_cny"]


def settle(
    model: "RegionModel",
    signals: Signals,
    plants: PlantAccounts,
    made: ProductionOutcome,
    industry: IndustryAccounts,
    co2: CO2Outcome,
    carbon: "CarbonOutcome",
) -> FinanceOutcome:
    """Close the year's books (docs/model/finance.md)."""
    owner = np.concatenate([model.plants.owner, model.industry.owner])
    w, where = len(model.companies), places(model)
    subsidy, by_province, left = _pay_capture_subsidies(model, signals, co2, where)
    handling = _handling_gain(signals, co2, where[0])
    scrap = pay_for_scrap(model, signals, made)
    subsidy = subsidy + np.concatenate([np.zeros(len(model.plants)), scrap])
    facility = ~model.industry.is_block
    profit = np.concatenate([plants.profit_cny, industry.profit_cny * facility])
    operating = np.bincount(owner, profit + subsidy + handling, w) + carbon.price_correction_cny
    n = len(model.plants)
    model.plants.remember(plants.profit_cny + (subsidy + handling)[:n])
    model.industry.remember(industry.profit_cny + (subsidy + handling)[n:])
    depreciation = np.bincount(model.plants.owner, model.plants.depreciate(signals.year), w)
    depreciation += np.bincount(model.industry.owner, model.industry.depreciate(signals.year), w)
    before = model.companies.cash_cny.copy()
    outstanding = model.companies.debt_cny.sum()
    settlement = model.companies.settle(Cashflow(operating, depreciation, model.written_off_cny))
    interest_subsidy = model.green_outstanding_cny * signals.green_interest_subsidy
    loss = float((settlement.loss_cny - settlement.unpaid_cny).sum())  # bills left unpaid were never a loan
    owed = model.green_outstanding_cny * signals.green_guarantee_share
    guarantee = loss * owed / max(float(outstanding), 1.0)
    _close_lenders(
        model, settlement, float(outstanding), float(interest_subsidy.sum()), float(guarantee.sum())
    )
    revenue = _fixed_price_revenue(signals, plants, made, co2, where)
    penalty = np.bincount(model.industry.province, industry.efficiency_penalty_cny, P)
    _book_public(model, interest_subsidy, guarantee, revenue, carbon.auction_revenue_cny, penalty)
    return FinanceOutcome(
        settlement=settlement,
        capture_subsidy_cny=by_province,
        scrap_subsidy_cny=np.bincount(model.industry.province, scrap, P),
        purse_left_cny=left,
        interest_subsidy_cny=interest_subsidy,
        guarantee_cny=guarantee,
        hub_support_cny=settle_hubs(model, signals, co2),
        carbon_revenue_cny=revenue,
        efficiency_penalty_cny=penalty,
        lender_loss_cny=loss - float(guarantee.sum()),
        money_error=_money_error(model, before, plants, industry, subsidy + handling, carbon, settlement),
    )


def _pay_capture_subsidies(
    model: "RegionModel", signals: Signals, co2: CO2Outcome, where: tuple[Integers, Integers]
) -> tuple[Floats, Floats, Floats]:
    """Pay each scheme's claims per tonne kept from the air, oldest capture first, until its purse is empty.

    `where` is province and sector of every decider.

    Returns:
        CNY per decider, per province, and what is left in each purse.
    """
    kept = co2.kept_tco2
    rows = np.flatnonzero(kept)
    province, sector = (axis[rows] for axis in where)
    since = np.concatenate([model.plants.capture_year, model.industry.capture_year])[rows]
    order = np.argsort(since, kind="stable")
    paid, left = np.zeros(kept.size), np.zeros(len(model.capture_purse_holders))
    for k, holder in enumerate(model.capture_purse_holders):
        rate = model.paths.ccus_rate_cny_per_tco2[k, signals.row]
        claims = rate[province, sector] * kept[rows]
        budget = float(model.paths.ccus_budget_cny[k, signals.row])
        got = model.regulators[holder].pay("capture_subsidy", claims, order, budget)
        paid[rows] += got
        left[k] = max(budget - float(got.sum()), 0.0)
        model.purse_odds[k] = got.sum() / claims.sum() if claims.any() else 1.0
    return paid, np.bincount(province, paid[rows], P), left


def _handling_gain(signals: Signals, co2: CO2Outcome, province: Integers) -> Floats:
    """Return what a captured tonne brought or cost beside what was posted, CNY by decider.

    Accounts charge the posted tariff on every captured tonne; true cost and product sales take its place.
    """
    charged = signals.co2_tariff_cny_per_tco2[province] * co2.captured_tco2
    return charged + co2.product_revenue_cny - co2.transport_storage_cost_cny


def _close_lenders(
    model: "RegionModel",
    settlement: Settlement,
    outstanding: float,
    interest_subsidy: float,
    guarantee: float,
) -> None:
    """Pass repayments, interest and losses to the lenders by their share of all debt.

    Lenders get the contract rate: what borrowers pay, and the subsidy that makes the rest of it.
    """
    retained = model.inputs.region.finance.parameters["lender_retained_share"]
    years = model.inputs.region.finance.parameters["loan_years"]
    rate = (settlement.interest_cny.sum() + interest_subsidy) / max(outstanding, 1.0)
    loss = float((settlement.loss_cny - settlement.unpaid_cny).sum())
    for lender in model.lenders:
        share = lender.outstanding_cny / max(outstanding, 1.0)
        lender.collect(
            principal_cny=lender.outstanding_cny / years,
            interest_cny=lender.outstanding_cny * rate,
            loss_cny=share * loss,
            guaranteed_cny=share * guarantee,
            retained_share=retained,
        )
        lender.lend(share * float(settlement.borrowed_cny.sum()))
    model.green_outstanding_cny = model.green_outstanding_cny * (1.0 - 1.0 / years)


def _fixed_price_revenue(
    signals: Signals,
    plants: PlantAccounts,
    made: ProductionOutcome,
    co2: CO2Outcome,
    where: tuple[Integers, Integers],
) -> Floats:
    """Return what fixed carbon prices bring to the budget, CNY [P]; blocks pay through their consumers."""
    province, sector = where
    emitted = np.concatenate([plants.emitted_tco2, made.emitted_tco2.sum(axis=1)]) + co2.returned_tco2
    return np.bincount(province, emitted * signals.fixed_carbon_price_cny_per_tco2[province, sector], P)


def _book_public(
    model: "RegionModel",
    interest_subsidy: Floats,
    guarantee: Floats,
    revenue: Floats,
    auction: Floats,
    penalty: Floats,
) -> None:
    order = np.zeros(1, np.int64)
    for p, regulator in enumerate(list(model.regulators.values())[1:]):
        regulator.pay("interest_subsidy", interest_subsidy[p : p + 1], order, np.inf)
        regulator.pay("guarantee", guarantee[p : p + 1], order, np.inf)
        regulator.receive("carbon_price", float(revenue[p]))
        regulator.receive("allowance_sales", float(auction[p]))
        regulator.receive("efficiency_penalty", float(penalty[p]))


def _money_error(
    model: "RegionModel",
    before: Floats,
    plants: PlantAccounts,
    industry: IndustryAccounts,
    support: Floats,
    carbon: "CarbonOutcome",
    s: Settlement,
) -> float:
    """Return the residual of every company's cash against each payment it made or got, relative to the payments."""
    w, n, facility = len(model.companies), len(model.plants), ~model.industry.is_block

    def by_owner(power: Floats, goods: Floats) -> Floats:
        return np.bincount(model.plants.owner, power, w) + np.bincount(model.industry.owner, goods, w)

    got = by_owner(
        plants.revenue_cny + plants.support_cny + support[:n], industry.revenue_cny * facility + support[n:]
    )
    got = got + carbon.price_correction_cny + s.borrowed_cny + s.rescued_cny + s.unpaid_cny
    operation = plants.fuel_cost_cny + plants.operation_cost_cny + plants.capture_cost_cny
    production = industry.production_cost_cny + industry.capture_cost_cny + industry.efficiency_penalty_cny
    spent = by_owner(operation + plants.carbon_cost_cny, (production + industry.carbon_cost_cny) * facility)
    spent = spent + s.interest_cny + s.principal_cny + s.tax_cny + s.dividend_cny
    change = model.companies.cash_cny - before
    gross = np.abs(got).sum() + np.abs(spent).sum()
    return float(np.abs(change - (got - spent)).max() / max(gross, 1.0))
