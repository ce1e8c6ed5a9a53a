"""The carbon market against its twin: balances, bounds, and the laws of a tradable performance standard."""

import math

import naive_finance
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tanlu.carbon_market.market import (
    CarbonClearing,
    CarbonMarketYear,
    clear_carbon_market,
)

SEEDS = st.integers(0, 2**32 - 1)


def cleared_of(**case) -> CarbonClearing:
    return clear_carbon_market(CarbonMarketYear(**case))


def market(seed, n=8):
    """Return a random market: open or closed, with or without banking, offsets, floor, ceiling and auction."""
    random = np.random.default_rng(seed)
    emissions = random.uniform(0.0, 3e6, n) * (random.random(n) < 0.9)
    slope = random.choice([0.0, 1e3, 1e5, 1e7])
    base = random.choice([0.0, 1e4, math.inf]) * np.ones(n)
    target = np.minimum(base, random.uniform(0.0, 1e6, n) * (random.random(n) < 0.5))
    if random.random() < 0.2:
        base[0] = target[0] = math.inf
    return {
        "emissions_tco2": emissions,
        "allocation_tco2": emissions * random.uniform(0.7, 1.3, n),
        "bank_tco2": random.uniform(0.0, 4e5, n) * (random.random(n) < 0.5),
        "abatement_slope_tco2_per_cny": emissions * random.uniform(0.0, 1e-3, n),
        "abatement_limit_tco2": emissions * random.uniform(0.0, 0.2, n),
        "expected_price_cny_per_tco2": random.choice([0.0, 60.0, 90.0, 130.0], n),
        "discount_rate": random.uniform(0.0, 0.15, n),
        "offset_price_cny_per_tco2": random.choice([50.0, 75.0, math.inf]),
        "offset_share": 0.05,
        "bank_target_tco2": target,
        "carry_over_base_tco2": base,
        "carry_over_factor": random.choice([0.0, 1.5]),
        "reference_price_cny_per_tco2": random.uniform(20.0, 150.0),
        "rest_of_market_slope_tco2_per_cny": slope,
        "floor_cny_per_tco2": random.choice([0.0, 40.0]),
        "ceiling_cny_per_tco2": random.choice([80.0, 300.0, math.inf]) if slope > 0.0 else 200.0,
        "auctioned_tco2": random.choice([0.0, 5e5]),
    }


def two(**change):
    """Return a closed market of a seller 100 t long and a buyer 100 t short, without banking or offsets."""
    case = {
        "emissions_tco2": [900.0, 1100.0],
        "allocation_tco2": [1000.0, 1000.0],
        "bank_tco2": [0.0, 0.0],
        "abatement_slope_tco2_per_cny": [0.0, 0.0],
        "abatement_limit_tco2": [0.0, 0.0],
        "expected_price_cny_per_tco2": [0.0, 0.0],
        "discount_rate": [0.05, 0.05],
        "offset_price_cny_per_tco2": math.inf,
        "offset_share": 0.05,
        "bank_target_tco2": [0.0, 0.0],
        "carry_over_base_tco2": [0.0, 0.0],
        "carry_over_factor": 0.0,
        "reference_price_cny_per_tco2": 80.0,
        "rest_of_market_slope_tco2_per_cny": 0.0,
        "floor_cny_per_tco2": 0.0,
        "ceiling_cny_per_tco2": 200.0,
        "auctioned_tco2": 0.0,
    }
    return {**case, **change}


