"""What a search found, as the page shows it: points so far, finalists in fresh draws, and what stands in the way."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.core.words import text
from tanlu.experiments.plans import Plan
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.quantities import Axis
from tanlu.pages.seek.problems import read_problem
from tanlu.pages.seek.process import SearchedPoint, SearchFindings
from tanlu.pages.seek.searches import SearchStanding
from tanlu.pages.seek.wording import label_of, lever_words, quantity, units_of

FRONT, BEATEN, BROKEN = "front", "beaten", "broken"  # what became of a finalist


class FoundTables(NamedTuple):
    """What the browser draws and lists of a search."""

    sig: str = ""  # differs where what is drawn does
    chart: Mapping[str, Any] = {}
    sentences: tuple[str, ...] = ()
    columns: tuple[Mapping[str, str], ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    note: str = ""


class _Search(NamedTuple):
    """A search with what its figures are called."""

    plan: Plan
    region: str
    language: str
    axes: Mapping[str, Axis]  # by outcome

    def title(self, name: str) -> str:
        return label_of(self.plan.experiment.outcomes[name], self.region, self.language)

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of goals, aims and caps, each once."""
        search = self.plan.experiment.seek
        assert search is not None, "problems have one"
        return tuple(dict.fromkeys((*search.best, *search.bounds)))


def found_tables(standing: SearchStanding, region: str, language: str) -> FoundTables:
    """Build what is shown of a search: of the points so far, or of its finalists once it has ended."""
    plan = read_problem(standing.text, region)
    findings, points = standing.findings, _sound_points(standing.news.points)
    names = [*plan.experiment.outcomes]
    units = units_of(standing.text, region)
    rows = findings.rows if findings is not None else ()
    axes = {
        name: axis_of(units[name], _largest(name, column, points, rows), language)
        for column, name in enumerate(names)
    }
    search = _Search(plan, region, language, axes)
    if not points and findings is None:
        return FoundTables()
    chart = _chart(search, points, rows)
    if findings is None:
        front = [point for point in points if point.is_on_front]
        return FoundTables(
            f"{plan.id[:12]}-{len(points)}-{sum(point.draws for point in points)}",
            chart,
            (_early_sentence(search, points),),
            _columns(search, is_final=False),
            tuple(_early_row(search, point) for point in front),
            text(language, "seeking.early_note"),
        )
    return FoundTables(
        f"{plan.id[:12]}-{findings.digest[:12]}",
        chart,
        tuple(_sentences(search, findings)),
        _columns(search, is_final=True),
        tuple(_final_row(search, findings, row) for row in rows),
        text(language, "seek.draws", {"draws": findings.draws}),
    )


def _sound_points(points: Sequence[SearchedPoint]) -> tuple[SearchedPoint, ...]:
    return tuple(point for point in points if all(map(isfinite, point.means)))


def _largest(
    name: str, column: int, points: Sequence[SearchedPoint], rows: Sequence[Mapping[str, Any]]
) -> float:
    sizes = [abs(point.means[column]) for point in points] + [abs(row[name]) for row in rows]
    return max(sizes, default=0.0)


def state_of(row: Mapping[str, Any]) -> str:
    """Say what became of a finalist."""
    return FRONT if row["on_front"] else BEATEN if row["keeps_all"] else BROKEN


# --- the chart ----------------------------------------------------------------------------------------------------


