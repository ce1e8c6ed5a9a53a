"""CO2 lines that hubs share, against the least cost and lines of their own: writes the lines of docs/validation.md.

`uv run python -m tests.trunks`
"""

from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from tanlu.kernels.co2.open_season import Season
from tanlu.region.co2 import line_charge, pipeline_scale
from tanlu.region.co2_corridors import share_lines
from tests import model_runs
from tests.model_runs import REGION, ROOT, shipped
from tests.open_seasons import season_of

VALIDATION = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- trunks: begin -->\n", "<!-- trunks: end -->"
CASES = 20
HUBS = 5  # of a case, the last one without emitters
type Row = tuple[np.ndarray, float, float]  # coefficients, least and greatest value
CO2 = REGION.co2
CHARGE = float(line_charge(CO2.transport))
EXPONENT = CO2.corridors.flow_exponent
SHOWN = ("ccus_push", "dual_carbon", "high_carbon_price", "cement_hubs_anchored")


class Case(NamedTuple):
    """Sources at the first places, stores at the last ones."""

    ends: np.ndarray  # [E, 2]
    scale_cny: np.ndarray  # [E]
    supply_tco2: np.ndarray  # [n]
    limit_tco2: np.ndarray  # [J] that each store takes
    storing_cny_per_tco2: np.ndarray  # [J]

    def lines_cny(self, flow_tco2: np.ndarray) -> np.ndarray:
        """Return what lines of some flow in each corridor cost a year [E]."""
        return CHARGE * self.scale_cny * (flow_tco2 / 365.0) ** EXPONENT


def drawn(seed: int) -> Case:
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
    scale = pipeline_scale(CO2.transport, 1.2 * far[near])
    supply = np.round(random.uniform(0.2, 5.0, 4), 2) * 1e6
    limit = np.array([0.75 * supply.sum(), supply.sum()])
    return Case(pairs[near], scale, supply, limit, np.array([62.7, 78.3]))


def played(case: Case, hubs: int = HUBS) -> Season:
    """Return the season of sources that pay any tariff: each hub in turn chooses the way that costs it least."""
    n = case.supply_tco2.size
    return season_of(
        hub=np.arange(n),
        bids=np.stack([case.supply_tco2, np.full(n, 1e9), case.supply_tco2], axis=1),
        committed_tco2=np.zeros((hubs, 2)),
        anchor_tco2=np.zeros(hubs),
        lines=np.zeros((hubs, 3)),
        ends=case.ends,
        scale_cny=case.scale_cny,
        flow_exponent=EXPONENT,
        charge=np.full(hubs, CHARGE),
        store_cost_cny_per_tco2=case.storing_cny_per_tco2,
        room_tco2=case.limit_tco2,
        oversize=np.zeros(hubs),
    )


def played_cost(case: Case) -> float:
    """Return what lines and stores of that season cost a year, CNY."""
    season = played(case)
    assert season.accepted.all()
    stored = np.bincount(season.store[season.store >= 0], case.supply_tco2, case.limit_tco2.size)
    lines = case.lines_cny((season.added_tco2[:, None] * season.passes).sum(axis=0))
    return float(lines.sum() + (stored * case.storing_cny_per_tco2).sum())


def exact_cost(case: Case) -> float:
    """Return the least yearly cost of taking each source whole along one path to one store (HiGHS).

    A line's flow is then the sum of some of the supplies, so its concave cost is a table: the programme is exact.
    Columns, all 0 or 1: source by corridor and way, source by store, corridor by flow.
    """
    supply = case.supply_tco2.tolist()
    n, e, j = len(supply), len(case.ends), case.limit_tco2.size
    sums = {sum(group) for size in range(1, n + 1) for group in combinations(supply, size)}
    levels, mt = np.array(sorted(sums)) / 1e6, np.array(supply) / 1e6
    storing = (mt[:, None] * case.storing_cny_per_tco2).ravel()
    flows = [case.lines_cny(np.full(e, 1e6 * level)) / 1e6 for level in levels]
    cost = np.concatenate([np.zeros(2 * e * n), storing, np.stack(flows, axis=1).ravel()])
    rows = [*_ways(case, levels.size), *_lines(mt, levels, e, j), *_stores(mt, case, levels.size)]
    table, low, high = (np.array(column) for column in zip(*rows, strict=True))
    found = milp(
        cost,
        constraints=LinearConstraint(table, low, high),
        integrality=np.ones(cost.size),
        bounds=Bounds(0, 1),
    )
    assert found.success, found.message
    return float(found.fun) * 1e6


