"""Captured CO2: buyers whose price falls, then stores from the cheapest on, the rest is vented; nothing is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.co2.market import CO2Bids, CO2Sources, Lines, StoreHoldings, place_co2
from tanlu.experiments.results import simulate
from tanlu.investment.appraisal import ProjectCase, appraise
from tanlu.investment.valuation import product_outlet
from tanlu.kernels.co2.market import sell_co2
from tanlu.region.co2 import (
    CO2Products,
    CO2Stores,
    demand_curve,
    product_demand,
    product_price,
    purchase_limit,
)
from tanlu.scenario.changes import with_changes
from tests import model_runs, naive_co2
from tests.model_runs import REGION, shipped

WIDE = 1e9  # a line that carries anything
NO_BIDS = CO2Bids.nothing()


def sinks(
    *,
    capacity: tuple[float, ...] = (100.0, 100.0),
    injection: tuple[float, ...] = (10.0, 10.0),
    cost: tuple[float, ...] = (60.0, 80.0),
    price: tuple[float, ...] = (300.0, 40.0),
    market: tuple[float, ...] = (2.0, 3.0),
    elasticity: tuple[float, ...] = (1.0, 1.0),
    permanent: tuple[float, ...] = (0.0, 1.0),
):
    """Return two stores and two buyers, who take as much again as their market, unless told otherwise; t CO2."""
    n, b = len(capacity), len(price)
    names = ("x", "y", "z")[:b]
    products = CO2Products(
        *(names, names, names, np.array(price), np.array(market), np.array(elasticity)),
        *(np.array(market), np.array(permanent), np.zeros((b, 1)), np.full(b, np.inf)),
    )
    return REGION.co2._replace(
        stores=CO2Stores(
            ids=("a", "b", "c")[:n],
            names_en=("a", "b", "c")[:n],
            names_zh=("a", "b", "c")[:n],
            province=np.zeros(n, np.int64),
            latitude_deg=np.zeros(n),
            longitude_deg=np.zeros(n),
            capacity_tco2=np.array(capacity),
            injection_limit_tco2_per_year=np.array(injection),
            cost_cny_per_tco2=np.array(cost),
        ),
        products=products,
        demand=product_demand(products),
    )


def place(
    co2,
    captured: tuple[float, ...],
    held: tuple[float, ...] | None = None,
    *,
    credit: float = 0.0,
    worth=0.0,
    lines: tuple[tuple[int, int, float], ...] = ((0, 0, WIDE), (1, 1, WIDE)),
    contracted: bool = True,
    trucks: bool = False,
    reserved: float = 0.0,
    charge: float = 0.0,
    bids: CO2Bids = NO_BIDS,
    limit: tuple[float, ...] | None = None,
):
    """Place what a source at each of two hubs captured; storing is worth `worth` a tonne to all of them.

    Lines are (hub, store, capacity in t); products buy at most `limit` t, else what their market takes.
    """
    n = len(captured)
    sources = CO2Sources(
        captured_tco2=np.array(captured),
        credit_cny_per_tco2=np.full(n, credit),
        bound_credit_cny_per_tco2=np.full(n, credit),
        tariff_cny_per_tco2=credit - np.full(n, worth),
        reserved_tco2=np.full(n, reserved),
        charge_cny_per_tco2=np.full(n, charge),
        hub=np.arange(n) % 2,
        contracted=np.full(n, contracted),
        trucks=np.full(n, trucks),
        store=np.arange(n) % 2,
    )
    holdings = StoreHoldings(np.zeros(len(co2.stores.ids)) if held is None else np.array(held))
    table = np.array(lines, float).reshape(-1, 3)
    hub, store, capacity = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]
    built = Lines(hub, store, capacity, np.eye(hub.size, dtype=bool))  # each in a corridor of its own
    most = co2.products.maximum_tco2_per_year if limit is None else np.array(limit)
    return place_co2(co2, holdings, built, sources, most, bids, 2)


# --- what products pay -------------------------------------------------------------------------------------------


def test_doubling_a_products_volume_lowers_its_price_as_the_curve_says() -> None:
    products = REGION.co2.products
    for sold in (0.1 * products.market_tco2_per_year, products.market_tco2_per_year):
        one, two = product_price(products, sold), product_price(products, 2.0 * sold)
        q = sold / products.market_tco2_per_year
        ratio = ((1.0 + 2.0 * q) / (1.0 + q)) ** (-1.0 / products.demand_elasticity)
        pays = products.price_cny_per_tco2 > 0.0
        np.testing.assert_allclose(two[pays], (one * ratio)[pays], rtol=1e-12)
        assert np.all(two[pays] < one[pays])
    np.testing.assert_array_equal(product_price(products, 0.0 * sold), products.price_cny_per_tco2)


def test_no_product_takes_more_than_its_material_binds() -> None:
    """Of 9 t the second product takes 0.5 t of its 3 t, and what it lacks is stored."""
    whole, _ = place(sinks(), (9.0, 0.0))
    scarce, _ = place(sinks(), (9.0, 0.0), limit=(2.0, 0.5))
    assert whole.bought_tco2.tolist() == pytest.approx([2.0, 3.0])
    assert scarce.bought_tco2.tolist() == pytest.approx([2.0, 0.5])
    assert (scarce.stored_tco2.sum() - whole.stored_tco2.sum()) == pytest.approx(2.5)


def test_material_is_what_is_made_of_steel_cement_soda_and_ammonia() -> None:
    """Slag of 10 Mt of steel binds 0.3125 Mt, gypsum comes from elsewhere; plenty of all changes no bit."""
    processes, products = REGION.industry.processes.names, REGION.co2.products
    output = np.zeros(len(processes))
    output[[processes.index(name) for name in ("steel_bf_bof", "steel_eaf")]] = 4e6, 6e6
    limit = dict(zip(products.names, purchase_limit(products, output).tolist(), strict=True))
    most = dict(zip(products.names, products.maximum_tco2_per_year.tolist(), strict=True))
    assert limit["slag_mineralisation"] == pytest.approx(10e6 * 0.125 * 0.25)
    assert [limit[name] for name in ("urea", "carbonates_and_soda", "concrete_curing")] == [0.0] * 3
    unlimited = {"phosphogypsum_mineralisation", "greenhouse_fertiliser", "merchant_liquid_co2"}
    assert all(limit[name] == most[name] for name in unlimited)
    plenty = purchase_limit(products, np.full(len(processes), 1e9))
    assert plenty.tobytes() == products.maximum_tco2_per_year.tobytes()


def test_a_run_sells_to_slag_what_the_steel_of_the_year_leaves() -> None:
    """With a tenth of the slag a tonne of steel: u 0.25, m 0.0125, steel of converters and furnaces of that year."""
    changes = {"pack.co2_products[product=slag_mineralisation].material_t_per_t": {"factor": 0.1}}
    result = simulate(with_changes(shipped("ccus_push"), changes), years=(2020, 2030), replications=1)
    limit = result.path("CO2 Use Limit|Carbonation of steel slag").to_numpy()
    steel = result.path("Production|Primary Steel") + result.path("Production|Secondary Steel")
    np.testing.assert_allclose(limit, 0.25 * 0.0125 * steel.to_numpy(), rtol=1e-9)
    sold = result.path("Carbon Capture|By Destination|Usage|By Product|Carbonation of steel slag").to_numpy()
    assert np.all(sold <= limit * (1.0 + 1e-9)) and sold[-1] == pytest.approx(limit[-1], rel=1e-9)


def test_all_buyers_pay_the_same_until_one_has_all_it_can_take() -> None:
    """At 150 CNY/t the first buys 2 (300/150 - 1) = 2 t, all it takes; the second 0. At 3 t the second has 1 t."""
    half, _ = place(sinks(), (1.0, 0.0))
    assert half.bought_tco2.tolist() == pytest.approx([1.0, 0.0])
    assert half.product_price_cny_per_tco2[0] == pytest.approx(200.0)
    more, _ = place(sinks(), (3.0, 0.0))
    assert more.bought_tco2.tolist() == pytest.approx([2.0, 1.0])
    assert more.product_price_cny_per_tco2.tolist() == pytest.approx([150.0, 30.0])
    assert more.product_revenue_cny.tolist() == pytest.approx([2 * 150.0 + 30.0, 0.0])


def test_an_agent_buys_at_its_bid_beside_products() -> None:
    """At 200 CNY/t the first product takes 2 (300/200 - 1) = 1 t; who bids 200 gets the rest, or all it wants."""

    def bids(tonnes: float, price: float, permanent: float = 0.0) -> CO2Bids:
        first = np.zeros(1, np.int64)
        return CO2Bids(("agents",), first, first + 1, *(np.array([x]) for x in (tonnes, price, permanent)))

    part, _ = place(sinks(), (1.5, 0.0), bids=bids(2.0, 200.0, 0.4))
    assert part.bought_tco2.tolist() == pytest.approx([1.0, 0.0], abs=1e-4)
    bought = part.agents_purchases["agents"]
    assert bought.bought_tco2.tolist() == pytest.approx([0.0, 0.5], abs=1e-4)
    assert bought.bought_tco2.sum() + part.bought_tco2.sum() == pytest.approx(1.5, rel=1e-10)
    assert bought.paid_cny.tolist() == pytest.approx([0.0, 100.0], abs=0.02)
    assert part.product_revenue_cny.sum() == pytest.approx(300.0, abs=0.05)
    assert part.permanently_bound_tco2.sum() == pytest.approx(0.2, abs=1e-4)
    whole, _ = place(sinks(), (3.0, 0.0), bids=bids(2.0, 299.0))
    assert whole.agents_purchases["agents"].bought_tco2[1] == pytest.approx(2.0, rel=1e-9), (
        "it bids more than products pay"
    )
    low, _ = place(sinks(), (1.0, 0.0), bids=bids(2.0, 100.0))
    assert low.agents_purchases["agents"].bought_tco2.sum() == 0.0 and low.bought_tco2[0] == pytest.approx(
        1.0
    )


def test_capturing_for_urea_earns_no_credit() -> None:
    products = REGION.co2.products
    assert products.permanent_share[products.names.index("urea")] == 0.0
    urea = products._replace(
        **{
            name: getattr(products, name)[[products.names.index("urea")]]
            for name in products._fields
            if isinstance(getattr(products, name), np.ndarray)
        }
    )
    placed, _ = place(REGION.co2._replace(products=urea), (1e4, 0.0), credit=100.0)
    assert placed.sold_tco2.tolist() == [1e4, 0.0]
    assert placed.permanently_bound_tco2.tolist() == [0.0, 0.0]
    assert placed.product_revenue_cny[0] > 0.0


def test_who_can_store_for_credit_leaves_the_products_that_let_go() -> None:
    """Storing brings 250 - 100: the first product pays 200 for a tonne and sells on, at 150 it stops."""
    placed, _ = place(sinks(), (5.0, 0.0), credit=250.0, worth=150.0)
    assert placed.bought_tco2[0] == pytest.approx(2.0)
    dear, _ = place(sinks(), (5.0, 0.0), credit=350.0, worth=250.0)
    assert dear.product_price_cny_per_tco2[0] == pytest.approx(250.0)
    assert dear.bought_tco2[0] == pytest.approx(2.0 * (300.0 / 250.0 - 1.0))
    assert dear.bought_tco2[1] == pytest.approx(3.0), "what binds for good earns the credit too"


def test_the_better_outlet_elsewhere_sells_last() -> None:
    co2 = sinks(price=(300.0,), market=(2.0,), elasticity=(1.0,), permanent=(0.0,))
    yes, no = np.ones(3, bool), np.zeros(3, bool)
    tariff, where = np.array([150.0, 0.0, 200.0]), np.array([0, 1, 1])
    sources = CO2Sources(
        np.ones(3), *np.full((2, 3), 200.0), tariff, *np.zeros((2, 3)), where, yes, no, where
    )
    lines = Lines(np.array([0, 1]), np.array([0, 1]), np.full(2, WIDE), np.eye(2, dtype=bool))
    placed, _ = place_co2(
        co2, StoreHoldings(np.zeros(2)), lines, sources, co2.products.maximum_tco2_per_year, NO_BIDS, 2
    )
    # Worth 50, 200 and 0 in store: the third sells all, the first too, and at 150 CNY/t the second stores.
    assert placed.sold_tco2.tolist() == pytest.approx([1.0, 0.0, 1.0])


def test_who_does_not_ship_what_it_reserved_pays_for_it() -> None:
    """A buyer of 2 t pays 300; the first source has reserved 4 of its 5 t, at 100 a tonne of its tariff of 130."""
    buyer = sinks(price=(300.0,), market=(2.0,), elasticity=(1.0,), permanent=(0.0,))
    placed, _ = place(buyer, (5.0, 0.0), credit=400.0, worth=270.0, reserved=4.0, charge=100.0)
    # 80 of the 100 are owed anyhow, so that a stored tonne is worth 350, more than any buyer pays.
    assert placed.sold_tco2.tolist() == [0.0, 0.0]
    assert placed.shipped_tco2[:2].tolist() == pytest.approx([5.0, 0.0])
    # The second has nothing to ship, and pays for 4 t.
    assert placed.transport_storage_cost_cny.tolist() == pytest.approx([5.0 * 130.0, 400.0])
    assert placed.idle_charge_cny[:2].tolist() == pytest.approx([0.0, 400.0])
    free, _ = place(buyer, (5.0, 0.0), credit=400.0, worth=270.0)
    assert free.sold_tco2[0] == pytest.approx(2.0 * (300.0 / 270.0 - 1.0)), "without it some is sold"


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_market_agrees_with_its_naive_twin(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, b = random.integers(0, 6), random.integers(1, 5)
    supply = random.uniform(0.0, 5.0, n) * (random.random(n) < 0.9)
    reservation = random.choice([0.0, 50.0, 150.0, 320.0], n)
    buyers = np.stack(
        [
            random.choice([0.0, 40.0, 150.0, 300.0], b),
            random.uniform(0.1, 3.0, b),
            random.choice([0.5, 1.0, 2.0], b),
            random.uniform(0.0, 4.0, b),
            random.choice([0.0, 30.0, 200.0], b),
        ],
        axis=1,
    )
    sold, bought = naive_co2.sell(supply.tolist(), reservation.tolist(), buyers.tolist())
    fast = sell_co2(supply, reservation, buyers)
    np.testing.assert_allclose(fast.sold_tco2, sold, atol=1e-7)
    np.testing.assert_allclose(fast.bought_tco2, bought, atol=1e-6)
    assert fast.sold_tco2.sum() == pytest.approx(fast.bought_tco2.sum(), abs=1e-12)


def test_what_a_decider_expects_of_the_buyers_is_what_they_pay() -> None:
    """With material for all, and with half the slag, gypsum, blocks, soda and urea that markets would take."""
    maximum = REGION.co2.products.maximum_tco2_per_year
    scarce = np.where(np.isinf(REGION.co2.products.bindable_elsewhere_tco2_per_year), maximum, 0.5 * maximum)
    for captured, limit in ((1e4, maximum), (3e5, maximum), (1e6, maximum), (2.5e6, maximum), (1e6, scarce)):
        placed, _ = place(REGION.co2, (captured, 0.0), limit=tuple(limit))
        outlet = product_outlet(demand_curve(REGION.co2, limit), 0.25 * captured, np.array([0.75 * captured]))
        paying = placed.bought_tco2 > 1.0
        uncapped = placed.bought_tco2 < limit * (1.0 - 1e-9)
        last = placed.product_price_cny_per_tco2[paying & uncapped]
        np.testing.assert_allclose(outlet.price_cny_per_tco2, last[0], atol=1.0)
        assert outlet.kept_share[0] == pytest.approx(placed.permanently_bound_tco2.sum() / captured, abs=0.02)


# --- a pilot and a power station ---------------------------------------------------------------------------------

PILOT_TCO2, PILOT_CAPEX_CNY, PILOT_COST, PILOT_PRICE = 1e4, 12.35e6, 394.0, 620.0  # Hechuan 2010, S38


def merchant_at_hechuan() -> CO2Products:
    """Return the pack's merchant market at the price of 2010 in Chongqing, and nothing else."""
    products = REGION.co2.products
    row = [products.names.index("merchant_liquid_co2")]
    columns = {k: v[row] for k, v in products._asdict().items() if isinstance(v, np.ndarray)}
    return products._replace(**columns | {"price_cny_per_tco2": np.array([PILOT_PRICE])})


