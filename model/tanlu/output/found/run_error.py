"""A run that could not go on: which one, where in it, and why."""

import traceback
from typing import TYPE_CHECKING

from tanlu.core.places import PACKAGE
from tanlu.inputs.diagnostics import Finding, Place, Severity, found, render

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel


class RunError(Exception):
    """A replication failed; it says in which year and phase, and travels between processes."""

    exit_code = 1

    def __init__(self, scenario: str, replication: int, year: int, step: str, cause: str) -> None:
        super().__init__(scenario, replication, year, step, cause)
        self.scenario, self.replication, self.year, self.step, self.cause = self.args

    @property
    def finding(self) -> Finding:
        """What to tell of it."""
        when = f"{self.year}, {self.step}" if self.year else self.step
        path = f"replication {self.replication}, {when}"
        return found(Severity.error, "run-failed", Place(self.scenario, path=path), cause=self.cause)

    def render(self, color: bool = False) -> str:
        """Return the message for a terminal."""
        return render(self.finding, color)

    def __str__(self) -> str:
        return str(self.finding)


def run_error(scenario: str, replication: int, model: "RegionModel | None", error: Exception) -> RunError:
    """Return what to raise in place of an error in a run; without a model it failed before the first year."""
    year, step = (model.year, model.course.phase) if model else (0, "preparation")
    last = traceback.extract_tb(error.__traceback__)[-1]
    file = last.filename.removeprefix(f"{PACKAGE}/")
    cause = f"{type(error).__name__} in {file}, line {last.lineno}: {error}"
    return RunError(scenario, replication, year, step, cause)
