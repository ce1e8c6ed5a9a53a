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
        """Share of the variance of differences between choices, of single runs, that is chance; NaN of one draw."""
        if self.draws.shape[2] < 2:
            return float("nan")
        apart = self.draws - self.draws.mean(axis=0)
        chance = float(apart.var(axis=2, ddof=1).mean())
        between = float(apart.mean(axis=2).var(axis=1, ddof=1).mean()) - chance / self.draws.shape[2]
        whole = chance + max(between, 0.0)
        return chance / whole if whole else 0.0


def choices_of(asked: StoredRuns, name: str) -> Choices | None:
    """Return an outcome of each combination of levers of each arm, in the futures that all have.

    None of fewer than two choices or futures. The arm against which an outcome is told is a choice too, and its
    difference is 0.
    """
    cells: dict[str, dict[tuple[float, ...], Floats]] = {}
    levers: dict[str, Levers] = {}
    for one in (x for x in asked.answers if x.outcome == name):
        for place, row in enumerate(one.rows):
            chosen, future = _split(asked, one, int(row))
            label = _label(chosen)
            levers[label] = chosen
            cells.setdefault(label, {})[future] = one.draws[place]
    if len(cells) + bool(asked.plan.experiment.outcomes[name].against) < 2:
        return None
    common = [future for future in next(iter(cells.values())) if all(future in of for of in cells.values())]
    draws = min(of[future].size for of in cells.values() for future in of)
    if len(common) < 2:
        return None
    values = np.array([[of[future][:draws] for future in common] for of in cells.values()])
    labels = tuple(cells)
    if against := asked.plan.experiment.outcomes[name].against:
        labels, values = (against, *labels), np.concatenate([np.zeros_like(values[:1]), values])
    return Choices(name, labels, values, tuple(levers.get(label, (label, {})) for label in labels))


def _split(asked: StoredRuns, one: OutcomeRuns, row: int) -> tuple[Levers, tuple[float, ...]]:
    """Return choice and future of a row: what somebody chooses and what nobody does."""
    values, inputs = asked.plan.rows[row], asked.plan.inputs
    own = {x.name: float(values[x.name]) for x in inputs if x.is_lever and x.arm in ("", one.arm)}
    arm = one.arm if len(asked.plan.arms) > 1 else ""
    return (arm, own), tuple(float(values[x.name]) for x in inputs if not x.is_lever)


def _label(chosen: Levers) -> str:
    arm, own = chosen[0], settings_label(chosen[1])
    return f"{arm} ({own})" if arm and own else arm or own


def settings_label(levers: Mapping[str, float]) -> str:
    """Return levers with their values, as tables name a choice."""
    return ", ".join(f"{name} {value:g}" for name, value in levers.items())


def regret(choices: Choices, direction: int, unit: str) -> Analysis:
    """Return how far each choice falls behind the best one of each future: in the mean, at worst and in nine of ten.

    Half-widths are of resampled futures; all choices share them. Ranks are by the regret that nine of ten futures do
    not exceed; two choices whose difference in it the futures leave open share one.
    """
    gains = direction * choices.values
    missed = gains.max(axis=0) - gains  # [S, F]
    resampled = missed[:, _resamples(missed.shape[1])]  # [S, B, F]
    quantiles = np.quantile(resampled, HIGH, axis=2).T
    low, high = np.quantile(quantiles, ENDS, axis=0)
    table = pd.DataFrame(
        {
            "choice": choices.labels,
            "regret_p90": np.quantile(missed, HIGH, axis=1),
            "half_width": (high - low) / 2.0,
            "regret_mean": missed.mean(axis=1),
            "mean_half_width": [half_width(of) for of in missed],
            "regret_maximum": missed.max(axis=1),
            "best_share": (missed == 0.0).mean(axis=1),
            "pairs": missed.shape[1],
        }
    )
    ranks = ranks_of(more_beyond_noise(-quantiles))
    of = ranked(table.assign(by=-table["regret_p90"]), ranks, np.zeros(len(table), bool), "by")
    return Analysis(
        "regret", "", choices.outcome, unit, of.drop(columns=["by", "noise"]), choices.noise_share
    )


