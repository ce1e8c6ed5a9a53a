"""CO2 hubs: what a line costs, who commits at which tariff, and two outcomes of the same game."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tanlu.kernels.co2.market import EmitterSites, storing_costs
from tanlu.region.co2 import find_sites, line_charge, pipeline_scale
from tests import model_runs, naive_co2, naive_hubs
from tests.model_runs import REGION, shipped
from tests.naive_co2 import pipeline_investment
from tests.open_seasons import season_of

CO2 = REGION.co2
MT = 1e6
USD_2005 = 9970.0  # coefficient of McCollum and Ogden in their money


# --- what a line costs -------------------------------------------------------------------------------------------


def in_dollars(flow_mt: float, km: float) -> tuple[float, float]:
    """Return investment in million and levelised cost in dollars of 2005 per tonne, on flat land."""
    flat = {**CO2.transport, "pipeline_capex_coefficient_cny": USD_2005, "pipeline_terrain_factor": 1.0}
    flow = np.array([flow_mt * MT])
    investment = pipeline_investment(flat, flow, np.array([km]))
    return float(investment[0]) / 1e6, float((investment * line_charge(flat) / flow)[0])


def test_a_line_costs_what_mccollum_and_ogden_say() -> None:
    """1 Mt a year over 100 km: 29.0 M$ and 3.67 $/t at 8 % over 20 years; 2 Mt a year: 2.34 $/t."""
    investment, per_tonne = in_dollars(1.0, 100.0)
    assert investment == pytest.approx(29.0, abs=0.05)
    assert per_tonne == pytest.approx(3.67, abs=0.01)
    assert in_dollars(2.0, 100.0)[1] == pytest.approx(2.34, abs=0.01)


def test_the_cost_of_a_tonne_falls_with_flow_as_a_chinese_cost_study_has_it() -> None:
    """From 0.5 to 10 Mt a year the cases of S09 fall from 44.42 to 6.49 USD/t, whatever the distance was."""
    ours = in_dollars(0.5, 100.0)[1] / in_dollars(10.0, 100.0)[1]
    assert ours == pytest.approx(44.42 / 6.49, rel=0.05)


def test_a_line_over_a_few_hundred_kilometres_costs_what_the_packs_source_has() -> None:
    """0.39 CNY per t and km at 400 to 500 km (T201, 2060): that of about 1 to 3 Mt a year here."""
    source = CO2.transport["pipeline_unit_cost_cny_per_t_km"]
    flow = np.array([1.0, 3.0]) * MT
    ours = (
        pipeline_investment(CO2.transport, flow, np.full(2, 450.0))
        * line_charge(CO2.transport)
        / flow
        / 450.0
    )
    assert ours[0] > source > ours[1]


def test_a_guarantee_lowers_what_a_line_must_earn() -> None:
    none, half, whole = (float(line_charge(CO2.transport, share)) for share in (0.0, 0.5, 1.0))
    assert none > half > whole


def test_trucks_carry_small_flows_only() -> None:
    limit, km = CO2.way.truck_limit_tco2, np.full(2, 50.0)
    there = EmitterSites(np.zeros(2, int), km, np.zeros(2, int), km)
    flows, posted = np.array([0.1 * limit, 1.01 * limit]), np.array([80.0])
    storing = storing_costs(flows, np.zeros(2, bool), there, CO2.way, posted, np.zeros(1))
    small, large = storing.feeder_cny_per_tco2.tolist()
    assert small == pytest.approx(50.0 * CO2.transport["truck_cost_cny_per_t_km"])
    flow = np.array([1.01 * limit])
    line = pipeline_investment(CO2.transport, flow, km[:1]) * line_charge(CO2.transport) / flow
    assert large == pytest.approx(float(line[0]))


@pytest.mark.parametrize("seed", range(3))
def test_storing_costs_what_it_costs_one_emitter_after_another(seed: int) -> None:
    random, n = np.random.default_rng(seed), 60
    limit = CO2.way.truck_limit_tco2
    tonnes = np.where(random.random(n) < 0.5, random.uniform(0.0, limit, n), random.uniform(limit, 9e6, n))
    contracted, km = random.random(n) < 0.4, random.uniform(0.0, 300.0, (2, n))
    km[:, :5] = 0.0
    sites = EmitterSites(random.integers(0, 4, n), km[0], random.integers(0, 3, n), km[1])
    posted = np.array([50.0, 80.0, 110.0, np.inf])
    cost = random.uniform(30.0, 90.0, 3)
    storing = storing_costs(tonnes, contracted, sites, CO2.way, posted, cost)
    for i, (hub, hub_km, store, store_km) in enumerate(zip(*sites, strict=True)):
        there = naive_co2.storing(
            CO2.transport, tonnes[i], hub_km, store_km, posted[hub] if contracted[i] else None, cost[store]
        )
        assert [column[i] for column in storing] == pytest.approx(there, rel=1e-12)


def test_emitters_stand_at_the_nearest_hub() -> None:
    hubs = CO2.hubs
    at = find_sites(CO2, hubs.latitude_deg, hubs.longitude_deg)
    assert at.hub.tolist() == list(range(len(hubs.ids)))
    assert at.hub_km.tolist() == [0.0] * len(hubs.ids)
    # From Jiangyou to the fields around it one fifth of a degree of latitude and 15 km of longitude.
    assert CO2.stores.ids[at.store[0]] == "depleted_gas_west"
    assert at.store_km[0] == pytest.approx(CO2.transport["pipeline_route_factor"] * 27.0, abs=0.7)
    # One degree of latitude is 111.2 km; the line is longer by the route factor.
    away = find_sites(CO2, hubs.latitude_deg[:1] + 0.5, hubs.longitude_deg[:1])
    assert away.hub_km[0] == pytest.approx(CO2.transport["pipeline_route_factor"] * 55.6, abs=0.7)


# --- the open season ---------------------------------------------------------------------------------------------

EXPONENT = CO2.transport["pipeline_flow_exponent"]
SCALE = pipeline_scale(CO2.transport, np.array([150.0]))
STORING = 60.0


def season(bids, *, anchor=0.0, kept=(0.0, 0.0), lines=(0.0, 0.0, 0.0), room=50.0, oversize=0.0):
    """Hold one hub's season; bids are (Mt, highest tariff) and what is booked if that is more, all volumes in Mt."""
    table = np.array([[m * MT, w, (more[0] if more else m) * MT] for m, w, *more in bids]).reshape(-1, 3)
    return season_of(
        hub=np.zeros(len(bids), np.int64),
        bids=table,
        committed_tco2=np.array([kept]) * MT,
        anchor_tco2=np.array([anchor * MT]),
        lines=np.array([lines], float) * (MT, 1.0, 1.0),
        ends=np.array([[0, 1]]),
        scale_cny=SCALE,
        flow_exponent=EXPONENT,
        charge=np.array([0.127]),
        store_cost_cny_per_tco2=np.array([STORING]),
        room_tco2=np.array([room * MT]),
        oversize=np.array([oversize]),
    )


