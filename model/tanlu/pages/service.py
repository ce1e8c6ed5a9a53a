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

from tanlu.core.arrays import Floats
from tanlu.core.axes import Axes
from tanlu.core.places import PACKS
from tanlu.inputs.diagnostics import Finding
from tanlu.output import charts
from tanlu.output.headline import NET_EMISSIONS, PEAK_YEAR
from tanlu.output.measured import Measures
from tanlu.pages.hours import BOTH, Hours, compact_hours
from tanlu.pages.levers import BASELINE, Levers
from tanlu.pages.money.payments import Payments, compact_payments
from tanlu.pages.reference_plant import read_station_mt
from tanlu.pages.sites import Plants, compact_plants, read_sites
from tanlu.region.catalogue import DEFAULT_REGION, region_axes, region_settings
from tanlu.region.co2 import read_co2
from tanlu.region.industry import published_inventory_mt
from tanlu.scenario.schema import USUAL_YEARS, load_scenario, plain_scenario

PACK = PACKS / DEFAULT_REGION
CO2_TABLES = ("co2_transport", "co2_products", "storage_sites", "co2_hubs")
ANSWERS_KEPT = 256
HOURS_KEPT = 12  # of about 5 MB each
PLANTS_KEPT = 24  # of about 1 MB each


class Outcome(Protocol):
    """What the pages read of a result."""

    @property
    def indicators(self) -> pd.DataFrame:
        """Tidy table: scenario, replication, region, variable, unit, year, value."""

    @property
    def measures(self) -> Measures:
        """Every indicator as arrays."""

    @property
    def dispatch(self) -> pd.DataFrame | None:
        """The hours of every year, where they were asked for."""

    @property
    def plants(self) -> pd.DataFrame | None:
        """The state of every plant in every year, where it was asked for."""

    @property
    def decisions(self) -> pd.DataFrame | None:
        """What each decider considered and chose."""

    @property
    def closed_options(self) -> pd.DataFrame | None:
        """Which options were closed to which agents, why and in which years."""

    @property
    def unit_margins(self) -> pd.DataFrame | None:
        """What thermal units earn and pay a kilowatt."""

    @property
    def flows(self) -> pd.DataFrame | None:
        """Who paid whom for what in every year."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found of the scenario and of the run."""


type Engine = Callable[[Mapping[str, object]], Outcome]


@dataclass(frozen=True, eq=False)
class AnswerView:
    """One answer of the model, as the pages need it: shared by all visitors, read only."""

    id: str  # twelve hex digits of the question's hash
    levers: Levers
    wide: pd.DataFrame  # (region, variable, unit) by year
    region: str  # the provinces together
    payments: Payments | None = None  # between groups of parties
    findings: tuple[Finding, ...] = ()
    measures: Measures | None = None  # of every draw

    def path(self, variable: str) -> Floats:
        """Return the yearly values of one variable in the whole region."""
        return charts.series(self.wide, variable, self.region)

    @property
    def variables(self) -> frozenset[str]:
        """Return the variables of the answer."""
        return frozenset(self.wide.index.get_level_values("variable"))

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
    family: str  # folder of a family; empty where it stands alone


@dataclass(frozen=True)
class Target:
    """An official aim that can be drawn on the emission path."""

    kind: str  # "peak" (by a year) or "level" (net of sinks, in a year)
    year: int
    level_mt: float = 0.0


