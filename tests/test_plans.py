"""Plans of companies: the pace that they expect, the search for plans that are wanted, and building without waves."""

from collections.abc import Callable

import numpy as np
import pytest

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUEL, RENEWABLE_FUELS
from tanlu.decisions.plan_search import PLAN_CLEARINGS, Planning, agree, by_technology
from tanlu.finance.building import BuildTerms, Room
from tanlu.kernels.building_sites import SiteTerms
from tanlu.power.sites import pace_mw, starts_mw
from tanlu.records.year import YearRecord
from tanlu.region.power import BUILDABLE
from tests import model_runs
from tests.model_runs import REGION, P, draws, record, scenario, shipped

TECH = REGION.power.technologies
K = len(BUILDABLE)
WIND = BUILDABLE.index("wind")
WIND_AND_SUN = [BUILDABLE.index(name) for name in RENEWABLE_FUELS]

# --- the pace that is expected --------------------------------------------------------------------------------------


def test_the_pace_is_a_mean_of_starts_in_which_newer_years_count_more() -> None:
    """Against a count year by year; of wind, which takes two years, and of what is under construction."""
    plants, weight, year = model_runs.watch(scenario()).plants, 0.25, 2040
    built = plants.built_units()
    assert built.place.size > len(plants), "what has closed was started all the same"
    found = pace_mw(TECH, plants, year, weight)
    for p in range(P):
        for name in ("wind", "solar_utility", "battery"):
            k, mw = BUILDABLE.index(name), 0.0
            for row in np.flatnonzero((built.province == p) & (built.fuel == FUEL[name])):
                years_ago = year - 1 - (built.commissioned_year[row] - TECH.lead_time_years[k])
                mw += built.capacity_mw[row] * weight * (1.0 - weight) ** years_ago if years_ago >= 0 else 0.0
            assert found[p, k] == pytest.approx(mw)
    assert found[0, WIND] > 1000.0
    later = pace_mw(TECH, plants, year + 1, weight)
    np.testing.assert_allclose(later, found + weight * (starts_mw(TECH, plants, year) - found), rtol=1e-12)


def test_starts_are_what_companies_are_said_to_start() -> None:
    model, power = model_runs.watch(scenario()), record(scenario()).new_power
    for year in (2045, 2055):
        mw = starts_mw(TECH, model.plants, year)[:, WIND_AND_SUN]
        said = power.started_mw[year - model_runs.FIRST][:, WIND_AND_SUN]
        assert said.sum() > 2000.0
        np.testing.assert_allclose(mw, said, rtol=1e-9)


# --- the search -----------------------------------------------------------------------------------------------------


def one_company(technology: int) -> BuildTerms:
    """Return the terms of one company that takes of its room of 1000 MW a part by what a MW earns."""
    share, room = np.zeros((1, P, K)), np.full((P, K), 1000.0)
    share[:, :, technology] = 1.0
    worth, capex, nothing = np.ones((1, K)), np.ones((P, K)), np.zeros(share.shape)
    sites = SiteTerms(
        *(worth, np.zeros((1, K)), np.zeros(K), capex, room, share),
        full_index=1.0,
        smallest=30.0,
        gain=nothing,
        won=nothing,
    )
    return BuildTerms(sites, worth, np.ones(K, np.int64), Room.nothing((P, K))._replace(mw=room))


def searched(earns: Callable[[Floats], Floats], first: float) -> tuple[Floats, Floats, int]:
    """Return what is started where wind alone is built, the most that was planned, and the number of clearings."""
    wind, hours, cleared = np.zeros((P, K)), np.zeros((P, K)), []
    wind[:, WIND], hours[:, WIND_AND_SUN] = 1.0, 2000.0

    def clear(planned: Floats) -> Floats:
        cleared.append(planned)
        return earns(planned)

    sites = agree(Planning(clear, one_company(WIND), hours), earns(np.zeros((P, K))), first * wind)
    return by_technology(sites)[:, WIND], np.max(cleared, axis=0)[:, WIND], len(cleared)


@pytest.mark.parametrize("begin", [0.2, 0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("slope", [0.5, 2.0, 5.0, 20.0])
def test_plans_are_found_that_are_wanted_where_earnings_fall_in_a_line(begin: float, slope: float) -> None:
    """Closed form: x = 1000 (1 − slope · x / 1000) in each of two provinces; who repeats it swings ever more."""
    wanted = 1000.0 / (1.0 + slope)
    started, planned, clearings = searched(lambda mw: 1.0 - slope * mw / 1000.0, min(begin * wanted, 1000.0))
    assert clearings == PLAN_CLEARINGS
    assert np.all(started <= planned * (1.0 + 1e-12)), "no more than stood in a year that was cleared"
    assert started == pytest.approx(np.full(P, wanted), rel=0.05)


@pytest.mark.parametrize("edge", [100.0, 300.0, 450.0])
def test_where_earnings_drop_at_once_plans_end_below_the_drop(edge: float) -> None:
    """Below it all is wanted, above it nothing: nobody starts what does not pay, and most of what does is started."""
    started, *_ = searched(lambda mw: np.where(mw > edge, -1.0, 1.0), 200.0)
    assert np.all(started <= edge) and np.all(started > 0.75 * edge)


def test_what_does_not_pay_in_any_year_that_was_cleared_is_not_started() -> None:
    started, *_ = searched(lambda mw: np.where(mw > 0.0, -1.0, 1.0), 200.0)
    assert not started.any()


# --- no waves -------------------------------------------------------------------------------------------------------


def roughness(of: YearRecord) -> Floats:
    """Return how far starts of wind and sun are from the mean of both neighbouring years, over all years' mean."""
    mw = of.new_power.started_mw[:, :, WIND_AND_SUN].sum(axis=(1, 2))
    years = np.arange(2030, 2056) - model_runs.FIRST
    assert mw[years].mean() > 3000.0, "a case that is not empty"
    return np.abs(mw[years] - 0.5 * (mw[years - 1] + mw[years + 1])) / mw[years].mean()


@pytest.mark.parametrize(
    ("name", "most", "count"),
    [
        ("baseline", 0.5, 3),
        pytest.param("dual_carbon", 0.5, 8, marks=pytest.mark.slow),
        pytest.param("high_carbon_price", 0.45, 8, marks=pytest.mark.slow),
    ],
)
def test_wind_and_sun_are_not_started_in_waves(name: str, most: float, count: int) -> None:
    """No year stands out from its neighbours, in the mean over draws: of `dual_carbon` 0.24 to 0.67, 0.43 in the mean.

    Largest under policies about 2034: what was built in their first years is enough for a while, and expected load
    begins to grow again. Dear allowances are such a policy until about 2043, when sites are taken. When all expected
    what was connected in three years to go on, the largest was one to two times the mean, the usual one half of it.
    """
    rough = np.array([roughness(one) for one in draws(shipped(name), count)])
    assert rough.max(axis=1).mean() < most and rough.mean() < 0.2


@pytest.mark.parametrize("name", ["baseline", "dual_carbon", "high_carbon_price", "firm_capacity"])
def test_no_year_is_much_dearer_than_both_its_neighbours(name: str) -> None:
    """In mean water, either province; in years of decisions."""
    price = record(shipped(name)).power.price_cny_per_mwh[2025 - model_runs.FIRST :]
    assert price.shape[1] == P and np.ptp(price) > 30.0
    assert (price[1:-1] / np.maximum(price[:-2], price[2:])).max() < 1.2
