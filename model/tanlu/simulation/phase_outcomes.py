"""Outcomes of the phases of a year so far, as added agents see them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.words.messages import build_message
from tanlu.decisions.outcome import InvestOutcome
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.carbon import CarbonOutcome
from tanlu.markets.demand import DemandYear
from tanlu.markets.production import Operation
from tanlu.markets.vehicles import RoadMoney
from tanlu.power.tariffs import Tariffs
from tanlu.settlement.accounts import FinanceOutcome
from tanlu.settlement.carbon_revenue import ReturnedRevenue
from tanlu.settlement.closures import Stranded
from tanlu.state.offers import OffersYear


class PhaseOutcomes(Mapping[str, Any]):
    """What the phases of a year brought so far, as fields and by name; a phase to come has nothing yet."""

    announce: Signals
    demand: DemandYear
    offer: OffersYear
    electricity: PowerOutcome
    production: tuple[PlantAccounts, ProductionOutcome]
    co2: Operation
    carbon_market: tuple[CarbonOutcome, ReturnedRevenue]
    tariffs: Tariffs
    finance: tuple[FinanceOutcome, RoadMoney]
    invest: InvestOutcome
    age: Stranded

    def __init__(self, outcomes: Mapping[str, Any]) -> None:
        self.__dict__.update(outcomes)

    def __getattr__(self, name: str) -> Any:
        """Refuse the name of a phase that has not passed.

        Raises:
            ExtensionError: in any case.
        """
        if name.startswith("__"):
            raise AttributeError(name)
        passed = list(self.__dict__)
        advice = suggest(nearest(name, passed), build_message("there_are", names=passed))
        raise ExtensionError(build_message("phase_not_passed", name=printable(name), advice=advice))

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)
