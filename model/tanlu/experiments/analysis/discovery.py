"""When does a policy fail: boxes of futures by PRIM, and a tree of them by CART, both of ema_workbench."""

import math
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Integers
from tanlu.core.words.messages import build_message
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns
from tanlu.experiments.analysis.tables import SEED, Analysis, Note, ranked, share_interval
from tanlu.experiments.designs import Input, Row
from tanlu.experiments.executors import BatchError
from tanlu.experiments.outcomes import ExperimentOutcome

SMALLEST_SHARE = 0.05  # of all futures in a box or a leaf
SIGNIFICANT = 0.05  # largest quasi-p of a limit that stays
MOST_LEAVES = 6
FOLDS = 5

type Limits = dict[str, tuple[float, float]]  # lowest and highest value by factor


class Futures(NamedTuple):
    """Rows of a design whose outcome is known to keep or to break its bound."""

    values: pd.DataFrame  # [N] rows, a column a factor
    breaks: Booleans  # [N]
    undecided: int  # rows whose interval over chance holds the bound


class Box(NamedTuple):
    """A part of all futures."""

    limits: Limits  # of the factors that it restricts
    quasi_p: dict[str, float]


def futures_of(
    runs: OutcomeRuns, outcome: ExperimentOutcome, inputs: tuple[Input, ...], rows: Sequence[Row]
) -> Futures:
    """Select the futures in which the bound is surely kept or broken."""
    margins = outcome.margins(runs.values)
    decided = ~(np.abs(margins) <= runs.half_widths)  # of one draw all are, as its noise is not known
    names = [x.name for x in inputs if x.operation != "replication" and x.arm in ("", runs.arm)]
    values = pd.DataFrame([{name: float(rows[i][name]) for name in names} for i in runs.rows[decided]])
    return Futures(values, margins[decided] < 0.0, int((~decided).sum()))


def prim(runs: OutcomeRuns, futures: Futures, inputs: tuple[Input, ...], unit: str) -> Analysis:
    """Find the box of futures that break the bound, by PRIM.

    It holds most that break the bound and few others. Its coverage is the share of all that break it, its density the
    share of its own futures that do. Limits whose quasi-p is above 0.05 are dropped. Both shares are told again of
    boxes found without the futures they are tried on.
    """
    notes = [_count_note(futures)]
    box = _box_of(futures) if _can_be_split(futures) else Box({}, {})
    if box.limits:
        notes.append(Note("box", _shares(futures, inside(futures.values, box.limits))))
        notes.append(Note("held_out", _held_out(futures)))
    else:
        notes.append(Note("no_box", {}))
    grades = {x.name: x.grade for x in inputs}
    table = pd.DataFrame(
        [
            (
                name,
                grades[name],
                *_limits_or_nan(limits, futures.values[name]),
                box.quasi_p[name],
                len(futures.breaks),
            )
            for name, limits in box.limits.items()
        ],
        columns=["factor", "grade", "low", "high", "quasi_p", "pairs"],
    )
    return Analysis("prim", runs.arm, runs.outcome, unit, table, runs.noise_share, tuple(notes))


def cart(runs: OutcomeRuns, futures: Futures, unit: str) -> Analysis:
    """Build a tree of futures, and list its leaves.

    Each has its rule, and the share of its futures that break the bound.
    """
    leaves = []
    for limits in _leaves_of(futures) if _can_be_split(futures) else ():
        shares = _shares(futures, inside(futures.values, limits))
        rule = "; ".join(_rule(name, limits[name]) for name in limits) or "–"
        leaves.append(
            (rule, shares["density"], shares["density_half_width"], shares["coverage"], shares["inside"])
        )
    names = ["rule", "density", "half_width", "coverage", "pairs"]
    table = pd.DataFrame(leaves, columns=names)
    base = float(futures.breaks.mean()) if futures.breaks.size else math.nan
    noise = np.asarray((table["density"] - base).abs() <= table["half_width"], bool)
    ranks = np.asarray(table["density"].rank(ascending=False, method="min"), np.int64)
    ranked_table = ranked(table, ranks, noise, "density")
    return Analysis(
        "cart", runs.arm, runs.outcome, unit, ranked_table, runs.noise_share, (_count_note(futures),)
    )


def inside(values: pd.DataFrame, limits: Limits) -> Booleans:
    """Test which rows are within limits [N]."""
    is_inside = np.ones(len(values), bool)
    for name, (low, high) in limits.items():
        is_inside &= values[name].between(low, high).to_numpy()
    return is_inside


def _can_be_split(futures: Futures) -> bool:
    fewest = max(2, math.ceil(SMALLEST_SHARE * futures.breaks.size))
    return fewest <= int(futures.breaks.sum()) <= futures.breaks.size - fewest


def _count_note(futures: Futures) -> Note:
    count = {"breaks": int(futures.breaks.sum()), "futures": int(futures.breaks.size)}
    return Note("futures", count | {"undecided": futures.undecided})


