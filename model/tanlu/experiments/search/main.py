"""Search for the packages that meet aims and caps: run, judge in fresh draws, and tell what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import build_message
from tanlu.experiments.description import STORES
from tanlu.experiments.designs import apply_row
from tanlu.experiments.engine import Batch
from tanlu.experiments.executors import BatchError, ExecutorSource, Pool, pool_of
from tanlu.experiments.parts import Receipt
from tanlu.experiments.plans import ONLY_ARM, Plan, load_experiment
from tanlu.experiments.search.checks import problem_of, sought_arm
from tanlu.experiments.search.course import Findings, SearchStep, search
from tanlu.experiments.search.judgement import judge
from tanlu.experiments.search.runs import SearchRuns
from tanlu.experiments.search.tables import SearchRecord
from tanlu.experiments.store import Store
from tanlu.output.extension import Source
from tanlu.scenario.schema import Label, Outputs, Scenario, dump_scenario

POINTS = "points"  # folder of scenario files


class SearchWatch(NamedTuple):
    """Who is told how a search goes on."""

    step: Callable[[SearchStep], None] = lambda step: None
    part: Callable[[Batch, Receipt], None] = lambda batch, receipt: None


UNWATCHED = SearchWatch()


@dataclass(frozen=True, eq=False)
class SeekAnswer(SearchRecord):
    """What a search found: finalists in fresh draws, and every run on the way."""

    plan: Plan
    store: Store

    def scenario(self, number: int) -> Scenario:
        """Build the scenario of a point by its number; its runs have the bits of the search, draw by draw.

        Raises:
            ValueError: if the search tried no such point.
        """
        if number not in self.numbers:
            raise ValueError(f"the search tried no point {number}; there are 1 to {max(self.numbers)}")
        arm = sought_arm(self.plan.experiment) or ONLY_ARM
        name = f"{self.plan.name}_{number}"
        scenario = apply_row(self.plan.arms[arm], arm, self.plan.inputs, self.rows[number], name)
        settings = {
            "name": name,
            "label": Label(),
            "replications": 2 * self.problem.draws,
            "outputs": Outputs(),
        }
        return scenario.model_copy(update=settings)

    def save(self, folder: Path | str) -> Path:
        """Write the tables as CSV and Parquet, and a scenario file for each finalist.

        Raises:
            BatchError: if they cannot be written.
        """
        folder = Path(folder)
        try:
            (folder / POINTS).mkdir(parents=True, exist_ok=True)
            for name, table in (("front", self.front()), ("runs", self.runs())):
                table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
                table.to_parquet(folder / f"{name}.parquet", index=False)
            for point in self.findings.finalists:
                scenario = self.scenario(self.numbers[point])
                file = folder / POINTS / f"{scenario.name}.yaml"
                file.write_text(dump_scenario(scenario, file.parent), encoding="utf-8")
        except OSError as error:
            raise BatchError(
                build_message("cannot_write", folder=folder, reason=explain_error(error))
            ) from None
        return folder


def seek(
    file: Path | str,
    *,
    jobs: int = 1,
    executor: ExecutorSource | None = None,
    extensions: Sequence[Source] = (),
    out: Path | str = STORES,
    watch: SearchWatch = UNWATCHED,
) -> SeekAnswer:
    """Search for values of levers that meet the aims and caps of an experiment file.

    What its store holds is not run again: a search that was stopped goes on where it was.

    Args:
        file: experiment file with a block `seek`, or a study by its name.
        jobs: processes of this machine; 1 runs all here.
        executor: where to run instead.
        extensions: files or names, which every process loads.
        out: folder for the stores of experiments.
        watch: is told how it goes on.

    Raises:
        ScenarioError: with every fault of the file.
        BatchError: if the file asks for no search, or nothing can go on.
    """
    plan = load_experiment(file, extensions)
    with pool_of(jobs, executor) as pool:
        return run_search(plan, plan.store(Path(out)), pool, watch)


def run_search(plan: Plan, store: Store, pool: Pool, watch: SearchWatch) -> SeekAnswer:
    """Run the search of a plan in its store.

    Raises:
        BatchError: if the plan has none, a reference failed, or nothing can go on.
    """
    if plan.experiment.seek is None:
        raise BatchError(build_message("no_search", file=plan.file or plan.name))
    problem = problem_of(plan.experiment)
    runs = SearchRuns(plan, store, pool, watch.part)
    findings = _without_failures(search(problem, runs.base(range(problem.draws)), runs, watch.step))
    numbers = tuple(runs.numbers_of(findings.places))
    draw_outcomes = tuple(runs.draw_outcomes[place] for place in sorted(runs.draw_outcomes))
    verdict = judge(problem, findings)
    levers = tuple(input.name for input in plan.inputs)
    rows = tuple(runs.rows)
    return SeekAnswer(problem, findings, verdict, levers, numbers, rows, draw_outcomes, plan, store)


def _without_failures(findings: Findings) -> Findings:
    """Leave out finalists whose fresh runs failed."""
    sound = np.isfinite(findings.fresh).all(axis=(1, 2))
    return findings._replace(finalists=findings.finalists[sound], fresh=findings.fresh[sound])
