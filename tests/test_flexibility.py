"""Running lower while online: what it saves, who retrofits, and that it never raises the least output."""

import numpy as np
import pytest

from tanlu.core.axes import FUEL, FUELS
from tanlu.core.economics import annuity_factor
from tanlu.power.flexibility import retrofit_value, saving_by_row_cny
from tanlu.power.options import OPTIONS
from tanlu.power.plants import PowerPlants
from tanlu.region.power import BUILDABLE
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, calls_of, scenario
from tests.power_years import DATA, around, clear
from tests.test_commitment import slow

COAL = FUEL["coal"]
RETROFIT = OPTIONS.index("flexibility_retrofit")
TECH = REGION.power.technologies
SUN = {"solar_utility": (30e3, 30e3)}


def saved(outcome) -> np.ndarray:
    return saving_by_row_cny(DATA, np.full(4, COAL), outcome, np.arange(4))


def test_what_is_saved_by_hand() -> None:
    """Per MW online and share of it: hours below cost, less the fuel that no output needs."""
    outcome = clear(slow(0.5, **SUN), around())
    price, offer = outcome.prices.price_cny_per_mwh, outcome.offer
    total = np.zeros(4)
    for u in range(4):
        cost = offer.cost_cny_per_mwh[u] * (1.0 - TECH.by_fuel.no_load_fuel_share[COAL])
        for m in range(12):
            online = outcome.hours.floor_mw[u, m] / 0.5
            gap = np.maximum(cost - price[offer.zone[u], m], 0.0).sum(axis=1)
            total[u] += online * (gap * DATA.day_weight[m]).sum()
    np.testing.assert_allclose(saved(outcome), total)
    assert total.max() > 0.0


def test_more_spread_of_prices_never_makes_it_less_attractive() -> None:
    outcome = clear(slow(0.5, **SUN), around())
    mean = outcome.prices.price_cny_per_mwh.mean(axis=3, keepdims=True)

    def worth_at(spread: float) -> np.ndarray:
        price = mean + spread * (outcome.prices.price_cny_per_mwh - mean)
        return saved(outcome._replace(prices=outcome.prices._replace(price_cny_per_mwh=price)))

    worth = [worth_at(spread) for spread in (0.0, 0.3, 1.0, 2.0, 5.0)]
    assert np.all(np.diff(worth, axis=0) >= -1e-12 * np.max(worth))  # CNY: the last digits
    assert (worth[-1] > worth[0]).any()


def test_the_payment_for_staying_online_does_not_fall_when_a_unit_can_run_lower() -> None:
    """So it keeps what it saves: by the compensated share, whatever its own least output."""
    ordinary = slow(0.5, **SUN)._replace(compensated_load_share=np.full(4, 0.5))
    before, after = (
        clear(ordinary, around()),
        clear(ordinary._replace(minimum_load_share=np.full(4, 0.35)), around()),
    )
    assert np.all(after.hours.floor_mw <= before.hours.floor_mw + 1e-6)
    online = after.hours.floor_mw / 0.35
    price, full = (
        after.prices.price_cny_per_mwh[ordinary.zone],
        ordinary.cost_cny_per_mwh[:, None, None, None],
    )
    given = np.where(price > full, 1.0, 0.5) * online[:, :, None, None]
    days = ((full - price) * given).sum(axis=3)
    owed = np.bincount(ordinary.zone, (np.maximum(days, 0.0) * DATA.day_weight).sum(axis=(1, 2)), 2)
    np.testing.assert_allclose(after.units.uplift_cny, owed, rtol=1e-9)


def test_starts_are_spread_over_the_hours_online() -> None:
    """What a start costs is in the offer: little for coal, which stays online for weeks, more for gas."""
    table = REGION.tables["technologies"].set_index(["technology", "parameter"])["value"]
    for fuel in ("coal", "gas"):
        start = float(table[fuel, "start_cost_cny_per_mw"]) / float(table[fuel, "hours_online_per_start"])
        assert 0.0 < start < 50.0
        whole = float(table[fuel, "variable_om_cny_per_mwh"]) + start
        assert TECH.by_fuel.variable_om_cny_per_mwh[FUEL[fuel]] == pytest.approx(whole)
        np.testing.assert_allclose(TECH.variable_om_cny_per_mwh[:, BUILDABLE.index(fuel)], whole)


def test_only_units_that_run_higher_than_they_might_are_offered_it() -> None:
    fuel = np.array([COAL, COAL, COAL, FUEL["gas"]])
    least = np.array([0.5, TECH.by_fuel.flexible_minimum_load_share[COAL], 0.0, 0.0])
    lower, npv, capex = retrofit_value(
        DATA,
        fuel=fuel,
        minimum_load_share=least,
        capacity_mw=np.full(4, 600.0),
        worth=annuity_factor(np.full(4, 0.08), 15),
        outlay=np.full(4, 0.9),
        saved_cny=np.full(4, 1e9),
    )
    assert lower.tolist() == [pytest.approx(0.15), 0.0, 0.0, 0.0]
    assert capex[0] == pytest.approx(600e3 * TECH.by_fuel.flexibility_capex_cny_per_kw[COAL])
    assert npv[0] == pytest.approx(0.15e9 * (1.0 - 1.08**-15) / 0.08 - 0.9 * capex[0])


def test_a_retrofit_lowers_least_output_and_nothing_raises_it() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2034)), REGION))
    plants, started = model.plants, 0
    least = dict(zip(plants.ids, plants.minimum_load_share, strict=True))
    with calls_of(PowerPlants, "start") as calls:
        while model.year < 2034:
            model.step()
            now = dict(zip(plants.ids, plants.minimum_load_share, strict=True))
            assert all(share <= least.get(name, 1.0) for name, share in now.items())
            least = now
            for (_, table, choice, funded, _), _, _ in calls:
                rows = table.decider[(choice == RETROFIT) & funded]
                started += rows.size
                lowest = TECH.by_fuel.flexible_minimum_load_share[COAL]
                assert np.all(plants.minimum_load_share[rows] == lowest)
                assert {FUELS[f] for f in plants.fuel[rows]} <= {"coal"}
            calls.clear()
    print(f"{started} units retrofitted to 2034")
    assert started > 0