def test_the_pilot_at_hechuan_pays_and_a_power_station_at_its_price_does_not() -> None:
    market = merchant_at_hechuan()
    price = float(product_price(market, np.array([PILOT_TCO2]))[0])
    assert price == pytest.approx(PILOT_PRICE, rel=0.05), "10 kt hardly move the market"
    margin = (PILOT_PRICE - PILOT_COST) * PILOT_TCO2
    assert margin == pytest.approx(2.26e6)
    assert 5.0 < PILOT_CAPEX_CNY / margin < 6.0, "years to pay back, as published"
    assert value(PILOT_TCO2, price) > 0.0
    full = float(product_price(market, market.maximum_tco2_per_year)[0])
    assert full < PILOT_COST, "as much again as the market takes brings less than capture costs"
    assert value(float(market.maximum_tco2_per_year[0]), full) < 0.0


def value(tonnes: float, price: float) -> float:
    """Return the NPV of capture at the pilot's cost a tonne, sold at `price`, at 8 % over 20 years."""
    case = ProjectCase(
        capex_cny=PILOT_CAPEX_CNY * tonnes / PILOT_TCO2,
        lead_years=1,
        life_years=20,
        annual_cash_cny=(price - PILOT_COST) * tonnes,
        rate=0.08,
    )
    return appraise(case).npv_cny


