"""Neighbours at the border: what blocks of thermal power they sell and buy, at which price and with how much CO2.

A neighbour's load less its own wind, sun and water falls on its thermal plants. What they have left in each part of
their merit order is a block that the region can buy, or whose output it can save. docs/model/neighbours.md.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS, MONTHS
from tanlu.core.outcomes import BorderTrade, StackBlocks
from tanlu.kernels.power.supply_stack import StackOutcome
from tanlu.region.corridors import BorderLines, PowerCorridors
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.neighbours import NeighbourGrids, NeighbourRules

BLOCKS = 6  # a surplus of wind and sun, then equal parts of the thermal merit order
COAL = FUELS.index("coal")
SUN_BY_HALF = np.array([2.0, 0.0])  # of its daily mean, by day and by night


class CarbonAbroad(NamedTuple):
    """What CO2 of the neighbours' plants costs there and at the border, by the province at the line's other end."""

    price_cny_per_tco2: Floats  # [P]
    allowance_cny_per_mwh: Floats  # [P] of free allocation that follows output
    import_charge_cny_per_tco2: Floats  # [P] that the region charges who buys of them
    deducted_share: Floats  # [P] of what the plants pay, taken off that charge


class NeighbourYear(NamedTuple):
    """What moves the neighbours in a year."""

    row: int  # of the year in the pack's arrays
    first_row: int  # of the year whose fuel price their usual price rests on
    coal_price_factor: float  # of the world
    carbon: CarbonAbroad
    coal_tco2_per_gj: float
    variable_om_cny_per_mwh: float
    water_factor: Floats  # [month] of the region's water over that of the usual year
    cooling_factor: float  # of the world


class BorderBlocks(NamedTuple):
    """Blocks that are traded over the border in one direction; axis B = line x block."""

    zone: Integers  # [B]
    mw: Floats  # [B, month] at the region's end of the line
    price_cny_per_mwh: Floats  # [B] asked or bid there
    marginal_tco2_per_mwh: Floats  # [B] of the plants that run more, or less
    official_tco2_per_mwh: Floats  # [B] mean of the sender's grid; 0 of sales
    charge_cny_per_mwh: Floats  # [B] of the price: the charge on its CO2; 0 of sales


class ContractEnergy(NamedTuple):
    """What contracts move over the border in a year."""

    imported_mwh: Floats  # [I, month] by line
    exported_mwh: Floats  # [L, month] by line, as sent
    recallable_mwh: Floats  # [L, month] the part of it that may be kept at home


class ContractCO2(NamedTuple):
    """CO2 of the neighbours' marginal plants that contracts move."""

    imported_tco2: Floats  # [P] that they emit
    avoided_tco2: Floats  # [P] that they do not emit, if nothing is recalled
    recalled_tco2_per_mwh: Floats  # [P] of what is recalled of that


class Border(NamedTuple):
    """What the region can buy and sell at its border in a year."""

    purchases: BorderBlocks
    sales: BorderBlocks
    tco2_per_mwh: Floats  # [N, month] of the neighbours' marginal plants in the mean
    contracts: ContractCO2


class BlockCosts(NamedTuple):
    """What a block costs and emits at home; axes neighbour N, block K."""

    running_cny_per_mwh: Floats  # [N, K] fuel, and operation and maintenance
    price_cny_per_mwh: Floats  # [N, K] at which it sells there, carbon left out
    tco2_per_mwh: Floats  # [K]


def share_in_spell(spell_days: Floats, dry_share: float) -> Floats:
    """Compute the share of what neighbours usually sell that they do: less in months with a dry spell."""
    return np.where(spell_days > 0.0, dry_share, 1.0)


@cache
def block_edges(rules: NeighbourRules) -> Floats:
    """Compute the ends of blocks, as shares of available thermal capacity [BLOCKS]; the first has no lower end."""
    edges = np.linspace(rules.least_output_share, 1.0, BLOCKS)
    edges.setflags(write=False)
    return edges


def thermal_use(neighbours: NeighbourGrids, year: NeighbourYear) -> Floats:
    """Compute the mean load on thermal plants over what is available, [N, month, half of the day]."""
    t, rules = year.row, neighbours.rules
    load = neighbours.load_mw[t] * (1.0 + neighbours.cooling_share * (year.cooling_factor - 1.0))
    water_factor = 1.0 + rules.shared_water_share * (year.water_factor - 1.0)
    steady = load - neighbours.wind_mw[t] - neighbours.hydro_mw[t] * water_factor
    residual = steady[:, :, None] - neighbours.solar_mw[t][:, :, None] * SUN_BY_HALF
    return np.asarray(residual / neighbours.thermal_mw[t][:, None, None])


