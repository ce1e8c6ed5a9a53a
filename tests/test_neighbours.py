"""Neighbours at the border: blocks against a plain twin, and which way prices, water, heat and lines move them."""

import dataclasses
import shutil
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from tanlu.core.axes import MONTHS
from tanlu.core.places import PACKS
from tanlu.power.neighbours import (
    BLOCKS,
    CarbonAbroad,
    NeighbourYear,
    block_costs,
    block_edges,
    block_shares,
    open_border,
)
from tanlu.power.system import clear_hours
from tanlu.region.catalogue import RegionError
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import load_region
from tanlu.region.tables import year_index
from tanlu.scenario.schema import scenario_from_text
from tests.model_runs import REGION, P, record, scenario, watch
from tests.power_years import ABROAD, DATA, LINES, NO_CONTRACTS, OPEN_BORDER, around, clear, offer, trade

NEIGHBOURS = REGION.neighbours
NO_CHARGE = np.zeros(P), np.ones(P)
NORMAL = DATA.hydrology.normal.available_factor.mean(axis=0)


def border(**changes: object):
    return open_border(NEIGHBOURS, LINES, ABROAD._replace(**changes), NO_CONTRACTS)


def share_of_hours(n: int, k: int, m: int, year: NeighbourYear) -> float:
    """Share of a month's hours in which block k is the next, by counting even hours of both halves of the day."""
    rules, t, edges = NEIGHBOURS.rules, year.row, block_edges(NEIGHBOURS.rules)
    load = NEIGHBOURS.load_mw[t, n, m] * (1.0 + NEIGHBOURS.cooling_share[n, m] * (year.cooling_factor - 1.0))
    water = 1.0 + rules.shared_water_share * (year.water_factor[m] - 1.0)
    steady = load - NEIGHBOURS.wind_mw[t, n, m] - NEIGHBOURS.hydro_mw[t, n, m] * water
    hits, hours = 0, np.linspace(-1.0, 1.0, 4001)
    for sun in (2.0, 0.0):
        middle = (steady - sun * NEIGHBOURS.solar_mw[t, n, m]) / NEIGHBOURS.thermal_mw[t, n]
        use = middle + rules.spread_share * hours
        below = edges[k - 1] if k else -np.inf
        hits += int(((use > below) & (use <= edges[k])).sum())
    return hits / (2 * hours.size)


@pytest.mark.parametrize("year", [2018, 2030, 2055])
def test_blocks_are_as_often_next_as_counted_hours_say(year: int) -> None:
    state = ABROAD._replace(
        row=year_index(year), water_factor=np.linspace(0.7, 1.2, MONTHS), cooling_factor=1.3
    )
    shares = block_shares(NEIGHBOURS, state)
    assert shares.min() >= 0.0 and (shares.sum(axis=1) <= 1.0 + 1e-12).all()
    for n in range(len(NEIGHBOURS.names)):
        for m in (0, 7):
            counted = [share_of_hours(n, k, m, state) for k in range(BLOCKS)]
            np.testing.assert_allclose(shares[n, :, m], counted, atol=1e-3)


def test_the_usual_price_stands_in_the_middle_and_floats_by_a_fifth() -> None:
    """At the fuel price of the base year; later only fuel moves it. The slope of the curve is that of the rule."""
    year = ABROAD._replace(row=ABROAD.first_row)
    price, usual = (
        block_costs(NEIGHBOURS, year).price_cny_per_mwh,
        NEIGHBOURS.coal_power_price_cny_per_mwh[year.row],
    )
    np.testing.assert_allclose(price[:, 1:].mean(axis=1), usual)
    np.testing.assert_allclose((price[:, -1] - price[:, 1]) / usual, 2.0 * 0.2 * (BLOCKS - 2) / (BLOCKS - 1))
    assert (np.diff(price[:, 1:], axis=1) > 0.0).all()
    dearer = block_costs(NEIGHBOURS, year._replace(coal_price_factor=1.5))
    heat_rate = dearer.tco2_per_mwh[1:] / year.coal_tco2_per_gj
    rise = 0.5 * NEIGHBOURS.fuel_price_cny_per_gj[year.row][:, None] * heat_rate
    np.testing.assert_allclose(dearer.price_cny_per_mwh[:, 1:] - price[:, 1:], rise)