@given(SEEDS)
@example(34859)  # who would buy without end expects more than the ceiling
@settings(max_examples=200, deadline=None)
def test_price_and_quantities_equal_the_twin(seed):
    case = market(seed)
    cleared, price = cleared_of(**case), naive_finance.carbon_price(case)
    scale = 1.0 + np.sum(case["emissions_tco2"] + case["allocation_tco2"] + case["bank_tco2"])
    price_now = cleared.price_cny_per_tco2
    assert price_now == pytest.approx(price, abs=1e-7) or (
        # Where excess demand is flat at zero every price there clears.
        abs(naive_finance.carbon_excess(case, price_now, keen=False)) <= 1e-11 * scale
    )
    least = np.array(naive_finance.carbon_positions(case, price_now, keen=False))
    most = np.array(naive_finance.carbon_positions(case, price_now, keen=True))
    assert cleared.abatement_tco2 == pytest.approx(least[:, 0], rel=1e-12, abs=1e-9)
    assert cleared.offsets_tco2 == pytest.approx(least[:, 1], rel=1e-12, abs=1e-9)
    bought = cleared.purchases_tco2 - cleared.sales_tco2
    assert np.all(bought <= np.maximum(-most[:, 3], 0.0) + 1e-9 * scale)
    assert np.all(bought >= np.minimum(-least[:, 3], 0.0) - 1e-9 * scale)
    if case["floor_cny_per_tco2"] < price_now < case["ceiling_cny_per_tco2"]:
        assert np.all(bought >= -least[:, 3] - 1e-9 * scale) and np.all(bought <= -most[:, 3] + 1e-9 * scale)
        margin = least[:, 3] - most[:, 3]
        part = (bought + least[:, 3])[np.isfinite(margin) & (margin > 0.0)] / margin[
            np.isfinite(margin) & (margin > 0.0)
        ]
        assert part == pytest.approx(part.max(initial=0.0), abs=1e-6), "of each the same share"


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_every_allowance_and_every_payment_balances(seed):
    case = market(seed)
    c = cleared_of(**case)
    emissions, holdings = case["emissions_tco2"], case["allocation_tco2"] + case["bank_tco2"]
    total = np.sum(emissions + holdings) + case["auctioned_tco2"] + 1.0
    left = holdings + c.purchases_tco2 - c.sales_tco2 - c.surrendered_tco2 - c.end_bank_tco2 - c.expired_tco2
    assert np.max(np.abs(left)) <= 1e-9 * total
    used = c.abatement_tco2 + c.surrendered_tco2 + c.offsets_tco2 + c.unmet_tco2
    assert np.max(np.abs(emissions - used)) <= 1e-9 * total
    bought = c.purchases_tco2.sum() + c.rest_purchases_tco2
    sold = c.sales_tco2.sum() + c.auction_sales_tco2 + c.rest_sales_tco2
    assert abs(bought - sold) <= 1e-9 * total
    paid = c.payment_cny.sum() + c.rest_payment_cny - c.auction_revenue_cny
    assert abs(paid) <= 1e-9 * (
        np.abs(c.payment_cny).sum() + abs(c.rest_payment_cny) + c.auction_revenue_cny + 1.0
    )
    for quantity in (
        c.abatement_tco2,
        c.offsets_tco2,
        c.purchases_tco2,
        c.sales_tco2,
        c.surrendered_tco2,
        c.unmet_tco2,
        c.end_bank_tco2,
        c.expired_tco2,
    ):
        assert np.all(quantity >= -1e-9 * total)


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_bounds_hold(seed):
    case = market(seed)
    c = cleared_of(**case)
    price, tonne = c.price_cny_per_tco2, 1e-9 * (1.0 + case["emissions_tco2"].sum() * 3.0)
    assert case["floor_cny_per_tco2"] <= price <= case["ceiling_cny_per_tco2"]
    limit = case["carry_over_base_tco2"] + case["carry_over_factor"] * c.sales_tco2
    assert np.all(c.end_bank_tco2 <= limit + tonne)
    assert np.all(c.offsets_tco2 <= 0.05 * (case["emissions_tco2"] - c.abatement_tco2) + tonne)
    if price < case["ceiling_cny_per_tco2"]:
        assert np.all(c.unmet_tco2 == 0.0)
        if price > case["floor_cny_per_tco2"]:
            assert c.expired_tco2.sum() <= tonne
    reservation = case["expected_price_cny_per_tco2"] / (1.0 + case["discount_rate"])
    endless = np.isinf(case["bank_target_tco2"])
    reservation[endless] = np.minimum(reservation[endless], case["ceiling_cny_per_tco2"])
    surplus = c.sales_tco2 + c.end_bank_tco2 + c.expired_tco2 - c.purchases_tco2
    must = np.maximum(surplus - case["carry_over_base_tco2"], 0.0) / (1.0 + case["carry_over_factor"])
    unwilling = price < reservation
    assert np.all(c.sales_tco2[unwilling] <= must[unwilling] + tonne)
    willing = (price > reservation) & (price > case["floor_cny_per_tco2"])
    assert np.all(c.end_bank_tco2[willing] <= tonne)
    wanting = (price < reservation) & (price < case["ceiling_cny_per_tco2"])
    assert np.all((c.end_bank_tco2 >= case["bank_target_tco2"] - tonne)[wanting])