def tariff(flow_mt: float, booked_mt: float | None = None) -> float:
    """Return the tariff of one new line."""
    booked = flow_mt if booked_mt is None else booked_mt
    return float(0.127 * SCALE[0] * (booked * MT / 365.0) ** EXPONENT / (flow_mt * MT)) + STORING


def test_the_tariff_falls_with_what_is_committed() -> None:
    posted = [float(season([(0.5, 500.0)] * n).tariff_cny_per_tco2[0]) for n in range(1, 13)]
    np.testing.assert_allclose(posted, [tariff(0.5 * n) for n in range(1, 13)], rtol=1e-12)
    assert np.all(np.diff(posted) < 0.0)


def test_the_same_emitters_end_in_two_outcomes_with_an_anchor_and_without() -> None:
    """Eight of 0.5 Mt would pay 100 CNY/t; together a line costs 94, alone 191: nobody begins unless led."""
    bids = [(0.5, 100.0)] * 8
    assert tariff(4.0) < 100.0 < tariff(0.5)
    alone = season(bids)
    assert not alone.accepted.any() and np.isinf(alone.tariff_cny_per_tco2[0]) and alone.store[0] == -1
    led = season(bids, anchor=4.0)
    assert led.accepted.all()
    assert led.tariff_cny_per_tco2[0] == pytest.approx(tariff(4.0))
    assert led.added_tco2[0] == pytest.approx(4.0 * MT), "the anchor's volume is filled: it costs nothing"
    weak = season(bids, anchor=0.5)
    assert not weak.accepted.any(), "an anchor below what it takes changes nothing"


