"""The model of the year with objects: units, facilities, companies and lenders live through it in turn."""

import mesa
import numpy as np
import pandas as pd

from benchmarks.mesa_build import make_companies, make_facilities, make_units
from benchmarks.mesa_co2 import place_captured
from benchmarks.mesa_companies import Rules, clear_allowances
from benchmarks.mesa_demand import meet, plan
from benchmarks.mesa_industry import Facility
from benchmarks.mesa_invest import invest
from benchmarks.mesa_options import plain_options, plain_processes
from benchmarks.mesa_plants import Books, PowerUnit, YearPrices
from benchmarks.mesa_power import Fleet
from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.co2.market import StoreBook
from tanlu.core.axes import PROVINCES, M, P, S
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender, lender_shares
from tanlu.industry.prices import scrap_prices
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.region.tables import year_index
from tanlu.scenario.schema import Scenario
from tanlu.simulation.steps.announce import LastYear, announce, fold_policies
from tanlu.simulation.steps.buildings import Statistic, settle_builders
from tanlu.simulation.steps.demand import Demand, DemandBase
from tanlu.simulation.steps.electricity import electricity
from tanlu.simulation.steps.open_season import hub_tariffs
from tanlu.simulation.steps.outlook import first_tariff, look_ahead
from tanlu.simulation.steps.tariffs import Regulation, bill, next_regulation
from tanlu.simulation.steps.vehicles import settle_vehicles
from tanlu.simulation.steps.water import water_years
from tanlu.transport.vehicles import Vehicles

