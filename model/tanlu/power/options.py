"""Which options are closed to thermal units, and why, before anything is valued."""

from typing import TYPE_CHECKING

from tanlu.core.arrays import Booleans, Integers
from tanlu.investment.closed_by import Bar, Closed, ClosedBy, side_by_side
from tanlu.power.adequacy import retirement_closed
from tanlu.power.capture import capture_closed
from tanlu.power.cofiring import cofiring_closed
from tanlu.power.flexibility import flexibility_closed
from tanlu.region.power import OPEN_END_YEAR

if TYPE_CHECKING:
    from tanlu.power.plants import PowerPlants


def closed_options(plants: "PowerPlants", rows: Integers, year: int) -> tuple[Booleans, Closed]:
    """Return which units decide this year [n], and what closes options to them [n, K].

    Reasons that last come first: no window is told of an option that a window would open. Who has just signed with its
    CO2 hub decides on capture at once.

    Args:
        plants: all of them.
        rows: thermal units in operation [n].
        year: of the decision.
    """
    wait = plants.years_to_window(rows, year)
    committed = (plants.contract_tco2[rows] > 0.0) & (plants.capture_year[rows] == OPEN_END_YEAR)
    no_window = Bar(ClosedBy.NO_WINDOW, wait > 0, limit=year + wait)
    closed = side_by_side(
        Closed.by_any(rows.size),  # carrying on is open to everybody
        capture_closed(plants, rows, year, no_window._replace(holds=(wait > 0) & ~committed)),
        retirement_closed(plants, rows, year, no_window),
        flexibility_closed(plants, rows, no_window),
        cofiring_closed(plants, rows, year, no_window),
    )
    return (wait == 0) | committed, closed
