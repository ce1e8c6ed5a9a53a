"""Effects of factors that move one at a time: from the low to the high end of each, in the same draws of chance."""

import math

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns
from tanlu.experiments.analysis.tables import Analysis, compare_means, find_means, labels_of, ranked, ranks_of
from tanlu.experiments.designs import Input

ENDS = 2  # rows of each factor, after the row that leaves arms as they are


def one_at_a_time(runs: OutcomeRuns, inputs: tuple[Input, ...], unit: str) -> Analysis | None:
    """Compute the mean difference between the ends of each input, and how far each end moves the outcome.

    None before two draws of all rows are there. An input is in noise if the 95 % interval of its difference over
    draws holds 0.
    """
    if runs.draws.shape[1] < 2 or runs.rows.size < 1 + ENDS * len(inputs):
        return None
    middle, ends = runs.draws[0], runs.draws[1:].reshape(len(inputs), ENDS, -1)
    low, high = ends.swapaxes(0, 1)
    differences = (high - low).T
    means, widths = find_means(differences)
    noise = ~(np.abs(means) > widths)
    low_end, high_end = ((end - middle).mean(axis=1) for end in (low, high))
    table = labels_of([input.name for input in inputs], {input.name: input.grade for input in inputs}).assign(
        effect=np.abs(means),
        half_width=widths,
        low_end=low_end,
        high_end=high_end,
        pairs=runs.draws.shape[1],
    )
    sizes: Floats = differences * np.sign(means)
    share = _share_of_chance(runs.draws)
    return Analysis(
        "one_at_a_time",
        runs.arm,
        runs.outcome,
        unit,
        ranked(table, ranks_of(compare_means(sizes)), noise, "effect"),
        share,
    )


def _share_of_chance(draws: Floats) -> float:
    """Compute the share of the variance of single runs [rows, draws] that is chance."""
    whole = float(draws.var())
    return float(draws.var(axis=1).mean()) / whole if whole else math.nan
