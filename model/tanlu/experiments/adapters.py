"""An experiment as other libraries want it: a function of its factors and levers, one run at a call."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tanlu.core.warming import warm
from tanlu.experiments.designs import Input, apply_row
from tanlu.experiments.outcomes import Reduction, outcomes_of
from tanlu.experiments.points import Point
from tanlu.experiments.worker import measured_run
from tanlu.inputs.diagnostics import nearest, printable
from tanlu.output.extension import Source
from tanlu.scenario.schema import Scenario


@dataclass(frozen=True)
class ExperimentFunction:
    """Runs one arm with the values it is called with; it can be pickled."""

    arms: Mapping[str, Scenario]
    arm: str
    replication: int
    inputs: tuple[Input, ...]
    reduction: Reduction
    extensions: tuple[Source, ...] = ()

    def __call__(self, **values: float) -> dict[str, float]:
        """Run the arm, and compute its outcomes by name.

        Figures are in the units of their variables. What is not given stays as the arm has it. An outcome against
        another arm is the difference to it, for which that arm runs with the same values and draws; NaN for that arm
        itself.

        Raises:
            ValueError: if a name is neither a factor nor a lever.
            ScenarioError: if a value is not allowed.
            RunError: if a run fails.
        """
        self._check(values)
        plain_values = {name: np.asarray(value).item() for name, value in values.items()}
        arms = {outcome.against for outcome in self.reduction.outcomes.values()} - {""} | {self.arm}
        warm("en")
        outcomes_by_arm = {arm: self._run_arm(arm, plain_values) for arm in sorted(arms)}
        return {name: self._outcome(name, outcomes_by_arm) for name in self.reduction.outcomes}

    def _check(self, values: Mapping[str, float]) -> None:
        names = [input.name for input in self.inputs]
        for name in values:
            if name not in names:
                suggestion = nearest(name, names)
                help = (
                    f"did you mean `{suggestion}`?"
                    if suggestion
                    else f"there are: {', '.join(names) or 'none'}"
                )
                raise ValueError(f"`{printable(name)}` is no factor or lever of the experiment; {help}")

    def _run_arm(self, arm: str, values: Mapping[str, float]) -> dict[str, float]:
        used_inputs = [input for input in self.inputs if input.name in values]
        scenario = apply_row(self.arms[arm], arm, used_inputs, values, "values of a call")
        replication = next(
            (int(values[input.name]) for input in used_inputs if input.operation == "replication"),
            self.replication,
        )
        run = measured_run(Point("", arm, 0, replication, scenario), self.extensions)
        return outcomes_of(run, self.reduction.outcomes)

    def _outcome(self, name: str, outcomes_by_arm: Mapping[str, Mapping[str, float]]) -> float:
        against = self.reduction.outcomes[name].against
        if against == self.arm:
            return math.nan
        value = outcomes_by_arm[self.arm][name] - (outcomes_by_arm[against][name] if against else 0.0)
        return value if math.isfinite(value) else math.nan
