"""The national allowance market in a year of the region: its outlook, what it gives to units, what the region did."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.national import (
    PRICE_PARTS,
    NationalClearing,
    book_national_market,
    expect_national_market,
    extend_price_path,
    split_price,
)
from tanlu.core.arrays import Floats
from tanlu.core.axes import APPRAISAL_YEARS, SECTOR
from tanlu.kernels.national_market import BENCHMARK, CAP, NationalMarket, NationalRegion
from tanlu.region.finance import COAL_BENCHMARK
from tanlu.region.national_market import NationalMarketData
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.drivers import Drivers
from tanlu.state.national_rules import INDUSTRY, INDUSTRY_SECTOR, POWER, POWER_BENCHMARK
from tanlu.state.state import CarbonMarketState

AHEAD = 1 + APPRAISAL_YEARS
COAL = int(np.flatnonzero(POWER_BENCHMARK == COAL_BENCHMARK)[0])  # of large coal units in `POWER`


class AllowanceTerms(NamedTuple):
    """What the national market gives this year and is expected to give; axes T this year and those ahead, P, B, S.

    Benchmarks are t CO2 per MWh.
    """

    price_cny_per_tco2: Floats  # [T]
    benchmark: Floats  # [T, P, B + 1] of one more MWh
    base_benchmark: Floats  # [T, P, B + 1] of one of the base period
    least_free_share: Floats  # [T, P, B + 1] of what needs allowances
    base_free_share: Floats  # [T, S] of a facility's CO2 in the base period, where its sector is capped
    follows_output_share: Floats  # [S] of it that goes with output, this year
    national_coal_benchmark: Floats  # [T] of one more MWh of the nation's large coal units


def look_at_market(
    state: CarbonMarketState, year: int, drivers: Drivers, data: NationalMarketData
) -> CarbonMarketState:
    """Find the national price of the year that starts and what is expected after it.

    The region is expected to need and get what it last did, as the country's classes grow.
    """
    if year <= data.opening_year:
        return state
    row, limits = year_index(year), drivers.national_rules.limits
    # NaN, where it is not observed, stays NaN: it is first in both
    observed = min(max(float(data.observed_price_cny_per_tco2[row]), limits.floor[row]), limits.ceiling[row])
    market = NationalMarket(data.classes, drivers.national_rules, state.region)
    return state._replace(outlook=expect_national_market(state.national, row, market, float(observed)))


def split_market_price(
    state: CarbonMarketState, year: int, price_cny_per_tco2: float, drivers: Drivers, data: NationalMarketData
) -> Floats:
    """Take the price of the year apart, by `PRICE_PARTS` [6], from the state in which it was found.

    Before the market opens all of it is observed.
    """
    if year <= data.opening_year:
        return np.where(np.array(PRICE_PARTS) == "observation", price_cny_per_tco2, 0.0)
    row = year_index(year)
    observed = float(data.observed_price_cny_per_tco2[row])
    market = NationalMarket(data.classes, drivers.national_rules, state.region)
    return split_price(state.national, row, market, price_cny_per_tco2, observed)


def book_market(
    state: CarbonMarketState, year: int, drivers: Drivers, data: NationalMarketData, region: NationalRegion
) -> tuple[CarbonMarketState, NationalClearing | None]:
    """Let the year of the nation come with what the region needed and got in it."""
    if year <= data.opening_year:
        return state, None
    market = NationalMarket(data.classes, drivers.national_rules, region)
    national, cleared = book_national_market(state.national, year_index(year), market, state.outlook)
    return state._replace(
        national=national, region=region._replace(country=national.emissions_tco2[0])
    ), cleared


def allowance_terms(state: CarbonMarketState, year: int, drivers: Drivers, region: Region) -> AllowanceTerms:
    """Compute what units and facilities get of the national market, now and as expected."""
    data, rules, t = region.national_market, drivers.national_rules, year_index(year)
    ahead = np.arange(AHEAD)
    y = np.minimum(drivers.schedule.row(year) + ahead, drivers.schedule.years.size - 1)
    k = np.minimum(np.maximum(ahead - (year <= data.opening_year), 0), _years(state) - 1)
    method, follows = (
        values[t : t + AHEAD] for values in (rules.allocation.method, rules.allocation.follows_output_share)
    )
    issued = np.where(ahead == 0, 1.0 - state.national.withheld_share, 1.0)[:, None]
    free = state.outlook.free_path_tco2[k] * issued
    free_share = free / np.maximum(state.national.base_tco2, 1.0)
    benchmark = drivers.benchmark[y]
    base_benchmark, least = np.zeros_like(benchmark), drivers.least_free_share[y]
    covered = drivers.schedule.carbon.covered[y][:, :, SECTOR["electricity"], None]
    is_capped, follows_power = method[:, POWER] == CAP, follows[:, POWER]
    last, announced = (
        region.finance.benchmark[data.announced_row[POWER], POWER_BENCHMARK],
        data.announced_benchmark[POWER],
    )
    scaled = last * state.outlook.benchmark_path[k][:, POWER] / announced * issued
    is_open = (method[:, POWER] == BENCHMARK) & (t + ahead[:, None] > data.announced_row[POWER])
    by_output = np.where(is_capped, follows_power, 1.0) * scaled
    benchmark[:, :, POWER_BENCHMARK] = np.where(
        (is_capped | is_open)[:, None], by_output[:, None] * covered, benchmark[:, :, POWER_BENCHMARK]
    )
    per_mwh = free[:, POWER] / np.maximum(state.national.base_output[POWER], 1.0) / announced
    by_base = (1.0 - follows_power) * last * per_mwh
    base_benchmark[:, :, POWER_BENCHMARK] = np.where(is_capped[:, None], by_base[:, None] * covered, 0.0)
    least[:, :, POWER_BENCHMARK] *= ~is_capped[:, None]
    official = region.finance.benchmark[t : t + AHEAD, COAL_BENCHMARK]
    national_coal = np.where((is_open | is_capped)[:, COAL], by_output[:, COAL], official)
    by_sector, follows_now = np.zeros((AHEAD, len(SECTOR))), np.zeros(len(SECTOR))
    by_sector[:, INDUSTRY_SECTOR] = np.where(method[:, INDUSTRY] == CAP, free_share[:, INDUSTRY], 0.0)
    follows_now[INDUSTRY_SECTOR] = follows[0][INDUSTRY]
    price = _price_path(state, year, drivers, data)
    return AllowanceTerms(price, benchmark, base_benchmark, least, by_sector, follows_now, national_coal)


def _years(state: CarbonMarketState) -> int:
    return state.outlook.price_path_cny_per_tco2.size


def _price_path(state: CarbonMarketState, year: int, drivers: Drivers, data: NationalMarketData) -> Floats:
    """Expect the price of this year and of those ahead, within floor and ceiling [T]."""
    t, rules = year_index(year), drivers.national_rules
    path = extend_price_path(state.outlook.price_path_cny_per_tco2, AHEAD, rules.holders.rate)
    if year <= data.opening_year:
        path = np.append(data.observed_price_cny_per_tco2[t], path[:-1])
    rows = slice(t, t + AHEAD)
    return np.minimum(np.maximum(path, rules.limits.floor[rows]), rules.limits.ceiling[rows])


@lru_cache(maxsize=8)
def weigh_years(years: int, rate: float) -> Floats:
    """Compute what each of coming years is worth, in parts of all [T]."""
    worth = np.cumprod(np.full(years, 1.0 / (1.0 + rate)))
    weight = worth / worth.sum()
    weight.flags.writeable = False
    return weight


def measure_region(
    before: CarbonMarketState,
    national_emissions_tco2: Floats,
    emissions_tco2: Floats,
    allowances_tco2: Floats,
    beyond_tco2: float,
) -> NationalRegion:
    """Build the region's part of the nation.

    Its share of a class is that of its emissions when it first had any, and stays.

    Args:
        before: the market before the year.
        national_emissions_tco2: of the classes without it, last known [C].
        emissions_tco2: of the region that need allowances [C].
        allowances_tco2: that it got, auctioned ones included, before any were withheld [C].
        beyond_tco2: allowances less emissions of its sectors that are no class.
    """
    first = emissions_tco2 / np.maximum(national_emissions_tco2, 1.0)
    share = np.where(before.region.share > 0.0, before.region.share, np.minimum(first, 1.0))
    return NationalRegion(
        share=np.where(emissions_tco2 > 0.0, share, 0.0),
        allowances=allowances_tco2,
        emissions=emissions_tco2,
        country=np.zeros(emissions_tco2.size),
        beyond=beyond_tco2,
    )
