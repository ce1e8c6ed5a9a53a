"""The record of new power plants: what was spent and started, and what could have been."""

from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.records.happened import Year


class NewPowerRecord(NamedTuple):
    """What is built of each technology; running units' retrofits count as coal's money."""

    investment_cny: Floats  # [P, K]
    started_mw: Floats  # [P, K]
    room_mw: Floats  # [P, K] that could be started
    hours_share: Floats  # [P, K] of the sites that are left, of the hours of the first
    connection_cny_per_kw: Floats  # [P, K] of the same, above the first site


def measure_new_power(year: Year) -> NewPowerRecord:
    """Return the record of new power plants."""
    invested = year.invested
    room = invested.room
    return NewPowerRecord(
        invested.power_cny, invested.started_mw, room.mw, room.hours_share, room.connection_cny_per_kw
    )
