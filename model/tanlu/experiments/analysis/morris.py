"""Elementary effects by Morris (1991): which of many inputs matter at all, from few runs."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns
from tanlu.experiments.analysis.tables import (
    Analysis,
    Note,
    compare_means,
    find_means,
    labels_of,
    ranked,
    ranks_of,
)
from tanlu.experiments.designs import Input


def elementary_effects(cube: Floats, values: Floats) -> Floats:
    """Compute elementary effects [T, D] of trajectories.

    They go through the unit cube [T, D + 1, D], with values [T, D + 1]. An effect is the change of the value for the
    whole range of an input, from a step of one input alone.
    """
    steps = np.diff(cube, axis=1)  # [T, D, D], one input of each step is not 0
    moved_input = np.abs(steps).argmax(axis=2)
    slopes = np.diff(values, axis=1) / np.take_along_axis(steps, moved_input[:, :, None], 2)[:, :, 0]
    effects = np.empty_like(slopes)
    np.put_along_axis(effects, moved_input, slopes, 1)
    return effects


def morris(runs: OutcomeRuns, cube: Floats, inputs: tuple[Input, ...], unit: str) -> Analysis | None:
    """Compute mean absolute effect, mean effect and spread by input.

    None before two trajectories are whole. An input is in noise if the 95 % interval of its mean effect holds 0,
    unless its mean absolute effect is beyond that of other draws of chance, where the design varies chance.
    """
    effects = _complete_effects(runs, cube)
    if len(effects) < 2:
        return None
    chance = np.array([x.operation == "replication" for x in inputs])
    sizes, widths = find_means(np.abs(effects))
    means, mean_widths = find_means(effects)
    is_certain = np.abs(means) > mean_widths
    if chance.any():
        is_certain |= sizes - widths > (sizes + widths)[chance][0]
    noise = ~is_certain | chance
    table = labels_of([x.name for x in inputs], {x.name: x.grade for x in inputs}).assign(
        effect=sizes,
        half_width=widths,
        mean=np.where(np.abs(means) > mean_widths, means, np.nan),
        mean_half_width=mean_widths,
        spread=effects.std(axis=0, ddof=1),
        pairs=len(effects),
    )
    squares = (effects**2).mean(axis=0)
    share = (
        float(squares[chance].sum() / squares.sum()) if chance.any() and squares.any() else runs.noise_share
    )
    notes = (Note("trajectories", {"done": len(effects), "asked": len(cube) // (len(inputs) + 1)}),)
    ranked_table = ranked(table, ranks_of(compare_means(np.abs(effects))), noise, "effect")
    return Analysis("morris", runs.arm, runs.outcome, unit, ranked_table, share, notes)


def _complete_effects(runs: OutcomeRuns, cube: Floats) -> Floats:
    """Compute elementary effects of complete trajectories.

    Every row of these is there.
    """
    length = cube.shape[1] + 1
    trajectories = len(cube) // length
    row_values = np.full(len(cube), np.nan)
    row_values[runs.rows] = runs.values
    values = row_values.reshape(trajectories, length)
    is_complete = ~np.isnan(values).any(axis=1)
    return elementary_effects(cube.reshape(trajectories, length, -1)[is_complete], values[is_complete])
