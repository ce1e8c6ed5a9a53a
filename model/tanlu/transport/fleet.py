"""Fleets by cohort: how they age, what they were in the past, and what they need in a year."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import VEHICLE_TECHNOLOGIES, G, V
from tanlu.region.industry import ENERGY
from tanlu.region.tables import year_index
from tanlu.region.vehicles import AGES, COHORT_YEARS, FIRST_STOCK_YEAR, VehicleData

OIL = ENERGY.index("oil")
FUEL = VEHICLE_TECHNOLOGIES.index("fuel")
NEW_ENERGY = np.arange(V) != FUEL
NEW = 0  # age of what is sold in the year, the first of `AGES`
GROWTH_YEARS = 5  # of the first statistics, taken for the years before them


class Driving(NamedTuple):
    """How far vehicles drive in a year, and what they need; axes N province x segment, V technologies."""

    km: Floats  # [N, V]
    oil_gj: Floats  # [N, V]
    electricity_mwh: Floats  # [N, V]
    in_use_vehicles: Floats  # [N, V] mean of the year

    def scale(self, factor: Floats) -> "Driving":
        """Multiply ways, and what they need, by a factor that can be broadcast to [N, V]."""
        return Driving(
            self.km * factor, self.oil_gj * factor, self.electricity_mwh * factor, self.in_use_vehicles
        )


def survivors(data: VehicleData, fleet: Floats) -> Floats:
    """Compute the survivors of last year's fleet [N, V, AGES]; none are new.

    Source: Weibull survival by age, usual in fleet models.
    """
    surviving_vehicles = np.zeros_like(fleet)
    surviving_vehicles[..., NEW + 1 :] = fleet[:, :, :-1] * data.kept_share[:, None, :]
    return surviving_vehicles


def fleet_at_end_of(data: VehicleData, year: int) -> Floats:
    """Rebuild the fleet at the end of a past `year` [N, V, AGES].

    From the first statistic on sales fill what the statistic needs; before it the stock is taken to have grown
    evenly. New-energy vehicles had the shares of sales of the pack.

    Raises:
        ValueError: if there is no statistic of that year.
    """
    if not FIRST_STOCK_YEAR <= year <= data.last_observed_year:
        raise ValueError(f"no statistic of vehicles in {year}")
    fleet = _first_fleet(data)
    for past in range(FIRST_STOCK_YEAR + 1, year + 1):
        surviving_vehicles = survivors(data, fleet)
        sales = np.maximum(data.stock(past).reshape(-1) - surviving_vehicles.sum(axis=(1, 2)), 0.0)
        surviving_vehicles[..., NEW] = sales[:, None] * technology_shares_before(data, past)
        fleet = surviving_vehicles
    return fleet


def technology_shares_before(data: VehicleData, year: int) -> Floats:
    """Read technology shares in sales of a past `year` [V].

    Fuel vehicles take the rest.
    """
    share = data.share_of_sales_before[year - COHORT_YEARS[0]].copy()
    share[FUEL] = 1.0 - share[NEW_ENERGY].sum()
    return share


def _first_fleet(data: VehicleData) -> Floats:
    first, later = data.stock_vehicles[0], data.stock_vehicles[GROWTH_YEARS]
    growth = np.divide(later, first, out=np.ones_like(first), where=first > 0.0)
    yearly = np.repeat(np.cbrt(growth) ** (3.0 / GROWTH_YEARS), G)[:, None]
    weight = np.tile(data.survival, (first.size, 1)) * yearly ** -np.arange(AGES)
    fleet = np.zeros((first.size * G, V, AGES))
    fleet[:, FUEL] = weight * (data.stock(FIRST_STOCK_YEAR).reshape(-1) / weight.sum(axis=1))[:, None]
    return fleet


def driving(
    data: VehicleData, surviving_vehicles: Floats, sales: Floats, year: int, distance_factor: float = 1.0
) -> Driving:
    """Compute the energy needs of a fleet in `year`.

    New vehicles drive for half of it.

    Args:
        data: the pack.
        surviving_vehicles: from `survivors`, [N, V, AGES].
        sales: new vehicles, [N, V].
        year: the year.
        distance_factor: on the pack's distances.
    """
    in_use_vehicles = surviving_vehicles.copy()
    in_use_vehicles[..., NEW] += 0.5 * sales
    cohort = year - COHORT_YEARS[0] - np.arange(AGES)
    by_segment = in_use_vehicles.reshape(-1, G, *in_use_vehicles.shape[1:])
    distance = np.tile(data.distance_km[year_index(year)], len(by_segment))[:, None] * distance_factor
    fuel, electricity = (
        (by_segment * need[cohort].transpose(1, 2, 0)).sum(axis=3).reshape(-1, V) * distance
        for need in (data.fuel_gj_per_km, data.electricity_mwh_per_km)
    )
    number = in_use_vehicles.sum(axis=2)
    return Driving(number * distance, fuel, electricity, number)


def road_oil_gj(data: VehicleData, year: int) -> Floats:
    """Compute oil burnt by road vehicles in a past `year`, GJ [P]."""
    before = fleet_at_end_of(data, year - 1)
    surviving_vehicles = survivors(data, before)
    sales = np.maximum(data.stock(year).reshape(-1) - surviving_vehicles.sum(axis=(1, 2)), 0.0)
    need = driving(data, surviving_vehicles, sales[:, None] * technology_shares_before(data, year), year)
    return need.oil_gj.reshape(-1, G, V).sum(axis=(1, 2))
