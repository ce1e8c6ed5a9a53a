"""Invest: who decides this year borrows and starts, and everybody owes what was lent."""

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.signals import Signals
from tanlu.decisions.additions import finance_additions
from tanlu.decisions.outcome import InvestOutcome
from tanlu.decisions.rounds import Round, YearSoFar
from tanlu.finance.companies import Companies, Granted
from tanlu.finance.credit import price_level
from tanlu.investment.population import GREEN_RATE, ORDINARY_RATE
from tanlu.power.waste import plan_waste_plants
from tanlu.region.pack import Region
from tanlu.scenario.world import World
from tanlu.settlement.credit.contract import take_over
from tanlu.settlement.public_bonds import issue_public_bonds
from tanlu.state.actors import Actors
from tanlu.state.state import GreenFundState, State


def invest(
    state: State,
    signals: Signals,
    region: Region,
    world: World,
    actors: Actors,
    so_far: YearSoFar,
) -> tuple[State, InvestOutcome]:
    """Lend for what the pack lists and cities must have, then decide and start projects."""
    waste_plants = _start_waste_plants(actors, region, signals.year)
    grid = so_far.grid_tco2_per_mwh
    finance, borrowed = finance_additions(state.finance, actors, region, signals, grid, waste_plants)
    rates = _mean_rates(actors.companies, signals, finance.granted)
    state = state._replace(finance=finance)
    if signals.year >= region.parameters["first_decision_year"]:
        decisions = Round(region, world, actors, so_far)
        state, outlook = decisions.look(state, signals)
        selection = decisions.choose(state, outlook)
        state, outcome = decisions.fund(state, outlook, selection)
        outcome = outcome._replace(
            borrowed=borrowed.combine(outcome.borrowed),
            cost_of_debt_ordinary=rates[0],
            cost_of_debt_green=rates[1],
        )
    else:
        outcome = InvestOutcome.nothing(rates, borrowed, len(actors.hubs))
    finance, public = issue_public_bonds(state.finance, actors.lenders, region, signals)
    before, paid_in = state.green_fund.balance_cny, so_far.into_fund_cny
    fund = outcome.green_fund._replace(opening_cny=before, paid_in_cny=paid_in)
    state = state._replace(finance=finance, green_fund=GreenFundState(fund.balance_cny, fund.share))
    level = price_level(region, signals.year)
    take_over(state.finance.register, actors.companies, actors.lenders, level)  # what they owe now
    return state, outcome._replace(public=public, green_fund=fund)


def _start_waste_plants(actors: Actors, region: Region, year: int) -> Integers:
    """Start the waste plants that cities must have; return their rows."""
    plants = actors.plants
    if year < region.parameters["first_decision_year"]:
        return np.zeros(0, np.int64)
    new = plan_waste_plants(plants, actors.companies.failed, year)
    if new.ids:
        plants.add(new)
    return np.arange(len(plants) - len(new.ids), len(plants))


def _mean_rates(companies: Companies, signals: Signals, granted: Granted) -> tuple[float, float]:
    """Compute the mean nominal rates, ordinary and green, of companies.

    They are those on which companies count, weighted by debt.
    """
    weight = np.maximum(companies.debt_cny, 1.0)
    mean = (companies.borrowing_rates(signals, granted) * weight[:, None]).sum(axis=0) / weight.sum()
    return float(mean[ORDINARY_RATE]), float(mean[GREEN_RATE])