def test_an_ask_holds_fuel_carbon_loss_and_charge_and_stands_above_the_bid_of_its_block() -> None:
    carbon = CarbonAbroad(np.full(P, 150.0), np.full(P, 60.0), *NO_CHARGE)
    opened, costs = border(carbon=carbon), block_costs(NEIGHBOURS, ABROAD)
    for x, n in enumerate(LINES.purchases.neighbour):
        for k in range(BLOCKS):
            tco2 = costs.tco2_per_mwh[k]
            home = costs.price_cny_per_mwh[n, k] + (150.0 * tco2 - 60.0 if tco2 else 0.0)
            ask = home / (1.0 - LINES.purchases.loss_share[x]) + LINES.purchases.charge_cny_per_mwh[x]
            assert opened.purchases.price_cny_per_mwh[x * BLOCKS + k] == pytest.approx(ask)
            saved = costs.running_cny_per_mwh[n, k] + (150.0 * tco2 - 60.0 if tco2 else 0.0)
            assert saved < ask, "who buys and who sells one block in one hour would be paid for it"
    for x, n in enumerate(LINES.sales.neighbour):
        saved = costs.running_cny_per_mwh[n, 1:] + 150.0 * costs.tco2_per_mwh[1:] - 60.0
        bid = saved * (1.0 - LINES.sales.loss_share[x]) - LINES.sales.charge_cny_per_mwh[x]
        blocks = slice(x * BLOCKS + 1, (x + 1) * BLOCKS)
        np.testing.assert_allclose(opened.sales.price_cny_per_mwh[blocks], bid)


def test_a_charge_on_imports_is_paid_on_what_the_sender_does_not_pay() -> None:
    """By block: price times CO2, less the deducted share of what is paid there; nothing is charged twice."""
    paid, price = 150.0, 200.0
    for share in (0.0, 0.5, 1.0):
        charged = CarbonAbroad(np.full(P, paid), np.full(P, 60.0), np.full(P, price), np.full(P, share))
        plain = border(carbon=charged._replace(import_charge_cny_per_tco2=np.zeros(P))).purchases
        blocks = border(carbon=charged).purchases
        loss = np.repeat(LINES.purchases.loss_share, BLOCKS)
        tco2 = blocks.marginal_tco2_per_mwh * (1.0 - loss)
        owed = np.maximum(price * tco2 - share * np.maximum(paid * tco2 - 60.0, 0.0), 0.0) * (tco2 > 0.0)
        np.testing.assert_allclose(blocks.charge_cny_per_mwh, owed / (1.0 - loss), rtol=1e-12)
        np.testing.assert_allclose(
            blocks.price_cny_per_mwh - plain.price_cny_per_mwh, owed / (1.0 - loss), atol=1e-9
        )
        assert not plain.charge_cny_per_mwh.any() and (owed > 0.0).any()
    sales = border(carbon=charged).sales
    assert not sales.charge_cny_per_mwh.any(), "what goes out is not charged"


@pytest.mark.parametrize("what", ["water_factor", "cooling_factor"])
def test_a_dry_or_hot_year_raises_the_ask_and_lowers_the_quantity(what: str) -> None:
    """In July and August, in which there is load for cooling; a higher block is asked for in more hours."""
    dear = border(**{what: np.full(MONTHS, 0.6) if what == "water_factor" else 1.6}).purchases
    usual, summer = OPEN_BORDER.purchases, slice(6, 8)
    for zone in range(P):
        here = usual.zone == zone
        mw = [blocks.mw[here, summer].sum(axis=1) for blocks in (usual, dear)]
        ask = [float(size @ usual.price_cny_per_mwh[here] / size.sum()) for size in mw]
        assert mw[1].sum() <= mw[0].sum() and ask[1] > ask[0]
    assert dear.mw[:, summer].sum() < usual.mw[:, summer].sum()


