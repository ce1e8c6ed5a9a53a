"""The building part of a region pack as arrays: new floor area, and what each way of building costs and needs."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import BUILDING_METHODS, Axes
from tanlu.core.units import KG_PER_T, PER_MILLION
from tanlu.region.tables import DATA_YEARS, LongTable, Tables, year_index, yearly

MODULAR_CLAIMS = ("evidence", "promoters")  # what is said of modular building
CAST_IN_PLACE = BUILDING_METHODS.index("cast_in_place")


class BuildingData(NamedTuple):
    """New buildings; axes P provinces, M methods."""

    floor_area_m2: Floats  # [year, P] a year
    sale_price_cny_per_m2: Floats  # [P]
    construction_cost_cny_per_m2: float  # cast in place
    construction_years: float  # cast in place
    sold_at_share: float  # of the building time, when buyers pay
    discount_rate: float
    cost_factor: Floats  # [M] of cast in place; of modules by the evidence
    time_factor: Floats  # [M] of cast in place; of modules by the evidence
    modular_cost_factor: Floats  # [MODULAR_CLAIMS, year]
    modular_time_factor: Floats  # [MODULAR_CLAIMS, year]
    steel_t_per_m2: Floats  # [M]
    cement_t_per_m2: Floats  # [M]
    embodied_tco2_per_m2: Floats  # [M]
    clinker_per_cement: float
    choice_scale_cny_per_m2: float
    peer_value_cny_per_m2: float  # if nothing is cast in place any more
    fastest_rise_share_per_year: float  # of what is not cast in place
    reluctance_cny_per_m2: Floats  # [P, M]
    industrialised_share: Floats  # [year, P] observed, not cast in place; flat after the last statistic


def read_buildings(tables: Tables, axes: Axes) -> BuildingData:
    """Assemble the building table of a pack.

    Raises:
        ValueError: if it lacks a required row.
    """
    t = LongTable("buildings.csv", tables["buildings"], ("province", "method"), absent_value=1.0)

    def by_method(name: str) -> Floats:
        return np.array([t.single(name, "", method) for method in BUILDING_METHODS])

    return BuildingData(
        floor_area_m2=_floor_area(tables, axes, t),
        sale_price_cny_per_m2=np.array([t.single("sale_price_cny_per_m2", p) for p in axes.provinces]),
        construction_cost_cny_per_m2=t.single("construction_cost_cny_per_m2"),
        construction_years=t.single("construction_years"),
        sold_at_share=t.single("sold_at_share_of_construction"),
        discount_rate=t.single("discount_rate"),
        cost_factor=by_method("cost_factor"),
        time_factor=by_method("time_factor"),
        modular_cost_factor=_modular(t, "cost_factor"),
        modular_time_factor=_modular(t, "time_factor"),
        steel_t_per_m2=by_method("steel_kg_per_m2") / KG_PER_T,
        cement_t_per_m2=by_method("cement_kg_per_m2") / KG_PER_T,
        embodied_tco2_per_m2=by_method("embodied_kgco2_per_m2") / KG_PER_T,
        clinker_per_cement=t.single("clinker_per_cement"),
        choice_scale_cny_per_m2=t.single("choice_scale_cny_per_m2"),
        peer_value_cny_per_m2=t.single("peer_value_cny_per_m2"),
        fastest_rise_share_per_year=t.single("fastest_rise_share_per_year"),
        reluctance_cny_per_m2=np.array(
            [
                [
                    t.interpolate_or_zero("reluctance_cny_per_m2", DATA_YEARS[:1], p, method)[0]
                    for method in BUILDING_METHODS
                ]
                for p in axes.provinces
            ]
        ),
        industrialised_share=np.stack(
            [t.interpolate("industrialised_share", DATA_YEARS, p) for p in axes.provinces], axis=1
        ),
    )


def _modular(t: LongTable, name: str) -> Floats:
    """Read factors of modular building by claim [MODULAR_CLAIMS, year]."""
    names = (name, *(f"{claim}_{name}" for claim in MODULAR_CLAIMS[1:]))
    return np.stack([t.interpolate(parameter, DATA_YEARS, "", "modular") for parameter in names])


def _floor_area(tables: Tables, axes: Axes, t: LongTable) -> Floats:
    """Compute new floor area, m2 [year, P].

    That of the pack's year, moved by the demand for cement.
    """
    if t.is_absent:
        return np.zeros((DATA_YEARS.size, len(axes.provinces)))
    drivers, area = tables["drivers"], np.empty((DATA_YEARS.size, len(axes.provinces)))
    for p, province in enumerate(axes.provinces):
        observed_area = t.find("floor_area_million_m2", province)
        if observed_area is None:
            raise ValueError(f"buildings.csv: no row floor_area_million_m2 {province}")
        (year, *_), (million_m2, *_) = observed_area
        rows = (drivers["province"] == province) & (drivers["driver"] == "cement_demand")
        cement = yearly(drivers[rows])
        area[:, p] = million_m2 * PER_MILLION * cement / cement[year_index(int(year))]
    return area
