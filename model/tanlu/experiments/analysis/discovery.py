"""When does a policy fail: boxes of futures by PRIM, and a tree of them by CART, both of ema_workbench."""

import math
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Integers
from tanlu.core.words.said import said
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
    one: OutcomeRuns, outcome: ExperimentOutcome, inputs: tuple[Input, ...], rows: Sequence[Row]
) -> Futures:
    """Return the futures of which it is known whether the outcome keeps its bound."""
    margins = outcome.margins(one.values)
    decided = ~(np.abs(margins) <= one.half_widths)  # of one draw all are, as its noise is not known
    names = [x.name for x in inputs if x.how != "replication" and x.arm in ("", one.arm)]
    values = pd.DataFrame([{name: float(rows[i][name]) for name in names} for i in one.rows[decided]])
    return Futures(values, margins[decided] < 0.0, int((~decided).sum()))


def prim(one: OutcomeRuns, futures: Futures, inputs: tuple[Input, ...], unit: str) -> Analysis:
    """Return the box of futures that holds most that break the bound and few others.

    Its coverage is the share of all that break it, its density the share of its own futures that do. Limits whose
    quasi-p is above 0.05 are dropped. Both shares are told again of boxes found without the futures they are tried on.
    """
    notes = [_counted(futures)]
    box = _box_of(futures) if _can_be_split(futures) else Box({}, {})
    if box.limits:
        notes.append(Note("box", _shares(futures, inside(futures.values, box.limits))))
        notes.append(Note("held_out", _held_out(futures)))
    else:
        notes.append(Note("no_box", {}))
    grades = {x.name: x.grade for x in inputs}
    table = pd.DataFrame(
        [
            (name, grades[name], *_told(limits, futures.values[name]), box.quasi_p[name], len(futures.breaks))
            for name, limits in box.limits.items()
        ],
        columns=["factor", "grade", "low", "high", "quasi_p", "pairs"],
    )
    return Analysis("prim", one.arm, one.outcome, unit, table, one.noise_share, tuple(notes))


def cart(one: OutcomeRuns, futures: Futures, unit: str) -> Analysis:
    """Return the leaves of a tree of futures: what each asks, and the share of its futures that break the bound."""
    found = []
    for limits in _leaves_of(futures) if _can_be_split(futures) else ():
        of = _shares(futures, inside(futures.values, limits))
        rule = "; ".join(_rule(name, limits[name]) for name in limits) or "–"
        found.append((rule, of["density"], of["density_half_width"], of["coverage"], of["inside"]))
    names = ["rule", "density", "half_width", "coverage", "pairs"]
    table = pd.DataFrame(found, columns=names)
    base = float(futures.breaks.mean()) if futures.breaks.size else math.nan
    noise = np.asarray((table["density"] - base).abs() <= table["half_width"], bool)
    ranks = np.asarray(table["density"].rank(ascending=False, method="min"), np.int64)
    of_noise = ranked(table, ranks, noise, "density")
    return Analysis("cart", one.arm, one.outcome, unit, of_noise, one.noise_share, (_counted(futures),))


def inside(values: pd.DataFrame, limits: Limits) -> Booleans:
    """Return which rows are within limits [N]."""
    held = np.ones(len(values), bool)
    for name, (low, high) in limits.items():
        held &= values[name].between(low, high).to_numpy()
    return held


def _can_be_split(futures: Futures) -> bool:
    fewest = max(2, math.ceil(SMALLEST_SHARE * futures.breaks.size))
    return fewest <= int(futures.breaks.sum()) <= futures.breaks.size - fewest


def _counted(futures: Futures) -> Note:
    count = {"breaks": int(futures.breaks.sum()), "futures": int(futures.breaks.size)}
    return Note("futures", count | {"undecided": futures.undecided})


def _shares(futures: Futures, held: Booleans) -> dict[str, Any]:
    """Return coverage and density of a part, in futures, and the half-widths of both."""
    return _shares_of(int(held.sum()), int((futures.breaks & held).sum()), int(futures.breaks.sum()))


def _shares_of(number: int, both: int, breaks: int) -> dict[str, Any]:
    return {
        "inside": number,
        "coverage": both / breaks if breaks else math.nan,
        "coverage_half_width": share_interval(both, breaks)[1],
        "density": both / number if number else math.nan,
        "density_half_width": share_interval(both, number)[1],
    }


