"""The rules of the national allowance market under a law: those of the pack, and what the schedule changes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import FUEL, SECTOR
from tanlu.core.schedules import CAP_PATHS, PolicySchedule
from tanlu.kernels.national_market import (
    BAND,
    BENCHMARK,
    CAP,
    OUTSIDE,
    NationalAllocation,
    NationalRules,
    NationalStability,
)
from tanlu.region.finance import BENCHMARK_CLASSES
from tanlu.region.finance import POWER_CLASSES as SPARED_CLASSES
from tanlu.region.national_market import NATIONAL_CLASSES, POWER_CLASSES, NationalMarketData
from tanlu.region.tables import DATA_YEARS

# Which sector each national class belongs to, and where it stands among the classes of benchmarks.
NATIONAL_SECTOR = np.array([SECTOR.get(name, SECTOR["electricity"]) for name in NATIONAL_CLASSES])
NATIONAL_BENCHMARK = np.array([BENCHMARK_CLASSES.index(name) for name in NATIONAL_CLASSES])
IS_POWER = np.array([name in POWER_CLASSES for name in NATIONAL_CLASSES])
POWER, INDUSTRY = np.flatnonzero(IS_POWER), np.flatnonzero(~IS_POWER)
POWER_BENCHMARK, INDUSTRY_SECTOR = NATIONAL_BENCHMARK[POWER], NATIONAL_SECTOR[INDUSTRY]
# Fields that law and national rules call by one name.
CHANGED_LIMITS = (
    "offset_limit_share",
    "reserve_upper_share",
    "reserve_lower_share",
    "reserve_intake_share",
    "reserve_release_share",
    "reserve_keeps_share",
    "expires_after_years",
)


def national_rules(data: NationalMarketData, schedule: PolicySchedule) -> NationalRules:
    """Compute the rules of the national market under a schedule.

    What the law says of provinces holds for the country where it covers the sector in one of them; the tightest
    benchmark and the highest auction share count. Years with an observed price keep the rules of the pack, but for
    bounds of the price: it came under those rules, and would not move with what others do to the bank.
    """
    rules, carbon = data.rules, schedule.carbon
    y = np.clip(DATA_YEARS - int(schedule.years[0]), 0, schedule.years.size - 1)
    floor = np.maximum(rules.limits.floor, carbon.floor_cny_per_tco2[y])
    highest = max(rules.holders.highest_price, float(floor.max()))
    penalty = carbon.penalty_cny_per_tco2[y]
    ceiling = np.minimum(np.maximum(carbon.ceiling_cny_per_tco2[y], floor), np.minimum(highest, penalty))
    factor = carbon.benchmark_factor.min(axis=1)[y][:, NATIONAL_SECTOR]
    is_given = np.isfinite(carbon.follows_output_share[y])[:, None]
    allocation = _set_caps(data, schedule, y)
    is_observed = ~np.isnan(data.observed_price_cny_per_tco2)
    rules = rules._replace(allocation=allocation)
    changed = NationalRules(
        allocation=allocation._replace(
            follows_output_share=np.where(
                is_given, carbon.follows_output_share[y, None], allocation.follows_output_share
            ),
            benchmark=rules.allocation.benchmark * factor,
            shortage_share=1.0 - (1.0 - rules.allocation.shortage_share) * factor,
            shortfall_share=limit_shortfall(
                rules.allocation.shortfall_share, NATIONAL_CLASSES, DATA_YEARS, schedule
            ),
            auction_share=np.minimum(_auction_share(rules, schedule)[y], 1.0 - 1e-6),
        ),
        limits=rules.limits._replace(
            **_changed_limits(rules, schedule, y),
            carry_over_limit=np.where(
                carbon.unlimited_carry_over[y] > 0.0, np.inf, rules.limits.carry_over_limit
            ),
        ),
        holders=rules.holders._replace(highest_price=highest),
    )
    limits = _restore_years(changed.limits, data.rules.limits, is_observed)
    # what holders expect of caps starts from the law's
    restored = _restore_years(changed.allocation, data.rules.allocation, is_observed)
    return changed._replace(
        allocation=restored._replace(cap=allocation.cap),
        limits=limits._replace(floor=np.minimum(floor, ceiling), ceiling=ceiling, penalty=penalty),
    )


def _restore_years[Group: (NationalAllocation, NationalStability)](
    law: Group, pack: Group, is_observed: Booleans
) -> Group:
    """Take the pack's figures in some years [data years] where a law changed them."""
    restored: dict[str, Any] = {}
    for name, values in law._asdict().items():
        before = getattr(pack, name)
        if values is not before:
            restored[name] = np.where(is_observed.reshape(-1, *(1,) * (values.ndim - 1)), before, values)
    return law._replace(**restored)


