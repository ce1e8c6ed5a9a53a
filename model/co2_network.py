"""Shared CO2 lines: a network that grows source by source along the corridors where one more flow costs least."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.finance import power
from model.signals import Floats, Integers
from model.units import DAYS_PER_YEAR

PASSES = 20  # over all sources, of taking one out and inserting it anew; few are ever needed


class Corridors(NamedTuple):
    """Where lines may lie; axis E."""

    ends: Integers  # [E, 2] nodes
    yearly_cost_cny: (
        Floats  # [E] of a line that carries 1 t/day; with flow it grows to the power of `exponent`
    )
    exponent: float


class Sinks(NamedTuple):
    """Where CO2 can be stored; axis J."""

    node: Integers  # [J]
    limit_tco2: Floats  # [J] a year
    cost_cny_per_tco2: Floats  # [J]


class Network(NamedTuple):
    """Lines and where each source stores; axes E corridors, n sources."""

    flow_tco2: Floats  # [E] a year, both ways together
    sink: Integers  # [n] of each source
    paths: tuple[tuple[int, ...], ...]  # [n] corridors that each source uses
    yearly_cost_cny: float  # lines and stores


def line_cost(corridors: Corridors, flow_tco2: Floats) -> Floats:
    """Return what lines of a yearly flow cost a year, CNY [E]; economies of scale make it concave in flow."""
    return corridors.yearly_cost_cny * power(flow_tco2 / DAYS_PER_YEAR, corridors.exponent)


def grow_network(
    source_node: Sequence[int], supply_tco2: Sequence[float], corridors: Corridors, sinks: Sinks
) -> Network:
    """Return a network that takes each source whole to one store, by greedy insertion and reinsertion.

    Sources are inserted by size, the largest first, each along the path where the lines that it adds or enlarges and
    the store cost least; then each in turn is taken out and inserted anew, until nothing gains. The problem is the
    fixed-charge network flow of SimCCS (Middleton and Bielicki 2009), NP-hard; this is a heuristic without bound.

    Args:
        source_node: node of each source.
        supply_tco2: of each, a year.
        corridors: where lines may lie.
        sinks: stores.

    Raises:
        ValueError: if a source can reach no store with room for it.
    """
    supply, nodes = np.asarray(supply_tco2, float), list(source_node)
    grown = _Grown(np.zeros(corridors.yearly_cost_cny.size), sinks.limit_tco2.astype(float).copy())
    routes: dict[int, _Route] = {}
    order = sorted(range(len(nodes)), key=lambda i: (-supply[i], i))
    for i in order:
        routes[i] = _insert(nodes[i], supply[i], corridors, sinks, grown)
    for _ in range(PASSES):
        gained = [_reinsert(i, nodes[i], supply[i], corridors, sinks, grown, routes) for i in order]
        if not any(gained):
            break
    flow = grown.flow_tco2
    sink = np.array([routes[i].sink for i in range(len(nodes))], dtype=np.int64)
    stored = float((supply * sinks.cost_cny_per_tco2[sink]).sum())
    cost = float(line_cost(corridors, flow).sum()) + stored
    return Network(flow, sink, tuple(routes[i].path for i in range(len(nodes))), cost)


class _Grown(NamedTuple):
    """The network so far, changed in place."""

    flow_tco2: Floats  # [E]
    room_tco2: Floats  # [J]


class _Route(NamedTuple):
    path: tuple[int, ...]
    sink: int
    cost_cny: float


def _insert(node: int, supply: float, corridors: Corridors, sinks: Sinks, grown: _Grown) -> _Route:
    """Add a source along the path that costs least beside what is there."""
    route = _cheapest(node, supply, corridors, sinks, grown)
    grown.flow_tco2[list(route.path)] += supply
    grown.room_tco2[route.sink] -= supply
    return route


def _reinsert(
    i: int,
    node: int,
    supply: float,
    corridors: Corridors,
    sinks: Sinks,
    grown: _Grown,
    routes: dict[int, _Route],
) -> bool:
    """Take a source out and insert it anew; return whether the network became cheaper."""
    old, at = routes[i], list(routes[i].path)
    before = line_cost(corridors, grown.flow_tco2)[at].sum()
    grown.flow_tco2[at] = np.maximum(grown.flow_tco2[at] - supply, 0.0)
    grown.room_tco2[old.sink] += supply
    saved = before - line_cost(corridors, grown.flow_tco2)[at].sum()
    saved += supply * sinks.cost_cny_per_tco2[old.sink]
    routes[i] = _insert(node, supply, corridors, sinks, grown)
    return bool(routes[i].cost_cny < saved * (1.0 - 1e-9))


def _cheapest(node: int, supply: float, corridors: Corridors, sinks: Sinks, grown: _Grown) -> _Route:
    """Return the path of least added cost from a node to a store with room (Dijkstra 1959)."""
    more = line_cost(corridors, grown.flow_tco2 + supply) - line_cost(corridors, grown.flow_tco2)
    count = 1 + max(int(corridors.ends.max(initial=0)), int(sinks.node.max(initial=0)), node)
    beside: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for e, (a, b) in enumerate(corridors.ends.tolist()):
        beside[a].append((b, e))
        beside[b].append((a, e))
    cost, back = {node: 0.0}, {node: (-1, -1)}
    queue, done = [(0.0, node)], set()
    while queue:
        reached, here = heapq.heappop(queue)
        if here in done:
            continue
        done.add(here)
        for there, e in beside[here]:
            total = reached + float(more[e])
            if total < cost.get(there, np.inf):
                cost[there], back[there] = total, (here, e)
                heapq.heappush(queue, (total, there))
    return _best_sink(supply, sinks, grown, cost, back)


def _best_sink(
    supply: float, sinks: Sinks, grown: _Grown, cost: dict[int, float], back: dict[int, tuple[int, int]]
) -> _Route:
    """Return the route to the store that costs least, way and storing together."""
    total = np.array([cost.get(int(node), np.inf) for node in sinks.node])
    total = np.where(
        grown.room_tco2 >= supply * (1.0 - 1e-12), total + supply * sinks.cost_cny_per_tco2, np.inf
    )
    best = int(np.argmin(total))
    if not np.isfinite(total[best]):
        raise ValueError(f"no store within reach has room for {supply:g} t a year")
    path, here = [], int(sinks.node[best])
    while back[here][1] >= 0:
        path.append(back[here][1])
        here = back[here][0]
    return _Route(tuple(path), best, float(total[best]))
