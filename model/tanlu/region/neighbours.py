"""Grids beyond the region's borders as arrays: what they must serve and what they have to serve it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import MONTHS
from tanlu.core.units import HOURS_PER_YEAR, MWH_PER_GWH
from tanlu.region.tables import DATA_YEARS, Tables, interpolate


class NeighbourRules(NamedTuple):
    """How all neighbours run and price their thermal plants; assumptions of the pack."""

    available_share: float  # of thermal capacity
    least_output_share: float  # of what is available, below which own wind and sun are in surplus
    spread_share: float  # of what is available: half of the width of a half-day's load on thermal plants
    price_float_share: float  # by which coal power sells below and above its usual price
    surplus_price_share: float  # of the usual price, asked for a surplus of wind and sun
    best_heat_rate_gj_per_mwh: float
    worst_heat_rate_gj_per_mwh: float
    shared_water_share: float  # of a dry year's lack of water here that a neighbour has too


class NeighbourGrids(NamedTuple):
    """Grids beyond the region's borders; axis N."""

    names: tuple[str, ...]
    load_mw: Floats  # [year, N, month] that their own plants serve but for nuclear power
    thermal_mw: Floats  # [year, N] available
    hydro_mw: Floats  # [year, N, month] mean output in a usual year
    wind_mw: Floats  # [year, N, month]
    solar_mw: Floats  # [year, N, month]
    cooling_share: Floats  # [N, month] of load
    fuel_price_cny_per_gj: Floats  # [year, N] of coal
    coal_power_price_cny_per_mwh: Floats  # [year, N] usual price at home
    rules: NeighbourRules


def read_neighbours(tables: Tables, parameters: Mapping[str, float]) -> NeighbourGrids:
    """Assemble the neighbours of a pack."""
    yearly, monthly = tables["neighbours"], tables["neighbour_months"]
    names = tuple(dict.fromkeys(yearly["neighbour"]))
    rules = NeighbourRules(*(parameters[f"neighbour_{name}"] for name in NeighbourRules._fields))

    def by_year(column: str) -> Floats:
        return _by_year(yearly, column, names)

    def by_month(column: str) -> Floats:
        return _by_month(monthly, column, names)

    mean_load_mw = by_year("served_load_gwh") * (MWH_PER_GWH / HOURS_PER_YEAR)
    return NeighbourGrids(
        names=names,
        load_mw=mean_load_mw[:, :, None] * by_month("relative_load"),
        thermal_mw=by_year("thermal_mw") * rules.available_share,
        hydro_mw=by_year("hydro_mw")[:, :, None] * by_month("hydro_capacity_factor"),
        wind_mw=by_year("wind_mw")[:, :, None] * by_month("wind_capacity_factor"),
        solar_mw=by_year("solar_mw")[:, :, None] * by_month("solar_capacity_factor"),
        cooling_share=by_month("cooling_share"),
        fuel_price_cny_per_gj=by_year("fuel_price_cny_per_gj"),
        coal_power_price_cny_per_mwh=by_year("coal_power_price_cny_per_mwh"),
        rules=rules,
    )


def _by_year(table: pd.DataFrame, column: str, names: tuple[str, ...]) -> Floats:
    """Interpolate a column over years [year, N]."""
    values = np.zeros((DATA_YEARS.size, len(names)))
    for n, name in enumerate(names):
        rows = table[table["neighbour"] == name]
        values[:, n] = interpolate(rows["year"].to_numpy(float), rows[column].to_numpy(float))
    return values


def _by_month(table: pd.DataFrame, column: str, names: tuple[str, ...]) -> Floats:
    """Tabulate a column by neighbour and month [N, month]."""
    values = np.zeros((len(names), MONTHS))
    for n, name in enumerate(names):
        rows = table[table["neighbour"] == name].sort_values("month")
        values[n] = rows[column].to_numpy(float)
    return values
