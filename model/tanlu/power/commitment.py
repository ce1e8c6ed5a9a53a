"""The months' plans: which units stay online."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.kernels.power.commitment import CommitLoad, Commitment, CommitUnits, FlexibleOutput, commit
from tanlu.kernels.power.hours import HourlyLoad
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.supply import PowerYear
from tanlu.region.power import PowerData


def keep_online(
    data: PowerData,
    asked: tuple[PowerOffer, Floats],
    year: PowerYear,
    hours: HourlyLoad,
    flexible: FlexibleOutput,
    river_mw: Floats,
) -> Commitment:
    """Return the months' plans of what stays online.

    Args:
        data: of the region.
        asked: what units offer, and the share of its plan's hours in which each is online [U].
        year: what surrounds the plants.
        hours: before the market.
        flexible: water and stores.
        river_mw: run-of-river, [P, month].
    """
    offer, online_share = asked
    online: Commitment = commit(
        units=CommitUnits(
            zone=offer.zone,
            capacity_mw=offer.capacity_mw,
            availability=offer.availability,
            minimum_load_share=offer.minimum_load_share,
            online_share=online_share,
            order=np.argsort(offer.cost_cny_per_mwh, kind="stable"),
        ),
        load=CommitLoad(hours.load_mw, hours.net_load_mw, hours.offered_mw, river_mw),
        day_weight=data.day_weight,
        flexible=flexible,
        line_mw=year.line_mw,
        internal_mw=year.internal_mw,
        reserve_share=year.reserve_share,
        least_online_share=year.least_online_share,
    )
    return online