def satisficing(
    all_choices: Sequence[Choices], outcomes: Mapping[str, ExperimentOutcome]
) -> Iterator[Analysis]:
    """Yield in what share of futures each choice keeps a bound, for each outcome that has one, and all of them."""
    kept = {of.outcome: outcomes[of.outcome].margins(of.values) >= 0.0 for of in all_choices}
    bounded = [of for of in all_choices if outcomes[of.outcome].is_bounded]
    for of in bounded:
        yield _satisficing(of, kept[of.outcome], _open(of, outcomes[of.outcome]))
    same = {(of.labels, of.values.shape) for of in bounded}
    if len(bounded) > 1 and len(same) == 1:
        every = np.logical_and.reduce([kept[of.outcome] for of in bounded])
        yield _satisficing(bounded[0]._replace(outcome=""), every, 0)


def _open(choices: Choices, outcome: ExperimentOutcome) -> int:
    """Return how many values have a bound within their interval over chance."""
    rows = choices.draws.reshape(-1, choices.draws.shape[2])
    one = OutcomeRuns("", choices.outcome, np.arange(len(rows)), rows)
    return int((np.abs(outcome.margins(one.values)) <= one.half_widths).sum())


def _satisficing(choices: Choices, kept: Booleans, open_cells: int) -> Analysis:
    shares = kept[:, _resamples(kept.shape[1])].mean(axis=2).T  # [B, S]
    low, high = np.quantile(shares, ENDS, axis=0)
    table = pd.DataFrame(
        {
            "choice": choices.labels,
            "kept_share": kept.mean(axis=1),
            "half_width": (high - low) / 2.0,
            "pairs": kept.shape[1],
        }
    )
    of = ranked(table, ranks_of(more_beyond_noise(shares)), np.zeros(len(table), bool), "kept_share")
    notes = (Note("open_cells", {"open": open_cells, "cells": kept.size}),) if open_cells else ()
    found = of.drop(columns="noise")
    return Analysis("satisficing", "", choices.outcome, "", found, choices.noise_share, notes)


def dominated(all_choices: Sequence[Choices], outcomes: Mapping[str, ExperimentOutcome]) -> Analysis | None:
    """Return which choice is beaten by which: better beyond noise in one outcome, worse beyond noise in none.

    None unless two outcomes at least say what is better.
    """
    told = [of for of in all_choices if outcomes[of.outcome].direction]
    if len(told) < 2 or len({(of.labels, of.values.shape[1]) for of in told}) > 1:
        return None
    better = np.array([_better(outcomes[of.outcome].direction * of.values) for of in told])  # [O, S, S]
    beats = better.any(axis=0) & ~better.any(axis=0).T
    labels, pairs = told[0].labels, told[0].values.shape[1]
    by = ["; ".join(labels[i] for i in np.flatnonzero(beats[:, j])) for j in range(len(labels))]
    columns: dict[str, object] = {"choice": labels}
    for of in told:
        columns[of.outcome] = of.values.mean(axis=1)
        columns[f"{of.outcome}_half_width"] = [half_width(values) for values in of.values]
    table = pd.DataFrame({**columns, "beaten_by": by, "pairs": pairs})
    return Analysis("pareto", "", "", "", table, told[0].noise_share)


def _better(gains: Floats) -> Booleans:
    """Return [S, S], whether i gains more than j in the mean over futures [S, F], beyond the noise of pairs."""
    apart = gains[:, None, :] - gains[None, :, :]
    widths = np.apply_along_axis(half_width, 2, apart)
    more: Booleans = apart.mean(axis=2) > widths
    return more


def _resamples(futures: int) -> np.ndarray:
    """Return futures drawn again, [B, F]."""
    return np.random.default_rng(SEED).integers(futures, size=(RESAMPLES, futures))
