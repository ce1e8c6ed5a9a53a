"""The model behind the pages: what visitors ask, who works on it, and what is there already."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tanlu.core.garbage import give_back
from tanlu.core.places import PACKS
from tanlu.core.words import text
from tanlu.experiments.description import STORES
from tanlu.experiments.prepared import PreparedAnswers
from tanlu.output.charts import SECTOR_LAYERS, layers
from tanlu.output.figures.paths import EMISSIONS, first_open_year
from tanlu.pages.border import read_goods
from tanlu.pages.builder.address import Version
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.gases import read_gas_products
from tanlu.pages.hours import BOTH, Hours
from tanlu.pages.levers import BASELINE, NOTHING, Levers
from tanlu.pages.otherwise.trials import ConditionTrials
from tanlu.pages.plans.trials import PlanTrials
from tanlu.pages.reference_plant import read_station_mt
from tanlu.pages.seek.process import Launch, SearchProcess
from tanlu.pages.seek.searches import Searches
from tanlu.pages.sites import Plants, read_sites
from tanlu.pages.sure.draws import Drawn, DrawnScenario, MoreDraws, slim
from tanlu.pages.worked.attributions import Attributions
from tanlu.pages.worked.coalitions import PolicyGame, reduced
from tanlu.pages.workers.ensembles import Ensemble, Ensembles
from tanlu.pages.workers.failures import log_failure
from tanlu.pages.workers.kept import KeptDraws
from tanlu.pages.workers.memory import Quiet
from tanlu.pages.workers.orders import Draw, Key, Order, Rank, Tables, Workers
from tanlu.pages.workers.prepared import prepared_draws
from tanlu.pages.workers.settings import SETTINGS
from tanlu.pages.workers.views import AnswerView
from tanlu.region.catalogue import DEFAULT_REGION, region_axes, region_settings, table_of
from tanlu.region.checks.layers import read_layered
from tanlu.region.co2 import read_co2
from tanlu.region.industry import published_inventory_mt
from tanlu.region.official_aims import NET_EMISSIONS, PEAK_YEAR
from tanlu.region.pack import data_digest
from tanlu.region.tables import read_frame
from tanlu.scenario.schema import USUAL_YEARS, load_scenario, plain_scenario

PACK = PACKS / DEFAULT_REGION
CO2_TABLES = ("co2_transport", "co2_products", "processes", "storage_sites", "co2_hubs")
BYTES_OF_COALITIONS = 40_000_000  # kept for shares of policies: a draw of one takes about 6 kB
BYTES_OF_DRAWS = 40_000_000  # kept for bands: a draw takes about 60 kB
QUIET_SECONDS = (
    30.0  # from the last visitor's leaving until answers are given up; who loads anew is back by then
)
WAITING = "waiting"  # stands for those who wait for an answer and show nothing meanwhile


@dataclass(frozen=True)
class Preset:
    """A scenario file offered as a starting point."""

    name: str
    label: Mapping[str, str]  # by language
    content: Mapping[str, object]  # the file merged with all that it extends
    family: str  # folder of a family; empty where it stands alone


@dataclass(frozen=True)
class Target:
    """An official aim that can be drawn on the emission path."""

    kind: str  # "peak" (by a year) or "level" (net of sinks, in a year)
    year: int
    level_mt: float = 0.0


class Watcher(NamedTuple):
    """What a visitor looks at, and how to tell him that it has changed."""

    key: str
    tables: Tables
    changed: Callable[[], None]


class Service:
    """The model behind the pages: workers, the scenarios it may start from, and a region pack."""

    def __init__(
        self,
        workers: Workers,
        scenarios: Mapping[str, Path],
        pack: Path = PACK,
        launch: Launch = SearchProcess,
        answers: Path | None = None,
    ) -> None:
        """Read what all visitors share; `answers` is the folder of those made ahead."""
        self._workers = workers
        self._lock = threading.RLock()
        self._ensembles = Ensembles()
        self._watchers: dict[str, Watcher] = {}
        self.region = pack.name
        self.axes = region_axes(str(pack))
        self.places = (BOTH, *self.axes.provinces)
        self.years = range(self.axes.base_year, self.axes.base_year + USUAL_YEARS + 1)
        self.last_observed_year = int(region_settings(str(pack))["last_observed_year"])
        self.first_open_year = first_open_year(self.last_observed_year + 1)  # that a policy can change
        self.sites = read_sites(pack)
        self.co2 = read_co2({name: read_frame(pack, name) for name in CO2_TABLES}, self.axes)
        self.border_goods = read_goods(pack, self.axes)
        self.gas_products = read_gas_products(pack)
        self.station_mt = read_station_mt(pack, self.axes)
        self.presets = read_presets(scenarios)
        self.scenarios = Scenarios({name: preset.content for name, preset in self.presets.items()})
        digest = data_digest(str(pack))
        self.version = Version.of(digest)
        self._answers = None if answers is None else PreparedAnswers(answers, digest)
        self.official_targets = read_frame(pack, "targets")
        inventory = read_frame(pack, "inventory")
        counted = {name: self.provinces_in(name) for name in self.axes.regions}  # for each region
        self.inventory_mt = {name: published_inventory_mt(inventory, of) for name, of in counted.items()}
        self.targets = {name: read_targets(self.official_targets, of) for name, of in counted.items()}
        self.grades = count_grades(pack)
        self.layers = (*SECTOR_LAYERS, *layers("province", self.axes.provinces))
        self.shares = self._attributions(workers)
        self.more_draws = self._more_draws(workers)
        self.conditions = ConditionTrials(self.more_draws, self.scenarios, self.official_targets, question_id)
        self.plans = PlanTrials(
            workers, self._ensembles.draw, self.scenarios, self.official_targets, question_id
        )
        self.searches = Searches(launch, STORES, SETTINGS.workers)
        self._quiet = Quiet(QUIET_SECONDS, self._at_rest)

    @property
    def quality(self) -> dict[str, int]:
        """Return the percent of input rows that are official or well sourced, derived, and assumed."""
        shares = {grade: round(100 * share) for grade, share in self.grades.items()}
        return {"official": shares["A"] + shares["B"], "derived": shares["C"], "assumed": shares["D"]}

    def provinces_in(self, region: str) -> tuple[str, ...]:
        """List the provinces of a region: itself, or all of them."""
        return (region,) if region in self.axes.provinces else self.axes.provinces

    def _attributions(self, workers: Workers) -> Attributions:
        kept = KeptDraws(
            workers,
            Rank.wedges,
            self._ensembles.draw,
            lambda draw: reduced(draw, self.layers),
            BYTES_OF_COALITIONS,
        )
        return Attributions(
            kept,
            lambda levers: PolicyGame(
                self.scenarios.scenario(levers), self.scenarios.reference(levers).scenario, question_id
            ),
            self.last_observed_year,
        )

    def _more_draws(self, workers: Workers) -> MoreDraws:
        about = [EMISSIONS if name == NET_EMISSIONS else name for name in self.official_targets["variable"]]
        keep = partial(slim, targets=about)
        return MoreDraws(KeptDraws(workers, Rank.more, self._ensembles.draw, keep, BYTES_OF_DRAWS))

    def drawn(
        self, levers: Levers, wanted: int, visitor: str = "", changed: Callable[[], None] | None = None
    ) -> Drawn:
        """Return the draws of an answer and its reference that are there, and ask for others if one is told of them."""
        questions = [self.question(of) for of in (levers, self.scenarios.against(levers))]
        now, base = (DrawnScenario(question_id(one), one) for one in questions)
        return self.more_draws.look((now, base), wanted, visitor, changed)

    def baseline(self) -> AnswerView:
        """Return the answer with no lever moved, in all its draws."""
        return self.run(Levers())

    @property
    def is_ready(self) -> bool:
        """Whether the baseline has all its draws."""
        return self._ensemble(Levers()).is_whole

    def begin(self) -> None:
        """Ask for the baseline, which most other answers are held against."""
        ensemble = self._ensemble(Levers())
        for draw in range(ensemble.total):
            rank = Rank.ahead if draw in ensemble.draws else Rank.move  # those made ahead lack payments
            self._order(ensemble, Order(ensemble.key, ensemble.question, draw), rank, BASELINE)
        # plants of any answer are compared with its own
        self._order(ensemble, Order(ensemble.key, ensemble.question, 0, "plants"), Rank.ahead, BASELINE)

    def run(self, levers: Levers, tables: Tables = "") -> AnswerView:
        """Return the answer to `levers` in all its draws, waiting for them.

        Raises:
            Exception: why there is none.
        """
        ensemble = self._ensemble(levers)
        while orders := list(ensemble.missing(tables)):
            asked = [(order, self._workers.ask(order, Rank.move, WAITING)) for order in orders]
            for order, future in asked:
                self._take(ensemble, order, future.result())
        assert ensemble.view is not None, "an answer has a draw at least"
        return ensemble.view

    def watch(self, visitor: str, levers: Levers, tables: Tables, changed: Callable[[], None]) -> Ensemble:
        """Return what is there of an answer, ask for what is not, and call `changed` as it comes."""
        ensemble = self._ensemble(levers)
        with self._lock:
            self._quiet.end()
            before = self._watchers.get(visitor)
            self._watchers[visitor] = Watcher(ensemble.key, tables, changed)
            if before is None or before.key != ensemble.key:
                self._workers.leave(visitor, but=ensemble.key)
            if before is None or (before.key, before.tables) != (ensemble.key, tables):
                ensemble.failure = ""  # asked for anew
            self._ask(ensemble, visitor, tables)
        return ensemble

    def leave(self, visitor: str) -> None:
        """Forget a visitor who has gone, and drop what only he wanted."""
        with self._lock:
            if self._watchers.pop(visitor, None) and not self._watchers:
                self._quiet.begin()
        self.shares.leave(visitor)
        self.more_draws.leave(visitor)
        self._workers.leave(visitor)

    def _at_rest(self) -> None:
        """Give up all answers but the baseline, unless somebody has come meanwhile."""
        with self._lock:
            if self._watchers:
                return
            self._ensembles.forget({self._ensemble(Levers()).key})
        self.shares.forget()
        self.more_draws.forget()
        self.plans.forget()
        give_back()

    def has(self, levers: Levers, tables: Tables) -> bool:
        """Check whether the tables of an answer are there."""
        return not self._ensemble(levers).lacks(tables)

    def ahead_of(self, visitor: str) -> int:
        """Return how many orders come before the first of a visitor that waits."""
        return self._workers.ahead_of(visitor)

    def _ensemble(self, levers: Levers) -> Ensemble:
        question = self.question(levers)
        with self._lock:
            ensemble = self._ensembles.get(question_id(question), levers, question)
            if self._answers is not None and not ensemble.is_looked_up:
                ensemble.is_looked_up = True
                base = self._ensemble(Levers())
                stored = prepared_draws(self.scenarios.scenario(levers), self._answers)
                ensemble.fill(stored, base if base.is_whole else None)
                self._trim(base.key, ensemble.key)
            return ensemble

    def _ask(self, ensemble: Ensemble, visitor: str, tables: Tables) -> None:
        """Ask for what is missing; what comes at once may let more be asked for."""
        before: list[Key] = []
        while keys := [order.key for order in ensemble.missing(tables)]:
            if keys == before:
                return
            before = keys
            for order in list(ensemble.missing(tables)):
                self._order(ensemble, order, rank_of(order, ensemble), visitor)

    def _order(self, ensemble: Ensemble, order: Order, rank: Rank, visitor: str) -> None:
        """Ask for an order; where somebody has done so, it stays when that one has gone."""
        future = self._workers.ask(order, rank, visitor)
        if ensemble.orders.get(order.key) is future:
            return
        ensemble.orders[order.key] = future
        if future.done():
            self._arrived(ensemble, order, future)
        else:
            future.add_done_callback(lambda done: self._arrived_later(ensemble, order, done))

    def _arrived(self, ensemble: Ensemble, order: Order, future: "Future[Draw]") -> None:
        with self._lock:
            if ensemble.orders.get(order.key) is future:
                del ensemble.orders[order.key]
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                self._take(ensemble, order, future.result())
            else:
                ensemble.failure = log_failure("model", ensemble.levers, error)

    def _arrived_later(self, ensemble: Ensemble, order: Order, future: "Future[Draw]") -> None:
        """Take what has come, ask for what is next, and tell those who watch."""
        self._arrived(ensemble, order, future)
        with self._lock:
            watching = [(who, one) for who, one in self._watchers.items() if one.key == ensemble.key]
            for who, one in watching:
                if not future.cancelled():
                    self._ask(ensemble, who, one.tables)
        for _, one in watching:
            one.changed()

    def _take(self, ensemble: Ensemble, order: Order, draw: Draw) -> None:
        with self._lock:
            base = self._ensemble(Levers())
            ensemble.take(order, draw, base if base.is_whole else None)
            self._trim(base.key)

    def _trim(self, *kept: str) -> None:
        """Give up what was unused for longest, but for what is kept or looked at."""
        self._ensembles.trim({*kept, *(one.key for one in self._watchers.values())})

    def hours(self, levers: Levers) -> Hours | None:
        """Return the hours of the first draw of the answer to `levers`; None where there are none."""
        return self._with_tables(levers, "hours").hours

    def plants(self, levers: Levers) -> Plants:
        """Return what the plants do in the first draw of the answer to `levers`."""
        plants = self._with_tables(levers, "plants").plants
        assert plants is not None, "they were asked for"
        return plants

    def _with_tables(self, levers: Levers, tables: Tables) -> Ensemble:
        ensemble = self._ensemble(levers)
        if ensemble.lacks(tables):
            order = Order(ensemble.key, ensemble.question, 0, tables)
            self._take(ensemble, order, self._workers.ask(order, Rank.tables, WAITING).result())
        return ensemble

    def saved(self, levers: Levers, visitor: str) -> Mapping[str, bytes]:
        """Return the files of the folder that `tanlu run` writes of a scenario, waiting for a worker to run it.

        Raises:
            Exception: why there are none.
        """
        question = self.question(levers)
        order = Order(question_id(question), question, 0, "folder")
        files = self._workers.ask(order, Rank.ahead, visitor).result().files
        assert files is not None, "they were asked for"
        return files

    def label(self, levers: Levers, language: str) -> str:
        """Return what a scenario is called: a visitor's own has no name that he gave."""
        is_own = levers.changes != NOTHING
        return text(language, "builder.own") if is_own else self.presets[levers.scenario].label[language]

    def question(self, levers: Levers) -> dict[str, object]:
        """Return the scenario the engine is asked, whole."""
        return self.scenarios.question(levers)


