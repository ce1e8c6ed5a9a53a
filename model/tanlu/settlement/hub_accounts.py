"""Accounts of CO2 hubs: what shippers and the public pay them, and what they owe for their lines."""

from typing import NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub, Line
from tanlu.core.arrays import Floats
from tanlu.core.outcomes import CO2Outcome
from tanlu.core.signals import Signals
from tanlu.finance.credit import price_level
from tanlu.finance.hub_credit import LinePlan, settle_debt
from tanlu.finance.register import Register, debt_cny
from tanlu.kernels.finance.hubs import HubSettlement, HubYear
from tanlu.region.pack import Region
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState


class HubAccounts(NamedTuple):
    """What the hubs of all clusters got and paid in a year, CNY of 2020."""

    support_cny: Floats  # [P] that the public stood for
    rescue_cny: Floats  # [P] that it pays besides, so that hubs or their lines go on
    charged_cny: float  # to who ships through their lines, without what stores get
    operation_cny: float  # and upkeep of lines
    profit_cny: Floats  # [H] before what they owe
    money: HubSettlement


def settle_hubs(
    state: FinanceState,
    actors: Actors,
    region: Region,
    signals: Signals,
    co2: CO2Outcome,
    rescued_cny: Floats,
) -> tuple[FinanceState, HubAccounts]:
    """Settle provinces' support and debts of hubs (docs/model/co2.md).

    `rescued_cny` is what provinces have paid for local companies in the year [P].
    """
    hubs, year = actors.hubs, signals.year
    support, rescue = np.zeros(rescued_cny.size), np.zeros(rescued_cny.size)
    profit = np.zeros(len(hubs))
    charged = operation = 0.0
    for hub in (hub for hub in hubs if hub.lines):
        shipped = float(co2.shipped_tco2[hub.row])
        revenue = hub.charge_cny_per_tco2 * shipped + float(co2.idle_charge_cny[hub.row])
        running = hub.operation_cny(year) if revenue > 0.0 or not hub.failed else 0.0
        guarantee = hub.owed_by_public_cny(year, revenue, guarantee_share(hub, signals))
        charged, operation = charged + revenue, operation + running
        profit[hub.row] = revenue + guarantee - running
        support[hub.province] += guarantee
        if running > 0.0:
            hub.remember(float(profit[hub.row]))
    budget = np.maximum(signals.policy.finance.provinces_rescue_budget_cny - rescued_cny, 0.0)
    hub_year = HubYear(
        cash_cny=np.array([hub.cash_cny for hub in hubs]),
        failed=np.array([hub.failed for hub in hubs], np.bool_),
        province=np.array([hub.province for hub in hubs], np.int64),
        profit_cny=profit,
        worth_cny=np.array([hub.worth_cny(year) for hub in hubs]),
    )
    book, money = settle_debt(state.hubs, hub_year, budget, actors.lenders, region, year)
    for hub, cash_cny, fails in zip(hubs, money.cash_cny.tolist(), money.failing.tolist(), strict=True):
        hub.cash_cny, hub.failed = cash_cny, hub.failed or fails
        rescue[hub.province] += money.rescued_cny[hub.row] + money.kept_running_cny[hub.row]
    owe_loans(hubs, book, price_level(region, year))
    return state._replace(hubs=book), HubAccounts(support, rescue, charged, operation, profit, money)


def guarantee_share(hub: CO2Hub, signals: Signals) -> float:
    """Average the guaranteed share of a hub's losses over its lines.

    It was promised when they were started; they count by what they cost.
    """
    promised = [float(signals.laws[line.law].hubs.guarantee_share[hub.province]) for line in hub.lines]
    if min(promised) == max(promised):
        return promised[0]
    return float(np.average(promised, weights=[line.investment_cny for line in hub.lines]))


def owe_loans(hubs: list[CO2Hub], book: Register, level: float) -> None:
    """Set the debts of hubs by the register."""
    for hub, hub_debt in zip(hubs, debt_cny(book, len(hubs), level).tolist(), strict=True):
        hub.debt_cny = hub_debt


def line_plans(laid: list[tuple[CO2Hub, Line, float]], year: int) -> list[LinePlan]:
    """List the loans that hubs need for new lines.

    The hubs have the lines already; each loan is for a hub's part of them.
    """
    return [
        LinePlan(
            hub=hub.row,
            hub_id=hub.hub_id,
            province=hub.province,
            investment_cny=line.investment_cny,
            ready_year=line.ready_year,
            assets_cny=hub.assets_cny(year),
            charge_cny=hub.capital_charge_cny(),
        )
        for hub, line, _ in laid
    ]
