"""The zones of the electricity market, each of which holds one province."""

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.words.messages import build_message
from tanlu.region.catalogue import RegionError
from tanlu.region.pack import Region

Z = 2  # zones that the market's kernels couple by one line


def zone_of_province(provinces: int) -> Integers:
    """Give each province its zone [P]; zones beyond them stay empty.

    Raises:
        ValueError: if there are more provinces than zones; `require_zones` tells users so.
    """
    if provinces > Z:
        raise ValueError(f"{provinces} provinces in {Z} zones")
    return np.arange(provinces)


def require_zones(region: Region) -> None:
    """Refuse a region with more provinces than the market has zones.

    Raises:
        RegionError: if it has more.
    """
    names = list(region.axes.provinces)
    if len(names) > Z:
        reason = build_message("more_provinces_than_zones", count=len(names), names=names, allowed=Z)
        raise RegionError(build_message("of_pack", pack=region.name, what=reason))