def question_id(question: Mapping[str, object]) -> str:
    """Return twelve hex digits that stand for a question, whatever it is called."""
    asked = {key: value for key, value in question.items() if key not in ("name", "label")}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]


def rank_of(order: Order, ensemble: Ensemble) -> Rank:
    """Return how soon an order is carried out."""
    if not ensemble.draws:
        return Rank.move
    return Rank.tables if order.tables or order.draw in ensemble.prepared else Rank.draws


def read_presets(scenarios: Mapping[str, Path]) -> dict[str, Preset]:
    """Return scenarios from their files by name: the baseline, those beside it, and then families by folder."""
    home, presets = scenarios[BASELINE].parent, {}
    order = sorted(scenarios.items(), key=lambda one: (one[1].parent != home, one[0] != BASELINE, one[1]))
    for name, path in order:
        scenario = load_scenario(path)
        label = {"en": scenario.title("en"), "zh": scenario.title("zh")}
        family = "" if path.parent == home else path.parent.name
        presets[name] = Preset(name, label, plain_scenario(scenario), family)
    return presets


def read_targets(rows: pd.DataFrame, provinces: Collection[str]) -> list[Target]:
    """Return the official aims on the emission path: those that each of some provinces has."""
    rows = rows[rows["region"].isin(provinces)]
    peaks = shared_by_provinces(rows[rows["variable"] == PEAK_YEAR], provinces)
    levels = shared_by_provinces(rows[rows["variable"] == NET_EMISSIONS], provinces)
    return [Target("peak", year) for year in peaks] + [Target("level", *aim) for aim in levels.items()]


def shared_by_provinces(rows: pd.DataFrame, provinces: Collection[str]) -> dict[int, float]:
    """Return the sum over provinces by target year, for the years in which each province has an aim."""
    sums = rows.groupby("target_year")["value"].agg(["size", "sum"])
    whole = sums[sums["size"] == len(provinces)]["sum"]
    return dict(zip(whole.index.astype(int).tolist(), whole.astype(float).tolist(), strict=True))


def count_grades(pack: Path) -> dict[str, float]:
    """Return the share of the pack's rows by grade of their source, A (official) to D (assumption)."""
    counts: Counter[str] = Counter()
    for name in read_layered(pack):
        counts.update(filter(None, table_of(pack, name).get("grade", ())))
    total = sum(counts.values())
    return {grade: counts[grade] / total for grade in "ABCD"}