def test_a_plant_of_two_600_mw_units_cannot_sell_its_co2_in_the_region() -> None:
    """1,200 MW at 5,000 h and 0.77 t captured per MWh are 4.6 Mt: more than all markets together take."""
    captured = 1200.0 * 5000.0 * 0.77
    placed, _ = place(REGION.co2, (captured, 0.0))
    assert captured > REGION.co2.products.maximum_tco2_per_year.sum()
    assert placed.sold_tco2.sum() < 0.85 * captured
    assert placed.product_revenue_cny.sum() / captured < 100.0, "less than half of what capture costs"
    assert placed.stored_tco2.sum() + placed.vented_tco2.sum() == pytest.approx(
        captured - placed.sold_tco2.sum()
    )


# --- stores ------------------------------------------------------------------------------------------------------


def test_by_hand() -> None:
    """Of 20 + 5 t buyers take 5, a fifth of each; of 16 t left the first line carries 12, the store takes 10."""
    outcome, holdings = place(
        sinks(), (20.0, 5.0), credit=0.0, worth=-110.0, lines=((0, 0, 12.0), (1, 1, 12.0))
    )
    assert outcome.sold_tco2.tolist() == pytest.approx([4.0, 1.0])
    revenue = 2 * 150.0 + 3 * 20.0
    assert outcome.product_revenue_cny.tolist() == pytest.approx([0.8 * revenue, 0.2 * revenue])
    assert outcome.stored_tco2.tolist() == pytest.approx([10.0, 4.0])
    assert holdings.held_tco2.tolist() == pytest.approx([10.0, 4.0])
    assert outcome.transport_storage_cost_cny.tolist() == pytest.approx([10 * 110.0, 4 * 110.0])
    assert outcome.transport_cost_cny.tolist() == pytest.approx([10 * (110.0 - 60.0), 4 * (110.0 - 80.0)])
    assert outcome.vented_tco2.tolist() == pytest.approx([6.0, 0.0])
    assert outcome.permanently_bound_tco2.tolist() == pytest.approx([0.8 * 3, 0.2 * 3])


