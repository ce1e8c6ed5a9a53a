"""Official outlooks of electricity use: what they said of a year, and how far past ones were from what came."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.economics import power
from tanlu.region.tables import numbers, texts


class LoadOutlooks(NamedTuple):
    """Outlooks of the pack; axis O those of its provinces, in the order in which they were published."""

    published_year: Integers  # [O]
    province: Integers  # [O]
    last_year: Integers  # [O] of which they spoke
    growth: Floats  # [O] by which load is multiplied each year until then
    growth_errors: Floats  # [E] of past outlooks: factor on a year's growth, what was said over what came


def read_load_outlooks(table: pd.DataFrame, provinces: Sequence[str]) -> LoadOutlooks:
    """Read outlooks, and the errors of those whose year has come; without a table there are none.

    Raises:
        ValueError: if an outlook speaks of no later year than its base, or no past one tells its error.
    """
    years = numbers(table, "year") - numbers(table, "base_year")
    if (years < 1.0).any():
        row = table[years < 1.0].iloc[0]
        raise ValueError(
            f"load_outlook: the outlook of {row['published_on']} needs a base_year before {row['year']}"
        )
    load, came = numbers(table, "load_twh"), numbers(table, "came_twh", np.nan)
    has_come = ~np.isnan(came)
    if not has_come.any() and not table.empty:
        raise ValueError("load_outlook: one row at least needs came_twh, to tell how wrong outlooks are")
    growth = power(load / numbers(table, "base_twh"), 1.0 / years)
    published = texts(table, "published_on")
    regions = texts(table, "region")
    rows = sorted((day, i) for i, day in enumerate(published) if regions[i] in provinces)
    order = np.array([i for _, i in rows], dtype=np.int64)
    return LoadOutlooks(
        published_year=np.array([int(published[i][:4]) for i in order], dtype=np.int64),
        province=np.array([provinces.index(regions[i]) for i in order], dtype=np.int64),
        last_year=numbers(table, "year")[order].astype(np.int64),
        growth=growth[order],
        growth_errors=np.ones(1) if table.empty else power((load / came)[has_come], 1.0 / years[has_come]),
    )
