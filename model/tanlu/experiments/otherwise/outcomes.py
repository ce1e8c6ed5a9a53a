"""What a package and its baseline come to under a condition, and which condition is worst for it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.experiments.otherwise.conditions import CONDITIONS, Condition, ConditionArms
from tanlu.indicators.catalogue import is_rare
from tanlu.output.aims import Aim, count_met_by_draw, judge_aims, select_region
from tanlu.output.differences import common_draws, difference
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import Figure, FigureTopic, effect_figure, level_figure
from tanlu.output.figures.levels import drawn_levels, levels
from tanlu.output.figures.paths import Paths, paths_of
from tanlu.output.figures.verdict import DUE, due_aims
from tanlu.output.measures import Measured, Measures

AIMS_MET = "aims_met"


class OutcomeColumn(NamedTuple):
    """A figure that is compared between conditions."""

    key: str
    figure: str  # key of the package's own figure
    change: str  # key of its difference to the baseline; empty if the figure is one
    is_less_better: bool


COLUMNS = (
    OutcomeColumn("aims", AIMS_MET, f"{AIMS_MET}_change", is_less_better=False),
    OutcomeColumn("money", "net_public_money_yearly", "net_public_money_yearly_change", is_less_better=True),
    OutcomeColumn("tariff", "tariff_household_highest", "tariff_household_rise", is_less_better=True),
    OutcomeColumn("shortage", "expected_shortage_worst", "expected_shortage_rise", is_less_better=True),
    OutcomeColumn("saved", "avoided", "", is_less_better=False),
)


class ConditionOutcome(NamedTuple):
    """What a package comes to under a condition."""

    condition: Condition
    figures: Mapping[str, Figure]  # of the package, and of its difference to the baseline there
    draws: Mapping[str, Floats]  # of the figure of each column [R]
    judged_aims: int
    seed: int

    @property
    def is_settled(self) -> bool:
        """Check whether all requested draws are in the figures."""
        return not any(self.figures[column.figure].is_provisional for column in COLUMNS)


class WorstCondition(NamedTuple):
    """The condition under which a figure of the package is worst."""

    column: OutcomeColumn
    outcome: ConditionOutcome
    is_shared: bool  # no draw tells any two conditions apart
    level_with: tuple[Condition, ...]  # conditions that chance does not tell from it

    @property
    def is_open(self) -> bool:
        """Check whether chance tells it from no other condition, though draws differ."""
        return not self.is_shared and len(self.level_with) == len(CONDITIONS) - 1

    @property
    def is_worse(self) -> bool:
        """Check whether it is worse than some other condition beyond chance."""
        return not self.is_shared and not self.is_open

    @property
    def figure(self) -> Figure:
        """Return the figure under it."""
        return self.outcome.figures[self.column.figure]


def measure_outcome(
    arms: ConditionArms,
    package: Measures,
    baseline: Measures,
    targets: pd.DataFrame,
    region: str | None = None,
) -> ConditionOutcome:
    """Compute the figures of a package under a condition, held against the baseline there.

    Args:
        arms: the scenarios that ran.
        package: what was measured of the package.
        baseline: the same of the baseline.
        targets: official aims as the region pack gives them (`targets.csv`).
        region: province that figures are of; all together if None.
    """
    sides = Measured(arms.package, package), Measured(arms.baseline, baseline)
    paths, base_paths = (paths_of(side, region) for side in sides)
    judged = (judge_aims(side, targets, paths.open_from) for side in sides)
    aims, base_aims = (due_aims(select_region(side, paths.region, sides[0].region)) for side in judged)
    figures = levels(paths) | effects(paths, base_paths)
    figures |= {figure.key: figure for figure in _aims_met(paths, base_paths, aims, base_aims)}
    level_draws = {topic.key: draws for topic, draws in drawn_levels(paths)}
    level_draws[AIMS_MET] = count_met_by_draw(aims, len(package.values))
    level_draws["avoided"] = _avoided(paths, base_paths)
    draws = {column.key: level_draws[column.figure] for column in COLUMNS}
    return ConditionOutcome(arms.condition, figures, draws, len(aims), arms.package.seed)


def _aims_met(
    paths: Paths, base_paths: Paths, aims: Sequence[Aim], base_aims: Sequence[Aim]
) -> Iterator[Figure]:
    """Yield how many aims the package meets, and how many more than the baseline."""
    requested_draws = paths.requested_draws
    met, base_met = (
        count_met_by_draw(side, len(of_side.emissions_mtco2))
        for side, of_side in ((aims, paths), (base_aims, base_paths))
    )
    topic = FigureTopic(AIMS_MET, "", paths.region, str(DUE), "aims")
    yield level_figure(topic, met, requested_draws)
    change = difference(met, base_met, paths.pairs(base_paths))
    yield effect_figure(topic._replace(key=f"{AIMS_MET}_change"), change, requested_draws)


def _avoided(paths: Paths, base_paths: Paths) -> Floats:
    """Sum the CO2 that the package avoids in each draw [R], Mt."""
    emitted, base_emitted = (
        side.emissions_mtco2[:, side.is_counted].sum(axis=1) for side in (paths, base_paths)
    )
    return np.asarray(base_emitted - emitted)


def find_worst(outcomes: Sequence[ConditionOutcome], column: OutcomeColumn) -> WorstCondition:
    """Find the condition under which a figure is worst in the mean over draws; the first of equal ones.

    All conditions share their chance, so that others are told from it draw by draw.
    """

    def badness(outcome: ConditionOutcome) -> float:
        mean = float(outcome.draws[column.key].mean())
        return mean if column.is_less_better else -mean

    worst = max(outcomes, key=badness)
    worst_draws = worst.draws[column.key]
    changes = {}
    for outcome in outcomes:
        if outcome is not worst:
            draws = outcome.draws[column.key]
            pairs = common_draws((outcome.seed, draws.size), (worst.seed, worst_draws.size))
            changes[outcome.condition] = difference(
                draws, worst_draws, pairs, is_rare=is_rare(worst.figures[column.figure].indicator)
            )
    return WorstCondition(
        column,
        worst,
        is_shared=all(change.unchanged for change in changes.values()),
        level_with=tuple(
            condition
            for condition, change in changes.items()
            if not change.has_sign and not math.isnan(change.low)
        ),
    )


TABLE_COLUMNS = (
    *("condition", "path", "change", "key", "indicator", "region", "window", "value", "low", "high"),
    *("unit", "kind", "draws", "requested_draws", "state"),
)


def outcome_rows(outcomes: Sequence[ConditionOutcome]) -> Iterator[list[object]]:
    """Yield a row for each figure of each condition, in the order of `TABLE_COLUMNS`."""
    for outcome in outcomes:
        condition = outcome.condition
        value = f"{condition.value:g}"
        change = f"x{value}" if condition.is_factor else value
        for key in dict.fromkeys(key for column in COLUMNS for key in (column.figure, column.change) if key):
            figure = outcome.figures[key]
            numbers = [f"{number:.12g}" for number in (figure.value, figure.low, figure.high)]
            topic = [figure.key, figure.indicator, figure.region, figure.window]
            origin = [figure.unit, figure.kind, figure.draws, figure.requested_draws, figure.state]
            yield [condition.key, condition.path, change, *topic, *numbers, *origin]
