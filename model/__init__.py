"""Tanlu 碳路: an agent-based simulator of regional decarbonization policy."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.comparison import Comparison, compare
    from model.finance import appraise
    from model.loading import load
    from model.markets.carbon import clear_carbon_market
    from model.markets.electricity import dispatch
    from model.region import load_region
    from model.results import Result, load_result, simulate
    from model.scenario import Scenario
    from model.simulation import Inputs, RegionModel

__all__ = [
    "Comparison",
    "Inputs",
    "RegionModel",
    "Result",
    "Scenario",
    "appraise",
    "clear_carbon_market",
    "compare",
    "dispatch",
    "load",
    "load_region",
    "load_result",
    "simulate",
]

# The home of each name: imported at first use, because the model takes a second and a check of a file must not.
_HOMES = {
    "Comparison": "model.comparison",
    "Inputs": "model.simulation",
    "RegionModel": "model.simulation",
    "Result": "model.results",
    "Scenario": "model.scenario",
    "appraise": "model.finance",
    "clear_carbon_market": "model.markets.carbon",
    "compare": "model.comparison",
    "dispatch": "model.markets.electricity",
    "load": "model.loading",
    "load_region": "model.region",
    "load_result": "model.results",
    "simulate": "model.results",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'model' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
