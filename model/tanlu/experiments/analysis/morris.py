"""Elementary effects by Morris (1991): which of many inputs matter at all, from few runs."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns
from tanlu.experiments.analysis.tables import Analysis, Note, labels_of, ranked, ranks_of
from tanlu.experiments.designs import Input
from tanlu.output.differences import half_width, student_quantile


def elementary_effects(cube: Floats, values: Floats) -> Floats:
    """Return effects [T, D] of trajectories through the unit cube [T, D + 1, D] on values [T, D + 1].

    An effect is the change of the value for the whole range of an input, from a step of one input alone.
    """
    steps = np.diff(cube, axis=1)  # [T, D, D], one input of each step is not 0
    moved = np.abs(steps).argmax(axis=2)
    slopes = np.diff(values, axis=1) / np.take_along_axis(steps, moved[:, :, None], 2)[:, :, 0]
    effects = np.empty_like(slopes)
    np.put_along_axis(effects, moved, slopes, 1)
    return effects


def morris(one: OutcomeRuns, cube: Floats, inputs: tuple[Input, ...], unit: str) -> Analysis | None:
    """Return mean absolute effect, mean effect and spread of each input; None before two trajectories are whole.

    An input is in noise if the 95 % interval of its mean effect holds 0, unless its mean absolute effect is beyond
    that of other draws of chance, where the design varies chance.
    """
    effects = _whole(one, cube)
    if len(effects) < 2:
        return None
    chance = np.array([x.how == "replication" for x in inputs])
    sizes, widths = _means(np.abs(effects))
    means, mean_widths = _means(effects)
    known = np.abs(means) > mean_widths
    if chance.any():
        known |= sizes - widths > (sizes + widths)[chance][0]
    noise = ~known | chance
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
        float(squares[chance].sum() / squares.sum()) if chance.any() and squares.any() else one.noise_share
    )
    notes = (Note("trajectories", {"done": len(effects), "asked": len(cube) // (len(inputs) + 1)}),)
    of = ranked(table, ranks_of(_larger(np.abs(effects))), noise, "effect")
    return Analysis("morris", one.arm, one.outcome, unit, of, share, notes)


def _whole(one: OutcomeRuns, cube: Floats) -> Floats:
    """Return the elementary effects of trajectories of which every row is there."""
    length = cube.shape[1] + 1
    whole = len(cube) // length
    known = np.full(len(cube), np.nan)
    known[one.rows] = one.values
    values = known.reshape(whole, length)
    there = ~np.isnan(values).any(axis=1)
    return elementary_effects(cube.reshape(whole, length, -1)[there], values[there])


def _means(effects: Floats) -> tuple[Floats, Floats]:
    """Return means over trajectories and their half-widths."""
    return effects.mean(axis=0), np.array([half_width(of) for of in effects.T])


def _larger(sizes: Floats) -> Booleans:
    """Return [D, D], whether the mean of i over trajectories [T, D] is larger than that of j beyond noise."""
    number = len(sizes)
    differences = sizes[:, :, None] - sizes[:, None, :]
    errors = differences.std(axis=0, ddof=1) / np.sqrt(number)
    return np.asarray(differences.mean(axis=0) > student_quantile(number - 1.0) * errors)
