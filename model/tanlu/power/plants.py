"""Power plants: they run in merit order, and decide on capture and on closing."""

from typing import Any

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import SECTOR
from tanlu.core.mesa_classes import Model
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.core.schedules import COAL_LOAN, GAS_LOAN
from tanlu.core.signals import Signals
from tanlu.investment.population import Appraisal, Waiting
from tanlu.investment.site_cost import draw_site_factors
from tanlu.kernels.co2.market import EmitterSites
from tanlu.kernels.power.units import (
    PlantAccounts,
    PowerOffer,
    UnitColumns,
    UnitSales,
    UnitTerms,
    offer_capacity,
    settle_year,
)
from tanlu.power.cofiring import share_of_equipped
from tanlu.power.life import draw_completion, leaving_share, standing_mw
from tanlu.power.options import (
    EXTENSION,
    IS_CAPTURE,
    OPTIONS,
    RETIRE,
    OptionProspect,
    appraise_options,
    find_unit_bars,
    start_options,
)
from tanlu.power.state import (
    COAL,
    GAS,
    IS_THERMAL,
    NewUnits,
    add_payments,
    benchmark_class,
    contract_share,
    fuel_records,
    initial_book_value,
    initial_investment,
)
from tanlu.power.unit_rows import IS_PRICED, PRICE_OF_FUEL, HeldNames, Holdings, UnitRows
from tanlu.region.co2 import find_sites
from tanlu.region.cofiring import PELLETS
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR, PRICED_FUELS

LOSS_MEMORY_YEARS = 4  # EMLab dismantling role: the mean profit of the last years decides
ELECTRICITY = SECTOR["electricity"]


