"""Shared CO2 lines beside exact ones and beside the hubs' own: writes the lines of MODEL.md.

`uv run python -m tests.trunks`
"""

from itertools import combinations, product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from model.co2_network import Corridors, Network, Sinks, grow_network, line_cost
from model.region_co2 import _distance_km, line_charge, pipeline_scale
from tests import model_runs
from tests.model_runs import REGION, ROOT, shipped

MODEL = ROOT / "MODEL.md"
BEGIN, END = "<!-- trunks: begin -->\n", "<!-- trunks: end -->"
CASES = 20
type Row = tuple[np.ndarray, float, float]  # coefficients, least and greatest value
CO2 = REGION.co2
SHOWN = ("ccus_push", "dual_carbon", "high_carbon_price", "cement_hubs_anchored")


def drawn(seed: int) -> tuple[list[int], list[float], Corridors, Sinks]:
    """Return four sources and two stores among seven places, with corridors between near ones."""
    random = np.random.default_rng(seed)
    place = random.uniform(0.0, 300.0, (7, 2))
    pairs = np.array(list(combinations(range(7), 2)))
    far = np.hypot(*(place[pairs[:, 0]] - place[pairs[:, 1]]).T)
    near = np.sort(np.argsort(far)[:14])
    # What a tree of nearest neighbours needs to be connected.
    near = np.unique(
        np.concatenate([near, [int(np.flatnonzero((pairs == n).any(axis=1))[0]) for n in range(7)]])
    )
    cost = line_charge(CO2.transport) * pipeline_scale(CO2.transport, 1.2 * far[near])
    corridors = Corridors(pairs[near], cost, CO2.transport["pipeline_flow_exponent"])
    supply = np.round(random.uniform(0.2, 5.0, 4), 2) * 1e6
    limit = np.array([0.75 * supply.sum(), supply.sum()])
    return [0, 1, 2, 3], supply.tolist(), corridors, Sinks(np.array([5, 6]), limit, np.array([62.7, 78.3]))


def exact_cost(nodes: list[int], supply: list[float], corridors: Corridors, sinks: Sinks) -> float:
    """Return the least yearly cost of taking each source whole along one path to one store (HiGHS).

    A line's flow is then the sum of some of the supplies, so its concave cost is a table: the programme is exact.
    Columns, all 0 or 1: source by corridor and way, source by store, corridor by flow.
    """
    n, e, j = len(nodes), corridors.yearly_cost_cny.size, sinks.node.size
    sums = {sum(group) for size in range(1, n + 1) for group in combinations(supply, size)}
    levels, mt = np.array(sorted(sums)) / 1e6, np.array(supply) / 1e6
    storing = (mt[:, None] * sinks.cost_cny_per_tco2).ravel()
    flows = [line_cost(corridors, np.full(e, 1e6 * level)) / 1e6 for level in levels]
    cost = np.concatenate([np.zeros(2 * e * n), storing, np.stack(flows, axis=1).ravel()])
    rows = [
        *_ways(nodes, corridors, sinks, levels.size),
        *_lines(mt, levels, e, j),
        *_stores(mt, sinks, e, levels.size),
    ]
    table, low, high = (np.array(column) for column in zip(*rows, strict=True))
    found = milp(
        cost,
        constraints=LinearConstraint(table, low, high),
        integrality=np.ones(cost.size),
        bounds=Bounds(0, 1),
    )
    assert found.success, found.message
    return float(found.fun) * 1e6


def _ways(nodes: list[int], corridors: Corridors, sinks: Sinks, levels: int) -> list[Row]:
    """Each source leaves its node, passes others, and ends in one store."""
    n, e, j = len(nodes), corridors.yearly_cost_cny.size, sinks.node.size
    rows = []
    for s, v in product(range(n), range(1 + int(max(corridors.ends.max(), sinks.node.max())))):
        ways = np.zeros((n, e, 2))
        starts, ends = corridors.ends[:, 0] == v, corridors.ends[:, 1] == v
        ways[s, :, 0] = starts * 1.0 - ends
        ways[s, :, 1] = ends * 1.0 - starts
        stores = np.zeros((n, j))
        stores[s] = sinks.node == v
        here = float(nodes[s] == v)
        rows.append((np.concatenate([ways.ravel(), stores.ravel(), np.zeros(e * levels)]), here, here))
    return rows