def test_purchases_rise_in_the_price_here_and_fall_in_the_price_there() -> None:
    """And are none where no line leads. Here two coal units a province are short of load."""
    sizes = np.full((OPEN_BORDER.purchases.zone.size, 1), 300.0)
    bought = []
    for extra in (-100.0, 0.0, 100.0, 200.0):
        plants = offer()
        plants = plants._replace(cost_cny_per_mwh=plants.cost_cny_per_mwh + extra)
        bought.append(clear(plants, around(border=trade(sizes))).border.bought_mwh.sum())
    assert all(np.diff(bought) >= 0.0) and bought[-1] > bought[0] * 1.05
    there, dear = [], offer()
    dear = dear._replace(cost_cny_per_mwh=dear.cost_cny_per_mwh + 150.0)
    for price in (0.0, 100.0, 300.0):
        opened = border(carbon=CarbonAbroad(np.full(P, price), np.zeros(P), *NO_CHARGE))
        blocks = opened.purchases._replace(mw=OPEN_BORDER.purchases.mw)
        there.append(clear(dear, around(border=opened._replace(purchases=blocks))).border.bought_mwh.sum())
    assert there[0] > there[1] > there[2]
    assert clear(offer(), around(border=trade(0.0))).border.bought_mwh.sum() == 0.0


def test_co2_of_trade_is_that_of_the_blocks_called() -> None:
    """Purchases and sales together, block by block from the merit order of every hour."""
    random = np.random.default_rng(5)
    opened = trade(random.uniform(50.0, 300.0, (OPEN_BORDER.purchases.zone.size, 1)), 80.0)
    outcome = clear(offer(hydro_reservoir=(30e3, 0.0)), around(border=opened))
    units, hours = outcome.hours.units, outcome.hours
    called = np.zeros(units.zone.size)
    for z in range(P):
        here = np.flatnonzero(units.zone == z)
        order = here[np.argsort(units.cost_cny_per_mwh[here], kind="stable")]
        for m in range(MONTHS):
            left = hours.merit_order_mw[z, m].copy()
            for u in order:
                taken = np.minimum(left, units.capacity_mw[u] * units.availability[u, m])
                left = left - taken
                called[u] += (taken * hours.day_weight[m][:, None]).sum()
    purchases, sales = units.blocks.purchases, units.blocks.sales
    assert called[purchases].sum() == pytest.approx(outcome.border.bought_mwh.sum(), rel=1e-9) != 0.0
    for name, factor in (
        ("bought_tco2", opened.purchases.marginal_tco2_per_mwh),
        ("bought_official_tco2", opened.purchases.official_tco2_per_mwh),
    ):
        tco2 = np.bincount(opened.purchases.zone, called[purchases] * factor, P)
        np.testing.assert_allclose(getattr(outcome.border, name), tco2, rtol=1e-9)
    offered = 80.0 * 8760.0
    saved = (offered - called[sales]) * opened.sales.marginal_tco2_per_mwh
    np.testing.assert_allclose(
        outcome.border.sold_avoided_tco2, np.bincount(opened.sales.zone, saved, P), rtol=1e-9
    )


def test_what_neighbours_pay_follows_the_rule_of_the_world() -> None:
    """National, as the region, or a path of prices; with the region's price of CO2 purchases hardly rise."""
    price = {"p": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}}

    def bought_twh(rule: object, policies: dict[str, dict[str, object]]) -> float:
        world = {"hydrology": "normal", "neighbours_carbon_price": rule}
        run = record(scenario(policies, years=(2025, 2027), world=world))
        return float(run.grid.bought_mwh[-1].sum()) / 1e6

    usual, national = bought_twh("national", {}), bought_twh("national", price)
    assert 5.0 < national - usual < 25.0
    assert bought_twh("same_as_region", price) - bought_twh("same_as_region", {}) < 5.0
    assert bought_twh({2026: 400}, price) < national


