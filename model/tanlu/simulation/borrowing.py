"""Added kinds that invest: what they see when they decide, and what a year brought their owners."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.investment.borrowers import Borrowers, BorrowersView
from tanlu.investment.population import Appraisal
from tanlu.region.pack import Region
from tanlu.simulation.added import read_only
from tanlu.simulation.views import Views


class AddedEarnings(NamedTuple):
    """What all added kinds earned in a year, CNY of 2020."""

    operating_cny: Floats  # [W] by company
    depreciation_cny: Floats  # [W]
    by_kind_cny: Mapping[str, Floats]  # [P] operating


def appraise_added(kinds: Sequence[Borrowers], region: Region, views: Views) -> tuple[Appraisal, ...]:
    """Return the appraisals of added kinds."""
    if not kinds:
        return ()
    seen = views.signals, views.expected, views.hurdle, views.belief
    signals, expected, hurdle, belief = (read_only(one) for one in seen)
    view = BorrowersView(signals.year, region, signals, expected, hurdle, belief)
    return tuple(kind.appraise(view) for kind in kinds)


def earn_added(kinds: Sequence[Borrowers], signals: Signals, companies: int) -> AddedEarnings:
    """Return what the year brought added kinds, by owner.

    Raises:
        ExtensionError: if a kind does not give one finite number for each of its deciders.
    """
    operating, depreciation = np.zeros((2, companies))
    by_kind = {}
    for kind in kinds:
        earned = kind.earn(signals)
        for name, value in earned._asdict().items():
            given = np.asarray(value, dtype=float)
            if given.shape != (len(kind),) or not np.isfinite(given).all():
                of = {"agent": type(kind).__name__, "year": signals.year, "name": name, "count": len(kind)}
                raise ExtensionError(said("earn_shape", **of))
        operating += sum_by_group(kind.owner, earned.operating_cny, companies)
        depreciation += sum_by_group(kind.owner, earned.depreciation_cny, companies)
        by_kind[kind.kind] = sum_by_group(kind.province, earned.operating_cny, P)
    return AddedEarnings(operating, depreciation, by_kind)
