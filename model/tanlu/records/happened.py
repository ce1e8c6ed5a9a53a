"""What one year brought, handed to those who record it."""

from typing import NamedTuple

from tanlu.adopters.cohorts import EndUse
from tanlu.buildings.builders import BuildingYear
from tanlu.core.arrays import Floats
from tanlu.core.outcomes import CO2Outcome, PowerOutcome
from tanlu.core.signals import Signals
from tanlu.decisions.outcome import InvestOutcome
from tanlu.finance.relending import Relent
from tanlu.industry.state import IndustryAccounts, ProductionPlan
from tanlu.industry.use import ProductUse
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.carbon import CarbonOutcome
from tanlu.markets.demand import Demand
from tanlu.markets.vehicles import RoadMoney
from tanlu.power.grid_factor import GridYear
from tanlu.power.tariffs import Tariffs
from tanlu.region.pack import Region
from tanlu.settlement.accounts import FinanceOutcome
from tanlu.settlement.closures import Stranded
from tanlu.state.added import AddedYear
from tanlu.state.opening import Books
from tanlu.state.state import BudgetState
from tanlu.transport.vehicles import FleetYear


class YearOutcome(NamedTuple):
    """Everything that happened in one year, in the order it happened."""

    opening: Books  # before it
    signals: Signals
    demand: Demand
    power: PowerOutcome
    fleet: FleetYear
    new_buildings: BuildingYear
    end_use: EndUse
    plan: ProductionPlan
    use: ProductUse
    plants: PlantAccounts
    production: ProductionOutcome
    industry: IndustryAccounts
    co2: CO2Outcome
    carbon: CarbonOutcome
    finance: FinanceOutcome
    road: RoadMoney
    grid: GridYear
    budgets: BudgetState  # of subsidies, after it
    invested: InvestOutcome
    tariffs: Tariffs
    stranded: Stranded
    extensions: AddedYear

    def rail_cny(self, region: Region) -> Floats:
        """Compute the payments of provinces for urban rail [P].

        They pay for lines, or what is due on bonds for lines, and what fares lack.
        """
        return self.road.rail_cny + self.invested.public.line_cost_cny(region)

    @property
    def relent(self) -> Relent:
        """The central bank's loans of the year, for old and new loans."""
        old, first = self.finance.relent, self.invested.borrowed.first
        return Relent(old.cny + first.relent_cny, old.interest_cny + first.relending_interest_cny)
