"""What labelled debt claims to avoid beside what emissions of the model do, both against a baseline."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words import text
from tanlu.output.measured import Measured

CLAIMED, EMITTED = "Finance|Green|Claimed Avoidance|Outstanding", "Emissions|CO2"


class ClaimedAndSimulated(NamedTuple):
    """Claims of the debt outstanding in each year and CO2 avoided, sums over the years that both have, Mt CO2."""

    first_year: int
    last_year: int
    replications: int  # pairs with the same draws; 1 where the two results differ in number
    claimed_mtco2: float  # mean of the scenario
    more_claimed_mtco2: float  # than in the baseline
    avoided_mtco2: float  # less emitted than in the baseline, mean
    avoided_p05_mtco2: float  # over the pairs
    avoided_p95_mtco2: float


def claimed_and_simulated(result: Measured, baseline: Measured) -> ClaimedAndSimulated | None:
    """Return what debt claims and what is avoided; None where a result does not tell claims, or nothing is claimed."""
    if not all(CLAIMED in one.measures.variables for one in (result, baseline)):
        return None
    years = np.intersect1d(result.years, baseline.years)
    claimed, base = (_total(one, CLAIMED, years) for one in (result, baseline))
    emitted, usual = (_total(one, EMITTED, years) for one in (result, baseline))
    if not (claimed.any() or base.any()):
        return None
    paired = emitted.size == usual.size
    avoided = usual - emitted if paired else np.array([usual.mean() - emitted.mean()])
    low, high = np.quantile(avoided, [0.05, 0.95])
    return ClaimedAndSimulated(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        replications=avoided.size,
        claimed_mtco2=float(claimed.mean()),
        more_claimed_mtco2=float(claimed.mean() - base.mean()),
        avoided_mtco2=float(avoided.mean()),
        avoided_p05_mtco2=float(low),
        avoided_p95_mtco2=float(high),
    )


def claims_in_words(name: str, claims: ClaimedAndSimulated, language: str) -> str:
    """Return both as a sentence, what is avoided with its interval where there are several replications."""
    figures = {key: f"{value:,.1f}" for key, value in claims._asdict().items() if key.endswith("_mtco2")}
    counted = {"first": claims.first_year, "last": claims.last_year, "replications": claims.replications}
    key = "command.claims" if claims.replications > 1 else "command.claims_of_one_run"
    return text(language, key, {"name": name, **figures, **counted})


def _total(result: Measured, variable: str, years: Integers) -> Floats:
    """Return the sum of a variable over years of the whole region by replication."""
    of_years = np.isin(result.years, years)
    return np.asarray(result.draws(variable, result.region)[:, of_years].sum(axis=1))
