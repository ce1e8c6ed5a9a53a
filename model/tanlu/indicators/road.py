"""Indicators of road vehicles, and of the rail that carries people instead."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR, SEGMENTS
from tanlu.core.units import GJ_PER_TCE, MWH_PER_TWH, PER_BILLION, PER_MILLION, T_PER_KT, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, percent
from tanlu.records.year import YearRecord

ALL_VEHICLES, NEW_ENERGY = (
    0,
    1,
)  # first technology that counts: whatever is not a fuel vehicle is a new-energy one


def road_indicators() -> list[Indicator]:
    """List indicators of road vehicles, rail and sales by segment."""
    return [
        Indicator("Stock|Vehicles", "million", lambda r: _number(r.road.stock, ALL_VEHICLES) / PER_MILLION),
        Indicator(
            "Stock|Vehicles|New Energy", "million", lambda r: _number(r.road.stock, NEW_ENERGY) / PER_MILLION
        ),
        _new_energy_share("Stock|Vehicles|New Energy Share", lambda r: r.road.stock),
        Indicator(
            "Sales|Vehicles", "million/yr", lambda r: _number(r.road.sales, ALL_VEHICLES) / PER_MILLION
        ),
        _new_energy_share("Sales|Vehicles|New Energy Share", lambda r: r.road.sales),
        Indicator("Vehicle Kilometres", "bn km/yr", lambda r: r.road.driven_km / PER_BILLION),
        Indicator("Spared Use|Vehicle Kilometres", "bn km/yr", lambda r: r.road.spared_km / PER_BILLION),
        Indicator("Material Demand|Aluminium|Cars", "kt/yr", lambda r: r.road.aluminium_t / T_PER_KT),
        Indicator("Final Energy|Oil|Road", "Mtce/yr", lambda r: r.road.oil_gj / GJ_PER_TCE / T_PER_MT),
        Indicator(
            "Emissions|CO2|Energy|Demand|Transportation|Road",
            "Mt CO2/yr",
            lambda r: r.road.emitted_tco2 / T_PER_MT,
        ),
        Indicator("Emissions|CO2|Energy|Demand|Transportation|Other", "Mt CO2/yr", _other_transport_mt),
        *_rail(),
        *(
            _new_energy_share(f"Sales|Vehicles|{_title(segment)}|New Energy Share", _sales_of(i))
            for i, segment in enumerate(SEGMENTS)
        ),
    ]


def _other_transport_mt(record: YearRecord) -> Floats:
    """Compute transport emissions without road vehicles, Mt [Y, P]."""
    return (record.emissions.by_sector_tco2[:, :, SECTOR["transport"]] - record.road.emitted_tco2) / T_PER_MT


def _rail() -> list[Indicator]:
    km = "Rail Transit|Vehicle Kilometres Moved"
    return [
        Indicator("Rail Transit|New Lines", "km", lambda r: r.rail.line_km),
        Indicator("Rail Transit|Trips", "million/yr", lambda r: r.rail.trips / PER_MILLION),
        Indicator(km, "bn km/yr", lambda r: r.rail.moved_vehicle_km / PER_BILLION),
        Indicator("Rail Transit|Electricity", "TWh/yr", lambda r: r.rail.electricity_mwh / MWH_PER_TWH),
        Indicator("Rail Transit|Road CO2 Spared", "Mt CO2/yr", lambda r: r.rail.spared_tco2 / T_PER_MT),
        Indicator("Rail Transit|Emissions Avoided", "Mt CO2/yr", lambda r: r.rail.avoided_tco2 / T_PER_MT),
    ]


def _title(segment: str) -> str:
    return segment.replace("_", " ").title()


def _number(vehicles: Floats, first: int) -> Floats:
    """Sum vehicles [Y, P, G, V] from a technology on [Y, P]."""
    return np.asarray(vehicles[:, :, :, first:].sum(axis=(2, 3)))


def _sales_of(segment: int) -> Reader:
    return lambda r: r.road.sales[:, :, segment : segment + 1]


def _new_energy_share(variable: str, vehicles: Reader) -> Indicator:
    """Define the share of new-energy vehicles in stock or sales.

    `vehicles` reads [Y, P, G, V].
    """

    def whole(record: YearRecord) -> Floats:
        return _number(vehicles(record), ALL_VEHICLES)

    return Indicator(variable, "%", lambda r: percent(_number(vehicles(r), NEW_ENERGY), whole(r)), whole)