def block_shares(neighbours: NeighbourGrids, year: NeighbourYear) -> Floats:
    """Compute the share of hours in which each block is the next one, [N, BLOCKS, month].

    Within half a day the load on thermal plants is spread evenly around its mean. In hours in which all plants run
    nothing is left: the shares of a month sum to less than one.
    """
    use, half_width = thermal_use(neighbours, year), neighbours.rules.spread_share
    low = (use - half_width)[..., None]
    below = np.clip((block_edges(neighbours.rules) - low) / (2.0 * half_width), 0.0, 1.0)
    shares = np.diff(below, axis=3, prepend=0.0).mean(axis=2)
    return np.ascontiguousarray(shares.transpose(0, 2, 1))


def block_costs(neighbours: NeighbourGrids, year: NeighbourYear) -> BlockCosts:
    """Compute what the blocks cost and emit at home.

    Thermal power earns its usual price at the fuel price of the first year, less and more by `price_float_share` at the
    ends of the merit order; what it earns above running cost stays as fuel prices change. A surplus of wind and sun
    costs nothing to make.
    """
    rules, t = neighbours.rules, year.row
    middle = np.convolve(block_edges(rules), [0.5, 0.5], mode="valid")
    heat_rate = (
        rules.best_heat_rate_gj_per_mwh
        + (rules.worst_heat_rate_gj_per_mwh - rules.best_heat_rate_gj_per_mwh) * middle
    )
    center, half = (1.0 + rules.least_output_share) / 2.0, (1.0 - rules.least_output_share) / 2.0
    float_share = rules.price_float_share * (middle - center) / half
    fuel = neighbours.fuel_price_cny_per_gj
    usual = neighbours.coal_power_price_cny_per_mwh[year.first_row][:, None]
    rises = fuel[t] * year.coal_price_factor - fuel[year.first_row]
    running = fuel[t][:, None] * year.coal_price_factor * heat_rate + year.variable_om_cny_per_mwh
    nothing = np.zeros((len(usual), 1))
    return BlockCosts(
        running_cny_per_mwh=np.concatenate([nothing, running], axis=1),
        price_cny_per_mwh=np.concatenate(
            [rules.surplus_price_share * usual, usual * (1.0 + float_share) + rises[:, None] * heat_rate],
            axis=1,
        ),
        tco2_per_mwh=np.append(0.0, heat_rate * year.coal_tco2_per_gj),
    )


def _carbon_cost(carbon: CarbonAbroad, zone: Integers, tco2_per_mwh: Floats) -> Floats:
    """Compute what CO2 adds to each block's cost, CNY/MWh [X, BLOCKS]; a surplus needs no allowance."""
    price, allowance = carbon.price_cny_per_tco2[zone], carbon.allowance_cny_per_mwh[zone]
    return np.asarray((price[:, None] * tco2_per_mwh - allowance[:, None]) * (tco2_per_mwh > 0.0))


def _import_charge(carbon: CarbonAbroad, zone: Integers, tco2_per_mwh: Floats, paid: Floats) -> Floats:
    """Compute what is charged on each block's CO2, CNY/MWh [X, BLOCKS].

    What the plants pay there, [X, BLOCKS], is taken off; free allowances beyond their emissions count as nothing paid.
    """
    charge = carbon.import_charge_cny_per_tco2[zone][:, None] * tco2_per_mwh
    deducted = carbon.deducted_share[zone][:, None] * np.maximum(paid, 0.0)
    return np.asarray(np.maximum(charge - deducted, 0.0))


