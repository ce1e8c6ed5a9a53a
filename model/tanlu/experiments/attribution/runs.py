"""The runs of an attribution: coalitions of policies in all draws, from a store that runs none of them twice."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words.messages import build_message
from tanlu.experiments.attribution.players import with_players
from tanlu.experiments.attribution.shapley import Coalition
from tanlu.experiments.engine import Batch, missing_points, run_batch
from tanlu.experiments.executors import BatchError, Pool
from tanlu.experiments.outcomes import Keep, Reduction
from tanlu.experiments.parts import read_kept
from tanlu.experiments.points import Basis, Point, for_points, point_id
from tanlu.experiments.store import Store
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.indicators.grid import NET_IMPORTS
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

# What is shared out, each a figure a year of the whole region: Mt CO2 that are not emitted, bn CNY, and Mt CO2 that are
# emitted in other regions instead.
QUANTITIES = (
    "avoided_mtco2",
    "public_money_bn_cny",
    "climate_revenue_bn_cny",
    "system_cost_bn_cny",
    "elsewhere_mtco2",
)

type Progress = Callable[[int, int], None]


class Game(NamedTuple):
    """A scenario, its reference, and the policies that share the difference."""

    scenario: Scenario
    reference: Scenario
    players: tuple[str, ...]


class Shelf(NamedTuple):
    """Indicators that are kept of runs, and the store that holds them."""

    keep: Keep
    store: Store


class BarSpan(NamedTuple):
    """The part of the coalitions that are run together, for the bar of progress."""

    before: int
    whole: int


class CoalitionRuns:
    """Runs coalitions of policies in each draw; what was run before is only read."""

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
        names = [indicator.variable for indicator in indicators(region)]
        self._cost = system_cost_variables(names)
        measures = (EMISSIONS, PUBLIC_MONEY, GIVEN_BACK, CLIMATE_REVENUE, NET_IMPORTS)
        kept_names, regions = tuple(dict.fromkeys((*measures, *self._cost))), (region.axes.region,)
        named_players = sorted(name for name in game.players if name in game.scenario.policies)
        self._named = [f"{BY_POLICY}|{name}" for name in named_players]
        self._shelf = _shelf(folder, Keep(indicators=kept_names, regions=regions))
        self._whole_shelf = _shelf(folder, Keep(indicators=(*kept_names, *self._named), regions=regions))
        self.years: Integers = game.scenario.years.array()

    def worth(self, coalitions: Iterable[Coalition]) -> Mapping[Coalition, Floats]:
        """Compute the worth of coalitions [R, QUANTITIES, Y].

        CO2 counts with a minus, so that less is more.

        Raises:
            BatchError: if a run fails, or nothing can be written.
        """
        requested, everybody = tuple(coalitions), self._everybody
        whole = [coalition for coalition in requested if coalition == everybody]
        smaller = [coalition for coalition in requested if coalition != everybody]
        draws = self._read_or_run(self._shelf, smaller, BarSpan(0, len(requested)))
        draws |= self._read_or_run(self._whole_shelf, whole, BarSpan(len(smaller), len(requested)))
        return {
            coalition: np.array([self._quantities(draw) for draw in draws[coalition]])
            for coalition in requested
        }

    def named_money_bn_cny(self) -> Floats:
        """Read net public money under each player's name [N, R, Y].

        It is that of the scenario; 0 of a player that it leaves out.

        Raises:
            BatchError: if a run fails, or nothing can be written.
        """
        everybody, first = self._everybody, len(self._keep)
        draws = self._read_or_run(self._whole_shelf, [everybody], BarSpan(0, 1))[everybody]
        nothing = np.zeros((len(draws), self.years.size))
        money = {name: np.array([draw[first + n] for draw in draws]) for n, name in enumerate(self._named)}
        return np.array([money.get(f"{BY_POLICY}|{name}", nothing) for name in self._game.players])

    def _read_or_run(
        self, shelf: Shelf, coalitions: Sequence[Coalition], span: BarSpan
    ) -> dict[Coalition, list[Floats]]:
        """Read kept values of coalitions' draws [K, Y], and run missing ones."""
        points = {coalition: self._points(coalition) for coalition in coalitions}
        all_points = [point for draw_points in points.values() for point in draw_points]
        batch = Batch(all_points, Reduction({}, shelf.keep), self._extensions)
        draws = self._game.scenario.replications
        finished = (
            span.before * draws + len(all_points) - len(missing_points(batch, shelf.store.read(batch.ids)))
        )
        for receipt in run_batch(batch, shelf.store, self._pool):
            finished += len(receipt.points)
            if self._progress is not None:
                self._progress(finished, span.whole * draws)
        values = _read(shelf, batch)
        return {
            coalition: [values[point.id] for point in draw_points]
            for coalition, draw_points in points.items()
        }

    @property
    def _keep(self) -> tuple[str, ...]:
        """Indicators that are kept of every coalition."""
        return self._shelf.keep.indicators

    @property
    def _everybody(self) -> Coalition:
        return frozenset(range(len(self._game.players)))

    def _points(self, coalition: Coalition) -> list[Point]:
        scenario, reference, players = self._game
        coalition_scenario = for_points(with_players(scenario, reference, players, coalition))
        draws = range(scenario.replications)
        ids = [point_id(coalition_scenario, draw, self._data_sha256, self._basis) for draw in draws]
        return [Point(ids[draw], "", 0, draw, coalition_scenario) for draw in draws]

    def _quantities(self, values: Floats) -> Floats:
        position = self._keep.index
        return quantities(lambda name: values[position(name)], self._cost)


def quantities(series: Callable[[str], Floats], costs: Sequence[str]) -> Floats:
    """Compute the quantities to share out of a run [QUANTITIES, Y].

    From its yearly series by name; `costs` are summed up.
    """
    return np.array(
        [
            -series(EMISSIONS),
            series(PUBLIC_MONEY) + series(GIVEN_BACK),
            series(CLIMATE_REVENUE),
            np.sum([series(name) for name in costs], axis=0),
            series(NET_IMPORTS),
        ]
    )


def _shelf(folder: Path, keep: Keep) -> Shelf:
    """Open the store of runs that keep the same indicators."""
    digest = hashlib.sha256("\n".join(keep.indicators).encode()).hexdigest()[:12]
    store = Store(folder / digest, running_code())
    store.begin({"about": "coalitions of policies", "indicators": keep.indicators})
    return Shelf(keep, store)


def _read(shelf: Shelf, batch: Batch) -> dict[str, Floats]:
    """Read the kept values of each point [K, Y]."""
    contents, requested = shelf.store.read(batch.ids), batch.ids
    failures = [record.failure for record in contents.points.values() if record.failure]
    if failures:
        raise BatchError(build_message("attribution_failed", count=len(failures), failure=failures[0]))
    by_point: dict[str, Floats] = {}
    for name in sorted({files[-1] for files in contents.files.values()}):
        table, receipt = read_kept(shelf.store.runs / name)
        ids = np.asarray(table.column("point").to_pylist(), dtype=object)
        values = np.array([table.column(indicator).to_numpy() for indicator in shelf.keep.indicators])
        by_point |= {
            record.id: values[:, ids == record.id] for record in receipt.points if record.id in requested
        }
    return by_point
