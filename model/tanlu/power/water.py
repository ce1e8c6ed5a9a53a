"""Rivers and reservoirs: what water the electricity market of a month has."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import FUELS, HOURS, LARGE_HYDRO_FUELS, MONTHS
from tanlu.core.days import TYPICAL, day_weights
from tanlu.core.outcomes import StoreCourse
from tanlu.kernels.power.water_values import (
    InflowYears,
    ReservoirCourse,
    StoreRules,
    WaterDemand,
    WaterMarket,
    release_water,
    value_water,
    water_demand,
)
from tanlu.region.hydro import HOURS_IN_MONTH, Hydrology, Water

RESERVOIR, RIVER = (FUELS.index(fuel) for fuel in LARGE_HYDRO_FUELS)
WETNESS = 2  # classes of a month's inflow: below or above the median of the years
LEVELS = 33  # of a table of water values, from empty to full
FIRST_CYCLES = 4  # years that a table without a predecessor goes back through; then one a year


class StoreState(NamedTuple):
    """What a year leaves in the seasonal stores, and what a MWh in them was worth."""

    level_share: Floats  # [P] of the stores, on 31 December
    value_cny_per_mwh: Floats  # [P, month, class, level] when a month begins

    @classmethod
    def from_hydrology(cls, hydrology: Hydrology) -> "StoreState":
        """Build stores as full as usual, before any table."""
        level = hydrology.usual_stored_share[:, -1]
        return cls(level, np.zeros((level.size, MONTHS, WETNESS, LEVELS)))


class WaterYear(NamedTuple):
    """A year's water, and what stores may do with it."""

    water: Water
    store_mwh: Floats  # [P] 0 in an observed year
    observed: bool  # whether stores and contracts did in it what the figures say
    lowest_share: Floats  # [P, month] least level at the month's end
    highest_share: Floats  # [P, month]
    reachable_share: float  # of what seasonal stores held back or gave, that the market decides
    unexpected_year: int  # that is not among those expected; 0: none
    opening: StoreState  # from which it begins
    has_table: bool  # whether the values of `opening` are those of this year, and not of the one before

    def open_with(self, opening: StoreState, *, has_table: bool = False) -> "WaterYear":
        """Begin the year from a state of the stores."""
        return self._replace(opening=opening, has_table=has_table)


class ReservoirMarket(NamedTuple):
    """What the hours of a year ask of reservoirs."""

    market: WaterMarket
    inflow_mwh: Floats  # [P, month] with which they ask it


class ReservoirMonths(NamedTuple):
    """What reservoirs do in each month; axes province P, month."""

    energy_mwh: Floats  # [P, month] to be released within the month
    minimum_mw: Floats  # [P, month]
    maximum_mw: Floats  # [P, month]


class Reservoirs(NamedTuple):
    """What reservoirs do in a year, and the rule by which they do."""

    months: ReservoirMonths
    course: StoreCourse
    demand: WaterDemand | None  # None in an observed year, which asks no rule
    usual_demand: WaterDemand | None  # of a year of usual water and heat
    rules: StoreRules
    opening_mwh: Floats  # [P]


def hydro_mw(capacity_mw: Floats) -> Floats:
    """Sum large hydropower capacity [P, 1] from capacity by fuel [P, F].

    Large is what stands above 6 MW.
    """
    return np.asarray((capacity_mw[:, RESERVOIR] + capacity_mw[:, RIVER])[:, None])


def river_share(hydrology: Hydrology, capacity_mw: Floats) -> Floats:
    """Compute the share of large hydropower that nobody stores [P, month].

    It is none where no plant on a river stands.
    """
    return hydrology.run_of_river_share * (capacity_mw[:, RIVER, None] > 0.0)


