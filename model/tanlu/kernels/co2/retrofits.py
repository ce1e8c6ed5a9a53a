"""What CO2 capture at power units would take and change."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Helpers take numbers, not arrays: arrays that a loop hands on cost a reference count each time.


class CaptureDeciders(NamedTuple):
    """Who looks at capture; axis n."""

    row: Integers  # of the unit
    rate: Floats  # real hurdle rate
    belief: Floats  # how far its owner believes what is announced
    cost_factor: Floats  # of its size and site on the investment
    tco2_per_mwh: Floats  # that a capture plant takes of a net MWh without it


class CaptureUnits(NamedTuple):
    """What capture at a unit depends on; axis N, the columns of the population."""

    province: Integers
    fuel: Integers
    capacity_mw: Floats
    retired_year: Integers
    benchmark_class: Integers


class CaptureTechnology(NamedTuple):
    """What capture takes and costs by fuel; axis F."""

    energy_penalty: Floats  # share of net output
    lead_time_years: Integers
    design_hours: Floats  # a year at full load, by which investment is told per tonne
    capex_cny_per_tco2_year: Floats
    om_cny_per_tco2: Floats
    life_years: int
    tie_in_outage_share_of_year: float


class AllowanceWorth(NamedTuple):
    """How many allowances come with a MWh, and what they are worth."""

    benchmark: Floats  # [P, B] free allocation, t CO2 per MWh
    least_free_share: Floats  # [P, B] of what needs allowances, given free whatever the output
    captured_needs_share: float  # of a captured tonne that needs allowances
    market_price_cny_per_tco2: float  # this year's
    path_cny_per_tco2: Floats  # [B, T] expected of an allowance of this year's benchmark in the years ahead


class ClearedUnits(NamedTuple):
    """What a cleared year was for the units; axis N."""

    output_mwh: Floats
    gross_tco2: Floats
    revenue_cny: Floats
    profit_cny: Floats


class Retrofits(NamedTuple):
    """What capture retrofits would take and change in a year; axis n, costs positive."""

    lead_years: Integers
    life_years: Integers
    capex_cny: Floats  # before grants
    captured_tco2: Floats
    size_tco2: Floats  # at the hours by which the plant is designed
    operation_cny: Floats
    lost_output_cny: Floats
    lost_mwh: Floats
    lost_allowances_cny: Floats
    downtime_cny: Floats


@helper
def _level_price(
    current_price: float, path: Floats, rate: float, lead: int, life: int, belief: float
) -> tuple[float, float]:
    """Compute a project's expected mean price and its annuity factor.

    The annuity factor is the worth of 1 CNY in each year of its life. The part of the announced `path` that is not
    believed stays at today's price; beyond its end it is flat.
    """
    step = 1.0 / (1.0 + rate)
    factor, worth, total = 1.0, 0.0, 0.0
    for t in range(lead, lead + life):
        factor *= step
        worth += factor
        total += factor * path[min(t, path.size - 1)]
    return ((1.0 - belief) * current_price + belief * total / worth, worth) if life > 0 else (0.0, 0.0)


@kernel
def retrofit_capture(
    year: int,
    deciders: CaptureDeciders,
    units: CaptureUnits,
    technology: CaptureTechnology,
    allowances: AllowanceWorth,
    cleared: ClearedUnits,
) -> Retrofits:
    """Compute costs and effects of capture retrofits at units.

    The electricity that heat and compressors take is sold no more: it is worth its mean price of a cleared year, and
    would have brought free allowances at the market's price, levelled over the project; who gets them by its emissions
    loses those of what it captures, as far as that needs none. While capture is tied in, the
    unit stands still for longer than its overhaul; that share of a year's profit is lost once, and spread here over
    the years of operation.

    Args:
        year: in which they decide.
        deciders: who looks at capture.
        units: all units.
        technology: by fuel.
        allowances: of the market.
        cleared: the cleared year.
    """
    n = deciders.row.size
    lead, life = np.empty(n, np.int64), np.empty(n, np.int64)
    capex, captured, size, operation = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    lost_cny, lost_mwh, lost_allowances, downtime = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    current_price, path = allowances.market_price_cny_per_tco2, allowances.path_cny_per_tco2
    for i in range(n):
        r, per_mwh = deciders.row[i], deciders.tco2_per_mwh[i]
        p, f, kind = units.province[r], units.fuel[r], units.benchmark_class[r]
        penalty, lead[i] = technology.energy_penalty[f], technology.lead_time_years[f]
        life[i] = min(max(units.retired_year[r] - year - lead[i], 0), technology.life_years)
        price, years = _level_price(
            current_price, path[kind], deciders.rate[i], lead[i], life[i], deciders.belief[i]
        )
        captured[i] = cleared.output_mwh[r] * per_mwh
        size[i] = units.capacity_mw[r] * technology.design_hours[f] * per_mwh
        capex[i] = technology.capex_cny_per_tco2_year[f] * size[i] * deciders.cost_factor[i]
        operation[i] = captured[i] * technology.om_cny_per_tco2[f]
        lost_cny[i], lost_mwh[i] = penalty * cleared.revenue_cny[r], penalty * cleared.output_mwh[r]
        gross = cleared.gross_tco2[r]
        obligation = gross - (1.0 - allowances.captured_needs_share) * captured[i]
        share, by_mwh = allowances.least_free_share[p, kind], allowances.benchmark[p, kind]
        allocation = max(cleared.output_mwh[r] * by_mwh, share * gross)
        later_allocation = max((cleared.output_mwh[r] - lost_mwh[i]) * by_mwh, share * obligation)
        lost_allowances[i] = (allocation - later_allocation) * price
        outage = technology.tie_in_outage_share_of_year * max(cleared.profit_cny[r], 0.0)
        downtime[i] = outage / max(years, 1e-9)
    return Retrofits(
        lead, life, capex, captured, size, operation, lost_cny, lost_mwh, lost_allowances, downtime
    )
