"""Expected shortage against twins: outages convolved unit by unit, drawn systems, and the order in which water goes."""

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

import tanlu.power.cleared_year
from tanlu.core.arrays import Floats
from tanlu.core.axes import CREDITED, HOURS, MONTHS
from tanlu.core.outcomes import Adequacy
from tanlu.kernels.power.lacking import DayStores, ReservoirYears, SupplyYears, level_hours
from tanlu.kernels.power.shortage import (
    FailingUnits,
    HelpLines,
    OutageTable,
    ShortHours,
    YearChances,
    convolve_outages,
    expect_shortage,
    spread_outages,
)
from tanlu.power.shortage import (
    FAR,
    GUARD,
    ShortageInputs,
    gather_inputs,
    measure_adequacy,
    measure_shortage,
)
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, calls_of, scenario
from tests.power_years import SEEDS

TYPES = 3
DAYS = np.tile([20.0, 6.0, 4.0], (1, MONTHS, 1))
NO_LINE = HelpLines(np.array([[0, 1]]), np.zeros((1, MONTHS)), np.zeros((1, MONTHS)), np.zeros(1))
LARGEST_MW, GRID_MW = 1e3, 5.0  # of the naive convolution


@cache
def lived_years() -> dict[int, ShortageInputs]:
    """Return what the shortage of years that were lived through was made of, and of the first that was expected."""
    with calls_of(tanlu.power.cleared_year, "measure_adequacy") as measured:
        RegionModel(Inputs(scenario(years=(2020, 2025)), REGION)).run()
    lived = {2020 + y: inputs for y, ((inputs,), _, _) in enumerate(measured[:5])}
    expected = next(inputs for (inputs,), _, _ in measured if len(inputs.supply.demand_mw) > 1)
    return {**lived, 2030: expected}


@cache
def lived_units() -> dict[int, FailingUnits]:
    """Return the units that failed by chance in years that were lived through."""
    with calls_of(tanlu.power.cleared_year, "gather_inputs") as gathered:
        RegionModel(Inputs(scenario(years=(2020, 2024)), REGION)).run()
    offers = [offer for (_, offer, *_), _, _ in gathered]
    return {
        2020 + y: FailingUnits(offer.zone, offer.outage_mw, offer.outage_share)
        for y, offer in enumerate(offers)
    }


def measure_hours(inputs: ShortageInputs) -> ShortHours:
    """Measure expected shortage alone."""
    return measure_shortage(inputs)[1]


def measure_from_answer(inputs: ShortageInputs) -> Adequacy:
    """Measure adequacy as in the years after the first: from last year's answer."""
    for _ in range(3):
        measured = measure_adequacy(inputs)
        inputs = inputs._replace(firm_supply=inputs.firm_supply._replace(start_mw=measured.missing_mw))
    return measured


# --- water and stores -----------------------------------------------------------------------------------------------


def one_zone(seed: int, **changes: object) -> tuple[SupplyYears, ReservoirYears, DayStores]:
    """Return a province with reservoirs and no stores, one water year."""
    random = np.random.default_rng(seed)
    shape = (1, 1, MONTHS)
    supply = SupplyYears(
        DAYS,
        random.uniform(-5e3, 9e3, (1, 1, MONTHS, TYPES, HOURS)),
        np.zeros(shape),
        np.full((1, MONTHS), GUARD * 300.0),
        np.full((1, MONTHS), 1e7),
    )
    low, high = random.uniform(0.0, 500.0, shape), random.uniform(2e3, 6e3, shape)
    share = random.uniform(0.0, 1.0, shape)
    energy = (low + share * (high - low)) * HOURS * 30.0
    water = ReservoirYears(energy, np.full(shape, np.nan), low, high, np.zeros(shape))
    stores = DayStores(np.zeros(1), np.ones(1), np.ones(1))
    return supply, water._replace(**changes), stores


