"""Sobol indices by SALib: how much of the variance of an outcome each input makes, alone and with others."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words.said import said
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns
from tanlu.experiments.analysis.tables import (
    RESAMPLES,
    SEED,
    Analysis,
    Note,
    labels_of,
    more_beyond_noise,
    ranked,
    ranks_of,
)
from tanlu.experiments.designs import Input, unit_cube
from tanlu.experiments.executors import BatchError

WIDEST = 0.05  # half-width of a total index that is known well enough


def sobol(one: OutcomeRuns, inputs: tuple[Input, ...], second_order: bool, number: int) -> Analysis | None:
    """Return first and total indices of a Saltelli design of `number` rows; None before its first two blocks are there.

    Of an unfinished design the first blocks count. An input whose interval of the total index holds 0 is in noise.

    Raises:
        BatchError: if SALib is not installed.
    """
    try:
        from SALib.analyze import sobol as indices
    except ImportError as error:
        raise BatchError(said("sobol_needs_salib")) from error
    width = (2 if second_order else 1) * len(inputs) + 2
    values = _first_blocks(one, width)
    if values.size < 2 * width or not np.ptp(values):
        return None
    names = [x.name for x in inputs]
    found = indices.analyze(
        unit_cube(names), values, second_order, num_resamples=RESAMPLES, keep_resamples=True, seed=SEED
    )
    blocks = values.size // width
    table = labels_of(names, {x.name: x.grade for x in inputs}).assign(
        total=found["ST"],
        total_half_width=found["ST_conf"],
        first=found["S1"],
        first_half_width=found["S1_conf"],
        pairs=blocks,
    )
    chance = np.array([x.how == "replication" for x in inputs])
    noise = (found["ST"] <= found["ST_conf"]) | chance
    share = float(found["ST"][chance][0]) if chance.any() else one.noise_share
    widest = float(np.max(found["ST_conf"]))
    notes = [Note("blocks", {"done": blocks, "asked": number // width})]
    if widest > WIDEST:
        notes.append(Note("not_converged", {"widest": round(widest, 3), "wanted": WIDEST}))
    more = more_beyond_noise(found["ST_conf_all"])
    of = ranked(table, ranks_of(more), noise, "total")
    return Analysis("sobol", one.arm, one.outcome, "", of, share, tuple(notes))


def _first_blocks(one: OutcomeRuns, width: int) -> Floats:
    """Return the values of the blocks at the beginning of which every row is there."""
    missing = np.flatnonzero(one.rows != np.arange(one.rows.size))
    whole = int(missing[0]) if missing.size else one.rows.size
    return one.values[: whole // width * width]
