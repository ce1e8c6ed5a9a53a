"""The table of reviews: what became of each instrument of a regulator, in view of each of its aims."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tanlu.finance.government import Regulator
from tanlu.finance.reviews import Review
from tanlu.ledger.columns import Column

COLUMNS = {
    "year": "year",
    "from_year": "from_year",
    "province": "province",
    "instrument": "instrument",
    "aim": "aim",
    "aim_variable": "variable",
    "aim_unit": "unit",
    "measured": "measured",
    "aim_path": "path",
    "gap": "gap",
    "gap_sum": "gap_sum",
    "wanted_move": "wanted_move",
    "decides": "is_deciding",
    "move": "move",
    "instrument_value": "value",
    "cut_by": "cut",
    "cut_value": "cut_value",
    "cut_limit": "cut_limit",
    "forecast_year": "forecast_year",
    "forecast": "forecast",
    "forecast_path": "forecast_path",
    "out_of_reach": "is_out_of_reach",
    "joint_abatement_mtco2_per_year": "joint_abatement_mtco2_per_year",
}
NAMES = ("province", "instrument", "aim", "aim_variable", "aim_unit", "cut_by")


def review_columns(regulators: Mapping[str, Regulator]) -> dict[str, Column] | None:
    """Build the columns of all reviews of a run, by year; None where nobody reviewed anything."""
    reviews = [review for regulator in regulators.values() for review in regulator.reviews]
    if not reviews:
        return None
    reviews.sort(key=lambda review: review.year)
    return {name: _column(name, field, reviews) for name, field in COLUMNS.items()}


def _column(name: str, field: str, reviews: list[Review]) -> Column:
    values = [getattr(review, field) for review in reviews]
    return pd.Categorical(values) if name in NAMES else np.array(values)
