"""The runs of an attribution: coalitions of policies in all draws, from a store that runs none of them twice."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.experiments.attribution.players import with_players
from tanlu.experiments.attribution.shapley import Coalition
from tanlu.experiments.engine import Batch, missing_points, run_batch
from tanlu.experiments.executors import BatchError, Pool
from tanlu.experiments.outcomes import Keep, Reduction
from tanlu.experiments.parts import read_kept
from tanlu.experiments.points import Basis, Point, for_points, point_id
from tanlu.experiments.store import Store
from tanlu.indicators.main import indicators
from tanlu.output.extension import Source, gather
from tanlu.output.headline import (
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
        self._keep = Keep(
            indicators=tuple(dict.fromkeys((*shared, *self._cost))), regions=(region.axes.region,)
        )
        kept = hashlib.sha256("\n".join(self._keep.indicators).encode()).hexdigest()[:12]
        self._store = Store(folder / kept, running_code())
        self._store.begin({"about": "coalitions of policies", "indicators": self._keep.indicators})
        self.years: Integers = game.scenario.years.array()

    def worth(self, coalitions: Iterable[Coalition]) -> Mapping[Coalition, Floats]:
        """Return what coalitions bring [R, QUANTITIES, Y]; CO2 counts with a minus, so that less is more.

        Raises:
            BatchError: if a run fails, or nothing can be written.
        """
        points = {coalition: self._points(coalition) for coalition in coalitions}
        every = [point for some in points.values() for point in some]
        batch = Batch(every, Reduction({}, self._keep), self._extensions)
        done = len(every) - len(missing_points(batch, self._store.read(batch.ids)))
        for receipt in run_batch(batch, self._store, self._pool):
            done += len(receipt.points)
            if self._progress is not None:
                self._progress(done, len(every))
        kept = self._read(batch)
        return {
            coalition: np.array([self._quantities(kept[point.id]) for point in some])
            for coalition, some in points.items()
        }

    def _points(self, coalition: Coalition) -> list[Point]:
        scenario, reference, players = self._game
        one = for_points(with_players(scenario, reference, players, coalition))
        draws = range(scenario.replications)
        ids = [point_id(one, draw, self._data_sha256, self._basis) for draw in draws]
        return [Point(ids[draw], "", 0, draw, one) for draw in draws]

    def _read(self, batch: Batch) -> dict[str, Floats]:
        """Return what is kept of each point [K, Y]."""
        stored, wanted = self._store.read(batch.ids), batch.ids
        failures = [one.failure for one in stored.points.values() if one.failure]
        if failures:
            raise BatchError(f"{len(failures)} runs of the attribution failed: {failures[0]}")
        found: dict[str, Floats] = {}
        for name in sorted({files[-1] for files in stored.files.values()}):
            table, receipt = read_kept(self._store.runs / name)
            ids = np.asarray(table.column("point").to_pylist(), dtype=object)
            values = np.array([table.column(one).to_numpy() for one in self._keep.indicators])
            found |= {one.id: values[:, ids == one.id] for one in receipt.points if one.id in wanted}
        return found

    def _quantities(self, kept: Floats) -> Floats:
        at = self._keep.indicators.index
        return np.array(
            [
                -kept[at(EMISSIONS)],
                kept[at(PUBLIC_MONEY)] + kept[at(GIVEN_BACK)],
                kept[at(CLIMATE_REVENUE)],
                kept[[at(name) for name in self._cost]].sum(axis=0),
            ]
        )
