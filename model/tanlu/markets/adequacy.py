"""Adequacy: what counts as there when power is short, and where a year's look at it begins."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import DAY_TYPES, HOURS, MONTHS
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.power.neighbours import BorderBlocks
from tanlu.power.supply import FirmSupply, PowerYear, SeasonalLoad
from tanlu.region.pack import Region


def read_firm_supply(region: Region, usual: BorderBlocks, burner_share: Floats) -> FirmSupply:
    """Read what counts as there when power is short, before anybody looks at it.

    Args:
        region: the pack.
        usual: what neighbours sell outside dry spells.
        burner_share: of new units that burn fuel, [P, BURNING, month].
    """
    x, provinces = region.parameters, len(burner_share)
    is_neighbour = usual.zone == np.arange(provinces)[:, None]
    no_seasons = np.zeros((2, provinces, MONTHS, DAY_TYPES, HOURS))
    return FirmSupply(
        accepted_hours=x["accepted_shortage_hours"],
        largest_unit_mw=x["largest_unit_mw"],
        neighbour_share_in_dry_spell=x["neighbour_share_in_dry_spell"],
        neighbours_mw=(is_neighbour[:, :, None] * usual.mw).sum(axis=1),
        burner_share=burner_share,
        seasons=SeasonalLoad(no_seasons, region.demand.season_factor),
        start_mw=np.zeros(provinces),
    )


def look_at_adequacy(year: PowerYear, seasonal_shape: Floats, start_mw: Floats) -> PowerYear:
    """Give a year what a look at its adequacy takes.

    Args:
        year: what surrounds the plants.
        seasonal_shape: cooling and heating, of the annual mean load [2, P, month, day type, hour].
        start_mw: where the search for missing capacity begins [P].
    """
    load_mw = year.load_mwh / HOURS_PER_YEAR
    seasons = year.firm_supply.seasons._replace(mw=seasonal_shape * load_mw[:, None, None, None])
    firm = year.firm_supply._replace(seasons=seasons, start_mw=start_mw)
    return year._replace(firm_supply=firm)