def _ways(case: Case, levels: int) -> list[Row]:
    """Each source leaves its node, passes others, and ends in one store."""
    n, e, j = case.supply_tco2.size, len(case.ends), case.limit_tco2.size
    rows = []
    for s, v in product(range(n), range(HUBS + j)):
        ways = np.zeros((n, e, 2))
        starts, ends = case.ends[:, 0] == v, case.ends[:, 1] == v
        ways[s, :, 0] = starts * 1.0 - ends
        ways[s, :, 1] = ends * 1.0 - starts
        stores = np.zeros((n, j))
        stores[s] = np.arange(HUBS, HUBS + j) == v
        here = float(s == v)
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


def _stores(mt: np.ndarray, case: Case, levels: int) -> list[Row]:
    """No store takes more than its limit."""
    rows = []
    e = len(case.ends)
    for sink, limit in enumerate(case.limit_tco2):
        stores = np.zeros((mt.size, case.limit_tco2.size))
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
    """Return by how much the hubs' lines and stores are dearer than the least cost, as a share, for random cases."""
    return np.array([played_cost(drawn(seed)) / exact_cost(drawn(seed)) - 1.0 for seed in range(cases)])


class Laid(NamedTuple):
    """The lines that hubs have agreed by the end of a run; money in bn CNY a year."""

    mt: float  # a year
    km: float
    shared_km: float  # of that, in lines of several hubs
    cost: float
    own_cost: float  # had each hub laid each of its lines alone, of the same size to the same store
    at_once_cost: (
        float  # had all been laid in one season; NaN if then some hub finds no store with room for it whole
    )


def laid(name: str) -> Laid:
    """Return the lines of a shipped scenario."""
    hubs = [hub for hub in model_runs.watch(shipped(name)).hubs if hub.lines]
    lines = [(hub.row, line) for hub in hubs for line in hub.lines]
    own = sum(
        CO2.corridors.alone_cny[row, line.store] * (line.capacity_tco2 / 365.0) ** EXPONENT
        for row, line in lines
    )
    return Laid(
        mt=sum(line.capacity_tco2 for _, line in lines) / 1e6,
        km=sum(line.length_km for _, line in lines),
        shared_km=sum(line.shared_km for _, line in lines),
        cost=CHARGE * sum(line.investment_cny for _, line in lines) / 1e9,
        own_cost=CHARGE * own / 1e9,
        at_once_cost=_at_once(np.array([hub.capacity_tco2 for hub in hubs]), [hub.row for hub in hubs]),
    )


def _at_once(supply_tco2: np.ndarray, rows: list[int]) -> float:
    """Return what lines for hubs of some rows cost if all are laid in one season, bn CNY a year."""
    everybody = np.zeros(len(CO2.hubs.ids))
    everybody[rows] = supply_tco2
    stores = CO2.stores
    room = np.minimum(stores.injection_limit_tco2_per_year, stores.capacity_tco2 / 20.0)
    case = Case(CO2.corridors.ends, CO2.corridors.scale_cny, everybody, room, stores.cost_cny_per_tco2)
    season = played(case, everybody.size)
    if np.any(season.store[rows] < 0):
        return float("nan")
    shares = share_lines(CO2.corridors, season.passes, season.added_tco2, season.added_tco2)
    return CHARGE * float(shares.investment_cny.sum()) / 1e9


def text() -> str:
    """Return the lines of docs/validation.md."""
    gap = 100.0 * gaps()
    head = (
        f"Over {CASES} random cases lines and stores of hubs that each choose their way are {gap.mean():.1f} % dearer "
        f"than the least cost on\naverage, {gap.max():.1f} % at most, and at it in {(gap < 0.01).sum()}.\n\n"
    )
    lines = [
        "| scenario | agreed, Mt/yr | lines, km | in lines of several hubs | lines, bn CNY/yr "
        "| each hub alone | all in one season |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in SHOWN:
        of = laid(name)
        share = f"{100.0 * of.shared_km / of.km:.0f} %"
        last = (
            f"{of.at_once_cost:.2f}"
            if of.at_once_cost == of.at_once_cost
            else "no store has room for a hub whole"
        )
        lines.append(
            f"| {name} | {of.mt:.1f} | {of.km:,.0f} | {share} | {of.cost:.2f} | {of.own_cost:.2f} | {last} |"
        )
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = VALIDATION.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    VALIDATION.write_text(head + BEGIN + text() + END + rest.split(END)[1], encoding="utf-8")