def _shares(futures: Futures, is_inside: Booleans) -> dict[str, Any]:
    """Compute coverage and density of a part, with half-widths.

    They are in futures.
    """
    return _shares_of(
        int(is_inside.sum()), int((futures.breaks & is_inside).sum()), int(futures.breaks.sum())
    )


def _shares_of(number: int, breaking_inside: int, breaks: int) -> dict[str, Any]:
    return {
        "inside": number,
        "coverage": breaking_inside / breaks if breaks else math.nan,
        "coverage_half_width": share_interval(breaking_inside, breaks)[1],
        "density": breaking_inside / number if number else math.nan,
        "density_half_width": share_interval(breaking_inside, number)[1],
    }


def _held_out(futures: Futures) -> dict[str, Any]:
    """Test boxes on futures that they were not found in.

    They are found in four fifths of the futures and tried on the rest.
    """
    fold = np.random.default_rng(SEED).permutation(np.arange(futures.breaks.size) % FOLDS)
    counts: Integers = np.zeros(3, int)
    for number in range(FOLDS):
        training, test = (_part(futures, rows) for rows in (fold != number, fold == number))
        box = _box_of(training) if _can_be_split(training) else Box({}, {})
        is_inside = inside(test.values, box.limits)
        counts += [is_inside.sum(), (test.breaks & is_inside).sum(), test.breaks.sum()]
    return _shares_of(*(int(count) for count in counts))


def _part(futures: Futures, rows: Booleans) -> Futures:
    return Futures(futures.values[rows].reset_index(drop=True), futures.breaks[rows], 0)


def _box_of(futures: Futures) -> Box:
    """Find PRIM's box with the best coverage and density.

    The best has the largest harmonic mean of both.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, about calls of the library's own
        box = _workbench("prim").Prim(futures.values, futures.breaks, mass_min=SMALLEST_SHARE).find_box()
        return _best_box(box) if box is not None else Box({}, {})


def _best_box(box: Any) -> Box:
    path = box.peeling_trajectory
    means = path["coverage"] * path["density"] / (path["coverage"] + path["density"]).clip(lower=1e-12)
    position = int(means.to_numpy(float).argmax())
    while True:
        quasi_p = {
            name: max(p for p in p_values if p >= 0.0) for name, p_values in box.p_values[position].items()
        }
        worst = max(quasi_p, key=quasi_p.__getitem__, default="")
        if not worst or quasi_p[worst] <= SIGNIFICANT:
            break
        box.drop_restriction(worst, position)
        position = len(box.box_lims) - 1
    limits = box.box_lims[position]
    return Box(
        {name: (float(limits[name].iloc[0]), float(limits[name].iloc[1])) for name in quasi_p}, quasi_p
    )


def _leaves_of(futures: Futures) -> Iterator[Limits]:
    """Yield the limits of the leaves of a tree grown best first.

    Unmoved sides have no limit.
    """
    from sklearn.tree import DecisionTreeClassifier

    tree = _workbench("cart").CART(futures.values, futures.breaks, mass_min=SMALLEST_SHARE)
    smallest_leaf = math.ceil(SMALLEST_SHARE * futures.breaks.size)
    # As CART grows it, but small, and the same each time: it breaks ties by lot otherwise.
    tree.clf = DecisionTreeClassifier(
        min_samples_leaf=smallest_leaf, max_leaf_nodes=MOST_LEAVES, random_state=SEED
    )
    tree.clf.fit(futures.values.to_numpy(), futures.breaks)
    for box in tree.boxes:
        limits = {name: _open_limits(box[name], futures.values[name]) for name in box.columns}
        yield {name: ends for name, ends in limits.items() if ends != (-math.inf, math.inf)}


def _workbench(module: str) -> Any:
    """Import a module of ema_workbench.

    Raises:
        BatchError: if it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of its other parts, which want more packages
            return import_module(f"ema_workbench.analysis.{module}")
    except ImportError as error:
        raise BatchError(build_message("needs_workbench")) from error


def _open_limits(limits: "pd.Series[float]", values: "pd.Series[float]") -> tuple[float, float]:
    """Remove limits that are those of all values."""
    low, high = float(limits.iloc[0]), float(limits.iloc[1])
    return (low if low > values.min() else -math.inf, high if high < values.max() else math.inf)


def _limits_or_nan(limits: tuple[float, float], values: "pd.Series[float]") -> tuple[float, float]:
    """Replace limits that are those of all values by NaN."""
    low, high = _open_limits(pd.Series(limits), values)
    return (low if math.isfinite(low) else math.nan, high if math.isfinite(high) else math.nan)


def _rule(name: str, limits: tuple[float, float]) -> str:
    low, high = (f"{end:.4g}" if math.isfinite(end) else "" for end in limits)
    if low and high:
        return f"{low} < {name} <= {high}"
    return f"{name} > {low}" if low else f"{name} <= {high}"
