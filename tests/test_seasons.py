"""The kernel that moves water between months agrees with a slow twin, and keeps its laws."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.kernels.power import seasons
from tanlu.kernels.power.seasons import ReservoirPlants, reservoir_months
from tests.naive_seasons import level

MONTHS = 12
HOURS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24.0


@numba.njit
def level_seasons(
    net_load_mw, ignored_mw, day_weight, inflow_mwh, least_mwh, most_mwh, store_mwh, first_month
):
    """Call the helper, which only compiled functions can."""
    bounds = least_mwh, most_mwh, store_mwh
    return seasons.level_seasons(net_load_mw, ignored_mw, day_weight, inflow_mwh, *bounds, first_month)


def a_year(seed: int) -> dict[str, np.ndarray]:
    """Return a zone with any need, inflow, bounds and store; some need is negative, some bounds bind everywhere."""
    random = np.random.default_rng(seed)
    inflow = random.uniform(0.0, 1e6, MONTHS) * (random.random(MONTHS) < 0.9)
    return {
        "net_load_mw": random.uniform(-500.0, 3000.0, (1, MONTHS, 2, 24)),
        "ignored_mw": random.uniform(0.0, 500.0, (1, MONTHS)),
        "day_weight": np.stack([HOURS / 24.0 - 3.0, np.full(MONTHS, 3.0)], axis=1),
        "inflow_mwh": inflow[None],
        "least_mwh": (inflow * random.choice([0.0, 0.3, 0.9]))[None],
        "most_mwh": (inflow + random.choice([1e4, 3e5, 1e7]))[None],
        "store_mwh": np.array([random.choice([0.0, 1e4, 5e5, 3e6, 1e9])]),
    }


def needs(year: dict[str, np.ndarray]) -> np.ndarray:
    """Return what is to be served in each month, MWh."""
    load = year["net_load_mw"][0] - year["ignored_mw"][0][:, None, None]
    return (load * year["day_weight"][:, :, None]).sum(axis=(1, 2))


def unevenness(year: dict[str, np.ndarray], release: np.ndarray) -> float:
    return float((((needs(year) - release) / HOURS) ** 2 * HOURS).sum())


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**31), first=st.integers(0, MONTHS - 1))
def test_the_kernel_agrees_with_its_twin(seed: int, first: int) -> None:
    year = a_year(seed)
    found = level_seasons(**year, first_month=first)[0]
    turned = [np.roll(x, -first) for x in (needs(year), HOURS, *(year[n][0] for n in BOUNDS))]
    expected = np.roll(level(*(x.tolist() for x in turned), float(year["store_mwh"][0])), first)
    np.testing.assert_allclose(found, expected, atol=1e-6 * (1.0 + year["inflow_mwh"].sum()))


BOUNDS = ("inflow_mwh", "least_mwh", "most_mwh")


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**31), first=st.integers(0, MONTHS - 1))
def test_all_water_is_released_within_bounds_and_the_store(seed: int, first: int) -> None:
    year = a_year(seed)
    found, size = level_seasons(**year, first_month=first)[0], 1.0 + year["inflow_mwh"].sum()
    assert found.sum() == pytest.approx(year["inflow_mwh"].sum(), abs=1e-9 * size)
    assert np.all(found >= year["least_mwh"][0] - 1e-9 * size)
    assert np.all(found <= year["most_mwh"][0] + 1e-9 * size)
    held = np.cumsum(np.roll(year["inflow_mwh"][0] - found, -first))
    assert np.all(held >= -1e-9 * size) and np.all(held <= year["store_mwh"][0] + 1e-9 * size)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_a_larger_store_never_levels_less(seed: int) -> None:
    year = a_year(seed)
    sizes = [0.0, 1e4, 1e5, 1e6, 1e7]
    levels = [
        unevenness(year, level_seasons(**(year | {"store_mwh": np.array([s])}), first_month=5)[0])
        for s in sizes
    ]
    for less, more in zip(levels[1:], levels, strict=False):
        assert less <= more * (1.0 + 1e-9) + 1e-6


def test_without_a_store_the_water_comes_as_it_comes() -> None:
    year = a_year(3) | {"store_mwh": np.zeros(1)}
    np.testing.assert_allclose(level_seasons(**year, first_month=5)[0], year["inflow_mwh"][0], rtol=1e-12)


def test_a_boundless_store_serves_every_hour_alike() -> None:
    """By hand: need falls from month to month, all inflow comes first, nothing binds."""
    year = a_year(1)
    year["net_load_mw"] = np.ones((1, MONTHS, 2, 24)) * np.linspace(2000.0, 1000.0, MONTHS)[:, None, None]
    year["ignored_mw"] = np.zeros((1, MONTHS))
    year["inflow_mwh"] = np.eye(MONTHS)[:1] * 8e6
    year["least_mwh"], year["most_mwh"] = np.zeros((1, MONTHS)), np.full((1, MONTHS), 1e7)
    year["store_mwh"] = np.array([1e8])
    left = (needs(year) - level_seasons(**year, first_month=0)[0]) / HOURS
    np.testing.assert_allclose(left, (needs(year).sum() - 8e6) / HOURS.sum(), rtol=1e-12)


def test_the_zones_do_not_know_of_each_other() -> None:
    one, two = a_year(5), a_year(6)
    both = {n: one[n] if n == "day_weight" else np.concatenate([one[n], two[n]]) for n in one}
    found = level_seasons(**both, first_month=5)
    for row, year in enumerate((one, two)):
        assert found[row].tobytes() == level_seasons(**year, first_month=5)[0].tobytes()


@pytest.mark.parametrize("seed", range(6))
def test_months_have_the_levelled_water_within_what_turbines_take_and_rivers_need(seed: int) -> None:
    year, random = a_year(seed), np.random.default_rng(seed)
    weight, inflow, turbines = year["day_weight"], year["inflow_mwh"], random.uniform(1.0, 900.0, 1)
    low, high = random.uniform(0.0, 0.6, (2, 1, MONTHS))
    given = {
        name: year[name] for name in ("net_load_mw", "ignored_mw", "day_weight", "inflow_mwh", "store_mwh")
    }
    plants = ReservoirPlants(
        inflow_mwh=inflow,
        turbine_mw=turbines,
        minimum_share=low,
        maximum_share=high,
        store_mwh=year["store_mwh"],
    )
    found = reservoir_months(year["net_load_mw"], year["ignored_mw"], weight, plants, first_month=5)
    hours = weight.sum(axis=1) * 24.0
    bounds = {"least_mwh": low * inflow, "most_mwh": np.maximum(turbines[0] * high * hours, inflow)}
    np.testing.assert_array_equal(found.energy_mwh, level_seasons(**given, **bounds, first_month=5))
    mean = found.energy_mwh / hours
    np.testing.assert_allclose(found.maximum_mw, np.maximum(turbines[0] * high, mean), rtol=1e-12)
    np.testing.assert_allclose(found.minimum_mw, np.minimum(low * mean, found.maximum_mw), rtol=1e-12)
