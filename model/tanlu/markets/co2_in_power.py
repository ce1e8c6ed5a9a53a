"""What CO2 adds to the cost of electricity: to the hours' prices, and to other pay of plants."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.core.outcomes import PowerOutcome, sum_trades
from tanlu.core.signals import Signals
from tanlu.kernels.power.settlement import settle_units
from tanlu.kernels.power.units import PlantAccounts, PowerOffer
from tanlu.power.cleared_year import online_units
from tanlu.power.plants import PowerPlants

ELECTRICITY = SECTOR["electricity"]


class CO2InPower(NamedTuple):
    """What CO2 adds to the cost of a year's electricity; axis P."""

    price_cny_per_mwh: Floats  # [P, month, day type, hour] wholesale
    load_cny: Floats  # of the whole load at these prices
    system_cny: Floats  # of other pay of plants; below zero where contracts hold prices down


def measure_co2_in_power(
    signals: Signals, power: PowerOutcome, plants: PowerPlants, accounts: PlantAccounts
) -> CO2InPower:
    """Measure what CO2 adds to the cost of electricity (docs/model/demand.md).

    Plants, load and what is kept online stay as they are. Customers do not bear what contracts keep from them:
    contracts for difference give it back, and those of hydropower as far as they lie below the hours' prices.
    """
    price, provinces = power.prices.price_cny_per_mwh, len(power.load_mwh)
    is_priced = signals.carbon.carbon_cost_cny_per_tco2[:, ELECTRICITY].any()
    if not (is_priced or power.border.charge_cny.any()):
        return CO2InPower(np.zeros_like(price), *np.zeros((2, provinces)))
    exempt = plants.offer(signals._replace(carbon=signals.carbon.waive()), signals.year)
    in_price = split_off_co2(price, *_list_offers(signals, power, exempt))
    load_mwh = power.hours.load_mw * power.hours.day_weight[:, :, None]
    by_month = (in_price * load_mwh).sum(axis=(2, 3))
    load_cny = by_month.sum(axis=1)
    hedge_mwh = plants.contracted_share * (signals.year < plants.contract_end_year) * accounts.output_mwh
    mean = load_cny / np.maximum(power.load_mwh, 1e-9)
    difference_cny = sum_by_group(plants.province, hedge_mwh, provinces) * mean
    hydro = power.hydro_sales
    margin_cny = np.maximum(hydro.worth_cny - hydro.paid_cny, 0.0)
    in_month = by_month / np.maximum(load_mwh.sum(axis=(2, 3)), 1e-9)
    rebate_cny = np.minimum(in_month * hydro.sold_mwh, margin_cny).sum(axis=1)
    if power.trades:  # added agents bear their own
        firm_mwh = sum_trades(power.trades).firm_mwh
        load_cny = load_cny * (1.0 - firm_mwh / np.maximum(power.load_mwh, 1e-9))
    uplift_cny = _measure_uplift(power, exempt, price - in_price)
    return CO2InPower(in_price, load_cny, uplift_cny - difference_cny - rebate_cny)


def split_off_co2(
    price_cny_per_mwh: Floats, capacity_mw: Floats, cost_cny_per_mwh: Floats, exempt_cny_per_mwh: Floats
) -> Floats:
    """Compute what CO2 adds to hourly prices, CNY/MWh in their shape.

    As much capacity that asks no more than an hour's price is called in the order of costs without CO2, and the hour
    would have the price of the last of it. Between two costs, and below all, the line between them holds; a price above
    all costs holds what CO2 adds to the dearest.

    Args:
        price_cny_per_mwh: of hours, any shape.
        capacity_mw: of what is offered, above zero, [U].
        cost_cny_per_mwh: for a MWh, [U].
        exempt_cny_per_mwh: what would be asked if CO2 cost nothing, [U].
    """
    (cost, stack_mw), (exempt, exempt_mw) = (
        _stack_costs(values, capacity_mw) for values in (cost_cny_per_mwh, exempt_cny_per_mwh)
    )
    price = np.minimum(price_cny_per_mwh, cost[-1])
    return price - np.interp(np.interp(price, cost, stack_mw), exempt_mw, exempt)


def _stack_costs(cost_cny_per_mwh: Floats, capacity_mw: Floats) -> tuple[Floats, Floats]:
    """Stack costs in their order from nothing; return them with the capacity up to each."""
    order = np.argsort(cost_cny_per_mwh, kind="stable")
    cost, capacity = (np.concatenate([[0.0], values[order]]) for values in (cost_cny_per_mwh, capacity_mw))
    return cost, capacity.cumsum()


def _list_offers(signals: Signals, power: PowerOutcome, exempt: PowerOffer) -> tuple[Floats, Floats, Floats]:
    """List capacity, MW, what it asks, and what it would ask if CO2 cost nothing, CNY/MWh [units and purchases].

    What neighbours sell holds the CO2 of the mean MWh bought.
    """
    stack, border, abroad = power.hours.units, power.border, signals.neighbours
    blocks, bought_mwh = stack.blocks, np.maximum(border.bought_mwh, 1.0)
    allowance = (
        border.bought_tco2 / bought_mwh * abroad.carbon_price_cny_per_tco2 - abroad.allowance_cny_per_mwh
    )
    in_purchase = np.maximum(allowance, 0.0) + border.charge_cny / bought_mwh
    in_offer = power.offer.cost_cny_per_mwh - exempt.cost_cny_per_mwh
    in_cost = np.concatenate([in_offer, in_purchase[stack.zone[blocks.purchases]]])
    rows = slice(blocks.purchases.stop)
    cost = stack.cost_cny_per_mwh[rows]
    capacity_mw = stack.capacity_mw[rows] * stack.availability[rows].mean(axis=1)
    is_there = capacity_mw > 0.0
    return capacity_mw[is_there], cost[is_there], np.maximum(cost - in_cost, 0.0)[is_there]


def _measure_uplift(power: PowerOutcome, exempt: PowerOffer, exempt_price_cny_per_mwh: Floats) -> Floats:
    """Measure what CO2 adds to the pay for staying online, CNY [P].

    The pay is taken in the proportion in which it would fall for units that sell nothing beyond their least output.
    """
    floor_mw, day_weight = power.hours.floor_mw, power.hours.day_weight
    least_share = power.offer.minimum_load_share[:, None]
    online_mw = np.divide(floor_mw, least_share, out=np.zeros_like(floor_mw), where=least_share > 0.0)
    sales_mwh = np.zeros_like(floor_mw)
    uplift, exempt_uplift = (
        settle_units(
            units=online_units(offer, floor_mw),
            online_mw=online_mw,
            sold_mwh=sales_mwh,
            sold_cny=np.zeros(len(sales_mwh)),
            price_cny_per_mwh=price,
            day_weight=day_weight,
        ).uplift_cny
        for offer, price in (
            (power.offer, power.prices.price_cny_per_mwh),
            (exempt, exempt_price_cny_per_mwh),
        )
    )
    share = np.divide(exempt_uplift, uplift, out=np.ones_like(uplift), where=uplift > 0.0)
    return np.asarray(power.units.uplift_cny * (1.0 - share))
