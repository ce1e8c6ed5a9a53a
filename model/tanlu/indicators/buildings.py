"""What is measured of new buildings."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import BUILDING_METHODS
from tanlu.core.units import PER_MILLION, T_PER_MT
from tanlu.indicators.base import Indicator, percent
from tanlu.records.year import YearRecord

CAST_IN_PLACE, MODULAR = (BUILDING_METHODS.index(name) for name in ("cast_in_place", "modular"))


def building_indicators() -> list[Indicator]:
    """Return what is measured of new buildings; prefabricated is whatever is not cast in place."""

    def area(record: YearRecord) -> Floats:
        return np.asarray(record.buildings.floor_area_m2.sum(axis=2))

    def prefabricated(record: YearRecord) -> Floats:
        return percent(area(record) - record.buildings.floor_area_m2[:, :, CAST_IN_PLACE], area(record))

    def modular(record: YearRecord) -> Floats:
        return percent(record.buildings.floor_area_m2[:, :, MODULAR], area(record))

    return [
        Indicator("Buildings|New Floor Area", "million m2/yr", lambda r: area(r) / PER_MILLION),
        Indicator("Buildings|Prefabricated Share", "%", prefabricated, area),
        Indicator("Buildings|Modular Share", "%", modular, area),
        Indicator("Buildings|Embodied CO2", "Mt CO2/yr", lambda r: r.buildings.embodied_tco2 / T_PER_MT),
        Indicator("Material Demand|Steel|New Buildings", "Mt/yr", lambda r: r.buildings.steel_t / T_PER_MT),
        Indicator("Material Demand|Cement|New Buildings", "Mt/yr", lambda r: r.buildings.cement_t / T_PER_MT),
    ]
