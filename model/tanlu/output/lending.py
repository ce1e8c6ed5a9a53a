"""Additional lending: green loans of a scenario that its baseline lacks, and what their support cost."""

from typing import NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.output.differences import Difference, change_in_words, difference, pairs_of, total
from tanlu.output.measures import Measured

GREEN = "Finance|Green Loans|Granted"
SUPPORT = ("Public Budget|Interest Subsidy", "Public Budget|Guarantees")


class AdditionalLending(NamedTuple):
    """Green loans against a baseline, sums over the years that both have, bn CNY, undiscounted."""

    first_year: int
    last_year: int
    granted_bn_cny: float
    baseline_bn_cny: float
    additional: Difference  # bn CNY
    support: Difference  # bn CNY, interest subsidies and guarantees less those of the baseline

    @property
    def anyway_share(self) -> float:
        """Compute the share of green loans that the baseline has too; NaN if none."""
        granted = self.granted_bn_cny
        return min(self.baseline_bn_cny / granted, 1.0) if granted > 0.0 else np.nan


def additional_lending(result: Measured, baseline: Measured) -> AdditionalLending | None:
    """Compute the green loans of a scenario beyond its baseline.

    None where a result does not tell them.
    """
    needed_variables = {GREEN, *SUPPORT}
    if not all(needed_variables <= {*measured.measures.variables} for measured in (result, baseline)):
        return None
    years = np.intersect1d(result.years, baseline.years)
    granted, base = (total(measured, (GREEN,), years) for measured in (result, baseline))
    support, baseline_support = (total(measured, SUPPORT, years) for measured in (result, baseline))
    pairs = pairs_of(result, baseline)
    return AdditionalLending(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        granted_bn_cny=float(granted.mean()),
        baseline_bn_cny=float(base.mean()),
        additional=difference(granted, base, pairs),
        support=difference(support, baseline_support, pairs),
    )


def lending_in_words(name: str, lending: AdditionalLending, language: str) -> str:
    """Write additional lending as a sentence, with its interval if known."""
    figures = {key: f"{value:,.1f}" for key, value in lending._asdict().items() if key.endswith("_bn_cny")}
    years = {"first": lending.first_year, "last": lending.last_year}
    changes = {
        key: change_in_words(getattr(lending, key), "bn_cny", language) for key in ("additional", "support")
    }
    values = {"name": name, "anyway": f"{100.0 * lending.anyway_share:.0f}", **changes}
    return text(language, "command.lending", {**values, **figures, **years})
