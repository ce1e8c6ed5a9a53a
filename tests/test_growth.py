"""Growth: the S-curve that limits what is connected in a year, the queue of the grid, and the fit to past years."""

import dataclasses

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.axes import FUEL, RENEWABLE_FUELS
from tanlu.evaluation.frozen import frozen_region
from tanlu.evaluation.growth import DIGITS, GROUPS, backtest_growth, fit_growth, forecast, read_capacity
from tanlu.indicators.main import indicators
from tanlu.investment.growth import yearly_growth
from tanlu.power.plants import PowerPlants
from tanlu.power.sites import SiteWorld, find_free_sites, potential_mw, site_room
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, SMALL_SCALE
from tests import model_runs
from tests.model_runs import REGION, P, scenario
from tests.policy_blocks import tax

TECH = REGION.power.technologies
DATE = 2020
CAPACITY = read_capacity(REGION)
LAST = CAPACITY.years[-1]


def test_growth_starts_at_the_floor_is_fastest_halfway_and_ends_at_the_potential() -> None:
    stock = np.array([0.0, 10.0, 500.0, 990.0, 1000.0, 1200.0])
    grown = yearly_growth(20.0, 0.4, stock, 1000.0)
    assert grown.tolist() == pytest.approx([20.0, 20.0, 100.0, 10.0, 0.0, 0.0])
    all_stocks = yearly_growth(0.0, 0.4, np.linspace(0.0, 1000.0, 2001), 1000.0)
    assert all_stocks.argmax() == 1000 and all_stocks.max() == pytest.approx(0.4 * 1000.0 / 4.0)
    assert yearly_growth(20.0, 0.4, np.array([5.0]), np.array([0.0])).tolist() == [0.0]


def test_small_steps_follow_the_logistic_curve() -> None:
    """Closed form of dS/dt = r S (1 − S/K)."""
    stock, step = np.array(10.0), 0.01
    for _ in range(1000):
        stock = stock + step * yearly_growth(0.0, 0.5, stock, 1000.0)
    assert float(stock) == pytest.approx(1000.0 / (1.0 + 99.0 * np.exp(-0.5 * 10.0)), rel=0.01)


# --- the queue -----------------------------------------------------------------------------------------------


def naive_room(plants: PowerPlants, year: int, p: int, name: str) -> tuple[float, bool]:
    """Return MW that can be started and whether sites are what is short, unit by unit."""
    k = BUILDABLE.index(name)
    ready = year + max(int(TECH.lead_time_years[k]), 1)
    stands = due = later = 0.0
    for row in range(len(plants)):
        end = int(plants.life_end_year[row])
        if plants.province[row] != p or plants.fuel[row] != FUEL[name]:
            continue
        if plants.retired_year[row] <= (year if end <= ready else ready):
            continue
        mw, start = float(plants.capacity_mw[row]), int(plants.commissioned_year[row])
        for passed in range(year + 1, ready + 1):
            mw *= 1.0 - REGION.parameters["exit_share_beyond_life"] if passed >= end else 1.0
        stands, due, later = (
            stands + mw * (start < ready),
            due + mw * (start == ready),
            later + mw * (start > ready),
        )
    most = float(TECH.potential_mw[p, k])
    grid = max(
        float(TECH.floor_mw_per_year[p, k]), float(TECH.growth_rate[p, k]) * stands * (1.0 - stands / most)
    )
    connects = max(min(grid, max(most - stands, 0.0)) - due, 0.0)
    left = max(most - stands - due - later, 0.0)
    return min(connects, left), left < connects


@pytest.mark.parametrize("year", [2025, 2036])
def test_what_can_be_started_agrees_with_a_count_of_units(year: int) -> None:
    plants = model_runs.watch(scenario()).lived[year - 2020].plants
    room = site_room(TECH, plants, year, SiteWorld())
    for p in range(P):
        for name in BUILDABLE:
            mw, used_up = naive_room(plants, year, p, name)
            assert room.mw[p, BUILDABLE.index(name)] == pytest.approx(mw, abs=1e-6)
            assert room.used_up[p, BUILDABLE.index(name)] == used_up
    assert (room.mw > 0.0).sum() >= 8 and room.mw.max() > 1000.0


