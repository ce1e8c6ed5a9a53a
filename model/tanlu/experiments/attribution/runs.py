"""The runs of an attribution: coalitions of policies in all draws, from a store that runs none of them twice."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words.said import said
from tanlu.experiments.attribution.players import with_players
from tanlu.experiments.attribution.shapley import Coalition
from tanlu.experiments.engine import Batch, missing_points, run_batch
from tanlu.experiments.executors import BatchError, Pool
from tanlu.experiments.outcomes import Keep, Reduction
from tanlu.experiments.parts import read_kept
from tanlu.experiments.points import Basis, Point, for_points, point_id
from tanlu.experiments.store import Store
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.indicators.main import indicators
from tanlu.output.extension import Source, gather
from tanlu.output.figures.paths import (
    CLIMATE_REVENUE,
    EMISSIONS,
    GIVEN_BACK,
    PUBLIC_MONEY,
    system_cost_variables,
)
from tanlu.output.provenance import running_code
from tanlu.region.pack import load_region
from tanlu.scenario.schema import Scenario

# What is shared out, each a figure a year of the whole region: Mt CO2 that are not emitted, and bn CNY.
QUANTITIES = ("avoided_mtco2", "public_money_bn_cny", "climate_revenue_bn_cny", "system_cost_bn_cny")

type Progress = Callable[[int, int], None]


class Game(NamedTuple):
    """A scenario, what it is held against, and the policies whose shares are asked for."""

    scenario: Scenario
    reference: Scenario
    players: tuple[str, ...]


class Shelf(NamedTuple):
    """Indicators that are kept of runs, and the store that holds them."""

    keep: Keep
    store: Store


class BarSpan(NamedTuple):
    """Which part of the coalitions that were asked for are run together, for the bar of progress."""

    before: int
    whole: int


class CoalitionRuns:
    """Gives what coalitions of policies bring in each draw and year; what it ran before it only reads."""

    def __init__(
        self,
        game: Game,
        folder: Path,
        pool: Pool,
        extensions: tuple[Source, ...] = (),
        progress: Progress | None = None,
    ) -> None:
        region = load_region(game.scenario.region, game.scenario.pack)
        self._game, self._pool, self._extensions, self._progress = game, pool, extensions, progress
        self._data_sha256 = region.digest
        self._basis = Basis(running_code(), gather(extensions).digests())
        names = [one.variable for one in indicators(region)]
        self._cost = system_cost_variables(names)
        shared = (EMISSIONS, PUBLIC_MONEY, GIVEN_BACK, CLIMATE_REVENUE)
        kept, regions = tuple(dict.fromkeys((*shared, *self._cost))), (region.axes.region,)
        here = sorted(name for name in game.players if name in game.scenario.policies)
        self._named = [f"{BY_POLICY}|{name}" for name in here]
        self._shelf = _shelf(folder, Keep(indicators=kept, regions=regions))
        self._whole_shelf = _shelf(folder, Keep(indicators=(*kept, *self._named), regions=regions))
        self.years: Integers = game.scenario.years.array()

    def worth(self, coalitions: Iterable[Coalition]) -> Mapping[Coalition, Floats]:
        """Return what coalitions bring [R, QUANTITIES, Y]; CO2 counts with a minus, so that less is more.

        Raises:
            BatchError: if a run fails, or nothing can be written.
        """
        wanted, everybody = tuple(coalitions), self._everybody
        whole = [one for one in wanted if one == everybody]
        some = [one for one in wanted if one != everybody]
        found = self._kept(self._shelf, some, BarSpan(0, len(wanted)))
        found |= self._kept(self._whole_shelf, whole, BarSpan(len(some), len(wanted)))
        return {one: np.array([self._quantities(draw) for draw in found[one]]) for one in wanted}

    def named_money_bn_cny(self) -> Floats:
        """Return net public money under each player's name in the scenario [N, R, Y]; 0 of one it leaves out.

        Raises:
            BatchError: if a run fails, or nothing can be written.
        """
        everybody, at = self._everybody, len(self._keep)
        draws = self._kept(self._whole_shelf, [everybody], BarSpan(0, 1))[everybody]
        nothing = np.zeros((len(draws), self.years.size))
        money = {name: np.array([draw[at + n] for draw in draws]) for n, name in enumerate(self._named)}
        return np.array([money.get(f"{BY_POLICY}|{name}", nothing) for name in self._game.players])

    def _kept(
        self, shelf: Shelf, coalitions: Sequence[Coalition], span: BarSpan
    ) -> dict[Coalition, list[Floats]]:
        """Return what is kept of each draw of coalitions [K, Y], and run what is missing."""
        points = {coalition: self._points(coalition) for coalition in coalitions}
        every = [point for some in points.values() for point in some]
        batch = Batch(every, Reduction({}, shelf.keep), self._extensions)
        draws = self._game.scenario.replications
        done = span.before * draws + len(every) - len(missing_points(batch, shelf.store.read(batch.ids)))
        for receipt in run_batch(batch, shelf.store, self._pool):
            done += len(receipt.points)
            if self._progress is not None:
                self._progress(done, span.whole * draws)
        kept = _read(shelf, batch)
        return {coalition: [kept[point.id] for point in some] for coalition, some in points.items()}

    @property
    def _keep(self) -> tuple[str, ...]:
        """Indicators that are kept of every coalition."""
        return self._shelf.keep.indicators

    @property
    def _everybody(self) -> Coalition:
        return frozenset(range(len(self._game.players)))

    def _points(self, coalition: Coalition) -> list[Point]:
        scenario, reference, players = self._game
        one = for_points(with_players(scenario, reference, players, coalition))
        draws = range(scenario.replications)
        ids = [point_id(one, draw, self._data_sha256, self._basis) for draw in draws]
        return [Point(ids[draw], "", 0, draw, one) for draw in draws]

    def _quantities(self, kept: Floats) -> Floats:
        at = self._keep.index
        return quantities(lambda name: kept[at(name)], self._cost)


def quantities(series: Callable[[str], Floats], costs: Sequence[str]) -> Floats:
    """Return what is shared out of a run [QUANTITIES, Y], from its yearly series by name; `costs` are summed up."""
    return np.array(
        [
            -series(EMISSIONS),
            series(PUBLIC_MONEY) + series(GIVEN_BACK),
            series(CLIMATE_REVENUE),
            np.sum([series(name) for name in costs], axis=0),
        ]
    )


def _shelf(folder: Path, keep: Keep) -> Shelf:
    """Return the store of runs of which the same indicators are kept."""
    kept = hashlib.sha256("\n".join(keep.indicators).encode()).hexdigest()[:12]
    store = Store(folder / kept, running_code())
    store.begin({"about": "coalitions of policies", "indicators": keep.indicators})
    return Shelf(keep, store)


def _read(shelf: Shelf, batch: Batch) -> dict[str, Floats]:
    """Return what is kept of each point [K, Y]."""
    stored, wanted = shelf.store.read(batch.ids), batch.ids
    failures = [one.failure for one in stored.points.values() if one.failure]
    if failures:
        raise BatchError(said("attribution_failed", count=len(failures), failure=failures[0]))
    found: dict[str, Floats] = {}
    for name in sorted({files[-1] for files in stored.files.values()}):
        table, receipt = read_kept(shelf.store.runs / name)
        ids = np.asarray(table.column("point").to_pylist(), dtype=object)
        values = np.array([table.column(one).to_numpy() for one in shelf.keep.indicators])
        found |= {one.id: values[:, ids == one.id] for one in receipt.points if one.id in wanted}
    return found