def test_who_is_committed_holds_the_others() -> None:
    """Once built, the line stays full without an anchor: the high outcome is as stable as the low one."""
    bids = [(0.5, 100.0)] * 8
    cost = float(0.127 * SCALE[0] * (4.0 * MT / 365.0) ** EXPONENT)
    later = season(bids[:2], kept=(3.0, 3.0), lines=(4.0, cost, STORING))
    assert later.accepted.all() and later.store[0] == -1, "room there is filled first"


def test_one_large_emitter_begins_for_all() -> None:
    bids = [(3.0, tariff(3.0) + 0.1), *[(0.5, tariff(3.0) - 1.0)], *[(0.5, tariff(3.0) + 0.1)] * 3]
    assert all(willing < tariff(m) for m, willing in bids[1:]), "no other would begin"
    result = season(bids)
    assert result.accepted.all()
    assert result.tariff_cny_per_tco2[0] == pytest.approx(tariff(5.0))


def test_who_would_pay_less_than_the_others_reach_stays_out() -> None:
    result = season([(3.0, 300.0), (0.5, STORING)])
    assert result.accepted.tolist() == [True, False]


def test_a_full_store_keeps_emitters_out() -> None:
    result = season([(2.0, 300.0), (2.0, 400.0), (2.0, 350.0)], room=4.5)
    assert result.accepted.tolist() == [False, True, True], "the keenest come first"


def test_who_would_make_it_too_dear_for_those_who_are_in_is_turned_away() -> None:
    """The keener one books twelve times its flow: alone it does not pay, and with the other it would drive it out."""
    small, wasteful = (1.0, 145.0), (1.0, 200.0, 12.0)
    assert tariff(1.0) < 145.0 < tariff(2.0, 13.0) < 200.0 < tariff(1.0, 12.0)
    assert season([small, wasteful]).accepted.tolist() == [True, False]
    assert season([(1.0, 170.0), wasteful]).accepted.tolist() == [True, True], "who bears it lets it in"


def test_a_line_is_sized_for_bookings_and_paid_for_by_flow() -> None:
    table = np.array([[1.0 * MT, 500.0, 2.5 * MT]])
    result = season_of(
        hub=np.zeros(1, np.int64), bids=table, committed_tco2=np.zeros((1, 2)), anchor_tco2=np.zeros(1),
        lines=np.zeros((1, 3)), ends=np.array([[0, 1]]), scale_cny=SCALE, flow_exponent=EXPONENT,
        charge=np.array([0.127]),
        store_cost_cny_per_tco2=np.array([STORING]), room_tco2=np.array([1e9]), oversize=np.zeros(1),
    )  # fmt: skip
    assert result.added_tco2[0] == 2.5 * MT
    assert result.tariff_cny_per_tco2[0] == pytest.approx(tariff(1.0, 2.5))


