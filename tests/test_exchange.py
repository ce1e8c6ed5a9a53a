"""Exchange along chains: least cost with stores and losses, for random systems and for the years of a run."""

import ast
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import tanlu
from benchmarks.dispatch import least_costs, market_years, miss
from tanlu.kernels.power import certificate, labels, layout, network
from tanlu.kernels.power import exchange as exchange_kernel
from tanlu.kernels.power.certificate import certify
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.layout import LABEL, WORTH
from tanlu.kernels.power.network import Network
from tanlu.output import replications
from tanlu.power import market
from tanlu.power.market import MarketYear, clear_year
from tests.least_cost import least_cost
from tests.naive_dispatch import month_cost, random_year, sustained_minimum

WATER = ((True, True), (False, False), (True, False), (False, True))


def system(seed: int, stores: float = 0.3) -> MarketYear:
    """Return a month of 1 to 31 days of a kind each; wheeling and losses 0 or not; water in both zones, one or none."""
    days = 31 if seed % 25 == 4 else (1, 2, 2, 5, 7)[seed % 5]
    year = random_year(
        seed,
        months=1,
        hours=12 * days,
        wheeling=15.0 * (seed % 2),
        reservoirs=WATER[seed // 4 % 4],
        stores=stores,
    )
    weight = np.random.default_rng([seed, 2]).integers(1, 12, (1, days)).astype(float)
    return year._replace(
        net_load_mw=year.net_load_mw.reshape(2, 1, days, 24).copy(),
        day_weight=weight,
        reservoir_energy_mwh=year.reservoir_energy_mwh * weight.sum() / (15.0 * days),
        line_loss_share=np.array([0.01 * (seed // 2 % 2)]),
    )


def gap(year: MarketYear, cleared: Dispatch) -> float:
    """Return by which share a month's cost is above the linear programme's."""
    best = least_cost(year, 0).cost_cny
    return (month_cost(year, cleared, 0) - best) / max(abs(best), 1e4)


def in_turn(year: MarketYear) -> Dispatch:
    """Clear a year by schedules in turn, without any exchange; prices are left out."""
    with patch.object(market, "exchange"):
        return clear_year(year)


def row_of(subscript: ast.Subscript) -> ast.expr:
    """Return the index of a network's row; a month may stand before it."""
    index = subscript.slice.elts if isinstance(subscript.slice, ast.Tuple) else [subscript.slice]
    return index[1] if len(index) == 3 else index[0]


def test_no_kernel_of_the_exchange_types_a_row_number_of_the_network() -> None:
    """Rows and columns are those of the layout by name, never a number."""
    rows = {name for name in vars(layout) if name.isupper()}
    for module in (network, labels, exchange_kernel, certificate):
        tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        assert len(rows & {name.id for name in names}) >= 15
        assert not rows & {name.id for name in names if isinstance(name.ctx, ast.Store)}
        typed = [
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Subscript)
            and ast.unparse(node.value).split(".")[-1] in ("node", "mark")
            and isinstance(row_of(node), ast.Constant)
        ]
        assert not typed, module.__name__


def test_random_systems_with_stores_and_losses_are_the_linear_programmes() -> None:
    found = []
    for seed in range(60):
        year = system(seed)
        cleared = clear_year(year)
        certified = cleared.gap_cny / max(abs(cleared.cost_cny), 1e4)
        found.append([gap(year, cleared), certified, gap(year, in_turn(year))])
    exact, certified, start = np.array(found).T
    print(
        f"above least cost: {start.mean():.3%} in turn, {exact.max():.1e} exchanged, {certified.max():.1e} certified"
    )
    assert exact.min() >= -1e-9
    assert start.max() > 0.01, "schedules in turn miss it"
    assert exact.max() <= 1e-8
    assert (certified >= exact - 1e-9).all(), "no certificate is below the miss"
    assert np.sort(certified)[-3] <= 1e-8 and certified.max() <= 1e-3


@pytest.mark.parametrize(
    ("wheeling", "seed"), [(60.0, 1062), (60.0, 1858), (60.0, 2685), (100.0, 1244), (40.0, 2569)]
)
def test_cycles_that_lose_energy_are_fed_when_they_spare_more(wheeling: float, seed: int) -> None:
    """The line sends one way at noon and back at night: less of both costs a store's losses, but spares two tolls."""
    year = system(seed, stores=0.9)._replace(
        wheeling_cost_cny_per_mwh=np.array([wheeling]), line_loss_share=np.array([0.02])
    )
    cleared = clear_year(year)
    assert -1e-9 <= gap(year, cleared) <= 1e-8
    assert cleared.gap_cny <= 1e-8 * cleared.cost_cny


def networks_of(year: MarketYear, clear: Callable[[MarketYear], Dispatch]) -> tuple[Network, Dispatch]:
    """Return a cleared year and the network that its certificate was read of."""
    with patch.object(market, "certify", side_effect=market.certify) as asked:
        cleared = clear(year)
    return Network(*asked.call_args.args), cleared


def test_a_certificate_at_least_cost_prices_is_the_whole_miss() -> None:
    """Schedules in turn, certified at the prices of the least cost, miss it by just so much; at others by less."""
    rng, missed = np.random.default_rng(7), 0
    for seed in range(60):
        year = system(seed)
        best, scale = least_cost(year, 0).cost_cny, max(abs(least_cost(year, 0).cost_cny), 1e4)
        (solved, cleared), (turned, early) = (networks_of(year, c) for c in (clear_year, in_turn))
        if cleared.gap_cny > 1e-8 * scale:
            continue
        miss_cny = month_cost(year, early, 0) - best
        for row in (LABEL, WORTH):
            turned.node[:, row] = solved.node[:, row]
        assert certify(*turned).sum() == pytest.approx(miss_cny, abs=1e-6 * scale)
        turned.node[:, LABEL] *= rng.uniform(0.5, 1.5, turned.node[:, LABEL].shape)
        assert certify(*turned).sum() >= miss_cny - 1e-9 * scale
        missed += miss_cny > 1e-3 * scale
    assert missed >= 8


RING = ((0, 1), (1, 2), (2, 0))
STAR = ((0, 1), (0, 2), (0, 3), (4, 0))
PARTED = ((1, 2), (3, 2), (1, 3), (3, 4))  # a ring, its tail, and a zone by itself


def graph(seed: int, lines: tuple[tuple[int, int], ...], zones: int) -> MarketYear:
    """Return a month of zones and lines with losses and wheeling costs of their own; zone 1 has no units."""
    random, (days, hours) = np.random.default_rng([seed, 5]), ((1, 12), (2, 24))[seed % 2]
    unit_zone = random.integers(0, zones, 8 * zones)
    unit_zone[unit_zone == 1] = 0
    load = random.uniform(200.0, 900.0, (zones, 1, 1, 1)) * (
        1.0 + 0.4 * np.sin(np.linspace(0.0, 6.3, hours) + random.uniform(0.0, 6.0, (zones, 1, days, 1)))
    )
    load -= (random.random((zones, 1, days, 1)) < 0.2) * random.uniform(0.0, 900.0, (zones, 1, days, 1))
    weight = random.integers(1, 12, (1, days)).astype(float)
    maximum = random.uniform(0.0, 500.0, (zones, 1)) * (random.random((zones, 1)) < 0.6)
    power = random.uniform(0.0, 200.0, zones) * (random.random(zones) < 0.7)
    limit = random.uniform(0.0, 500.0, (2, len(lines), 1))
    limit[:, seed % len(lines)] = 0.0 if seed % 3 == 0 else 1e4
    return MarketYear(
        unit_zone=unit_zone,
        unit_capacity_mw=random.uniform(20.0, 300.0, unit_zone.size),
        unit_availability=random.uniform(0.6, 1.0, (unit_zone.size, 1)),
        unit_cost_cny_per_mwh=random.uniform(50.0, 600.0, unit_zone.size),
        net_load_mw=load,
        day_weight=weight,
        line_zones=np.array(lines),
        line_forward_mw=limit[0].copy(),
        line_backward_mw=limit[1].copy(),
        wheeling_cost_cny_per_mwh=random.uniform(0.0, 60.0, len(lines)) * (random.random(len(lines)) < 0.7),
        line_loss_share=random.uniform(0.0, 0.05, len(lines)) * (random.random(len(lines)) < 0.7),
        scarcity_price_cny_per_mwh=10_000.0,
        reservoir_energy_mwh=maximum * random.uniform(0.2, 1.1, (zones, 1)) * weight.sum() * hours,
        reservoir_minimum_mw=0.3 * maximum,
        reservoir_maximum_mw=maximum,
        store_power_mw=power,
        store_energy_mwh=power * random.uniform(2.0, 6.0, zones),
        store_efficiency=random.uniform(0.7, 0.95, zones),
    )


@pytest.mark.parametrize(("lines", "zones"), [(RING, 3), (STAR, 5), (PARTED, 5), (RING[:1], 2)])
def test_rings_and_stars_of_zones_have_cost_and_prices_of_the_linear_programmes(
    lines: tuple[tuple[int, int], ...], zones: int
) -> None:
    shares, certified, sent_mw, charged_mw = [], [], 0.0, 0.0
    for seed in range(20):
        year = graph(seed, lines, zones)
        cleared = clear_year(year)
        price, best = cleared.price_cny_per_mwh[:, 0], least_cost(year, 0).price_cny_per_mwh
        assert np.abs(price - best).max() <= 0.01, "CNY/MWh"
        sent_mw, charged_mw = sent_mw + np.abs(cleared.flow_mw).max(), charged_mw + cleared.charge_mw.max()
        shares.append(gap(year, cleared))
        certified.append(cleared.gap_cny / cleared.cost_cny)
    print(f"{zones} zones: {max(shares):.1e} above least cost, {max(certified):.1e} certified")
    assert sent_mw > 1000.0 and charged_mw > 100.0
    assert min(shares) >= -1e-9 and max(shares) <= 1e-6
    assert all(c >= s - 1e-9 for c, s in zip(certified, shares, strict=True))


def in_lumps(year: MarketYear) -> MarketYear:
    """Return a year in steps of 50 MW and CNY/MWh without losses, where one more MWh often costs more than one less."""

    def round_to_lumps(values: np.ndarray) -> np.ndarray:
        return 50.0 * np.round(values / 50.0)

    lumps = {
        name: round_to_lumps(getattr(year, name))
        for name in MarketYear._fields
        if name.endswith(("_mw", "_cny_per_mwh", "reservoir_energy_mwh")) and name[:5] != "store"
    }
    return year._replace(
        **lumps | {"scarcity_price_cny_per_mwh": 10_000.0},
        unit_availability=np.ones_like(year.unit_availability),
        line_loss_share=np.zeros_like(year.line_loss_share),
    )


@pytest.mark.parametrize(("lines", "zones"), [(RING, 3), (STAR, 5)])
def test_where_more_costs_more_than_less_spares_a_price_lies_between(
    lines: tuple[tuple[int, int], ...], zones: int
) -> None:
    """Where prices of the linear programme are not unique, those of a load 1 kW lower and higher enclose the price."""
    between = 0
    for seed in range(6):
        year = in_lumps(graph(seed, lines, zones))
        price, best = clear_year(year).price_cny_per_mwh[:, 0], least_cost(year, 0).price_cny_per_mwh
        for z, d, h in np.argwhere(np.abs(price - best) > 0.01):
            ends = []
            for step_mw in (-1e-3, 1e-3):
                load = year.net_load_mw.copy()
                load[z, 0, d, h] += step_mw
                ends.append(least_cost(year._replace(net_load_mw=load), 0).price_cny_per_mwh[z, d, h])
            assert ends[0] - 0.01 <= price[z, d, h] <= ends[1] + 0.01
            between += 1
    assert between >= 10


@pytest.mark.slow
def test_late_years_of_a_run_are_the_linear_programmes() -> None:
    years = market_years("dual_carbon")
    late = [years[year, kind] for year in (2050, 2057, 2060) for kind in replications.CLEARINGS]
    cleared = [clear_year(year) for year in late]
    misses = [miss(year, one, least_costs(year)) for year, one in zip(late, cleared, strict=True)]
    for one, year in zip(misses, cleared, strict=True):
        assert -1e-9 <= one.cost_share <= 1e-5
        assert one.cost_share <= year.gap_cny / year.cost_cny + 1e-9 <= 5e-4
        assert abs(one.shed_gwh) <= 1e-2
        assert one.price_share <= 0.01


def test_exchange_never_raises_the_cost_and_mostly_lowers_it() -> None:
    lower = 0
    for seed in range(100, 140):
        year = system(seed)
        costs = [month_cost(year, clear(year), 0) for clear in (in_turn, clear_year)]
        scale = max(abs(costs[0]), 1e4)
        assert costs[1] <= costs[0] + 1e-9 * scale
        lower += costs[1] < costs[0] - 1e-6 * scale
    assert lower >= 15


def test_hours_budgets_and_bounds_hold_after_exchange() -> None:
    charged = spilled = 0.0
    for seed in range(40):
        year = system(seed)
        cleared, size = clear_year(year), np.abs(year.net_load_mw).max()
        out = np.concatenate([cleared.flow_mw, -cleared.flow_mw])
        leaves = np.where(out > 0.0, out, (1.0 - year.line_loss_share) * out)
        use = year.net_load_mw + cleared.charge_mw + cleared.surplus_mw + leaves
        given = cleared.units_mw + cleared.unserved_mw + cleared.reservoir_mw + cleared.discharge_mw
        np.testing.assert_allclose(given, use, atol=1e-9 * size)
        low = sustained_minimum(year)[:, :, None, None]
        assert (cleared.reservoir_mw >= low - 1e-9 * size).all()
        assert (cleared.reservoir_mw <= year.reservoir_maximum_mw[:, :, None, None] + 1e-9 * size).all()
        assert (cleared.flow_mw <= year.line_forward_mw[..., None, None] + 1e-9 * size).all()
        assert (-cleared.flow_mw <= year.line_backward_mw[..., None, None] + 1e-9 * size).all()
        used = (cleared.reservoir_mw.sum(axis=3) * year.day_weight).sum(axis=2)
        np.testing.assert_allclose(
            used + cleared.spilled_mwh, year.reservoir_energy_mwh, rtol=1e-9, atol=1e-6
        )
        stored = cleared.charge_mw.sum(axis=3) * year.store_efficiency[:, None, None]
        np.testing.assert_allclose(stored, cleared.discharge_mw.sum(axis=3), atol=1e-8 * size)
        assert (cleared.discharge_mw.sum(axis=3) <= year.store_energy_mwh[:, None, None] + 1e-8 * size).all()
        assert not np.minimum(cleared.charge_mw, cleared.discharge_mw).any()
        assert (cleared.price_cny_per_mwh >= 0.0).all()
        charged, spilled = charged + stored.sum(), spilled + cleared.spilled_mwh.sum()
    assert charged > 0.0 and spilled > 0.0


def test_hours_of_no_weight_change_nothing() -> None:
    for seed in (0, 2, 5, 7):
        year = system(seed)
        load = np.concatenate([year.net_load_mw[:, :, :1] * 1.3, year.net_load_mw], axis=2)
        more = year._replace(net_load_mw=load, day_weight=np.insert(year.day_weight, 0, 0.0, axis=1))
        costs = [clear_year(one).cost_cny for one in (year, more)]
        assert costs[1] == pytest.approx(costs[0], rel=1e-9)


def test_two_runs_and_two_processes_give_the_same_bits() -> None:
    code = (
        "import hashlib; from tests.test_exchange import clear_year, system;"
        "c = [clear_year(system(seed)) for seed in (1, 3, 8)];"
        "print(hashlib.sha256(b''.join(x.price_cny_per_mwh.tobytes() + x.charge_mw.tobytes() for x in c)).hexdigest())"
    )
    root = Path(__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    here = [clear_year(system(seed)) for seed in (1, 3, 8)]
    digest = hashlib.sha256(b"".join(x.price_cny_per_mwh.tobytes() + x.charge_mw.tobytes() for x in here))
    assert run.stdout.strip() == digest.hexdigest()
    first, again = here[1], clear_year(system(3))
    for name, value in first._asdict().items():
        assert np.asarray(value).tobytes() == np.asarray(getattr(again, name)).tobytes(), name


def test_a_manifest_says_how_near_the_least_cost_electricity_is(monkeypatch: pytest.MonkeyPatch) -> None:
    market = tanlu.simulate("tanlu:baseline", replications=1, years=(2020, 2027)).manifest[
        "electricity_market"
    ]
    assert 0.0 < market["worst_gap_share"] <= 1e-3 and market["years"] == []
    monkeypatch.setattr(replications, "TOLD_GAP_SHARE", 0.0)
    told = tanlu.simulate("tanlu:baseline", replications=1, years=(2020, 2027)).manifest["electricity_market"]
    assert {one["clearing"] for one in told["years"]} == {"actual", "expected", "planned"}
    assert max(one["gap_share"] for one in told["years"]) == told["worst_gap_share"]
    assert all(one.keys() == {"replication", "year", "clearing", "gap_share"} for one in told["years"])