@given(SEEDS, st.floats(0.0, 1e6))
@example(1652911217, 2759.0)  # nobody is short, nobody willing yet: a range of prices clears
@settings(max_examples=100, deadline=None)
def test_more_allowances_never_raise_the_price(seed, more):
    case = market(seed)
    price = cleared_of(**case).price_cny_per_tco2
    allocation = case["allocation_tco2"].copy()
    allocation[0] += more
    after = cleared_of(**{**case, "allocation_tco2": allocation}).price_cny_per_tco2
    assert after <= price + 1e-7


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_order_of_entities_changes_nothing(seed):
    case = market(seed)
    turn = np.random.default_rng(seed).permutation(8)
    turned = cleared_of(**{k: v[turn] if np.shape(v) == (8,) else v for k, v in case.items()})
    same = cleared_of(**case)
    assert turned.price_cny_per_tco2 == pytest.approx(same.price_cny_per_tco2, rel=1e-9, abs=1e-7)
    assert cleared_of(**case).price_cny_per_tco2 == same.price_cny_per_tco2


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_two_halves_trade_like_the_whole(seed):
    nothing = np.zeros(8)
    case = {**market(seed), "bank_target_tco2": nothing, "carry_over_base_tco2": nothing}
    per_tonne = ("expected_price_cny_per_tco2", "discount_rate")
    halves = {
        k: np.repeat(v if k in per_tonne else v / 2.0, 2) if np.shape(v) == (8,) else v
        for k, v in case.items()
    }
    whole, split = cleared_of(**case), cleared_of(**halves)
    assert split.price_cny_per_tco2 == pytest.approx(whole.price_cny_per_tco2, rel=1e-9, abs=1e-7)


# --- price by hand --------------------------------------------------------------------------------------------


def test_region_moves_the_national_price_by_its_net_position():
    open_market = two(rest_of_market_slope_tco2_per_cny=50.0, ceiling_cny_per_tco2=math.inf)
    balanced = cleared_of(**open_market)
    assert balanced.price_cny_per_tco2 == pytest.approx(80.0, abs=1e-9)
    assert balanced.payment_cny == pytest.approx([-8000.0, 8000.0], rel=1e-9)
    short_market = {**open_market, "emissions_tco2": [900.0, 1233.0], "reference_price_cny_per_tco2": 80.1}
    short = cleared_of(**{**open_market, "emissions_tco2": [1000.0, 1100.0]})
    assert short.price_cny_per_tco2 == pytest.approx(80.0 + 100.0 / 50.0, abs=1e-9)
    assert short.rest_sales_tco2 == pytest.approx(100.0) and short.rest_purchases_tco2 == 0.0
    for slope in (7.3, 31.7, 1.23e7):
        # What residents offer is taken to the last bit: the rest of the market closes the balance.
        odd = cleared_of(**{**short_market, "rest_of_market_slope_tco2_per_cny": slope})
        assert odd.sales_tco2.tolist() == [100.0, 0.0] and odd.purchases_tco2.tolist() == [0.0, 233.0]
    long = cleared_of(**{**open_market, "emissions_tco2": [900.0, 1000.0]})
    assert long.price_cny_per_tco2 == pytest.approx(80.0 - 100.0 / 50.0, abs=1e-9)


def test_abatement_meets_the_shortage_at_its_marginal_cost():
    # 100 t short altogether; 1 t per CNY/t each, so 50 CNY/t, at a resource cost of 50 x 50 / 2 each.
    case = two(
        emissions_tco2=[1000.0, 1100.0],
        abatement_slope_tco2_per_cny=[1.0, 1.0],
        abatement_limit_tco2=[500.0, 500.0],
    )
    c = cleared_of(**case)
    assert c.price_cny_per_tco2 == pytest.approx(50.0, abs=1e-9)
    assert c.abatement_cost_cny == pytest.approx([1250.0, 1250.0], rel=1e-9)
    assert c.payment_cny == pytest.approx([-2500.0, 2500.0], rel=1e-9)
    limited = cleared_of(**{**case, "abatement_limit_tco2": [20.0, 500.0]})
    assert limited.price_cny_per_tco2 == pytest.approx(80.0, abs=1e-9)