def test_a_hubs_lines_fill_one_after_the_other() -> None:
    outcome, holdings = place(sinks(injection=(10.0, 30.0)), (30.0, 0.0), lines=((0, 0, 6.0), (0, 1, 14.0)))
    assert holdings.held_tco2.tolist() == outcome.corridor_tco2.tolist() == [6.0, 14.0]
    assert outcome.vented_tco2.tolist() == pytest.approx([30.0 - 5.0 - 20.0, 0.0])


def test_what_finds_no_place_is_vented() -> None:
    outcome, holdings = place(sinks(capacity=(6.0, 100.0)), (30.0, 0.0))
    assert outcome.vented_tco2.tolist() == pytest.approx([30.0 - 5.0 - 6.0, 0.0])
    assert holdings.held_tco2.tolist() == [6.0, 0.0]


def test_without_a_contract_a_line_takes_nothing_and_trucks_only_what_pays() -> None:
    none, _ = place(sinks(), (20.0, 0.0), worth=50.0, credit=100.0, contracted=False)
    assert none.stored_tco2.sum() == 0.0
    driven, holdings = place(sinks(), (20.0, 0.0), worth=50.0, credit=100.0, contracted=False, trucks=True)
    assert holdings.held_tco2.tolist() == [10.0, 0.0], "no more than the nearest store takes"
    assert driven.transport_storage_cost_cny[0] == pytest.approx(10.0 * 50.0)
    dear, _ = place(sinks(), (20.0, 0.0), worth=-1.0, contracted=False, trucks=True)
    assert dear.stored_tco2.sum() == 0.0


