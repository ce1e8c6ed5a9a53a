"""Additional lending: green loans of a scenario that its baseline lacks, and what their support cost."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words import text
from tanlu.output.measured import Measured

GREEN = "Finance|Green Loans|Granted"
SUPPORT = ("Public Budget|Interest Subsidy", "Public Budget|Guarantees")


class AdditionalLending(NamedTuple):
    """Green loans against a baseline, sums over the years that both have, bn CNY, undiscounted."""

    first_year: int
    last_year: int
    replications: int  # pairs with the same draws; 1 where the two results differ in number
    granted_bn_cny: float
    baseline_bn_cny: float
    additional_bn_cny: float  # mean
    additional_p05_bn_cny: float  # over the pairs
    additional_p95_bn_cny: float
    support_bn_cny: float  # interest subsidies and guarantees less those of the baseline

    @property
    def anyway_share(self) -> float:
        """Part of the green loans that came in the baseline too; NaN where there are none."""
        granted = self.granted_bn_cny
        return min(self.baseline_bn_cny / granted, 1.0) if granted > 0.0 else np.nan


def additional_lending(result: Measured, baseline: Measured) -> AdditionalLending | None:
    """Return what green loans a scenario has beyond its baseline; None where a result does not tell them."""
    needed = {GREEN, *SUPPORT}
    if not all(needed <= {*one.measures.variables} for one in (result, baseline)):
        return None
    years = np.intersect1d(result.years, baseline.years)
    granted, base = (_total(one, (GREEN,), years) for one in (result, baseline))
    support = _total(result, SUPPORT, years).mean() - _total(baseline, SUPPORT, years).mean()
    paired = granted.size == base.size
    change = granted - base if paired else np.array([granted.mean() - base.mean()])
    low, high = np.quantile(change, [0.05, 0.95])
    return AdditionalLending(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        replications=change.size,
        granted_bn_cny=float(granted.mean()),
        baseline_bn_cny=float(base.mean()),
        additional_bn_cny=float(change.mean()),
        additional_p05_bn_cny=float(low),
        additional_p95_bn_cny=float(high),
        support_bn_cny=float(support),
    )


def lending_in_words(name: str, lending: AdditionalLending, language: str) -> str:
    """Return additional lending as a sentence, with its interval where there are several replications."""
    figures = {key: f"{value:,.1f}" for key, value in lending._asdict().items() if key.endswith("_bn_cny")}
    years = {"first": lending.first_year, "last": lending.last_year}
    counted = {"anyway": f"{100.0 * lending.anyway_share:.0f}", "replications": lending.replications}
    key = "command.lending" if lending.replications > 1 else "command.lending_of_one_run"
    return text(language, key, {"name": name, **figures, **years, **counted})


def _total(result: Measured, variables: tuple[str, ...], years: Integers) -> Floats:
    """Return the sum of variables over years of the whole region by replication."""
    of_years = np.isin(result.years, years)
    parts = [result.draws(variable, result.region)[:, of_years] for variable in variables]
    return np.asarray(sum(part.sum(axis=1) for part in parts))
