"""Carbon revenue: what carbon prices and allowances bring in a year, and what governments give back of it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR, P, S
from tanlu.core.schedules import RevenueSchedule
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator
from tanlu.industry.facilities import Industry
from tanlu.markets.carbon import CarbonOutcome
from tanlu.markets.co2 import places
from tanlu.markets.production import Operation
from tanlu.power.plants import PowerPlants
from tanlu.transport.vehicles import FleetYear, Vehicles

PER_HEAD, LOWER_SURCHARGES, BY_OUTPUT = "carbon_dividend", "lower_surcharges", "refund_by_output"
INTO_FUND = "paid_into_green_fund"


class Returned(NamedTuple):
    """What governments give back of the year's carbon revenue, CNY of 2020."""

    per_head_cny: Floats  # [P] to households
    surcharge_cny: Floats  # [P] offered to lower surcharges
    output_cny: Floats  # to power units and then facilities and blocks, [N]; of blocks 0
    by_output_cny: Floats  # [P] all of that
    green_fund_cny: Floats  # [P] into the green fund


class GivenBack(NamedTuple):
    """What of it reached whom."""

    returned: Returned
    relief_cny: Floats  # [P] by which surcharges fell

    @property
    def by_use_cny(self) -> Mapping[str, Floats]:
        """What each province gave back by use, CNY [P]."""
        returned = self.returned
        return {
            PER_HEAD: returned.per_head_cny,
            LOWER_SURCHARGES: self.relief_cny,
            BY_OUTPUT: returned.by_output_cny,
            INTO_FUND: returned.green_fund_cny,
        }


def book_given_back(regulators: Mapping[str, Regulator], by_use_cny: Mapping[str, Floats]) -> None:
    """Book with each province what it gives back."""
    for use, amounts in by_use_cny.items():
        for regulator, amount in zip(list(regulators.values())[1:], amounts.tolist(), strict=True):
            if amount > 0.0:
                regulator.spend(use, amount)


def return_revenue(
    signals: Signals,
    plants: PowerPlants,
    industry: Industry,
    vehicles: Vehicles,
    operation: Operation,
    fleet: FleetYear,
    carbon: CarbonOutcome,
) -> Returned:
    """Share out what the year's carbon revenue is for (docs/model/policies.md)."""
    use, n = signals.policy.revenue, len(plants) + len(industry)
    if not any(share.any() for share in use.given_shares):
        return Returned(np.zeros(P), np.zeros(P), np.zeros(n), np.zeros(P), np.zeros(P))
    per_head, surcharge, output, fund = within_one(use)
    province, sector = places(plants, industry)
    paid = fixed_price_cny(signals, operation, plants, industry)
    on_road = signals.policy.carbon.price_cny_per_tco2[vehicles.province, SECTOR["transport"]]
    revenue = sum_by_group(province, paid, P) + carbon.auction_revenue_cny
    revenue = revenue + sum_by_group(vehicles.province, on_road * fleet.emitted_tco2, P)
    made = np.concatenate([operation.plants.output_mwh, operation.made.output * ~industry.is_block])
    sells = np.concatenate([np.ones(len(plants)), np.where(industry.is_block, 0.0, 1.0)])
    group = province * S + sector
    pool, total = sum_by_group(group, paid * sells, P * S), sum_by_group(group, made, P * S)
    each = np.divide(pool, total, out=np.zeros(P * S), where=total > 0.0)
    refund = output[province] * each[group] * made
    by_output = sum_by_group(province, refund, P)
    return Returned(per_head * revenue, surcharge * revenue, refund, by_output, fund * revenue)


def within_one(use: RevenueSchedule) -> tuple[Floats, ...]:
    """Return the shares of a year by use, each its part of 1 where together they are more [P]."""
    scale = np.maximum(sum(use.given_shares), 1.0)
    return tuple(share / scale for share in use.given_shares)


def fixed_price_cny(
    signals: Signals, operation: Operation, plants: PowerPlants, industry: Industry
) -> Floats:
    """Return what power units and then facilities and blocks pay as a fixed carbon price, CNY [N].

    Blocks pay through their consumers. Captured CO2 that came back to the air is charged as any other.
    """
    emitted = np.concatenate([operation.plants.emitted_tco2, operation.made.emitted_tco2.sum(axis=1)])
    emitted = emitted + operation.co2.returned_tco2
    return np.asarray(emitted * signals.policy.carbon.price_cny_per_tco2[places(plants, industry)])