def test_who_has_a_contract_stores_even_what_no_longer_pays() -> None:
    outcome, _ = place(sinks(), (14.0, 0.0), worth=-1.0)
    assert outcome.stored_tco2.sum() == pytest.approx(9.0)
    assert outcome.vented_tco2.sum() == 0.0


def test_no_capture_moves_nothing() -> None:
    outcome, holdings = place(sinks(), (), held=(7.0, 0.0))
    assert holdings.held_tco2.tolist() == [7.0, 0.0]
    assert not outcome.bought_tco2.any()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_nothing_is_lost_and_no_limit_is_passed(seed: int) -> None:
    random = np.random.default_rng(seed)
    co2 = sinks(
        capacity=tuple(random.uniform(0.0, 60.0, 3)),
        injection=tuple(random.uniform(0.0, 20.0, 3)),
        cost=tuple(random.choice([60.0, 60.0, 80.0], 3)),
        price=(300.0, 100.0, 40.0),
        market=tuple(random.uniform(0.1, 5.0, 3)),
        elasticity=tuple(random.choice([0.5, 1.0, 2.0], 3)),
        permanent=tuple(random.uniform(0.0, 1.0, 3)),
    )
    captured = random.uniform(0.0, 40.0, 3) * (random.random(3) < 0.8)
    held = random.uniform(0.0, 1.0, 3) * co2.stores.capacity_tco2
    worth = float(random.choice([-10.0, 0.0, 80.0]))
    lines = tuple((h, j, random.uniform(0.0, 30.0)) for h in range(2) for j in range(3))
    outcome, holdings = place(co2, tuple(captured), tuple(held), credit=100.0, worth=worth, lines=lines)
    placed = outcome.sold_tco2 + outcome.stored_tco2 + outcome.vented_tco2
    np.testing.assert_allclose(placed, captured, rtol=1e-12, atol=1e-12)
    into = holdings.held_tco2 - held
    assert into.sum() == pytest.approx(outcome.stored_tco2.sum(), abs=1e-9)
    assert np.all(into <= co2.stores.injection_limit_tco2_per_year + 1e-9)
    assert np.all(holdings.held_tco2 <= co2.stores.capacity_tco2 + 1e-9)
    assert np.all(outcome.bought_tco2 <= co2.products.maximum_tco2_per_year + 1e-9)
    assert np.all(
        (outcome.permanently_bound_tco2 >= 0.0)
        & (outcome.permanently_bound_tco2 <= outcome.sold_tco2 + 1e-12)
    )
    through = np.bincount(np.arange(3) % 2, outcome.stored_tco2, 2)
    assert np.all(through <= [sum(c for h, _, c in lines if h == hub) + 1e-9 for hub in range(2)])
    if outcome.vented_tco2.sum() > 1e-9:
        wide, _ = place(co2, tuple(captured), tuple(held), credit=100.0, worth=worth,
                        lines=tuple((h, j, WIDE) for h, j, _ in lines))  # fmt: skip
        assert wide.vented_tco2.sum() <= outcome.vented_tco2.sum() + 1e-9


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0.0, 30.0))
def test_more_capture_never_stores_less(seed: int, more: float) -> None:
    captured = np.random.default_rng(seed).uniform(0.0, 30.0, 2)
    before, _ = place(sinks(), tuple(captured))
    after, _ = place(sinks(), tuple(captured + np.array([more, 0.0])))
    assert after.stored_tco2.sum() >= before.stored_tco2.sum() - 1e-9
    assert after.vented_tco2.sum() >= before.vented_tco2.sum() - 1e-9


