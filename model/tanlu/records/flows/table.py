"""The payments of all years of a run as a table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tanlu.ledger.columns import Column
from tanlu.records.flows.year import YearFlows

NAMES = ("payer", "payee", "item")


def flow_columns(years: Sequence[YearFlows]) -> dict[str, Column]:
    """Return one row a payer, payee and item of each year."""
    flows = [flow for year in years for flow in year.flows]
    return {
        "year": np.repeat([year.year for year in years], [len(year.flows) for year in years]),
        **{name: pd.Categorical([getattr(flow, name) for flow in flows]) for name in NAMES},
        "value_cny": np.array([flow.value_cny for flow in flows]),
    }