def drawn(seed: int):
    """Return a random case of a few hubs, bids, stores and corridors in tonnes, as the kernel takes it."""
    random = np.random.default_rng(seed)
    h, j, n = int(random.integers(1, 4)), int(random.integers(1, 4)), int(random.integers(0, 9))
    flow = random.uniform(0.01, 4.0, n) * (random.random(n) < 0.9) * MT
    bids = np.stack([flow, random.uniform(40.0, 300.0, n), flow * random.choice([1.0, 1.5, 3.0], n)], axis=1)
    built = random.random(h) < 0.5
    capacity = np.where(built, random.uniform(0.5, 6.0, h), 0.0) * MT
    booked = capacity * random.choice([0.0, 0.4, 1.0], h)
    ends = corridors_among(h + j, random)
    return {
        "hub": random.integers(0, h, n),
        "bids": bids,
        "committed_tco2": np.stack([booked * random.uniform(0.3, 1.0, h), booked], axis=1),
        "anchor_tco2": random.choice([0.0, 0.0, 1.0, 5.0], h) * MT,
        "lines": np.stack([capacity, capacity * random.uniform(5.0, 60.0, h), built * 70.0], axis=1),
        "ends": ends,
        "scale_cny": pipeline_scale(CO2.transport, random.uniform(10.0, 300.0, len(ends))),
        "flow_exponent": EXPONENT,
        "charge": random.uniform(0.09, 0.13, h),
        "store_cost_cny_per_tco2": random.uniform(50.0, 90.0, j),
        "room_tco2": random.uniform(0.0, 10.0, j) * MT,
        "oversize": random.choice([0.0, 0.5], h),
    }


def corridors_among(places: int, random: np.random.Generator) -> np.ndarray:
    """Return a tree over some places, and about half of all other pairs."""
    tree = [(int(random.integers(0, b)), b) for b in range(1, places)]
    other = [(a, b) for b in range(places) for a in range(b) if random.random() < 0.5]
    return np.array(list(dict.fromkeys(tree + other)))


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=453974765)  # bookings that fill a line but for rounding
def test_a_season_agrees_with_its_naive_twin(seed: int) -> None:
    case = drawn(seed)
    fast = season_of(**case)
    hubs = [
        {
            "row": h,
            "kept": tuple(case["committed_tco2"][h].tolist()),
            "anchor": float(case["anchor_tco2"][h]),
            "old": dict(zip(("capacity", "cost", "storing"), case["lines"][h].tolist(), strict=True)),
            "charge": float(case["charge"][h]),
        }
        for h in range(len(case["charge"]))
    ]
    net = {
        "ends": case["ends"].tolist(),
        "scale": case["scale_cny"].tolist(),
        "exponent": EXPONENT,
        "stores": case["store_cost_cny_per_tco2"].tolist(),
        "hubs": len(hubs),
    }
    bids = list(zip(case["hub"].tolist(), case["bids"].tolist(), strict=True))
    does = naive_hubs.hold(hubs, bids, net, case["room_tco2"].tolist(), case["oversize"].tolist())
    assert np.flatnonzero(fast.accepted).tolist() == sorted(k for mine, _ in does.values() for k in mine)
    for h, (_, posted) in does.items():
        if posted is None:
            assert np.isinf(fast.tariff_cny_per_tco2[h])
            continue
        cost, store, more, way = posted
        assert fast.tariff_cny_per_tco2[h] == pytest.approx(cost, rel=1e-9)
        assert fast.store[h] == store
        assert fast.added_tco2[h] == pytest.approx(more, rel=1e-9, abs=1e-3)
        assert np.flatnonzero(fast.passes[h]).tolist() == way


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_nobody_pays_more_than_it_bid_and_no_store_is_overbooked(seed: int) -> None:
    case = drawn(seed)
    result = season_of(**case)
    paid = result.tariff_cny_per_tco2[case["hub"]]
    assert np.all(paid[result.accepted] <= case["bids"][result.accepted, 1] * (1 + 1e-12))
    new = result.store >= 0
    booked = np.bincount(result.store[new], (result.added_tco2 * (1.0 + case["oversize"]))[new], 4)
    assert np.all(booked[: case["room_tco2"].size] <= case["room_tco2"] * (1 + 1e-9))


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), more=st.floats(0.0, 8.0))
def test_an_anchor_never_lowers_what_a_new_hub_gathers(seed: int, more: float) -> None:
    """Without old lines, with room for everybody, and bookings in full use: then each one who joins helps all."""
    case = drawn(seed)
    case["bids"][:, 2] = case["bids"][:, 0]
    case |= {"lines": 0.0 * case["lines"], "committed_tco2": 0.0 * case["committed_tco2"]}
    case |= {"room_tco2": 0.0 * case["room_tco2"] + 1e9}
    without = season_of(**case).accepted
    led = season_of(**case | {"anchor_tco2": case["anchor_tco2"] + more * MT}).accepted
    assert np.all(led >= without)