@pytest.mark.parametrize("seed", range(4))
def test_reservoirs_serve_the_highest_hours_of_a_month(seed: int) -> None:
    supply, water, stores = one_zone(seed)
    released = supply.demand_mw[0, 0] - level_hours(supply, water, stores)[0, 0]
    after = supply.demand_mw[0, 0] - released
    energy = (released.sum(axis=2) * DAYS[0]).sum(axis=1)
    np.testing.assert_allclose(energy, water.energy_mwh[0, 0], atol=1.1 * 30.0)
    for m in range(MONTHS):
        low, high = water.minimum_mw[0, 0, m], water.maximum_mw[0, 0, m]
        assert released[m].min() >= low - 1e-6 and released[m].max() <= high + 1e-6
        could_more, could_less = released[m] < high - 1e-6, released[m] > low + 1e-6
        highest, lowest = after[m][could_more].max(initial=-np.inf), after[m][could_less].min(initial=np.inf)
        assert highest <= lowest + 1e-6, (
            "no hour that could have more is worse off than one that could do with less"
        )


def test_days_of_a_dry_spell_have_their_own_water() -> None:
    supply, water, stores = one_zone(7)
    spell = np.full(water.energy_mwh.shape, np.nan)
    spell[0, 0, 7] = 0.05 * water.energy_mwh[0, 0, 7]
    released = supply.demand_mw[0, 0] - level_hours(supply, water._replace(spell_mwh=spell), stores)[0, 0]
    by_type = released[7].sum(axis=1) * DAYS[0, 7]
    assert by_type[1:].sum() == pytest.approx(spell[0, 0, 7], abs=11.0)
    others = water.energy_mwh[0, 0, 7] - spell[0, 0, 7]
    most = water.maximum_mw[0, 0, 7] * HOURS * DAYS[0, 7, 0]
    assert by_type[0] == pytest.approx(min(others, most), abs=31.0)


def test_what_a_short_month_draws_is_lacking_in_later_ones() -> None:
    supply, water, stores = one_zone(
        3, energy_mwh=np.zeros((1, 1, MONTHS)), minimum_mw=np.zeros((1, 1, MONTHS))
    )
    stored = np.full((1, 1, MONTHS), 8e5)
    released = supply.demand_mw[0, 0] - level_hours(supply, water._replace(stored_mwh=stored), stores)[0, 0]
    energy = (released.sum(axis=2) * DAYS[0]).sum(axis=1)
    assert energy[0] > 1e5 and energy.sum() == pytest.approx(8e5, abs=31.0 * MONTHS)
    assert (energy[np.cumsum(energy) >= 8e5 - 400.0][1:] < 31.0).all(), "nothing is left"


@pytest.mark.parametrize("seed", range(4))
def test_stores_take_from_spare_hours_and_give_to_the_highest(seed: int) -> None:
    supply, water, stores = one_zone(
        seed, energy_mwh=np.zeros((1, 1, MONTHS)), minimum_mw=np.zeros((1, 1, MONTHS))
    )
    stores = stores._replace(power_mw=np.array([1e3]), energy_mwh=np.array([3e3]), efficiency=np.array([0.8]))
    before = level_hours(supply, water, stores._replace(power_mw=np.zeros(1)))[0, 0]
    change = level_hours(supply, water, stores)[0, 0] - before
    given, taken = np.maximum(-change, 0.0), np.maximum(change, 0.0)
    assert given.max() <= 1e3 + 1e-6 and taken.max() <= 1e3 + 1e-6
    assert given.sum(axis=2).max() <= 3e3 + 25.0
    assert (given.sum(axis=2) <= 0.8 * taken.sum(axis=2) + 25.0).all(), "nothing comes from nothing"
    assert ((before + change)[taken > 0.0] <= -2.0 * 300.0 + 1e-6).all(), (
        "nobody charges where power may lack"
    )
    assert given.sum() > 0.0 and (given.max(axis=2) > 0.0).mean() > 0.5


# --- chances --------------------------------------------------------------------------------------------------------


