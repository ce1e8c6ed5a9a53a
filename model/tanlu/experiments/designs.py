"""Which values are tried together: samples of the unit cube, mapped to values by their distributions."""

import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.paths import PACK
from tanlu.core.words.messages import build_message
from tanlu.experiments.executors import BatchError
from tanlu.experiments.schema import Design, Distribution, Experiment, ExperimentFactor, FiguresOfTable
from tanlu.region.factors.cells import Change
from tanlu.region.factors.groups import ASSUMED, NEUTRAL, GroupMove, changes_at, find_moves, read_groups
from tanlu.scenario.changes import with_changes
from tanlu.scenario.factors import factors
from tanlu.scenario.schema import Scenario

DIGITS = 12  # of a value: its last ones differ between machines where a logarithm is taken
SMALLEST_SHARE = 1e-9  # where a distribution has no end
GROUP_ENDS = (-1.0, 1.0)  # of the way of a group, on which 0 leaves its figures as they are

type Row = Mapping[str, float]


class Input(NamedTuple):
    """A factor or a lever, ready to be mapped."""

    name: str
    path: str  # empty for chance
    operation: str  # "" replaces, or `factor`, `add`, `whole` (a number of years), `group`, `replication`
    values: Distribution
    arm: str = ""  # all if empty
    grade: str = ""  # of what is said of a factor; empty of levers and chance
    is_lever: bool = False
    moves: tuple[GroupMove, ...] = ()  # of a group


def inputs_of(experiment: Experiment, base: Scenario) -> tuple[Input, ...]:
    """List factors and levers in the order of their names.

    The order decides what a sample gives to which.

    Raises:
        BatchError: if a factor means figures that the region pack has not.
    """
    inputs = [
        input for name, factor in experiment.factors.items() for input in _inputs_of(name, factor, base)
    ]
    levers = experiment.levers.items()
    inputs += [Input(name, lever.path, "", lever, lever.arm, is_lever=True) for name, lever in levers]
    return tuple(sorted(inputs, key=lambda input: input.name))


def _inputs_of(name: str, factor: ExperimentFactor, base: Scenario) -> list[Input]:
    if factor.figures_of:
        return _table_inputs(name, factor.figures_of, base)
    if factor.replication:
        return [Input(name, "", "replication", factor)]
    if factor.group:
        moves = find_moves(base.region, read_groups(base.region).groups[factor.group])
        return [Input(name, "", "group", Distribution(range=GROUP_ENDS), grade=ASSUMED, moves=moves)]
    operation = "factor" if factor.factor else "add" if factor.add else ""
    return [Input(name, factor.path, operation, factor.factor or factor.add or factor, grade=factor.grade)]


def _table_inputs(name: str, figures: FiguresOfTable, base: Scenario) -> list[Input]:
    """List the figures of a table that may vary, over their ranges."""
    inputs = []
    for factor in factors(base, f"pack.{figures.table}"):
        is_in_table = factor.path.startswith((f"pack.{figures.table}.", f"pack.{figures.table}["))
        if (
            is_in_table
            and factor.grade in figures.grade
            and not factor.is_fixed
            and None not in (factor.low, factor.high)
        ):
            distribution = Distribution.model_validate({"range": (factor.low, factor.high)})
            operation = "factor" if factor.is_factor else "whole" if factor.is_whole else ""
            input_name = f"{name}.{factor.path.removeprefix('pack.')}"
            inputs.append(Input(input_name, factor.path, operation, distribution, grade=factor.grade))
    if not inputs:
        raise BatchError(build_message("no_ranges", name=name, table=figures.table, grade=str(figures.grade)))
    return inputs


def rows_of(experiment: Experiment, inputs: Sequence[Input]) -> list[Row]:
    """Build the rows of the design.

    Each maps values that are tried together by name.

    Raises:
        BatchError: if the design needs a package that is not installed.
    """
    design = experiment.design
    if design is None or not inputs:
        return [{}]
    if design.method == "list":
        return [dict(row) for row in design.rows]
    if design.method == "one_at_a_time":
        return _rows_alone(inputs)
    return rows_at(cube_of(experiment, inputs), inputs, experiment.replications.at_most)


def cube_of(experiment: Experiment, inputs: Sequence[Input]) -> Floats:
    """Sample the unit cube [rows, inputs] for a design.

    The design is no list.

    Raises:
        BatchError: if the design needs a package that is not installed.
    """
    design = experiment.design
    assert design is not None
    if design.method == "grid":
        return _grid(inputs, design, experiment)
    if not design.cross_levers:
        return _sample(len(inputs), design)
    levers = np.array([input.is_lever for input in inputs])
    choices = _grid([input for input in inputs if input.is_lever], design, experiment)
    futures = _sample(int((~levers).sum()), design)
    cube = np.empty((len(futures) * len(choices), len(inputs)))
    cube[:, levers] = np.tile(choices, (len(futures), 1))
    cube[:, ~levers] = np.repeat(futures, len(choices), axis=0)
    return cube


def rows_at(cube: Floats, inputs: Sequence[Input], replications: int) -> list[Row]:
    """Map samples of the unit cube [rows, inputs] to values."""
    return [
        {
            input.name: value_at(input, float(share), replications)
            for input, share in zip(inputs, row, strict=True)
        }
        for row in cube
    ]