def _held_out(futures: Futures) -> dict[str, Any]:
    """Return the shares of boxes that are found in four fifths of the futures and tried on the rest."""
    fold = np.random.default_rng(SEED).permutation(np.arange(futures.breaks.size) % FOLDS)
    counts: Integers = np.zeros(3, int)
    for number in range(FOLDS):
        kept, tried = (_part(futures, of) for of in (fold != number, fold == number))
        box = _box_of(kept) if _can_be_split(kept) else Box({}, {})
        held = inside(tried.values, box.limits)
        counts += [held.sum(), (tried.breaks & held).sum(), tried.breaks.sum()]
    return _shares_of(*(int(count) for count in counts))


def _part(futures: Futures, of: Booleans) -> Futures:
    return Futures(futures.values[of].reset_index(drop=True), futures.breaks[of], 0)


def _box_of(futures: Futures) -> Box:
    """Return the box of PRIM that is best in coverage and density alike, by their harmonic mean."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, about calls of the library's own
        box = _workbench("prim").Prim(futures.values, futures.breaks, mass_min=SMALLEST_SHARE).find_box()
        return _best_of(box) if box is not None else Box({}, {})


def _best_of(box: Any) -> Box:
    path = box.peeling_trajectory
    means = path["coverage"] * path["density"] / (path["coverage"] + path["density"]).clip(lower=1e-12)
    at = int(means.to_numpy(float).argmax())
    while True:
        quasi_p = {name: max(p for p in both if p >= 0.0) for name, both in box.p_values[at].items()}
        worst = max(quasi_p, key=quasi_p.__getitem__, default="")
        if not worst or quasi_p[worst] <= SIGNIFICANT:
            break
        box.drop_restriction(worst, at)
        at = len(box.box_lims) - 1
    limits = box.box_lims[at]
    return Box(
        {name: (float(limits[name].iloc[0]), float(limits[name].iloc[1])) for name in quasi_p}, quasi_p
    )


def _leaves_of(futures: Futures) -> Iterator[Limits]:
    """Yield the limits of the leaves of a tree that is grown best first, with unmoved sides without limit."""
    from sklearn.tree import DecisionTreeClassifier

    tree = _workbench("cart").CART(futures.values, futures.breaks, mass_min=SMALLEST_SHARE)
    least = math.ceil(SMALLEST_SHARE * futures.breaks.size)
    # As CART grows it, but small, and the same each time: it breaks ties by lot otherwise.
    tree.clf = DecisionTreeClassifier(min_samples_leaf=least, max_leaf_nodes=MOST_LEAVES, random_state=SEED)
    tree.clf.fit(futures.values.to_numpy(), futures.breaks)
    for box in tree.boxes:
        told = {name: _open(box[name], futures.values[name]) for name in box.columns}
        yield {name: ends for name, ends in told.items() if ends != (-math.inf, math.inf)}


def _workbench(module: str) -> Any:
    """Return a module of ema_workbench.

    Raises:
        BatchError: if it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of its other parts, which want more packages
            return import_module(f"ema_workbench.analysis.{module}")
    except ImportError as error:
        raise BatchError(said("needs_workbench")) from error


def _open(limits: "pd.Series[float]", values: "pd.Series[float]") -> tuple[float, float]:
    """Return limits with no limit where they are those of all values."""
    low, high = float(limits.iloc[0]), float(limits.iloc[1])
    return (low if low > values.min() else -math.inf, high if high < values.max() else math.inf)


def _told(limits: tuple[float, float], values: "pd.Series[float]") -> tuple[float, float]:
    """Return limits with NaN where they are those of all values."""
    low, high = _open(pd.Series(limits), values)
    return (low if math.isfinite(low) else math.nan, high if math.isfinite(high) else math.nan)


def _rule(name: str, limits: tuple[float, float]) -> str:
    low, high = (f"{end:.4g}" if math.isfinite(end) else "" for end in limits)
    if low and high:
        return f"{low} < {name} <= {high}"
    return f"{name} > {low}" if low else f"{name} <= {high}"
