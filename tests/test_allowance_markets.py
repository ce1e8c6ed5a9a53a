"""One class that emits 100 t and abates nothing: what each rule of the national market gives and takes."""

import numpy as np
import pytest

from tanlu.evaluation.papers.allowances import add_up_cost, build_market, clear_year, open_market, with_fields
from tanlu.kernels.national_market import BENCHMARK, CAP

ONE = np.ones((1, 1))


def totals(cap: float, bank: float = 0.0, reserve: float = 0.0, **rules):
    """Return the state and the totals after a year under a cap."""
    market = with_fields(build_market(100.0 * ONE, ONE, CAP, np.array([cap])), **rules)
    before = open_market(market, bank)._replace(reserve_tco2=reserve)
    after, year = clear_year(market, before)
    return after, year.totals_tco2


@pytest.mark.parametrize("sold", [0.0, 0.3, 1.0])
def test_what_is_sold_and_what_is_free_add_up_to_the_cap(sold: float) -> None:
    after, year = totals(120.0, auction_share=sold)
    assert (year["free"], year["auctioned"]) == pytest.approx((120.0 * (1.0 - sold), 120.0 * sold))
    assert after.bank_tco2.sum() == pytest.approx(20.0)


def test_a_floor_withdraws_what_nobody_wants_from_the_auction_first() -> None:
    after, year = totals(120.0, floor=5.0, auction_share=0.1)
    assert after.price_cny_per_tco2 == 5.0
    assert year["withheld"] == pytest.approx(12.0) and year["auctioned"] == pytest.approx(0.0)
    assert after.reserve_tco2 == pytest.approx(12.0)
    assert after.withheld_share == pytest.approx(8.0 / 108.0), "the rest from next year's free part"


def test_at_the_ceiling_credits_come_before_the_reserve_and_that_before_what_is_unmet() -> None:
    credits = {"offset_limit_share": 0.1, "offset_stock": 1e3, "ceiling": 7.0}
    after, year = totals(50.0, reserve=100.0, **credits)
    assert after.price_cny_per_tco2 == 7.0 and year["offsets"] == pytest.approx(10.0)
    assert year["released"] == pytest.approx(40.0) and year["short"] == pytest.approx(0.0)
    assert after.reserve_tco2 == pytest.approx(60.0)
    after, year = totals(50.0, reserve=25.0, **credits)
    assert year["released"] == pytest.approx(25.0) and year["short"] == pytest.approx(15.0)


def test_more_credits_are_offered_at_a_higher_price_up_to_their_limit() -> None:
    """The price is where credits make up what is lacking: 90 + 2 (p - 3) = 100."""
    slope = {"offset_slope": 2.0, "offset_price": 3.0, "offset_limit_share": 0.5}
    after, year = totals(90.0, **slope)
    assert after.price_cny_per_tco2 == pytest.approx(8.0) and year["offsets"] == pytest.approx(10.0)
    assert totals(90.0, **slope, ceiling=1e3)[1]["short"] == pytest.approx(0.0, abs=1e-6)
    assert totals(40.0, **slope, ceiling=1e3)[1]["short"] == pytest.approx(10.0)


def test_what_may_not_be_carried_over_expires() -> None:
    after, year = totals(120.0, bank=10.0, carry_over_limit=12.0)
    assert year["expired"] == pytest.approx(18.0) and after.bank_tco2.sum() == pytest.approx(12.0)
    after, year = totals(120.0, bank=10.0)
    assert year["expired"] == 0.0
    assert after.bank_tco2[:2] == pytest.approx([30.0, 0.0]), "the oldest are used first"


def test_what_is_unmet_is_made_up() -> None:
    market = with_fields(
        build_market(np.full((2, 1), 100.0), np.ones((2, 1)), CAP, np.full(2, 80.0)), ceiling=5.0
    )
    state, first = clear_year(market, open_market(market))
    _, second = clear_year(market, state, 1)
    assert first.totals_tco2["short"] == pytest.approx(20.0)
    assert second.totals_tco2["made_up"] == pytest.approx(20.0)
    assert second.totals_tco2["short"] == pytest.approx(40.0)


def test_who_pays_a_fine_owes_no_allowance() -> None:
    market = with_fields(
        build_market(np.full((2, 1), 100.0), np.ones((2, 1)), CAP, np.full(2, 80.0)), ceiling=5.0, penalty=5.0
    )
    state, first = clear_year(market, open_market(market))
    _, second = clear_year(market, state, 1)
    assert state.price_cny_per_tco2 == 5.0 and first.fines_cny == pytest.approx(100.0)
    assert second.totals_tco2["made_up"] == 0.0
    assert second.totals_tco2["short"] == pytest.approx(20.0), "each year for itself"


def test_allowances_end_after_their_years() -> None:
    """Of 20 a year 10 are needed, the oldest first; what is older than the year itself ends."""
    market = with_fields(
        build_market(np.full((3, 1), 10.0), np.ones((3, 1)), CAP, np.full(3, 20.0)), expires_after_years=1
    )
    state, ended = open_market(market), []
    for row in range(3):
        state, year = clear_year(market, state, row)
        ended.append(year.totals_tco2["expired"])
    assert ended == pytest.approx([0.0, 0.0, 10.0]) and state.bank_tco2.sum() == pytest.approx(20.0)


def test_cost_is_the_area_under_what_the_market_answers() -> None:
    """Abatement in a line to 50 % at 100: 10 of 100 t at 20 cost 100. Output of elasticity 1 loses 100 (1 - ln 2)."""
    line = with_fields(
        build_market(100.0 * ONE, ONE, CAP, np.array([90.0])),
        step_share=np.full((1, 1), 0.5),
        step_to=np.full((1, 1), 100.0),
    )
    _, year = clear_year(line, open_market(line))
    assert year.price_cny_per_tco2 == pytest.approx(20.0)
    assert add_up_cost(line, 20.0, 0, 10) == pytest.approx(100.0)
    output = with_fields(build_market(100.0 * ONE, ONE, CAP, np.array([50.0])), elasticity=1.0)
    assert add_up_cost(output, 1.0, 0, 2000) == pytest.approx(100.0 * (np.log(2.0) - 0.5), rel=1e-5)
    standard = with_fields(output, method=BENCHMARK, benchmark=1.0)
    assert add_up_cost(standard, 1.0, 0, 10) == pytest.approx(0.0, abs=1e-9)
