"""What hydropower that stays in its province is sold for: by contract, agreed before the month's water is known."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.outcomes import HydroSales
from tanlu.kernels.power.commitment import Commitment
from tanlu.kernels.power.contracts import (
    WaterOffers,
    WaterSales,
    mean_worth,
    stoppable_units,
    sum_water_sales,
)
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.hours import HourlyLoad
from tanlu.kernels.power.supply_stack import SupplyStack
from tanlu.kernels.power.units import PowerOffer


class Prospect(NamedTuple):
    """What sellers and buyers of water weigh: the market's offers, and the water that other years brought."""

    offers: SupplyStack  # rivers among them
    units_mw: Floats  # [P, month, day type, hour] called of the offers
    surplus_mw: Floats  # [P, month, day type, hour] curtailed of that
    # [P, month] output of units that are online for this year's water and would not be for more
    stoppable_mw: Floats
    stoppable_cost_cny_per_mwh: Floats  # [P] of the cheapest of them
    water_mw: Floats  # [K, P, month] mean output that each year K had more than this one
    scarcity_price_cny_per_mwh: float


def stoppable(offer: PowerOffer, online: Commitment, least_share: float) -> tuple[Floats, Floats]:
    """Compute output that could stop, MW [P, month], and its least cost [P].

    It is what units must give beyond the least that is always online.
    """
    answer: tuple[Floats, Floats] = stoppable_units(
        unit_zone=offer.zone,
        unit_capacity_mw=offer.capacity_mw,
        unit_cost_cny_per_mwh=offer.cost_cny_per_mwh,
        unit_availability=offer.availability,
        minimum_load_share=offer.minimum_load_share,
        floor_mw=online.floor_by_zone_mw,
        least_online_share=least_share,
    )
    return answer


def sell_hydro(
    *,
    cap_cny_per_mwh: Floats,
    hours: HourlyLoad,
    river_mw: Floats,
    cleared: Dispatch,
    day_weight: Floats,
    prospect: Prospect,
) -> HydroSales:
    """Sell water in its own province at the month's agreed price.

    The price is never above the season's cap. Where an exchange caps the contracts of hydropower, water is sold before
    it falls. Its price is the mean, over the years that the water may be like, of what it would be worth in each, so
    that months which may bring a surplus are cheap though this one does not, and the other way round. Without a cap it
    earns the hour's price. What leaves the province by contract is sold elsewhere, the rest to its load.

    Args:
        cap_cny_per_mwh: [P, month], inf without a rule.
        hours: load, and what leaves the province by contract.
        river_mw: run-of-river before curtailment, [P, month].
        cleared: the year's hours, rivers not among its units.
        day_weight: days of each type, [month, day type].
        prospect: what the water is worth in other years.
    """
    water: WaterSales = sum_water_sales(
        river_mw=river_mw,
        reservoir_mw=cleared.reservoir_mw,
        surplus_mw=cleared.surplus_mw,
        committed_mw=hours.committed_mw,
        load_mw=hours.load_mw,
        price_cny_per_mwh=cleared.price_cny_per_mwh,
        day_weight=day_weight,
    )
    contract_cny = agree_prices(cap_cny_per_mwh, water.by_hour_mwh, prospect) * water.sold_mwh
    payment_cny = np.where(np.isfinite(cap_cny_per_mwh), contract_cny, water.worth_cny)
    return HydroSales(
        water.sold_mwh, water.worth_cny, payment_cny, (water.worth_cny - payment_cny).sum(axis=1)
    )


def agree_prices(cap_cny_per_mwh: Floats, sold_mwh: Floats, prospect: Prospect) -> Floats:
    """Compute the agreed price of water by month, CNY/MWh [P, month].

    It is the mean worth of water over the years it may be like, each hour's under the cap. More water takes the place
    of what the market called up last, and then of units that need not be online; its worth is the cost of what is left
    to replace. Lines to other provinces are taken as they are used.

    Args:
        cap_cny_per_mwh: [P, month]; 0 is returned where it is inf.
        sold_mwh: what weighs the hours, [P, month, day type, hour].
        prospect: offers and water.
    """
    offers = prospect.offers
    price: Floats = mean_worth(
        offers=WaterOffers(*offers, prospect.stoppable_mw, prospect.stoppable_cost_cny_per_mwh),
        units_mw=prospect.units_mw,
        surplus_mw=prospect.surplus_mw,
        water_mw=prospect.water_mw,
        sold_mwh=sold_mwh,
        cap_cny_per_mwh=cap_cny_per_mwh,
        scarcity_price_cny_per_mwh=prospect.scarcity_price_cny_per_mwh,
    )
    return price
