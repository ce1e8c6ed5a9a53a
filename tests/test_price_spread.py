"""How prices of the hours are spread: quantiles and the spread of a day."""

import numpy as np
import pytest

from tanlu.indicators.power import electricity_price_indicators
from tanlu.records.prices import PRICE_QUANTILES, price_quantiles
from tests import model_runs
from tests.model_runs import REGION, scenario


def test_quantiles_count_hours_by_the_days_they_stand_for() -> None:
    days = REGION.power.day_weight
    rng = np.random.default_rng(5)
    price = rng.choice(np.arange(100.0, 500.0), (2, *days.shape, 24))
    found = price_quantiles(price, days)
    for p in range(2):
        long = np.sort(
            np.concatenate(
                [
                    np.repeat(price[p, m, d], round(days[m, d]))
                    for m in range(12)
                    for d in range(days.shape[1])
                ]
            )
        )
        slow = [long[int(np.ceil(share * long.size)) - 1] for share in PRICE_QUANTILES]
        assert found[p] == pytest.approx(slow)


def test_a_year_of_one_price_has_no_spread_and_a_run_has_some() -> None:
    flat = price_quantiles(np.full((2, 12, 2, 24), 300.0), REGION.power.day_weight)
    assert (flat == 300.0).all()
    record = model_runs.record(scenario(years=(2025, 2030))).prices
    low, middle, high = np.moveaxis(record.quantiles_cny_per_mwh, 2, 0)
    assert (low <= middle).all() and (middle <= high).all() and (high > low).any()
    assert (record.daily_spread_cny_per_mwh >= 0.0).all() and record.daily_spread_cny_per_mwh.max() > 1.0
    names = {row.variable for row in electricity_price_indicators()}
    assert {f"Price|Electricity|Wholesale|{x}" for x in ("P5", "P50", "P95", "Daily Spread")} <= names