def open_border(
    neighbours: NeighbourGrids,
    lines: PowerCorridors,
    year: NeighbourYear,
    contracts: ContractEnergy,
) -> Border:
    """Compute the blocks that the region can buy and sell in a year."""
    purchases, sales = lines.purchases, lines.sales
    shares, costs = block_shares(neighbours, year), block_costs(neighbours, year)
    tco2 = costs.tco2_per_mwh
    paid = _carbon_cost(year.carbon, purchases.zone, tco2)
    ask = costs.price_cny_per_mwh[purchases.neighbour] + paid
    charge = _import_charge(year.carbon, purchases.zone, tco2, paid)
    arriving = (1.0 - purchases.loss_share)[:, None]
    saved = costs.running_cny_per_mwh[sales.neighbour] + _carbon_cost(year.carbon, sales.zone, tco2)
    kept = (1.0 - sales.loss_share)[:, None]
    bid = saved * kept - sales.charge_cny_per_mwh[:, None]
    wanted = shares[sales.neighbour]
    wanted[:, -1] += 1.0 - wanted.sum(axis=1)  # who has no plant left wants power most
    bought = purchases.room_mw[year.row][:, None] * shares[purchases.neighbour]
    sold = sales.room_mw[year.row][:, None] * wanted * (bid > 0.0)[:, :, None]
    official = np.repeat(purchases.tco2_per_mwh[year.row], BLOCKS)
    mean_tco2 = (shares * tco2[:, None]).sum(axis=1) / np.maximum(shares.sum(axis=1), 1e-9)
    return Border(
        _join(
            purchases,
            bought,
            (np.maximum(ask, 0.0) + charge) / arriving + purchases.charge_cny_per_mwh[:, None],
            tco2 / arriving,
            official,
            charge / arriving,
        ),
        _join(sales, sold, np.maximum(bid, 0.0), tco2 * kept, np.zeros(bid.size), np.zeros(bid.size)),
        mean_tco2,
        _measure_contracts(lines, mean_tco2, contracts, year.carbon.price_cny_per_tco2.size),
    )


def _measure_contracts(
    lines: PowerCorridors, tco2_per_mwh: Floats, contracts: ContractEnergy, provinces: int
) -> ContractCO2:
    """Measure the CO2 that contracts move, at the neighbours' marginal plants [N, month]."""
    sent_tco2 = tco2_per_mwh[lines.export_neighbour] * (1.0 - lines.export_loss_share)[:, None]

    def by_zone(zone: Integers, by_line: Floats) -> Floats:
        return sum_by_group(zone, by_line.sum(axis=1), provinces)

    recallable_mwh = by_zone(lines.export_zone, contracts.recallable_mwh)
    recallable_tco2 = by_zone(lines.export_zone, contracts.recallable_mwh * sent_tco2)
    return ContractCO2(
        imported_tco2=by_zone(
            lines.imports.zone, contracts.imported_mwh * tco2_per_mwh[lines.imports.neighbour]
        ),
        avoided_tco2=by_zone(lines.export_zone, contracts.exported_mwh * sent_tco2),
        recalled_tco2_per_mwh=recallable_tco2 / np.maximum(recallable_mwh, 1e-9),
    )


def _join(
    lines: BorderLines, mw: Floats, price: Floats, tco2: Floats, official: Floats, charge: Floats
) -> BorderBlocks:
    """List the blocks of lines [X, BLOCKS, ...] one after the other [B, ...]."""
    return BorderBlocks(
        zone=np.repeat(lines.zone, BLOCKS),
        mw=np.ascontiguousarray(mw.reshape(-1, MONTHS)),
        price_cny_per_mwh=price.ravel(),
        marginal_tco2_per_mwh=tco2.ravel(),
        official_tco2_per_mwh=official,
        charge_cny_per_mwh=charge.ravel(),
    )


def sum_trade(border: Border, blocks: StackBlocks, called_mwh: Floats, stack: StackOutcome) -> BorderTrade:
    """Sum what neighbours sold and bought in a year, with its CO2.

    Args:
        border: of the year.
        blocks: of the supply stack.
        called_mwh: of the supply stack. What is called of a sale is not sent.
        stack: the same summed by zone.
    """
    bought, sold, zones = border.purchases, border.sales, stack.imported_mwh.size
    bought_mwh, recalled_mwh = called_mwh[blocks.purchases], called_mwh[blocks.recall]
    sold_mwh = (sold.mw * HOURS_IN_MONTH).sum(axis=1) - called_mwh[blocks.sales]
    contracts = border.contracts
    return BorderTrade(
        bought_mwh=stack.imported_mwh,
        bought_cny=stack.imported_cny,
        charge_cny=sum_by_group(bought.zone, bought_mwh * bought.charge_cny_per_mwh, zones),
        bought_official_tco2=sum_by_group(bought.zone, bought_mwh * bought.official_tco2_per_mwh, zones),
        bought_tco2=sum_by_group(bought.zone, bought_mwh * bought.marginal_tco2_per_mwh, zones),
        sold_mwh=sum_by_group(sold.zone, sold_mwh, zones),
        sold_cny=sum_by_group(sold.zone, sold_mwh * sold.price_cny_per_mwh, zones),
        sold_avoided_tco2=sum_by_group(sold.zone, sold_mwh * sold.marginal_tco2_per_mwh, zones),
        contract_tco2=contracts.imported_tco2,
        contract_avoided_tco2=contracts.avoided_tco2 - recalled_mwh * contracts.recalled_tco2_per_mwh,
    )
