"""Tariffs: what the year's electricity cost each class of customers."""

import numpy as np

from model.markets.tariffs import Tariffs, set_tariffs
from model.region import Region
from model.region_demand import INDUSTRY_PARTS
from model.signals import PARTS, Floats
from model.steps.demand import Demand
from model.tables import year_index
from model.units import HOURS_PER_YEAR

INDUSTRY = [PARTS.index(part) for part in INDUSTRY_PARTS]


def bill(
    *,
    year: int,
    region: Region,
    demand: Demand,
    price_cny_per_mwh: Floats,
    load_cny: Floats,
    system_cny: Floats,
) -> Tariffs:
    """Return the tariffs of the year (MODEL.md, tariffs).

    Args:
        year: the year.
        region: the pack.
        demand: who used how much.
        price_cny_per_mwh: wholesale, [P, month, day type, hour].
        load_cny: the whole load at these prices, [P].
        system_cny: capacity payments, premiums and compensation paid to plants of the province, [P].
    """
    share = region.tariffs.part_share
    cost = part_cost(region, demand, price_cny_per_mwh, load_cny)
    return set_tariffs(
        region.tariffs,
        row=year_index(year),
        sold_mwh=_by_class(demand.parts_mwh, share),
        purchase_cny=_by_class(cost, share),
        system_cny=system_cny,
    )


def part_cost(region: Region, demand: Demand, price_cny_per_mwh: Floats, load_cny: Floats) -> Floats:
    """Return what each part of demand costs at the hours' prices, CNY [Q, P].

    Industry bears what the others leave of the whole load's cost, as its hours are what they leave of the load.
    """
    weighted = price_cny_per_mwh * region.power.day_weight[:, :, None]
    mean = (region.demand.shape * weighted).sum(axis=(2, 3, 4)) / HOURS_PER_YEAR
    cost = mean * demand.parts_mwh  # no hours of industry are in it
    industry = demand.parts_mwh[INDUSTRY]
    left = load_cny - cost.sum(axis=0)
    cost[INDUSTRY] = left * industry / np.maximum(industry.sum(axis=0), 1e-9)
    return np.asarray(cost)


def _by_class(part: Floats, share: Floats) -> Floats:
    """Return the sum over parts of demand [Q, P] by class of customers [P, K]."""
    return np.asarray((part[:, :, None] * share[:, None, :]).sum(axis=0))
