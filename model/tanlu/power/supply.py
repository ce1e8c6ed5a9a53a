"""What surrounds the region's plants in a year, what stays online, what the market can call up, and who must stop."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS, RENEWABLE_FUELS, STORAGE_FUELS
from tanlu.core.days import TYPICAL
from tanlu.core.outcomes import MeritUnits, StackBlocks
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.kernels.power.commitment import (
    CommitLines,
    CommitLoad,
    Commitment,
    CommitUnits,
    FlexibleOutput,
    commit_units,
)
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.hours import Exchange, HourlyLoad, NaturalPower, hourly_load
from tanlu.kernels.power.stores import StorePool, pool_stores
from tanlu.kernels.power.supply_stack import (
    Neighbours,
    Rivers,
    Shedding,
    SupplyStack,
    SurplusExports,
    stack_supply,
)
from tanlu.kernels.power.units import PowerOffer
from tanlu.kernels.power.water_values import WaterMarket
from tanlu.power.market import MarketYear
from tanlu.power.neighbours import Border
from tanlu.power.trades import TradeOffers
from tanlu.power.water import (
    RIVER,
    ReservoirMarket,
    Reservoirs,
    WaterYear,
    inflow_mwh,
    operate_reservoirs,
    repeat_record,
    river_mw,
    turbine_mw,
)
from tanlu.region.power import PowerData

SMALL = FUELS.index("small_hydro")
RENEWABLE = [FUELS.index(f) for f in RENEWABLE_FUELS]
STORES = np.array([FUELS.index(f) for f in STORAGE_FUELS])
LEAST_DAY_OFF_MW = 1.0  # below it nobody is told to stop


class ShortageRules(NamedTuple):
    """Who is cut where power is short, and what such hours cost."""

    industrial_share: Floats  # [P] of the mean load, cut first
    industrial_price_cny_per_mwh: float  # that the market weighs it with
    firm_price_cny_per_mwh: float  # the same of other load: value of lost load
    price_cap_cny_per_mwh: float  # that is paid where no offer asks more


class SeasonalLoad(NamedTuple):
    """Load for cooling and for heating, and how much of it years of the past would ask for."""

    mw: Floats  # [2, P, month, day type, hour]
    factor: Floats  # [K, 2, P] of the years whose mean is the normal water, over the usual year


class FirmSupply(NamedTuple):
    """What counts as there when power is short, and how much shortage is accepted."""

    accepted_hours: float  # of shortage in a year, in the mean of water years and outages
    largest_unit_mw: float  # beyond which a row of the fleet stands for several that fail one by one
    neighbour_share_in_dry_spell: float  # of what neighbours usually sell
    neighbours_mw: Floats  # [P, month] that they usually sell
    burner_share: Floats  # [P, BURNING, month] of new coal and gas, what is there in the mean of outages
    seasons: SeasonalLoad
    start_mw: Floats  # [P] where the search for missing capacity begins


class PowerYear(NamedTuple):
    """What surrounds the region's plants in a year."""

    load_mwh: Floats  # [P] whole year
    load_shape: Floats  # [P, month, day type, hour] of the annual mean
    day_weight: Floats  # [month, day type] days
    water: WaterYear
    usual: "PowerYear | None"  # what is expected of months to come; None: this year, as in an observed one
    weather: Floats  # [P, RENEWABLE_FUELS] wind and sun over those of the mean year
    contract_mw: Floats  # [P, month] net contracted export out of the region
    line_zones: Integers  # [L, 2] provinces at the ends of each line
    internal_mw: Floats  # [L, month] contracted flow from the first end to the second
    line_mw: Floats  # [L, month] usable either way
    line_loss_share: Floats  # [L] of what flows
    border: Border  # what neighbours sell and buy by price
    recallable_mw: (
        Floats  # [P, month] of `contract_mw`, kept at home above the price at which neighbours sell
    )
    recall_price_cny_per_mwh: float
    shortage: ShortageRules
    wheeling_cost_cny_per_mwh: Floats  # [L]
    firm_supply: FirmSupply
    reserve_share: float  # of the month's peak load, online beyond the highest hour
    least_online_share: float  # of units that are kept online by the month
    trades: TradeOffers  # of added agents; firm load is in `load_mwh` too
    unit_availability: Floats | None = None  # [U, month] of a usual year; None: as units offer it


class BeforeMarket(NamedTuple):
    """What a year has before its market, whatever units ask."""

    exchange: Exchange
    hours: HourlyLoad
    river_mw: Floats  # [Z, month] run-of-river
    reservoirs: Reservoirs
    stores: StorePool


