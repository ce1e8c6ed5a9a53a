"""The prices of yearly limits: the cheapest mix of cleared months, and the lowest prices that make it one."""

from itertools import permutations

import numpy as np
import pytest

from tanlu.kernels.power.limit_prices import ClearedMonths, LimitPrices, price_limits
from tests.limited_years import asked_in_run, mix_by_linear_programme

WIDE = np.zeros(2), np.full(2, 500.0)


def cleared_months(seed: int) -> tuple[ClearedMonths, np.ndarray]:
    """Months that cost more the less their limited units give, and a limit that some mix keeps."""
    random = np.random.default_rng(seed)
    trials, months = int(random.integers(1, 9)), 12
    output = random.uniform(0.0, 3e6, (trials, months, 2))
    cost = random.uniform(1e9, 2e9, months) - output @ random.uniform(20.0, 200.0, 2)
    cost = cost + random.uniform(0.0, 5e7, cost.shape)
    return ClearedMonths(cost, output), output.sum(axis=1).mean(axis=0) * random.uniform(0.4, 1.2, 2)


def cost_of(cleared: ClearedMonths, limit: np.ndarray, priced: LimitPrices) -> float:
    """What the mix costs, with what it spares and uses beyond the limits at the ends of the range."""
    use = np.einsum("km,kmz->z", priced.share, cleared.output_mwh)
    spare, beyond = np.maximum(limit - use, 0.0), np.maximum(use - limit, 0.0)
    return float((priced.share * cleared.cost_cny).sum() - spare @ WIDE[0] + beyond @ WIDE[1])


@pytest.mark.parametrize("seed", range(40))
def test_the_mix_and_its_prices_are_those_of_a_linear_programme(seed: int) -> None:
    cleared, limit = cleared_months(seed)
    priced = price_limits(cleared, limit, *WIDE)
    cost, price = mix_by_linear_programme(cleared, limit, *WIDE)
    np.testing.assert_allclose(priced.share.sum(axis=0), 1.0, rtol=1e-9)
    assert priced.share.min() >= -1e-12
    assert cost_of(cleared, limit, priced) == pytest.approx(cost, rel=1e-9)
    np.testing.assert_allclose(priced.price_cny_per_mwh, price, rtol=1e-6, atol=1e-4)


def test_the_mix_of_what_a_run_cleared_is_that_of_a_linear_programme() -> None:
    for limited, answer in asked_in_run()[::7]:
        cleared = ClearedMonths(
            np.stack([trial.cost_cny for trial in answer.trials]),
            np.stack([trial.output_mwh for trial in answer.trials]),
        )
        priced = price_limits(cleared, limited.room_mwh, *WIDE)
        cost, _ = mix_by_linear_programme(cleared, limited.room_mwh, *WIDE)
        assert cost_of(cleared, limited.room_mwh, priced) == pytest.approx(cost, rel=1e-9)
        np.testing.assert_allclose(priced.price_cny_per_mwh, answer.price_cny_per_mwh, atol=0.02)


@pytest.mark.parametrize("limit, lowest_price", [(20.0, 20.0), (15.0, 40.0), (30.0, 0.0)])
def test_where_several_prices_are_right_the_lowest_is_found(limit: float, lowest_price: float) -> None:
    """Blocks of 10 that save 40, 40 and 20: at a limit of two whole blocks any price from 20 to 40 is right."""
    output = np.array([0.0, 10.0, 20.0, 30.0])
    cost = 1e4 - np.array([0.0, 400.0, 800.0, 1000.0])
    for order in map(list, permutations(range(output.size))):
        cleared = ClearedMonths(cost[order][:, None], output[order][:, None, None])
        priced = price_limits(cleared, np.array([limit]), np.zeros(1), np.full(1, 500.0))
        assert priced.price_cny_per_mwh[0] == pytest.approx(lowest_price, abs=1e-6), order


def test_prices_stay_in_the_range_that_is_looked_at() -> None:
    cleared, limit = cleared_months(3)
    low, high = np.array([30.0, 0.0]), np.array([35.0, 10.0])
    price = price_limits(cleared, limit, low, high).price_cny_per_mwh
    assert np.all((price >= low - 1e-9) & (price <= high + 1e-9))
    assert price_limits(cleared, 0.0 * limit, *WIDE).price_cny_per_mwh.tolist() == [500.0, 500.0]
