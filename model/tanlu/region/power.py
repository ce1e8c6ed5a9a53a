"""The power half of a region pack as arrays: units, shapes, corridors, fuels, technologies."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import (
    CARRIER,
    CARRIERS,
    DAY_TYPES,
    FUELS,
    HOURS,
    HYDRO_FUELS,
    LAST_DATA_YEAR,
    MONTHS,
    RENEWABLE_FUELS,
    STORAGE_FUELS,
    THERMAL_FUELS,
    Axes,
)
from tanlu.core.units import GWH_PER_TWH, KG_PER_T
from tanlu.region.balance import consumption_gwh, not_served_gwh
from tanlu.region.cofiring import PELLETS, Cofiring, read_cofiring
from tanlu.region.corridors import PowerCorridors, read_corridors
from tanlu.region.hydro import HOURS_IN_MONTH, Hydrology, read_hydrology
from tanlu.region.past import (
    PLANNED,
    UNBUILT,
    completion_hazard,
    observed_load_shapes,
    observed_weather,
    past_capacity,
)
from tanlu.region.tables import (
    DATA_YEARS,
    DAYS_IN_MONTH,
    Tables,
    by_month,
    codes,
    interpolate,
    numbers,
    texts,
    year_index,
)
from tanlu.region.waste import read_waste

OPEN_END_YEAR = 9999
# What agents may build, in the order of every `technology` axis of the model.
BUILDABLE = (*RENEWABLE_FUELS, "coal", "gas", *STORAGE_FUELS)
# In `site_limits.csv`.
SITE_LIMITS = (
    "potential_mw",
    "floor_mw_per_year",
    "growth_rate",
    "last_site_hours_share",
    "last_site_connection_cny_per_kw",
)
# How much wind power there are sites for, by case of the world: parameters of `site_limits.csv`.
WIND_POTENTIALS = {"low": "low_potential_mw", "central": "potential_mw", "high": "high_potential_mw"}
SMALL_SCALE = (*RENEWABLE_FUELS, "battery")  # built in many small pieces by many hands
FUEL_OF_BUILDABLE = np.array([FUELS.index(name) for name in BUILDABLE])
CAPTURE_OF_FUEL = {"coal": "coal_capture_retrofit", "gas": "gas_capture_retrofit"}
PRICED_FUELS = (*THERMAL_FUELS, "oil", PELLETS)


class PowerUnits(NamedTuple):
    """Power units of the pack, one row each; axis U."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    province: Integers
    fuel: Integers
    circulating: Booleans  # fluidised bed
    owner: Integers
    capacity_mw: Floats
    is_listed: Booleans  # only planned or under construction when the pack was made
    is_planned: Booleans  # those of them that are neither permitted nor begun
    commissioned_year: Integers  # of listed projects the first possible one
    retired_year: Integers  # OPEN_END_YEAR where no retirement is known
    net_heat_rate_gj_per_mwh: Floats
    must_run_share: Floats
    own_use_share: Floats  # of must-run output, used by the works that the unit belongs to
    heat_to_power_ratio: Floats  # heat sold over must-run output; 0 where none is sold
    availability: Floats
    latitude_deg: Floats
    longitude_deg: Floats
    grade: tuple[str, ...]


class UnitsByFuel(NamedTuple):
    """What running units of each fuel cost and can do, CNY of 2020."""

    fixed_om_cny_per_kw_year: Floats  # [F]
    variable_om_cny_per_mwh: Floats  # [F]
    lifetime_years: Integers  # [F]
    minimum_load_share: Floats  # [F] of capacity online; 0 where units start and stop by the hour
    flexible_minimum_load_share: Floats  # [F] of new units, and of others after a retrofit
    flexibility_capex_cny_per_kw: Floats  # [F] of that retrofit; 0 where none is offered
    forced_outage_share: Floats  # [F] of the year's hours
    no_load_fuel_share: Floats  # [F] fuel of a unit online without output, of its fuel at full load
    feed_in_price_cny_per_mwh: Floats  # [F] 0 where there is none
    feed_in_years: Floats  # [F] from commissioning for which it is paid
    feed_in_hours: Floats  # [F] of full output a year for which it is paid
    storage_efficiency: Floats  # [F] round trip, 0 where not a store
    storage_hours: Floats  # [F]