def test_what_is_listed_for_a_year_waits_before_what_is_started_for_it() -> None:
    """The large solar plants of early 2026 take their part of that year's connections."""
    plants = model_runs.watch(scenario(years=(2020, 2024))).plants
    k, listed = BUILDABLE.index("solar_utility"), plants.fuel == FUEL["solar_utility"]
    due = listed & (plants.commissioned_year == 2026) & (plants.province == 0)
    assert plants.capacity_mw[due].sum() > 2000.0
    with_them = site_room(TECH, plants, 2025, SiteWorld()).mw[0, k]
    kept = plants.capacity_mw
    plants.capacity_mw = np.where(due, 0.0, kept)
    without = site_room(TECH, plants, 2025, SiteWorld()).mw[0, k]
    plants.capacity_mw = kept
    assert without - with_them == pytest.approx(kept[due].sum())


# --- sites -----------------------------------------------------------------------------------------------------


def naive_free_sites(units: list[tuple[float, float]], room: int) -> tuple[float, float]:
    """Return where free sites begin and their mean place, site by site of one MW each."""
    taken: set[int] = set()
    for place, size in sorted(units):
        site = int(place)
        for _ in range(int(size)):
            while site in taken:
                site += 1
            taken.add(site)
    free = []
    site = 0
    while len(free) < room:
        if site not in taken:
            free.append(site)
        site += 1
    return float(free[0]), sum(place + 0.5 for place in free) / room


def test_what_rounding_leaves_between_sites_is_no_site() -> None:
    """Years of several owners each, one behind the other without a gap."""
    rng, place, size = np.random.default_rng(1), np.zeros(0), np.zeros(0)
    for _ in range(60):
        first, mean = find_free_sites(place, size, 100.0)
        assert (first, mean) == (pytest.approx(size.sum()), pytest.approx(size.sum() + 50.0))
        owners = rng.random(int(rng.integers(1, 20))) * 300.0
        place, size = np.append(place, np.full(owners.size, first)), np.append(size, owners)


@pytest.mark.parametrize("seed", range(20))
def test_the_best_free_sites_are_those_that_one_by_one_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    place, size = np.sort(random.integers(0, 400, 12)), random.integers(1, 40, 12)
    room = int(random.integers(1, 200))
    found = find_free_sites(place.astype(float), size.astype(float), float(room))
    assert found == pytest.approx(naive_free_sites(list(zip(place, size, strict=True)), room))


def test_sites_get_worse_and_dearer_and_who_retires_gives_a_good_one_back() -> None:
    assert find_free_sites(np.zeros(0), np.zeros(0), 100.0) == (0.0, 50.0)
    assert find_free_sites(np.array([0.0]), np.array([500.0]), 100.0) == (500.0, 550.0)
    assert find_free_sites(np.array([0.0, 500.0]), np.array([300.0, 200.0]), 100.0) == (300.0, 350.0)
    model = model_runs.watch(scenario())
    k, plants = BUILDABLE.index("solar_utility"), model.lived[2045 - 2020].plants
    early = site_room(TECH, model.lived[2026 - 2020].plants, 2026, SiteWorld())
    late = site_room(TECH, plants, 2045, SiteWorld())
    assert 0.75 < late.hours_share[0, k] < early.hours_share[0, k] < 1.0
    assert late.connection_cny_per_kw[0, k] > early.connection_cny_per_kw[0, k] > 0.0
    flat = site_room(TECH, plants, 2045, SiteWorld(decline=0.0, connection=0.0))
    assert np.all(flat.hours_share == 1.0) and not flat.connection_cny_per_kw.any()
    assert np.all(late.hours_share[:, [BUILDABLE.index(name) for name in ("coal", "battery")]] == 1.0)


def test_a_plant_has_the_hours_of_its_site() -> None:
    """Output of a MW, within one year and province, in proportion to the hours of the site."""
    model = model_runs.watch(scenario())
    plants, lived = model.plants, model.lived[-1]
    mine = (plants.fuel == FUEL["solar_utility"]) & (plants.province == 0) & plants.active(2060)
    mine &= plants.commissioned_year < 2060
    n = lived.year.plants.output_mwh.size
    hours = (lived.year.plants.output_mwh / np.maximum(plants.capacity_mw[:n], 1e-9))[mine[:n]]
    share = plants.hours_share[:n][mine[:n]]
    assert share.min() < 0.85 and np.unique(share).size > 10
    assert hours / share == pytest.approx(np.full(hours.size, hours[0] / share[0]))


