"""The book of emissions: its factors add up to the change, and what moves alone stands in its own factor."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import SECTOR, SECTORS
from tanlu.indicators.book import BOOK_PARTS, CHANGE, DECIDED, TYPED
from tanlu.indicators.emissions import emissions
from tanlu.kernels.decomposition import (
    ACTIVITY_DECIDED,
    ACTIVITY_TYPED,
    CARBON,
    FACTORS,
    FUEL_DECIDED,
    FUEL_TYPED,
    STRUCTURE,
    YearQuantities,
    decompose,
)
from tanlu.output.book import book_in_words, book_of, policy_in_words
from tanlu.output.measures import Measured, Measures
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.book_table import book_columns
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import SHIPPED, shipped

T_PER_MT = 1e6
TWO = load_region("two_provinces")
SMALL = load({"name": "small", "region": "two_provinces", "years": "2022-2027", "replications": 1})
# Two lines that share a product, and a block with an index; coal, gas, and a column of process CO2.
GROUP, CELL = np.array([0, 0, 1]), np.array([0, 1, 2])
FACTOR_T_PER_GJ = np.array([0.1, 0.05])


def quantities(
    service=(60.0, 40.0, 5.0),
    given=(100.0, 5.0),
    index=(1.0, 1.0, 0.8),
    fuel_gj=((30.0, 0.0), (8.0, 12.0), (3.0, 1.0)),
    captured_share=(0.0, 0.0, 0.0),
    process_tco2=(12.0, 0.0, 0.0),
) -> YearQuantities:
    """Return a year in which all CO2 follows from fuel, capture and process."""
    burnt = np.array(fuel_gj)
    emitted = (
        np.column_stack([burnt * FACTOR_T_PER_GJ, process_tco2]) * (1.0 - np.array(captured_share))[:, None]
    )
    return YearQuantities(np.array(given), np.array(service), np.array(index), burnt, emitted)


def change_of(before: YearQuantities, now: YearQuantities) -> np.ndarray:
    return decompose(cell=CELL, group=GROUP, before=before, now=now, cells=3)


def times(values, factor: float):
    return tuple(tuple(factor * x for x in row) if isinstance(row, tuple) else factor * row for row in values)


# What moves from the year of `quantities()`, the rows whose CO2 moves, and the only factor that may.
ALONE = {
    "demand of the product": (
        {
            "service": (66.0, 44.0, 5.0),
            "given": (110.0, 5.0),
            "fuel_gj": ((33.0, 0.0), (8.8, 13.2), (3.0, 1.0)),
            "process_tco2": (13.2, 0.0, 0.0),
        },
        (0, 1),
        ACTIVITY_TYPED,
    ),
    "demand of new buildings": (
        {
            "service": (66.0, 44.0, 5.0),
            "fuel_gj": ((33.0, 0.0), (8.8, 13.2), (3.0, 1.0)),
            "process_tco2": (13.2, 0.0, 0.0),
        },
        (0, 1),
        ACTIVITY_DECIDED,
    ),
    "which line makes it": (
        {
            "service": (40.0, 60.0, 5.0),
            "fuel_gj": ((20.0, 0.0), (12.0, 18.0), (3.0, 1.0)),
            "process_tco2": (8.0, 0.0, 0.0),
        },
        (0, 1),
        STRUCTURE,
    ),
    "the index of the block": (
        {"index": (1.0, 1.0, 0.6), "fuel_gj": ((30.0, 0.0), (8.0, 12.0), (2.25, 0.75))},
        (2,),
        FUEL_TYPED,
    ),
    "a project that saves fuel": ({"fuel_gj": ((27.0, 0.0), (8.0, 12.0), (3.0, 1.0))}, (0,), FUEL_DECIDED),
    "gas for coal": ({"fuel_gj": ((30.0, 0.0), (2.0, 18.0), (3.0, 1.0))}, (1,), CARBON),
    "all gas for coal": ({"fuel_gj": ((30.0, 0.0), (0.0, 20.0), (3.0, 1.0))}, (1,), CARBON),
    "capture": ({"captured_share": (0.0, 0.6, 0.0)}, (1,), CARBON),
    "capture of more than is burnt": ({"captured_share": (0.0, 1.2, 0.0)}, (1,), CARBON),
    "clinker in cement": ({"process_tco2": (9.0, 0.0, 0.0)}, (0,), CARBON),
    "a line that closes": (
        {
            "service": (100.0, 0.0, 5.0),
            "fuel_gj": ((50.0, 0.0), (0.0, 0.0), (3.0, 1.0)),
            "process_tco2": (20.0, 0.0, 0.0),
        },
        (0, 1),
        STRUCTURE,
    ),
    "a block without demand": (
        {
            "service": (60.0, 40.0, 0.0),
            "given": (100.0, 0.0),
            "fuel_gj": ((30.0, 0.0), (8.0, 12.0), (0.0, 0.0)),
        },
        (2,),
        ACTIVITY_TYPED,
    ),
    "a block that is electric": ({"fuel_gj": ((30.0, 0.0), (8.0, 12.0), (0.0, 0.0))}, (2,), FUEL_DECIDED),
    "an index of 0": (
        {"index": (1.0, 1.0, 0.0), "fuel_gj": ((30.0, 0.0), (8.0, 12.0), (0.0, 0.0))},
        (2,),
        FUEL_TYPED,
    ),
}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", ALONE)
def test_what_moves_alone_stands_in_its_own_factor(name: str, backwards: bool) -> None:
    """Two factors that change places in the kernel fail here: sums alone do not see it."""
    inputs, rows, factor = ALONE[name]
    years = quantities(), quantities(**inputs)
    before, now = years[::-1] if backwards else years
    moved = (now.emitted_tco2 - before.emitted_tco2).sum(axis=1)
    expected = np.zeros((3, FACTORS))
    expected[list(rows), factor] = moved[list(rows)]
    assert np.abs(moved[list(rows)]).min() > 0.05
    np.testing.assert_allclose(change_of(before, now), expected, atol=1e-12)


def test_two_factors_share_the_change_by_their_logarithms() -> None:
    """Fuel of the block doubles by activity and falls by 0.8 by its index: L (ln 2 and ln 0.8), L the log mean."""
    now = quantities(
        service=(60.0, 40.0, 10.0),
        given=(100.0, 10.0),
        index=(1.0, 1.0, 0.64),
        fuel_gj=((30.0, 0.0), (8.0, 12.0), times((3.0, 1.0), 1.6)),
    )
    e0 = 0.35
    mean = e0 * 0.6 / np.log(1.6)
    row = change_of(quantities(), now)[2]
    np.testing.assert_allclose(row[[ACTIVITY_TYPED, FUEL_TYPED]], mean * np.log([2.0, 0.8]), rtol=1e-12)
    assert row.sum() == pytest.approx(e0 * 0.6, rel=1e-12)


def test_factors_add_up_whatever_is_born_or_dies() -> None:
    draws = np.random.default_rng(5)

    def one() -> YearQuantities:
        alive = draws.random(3) > 0.3
        mix = draws.random((3, 2)) * (draws.random((3, 2)) > 0.3)
        return quantities(
            service=draws.random(3) * alive,
            given=draws.random(2),
            index=draws.random(3),
            fuel_gj=mix * alive[:, None] * 10.0 ** draws.integers(-6, 6, (3, 1)),
            captured_share=draws.random(3) * (draws.random(3) > 0.5),
            process_tco2=draws.random(3) * alive,
        )

    for _ in range(300):
        before, now = one(), one()
        moved = (now.emitted_tco2 - before.emitted_tco2).sum(axis=1)
        size = 1e-12 * (now.emitted_tco2 + before.emitted_tco2).sum() * 100.0
        np.testing.assert_allclose(change_of(before, now).sum(axis=1), moved, rtol=1e-9, atol=size)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_book_adds_up_in_every_shipped_scenario(name: str) -> None:
    """In every year and province, to 1e-9 of the change; captured CO2 that reached the air is in it."""
    record = model_runs.record(shipped(name))
    change = record.book.change_tco2.sum(axis=(2, 3))[1:] / T_PER_MT
    total = emissions(record)
    np.testing.assert_allclose(change, np.diff(total, axis=0), rtol=1e-9, atol=1e-11)
    assert np.all(record.book.change_tco2[0] == 0.0)


@pytest.fixture(scope="module")
def small():
    return RegionModel(Inputs(SMALL, TWO)).run().record.book.change_tco2[1:].sum(axis=(0, 1)) / T_PER_MT


def with_drivers_held(ending: str, values: Callable[[pd.DataFrame], pd.Series]) -> np.ndarray:
    """Return the book of the small pack [S, FACTORS] with the drivers of some name that stay as they are."""
    table = TWO.tables["drivers"].copy()
    is_held = table["driver"].str.endswith(ending)
    assert is_held.any()
    table.loc[is_held, "value"] = values(table[is_held])
    region = dataclasses.replace(TWO, tables=dict(TWO.tables) | {"drivers": table})
    return RegionModel(Inputs(SMALL, region)).run().record.book.change_tco2[1:].sum(axis=(0, 1)) / T_PER_MT


def test_an_index_that_stays_leaves_no_typed_fuel_but_that_of_vehicles(small: np.ndarray) -> None:
    held = with_drivers_held("_fossil_intensity_index", lambda rows: 1.0 + 0.0 * rows["value"])
    stationary = [SECTOR[s] for s in SECTORS if s not in ("transport", "other_industry")]
    assert np.all(held[stationary, FUEL_TYPED] == 0.0) and held[SECTOR["transport"], FUEL_TYPED] < 0.0
    assert held[SECTOR["other_industry"], FUEL_TYPED] < 0.0, "its services grow less than its activity"
    cohorts = [SECTOR[s] for s in ("heat", "buildings", "agriculture")]
    assert np.all(small[cohorts, FUEL_TYPED] == 0.0), "what they burn is decided"
    assert small[stationary, FUEL_TYPED].sum() < -0.01


def test_activity_that_stays_leaves_no_given_demand_of_blocks(small: np.ndarray) -> None:
    held = with_drivers_held(
        "_activity", lambda rows: rows.groupby(["province", "driver"])["value"].transform("first")
    )
    blocks_alone = [SECTOR[s] for s in ("other_industry", "buildings", "agriculture")]
    np.testing.assert_allclose(held[blocks_alone, ACTIVITY_TYPED], 0.0, atol=1e-12)
    assert np.abs(small[blocks_alone, ACTIVITY_TYPED]).sum() > 0.05


def test_the_table_adds_up_to_the_indicators() -> None:
    record = model_runs.record(shipped("baseline"))
    years = shipped("baseline").years.array()
    table = book_columns(record.book, years, ("Sichuan", "Chongqing"))
    found = model_runs.measures(shipped("baseline"))
    for part in BOOK_PARTS:
        is_part = (np.asarray(table["set_by"]) == part.mark) & (np.asarray(table["factor"]) == part.factor)
        for p, province in enumerate(("Sichuan", "Chongqing")):
            rows = is_part & (np.asarray(table["province"]) == province)
            by_year = np.bincount(table["year"][rows] - years[0], table["change_mtco2"][rows], years.size)
            np.testing.assert_allclose(
                by_year, found.values[found.variables.index(part.variable), p], atol=1e-9
            )


def measured(parts: dict[str, float], level: float = 100.0) -> Measured:
    """Return a result of the small pack whose CO2 changes in its last year by some parts."""
    rows = {part.variable: parts.get(part.key, 0.0) for part in BOOK_PARTS}
    rows |= {CHANGE: sum(rows.values()), "Emissions|CO2": level}
    values = np.zeros((1, len(rows), 3, 6))
    values[0, :, 2, -1] = list(rows.values())
    units = ("Mt CO2/yr",) * len(rows)
    return Measured(
        SMALL, Measures(tuple(rows), units, ("North", "South", "Small"), SMALL.years.array(), values)
    )


def test_the_sentence_says_when_more_is_typed_in_than_decided() -> None:
    typed = measured({"typed_fuel_per_service": -6.0, "decided_structure": -2.0})
    decided = measured({"typed_fuel_per_service": -2.0, "decided_structure": -6.0})
    book = book_of(typed)
    assert book is not None and (book.sum_of(TYPED), book.sum_of(DECIDED)) == (-6.0, -2.0)
    assert "More of it is typed in" in book_in_words(typed, "en")[0]
    assert "More of it" not in book_in_words(decided, "en")[0]
    assert "-8.00" in book_in_words(typed, "zh")[0] and "输入设定的部分大于" in book_in_words(typed, "zh")[0]


def test_a_policy_that_does_less_than_typed_fuel_is_named() -> None:
    base = measured({"typed_fuel_per_service": -6.0}, level=100.0)
    weak, strong = (measured({"typed_fuel_per_service": -6.0}, level=level) for level in (97.0, 90.0))
    assert "-3.00" in policy_in_words("weak", weak, base, "en")
    assert policy_in_words("strong", strong, base, "en") == policy_in_words("same", base, base, "en") == ""
