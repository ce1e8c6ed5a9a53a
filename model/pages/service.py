"""Run the model for the pages: one shared, thread-safe store of answers for all visitors."""

import hashlib
import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from model import charts
from model.headline import NET_EMISSIONS, PEAK_YEAR
from model.pages.levers import BASELINE, Levers
from model.region_industry import published_inventory_mt
from model.scenario import load_scenario, plain_scenario
from model.signals import PROVINCES, REGION, Floats

PROJECT = Path(__file__).parents[2]
SCENARIOS = PROJECT / "scenarios"
PACK = PROJECT / "model" / "regions" / "chengyu"
ANSWERS_KEPT = 256


class Outcome(Protocol):
    """What the pages read of a result."""

    @property
    def indicators(self) -> pd.DataFrame:
        """Tidy table: scenario, replication, region, variable, unit, year, value."""


type Engine = Callable[[Mapping[str, object]], Outcome]


@dataclass(frozen=True, eq=False)
class View:
    """One answer of the model, as the pages need it: shared by all visitors, read only."""

    id: str  # twelve hex digits of the question's hash
    levers: Levers
    wide: pd.DataFrame  # (region, variable, unit) by year

    def path(self, variable: str, region: str = REGION) -> Floats:
        """Return the yearly values of one variable."""
        return charts.series(self.wide, variable, region)

    @property
    def years(self) -> list[int]:
        """Return the years of the answer."""
        return [int(year) for year in self.wide.columns]


@dataclass(frozen=True)
class Preset:
    """A scenario file offered as a starting point."""

    name: str
    label: Mapping[str, str]  # by language
    content: Mapping[str, object]  # the file merged with all that it extends


@dataclass(frozen=True)
class Target:
    """An official aim that can be drawn on the emission path."""

    kind: str  # "peak" (by a year) or "level" (net of sinks, in a year)
    year: int
    level_mt: float = 0.0


class Answers:
    """The last answers by id; a question asked twice at once is computed once."""

    def __init__(self, kept: int = ANSWERS_KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._futures: OrderedDict[str, Future[View]] = OrderedDict()

    def get(self, key: str, compute: Callable[[], View]) -> View:
        """Return the answer to `key`, waiting for whoever computes it; a failure is raised and forgotten."""
        with self._lock:
            known = self._futures.get(key)
            future: Future[View] = known or Future()
            self._futures[key] = future
            self._futures.move_to_end(key)
            while len(self._futures) > self._kept:
                self._futures.popitem(last=False)
        if known is None:
            self._fill(key, future, compute)
        return future.result()

    def _fill(self, key: str, future: "Future[View]", compute: Callable[[], View]) -> None:
        try:
            future.set_result(compute())
        except BaseException as error:
            with self._lock:
                self._futures.pop(key, None)
            future.set_exception(error)


class Service:
    """The model behind the pages: an engine, the scenarios it may start from, and a region pack."""

    def __init__(self, engine: Engine, scenarios: Path = SCENARIOS, pack: Path = PACK) -> None:
        self._engine = engine
        self._answers = Answers()
        self.presets = read_presets(scenarios)
        self.inventory_mt = published_inventory_mt(pd.read_csv(pack / "inventory.csv"))
        self.targets = read_targets(pack)
        self.grades = count_grades(pack)

    def baseline(self) -> View:
        """Return the answer with no lever moved."""
        return self.run(Levers())

    def run(self, levers: Levers) -> View:
        """Return the answer to `levers`, computing it at most once."""
        question = self.question(levers)
        key = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:12]
        return self._answers.get(key, lambda: self._ask(key, levers, question))

    def question(self, levers: Levers) -> dict[str, object]:
        """Return the scenario the engine is asked: the preset, and the moved levers as policies on top."""
        content = dict(self.presets[levers.scenario].content)
        policies = content["policies"]
        assert isinstance(policies, dict)
        return {**content, "policies": {**policies, **levers.policies()}}

    def _ask(self, key: str, levers: Levers, question: Mapping[str, object]) -> View:
        return View(key, levers, charts.wide_table(self._engine(question).indicators))


def read_presets(folder: Path) -> dict[str, Preset]:
    """Return the scenario files of a folder by name, the baseline first."""
    presets = {}
    for path in sorted(folder.glob("*.yaml"), key=lambda path: (path.stem != BASELINE, path.stem)):
        scenario = load_scenario(path)
        label = {"en": scenario.title("en"), "zh": scenario.title("zh")}
        presets[path.stem] = Preset(path.stem, label, plain_scenario(scenario))
    return presets


def read_targets(pack: Path) -> list[Target]:
    """Return the official aims on the emission path: those that every province of the region has."""
    rows = pd.read_csv(pack / "targets.csv")
    rows = rows[rows["region"].isin(PROVINCES)]
    peaks = shared_by_provinces(rows[rows["variable"] == PEAK_YEAR])
    levels = shared_by_provinces(rows[rows["variable"] == NET_EMISSIONS])
    return [Target("peak", year) for year in peaks] + [Target("level", *aim) for aim in levels.items()]


def shared_by_provinces(rows: pd.DataFrame) -> dict[int, float]:
    """Return the sum over provinces by target year, for the years in which each province has an aim."""
    sums = rows.groupby("target_year")["value"].agg(["size", "sum"])
    whole = sums[sums["size"] == len(PROVINCES)]["sum"]
    return dict(zip(whole.index.astype(int).tolist(), whole.astype(float).tolist(), strict=True))


def count_grades(pack: Path) -> dict[str, float]:
    """Return the share of the pack's rows by grade of their source, A (official) to D (assumption)."""
    counts: Counter[str] = Counter()
    for path in pack.glob("*.csv"):
        header = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
        if "grade" in header:
            counts.update(pd.read_csv(path, usecols=["grade"], dtype=str)["grade"].dropna())
    total = sum(counts.values())
    return {grade: counts[grade] / total for grade in "ABCD"}