def convolve_naively(units: FailingUnits, z: int, spread: float) -> Floats:
    """Return the chance that GRID_MW x n fail at once in a province [n], unit by unit."""
    chance = np.ones(1)
    for u in np.flatnonzero(units.zone == z):
        pieces = max(int(np.ceil(units.size_mw[u] / LARGEST_MW)), 1)
        n = round(units.size_mw[u] * spread / pieces / GRID_MW)
        for _ in range(pieces):
            joined = np.zeros(chance.size + n)
            joined[: chance.size] += (1.0 - units.out_share[u]) * chance
            joined[n:] += units.out_share[u] * chance
            chance = joined
    return chance


def count_hours_naively(inputs: ShortageInputs, units: FailingUnits, z: int) -> float:
    """Count short hours of a province that nobody helps."""
    years = inputs.years
    lacking = level_hours(inputs.supply, inputs.reservoirs, inputs.stores)
    hours = 0.0
    for m in range(MONTHS):
        chance = convolve_naively(units, z, years.spread[z, m])
        beyond = np.append(np.cumsum(chance[::-1])[::-1], 0.0)
        mean_mw = (chance * GRID_MW * np.arange(chance.size)).sum()
        first = np.floor((mean_mw - lacking[:, z, m]) / GRID_MW).astype(int) + 1
        looked_at = lacking[:, z, m] > -years.far_mw[z, m]
        short = (beyond[np.clip(first, 0, chance.size)] * looked_at).sum(axis=-1) * years.day_weight[:, m]
        hours += float((short * years.chance[:, None]).sum())
    return hours


def near_three_hours(inputs: ShortageInputs, z: int) -> ShortageInputs:
    """Return a year in which a province that nobody helps is short in some three hours."""
    low, high, demand = -2e4, 2e4, inputs.supply.demand_mw
    for _ in range(30):
        firm_mw = 0.5 * (low + high)
        changed = inputs._replace(lines=NO_LINE, supply=inputs.supply._replace(demand_mw=demand - firm_mw))
        low, high = (firm_mw, high) if measure_hours(changed).hours[z] > 3.0 else (low, firm_mw)
    return changed


@pytest.mark.parametrize(("year", "z"), [(2022, 1), (2024, 0)])
def test_short_hours_are_those_of_a_convolution_of_unit_outages(year: int, z: int) -> None:
    """Within a tenth: in the tail, where a normal distribution with the same variance has half of them or less."""
    alone = near_three_hours(lived_years()[year], z)
    hours = measure_hours(alone).hours[z]
    assert hours == pytest.approx(3.0, rel=0.3), "as far out as standards are"
    assert hours == pytest.approx(count_hours_naively(alone, lived_units()[year], z), rel=0.10)


def star(zones: int, seed: int) -> tuple[YearChances, OutageTable, HelpLines, Floats]:
    """Return provinces in a star around the first, one water year and month, with many units each."""
    random = np.random.default_rng(seed)
    zone = np.repeat(np.arange(zones), 30)
    units = FailingUnits(zone, random.uniform(100.0, 900.0, zone.size), np.full(zone.size, 0.05))
    spread = spread_outages(units, np.ones((zone.size, 1)), LARGEST_MW, zones)
    np.testing.assert_allclose(
        spread.deviation_mw**2, np.bincount(zone, units.size_mw**2 * 0.05 * 0.95, zones), rtol=1e-12
    )
    table = convolve_outages(units, spread, LARGEST_MW)
    years = YearChances(np.ones(1), np.ones((1, 1, 1)), FAR * spread.by_month_mw, np.ones((zones, 1)))
    ends = np.stack([np.zeros(zones - 1, int), np.arange(1, zones)], axis=1)
    room = random.uniform(200.0, 900.0, (2, zones - 1, 1))
    lines = HelpLines(ends, room[0], room[1], np.full(zones - 1, 0.03))
    return years, table, lines, random.uniform(-900.0, 600.0, (1, zones, 1, 1, HOURS))


