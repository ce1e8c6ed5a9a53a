"""Which thermal units a month keeps online, and the output that they cannot go below while they are."""

from typing import NamedTuple

import numpy as np

from model.region_hydro import HOURS_IN_MONTH
from model.signals import Floats, P, PowerOffer


class Commitment(NamedTuple):
    """The month's plan of the dispatch centre; axis U units of the offer."""

    online_mw: Floats  # [U, month] kept hot in every hour of the month
    floor_mw: Floats  # [U, month] least output of what is online


def commit(
    *,
    offer: PowerOffer,
    net_load_mw: Floats,
    day_weight: Floats,
    reservoir_energy_mwh: Floats,
    flexible_mw: Floats,
    reserve_mw: Floats,
    least_online_share: float,
) -> Commitment:
    """Keep enough units online, cheapest first, for the month's highest hour that water does not cover.

    Water and stores flatten thermal output, but no further than to the month's mean and by no more than their
    greatest output. What is left, with the reserve, has to be online, and never less than a share of all units that
    can be kept online. The last unit is online in part: cohorts stand for several. Units that are not online may
    still run for hours, as a gas turbine does. A month's plan instead of a unit commitment by the hour: start-ups
    within a month cost nothing.

    Args:
        offer: what units offer; those with a `minimum_load_share` are kept online by the month.
        net_load_mw: load and contracts less must-run and nature, [P, month, day type, hour].
        day_weight: days of each type, [month, day type].
        reservoir_energy_mwh: [P, month].
        flexible_mw: greatest output of reservoirs and stores, [P, month].
        reserve_mw: on top of the highest hour, [P, month].
        least_online_share: of capacity that can be kept online.
    """
    mean = (net_load_mw * day_weight[None, :, :, None]).sum(axis=(2, 3)) - reservoir_energy_mwh
    highest = net_load_mw.max(axis=(2, 3)) - flexible_mw
    needed = np.maximum(np.maximum(mean / HOURS_IN_MONTH, highest) + reserve_mw, 0.0)
    slow = offer.minimum_load_share > 0.0
    online = np.zeros((offer.rows.size, HOURS_IN_MONTH.size))
    for p in range(P):
        mine = np.flatnonzero(slow & (offer.zone == p))
        mine = mine[np.argsort(offer.cost_cny_per_mwh[mine], kind="stable")]
        capacity = offer.capacity_mw[mine, None] * offer.availability[mine]
        before = np.cumsum(capacity, axis=0) - capacity
        wanted = np.maximum(needed[p], least_online_share * capacity.sum(axis=0))
        online[mine] = np.clip(wanted - before, 0.0, capacity)
    return Commitment(online, online * offer.minimum_load_share[:, None])
