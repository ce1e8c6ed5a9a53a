"""What a power unit is and what a year means for it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS, HYDRO_FUELS, LARGE_HYDRO_FUELS, RENEWABLE_FUELS, THERMAL_FUELS, F
from tanlu.core.economics import capital_recovery_factor, discount_factor
from tanlu.core.randomness import decider_id
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH, HOURS_PER_YEAR, KW_PER_MW
from tanlu.kernels.power.units import UNIT_FUEL, PlantAccounts, availability_by_month
from tanlu.power.life import standing_mw
from tanlu.power.tariffs import INDUSTRIAL
from tanlu.power.unit_rows import UnitRows
from tanlu.region.finance import BENCHMARK_CLASSES
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import Region
from tanlu.region.power import FUEL_OF_BUILDABLE, PowerData, PowerUnits
from tanlu.region.tables import year_index

COAL, GAS, PUMPED, WASTE = (FUELS.index(name) for name in ("coal", "gas", "pumped_storage", "waste"))
IS_THERMAL = np.isin(np.arange(F), [FUELS.index(f) for f in THERMAL_FUELS])
IS_HYDRO = np.isin(np.arange(F), [FUELS.index(f) for f in HYDRO_FUELS])
RENEWABLE = [FUELS.index(f) for f in RENEWABLE_FUELS]
LARGE_HYDRO = [FUELS.index(f) for f in LARGE_HYDRO_FUELS]


def full_load_hours(data: PowerData) -> Floats:
    """Compute yearly full-load hours of wind, sun and rivers [P, F].

    Wind and sun stand at their best sites, rivers have a usual year; 0 of what burns fuel, of stores, and of small
    rivers, whose units are not listed.
    """
    hours = np.zeros((len(data.renewable_profile), F))
    hours[:, RENEWABLE] = data.renewable_profile.mean(axis=(2, 3)) * HOURS_PER_YEAR
    hours[:, LARGE_HYDRO] = (data.hydrology.normal.available_factor * HOURS_IN_MONTH).sum(axis=1)[:, None]
    return hours


def fuel_records(data: PowerData) -> NDArray[np.void]:
    """Build the constants of units by fuel, as `UNIT_FUEL` [F]."""
    records, tech = np.zeros(F, UNIT_FUEL), data.technologies
    records["thermal"], records["hydro"] = IS_THERMAL, IS_HYDRO
    records["co2_t_per_gj"] = data.fuel_co2_t_per_gj
    records["variable_om_cny_per_mwh"] = tech.by_fuel.variable_om_cny_per_mwh
    records["fixed_om_cny_per_kw_year"] = tech.by_fuel.fixed_om_cny_per_kw_year
    records["minimum_load_share"] = tech.by_fuel.minimum_load_share
    records["no_load_fuel_share"] = tech.by_fuel.no_load_fuel_share
    records["forced_outage_share"] = tech.by_fuel.forced_outage_share
    records["capture_rate"] = tech.capture.rate
    records["capture_energy_penalty"] = tech.capture.energy_penalty
    return records


def contract_share(region: Region, units: PowerUnits) -> Floats:
    """Compute the share of each unit's capacity that gas by take-or-pay contract gives, mean of the year [U].

    Units that must run, for heat or for a facility of their own, burn theirs there. docs/model/heat_and_gas.md.
    """
    is_free = (units.fuel == GAS) & (units.must_run_share == 0.0)
    return is_free * (region.parameters["gas_contract_hours"] / HOURS_PER_YEAR)


def charge_returned_co2(
    accounts: PlantAccounts, price_cny_per_tco2: Floats, returned_tco2: Floats
) -> PlantAccounts:
    """Charge captured CO2 that reached the air after all as emissions, [N]."""
    cost = price_cny_per_tco2 * returned_tco2
    return accounts._replace(
        carbon_cost_cny=accounts.carbon_cost_cny + cost, profit_cny=accounts.profit_cny - cost
    )


def add_payments(
    plants: UnitRows,
    accounts: PlantAccounts,
    signals: Signals,
    must_run_price_cny_per_mwh: Floats,
    year: int,
) -> PlantAccounts:
    """Add to the accounts all that is paid outside the market, [N].

    These are feed-in prices, contracts for difference, own use, heat, the fee for waste, and what emergency reserve
    lacks to its cost.

    Args:
        plants: all of them.
        accounts: of what the market paid.
        signals: of the year.
        must_run_price_cny_per_mwh: what a MWh of must-run output brings, [P].
        year: of the accounts; the expected year lies ahead of the signals.
    """
    net_mw = operating_mw(plants, signals.year, year)
    feed_in = _feed_in_cny(plants, accounts, net_mw, year)
    own_use = _own_use_cny(plants, accounts, net_mw, signals, must_run_price_cny_per_mwh)
    pumped = _pumped_storage_cny(plants, accounts, year)
    in_market = plants.reserve_until_year < year  # emergency reserve need not run and sells no heat
    heat = (
        heat_sold_gj(plants, accounts.output_mwh, net_mw) * plants.heat_worth_cny_per_gj(signals) * in_market
    )
    waste_fee = _waste_fee_cny(plants, accounts, feed_in, year)
    difference = _difference_cny(plants, accounts, year)
    payments = feed_in + own_use + pumped + waste_fee + difference
    is_reserve = plants.active(year) & (plants.reserve_until_year >= year)
    reserve = np.where(is_reserve, np.maximum(-accounts.profit_cny - payments - heat, 0.0), 0.0)
    payments = payments + reserve
    return accounts._replace(
        capacity_payment_cny=accounts.capacity_payment_cny + pumped,
        feed_in_cny=feed_in,
        difference_cny=difference,
        own_use_cny=own_use,
        waste_fee_cny=waste_fee,
        reserve_cny=reserve,
        heat_cny=heat,
        support_cny=accounts.support_cny + payments,
        profit_cny=accounts.profit_cny + payments + heat,
    )


def operating_mw(plants: UnitRows, current_year: int, year: int) -> Floats:
    """Compute net capacity of units in operation [N].

    Half of it counts in the first year.
    """
    penalty = plants.region.power.technologies.capture.energy_penalty[plants.fuel]
    part = np.where(plants.commissioned_year == year, 0.5, 1.0)
    capacity = plants.capacity_mw if year <= current_year else standing_mw(plants, current_year, year)
    return capacity * part * (1.0 - penalty * (plants.capture_year <= year))


def _pumped_storage_cny(plants: UnitRows, accounts: PlantAccounts, year: int) -> Floats:
    """Compute the capacity price of listed pumped-storage stations [N].

    It pays what their energy and other pay for capacity leave of their cost. Cost is operation and an annuity of the
    investment at the permitted return, so that energy at market prices lowers what customers pay. Two-part tariff of
    the National Development and Reform Commission (2021, No. 633; prices by station: 2023, No. 533; from memory).
    """
    x, start_year = plants.region.parameters, plants.commissioned_year
    years, inflation = int(x["pumped_storage_tariff_years"]), plants.region.finance.parameters["inflation"]
    is_paid = (plants.fuel == PUMPED) & (np.arange(len(plants)) < plants.pack_size)
    is_paid &= (
        plants.active(year) & (year - start_year < years) & (year >= x["pumped_storage_tariff_first_year"])
    )
    factor = float(capital_recovery_factor(x["pumped_storage_permitted_return"] - inflation, years))
    capital = plants.investment_cny * np.where(start_year == year, 0.5, 1.0) * factor
    earned_cny = accounts.revenue_cny + accounts.capacity_payment_cny
    return is_paid * np.maximum(capital + accounts.operation_cost_cny - earned_cny, 0.0)


def _feed_in_cny(plants: UnitRows, accounts: PlantAccounts, net_mw: Floats, year: int) -> Floats:
    """Compute the supplement of feed-in prices to the market's revenue [N].

    It is paid up to their hours, never negative, and to units of the pack alone.
    """
    tech, fuel, output = plants.region.power.technologies, plants.fuel, accounts.output_mwh
    is_entitled = year - plants.commissioned_year < tech.by_fuel.feed_in_years[fuel]
    is_entitled &= np.arange(len(plants)) < plants.pack_size
    market = accounts.revenue_cny / np.maximum(output, 1e-9)
    shortfall = np.maximum(tech.by_fuel.feed_in_price_cny_per_mwh[fuel] - market, 0.0)
    return np.where(
        is_entitled, shortfall * np.minimum(output, tech.by_fuel.feed_in_hours[fuel] * net_mw), 0.0
    )


def _difference_cny(plants: UnitRows, accounts: PlantAccounts, year: int) -> Floats:
    """Compute what contracts for difference pay, below zero where plants pay back [N].

    It is the strike less the mean market price of the technology in the month, for a share of what they feed in. All
    plants of a technology in a province share its hours, so the months add up to this (docs/model/power_auctions.md).
    """
    share = plants.contracted_share * (year < plants.contract_end_year)
    inflation = plants.region.finance.parameters["inflation"]
    level = discount_factor(inflation, max(year - plants.region.base_year, 0))
    strike = plants.nominal_strike_cny_per_mwh * level
    return share * (strike * accounts.output_mwh - accounts.revenue_cny)


def _waste_fee_cny(plants: UnitRows, accounts: PlantAccounts, feed_in_cny: Floats, year: int) -> Floats:
    """Compute what cities pay waste plants [N]: what electricity leaves of their cost.

    Cost is operation, and an annuity of what the plant cost if it was built in the run.
    """
    region, x = plants.region, plants.region.parameters
    life = int(region.power.technologies.by_fuel.lifetime_years[WASTE])
    rate = x["waste_plant_permitted_return"] - region.finance.parameters["inflation"]
    # An expected year has units past their life, as far as they are expected to stay: whoever costs anything runs.
    is_paid = (plants.fuel == WASTE) & (accounts.operation_cost_cny > 0.0)
    is_repaid = year - plants.commissioned_year >= life
    share = np.where(plants.commissioned_year == year, 0.5, 1.0) * ~is_repaid
    capital = plants.investment_cny * share * float(capital_recovery_factor(rate, life))
    cost = accounts.fuel_cost_cny + accounts.operation_cost_cny + capital
    return is_paid * np.maximum(cost - accounts.revenue_cny - feed_in_cny, 0.0)


def _own_use_cny(
    plants: UnitRows, accounts: PlantAccounts, net_mw: Floats, signals: Signals, price: Floats
) -> Floats:
    """Compute the grid charge and losses that own use spares, [N].

    A works pays surcharges, system operation and cross-subsidies for its own electricity too.
    """
    loss_share = plants.region.tariffs.line_loss_share[signals.data_row, :, INDUSTRIAL]
    saving = signals.prices.industrial_grid_charge_cny_per_mwh + price * loss_share / (1.0 - loss_share)
    own_use_mwh = plants.own_use_share * _must_run_mwh(plants, accounts.output_mwh, net_mw)
    return own_use_mwh * saving[plants.province]


def heat_sold_gj(plants: UnitRows, output_mwh: Floats, net_mw: Floats) -> Floats:
    """Compute the heat that units in the market sell, GJ [n].

    It is in proportion to the output that they give for it. Equation: docs/model/heat_and_gas.md.

    Args:
        plants: all of them.
        output_mwh: of the first n of them.
        net_mw: in operation [n].
    """
    ratio = plants.heat_to_power_ratio[: output_mwh.size]
    return np.asarray(GJ_PER_MWH * ratio * _must_run_mwh(plants, output_mwh, net_mw))


def _must_run_mwh(plants: UnitRows, output_mwh: Floats, net_mw: Floats) -> Floats:
    """Compute the output of units [n] for a works or for heat."""
    n = output_mwh.size
    share = plants.must_run_share[:n] * plants.availability[:n]
    return np.minimum(output_mwh, share * net_mw * HOURS_PER_YEAR)


def thermal_intensity(plants: UnitRows, accounts: PlantAccounts) -> Floats:
    """Compute the emissions of a thermal MWh by province, t CO2 [P].

    Thermal units replace electricity used elsewhere.
    """
    rows = plants.thermal[plants.thermal < accounts.output_mwh.size]
    province = plants.province[rows]
    provinces = len(plants.region.axes.provinces)
    output = sum_by_group(province, accounts.output_mwh[rows], provinces)
    emissions = sum_by_group(province, accounts.emitted_tco2[rows], provinces)
    return np.divide(emissions, output, out=np.zeros(provinces), where=output > 0.0)


class NewUnits(NamedTuple):
    """Units that companies have decided to build; axis M."""

    ids: list[str]
    row_ids: list[str]  # of the rows that they become: the same for all of a cohort
    number: Integers  # stable decider numbers for random draws
    owner: Integers
    province: Integers
    fuel: Integers
    capacity_mw: Floats
    commissioned_year: Integers
    lifetime_years: Integers
    net_heat_rate_gj_per_mwh: Floats
    must_run_share: Floats
    capex_cny: Floats
    hours_share: Floats  # of the hours of the first site
    site_mw: Floats  # how many MW of sites are better than theirs
    nominal_strike_cny_per_mwh: Floats  # of a contract for difference, in money of each year
    contracted_share: Floats  # of what they feed in; 0 without one
    contract_years: Integers  # of operation in which it pays

    def by_row(self) -> "tuple[NewUnits, Integers, Integers]":
        """Group the units by row: rows [R], row of each [M], first of each [R].

        Units of a cohort differ in owner and size alone.
        """
        positions = {name: row for row, name in enumerate(dict.fromkeys(self.row_ids))}
        row, names = np.array([positions[name] for name in self.row_ids]), list(positions)
        first = np.unique(row, return_index=True)[1]
        rows = NewUnits._make([names, names, *(column[first] for column in self[2:])])
        return (
            rows._replace(
                number=np.array([decider_id(name) for name in names], dtype=np.int64),
                capacity_mw=sum_by_group(row, self.capacity_mw, len(names)),
                capex_cny=sum_by_group(row, self.capex_cny, len(names)),
                contracted_share=sum_by_group(row, self.capacity_mw * self.contracted_share, len(names))
                / sum_by_group(row, self.capacity_mw, len(names)),
            ),
            row,
            first,
        )


def benchmark_class(fuel: Integers, capacity_mw: Floats, circulating: Booleans) -> Integers:
    """Return the carbon market's class of each unit.

    Units without a class use one that is always zero. Circulating fluidised beds are unconventional coal. Source:
    national allocation plan: conventional coal above and up to 300 MW, unconventional coal, gas.
    """
    names = BENCHMARK_CLASSES
    coal_class = np.where(capacity_mw > 300.0, names.index("coal_large"), names.index("coal_small"))
    coal_class = np.where(circulating, names.index("coal_unconventional"), coal_class)
    other_class = np.where(fuel == GAS, names.index("gas"), len(names))
    other_class = np.where(fuel == FUELS.index("byproduct_gas"), names.index("byproduct_gas"), other_class)
    return np.where(fuel == COAL, coal_class, other_class)


def monthly_availability(region: Region, province: Integers, fuel: Integers, availability: Floats) -> Floats:
    """Compute units' availability by month over their yearly mean [U, month].

    Args:
        region: the pack.
        province: of each unit [U].
        fuel: of each unit [U].
        availability: mean of the year, outages of both kinds counted [U].
    """
    by_month: Floats = availability_by_month(
        province,
        fuel,
        availability,
        region.power.technologies.by_fuel.forced_outage_share,
        region.power.maintenance_density,
    )
    return by_month


def initial_investment(region: Region, fuel: Integers, capacity_mw: Floats) -> Floats:
    """Compute the pack units' building cost at base-year prices, CNY [N].

    0 where no cost is known.
    """
    cost = np.zeros(F)
    cost[FUEL_OF_BUILDABLE] = region.power.technologies.capex_cny_per_kw[year_index(region.base_year)]
    for name in LARGE_HYDRO_FUELS:
        cost[FUELS.index(name)] = region.parameters["hydro_book_cost_cny_per_kw"]
    return np.asarray(capacity_mw * KW_PER_MW * cost[fuel])


def initial_book_value(
    region: Region, investment_cny: Floats, commissioned_year: Integers, retired_year: Integers
) -> Floats:
    """Compute each unit's book value, written off linearly over its life."""
    life = np.maximum(retired_year - commissioned_year, 1)
    age = np.clip(region.base_year - commissioned_year, 0, life)
    return np.asarray(investment_cny * (1.0 - age / life))