def prepare_market(data: PowerData, year: PowerYear, offer: PowerOffer) -> BeforeMarket:
    """Prepare a year's market as far as offers do not matter."""
    capacity, stores = offer.capacity_by_fuel_mw, data.technologies.by_fuel
    hours, river = _sum_hours(data, year, offer), river_mw(data.hydrology, capacity, year.water)
    pool: StorePool = pool_stores(capacity, STORES, stores.storage_hours, stores.storage_efficiency)
    if year.water.observed:
        reservoirs = repeat_record(data.hydrology, capacity, year.water)
    else:
        this_year = usual_year = _ask_for_water(data, year, offer, hours, pool)
        if year.usual is not None and not year.water.has_table:
            usual_offer = offer
            if year.usual.unit_availability is not None:
                usual_offer = offer._replace(availability=year.usual.unit_availability)
            usual_hours = _sum_hours(data, year.usual, usual_offer)
            usual_year = _ask_for_water(data, year.usual, usual_offer, usual_hours, pool)
        highest = year.shortage.firm_price_cny_per_mwh
        reservoirs = operate_reservoirs(data.hydrology, capacity, year.water, this_year, usual_year, highest)
    return BeforeMarket(_read_exchange(year), hours, river, reservoirs, pool)


def _sum_hours(data: PowerData, year: PowerYear, offer: PowerOffer) -> HourlyLoad:
    """Sum what stands before the market, hour by hour."""
    capacity = offer.capacity_by_fuel_mw
    hours: HourlyLoad = hourly_load(
        load_shape=year.load_shape,
        mean_load_mw=year.load_mwh / HOURS_PER_YEAR,
        must_run_mw=offer.must_run_mw,
        exchange=_read_exchange(year),
        nature=NaturalPower(
            river_mw=river_mw(data.hydrology, capacity, year.water),
            small_hydro_mw=data.hydrology.small_hydro_mw,
            small_hydro_full_mw=data.small_hydro_full_mw,
            capacity_mw=capacity,
            small_hydro=SMALL,
            renewable_mw=capacity.take(RENEWABLE, axis=1) * year.weather,
            renewable_profile=data.renewable_profile,
        ),
    )
    return hours


def _ask_for_water(
    data: PowerData, year: PowerYear, offer: PowerOffer, hours: HourlyLoad, pool: StorePool
) -> ReservoirMarket:
    """Collect what a year's hours ask of reservoirs, each month with its own inflow."""
    capacity = offer.capacity_by_fuel_mw
    river = river_mw(data.hydrology, capacity, year.water)
    inflow = inflow_mwh(data.hydrology, capacity, year.water)
    flexible = FlexibleOutput(inflow, turbine_mw(data.hydrology, capacity), pool.power_mw)
    # Units that the month's plan would keep online for its own inflow take their least output from the water's hours.
    online = keep_online(data, (offer, np.ones(offer.zone.size)), year, hours, flexible, river)
    called = supply_stack(data, offer, year, hours, online.availability, river)
    market = WaterMarket(
        *(called.zone, called.capacity_mw, called.cost_cny_per_mwh, called.availability),
        net_load_mw=online.net_load_mw,
        day_weight=year.day_weight,
        line_zones=year.line_zones,
        line_mw=np.stack([hours.line_forward_mw, hours.line_backward_mw], axis=1),
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh,
    )
    return ReservoirMarket(market, inflow)


def _read_exchange(year: PowerYear) -> Exchange:
    """Collect the lines and the contracted flows of the provinces."""
    return Exchange(
        contract_mw=year.contract_mw,
        line_zones=year.line_zones,
        line_mw=year.line_mw,
        internal_mw=year.internal_mw,
        line_loss_share=year.line_loss_share,
        surplus_zone=np.concatenate([year.border.sales.zone, year.trades.bids.zone]),
        surplus_mw=np.concatenate([year.border.sales.mw, year.trades.bids.mw]),
    )


def supply_stack(
    data: PowerData,
    offer: PowerOffer,
    year: PowerYear,
    hours: HourlyLoad,
    availability: Floats,
    river_mw: Floats,
) -> SupplyStack:
    """Build the supply stack that the market calls up.

    Units offer the share `availability` [U, month] of their capacity: what is above their least output, once that is
    known. Run-of-river plants refuse a price below what a MWh costs them. Exports that are given up at their price are
    followed by what added agents bid and offer.
    Small hydro feeds county grids and is not dispatched; wind and sun vary by the hour and pay nothing by the MWh.
    """
    bought, sold, short = year.border.purchases, year.border.sales, year.shortage
    bids, supplies = year.trades.bids, year.trades.supplies
    zones = year.load_mwh.size
    recall_price = np.full(zones, year.recall_price_cny_per_mwh)
    called: SupplyStack = stack_supply(
        units=SupplyStack(offer.zone, offer.capacity_mw, offer.cost_cny_per_mwh, availability),
        neighbours=Neighbours(bought.zone, bought.mw, bought.price_cny_per_mwh),
        exports=SurplusExports(
            zone=np.concatenate([sold.zone, np.arange(zones), bids.zone, supplies.zone]),
            capacity_mw=np.concatenate([sold.mw, year.recallable_mw, bids.mw, supplies.mw]),
            price_cny_per_mwh=np.concatenate(
                [sold.price_cny_per_mwh, recall_price, bids.bid_cny_per_mwh, supplies.cost_cny_per_mwh]
            ),
        ),
        shedding=Shedding(short.industrial_share, hours.load_mw, short.industrial_price_cny_per_mwh),
        rivers=Rivers(river_mw, np.full(zones, data.technologies.by_fuel.variable_om_cny_per_mwh[RIVER])),
    )
    return called


