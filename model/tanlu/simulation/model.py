"""The region's model: one year, top to bottom, in the order of docs/model/overview.md."""

from collections.abc import Callable
from typing import NamedTuple

import mesa
import numpy as np

from tanlu.buildings.builders import Builders, BuildingYear
from tanlu.co2.hubs import CO2Hub
from tanlu.co2.market import StoreBook
from tanlu.core.arrays import Floats
from tanlu.core.axes import PROVINCES, M, P
from tanlu.core.outcomes import CO2Outcome, PowerOutcome, ProductionOutcome
from tanlu.core.signals import Signals
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator, capture_purse_holders
from tanlu.finance.lenders import Lender, lender_shares
from tanlu.industry.facilities import Industry
from tanlu.industry.state import IndustryAccounts, ProductionPlan
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import Ledger
from tanlu.power.plants import PowerPlants
from tanlu.power.tariffs import Tariffs
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.schema import Scenario
from tanlu.simulation.record import YearRecord
from tanlu.simulation.run import Run, RunTables
from tanlu.simulation.steps.age import Stranded, age, retire_by_rule
from tanlu.simulation.steps.announce import LastYear, announce, fold_policies
from tanlu.simulation.steps.buildings import Statistic, added_demand, last_statistic, settle_builders
from tanlu.simulation.steps.carbon import AllowanceBook, CarbonOutcome, clear_carbon
from tanlu.simulation.steps.co2 import CO2Year, place_captured
from tanlu.simulation.steps.demand import Demand, DemandBase, demand_base, electricity_demand, trend_load
from tanlu.simulation.steps.electricity import electricity, expected_year
from tanlu.simulation.steps.finance import FinanceOutcome, initial_assets, settle
from tanlu.simulation.steps.invest import InvestOutcome, invest
from tanlu.simulation.steps.measure import measure_year
from tanlu.simulation.steps.open_season import hub_tariffs
from tanlu.simulation.steps.outlook import first_tariff, look_ahead
from tanlu.simulation.steps.tariffs import Regulation, bill, next_regulation
from tanlu.simulation.steps.trade import added_by_exports
from tanlu.simulation.steps.vehicles import RoadMoney, settle_vehicles
from tanlu.simulation.steps.water import water_years
from tanlu.transport.vehicles import FleetYear, Vehicles


class Inputs(NamedTuple):
    """What a run is made of; Mesa owns the name `scenario` on a model."""

    scenario: Scenario
    region: Region


class Year(NamedTuple):
    """Everything that happened in one year, in the order it happened."""

    signals: Signals
    demand: Demand
    power: PowerOutcome
    fleet: FleetYear
    built: BuildingYear
    plan: ProductionPlan
    plants: PlantAccounts
    made: ProductionOutcome
    industry: IndustryAccounts
    co2: CO2Outcome
    carbon: CarbonOutcome
    finance: FinanceOutcome
    road: RoadMoney
    building_subsidy_cny: Floats  # [P]
    invested: InvestOutcome
    tariffs: Tariffs
    stranded: Stranded