# --- in a run ----------------------------------------------------------------------------------------------------


def test_hubs_ship_what_was_booked_and_their_accounts_balance() -> None:
    model = model_runs.watch(shipped("ccus_push"))
    shipped_ever = idle_ever = 0.0
    held_tco2 = np.zeros(len(CO2.stores.ids))
    for lived in model.lived:
        co2, year = lived.year.co2, lived.year.signals.year
        capacity = np.array(
            [sum(x.capacity_tco2 for x in hub.lines if x.ready_year <= year) for hub in model.hubs]
        )
        assert np.all(co2.shipped_tco2 <= capacity * (1 + 1e-9))
        assert np.all(co2.shipped_tco2[capacity == 0.0] == 0.0)
        shipped_ever += co2.shipped_tco2.sum()
        room = np.minimum(CO2.stores.injection_limit_tco2_per_year, CO2.stores.capacity_tco2 - held_tco2)
        expected = through_corridors(model.hubs, co2.shipped_tco2, year, room)
        np.testing.assert_allclose(co2.corridor_tco2, expected, atol=1e-3)
        held_tco2 = lived.accounts.stored_tco2
        paid = co2.transport_storage_cost_cny[co2.stored_tco2 == 0.0]
        assert paid.sum() <= co2.idle_charge_cny.sum() * (1.0 + 1e-9), (
            "who stored nothing pays what it reserved"
        )
        assert not co2.idle_charge_cny[capacity == 0.0].any(), "nobody pays before there is a line"
        idle_ever += co2.idle_charge_cny.sum()
    assert shipped_ever > 0.0
    assert idle_ever > 0.0


def through_corridors(hubs, shipped_tco2, year, room_tco2) -> np.ndarray:
    """Return what hubs send through each corridor if they fill their lines in the order in which they were laid.

    A line to a store with little room left carries no more than that, and the next one the rest.
    """
    flow, room = np.zeros(len(CO2.corridors.ends)), room_tco2.copy()
    for hub, left in zip(hubs, shipped_tco2, strict=True):
        for line in hub.lines:
            if line.ready_year <= year:
                carried = min(left, line.capacity_tco2, room[line.store])
                flow[list(line.corridors)] += carried
                room[line.store] -= carried
                left -= carried
    return flow


def test_hubs_set_money_aside_for_every_tonne_they_ever_stored() -> None:
    found = model_runs.measures(shipped("ccus_push"))
    fund = found.values[found.variables.index("CO2 Storage|Liability Fund"), 2]
    stored = found.values[found.variables.index("Carbon Capture|By Destination|Storage"), 2].cumsum()
    charge = CO2.transport["storage_liability_cny_per_tco2"]
    assert stored[-1] > 100.0
    np.testing.assert_allclose(fund, charge * stored / 1e3, rtol=1e-9, atol=1e-12)
    sites = REGION.tables["storage_sites"]
    table = dict(zip(sites["site_id"], sites["cost_cny_per_tco2"], strict=True))
    for j, name in enumerate(CO2.stores.ids):
        assert CO2.stores.cost_cny_per_tco2[j] == pytest.approx(table[name] + charge), (
            "shippers pay it in the tariff"
        )


def test_only_who_captures_or_builds_capture_holds_a_contract() -> None:
    model = model_runs.watch(shipped("ccus_push"))
    contracts = model.plants.contract_tco2 > 0.0
    assert contracts.any()
    began = model.plants.capture_year < 9000
    assert np.all(began[contracts])
    share = CO2.transport["hub_ship_or_pay_share"]
    for population in (model.plants, model.industry):
        assert np.all(population.reserved_tco2 <= share * population.contract_tco2 * (1.0 + 1e-12))
    assert model.plants.reserved_tco2.any()
