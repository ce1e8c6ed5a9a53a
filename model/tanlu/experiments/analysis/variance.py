"""Sobol indices by SALib: how much of the variance of an outcome each input makes, alone and with others."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words.messages import build_message
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


def sobol(runs: OutcomeRuns, inputs: tuple[Input, ...], second_order: bool, number: int) -> Analysis | None:
    """Compute first and total Sobol indices.

    Of a Saltelli design of `number` rows; None before its first two blocks are there. Of an unfinished design the
    first blocks count. An input whose interval of the total index holds 0 is in noise.

    Raises:
        BatchError: if SALib is not installed.
    """
    try:
        from SALib.analyze import sobol as indices
    except ImportError as error:
        raise BatchError(build_message("sobol_needs_salib")) from error
    width = (2 if second_order else 1) * len(inputs) + 2
    values = _first_blocks(runs, width)
    if values.size < 2 * width or not np.ptp(values):
        return None
    names = [x.name for x in inputs]
    estimates = indices.analyze(
        unit_cube(names), values, second_order, num_resamples=RESAMPLES, keep_resamples=True, seed=SEED
    )
    blocks = values.size // width
    table = labels_of(names, {x.name: x.grade for x in inputs}).assign(
        total=estimates["ST"],
        total_half_width=estimates["ST_conf"],
        first=estimates["S1"],
        first_half_width=estimates["S1_conf"],
        pairs=blocks,
    )
    chance = np.array([x.operation == "replication" for x in inputs])
    noise = (estimates["ST"] <= estimates["ST_conf"]) | chance
    share = float(estimates["ST"][chance][0]) if chance.any() else runs.noise_share
    widest = float(np.max(estimates["ST_conf"]))
    notes = [Note("blocks", {"done": blocks, "asked": number // width})]
    if widest > WIDEST:
        notes.append(Note("not_converged", {"widest": round(widest, 3), "wanted": WIDEST}))
    is_more = more_beyond_noise(estimates["ST_conf_all"])
    ranked_table = ranked(table, ranks_of(is_more), noise, "total")
    return Analysis("sobol", runs.arm, runs.outcome, "", ranked_table, share, tuple(notes))


def _first_blocks(runs: OutcomeRuns, width: int) -> Floats:
    """Select the values of the first complete blocks.

    Every row of these is there.
    """
    missing = np.flatnonzero(runs.rows != np.arange(runs.rows.size))
    complete_rows = int(missing[0]) if missing.size else runs.rows.size
    return runs.values[: complete_rows // width * width]
