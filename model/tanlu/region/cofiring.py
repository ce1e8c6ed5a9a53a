"""Burning prepared biomass in coal units, as the region pack's tables have it, as arrays."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS, Axes, F
from tanlu.region.tables import Tables

TECHNOLOGY = "coal_cofiring"  # in `technologies.csv` and `site_limits.csv`
PELLETS = "biomass_pellets"  # in `fuel_prices.csv`


class Cofiring(NamedTuple):
    """What co-firing takes, and for how much coal capacity there is biomass."""

    fuel_share: Floats  # [F] of the heat of a unit that is equipped for it; 0 where none is offered
    capex_cny_per_kw: Floats  # [F] of the unit's capacity
    lead_time_years: int
    potential_mw: Floats  # [P] coal units that can be supplied
    floor_mw_per_year: Floats  # [P] coal units that can be equipped in a year, where few are
    growth_rate: Floats  # [P] a year, of those that are equipped


def read_cofiring(tables: Tables, axes: Axes) -> Cofiring:
    """Read co-firing of the pack.

    Raises:
        KeyError: if a province or a parameter is missing.
    """
    parameters = tables["technologies"].set_index(["technology", "parameter"])["value"]
    limits = tables["site_limits"].set_index(["technology", "parameter", "province"])["value"].loc[TECHNOLOGY]

    def limit(parameter: str) -> Floats:
        return limits.loc[parameter].loc[list(axes.provinces)].to_numpy(float)

    coal = (np.arange(F) == FUELS.index("coal")).astype(float)
    return Cofiring(
        fuel_share=coal * float(parameters[TECHNOLOGY, "fuel_share"]),
        capex_cny_per_kw=coal * float(parameters[TECHNOLOGY, "capex_cny_per_kw"]),
        lead_time_years=int(parameters[TECHNOLOGY, "lead_time_years"]),
        potential_mw=limit("potential_mw"),
        floor_mw_per_year=limit("floor_mw_per_year"),
        growth_rate=limit("growth_rate"),
    )
