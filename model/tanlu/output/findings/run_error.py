"""A run that could not go on: which one, where in it, and why."""

import traceback
from typing import TYPE_CHECKING

from tanlu.core.places import PACKAGE
from tanlu.core.words import words
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_finding, render

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
        """Describe the failed run as a finding."""
        step = build_message(f"step_{self.step}") if f"said.step_{self.step}" in words("en") else self.step
        moment = build_message("year_and_step", year=self.year, step=step) if self.year else step
        values = {"replication": self.replication, "when": moment, "cause": self.cause}
        return build_finding(Severity.error, "run-failed", Place(self.scenario), **values)

    def render(self, color: bool = False, language: str = "en") -> str:
        """Return the message for a terminal."""
        return render(self.finding, color, language)

    def __str__(self) -> str:
        return str(self.finding)


def run_error(scenario: str, replication: int, model: "RegionModel | None", error: Exception) -> RunError:
    """Build the error to raise in place of an error in a run.

    Without a model it failed before the first year.
    """
    year, step = (model.year, model.course.phase) if model else (0, "preparation")
    last = traceback.extract_tb(error.__traceback__)[-1]
    file = last.filename.removeprefix(f"{PACKAGE}/")
    cause = f"{type(error).__name__} in {file}, line {last.lineno}: {error}"
    return RunError(scenario, replication, year, step, cause)
