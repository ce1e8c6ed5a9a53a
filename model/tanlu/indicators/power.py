"""What is measured of power beside output: contracts of water by season, what coal units can do, what goes unserved."""

from collections.abc import Callable, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.indicators.base import Indicator
from tanlu.simulation.record import YearRecord

# The seasons of Sichuan's market rules, by month; May and November lie between them.
SEASON_MONTHS = {"dry": (12, 1, 2, 3, 4), "wet": (6, 7, 8, 9, 10)}


def power_indicators() -> list[Indicator]:
    """Return the agreed price of water by season, what coal units can do and burn, peak and unserved load."""
    return [
        *(
            Indicator(
                f"Price|Electricity|Hydro Contracts|{season.title()} Months",
                "CNY2020/MWh",
                _agreed(months),
                _sold(months),
            )
            for season, months in SEASON_MONTHS.items()
        ),
        Indicator("Capacity|Electricity|Coal|Flexible", "GW", lambda r: r.flexible_coal_mw / 1e3),
        Indicator("Primary Energy|Biomass|Coal Units", "PJ/yr", lambda r: r.cofired_gj / 1e6),
        Indicator("Peak Load|Electricity", "GW", lambda r: r.peak_load_mw / 1e3),
        Indicator("Unserved Energy|Electricity", "TWh/yr", lambda r: r.unserved_mwh / 1e6),
        Indicator("Unserved Energy|Electricity|Industry", "TWh/yr", lambda r: r.shed_mwh / 1e6),
    ]


def _sold(months: Sequence[int]) -> Callable[[YearRecord], Floats]:
    """Return how to add up what water sells in its province in some months, MWh [Y, P]."""
    rows = [month - 1 for month in months]
    return lambda record: np.asarray(record.hydro_sold_mwh[:, :, rows].sum(axis=2))


def _agreed(months: Sequence[int]) -> Callable[[YearRecord], Floats]:
    """Return how to find what it earns for a MWh of them, CNY/MWh [Y, P]; 0 where it sells nothing."""
    rows, sold = [month - 1 for month in months], _sold(months)
    return lambda record: np.asarray(
        record.hydro_paid_cny[:, :, rows].sum(axis=2) / np.maximum(sold(record), 1e-9)
    )
