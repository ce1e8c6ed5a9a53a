"""What one facility chooses, in plain numbers: an object of its own for every facility and sector block."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.schedules import CAPTURE_SUBSIDY, EFFICIENCY_PENALTY, SCRAP_SUBSIDY, EnergyRule
from tanlu.core.signals import Signals
from tanlu.industry.closures import LOSS_DECIMALS
from tanlu.industry.facilities import LOSS_MEMORY_YEARS, Industry
from tanlu.industry.prices import scrap_prices
from tanlu.investment.valuation import product_outlet, storing_cost
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.region.industry import ENERGY
from tanlu.region.power import OPEN_END_YEAR

GAS = ENERGY.index("gas")
CARRIERS = range(len(ENERGY))
GJ_PER_MWH = 3.6


TAX_RATE, WRITE_OFF_YEARS, INFLATION = 0.25, 15, 0.015  # of industry, in all years


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


class Case(NamedTuple):
    """What would be built, and what it would bring in a year of operation."""

    capex_cny: float  # after grant
    cash_cny: float  # without carbon and what becomes of captured CO2
    avoided_tco2: float  # supposing that what is captured stays out of the air
    captured_tco2: float
    rate: float
    lead_years: int
    life_years: int
    allowance_share: float  # free allowances that go with a tonne avoided


class Choice(NamedTuple):
    """What a facility finds out about its options, keep first and closing last, and what it takes."""

    open: list[bool]
    npv_cny: list[float]
    capex_cny: list[float]  # after grant
    option: int


class Owners(NamedTuple):
    """How owners form expectations."""

    hurdle: Floats  # [W, 2] ordinary and green
    belief: Floats  # [W] in announced policy


def annuity(rate: float, years: int) -> float:
    """Return what 1 CNY at the end of each of `years` years is worth now."""
    return (1.0 - (1.0 + rate) ** -years) / rate if rate != 0.0 else float(years)


class Facility:
    """One facility, or the rest of a sector in a province, in one year."""

    def __init__(
        self, industry: Industry, row: int, signals: Signals, made: ProductionOutcome, owners: Owners
    ) -> None:
        self.industry, self.row, self.signals, self.owners = industry, row, signals, owners
        for column in (*industry.columns, "is_block", "number", "own_premium", "reline_years"):
            setattr(self, column, getattr(industry, column)[row].item())
        for column in ("capture_heat_gj", "capture_mwh", "capture_om_cny", "capture_site_factor"):
            setattr(self, column, getattr(industry, column)[row].item())
        self.energy_gj = industry.energy_gj[row].tolist()
        self.output = made.output[row].item()
        makers = [
            j
            for j in range(len(industry))
            if industry.product[j] == self.product and not industry.is_block[j]
        ]
        self.uncounted = 1.0 - float(signals.policy.carbon.capture_counts)
        owed = [made.emitted_tco2[j].sum() + self.uncounted * made.captured_tco2[j] for j in makers]
        emitted, output = sum(owed), sum(made.output[j] for j in makers)
        self.balance_tco2 = emitted / output if output > 0.0 else 0.0
        self.profits = industry.profit_cny[row].tolist()
        self.busy = any(other == row for _, other, _ in industry.due)
        self.data, self.parameters = industry.data, industry.region.parameters
        self.co2 = industry.region.power.carrier_co2_t_per_gj.tolist()
        self.belief = owners.belief[self.owner].item()
        level = self.data.fossil_intensity[signals.data_row, self.province, self.sector].item()
        self.level = level if self.is_block else 1.0

    # --- when it decides ---------------------------------------------------------------------------------------

    def active(self, year: int) -> bool:
        return self.start_year <= year < self.end_year

    @property
    def at_reline(self) -> bool:
        return (self.signals.year - self.last_reline_year) % self.reline_years == 0

    @property
    def at_window(self) -> bool:
        interval = int(self.parameters["overhaul_interval_years"])
        return self.orphaned or (self.number + self.signals.year) % interval == 0 or self.at_reline

    @property
    def decides(self) -> bool:
        """Whether it stands at its window, or has just committed to a hub."""
        committed = self.contract_tco2 > 0.0 and self.capture_year == OPEN_END_YEAR
        return self.active(self.signals.year) and self.output > 0.0 and (self.at_window or committed)

    def may_take(self, i: int) -> bool:
        o, capture = self.data.options, self.data.options.effect.capture_rate[i] > 0.0
        sector = o.open_to_block[self.sector] if self.is_block else o.open_to_process[self.process]
        return bool(
            not self.busy
            and sector[i]
            and o.available_from_year[i] <= self.signals.year
            and not self.orphaned
            and (self.at_reline or not o.at_reline[i])
            and not self.industry.has_taken[self.row, i]
            and not (capture and self.capture_year < OPEN_END_YEAR)
            and (self.at_window or capture)
        )

    # --- what an option changes --------------------------------------------------------------------------------

    def needs(self, base: Needs, capturable: float, capture: tuple[float, ...]) -> Needs:
        """Return what a unit needs whose capture plant has a rate, and takes heat, electricity and money a tonne."""
        rate, heat_gj, mwh, om = capture
        gross = base.gross_tco2 + sum(base.energy_gj[c] * self.co2[c] for c in CARRIERS)
        captured = gross * capturable * rate
        energy = list(base.energy_gj)
        energy[GAS] += captured * heat_gj
        return base._replace(
            energy_gj=energy,
            gross_tco2=gross + captured * heat_gj * self.co2[GAS],
            captured_tco2=captured,
            electricity_mwh=base.electricity_mwh + captured * mwh,
            other_cost_cny=base.other_cost_cny + captured * om * self.signals.co2.capture_cost_factor,
        )

    @property
    def own_capture(self) -> tuple[float, ...]:
        return self.capture_rate, self.capture_heat_gj, self.capture_mwh, self.capture_om_cny

    def now(self) -> Needs:
        energy = [x * self.level for x in self.energy_gj]
        other, fixed = self.other_cost_cny, self.fixed_cost_cny
        base = Needs(energy, self.electricity_mwh, self.process_tco2, 0.0, self.scrap_t, other, fixed)
        return self.needs(base, self.capturable_share, self.own_capture)

    def after(self, i: int) -> Needs:
        o, r, k = self.data.options, self.data.processes, int(self.data.options.effect.to_process[i])
        if k >= 0:
            energy, mwh = r.energy_gj_per_t[k].tolist(), r.electricity_mwh_per_t[k]
            process, capturable = r.process_tco2_per_t[k], r.capturable_share[k]
            other, fixed = r.other_cost_cny_per_t[k], r.fixed_cost_cny_per_t_year[k]
        else:
            energy = [x * self.level for x in self.changed_energy(i)]
            mwh = self.electricity_mwh + o.effect.added_electricity_mwh_per_t[i]
            process, capturable = self.process_tco2 * o.effect.process_factor[i], self.capturable_share
            other, fixed = self.other_cost_cny, self.fixed_cost_cny
        other, fixed = (
            other + o.effect.variable_cost_cny_per_t[i],
            fixed + o.effect.fixed_om_cny_per_t_year[i],
        )
        new = (
            o.effect.capture_rate[i],
            o.effect.capture_heat_gj_per_tco2[i],
            o.effect.capture_electricity_mwh_per_tco2[i],
            o.effect.capture_om_cny_per_tco2[i],
        )
        base = Needs(energy, mwh, process, 0.0, self.scrap_after(i), other, fixed)
        return self.needs(base, capturable, new if o.effect.capture_rate[i] > 0.0 else self.own_capture)

    def changed_energy(self, i: int) -> list[float]:
        o = self.data.options
        factor, added = o.effect.energy_factor[i].tolist(), o.effect.added_energy_gj_per_t[i].tolist()
        return [self.energy_gj[c] * factor[c] + added[c] for c in CARRIERS]

    def scrap_after(self, i: int) -> float:
        o, k = self.data.options, int(self.data.options.effect.to_process[i])
        return self.data.processes.scrap_t_per_t[k] if k >= 0 else self.scrap_t + o.added_scrap_t_per_t[i]

    # --- what that is worth ------------------------------------------------------------------------------------

    def saved_cny(self, now: Needs, after: Needs, i: int, scrap_use_t: Floats) -> float:
        """Return what a unit of output costs less, without carbon and capture's transport."""
        x, p, s = self.signals, self.province, self.sector
        price = x.prices.energy_price_cny_per_gj[p]
        saved = sum((now.energy_gj[c] - after.energy_gj[c]) * price[c] for c in CARRIERS)
        saved += (now.electricity_mwh - after.electricity_mwh) * x.prices.electricity_price_cny_per_mwh[p]
        saved -= after.other_cost_cny - now.other_cost_cny
        saved += self.penalty(self.energy_gj, self.electricity_mwh) - self.penalty(*self.ruled_energy(i))
        more = after.scrap_t - now.scrap_t
        saved += self.metal_saved_t(more) * x.prices.product_price_cny_per_t[p][self.data.products.metal]
        saved += more * x.subsidies[SCRAP_SUBSIDY][p][s]
        saved += now.scrap_t * self.scrap_price(scrap_use_t, 0.0)
        return saved - after.scrap_t * self.scrap_price(scrap_use_t, more * self.output)

    def scrap_price(self, use_t: Floats, more_t: float) -> float:
        then = use_t.copy()
        then[self.sector] = max(then[self.sector] + more_t, 0.0)
        return float(scrap_prices(self.data.scrap, then, self.signals.data_row)[self.sector])

    def metal_saved_t(self, more_scrap_t: float) -> float:
        usual = 0.0 if self.is_block else self.data.processes.metal_t_per_t[self.process]
        if usual == 0.0:
            return min(0.0, more_scrap_t)
        buys = max(usual - (self.scrap_t - self.data.processes.scrap_t_per_t[self.process]), 0.0)
        return min(buys, more_scrap_t)

    def ruled_energy(self, i: int) -> tuple[list[float], float]:
        """Return fuel and electricity that the rule on energy counts once an option is in place."""
        o, r, k = self.data.options, self.data.processes, int(self.data.options.effect.to_process[i])
        if k >= 0:
            return r.energy_gj_per_t[k].tolist(), r.electricity_mwh_per_t[k]
        return self.changed_energy(i), self.electricity_mwh + o.effect.added_electricity_mwh_per_t[i]

    def penalty(self, energy_gj: list[float], mwh: float) -> float:
        rule: EnergyRule = self.signals.expected_energy_rule
        ceiling = rule.ceiling_share[self.province][self.sector]
        if self.is_block or math.isinf(ceiling):
            return 0.0
        most = ceiling * self.data.products.usual_energy_use_gj_per_t[self.product]
        excess = max(sum(energy_gj) + GJ_PER_MWH * mwh - most, 0.0)
        return self.signals.expected_levies[EFFICIENCY_PENALTY][self.province][self.sector] * excess

    def allowances(self, emitted_tco2: float) -> float:
        """Return what is allocated for a unit of output that emits so much."""
        factor = self.signals.policy.carbon.benchmark_factor[self.province][self.sector]
        balance, limit = self.balance_tco2 * factor, self.parameters["allocation_surplus_limit"]
        gap = (balance - emitted_tco2) / balance if balance > 0.0 else 0.0
        return emitted_tco2 * (1.0 + min(max(self.parameters["allocation_sensitivity"] * gap, -limit), limit))

    def allowance_share(self, now: Needs, after: Needs, option: int) -> float:
        """Return it year by year of operation: captured tonnes take allowances along where they need none."""
        before, left = now.emitted_tco2, after.emitted_tco2
        if self.is_block or before == left:
            return 1.0
        counts, lead = self.signals.carbon.capture_counts_path, int(self.data.options.lead_time_years[option])
        life, shares = int(self.data.options.lifetime_years[option]), []
        owed = before + self.uncounted * now.captured_tco2
        for t in range(lead, lead + life):
            captured = after.captured_tco2 - now.captured_tco2
            fewer = before - left - (1.0 - counts[min(t, len(counts) - 1)]) * captured
            gone = self.allowances(owed) - self.allowances(owed - fewer)
            shares.append(gone / fewer if fewer != 0.0 else 1.0)
        return sum(shares) / len(shares)

    def valued_output(self, i: int) -> float:
        """Return the output at which an option is valued: for capture, the mean of a contract as the pack has it."""
        if self.data.options.effect.capture_rate[i] == 0.0:
            return self.output
        transport, now = self.industry.region.co2.transport, self.signals.data_row
        first, years = int(transport["hub_lead_time_years"]), int(transport["hub_cost_recovery_years"])
        path = self.data.activity[:, self.province, self.sector]
        if not self.is_block:
            path = self.data.demand_kt[:, self.province, self.product]
        ahead = [path[min(now + t, len(path) - 1)] / path[now] for t in range(first, first + years)]
        most = self.capacity * self.parameters["maximum_utilisation"]
        return min(self.output * sum(ahead).item() / years, max(most, self.output))

    def capex(self, i: int, captured_tco2: float) -> float:
        """Return the investment after grant: by capacity, and capture by I = I_ref (m / m_ref)^n of scale."""
        o, size = self.data.options, self.output if self.is_block else self.capacity
        margin = 1.0 + self.industry.region.co2.transport["hub_booking_margin_share"]
        built_for = self.valued_output(i) * (1.0 if self.is_block else margin)
        tonnes, plant = captured_tco2 * min(built_for, self.capacity), 0.0
        if tonnes > 0.0:
            relative = max(tonnes / (o.effect.reference_mtco2_per_year[i] * 1e6), 1e-6)
            scale = relative ** (o.effect.scale_exponent[i] - 1.0)
            plant = o.effect.capture_capex_cny_per_tco2_year[i] * tonnes * scale * self.capture_site_factor
        grant = self.signals.co2.capture_grant_share[self.province][self.sector]
        borne = 1.0 - self.signals.green_fund_share[self.province]  # of what the grant leaves
        whole = o.effect.capex_cny_per_t_year[i] * size + plant * self.signals.co2.capture_cost_factor
        return whole * borne * (1.0 - grant if o.effect.capture_rate[i] > 0.0 else 1.0)

    def option_value(self, i: int, scrap_use_t: Floats) -> tuple[float, float]:
        """Return NPV and investment after grant."""
        now, after, o, output = self.now(), self.after(i), self.data.options, self.valued_output(i)
        size = self.output if self.is_block else self.capacity
        fixed = (after.fixed_cost_cny - now.fixed_cost_cny) * size
        case = Case(
            capex_cny=self.capex(i, after.captured_tco2),
            cash_cny=self.saved_cny(now, after, i, scrap_use_t) * output - fixed,
            avoided_tco2=(now.emitted_tco2 - after.emitted_tco2) * output,
            captured_tco2=(after.captured_tco2 - now.captured_tco2) * output,
            rate=self.owners.hurdle[self.owner][1].item() + self.own_premium,
            lead_years=int(o.lead_time_years[i]),
            life_years=int(o.lifetime_years[i]),
            allowance_share=self.allowance_share(now, after, i),
        )
        return self.better_outlet(case), case.capex_cny

    def better_outlet(self, case: Case) -> float:
        """Return the NPV; what is captured is stored, where that is possible, or sold, whichever is worth more."""
        if case.captured_tco2 <= 0.0:
            return self.net_present_value(case)
        co2, tonnes = self.industry.region.co2, np.array([case.captured_tco2])
        contracted = np.array([self.contract_tco2 > 0.0])
        storing = storing_cost(
            self.signals, co2, self.industry.sites(np.array([self.row])), contracted, tonnes
        )
        heard = self.signals.co2
        outlet = product_outlet(heard.product_demand, heard.co2_competing_tco2, tonnes)
        released = (1.0 - float(outlet.kept_share[0])) * case.captured_tco2
        sold = self.net_present_value(
            case._replace(
                cash_cny=case.cash_cny + float(outlet.price_cny_per_tco2[0]) * case.captured_tco2,
                avoided_tco2=case.avoided_tco2 - released,
                captured_tco2=case.captured_tco2 - released,
            )
        )
        if not contracted[0] and not storing.trucks[0]:
            return sold
        cost = float(storing.tariff_cny_per_tco2[0]) * case.captured_tco2
        return max(sold, self.net_present_value(case._replace(cash_cny=case.cash_cny - cost)))

    def net_present_value(self, case: Case) -> float:
        """Return the NPV of an investment in equal parts over the lead time; what is not believed stays as today."""
        x, p, s, rate, lead = self.signals, self.province, self.sector, case.rate, case.lead_years
        allowance = case.allowance_share * x.carbon.allowance_value_cny_per_tco2[p][s]
        price = x.carbon.carbon_cost_cny_per_tco2[p][s] - allowance
        needed = x.carbon.captured_cost_cny_per_tco2[p][s]
        support = x.subsidies[CAPTURE_SUBSIDY][p][s] - (needed - allowance if needed > 0.0 else 0.0)
        today = price * case.avoided_tco2 + support * case.captured_tco2
        cash = case.cash_cny + (1.0 - self.belief) * today
        outlay = case.capex_cny / lead * annuity(rate, lead) * (1.0 + rate) if lead else case.capex_cny
        value = cash * annuity(rate, case.life_years) * (1.0 + rate) ** -lead
        earned = (1.0 - TAX_RATE) * (value + self.belief * self.announced_value(case))
        years, spared = min(WRITE_OFF_YEARS, case.life_years), 0.0
        for k in range(1, years + 1):
            spared += TAX_RATE / years * (1.0 + INFLATION) ** -k * (1.0 + rate) ** -(lead + k)
        return float(earned - outlay + spared * case.capex_cny)

    def announced_value(self, case: Case) -> float:
        """Return the present value of avoided and stored CO2 along the announced paths."""
        x, p, s, worth = self.signals, self.province, self.sector, 0.0
        carbon, support = (
            x.carbon.carbon_path_cny_per_tco2[p][s],
            x.co2.capture_support_path_cny_per_tco2[p][s],
        )
        free, last = (
            x.carbon.allowance_path_cny_per_tco2[p][s],
            x.carbon.carbon_path_cny_per_tco2.shape[2] - 1,
        )
        for t in range(case.lead_years, case.lead_years + case.life_years):
            at = min(t, last)
            needed, gone = x.carbon.captured_path_cny_per_tco2[p][s][at], case.allowance_share * free[at]
            earned = case.avoided_tco2 * (carbon[at] - gone)
            earned -= case.captured_tco2 * (needed - gone) if needed > 0.0 else 0.0
            worth += (earned + case.captured_tco2 * support[at]) * (1.0 + case.rate) ** -(t + 1)
        return float(worth)

    # --- closing -----------------------------------------------------------------------------------------------

    @property
    def mean_profit_cny(self) -> float:
        return sum(self.profits) / len(self.profits)

    def closing_value(self) -> tuple[float, float]:
        """Return NPV and cost of closing."""
        price = self.signals.prices.product_price_cny_per_t[self.province][self.product]
        sales = 0.0 if self.is_block else self.capacity * price
        cost = self.parameters["closing_cost_share_of_sales"] * sales
        rate = self.owners.hurdle[self.owner][0].item() + self.own_premium
        years = int(self.parameters["closure_horizon_years"])
        return (1.0 - TAX_RATE) * (-self.mean_profit_cny * annuity(rate, years) - cost), cost

    @property
    def wants_to_close(self) -> bool:
        learned = self.industry.years_of_profit >= LOSS_MEMORY_YEARS and not self.busy
        loses = self.mean_profit_cny < 0.0 and self.closing_value()[0] > 0.0
        return learned and self.at_window and not self.is_block and loses

    @property
    def usable(self) -> float:
        """Output that it can make next year."""
        stands = self.active(self.signals.year + 1) and not self.is_block
        return self.capacity * self.parameters["maximum_utilisation"] if stands else 0.0

    def choose(self, scrap_use_t: Floats, may_close: bool) -> Choice:
        """Appraise every open option and closing, and take the best if it pays."""
        options = range(len(self.data.options.ids))
        open_ = [True, *(self.may_take(i) for i in options), may_close]
        found = [self.option_value(i, scrap_use_t) if open_[i + 1] else (0.0, 0.0) for i in options]
        npv, capex = zip((0.0, 0.0), *found, self.closing_value(), strict=True)
        allowed = [value if yes else -math.inf for value, yes in zip(npv, open_, strict=True)]
        return Choice(open_, list(npv), list(capex), allowed.index(max(allowed)))