# --- carbon that reaches the air is paid for ---------------------------------------------------------------------


def test_a_tonne_that_comes_back_costs_what_an_emitted_one_costs() -> None:
    model = model_runs.watch(shipped("ccus_push"))
    industry, seen = model.industry, 0.0
    for lived in model.lived:
        year, co2, plants = lived.year, lived.year.co2, lived.plants
        n, price = year.plants.output_mwh.size, year.signals.carbon.carbon_cost_cny_per_tco2
        market = year.signals.carbon.market_price_cny_per_tco2
        power = year.plants.emitted_tco2 + co2.returned_tco2[:n]
        owed = price[plants.province[:n], 0] * power - market * year.plants.allocated_tco2
        np.testing.assert_allclose(year.plants.carbon_cost_cny, owed, rtol=1e-9, atol=1.0)
        goods = year.production.emitted_tco2.sum(axis=1) + co2.returned_tco2[n:]
        owed = price[industry.province, industry.sector] * goods - market * year.industry.allocated_tco2
        owed = np.where(industry.is_block, 0.0, owed)
        np.testing.assert_allclose(year.industry.carbon_cost_cny, owed, rtol=1e-9, atol=1.0)
        seen += (co2.returned_tco2[:n] * price[plants.province[:n], 0]).sum()
    assert seen > 0.0, "some power unit sold to a product that lets go"