class Answers[T]:
    """The last answers by id; a question asked twice at once is computed once."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._futures: OrderedDict[str, Future[T]] = OrderedDict()

    def get(self, key: str, compute: Callable[[], T]) -> T:
        """Return the answer to `key`, waiting for whoever computes it; a failure is raised and forgotten."""
        with self._lock:
            known = self._futures.get(key)
            future: Future[T] = known or Future()
            self._futures[key] = future
            self._futures.move_to_end(key)
            while len(self._futures) > self._kept:
                self._futures.popitem(last=False)
        if known is None:
            self._fill(key, future, compute)
        return future.result()

    def _fill(self, key: str, future: "Future[T]", compute: Callable[[], T]) -> None:
        try:
            future.set_result(compute())
        except BaseException as error:
            with self._lock:
                self._futures.pop(key, None)
            future.set_exception(error)


class Service:
    """The model behind the pages: an engine, the scenarios it may start from, and a region pack."""

    def __init__(self, engine: Engine, scenarios: Mapping[str, Path], pack: Path = PACK) -> None:
        self._engine = engine
        self._answers: Answers[AnswerView] = Answers(ANSWERS_KEPT)
        self._hours: Answers[Hours | None] = Answers(HOURS_KEPT)
        self._plants: Answers[Plants] = Answers(PLANTS_KEPT)
        self.region = pack.name
        self.axes = region_axes(str(pack))
        self.places = (BOTH, *self.axes.provinces)
        self.years = range(self.axes.base_year, self.axes.base_year + USUAL_YEARS + 1)
        self.last_observed_year = int(region_settings(str(pack))["last_observed_year"])
        self.sites = read_sites(pack)
        self.co2 = read_co2({name: pd.read_csv(pack / f"{name}.csv") for name in CO2_TABLES}, self.axes)
        self.station_mt = read_station_mt(pack, self.axes)
        self.presets = read_presets(scenarios)
        self.inventory_mt = published_inventory_mt(pd.read_csv(pack / "inventory.csv"), self.axes)
        self.official_targets = pd.read_csv(pack / "targets.csv")
        self.targets = read_targets(self.official_targets, self.axes)
        self.grades = count_grades(pack)

    def baseline(self) -> AnswerView:
        """Return the answer with no lever moved."""
        return self.run(Levers())

    def run(self, levers: Levers) -> AnswerView:
        """Return the answer to `levers`, computing it at most once."""
        question = self.question(levers)
        key = question_id(question)
        return self._answers.get(key, lambda: view_of(key, levers, self._engine(question), self.axes))

    def hours(self, levers: Levers) -> Hours | None:
        """Return the hours of the answer to `levers`, computed with the answer; None where there are none."""
        question = self.question(levers)
        key = question_id(question)
        return self._hours.get(key, lambda: self._ask_with_hours(key, levers, question))

    def plants(self, levers: Levers) -> Plants:
        """Return what the plants of the answer to `levers` do, computed with the answer."""
        question = self.question(levers)
        key = question_id(question)
        return self._plants.get(key, lambda: self._ask_with_plants(key, levers, question))

    def question(self, levers: Levers) -> dict[str, object]:
        """Return the scenario the engine is asked: the preset, and the moved levers as policies on top."""
        content = dict(self.presets[levers.scenario].content)
        policies = content["policies"]
        assert isinstance(policies, dict)
        return {**content, "policies": {**policies, **levers.policies()}}

    def _ask_with_hours(self, key: str, levers: Levers, question: Mapping[str, object]) -> Hours | None:
        outcome = self._ask_for("dispatch", key, levers, question)
        return None if outcome.dispatch is None else compact_hours(outcome.dispatch)

    def _ask_with_plants(self, key: str, levers: Levers, question: Mapping[str, object]) -> Plants:
        outcome = self._ask_for("plants", key, levers, question)
        plants, margins = outcome.plants, outcome.unit_margins
        decisions, closed = outcome.decisions, outcome.closed_options
        if plants is None or decisions is None or closed is None or margins is None:
            raise ValueError("the engine keeps no table of plants, decisions, closed options and margins")
        return compact_plants(self.sites, plants, decisions, closed, margins)

    def _ask_for(self, table: str, key: str, levers: Levers, question: Mapping[str, object]) -> Outcome:
        """Return the whole outcome with one more table, and keep its answer for every view."""
        outputs = question["outputs"]
        assert isinstance(outputs, Mapping)
        outcome = self._engine({**question, "outputs": {**outputs, table: True}})
        self._answers.get(key, lambda: view_of(key, levers, outcome, self.axes))
        return outcome


def question_id(question: Mapping[str, object]) -> str:
    """Return twelve hex digits that stand for a question."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:12]


def view_of(key: str, levers: Levers, outcome: Outcome, axes: Axes) -> AnswerView:
    """Return what the pages keep of every answer."""
    payments = compact_payments(outcome.flows, outcome.indicators, axes)
    wide = charts.wide_table(outcome.indicators)
    return AnswerView(key, levers, wide, axes.region, payments, outcome.findings, outcome.measures)


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


def read_targets(rows: pd.DataFrame, axes: Axes) -> list[Target]:
    """Return the official aims on the emission path: those that every province of the region has."""
    rows = rows[rows["region"].isin(axes.provinces)]
    peaks = shared_by_provinces(rows[rows["variable"] == PEAK_YEAR], axes)
    levels = shared_by_provinces(rows[rows["variable"] == NET_EMISSIONS], axes)
    return [Target("peak", year) for year in peaks] + [Target("level", *aim) for aim in levels.items()]


def shared_by_provinces(rows: pd.DataFrame, axes: Axes) -> dict[int, float]:
    """Return the sum over provinces by target year, for the years in which each province has an aim."""
    sums = rows.groupby("target_year")["value"].agg(["size", "sum"])
    whole = sums[sums["size"] == len(axes.provinces)]["sum"]
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
