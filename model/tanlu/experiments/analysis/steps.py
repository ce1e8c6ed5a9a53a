"""What each lever changes from one of its values to the next, by what the other levers are, in pairs of futures."""

from collections.abc import Iterator

import pandas as pd

from tanlu.experiments.analysis.regret import Choices, settings_label
from tanlu.experiments.analysis.tables import Analysis
from tanlu.output.differences import half_width


def steps(choices: Choices, unit: str) -> Analysis | None:
    """Compute the mean change of an outcome by each lever's step.

    Also in what share of futures it falls. A step is from one value of a lever to the next that was tried, with the
    other levers as they are. Half-widths are of the 95 % interval over futures, which both sides of a step share. A
    step whose interval holds 0 is within noise. None if no two choices are a step apart.
    """
    rows = []
    for low, high, lever in sorted(_steps(choices), key=lambda step: step[2]):
        change = choices.values[high] - choices.values[low]
        width = half_width(change)
        (arm, before), (_, after) = choices.levers[low], choices.levers[high]
        other_levers = {name: value for name, value in before.items() if name != lever}
        rows.append(
            {
                "step": f"{lever} {before[lever]:g} → {after[lever]:g}",
                "with": ": ".join(part for part in (arm, settings_label(other_levers)) if part),
                "step_effect": change.mean(),
                "half_width": width,
                "falls_share": (change < 0.0).mean(),
                "pairs": change.size,
                "noise": not abs(float(change.mean())) > width,
            }
        )
    if not rows:
        return None
    return Analysis("steps", "", choices.outcome, unit, pd.DataFrame(rows), choices.noise_share)


def _steps(choices: Choices) -> Iterator[tuple[int, int, str]]:
    """Yield pairs of choices that are one lever's step apart.

    The lower value comes first.
    """
    for low, (arm, before) in enumerate(choices.levers):
        for lever, value in before.items():
            next_values = [
                (after[lever] - value, high)
                for high, (other_arm, after) in enumerate(choices.levers)
                if other_arm == arm
                and after.get(lever, value) > value
                and after == {**before, lever: after[lever]}
            ]
            if next_values:
                yield low, min(next_values)[1], lever
