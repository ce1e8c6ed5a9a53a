"""The table of the book: for what part each factor counts in the change of CO2 of a province and sector."""

from collections.abc import Sequence

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.axes import SECTORS
from tanlu.core.units import T_PER_MT
from tanlu.indicators.book import BOOK_PARTS
from tanlu.ledger.columns import Column, Text, joined
from tanlu.records.book import BookRecord

SMALLEST_MT = 1e-12  # smaller parts are rounding of the sums


def book_columns(record: BookRecord, years: Integers, provinces: Sequence[str]) -> dict[str, Column]:
    """Build the columns of the change of CO2 by factor.

    One row a year, province, sector and factor that counts for anything.

    Args:
        record: of a run, stacked.
        years: of the run.
        provinces: of the region.
    """
    change_mt = record.change_tco2[..., [part.column for part in BOOK_PARTS]] / T_PER_MT
    t, province, sector, part = np.nonzero(np.abs(change_mt) > SMALLEST_MT)
    return joined(
        [
            {
                "year": years[t],
                "province": Text(provinces, province),
                "sector": Text(SECTORS, sector),
                "set_by": Text([x.mark for x in BOOK_PARTS], part),
                "factor": Text([x.factor for x in BOOK_PARTS], part),
                "change_mtco2": change_mt[t, province, sector, part],
            }
        ]
    )
