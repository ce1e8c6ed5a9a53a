"""Corridors between CO2 hubs and stores, and who pays what of the lines that several hubs lay in them."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.economics import power
from tanlu.core.units import DAYS_PER_YEAR


class CO2Corridors(NamedTuple):
    """Where lines may lie; axis E, and H hubs, J stores."""

    ends: Integers  # [E, 2] places: hubs, then stores
    length_km: Floats  # [E]
    scale_cny: (
        Floats  # [E] investment of a line for 1 t/day; with flow it grows to the power of `flow_exponent`
    )
    flow_exponent: float
    alone_cny: Floats  # [H, J] of a hub alone along its cheapest way, at 1 t/day


class LineShares(NamedTuple):
    """What each hub has in new lines; axis H."""

    investment_cny: Floats  # that shippers pay for
    grant_cny: Floats  # for making lines larger than what is needed
    length_km: Floats  # adds up to that of the lines
    shared_km: Floats  # the part of it in lines of several hubs


def gabriel_graph(distance_km: Floats) -> Integers:
    """List pairs of places that are directly connected [E, 2].

    No third place lies in the circle across them (Gabriel and Sokal 1969).
    All places are connected, near ones directly; a way past others goes through them. In squares of whole km the
    comparison is exact.

    Args:
        distance_km: [n, n], as the crow flies.
    """
    square = distance_km * distance_km
    through = square[:, None, :] + square[None, :, :]  # [from, to, by way of]
    return np.argwhere(np.triu(through.min(axis=2) >= square, k=1))


def least_cost(ends: Integers, cost: Floats, places: int) -> Floats:
    """Compute the cost of the cheapest way between places [n, n].

    Algorithm of Floyd 1962.
    """
    lowest_cost = np.where(np.eye(places, dtype=bool), 0.0, np.inf)
    begin, end = ends.T
    lowest_cost[begin, end] = lowest_cost[end, begin] = cost
    for k in range(places):
        lowest_cost = np.minimum(lowest_cost, lowest_cost[:, k, None] + lowest_cost[k])
    return lowest_cost


def share_lines(
    corridors: CO2Corridors, passes: Booleans, needed_tco2: Floats, capacity_tco2: Floats
) -> LineShares:
    """Share lines among hubs, one line in each corridor in use.

    What shippers need is shared in proportion to flow (t km), what larger lines cost more in proportion to what each
    hub's is larger.

    Args:
        corridors: where lines may lie.
        passes: corridors that each hub's flow takes [H, E].
        needed_tco2: by each hub's shippers, a year [H].
        capacity_tco2: that it is to have, no less [H].
    """
    needed_flow, spare_flow = needed_tco2[:, None] * passes, (capacity_tco2 - needed_tco2)[:, None] * passes
    flow, spare_total = needed_flow.sum(axis=0), spare_flow.sum(axis=0)

    def cost(flow_tco2: Floats) -> Floats:
        return corridors.scale_cny * power(flow_tco2 / DAYS_PER_YEAR, corridors.flow_exponent)

    def compute_share(part_flow: Floats, total_flow: Floats) -> Floats:
        return np.divide(part_flow, total_flow, out=np.zeros_like(part_flow), where=total_flow > 0.0)

    share = compute_share(needed_flow, flow)
    is_shared = (needed_flow > 0.0).sum(axis=0) > 1
    return LineShares(
        investment_cny=(share * cost(flow)).sum(axis=1),
        grant_cny=(compute_share(spare_flow, spare_total) * (cost(flow + spare_total) - cost(flow))).sum(
            axis=1
        ),
        length_km=(share * corridors.length_km).sum(axis=1),
        shared_km=(share * (corridors.length_km * is_shared)).sum(axis=1),
    )
