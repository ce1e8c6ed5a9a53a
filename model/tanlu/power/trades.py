"""Trades of added agents in electricity: what they offer to a year's market.

A load with a bid is served where the last MWh costs no more than the bid: min cost x output - bid x load. The same
answer comes from load that always stands and a unit of its size at the bid, whose output is the load not served. So the
market needs nothing new.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import DAY_TYPES, HOURS, MONTHS


class Load(NamedTuple):
    """Electricity that an agent takes in a province."""

    province: str
    mw: Floats  # [month, day type, hour]; [month] with a bid: the most that is taken
    bid_cny_per_mwh: float = math.inf  # most it pays at an hour's price; infinite: it is firm load
    customer_class: str = "industrial"  # of the electricity tariff, whose grid charge it pays
    direct_connection: bool = False  # to a plant or the high-voltage grid: it pays no grid charge


class Supply(NamedTuple):
    """Electricity that an agent gives in a province."""

    province: str
    mw: Floats  # [month] the most that is given
    cost_cny_per_mwh: float  # without what CO2 costs
    co2_t_per_mwh: float = 0.0
    carrier: str = "gas"  # that emits this CO2


class FirmLoads(NamedTuple):
    """Loads that are served as those of all customers; axis A."""

    kind: Integers  # [A] whose it is
    zone: Integers  # [A]
    mw: Floats  # [A, month, day type, hour]
    grid_charge_cny_per_mwh: Floats  # [A]


class LoadBids(NamedTuple):
    """Loads that are served while power costs no more than they pay; axis B."""

    kind: Integers  # [B]
    zone: Integers  # [B]
    mw: Floats  # [B, month]
    bid_cny_per_mwh: Floats  # [B]
    grid_charge_cny_per_mwh: Floats  # [B]


class AddedSupplies(NamedTuple):
    """Supplies of added agents; axis G."""

    kind: Integers  # [G]
    zone: Integers  # [G]
    mw: Floats  # [G, month]
    cost_cny_per_mwh: Floats  # [G] what CO2 costs included
    carbon_cny_per_mwh: Floats  # [G] of that
    tco2_per_mwh: Floats  # [G]
    carrier: Integers  # [G]


class TradeOffers(NamedTuple):
    """What added agents offer to a year's electricity market."""

    kinds: tuple[str, ...]  # who was asked, in alphabetical order
    firm: FirmLoads
    bids: LoadBids
    supplies: AddedSupplies

    @classmethod
    @cache
    def nothing(cls) -> "TradeOffers":
        """Return offers of nobody."""
        no_one, no_sum = np.zeros(0, np.int64), np.zeros(0)
        by_month = np.zeros((0, MONTHS))
        return cls(
            (),
            FirmLoads(no_one, no_one, np.zeros((0, MONTHS, DAY_TYPES, HOURS)), no_sum),
            LoadBids(no_one, no_one, by_month, no_sum, no_sum),
            AddedSupplies(no_one, no_one, by_month, no_sum, no_sum, no_sum, no_one),
        )