def _changed_limits(rules: NationalRules, schedule: PolicySchedule, y: Integers) -> dict[str, Any]:
    """Take the law's limits where it has some, else those of the pack; `y` are rows of the schedule [data years].

    Of laws that cross, the reserve releases at most up to where it begins to take.
    """
    changed: dict[str, Any] = {}
    for name in CHANGED_LIMITS:
        law, pack = getattr(schedule.carbon, name)[y], getattr(rules.limits, name)
        changed[name] = np.where(np.isinf(law), pack, law).astype(pack.dtype)
    changed["reserve_lower_share"] = np.minimum(
        changed["reserve_lower_share"], changed["reserve_upper_share"]
    )
    return changed


def limit_shortfall(
    national: Floats, classes: Sequence[str], years: Integers, schedule: PolicySchedule
) -> Floats:
    """Limit what power units fall short of, as a share of their emissions [years, classes].

    Args:
        national: the limit of the pack [years, classes].
        classes: names of benchmark classes.
        years: rows of `national`.
        schedule: what the law says.
    """
    carbon = schedule.carbon
    share = carbon.shortfall_cap_share[np.clip(years - int(schedule.years[0]), 0, schedule.years.size - 1)]
    is_power = np.array([name in SPARED_CLASSES for name in classes])
    limit = np.where(np.isinf(share)[:, None] | ~is_power, national, share[:, None])
    until = carbon.shortfall_cap_until_year.min(axis=0)
    last = np.array(
        [until[FUEL[name.partition("_")[0]]] if name in POWER_CLASSES else np.inf for name in classes]
    )
    return np.where(years[:, None] > last, 1.0, limit)


def _set_caps(data: NationalMarketData, schedule: PolicySchedule, y: Integers) -> NationalAllocation:
    """Set the path of the cap, and from when a class is under it; `y` are rows of the schedule [data years]."""
    allocation, carbon = data.rules.allocation, schedule.carbon
    by_path = np.stack([data.caps[name] for name in CAP_PATHS])
    named = by_path[carbon.cap_path[y].astype(np.int64), np.arange(y.size)]
    share = carbon.cap_share[y]
    cap = np.where(np.isinf(share), named, np.where(np.isinf(share), 0.0, share) * data.base_tco2)
    before = np.maximum.accumulate(np.where(allocation.method == CAP, OUTSIDE, allocation.method), axis=0)
    first = carbon.cap_from_year.min(axis=0)[NATIONAL_SECTOR]
    is_capped = np.where(np.isinf(first), allocation.method == CAP, DATA_YEARS[:, None] >= first)
    method = np.where(is_capped & (before != OUTSIDE), CAP, before)
    reward = np.where(method == BAND, data.band_reward_share[:, None], (method >= BENCHMARK) * 1.0)
    return allocation._replace(cap=cap, method=method, reward_share=reward)


def _auction_share(rules: NationalRules, schedule: PolicySchedule) -> Floats:
    """Compute the share of the allocation that is sold [schedule years, C]."""
    given = sold_share(rules, schedule).max(axis=1)[:, NATIONAL_SECTOR]
    is_covered = (schedule.carbon.covered > 0.0).any(axis=1)[:, NATIONAL_SECTOR]
    return np.where(is_covered, given, _national_auction(rules, schedule))


def _national_auction(rules: NationalRules, schedule: PolicySchedule) -> Floats:
    """Read the auction share of a national cap [schedule years, C]; before a cap nothing is sold."""
    rows = np.searchsorted(DATA_YEARS, schedule.years)
    return rules.allocation.auction_share[rows] * (rules.allocation.method[rows] == CAP)


def sold_share(rules: NationalRules, schedule: PolicySchedule) -> Floats:
    """Compute the share of the allocation that is sold [schedule years, P, S].

    Where the law leaves it to the national rules it is that of the cap.
    """
    given = schedule.carbon.auction_share
    national = np.zeros((schedule.years.size, len(SECTOR)))
    national[:, NATIONAL_SECTOR] = _national_auction(rules, schedule)
    return np.where(np.isinf(given), national[:, None, :], given)


def capped_sectors(rules: NationalRules, schedule: PolicySchedule) -> Booleans:
    """List the sectors whose facilities get a part of a cap [schedule years, S]; electricity with its first class."""
    rows = np.searchsorted(DATA_YEARS, schedule.years)
    is_capped = np.zeros((schedule.years.size, len(SECTOR)), dtype=np.bool_)
    for c in range(NATIONAL_SECTOR.size - 1, -1, -1):
        is_capped[:, NATIONAL_SECTOR[c]] = rules.allocation.method[rows, c] == CAP
    return is_capped
