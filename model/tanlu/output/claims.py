"""The CO2 that labelled debt claims to avoid and the change of emissions in the model, both against a baseline."""

from typing import NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.output.differences import Difference, change_in_words, difference, pairs_of, total
from tanlu.output.measures import Measured

CLAIMED, EMISSIONS = "Finance|Green|Claimed Avoidance|Outstanding", "Emissions|CO2"


class ClaimedAndSimulated(NamedTuple):
    """Claims of the debt outstanding in each year and what is emitted, sums over the years that both have, Mt CO2."""

    first_year: int
    last_year: int
    claimed_mtco2: float  # mean of the scenario
    baseline_mtco2: float  # claimed in the baseline
    emission_change: Difference  # more than in the baseline, Mt CO2


def compare_claims(result: Measured, baseline: Measured) -> ClaimedAndSimulated | None:
    """Compute claimed avoidance and the change of emissions.

    None where a result does not tell claims, or nothing is claimed.
    """
    if not all(CLAIMED in measured.measures.variables for measured in (result, baseline)):
        return None
    years = np.intersect1d(result.years, baseline.years)
    claimed, base = (total(measured, (CLAIMED,), years) for measured in (result, baseline))
    emissions, baseline_emissions = (total(measured, (EMISSIONS,), years) for measured in (result, baseline))
    if not (claimed.any() or base.any()):
        return None
    return ClaimedAndSimulated(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        claimed_mtco2=float(claimed.mean()),
        baseline_mtco2=float(base.mean()),
        emission_change=difference(emissions, baseline_emissions, pairs_of(result, baseline)),
    )


def claims_in_words(name: str, claims: ClaimedAndSimulated, language: str) -> str:
    """Write claims and the change of emissions as a sentence.

    The change has its interval where there are several replications.
    """
    figures = {key: f"{value:,.1f}" for key, value in claims._asdict().items() if key.endswith("_mtco2")}
    emission_change = change_in_words(claims.emission_change, "mtco2", language)
    years = {"first": claims.first_year, "last": claims.last_year}
    return text(language, "command.claims", {"name": name, "emitted": emission_change, **figures, **years})