def _lines(mt: np.ndarray, levels: np.ndarray, e: int, j: int) -> list[Row]:
    """A corridor has one size at most, no less than what uses it."""
    rows = []
    for c in range(e):
        ways, sizes = np.zeros((mt.size, e, 2)), np.zeros((2, e, levels.size))
        ways[:, c] = -mt[:, None]
        sizes[:, c] = levels, np.ones(levels.size)
        none = np.zeros(mt.size * j)
        rows.append((np.concatenate([ways.ravel(), none, sizes[0].ravel()]), 0.0, np.inf))
        rows.append((np.concatenate([0.0 * ways.ravel(), none, sizes[1].ravel()]), 0.0, 1.0))
    return rows


def _stores(mt: np.ndarray, sinks: Sinks, e: int, levels: int) -> list[Row]:
    """No store takes more than its limit."""
    rows = []
    for sink, limit in enumerate(sinks.limit_tco2):
        stores = np.zeros((mt.size, sinks.node.size))
        stores[:, sink] = mt
        rows.append(
            (
                np.concatenate([np.zeros(mt.size * e * 2), stores.ravel(), np.zeros(e * levels)]),
                0.0,
                limit / 1e6,
            )
        )
    return rows


def gaps(cases: int = CASES) -> np.ndarray:
    """Return by how much the greedy network is dearer than the exact one, as a share, for random cases."""
    return np.array(
        [grow_network(*drawn(seed)).yearly_cost_cny / exact_cost(*drawn(seed)) - 1.0 for seed in range(cases)]
    )


def shared(name: str) -> tuple[float, float, float]:
    """Return Mt/yr, and bn CNY a year of the lines that hubs have agreed by the end: their own, and shared ones.

    Shared ones may lie between any two hubs and between hubs and stores, and lead where stores have room for a year;
    NaN where no store is left that takes a hub whole.
    """
    hubs = [hub for hub in model_runs.watch(shipped(name)).hubs if hub.lines]
    rows = [hub.row for hub in hubs]
    supply = np.array([hub.capacity_tco2 for hub in hubs])
    transport, stores = CO2.transport, CO2.stores
    between = transport["pipeline_route_factor"] * _distance_km(
        *((CO2.hubs.latitude_deg[rows], CO2.hubs.longitude_deg[rows]),) * 2
    )
    h = len(hubs)
    ends = [*combinations(range(h), 2), *((i, h + j) for i in range(h) for j in range(len(stores.ids)))]
    far = [between[a, b] if b < h else CO2.hubs.store_km[rows[a], b - h] for a, b in ends]
    scale = line_charge(transport) * pipeline_scale(transport, np.maximum(np.array(far), 1.0))
    corridors = Corridors(np.array(ends), scale, transport["pipeline_flow_exponent"])
    room = np.minimum(stores.injection_limit_tco2_per_year, stores.capacity_tco2 / 20.0)
    sinks = Sinks(np.arange(h, h + len(stores.ids)), room, stores.cost_cny_per_tco2)
    try:
        network: Network = grow_network(list(range(h)), supply.tolist(), corridors, sinks)
        lines = float(line_cost(corridors, network.flow_tco2).sum())
    except ValueError:
        lines = float("nan")
    own = sum(line.investment_cny * float(line_charge(transport)) for hub in hubs for line in hub.lines)
    return float(supply.sum()) / 1e6, own / 1e9, lines / 1e9


def text() -> str:
    """Return the lines of MODEL.md."""
    gap = 100.0 * gaps()
    head = (
        f"Over {CASES} random cases greedy is {gap.mean():.1f} % dearer than exact on average, "
        f"{gap.max():.1f} % at most, and exact in {(gap < 0.01).sum()}.\n\n"
    )
    lines = [
        "| scenario | agreed, Mt/yr | own lines, bn CNY/yr | shared lines, bn CNY/yr |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name in SHOWN:
        agreed, own, together = shared(name)
        last = f"{together:.2f}" if together == together else "no store has room for a hub whole"
        lines.append(f"| {name} | {agreed:.1f} | {own:.2f} | {last} |")
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = MODEL.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    MODEL.write_text(head + BEGIN + text() + END + rest.split(END)[1], encoding="utf-8")
