"""What is to be made ahead for the page: the shipped experiment, its parts, and how far its store is."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tanlu.core.places import SHIPPED
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.experiments.plans import Plan, load_experiment
from tanlu.experiments.prepared import NAME
from tanlu.experiments.store import RUNS
from tanlu.inputs.diagnostics import nearest, printable, suggest

BASELINE_ARM = "baseline"  # the page needs it for every answer
COMPLETE, PARTIAL, STALE, ABSENT = "complete", "partial", "stale", "absent"


class Preparation(NamedTuple):
    """How far answers are made ahead."""

    stored_runs: int  # runs that the page would show
    planned_runs: int
    failed_runs: int  # of those stored
    damaged_parts: int  # parts that do not count
    stale_runs: int  # runs of other code or another region pack, which the page does not show

    @property
    def state(self) -> str:
        """Complete, partial, stale (all that is there is of other code or data) or absent."""
        if self.stored_runs:
            return COMPLETE if self.stored_runs - self.failed_runs == self.planned_runs else PARTIAL
        return STALE if self.stale_runs else ABSENT


def load_preparation(only: Sequence[str] = ()) -> tuple[Plan, Plan]:
    """Load the experiment of the answers, and the part of it that is asked for.

    Raises:
        UserError: if there is no such part.
    """
    plan = load_experiment(f"{SHIPPED}studies/{NAME}")
    parts = list_parts(plan)
    for name in only:
        if name not in parts:
            advice = suggest(nearest(name, parts), build_message("there_are", names=[*parts]))
            raise UserError(build_message("unknown_part", name=printable(name, 80), advice=advice))
    if not only:
        return plan, plan
    arms = {BASELINE_ARM, *(arm for name in only for arm in parts[name])}
    points = tuple(point for point in plan.batch.points if point.arm in arms)
    return plan, plan._replace(batch=plan.batch._replace(points=points))


def list_parts(plan: Plan) -> dict[str, tuple[str, ...]]:
    """List the arms of each kind of instrument, then arms that are no single instrument, by name."""
    usual = plan.arms[BASELINE_ARM].policies
    parts: dict[str, tuple[str, ...]] = {}
    for name, arm in plan.arms.items():
        kinds = {policy.kind for policy_name, policy in arm.policies.items() if policy_name not in usual}
        part = kinds.pop() if len(kinds) == 1 else name
        parts[part] = (*parts.get(part, ()), name)
    return parts


def judge_preparation(part: Plan, out: Path) -> Preparation:
    """Count what is stored of a part of the answers in a folder, and what is there of other code or data."""
    store = part.store(out)
    contents = store.read(part.batch.ids)
    failed = sum(bool(record.failure) for record in contents.points.values())
    stale_folders = (folder for folder in out.glob(f"{NAME}-*/{RUNS}") if folder != store.runs)
    stale = sum(1 for folder in stale_folders for _ in folder.glob("part-*.parquet"))
    return Preparation(len(contents.points), len(part.batch.ids), failed, len(contents.bad), stale)
