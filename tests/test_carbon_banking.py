"""Banked allowances: the price path of Rubin 1996 through the market's clearing, whoever holds the allowances.

J. D. Rubin, Journal of Environmental Economics and Management 31 (1996), 269-286; the numbers are ours. Marginal
cost is CNY 1 a tonne for each tonne abated of 100, the cap of year t is 90 - 2 t, the rate 5 %: banks last 25 years.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.carbon_market.market import CarbonMarketYear, clear_carbon_market

PAGE = Path(__file__).parents[1] / "docs" / "model" / "carbon_market.md"
RATE, YEARS = 0.05, 30
CAP = 90.0 - 2.0 * np.arange(YEARS + 1)
WINDOW = 25
P0 = (WINDOW * 100.0 - CAP[:WINDOW].sum()) / sum((1.0 + RATE) ** t for t in range(WINDOW))
CLOSED_FORM = np.where(np.arange(YEARS + 1) < WINDOW, P0 * (1.0 + RATE) ** np.arange(YEARS + 1), 100.0 - CAP)
SPLITS = ((0.5, 0.5), (1.0, 0.0), (0.7, 0.3))


def path(shares, *, intermediary=False, base=math.inf, factor=0.0):
    """Return price [year] and bank [year, holder] of holders that emit alike and get `shares` of each year's cap.

    They expect the closed form. Below it, who is short wants five years' shortage, as far as it may carry it over.
    """
    shares = np.array([*shares, 0.0] if intermediary else shares)
    emits = np.append(np.full(shares.size - 1, 1.0), 0.0) if intermediary else np.ones(shares.size)
    emissions = 100.0 * emits / emits.sum()
    bank, price, banks = np.zeros(shares.size), [], []
    limit = np.where(emissions > 0.0, base, math.inf)
    for t in range(YEARS):
        short = 5.0 * np.maximum(emissions - CAP[t] * shares, 0.0)
        target = np.minimum(np.where(emissions > 0.0, short if math.isinf(base) else base, math.inf), limit)
        year = clear_carbon_market(
            CarbonMarketYear(
                emissions_tco2=emissions,
                allocation_tco2=CAP[t] * shares,
                bank_tco2=bank,
                abatement_slope_tco2_per_cny=emissions / 100.0,
                abatement_limit_tco2=emissions,
                expected_price_cny_per_tco2=CLOSED_FORM[t + 1],
                discount_rate=RATE,
                offset_price_cny_per_tco2=math.inf,
                offset_share=0.0,
                bank_target_tco2=target,
                carry_over_base_tco2=limit,
                carry_over_factor=factor,
                reference_price_cny_per_tco2=0.0,
                rest_of_market_slope_tco2_per_cny=0.0,
                floor_cny_per_tco2=0.0,
                ceiling_cny_per_tco2=1e4,
            )
        )
        bank = year.end_bank_tco2
        price.append(year.price_cny_per_tco2)
        banks.append(bank)
    return np.array(price), np.array(banks)


@pytest.mark.parametrize("shares", SPLITS)
@pytest.mark.parametrize("intermediary", [False, True])
def test_prices_and_banks_are_those_of_the_closed_form(shares, intermediary) -> None:
    price, banks = path(shares, intermediary=intermediary)
    assert price[[0, 1, 5, 10, 24, 25, 29]] == pytest.approx(
        [17.8096, 18.7001, 22.7300, 29.0099, 57.4377, 60.0, 68.0], abs=1e-4
    )
    np.testing.assert_allclose(price, CLOSED_FORM[:YEARS], rtol=1e-9)
    total = banks.sum(axis=1)
    assert total[[0, 5, 8]] == pytest.approx([7.8096, 31.1393, 34.3786], abs=1e-4)
    assert total.argmax() == 8 and total[WINDOW - 1 :].max() < 1e-9


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6).filter(lambda parts: sum(parts) > 0.01))
@settings(max_examples=60, deadline=None)
def test_with_an_intermediary_no_split_of_the_allowances_moves_the_price(parts) -> None:
    price, _ = path(np.array(parts) / sum(parts), intermediary=True)
    np.testing.assert_allclose(price, CLOSED_FORM[:YEARS], rtol=1e-9)


def test_with_limits_for_each_holder_the_split_moves_the_price() -> None:
    """The table of docs/model/carbon_market.md: 2 t that each may carry over, and 1.5 t a tonne sold."""
    table = {
        (0.5, 0.5): [14.0, 20.0, 29.01, 58.0],
        (0.7, 0.3): [17.81, 20.58, 29.01, 58.0],
        (1.0, 0.0): [17.81, 22.73, 29.01, 57.44],
    }
    for shares, published in table.items():
        price, _ = path(shares, base=2.0, factor=1.5)
        assert price[[0, 5, 10, 24]] == pytest.approx(published, abs=0.005)
        line = " | ".join(f"{value:.2f}" for value in published)
        assert f"| {line} |" in PAGE.read_text(encoding="utf-8")
