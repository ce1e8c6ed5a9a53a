"""What is measured of road vehicles, and of the rail that carries people instead."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SEGMENTS
from tanlu.core.units import GJ_PER_TCE
from tanlu.indicators.base import Indicator, percent
from tanlu.simulation.record import YearRecord


def road_indicators() -> list[Indicator]:
    """Return what is measured of road vehicles; whatever is not a fuel vehicle is a new-energy one."""

    def number(record: YearRecord, field: str, first: int, segment: int | None = None) -> Floats:
        vehicles = getattr(record, field)[:, :, :, first:]
        chosen = vehicles if segment is None else vehicles[:, :, segment : segment + 1]
        return np.asarray(chosen.sum(axis=(2, 3)))

    def share(variable: str, field: str, segment: int | None = None) -> Indicator:
        def whole(record: YearRecord) -> Floats:
            return number(record, field, 0, segment)

        return Indicator(variable, "%", lambda r: percent(number(r, field, 1, segment), whole(r)), whole)

    rows = [
        Indicator("Stock|Vehicles", "million", lambda r: number(r, "vehicle_stock", 0) / 1e6),
        Indicator("Stock|Vehicles|New Energy", "million", lambda r: number(r, "vehicle_stock", 1) / 1e6),
        share("Stock|Vehicles|New Energy Share", "vehicle_stock"),
        Indicator("Sales|Vehicles", "million/yr", lambda r: number(r, "vehicle_sales", 0) / 1e6),
        share("Sales|Vehicles|New Energy Share", "vehicle_sales"),
        Indicator("Material Demand|Aluminium|Cars", "kt/yr", lambda r: r.vehicle_aluminium_t / 1e3),
        Indicator("Final Energy|Oil|Road", "Mtce/yr", lambda r: r.vehicle_oil_gj / GJ_PER_TCE / 1e6),
        Indicator(
            "Emissions|CO2|Energy|Demand|Transportation|Road",
            "Mt CO2/yr",
            lambda r: r.vehicle_emitted_tco2 / 1e6,
        ),
        Indicator("Rail Transit|New Lines", "km", lambda r: r.rail_line_km),
        Indicator("Rail Transit|Trips", "million/yr", lambda r: r.rail_trips / 1e6),
        Indicator(
            "Rail Transit|Vehicle Kilometres Moved", "bn km/yr", lambda r: r.rail_moved_vehicle_km / 1e9
        ),
        Indicator("Rail Transit|Electricity", "TWh/yr", lambda r: r.rail_electricity_mwh / 1e6),
        Indicator("Rail Transit|Road CO2 Spared", "Mt CO2/yr", lambda r: r.rail_spared_tco2 / 1e6),
        Indicator("Rail Transit|Emissions Avoided", "Mt CO2/yr", lambda r: r.rail_avoided_tco2 / 1e6),
    ]
    for i, segment in enumerate(SEGMENTS):
        name = segment.replace("_", " ").title()
        rows.append(share(f"Sales|Vehicles|{name}|New Energy Share", "vehicle_sales", i))
    return rows
