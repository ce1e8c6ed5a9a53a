"""Which choice is regretted least, and which keeps its bounds in most futures, over choices that share futures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns, StoredRuns
from tanlu.experiments.analysis.tables import (
    RESAMPLES,
    SEED,
    Analysis,
    Note,
    more_beyond_noise,
    ranked,
    ranks_of,
)
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.output.differences import half_width

HIGH = 0.9  # quantile of regret by which choices are ranked
ENDS = (0.025, 0.975)
type Levers = tuple[str, Mapping[str, float]]  # an arm, empty if there is one only, and its levers by name


class Choices(NamedTuple):
    """An outcome of S choices in F futures that all of them share, in R draws each."""

    outcome: str
    labels: tuple[str, ...]  # [S]
    draws: Floats  # [S, F, R], in the unit of the variable
    levers: tuple[Levers, ...]  # [S] what each choice sets; none of an arm that outcomes are told against

    @property
    def values(self) -> Floats:
        """Means over draws [S, F]."""
        means: Floats = self.draws.mean(axis=2)
        return means

    @property
    def noise_share(self) -> float:
        """Share of chance in the variance of differences between choices.

        Of single runs; NaN of one draw.
        """
        if self.draws.shape[2] < 2:
            return float("nan")
        deviations = self.draws - self.draws.mean(axis=0)
        chance = float(deviations.var(axis=2, ddof=1).mean())
        between = float(deviations.mean(axis=2).var(axis=1, ddof=1).mean()) - chance / self.draws.shape[2]
        whole = chance + max(between, 0.0)
        return chance / whole if whole else 0.0


def choices_of(stored_runs: StoredRuns, name: str) -> Choices | None:
    """Collect an outcome of each combination of levers of each arm.

    They are in the futures that all of these have. None of fewer than two choices or futures. The arm against which
    an outcome is told is a choice too, and its difference is 0.
    """
    cells: dict[str, dict[tuple[float, ...], Floats]] = {}
    levers: dict[str, Levers] = {}
    for runs in (x for x in stored_runs.answers if x.outcome == name):
        for place, row in enumerate(runs.rows):
            choice, future = _split(stored_runs, runs, int(row))
            label = _label(choice)
            levers[label] = choice
            cells.setdefault(label, {})[future] = runs.draws[place]
    if len(cells) + bool(stored_runs.layout.experiment.outcomes[name].against) < 2:
        return None
    common = [
        future
        for future in next(iter(cells.values()))
        if all(future in by_future for by_future in cells.values())
    ]
    draws = min(by_future[future].size for by_future in cells.values() for future in by_future)
    if len(common) < 2:
        return None
    values = np.array([[by_future[future][:draws] for future in common] for by_future in cells.values()])
    labels = tuple(cells)
    if against := stored_runs.layout.experiment.outcomes[name].against:
        labels, values = (against, *labels), np.concatenate([np.zeros_like(values[:1]), values])
    return Choices(name, labels, values, tuple(levers.get(label, (label, {})) for label in labels))


def _split(stored_runs: StoredRuns, runs: OutcomeRuns, row: int) -> tuple[Levers, tuple[float, ...]]:
    """Split a row into choice and future.

    A choice is what somebody chooses, a future what nobody does.
    """
    values, inputs = stored_runs.layout.rows[row], stored_runs.layout.inputs
    levers = {x.name: float(values[x.name]) for x in inputs if x.is_lever and x.arm in ("", runs.arm)}
    arm = runs.arm if len(stored_runs.layout.arms) > 1 else ""
    return (arm, levers), tuple(float(values[x.name]) for x in inputs if not x.is_lever)


def _label(choice: Levers) -> str:
    arm, setting = choice[0], settings_label(choice[1])
    return f"{arm} ({setting})" if arm and setting else arm or setting


def settings_label(levers: Mapping[str, float]) -> str:
    """Name a choice by its levers with their values."""
    return ", ".join(f"{name} {value:g}" for name, value in levers.items())


def regret(choices: Choices, direction: int, unit: str) -> Analysis:
    """Compute the regret of each choice: mean, maximum and 90 % quantile.

    It is how far a choice falls behind the best one of each future. Half-widths are of resampled futures; all choices
    share them. Ranks are by the regret that nine of ten futures do not exceed; two choices whose difference in it the
    futures leave open share one.
    """
    gains = direction * choices.values
    shortfall = gains.max(axis=0) - gains  # [S, F]
    resampled = shortfall[:, _resamples(shortfall.shape[1])]  # [S, B, F]
    quantiles = np.quantile(resampled, HIGH, axis=2).T
    low, high = np.quantile(quantiles, ENDS, axis=0)
    table = pd.DataFrame(
        {
            "choice": choices.labels,
            "regret_p90": np.quantile(shortfall, HIGH, axis=1),
            "half_width": (high - low) / 2.0,
            "regret_mean": shortfall.mean(axis=1),
            "mean_half_width": [half_width(row) for row in shortfall],
            "regret_maximum": shortfall.max(axis=1),
            "best_share": (shortfall == 0.0).mean(axis=1),
            "pairs": shortfall.shape[1],
        }
    )
    ranks = ranks_of(more_beyond_noise(-quantiles))
    ranked_table = ranked(table.assign(by=-table["regret_p90"]), ranks, np.zeros(len(table), bool), "by")
    return Analysis(
        "regret", "", choices.outcome, unit, ranked_table.drop(columns=["by", "noise"]), choices.noise_share
    )


def satisficing(
    all_choices: Sequence[Choices], outcomes: Mapping[str, ExperimentOutcome]
) -> Iterator[Analysis]:
    """Yield the share of futures in which choices keep bounds.

    For each outcome that has one, and for all of them.
    """
    keeps = {
        choices.outcome: outcomes[choices.outcome].margins(choices.values) >= 0.0 for choices in all_choices
    }
    bounded = [choices for choices in all_choices if outcomes[choices.outcome].is_bounded]
    for choices in bounded:
        yield _satisficing(choices, keeps[choices.outcome], _count_open(choices, outcomes[choices.outcome]))
    shapes = {(choices.labels, choices.values.shape) for choices in bounded}
    if len(bounded) > 1 and len(shapes) == 1:
        keeps_all = np.logical_and.reduce([keeps[choices.outcome] for choices in bounded])
        yield _satisficing(bounded[0]._replace(outcome=""), keeps_all, 0)


def _count_open(choices: Choices, outcome: ExperimentOutcome) -> int:
    """Count the values with a bound within their interval.

    The interval is over chance.
    """
    rows = choices.draws.reshape(-1, choices.draws.shape[2])
    runs = OutcomeRuns("", choices.outcome, np.arange(len(rows)), rows)
    return int((np.abs(outcome.margins(runs.values)) <= runs.half_widths).sum())


def _satisficing(choices: Choices, keeps: Booleans, open_cells: int) -> Analysis:
    shares = keeps[:, _resamples(keeps.shape[1])].mean(axis=2).T  # [B, S]
    low, high = np.quantile(shares, ENDS, axis=0)
    table = pd.DataFrame(
        {
            "choice": choices.labels,
            "kept_share": keeps.mean(axis=1),
            "half_width": (high - low) / 2.0,
            "pairs": keeps.shape[1],
        }
    )
    ranked_table = ranked(
        table, ranks_of(more_beyond_noise(shares)), np.zeros(len(table), bool), "kept_share"
    )
    notes = (Note("open_cells", {"open": open_cells, "cells": keeps.size}),) if open_cells else ()
    shown_table = ranked_table.drop(columns="noise")
    return Analysis("satisficing", "", choices.outcome, "", shown_table, choices.noise_share, notes)


def dominated(all_choices: Sequence[Choices], outcomes: Mapping[str, ExperimentOutcome]) -> Analysis | None:
    """Find the choices that others beat.

    One that beats another is better beyond noise in one outcome, and worse beyond noise in none. None unless two
    outcomes at least say what is better.
    """
    directed = [choices for choices in all_choices if outcomes[choices.outcome].direction]
    if len(directed) < 2 or len({(choices.labels, choices.values.shape[1]) for choices in directed}) > 1:
        return None
    better = np.array(
        [_is_better(outcomes[choices.outcome].direction * choices.values) for choices in directed]
    )  # [O, S, S]
    beats = better.any(axis=0) & ~better.any(axis=0).T
    labels, pairs = directed[0].labels, directed[0].values.shape[1]
    beaten_by = ["; ".join(labels[i] for i in np.flatnonzero(beats[:, j])) for j in range(len(labels))]
    columns: dict[str, object] = {"choice": labels}
    for choices in directed:
        columns[choices.outcome] = choices.values.mean(axis=1)
        columns[f"{choices.outcome}_half_width"] = [half_width(values) for values in choices.values]
    table = pd.DataFrame({**columns, "beaten_by": beaten_by, "pairs": pairs})
    return Analysis("pareto", "", "", "", table, directed[0].noise_share)


def _is_better(gains: Floats) -> Booleans:
    """Test whether i gains more than j in the mean, [S, S].

    The mean is over futures [S, F]; the difference is beyond the noise of pairs.
    """
    differences = gains[:, None, :] - gains[None, :, :]
    widths = np.apply_along_axis(half_width, 2, differences)
    is_better: Booleans = differences.mean(axis=2) > widths
    return is_better


def _resamples(futures: int) -> np.ndarray:
    """Draw the futures again, [B, F]."""
    return np.random.default_rng(SEED).integers(futures, size=(RESAMPLES, futures))
