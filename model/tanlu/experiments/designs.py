"""Which values are tried together: samples of the unit cube, mapped to values by their distributions."""

import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words.said import said
from tanlu.experiments.executors import BatchError
from tanlu.experiments.schema import Design, Distribution, EveryFigure, Experiment, ExperimentFactor
from tanlu.scenario.changes import with_changes
from tanlu.scenario.factors import factors
from tanlu.scenario.schema import Scenario

DIGITS = 12  # of a value: its last ones differ between machines where a logarithm is taken
SMALLEST_SHARE = 1e-9  # where a distribution has no end

type Row = Mapping[str, float]


class Input(NamedTuple):
    """A factor or a lever, ready to be mapped."""

    name: str
    path: str  # empty for chance
    how: str  # "" replaces, or `factor`, `add`, `whole` (a number of years), `replication`
    values: Distribution
    arm: str = ""  # all if empty
    grade: str = ""  # of what is said of a factor; empty of levers and chance
    is_lever: bool = False


def inputs_of(experiment: Experiment, base: Scenario) -> tuple[Input, ...]:
    """Return factors and levers in the order of their names, which decides what a sample gives to which.

    Raises:
        BatchError: if a factor means figures that the region pack has not.
    """
    found = [one for name, factor in experiment.factors.items() for one in _inputs_of(name, factor, base)]
    levers = experiment.levers.items()
    found += [Input(name, one.path, "", one, one.arm, is_lever=True) for name, one in levers]
    return tuple(sorted(found, key=lambda one: one.name))


def _inputs_of(name: str, one: ExperimentFactor, base: Scenario) -> list[Input]:
    if one.every:
        return _every(name, one.every, base)
    if one.replication:
        return [Input(name, "", "replication", one)]
    how = "factor" if one.factor else "add" if one.add else ""
    return [Input(name, one.path, how, one.factor or one.add or one, grade=one.grade)]


def _every(name: str, meant: EveryFigure, base: Scenario) -> list[Input]:
    """Return each figure of a table that may vary, over its range."""
    found = []
    for one in factors(base, f"pack.{meant.table}"):
        own = one.path.startswith((f"pack.{meant.table}.", f"pack.{meant.table}["))
        if own and one.grade in meant.grade and not one.is_fixed and None not in (one.low, one.high):
            of = Distribution.model_validate({"range": (one.low, one.high)})
            how = "factor" if one.is_factor else "whole" if one.is_whole else ""
            own_name = f"{name}.{one.path.removeprefix('pack.')}"
            found.append(Input(own_name, one.path, how, of, grade=one.grade))
    if not found:
        raise BatchError(said("no_ranges", name=name, table=meant.table, grade=str(meant.grade)))
    return found


def rows_of(experiment: Experiment, inputs: Sequence[Input]) -> list[Row]:
    """Return the values that are tried together, one mapping by name for each row of the design.

    Raises:
        BatchError: if the design needs a package that is not installed.
    """
    design = experiment.design
    if design is None or not inputs:
        return [{}]
    if design.method == "list":
        return [dict(row) for row in design.rows]
    return rows_at(cube_of(experiment, inputs), inputs, experiment.replications.at_most)


def cube_of(experiment: Experiment, inputs: Sequence[Input]) -> Floats:
    """Return the samples of the unit cube [rows, inputs] of a design that is no list.

    Raises:
        BatchError: if the design needs a package that is not installed.
    """
    design = experiment.design
    assert design is not None
    if design.method == "grid":
        return _grid(inputs, design, experiment)
    if not design.cross_levers:
        return _sample(len(inputs), design)
    levers = np.array([one.is_lever for one in inputs])
    choices = _grid([one for one in inputs if one.is_lever], design, experiment)
    futures = _sample(int((~levers).sum()), design)
    cube = np.empty((len(futures) * len(choices), len(inputs)))
    cube[:, levers] = np.tile(choices, (len(futures), 1))
    cube[:, ~levers] = np.repeat(futures, len(choices), axis=0)
    return cube


def rows_at(cube: Floats, inputs: Sequence[Input], replications: int) -> list[Row]:
    """Map samples of the unit cube [rows, inputs] to values."""
    return [
        {one.name: value_at(one, float(share), replications) for one, share in zip(inputs, row, strict=True)}
        for row in cube
    ]


def unit_cube(names: Sequence[str]) -> dict[str, Any]:
    """Return the unit cube as SALib describes a problem."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def changed(arm: Scenario, name: str, inputs: Sequence[Input], row: Row, what: str) -> Scenario:
    """Return the scenario of an arm with the values of a row; `what` names the row in messages."""
    changes: dict[str, object] = {}
    for one in inputs:
        if one.path and one.arm in ("", name):
            operated = one.how in ("factor", "add")
            changes[one.path] = {one.how: row[one.name]} if operated else row[one.name]
    return with_changes(arm, changes, what) if changes else arm


def value_at(one: Input, share: float, replications: int) -> float:
    """Return the value of which a share of all lies below: the inverse of the distribution function."""
    if one.how == "replication":
        return min(int(share * replications), replications - 1)
    of = one.values
    if of.values is not None:
        return of.values[min(int(share * len(of.values)), len(of.values) - 1)]
    value = _continuous(of, share)
    return round(value) if one.how == "whole" else float(f"{value:.{DIGITS}g}")


def _continuous(of: Distribution, share: float) -> float:
    if of.range is not None:
        low, high = of.range
        return low + share * (high - low)
    if of.triangular is not None:
        return _triangular(*of.triangular, share)
    inside = min(max(share, SMALLEST_SHARE), 1.0 - SMALLEST_SHARE)
    if of.normal is not None:
        return NormalDist(*of.normal).inv_cdf(inside)
    assert of.lognormal_sigma is not None
    return math.exp(of.lognormal_sigma * NormalDist().inv_cdf(inside))


def _triangular(low: float, mode: float, high: float, share: float) -> float:
    width = high - low
    if share * width <= mode - low:
        return low + math.sqrt(share * width * (mode - low))
    return high - math.sqrt((1.0 - share) * width * (high - mode))


def _grid(inputs: Sequence[Input], design: Design, experiment: Experiment) -> Floats:
    """Return every combination: both ends of a range, the middles of equal shares of what has no ends."""
    shares = [_shares(one, design.levels, experiment.replications.at_most) for one in inputs]
    return np.array(list(itertools.product(*shares)))


def _shares(one: Input, levels: int, replications: int) -> list[float]:
    if one.how == "replication":
        levels = replications
    elif one.values.values is not None:
        levels = len(one.values.values)
    elif one.values.range is not None:
        return [i / (levels - 1) for i in range(levels)]
    return [(i + 0.5) / levels for i in range(levels)]


def _sample(width: int, design: Design) -> Floats:
    """Return a sample of the unit cube [rows, width]."""
    if design.method == "latin_hypercube":
        rng = np.random.default_rng(design.seed)
        strata = np.array([rng.permutation(design.n) for _ in range(width)]).T
        return (strata + rng.random((design.n, width))) / design.n
    problem = unit_cube([f"x{i}" for i in range(width)])
    try:
        from SALib.sample import morris, sobol, sobol_sequence
    except ImportError as error:
        raise BatchError(said("design_needs_salib", method=design.method)) from error
    if design.method == "sobol":
        return np.asarray(sobol_sequence.sample(design.n, width))
    if design.method == "morris":
        return np.asarray(morris.sample(problem, design.n, seed=design.seed))
    return np.asarray(
        sobol.sample(problem, design.n, calc_second_order=design.second_order, seed=design.seed)
    )
