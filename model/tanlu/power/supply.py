"""What surrounds the region's plants in a year, what stays online, and what the market can call up."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.core.outcomes import MeritUnits
from tanlu.kernels.power.commitment import CommitLoad, Commitment, CommitUnits, FlexibleOutput, commit
from tanlu.kernels.power.hours import HourlyLoad
from tanlu.kernels.power.supply_stack import (
    Neighbours,
    Rivers,
    Shedding,
    SupplyStack,
    SurplusExports,
    stack_supply,
)
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.water import RIVER, WaterYear
from tanlu.region.corridors import PowerCorridors
from tanlu.region.power import PowerData


class ShortageRules(NamedTuple):
    """Who is cut where power is short, and what such hours cost."""

    industrial_share: Floats  # [P] of the mean load, cut first
    industrial_price_cny_per_mwh: float  # that the market weighs it with
    firm_price_cny_per_mwh: float  # the same of other load: value of lost load
    price_cap_cny_per_mwh: float  # that is paid where no offer asks more


class PowerYear(NamedTuple):
    """What surrounds the region's plants in a year."""

    load_mwh: Floats  # [P] whole year
    load_shape: Floats  # [P, month, day type, hour] of the annual mean
    day_weight: Floats  # [month, day type] days
    water: WaterYear
    weather: Floats  # [P, RENEWABLE_FUELS] wind and sun over those of the mean year
    contract_mw: Floats  # [P, month] net contracted export out of the region
    internal_mw: Floats  # [month] contracted flow from the first to the second province
    line_mw: Floats  # [month] usable between the provinces
    line_loss_share: float  # of what flows between them
    neighbour_mw: Floats  # [N, month]
    surplus_mw: Floats  # [X, month]
    recallable_mw: (
        Floats  # [P, month] of `contract_mw`, kept at home above the price at which neighbours sell
    )
    recall_price_cny_per_mwh: float
    shortage: ShortageRules
    wheeling_cost_cny_per_mwh: float
    reserve_share: float  # of the month's peak load, online beyond the highest hour
    least_online_share: float  # of units that are kept online by the month


def supply_stack(
    data: PowerData,
    offer: PowerOffer,
    year: PowerYear,
    hours: HourlyLoad,
    online: Commitment,
    river_mw: Floats,
) -> SupplyStack:
    """Return what the market calls up; units offer what they have above their least output.

    Run-of-river plants refuse a price below what a MWh costs them. Small hydro feeds county grids and is not
    dispatched; wind and sun vary by the hour and pay nothing by the MWh.
    """
    corridors, zone, short = data.corridors, data.corridors.surplus_zone, year.shortage
    recall_price = np.full(P, year.recall_price_cny_per_mwh)
    called: SupplyStack = stack_supply(
        units=SupplyStack(offer.zone, offer.capacity_mw, offer.cost_cny_per_mwh, online.availability),
        neighbours=Neighbours(
            corridors.neighbour_zone, year.neighbour_mw, corridors.neighbour_price_cny_per_mwh
        ),
        exports=SurplusExports(
            zone=np.concatenate([zone, np.arange(P)]),
            capacity_mw=np.concatenate([year.surplus_mw, year.recallable_mw]),
            price_cny_per_mwh=np.concatenate([corridors.surplus_price_cny_per_mwh, recall_price]),
        ),
        shedding=Shedding(short.industrial_share, hours.load_mw, short.industrial_price_cny_per_mwh),
        rivers=Rivers(river_mw, np.full(P, data.technologies.by_fuel.variable_om_cny_per_mwh[RIVER])),
    )
    return called


def merit_units(offer: PowerOffer, corridors: PowerCorridors, called: SupplyStack) -> MeritUnits:
    """Return what stands in the merit order, rivers left out."""
    return MeritUnits(
        zone=called.zone[:-P],
        capacity_mw=called.capacity_mw[:-P],
        cost_cny_per_mwh=called.cost_cny_per_mwh[:-P],
        availability=called.availability[:-P],
        rows=offer.rows,
        neighbours=corridors.neighbour_zone.size,
        exports=corridors.surplus_zone.size + P,
    )


def keep_online(
    data: PowerData,
    asked: tuple[PowerOffer, Floats],
    year: PowerYear,
    hours: HourlyLoad,
    flexible: FlexibleOutput,
    river_mw: Floats,
) -> Commitment:
    """Return the months' plans of what stays online.

    Args:
        data: of the region.
        asked: what units offer, and the share of its plan's hours in which each is online [U].
        year: what surrounds the plants.
        hours: before the market.
        flexible: water and stores.
        river_mw: run-of-river, [P, month].
    """
    offer, online_share = asked
    online: Commitment = commit(
        units=CommitUnits(
            zone=offer.zone,
            capacity_mw=offer.capacity_mw,
            availability=offer.availability,
            minimum_load_share=offer.minimum_load_share,
            online_share=online_share,
            order=np.argsort(offer.cost_cny_per_mwh, kind="stable"),
        ),
        load=CommitLoad(hours.load_mw, hours.net_load_mw, hours.offered_mw, river_mw),
        day_weight=year.day_weight,
        flexible=flexible,
        line_mw=year.line_mw,
        internal_mw=year.internal_mw,
        reserve_share=year.reserve_share,
        least_online_share=year.least_online_share,
    )
    return online