def draw_shortage(table: OutageTable, lines: HelpLines, lacking: Floats, draws: int) -> tuple[Floats, Floats]:
    """Return hours and MWh [Z] in which provinces lack after help, in the mean of drawn outages."""
    zones = lacking.shape[1]
    random, out = np.random.default_rng(1), np.empty((zones, draws))
    for z in range(zones):
        below = 1.0 - table.chance[z]
        out[z] = table.first_mw[z] + table.step_mw[z] * np.interp(
            random.random(draws), below, np.arange(below.size)
        )
    margin = -lacking[0, :, 0, 0, :, None] - out[:, None, :]  # [Z, H, draw]
    sent = np.zeros((zones, *margin.shape[1:]))
    for z in range(zones):
        leaving = [line for line in range(len(lines.zones)) if z in lines.zones[line]]
        room = {k: (lines.forward_mw if lines.zones[k][0] == z else lines.backward_mw)[k, 0] for k in leaving}
        for k in leaving:
            taker = lines.zones[k].sum() - z
            part = np.maximum(margin[z], 0.0) * room[k] / sum(room.values())
            sent[taker] += np.minimum(part, room[k]) * (1.0 - lines.loss_share[k])
    short = np.maximum(-margin - sent, 0.0)
    return (short > 0.0).mean(axis=2).sum(axis=1), short.mean(axis=2).sum(axis=1)


@pytest.mark.parametrize(("zones", "tolerance"), [(1, 0.02), (2, 0.05), (3, 0.1), (5, 0.1)])
def test_provinces_help_each_other_as_drawn_systems_do(zones: int, tolerance: float) -> None:
    """The first giver's outages are weighed at nine nodes, others help by their mean."""
    years, table, lines, lacking = star(zones, 5)
    shortage = expect_shortage(years, table, lines, lacking, lacking)
    hours, mwh = draw_shortage(table, lines, lacking, 20_000)
    np.testing.assert_allclose(shortage.hours, hours, rtol=tolerance, atol=0.02)
    np.testing.assert_allclose(shortage.mwh, mwh, rtol=tolerance, atol=2.0)
    alone = expect_shortage(
        years,
        table,
        lines._replace(forward_mw=0.0 * lines.forward_mw, backward_mw=0.0 * lines.backward_mw),
        lacking,
        lacking,
    )
    assert zones == 1 or (alone.hours > 1.05 * shortage.hours).all(), "help matters in this case"


# --- what more of anything does -------------------------------------------------------------------------------------


def grow(inputs: ShortageInputs, what: str, z: int, gigawatts: float = 1.0) -> ShortageInputs:
    """Return a year with so many GW more of something in a province."""
    supply, water = inputs.supply, inputs.reservoirs
    if what in ("firm", "wind", "sun"):
        profile = np.ones((MONTHS, HOURS))
        if what != "firm":
            profile = REGION.power.renewable_profile[z, {"wind": 0, "sun": 1}[what]]
        demand = supply.demand_mw.copy()
        demand[:, z] -= gigawatts * 1e3 * profile[:, None]
        return inputs._replace(supply=supply._replace(demand_mw=demand))
    if what == "store":
        more = gigawatts * (np.arange(2) == z)
        stores = inputs.stores
        stores = stores._replace(
            power_mw=stores.power_mw + 1e3 * more, energy_mwh=stores.energy_mwh + 2e3 * more
        )
        return inputs._replace(stores=stores)
    if what == "line":
        lines = inputs.lines
        return inputs._replace(
            lines=lines._replace(forward_mw=lines.forward_mw + 1e3, backward_mw=lines.backward_mw + 1e3)
        )
    stored = water.stored_mwh.copy()
    stored[:, z, 6:] += 5e5  # from 1 July on
    return inputs._replace(reservoirs=water._replace(stored_mwh=stored))


@pytest.mark.parametrize("what", ["firm", "wind", "sun", "store", "line", "level"])
def test_shortage_falls_with_each_gigawatt_of_anything(what: str) -> None:
    fallen = []
    for year in (2022, 2024):
        before = measure_hours(lived_years()[year])
        for z in range(2):
            after = measure_hours(grow(lived_years()[year], what, z))
            assert after.hours[z] <= before.hours[z] + 0.01 and after.mwh[z] <= before.mwh[z] + 1.0
            assert after.mwh.sum() <= before.mwh.sum() + 1.0, (
                "a store may take in what would help the other province"
            )
            fallen.append(before.mwh.sum() - after.mwh.sum())
    assert max(fallen) > 100.0, (
        "where all hours of a dry spell lack the same, stores and a full line add nothing"
    )