@pytest.mark.slow
@pytest.mark.parametrize("lever", ["site_decline_factor", "site_connection_factor"])
def test_worse_sites_are_built_on_less(lever: str) -> None:
    fuels = [FUEL[name] for name in RENEWABLE_FUELS]
    made = [
        float(model_runs.record(scenario(world={lever: factor})).power.output_mwh[:, :, fuels].sum())
        for factor in (0.0, 1.0, 2.0)
    ]
    assert made[0] > made[1] > made[2]


def test_the_world_moves_pace_and_potential_of_wind_sun_and_batteries_alone() -> None:
    plants = model_runs.watch(scenario(years=(2020, 2024))).plants
    small = np.isin(BUILDABLE, SMALL_SCALE)
    usual = site_room(TECH, plants, 2030, SiteWorld()).mw
    faster, wider = (
        site_room(TECH, plants, 2030, SiteWorld(pace=2.0)).mw,
        site_room(TECH, plants, 2030, SiteWorld(potential=3.0)).mw,
    )
    assert np.all(usual[:, small] > 0.0)
    assert faster[:, small] == pytest.approx(2.0 * usual[:, small])
    assert np.all(wider[:, small] >= usual[:, small]) and wider[:, small].sum() > usual[:, small].sum()
    for other in (faster, wider):
        assert np.array_equal(other[:, ~small], usual[:, ~small])


def test_a_case_of_the_world_chooses_the_sites_of_wind_alone() -> None:
    wind = np.array(BUILDABLE) == "wind"
    low, central, high = (
        potential_mw(TECH, SiteWorld(wind_potential=case)) for case in ("low", "central", "high")
    )
    assert np.array_equal(central, TECH.potential_mw)
    assert low[:, wind].ravel().tolist() == [20000.0, 6000.0]
    assert high[:, wind].ravel().tolist() == [223000.0, 43000.0]
    assert np.array_equal(low[:, ~wind], central[:, ~wind])
    assert np.array_equal(high[:, ~wind], central[:, ~wind])


def test_nothing_is_started_at_a_constant_pace() -> None:
    """For more than five years in a row, by province and technology (within 0.1 %)."""
    model = model_runs.watch(scenario())
    plants, n = model.ever, len(REGION.power.units.ids)
    new, tried = np.arange(len(plants.ids)) >= n, 0
    for p in range(P):
        for name in BUILDABLE:
            mine = new & (plants.province == p) & (plants.fuel == FUEL[name])
            mw = np.bincount(plants.commissioned_year[mine] - 2020, plants.capacity_mw[mine], 50)
            tried += int((mw > 0.0).sum() >= 10)
            for first in range(45):
                six = mw[first : first + 6]
                assert not (six.size == 6 and six.min() > 0.0 and np.ptp(six) < 1e-3 * six.max()), (
                    name,
                    p,
                    first,
                )
    assert tried >= 4, "wind and sun are built for ten years or more"


def test_results_tell_the_years_in_which_a_limit_binds() -> None:
    """Large solar plants of Sichuan: at first nearly all that can be connected is started, less with more room."""
    slow, usual, fast = (
        model_runs.run(scenario(years=(2020, 2032), world={"renewable_pace_factor": factor}))
        for factor in (0.3, 1.0, 5.0)
    )
    k = BUILDABLE.index("solar_utility")
    for one in (slow, usual, fast):
        power = one.record.new_power
        assert np.all(power.started_mw <= power.room_mw * (1.0 + 1e-9))
        later = one.power_plants.commissioned_year >= 2026
        later[: one.power_plants.pack_size] = False
        mine = later & (one.power_plants.fuel == FUEL["solar_utility"]) & (one.power_plants.province == 0)
        assert power.started_mw[:, 0, k].sum() == pytest.approx(one.power_plants.capacity_mw[mine].sum())
    used = [
        next(
            i for i in indicators(REGION) if i.variable == "Growth Limit|Electricity|Solar|Utility|Used"
        ).measure(one.record)[:, 0]
        for one in (slow, usual, fast)
    ]
    assert (used[0] >= 95.0).sum() >= (used[1] >= 95.0).sum() > 0 and not (used[2] >= 95.0).any()


