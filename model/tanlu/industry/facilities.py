"""Industry: lines of facilities and sector blocks that produce in order of cost, and decide how to produce."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import S
from tanlu.core.economics import exponential
from tanlu.core.mesa_classes import Model
from tanlu.core.parties import FACILITIES, PARTY
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.core.schedules import EFFICIENCY_PENALTY, SCRAP_SUBSIDY, Pieces
from tanlu.core.signals import Signals
from tanlu.core.units import T_PER_KT
from tanlu.industry.closures import approve_facility_closing, find_facility_bars
from tanlu.industry.efficiency_rule import allocation, balance_value, unit_excess, unit_penalty
from tanlu.industry.facility_rows import FacilityRows
from tanlu.industry.metal import metal_replaced_t, variable_cost
from tanlu.industry.options import (
    closing_value,
    collect_capture,
    option_value,
    put_in_place,
)
from tanlu.industry.prices import scrap_prices
from tanlu.industry.state import IndustryAccounts, ProductionPlan, facility_sites, initial_state
from tanlu.investment.population import GREEN_RATE, ORDINARY_RATE, STAYS, Appraisal, ProjectEffect, Waiting
from tanlu.investment.site_cost import draw_site_factors
from tanlu.investment.valuation import earned_share
from tanlu.kernels.allocation import fill_by_weight
from tanlu.kernels.industry.facilities import (
    FacilityPrices,
    Needs,
    ProductionOutcome,
    cost_disadvantages,
    produce,
    production_costs,
    unit_costs,
)
from tanlu.kernels.industry.options import Recipes
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR

LOSS_MEMORY_YEARS = 4
PROJECTS = slice(STAYS + 1, -1)  # of the options: all but to stay, the first, and to close, the last
GAS = ENERGY.index("gas")


class Industry(FacilityRows):
    """Every line of the region's industrial facilities and one block per sector and province, one row each."""

    kind = "Industry"
    closing = "close"
    columns = (
        "province",
        "sector",
        "process",
        "product",
        "owner",
        "capacity",
        "start_year",
        "end_year",
        "last_reline_year",
        "electricity_mwh",
        "process_tco2",
        "scrap_t",
        "other_cost_cny",
        "fixed_cost_cny",
        "capturable_share",
        "capture_rate",
        "capture_year",
        "capture_size_tco2",
        "capture_law",
        "book_value_cny",
        "base_period_tco2",
        "base_period_output",
        "contract_tco2",
        "reserved_tco2",
        "orphaned",
    )

    def __init__(self, model: Model, region: Region, *, seed: int, replication: int) -> None:
        state = initial_state(region)
        super().__init__(model, state.ids, state.names_en, state.names_zh)
        self.region, self.data, self.facility = region, region.industry, state.facility
        self.seed, self.replication = seed, replication
        self.is_block = state.is_block
        self.province, self.sector = state.province, state.sector
        self.business = PARTY[FACILITIES[0]] + state.sector
        self.process, self.product, self.owner = state.process, state.product, state.owner
        self.capacity, self.start_year, self.end_year = state.capacity, state.start_year, state.end_year
        self.last_reline_year, self.base_output = state.last_reline_year.copy(), state.base_output
        use = state.use
        self.energy_gj, self.electricity_mwh = use.energy_gj.copy(), use.electricity_mwh.copy()
        self.process_tco2, self.other_cost_cny = use.process_tco2.copy(), use.other_cost_cny.copy()
        self.scrap_t, self.fixed_cost_cny = use.scrap_t.copy(), state.fixed_cost_cny.copy()
        n, self.capturable_share = len(self), use.capturable_share
        self.capture_rate, self.capture_heat_gj, self.capture_mwh, self.capture_om_cny = np.zeros((4, n))
        self.capture_size_tco2 = np.zeros(n)  # a year
        self.capture_year = np.full(n, OPEN_END_YEAR)
        self.capture_law = np.zeros(n, np.int64)  # its capture started under, in `Signals.laws`
        self.book_value_cny, self.facility_value_cny = (
            np.zeros(n),
            state.facility_value_cny,
        )  # projects, the rest
        self.site = facility_sites(region, self.facility)
        self.contract_tco2, self.reserved_tco2 = np.zeros((2, n))  # a year, with its CO2 hub
        # What needs allowances, and what is made, in a year before the sector is capped.
        self.base_period_tco2, self.base_period_output = np.zeros((2, n))
        self.orphaned = np.zeros(n, dtype=bool)  # its owner has failed, and nobody has bought it
        self.has_taken = np.zeros((n, len(self.data.options.ids)), dtype=bool)
        self.due: list[tuple[int, int, int]] = []  # (year, row, option) of projects under way
        self.profit_cny = np.zeros((n, LOSS_MEMORY_YEARS))
        self.years_of_profit = 0
        self.number = np.array([decider_id(name) for name in state.ids], dtype=np.int64)
        self._draw_own()
        self._read_options()
        provinces, products = len(region.axes.provinces), len(self.data.products.names)
        self.group = np.where(
            self.is_block, provinces * products, self.province * products + np.maximum(self.product, 0)
        )

    def _draw_own(self) -> None:
        """Draw each line's hurdle premium, and each facility's campaign length and site.

        So its lines never come to a reline in the same year, and no two of them pay at the same price.
        """
        ids, x = self.data.facilities.ids, self.region.parameters
        premium = self._draw(Purpose.FACILITY_HURDLE_RATE, self.number)
        self.own_premium = (2.0 * premium - 1.0) * x["hurdle_half_width"]
        names = [ids[f] if f >= 0 else name for f, name in zip(self.facility, self.ids, strict=True)]
        campaign = self._draw(Purpose.RELINE, np.array([decider_id(name) for name in names]))
        sites = np.array([decider_id("site", name) for name in names])
        self.capture_site_factor = draw_site_factors(
            self.region, sites, seed=self.seed, replication=self.replication
        )
        self.reline_years = (x["reline_interval_years"] + np.round(6.0 * campaign - 3.0)).astype(np.int64)

    def _read_options(self) -> None:
        """Set the recipes of facilities and the options open to them."""
        o = self.data.options
        self.recipes = Recipes._make(np.array(getattr(self.data.processes, x)) for x in Recipes._fields)
        self.options = ("keep", *self.data.options.ids, "close")
        self.is_capture = np.array([False, *(kind == "capture" for kind in o.kind), False])
        self.is_green = np.isin(np.arange(len(self.options)), [0, len(self.options) - 1], invert=True)
        self.applies = np.where(
            self.is_block[:, None], o.open_to_block[self.sector], o.open_to_process[self.process]
        )

    # --- the year ----------------------------------------------------------------------------------------------

    @property
    def rationing_tier(self) -> Integers:
        """The place in RATIONING_TIERS [N]; that of a block is not used."""
        return self.data.processes.rationing_tier[self.process]

    def offer(
        self, signals: Signals, demand_factor: float, added_demand_t: Floats, cohort_fuel_gj: Floats
    ) -> ProductionPlan:
        """Plan output: each product's demand shared by cost within capacity.

        Weights fall exponentially with the cost disadvantage in the product's group, so that equal plants share
        equally and dear plants idle first.
        `added_demand_t` [P, product] is what new buildings and cars ask for beyond the trend, `cohort_fuel_gj`
        [P, S, ENERGY] what cohorts of adopters burn: their sector's block is those cohorts.
        """
        t, is_active = signals.data_row, self.active(signals.year)
        needs = self.needs(signals.year)
        cost = self._unit_cost(signals, needs) + unit_penalty(self, signals)
        cost = cost - self.scrap_t * signals.subsidies[SCRAP_SUBSIDY][self.province, self.sector]
        demand_t = self.data.demand_kt[t] * T_PER_KT * demand_factor + added_demand_t
        capacity = np.where(is_active & ~self.is_block, self.capacity, 0.0)
        demand_t[:, self.data.products.metal] -= metal_replaced_t(self, demand_t, capacity)
        demand = np.append(np.maximum(demand_t, 0.0).reshape(-1), 0.0)
        excess = cost_disadvantages(group=self.group, groups=demand.size, capacity=capacity, cost=cost)
        scale = self.region.parameters["production_cost_scale"] * np.maximum(self.price(signals), 1.0)
        weight = capacity * exponential(-excess / scale)
        limit = capacity * self.region.parameters["maximum_utilisation"]
        output = fill_by_weight(demand=demand, group=self.group, capacity=limit, weight=weight)
        supply = sum_by_group(self.group, output, demand.size)
        activity = self.base_output * self.data.activity[t, self.province, self.sector] * demand_factor
        output = np.where(self.is_block, activity, output)
        needs = self.burn_as_cohorts(needs, output, cohort_fuel_gj)
        needs = self._limit_capture(needs, output)
        return ProductionPlan(output, needs, output * needs.electricity_mwh, demand - supply)

    def _limit_capture(self, needs: Needs, output: Floats) -> Needs:
        """Limit what a unit captures to what its plant is built for."""
        flow = output * needs.captured_tco2
        if not (flow > self.capture_size_tco2).any():
            return needs
        share = np.divide(self.capture_size_tco2, flow, out=np.ones(len(self)), where=flow > 0.0)
        captured = needs.captured_tco2 * np.minimum(share, 1.0)
        return needs._replace(
            captured_tco2=captured,
            captured_share=needs.captured_share * np.minimum(share, 1.0),
            electricity_mwh=needs.electricity_mwh - (needs.captured_tco2 - captured) * self.capture_mwh,
        )

    def operate(self, signals: Signals, plan: ProductionPlan, served_share: Floats) -> ProductionOutcome:
        """Compute energy and CO2 of the year's output after load shedding.

        Args:
            signals: the year's signals.
            plan: from `offer`.
            served_share: of the output of each rationing tier, [P, tier].
        """
        cut = np.where(self.is_block, 1.0, served_share[self.province, self.rationing_tier])
        production: ProductionOutcome = produce(
            output=plan.output * cut,
            needs=plan.needs,
            electricity_mwh=plan.electricity_mwh * cut,
            capture_heat_gj=self.capture_heat_gj,
            heat_carrier=GAS,
            heat_co2_t_per_gj=self.region.power.carrier_co2_t_per_gj[GAS],
        )
        return production

    def settle(
        self, signals: Signals, plan: ProductionPlan, production: ProductionOutcome, returned_tco2: Floats
    ) -> IndustryAccounts:
        """Compute each facility's revenue and costs.

        Args:
            signals: the year's signals.
            plan: from `offer`.
            production: from `operate`.
            returned_tco2: captured CO2 that reached the air after all, [N]; it costs what emissions cost.
        """
        place, net_capture = (self.province, self.sector), production.captured_tco2 - returned_tco2
        emissions = production.emitted_tco2.sum(axis=1) + returned_tco2
        obligation = emissions + (1.0 - signals.policy.carbon.capture_counts) * net_capture
        free_share = signals.policy.carbon.covered * (1.0 - signals.carbon.auction_share)
        balance = balance_value(self, obligation, production.output)
        rows = np.arange(len(self))
        allowances = allocation(self, signals, rows, obligation, production.output, balance, free_share)
        allowances = self._share_cap(signals, production.output, allowances)
        carbon = signals.carbon.carbon_cost_cny_per_tco2[place] * emissions
        carbon = carbon + signals.carbon.captured_cost_cny_per_tco2[place] * net_capture
        carbon = carbon - signals.carbon.market_price_cny_per_tco2 * allowances
        operation = self.capture_om_cny * signals.co2.capture_cost_factor
        handling = operation + signals.co2.co2_tariff_cny_per_tco2[self.province]
        is_seller = ~self.is_block
        return IndustryAccounts(
            revenue_cny=production.output * self.price(signals),
            production_cost_cny=self.production_cost(signals, production) * is_seller,
            capture_cost_cny=production.captured_tco2 * handling,
            carbon_cost_cny=carbon * is_seller,
            levies_cny=signals.policy.sum_dues_cny(self.charged(signals, production)),
            allocated_tco2=allowances,
        )

    def _share_cap(self, signals: Signals, output: Floats, allowances: Floats) -> Floats:
        """Replace the allowances [N] of who is capped by its part of the cap, which goes with its base period."""
        follows = signals.carbon.follows_output_share[self.sector]
        change = np.divide(
            output, self.base_period_output, out=np.ones(output.size), where=self.base_period_output > 0.0
        )
        share = signals.carbon.base_free_share[self.province, self.sector] * ~self.is_block
        part = share * self.base_period_tco2 * (1.0 + follows * (change - 1.0))
        return np.where(signals.carbon.is_capped[self.sector], part * self.active(signals.year), allowances)

    def remember_base(self, base_tco2: Floats, base_output: Floats) -> None:
        """Keep what needs allowances, and output, of a year before the cap [N]."""
        self.base_period_tco2, self.base_period_output = base_tco2, base_output

    def remember(self, profit_cny: Floats) -> None:
        """Keep the year's profit [N], capture support included, which decides on closing."""
        self.profit_cny = np.concatenate([self.profit_cny[:, 1:], profit_cny[:, None]], axis=1)
        self.years_of_profit += 1

    # --- investment --------------------------------------------------------------------------------------------

    def appraise(
        self, signals: Signals, production: ProductionOutcome, hurdle: Floats, belief: Floats
    ) -> Appraisal:
        """Appraise open options of facilities at their decision window.

        Who has just committed to a hub appraises capture at once.

        Args:
            signals: the year's signals.
            production: this year's production; capture is valued at what is expected of it.
            hurdle: real discount rate of ordinary and of green projects by owner, [W, 2].
            belief: how far each owner believes announced policy, [W].
        """
        standing = np.flatnonzero(self.active(signals.year))
        decides, bars = find_facility_bars(self, standing, signals.year, production.output)
        rows, waits = standing[decides], np.flatnonzero(~decides)
        waiting = Waiting(standing[waits], self.province[standing[waits]], bars.select(waits).reasons)
        if rows.size == 0:
            return Appraisal.empty(self.options)._replace(waiting=waiting)
        k = len(self.options)
        npv, capex = np.zeros((rows.size, k)), np.zeros((rows.size, k))
        switching, income = np.full((2, rows.size, k), np.nan)
        effect = ProjectEffect(*np.zeros((2, rows.size, k)))
        rate = (
            np.repeat(hurdle[self.owner[rows], ORDINARY_RATE][:, None], k, axis=1)
            + self.own_premium[rows][:, None]
        )
        bars, capture = bars.select(np.flatnonzero(decides)), None
        local, option = np.nonzero(bars.is_open[:, PROJECTS])
        if local.size:
            green = hurdle[self.owner[rows], GREEN_RATE] - hurdle[self.owner[rows], ORDINARY_RATE]
            rate[local, option + 1] += green[local]
            row, cell = rows[local], (local, option + 1)
            value = option_value(self, signals, production, row, option, rate[cell], belief)
            npv[cell], switching[cell] = value.npv_cny, value.switching_price_cny_per_tco2
            capex[cell], income[cell] = value.projects.capex_cny, earned_share(signals, value.projects)
            effect.avoided_tco2[cell], effect.taken_mwh[cell] = (
                value.projects.avoided_tco2,
                value.running.taken_mwh,
            )
            capture = collect_capture(self, signals, row, cell, value)
        npv[:, -1], capex[:, -1] = closing_value(self, signals, rows, rate[:, -1])
        closing = approve_facility_closing(self, rows, bars.column(-1), npv[:, -1], signals, production)
        bars = bars.with_column(-1, closing)
        columns = self.options, rows, npv, capex, rate, bars, switching, capture, waiting
        return Appraisal(*columns, earned_share=income, effect=effect)

    def start(self, appraisal: Appraisal, choice: Integers, funded: Booleans, signals: Signals) -> None:
        """Put funded projects under way; closing takes effect next year."""
        decisions = np.flatnonzero(funded & (choice > 0))
        self.end_year, none = self.end_year.copy(), np.zeros(choice.size)
        sizes = none if appraisal.capture_tco2 is None else appraisal.capture_tco2
        for i in decisions:
            row, option = int(appraisal.decider[i]), int(choice[i]) - 1
            if option == len(self.data.options.ids):
                self.end_year[row] = signals.year + 1
                continue
            if self.data.options.effect.capture_rate[option] > 0.0:
                self.capture_law[row] = signals.law
                self.capture_size_tco2[row] = sizes[i]
            self.has_taken[row, option] = True
            self.book_value_cny[row] += appraisal.capex_cny[i, choice[i]]
            self.due.append((signals.year + int(self.data.options.lead_time_years[option]), row, option))

    def depreciate(self, year: int) -> Floats:
        """Write off projects over time; return the year's depreciation, CNY [N].

        Facilities are kept up, out of their fixed cost, unless it is known when they close: then they are written off.
        """
        projects = self.book_value_cny / self.region.parameters["industry_depreciation_years"]
        is_closing = self.active(year) & (self.end_year < OPEN_END_YEAR)
        facilities = is_closing * self.facility_value_cny / np.maximum(self.end_year - year, 1)
        self.book_value_cny = self.book_value_cny - projects
        self.facility_value_cny = self.facility_value_cny - facilities
        return projects + facilities

    def complete(self, year: int) -> None:
        """Turn projects due in `year` into what the facility becomes."""
        for _, row, option in (d for d in self.due if d[0] == year):
            put_in_place(self, row, option, year)
        self.due = [d for d in self.due if d[0] > year]

    # --- how it is computed ------------------------------------------------------------------------------------

    def subsidised(self, production: ProductionOutcome) -> tuple[Pieces, ...]:
        """List the subsidised quantities: scrap that facilities melted, t."""
        scrap_t = self.scrap_t * production.output
        return (Pieces(SCRAP_SUBSIDY, (self.province, self.sector), scrap_t, self.business),)

    def charged(self, signals: Signals, production: ProductionOutcome) -> tuple[Pieces, ...]:
        """List the quantities that levies are charged on: energy beyond the ceiling, GJ."""
        excess_gj = production.output * unit_excess(self, signals)
        return (Pieces(EFFICIENCY_PENALTY, (self.province, self.sector), excess_gj, self.business),)

    def capture_under_way(self, production: ProductionOutcome) -> Floats:
        """Compute this year's CO2 for capture plants under construction, t [N]."""
        tonnes = np.zeros(len(self))
        for _, row, option in self.due:
            rate = self.data.options.effect.capture_rate[option] * self.capturable_share[row]
            tonnes[row] += rate * production.gross_tco2[row] * (self.capture_year[row] == OPEN_END_YEAR)
        return np.minimum(tonnes, self.capture_size_tco2)

    def scrap_price(self, signals: Signals, production: ProductionOutcome) -> Floats:
        """Compute the market price of the scrap used this year, CNY/t [S]."""
        use = sum_by_group(self.sector, production.output * self.scrap_t, S)
        return scrap_prices(self.data.scrap, use, signals.data_row)

    def _unit_cost(self, signals: Signals, needs: Needs) -> Floats:
        """Compute the variable and net carbon cost of a unit, CNY [N]."""
        return unit_costs(
            province=self.province,
            sector=self.sector,
            needs=needs,
            other_cost_cny=variable_cost(self, signals),
            prices=_prices(signals),
        )

    def production_cost(self, signals: Signals, production: ProductionOutcome) -> Floats:
        """Compute energy, electricity and other cost of the year, CNY [N]."""
        return production_costs(
            province=self.province,
            production=production,
            size=np.where(self.is_block, 0.0, self.capacity * self.active(signals.year)),
            other_cost_cny=variable_cost(self, signals),
            fixed_cost_cny=self.fixed_cost_cny,
            prices=_prices(signals),
        )

    def _draw(self, purpose: Purpose, number: Integers) -> Floats:
        return uniform(
            seed=self.seed, replication=self.replication, decider_ids=number, year=0, purpose=purpose
        )


def _prices(signals: Signals) -> FacilityPrices:
    return FacilityPrices(
        energy_cny_per_gj=signals.prices.energy_price_cny_per_gj,
        electricity_cny_per_mwh=signals.prices.electricity_price_cny_per_mwh,
        carbon_cny_per_tco2=signals.policy.carbon.price_cny_per_tco2,
    )
