"""Power units of the object model: one Mesa agent each, with plain attributes and methods."""

from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from benchmarks.mesa_co2 import NOTHING, Fate, Site
from benchmarks.mesa_value import Case, annuity, expected_market_price, net_present_value
from tanlu.core.axes import FUELS
from tanlu.core.signals import Signals
from tanlu.power.cofiring import burnt_share
from tanlu.power.flexibility import retrofit_value
from tanlu.power.plants import IS_HYDRO, IS_THERMAL, PRICE_OF_FUEL
from tanlu.region.cofiring import PELLETS
from tanlu.region.power import OPEN_END_YEAR, PRICED_FUELS

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel

COAL, GAS = FUELS.index("coal"), FUELS.index("gas")
OVERHAUL_MEMORY_YEARS = 4


class YearPrices:
    """The year's signals as plain lists, so that objects do not index arrays number by number."""

    def __init__(self, signals: Signals, model: "ObjectModel") -> None:
        tech = model.region.power.technologies
        self.year, self.signals = signals.year, signals
        fuel = np.where(PRICE_OF_FUEL >= 0, signals.fuel_price_cny_per_gj[:, PRICE_OF_FUEL], 0.0)
        self.fuel = fuel.tolist()
        self.pellets = signals.fuel_price_cny_per_gj[:, PRICED_FUELS.index(PELLETS)].tolist()
        self.energy = signals.energy_price_cny_per_gj.tolist()
        self.scrap = signals.scrap_price_cny_per_t.tolist()
        self.product = signals.product_price_cny_per_t.tolist()
        self.electricity = signals.electricity_price_cny_per_mwh.tolist()
        self.carbon_cost = signals.carbon_cost_cny_per_tco2.tolist()
        self.fixed_carbon = signals.fixed_carbon_price_cny_per_tco2.tolist()
        self.covered = signals.market_covered.tolist()
        self.market = signals.market_price_cny_per_tco2
        self.benchmark = signals.benchmark.tolist()
        self.auctioned = signals.auction_share.tolist()
        self.industry_factor = signals.industry_benchmark_factor.tolist()
        self.scrap_subsidy = signals.scrap_subsidy_cny_per_t.tolist()
        self.energy_rule, self.expected_energy_rule = (
            (rule.ceiling_share.tolist(), rule.penalty_cny_per_gj.tolist())
            for rule in (signals.energy_rule, signals.expected_energy_rule)
        )
        self.tariff = signals.co2_tariff_cny_per_tco2.tolist()
        self.competing = signals.co2_competing_tco2
        factor = self.capture_factor = signals.capture_cost_factor
        self.capture_om = (tech.capture_om_cny_per_tco2[signals.data_row] * factor).tolist()
        self.capture_capex = (tech.capture_capex_cny_per_tco2_year[signals.data_row] * factor).tolist()
        self.support = signals.capture_support_cny_per_tco2.tolist()
        self.grant = signals.capture_grant_share.tolist()
        self.carbon_path = signals.carbon_path_cny_per_tco2.tolist()
        self.support_path = signals.capture_support_path_cny_per_tco2.tolist()
        self.allowance = signals.allowance_value_cny_per_tco2.tolist()
        self.allowance_path = signals.allowance_path_cny_per_tco2.tolist()
        self.payment = signals.capacity_payment_cny_per_kw_year.tolist()
        self.premium = signals.renewable_premium_cny_per_mwh.tolist()
        self.utilisation_cap = signals.coal_utilisation_cap.tolist()
        self.oldest_coal = signals.coal_maximum_age_years.tolist()
        self.interest_subsidy = signals.green_interest_subsidy.tolist()
        self.guarantee = signals.green_guarantee_share.tolist()
        self.prime_rate = signals.loan_prime_rate


class Books(NamedTuple):
    """What a year meant for a unit."""

    output_mwh: float
    gross_tco2: float
    captured_tco2: float
    allocated_tco2: float
    revenue_cny: float
    cost_cny: float
    support_cny: float

    @property
    def profit_cny(self) -> float:
        return self.revenue_cny + self.support_cny - self.cost_cny


