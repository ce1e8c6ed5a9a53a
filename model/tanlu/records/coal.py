"""The record of coal units: what each kind generates and can, how many run low, and what biomass they burn."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.power.cofiring import biomass_gj, biomass_share
from tanlu.power.plants import PowerPlants
from tanlu.power.state import COAL
from tanlu.records.happened import YearOutcome

# What a coal unit stands for: its works' own electricity, heat that it must run for, the market, or need alone.
COAL_CLASSES = ("captive", "cogeneration", "grid", "emergency_reserve")


class CoalRecord(NamedTuple):
    """Coal units by what they stand for, and the biomass they burn."""

    class_mwh: Floats  # [P, COAL_CLASSES]
    class_mw: Floats  # [P, COAL_CLASSES] at the end of the year
    flexible_mw: Floats  # [P] units that can run as low as new ones
    cofired_gj: Floats  # [P] biomass burnt


def measure_coal(year: YearOutcome, plants: PowerPlants) -> CoalRecord:
    """Measure coal units.

    Units decided this year come later.
    """
    n, now = year.plants.output_mwh.size, year.signals.year
    active = plants.active(now)[:n]
    return CoalRecord(
        class_mwh=_by_class(plants, year.plants.output_mwh, now),
        class_mw=_by_class(plants, plants.capacity_mw[:n] * active, now),
        flexible_mw=_flexible_mw(plants, active),
        cofired_gj=_cofired_gj(year, plants),
    )


def _by_class(plants: PowerPlants, values: Floats, year: int) -> Floats:
    """Add up values [n] of coal units by class [P, COAL_CLASSES]."""
    n, count, provinces = values.size, len(COAL_CLASSES), len(plants.region.axes.provinces)
    must_run = plants.must_run_share[:n] > 0.0
    place = np.select(
        [plants.reserve_until_year[:n] >= year, plants.own_use_share[:n] > 0.0, must_run],
        [COAL_CLASSES.index(name) for name in ("emergency_reserve", "captive", "cogeneration")],
        COAL_CLASSES.index("grid"),
    )
    cell = plants.province[:n] * count + place
    return sum_by_group(cell, values * (plants.fuel[:n] == COAL), provinces * count).reshape(provinces, count)


def _flexible_mw(plants: PowerPlants, active: Booleans) -> Floats:
    """Add up coal units that run as low as new ones [P].

    Their capacity is in MW; they are online by the month.
    """
    low, n = plants.region.power.technologies.by_fuel.flexible_minimum_load_share[COAL], active.size
    share = plants.minimum_load_share[:n]
    flexible = (plants.fuel[:n] == COAL) & (share > 0.0) & (share <= low) & active
    provinces = len(plants.region.axes.provinces)
    return sum_by_group(plants.province[:n], plants.capacity_mw[:n] * flexible, provinces)


def _cofired_gj(year: YearOutcome, plants: PowerPlants) -> Floats:
    """Add up the biomass that coal units burnt, GJ [P]."""
    n = year.plants.output_mwh.size
    share = biomass_share(plants, year.signals, year.signals.year)[:n]
    burnt = biomass_gj(plants.region, plants.fuel[:n], share, year.plants.gross_tco2)
    return sum_by_group(plants.province[:n], burnt, year.power.load_mwh.size)
