"""The hours of a power year against whole-array NumPy."""

import numpy as np
import pytest

from tanlu.kernels.power.hours import (
    ClearedFlows,
    Exchange,
    HourlyLoad,
    NaturalPower,
    SourceFuels,
    SourceUnits,
    hourly_load,
    split_output,
    sum_year,
)

ZONES, MONTHS, DAYS, HOURS, FUELS = 2, 12, 2, 24, 7
LINE, LOSS = np.array([[0, 1]]), np.array([0.04])
NATURAL, RESERVOIR, STORES = np.array([1, 4, 5, 6]), 0, np.array([2, 3])


def random_hours(seed: int, months: int = MONTHS) -> tuple[np.random.Generator, dict[str, np.ndarray]]:
    """Return a generator, and a cleared year in which some hours curtail more than nature gives."""
    random = np.random.default_rng(seed)
    shape = (ZONES, months, DAYS, HOURS)
    hourly = {
        name: random.uniform(0.0, 900.0, shape)
        for name in ("load_mw", "charge_mw", "discharge_mw", "reservoir_mw", "unserved_mw")
    }
    return random, hourly | {
        "price_cny_per_mwh": random.uniform(0.0, 500.0, shape),
        "surplus_mw": random.uniform(0.0, 1500.0, shape) * (random.random(shape) < 0.4),
        "flow_mw": random.normal(0.0, 300.0, (1, *shape[1:])),
        "natural_mw": random.uniform(0.0, 300.0, (NATURAL.size, ZONES, months, HOURS)),
        "spilled_mwh": random.uniform(0.0, 1e4, (ZONES, months)),
        "day_weight": np.tile([27.0, 3.0], (months, 1)),
    }


@pytest.mark.parametrize(("seed", "months"), [(0, 12), (1, 12), (2, 1), (3, 5)])
def test_energy_and_money_are_sums_over_hours(seed: int, months: int) -> None:
    random, x = random_hours(seed, months)
    capacity = random.uniform(0.0, 5000.0, (ZONES, FUELS)) * (random.random((ZONES, FUELS)) < 0.8)
    first, internal = int(random.integers(0, NATURAL.size + 1)), random.normal(0.0, 100.0, (1, months))
    nothing, zero = np.zeros((ZONES, months)), np.zeros(x["load_mw"].shape)
    year = sum_year(
        hours=HourlyLoad(x["load_mw"], x["natural_mw"], zero, nothing, nothing, internal, internal),
        cleared=ClearedFlows(**{name: x[name] for name in ClearedFlows._fields}),
        exchange=Exchange(
            nothing, LINE, internal, internal, LOSS, np.zeros(0, np.int64), np.zeros((0, months))
        ),
        day_weight=x["day_weight"],
        capacity_by_fuel_mw=capacity,
        fuels=SourceFuels(NATURAL, first, RESERVOIR, STORES),
    )
    weight, price = x["day_weight"][None, :, :, None], x["price_cny_per_mwh"]

    def total(values: np.ndarray) -> np.ndarray:
        return (values * weight).sum(axis=(-3, -2, -1))

    given = x["natural_mw"][:, :, :, None, :]
    lost, over = np.zeros((NATURAL.size, *x["surplus_mw"].shape)), x["surplus_mw"]
    for rank in (slice(0, first), slice(first, None)):
        there = given[rank].sum(axis=0)
        lost[rank] = given[rank] * np.clip(over / np.maximum(there, 1e-9), 0.0, 1.0)
        over = over - there
    fed = given - lost
    generation, curtailed, earned = np.zeros((3, ZONES, FUELS))
    generation[:, NATURAL], curtailed[:, NATURAL] = total(fed).T, total(lost).T
    generation[:, RESERVOIR], curtailed[:, RESERVOIR] = total(x["reservoir_mw"]), x["spilled_mwh"].sum(axis=1)
    generation[:, STORES[0]] = total(x["discharge_mw"])
    earned[:, NATURAL] = total(fed * price).T
    cascade = earned[:, NATURAL[0]] + total(x["reservoir_mw"] * price)
    stored = total((x["discharge_mw"] - x["charge_mw"]) * price)
    divisor = np.where(capacity > 0.0, capacity, np.inf)
    earned = earned / divisor
    for fuels, money in (([RESERVOIR, NATURAL[0]], cascade), (STORES, stored)):
        size = capacity[:, fuels].sum(axis=1)
        earned[:, fuels] = (money / np.where(size > 0.0, size, np.inf))[:, None]
    np.testing.assert_allclose(year.generation_mwh, generation)
    np.testing.assert_allclose(year.curtailed_mwh, curtailed)
    np.testing.assert_allclose(year.revenue_cny_per_mw, earned)
    np.testing.assert_allclose(year.lost_mwh, total(x["charge_mw"] - x["discharge_mw"]))
    np.testing.assert_allclose(year.load_mwh, total(x["load_mw"]))
    np.testing.assert_allclose(year.load_cny, total(x["load_mw"] * price))
    np.testing.assert_allclose(year.unserved_mwh, total(x["unserved_mw"]))
    np.testing.assert_allclose(year.price_hours, total(price))
    np.testing.assert_allclose(year.flow_mwh, total(x["flow_mw"]))
    sent = np.concatenate([leaving(x["flow_mw"]), leaving(-x["flow_mw"])])
    sent = sent + np.concatenate([leaving(internal), leaving(-internal)])[:, :, None, None]
    np.testing.assert_allclose(year.leaving_mw, sent, rtol=1e-12)
    np.testing.assert_allclose(year.leaving_mwh, total(sent))
    np.testing.assert_allclose(year.refused_mwh, total(np.maximum(over, 0.0)), atol=1e-6)