def stack_blocks(offer: PowerOffer, year: PowerYear) -> StackBlocks:
    """Find the blocks of the supply stack."""
    border = year.border
    return StackBlocks.lay_out(
        units=offer.zone.size,
        purchases=border.purchases.zone.size,
        sales=border.sales.zone.size,
        bids=year.trades.bids.zone.size,
        supplies=year.trades.supplies.zone.size,
        zones=year.load_mwh.size,
    )


def merit_units(offer: PowerOffer, blocks: StackBlocks, called: SupplyStack) -> MeritUnits:
    """List the units in the merit order, rivers left out."""
    listed_rows = slice(blocks.rivers.start)
    return MeritUnits(
        zone=called.zone[listed_rows],
        capacity_mw=called.capacity_mw[listed_rows],
        cost_cny_per_mwh=called.cost_cny_per_mwh[listed_rows],
        availability=called.availability[listed_rows],
        rows=offer.rows,
        blocks=blocks,
    )


def keep_online(
    data: PowerData,
    offers: tuple[PowerOffer, Floats],
    year: PowerYear,
    hours: HourlyLoad,
    flexible: FlexibleOutput,
    river_mw: Floats,
) -> Commitment:
    """Plan the units that stay online, month by month.

    Args:
        data: of the region.
        offers: what units offer, and the share of its plan's hours in which each is online [U].
        year: what surrounds the plants.
        hours: before the market.
        flexible: water and stores.
        river_mw: run-of-river, [Z, month].
    """
    offer, online_share = offers
    online: Commitment = commit_units(
        units=CommitUnits(
            zone=offer.zone,
            capacity_mw=offer.capacity_mw,
            availability=offer.availability,
            minimum_load_share=offer.minimum_load_share,
            online_share=online_share,
            order=np.argsort(offer.cost_cny_per_mwh, kind="stable"),
        ),
        # Gas that is paid for anyhow runs in the highest hour, so that nothing is kept online for its part.
        load=CommitLoad(hours.load_mw, hours.net_load_mw, hours.offered_mw + offer.contract_mw, river_mw),
        day_weight=year.day_weight,
        flexible=flexible,
        lines=CommitLines(year.line_zones, year.line_mw, year.internal_mw),
        reserve_share=year.reserve_share,
        least_online_share=year.least_online_share,
    )
    return online


def give_days_off(
    market: MarketYear, shedding: slice, cleared: Dispatch, apart_mwh: Floats
) -> tuple[MarketYear, Floats]:
    """Give industry whole days off in a dry spell.

    Returns the market's year without the load that is told the day before to stop, and that load. On days of a dry
    spell industry uses less all day long, by the mean of what the day ahead lacks: what the market cuts of industry,
    over 24 hours. Elsewhere the market cuts by the hour. docs/model/electricity_market.md.

    Args:
        market: of the year.
        shedding: places of industrial load in the supply stack, one for each zone.
        cleared: the same, cleared: the day ahead.
        apart_mwh: what reservoirs have on days of a dry spell, [Z, month]; NaN where there is none.

    Returns:
        the year, and MW [Z, month, day type].
    """
    is_in_spell = np.zeros(market.day_weight.shape, bool)
    is_in_spell[~np.isnan(apart_mwh).all(axis=0), TYPICAL + 1 :] = True
    day_off_mw = np.zeros((len(apart_mwh), *is_in_spell.shape))
    if not is_in_spell.any():
        return market, day_off_mw
    is_other = np.ones(market.unit_zone.size, bool)
    is_other[shedding] = False
    room = market.unit_capacity_mw[:, None] * market.unit_availability * is_other[:, None]
    for z in range(len(apart_mwh)):
        supply_mw = room[market.unit_zone == z].sum(axis=0)  # [month] before industry is cut
        lacking = np.maximum(cleared.units_mw[z] - supply_mw[:, None, None], 0.0).mean(axis=2) * is_in_spell
        day_off_mw[z] = np.where(lacking < LEAST_DAY_OFF_MW, 0.0, lacking)
    # Who has the day off cannot be cut a second time.
    day_off_share = day_off_mw.max(axis=2) / np.maximum(market.unit_capacity_mw[shedding], 1e-9)[:, None]
    availability = market.unit_availability.copy()
    availability[shedding] = np.maximum(availability[shedding] - day_off_share, 0.0)
    net_load = market.net_load_mw - day_off_mw[..., None]
    return market._replace(net_load_mw=net_load, unit_availability=availability), day_off_mw
