"""Expected shortage: what a year's supply looks like in each of the water years that it may be like."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.days import DRY, every_day_type, part_days
from tanlu.kernels.power.hours import HourlyLoad
from tanlu.kernels.power.lacking import DayStores, ReservoirYears, SupplyYears, level_hours
from tanlu.kernels.power.shortage import (
    ExpectedShortage,
    FailingUnits,
    HelpLines,
    OutageTable,
    YearChances,
    convolve_outages,
    expect_shortage,
)
from tanlu.kernels.power.stores import StorePool
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.supply import FirmSupply, PowerYear
from tanlu.power.water import WaterCourses
from tanlu.region.power import PowerData

RIVER_ROW = 0  # of what nature gives, run-of-river
DAY_TYPES = DRY + 1  # with those of a dry spell


class ShortageInputs(NamedTuple):
    """What the expected shortage of a year is made of."""

    supply: SupplyYears
    reservoirs: ReservoirYears
    stores: DayStores
    lines: HelpLines
    years: YearChances
    units: FailingUnits
    largest_unit_mw: float


def gather_inputs(
    data: PowerData,
    offer: PowerOffer,
    year: PowerYear,
    hours: HourlyLoad,
    stores: StorePool,
    courses: WaterCourses,
) -> ShortageInputs:
    """Gather supply and water of a year as each of its water years would make it.

    Args:
        data: of the region.
        offer: what units offer.
        year: what surrounds them.
        hours: the load before the market.
        stores: storage within the day.
        courses: of water in the years that this one may be like.
    """
    day_weight = part_days(data.day_weight, courses.spell_days)
    zones = len(offer.must_run_mw)
    in_zone = (offer.zone == np.arange(zones)[:, None]).astype(float)  # [Z, U]
    thermal = _sum_zones(in_zone, offer.capacity_mw[:, None] * offer.availability)
    deviation, spread = _spread_outages(offer, in_zone, year.firm_supply)
    steady = thermal + offer.must_run_mw + year.recallable_mw - hours.committed_mw  # [Z, month]
    natural = hours.natural_mw[RIVER_ROW + 1 :].sum(axis=0)  # [Z, month, hour]
    load = hours.load_mw
    if load.shape[2] < DAY_TYPES:
        load = every_day_type(load, day_weight[0])
    demand = load - (steady[:, :, None] + natural)[:, :, None]
    supply = SupplyYears(
        day_weight=day_weight,
        demand_mw=np.ascontiguousarray(demand),
        steady_mw=courses.river_mw + _neighbours_mw(year, courses.spell_days),
        deviation_mw=deviation,
    )
    reservoirs = ReservoirYears(
        courses.energy_mwh, courses.spell_mwh, courses.minimum_mw, courses.maximum_mw, courses.stored_mwh
    )
    lines = HelpLines(year.line_zones, hours.line_forward_mw, hours.line_backward_mw, year.line_loss_share)
    help_mw = np.full(zones, year.line_mw.sum(axis=0).max(initial=0.0))
    chance = np.full(len(day_weight), 1.0 / len(day_weight))
    return ShortageInputs(
        supply,
        reservoirs,
        DayStores(*stores, help_mw),
        lines,
        YearChances(chance, day_weight, deviation, spread),
        FailingUnits(offer.zone, offer.outage_mw, offer.outage_share),
        year.firm_supply.largest_unit_mw,
    )


def _sum_zones(in_zone: Floats | Booleans, by_unit: Floats) -> Floats:
    """Sum units [U, month] by zone, in one order on every processor [Z, month]."""
    return np.asarray((in_zone[:, :, None] * by_unit).sum(axis=1))


def _spread_outages(offer: PowerOffer, in_zone: Floats, firm: FirmSupply) -> tuple[Floats, Floats]:
    """Compute the standard deviation of outages, MW [Z, month], and over that at mean availability."""
    pieces = np.ceil(offer.outage_mw / firm.largest_unit_mw).clip(1.0)
    variance = offer.outage_mw**2 / pieces * offer.outage_share * (1.0 - offer.outage_share)
    deviation = np.sqrt(_sum_zones(in_zone, variance[:, None] * offer.availability**2))
    at_mean = np.sqrt(_sum_zones(in_zone, variance[:, None]))
    return deviation, np.divide(deviation, at_mean, out=np.zeros_like(deviation), where=at_mean > 0.0)


def _neighbours_mw(year: PowerYear, spell_days: Floats) -> Floats:
    """Compute what neighbours can send in each water year, MW [W, Z, month]: less in months with a dry spell."""
    purchases, dry_share = year.border.purchases, year.firm_supply.neighbour_share_in_dry_spell
    is_neighbour = purchases.zone == np.arange(year.load_mwh.size)[:, None]
    usual = _sum_zones(is_neighbour, purchases.mw) / np.where(
        year.water.water.spell_days > 0.0, dry_share, 1.0
    )
    return np.asarray(usual * np.where(spell_days > 0.0, dry_share, 1.0)[:, None, :])


def measure_shortage(inputs: ShortageInputs) -> ExpectedShortage:
    """Measure expected shortage (docs/model/reliability.md)."""
    supply, reservoirs, stores, lines, years, units, largest_unit_mw = inputs
    table: OutageTable = convolve_outages(units, largest_unit_mw, years.deviation_mw.shape[0])
    shortage: ExpectedShortage = expect_shortage(years, table, lines, level_hours(supply, reservoirs, stores))
    return shortage