def _chart(
    search: _Search, points: Sequence[SearchedPoint], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Build the points of the first two figures, with the levers of the best of them as lines."""
    names = [*search.plan.experiment.outcomes]
    across, *others = search.shown
    pair = (across, next(iter(others), ""))
    columns = [names.index(name) if name else -1 for name in pair]
    scales = [search.axes[name]["factor"] if name else 1.0 for name in pair]
    levers = [input.name for input in search.plan.inputs]

    def place(values: Sequence[float]) -> list[float]:
        return [
            float(values[column]) * scale if column >= 0 else 0.0
            for column, scale in zip(columns, scales, strict=True)
        ]

    finalists = [
        {
            "point": row["point"],
            "at": [row[name] * scale if name else 0.0 for name, scale in zip(pair, scales, strict=True)],
            "width": [
                (row[f"{name}_half_width"] or 0.0) * scale if name else 0.0
                for name, scale in zip(pair, scales, strict=True)
            ],
            "state": state_of(row),
            "group": row["group"],
            "levers": [row[name] for name in levers],
        }
        for row in rows
    ]
    return {
        "axes": [
            {"title": search.title(name), **search.axes[name]} if name else {"title": "", "unit": ""}
            for name in pair
        ],
        "tried": [
            {
                "at": place(point.means),
                "draws": point.draws,
                "feasible": point.is_feasible,
                "front": point.is_on_front,
                "levers": [float(point.levers[name]) for name in levers],
            }
            for point in points
        ],
        "finalists": finalists,
        "levers": [_lever_axis(search, name) for name in levers],
    }


def _lever_axis(search: _Search, name: str) -> dict[str, Any]:
    """Build the axis of a lever, from the least to the most that is tried."""
    words, lever = lever_words(search.plan, name, search.language), search.plan.experiment.levers[name]
    ends = lever.range or (min(lever.values or (0,)), max(lever.values or (1,)))
    return {"title": words.policy, "unit": words.unit, "range": [*ends]}


# --- the table ----------------------------------------------------------------------------------------------------


def _columns(search: _Search, *, is_final: bool) -> tuple[dict[str, str], ...]:
    language, problem = search.language, search.plan.experiment.seek
    assert problem is not None, "problems have one"
    columns = [{"title": text(language, "seek.point"), "unit": ""}]
    for input in search.plan.inputs:
        said = lever_words(search.plan, input.name, language)
        columns.append({"title": said.policy, "unit": said.unit})
    columns += [{"title": search.title(name), "unit": search.axes[name]["unit"]} for name in search.shown]
    if is_final:
        columns += [
            {"title": text(language, "seek.kept", {"name": search.title(name)}), "unit": ""}
            for name in problem.aims
        ]
        columns += [{"title": text(language, f"seek.{key}"), "unit": ""} for key in ("group", "verdict")]
    else:
        columns.append({"title": text(language, "seeking.draws_run"), "unit": ""})
    return tuple(columns)


def _levers_shown(search: _Search, values: Mapping[str, Any]) -> list[str]:
    return [f"{values[input.name]:,.4g}" for input in search.plan.inputs]


def _early_row(search: _Search, point: SearchedPoint) -> dict[str, Any]:
    names = [*search.plan.experiment.outcomes]
    cells = _levers_shown(search, point.levers)
    for name in search.shown:
        column = names.index(name)
        figure = quantity(point.means[column], search.axes[name], point.half_widths[column])
        cells.append(text(search.language, "seeking.about", {"figure": figure}))
    return {"point": 0, "state": FRONT, "cells": [*cells, str(point.draws)], "can_open": False}


def _final_row(search: _Search, findings: SearchFindings, row: Mapping[str, Any]) -> dict[str, Any]:
    language, problem = search.language, search.plan.experiment.seek
    assert problem is not None, "problems have one"
    cells = _levers_shown(search, row)
    cells += [quantity(row[name], search.axes[name], row[f"{name}_half_width"]) for name in search.shown]
    for name in problem.aims:
        ends = {end: f"{PERCENT_PER_SHARE * row[f'{name}_share_{end}']:.0f}" for end in ("low", "high")}
        counts = {"kept": row[f"{name}_kept_draws"], "draws": findings.draws, **ends}
        cells.append(text(language, "seek.kept_draws", counts))
    group = str(row["group"]) if row["keeps_all"] else "–"
    cells += [group, _verdict(search, row)]
    return {"point": row["point"], "state": state_of(row), "cells": cells, "can_open": True}


def _broken_bounds(search: _Search, row: Mapping[str, Any]) -> list[str]:
    problem = search.plan.experiment.seek
    assert problem is not None, "problems have one"
    return [name for name in problem.bounds if row[f"{name}_margin"] < 0.0]


def _verdict(search: _Search, row: Mapping[str, Any]) -> str:
    language, broken = search.language, _broken_bounds(search, row)
    if broken:
        titles = text(language, "seeking.and").join(search.title(name) for name in broken)
        return text(language, "seek.breaks", {"names": titles})
    if row["on_front"]:
        return text(language, "seek.on_front")
    return text(language, "seek.beaten", {"point": row["beaten_by"]})


# --- sentences ----------------------------------------------------------------------------------------------------


def _early_sentence(search: _Search, points: Sequence[SearchedPoint]) -> str:
    counts = {
        "points": len(points),
        "feasible": sum(point.is_feasible for point in points),
        "front": sum(point.is_on_front for point in points),
    }
    return text(search.language, "seeking.early", counts)


def _sentences(search: _Search, findings: SearchFindings) -> list[str]:
    """Say what was found: the front, or the nearest point and what binds."""
    language, rows = search.language, findings.rows
    states = [state_of(row) for row in rows]
    front = [row for row in rows if row["on_front"]]
    if front:
        groups = len({row["group"] for row in front})
        counts = {"front": len(front), "groups": groups, "draws": findings.draws}
        others = {"beaten": states.count(BEATEN), "broken": states.count(BROKEN)}
        told = [text(language, "seeking.front", counts)]
        told += [text(language, "seeking.others", others)] if any(others.values()) else []
        return [*told, *_ends(search, front)]
    told = [text(language, "seek.none")]
    for row in rows:
        lacking = [
            f"{search.title(name)} {_gap(search, name, row[f'{name}_margin'])}"
            for name in _broken_bounds(search, row)
        ]
        values = {"point": row["point"], "lacking": text(language, "seeking.and").join(lacking)}
        told.append(text(language, "seek.lacks", values))
    told += [_obstacle(search, *obstacle) for obstacle in findings.obstacles]
    return told if findings.obstacles else [*told, text(language, "seek.several_bind")]


def _ends(search: _Search, front: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say for each goal which point of the front is best, with its figures."""
    problem = search.plan.experiment.seek
    assert problem is not None, "problems have one"
    told = []
    for name in problem.best:
        direction = search.plan.experiment.outcomes[name].direction
        best = max(front, key=lambda row: direction * row[name])
        figures = text(search.language, "seeking.comma").join(
            f"{search.title(goal)} {quantity(best[goal], search.axes[goal], best[f'{goal}_half_width'])}"
            f" {search.axes[goal]['unit']}"
            for goal in problem.best
        )
        told.append(
            text(
                search.language,
                "seeking.end",
                {"goal": search.title(name), "point": best["point"], "figures": figures},
            )
        )
    return list(dict.fromkeys(told))


def _gap(search: _Search, name: str, margin: float) -> str:
    axis = search.axes[name]
    return f"{quantity(-margin, axis)} {axis['unit']}".strip()


def _obstacle(search: _Search, bound: str, point: int, margin: float) -> str:
    outcome, axis = search.plan.experiment.outcomes[bound], search.axes[bound]
    limits = [limit for limit in (outcome.at_most, outcome.at_least) if limit is not None]
    values = {
        "name": search.title(bound),
        "limit": " … ".join(quantity(limit, axis) for limit in limits),
        "gap": _gap(search, bound, margin),
        "point": point,
    }
    return text(search.language, "seek.binds", values)
