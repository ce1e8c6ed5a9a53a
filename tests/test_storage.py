"""Storage against a twin that moves one small step at a time, and the laws it must keep."""

import numpy as np
import pytest

from model.kernels.storage import shift_load
from tests.naive_dispatch import naive_storage

POWER, ENERGY, EFFICIENCY = np.array([30.0, 20.0]), np.array([120.0, 1e9]), np.array([0.75, 0.9])


def random_load(seed: int, months: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    surplus = random.uniform(0.0, 150.0, (2, months, 2, 1)) * (random.random((2, months, 2, 1)) < 0.4)
    return random.normal(100.0, 40.0, (2, months, 2, 24)) - surplus


def shift(load, power=POWER, energy=ENERGY, efficiency=EFFICIENCY):
    return shift_load(net_load_mw=load, power_mw=power, energy_mwh=energy, round_trip_efficiency=efficiency)


def test_it_does_what_moving_small_steps_does() -> None:
    load, step = random_load(0), 0.02
    year = shift(load)
    for z, m, d in np.ndindex(load.shape[:3]):
        charge, discharge = naive_storage(load[z, m, d], POWER[z], ENERGY[z], EFFICIENCY[z], step)
        np.testing.assert_allclose(year.charge_mw[z, m, d], charge, atol=2.0 * step)
        np.testing.assert_allclose(year.discharge_mw[z, m, d], discharge, atol=2.0 * step)


@pytest.mark.parametrize("seed", range(10))
def test_energy_power_and_size_are_kept(seed) -> None:
    load = random_load(seed)
    year = shift(load)
    charged, discharged = year.charge_mw.sum(axis=3), year.discharge_mw.sum(axis=3)
    np.testing.assert_allclose(charged * EFFICIENCY[:, None, None], discharged, atol=1e-9)
    assert (discharged <= ENERGY[:, None, None] + 1e-9).all()
    for flow in (year.charge_mw, year.discharge_mw):
        assert (flow >= 0.0).all()
        assert (flow <= POWER[:, None, None, None] + 1e-9).all()
    assert (year.charge_mw * year.discharge_mw == 0.0).all()


@pytest.mark.parametrize("seed", range(10))
def test_it_only_flattens(seed) -> None:
    load = random_load(seed)
    year = shift(load)
    after = load + year.charge_mw - year.discharge_mw
    lowest, highest = load.min(axis=3), load.max(axis=3)
    assert (after.max(axis=3) <= highest + 1e-9).all()
    assert (after.min(axis=3) >= lowest - 1e-9).all()
    busy = (year.discharge_mw > 1e-6).any(axis=3)
    assert busy.any()
    # No hour is filled above efficiency x the lowest peak that is cut, and none is cut below 0.
    filled = np.where(year.charge_mw > 0.0, after, -np.inf).max(axis=3)
    cut = np.where(year.discharge_mw > 0.0, after, np.inf).min(axis=3)
    assert (filled <= EFFICIENCY[:, None, None] * cut + 1e-6)[busy].all()
    assert (cut >= -1e-9)[busy].all()


def test_without_losses_and_limits_the_day_becomes_flat() -> None:
    load = np.abs(random_load(3)) + 200.0
    year = shift(load, power=np.full(2, 1e6), energy=np.full(2, 1e9), efficiency=np.ones(2))
    after = load + year.charge_mw - year.discharge_mw
    np.testing.assert_allclose(
        after, np.broadcast_to(load.mean(axis=3, keepdims=True), load.shape), atol=1e-9
    )


@pytest.mark.parametrize(("power", "energy"), [(0.0, 100.0), (30.0, 0.0)])
def test_nothing_moves_without_power_or_energy(power, energy) -> None:
    year = shift(random_load(4), power=np.full(2, power), energy=np.full(2, energy))
    assert not year.charge_mw.any()
    assert not year.discharge_mw.any()


def test_nothing_moves_on_a_flat_day_or_into_a_surplus() -> None:
    flat, surplus = np.full((2, 1, 1, 24), 50.0), -np.abs(random_load(5))
    for load in (flat, surplus):
        assert not shift(load).discharge_mw.any()


def test_a_surplus_is_stored_for_the_evening() -> None:
    load = np.zeros((2, 1, 1, 4))
    load[:] = [-40.0, -10.0, 60.0, 20.0]
    year = shift(load, power=np.full(2, 100.0), energy=np.array([40.0, 1e3]), efficiency=np.full(2, 0.8))
    # 40 MWh cut 60 to 20 and take just the surplus of 50; without that limit both levels meet at 0.8 to 1.
    np.testing.assert_allclose(year.discharge_mw[0, 0, 0], [0.0, 0.0, 40.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(year.charge_mw[0, 0, 0], [40.0, 10.0, 0.0, 0.0], atol=1e-9)
    level = 40.0 / 3.28
    np.testing.assert_allclose(year.discharge_mw[1, 0, 0], [0.0, 0.0, 60.0 - level, 20.0 - level], atol=1e-9)
    np.testing.assert_allclose(
        year.charge_mw[1, 0, 0], [0.8 * level + 40.0, 0.8 * level + 10.0, 0.0, 0.0], atol=1e-9
    )


def test_a_larger_store_never_leaves_a_higher_peak() -> None:
    load = random_load(6)
    peaks = []
    for energy in (10.0, 40.0, 160.0, 1e4):
        year = shift(load, energy=np.full(2, energy))
        peaks.append((load + year.charge_mw - year.discharge_mw).max(axis=3))
    assert (np.diff(peaks, axis=0) <= 1e-9).all()
