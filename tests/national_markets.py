"""National markets for tests: rule sets at random, and one class with a straight line of abatement cost."""

import numpy as np

from tanlu.carbon_market.national import NationalMarketState, open_national_market
from tanlu.kernels.national_market import (
    CAP,
    NationalAllocation,
    NationalClasses,
    NationalHolders,
    NationalRules,
    NationalStability,
)
from tanlu.region.national_market import NationalMarketData
from tanlu.region.tables import DATA_YEARS, year_index


def with_rules(rules: NationalRules, **changes) -> NationalRules:
    """Return rules with fields changed, whichever record holds them; a number stands for all years and classes."""
    for name, value in changes.items():
        group = next(key for key in NationalRules._fields if name in getattr(rules, key)._fields)
        record = getattr(rules, group)
        old = getattr(record, name)
        new = np.full_like(old, value) if isinstance(old, np.ndarray) else type(old)(value)
        rules = rules._replace(**{group: record._replace(**{name: new})})
    return rules


def random_rules(data: NationalMarketData, rng: np.random.Generator) -> NationalRules:
    """Draw a rule set: a path of the cap, ways to allocate, bounds, reserve, credits, carry-over, holders."""
    years, classes = data.classes.output.shape
    joins = rng.integers(2021, 2031, classes)
    capped = joins + rng.integers(1, 8, classes)
    before = rng.integers(1, 4, classes)
    at = DATA_YEARS[:, None]
    method = np.where(at >= capped, CAP, np.where(at >= joins, before, 0))
    floor = rng.choice([0.0, rng.uniform(20.0, 350.0)])
    ceiling = rng.choice([1000.0, floor + rng.uniform(10.0, 500.0)])
    fall, lower = rng.uniform(0.0, 0.04), rng.uniform(0.0, 0.05)
    base = data.caps["central"][0]
    off = rng.random() < 0.5
    rules = with_rules(
        data.rules,
        method=method,
        reward_share=np.where(method == CAP, 1.0, rng.uniform(0.0, 1.0)),
        cap=base * (1.0 - fall) ** np.maximum(DATA_YEARS - 2025, 0) * rng.uniform(0.9, 1.05),
        cap_known_from=np.where(rng.random() < 0.5, 0, np.arange(years) - 3),
        expected_cap_fall=rng.uniform(0.0, 0.04),
        follows_output_share=rng.choice([0.0, 1.0, rng.random()]),
        new_entrant_share=rng.uniform(0.0, 0.1, classes)[None, :],
        auction_share=rng.choice([0.0, rng.uniform(0.0, 0.99)]),
        shortfall_share=rng.choice([0.2, 1.0]),
        floor=floor,
        ceiling=ceiling,
        reserve_upper_share=10.0 if off else lower + rng.uniform(0.0, 0.05),
        reserve_lower_share=0.0 if off else lower,
        reserve_intake_share=rng.uniform(0.05, 0.4),
        reserve_release_share=rng.uniform(0.0, 0.03),
        reserve_keeps_share=rng.choice([10.0, rng.uniform(0.0, 0.05)]),
        offset_limit_share=rng.uniform(0.0, 0.1),
        offset_slope=rng.uniform(0.0, 5e6),
        carry_over_limit=rng.choice([np.inf, rng.uniform(1e8, 1e9)]),
        expires_after_years=rng.integers(0, 5),
        is_unmet_deducted=rng.random() < 0.7,
        horizon_years=rng.integers(3, 13),
        rate=rng.uniform(0.03, 0.1),
        keep=rng.uniform(0.0, 1.5e8),
    )
    penalty = rng.choice([np.inf, floor + rng.uniform(10.0, 500.0)])
    return with_rules(rules, penalty=penalty, ceiling=min(ceiling, penalty))


def line_market(
    cap, *, rate: float, horizon: int
) -> tuple[NationalMarketState, NationalClasses, NationalRules]:
    """Return one class that emits 100 t a year, of which a tonne more is abated for each CNY/t at once."""
    years = cap.size
    column, flat = np.ones((years, 1)), np.ones(1)
    classes = NationalClasses(
        output=100.0 * column,
        intensity=column,
        entering_share=0.0 * column,
        product_price=1e3 * flat,
        elasticity=0.0 * flat,
        pace=flat,
        step_share=np.ones((1, 1)),
        step_from=np.zeros((1, 1)),
        step_to=np.full((1, 1), 100.0),
        step_reverses=np.ones((1, 1), dtype=np.bool_),
    )
    allocation = NationalAllocation(
        method=np.full((years, 1), CAP),
        benchmark=np.nan * column,
        shortage_share=0.0 * column,
        band_share=np.zeros(years),
        reward_share=column,
        shortfall_share=column,
        follows_output_share=0.0 * column,
        cap=cap,
        cap_known_from=np.zeros(years, dtype=np.int64),
        expected_cap_fall=np.zeros(years),
        cap_share=flat,
        new_entrant_share=0.0 * column,
        auction_share=0.0 * column,
    )
    none = np.zeros(years)
    limits = NationalStability(
        floor=none,
        ceiling=np.full(years, 1e4),
        reserve_upper_share=np.full(years, 1e6),
        reserve_lower_share=none,
        reserve_intake_share=none,
        reserve_release_share=none,
        reserve_keeps_share=np.full(years, 1e6),
        offset_limit_share=none,
        offset_stock=none,
        offset_slope=none,
        offset_price=none,
        carry_over_limit=np.full(years, np.inf),
        expires_after_years=np.zeros(years, dtype=np.int64),
        penalty=np.full(years, np.inf),
        is_unmet_deducted=True,
    )
    holders = NationalHolders(keep=0.0, rate=rate, highest_price=1e4, horizon_years=horizon)
    state = open_national_market(0, 0.0, classes)
    return state, classes, NationalRules(allocation, limits, holders)


def opening_of(data: NationalMarketData, year: int = 2021) -> NationalMarketState:
    """Return the state before a year without any year before it."""
    return open_national_market(year_index(year), data.opening_bank_tco2, data.classes)
