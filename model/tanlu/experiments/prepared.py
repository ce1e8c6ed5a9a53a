"""Answers made ahead: runs that visitors of the page ask for first, read from the store of a shipped experiment."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tanlu.experiments.parts import DamagedPartError, StoredRun, begin_name, read_run
from tanlu.experiments.points import Basis, for_points, point_id
from tanlu.experiments.store import RUNS
from tanlu.output.provenance import running_code
from tanlu.scenario.schema import Scenario

NAME = "prepared_answers"  # of the experiment, with which folders of its stores begin


class PreparedAnswers(NamedTuple):
    """The answers in a folder that are of the running code and of the data of a pack."""

    folder: Path
    data_sha256: str

    def read(self, scenario: Scenario) -> Mapping[int, StoredRun]:
        """Read the draws of a scenario that are there, by number; a damaged one is left out.

        Their ids hold code and data, so answers of others are not found.
        """
        runs: dict[int, StoredRun] = {}
        if not any(self.folder.glob(f"{NAME}-*")):
            return runs
        numbers, basis = for_points(scenario), Basis(running_code(), ())
        for draw in range(scenario.replications):
            id = point_id(numbers, draw, self.data_sha256, basis)
            for file in self.folder.glob(f"{NAME}-*/{RUNS}/{begin_name([id])}*.parquet"):
                with suppress(DamagedPartError):
                    runs[draw] = read_run(file, id)
        return runs