@pytest.mark.parametrize(
    ("line", "old", "new", "said"),
    [
        ("south_neighbour", ",Neighbours,", ",,", "corridors.csv:4:neighbour"),
        ("south_neighbour", ",30,", ",,", "corridors.csv:4:charge_cny_per_mwh"),
        ("north_coast", ",Neighbours,", ",Neighbuors,", "corridors.csv:2:neighbour: `Neighbuors` is unknown"),
    ],
)
def test_trade_without_a_neighbour_or_a_charge_is_refused(
    tmp_path: Path, line: str, old: str, new: str, said: str
) -> None:
    pack = tmp_path / "odd"
    shutil.copytree(PACKS / "two_provinces", pack, ignore=shutil.ignore_patterns("SHA256SUMS"))
    settings, table = pack / "region.yaml", pack / "corridors.csv"
    settings.write_text(settings.read_text("utf-8").replace("name: two_provinces", "name: odd"), "utf-8")
    rows = [
        row[::-1].replace(old[::-1], new[::-1], 1)[::-1] if row.startswith(line) else row
        for row in table.read_text("utf-8").splitlines()
    ]
    table.write_text("\n".join(rows) + "\n", "utf-8")
    with pytest.raises(RegionError) as error:
        load_region(str(pack))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nationl", "national"),
        ("{2026: -5}", "0"),
        ("{}", "neighbours_carbon_price"),
        ("{1066: 5}", "1066"),
        ("[1]", "neighbours_carbon_price"),
        ("12", "national"),
    ],
)
def test_a_wrong_price_of_neighbours_is_one_message(given: str, said: str) -> None:
    with pytest.raises(Exception, match=r".") as error:
        scenario_from_text(f"name: a\nextends: tanlu:baseline\nworld:\n  neighbours_carbon_price: {given}\n")
    text = str(error.value)
    assert text.count("error[") == 1 and "`neighbours_carbon_price" in text and said in text, text


@pytest.mark.parametrize("year", [2021, 2022])
def test_imports_are_nearer_to_the_curve_on_top_of_last_years_than_to_last_years(year: int) -> None:
    """Monthly deliveries of Debao and of Central China; nothing is fitted (docs/validation.md).

    Contracts bring what they brought a year before, and the curve what the market buys beyond them.
    """
    table, lines, t = REGION.tables["corridors"].copy(), DATA.corridors.imports, year_index(year)
    table.loc[table["kind"] == "price_responsive_import", ["from_year", "shares_line_with"]] = (2015, np.nan)
    region = dataclasses.replace(REGION, tables=MappingProxyType({**REGION.tables, "corridors": table}))
    lived = watch(scenario(years=(2020, 2022))).lived[year - 2020]
    offered, surroundings = lived.clearing.offer, lived.clearing.around
    traded = [
        int(np.flatnonzero(lines.neighbour == n)[0]) for n in region.power.corridors.purchases.neighbour
    ]
    contract_mw = surroundings.contract_mw.copy()
    np.add.at(contract_mw, lines.zone[traded], (lines.mw[t] - lines.mw[t - 1])[traded])
    state = ABROAD._replace(
        row=t, water_factor=surroundings.water.water.available_factor.mean(axis=0) / NORMAL
    )
    opened = open_border(region.neighbours, region.power.corridors, state, NO_CONTRACTS)
    left_share = np.maximum(1.0 - lines.mw[t - 1][traded] / region.power.corridors.purchases.room_mw[t], 0.0)
    purchases = opened.purchases._replace(mw=opened.purchases.mw * np.repeat(left_share, BLOCKS, axis=0))
    border_of_year = trade()._replace(purchases=purchases)
    cleared = clear_hours(
        region.power,
        offered,
        surroundings._replace(contract_mw=contract_mw, border=border_of_year),
        np.zeros(P),
    )
    first = offered.rows.size
    for x, line in enumerate(traded):
        blocks = slice(first + x * BLOCKS, first + (x + 1) * BLOCKS)
        extra_gwh = cleared.market.unit_output_by_month_mwh[blocks].sum(axis=0) / 1e3
        was, before = (lines.mw[row, line] * HOURS_IN_MONTH / 1e3 for row in (t, t - 1))
        errors = [float(np.abs(guess - was).mean()) for guess in (before + extra_gwh, before)]
        print(f"{year} {lines.names[line]}: {errors[0]:.0f} GWh a month off, last year's {errors[1]:.0f}")
        assert errors[0] < errors[1]
