"""Units kept online by the month: against a twin in plain Python, and what it means for the year and the accounts."""

import numpy as np
import pytest

from tanlu.core.axes import DAY_TYPES, HOURS, MONTHS
from tanlu.kernels.power.commitment import (
    CommitLines,
    CommitLoad,
    CommitUnits,
    FlexibleOutput,
    commit_units,
)
from tanlu.kernels.power.settlement import OnlineUnits, settle_units
from tanlu.kernels.power.units import PlantAccounts, PowerOffer, UnitSales, settle_year
from tanlu.region.hydro import HOURS_IN_MONTH
from tests.model_runs import P
from tests.power_years import around, clear, offer, residual
from tests.test_plant_kernels import random_case

LEAST = 0.25
CALM = {"reserve_share": 0.0, "least_online_share": 0.0}


def online_of_one_month(
    offered: PowerOffer, p: int, m: int, highest: float, mean: float, reserve: float, least: float
) -> list[float]:
    """Return what is online of each unit of a province, walking up the merit order."""
    units = [
        u for u in range(offered.rows.size) if offered.zone[u] == p and offered.minimum_load_share[u] > 0.0
    ]
    room = {u: offered.capacity_mw[u] * offered.availability[u, m] for u in units}
    left = max(max(highest, mean) + reserve, least * sum(room.values()))
    online = [0.0] * offered.rows.size
    for u in sorted(units, key=lambda u: offered.cost_cny_per_mwh[u]):
        online[u] = max(min(left, room[u]), 0.0)
        left -= online[u]
    return online