def scrap_committed_t(industry: Industry, everybody: list[Facility]) -> Floats:
    """Return what this year's output takes of scrap by sector, projects under way included."""
    use, coming = np.zeros(industry.data.scrap.supply_t.shape[1]), {r: i for _, r, i in industry.due}
    for x in everybody:
        use[x.sector] += x.output * (x.scrap_after(coming[x.row]) if x.row in coming else x.scrap_t)
    return use


def spared(everybody: list[Facility]) -> set[int]:
    """Return the rows of who may close without a shortage of its product, the greatest losers by the tonne first."""
    spare: dict[tuple[int, int], float] = {}
    for x in everybody:
        if not x.is_block:
            group = x.province, x.product
            spare[group] = spare.get(group, 0.0) + x.usable - x.output
    closing = set()
    wants = [x for x in everybody if x.decides and x.wants_to_close]
    for x in sorted(wants, key=lambda x: round(x.mean_profit_cny / x.capacity, LOSS_DECIMALS)):
        if x.usable <= spare[x.province, x.product]:
            spare[x.province, x.product] -= x.usable
            closing.add(x.row)
    return closing


def choices(
    industry: Industry, signals: Signals, made: ProductionOutcome, owners: Owners
) -> dict[int, Choice]:
    """Return what each facility that decides this year finds out and takes, by row."""
    everybody = [Facility(industry, row, signals, made, owners) for row in range(len(industry))]
    use, closing = scrap_committed_t(industry, everybody), spared(everybody)
    return {x.row: x.choose(use, x.row in closing) for x in everybody if x.decides}
