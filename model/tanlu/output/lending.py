"""Additional green loans and bonds of a scenario that its baseline lacks, and what their support cost."""

from typing import NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.output.differences import Difference, change_in_words, difference, pairs_of, total
from tanlu.output.measures import Measured

NEW_MONEY, REFINANCING = "Finance|Green Bonds|New Money", "Finance|Green Bonds|Refinancing"
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


class AdditionalBonds(NamedTuple):
    """Green bonds against a baseline, sums over the years that both have, bn CNY, undiscounted."""

    first_year: int
    last_year: int
    new_money_bn_cny: float
    baseline_bn_cny: float  # of new money
    additional: Difference  # of new money
    refinancing: Difference


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


def additional_bonds(result: Measured, baseline: Measured) -> AdditionalBonds | None:
    """Compute the new money of green bonds beyond that of a baseline.

    None where a result does not tell it, or both issue the same bonds.
    """
    if not all({NEW_MONEY, REFINANCING} <= {*measured.measures.variables} for measured in (result, baseline)):
        return None
    years, pairs = np.intersect1d(result.years, baseline.years), pairs_of(result, baseline)
    new, base = (total(measured, (NEW_MONEY,), years) for measured in (result, baseline))
    renewed, base_renewed = (total(measured, (REFINANCING,), years) for measured in (result, baseline))
    additional, refinancing = difference(new, base, pairs), difference(renewed, base_renewed, pairs)
    if additional.unchanged and refinancing.unchanged:
        return None
    return AdditionalBonds(
        int(years[0]), int(years[-1]), float(new.mean()), float(base.mean()), additional, refinancing
    )


def bonds_in_words(name: str, bonds: AdditionalBonds, language: str) -> str:
    """Write additional bonds as a sentence, with intervals if known."""
    figures = {key: f"{getattr(bonds, key):,.1f}" for key in ("new_money_bn_cny", "baseline_bn_cny")}
    changes = {
        key: change_in_words(getattr(bonds, key), "bn_cny", language) for key in ("additional", "refinancing")
    }
    years = {"first": bonds.first_year, "last": bonds.last_year}
    return text(language, "command.bonds", {"name": name, **figures, **changes, **years})