class RegionModel(mesa.Model):  # type: ignore[misc]
    """Sichuan and Chongqing, or any other region pack, deciding year by year.

    Subclass a population and pass it (as `power_plants`, say) to change how a kind decides.

    Args:
        inputs: the scenario and the region pack.
        replication: which of the scenario's replications this is.
        power_plants: class of the power plants.
        industry: class of industry.
        companies: class of the companies.
        vehicles: class of the vehicles.
        builders: class of the builders.
    """

    def __init__(
        self,
        inputs: Inputs,
        replication: int = 0,
        *,
        power_plants: type[PowerPlants] = PowerPlants,
        industry: type[Industry] = Industry,
        companies: type[Companies] = Companies,
        vehicles: type[Vehicles] = Vehicles,
        builders: type[Builders] = Builders,
    ) -> None:
        super().__init__(rng=inputs.scenario.seed)
        scenario, region = inputs.scenario, inputs.region
        self.inputs, self.replication = inputs, replication
        self.paths = fold_policies(scenario, region)
        self.outlook = look_ahead(region, scenario, self.paths)
        self.water = water_years(region, scenario, replication)
        self.plants = power_plants(self, region, seed=scenario.seed, replication=replication)
        self.industry = industry(self, region, seed=scenario.seed, replication=replication)
        self.companies = companies(self, region, initial_assets(region, self.plants, self.industry))
        self.vehicles, self.builders = vehicles(self, region), builders(self, region)
        debt = float(self.companies.debt_cny.sum()) * lender_shares(region)
        self.lenders = [Lender(self, region, row, float(debt[row])) for row in range(debt.size)]
        self.capture_purse_holders = capture_purse_holders(self.paths)
        self.regulators = {name: Regulator(self, name) for name in ("national", *PROVINCES)}
        self.ledger, self.tables = Ledger(), RunTables()
        self.records: list[YearRecord] = []
        self.year = region.base_year - 1  # years before the scenario's first are lived through, not recorded
        self.store_book = StoreBook(np.zeros(len(region.co2.stores.ids)))
        self.allowances = AllowanceBook(np.zeros(len(self.companies)), np.zeros(len(self.companies)))
        self.market_price_cny_per_tco2 = float(self.paths.market_reference_price_cny_per_tco2[0])
        self.tariff_cny_per_mwh, self.regulation = first_tariff(region), Regulation.of_the_pack()
        self.scrap_price_cny_per_t = region.industry.scrap.price_cny_per_t
        self.hubs = [CO2Hub(self, region, row) for row in range(len(region.co2.hubs.ids))]
        self.co2_tariff_cny_per_tco2 = np.zeros(P)
        self.co2_competing_tco2 = 0.0
        self.load_history: list[Floats] = []
        self.demand_base = DemandBase.nothing()
        self.vehicle_purse_odds = np.ones(self.paths.vehicle_subsidy_cny_per_vehicle.shape[0])
        self.building_purse_odds = np.ones(self.paths.building_subsidy_cny_per_m2.shape[0])
        self.scrap_purse_odds = np.ones(self.paths.scrap_subsidy_cny_per_t.shape[0])
        self.statistic = Statistic(np.zeros((P, M)), np.zeros(P), np.ones((P, len(region.trade.goods))))
        self.green_outstanding_cny = np.zeros(P)
        self.reserve_margin = np.full(P, region.parameters["planning_reserve_share"])
        self.lasting_plan_share = np.ones((P, len(BUILDABLE)))  # of new capacity planned alone, once all plan
        self.purse_odds = np.ones(self.paths.ccus_rate_cny_per_tco2.shape[0])
        self.written_off_cny = np.zeros(len(self.companies))  # book value closed last year, by owner
        # Local experience, by buildable technology and then capture: MW or t CO2/yr added, and its cost factor.
        self.added, self.learned_cost_factor = np.zeros(len(BUILDABLE) + 1), np.ones(len(BUILDABLE) + 1)
        retire_by_rule(self.plants, self.industry, scenario)

    def step(self) -> None:
        """Live through one year (docs/model/overview.md lists the steps)."""
        self.year += 1
        signals = self.announce()
        fleet, built, plan, demand = self.demand(signals)
        power = self.electricity(signals, demand)
        plants, made = self.production(signals, plan, demand, power)
        co2, plants, industry = self.co2(signals, plan, plants, made)
        tariffs = self.tariffs(demand, power, plants)
        carbon = self.carbon_market(signals, plants, made, industry, co2)
        finance = self.finance(signals, plants, made, industry, co2, carbon)
        road, support = settle_vehicles(self, signals, fleet), settle_builders(self, signals, built)
        invested = self.invest(signals, demand, plants, made, finance)
        stranded = self.age(signals)
        self.measure(
            Year(
                signals=signals,
                demand=demand,
                power=power,
                fleet=fleet,
                built=built,
                plan=plan,
                plants=plants,
                made=made,
                industry=industry,
                co2=co2,
                carbon=carbon,
                finance=finance,
                road=road,
                building_subsidy_cny=support,
                invested=invested,
                tariffs=tariffs,
                stranded=stranded,
            )
        )

    def run(self, progress: Callable[[int, int], None] | None = None) -> Run:
        """Step through all years of the scenario and return what happened.

        Args:
            progress: called with years done and years in all after each year.
        """
        years = self.inputs.scenario.years
        total = years.end - self.year
        for done in range(1, total + 1):
            self.step()
            if progress is not None:
                progress(done, total)
        return Run(years.array(), self.records, self.tables, self.ledger, self.plants, self.industry)

    # --- the verbs ---------------------------------------------------------------------------------------------

    def announce(self) -> Signals:
        """Open the year: what everybody knows of it (docs/model/expectations.md)."""
        for regulator in self.regulators.values():
            regulator.open_year()
        self.industry.complete(self.year)
        return announce(
            year=self.year,
            paths=self.paths,
            outlook=self.outlook,
            region=self.inputs.region,
            last=LastYear(
                market_price_cny_per_tco2=self.market_price_cny_per_tco2,
                tariff_cny_per_mwh=self.tariff_cny_per_mwh,
                scrap_price_cny_per_t=self.scrap_price_cny_per_t,
                co2_tariff_cny_per_tco2=self.co2_tariff_cny_per_tco2,
                hub_tariff_cny_per_tco2=hub_tariffs(self),
                co2_competing_tco2=self.co2_competing_tco2,
                purse_odds=self.purse_odds,
                learned_capture_cost_factor=float(self.learned_cost_factor[-1]),
                vehicle_purse_odds=self.vehicle_purse_odds,
                building_purse_odds=self.building_purse_odds,
                reserve_margin=self.reserve_margin,
                export_base_ratio=self.statistic.price_ratio,
                scrap_purse_odds=self.scrap_purse_odds,
            ),
        )

    def demand(self, signals: Signals) -> tuple[FleetYear, BuildingYear, ProductionPlan, Demand]:
        """Let vehicles, builders and industry plan, and add up electricity demand (docs/model/demand.md)."""
        region, world = self.inputs.region, self.inputs.scenario.world
        factor = world.demand_factor.at(self.year)
        fleet = self.vehicles.offer(signals, factor)
        built = self.builders.offer(signals, factor)
        if self.year <= region.last_observed_year:
            self.statistic = last_statistic(signals, fleet, built)
        added = added_demand(
            region.industry, region.buildings, signals, fleet, built, self.statistic, self.outlook.steel_share
        )
        plan = self.industry.offer(signals, factor, added + added_by_exports(self.outlook, signals))
        facilities = np.bincount(self.industry.province, plan.electricity_mwh, P)
        vehicles = np.bincount(self.vehicles.province, fleet.electricity_mwh, P) + fleet.rail.electricity_mwh
        if self.year == region.last_observed_year:
            plain = 1.0 / max(factor, 1e-9)  # later years have their own factor
            self.demand_base = demand_base(
                region=region, facilities_mwh=facilities * plain, vehicles_mwh=vehicles * plain
            )
        demand = electricity_demand(
            year=self.year,
            region=region,
            factor=factor,
            facilities_mwh=facilities,
            vehicles_mwh=vehicles,
            cooling_factor=world.cooling_factor.at(self.year),
            base=self.demand_base,
        )
        self.load_history.append(demand.load_mwh)
        return fleet, built, plan, demand

    def electricity(self, signals: Signals, demand: Demand) -> PowerOutcome:
        """Clear the electricity market (docs/model/power.md)."""
        power = electricity(
            year=self.year,
            signals=signals,
            region=self.inputs.region,
            water=self.water[self.year],
            plants=self.plants,
            load_mwh=demand.load_mwh,
            load_shape=demand.load_shape,
        )
        self.reserve_margin = power.reserve_margin
        return power

    def production(
        self, signals: Signals, plan: ProductionPlan, demand: Demand, power: PowerOutcome
    ) -> tuple[PlantAccounts, ProductionOutcome]:
        """Let plants and facilities produce (docs/model/industry.md)."""
        plants = self.plants.operate(signals, power, self.year)
        share = power.shed_mwh / np.maximum(demand.industry_mwh, 1.0)
        made = self.industry.operate(signals, plan, 1.0 - np.minimum(share, 1.0))
        self.scrap_price_cny_per_t = self.industry.scrap_price(signals, made)
        return plants, made

    def co2(
        self, signals: Signals, plan: ProductionPlan, plants: PlantAccounts, made: ProductionOutcome
    ) -> CO2Year:
        """Sell, store or vent captured CO2 (docs/model/co2.md)."""
        return place_captured(self, signals, plan, plants, made)

    def tariffs(self, demand: Demand, power: PowerOutcome, plants: PlantAccounts) -> Tariffs:
        """Bill the customers of electricity (docs/model/demand.md)."""
        paid = plants.capacity_payment_cny + plants.premium_cny
        tariffs = bill(
            year=self.year,
            region=self.inputs.region,
            demand=demand,
            price_cny_per_mwh=power.price_cny_per_mwh,
            load_cny=power.mean_price_cny_per_mwh * power.load_mwh,
            system_cny=np.bincount(self.plants.province, paid, P)
            + power.uplift_cny
            - power.hydro_sales.rebate_cny,
            regulation=self.regulation,
        )
        self.regulation = next_regulation(
            self.regulation,
            year=self.year,
            region=self.inputs.region,
            demand=demand,
            tariffs=tariffs,
            capacity_by_fuel_mw=power.offer.capacity_by_fuel_mw,
        )
        self.tariff_cny_per_mwh = tariffs.tariff_cny_per_mwh
        return tariffs

    def carbon_market(
        self,
        signals: Signals,
        plants: PlantAccounts,
        made: ProductionOutcome,
        industry: IndustryAccounts,
        co2: CO2Outcome,
    ) -> CarbonOutcome:
        """Clear the carbon market (docs/model/carbon_market.md)."""
        outcome = clear_carbon(
            signals=signals,
            paths=self.paths,
            region=self.inputs.region,
            book=self.allowances,
            plants=self.plants,
            plant_accounts=plants,
            industry=self.industry,
            made=made,
            industry_accounts=industry,
            returned_tco2=co2.returned_tco2,
        )
        self.allowances = outcome.book
        self.market_price_cny_per_tco2 = outcome.price_cny_per_tco2
        return outcome

    def finance(
        self,
        signals: Signals,
        plants: PlantAccounts,
        made: ProductionOutcome,
        industry: IndustryAccounts,
        co2: CO2Outcome,
        carbon: CarbonOutcome,
    ) -> FinanceOutcome:
        """Settle the year's accounts (docs/model/finance.md)."""
        return settle(self, signals, plants, made, industry, co2, carbon)

    def invest(
        self,
        signals: Signals,
        demand: Demand,
        plants: PlantAccounts,
        made: ProductionOutcome,
        finance: FinanceOutcome,
    ) -> InvestOutcome:
        """Let agents decide, ask for loans and start projects (docs/model/finance.md)."""
        region = self.inputs.region
        if self.year < region.parameters["first_decision_year"]:
            return InvestOutcome.nothing(self.companies, signals)
        horizon = int(region.parameters["expectation_horizon_years"])
        parameters = region.parameters
        bounds = parameters["slowest_expected_load_growth"], parameters["fastest_expected_load_growth"]
        ahead = expected_year(
            signals=signals,
            region=region,
            plants=self.plants,
            load_mwh=trend_load(self.load_history, horizon, *bounds),
            load_shape=demand.load_shape,
            years=horizon,
        )
        return invest(self, signals, ahead, made, finance)

    def age(self, signals: Signals) -> Stranded:
        """Close what must close (docs/model/finance.md)."""
        stranded = age(self.plants, self.industry, self.companies, signals)
        self.written_off_cny = stranded.written_off_cny
        return stranded

    def measure(self, year: Year) -> None:
        """Record the year (docs/model/overview.md)."""
        if self.year >= self.inputs.scenario.years.start:
            self.records.append(measure_year(self, year))
            self.ledger.add_mixes(self.year, self.vehicles, year.fleet, self.builders, year.built)
            self.tables.add(self.plants, self.industry, year.plants, year.made, self.year)
            if self.inputs.scenario.outputs.dispatch:
                self.tables.add_hours(self.plants, year.plants, year.power, self.year)
