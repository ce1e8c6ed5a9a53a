"""The tables of a search: its finalists in fresh draws, and all of its runs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tanlu.experiments.analysis.tables import share_interval
from tanlu.experiments.designs import Row
from tanlu.experiments.search.course import Findings
from tanlu.experiments.search.judgement import Obstacle, Verdict, find_obstacles, order_of
from tanlu.experiments.search.problem import Problem
from tanlu.experiments.search.runs import DrawnOutcomes
from tanlu.output.differences import half_width
from tanlu.output.provenance import canonical_json


@dataclass(frozen=True, eq=False)
class SearchRecord:
    """What a search ran and what is said of it."""

    problem: Problem
    findings: Findings
    verdict: Verdict
    levers: tuple[str, ...]  # names, in the order of places
    numbers: tuple[int, ...]  # of the rows of the store, by number of the point
    rows: Sequence[Row]  # of the store
    draw_outcomes: tuple[DrawnOutcomes, ...]

    @property
    def is_met(self) -> bool:
        """Whether a point keeps every bound in fresh draws."""
        return bool(self.verdict.is_on_front.any())

    @property
    def runs_done(self) -> int:
        """Number of runs that the search took."""
        return self.findings.steps[-1].runs

    @property
    def digest(self) -> str:
        """Digest of the finalists: their levers, their figures in fresh draws and what is said of them."""
        content = [
            {
                "levers": dict(self.rows[self.numbers[point]]),
                "outcomes": self.findings.fresh[place].tolist(),
                "front": bool(self.verdict.is_on_front[place]),
                "group": int(self.verdict.groups[place]),
            }
            for place, point in enumerate(self.findings.finalists)
        ]
        return hashlib.sha256(canonical_json({"finalists": content})).hexdigest()

    def obstacles(self) -> list[Obstacle]:
        """List bounds that alone stand in the way of a point, those first that would have to give way least.

        Points have their numbers in the store.
        """
        obstacles = find_obstacles(self.problem, self.findings)
        return [obstacle._replace(point=self.numbers[obstacle.point]) for obstacle in obstacles]

    def front(self) -> pd.DataFrame:
        """Build a table with a row a finalist, the best by the first goal first; figures are of fresh draws alone.

        Columns: `point`; `keeps_all` and `on_front`; `beaten_by`, the point that is better beyond noise; `group`, the
        same for points that are not told apart; the values of levers; of each outcome its mean and `_half_width` of the
        95 % interval; of each aim and cap `_margin`, below zero where it is broken; of each aim `_kept_draws` with
        the interval `_share_low`, `_share_high` of their share (Wilson 1927).
        """
        return pd.DataFrame(
            [self._finalist_row(place) for place in order_of(self.problem, self.findings.fresh)]
        )

    def _finalist_row(self, place: int) -> dict[str, Any]:
        findings, verdict, problem = self.findings, self.verdict, self.problem
        number = self.numbers[findings.finalists[place]]
        rival = verdict.beaten_by[place]
        row: dict[str, Any] = {
            "point": number,
            "keeps_all": bool((verdict.margins[place] >= 0.0).all()),
            "on_front": bool(verdict.is_on_front[place]),
            "beaten_by": self.numbers[findings.finalists[rival]] if rival >= 0 else pd.NA,
            "group": int(verdict.groups[place]) or pd.NA,
            **self.rows[number],
        }
        for i, name in enumerate(problem.outcomes):
            values = findings.fresh[place, :, i]
            row |= {name: float(values.mean()), f"{name}_half_width": half_width(values)}
            if name in problem.bounds:
                row |= {f"{name}_margin": float(verdict.margins[place, problem.bounds.index(name)])}
            if name in problem.aims:
                row |= self._kept_share(place, name)
        return row

    def _kept_share(self, place: int, name: str) -> dict[str, Any]:
        kept_draws = int(self.verdict.kept_draws[place, self.problem.bounds.index(name)])
        middle, width = share_interval(kept_draws, self.problem.draws)
        return {
            f"{name}_kept_draws": kept_draws,
            f"{name}_share_low": middle - width,
            f"{name}_share_high": middle + width,
        }

    def runs(self) -> pd.DataFrame:
        """Build a table with a row a point and draw.

        Columns: `point`, `stage` in which it was first tried, `draw`, whether it is `fresh`, values of levers,
        outcomes as differences to the arms that they are against, `failure`.
        """
        stages = dict(zip(self.numbers, self.findings.stages, strict=True))
        rows = [
            {
                "point": drawn.number,
                "stage": stages[drawn.number],
                "draw": drawn.draw,
                "fresh": drawn.draw >= self.problem.draws,
                **self.rows[drawn.number],
                **dict(zip(self.problem.outcomes, drawn.values.tolist(), strict=True)),
                "failure": drawn.failure,
            }
            for drawn in self.draw_outcomes
        ]
        columns = ["point", "stage", "draw", "fresh", *self.levers, *self.problem.outcomes, "failure"]
        return pd.DataFrame(rows, columns=columns)