class CaptureByFuel(NamedTuple):
    """What a capture retrofit costs and does by fuel, CNY of 2020; 0 where none is offered."""

    capex_cny_per_tco2_year: Floats  # [year, F]
    om_cny_per_tco2: Floats  # [year, F]
    rate: Floats  # [F] 0 where no capture is offered
    energy_penalty: Floats  # [F] share of net output
    lead_time_years: Integers  # [F]
    design_hours: Floats  # [F] a year at full load, by which investment is told per tonne
    reference_mw: Floats  # [F] size of the unit that it is told for
    scale_exponent: Floats  # [F] of a unit's size in it


class Technologies(NamedTuple):
    """Costs of what can be built, CNY of 2020; axes year, BUILDABLE."""

    capex_cny_per_kw: Floats  # [year, K]
    fixed_om_cny_per_kw_year: Floats  # [year, K]
    variable_om_cny_per_mwh: Floats  # [year, K]
    lifetime_years: Integers  # [K]
    lead_time_years: Integers  # [K]
    net_heat_rate_gj_per_mwh: Floats  # [K] 0 where no fuel is burnt
    potential_mw: Floats  # [P, K]; of wind in the central case
    wind_potential_mw: Mapping[str, Floats]  # case -> [P]
    floor_mw_per_year: Floats  # [P, K] what can be connected where there is little yet
    growth_rate: Floats  # [P, K] a year
    last_site_hours_share: Floats  # [P, K] of the hours of the first site
    last_site_connection_cny_per_kw: Floats  # [P, K] above the first site
    learning_rate: Floats  # [K + 1] the last is CO2 capture
    world_stock: Floats  # [K + 1] MW, capture t CO2/yr, in the base year
    by_fuel: UnitsByFuel
    capture: CaptureByFuel


class PowerData(NamedTuple):
    """Everything the electricity market and its deciders read."""

    units: PowerUnits
    hydrology: Hydrology
    small_hydro_full_mw: Floats  # [P] capacity below which small hydro gives less than its output
    past_capacity_mw: Mapping[int, Floats]  # year before the base year -> [U] at its end, NaN: the unit's own
    load_shape: Floats  # [P, month, day type, hour] of the annual mean
    observed_load_shape: Mapping[
        int, Floats
    ]  # year -> [P, month, day type, hour] the same, with the months of that year
    renewable_profile: Floats  # [P, RENEWABLE_FUELS, month, hour] of the mean year
    observed_weather: Floats  # [year, P, RENEWABLE_FUELS] wind and sun over those of the mean year
    day_weight: Floats  # [month, day type] days
    maintenance_density: (
        Floats  # [P, month] of thermal units: its part of the year's over its part of the year's hours
    )
    heat_density: Floats  # [P, month] heat that units sell over that of the mean month
    contract_density: Floats  # [P, month] the same of gas by take-or-pay contract
    demand_twh: Floats  # [year, P] consumption, and what was cut; flat after the last observed year
    not_served_gwh: Mapping[int, Floats]  # year -> [P, month] what was cut of it, where anything was
    corridors: PowerCorridors
    fuel_price_cny_per_gj: Floats  # [year, P, PRICED_FUELS]
    carrier_co2_t_per_gj: Floats  # [C]
    fuel_co2_t_per_gj: Floats  # [F] fossil CO2 only
    technologies: Technologies
    cofiring: Cofiring
    waste_t: Floats  # [year, P] that plants must be able to burn, a year
    completion_hazard: Floats  # [F] chance a year with which a listed project that is due is completed


