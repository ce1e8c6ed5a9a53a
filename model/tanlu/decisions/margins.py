"""What the margins of power units in the ledger follow from: a year, and the year expected in a decision."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.margins import MarginEntry
from tanlu.power.plants import PowerPlants
from tanlu.power.state import operating_mw

ELECTRICITY = SECTOR["electricity"]


def year_margins(plants: PowerPlants, accounts: PlantAccounts, year: int) -> MarginEntry:
    """Return the year of all thermal units in operation as an entry; once they remember it, and before the next."""
    n = accounts.output_mwh.size  # units decided this year come later
    rows = plants.thermal_running(year)
    remembered = plants.profit_cny[:n, -1]
    captured_co2 = remembered - (accounts.profit_cny - accounts.reserve_cny)
    return _entry(plants, "year", rows[rows < n], accounts, (year, year), captured_co2)


def expected_margins(
    plants: PowerPlants, rows: Integers, signals: Signals, accounts: PlantAccounts, expected_year: int
) -> MarginEntry:
    """Return the expected year of the units that decide as an entry; to be called before anything starts.

    Args:
        plants: all of them.
        rows: of the units that decide [n].
        signals: of the year of the decision.
        accounts: of the expected year [N].
        expected_year: that year.
    """
    age = plants.contract_ages(signals, expected_year)
    stored = signals.co2.stored_support_cny_per_tco2
    support = stored[plants.capture_law, age, plants.province, ELECTRICITY]
    years = signals.year, expected_year
    return _entry(plants, "expected", rows, accounts, years, support * accounts.captured_tco2)


def _entry(
    plants: PowerPlants,
    basis: str,
    rows: Integers,
    accounts: PlantAccounts,
    years: tuple[int, int],
    captured_co2_cny: Floats,
) -> MarginEntry:
    """Return an entry of units that are in operation, `years` being that of the entry and that of the accounts."""
    now, year = years
    n = accounts.output_mwh.size
    net_mw = operating_mw(plants, now, year)[:n]
    fixed = plants.fuel_records["fixed_om_cny_per_kw_year"][plants.fuel[:n]]
    return MarginEntry(
        year=now,
        basis=basis,
        roster=plants.roster,
        rows=rows[net_mw[rows] > 0.0],
        accounts=accounts,
        net_mw=net_mw,
        fixed_cny=np.asarray(net_mw * KW_PER_MW * fixed),
        captured_co2_cny=captured_co2_cny,
    )
