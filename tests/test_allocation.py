"""Sequential allocation against its twin in exact fractions, and what must hold for any case."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.kernels.allocation import fill_by_weight, pay_claims
from tests.naive_allocation import naive_claims, naive_fill

SEEDS = st.integers(0, 2**32 - 1)


def case(seed: int, *, suppliers: int = 12, groups: int = 3) -> dict[str, np.ndarray]:
    """Return suppliers of which some are idle, some weightless, some huge, for groups short and long."""
    random = np.random.default_rng(seed)
    size = random.choice([1e-3, 1.0, 1e6], suppliers)
    return {
        "demand": random.uniform(0.0, 30.0, groups)
        * random.choice([0.0, 1.0, 1e3], groups, p=[0.1, 0.6, 0.3]),
        "group": random.integers(0, groups, suppliers),
        "capacity": random.uniform(0.0, 10.0, suppliers) * size * (random.random(suppliers) < 0.9),
        "weight": random.uniform(0.0, 5.0, suppliers) * (random.random(suppliers) < 0.85),
    }


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, suppliers=st.integers(0, 20), groups=st.integers(1, 4))
def test_filling_equals_the_exact_twin(seed: int, suppliers: int, groups: int) -> None:
    given_case = case(seed, suppliers=suppliers, groups=groups)
    got = fill_by_weight(**given_case)
    exact = np.array([float(x) for x in naive_fill(**given_case)])
    size = given_case["demand"][given_case["group"]] if suppliers else np.zeros(0)
    # The kernel stops when a round moves less than 1e-12 of the demand.
    np.testing.assert_array_less(np.abs(got - exact), 1e-9 * (size + exact) + 1e-300)


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS)
def test_no_supplier_is_overfilled_and_no_demand_exceeded(seed: int) -> None:
    given_case = case(seed)
    output = fill_by_weight(**given_case)
    total = np.bincount(given_case["group"], output, 3)
    usable = np.where(given_case["weight"] > 0.0, given_case["capacity"], 0.0)
    limit = np.bincount(given_case["group"], usable, 3)
    assert np.all(output >= 0.0) and np.all(output <= given_case["capacity"])
    assert np.all(output[given_case["weight"] == 0.0] == 0.0)
    np.testing.assert_allclose(total, np.minimum(given_case["demand"], limit), rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, more=st.floats(1.0, 3.0))
def test_more_demand_never_gives_anyone_less(seed: int, more: float) -> None:
    given_case = case(seed)
    less = fill_by_weight(**given_case)
    given_case["demand"] = given_case["demand"] * more
    assert np.all(fill_by_weight(**given_case) >= less * (1.0 - 1e-9) - 1e-12)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, scale=st.sampled_from([0.125, 2.0, 1024.0]))
def test_only_relative_weights_matter_and_order_does_not(seed: int, scale: float) -> None:
    given_case = case(seed)
    got = fill_by_weight(**given_case)
    scaled = fill_by_weight(**(given_case | {"weight": given_case["weight"] * scale}))
    np.testing.assert_allclose(scaled, got, rtol=1e-9, atol=1e-12)
    order = np.random.default_rng(seed).permutation(got.size)
    shuffled = {name: values[order] for name, values in given_case.items() if name != "demand"}
    np.testing.assert_allclose(
        fill_by_weight(demand=given_case["demand"], **shuffled), got[order], rtol=1e-9, atol=1e-12
    )


def test_by_hand() -> None:
    """10 wanted, weights 1 : 1 : 2, the first can give 1: the rest of 9 is shared 3 : 6."""
    output = fill_by_weight(
        demand=np.array([10.0]),
        group=np.zeros(3, np.int64),
        capacity=np.array([1.0, 9.0, 9.0]),
        weight=np.array([1.0, 1.0, 2.0]),
    )
    assert output.tolist() == pytest.approx([1.0, 3.0, 6.0])


def test_a_full_supplier_gives_its_capacity_to_the_bit() -> None:
    capacity = np.array([0.1, 0.7, 1.3]) * 3.0
    output = fill_by_weight(
        demand=np.array([1e9]),
        group=np.zeros(3, np.int64),
        capacity=capacity,
        weight=np.array([1.0, 7.0, 0.3]),
    )
    assert output.tobytes() == capacity.tobytes()


@settings(max_examples=200, deadline=None)
@given(
    seed=SEEDS,
    size=st.integers(0, 12),
    budget=st.one_of(st.just(0.0), st.just(float("inf")), st.floats(0.0, 100.0)),
)
def test_claims_are_paid_as_the_twin_pays_them(seed: int, size: int, budget: float) -> None:
    random = np.random.default_rng(seed)
    claims = random.uniform(0.0, 20.0, size) * (random.random(size) < 0.8)
    priority = random.permutation(size)
    paid = pay_claims(claims=claims, priority=priority, budget=budget)
    exact = [float(x) for x in naive_claims(claims, priority, budget)]
    np.testing.assert_allclose(paid, exact, rtol=0.0, atol=1e-12)
    assert np.all(paid <= claims) and paid.sum() <= budget * (1.0 + 1e-12)


def test_the_budget_is_empty_before_the_last_in_line() -> None:
    paid = pay_claims(
        claims=np.array([5.0, 5.0, 5.0]), priority=np.array([2, 0, 1], dtype=np.int64), budget=8.0
    )
    assert paid.tolist() == [3.0, 0.0, 5.0]
