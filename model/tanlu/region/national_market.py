"""The national allowance market of a pack as arrays: classes of emitters, rules as they stand, paths of the cap."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.schedules import CAP_PATHS
from tanlu.core.units import T_PER_MT
from tanlu.kernels.national_market import (
    BAND,
    BENCHMARK,
    CAP,
    OUTSIDE,
    VERIFIED,
    NationalAllocation,
    NationalClasses,
    NationalHolders,
    NationalRules,
    NationalStability,
)
from tanlu.region.tables import DATA_YEARS, LongTable, Tables, texts, year_index, yearly

NATIONAL_CLASSES = ("coal_large", "coal_small", "coal_unconventional", "gas", "steel", "cement", "aluminium")
POWER_CLASSES = NATIONAL_CLASSES[:4]
NATIONAL_GROUPS = ("national", "power", "industry")  # that a rule stands for
CAP_BASE_YEAR, VINTAGE_YEAR, LAST_EARLY_BENCHMARK = 2025, 2023, 2022
# In the order in which a class may pass through them.
ENTRIES = (
    ("verified_from_year", VERIFIED),
    ("band_from_year", BAND),
    ("benchmark_from_year", BENCHMARK),
    ("cap_from_year", CAP),
)

VARIED_SHARE = 0.2  # by which shares may miss 1 where one is varied; they count over their sum


class NationalMarketData(NamedTuple):
    """The national market of a pack; axes Y data years, C classes."""

    names: tuple[str, ...]
    classes: NationalClasses
    rules: NationalRules  # as they stand, with the central path of the cap
    base_tco2: float  # emissions of all classes in the base year of the cap
    caps: Mapping[str, Floats]  # [Y] t CO2 of all classes, by name of the path
    band_reward_share: Floats  # [Y] of the price, that abatement earns in a band
    announced_benchmark: Floats  # [C] t CO2 per unit, the last that is announced; NaN where none is
    announced_row: Integers  # [C] its year
    observed_price_cny_per_tco2: Floats  # [Y] NaN where it is no statistic
    opening_year: int  # at the end of which `opening_bank_tco2` was there
    opening_bank_tco2: float


def read_national_market(tables: Tables) -> NationalMarketData:
    """Assemble the national market of a pack.

    Raises:
        ValueError: if a class lacks a row, shares do not sum to one, a class is capped before it joins, or two
            figures that bound each other are the wrong way round.
    """
    table = tables["national_market"]
    rows = LongTable("national_market", table.rename(columns={"variable": "parameter"}), ("class", "item"))
    classes = _read_classes(rows, table)
    covered = classes.output * classes.intensity
    base = float(covered[year_index(CAP_BASE_YEAR)].sum())
    caps = {name: base * _read_cap_path(rows, name) for name in CAP_PATHS}
    rules = _read_rules(rows, tables, classes, base, caps["central"])
    observed = tables["carbon_market"].query("variable == 'observed_price'")
    is_observed = observed["year"].astype(int).max() >= DATA_YEARS
    benchmark = rules.allocation.benchmark
    announced = np.array([np.flatnonzero(np.isfinite(column)).max(initial=0) for column in benchmark.T])
    opening = rows.find("opening_bank", "national")
    if opening is None:
        raise ValueError("national_market: no row opening_bank national")
    opening_years, opening_banks_mt = opening
    return NationalMarketData(
        names=NATIONAL_CLASSES,
        classes=classes,
        rules=rules,
        base_tco2=base,
        caps=caps,
        band_reward_share=rows.interpolate("band_reward_share", DATA_YEARS, "industry"),
        announced_benchmark=benchmark[announced, np.arange(announced.size)],
        announced_row=announced,
        observed_price_cny_per_tco2=np.where(is_observed, yearly(observed), np.nan),
        opening_year=int(opening_years[0]),
        opening_bank_tco2=float(opening_banks_mt[0]) * T_PER_MT,
    )


def _national(rows: LongTable, name: str) -> float:
    return rows.single(name, "national")


def _by_class(rows: LongTable, name: str) -> Floats:
    """Read a constant of each class [C]."""
    return np.array([rows.single(name, c) for c in NATIONAL_CLASSES])


def _by_year(rows: LongTable, name: str) -> Floats:
    """Interpolate a row of the nation over data years [Y]."""
    return rows.interpolate(name, DATA_YEARS, "national")


def _read_classes(rows: LongTable, table: pd.DataFrame) -> NationalClasses:
    output = (
        np.stack([rows.interpolate("output", DATA_YEARS, c) for c in NATIONAL_CLASSES], axis=1) * T_PER_MT
    )
    mixes = [_mix_vintages(rows, table, c, output[:, i]) for i, c in enumerate(NATIONAL_CLASSES)]
    shares, starts, ends, reverses = _read_steps(rows, table)
    return NationalClasses(
        output=output,
        intensity=np.stack([intensity for intensity, _ in mixes], axis=1),
        entering_share=np.stack([entering for _, entering in mixes], axis=1),
        product_price=_by_class(rows, "product_price"),
        elasticity=_by_class(rows, "elasticity"),
        pace=_by_class(rows, "pace"),
        step_share=shares,
        step_from=starts,
        step_to=ends,
        step_reverses=reverses,
    )


def _items(table: pd.DataFrame, variable: str, name: str) -> tuple[str, ...]:
    """List the items of a class, such as its vintages, in the order of the table."""
    is_row = (table["variable"] == variable) & (table["class"] == name)
    return tuple(dict.fromkeys(texts(table[is_row], "item")))


def _mix_vintages(rows: LongTable, table: pd.DataFrame, name: str, output: Floats) -> tuple[Floats, Floats]:
    """Compute the mean intensity of a class [Y] and the share of output from units of the year [Y].

    Vintages close evenly between two years; what they leave of the output without a price comes from units that enter
    at the standard of their year and outlast the run. Where they would make more than is asked for, all make less.
    """
    vintages = _items(table, "vintage_share", name)
    shares = np.array([rows.single("vintage_share", name, v) for v in vintages])
    total = shares.sum()
    if abs(total - 1.0) > VARIED_SHARE:
        raise ValueError(f"national_market: vintage_share of {name} sums to {total:g}, not 1")
    base = output[year_index(VINTAGE_YEAR)]
    standing, emissions = np.zeros(DATA_YEARS.size), np.zeros(DATA_YEARS.size)
    for share, vintage in zip(shares / total, vintages, strict=True):
        start, end = (rows.single(f"vintage_closes_{side}", name, vintage) for side in ("from", "to"))
        if not start < end:
            raise ValueError(f"national_market: {name} {vintage} closes from {start:g} to {end:g}")
        remaining = base * share * np.clip((end - DATA_YEARS) / (end - start), 0.0, 1.0)
        standing += remaining
        emissions += remaining * rows.single("vintage_intensity", name, vintage)
    standard = rows.interpolate("entry_intensity", DATA_YEARS, name)
    entrant_output, entrant_emissions, entering = 0.0, 0.0, np.zeros(DATA_YEARS.size)
    intensity = np.zeros(DATA_YEARS.size)
    for y in range(DATA_YEARS.size):
        new = max(output[y] - standing[y] - entrant_output, 0.0) if DATA_YEARS[y] > VINTAGE_YEAR else 0.0
        entrant_output, entrant_emissions = entrant_output + new, entrant_emissions + new * standard[y]
        intensity[y] = (emissions[y] + entrant_emissions) / (standing[y] + entrant_output)
        entering[y] = new / output[y]
    return intensity, entering


def _read_steps(rows: LongTable, table: pd.DataFrame) -> tuple[Floats, Floats, Floats, Booleans]:
    """Read the steps of abatement [C, G]; a class with fewer has steps of no share."""
    names = [_items(table, "step_share", c) for c in NATIONAL_CLASSES]
    size = (len(NATIONAL_CLASSES), max(map(len, names)))
    shares, starts, ends = np.zeros(size), np.zeros(size), np.ones(size)
    reverses = np.zeros(size, dtype=np.bool_)
    for c, steps in enumerate(names):
        place = NATIONAL_CLASSES[c]
        for g, step in enumerate(steps):
            shares[c, g] = rows.single("step_share", place, step)
            starts[c, g], ends[c, g] = (rows.single(f"step_{side}", place, step) for side in ("from", "to"))
            reverses[c, g] = rows.single("step_reverses", place, step) != 0.0
            if not starts[c, g] < ends[c, g]:
                raise ValueError(f"national_market: step_from of {place} {step} is not below its step_to")
        if shares[c].sum() > 1.0:
            raise ValueError(f"national_market: step_share of {place} sums to {shares[c].sum():g}, above 1")
    return shares, starts, ends, reverses


def _read_cap_path(rows: LongTable, name: str) -> Floats:
    """Read a named path of the cap as a share of emissions in its base year [Y].

    It falls by `cap_fall` a year, else by `expected_cap_fall` to the first year of its rows, between which it is
    linear. The first row is a factor on what the fall leaves.
    """
    fall = rows.find("cap_fall", name)
    if fall is None:
        rate = _national(rows, "expected_cap_fall")
    else:
        _, (rate,) = fall
    falls = np.maximum(DATA_YEARS - CAP_BASE_YEAR, 0)
    path = np.append(1.0, np.cumprod(np.full(int(falls.max()), 1.0 - rate)))[falls]
    points = rows.find("cap_share", name)
    if points is None:
        return path
    years, shares = points[0], points[1].copy()
    shares[0] *= path[year_index(int(years[0]))]
    return np.where(years[0] > DATA_YEARS, path, np.interp(DATA_YEARS, years, shares))


def _read_methods(rows: LongTable) -> Integers:
    """Read how each class is given allowances [Y, C]."""
    method = np.full((DATA_YEARS.size, len(NATIONAL_CLASSES)), OUTSIDE, dtype=np.int64)
    for c, name in enumerate(NATIONAL_CLASSES):
        before = -np.inf
        for variable, kind in ENTRIES:
            points = rows.find(variable, name)
            if points is None:
                continue
            _, (year,) = points
            if year <= before:
                raise ValueError(f"national_market: {variable} of {name}, {year:g}, must be after {before:g}")
            if kind == CAP and np.isinf(before):
                raise ValueError(f"national_market: {name} has a cap from {year:g}, but never joins before")
            method[year <= DATA_YEARS, c] = kind
            before = year
    return method


def _read_benchmarks(rows: LongTable, intensity: Floats) -> Floats:
    """Read announced benchmarks [Y, C] in t CO2 per unit, NaN where none is."""
    benchmark = np.full(intensity.shape, np.nan)
    correction = rows.interpolate("issued_correction_share", DATA_YEARS, "power")
    for c, name in enumerate(NATIONAL_CLASSES):
        points = rows.find("benchmark_share", name)
        if points is None:
            continue
        for year, share in points.T:
            y, balance = year_index(year), 2021 if year <= LAST_EARLY_BENCHMARK else VINTAGE_YEAR
            benchmark[y, c] = share * (1.0 + correction[y]) * intensity[year_index(balance), c]
    return benchmark


def _read_rules(
    rows: LongTable, tables: Tables, classes: NationalClasses, base: float, cap: Floats
) -> NationalRules:
    holders = NationalHolders(
        keep=_national(rows, "keep_share") * base,
        rate=_national(rows, "discount_rate"),
        highest_price=_national(rows, "highest_price"),
        horizon_years=int(_national(rows, "horizon_years")),
    )
    market = tables["carbon_market"]
    return NationalRules(
        allocation=_read_allocation_rules(rows, market, classes, cap),
        limits=_read_limits(rows, market, holders.highest_price),
        holders=holders,
    )


def _read_allocation_rules(
    rows: LongTable, market: pd.DataFrame, classes: NationalClasses, cap: Floats
) -> NationalAllocation:
    method = _read_methods(rows)
    band, band_reward = (
        rows.interpolate(name, DATA_YEARS, "industry") for name in ("band_share", "band_reward_share")
    )
    reward = np.where(method >= BENCHMARK, 1.0, 0.0)
    return NationalAllocation(
        method=method,
        benchmark=_read_benchmarks(rows, classes.intensity),
        shortage_share=np.tile(_by_class(rows, "shortage_share"), (DATA_YEARS.size, 1)),
        band_share=band,
        reward_share=np.where(method == BAND, band_reward[:, None], reward),
        shortfall_share=_read_shortfall(market),
        follows_output_share=_by_year_and_class(rows, "follows_output_share"),
        cap=cap,
        cap_known_from=np.zeros(cap.size, dtype=np.int64),
        expected_cap_fall=np.full(cap.size, _national(rows, "expected_cap_fall")),
        cap_share=np.full(len(NATIONAL_CLASSES), np.nan),
        new_entrant_share=_by_year_and_class(rows, "new_entrant_share"),
        auction_share=np.repeat(_by_year(rows, "auction_share")[:, None], len(NATIONAL_CLASSES), axis=1),
    )


def _read_limits(rows: LongTable, market: pd.DataFrame, highest: float) -> NationalStability:
    floor, upper, lower = (
        _by_year(rows, name) for name in ("floor_price", "reserve_upper_share", "reserve_lower_share")
    )
    if (floor > highest).any():
        raise ValueError(f"national_market: floor_price is above highest_price, {highest:g}")
    if (lower > upper).any():
        raise ValueError("national_market: reserve_lower_share is above reserve_upper_share")
    return NationalStability(
        floor=floor,
        ceiling=np.full(floor.size, highest),
        reserve_upper_share=upper,
        reserve_lower_share=lower,
        reserve_intake_share=_by_year(rows, "reserve_intake_share"),
        reserve_release_share=_by_year(rows, "reserve_release_share"),
        reserve_keeps_share=_by_year(rows, "reserve_keeps_share"),
        offset_limit_share=yearly(market.query("variable == 'offset_limit_share'")),
        offset_stock=_by_year(rows, "offset_stock") * T_PER_MT,
        offset_slope=_by_year(rows, "offset_slope") * T_PER_MT,
        offset_price=_by_year(rows, "offset_price"),
        carry_over_limit=_read_carry_over(rows),
        expires_after_years=np.full(floor.size, int(_national(rows, "expires_after_years"))),
        penalty=np.full(floor.size, np.inf),
        is_unmet_deducted=_national(rows, "unmet_deducted") != 0.0,
    )


def _by_year_and_class(rows: LongTable, name: str) -> Floats:
    """Interpolate a row of each class over data years [Y, C]."""
    return np.stack([rows.interpolate(name, DATA_YEARS, c) for c in NATIONAL_CLASSES], axis=1)


def _read_shortfall(market: pd.DataFrame) -> Floats:
    """Read the most that a benchmark leaves a class short, as a share of its emissions [Y, C]."""
    power, gas = (
        yearly(market.query(f"variable == {name!r}"))[:, None]
        for name in ("shortfall_cap_share", "gas_surrender_above_allocation")
    )
    is_power = np.array([c in POWER_CLASSES for c in NATIONAL_CLASSES])
    is_gas = np.array([c == "gas" for c in NATIONAL_CLASSES])
    return np.where(is_gas, gas, np.where(is_power, power, 1.0))


def _read_carry_over(rows: LongTable) -> Floats:
    """Read the most that all banks may carry over [Y], without limit before the first row."""
    limit = rows.find("carry_over_limit", "national")
    if limit is None:
        return np.full(DATA_YEARS.size, np.inf)
    years, limits_mt = limit
    return np.where(years[0] > DATA_YEARS, np.inf, np.interp(DATA_YEARS, years, limits_mt) * T_PER_MT)
