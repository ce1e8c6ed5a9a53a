"""The accounts of one power unit in one year, in plain numbers: an object of its own for every unit."""

import numpy as np

from tanlu.core.axes import CUSTOMERS, FUELS, SECTOR
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.cofiring import share_of_equipped
from tanlu.power.plants import PowerPlants
from tanlu.power.state import IS_HYDRO, IS_THERMAL
from tanlu.power.unit_rows import PRICE_OF_FUEL
from tanlu.region.cofiring import PELLETS
from tanlu.region.power import PRICED_FUELS

INDUSTRIAL = CUSTOMERS.index("industrial")
COAL = FUELS.index("coal")
ELECTRICITY = SECTOR["electricity"]


class Unit:
    """One power unit in one year: what it burns, and what that costs and emits."""

    def __init__(self, plants: PowerPlants, row: int, signals: Signals, year: int) -> None:
        self.signals, self.year, self.region = signals, year, plants.region
        self.listed = row < plants.pack_size
        for column in plants.columns:
            setattr(self, column, getattr(plants, column)[row].item())
        self.technologies = plants.region.power.technologies
        self.thermal = bool(IS_THERMAL[self.fuel])
        self.captures = self.capture_year <= year
        self.cap = signals.policy.power.coal_utilisation_cap[self.province] if self.fuel == COAL else 1.0
        self.own_use = self.technologies.capture.energy_penalty[self.fuel] if self.captures else 0.0

    @property
    def net_mw(self) -> float:
        ahead = self.year - self.signals.year
        if not self.commissioned_year <= self.year or not (self.year < self.retired_year or self.beyond):
            return 0.0
        whole = IS_HYDRO[self.fuel] and self.year <= max(self.region.power.hydrology.observed)
        half = self.commissioned_year == self.year and not whole
        stays = 1.0
        for passed in range(ahead):  # a part leaves in every year that begins beyond its life
            if self.signals.year + passed + 1 >= self.life_end_year:
                stays *= 1.0 - self.region.parameters["exit_share_beyond_life"]
        return self.capacity_mw * stays * (1.0 - self.own_use) * (0.5 if half else 1.0)

    @property
    def beyond(self) -> bool:
        return self.life_end_year <= self.year and self.signals.year < self.retired_year

    @property
    def must_run_mw(self) -> float:
        available = self.net_mw * self.availability * (self.reserve_until_year < self.year)
        if self.capture_year == self.year:
            available *= 1.0 - self.region.parameters["capture_tie_in_outage_share_of_year"]
        return self.must_run_share * available

    @property
    def contract_mw(self) -> float:
        """What gas by take-or-pay contract gives, mean of the year; none of emergency reserve."""
        return self.contract_share * self.net_mw * (self.reserve_until_year < self.year)

    @property
    def capped_mw(self) -> float:
        """What a cap lets it give on average, were it alone."""
        return self.cap * self.net_mw

    @property
    def biomass_share(self) -> float:
        if self.cofiring_year > self.year:
            return 0.0
        return share_of_equipped(self.region, self.signals)[self.province, self.fuel]

    @property
    def fuel_price_cny_per_gj(self) -> float:
        price, column = self.signals.prices.fuel_price_cny_per_gj[self.province], PRICE_OF_FUEL[self.fuel]
        own = price[column] if column >= 0 else 0.0
        return (1.0 - self.biomass_share) * own + self.biomass_share * price[PRICED_FUELS.index(PELLETS)]

    def burn(self, output_mwh: float, idle_mwh: float) -> tuple[float, float, float]:
        """Return heat in GJ, and gross and captured t CO2; who is online without output burns fuel too."""
        burning = output_mwh + idle_mwh * self.technologies.by_fuel.no_load_fuel_share[self.fuel]
        heat = burning * self.net_heat_rate_gj_per_mwh / (1.0 - self.own_use)
        gross = heat * self.region.power.fuel_co2_t_per_gj[self.fuel] * (1.0 - self.biomass_share)
        return heat, gross, gross * self.capture_rate if self.captures else 0.0

    def paid_outside(
        self, output_mwh: float, revenue_cny: float, must_run_price: float
    ) -> tuple[float, float]:
        """Return what feed-in prices add, and what own use spares its works."""
        tech, f, p, x = self.technologies, self.fuel, self.province, self.signals
        fed = own = 0.0
        is_young = self.year < self.commissioned_year + tech.by_fuel.feed_in_years[f]
        if self.listed and is_young and output_mwh > 0.0:
            paid_for = min(output_mwh, tech.by_fuel.feed_in_hours[f] * self.net_mw)
            fed = paid_for * max(tech.by_fuel.feed_in_price_cny_per_mwh[f] - revenue_cny / output_mwh, 0.0)
        if self.own_use_share > 0.0:
            arrives = 1.0 - self.region.tariffs.line_loss_share[x.data_row][p][INDUSTRIAL]
            spared = x.prices.industrial_grid_charge_cny_per_mwh[p] + must_run_price * (1.0 / arrives - 1.0)
            usual = self.must_run_share * self.availability * self.net_mw * 8760.0
            own = spared * self.own_use_share * min(usual, output_mwh)
        return fed, own

    def heat(self, output_mwh: float) -> float:
        """What heat brings above its fuel: so much of what it must give, but not while it is reserve."""
        if self.heat_to_power_ratio == 0.0 or self.reserve_until_year >= self.year:
            return 0.0
        given = min(self.must_run_share * self.availability * self.net_mw * 8760.0, output_mwh)
        p, column, x = self.province, PRICE_OF_FUEL[self.fuel], self.signals.prices
        paid = given * 3.6 * self.heat_to_power_ratio * x.heat_price_cny_per_gj[p][column]
        lost_mwh = given * self.heat_to_power_ratio * self.region.parameters["heat_extraction_loss_share"]
        return paid - lost_mwh * self.net_heat_rate_gj_per_mwh * x.fuel_price_cny_per_gj[p][column]

    @property
    def has_tariff(self) -> bool:
        """Whether a station of pumped storage has a capacity price."""
        x, age = self.region.parameters, self.year - self.commissioned_year
        since = self.year >= x["pumped_storage_tariff_first_year"]
        runs = 0 <= age < x["pumped_storage_tariff_years"] and self.year < self.retired_year
        return self.listed and FUELS[self.fuel] == "pumped_storage" and bool(since and runs)

    def pumped_storage_cost(self) -> float:
        """What its investment costs a year, half of it in the first."""
        x = self.region.parameters
        rate = x["pumped_storage_permitted_return"] - self.region.finance.parameters["inflation"]
        worth = sum((1.0 + rate) ** -t for t in range(1, int(x["pumped_storage_tariff_years"]) + 1))
        return self.investment_cny / worth * (0.5 if self.commissioned_year == self.year else 1.0)

    def difference(self, output_mwh: float, revenue_cny: float) -> float:
        """What a contract pays: its strike less the market's price, for a share of what is fed in."""
        if self.year >= self.contract_end_year:
            return 0.0
        years, inflation = self.year - self.region.base_year, self.region.finance.parameters["inflation"]
        strike = self.nominal_strike_cny_per_mwh / (1.0 + inflation) ** years
        return self.contracted_share * (strike * output_mwh - revenue_cny)

    def waste_fee(self, short_cny: float) -> float:
        """What a city pays: what electricity leaves of operation, and of the plant itself if it had it built."""
        if FUELS[self.fuel] != "waste" or self.net_mw <= 0.0:
            return 0.0
        life, x = int(self.technologies.by_fuel.lifetime_years[self.fuel]), self.region.parameters
        rate = x["waste_plant_permitted_return"] - self.region.finance.parameters["inflation"]
        worth = sum((1.0 + rate) ** -t for t in range(1, life + 1))
        capital = self.investment_cny / worth * (0.5 if self.commissioned_year == self.year else 1.0)
        return max(short_cny + capital * (self.year < self.commissioned_year + life), 0.0)

    def accounts(
        self,
        output_mwh: float,
        revenue_cny: float,
        idle_mwh: float,
        shadow_price_cny_per_mwh: float,
        must_run_price: float,
        unburnt_mwh: float,
    ) -> PlantAccounts:
        """Return what the year means for it, given what it sold; limited units pay for each hour."""
        x, p, f, kw = self.signals, self.province, self.fuel, self.net_mw * 1e3
        heat, gross, captured = self.burn(output_mwh, idle_mwh)
        emitted = gross - captured
        needed = emitted + (1.0 - x.policy.carbon.capture_counts) * captured
        by_output = output_mwh * x.carbon.benchmark[p][self.benchmark_class]
        at_least = x.carbon.least_free_share[p][self.benchmark_class] * needed
        by_base = self.base_period_mwh * x.carbon.base_benchmark[p][self.benchmark_class]
        allocated = (max(by_output, at_least) + by_base) * x.policy.carbon.covered[p][ELECTRICITY]
        unburnt = unburnt_mwh * self.net_heat_rate_gj_per_mwh / (1.0 - self.own_use)
        lost = unburnt * (1.0 - self.region.parameters["gas_contract_value_share"])
        fuel = (heat + lost) * self.fuel_price_cny_per_gj
        operation = kw * self.technologies.by_fuel.fixed_om_cny_per_kw_year[f]
        operation += output_mwh * self.technologies.by_fuel.variable_om_cny_per_mwh[f]
        capture = self.technologies.capture.om_cny_per_tco2[x.data_row][f] * x.co2.capture_cost_factor
        capture = captured * (capture + x.co2.co2_tariff_cny_per_tco2[p])
        carbon = x.carbon.carbon_cost_cny_per_tco2[p][ELECTRICITY] * emitted
        carbon += x.carbon.captured_cost_cny_per_tco2[p][ELECTRICITY] * (gross - emitted)
        carbon -= x.carbon.market_price_cny_per_tco2 * allocated
        payment = kw * x.prices.capacity_payment_cny_per_kw_year[p][f]
        premium = output_mwh * x.policy.power.renewable_premium_cny_per_mwh[p][f]
        difference = self.difference(output_mwh, revenue_cny)
        fed, own = self.paid_outside(output_mwh, revenue_cny, must_run_price)
        lacks = self.pumped_storage_cost() + operation - revenue_cny - payment
        payment += max(lacks, 0.0) if self.has_tariff else 0.0
        waste = self.waste_fee(fuel + operation - revenue_cny - fed)
        support = payment + premium + fed + difference + own + waste
        spent = fuel + operation + capture + carbon
        limited = output_mwh * shadow_price_cny_per_mwh if self.cap < 1.0 else 0.0
        revenue_cny -= limited
        kept, heat = self.net_mw > 0.0 and self.reserve_until_year >= self.year, self.heat(output_mwh)
        reserve = max(spent - revenue_cny - support - heat, 0.0) if kept else 0.0
        support += reserve
        profit = revenue_cny + heat + support - spent
        co2 = gross, captured, emitted, allocated
        money = revenue_cny, limited, fuel, operation, capture, carbon, payment, premium
        return PlantAccounts(
            output_mwh, *co2, *money, fed, difference, own, waste, reserve, heat, support, profit
        )