def leaving(flow: np.ndarray) -> np.ndarray:
    """Return what leaves a zone by a flow out of it, 4 % of which does not arrive."""
    return np.where(flow > 0.0, flow, 0.96 * flow)


@pytest.mark.parametrize("seed", range(3))
def test_what_nature_gives_and_what_is_committed_leave_the_net_load(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = random.uniform(0.5, 1.5, (ZONES, MONTHS, DAYS, HOURS))
    mean, contract = random.uniform(1e3, 9e3, ZONES), random.normal(0.0, 500.0, (ZONES, MONTHS))
    internal, surplus = random.normal(0.0, 300.0, (1, MONTHS)), random.uniform(0.0, 300.0, (3, MONTHS))
    capacity = np.full((1, MONTHS), 1500.0)
    zone, must = np.array([0, 1, 0]), random.uniform(0.0, 500.0, (ZONES, MONTHS))
    river, small = random.uniform(0.0, 3e3, (2, ZONES, MONTHS))
    renewable, profile = random.uniform(0.0, 2e3, (ZONES, 3)), random.random((ZONES, 3, MONTHS, HOURS))
    full, standing = np.array([400.0, 100.0]), random.uniform(0.0, 300.0, (ZONES, 2))
    standing[1, 1] = 150.0  # more than gives the output that is known
    hours = hourly_load(
        load_shape=shape,
        mean_load_mw=mean,
        must_run_mw=must,
        exchange=Exchange(contract, LINE, capacity, internal, LOSS, zone, surplus),
        nature=NaturalPower(river, small, full, standing, 1, renewable, profile),
    )
    load = shape * mean[:, None, None, None]
    flat = np.ones(HOURS)
    small = small * np.array([standing[0, 1] / full[0], 1.0])[:, None]
    built = np.moveaxis(renewable[:, :, None, None] * profile, 1, 0)
    natural = np.concatenate([[river[:, :, None] * flat], [small[:, :, None] * flat], built])
    np.testing.assert_allclose(hours.load_mw, load)
    np.testing.assert_allclose(hours.natural_mw, natural)
    committed = contract + np.concatenate([leaving(internal), leaving(-internal)])
    offered = np.stack([surplus[0] + surplus[2], surplus[1]])
    np.testing.assert_allclose(hours.committed_mw, committed)
    np.testing.assert_allclose(hours.offered_mw, offered)
    np.testing.assert_allclose(hours.line_forward_mw, capacity - np.maximum(internal, 0.0))
    np.testing.assert_allclose(hours.line_backward_mw, capacity + np.minimum(internal, 0.0))
    steady = committed + offered - must
    expected = load + steady[:, :, None, None] - natural.sum(axis=0)[:, :, None, :]
    np.testing.assert_allclose(hours.net_load_mw, expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_output_fills_the_stack_from_the_cheapest_unit_up(seed: int) -> None:
    random, units, sources = np.random.default_rng(seed), 40, 3
    zone, source = random.integers(0, ZONES, units), random.integers(0, sources, units)
    order = np.argsort(np.round(random.uniform(0.0, 9.0, units)), kind="stable")
    capacity, available = random.uniform(0.0, 100.0, units), random.random((units, MONTHS))
    output = random.uniform(0.0, 1.3, (ZONES, MONTHS, DAYS, HOURS)) * 500.0
    called = SourceUnits(zone, capacity, available, source, order)
    given = split_output(called, sources, output)
    for z in range(ZONES):
        stack = order[zone[order] == z]
        room = capacity[stack, None] * available[stack]
        below = np.cumsum(room, axis=0) - room
        of_units = np.clip(output[z] - below[:, :, None, None], 0.0, room[:, :, None, None])
        for s in range(sources):
            np.testing.assert_array_equal(given[z, s], of_units[source[stack] == s].sum(axis=0))
    assert (given.sum(axis=1) < output - 1.0).any(), "load that no unit serves is not tried"
    assert (given > 0.0).any(axis=(0, 2, 3, 4)).all()