NO_BOOKS = Books(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class ObjectModel(mesa.Model):
    """Sichuan and Chongqing with one object per decider."""

    def __init__(self, scenario: Scenario, region: Region) -> None:
        super().__init__(rng=scenario.seed)
        self.scenario_inputs, self.region = scenario, region
        self.parameters, self.finance = dict(region.parameters), region.finance.parameters
        self.overhaul_years = int(self.parameters["overhaul_interval_years"])
        self.base_year, self.last_observed_year = region.base_year, region.last_observed_year
        self._unpack()
        self.paths = fold_policies(scenario, region)
        self.outlook = look_ahead(region, scenario, self.paths)
        make_units(self)
        make_facilities(self)
        self.companies = make_companies(self)
        self.vehicles = Vehicles(self, region)  # few rows for many buyers: the same in both models
        self.road_mt, self.charged_mwh = np.zeros(P), np.zeros(P)
        self.builders = Builders(self, region)  # as vehicles
        debt = sum(c.debt_cny for c in self.companies) * lender_shares(region)
        self.lenders = [Lender(self, region, row, float(debt[row])) for row in range(debt.size)]
        self.year = region.base_year - 1
        self.statistic = Statistic(np.zeros((P, M)), np.zeros(P), np.ones((P, len(region.trade.goods))))
        self.store_book = StoreBook(np.zeros(len(region.co2.stores.ids)))
        self.market_price = float(self.paths.market_reference_price_cny_per_tco2[0])
        self.tariff, self.regulation = first_tariff(region), Regulation.of_the_pack()
        self.water = water_years(region, scenario, 0)
        self.scrap_price = region.industry.scrap.price_cny_per_t
        self.scrap_committed = np.zeros(S)
        self.hubs = [CO2Hub(self, region, row) for row in range(len(region.co2.hubs.ids))]
        self.regulators = {name: Regulator(self, name) for name in ("national", *PROVINCES)}
        self.co2_tariff, self.competing_tco2 = np.zeros(P), 0.0
        self.load_history: list[np.ndarray] = []
        self.demand_base, self.years_of_profit = DemandBase.nothing(), 0
        self.purse_odds = np.ones(self.paths.ccus_rate_cny_per_tco2.shape[0])
        self.vehicle_purse_odds = np.ones(self.paths.vehicle_subsidy_cny_per_vehicle.shape[0])
        self.building_purse_odds = np.ones(self.paths.building_subsidy_cny_per_m2.shape[0])
        self.scrap_purse_odds = np.ones(self.paths.scrap_subsidy_cny_per_t.shape[0])
        self.green_outstanding, self.green_loans = [0.0] * P, [0.0] * P
        self.reserve_margin = np.zeros(P)
        self.lasting_plan_share = np.ones((P, len(BUILDABLE)))
        self.added, self.learned = np.zeros(len(BUILDABLE) + 1), np.ones(len(BUILDABLE) + 1)
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "co2_mt": ObjectModel.co2_mt,
                "kept_mt": ObjectModel.kept_mt,
                "thermal_twh": ObjectModel.thermal_twh,
                "capacity_gw": ObjectModel.capacity_gw,
                "carbon_price": "market_price",
            }
        )

    def _unpack(self) -> None:
        """Turn what the agents look up into plain lists."""
        tech, power, finance = self.region.power.technologies, self.region.power, self.region.finance
        self.energy_penalty = tech.capture_energy_penalty.tolist()
        self.capture_rate, self.capture_lead = (
            tech.capture_rate.tolist(),
            tech.capture_lead_time_years.tolist(),
        )
        self.co2_per_gj, self.carrier_co2 = (
            power.fuel_co2_t_per_gj.tolist(),
            power.carrier_co2_t_per_gj.tolist(),
        )
        self.variable_om = tech.fuel_variable_om_cny_per_mwh.tolist()
        self.ordinary_load = tech.minimum_load_share.tolist()
        self.flexible_load = tech.flexible_minimum_load_share.tolist()
        self.no_load_fuel = tech.no_load_fuel_share.tolist()
        self.fixed_om = tech.fuel_fixed_om_cny_per_kw_year.tolist()
        self.options, self.processes = (
            plain_options(self.region.industry),
            plain_processes(self.region.industry),
        )
        self.process_named = {process.name: process for process in self.processes}
        self.usual_energy_use = self.region.industry.products.usual_energy_use_gj_per_t.tolist()
        self.intensity = self.region.industry.fossil_intensity.tolist()
        self.belief = finance.owners.policy_belief.tolist()
        self.rating_steps, self.rating_spreads = (
            finance.rating_steps.tolist(),
            finance.rating_spreads.tolist(),
        )

    @property
    def units(self) -> mesa.agent.AgentSet:
        return self.agents_by_type[PowerUnit]

    @property
    def facilities(self) -> mesa.agent.AgentSet:
        return self.agents_by_type[Facility]

    def fossil_intensity(self, year: int, province: int, sector: int) -> float:
        return self.intensity[year_index(year)][province][sector]

    # --- the year ----------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Live through one year."""
        self.year += 1
        self.units.do("leave", self.year)
        self.facilities.do("complete", self.year)
        signals = self.announce()
        prices = YearPrices(signals, self)
        industry_mwh = plan(self, signals, prices)
        demand = meet(self, industry_mwh)
        cleared = self.clear(signals, prices, demand)
        self.bill(demand, cleared)
        self.produce(prices, cleared, demand.industry_mwh)
        correction = self.trade_carbon(signals, prices)
        left = self.settle(prices, correction)
        settle_vehicles(self, signals, self.fleet)
        settle_builders(self, signals, self.built)
        if self.year >= self.scenario_inputs.years.start:
            self.datacollector.collect(self)
        if self.year >= self.parameters["first_decision_year"]:
            invest(self, signals, prices, left)
        for company in self.companies:
            company.written_off_cny = 0.0
        self.units.do("age", prices)
        self.facilities.do("age", self.year)

    def run(self) -> pd.DataFrame:
        """Step through all years of the scenario and return their headline figures."""
        for _ in range(self.scenario_inputs.years.end - self.year):
            self.step()
        return self.datacollector.get_model_vars_dataframe()

    def announce(self) -> Signals:
        return announce(
            year=self.year,
            paths=self.paths,
            outlook=self.outlook,
            region=self.region,
            last=LastYear(
                market_price_cny_per_tco2=self.market_price,
                tariff_cny_per_mwh=self.tariff,
                scrap_price_cny_per_t=self.scrap_price,
                co2_tariff_cny_per_tco2=self.co2_tariff,
                hub_tariff_cny_per_tco2=hub_tariffs(self),
                co2_competing_tco2=self.competing_tco2,
                purse_odds=self.purse_odds,
                vehicle_purse_odds=self.vehicle_purse_odds,
                building_purse_odds=self.building_purse_odds,
                reserve_margin=self.reserve_margin,
                export_base_ratio=self.statistic.price_ratio,
                scrap_purse_odds=self.scrap_purse_odds,
                learned_capture_cost_factor=float(self.learned[-1]),
            ),
        )

    def clear(self, signals: Signals, prices: YearPrices, demand: Demand) -> PowerOutcome:
        """Clear the year's electricity and close the units' books."""
        self.load_shape = demand.load_shape
        cleared = electricity(
            year=self.year,
            signals=signals,
            region=self.region,
            water=self.water[self.year],
            plants=Fleet(self, prices),
            load_mwh=demand.load_mwh,
            load_shape=demand.load_shape,
        )
        for unit, books in zip(self.units, self.books(prices, self.year, cleared), strict=True):
            unit.books = books
        self.reserve_margin = cleared.reserve_margin
        return cleared

    def books(self, prices: YearPrices, year: int, cleared: PowerOutcome) -> list[Books]:
        """Return what the cleared year means for every unit."""
        output, revenue = iter(cleared.unit_output_mwh.tolist()), iter(cleared.unit_revenue_cny.tolist())
        idle = iter(cleared.unit_idle_mwh.tolist())
        per_mw = (cleared.generation_mwh / np.maximum(cleared.offer.capacity_by_fuel_mw, 1e-9)).tolist()
        earned, must_price = cleared.revenue_cny_per_mw.tolist(), cleared.must_run_price_cny_per_mwh.tolist()
        books = []
        for unit in self.units:
            p, f = unit.province, unit.fuel
            if unit.net_mw <= 0.0:
                books.append(NO_BOOKS)
            elif unit.thermal:
                must = unit.must_mw * 8760.0
                sold, money = must + next(output), must * must_price[p] + next(revenue)
                books.append(unit.close_books(prices, year, sold, money, next(idle)))
            else:
                books.append(
                    unit.close_books(
                        prices, year, unit.net_mw * per_mw[p][f], unit.net_mw * earned[p][f], 0.0
                    )
                )
        return books

    def bill(self, demand: Demand, cleared: PowerOutcome) -> None:
        """Let customers pay for the year; the sums over classes are those of the arrays' model."""
        paid = [0.0] * P
        for unit in self.units:
            paid[unit.province] += unit.books.support_cny
        tariffs = bill(
            year=self.year,
            region=self.region,
            demand=demand,
            price_cny_per_mwh=cleared.price_cny_per_mwh,
            load_cny=cleared.mean_price_cny_per_mwh * cleared.load_mwh,
            system_cny=np.array(paid) + cleared.uplift_cny - cleared.hydro_sales.rebate_cny,
            regulation=self.regulation,
        )
        self.regulation = next_regulation(
            self.regulation,
            year=self.year,
            region=self.region,
            demand=demand,
            tariffs=tariffs,
            capacity_by_fuel_mw=cleared.offer.capacity_by_fuel_mw,
        )
        self.tariff = tariffs.tariff_cny_per_mwh

    def produce(self, prices: YearPrices, cleared: PowerOutcome, industry_mwh: np.ndarray) -> None:
        """Let facilities produce and sell, and place captured CO2."""
        served = (1.0 - np.minimum(cleared.shed_mwh / np.maximum(industry_mwh, 1.0), 1.0)).tolist()
        self.facilities.do("produce", prices, served)
        use = np.zeros(S)
        for facility in self.facilities:
            use[facility.sector] += facility.output * facility.scrap_t
        self.scrap_price = scrap_prices(self.region.industry.scrap, use, year_index(self.year))
        place_captured(self, prices)
        self.units.do("charge_returned", prices)
        self.facilities.do("charge_returned", prices)
        self.facilities.do("sell", prices)

    def scrap_price_with(self, sector: int, more_t: float) -> float:
        """Return the price of scrap if `more_t` is used beside what is committed at the start of the year's choices."""
        use = self.scrap_committed.copy()
        use[sector] = max(use[sector] + more_t, 0.0)
        return float(scrap_prices(self.region.industry.scrap, use, year_index(self.year))[sector])

    def trade_carbon(self, signals: Signals, prices: YearPrices) -> list[float]:
        """Clear the carbon market; return what it changes against the books' estimate, CNY by company."""
        for company in self.companies:
            company.emitted_tco2 = company.allocated_tco2 = company.carbon_payment_cny = 0.0
        sold = 0.0
        for unit in self.units:
            company, books, p = self.companies[unit.owner], unit.books, unit.province
            company.emitted_tco2 += (unit.emitted + unit.fate.returned_tco2) * prices.covered[p][0]
            company.allocated_tco2 += books.allocated_tco2
            sold += books.allocated_tco2 * prices.auctioned[p][0] / (1.0 - prices.auctioned[p][0])
        for facility in self.facilities:
            company, p, s = self.companies[facility.owner], facility.province, facility.sector
            if not facility.is_block:
                company.emitted_tco2 += (facility.emitted + facility.fate.returned_tco2) * prices.covered[p][
                    s
                ]
            company.allocated_tco2 += facility.allocated
            sold += facility.allocated * prices.auctioned[p][s] / (1.0 - prices.auctioned[p][s])
        x, y, paths = self.parameters, signals.row, self.paths
        reference = paths.market_reference_price_cny_per_tco2
        if not any(company.emitted_tco2 for company in self.companies):
            self.market_price = float(reference[y])
            return [0.0] * len(self.companies)
        expected = prices.market * float(reference[y + 1]) / max(float(reference[y]), 1e-9)
        rules = Rules(
            offset_price=float(reference[y]) * x["offset_price_share_of_reference"],
            offset_share=x["offset_share"],
            carry_over_base=x["carry_over_base_tco2"],
            carry_over_factor=x["carry_over_factor"],
            reference_price=float(reference[y]),
            slope=x["rest_of_market_slope_tco2_per_cny"],
            floor=float(paths.carbon_price_floor_cny_per_tco2[y]),
            ceiling=float(paths.carbon_price_ceiling_cny_per_tco2[y]),
            reservation_price=expected / (1.0 + x["allowance_discount_rate"]),
            auctioned=sold,
        )
        self.market_price = clear_allowances(self.companies, rules)
        return [
            prices.market * (c.emitted_tco2 - c.allocated_tco2) - c.carbon_payment_cny for c in self.companies
        ]

    def settle(self, prices: YearPrices, correction: list[float]) -> list[float]:
        """Pay subsidies, close the companies' and lenders' books; return what is left in each purse."""
        deciders = [*self.units, *self.facilities]
        support, left = self.pay_capture_subsidies(deciders)
        operating = list(correction)
        for company in self.companies:
            company.depreciation_cny = 0.0
        for decider, paid in zip(deciders, support, strict=True):
            facility, company = isinstance(decider, Facility), self.companies[decider.owner]
            gain = paid + decider.fate.gain_cny
            profit = decider.profit if facility else decider.books.profit_cny
            operating[decider.owner] += gain + (0.0 if facility and decider.is_block else profit)
            decider.profits = [*decider.profits[1:], profit + gain]
            company.depreciation_cny += decider.depreciate(self.year)
        self.years_of_profit += 1
        outstanding = sum(company.debt_cny for company in self.companies)
        for company in self.companies:
            company.settle(operating[company.row])
        self.close_lenders(prices, outstanding)
        return left

    def pay_capture_subsidies(self, deciders: list) -> tuple[list[float], list[float]]:
        """Pay each scheme's claims, oldest capture first, until its purse is empty."""
        paid, left, row = [0.0] * len(deciders), [], self.paths.row(self.year)
        for k, rates in enumerate(self.paths.ccus_rate_cny_per_tco2[:, row]):
            budget, due, claimed = float(self.paths.ccus_budget_cny[k, row]), 0.0, 0.0
            order = sorted(range(len(deciders)), key=lambda i: deciders[i].capture_year)
            for i in order:
                x = deciders[i]
                claim = float(rates[x.province, x.sector] * x.fate.kept_tco2)
                got = min(claim, budget - due)
                paid[i] += got
                due, claimed = due + got, claimed + claim
            left.append(max(budget - due, 0.0))
            self.purse_odds[k] = due / claimed if claimed > 0.0 else 1.0
        return paid, left

    def close_lenders(self, prices: YearPrices, outstanding: float) -> None:
        """Pass repayments, interest and losses to the lenders by their share of all debt."""
        retained, years = self.finance["lender_retained_share"], self.finance["loan_years"]
        subsidy = sum(a * b for a, b in zip(self.green_outstanding, prices.interest_subsidy, strict=True))
        rate = (sum(c.interest_cny for c in self.companies) + subsidy) / max(outstanding, 1.0)
        loss, borrowed = sum(c.loss_cny for c in self.companies), sum(c.borrowed_cny for c in self.companies)
        owed = sum(a * b for a, b in zip(self.green_outstanding, prices.guarantee, strict=True))
        guarantee = loss * owed / max(outstanding, 1.0)
        for lender in self.lenders:
            share = lender.outstanding_cny / max(outstanding, 1.0)
            lender.collect(
                principal_cny=lender.outstanding_cny / years,
                interest_cny=lender.outstanding_cny * rate,
                loss_cny=share * loss,
                guaranteed_cny=share * guarantee,
                retained_share=retained,
            )
            lender.lend(share * borrowed)
        self.green_outstanding = [x * (1.0 - 1.0 / years) for x in self.green_outstanding]

    # --- what is measured --------------------------------------------------------------------------------------

    def co2_mt(self) -> list[float]:
        co2 = self.road_mt.tolist()
        for decider in [*self.units, *self.facilities]:
            co2[decider.province] += (decider.emitted + decider.fate.returned_tco2) / 1e6
        return co2

    def kept_mt(self) -> list[float]:
        kept = [0.0] * P
        for decider in [*self.units, *self.facilities]:
            kept[decider.province] += decider.fate.kept_tco2 / 1e6
        return kept

    def thermal_twh(self) -> list[float]:
        output = [0.0] * P
        for unit in self.units:
            if unit.thermal:
                output[unit.province] += unit.books.output_mwh / 1e6
        return output

    def capacity_gw(self) -> list[float]:
        capacity = [0.0] * P
        for unit in self.units:
            if unit.active(self.year):
                capacity[unit.province] += unit.capacity_mw / 1e3
        return capacity