class Project(NamedTuple):
    """What a decider wants to do and what it costs."""

    decider: mesa.Agent
    option: int
    owner: int
    province: int
    sector: int
    capex_cny: float  # after grants
    npv_cny: float
    rate: float  # at which it was valued
    green: bool
    capture: bool
    needs_loan: bool


class PowerUnit(mesa.Agent):
    """One power unit."""

    model: "ObjectModel"
    sector = 0
    fate: Fate = NOTHING
    contract_tco2 = 0.0  # a year, with its CO2 hub

    def __init__(
        self,
        model: "ObjectModel",
        *,
        province: int,
        fuel: int,
        owner: int,
        capacity_mw: float,
        commissioned_year: int,
        retired_year: int,
        heat_rate: float,
        must_run_share: float,
        minimum_load_share: float,
        availability: float,
        book_value_cny: float,
        number: int,
        own_premium: float,
        benchmark_class: int,
        site: Site,
    ) -> None:
        super().__init__(model)
        self.province, self.fuel, self.owner = province, fuel, owner
        self.capacity_mw, self.availability, self.must_run_share = capacity_mw, availability, must_run_share
        self.minimum_load_share = minimum_load_share
        self.commissioned_year, self.retired_year = commissioned_year, retired_year
        self.base_heat_rate = heat_rate
        self.book_value_cny, self.number, self.own_premium = book_value_cny, number, own_premium
        self.benchmark_class, self.site = benchmark_class, site
        self.thermal, self.hydro = bool(IS_THERMAL[fuel]), bool(IS_HYDRO[fuel])
        self.capture_rate, self.capture_year, self.cofiring_year = 0.0, OPEN_END_YEAR, OPEN_END_YEAR
        self.profits = [0.0] * OVERHAUL_MEMORY_YEARS
        self.net_mw = self.must_mw = self.room_mw = self.cost = 0.0
        self.books = Books(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def active(self, year: int) -> bool:
        return self.commissioned_year <= year < self.retired_year

    @property
    def captured(self) -> float:
        return self.books.captured_tco2

    @property
    def emitted(self) -> float:
        return self.books.gross_tco2 - self.books.captured_tco2

    def coming_tco2(self, year: int) -> float:
        """Return what a capture plant under construction would have taken of this year's CO2."""
        return self.books.gross_tco2 * self.capture_rate if year < self.capture_year < OPEN_END_YEAR else 0.0

    def charge_returned(self, prices: YearPrices) -> None:
        """Pay for captured CO2 that reached the air as for emissions."""
        cost = prices.carbon_cost[self.province][0] * self.fate.returned_tco2
        self.books = self.books._replace(cost_cny=self.books.cost_cny + cost)

    def penalty(self, year: int) -> float:
        return self.model.energy_penalty[self.fuel] if self.capture_year <= year else 0.0

    def heat_rate(self, year: int) -> float:
        return self.base_heat_rate / (1.0 - self.penalty(year))

    def offer(self, prices: YearPrices, year: int) -> None:
        """Set net capacity and, for a thermal unit, must-run output, what is offered above it, and at what cost."""
        self.net_mw = 0.0
        if not self.active(year):
            return
        whole = self.hydro and year <= self.model.last_observed_year
        share = 0.5 if self.commissioned_year == year and not whole else 1.0
        self.net_mw = self.capacity_mw * (1.0 - self.penalty(year)) * share
        if not self.thermal:
            return
        cap = prices.utilisation_cap[self.province] if self.fuel == COAL else 1.0
        available = self.net_mw * self.availability
        if self.capture_year == year:
            available *= 1.0 - self.model.parameters["capture_tie_in_outage_share_of_year"]
        self.must_mw = min(self.must_run_share, cap) * available
        self.room_mw = max(available * cap - self.must_mw, 0.0)
        self.cost = self.marginal_cost(prices, year)

    def burns(self, prices: YearPrices, year: int) -> tuple[float, float]:
        """Return price and CO2 of what it burns, by the GJ; the share of biomass is the array model's."""
        p, f, price, carbon = self.province, self.fuel, prices.fuel, self.model.co2_per_gj
        if self.cofiring_year == OPEN_END_YEAR:
            return price[p][f], carbon[f]
        own = (np.array([value]) for value in (f, p, self.cofiring_year))
        share = float(burnt_share(self.model.region, prices.signals, *own, year)[0])
        return (1.0 - share) * price[p][f] + share * prices.pellets[p], (1.0 - share) * carbon[f]

    def marginal_cost(self, prices: YearPrices, year: int) -> float:
        p, f, heat_rate = self.province, self.fuel, self.heat_rate(year)
        price, co2_per_gj = self.burns(prices, year)
        gross = heat_rate * co2_per_gj
        captured = gross * self.capture_rate if self.capture_year <= year else 0.0
        carbon = prices.carbon_cost[p][0] * (gross - captured)
        relief = prices.covered[p][0] * prices.market * prices.benchmark[p][self.benchmark_class]
        handling = prices.capture_om[f] + prices.tariff[p] - prices.support[p][0]
        fuel = heat_rate * price + self.model.variable_om[f]
        return max(fuel + carbon - relief + captured * handling, 0.0)

    def close_books(self, prices: YearPrices, year: int, output: float, revenue: float, idle: float) -> Books:
        """Return CO2 and money of a year's output; what is online without output burns fuel too."""
        p, f = self.province, self.fuel
        burning = output + idle * self.model.no_load_fuel[f]
        heat, kw = burning * self.heat_rate(year), self.net_mw * 1e3
        price, co2_per_gj = self.burns(prices, year)
        gross = heat * co2_per_gj
        captured = gross * self.capture_rate if self.capture_year <= year else 0.0
        allocated = output * prices.benchmark[p][self.benchmark_class] * prices.covered[p][0]
        cost = heat * price + kw * self.model.fixed_om[f] + output * self.model.variable_om[f]
        cost += captured * (prices.capture_om[f] + prices.tariff[p])
        cost += prices.carbon_cost[p][0] * (gross - captured) - prices.market * allocated
        support = kw * prices.payment[p][f] + output * prices.premium[p][f]
        return Books(output, gross, captured, allocated, revenue, cost, support)

    def at_window(self, year: int) -> bool:
        return self.thermal and self.active(year) and (self.number + year) % self.model.overhaul_years == 0

    def decides(self, year: int) -> bool:
        """Return whether it stands at its window, or has just committed to a hub."""
        committed = self.contract_tco2 > 0.0 and self.capture_year == OPEN_END_YEAR
        return self.at_window(year) or (committed and self.thermal and self.active(year))

    def closing_value(self, prices: YearPrices, forward: Books, hurdle: tuple[float, float]) -> float:
        """Return the NPV of closing early; zero for who has not lost over the years."""
        lost = sum(self.profits) < 0.0 and self.model.years_of_profit >= OVERHAUL_MEMORY_YEARS
        if not lost or not self.at_window(prices.year):
            return 0.0
        ahead = forward.profit_cny + prices.support[self.province][0] * forward.captured_tco2
        remaining = max(self.retired_year - prices.year, 1)
        return -ahead * annuity(hurdle[0] + self.own_premium, remaining) - self.closing_cost_cny

    @property
    def closing_cost_cny(self) -> float:
        return self.capacity_mw * 1e3 * self.model.parameters["decommissioning_cost_cny_per_kw"]

    def decide(
        self,
        prices: YearPrices,
        forward: Books,
        hurdle: tuple[float, float],
        may_close: bool,
        saved_cny: float,
        cofiring: tuple[float, float],
    ) -> Project | None:
        """Appraise capture, closing if approved, running lower and biomass; return the best if it pays.

        What running lower and biomass save and cost is computed by the array model's functions.
        """
        year = prices.year
        ordinary, green = (rate + self.own_premium for rate in hurdle)
        npv, capex = [0.0, 0.0, 0.0, -1.0, cofiring[0]], [0.0, 0.0, 0.0, 0.0, cofiring[1]]
        if self.can_capture(year):
            npv[1], capex[1] = self.capture_value(prices, forward, green)
        else:
            npv[1] = -1.0
        capex[2] = self.closing_cost_cny
        npv[2] = self.closing_value(prices, forward, hurdle) if may_close else -1.0
        lower, value, cost = retrofit_value(
            self.model.region.power,
            fuel=np.array([self.fuel]),
            minimum_load_share=np.array([self.minimum_load_share]),
            capacity_mw=np.array([self.capacity_mw]),
            remaining_years=np.array([self.retired_year - year]),
            rate=np.array([ordinary]),
            saved_cny=np.array([saved_cny]),
        )
        if lower[0] > 0.0 and self.at_window(year):
            npv[3], capex[3] = float(value[0]), float(cost[0])
        option = max(range(5), key=lambda k: npv[k])
        if option == 0:
            return None
        capture = option == 1
        cost, value, rate = capex[option], npv[option], green if capture else ordinary
        return Project(
            self,
            option,
            self.owner,
            self.province,
            0,
            cost,
            value,
            rate,
            capture,
            capture,
            needs_loan=option != 2,
        )

    def can_capture(self, year: int) -> bool:
        x = self.model.parameters
        return (
            self.model.capture_rate[self.fuel] > 0.0
            and self.capacity_mw >= x["capture_minimum_capacity_mw"]
            and self.retired_year - year >= x["capture_minimum_remaining_life_years"]
            and year >= x["capture_available_from_year"]
            and self.capture_year == OPEN_END_YEAR
            and self.cofiring_year == OPEN_END_YEAR
        )

    def capture_value(self, prices: YearPrices, forward: Books, rate: float) -> tuple[float, float]:
        """Return NPV and investment after grant of a retrofit; the array model levels the market's price."""
        p, f, model = self.province, self.fuel, self.model
        per_mwh = self.heat_rate(prices.year) * model.co2_per_gj[f] * model.capture_rate[f]
        full = self.capacity_mw * self.availability * 8760.0
        capex = prices.capture_capex[f] * full * per_mwh * (1.0 - prices.grant[p][0])
        captured = forward.output_mwh * per_mwh
        lost = model.energy_penalty[f] * forward.revenue_cny
        lead = model.capture_lead[f]
        running = self.retired_year - prices.year - lead
        life = min(max(running, 0), int(model.parameters["capture_life_years"]))
        price = expected_market_price(prices, rate, lead, life, model.belief[self.owner])
        short = model.energy_penalty[f] * forward.output_mwh * prices.benchmark[p][self.benchmark_class]
        outage = model.parameters["capture_tie_in_outage_share_of_year"] * max(forward.profit_cny, 0.0)
        lost += short * price + outage / max(annuity(rate, life), 1e-9)
        case = Case(
            province=p,
            sector=0,
            capex_cny=capex,
            cash_cny=-captured * prices.capture_om[f] - lost,
            avoided_tco2=captured,
            captured_tco2=captured,
            rate=rate,
            belief=model.belief[self.owner],
            lead_years=lead,
            life_years=life,
        )
        return net_present_value(model, prices, case, self.site, self.contract_tco2 > 0.0), capex

    def start(self, option: int, capex: float, year: int) -> None:
        if option == 2:
            self.retired_year = year + 1
            return
        if option == 4:
            self.cofiring_year = year + self.model.region.power.cofiring.lead_time_years
            self.book_value_cny += capex
            return
        if option == 3:
            self.minimum_load_share = self.model.flexible_load[self.fuel]
            self.book_value_cny += capex
            return
        self.capture_year = year + self.model.capture_lead[self.fuel]
        self.capture_rate = self.model.capture_rate[self.fuel]
        self.book_value_cny += capex

    def depreciate(self, year: int) -> float:
        """Write off book value in a straight line to the end of life."""
        share = self.book_value_cny / max(self.retired_year - year, 1) if self.active(year) else 0.0
        self.book_value_cny = 0.0 if self.retired_year <= year + 1 else self.book_value_cny - share
        return share

    def age(self, prices: YearPrices) -> None:
        """Close a coal unit that the law does not allow next year; write off what closes."""
        after, oldest = prices.year + 1, prices.oldest_coal[self.province]
        if self.fuel == COAL and self.active(after) and after - self.commissioned_year >= oldest:
            self.retired_year = after
        if self.retired_year == after:
            self.model.companies[self.owner].written_off_cny += self.book_value_cny

    def leave(self, year: int) -> None:
        if self.retired_year <= year:
            self.remove()