def test_a_high_carbon_price_speeds_up_wind_and_sun() -> None:
    """By 15 % in 2030 at least, for the national market has taken the rest (docs/validation.md)."""
    fuels = [FUEL[name] for name in RENEWABLE_FUELS]
    reached = [
        float(
            model_runs.record(scenario(tax(price), years=(2020, 2030))).power.capacity_mw[-1][:, fuels].sum()
        )
        for price in (0.0, 200.0, 800.0)
    ]
    assert reached[0] < reached[1] and reached[2] > 1.15 * reached[0]


# --- the fit -------------------------------------------------------------------------------------------------


def test_the_pack_has_the_rates_that_the_command_fits() -> None:
    fits = fit_growth(CAPACITY, LAST)
    assert set(fits["wind"].by_year) == set(range(2016, 2026)), "additions of 2016 to 2025"
    for group, technologies in GROUPS.items():
        for name in technologies:
            assert TECH.growth_rate[:, BUILDABLE.index(name)] == pytest.approx(
                round(fits[group].rate, DIGITS)
            )


def test_growth_of_a_year_is_what_was_added_over_what_there_was() -> None:
    """By hand: wind of 2017, 857.5 and 50 MW on 1247 and 279.5 MW."""
    free = 1247.0 * (1.0 - 1247.0 / 60000.0) + 279.5 * (1.0 - 279.5 / 16000.0)
    assert fit_growth(CAPACITY, LAST)["wind"].by_year[2017] == pytest.approx((857.5 + 50.0) / free)


def with_statistics(factor: float, after: int) -> Region:
    table = REGION.tables["power_statistics"].copy()
    table["value"] = (
        table["value"].astype(float).where(table["year"] <= after, table["value"].astype(float) * factor)
    )
    return dataclasses.replace(REGION, tables=dict(REGION.tables) | {"power_statistics": table})


def test_a_frozen_fit_knows_no_later_year() -> None:
    other = read_capacity(with_statistics(2.0, DATE))
    assert fit_growth(other, DATE) == fit_growth(CAPACITY, DATE)
    assert fit_growth(other, LAST) != fit_growth(CAPACITY, LAST)


def test_a_frozen_pack_has_the_fit_of_its_date() -> None:
    frozen, fitted = frozen_region(REGION, DATE)
    fits, rate = fit_growth(CAPACITY, DATE), frozen.power.technologies.growth_rate
    for name in RENEWABLE_FUELS:
        group = next(g for g, technologies in GROUPS.items() if name in technologies)
        assert rate[:, BUILDABLE.index(name)] == pytest.approx(round(fits[group].rate, DIGITS))
    assert (
        rate[:, BUILDABLE.index("battery")].tolist()
        == TECH.growth_rate[:, BUILDABLE.index("battery")].tolist()
    )
    assert {one.subject for one in fitted} >= {"growth of wind", "growth of sun"}


def test_frozen_at_2020_wind_and_sun_of_2025_are_met() -> None:
    """Together within 15 %; each by itself is far off: nobody saw the boom of the sun and the lull of wind."""
    known = ~np.isnan(CAPACITY.mw[-1])
    met = (
        forecast(CAPACITY, DATE, LAST, fit_growth(CAPACITY, DATE))[known].sum() / CAPACITY.mw[-1][known].sum()
    )
    assert abs(met - 1.0) <= 0.15
    still = CAPACITY.mw[DATE - CAPACITY.years[0]], CAPACITY.mw[DATE - 1 - CAPACITY.years[0]]
    same_pace = (still[0] + (LAST - DATE) * (still[0] - still[1]))[known].sum() / CAPACITY.mw[-1][known].sum()
    assert same_pace < 0.6, "the additions of 2020 each year, as a naive forecast, miss by much more"


def test_the_command_prints_fit_and_forecast_and_refuses_other_dates() -> None:
    shown = CliRunner().invoke(app, ["backtest", "growth", "--frozen", str(DATE)])
    assert shown.exit_code == 0
    for words in (
        "Spread",
        "2016-2020",
        "2016-2025",
        "wind and sun, from 2020",
        "1 of 1 bounded figures pass",
    ):
        assert words in shown.output
    for year in (2015, LAST):
        refused = CliRunner().invoke(app, ["backtest", "growth", "--frozen", str(year)])
        assert refused.exit_code == 2 and "allowed: 2018 to 2024" in refused.output
    assert len({row.quantity for row in backtest_growth("chengyu", None).rows}) == 3 * 7
