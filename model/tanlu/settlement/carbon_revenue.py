"""Carbon revenue: what carbon prices and allowances bring in a year, and what governments give back of it."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR, S
from tanlu.core.schedules import RevenueSchedule
from tanlu.core.signals import Signals
from tanlu.industry.facilities import Industry
from tanlu.markets.carbon import CarbonOutcome
from tanlu.markets.co2 import locate_emitters
from tanlu.markets.production import Operation
from tanlu.power.plants import PowerPlants
from tanlu.transport.vehicles import FleetYear, Vehicles


class ReturnedRevenue(NamedTuple):
    """What governments give back of the year's carbon revenue, CNY of 2020."""

    per_head_cny: Floats  # [P] to households
    surcharge_cny: Floats  # [P] offered to lower surcharges
    output_cny: Floats  # to power units and then facilities and blocks, [N]; of blocks 0
    green_fund_cny: Floats  # [P] into the green fund


class RevenueRecycling(NamedTuple):
    """Carbon revenue that was given back."""

    returned: ReturnedRevenue
    relief_cny: Floats  # [P] by which surcharges fell


def return_revenue(
    signals: Signals,
    plants: PowerPlants,
    industry: Industry,
    vehicles: Vehicles,
    operation: Operation,
    fleet: FleetYear,
    carbon: CarbonOutcome,
) -> ReturnedRevenue:
    """Share out the year's carbon revenue by use (docs/model/policies.md)."""
    use, n = signals.policy.revenue, len(plants) + len(industry)
    provinces = use.per_head_share.size
    if not any(share.any() for share in use.use_shares):
        nothing = np.zeros(provinces)
        return ReturnedRevenue(nothing, nothing, np.zeros(n), nothing)
    per_head, surcharge, output, fund = scale_shares(use)
    province, sector = locate_emitters(plants, industry)
    payment = fixed_price_cny(signals, operation, plants, industry)
    on_road = signals.policy.carbon.price_cny_per_tco2[vehicles.province, SECTOR["transport"]]
    revenue = sum_by_group(province, payment, provinces) + carbon.auction_revenue_cny
    revenue = revenue + sum_by_group(vehicles.province, on_road * fleet.emitted_tco2, provinces)
    quantity = np.concatenate([operation.plants.output_mwh, operation.production.output * ~industry.is_block])
    sells = np.concatenate([np.ones(len(plants)), np.where(industry.is_block, 0.0, 1.0)])
    group = province * S + sector
    pool, total = (sum_by_group(group, amount, provinces * S) for amount in (payment * sells, quantity))
    rate = np.divide(pool, total, out=np.zeros(total.size), where=total > 0.0)
    refund = output[province] * rate[group] * quantity
    return ReturnedRevenue(per_head * revenue, surcharge * revenue, refund, fund * revenue)


def scale_shares(use: RevenueSchedule) -> tuple[Floats, ...]:
    """Scale shares by use [P] to 1 where they exceed it."""
    scale = np.maximum(sum(use.use_shares), 1.0)
    return tuple(share / scale for share in use.use_shares)


def fixed_price_cny(
    signals: Signals, operation: Operation, plants: PowerPlants, industry: Industry
) -> Floats:
    """Compute the fixed carbon price that emitters pay, CNY [N].

    Power units come first, then facilities and blocks. Blocks pay through their consumers. Captured CO2 that came back
    to the air is charged as any other.
    """
    emissions = np.concatenate([operation.plants.emitted_tco2, operation.production.emitted_tco2.sum(axis=1)])
    emissions = emissions + operation.co2.returned_tco2
    return np.asarray(emissions * signals.policy.carbon.price_cny_per_tco2[locate_emitters(plants, industry)])
