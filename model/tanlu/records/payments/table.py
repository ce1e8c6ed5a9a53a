"""The payments of all years of a run as a table."""

from collections.abc import Sequence

import numpy as np

from tanlu.core.payments import YearPayments
from tanlu.ledger.columns import Column, Part, Text, joined


def flow_columns(years: Sequence[YearPayments]) -> dict[str, Column]:
    """Build one row a payer, payee and item of each year."""
    return joined([_year_columns(year) for year in years])


def _year_columns(year: YearPayments) -> dict[str, Part]:
    """Build the rows of a year."""
    payer, payee, purpose, value = year.totals
    return {
        "year": np.full(value.size, year.year),
        "payer": Text(year.parties, payer),
        "payee": Text(year.parties, payee),
        "item": Text(year.items, purpose),
        "value_cny": value,
    }
