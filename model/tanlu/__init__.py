"""Tanlu 碳路: an agent-based simulator of regional decarbonization policy."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tanlu.carbon_market.market import CarbonMarketYear, clear_carbon_market
    from tanlu.co2.market import CO2Buyer
    from tanlu.core.mesa_classes import Agent
    from tanlu.evaluation.greenhouse_gases.table import greenhouse_gases
    from tanlu.experiments.attribution.main import Attribution, attribute
    from tanlu.experiments.plans import load_experiment
    from tanlu.experiments.results import simulate, simulate_all
    from tanlu.experiments.search.main import SeekAnswer, seek
    from tanlu.experiments.stored import StoredExperiment, read_store
    from tanlu.finance.reviews import Decision, IntegralReview, Move, ReviewView
    from tanlu.indicators.base import Indicator
    from tanlu.investment.appraisal import ProjectCase, Taxes, appraise
    from tanlu.investment.borrowers import Borrowers, BorrowersView, Earned
    from tanlu.investment.closed_by import Closed
    from tanlu.investment.population import Appraisal
    from tanlu.investment.share_dynamics import advance_shares
    from tanlu.investment.waiting import trigger_price, waiting_multiple
    from tanlu.output.comparison import Comparison, compare
    from tanlu.output.extension import Extension, load_extension
    from tanlu.output.result import Result, load_result, result_at_hand
    from tanlu.policies.base import Policy
    from tanlu.power.market import MarketCase, dispatch
    from tanlu.power.trades import Load, Supply
    from tanlu.region.pack import load_region
    from tanlu.scenario.changes import with_changes
    from tanlu.scenario.factors import Factor, factors
    from tanlu.scenario.loading import load
    from tanlu.scenario.schema import Scenario
    from tanlu.simulation.course import YearView
    from tanlu.simulation.model import Inputs, RegionModel
    from tanlu.state.added import Effect, Payment
    from tanlu.state.added_uses import FuelUse

__all__ = [
    "Agent",
    "Appraisal",
    "Attribution",
    "Borrowers",
    "BorrowersView",
    "CO2Buyer",
    "CarbonMarketYear",
    "Closed",
    "Comparison",
    "Decision",
    "Earned",
    "Effect",
    "Extension",
    "Factor",
    "FuelUse",
    "Indicator",
    "Inputs",
    "IntegralReview",
    "Load",
    "MarketCase",
    "Move",
    "Payment",
    "Policy",
    "ProjectCase",
    "RegionModel",
    "Result",
    "ReviewView",
    "Scenario",
    "SeekAnswer",
    "StoredExperiment",
    "Supply",
    "Taxes",
    "YearView",
    "advance_shares",
    "appraise",
    "attribute",
    "clear_carbon_market",
    "compare",
    "dispatch",
    "factors",
    "greenhouse_gases",
    "load",
    "load_experiment",
    "load_extension",
    "load_region",
    "load_result",
    "read_store",
    "result_at_hand",
    "seek",
    "simulate",
    "simulate_all",
    "trigger_price",
    "waiting_multiple",
    "with_changes",
]

# The home of each name: imported at first use, because the model takes a second and a check of a file must not.
_HOMES = {
    "Agent": "tanlu.core.mesa_classes",
    "Appraisal": "tanlu.investment.population",
    "Attribution": "tanlu.experiments.attribution.main",
    "Borrowers": "tanlu.investment.borrowers",
    "BorrowersView": "tanlu.investment.borrowers",
    "CO2Buyer": "tanlu.co2.market",
    "CarbonMarketYear": "tanlu.carbon_market.market",
    "Closed": "tanlu.investment.closed_by",
    "Comparison": "tanlu.output.comparison",
    "Decision": "tanlu.finance.reviews",
    "Earned": "tanlu.investment.borrowers",
    "Effect": "tanlu.state.added",
    "Extension": "tanlu.output.extension",
    "Factor": "tanlu.scenario.factors",
    "FuelUse": "tanlu.state.added_uses",
    "Indicator": "tanlu.indicators.base",
    "Inputs": "tanlu.simulation.model",
    "IntegralReview": "tanlu.finance.reviews",
    "Load": "tanlu.power.trades",
    "MarketCase": "tanlu.power.market",
    "Move": "tanlu.finance.reviews",
    "Payment": "tanlu.state.added",
    "Policy": "tanlu.policies.base",
    "ProjectCase": "tanlu.investment.appraisal",
    "RegionModel": "tanlu.simulation.model",
    "Result": "tanlu.output.result",
    "ReviewView": "tanlu.finance.reviews",
    "Scenario": "tanlu.scenario.schema",
    "SeekAnswer": "tanlu.experiments.search.main",
    "StoredExperiment": "tanlu.experiments.stored",
    "Supply": "tanlu.power.trades",
    "Taxes": "tanlu.investment.appraisal",
    "YearView": "tanlu.simulation.course",
    "advance_shares": "tanlu.investment.share_dynamics",
    "appraise": "tanlu.investment.appraisal",
    "attribute": "tanlu.experiments.attribution.main",
    "clear_carbon_market": "tanlu.carbon_market.market",
    "compare": "tanlu.output.comparison",
    "dispatch": "tanlu.power.market",
    "factors": "tanlu.scenario.factors",
    "greenhouse_gases": "tanlu.evaluation.greenhouse_gases.table",
    "load": "tanlu.scenario.loading",
    "load_experiment": "tanlu.experiments.plans",
    "load_extension": "tanlu.output.extension",
    "load_region": "tanlu.region.pack",
    "load_result": "tanlu.output.result",
    "read_store": "tanlu.experiments.stored",
    "result_at_hand": "tanlu.output.result",
    "seek": "tanlu.experiments.search.main",
    "simulate": "tanlu.experiments.results",
    "simulate_all": "tanlu.experiments.results",
    "trigger_price": "tanlu.investment.waiting",
    "waiting_multiple": "tanlu.investment.waiting",
    "with_changes": "tanlu.scenario.changes",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tanlu' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
