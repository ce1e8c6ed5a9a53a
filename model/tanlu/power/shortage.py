"""Expected shortage: what a year's supply looks like in each of the years that it may be like, and what it lacks."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import HOURS
from tanlu.core.days import DRY, every_day_type, part_days
from tanlu.core.outcomes import Adequacy
from tanlu.kernels.power.capacity_credit import HourCredits, credit_hours
from tanlu.kernels.power.hours import HourlyLoad
from tanlu.kernels.power.lacking import DayStores, ReservoirYears, SupplyYears, level_hours
from tanlu.kernels.power.shortage import (
    FailingUnits,
    HelpLines,
    OutageSpread,
    OutageTable,
    ShortHours,
    YearChances,
    convolve_outages,
    expect_shortage,
    spread_outages,
)
from tanlu.kernels.power.stores import StorePool
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.neighbours import share_in_spell
from tanlu.power.supply import FirmSupply, PowerYear
from tanlu.power.water import WaterCourses
from tanlu.region.power import PowerData

RIVER_ROW = 0  # of what nature gives, run-of-river
DAY_TYPES = DRY + 1  # with those of a dry spell
GUARD, FAR = (
    2.0,
    6.0,
)  # standard deviations of outages: what water and stores keep, and beyond which nothing lacks
LOOKS = 5  # at a capacity, for what is missing
CLOSE = 0.25  # of the logarithm of hours over accepted hours; one step on from there is not looked at
LEAST_HOURS, LEAST_STEP_MW = 1e-4, 100.0
USUAL_SLOPE, FLATTEST, STEEPEST = (
    1.5,
    0.3,
    4.0,
)  # by which that logarithm falls in a standard deviation of outages
LEAST_PART, LONGEST_STEP = 0.1, 8.0  # of a bracket; and standard deviations
CREDITED_HOURS = (2, 4)  # of stores that are credited


class ShortageInputs(NamedTuple):
    """What the expected shortage of a year is made of."""

    supply: SupplyYears
    reservoirs: ReservoirYears
    stores: DayStores
    lines: HelpLines
    years: YearChances
    table: OutageTable
    profile: Floats  # [Z, N, month, hour] of what is credited: wind, sun, and what burns fuel
    help_mw: Floats  # [Z] most that a zone's lines carry
    firm_supply: FirmSupply


def gather_inputs(
    data: PowerData,
    offer: PowerOffer,
    year: PowerYear,
    hours: HourlyLoad,
    stores: StorePool,
    courses: WaterCourses,
) -> ShortageInputs:
    """Gather supply, water and load of a year as each of the years that it may be like would make it.

    Args:
        data: of the region.
        offer: what units offer.
        year: what surrounds them.
        hours: the load before the market.
        stores: storage within the day.
        courses: of water in the years that this one may be like.
    """
    day_weight = part_days(data.day_weight, courses.spell_days)
    zones, firm = len(offer.must_run_mw), year.firm_supply
    units = FailingUnits(offer.zone, offer.outage_mw, offer.outage_share)
    spread: OutageSpread = spread_outages(units, offer.availability, firm.largest_unit_mw, zones)
    supply = SupplyYears(
        day_weight=day_weight,
        demand_mw=_sum_demand(data, offer, year, hours, courses.is_own),
        steady_mw=courses.river_mw + _neighbours_mw(firm, courses.spell_days),
        guard_mw=GUARD * spread.by_month_mw,
        far_mw=FAR * spread.by_month_mw,
    )
    chance = np.full(len(day_weight), 1.0 / len(day_weight))
    at_mean = spread.deviation_mw[:, None]
    by_spread = np.divide(spread.by_month_mw, at_mean, out=np.zeros_like(supply.far_mw), where=at_mean > 0.0)
    table: OutageTable = convolve_outages(units, spread, firm.largest_unit_mw)
    return ShortageInputs(
        supply,
        ReservoirYears(
            courses.energy_mwh, courses.spell_mwh, courses.minimum_mw, courses.maximum_mw, courses.stored_mwh
        ),
        DayStores(*stores),
        HelpLines(year.line_zones, hours.line_forward_mw, hours.line_backward_mw, year.line_loss_share),
        YearChances(chance, day_weight, supply.far_mw, by_spread),
        table,
        np.concatenate([data.renewable_profile, _repeat_hours(firm.burner_share)], axis=1),
        np.full(zones, year.line_mw.sum(axis=0).max(initial=0.0)),
        firm,
    )


def _repeat_hours(by_month: Floats) -> Floats:
    """Repeat values of months [Z, N, month] in each hour of the day."""
    return np.repeat(by_month[..., None], HOURS, axis=-1)


def _sum_demand(
    data: PowerData, offer: PowerOffer, year: PowerYear, hours: HourlyLoad, is_own: bool
) -> Floats:
    """Sum load and contracts less what gives the same in each water year, MW [W, Z, month, day type, hour].

    Load has the heat and cold of each of those years.
    """
    zones = len(offer.must_run_mw)
    in_zone = (offer.zone == np.arange(zones)[:, None]).astype(float)  # [Z, U]
    thermal = _sum_zones(in_zone, offer.capacity_mw[:, None] * offer.availability)
    steady = thermal + offer.must_run_mw + year.recallable_mw - hours.committed_mw  # [Z, month]
    natural = hours.natural_mw[RIVER_ROW + 1 :].sum(axis=0)  # [Z, month, hour]
    three_types = np.zeros((1, DAY_TYPES))  # whose weights nobody reads
    load = hours.load_mw
    if load.shape[2] < DAY_TYPES:
        load = every_day_type(load, three_types)
    demand = (load - (steady[:, :, None] + natural)[:, :, None])[None]
    if not is_own:
        seasons, factor = year.firm_supply.seasons
        cooling, heating = (factor - 1.0).transpose(1, 0, 2)[..., None, None, None]
        demand = demand + every_day_type(cooling * seasons[0] + heating * seasons[1], three_types)
    return np.ascontiguousarray(demand)


def _sum_zones(in_zone: Floats | Booleans, by_unit: Floats) -> Floats:
    """Sum units [U, month] by zone, in one order on every processor [Z, month]."""
    return np.asarray((in_zone[:, :, None] * by_unit).sum(axis=1))


def _neighbours_mw(firm: FirmSupply, spell_days: Floats) -> Floats:
    """Compute what neighbours can send in each water year, MW [W, Z, month]: less in months with a dry spell."""
    share = share_in_spell(spell_days, firm.neighbour_share_in_dry_spell)
    return np.asarray(firm.neighbours_mw * share[:, None, :])


def measure_shortage(inputs: ShortageInputs) -> tuple[Floats, ShortHours]:
    """Measure what zones lack when they help others, MW [W, Z, month, day type, hour], and expected shortage.

    They help with all that lines carry, so months are looked at in which they may have less than that to spare.
    """
    beyond = inputs.supply.far_mw + inputs.help_mw[:, None]
    helping = level_hours(inputs.supply._replace(far_mw=beyond), inputs.reservoirs, inputs.stores)
    shortage: ShortHours = expect_shortage(inputs.years, inputs.table, inputs.lines, helping, helping)
    return helping, shortage


def measure_adequacy(inputs: ShortageInputs) -> Adequacy:
    """Measure expected shortage, missing capacity and capacity credits (docs/model/reliability.md)."""
    helping, shortage = measure_shortage(inputs)
    missing_mw, nearest = _search_missing(inputs, helping, shortage)
    credit: HourCredits = credit_hours(nearest.chance, inputs.supply.day_weight, inputs.profile)
    stores = credit.of_hours[:, [hours - 1 for hours in CREDITED_HOURS]]
    return Adequacy(
        shortage.hours, shortage.mwh, missing_mw, np.concatenate([credit.of_profile, stores], axis=1)
    )


class _ZoneSearch:
    """What is known of a zone's missing capacity: short hours fall as firm capacity grows.

    The logarithm of hours is nearly straight in the tail, so steps follow the line through the last two looks.
    """

    def __init__(self, accepted_hours: float, deviation_mw: float) -> None:
        self.accepted_hours, self.unit_mw = accepted_hours, deviation_mw + LEAST_STEP_MW
        self.low_mw, self.high_mw = -np.inf, np.inf
        self.last: tuple[float, float] | None = None
        self.is_close = False

    def look(self, firm_mw: float, hours: float) -> float:
        """Note the hours at some firm MW; return where they should be those accepted."""
        beyond = math.log(max(hours, LEAST_HOURS) / self.accepted_hours)
        self.is_close = abs(beyond) < CLOSE
        if beyond > 0.0:
            self.low_mw = max(self.low_mw, firm_mw)
        else:
            self.high_mw = min(self.high_mw, firm_mw)
        slope = USUAL_SLOPE / self.unit_mw
        if self.last is not None and firm_mw != self.last[0] and self.last[1] > math.log(LEAST_HOURS):
            slope = (self.last[1] - beyond) / (firm_mw - self.last[0])
        slope = min(max(slope, FLATTEST / self.unit_mw), STEEPEST / self.unit_mw)
        self.last = firm_mw, beyond
        longest_mw = LONGEST_STEP * self.unit_mw
        next_mw = firm_mw + min(max(beyond / slope, -longest_mw), longest_mw)
        if math.isinf(self.low_mw) or math.isinf(self.high_mw):
            return next_mw
        part_mw = 0.0 if self.is_close else LEAST_PART * (self.high_mw - self.low_mw)
        return min(max(next_mw, self.low_mw + part_mw), self.high_mw - part_mw)


def _search_missing(
    inputs: ShortageInputs, helping_mw: Floats, at_present: ShortHours
) -> tuple[Floats, ShortHours]:
    """Search the firm capacity with which each zone would be short in just the accepted hours, MW [Z].

    Below zero it is what could leave. Other zones stay as they are; water and stores are laid again at each look. The
    search begins at last year's answer; what it returns besides is the look that came last.
    """
    firm, supply = inputs.firm_supply, inputs.supply
    searches = [_ZoneSearch(firm.accepted_hours, mw / FAR) for mw in supply.far_mw.max(axis=1)]
    for search, hours in zip(searches, at_present.hours, strict=True):
        search.look(0.0, hours)
    missing_mw, looked = firm.start_mw.copy(), at_present
    for _ in range(LOOKS):
        steady = supply.steady_mw + missing_mw[:, None]
        lacking = level_hours(supply._replace(steady_mw=steady), inputs.reservoirs, inputs.stores)
        looked = expect_shortage(inputs.years, inputs.table, inputs.lines, lacking, helping_mw)
        looks = zip(searches, missing_mw, looked.hours, strict=True)
        missing_mw = np.array([search.look(mw, hours) for search, mw, hours in looks])
        if all(search.is_close for search in searches):
            break
    return missing_mw, looked
