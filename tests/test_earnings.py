"""What a new MW would earn: the kernel against whole-array NumPy, and the year it looks at with plans in it."""

import numpy as np
import pytest

from tanlu.core.axes import FUELS
from tanlu.decisions import rounds
from tanlu.kernels.power.earnings import earn_at_prices
from tanlu.markets.electricity import BURNING, planned_prices
from tanlu.power.system import clear_power_year
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, P, calls_of, scenario
from tests.power_years import NO_START

ZONES, MONTHS, DAYS, HOURS = 2, 12, 2, 24


@pytest.mark.parametrize("seed", range(4))
def test_a_mw_earns_its_profile_its_margin_or_the_days_spread(seed: int) -> None:
    random = np.random.default_rng(seed)
    price = np.round(random.uniform(0.0, 500.0, (ZONES, MONTHS, DAYS, HOURS)), -1)  # with ties
    weight, profile = random.uniform(1.0, 28.0, (MONTHS, DAYS)), random.random((ZONES, 3, MONTHS, HOURS))
    cost, length, efficiency = (
        random.uniform(100.0, 400.0, (ZONES, 2)),
        np.array([6, 2]),
        np.array([0.75, 0.9]),
    )
    premium = random.uniform(0.0, 50.0, (ZONES, 3))
    found = earn_at_prices(
        price_cny_per_mwh=price,
        day_weight=weight,
        profile=profile,
        premium_cny_per_mwh=premium,
        cost_cny_per_mwh=cost,
        store_hours=length,
        store_efficiency=efficiency,
    )
    whole = weight[None, :, :, None]
    paid = price[:, None] + premium[:, :, None, None, None]
    sold = (profile[:, :, :, None] * paid * whole).sum(axis=(2, 3, 4))
    np.testing.assert_allclose(found.profile, sold, rtol=1e-12)
    for b in range(2):
        margin = np.maximum(price - cost[:, b, None, None, None], 0.0)
        np.testing.assert_allclose(found.margin[:, b], (margin * whole).sum(axis=(1, 2, 3)), rtol=1e-12)
    rising = np.sort(price, axis=3)
    for s in range(2):
        gain = rising[..., ::-1][..., : length[s]] - rising[..., : length[s]] / efficiency[s]
        spread = (np.maximum(gain, 0.0) * whole).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(found.spread[:, s], spread, rtol=1e-12)


def test_the_year_with_plans_is_the_year_in_which_they_stand() -> None:
    """Prices with plans in the tail of the offer are those of the whole clearing with the same units in it.

    Wind that is planned above the usual pace makes others expect more of it in later years, a quarter of what is above.
    """
    with calls_of(rounds, "plan_sites") as calls:
        RegionModel(Inputs(scenario(years=(2020, 2026)), REGION)).run()
    views = calls[-1][0][-1]
    ahead, expected = views.expected_year, views.expected
    price = expected.prices.price_cny_per_mwh
    still = ahead._replace(pace_mw=np.zeros_like(ahead.pace_mw))
    planned, wind = np.zeros((P, len(BUILDABLE))), BUILDABLE.index("wind")
    np.testing.assert_array_equal(planned_prices(REGION, still, planned, NO_START)[0], price)
    planned[:, BUILDABLE.index("coal")], planned[:, wind] = 2e3, 4e3
    assert (
        np.all((ahead.pace_mw[:, wind] > 0.0) & (ahead.pace_mw[:, wind] < 4e3))
        and ahead.further_years[wind] == 3
    )
    faster = planned - ahead.pace_mw
    built, offer = planned * ahead.ready + 0.25 * faster * ahead.further_years, ahead.offer
    by_fuel, capacity = offer.capacity_by_fuel_mw.copy(), offer.capacity_mw.copy()
    np.add.at(by_fuel, (slice(None), FUEL_OF_BUILDABLE), built)
    tail = offer.zone[-len(BURNING) * P :], offer.cost_cny_per_mwh[-len(BURNING) * P :]
    assert (
        not capacity[-len(BURNING) * P :].any()
        and (offer.rows[-len(BURNING) * P :] == -1).all()
        and tail[0].tolist() == [0, 0, 1, 1]
    )
    available = REGION.parameters["new_unit_availability"]
    capacity[[-4, -2]] = built[:, BUILDABLE.index("coal")] * available  # each province's coal before its gas
    whole = clear_power_year(
        REGION.power,
        offer._replace(capacity_mw=capacity, capacity_by_fuel_mw=by_fuel),
        ahead.around,
        NO_START,
    )
    found, *_ = planned_prices(REGION, ahead, planned, NO_START)
    np.testing.assert_array_equal(found, whole.prices.price_cny_per_mwh)
    assert found.mean() < price.mean()
    assert by_fuel[0, FUELS.index("wind")] > offer.capacity_by_fuel_mw[0, FUELS.index("wind")]