def test_price_is_at_the_floor_when_long_without_banking():
    long = two(emissions_tco2=[900.0, 1000.0])
    for floor in (0.0, 30.0):
        c = cleared_of(**{**long, "floor_cny_per_tco2": floor})
        assert c.price_cny_per_tco2 == floor and c.expired_tco2.sum() == pytest.approx(100.0)
    some = cleared_of(**two(emissions_tco2=[900.0, 1040.0], floor_cny_per_tco2=30.0))
    assert some.sales_tco2.tolist() == [40.0, 0.0] and some.expired_tco2.tolist() == [60.0, 0.0]


def test_a_bound_holds_for_the_rest_of_the_country_too() -> None:
    # 300 t are short at a floor of 120; the rest of the country, at home at 80, would sell 50 x 40 t below it.
    open_market = two(
        emissions_tco2=[1100.0, 1200.0],
        auctioned_tco2=200.0,
        rest_of_market_slope_tco2_per_cny=50.0,
        floor_cny_per_tco2=120.0,
        ceiling_cny_per_tco2=math.inf,
    )
    c = cleared_of(**open_market)
    assert c.auction_sales_tco2 == 200.0 and c.rest_sales_tco2 == pytest.approx(100.0)
    assert c.price_cny_per_tco2 == pytest.approx(120.0 + 100.0 / 50.0, abs=1e-9)
    capped = {**open_market, "floor_cny_per_tco2": 0.0, "ceiling_cny_per_tco2": 60.0}
    assert cleared_of(**capped).rest_purchases_tco2 == 0.0, "who is at home at 80 pays 60 at most, as all do"


def test_price_is_at_the_ceiling_when_infeasible_and_buyers_share_what_there_is():
    c = cleared_of(**two(emissions_tco2=[1060.0, 1040.0], bank_tco2=[0.0, 0.0], auctioned_tco2=40.0))
    assert c.price_cny_per_tco2 == 200.0
    assert c.purchases_tco2 == pytest.approx([24.0, 16.0]) and c.unmet_tco2 == pytest.approx([36.0, 24.0])
    assert c.surrendered_tco2.sum() == pytest.approx(2100.0 - 60.0)
    assert c.auction_revenue_cny == pytest.approx(200.0 * 40.0)


def test_a_holder_waits_for_a_better_price():
    # The seller expects 105 next year at 5 %: it sells at 100 what the buyer needs, and keeps the rest.
    waiting = two(
        expected_price_cny_per_tco2=[105.0, 0.0],
        emissions_tco2=[800.0, 1100.0],
        carry_over_base_tco2=[math.inf, math.inf],
    )
    c = cleared_of(**waiting)
    assert c.price_cny_per_tco2 == 100.0
    assert c.sales_tco2 == pytest.approx([100.0, 0.0]) and c.end_bank_tco2 == pytest.approx([100.0, 0.0])


def test_carry_over_makes_holders_sell():
    # Surplus 250: keeping b = 50 + 1.5 s with b + s = 250 means s = 80, b = 170, however low the price.
    hoarder = two(
        emissions_tco2=[750.0, 1080.0],
        expected_price_cny_per_tco2=[1000.0, 0.0],
        carry_over_base_tco2=[50.0, 50.0],
        carry_over_factor=1.5,
    )
    c = cleared_of(**hoarder)
    assert c.sales_tco2 == pytest.approx([80.0, 0.0]) and c.end_bank_tco2 == pytest.approx([170.0, 0.0])
    assert c.expired_tco2.tolist() == [0.0, 0.0] and c.price_cny_per_tco2 == 0.0
    demanded = cleared_of(**{**hoarder, "emissions_tco2": [750.0, 1081.0]})
    assert demanded.price_cny_per_tco2 == 200.0 and demanded.unmet_tco2.sum() == pytest.approx(1.0)