def read_power(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> PowerData:
    """Assemble the power tables of a pack.

    Raises:
        ValueError: if a table names something unknown or lacks a required row.
    """
    provinces, first_observed_year = axes.provinces, int(settings["first_observed_year"])
    units = _units(
        _select_units(tables["power_units"], int(settings["base_year"])), tables["owners"], provinces
    )
    past = past_capacity(tables["power_units_past"], units.ids)
    shape = _load_shape(tables["load_shape"], provinces)
    peak_days = float(settings["peak_days_per_month"])
    day_weight = np.stack([DAYS_IN_MONTH - peak_days, np.full(MONTHS, peak_days)], axis=1)
    carrier, profile = (
        carrier_factors(tables["fuel_factors"]),
        _profiles(tables["renewable_profiles"], provinces),
    )
    statistics, book = tables["power_statistics"], tables["power_balance"]
    # Waste stands outside the inventory, so it has no CO2 here.
    factors = tables["fuel_factors"].set_index("carrier")["co2_kg_per_gj"]
    byproduct = float(factors["byproduct_gas"]) / KG_PER_T
    fuel_factor = {
        "coal": carrier[CARRIER["coal"]],
        "gas": carrier[CARRIER["gas"]],
        "byproduct_gas": byproduct,
    }
    return PowerData(
        units=units,
        hydrology=read_hydrology(tables, settings, axes),
        small_hydro_full_mw=_lowest_small_hydro_mw(units, past, first_observed_year, len(provinces)),
        past_capacity_mw=past,
        load_shape=shape,
        observed_load_shape=observed_load_shapes(book, provinces, shape, day_weight),
        renewable_profile=profile,
        observed_weather=observed_weather(statistics, provinces, profile),
        day_weight=day_weight,
        maintenance_density=_density(tables["thermal_maintenance"], "share_of_year", provinces),
        heat_density=_density(tables["thermal_obligations"], "heat_share_of_year", provinces),
        contract_density=_density(tables["thermal_obligations"], "contracted_gas_share_of_year", provinces),
        demand_twh=_demand_gwh(book, provinces) / GWH_PER_TWH,
        not_served_gwh=not_served_gwh(book, provinces),
        corridors=read_corridors(tables, settings, axes),
        fuel_price_cny_per_gj=_fuel_prices(tables["fuel_prices"], provinces),
        carrier_co2_t_per_gj=carrier,
        fuel_co2_t_per_gj=np.array([fuel_factor.get(fuel, 0.0) for fuel in FUELS]),
        technologies=_technologies(tables, axes),
        cofiring=read_cofiring(tables, axes),
        waste_t=read_waste(tables, axes),
        completion_hazard=completion_hazard(tables["project_completions"]),
    )


def _density(table: pd.DataFrame, column: str, provinces: Sequence[str]) -> Floats:
    """Compute the months' shares of a year over their shares of its hours [P, month]; 1 without a table."""
    if table.empty:
        return np.ones((len(provinces), MONTHS))
    return by_month(table, column, provinces) * (HOURS_IN_MONTH.sum() / HOURS_IN_MONTH)


def capacity_at_end(power: PowerData, year: int) -> Floats:
    """Compute capacity of units at the end of `year`, MW [U]."""
    return _standing_mw(power.units, power.past_capacity_mw, year)


def _standing_mw(units: PowerUnits, past_capacity_mw: Mapping[int, Floats], year: int) -> Floats:
    in_operation = (units.commissioned_year <= year) & (year < units.retired_year)
    unit_mw, past = np.where(in_operation, units.capacity_mw, 0.0), past_capacity_mw.get(year)
    return unit_mw if past is None else np.where(np.isnan(past), unit_mw, past)


def _lowest_small_hydro_mw(
    units: PowerUnits, past_capacity_mw: Mapping[int, Floats], first_observed_year: int, provinces: int
) -> Floats:
    """Find the least capacity below 6 MW of any year [P].

    Its output is the same in all of them.
    """
    small = units.fuel == FUELS.index("small_hydro")
    years = range(first_observed_year, LAST_DATA_YEAR + 1)
    standing = [_standing_mw(units, past_capacity_mw, year) * small for year in years]
    return np.stack([sum_by_group(units.province, mw, provinces) for mw in standing]).min(axis=0)


def _demand_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    """Compute electricity demand with what was cut [year, P], GWh."""
    demand_gwh = consumption_gwh(book, provinces)
    for year, cut in not_served_gwh(book, provinces).items():
        demand_gwh[year_index(year)] += cut.sum(axis=1)
    return demand_gwh


def carrier_factors(table: pd.DataFrame) -> Floats:
    """Read t CO2 per GJ by carrier [C]; biomass and process are zero."""
    factors = dict(zip(table["carrier"], table["co2_kg_per_gj"], strict=True))
    return np.array(
        [float(factors.get(c, 0.0)) / KG_PER_T if c in ("coal", "oil", "gas") else 0.0 for c in CARRIERS]
    )


def _select_units(table: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """Select the units that were not retired before the base year."""
    return table[numbers(table, "retired_year", OPEN_END_YEAR) >= base_year]


def _units(table: pd.DataFrame, owners: pd.DataFrame, provinces: Sequence[str]) -> PowerUnits:
    return PowerUnits(
        ids=texts(table, "unit_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        province=codes(table["province"], provinces),
        fuel=codes(table["fuel"], FUELS),
        circulating=np.array(["CFB" in t or "circulating" in t.lower() for t in texts(table, "technology")]),
        owner=codes(table["owner_id"], texts(owners, "owner_id")),
        capacity_mw=numbers(table, "capacity_mw"),
        is_listed=table["status"].isin(UNBUILT).to_numpy(),
        is_planned=(table["status"] == PLANNED).to_numpy(),
        commissioned_year=numbers(table, "commissioned_year").astype(np.int64),
        retired_year=numbers(table, "retired_year", OPEN_END_YEAR).astype(np.int64),
        net_heat_rate_gj_per_mwh=numbers(table, "net_heat_rate_gj_per_mwh"),
        must_run_share=numbers(table, "must_run_share"),
        own_use_share=numbers(table, "own_use_share"),
        heat_to_power_ratio=numbers(table, "heat_to_power_ratio"),
        availability=numbers(table, "availability", 1.0),
        latitude_deg=numbers(table, "latitude_deg", np.nan),
        longitude_deg=numbers(table, "longitude_deg", np.nan),
        grade=texts(table, "grade"),
    )


def _load_shape(table: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    shape = np.zeros((len(provinces), MONTHS, DAY_TYPES, HOURS))
    day = codes(table["day_type"], ("typical", "peak"))
    index = (
        codes(table["province"], provinces),
        table["month"].to_numpy() - 1,
        day,
        table["hour"].to_numpy(),
    )
    shape[index] = table["per_unit_of_annual_mean"].to_numpy(float)
    return shape


def _profiles(table: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    profile = np.zeros((len(provinces), len(RENEWABLE_FUELS), MONTHS, HOURS))
    index = (
        codes(table["province"], provinces),
        codes(table["technology"], RENEWABLE_FUELS),
        table["month"].to_numpy() - 1,
        table["hour"].to_numpy(),
    )
    profile[index] = table["capacity_factor"].to_numpy(float)
    return profile


def _fuel_prices(table: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    price = np.zeros((DATA_YEARS.size, len(provinces), len(PRICED_FUELS)))
    for (fuel, province), path in _paths(table, ("fuel", "province"), "price_cny_per_gj").items():
        price[:, provinces.index(province), PRICED_FUELS.index(fuel)] = path
    return price


def _paths(table: pd.DataFrame, key: Sequence[str], value: str) -> dict[tuple[str, ...], Floats]:
    """Interpolate the rows of each key over `DATA_YEARS` [year]."""
    years, values = table["year"].to_numpy(float), table[value].to_numpy(float)
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, row_key in enumerate(zip(*(texts(table, name) for name in key), strict=True)):
        rows.setdefault(row_key, []).append(row)
    return {row_key: interpolate(years[key_rows], values[key_rows]) for row_key, key_rows in rows.items()}


class _TechnologyTable:
    """`technologies.csv` on the axes of the model; units of a fuel without a row of its own take its costs' row."""

    def __init__(self, tables: Tables, axes: Axes) -> None:
        self._series = _paths(tables["technologies"], ("technology", "parameter"), "value")
        limits = tables["site_limits"]
        place_columns = (texts(limits, name) for name in ("parameter", "province", "technology"))
        self._limits = dict(zip(zip(*place_columns, strict=True), limits["value"].astype(float), strict=True))
        self._provinces, self._base_row = list(axes.provinces), year_index(axes.base_year)

    def path(self, technology: str, parameter: str, default: float | None = None) -> Floats:
        """Read a parameter [year]."""
        if (technology, parameter) in self._series:
            return self._series[technology, parameter]
        if default is None:
            raise ValueError(f"technologies.csv has no {parameter} of {technology}")
        return np.full(DATA_YEARS.size, default)

    def in_base_year(self, names: Iterable[str], parameter: str, default: float | None = None) -> Floats:
        """Read a parameter of technologies in the base year [name]."""
        return np.array([self.path(name, parameter, default)[self._base_row] for name in names])

    def buildable(self, parameter: str, default: float | None = None) -> Floats:
        """Read a parameter of what can be built [year, K]."""
        return np.stack([self.path(t, parameter, default) for t in BUILDABLE], axis=1)

    def capture(self, parameter: str) -> Floats:
        """Read a parameter of capture by fuel [year, F], 0 without capture."""
        zero = np.zeros(DATA_YEARS.size)
        paths = [self.path(CAPTURE_OF_FUEL[f], parameter) if f in CAPTURE_OF_FUEL else zero for f in FUELS]
        return np.stack(paths, axis=1)

    def capture_in_base_year(self, parameter: str) -> Floats:
        """Read a parameter of capture in the base year [F]."""
        return self.capture(parameter)[self._base_row]

    def limit(self, parameter: str) -> Floats:
        """Read a limit of sites [P, K]."""
        return np.array([[self._limits[parameter, p, t] for t in BUILDABLE] for p in self._provinces])

    def wind_limits(self, parameter: str) -> Floats:
        """Read a limit of sites of wind power [P]."""
        return np.array([self._limits[parameter, p, "wind"] for p in self._provinces])

    def fleet(self, parameter: str) -> Floats:
        """Read a parameter of running units by fuel [F].

        A fuel takes that of its costs, 0 where none is given.
        """
        zero = np.zeros(DATA_YEARS.size)
        rows = [
            self._series.get((f, parameter), self._series.get((cost_name(f), parameter), zero)) for f in FUELS
        ]
        return np.array([row[self._base_row] for row in rows])

    def starts(self, names: tuple[str, ...]) -> Floats:
        """Compute the cost of starts by name, CNY/MWh.

        One start over the hours that a unit stays online.
        """
        cost = [self._series.get((n, "start_cost_cny_per_mw"), np.zeros(DATA_YEARS.size)) for n in names]
        hours = [self._series.get((n, "hours_online_per_start"), np.ones(DATA_YEARS.size)) for n in names]
        return np.asarray((np.array(cost) / np.array(hours))[:, self._base_row])


def _technologies(tables: Tables, axes: Axes) -> Technologies:
    t = _TechnologyTable(tables, axes)
    learning_rate, world_stock = _read_learning(tables["technology_learning"])
    return Technologies(
        capex_cny_per_kw=t.buildable("capex_cny_per_kw"),
        fixed_om_cny_per_kw_year=t.buildable("fixed_om_cny_per_kw_year"),
        variable_om_cny_per_mwh=t.buildable("variable_om_cny_per_mwh", 0.0) + t.starts(BUILDABLE),
        lifetime_years=t.in_base_year(BUILDABLE, "lifetime_years").astype(np.int64),
        lead_time_years=t.in_base_year(BUILDABLE, "lead_time_years").astype(np.int64),
        net_heat_rate_gj_per_mwh=t.in_base_year(BUILDABLE, "net_heat_rate_gj_per_mwh", 0.0),
        potential_mw=t.limit("potential_mw"),
        wind_potential_mw={case: t.wind_limits(name) for case, name in WIND_POTENTIALS.items()},
        floor_mw_per_year=t.limit("floor_mw_per_year"),
        growth_rate=t.limit("growth_rate"),
        last_site_hours_share=t.limit("last_site_hours_share"),
        last_site_connection_cny_per_kw=t.limit("last_site_connection_cny_per_kw"),
        learning_rate=learning_rate,
        world_stock=world_stock,
        by_fuel=_units_by_fuel(t),
        capture=CaptureByFuel(
            capex_cny_per_tco2_year=t.capture("capex_cny_per_tco2_year"),
            om_cny_per_tco2=t.capture("om_cny_per_tco2"),
            rate=t.capture_in_base_year("capture_rate"),
            energy_penalty=t.capture_in_base_year("energy_penalty_share"),
            lead_time_years=t.capture_in_base_year("lead_time_years").astype(np.int64),
            design_hours=t.capture_in_base_year("design_hours"),
            reference_mw=t.capture_in_base_year("reference_mw"),
            scale_exponent=t.capture_in_base_year("scale_exponent"),
        ),
    )


def _read_learning(table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Read learning rates and world stocks [K + 1]; without a table nothing learns."""
    if table.empty:
        return np.zeros(len(BUILDABLE) + 1), np.ones(len(BUILDABLE) + 1)
    learning = table.set_index("technology").loc[[*BUILDABLE, "capture"]]
    return learning["learning_rate"].to_numpy(float), learning["world_stock"].to_numpy(float)


def _units_by_fuel(t: _TechnologyTable) -> UnitsByFuel:
    running = [cost_name(f) for f in FUELS]
    return UnitsByFuel(
        fixed_om_cny_per_kw_year=t.fleet("fixed_om_cny_per_kw_year"),
        variable_om_cny_per_mwh=t.in_base_year(running, "variable_om_cny_per_mwh", 0.0) + t.starts(FUELS),
        lifetime_years=t.in_base_year(running, "lifetime_years").astype(np.int64),
        minimum_load_share=t.fleet("minimum_load_share"),
        flexible_minimum_load_share=t.fleet("flexible_minimum_load_share"),
        flexibility_capex_cny_per_kw=t.fleet("flexibility_capex_cny_per_kw"),
        forced_outage_share=t.fleet("forced_outage_share"),
        no_load_fuel_share=t.fleet("no_load_fuel_share"),
        feed_in_price_cny_per_mwh=t.fleet("feed_in_price_cny_per_mwh"),
        feed_in_years=t.fleet("feed_in_years"),
        feed_in_hours=t.fleet("feed_in_hours"),
        storage_efficiency=t.in_base_year(running, "round_trip_efficiency", 0.0),
        storage_hours=t.in_base_year(running, "storage_hours", 0.0),
    )


def cost_name(fuel: str) -> str:
    """Find the technology whose running costs stand for `fuel`."""
    special = {"byproduct_gas": "gas", "waste": "biomass"}
    return special.get(fuel, "hydro" if fuel in HYDRO_FUELS else fuel)
