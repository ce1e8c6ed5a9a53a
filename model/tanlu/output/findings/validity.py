"""Whether a run holds together: a balance that leaves something open makes it invalid."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_finding

TOLERANCE = 1e-9  # of the gross flow


def open_balances(
    scenario: str, years: Integers, errors: Sequence[Mapping[str, Floats]]
) -> Iterator[Finding]:
    """Yield an error for each open balance, with its worst year.

    A balance that is no number is open too.

    Args:
        scenario: its name.
        years: of the run, [Y].
        errors: of each replication, the residuals [Y] of each balance relative to the gross flow.
    """
    for name in errors[0]:
        residuals = np.stack([replication_errors[name] for replication_errors in errors])
        residuals = np.where(np.isfinite(residuals), np.abs(residuals), np.inf)
        if residuals.max() > TOLERANCE:
            replication, year = np.unravel_index(int(residuals.argmax()), residuals.shape)
            values = {"replication": replication, "year": years[year], "size": f"{residuals.max():.2g}"}
            balance = build_message(f"balance_of_{name.removesuffix('_error')}")
            yield build_finding(Severity.error, "open-balance", Place(scenario), **values, balance=balance)
