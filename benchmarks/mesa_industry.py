"""Facilities and sector blocks of the object model: one Mesa agent each."""

import math
from typing import TYPE_CHECKING, NamedTuple

import mesa

from benchmarks.mesa_co2 import NOTHING, Fate, Site
from benchmarks.mesa_options import Option
from benchmarks.mesa_plants import OVERHAUL_MEMORY_YEARS, Project, YearPrices
from benchmarks.mesa_value import Case, annuity, net_present_value
from tanlu.core.axes import SECTORS
from tanlu.core.units import GJ_PER_MWH
from tanlu.region.industry import ENERGY
from tanlu.region.power import OPEN_END_YEAR

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel

GAS = ENERGY.index("gas")
CARRIERS = range(len(ENERGY))


class Needs(NamedTuple):
    """What a unit of output needs."""

    energy_gj: list[float]
    electricity_mwh: float
    gross_tco2: float
    captured_tco2: float
    scrap_t: float
    other_cost_cny: float
    fixed_cost_cny: float  # per unit of capacity

    @property
    def emitted_tco2(self) -> float:
        return self.gross_tco2 - self.captured_tco2


class Facility(mesa.Agent):
    """One facility, or the rest of a sector in a province."""

    model: "ObjectModel"
    fate: Fate = NOTHING
    contract_tco2 = 0.0  # a year, with its CO2 hub

    def __init__(
        self,
        model: "ObjectModel",
        *,
        is_block: bool,
        province: int,
        sector: int,
        process: int,
        product: int,
        owner: int,
        capacity: float,
        base_output: float,
        start_year: int,
        end_year: int,
        last_reline_year: int,
        energy_gj: list[float],
        electricity_mwh: float,
        process_tco2: float,
        scrap_t: float,
        other_cost_cny: float,
        fixed_cost_cny: float,
        capturable_share: float,
        number: int,
        own_premium: float,
        works_value_cny: float,
        reline_years: int,
        site: Site,
    ) -> None:
        super().__init__(model)
        self.is_block, self.province, self.sector, self.product = is_block, province, sector, product
        self.owner, self.capacity, self.base_output = owner, capacity, base_output
        self.start_year, self.end_year, self.last_reline_year = start_year, end_year, last_reline_year
        self.energy_gj, self.electricity_mwh, self.process_tco2 = energy_gj, electricity_mwh, process_tco2
        self.other_cost_cny, self.fixed_cost_cny = other_cost_cny, fixed_cost_cny
        self.scrap_t, self.capturable_share = scrap_t, capturable_share
        self.number, self.own_premium, self.reline_years = number, own_premium, reline_years
        self.site = site
        self.process = f"block_{SECTORS[sector]}" if is_block else model.processes[process].name
        self.capture_rate = self.capture_heat_gj = self.capture_mwh = self.capture_om_cny = 0.0
        self.capture_year = OPEN_END_YEAR
        self.book_value_cny, self.works_value_cny = 0.0, works_value_cny
        self.taken: set[int] = set()
        self.due: tuple[int, int] | None = None  # year and option of a project under way
        self.profits = [0.0] * OVERHAUL_MEMORY_YEARS
        self.output = self.electricity = self.emitted = self.captured = self.allocated = 0.0
        self.cost = self.weight = self.carbon = self.profit = self.penalty = 0.0
        self.reference = self.needs_before_heat(model.base_year)[1]

    def active(self, year: int) -> bool:
        return self.start_year <= year < self.end_year

    def level(self, year: int) -> float:
        return self.model.fossil_intensity(year, self.province, self.sector) if self.is_block else 1.0

    def needs_before_heat(self, year: int) -> tuple[list[float], float]:
        """Return energy and CO2 of a unit of output, before capture and the fuel for its heat."""
        level, co2 = self.level(year), self.model.carrier_co2
        energy = [x * level for x in self.energy_gj]
        return energy, sum(energy[c] * co2[c] for c in CARRIERS) + self.process_tco2

    def needs(self, year: int, capture_factor: float) -> Needs:
        energy, gross = self.needs_before_heat(year)
        electricity, captured = self.electricity_mwh, 0.0
        if self.capture_year <= year:
            captured = gross * self.capturable_share * self.capture_rate
            heat = captured * self.capture_heat_gj
            energy[GAS] += heat
            gross += heat * self.model.carrier_co2[GAS]
            electricity += captured * self.capture_mwh
        om = captured * self.capture_om_cny * capture_factor
        return Needs(energy, electricity, gross, captured, self.scrap_t, om, self.fixed_cost_cny)

    # --- the year ----------------------------------------------------------------------------------------------

    def plan(self, prices: YearPrices) -> None:
        """Set unit cost; capture's heat is no part of it, as the plant is paid for by the tonne."""
        p, year = self.province, prices.year
        energy, gross = self.needs_before_heat(year)
        share, electricity = 0.0, self.electricity_mwh
        if self.capture_year <= year:
            share = self.capturable_share * self.capture_rate
            electricity += gross * share * self.capture_mwh
        self.electricity = electricity
        self.cost = sum(energy[c] * prices.energy[p][c] for c in CARRIERS) + self.materials(prices)
        self.cost += electricity * prices.electricity[p]
        self.cost += prices.fixed_carbon[p][self.sector] * gross * (1.0 - share)
        self.penalty = self.penalty_at(prices.energy_rule, sum(self.energy_gj), self.electricity_mwh)
        self.cost += self.penalty - self.scrap_t * prices.scrap_subsidy[p][self.sector]

    def penalty_at(self, rule: tuple[list, list], fuel_gj: float, mwh: float) -> float:
        """Return what a rule on energy takes of a unit of output that needs so much."""
        ceiling, penalty = (of[self.province][self.sector] for of in rule)
        if self.is_block or math.isinf(ceiling):
            return 0.0
        usual = self.model.usual_energy_use[self.product]
        return penalty * max(fuel_gj + GJ_PER_MWH * mwh - ceiling * usual, 0.0)

    def materials(self, prices: YearPrices) -> float:
        bought = self.metal_t() * self.metal_price(prices)
        return self.other_cost_cny + self.scrap_t * prices.scrap[self.sector] + bought

    def metal_t(self) -> float:
        """Return primary aluminium bought for a tonne; scrap takes its place."""
        if self.is_block or (usual := self.model.process_named[self.process].metal_t) == 0.0:
            return 0.0
        return max(usual - (self.scrap_t - self.model.process_named[self.process].scrap_t), 0.0)

    def metal_price(self, prices: YearPrices) -> float:
        return prices.product[self.province][self.model.region.industry.products.metal]

    def metal_saved(self, prices: YearPrices, added_scrap_t: float) -> float:
        """Return what more scrap in a tonne saves of metal, with the payment for it."""
        now = self.metal_t()
        less = now - max(now - added_scrap_t, 0.0) if now > 0.0 else 0.0
        return (
            less * self.metal_price(prices) + added_scrap_t * prices.scrap_subsidy[self.province][self.sector]
        )

    def price(self, prices: YearPrices) -> float:
        return 0.0 if self.is_block else prices.product[self.province][self.product]

    def weigh(self, cheapest: float, prices: YearPrices) -> None:
        """Set the weight in the sharing of demand: it falls exponentially with the cost disadvantage."""
        scale = self.model.parameters["production_cost_scale"] * max(self.price(prices), 1.0)
        self.weight = self.capacity * math.exp(-(self.cost - cheapest) / scale)

    def produce(self, prices: YearPrices, served_share: list[float]) -> None:
        """Set output, electricity and CO2 of the year, cut where industrial load was shed."""
        if not self.is_block:
            self.output *= served_share[self.province]
        needs = self.needs(prices.year, prices.capture_factor)
        self.electricity *= self.output
        self.emitted, self.captured = needs.emitted_tco2 * self.output, needs.captured_tco2 * self.output
        p = self.province
        size = self.capacity if not self.is_block and self.active(prices.year) else 0.0
        cost = sum(needs.energy_gj[c] * prices.energy[p][c] for c in CARRIERS) * self.output
        cost += self.electricity * prices.electricity[p]
        self.cost = cost + self.materials(prices) * self.output + self.fixed_cost_cny * size

    def coming_tco2(self, year: int) -> float:
        """Return what a capture plant under construction would have taken of this year's CO2."""
        if self.due is None or self.capture_year < OPEN_END_YEAR:
            return 0.0
        rate = self.model.options[self.due[1]].capture_rate
        return rate * self.capturable_share * (self.emitted + self.captured)

    def charge_returned(self, prices: YearPrices) -> None:
        """Set allowances and the carbon cost, captured CO2 that reached the air included."""
        p, s = self.province, self.sector
        emitted = self.emitted + self.fate.returned_tco2
        self.allocated = 0.0 if self.is_block else self.allowances(prices, emitted)
        self.carbon = prices.carbon_cost[p][s] * emitted - prices.market * self.allocated

    def allowances(self, prices: YearPrices, emitted: float) -> float:
        free = prices.covered[self.province][self.sector] * (
            1.0 - prices.auctioned[self.province][self.sector]
        )
        return self.allocation(prices, emitted, self.output) * free if free > 0.0 else 0.0

    def allocation(self, prices: YearPrices, emitted: float, output: float) -> float:
        """Return what is allocated for `emitted` tonnes of `output`, auction included."""
        balance = self.reference * prices.industry_factor[self.province][self.sector]
        intensity = emitted / output if output > 0.0 else 0.0
        gap = (balance - intensity) / balance if balance > 0.0 else 0.0
        x, limit = self.model.parameters, self.model.parameters["allocation_surplus_limit"]
        return emitted * (1.0 + min(max(x["allocation_sensitivity"] * gap, -limit), limit))

    def allowance_share(self, prices: YearPrices, before: float, after: float) -> float:
        """Return by how much the allocation falls with each tonne avoided; all of it for a block."""
        if self.is_block or before == after:
            return 1.0
        gone = self.allocation(prices, before, 1.0) - self.allocation(prices, after, 1.0)
        return gone / (before - after)

    def coming_scrap_t(self) -> float:
        """Return what the year's output takes of scrap, a project under way included."""
        if self.due is None:
            return self.output * self.scrap_t
        return self.output * self.scrap_after(self.model.options[self.due[1]])

    def scrap_after(self, o: Option) -> float:
        if o.to_process >= 0:
            return self.model.processes[o.to_process].scrap_t
        return self.scrap_t + o.added_scrap_t

    def sell(self, prices: YearPrices) -> None:
        """Set the year's profit."""
        if self.is_block:
            self.profit = 0.0 - self.captured * (
                self.capture_om_cny * prices.capture_factor + prices.tariff[self.province]
            )
            return
        capture = self.captured * (self.capture_om_cny * prices.capture_factor + prices.tariff[self.province])
        support = self.scrap_t * prices.scrap_subsidy[self.province][self.sector]
        earned = self.price(prices) + support - self.penalty
        self.profit = self.output * earned - self.cost - capture - self.carbon

    # --- investment --------------------------------------------------------------------------------------------

    def at_reline(self, year: int) -> bool:
        return (year - self.last_reline_year) % self.reline_years == 0

    def at_window(self, year: int) -> bool:
        staggered = (self.number + year) % self.model.overhaul_years == 0
        return self.active(year) and self.output > 0.0 and (staggered or self.at_reline(year))

    def decides(self, year: int) -> bool:
        """Return whether it stands at its window, or has just committed to a hub."""
        committed = self.contract_tco2 > 0.0 and self.capture_year == OPEN_END_YEAR
        return self.at_window(year) or (committed and self.active(year) and self.output > 0.0)

    def open_options(self, year: int) -> list[int]:
        if self.due is not None:
            return []
        reline, has_capture = self.at_reline(year), self.capture_year < OPEN_END_YEAR
        window = self.at_window(year)
        return [
            i
            for i, o in enumerate(self.model.options)
            if self.process in o.from_process
            and o.available_from_year <= year
            and (reline or not o.at_reline)
            and i not in self.taken
            and not (o.capture_rate > 0.0 and has_capture)
            and (window or o.capture_rate > 0.0)
        ]

    def closing_value(self, prices: YearPrices, rate: float) -> tuple[float, float]:
        """Return NPV and cost of closing; NPV is zero for who does not lose."""
        x = self.model.parameters
        cost = x["closing_cost_share_of_sales"] * self.capacity * self.price(prices)
        learned = self.model.years_of_profit >= OVERHAUL_MEMORY_YEARS and self.due is None
        if self.is_block or not learned or sum(self.profits) >= 0.0:
            return 0.0, cost
        horizon = int(x["closure_horizon_years"])
        return -sum(self.profits) / OVERHAUL_MEMORY_YEARS * annuity(rate, horizon) - cost, cost

    def decide(self, prices: YearPrices, hurdle: tuple[float, float], may_close: bool) -> Project | None:
        """Appraise every open option and closing, and return the best if it pays."""
        ordinary, green = (rate + self.own_premium for rate in hurdle)
        best, option, capex = 0.0, -1, 0.0
        options = self.open_options(prices.year)
        now = self.needs(prices.year, prices.capture_factor) if options else None
        for i in options:
            npv, cost = self.option_value(prices, now, self.model.options[i], green)
            if npv > best:
                best, option, capex = npv, i, cost
        closing = len(self.model.options)
        npv, cost = self.closing_value(prices, ordinary)
        if may_close and npv > best:
            best, option, capex = npv, closing, cost
        if option < 0:
            return None
        closes = option == closing
        rate = ordinary if closes else green
        capture, builds = not closes and self.model.options[option].capture, not closes
        return Project(
            self, option, self.owner, self.province, self.sector, capex, best, rate, builds, capture, builds
        )

    def option_value(self, prices: YearPrices, now: Needs, o: Option, rate: float) -> tuple[float, float]:
        """Return NPV and investment after grant."""
        p, s, after = self.province, self.sector, self.after(o, prices)
        saved = sum((now.energy_gj[c] - after.energy_gj[c]) * prices.energy[p][c] for c in CARRIERS)
        saved += (now.electricity_mwh - after.electricity_mwh) * prices.electricity[p]
        saved += self.penalty_saved(prices, o)
        saved += self.metal_saved(prices, after.scrap_t - now.scrap_t)
        avoided = (now.emitted_tco2 - after.emitted_tco2) * self.output
        saved -= after.other_cost_cny - now.other_cost_cny
        more = (after.scrap_t - now.scrap_t) * self.output
        saved -= after.scrap_t * self.model.scrap_price_with(s, more)
        saved += now.scrap_t * self.model.scrap_price_with(s, 0.0)
        size = self.output if self.is_block else self.capacity
        fixed = (after.fixed_cost_cny - now.fixed_cost_cny) * size
        grant = prices.grant[p][s] if o.capture_rate > 0.0 else 0.0
        capex = self.capex(o, prices, after.captured_tco2 * self.output) * (1.0 - grant)
        case = Case(
            province=p,
            sector=s,
            capex_cny=capex,
            cash_cny=saved * self.output - fixed,
            avoided_tco2=avoided,
            captured_tco2=(after.captured_tco2 - now.captured_tco2) * self.output,
            rate=rate,
            belief=self.model.belief[self.owner],
            lead_years=o.lead_years,
            life_years=o.life_years,
            allowance_share=self.allowance_share(prices, now.emitted_tco2, after.emitted_tco2),
        )
        return net_present_value(self.model, prices, case, self.site, self.contract_tco2 > 0.0), capex

    def penalty_saved(self, prices: YearPrices, o: Option) -> float:
        """Return what an option saves a unit of output by the energy rule announced for the next window."""
        rule = prices.expected_energy_rule
        if o.to_process >= 0:
            r = self.model.processes[o.to_process]
            fuel, mwh = sum(r.energy_gj), r.electricity_mwh
        else:
            fuel = sum(self.energy_gj[c] * o.energy_factor[c] + o.added_energy_gj[c] for c in CARRIERS)
            mwh = self.electricity_mwh + o.added_electricity_mwh
        now = self.penalty_at(rule, sum(self.energy_gj), self.electricity_mwh)
        return now - self.penalty_at(rule, fuel, mwh)

    def after(self, o: Option, prices: YearPrices) -> Needs:
        """Return what a unit of output would need after the option."""
        co2, other, capturable = self.model.carrier_co2, 0.0, self.capturable_share
        fixed = self.fixed_cost_cny
        if o.to_process >= 0:
            r = self.model.processes[o.to_process]
            energy, process, electricity = list(r.energy_gj), r.process_tco2, r.electricity_mwh
            other, capturable = r.other_cost_cny - self.other_cost_cny, r.capturable_share
            fixed = r.fixed_cost_cny
        else:
            level = self.level(prices.year)
            energy = [
                (self.energy_gj[c] * o.energy_factor[c] + o.added_energy_gj[c]) * level for c in CARRIERS
            ]
            process = self.process_tco2 * o.process_factor
            electricity = self.electricity_mwh + o.added_electricity_mwh
        new = o.capture_rate > 0.0
        rate, heat, mwh, om = (
            (o.capture_rate, o.capture_heat_gj, o.capture_mwh, o.capture_om_cny)
            if new
            else (self.capture_rate, self.capture_heat_gj, self.capture_mwh, self.capture_om_cny)
        )
        gross = sum(energy[c] * co2[c] for c in CARRIERS) + process
        captured = gross * capturable * rate
        energy[GAS] += captured * heat
        cost = other + o.variable_cost_cny + captured * om * prices.capture_factor
        gross += captured * heat * co2[GAS]
        scrap, fixed = self.scrap_after(o), fixed + o.fixed_om_cny
        return Needs(energy, electricity + captured * mwh, gross, captured, scrap, cost, fixed)

    def capex(self, o: Option, prices: YearPrices, captured: float) -> float:
        """Return the investment: by capacity, and capture by I = I_ref (m / m_ref)^n of scale."""
        size = self.output if self.is_block else self.capacity
        share = self.output / size if size > 0.0 else 1.0
        tonnes = captured / share if share > 0.0 else 0.0
        scale = max(tonnes / o.reference_tco2, 1e-6) ** (o.scale_exponent - 1.0) if tonnes > 0.0 else 0.0
        return o.capex_cny * size + o.capture_capex_cny * prices.capture_factor * tonnes * scale

    def start(self, option: int, capex: float, year: int) -> None:
        if option == len(self.model.options):
            self.end_year = year + 1
            return
        self.taken.add(option)
        self.book_value_cny += capex
        self.due = (year + self.model.options[option].lead_years, option)

    def age(self, year: int) -> None:
        """Leave the owner's books if it closes at the end of the year."""
        if self.active(year) and self.end_year == year + 1:
            self.model.companies[self.owner].written_off_cny += self.book_value_cny + self.works_value_cny
            self.book_value_cny = self.works_value_cny = 0.0

    def depreciate(self, year: int) -> float:
        share = self.book_value_cny / self.model.parameters["industry_depreciation_years"]
        self.book_value_cny -= share
        if not self.active(year) or self.end_year == OPEN_END_YEAR:
            return share
        works = self.works_value_cny / max(self.end_year - year, 1)
        self.works_value_cny -= works
        return share + works

    def complete(self, year: int) -> None:
        """Become what a project due by `year` makes of the facility."""
        if self.due is None or self.due[0] > year:
            return
        o, self.due = self.model.options[self.due[1]], None
        if o.at_reline:
            self.last_reline_year = year
        if o.to_process >= 0:
            r = self.model.processes[o.to_process]
            self.process, self.energy_gj, self.electricity_mwh = r.name, list(r.energy_gj), r.electricity_mwh
            self.process_tco2, self.other_cost_cny = r.process_tco2, r.other_cost_cny
            self.scrap_t, self.fixed_cost_cny = r.scrap_t, r.fixed_cost_cny + o.fixed_om_cny
            self.capturable_share = r.capturable_share
            return
        self.energy_gj = [self.energy_gj[c] * o.energy_factor[c] + o.added_energy_gj[c] for c in CARRIERS]
        self.electricity_mwh += o.added_electricity_mwh
        self.process_tco2 *= o.process_factor
        self.scrap_t += o.added_scrap_t
        self.other_cost_cny += o.variable_cost_cny
        self.fixed_cost_cny += o.fixed_om_cny
        if o.capture_rate > 0.0:
            self.capture_rate, self.capture_year = o.capture_rate, year
            self.capture_heat_gj, self.capture_mwh = o.capture_heat_gj, o.capture_mwh
            self.capture_om_cny = o.capture_om_cny