def test_who_is_short_buys_to_bank_while_it_expects_a_better_price():
    # Both expect 105 at 5 %. 100 t are auctioned, 60 needed: 40 go to banks at 100, by the 30 and 50 t that each wants.
    banking = two(
        emissions_tco2=[1020.0, 1040.0],
        expected_price_cny_per_tco2=[105.0, 105.0],
        bank_target_tco2=[30.0, 50.0],
        carry_over_base_tco2=[math.inf, 50.0],
        auctioned_tco2=100.0,
    )
    c = cleared_of(**banking)
    assert c.price_cny_per_tco2 == 100.0
    assert c.end_bank_tco2 == pytest.approx([15.0, 25.0]) and c.purchases_tco2 == pytest.approx([35.0, 65.0])
    full = cleared_of(**{**banking, "auctioned_tco2": 150.0})
    assert full.end_bank_tco2 == pytest.approx([30.0, 50.0]), "at any lower price they want no more"
    assert full.price_cny_per_tco2 == 0.0 and full.auction_sales_tco2 == pytest.approx(140.0)
    one = cleared_of(**{**banking, "bank_target_tco2": [math.inf, 50.0]})
    assert one.end_bank_tco2 == pytest.approx([40.0, 0.0]), "who would take any quantity takes it all"
    assert one.price_cny_per_tco2 == 100.0
    low = cleared_of(**{**banking, "bank_target_tco2": [math.inf, 0.0], "ceiling_cny_per_tco2": 90.0})
    assert low.price_cny_per_tco2 == 90.0 and low.unmet_tco2.sum() == 0.0, "who is short comes first"


def test_offsets_cover_at_most_their_share():
    case = two(
        emissions_tco2=[1000.0, 1100.0],
        offset_price_cny_per_tco2=60.0,
        rest_of_market_slope_tco2_per_cny=1e9,
        ceiling_cny_per_tco2=math.inf,
    )
    c = cleared_of(**case)
    assert c.offsets_tco2 == pytest.approx([50.0, 55.0]) and c.offset_cost_cny == pytest.approx(
        [3000.0, 3300.0]
    )
    assert c.purchases_tco2 == pytest.approx([0.0, 45.0]) and c.sales_tco2 == pytest.approx([50.0, 0.0])
    dear = cleared_of(**{**case, "offset_price_cny_per_tco2": 90.0})
    assert dear.offsets_tco2.tolist() == [0.0, 0.0] and dear.offset_cost_cny.tolist() == [0.0, 0.0]


# --- allocation -------------------------------------------------------------------------------------------------


def test_output_at_the_benchmark_never_has_a_net_position():
    for output in (1e6, 2e6):
        case = two(
            emissions_tco2=[0.8 * output, 0.9 * 5e5],
            allocation_tco2=[0.8 * output, 0.8 * 5e5],
            rest_of_market_slope_tco2_per_cny=1e6,
        )
        c = cleared_of(**case)
        assert c.purchases_tco2[0] == c.sales_tco2[0] == 0.0
        assert c.purchases_tco2[1] == pytest.approx(0.1 * 5e5)


@pytest.mark.parametrize(
    ("function", "case", "message"),
    [
        (cleared_of, two(emissions_tco2=[-1.0, 1.0]), "emissions_tco2"),
        (cleared_of, two(emissions_tco2=5.0), "one axis"),
        (cleared_of, two(bank_tco2=[1.0, 2.0, 3.0]), "bank_tco2 has shape"),
        (cleared_of, two(allocation_tco2=[math.inf, 1.0]), "finite"),
        (cleared_of, two(discount_rate=-1.0), "discount_rate"),
        (cleared_of, two(offset_share=1.5), "offset share"),
        (cleared_of, two(bank_target_tco2=[1.0, 0.0]), "at most carry_over_base"),
        (cleared_of, two(floor_cny_per_tco2=300.0), "above the ceiling"),
        (cleared_of, two(ceiling_cny_per_tco2=math.inf), "finite ceiling"),
        (cleared_of, two(reference_price_cny_per_tco2=math.inf), "must be finite"),
        (cleared_of, two(rest_of_market_slope_tco2_per_cny=-1.0), "rest slope"),
    ],
)
def test_what_does_not_fit_is_refused(function, case, message):
    with pytest.raises(ValueError, match=message):
        function(**case)


def test_nobody_to_trade():
    empty = {
        k: [] if np.shape(v) == (2,) else v for k, v in two(rest_of_market_slope_tco2_per_cny=10.0).items()
    }
    assert cleared_of(**empty).price_cny_per_tco2 == pytest.approx(80.0)