def unit_cube(names: Sequence[str]) -> dict[str, Any]:
    """Describe the unit cube as a problem of SALib."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def apply_row(arm: Scenario, name: str, inputs: Sequence[Input], row: Row, source: str) -> Scenario:
    """Apply the values of a row to the scenario of an arm.

    `source` names the row in messages. What groups change was checked at both of their ends, and is entered as it is:
    a check of hundreds of figures takes longer than all else that a point needs.
    """
    changes: dict[str, object] = {}
    for input in inputs:
        if input.path and input.arm in ("", name):
            is_operated = input.operation in ("factor", "add")
            changes[input.path] = {input.operation: row[input.name]} if is_operated else row[input.name]
    scenario = with_changes(arm, changes, source) if changes else arm
    group_changes = moved_figures(inputs, row)
    if not group_changes:
        return scenario
    if not scenario.pack.keys().isdisjoint(group_changes):
        return with_changes(scenario, pack_paths(group_changes), source)
    pack = dict(sorted({**scenario.pack, **group_changes}.items()))
    return scenario.model_copy(update={"pack": pack}).with_source(scenario.files, None)


def moved_figures(inputs: Sequence[Input], row: Row) -> dict[str, Change]:
    """Compute the changes of the pack that groups make at a row, by path below `pack`."""
    changes: dict[str, Change] = {}
    for input in inputs:
        if input.moves:
            changes |= changes_at(input.moves, row[input.name])
    return changes


def pack_paths(changes: Mapping[str, Change]) -> dict[str, object]:
    """Write the paths of changes of the pack as a scenario's."""
    return {f"{PACK}{path}": change for path, change in changes.items()}


def value_at(input: Input, share: float, replications: int) -> float:
    """Compute the value of which a share of all lies below.

    It is the inverse of the distribution function.
    """
    if input.operation == "replication":
        return min(int(share * replications), replications - 1)
    distribution = input.values
    if distribution.values is not None:
        return distribution.values[min(int(share * len(distribution.values)), len(distribution.values) - 1)]
    value = _continuous(distribution, share)
    return round(value) if input.operation == "whole" else float(f"{value:.{DIGITS}g}")


def _continuous(distribution: Distribution, share: float) -> float:
    if distribution.range is not None:
        low, high = distribution.range
        return low + share * (high - low)
    if distribution.triangular is not None:
        return _triangular(*distribution.triangular, share)
    inside = min(max(share, SMALLEST_SHARE), 1.0 - SMALLEST_SHARE)
    if distribution.normal is not None:
        return NormalDist(*distribution.normal).inv_cdf(inside)
    assert distribution.lognormal_sigma is not None
    return math.exp(distribution.lognormal_sigma * NormalDist().inv_cdf(inside))


def _triangular(low: float, mode: float, high: float, share: float) -> float:
    width = high - low
    if share * width <= mode - low:
        return low + math.sqrt(share * width * (mode - low))
    return high - math.sqrt((1.0 - share) * width * (high - mode))


def _rows_alone(inputs: Sequence[Input]) -> list[Row]:
    """List the row that leaves arms as they are, then each input at its low and at its high end."""
    middle = {input.name: NEUTRAL.get(input.operation, 0.0) for input in inputs}
    ends = [(input, value_at(input, share, 1)) for input in inputs for share in end_shares(input)]
    return [middle, *({**middle, input.name: value} for input, value in ends)]


def end_shares(input: Input) -> tuple[float, float]:
    """Return the shares of the ends of an input; of what has no ends the middles of both halves."""
    return (0.0, 1.0) if input.values.range or input.values.triangular else (0.25, 0.75)


def _grid(inputs: Sequence[Input], design: Design, experiment: Experiment) -> Floats:
    """Build every combination of values.

    Of a range both ends, of what has no ends the middles of equal shares.
    """
    shares = [_shares(input, design.levels, experiment.replications.at_most) for input in inputs]
    return np.array(list(itertools.product(*shares)))


def _shares(input: Input, levels: int, replications: int) -> list[float]:
    if input.operation == "replication":
        levels = replications
    elif input.values.values is not None:
        levels = len(input.values.values)
    elif input.values.range is not None:
        return [i / (levels - 1) for i in range(levels)]
    return [(i + 0.5) / levels for i in range(levels)]


def _sample(width: int, design: Design) -> Floats:
    """Sample the unit cube [rows, width]."""
    if design.method == "latin_hypercube":
        rng = np.random.default_rng(design.seed)
        strata = np.array([rng.permutation(design.n) for _ in range(width)]).T
        return (strata + rng.random((design.n, width))) / design.n
    problem = unit_cube([f"x{i}" for i in range(width)])
    try:
        from SALib.sample import morris, sobol, sobol_sequence
    except ImportError as error:
        raise BatchError(build_message("design_needs_salib", method=design.method)) from error
    if design.method == "sobol":
        return np.asarray(sobol_sequence.sample(design.n, width))
    if design.method == "morris":
        return np.asarray(morris.sample(problem, design.n, seed=design.seed))
    return np.asarray(
        sobol.sample(problem, design.n, calc_second_order=design.second_order, seed=design.seed)
    )