class PowerPlants(UnitRows):
    """Every power unit of the region, one row each; wind, sun and storage built in the run are cohorts of a year."""

    kind = "PowerPlants"
    is_green = is_capture = IS_CAPTURE
    closing = "retire_early"

    columns = (
        "province",
        "fuel",
        "owner",
        "capacity_mw",
        "commissioned_year",
        "retired_year",
        "life_end_year",
        "extended_year",
        "net_heat_rate_gj_per_mwh",
        "must_run_share",
        "own_use_share",
        "heat_to_power_ratio",
        "contract_share",
        "minimum_load_share",
        "availability",
        "hours_share",
        "site_mw",
        "nominal_strike_cny_per_mwh",
        "contracted_share",
        "contract_end_year",
        "capture_rate",
        "capture_year",
        "capture_site_factor",
        "capture_law",
        "cofiring_year",
        "reserve_until_year",
        "investment_cny",
        "book_value_cny",
        "number",
        "own_premium",
        "benchmark_class",
        "base_period_mwh",
        "hub",
        "hub_km",
        "store",
        "store_km",
        "contract_tco2",
        "reserved_tco2",
        "orphaned",
    )

    def __init__(self, model: Model, region: Region, *, seed: int, replication: int) -> None:
        units = region.power.units
        super().__init__(model, units.ids, units.names_en, units.names_zh)
        self.region, self.seed, self.replication = region, seed, replication
        tech = region.power.technologies
        self.province, self.fuel = units.province, units.fuel
        self.own_use_share, self.heat_to_power_ratio = units.own_use_share, units.heat_to_power_ratio
        # Copies: the pack's arrays are read-only, for which numba would compile the kernels once more.
        self.capacity_mw = units.capacity_mw.copy()
        self.number = np.array([decider_id(name) for name in units.ids], dtype=np.int64)
        self.commissioned_year = draw_completion(region, self.number, seed=seed, replication=replication)
        life = tech.by_fuel.lifetime_years[units.fuel]
        has_end_year = units.retired_year < OPEN_END_YEAR
        # A unit older than its nominal life at the start has been refurbished: it runs another half life.
        extended = np.maximum(self.commissioned_year + life, region.base_year + life // 2)
        self.retired_year = np.where(has_end_year, units.retired_year, extended)
        # Beyond it a part leaves each year; open where the unit closes as a whole in `retired_year`.
        self.life_end_year = np.where(has_end_year, OPEN_END_YEAR, extended)
        self.net_heat_rate_gj_per_mwh = units.net_heat_rate_gj_per_mwh.copy()
        self.must_run_share, self.availability = units.must_run_share.copy(), units.availability.copy()
        self.contract_share = contract_share(region, units)
        # Units that must run anyhow, for heat or for a facility of their own, cannot go lower than that.
        self.minimum_load_share = tech.by_fuel.minimum_load_share[self.fuel] * (self.must_run_share == 0.0)
        n, self.hours_share = len(self), np.ones(len(self))  # wind and sun of the list have the best sites
        self.capture_rate, self.site_mw, self.contract_tco2, self.reserved_tco2 = np.zeros((4, n))  # t a year
        self.nominal_strike_cny_per_mwh, self.contracted_share = np.zeros((2, n))
        self.contract_end_year = np.zeros(n, np.int64)
        self.capture_year, self.cofiring_year, self.extended_year = np.full((3, n), OPEN_END_YEAR)
        self.capture_law, self.reserve_until_year = np.zeros((2, n), np.int64)  # the law: in `Signals.laws`
        self.benchmark_class = benchmark_class(units.fuel, units.capacity_mw, units.circulating)
        self.base_period_mwh = np.zeros(n)
        self.capture_site_factor = self._site_factors(self.number)
        self.thermal = np.flatnonzero(IS_THERMAL[self.fuel])  # rows
        self.investment_cny = initial_investment(region, self.fuel, self.capacity_mw)
        self.all_ids, self.place, self.pack_size = list(units.ids), np.arange(n), n
        self.holding, self.holdings = np.arange(n), self._holdings_of_the_pack()
        self.hub, self.hub_km, self.store, self.store_km = find_sites(
            region.co2, units.latitude_deg, units.longitude_deg
        )
        self.profit_cny = np.zeros((n, LOSS_MEMORY_YEARS))
        self.closed_units = self._standing().select(np.zeros(0, np.int64))
        self.years_of_profit = 0
        self.fuel_records = fuel_records(region.power)
        self._cached_terms: tuple[Signals, UnitTerms] | None = None

    def _holdings_of_the_pack(self) -> Holdings:
        """Build the holdings of the pack's units at their book value."""
        units, n = self.region.power.units, len(self)
        value = initial_book_value(
            self.region, self.investment_cny, self.commissioned_year, self.retired_year
        )
        names, rows = HeldNames(units.ids, units.names_en, units.names_zh), np.arange(n)
        premium, orphaned = self._own_premium(self.number), np.zeros(n, dtype=bool)
        return Holdings(names, rows, rows, np.ones(n), units.owner, premium, value, orphaned)

    def _extension_rate(self, signals: Signals, rows: Integers, rate: Floats) -> Floats:
        """Compute the hurdle rate of running on [n], without loans where a rule stops them."""
        finance = self.region.finance
        stops = signals.policy.finance.coal_loans_stopped[self.province[rows]] > 0.0
        alone = finance.owners.rate_without_loans(finance.parameters["inflation"])[self.owner[rows]]
        return np.where(stops & (self.fuel[rows] == COAL), alone + self.own_premium[rows], rate)

    def loan_class(self, appraisal: Appraisal, option: Integers) -> Integers:
        """Return the loan class of a choice [N]: coal or gas units are refurbished."""
        fuel, runs_on = self.fuel[appraisal.decider], option == EXTENSION
        kinds = [runs_on & (fuel == COAL), runs_on & (fuel == GAS)]
        return np.select(kinds, [COAL_LOAN, GAS_LOAN], super().loan_class(appraisal, option))

    # --- the year ----------------------------------------------------------------------------------------------

    def offer(self, signals: Signals, year: int, overhauls: Floats | None = None) -> PowerOffer:
        """Compute the offers of units in operation in `year` at current costs.

        Args:
            signals: of the year of the decision.
            year: in which they run.
            overhauls: when they are overhauled, as of `plan_overhauls`; None: in their usual months.
        """
        offer: PowerOffer = offer_capacity(
            year=year,
            units=self._columns_in(signals, year),
            fuels=self.fuel_records,
            terms=self._terms(signals),
            maintenance_density=self.region.power.maintenance_density if overhauls is None else overhauls,
        )
        return offer

    def operate(self, signals: Signals, power: PowerOutcome, year: int) -> PlantAccounts:
        """Compute output, CO2 and money of every unit for a cleared year."""
        accounts: PlantAccounts = settle_year(
            year=year,
            units=self._columns_in(signals, year),
            fuels=self.fuel_records,
            terms=self._terms(signals),
            sales=UnitSales(
                capacity_by_fuel_mw=power.offer.capacity_by_fuel_mw,
                generation_mwh=power.generation_mwh,
                revenue_cny_per_mw=power.revenue_cny_per_mw,
                must_run_price_cny_per_mwh=power.prices.must_run_price_cny_per_mwh,
                heat_led_price_cny_per_mwh=power.prices.heat_led_price_cny_per_mwh,
                unit_output_mwh=power.units.output_mwh,
                unit_idle_mwh=power.units.idle_mwh,
                unit_revenue_cny=power.units.revenue_cny,
                shadow_price_cny_per_mwh=power.prices.shadow_price_cny_per_mwh,
            ),
            capacity_payment_cny_per_kw_year=signals.prices.capacity_payment_cny_per_kw_year,
            premium_cny_per_mwh=signals.policy.power.renewable_premium_cny_per_mwh,
        )
        return add_payments(self, accounts, signals, power.prices.must_run_price_cny_per_mwh, year)

    def remember(self, profit_cny: Floats) -> None:
        """Keep the year's profit [N], capture support included, which decides on closing."""
        self.profit_cny = np.concatenate([self.profit_cny[:, 1:], profit_cny[:, None]], axis=1)
        self.years_of_profit += 1

    # --- investment --------------------------------------------------------------------------------------------

    def appraise(
        self,
        signals: Signals,
        expected_accounts: PlantAccounts,
        hurdle: Floats,
        belief: Floats,
        expected: PowerOutcome,
    ) -> Appraisal:
        """Appraise options of thermal units at their overhaul year.

        Who has just committed to a hub appraises capture at once.

        Args:
            signals: the year's signals.
            expected_accounts: accounts of the expected year, [N].
            hurdle: real discount rate of ordinary and of green projects by owner, [W, 2].
            belief: how far each owner believes announced policy, [W].
            expected: the cleared expected year.
        """
        year, running = signals.year, self.thermal_running(signals.year)
        decides, bars = find_unit_bars(self, running, year)
        rows, waits = running[decides], np.flatnonzero(~decides)
        waiting = Waiting(running[waits], self.province[running[waits]], bars.select(waits).reasons)
        if rows.size == 0:
            return Appraisal.empty(OPTIONS)._replace(waiting=waiting)
        rate = hurdle[self.owner[rows]][:, IS_CAPTURE.astype(np.int64)] + self.own_premium[rows][:, None]
        rate[:, EXTENSION] = self._extension_rate(signals, rows, rate[:, EXTENSION])
        prospect = OptionProspect(signals, expected_accounts, expected, belief)
        return appraise_options(self, prospect, rows, rate, bars.select(np.flatnonzero(decides)))._replace(
            waiting=waiting
        )

    def keep_as_reserve(self, rows: Integers, year: int) -> None:
        """Keep units as emergency reserve until their next window."""
        self.reserve_until_year = self.reserve_until_year.copy()
        self.reserve_until_year[rows] = year + int(self.region.parameters["overhaul_interval_years"])

    def start(self, appraisal: Appraisal, choice: Integers, funded: Booleans, signals: Signals) -> None:
        """Start the funded projects, and add their cost to book value."""
        units = tuple(appraisal.decider[(choice == option) & funded] for option in range(len(OPTIONS)))
        start_options(self, units, signals)
        funded_rows = np.flatnonzero(funded & (choice != RETIRE))
        added_cny = np.zeros(len(self))
        added_cny[appraisal.decider[funded_rows]] = appraisal.capex_cny[funded_rows, choice[funded_rows]]
        self.investment_cny = self.investment_cny + added_cny
        self._value_at(self.holdings.book_value_cny + self.holdings.parts(added_cny))

    def add(self, new: NewUnits) -> None:
        """Append new units; those of one cohort become one row."""
        n, (units, row, first) = len(self), new.by_row()
        columns, m = self._new_columns(units), row.size
        self.thermal = np.concatenate([self.thermal, n + np.flatnonzero(IS_THERMAL[units.fuel])])
        self.place = np.concatenate([self.place, len(self.all_ids) + np.arange(len(units.ids))])
        self.all_ids += units.ids
        self.ids, self.names_en, self.names_zh = (
            before + units.ids for before in (self.ids, self.names_en, self.names_zh)
        )
        for column in columns:
            setattr(self, column, np.concatenate([getattr(self, column), columns[column]]))
        self.profit_cny = np.concatenate([self.profit_cny, np.zeros((len(units.ids), LOSS_MEMORY_YEARS))])
        alone = np.where(IS_THERMAL[units.fuel], self.holdings.row.size + first, -1)
        self.holding = np.concatenate([self.holding, alone])
        share = new.capacity_mw / units.capacity_mw[row]
        premium, orphaned, names = self._own_premium(new.number), np.zeros(m, dtype=bool), tuple(new.ids)
        holding_columns = n + row, share, new.owner, premium, new.capex_cny, orphaned
        self.holdings = self.holdings.join(
            Holdings(HeldNames(names, names, names), np.arange(m), *holding_columns)
        )

    def _new_columns(self, new: NewUnits) -> dict[str, Any]:
        """Build the columns of rows that will be commissioned later [M]."""
        m = len(new.ids)
        return {
            "province": new.province,
            "fuel": new.fuel,
            "capacity_mw": new.capacity_mw,
            "commissioned_year": new.commissioned_year,
            "retired_year": new.commissioned_year + new.lifetime_years,
            "life_end_year": new.commissioned_year + new.lifetime_years,
            "extended_year": np.full(m, OPEN_END_YEAR),
            "net_heat_rate_gj_per_mwh": new.net_heat_rate_gj_per_mwh,
            "must_run_share": new.must_run_share,
            **dict.fromkeys(("own_use_share", "heat_to_power_ratio", "contract_share"), np.zeros(m)),
            "minimum_load_share": self.region.power.technologies.by_fuel.flexible_minimum_load_share[
                new.fuel
            ],
            "availability": np.full(m, self.region.parameters["new_unit_availability"]),
            "hours_share": new.hours_share,
            "site_mw": new.site_mw,
            "nominal_strike_cny_per_mwh": new.nominal_strike_cny_per_mwh,
            "contracted_share": new.contracted_share,
            "contract_end_year": new.commissioned_year + new.contract_years,
            "capture_rate": np.zeros(m),
            "capture_year": np.full(m, OPEN_END_YEAR),
            "capture_site_factor": self._site_factors(new.number),
            "capture_law": np.zeros(m, np.int64),
            "cofiring_year": np.full(m, OPEN_END_YEAR),
            "reserve_until_year": np.zeros(m, np.int64),
            "investment_cny": new.capex_cny,
            "number": new.number,
            "benchmark_class": benchmark_class(new.fuel, new.capacity_mw, np.zeros(m, bool)),
            "base_period_mwh": np.zeros(m),
            **self._new_sites(new.province),
            "contract_tco2": np.zeros(m),
            "reserved_tco2": np.zeros(m),
        }

    def outlive(self, year: int) -> None:
        """Remove the capacity that leaves at the start of `year` by age."""
        stays = 1.0 - leaving_share(self, year)
        self.capacity_mw = self.capacity_mw * stays
        self._value_at(self.holdings.book_value_cny * stays[self.holdings.row])

    def retire(self, signals: Signals) -> Floats:
        """Close what must close next year; return stranded book value [Q].

        The law may not allow coal units of their age. What comes to the end of its life leaves part by part.
        """
        aged = (self.retired_year == signals.year + 1) & (self.life_end_year <= signals.year + 1)
        if np.isfinite(signals.coal_maximum_age_years).any():
            oldest = signals.coal_maximum_age_years[self.province]
            banned = (
                (self.fuel == COAL)
                & (self.active(signals.year + 1) | aged)
                & (signals.year + 1 - self.commissioned_year >= oldest)
            )
            self.retired_year = np.where(banned, signals.year + 1, self.retired_year)
            self.life_end_year, aged = np.where(banned, OPEN_END_YEAR, self.life_end_year), aged & ~banned
        self.retired_year = np.where(
            aged & (self.capacity_mw >= self.region.parameters["smallest_unit_beyond_life_mw"]),
            signals.year + 2,
            self.retired_year,
        )
        closing = self.retired_year == signals.year + 1
        return np.where(closing[self.holdings.row], self.holdings.book_value_cny, 0.0)

    def depreciate(self, year: int) -> Floats:
        """Write off book value in a straight line; return depreciation by holding [Q]."""
        remaining_years, row = np.maximum(self.retired_year - year, 1), self.holdings.row
        value = self.holdings.book_value_cny
        share = value / remaining_years[row] * self.active(year)[row]
        self._value_at(np.where((self.retired_year <= year + 1)[row], 0.0, value - share))
        return share

    def _value_at(self, book_value_cny: Floats) -> None:
        """Set the book values of holdings [Q]."""
        self.holdings = self.holdings._replace(book_value_cny=book_value_cny)

    # --- how it is computed ------------------------------------------------------------------------------------

    def _columns_in(self, signals: Signals, year: int) -> UnitColumns:
        """Return the columns as they will be in `year`.

        A part of what is beyond its life has left. Emergency reserve need not run, and starts and stops by the hour.
        The law of capture stands with its years.
        """
        columns, in_market = self.unit_columns(), self.reserve_until_year < year
        current_year, ages = signals.year, signals.co2.stored_support_cny_per_tco2.shape[1]
        columns = columns._replace(
            capture_law=self.capture_law * ages + self.contract_ages(signals, year),
            must_run_share=columns.must_run_share * in_market,
            contract_share=columns.contract_share * in_market,
            minimum_load_share=columns.minimum_load_share * in_market,
        )
        if year <= current_year:
            return columns
        lasts = (self.life_end_year <= year) & (self.retired_year > current_year)
        last = np.where(lasts, year + 1, self.retired_year)
        return columns._replace(capacity_mw=standing_mw(self, current_year, year), retired_year=last)

    def _handling(self, signals: Signals) -> Floats:
        """Sum operation, transport and storage of a captured tonne, CNY/t CO2 [P, F]."""
        return self.capture_om(signals) + signals.co2.co2_tariff_cny_per_tco2[:, None]

    def _terms(self, signals: Signals) -> UnitTerms:
        """Return the units' terms of the year, kept as they serve often."""
        if self._cached_terms is None or self._cached_terms[0] is not signals:
            self._cached_terms = signals, self._new_terms(signals)
        return self._cached_terms[1]

    def _new_terms(self, signals: Signals) -> UnitTerms:
        price, power = signals.prices.fuel_price_cny_per_gj, signals.policy.power
        cap = np.ones(power.renewable_premium_cny_per_mwh.shape)
        support = signals.co2.stored_support_cny_per_tco2[..., ELECTRICITY]  # as columns give law and age
        cap[:, COAL] = power.coal_utilisation_cap
        return UnitTerms(
            last_year_of_known_water=max(self.region.power.hydrology.observed),
            tie_in_outage_share=self.region.parameters["capture_tie_in_outage_share_of_year"],
            utilisation_cap=cap,
            fuel_price_cny_per_gj=np.where(IS_PRICED, price[:, PRICE_OF_FUEL], 0.0),
            burnt_share=share_of_equipped(self.region, signals),
            heat_density=self.region.power.heat_density.copy(),
            contract_density=self.region.power.contract_density.copy(),
            contract_value_share=self.region.parameters["gas_contract_value_share"],
            biomass_price_cny_per_gj=price[:, PRICED_FUELS.index(PELLETS)].copy(),
            capture_cost_cny_per_tco2=self._handling(signals),
            capture_support_cny_per_tco2=support.reshape(-1, len(price)).copy(),
            carbon_cost_cny_per_tco2=signals.carbon.carbon_cost_cny_per_tco2[:, ELECTRICITY].copy(),
            captured_allowance_cny_per_tco2=signals.carbon.captured_cost_cny_per_tco2[:, ELECTRICITY].copy(),
            captured_needs_share=1.0 - float(signals.policy.carbon.capture_counts),
            benchmark=signals.carbon.benchmark,
            base_benchmark=signals.carbon.base_benchmark,
            least_free_share=signals.carbon.least_free_share,
            market_covered=signals.policy.carbon.covered[:, ELECTRICITY].copy(),
            market_price_cny_per_tco2=signals.carbon.market_price_cny_per_tco2,
        )

    def _own_premium(self, number: Integers) -> Floats:
        """Draw the gap between each unit's hurdle and its owner's, a year [n]."""
        draw = uniform(
            seed=self.seed,
            replication=self.replication,
            decider_ids=number,
            year=0,
            purpose=Purpose.HURDLE_RATE,
        )
        return (2.0 * draw - 1.0) * self.region.parameters["hurdle_half_width"]

    def _site_factors(self, number: Integers) -> Floats:
        return draw_site_factors(self.region, number, seed=self.seed, replication=self.replication)

    def _new_sites(self, province: Integers) -> dict[str, Any]:
        """Place new units where their province's largest thermal unit stands or stood."""
        units, provinces = self.built_units(), len(self.region.axes.provinces)
        size = np.where(IS_THERMAL[units.fuel], units.capacity_mw, 0.0)
        largest = np.array([int(np.argmax(size * (units.province == p))) for p in range(provinces)])
        return {column: getattr(units, column)[largest[province]] for column in EmitterSites._fields}
