"""The region's model: one year, top to bottom, in the order of docs/model/overview.md."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import wraps
from types import MappingProxyType
from typing import Any, NamedTuple

from tanlu.adopters.cohorts import Adopters, EndUse
from tanlu.buildings.builders import Builders, BuildingYear
from tanlu.co2.hubs import CO2Hub, hub_tariffs
from tanlu.core.mesa_classes import Agent, Model
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.decisions.invest import invest
from tanlu.decisions.margins import year_margins
from tanlu.decisions.outcome import InvestOutcome
from tanlu.decisions.rounds import YearSoFar
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender
from tanlu.finance.promises import sum_promises
from tanlu.finance.reviews import ReviewRule
from tanlu.industry.facilities import Industry
from tanlu.industry.state import ProductionPlan
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import Ledger
from tanlu.markets.announce import announce
from tanlu.markets.buildings import settle_builders
from tanlu.markets.carbon import CarbonOutcome, clear_carbon
from tanlu.markets.co2 import place_captured
from tanlu.markets.demand import Demand, DemandYear, plan_demand
from tanlu.markets.electricity import clear_electricity
from tanlu.markets.imports import charge_imports
from tanlu.markets.load_outlook import draw_growth_error, look_at_load
from tanlu.markets.national import look_at_market
from tanlu.markets.production import Operation, produce
from tanlu.markets.subsidy_budgets import pay_by_the_piece
from tanlu.markets.tariffs import charge_customers
from tanlu.markets.vehicles import RoadMoney, settle_vehicles
from tanlu.markets.water import water_years
from tanlu.policies.statutes import Statutes
from tanlu.power.grid_factor import compute_grid_year
from tanlu.power.plants import PowerPlants
from tanlu.power.tariffs import Tariffs
from tanlu.power.trades import TradeOffers
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.year import list_payments
from tanlu.records.year import YearRecord, measure_year
from tanlu.region.pack import Region
from tanlu.scenario.schema import Scenario
from tanlu.settlement.accounts import FinanceOutcome, settle
from tanlu.settlement.carbon_revenue import ReturnedRevenue, RevenueRecycling, return_revenue
from tanlu.settlement.closures import Stranded, age, retire_by_rule
from tanlu.settlement.credit.contract import take_over
from tanlu.settlement.research import advance_research
from tanlu.simulation.copying import dump_state, load_state
from tanlu.simulation.course import Course
from tanlu.simulation.kinds import KINDS, create_agents, list_kinds
from tanlu.simulation.reviews import Reviews
from tanlu.simulation.run import AgentYears, Run
from tanlu.state.actors import Actors
from tanlu.state.drivers import exogenous_drivers
from tanlu.state.offers import OffersYear
from tanlu.state.opening import read_books
from tanlu.state.phases import phase
from tanlu.state.state import BudgetState, initial_state
from tanlu.transport.vehicles import FleetYear, Vehicles


class Inputs(NamedTuple):
    """What a run is made of; Mesa owns the name `scenario` on a model."""

    scenario: Scenario
    region: Region


def _until_last_year(step: Callable[["RegionModel"], None]) -> Callable[["RegionModel"], None]:
    """Let a model step through its years, stop running after the last one, and do nothing from then on."""

    @wraps(step)
    def stepped(model: "RegionModel") -> None:
        if not model.running:
            model.course.end(model.inputs.scenario)
            return
        step(model)
        model.running = model.year < model.inputs.scenario.years.end

    return stepped


class RegionModel(Model):  # type: ignore[misc]
    """A region, deciding year by year.

    Subclass a population and pass it, `populations={"power_plants": PatientPlants}`, to change how a kind decides.

    Args:
        inputs: the scenario and the region pack.
        replication: which of the scenario's replications this is.
        populations: classes in place of the model's own, by name of the kind (`tanlu list kinds`).
        agents: classes in addition, whose methods `after_<phase>(view, year)` follow phases (`tanlu list phases`).
        rules: by which regulators review their policies in place of the default one, by province.

    Raises:
        ExtensionError: if there is no kind of a name, a class is no subclass of the model's own, an added class is
            no agent that follows a phase, or a rule is of no province.
        ScenarioError: if nothing measures an aim of a regulator.
    """

    def __init__(
        self,
        inputs: Inputs,
        replication: int = 0,
        *,
        populations: Mapping[str, type[Agent]] = MappingProxyType({}),
        agents: Sequence[type[Agent]] = (),
        rules: Mapping[str, type[ReviewRule]] = MappingProxyType({}),
    ) -> None:
        super().__init__(rng=inputs.scenario.seed)
        region, world = inputs.region, inputs.scenario.world
        scenario = inputs.scenario.model_copy(
            update={"world": world.delay_factors(region.last_observed_year)}
        )
        self.inputs, self.replication = Inputs(scenario, region), replication
        self.statutes = Statutes(
            scenario.policies,
            scenario.events,
            region.axes,
            first_year=region.base_year,
            last_year=scenario.years.end,
        )
        self.drivers = exogenous_drivers(region, scenario, self.statutes.schedule_in(region.base_year))
        self.water = water_years(region, scenario, replication)
        kinds = list_kinds(populations, agents)
        members = create_agents(kinds, self, region, seed=scenario.seed, replication=replication)
        self.actors, followers = Actors.split(members)
        self.reviews = Reviews(scenario, region, rules)
        self.reviews.hand_out(self.actors.regulators)
        self.course = Course(followers, len(region.axes.provinces))
        self.state = initial_state(region, self.companies.debt_cny)
        take_over(self.state.finance.register, self.companies, self.lenders, 1.0)
        self.ledger = Ledger(region.axes.provinces)
        self.tables = AgentYears(kinds, dispatch=scenario.outputs.dispatch)
        self.records: list[YearRecord] = []
        self.last_record: YearRecord | None = None  # of the year before, also where that is not recorded
        self.running: bool = True  # until the last year is over
        self.year = region.base_year - 1  # years before the scenario's first are lived through, not recorded
        for lender in self.lenders:
            lender.capital_cny *= scenario.world.lender_capital_factor

    @property
    def plants(self) -> PowerPlants:
        """The power plants."""
        return self.actors.plants

    @property
    def industry(self) -> Industry:
        """Facilities, and blocks of small ones."""
        return self.actors.industry

    @property
    def companies(self) -> Companies:
        """The owner groups."""
        return self.actors.companies

    @property
    def vehicles(self) -> Vehicles:
        """Road vehicles and those who buy them."""
        return self.actors.vehicles

    @property
    def builders(self) -> Builders:
        """Those who choose how new buildings are built."""
        return self.actors.builders

    @property
    def adopters(self) -> Adopters:
        """Cohorts that choose with what they heat, cook and move."""
        return self.actors.adopters

    @property
    def lenders(self) -> list[Lender]:
        """Banks and bond investors."""
        return self.actors.lenders

    @property
    def regulators(self) -> dict[str, Regulator]:
        """The governments: `national` and the provinces."""
        return self.actors.regulators

    @property
    def hubs(self) -> list[CO2Hub]:
        """The operators of CO2 hubs."""
        return self.actors.hubs

    @property
    def agents_by_kind(self) -> dict[str, Any]:
        """All agents by the name of their kind, those of extensions included."""
        return self.actors.by_kind(kind.name for kind in KINDS) | self.course.agents

    @_until_last_year
    def step(self) -> None:
        """Live through one year (docs/model/overview.md lists the steps)."""
        self.year += 1
        self.plants.leave(self.year)
        opening = read_books(self.actors)
        signals = self.announce()
        fleet, new_buildings, plan, use, demand, end_use = self.demand(signals)
        offers = self.offer(signals)
        power = self.electricity(signals, demand, offers.current)
        accounts, production = self.production(signals, plan, demand, power)
        operation = self.co2(signals, plan, accounts, production)
        carbon, returned = self.carbon_market(signals, operation, fleet)
        tariffs = self.tariffs(signals, demand, power, operation, returned)
        recycling = RevenueRecycling(returned, tariffs.relief_cny)
        finance, road = self.finance(
            signals, power, operation, carbon, fleet, new_buildings, end_use, recycling
        )
        grid = compute_grid_year(self.plants, power, operation.plants, self.year)
        grid_tco2_per_mwh = grid.factor_tco2_per_mwh
        so_far = YearSoFar(demand, production, grid_tco2_per_mwh, returned.green_fund_cny, offers.expected)
        invested = self.invest(signals, so_far)
        stranded = self.age(signals)
        self.measure(
            YearOutcome(
                opening=opening,
                signals=signals,
                demand=demand,
                power=power,
                fleet=fleet,
                new_buildings=new_buildings,
                end_use=end_use,
                plan=plan,
                use=use,
                plants=operation.plants,
                production=production,
                industry=operation.industry,
                co2=operation.co2,
                carbon=carbon,
                finance=finance,
                road=road,
                grid=grid,
                budgets=self.state.budgets,
                invested=invested,
                tariffs=tariffs,
                stranded=stranded,
                extensions=self.course.sum_year(),
            )
        )

    def run(self, progress: Callable[[int, int], None] | None = None) -> Run:
        """Step through all years of the scenario and hand back the run.

        Args:
            progress: called with years done and years in all after each year.

        Raises:
            RegionError: if the region has more provinces than the electricity market has zones.
        """
        years = self.inputs.scenario.years
        total = years.end - self.year
        for count in range(1, total + 1):
            self.step()
            if progress is not None:
                progress(count, total)
        agents, seconds = self.agents_by_kind, self.course.seconds
        return Run(years.array(), self.records, self.tables, self.ledger, agents, seconds)

    def copy(self) -> "RegionModel":
        """Copy the model as it stands between two years, with all its agents.

        The copy lives on as the model would have; neither sees what becomes of the other. `pickle` sends a model to
        another process of the same Python in the same way.

        Raises:
            ExtensionError: if an attribute of an extension cannot be copied, or within a year.
        """
        return deepcopy(self)

    def __getstate__(self) -> bytes:
        return dump_state(self)

    def __setstate__(self, state: bytes) -> None:
        load_state(self, state)

    # --- the steps of a year ---------------------------------------------------------------------------------

    @phase("docs/model/expectations.md")
    def announce(self) -> Signals:
        """Open the year: who reviews the law does so, and everybody knows what then holds."""
        self.statutes = self.reviews.hold(
            self.year, self.statutes, self.regulators, self.records, self.ledger
        )
        self.industry.complete(self.year)
        self.plants.outlive(self.year)
        schedule = self.statutes.schedule_in(self.year)
        if schedule is not self.drivers.schedule:  # the law has changed
            self.drivers = exogenous_drivers(self.inputs.region, self.inputs.scenario, schedule)
        promises = self.companies.hear(
            self.state.expectations.credibility,
            *sum_promises(
                self.statutes.schedule_in(self.year - 1),
                schedule,
                self.year,
                int(self.inputs.region.parameters["promise_years"]),
                self.state.expectations.promised,
            ),
        )
        national = self.inputs.region.national_market
        carbon = look_at_market(self.state.carbon, self.year, self.drivers, national)
        self.state = self.state._replace(carbon=carbon)
        return announce(
            self.state,
            year=self.year,
            laws=self.statutes.schedules_until(self.year),
            promises=promises,
            drivers=self.drivers,
            region=self.inputs.region,
            hub_tariff_cny_per_tco2=hub_tariffs(self.hubs),
        )

    @phase("docs/model/demand.md")
    def demand(self, signals: Signals) -> DemandYear:
        """Let vehicles, builders and industry plan, and add up electricity demand."""
        expectations, demand = plan_demand(
            self.state.expectations,
            signals,
            self.inputs.scenario.world,
            self.drivers,
            self.inputs.region,
            self.vehicles,
            self.builders,
            self.adopters,
            self.industry,
        )
        self.adopters.settle(demand.end_use)
        scenario, region = self.inputs
        expectations = look_at_load(
            expectations,
            signals,
            region,
            self.actors,
            demand,
            scenario.world.demand_factor.value_in(self.year),
            draw_growth_error(region, scenario.seed, self.replication, self.year),
        )
        self.state = self.state._replace(expectations=expectations)
        return demand

    @phase("docs/extensions.md")
    def offer(self, signals: Signals) -> OffersYear:
        """Let added agents offer load and supply."""
        return self.course.ask(signals, self)

    @phase("docs/model/power.md")
    def electricity(self, signals: Signals, demand: Demand, trades: TradeOffers) -> PowerOutcome:
        """Clear the electricity market."""
        self.state, power = clear_electricity(
            self.state,
            signals,
            self.inputs.scenario.world,
            self.inputs.region,
            self.water[self.year],
            self.plants,
            demand,
            trades,
        )
        self.course.book_trades(power.trades, self.inputs.region.axes.provinces)
        return power

    @phase("docs/model/industry.md")
    def production(
        self, signals: Signals, plan: ProductionPlan, demand: Demand, power: PowerOutcome
    ) -> tuple[PlantAccounts, ProductionOutcome]:
        """Let plants and facilities produce."""
        expectations = self.state.expectations
        expectations, accounts, production = produce(
            expectations, signals, plan, demand, power, self.plants, self.industry
        )
        self.state = self.state._replace(expectations=expectations)
        return accounts, production

    @phase("docs/model/co2.md")
    def co2(
        self, signals: Signals, plan: ProductionPlan, accounts: PlantAccounts, production: ProductionOutcome
    ) -> Operation:
        """Sell, store or vent captured CO2; added agents buy some, and burn fuel."""
        bids = self.course.ask_uses(signals, production, self)
        co2, operation = place_captured(
            self.state.co2, signals, self.plants, self.industry, self.hubs, plan, accounts, production, bids
        )
        self.course.book_co2(operation.co2.agents_purchases)
        self.state = self.state._replace(co2=co2)
        return operation

    @phase("docs/model/carbon_market.md")
    def carbon_market(
        self, signals: Signals, operation: Operation, fleet: FleetYear
    ) -> tuple[CarbonOutcome, ReturnedRevenue]:
        """Clear the carbon market, and share out what carbon revenue is for."""
        carbon, outcome = clear_carbon(
            self.state.carbon,
            signals,
            self.drivers,
            self.inputs.region,
            self.plants,
            self.industry,
            operation,
        )
        self.state = self.state._replace(carbon=carbon)
        actors = self.actors
        returned = return_revenue(
            signals, self.plants, self.industry, actors.vehicles, operation, fleet, outcome
        )
        return outcome, returned

    @phase("docs/model/demand.md")
    def tariffs(
        self,
        signals: Signals,
        demand: Demand,
        power: PowerOutcome,
        operation: Operation,
        returned: ReturnedRevenue,
    ) -> Tariffs:
        """Bill the customers of electricity."""
        state, tariffs = charge_customers(
            self.state.tariffs,
            signals,
            self.inputs.region,
            demand,
            power,
            self.plants,
            operation.plants,
            returned.surcharge_cny,
        )
        self.state = self.state._replace(tariffs=state)
        return tariffs

    @phase("docs/model/finance.md")
    def finance(
        self,
        signals: Signals,
        power: PowerOutcome,
        operation: Operation,
        carbon: CarbonOutcome,
        fleet: FleetYear,
        new_buildings: BuildingYear,
        end_use: EndUse,
        recycling: RevenueRecycling,
    ) -> tuple[FinanceOutcome, RoadMoney]:
        """Settle the year's accounts."""
        scenario, region = self.inputs
        regulators = self.regulators
        budgets = BudgetState.nothing()
        finance, budgets, outcome = settle(
            self.state.finance, budgets, signals, region, self.actors, operation, carbon, recycling
        )
        budgets, road = settle_vehicles(budgets, regulators, signals, self.vehicles, fleet)
        budgets = settle_builders(budgets, regulators, signals, self.builders, new_buildings)
        if equipment := self.adopters.subsidised(end_use, signals.policy):
            budgets, _ = pay_by_the_piece(budgets, regulators, signals.policy, equipment)
        budgets = charge_imports(budgets, signals, power.border)
        budgets = budgets.add_payments(self.reviews.settle_joint(self.year, self.statutes, self.records))
        expectations = self.state.expectations
        research = advance_research(
            expectations.capture_research,
            signals.policy.research,
            region,
            self.year,
            seed=scenario.seed,
            replication=self.replication,
        )
        expectations = expectations._replace(capture_research=research)
        self.state = self.state._replace(finance=finance, budgets=budgets, expectations=expectations)
        self.course.note("earned_cny", outcome.added_cny)
        return outcome, road

    @phase("docs/model/finance.md")
    def invest(self, signals: Signals, so_far: YearSoFar) -> InvestOutcome:
        """Let agents decide, ask for loans and start projects."""
        scenario, region = self.inputs
        self.state, outcome = invest(self.state, signals, region, scenario.world, self.actors, so_far)
        self.course.note("investment_cny", outcome.added_cny)
        return outcome

    @phase("docs/model/finance.md")
    def age(self, signals: Signals) -> Stranded:
        """Close what must close; what the scenario closes is known once the statistics end."""
        scenario, region = self.inputs
        closing_years = scenario.world.plant_retirement
        if closing_years and self.year == region.last_observed_year:
            retire_by_rule(self.plants, self.industry, closing_years)
        finance, stranded = age(self.state.finance, self.plants, self.industry, self.companies, signals)
        self.state = self.state._replace(finance=finance)
        return stranded

    @phase("docs/model/overview.md")
    def measure(self, year: YearOutcome) -> None:
        """Record the year."""
        first_year = self.inputs.scenario.years.start
        if self.year >= first_year - 1:
            table = list_payments(year, self.actors, read_books(self.actors))
            record = measure_year(year, self.actors, self.state, self.drivers, table, self.last_record)
            self.last_record = record
        if self.year >= first_year:
            for regulator in self.regulators.values():
                regulator.payments = table
            self.tables.payments.append(table)
            self.records.append(record)
            self.ledger.add_year(year.invested.entries, year.invested.captures)
            margins = year_margins(self.plants, year.plants, self.year)
            self.ledger.add_margins((margins, *year.invested.margins))
            self.ledger.add_auctions(year.invested.auctions)
            self.tables.add(self.agents_by_kind, year)
            self.tables.add_record(self.records[-1])
            self.tables.add_credit(year, self.actors, self.state.finance)
            for kind in self.tables.kinds:
                if kind.adoption:
                    self.ledger.add_adoption(kind.adoption(self.agents_by_kind[kind.name], year))
            self.tables.add_hours(self.plants, year.plants, year.power, self.year)