def accounts_of_all(
    plants: PowerPlants, signals: Signals, power: PowerOutcome, year: int
) -> list[PlantAccounts]:
    """Return the accounts of a cleared year, unit by unit."""
    sold = {row: u for u, row in enumerate(power.offer.rows.tolist())}  # the last offer of each
    units, accounts = [Unit(plants, row, signals, year) for row in range(len(plants))], []
    for row, unit in enumerate(units):
        p, f, net_mw, unburnt = unit.province, unit.fuel, unit.net_mw, 0.0
        if net_mw == 0.0:
            output = revenue = idle = 0.0
        elif unit.thermal:
            alike = [x for x in units if (x.province, x.fuel) == (p, f)]
            most, must_run = sum(x.capped_mw for x in alike), sum(x.must_run_mw for x in alike)
            u, must_run_mwh = sold[row], unit.must_run_mw * min(most / max(must_run, 1e-9), 1.0) * 8760.0
            output = must_run_mwh + power.units.output_mwh[u]
            kind = "heat_led" if unit.heat_to_power_ratio > 0.0 else "must_run"
            price = getattr(power.prices, f"{kind}_price_cny_per_mwh")[p]
            revenue, idle = must_run_mwh * price + power.units.revenue_cny[u], power.units.idle_mwh[u]
            if unit.contract_mw > 0.0:
                unburnt = unit.contract_mw * 8760.0 - power.units.output_mwh[u - 1]
                output += power.units.output_mwh[u - 1]
                revenue += power.units.revenue_cny[u - 1]
        else:
            sold_mw = net_mw * plants.hours_share[row]
            output = sold_mw * power.generation_mwh[p][f] / power.offer.capacity_by_fuel_mw[p][f]
            revenue, idle = sold_mw * power.revenue_cny_per_mw[p][f], 0.0
        prices = power.prices.shadow_price_cny_per_mwh[p], power.prices.must_run_price_cny_per_mwh[p]
        accounts.append(unit.accounts(output, revenue, idle, *prices, max(unburnt, 0.0)))
    return accounts


def columns(accounts: list[PlantAccounts]) -> PlantAccounts:
    """Return the accounts of many units as columns [N]."""
    return PlantAccounts(*(np.array(column) for column in zip(*accounts, strict=True)))
