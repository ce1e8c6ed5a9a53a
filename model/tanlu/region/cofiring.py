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
    maximum_build_mw_per_year: Floats  # [P] coal units that can be equipped in a year


def read_cofiring(tables: Tables, axes: Axes) -> Cofiring:
    """Return co-firing of the pack.

    Raises:
        KeyError: if a province or a parameter is missing.
    """
    given = tables["technologies"].set_index(["technology", "parameter"])["value"]
    limits = tables["site_limits"].set_index(["technology", "province"]).loc[TECHNOLOGY]
    limits = limits.loc[list(axes.provinces)]
    coal = (np.arange(F) == FUELS.index("coal")).astype(float)
    return Cofiring(
        fuel_share=coal * float(given[TECHNOLOGY, "fuel_share"]),
        capex_cny_per_kw=coal * float(given[TECHNOLOGY, "capex_cny_per_kw"]),
        lead_time_years=int(given[TECHNOLOGY, "lead_time_years"]),
        potential_mw=limits["potential_mw"].to_numpy(float),
        maximum_build_mw_per_year=limits["maximum_build_mw_per_year"].to_numpy(float),
    )
