"""Added kinds that earn: what a year brought their owners."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.signals import Signals
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.investment.borrowers import Borrowers


class AddedEarnings(NamedTuple):
    """What all added kinds earned in a year, CNY of 2020."""

    operating_cny: Floats  # [W] by company
    depreciation_cny: Floats  # [W]
    by_kind_cny: Mapping[str, Floats]  # [P] operating


def earn_added(kinds: Sequence[Borrowers], signals: Signals, companies: int) -> AddedEarnings:
    """Sum the year's earnings of added kinds by owner.

    Raises:
        ExtensionError: if a kind does not give one finite number for each of its deciders.
    """
    operating, depreciation = np.zeros((2, companies))
    by_kind, provinces = {}, len(signals.policy.axes.provinces)
    for kind in kinds:
        earnings = kind.earn(signals)
        for name, value in earnings._asdict().items():
            array = np.asarray(value, dtype=float)
            if array.shape != (len(kind),) or not np.isfinite(array).all():
                facts = {"agent": type(kind).__name__, "year": signals.year, "name": name, "count": len(kind)}
                raise ExtensionError(build_message("earn_shape", **facts))
        operating += sum_by_group(kind.owner, earnings.operating_cny, companies)
        depreciation += sum_by_group(kind.owner, earnings.depreciation_cny, companies)
        by_kind[kind.kind] = sum_by_group(kind.province, earnings.operating_cny, provinces)
    return AddedEarnings(operating, depreciation, by_kind)