def river_mw(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> Floats:
    """Compute mean output of run-of-river plants [P, month]."""
    return hydro_mw(capacity_mw) * year.water.available_factor * river_share(hydrology, capacity_mw)


def _inflow_mwh(hydrology: Hydrology, capacity_mw: Floats, available: Floats, storing: Floats) -> Floats:
    """Compute what flows into reservoirs, MWh [..., P, month], from capacity factors."""
    factor = available * (1.0 - river_share(hydrology, capacity_mw)) + storing
    return np.maximum(hydro_mw(capacity_mw) * factor * HOURS_IN_MONTH, 0.0)


def inflow_mwh(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> Floats:
    """Compute what flows into reservoirs in a free year, MWh [P, month]: past output turned back into inflow."""
    storing = year.water.storing_factor * year.reachable_share
    return _inflow_mwh(hydrology, capacity_mw, year.water.available_factor, storing)


def turbine_mw(hydrology: Hydrology, capacity_mw: Floats) -> Floats:
    """Compute highest output of reservoirs, MW [P, month]."""
    return np.asarray(capacity_mw[:, RESERVOIR][:, None] * hydrology.reservoir_maximum_share)


def _expected_inflows(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> Floats:
    """Compute inflow of the years that this one may be like, MWh [K, P, month].

    Whoever replays a year does not expect it.
    """
    expected = [y != year.unexpected_year for y in hydrology.years_of_normal]
    return _past_inflows(hydrology, capacity_mw, year)[expected]


def _past_inflows(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> Floats:
    """Compute what past years would have brought to this one's stores, MWh [K, P, month]."""
    storing = hydrology.storing_in_years_of_normal * year.reachable_share
    return _inflow_mwh(hydrology, capacity_mw, hydrology.used_in_years_of_normal, storing)


def _classify(inflow_mwh: Floats, expected_mwh: Floats) -> Booleans:
    """Find the wet months: inflow above the median of those expected."""
    return np.asarray(inflow_mwh > np.median(expected_mwh, axis=0))


def weigh_years(is_wet: Booleans) -> Floats:
    """Compute the chance of each year's month after a dry and after a wet one, [class, K, P, month].

    Transitions of the classes are counted over the years; within a class years are equally likely. January follows
    the December of the year before, in the first year that of the last. Rivers have memory: that wet months were rarer
    after wet ones in a few years is taken for chance, so that less water never promises more.
    """
    previous = np.concatenate([np.roll(is_wet[:, :, -1:], 1, axis=0), is_wet[:, :, :-1]], axis=2)
    weight = np.zeros((WETNESS, *is_wet.shape))
    for c in range(WETNESS):
        from_class = previous == bool(c)
        # Without such a month before, any is as likely as all.
        count = np.where(from_class.any(axis=0), from_class, True)
        wet_chance = (count & is_wet).sum(axis=0) / count.sum(axis=0)
        wet_chance = (np.maximum if c else np.minimum)(wet_chance, is_wet.mean(axis=0))
        chance = np.where(is_wet, wet_chance, 1.0 - wet_chance)
        weight[c] = chance / np.where(is_wet, is_wet.sum(axis=0), (~is_wet).sum(axis=0))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def price_grid(highest_cny_per_mwh: float) -> Floats:
    """List the prices at which the demand for water is known, CNY/MWh."""
    usual = [0.0, 10.0, 20.0, 40.0, *np.arange(60.0, 620.0, 20.0), 800.0, 1200.0, 2000.0, 3000.0]
    return np.array([*(p for p in usual if p < highest_cny_per_mwh), highest_cny_per_mwh])


def store_rules(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> StoreRules:
    """Collect the rules of the year's stores."""
    store = year.store_mwh[:, None]
    turbines = turbine_mw(hydrology, capacity_mw) * HOURS_IN_MONTH
    return StoreRules(
        store_mwh=year.store_mwh.copy(),
        floor_mwh=store * year.lowest_share,
        limit_mwh=store * year.highest_share,
        minimum_share=hydrology.reservoir_minimum_share.copy(),
        maximum_mwh=turbines,
    )


def repeat_record(hydrology: Hydrology, capacity_mw: Floats, year: WaterYear) -> Reservoirs:
    """Release the water of an observed year as it was."""
    used = year.water.available_factor * (1.0 - river_share(hydrology, capacity_mw))
    inflow, nothing = hydro_mw(capacity_mw) * used * HOURS_IN_MONTH, np.zeros_like(used)
    rules = store_rules(hydrology, capacity_mw, year)
    table = year.opening.value_cny_per_mwh
    course = StoreCourse(inflow, inflow, *(nothing,) * 2, rules.floor_mwh, rules.limit_mwh, nothing, table)
    opening = year.opening.level_share * year.store_mwh
    return Reservoirs(_month_bounds(rules, course), course, None, None, rules, opening)


def operate_reservoirs(
    hydrology: Hydrology,
    capacity_mw: Floats,
    year: WaterYear,
    this_year: ReservoirMarket,
    usual_year: ReservoirMarket,
    highest_price: float,
) -> Reservoirs:
    """Release the water of a free year month by month (docs/model/power.md).

    Past output is first turned back into inflow, and each month decides by what a MWh kept is worth in the years that
    the coming months may be like. A month knows what it asks itself, and of later ones what they usually ask.

    Args:
        hydrology: of the pack.
        capacity_mw: by fuel [P, F].
        year: the year's water.
        this_year: what its hours ask of reservoirs.
        usual_year: the same of a year of usual water and heat.
        highest_price: of load that nothing serves, CNY/MWh.
    """
    rules, opening = store_rules(hydrology, capacity_mw, year), year.opening.level_share * year.store_mwh
    inflow = this_year.inflow_mwh
    expected = _expected_inflows(hydrology, capacity_mw, year)
    demand = _sum_demand(this_year, rules, highest_price)
    table, usual_demand = year.opening.value_cny_per_mwh, demand
    if not year.has_table:
        if usual_year is not this_year:
            usual_demand = _sum_demand(usual_year, rules, highest_price)
        is_wet = _classify(expected, expected)
        years = InflowYears(expected, is_wet.astype(np.int64))
        cycles = 1 if table.any() else FIRST_CYCLES
        table = value_water(usual_demand, years, weigh_years(is_wet), rules, table, cycles)
    wetness = _classify(inflow, expected).astype(np.int64)
    released: ReservoirCourse = release_water(
        demand, InflowYears(inflow[None], wetness[None]), rules, table, opening[None]
    )
    course = StoreCourse(
        inflow,
        released.release_mwh[0],
        released.spilled_mwh[0],
        released.level_mwh[0],
        rules.floor_mwh,
        rules.limit_mwh,
        released.value_cny_per_mwh[0],
        table,
    )
    return Reservoirs(_month_bounds(rules, course), course, demand, usual_demand, rules, opening)


def _sum_demand(year: ReservoirMarket, rules: StoreRules, highest_price: float) -> WaterDemand:
    """Sum what the hours of each month take of water at each price."""
    turbines_mw, inflow_mw = rules.maximum_mwh / HOURS_IN_MONTH, year.inflow_mwh / HOURS_IN_MONTH
    demand: WaterDemand = water_demand(year.market, turbines_mw, inflow_mw, price_grid(highest_price))
    return demand


def _month_bounds(rules: StoreRules, course: StoreCourse | ReservoirCourse) -> ReservoirMonths:
    """Compute energy and bounds of output of the months for the market, which spills what it cannot take."""
    energy = course.release_mwh + course.spilled_mwh
    high = np.maximum(rules.maximum_mwh, course.release_mwh) / HOURS_IN_MONTH
    return ReservoirMonths(energy, np.minimum(rules.minimum_share * energy / HOURS_IN_MONTH, high), high)


class PastWater(NamedTuple):
    """What the inflow of the years of the mean would do in a free year, released from its opening level."""

    years: InflowYears  # [K, P, month]
    released: ReservoirCourse


def release_past_water(
    hydrology: Hydrology, capacity_mw: Floats, year: WaterYear, reservoirs: Reservoirs
) -> PastWater | None:
    """Release the inflow of past years by the rule of a free year; None in an observed one, which has no rule."""
    if reservoirs.demand is None:
        return None
    inflow = _past_inflows(hydrology, capacity_mw, year)
    wetness = _classify(inflow, _expected_inflows(hydrology, capacity_mw, year)).astype(np.int64)
    years, table = InflowYears(inflow, wetness), reservoirs.course.table_cny_per_mwh
    released: ReservoirCourse = release_water(
        reservoirs.demand, years, reservoirs.rules, table, np.tile(reservoirs.opening_mwh, (len(inflow), 1))
    )
    return PastWater(years, released)


def open_in_sequence(reservoirs: Reservoirs, past: PastWater) -> PastWater:
    """Release past years again, each from where the one before it ended; the first from the end of the last.

    The market asks for water as in a usual year: whether there is enough capacity does not hang on how dry this year
    and the one before happen to be.
    """
    demand, rules, released = reservoirs.usual_demand, reservoirs.rules, past.released
    if demand is None:
        return past
    opening_mwh = np.tile(reservoirs.opening_mwh, (len(released.level_mwh), 1))
    for _ in range(2):
        released = release_water(demand, past.years, rules, reservoirs.course.table_cny_per_mwh, opening_mwh)
        opening_mwh = np.roll(released.level_mwh[:, :, -1], 1, axis=0)
    return past._replace(released=released)


def water_of_other_years_mw(
    hydrology: Hydrology,
    capacity_mw: Floats,
    year: WaterYear,
    reservoirs: Reservoirs,
    past: PastWater | None,
) -> Floats:
    """Compute the additional water of each year of the mean, MW [K, P, month].

    It is mean output of each year of which the normal one is the mean, beyond this one's. Outside observed years it is
    what the rule makes of each year's inflow from the level at which this one began.
    """
    mw, used = hydro_mw(capacity_mw), hydrology.used_in_years_of_normal
    if past is None:
        return np.asarray(mw * (used - year.water.available_factor))
    additional_river = mw * (used - year.water.available_factor) * river_share(hydrology, capacity_mw)
    additional_mwh = past.released.release_mwh - reservoirs.course.release_mwh
    return np.asarray(additional_river + additional_mwh / HOURS_IN_MONTH)


class WaterCourses(NamedTuple):
    """What water gives in each of the years that a year may be like; axes year W, province P, month."""

    spell_days: Floats  # [W, month]
    river_mw: Floats  # [W, P, month] mean output of run-of-river plants
    energy_mwh: Floats  # [W, P, month] that reservoirs release
    spell_mwh: Floats  # [W, P, month] of it, on days of a dry spell; NaN: where load asks for it
    minimum_mw: Floats  # [W, P, month]
    maximum_mw: Floats  # [W, P, month]
    stored_mwh: Floats  # [W, P, month] in store above its least level at the month's end
    is_own: bool  # whether it is the one year's own water, to which its load belongs


def own_water_course(
    hydrology: Hydrology, capacity_mw: Floats, year: WaterYear, own: tuple[Reservoirs, Floats]
) -> WaterCourses:
    """Compute the water of an observed or a replayed year, which is its own.

    Args:
        hydrology: of the pack.
        capacity_mw: by fuel [P, F].
        year: the year's water.
        own: its reservoirs, and their energy on days of a dry spell [P, month].
    """
    reservoirs, spell = own
    energy, low, high = reservoirs.months
    stored = np.maximum(reservoirs.course.level_mwh - reservoirs.rules.floor_mwh, 0.0)
    river = river_mw(hydrology, capacity_mw, year)
    return WaterCourses(
        year.water.spell_days[None],
        river[None],
        energy[None],
        spell[None],
        low[None],
        high[None],
        stored[None],
        is_own=True,
    )


def past_water_courses(
    hydrology: Hydrology,
    capacity_mw: Floats,
    year: WaterYear,
    own: tuple[Reservoirs, PastWater],
    usual_days: Floats,
) -> WaterCourses:
    """Compute the water of the years of the mean, released in a free year.

    Args:
        hydrology: of the pack.
        capacity_mw: by fuel [P, F].
        year: the year's water.
        own: its reservoirs, and what they would do with the water of past years.
        usual_days: of each type in a year without a dry spell [month, 2].
    """
    reservoirs, (years, released) = own
    inflow, months = years.inflow_mwh, _month_bounds(reservoirs.rules, released)
    river = hydro_mw(capacity_mw) * hydrology.used_in_years_of_normal * river_share(hydrology, capacity_mw)
    spell_days, spell = np.zeros((len(inflow), MONTHS)), np.full(inflow.shape, np.nan)
    for k, past_year in enumerate(hydrology.years_of_normal):
        water = hydrology.observed[past_year]
        spell_days[k] = water.spell_days
        if water.spell_days.any():
            course = reservoirs.course._replace(inflow_mwh=inflow[k], level_mwh=released.level_mwh[k])
            past = reservoirs._replace(months=ReservoirMonths(*(each[k] for each in months)), course=course)
            days = day_weights(usual_days, water.spell_days)
            spell[k] = spell_mwh(year._replace(water=water), past, river[k], days)
    stored = np.maximum(released.level_mwh - reservoirs.rules.floor_mwh, 0.0)
    return WaterCourses(
        spell_days,
        river,
        months.energy_mwh,
        spell,
        months.minimum_mw,
        months.maximum_mw,
        stored,
        is_own=False,
    )


def spell_mwh(year: WaterYear, reservoirs: Reservoirs, river_mw: Floats, day_weight: Floats) -> Floats:
    """Compute reservoir energy on days of a dry spell, MWh [P, month].

    It is NaN where load may decide. Such days have less water than others of the month; rivers run evenly, so that it
    is the reservoirs' that lacks. Outside observed years they may draw what was in store when the month began, down to
    its least level and as far as turbines go; nothing flows back from days after the spell.

    Args:
        year: the year's water.
        reservoirs: what they have of it.
        river_mw: mean output of run-of-river plants [P, month].
        day_weight: days of each type [month, day type].
    """
    if np.isnan(year.water.spell_share).all():  # as in most years
        return year.water.spell_share
    days, energy = day_weight[:, TYPICAL + 1 :].sum(axis=1), reservoirs.months.energy_mwh
    total_mw = river_mw + reservoirs.course.inflow_mwh / HOURS_IN_MONTH
    scarce = np.maximum(year.water.spell_share * total_mw - river_mw, 0.0) * HOURS * days
    level = np.concatenate([reservoirs.opening_mwh[:, None], reservoirs.course.level_mwh[:, :-1]], axis=1)
    drawn = np.maximum(level - reservoirs.rules.floor_mwh, 0.0)
    spell_energy = np.minimum(scarce + drawn, reservoirs.months.maximum_mw * HOURS * days)
    spell_energy = np.minimum(spell_energy, energy)
    return np.where(spell_energy < energy * days / day_weight.sum(axis=1), spell_energy, np.nan)