@pytest.mark.parametrize("seed", range(20))
def test_a_month_keeps_online_what_its_highest_hour_needs(seed: int) -> None:
    random = np.random.default_rng(seed)
    u = 12
    offered = offer()._replace(
        rows=np.arange(u),
        zone=random.integers(0, P, u),
        capacity_mw=random.uniform(0.0, 900.0, u),
        availability=random.uniform(0.5, 1.1, (u, MONTHS)),
        minimum_load_share=random.uniform(0.2, 0.6, u) * (random.random(u) < 0.7),
        cost_cny_per_mwh=np.round(random.uniform(200.0, 400.0, u), -1),
    )
    net = random.uniform(-1500.0, 4000.0, (P, MONTHS, DAY_TYPES, HOURS)) * random.choice(
        [0.2, 1.0], (P, MONTHS, 1, 1)
    )
    weight = random.uniform(1.0, 20.0, (MONTHS, DAY_TYPES))
    length = HOURS * weight.sum(axis=1)
    water = random.uniform(0.0, 1000.0, (P, MONTHS))
    most = water + random.uniform(0.0, 1000.0, (P, MONTHS))
    load, ignored = random.uniform(0.0, 4000.0, net.shape), random.uniform(0.0, 300.0, (P, MONTHS))
    reserve, internal = 0.1 * load.max(axis=(2, 3)), random.uniform(0.0, 300.0, MONTHS)
    line = internal + random.uniform(0.0, 300.0, MONTHS)
    room = np.stack([line, line - internal])
    online_share = random.choice([0.3, 1.0], u)
    store, river = random.uniform(0.0, 500.0, P), random.uniform(0.0, 500.0, (P, MONTHS))
    plan = commit_units(
        units=CommitUnits(
            zone=offered.zone,
            capacity_mw=offered.capacity_mw,
            availability=offered.availability,
            minimum_load_share=offered.minimum_load_share,
            online_share=online_share,
            order=np.argsort(offered.cost_cny_per_mwh, kind="stable"),
        ),
        load=CommitLoad(
            load_mw=load, net_load_mw=net + ignored[:, :, None, None], ignored_mw=ignored, river_mw=river
        ),
        day_weight=weight,
        flexible=FlexibleOutput(
            reservoir_energy_mwh=water * length,
            reservoir_maximum_mw=most - store[:, None],
            store_power_mw=store,
        ),
        lines=CommitLines(np.array([[0, 1]]), line[None], internal[None]),
        reserve_share=0.1,
        least_online_share=LEAST,
    )
    expected = np.zeros((u, MONTHS))
    for m in range(MONTHS):
        for p in range(P):
            hours = [net[p, m, d, h] * weight[m, d] for d in range(DAY_TYPES) for h in range(HOURS)]
            mean = sum(hours) / length[m] - water[p, m]
            highest = net[p, m].max() - most[p, m]
            beyond = (
                most[1 - p, m] - net[1 - p, m].max() - reserve[1 - p, m]
            )  # what the other's water has left
            own = reserve[p, m] - min(max(beyond, 0.0), room[p, m])
            expected[:, m] += online_of_one_month(offered, p, m, highest, mean, max(own, 0.0), LEAST)
    expected *= online_share[:, None]
    np.testing.assert_allclose(plan.online_mw, expected, atol=1e-9)
    floor = expected * offered.minimum_load_share[:, None]
    np.testing.assert_allclose(plan.floor_mw, floor, atol=1e-9)
    by_zone = np.stack([floor[offered.zone == p].sum(axis=0) for p in range(P)])
    np.testing.assert_allclose(plan.floor_by_zone_mw, by_zone, atol=1e-9)
    left = net + (ignored - by_zone + river)[:, :, None, None]
    np.testing.assert_allclose(plan.net_load_mw, left, atol=1e-9)
    room = offered.capacity_mw[:, None] * offered.availability
    np.testing.assert_allclose(plan.availability * offered.capacity_mw[:, None], room - floor, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_accounts_of_units_add_what_they_give_because_they_are_online(seed: int) -> None:
    random, u = np.random.default_rng(seed), 9
    zone, cost = random.integers(0, P, u), random.uniform(200.0, 400.0, u)
    online = random.uniform(0.0, 500.0, (u, MONTHS)) * (random.random((u, MONTHS)) < 0.7)
    floor, weight = 0.4 * online, random.uniform(1.0, 20.0, (MONTHS, DAY_TYPES))
    sold, earned = random.uniform(0.0, 2e5, (u + 3, MONTHS)), random.uniform(0.0, 1e8, u + 3)
    sold[0] = 0.6 * online[0] * HOURS * weight.sum(axis=1) * random.random(MONTHS)
    price = random.uniform(0.0, 600.0, (P, MONTHS, DAY_TYPES, HOURS))
    price, cost = (
        np.round(price / 20.0) * 20.0,
        np.round(cost / 20.0) * 20.0,
    )  # some hours are priced at a cost
    share, no_load = random.choice([0.0, 0.4, 0.5], u), random.uniform(0.0, 40.0, u)
    settled = settle_units(
        units=OnlineUnits(
            row=np.arange(u),
            zone=zone,
            cost_cny_per_mwh=cost,
            no_load_cny_per_mwh=no_load,
            minimum_load_share=np.full(u, 0.4),
            compensated_load_share=share,
            floor_mw=floor,
        ),
        online_mw=online,
        sold_mwh=sold,
        sold_cny=earned,
        price_cny_per_mwh=price,
        day_weight=weight,
    )
    length = HOURS * weight.sum(axis=1)
    mean = ((price * weight[:, :, None]).sum(axis=(2, 3)) / length)[zone]
    # A day's cost without what its hours bring; all that is online runs in hours dearer than its cost at full load.
    least = np.maximum(floor, share[:, None] * online)[:, :, None, None]
    full, hours = cost[:, None, None, None], price[zone]
    given = np.where(hours > full, online[:, :, None, None], least)
    dearer, equal = (((hours > full) * weight[:, :, None]), ((hours == full) * weight[:, :, None]))
    left = sold[:u] - dearer.sum(axis=(2, 3)) * (
        online - floor
    )  # of what it sold, for the hours priced at its cost
    marginal = np.clip(floor + left / np.maximum(equal.sum(axis=(2, 3)), 1e-9), floor, online)[
        :, :, None, None
    ]
    given = np.where(hours == full, np.maximum(least, marginal), given)
    assert equal.any() and np.any(marginal > least)
    idle_cost = no_load[:, None, None, None]
    days = (idle_cost * online[:, :, None, None] + (full - idle_cost - hours) * given).sum(axis=3)
    uplift = (np.maximum(days, 0.0) * weight).sum(axis=(1, 2))
    assert uplift.max() > 0.0
    np.testing.assert_allclose(settled.output_mwh, (sold[:u] + floor * length).sum(axis=1), rtol=1e-12)
    idle = np.maximum((online - floor) * length - sold[:u], 0.0).sum(axis=1)
    np.testing.assert_allclose(settled.idle_mwh, idle, rtol=1e-9)
    np.testing.assert_allclose(settled.revenue_cny, earned[:u] + (floor * length * mean).sum(axis=1) + uplift)
    np.testing.assert_allclose(settled.uplift_cny, np.bincount(zone, uplift, P), rtol=1e-12)


def slow(share: float, **fuels: tuple[float, float]) -> PowerOffer:
    return offer(**fuels)._replace(minimum_load_share=np.full(4, share))


def test_units_online_never_fall_below_their_least_output() -> None:
    """Much sun at noon: what is online for the evening runs through it, and nature is curtailed instead."""
    sun = {"solar_utility": (30e3, 30e3)}
    free, kept = clear(slow(0.0, **sun), around()), clear(slow(0.5, **sun), around())
    thermal = kept.hours.merit_order_mw + kept.hours.must_run_mw
    floor = np.stack([kept.hours.floor_mw[:2].sum(axis=0), kept.hours.floor_mw[2:].sum(axis=0)])
    assert floor.min() > 0.0 and np.all(thermal >= floor[:, :, None, None] - 1e-6)
    assert kept.curtailed_mwh.sum() > free.curtailed_mwh.sum() + 1e5
    assert kept.units.output_mwh.sum() > free.units.output_mwh.sum() + 1e5
    assert not free.units.idle_mwh.any() or free.hours.floor_mw.max() == 0.0


@pytest.mark.parametrize("share", [0.0, 0.35, 0.6])
def test_the_year_balances_with_units_kept_online(share: float) -> None:
    offered = slow(share, solar_utility=(20e3, 10e3), battery=(2e3, 2e3))
    outcome = clear(offered, around(least_online_share=0.4, reserve_share=0.1))
    np.testing.assert_array_less(np.abs(residual(offered, outcome)), 1e-9 * outcome.load_mwh.max())
    room = offered.capacity_mw[:, None] * HOURS_IN_MONTH
    assert np.all(outcome.units.output_mwh <= room.sum(axis=1) * (1.0 + 1e-9))


def test_lower_least_output_never_curtails_more() -> None:
    sun = {"solar_utility": (30e3, 30e3)}
    curtailed = [clear(slow(x, **sun), around()).curtailed_mwh.sum() for x in (0.6, 0.5, 0.35, 0.2)]
    assert curtailed == sorted(curtailed, reverse=True) and curtailed[0] > curtailed[-1]


def test_the_least_share_keeps_units_online_in_a_flood() -> None:
    water = {"hydro_reservoir": (60e3, 60e3), "hydro_run_of_river": (60e3, 60e3)}
    flood = clear(slow(0.5, **water), around(least_online_share=0.3))
    dry = clear(slow(0.5, **water), around(**CALM))
    assert dry.units.output_mwh.sum() < flood.units.output_mwh.sum()
    expected = 0.3 * 0.5 * slow(0.5).capacity_mw.sum() * 8760.0
    assert flood.units.output_mwh.sum() >= expected * (1.0 - 1e-9)


def test_running_at_part_load_burns_the_no_load_fuel() -> None:
    """At half load fuel per MWh is 1 + s times that of full load; s is the no-load share."""
    full, half = (one_unit(output=4380.0, idle=idle, share=0.08) for idle in (0.0, 4380.0))
    assert half.fuel_cost_cny[0] / full.fuel_cost_cny[0] == pytest.approx(1.08)
    assert half.gross_tco2[0] / full.gross_tco2[0] == pytest.approx(1.08), "CO2 follows fuel"
    assert half.output_mwh[0] == full.output_mwh[0]
    assert half.allocated_tco2[0] == full.allocated_tco2[0], "free allowances follow output"


def one_unit(output: float, idle: float, share: float) -> PlantAccounts:
    case = random_case(1, units=1)
    case.fleet.update(
        capacity_mw=np.array([100.0]),
        commissioned_year=np.array([2020]),
        retired_year=np.array([2050]),
        fuel=np.array([0]),
        must_run_share=np.zeros(1),
        contract_share=np.zeros(1),
        net_heat_rate_gj_per_mwh=np.array([9.0]),
    )
    case.fuels["no_load_fuel_share"] = np.full(5, share)
    sales = UnitSales(
        **case.market,
        capacity_by_fuel_mw=np.full((2, 5), 100.0),
        unit_output_mwh=np.array([output]),
        unit_idle_mwh=np.array([idle]),
        unit_revenue_cny=np.zeros(1),
    )
    return settle_year(year=2035, **case.packed(), sales=sales, **case.payments)
