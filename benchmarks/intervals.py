"""How often the 95 % interval of twelve pairs holds the mean of 400: of 200 comparisons, for each arm and outcome.

The 400 pairs are run by `tanlu experiment run benchmarks/intervals.yaml --out FOLDER` first.
"""

import sys
from pathlib import Path

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.plans import load_experiment
from tanlu.experiments.summary import outcome_table, with_effects
from tanlu.output.differences import half_width

FILE = Path(__file__).with_suffix(".yaml")
COMPARISONS, PAIRS = 200, 12
WANTED = 0.9  # share of intervals that hold the mean


def held_share(pairs: Floats) -> float:
    """Return the share of comparisons whose interval holds the mean of all paired differences [n]."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(COMPARISONS):
        drawn = rng.choice(pairs, PAIRS, replace=False)
        held += abs(drawn.mean() - pairs.mean()) <= half_width(drawn)
    return held / COMPARISONS


def main(out: str) -> None:
    """Print the share for each arm and outcome."""
    plan = load_experiment(FILE)
    table = with_effects(plan, outcome_table(plan, plan.store(Path(out)).read(plan.batch.ids)))
    for name in plan.experiment.outcomes:
        for arm, rows in table[table[name].notna()].groupby("arm"):
            pairs = rows[name].to_numpy(float)
            share = held_share(pairs)
            verdict = "met" if share >= WANTED else "MISSED"
            print(
                f"{arm:8} {name:22} {pairs.size} pairs, {100 * share:.1f} % hold the mean (90 asked): {verdict}"
            )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "experiments")