# --- what is missing ------------------------------------------------------------------------------------------------


def add_firm(inputs: ShortageInputs, z: int, firm_mw: float) -> ShortageInputs:
    """Return a year with some firm MW more in a province."""
    demand = inputs.supply.demand_mw.copy()
    demand[:, z] -= firm_mw
    return inputs._replace(supply=inputs.supply._replace(demand_mw=demand))


@pytest.mark.parametrize("year", [2021, 2022, 2024, 2030])
def test_missing_capacity_leaves_the_accepted_hours_of_shortage(year: int) -> None:
    """Where there is far too much of it as well as where it lacks; the other province stays as it is."""
    inputs = lived_years()[year]
    missing_mw, accepted = measure_from_answer(inputs).missing_mw, inputs.firm_supply.accepted_hours
    for z in range(2):
        assert measure_hours(add_firm(inputs, z, missing_mw[z])).hours[z] == pytest.approx(accepted, rel=0.2)
        assert (missing_mw[z] > 0.0) == (measure_hours(inputs).hours[z] > accepted)


@pytest.mark.parametrize(("year", "z"), [(2022, 1), (2024, 0)])
def test_missing_capacity_is_found_by_bisection_too(year: int, z: int) -> None:
    alone = lived_years()[year]._replace(lines=NO_LINE)
    nearest = near_three_hours(alone, z)
    firm_mw = float((alone.supply.demand_mw - nearest.supply.demand_mw).mean())
    assert measure_from_answer(alone).missing_mw[z] == pytest.approx(firm_mw, abs=200.0)


@pytest.mark.parametrize("z", [0, 1])
def test_a_firm_gigawatt_more_is_a_gigawatt_less_that_is_missing(z: int) -> None:
    inputs = lived_years()[2024]
    before, after = (measure_from_answer(year).missing_mw for year in (inputs, add_firm(inputs, z, 1e3)))
    assert before[z] - after[z] == pytest.approx(1e3, abs=150.0)


def test_more_accepted_hours_take_less_capacity() -> None:
    inputs = lived_years()[2024]
    eased = inputs._replace(firm_supply=inputs.firm_supply._replace(accepted_hours=10.0))
    assert (measure_from_answer(eased).missing_mw < measure_from_answer(inputs).missing_mw - 50.0).all()


# --- the years that a year may be like ------------------------------------------------------------------------------


def test_each_water_year_has_its_own_heat() -> None:
    """Load of 2022 and 2024, the hottest, stands highest in August; rivers and heat of a year stay together."""
    years, demand = REGION.power.hydrology.years_of_normal, lived_years()[2030].supply.demand_mw
    august = demand[:, :, 7].mean(axis=(2, 3))
    hottest = REGION.demand.season_factor[:, 0].argsort(axis=0)[-2:]
    for z in range(2):
        assert (
            {years[k] for k in august[:, z].argsort()[-2:]}
            == {years[k] for k in hottest[:, z]}
            == {2022, 2024}
        )
    mild = demand[:, :, 3]  # April has neither cooling nor heating
    np.testing.assert_allclose(mild, np.broadcast_to(mild[:1], mild.shape), rtol=1e-12)


def test_a_past_year_has_its_own_load_alone() -> None:
    assert len(lived_years()[2022].supply.demand_mw) == 1


def test_years_without_heat_of_their_own_are_less_short() -> None:
    with calls_of(tanlu.power.cleared_year, "gather_inputs") as gathered:
        RegionModel(Inputs(scenario(years=(2020, 2026)), REGION)).run()
    data, offer, year, *rest = gathered[-1][0]
    seasons = year.firm_supply.seasons
    usual = year._replace(
        firm_supply=year.firm_supply._replace(seasons=seasons._replace(factor=np.ones_like(seasons.factor)))
    )
    missing = [measure_from_answer(gather_inputs(data, offer, y, *rest)).missing_mw for y in (year, usual)]
    assert missing[0].sum() > missing[1].sum() + 1e3, "a hot year decides"


