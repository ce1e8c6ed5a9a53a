"""Captured CO2: buyers first, then stores from the cheapest on, the rest is vented; nothing is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.markets.co2 import StoreBook, delivered_cost, place_co2, posted_tariff
from model.region_finance import CO2Products, CO2Stores
from tests.model_runs import REGION

NEAR, FAR = 50.0, 120.0


def sinks(
    *,
    capacity: tuple[float, ...] = (100.0, 100.0),
    injection: tuple[float, ...] = (10.0, 10.0),
    cost: tuple[float, ...] = (60.0, 80.0),
    province: tuple[int, ...] = (0, 1),
    price: tuple[float, ...] = (300.0, 40.0),
    bought: tuple[float, ...] = (2.0, 3.0),
    permanent: tuple[float, ...] = (0.0, 1.0),
):
    """Return two stores and two buyers unless told otherwise; quantities in t CO2."""
    n, b = len(capacity), len(price)
    return REGION.finance._replace(
        stores=CO2Stores(
            ids=("a", "b", "c")[:n],
            names_en=("a", "b", "c")[:n],
            names_zh=("a", "b", "c")[:n],
            province=np.array(province),
            capacity_tco2=np.array(capacity),
            injection_limit_tco2_per_year=np.array(injection),
            cost_cny_per_tco2=np.array(cost),
        ),
        products=CO2Products(("x", "y", "z")[:b], np.array(price), np.array(bought), np.array(permanent)),
        transport={"tariff_within_province_cny_per_tco2": NEAR, "tariff_across_border_cny_per_tco2": FAR},
    )


def place(finance, captured: tuple[float, float], held: tuple[float, ...] | None = None):
    book = StoreBook(np.zeros(len(finance.stores.ids)) if held is None else np.array(held))
    return place_co2(finance, book, np.array(captured))


def test_the_cost_of_a_tonne_is_the_store_and_the_way_to_it() -> None:
    assert delivered_cost(sinks()).tolist() == [[110.0, 200.0], [180.0, 130.0]]


def test_by_hand() -> None:
    """Of 20 + 5 t buyers take 5, a fifth of each; 16 t of the first fill the near store, then the far one."""
    outcome, book = place(sinks(), (20.0, 5.0))
    assert outcome.used_tco2.tolist() == [4.0, 1.0]
    assert outcome.product_revenue_cny.tolist() == pytest.approx([0.8 * 720.0, 0.2 * 720.0])
    assert outcome.stored_tco2.tolist() == pytest.approx([16.0, 4.0])
    assert book.held_tco2.tolist() == pytest.approx([10.0, 10.0])
    assert outcome.transport_storage_cost_cny.tolist() == pytest.approx([10 * 110 + 6 * 200, 4 * 130])
    assert outcome.vented_tco2.tolist() == pytest.approx([0.0, 0.0], abs=1e-12)
    assert outcome.permanent_share.tolist() == pytest.approx([(16 + 0.8 * 3) / 20, (4 + 0.2 * 3) / 5])


def test_what_finds_no_place_is_vented() -> None:
    outcome, book = place(sinks(capacity=(6.0, 100.0), injection=(10.0, 3.0)), (30.0, 0.0))
    assert outcome.vented_tco2.tolist() == pytest.approx([30.0 - 5.0 - 6.0 - 3.0, 0.0])
    assert book.held_tco2.tolist() == [6.0, 3.0]


def test_a_full_store_takes_nothing_and_its_price_is_gone_from_the_tariff() -> None:
    finance = sinks()
    assert posted_tariff(finance, StoreBook(np.zeros(2))).tolist() == [110.0, 130.0]
    outcome, book = place(finance, (30.0, 0.0), held=(100.0, 0.0))
    assert book.held_tco2.tolist() == [100.0, 10.0]
    assert outcome.tariff_cny_per_tco2.tolist() == [200.0, 130.0]
    full = StoreBook(np.array([100.0, 100.0]))
    assert posted_tariff(finance, full).tolist() == [200.0, 180.0], "the dearest site stands for no site"


def test_buyers_come_in_the_order_of_what_they_pay() -> None:
    outcome, _ = place(sinks(), (1.0, 0.0))
    assert outcome.product_revenue_cny[0] == pytest.approx(300.0)
    assert outcome.permanent_share[0] == 0.0, "the dearest buyer lets it go again"


def test_no_capture_moves_nothing() -> None:
    outcome, book = place(sinks(), (0.0, 0.0), held=(7.0, 0.0))
    assert book.held_tco2.tolist() == [7.0, 0.0]
    for field in ("stored_tco2", "used_tco2", "vented_tco2", "permanent_share", "product_revenue_cny"):
        assert not getattr(outcome, field).any(), field


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_nothing_is_lost_and_no_limit_is_passed(seed: int) -> None:
    random = np.random.default_rng(seed)
    finance = sinks(
        capacity=tuple(random.uniform(0.0, 60.0, 3)),
        injection=tuple(random.uniform(0.0, 20.0, 3)),
        cost=tuple(random.choice([60.0, 60.0, 80.0], 3)),
        province=tuple(random.integers(0, 2, 3)),
        price=(300.0, 100.0, 40.0),
        bought=tuple(random.uniform(0.0, 5.0, 3)),
        permanent=tuple(random.uniform(0.0, 1.0, 3)),
    )
    captured = random.uniform(0.0, 40.0, 2) * (random.random(2) < 0.8)
    held = random.uniform(0.0, 1.0, 3) * finance.stores.capacity_tco2
    outcome, book = place_co2(finance, StoreBook(held), captured)
    placed = outcome.used_tco2 + outcome.stored_tco2 + outcome.vented_tco2
    np.testing.assert_allclose(placed, captured, rtol=1e-12, atol=1e-12)
    into = book.held_tco2 - held
    assert into.sum() == pytest.approx(outcome.stored_tco2.sum(), abs=1e-9)
    assert np.all(into <= finance.stores.injection_limit_tco2_per_year + 1e-9)
    assert np.all(book.held_tco2 <= finance.stores.capacity_tco2 + 1e-9)
    assert outcome.used_tco2.sum() <= finance.products.maximum_tco2_per_year.sum() + 1e-9
    assert np.all((outcome.permanent_share >= 0.0) & (outcome.permanent_share <= 1.0 + 1e-12))
    room_left = np.minimum(
        finance.stores.injection_limit_tco2_per_year - into, finance.stores.capacity_tco2 - book.held_tco2
    )
    assert outcome.vented_tco2.sum() < 1e-9 or room_left.max() < 1e-9, (
        "nothing is vented beside an open store"
    )


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0.0, 30.0))
def test_more_capture_never_stores_less(seed: int, more: float) -> None:
    captured = np.random.default_rng(seed).uniform(0.0, 30.0, 2)
    finance = sinks()
    before, _ = place_co2(finance, StoreBook(np.zeros(2)), captured)
    after, _ = place_co2(finance, StoreBook(np.zeros(2)), captured + np.array([more, 0.0]))
    assert after.stored_tco2.sum() >= before.stored_tco2.sum() - 1e-9
    assert after.vented_tco2.sum() >= before.vented_tco2.sum() - 1e-9


def test_the_packs_buyers_are_ordered_by_price() -> None:
    """`place_co2` sells in the pack's order, so it must be that of the prices."""
    assert np.all(np.diff(REGION.finance.products.price_cny_per_tco2) <= 0.0)
    outcome, _ = place_co2(REGION.finance, StoreBook(np.zeros(8)), np.array([1e6, 2e6]))
    assert outcome.vented_tco2.sum() == 0.0