# --- capacity credit ------------------------------------------------------------------------------------------------


def flatten_water(inputs: ShortageInputs) -> ShortageInputs:
    """Return a year whose reservoirs give the same in each hour of a month, so that its shortage has hours."""
    water, days = inputs.reservoirs, inputs.supply.day_weight.sum(axis=2)
    nothing = np.zeros_like(water.energy_mwh)
    supply = inputs.supply._replace(
        steady_mw=inputs.supply.steady_mw + water.energy_mwh / (HOURS * days[:, None])
    )
    none = ReservoirYears(nothing, np.full_like(nothing, np.nan), nothing, nothing, nothing)
    return inputs._replace(supply=supply, reservoirs=none)


@pytest.mark.parametrize("what", ["wind", "sun", "store"])
def test_the_credit_of_the_next_gigawatt_falls_with_its_stock(what: str) -> None:
    """With water that levels the hours it does not rise; where hours differ it falls."""
    column, fallen = (
        CREDITED.index({"wind": "wind", "sun": "solar_utility", "store": "store_2_hours"}[what]),
        [],
    )
    for inputs in (lived_years()[2024], lived_years()[2030], flatten_water(lived_years()[2024])):
        for z in range(2):
            credit = [
                measure_from_answer(grow(inputs, what, z, stock)).credit[z, column]
                for stock in (0.0, 5.0, 15.0, 40.0)
            ]
            assert all(b <= a + 0.03 for a, b in itertools.pairwise(credit)), credit
            fallen.append(credit[0] - credit[-1])
    assert min(fallen[-2:]) > 0.02 and max(fallen) > 0.05


def test_credits_are_shares_and_longer_stores_have_more() -> None:
    for inputs in lived_years().values():
        credit = measure_from_answer(inputs).credit
        assert (credit >= 0.0).all() and (credit <= 1.0 + 1e-9).all()
        assert (credit[:, -1] >= credit[:, -2]).all(), "four hours and two"
        assert (credit[:, [CREDITED.index(name) for name in ("coal", "gas")]] > 0.7).all()


@pytest.mark.parametrize(("what", "column"), [("wind", 0), ("sun", 1)])
def test_a_credit_is_what_shortage_falls_by_over_what_a_firm_megawatt_saves(what: str, column: int) -> None:
    """Against differences of energy that lacks; without water, whose rule answers a MW more."""
    inputs = flatten_water(lived_years()[2024])
    inputs = inputs._replace(stores=inputs.stores._replace(power_mw=np.zeros(2)))
    measured = measure_from_answer(inputs)
    for z in range(2):
        at_standard = add_firm(inputs, z, measured.missing_mw[z])
        before = measure_hours(at_standard).mwh[z]
        of_profile, of_firm = (
            before - measure_hours(grow(at_standard, more, z, 0.02)).mwh[z] for more in (what, "firm")
        )
        assert measured.credit[z, column] == pytest.approx(of_profile / of_firm, rel=0.1, abs=0.01)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_more_firm_capacity_never_makes_hours_short(seed: int) -> None:
    random = np.random.default_rng(seed)
    supply, water, stores = one_zone(seed, stored_mwh=random.uniform(0.0, 5e5, (1, 1, MONTHS)))
    units = FailingUnits(np.zeros(12, np.int64), random.uniform(50.0, 900.0, 12), np.full(12, 0.04))
    spread = spread_outages(units, np.ones((12, MONTHS)), LARGEST_MW, 1)
    table, lines = (
        convolve_outages(units, spread, LARGEST_MW),
        NO_LINE._replace(zones=np.zeros((1, 2), np.int64)),
    )
    years = YearChances(np.ones(1), DAYS, supply.far_mw, np.ones((1, MONTHS)))
    hours = []
    for firm_mw in (0.0, 200.0, 400.0):
        lacking = level_hours(supply._replace(demand_mw=supply.demand_mw - firm_mw), water, stores)
        hours.append(expect_shortage(years, table, lines, lacking, lacking).hours[0])
    assert hours[0] + 1e-6 >= hours[1] and hours[1] + 1e-6 >= hours[2]
