"""What a year whose hours are cleared gives: energy, money and prices of provinces, plants and units."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import HOURS
from tanlu.core.outcomes import HydroSales, PowerHours, PowerOutcome, PowerPrices, StackBlocks, sum_trades
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.kernels.power.adequacy import FirmUnits, measure_nameplate_margin
from tanlu.kernels.power.commitment import Commitment
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.hours import ClearedFlows, Exchange, HourlyLoad, SourceFuels, YearTotals, sum_year
from tanlu.kernels.power.settlement import OnlineUnits, UnitYear, settle_units
from tanlu.kernels.power.stores import StorePool
from tanlu.kernels.power.supply_stack import StackOutcome, SupplyStack, separate_rivers
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.hydro_contracts import Prospect, sell_hydro, stoppable
from tanlu.power.market import gap_share
from tanlu.power.neighbours import sum_trade
from tanlu.power.shortage import ShortageInputs, gather_inputs, measure_adequacy
from tanlu.power.supply import RENEWABLE, SMALL, STORES, PowerYear, merit_units
from tanlu.power.trading import sum_bids, sum_kinds
from tanlu.power.water import (
    RESERVOIR,
    RIVER,
    PastWater,
    Reservoirs,
    hydro_mw,
    open_in_sequence,
    own_water_course,
    past_water_courses,
    release_past_water,
    water_of_other_years_mw,
)
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.power import PowerData

SOURCES = SourceFuels(
    natural=np.array([RIVER, SMALL, *RENEWABLE]),
    first_curtailed=1,  # run-of-river, which asks for what a MWh costs it
    reservoir=RESERVOIR,
    stores=STORES,
)


class ClearedPowerYear(NamedTuple):
    """A year whose hours are cleared and not yet added up."""

    offer: PowerOffer
    priced_offer: PowerOffer  # with the shadow price of yearly limits on top of cost
    shadow_price_cny_per_mwh: Floats  # [Z] of the yearly limits
    around: PowerYear
    exchange: Exchange
    hours: HourlyLoad
    called: SupplyStack
    blocks: StackBlocks  # of it
    online: Commitment
    river_mw: Floats  # [Z, month] run-of-river
    river_idle_mw: Floats  # [Z, month, day type, hour] of it, what is not sold
    reservoirs: Reservoirs
    spell_mwh: Floats  # [Z, month] that reservoirs have on days of a dry spell; NaN: where load asks for it
    stores: StorePool
    days_off_mw: Floats  # [Z, month, day type] industry that was told the day before to stop
    market: Dispatch  # of the whole supply stack


def _separate_rivers(year: ClearedPowerYear) -> tuple[Dispatch, StackOutcome]:
    """Take rivers out of the merit order, and sum the other calls.

    What rivers did not sell is among what is curtailed.
    """
    cleared, called, blocks = year.market, year.called, year.blocks
    outcome: StackOutcome = separate_rivers(
        called=called,
        units=blocks.purchases.start,
        neighbours=blocks.purchases.stop - blocks.purchases.start,
        river_mw=year.river_mw,
        idle_mw=year.river_idle_mw,
        units_mw=cleared.units_mw,
        surplus_mw=cleared.surplus_mw,
        output_mwh=cleared.unit_output_mwh,
    )
    listed_rows = slice(blocks.rivers.start)
    without_rivers = cleared._replace(
        unit_output_mwh=cleared.unit_output_mwh[listed_rows],
        unit_output_by_month_mwh=cleared.unit_output_by_month_mwh[listed_rows],
        unit_revenue_cny=cleared.unit_revenue_cny[listed_rows],
        units_mw=outcome.units_mw,
        surplus_mw=outcome.surplus_mw,
    )
    return without_rivers, outcome


def _read_prospect(data: PowerData, year: ClearedPowerYear, past: PastWater | None) -> Prospect:
    """Collect offers and water of the years that the coming one may be like."""
    capacity, market = year.offer.capacity_by_fuel_mw, year.market
    return Prospect(
        year.called,
        market.units_mw,
        market.surplus_mw,
        *stoppable(year.priced_offer, year.online, year.around.least_online_share),
        water_of_other_years_mw(data.hydrology, capacity, year.around.water, year.reservoirs, past),
        year.around.shortage.firm_price_cny_per_mwh,
    )


def _sum_year(year: ClearedPowerYear, cleared: Dispatch) -> YearTotals:
    """Sum the year's energy and money by province and fuel."""
    total: YearTotals = sum_year(
        hours=year.hours,
        cleared=ClearedFlows(
            charge_mw=cleared.charge_mw,
            discharge_mw=cleared.discharge_mw,
            reservoir_mw=cleared.reservoir_mw,
            spilled_mwh=cleared.spilled_mwh,
            surplus_mw=cleared.surplus_mw,
            unserved_mw=cleared.unserved_mw,
            flow_mw=cleared.flow_mw,
            price_cny_per_mwh=cleared.price_cny_per_mwh,
        ),
        exchange=year.exchange,
        day_weight=year.around.day_weight,
        capacity_by_fuel_mw=year.offer.capacity_by_fuel_mw,
        fuels=SOURCES,
    )
    return total


def online_units(offer: PowerOffer, floor_mw: Floats) -> OnlineUnits:
    """Collect the units of an offer with their least output online [U, month]."""
    return OnlineUnits(
        row=offer.rows,
        zone=offer.zone,
        cost_cny_per_mwh=offer.cost_cny_per_mwh,
        no_load_cny_per_mwh=offer.no_load_cny_per_mwh,
        minimum_load_share=offer.minimum_load_share,
        compensated_load_share=offer.compensated_load_share,
        floor_mw=floor_mw,
    )


def _settle_units(year: ClearedPowerYear, cleared: Dispatch) -> UnitYear:
    """Settle the year of the units."""
    settled: UnitYear = settle_units(
        units=online_units(year.priced_offer, year.online.floor_mw),
        online_mw=year.online.online_mw,
        sold_mwh=cleared.unit_output_by_month_mwh,
        sold_cny=cleared.unit_revenue_cny,
        price_cny_per_mwh=cleared.price_cny_per_mwh,
        day_weight=year.around.day_weight,
    )
    return settled


def _keep_hours(data: PowerData, year: ClearedPowerYear, cleared: Dispatch, leaving_mw: Floats) -> PowerHours:
    """Collect the hours that are kept of a year."""
    offer, hours, online = year.offer, year.hours, year.online
    bid_mw = sum_bids(year.around)
    return PowerHours(
        day_weight=year.around.day_weight,
        load_mw=hours.load_mw,
        must_run_mw=(offer.must_run_mw + online.floor_by_zone_mw)[:, :, None, None],
        floor_mw=online.floor_mw,
        natural_mw=hours.natural_mw[:, :, :, None],
        reservoir_mw=cleared.reservoir_mw,
        charge_mw=cleared.charge_mw,
        discharge_mw=cleared.discharge_mw,
        merit_order_mw=cleared.units_mw,
        days_off_mw=year.days_off_mw[..., None],
        unserved_mw=cleared.unserved_mw,
        curtailed_mw=cleared.surplus_mw,
        export_mw=(year.around.contract_mw + hours.offered_mw - bid_mw)[:, :, None, None],
        bid_mw=bid_mw[:, :, None, None],
        flow_mw=leaving_mw,
        units=merit_units(offer, year.blocks, year.called),
    )


def _nameplate_margin(year: ClearedPowerYear) -> Floats:
    """Measure spare capacity in the tightest hour over peak load [Z]."""
    offer, hours = year.offer, year.hours
    purchases = year.around.border.purchases
    is_neighbour = purchases.zone == np.arange(len(offer.must_run_mw))[:, None]
    margin: Floats = measure_nameplate_margin(
        units=FirmUnits(offer.zone, offer.capacity_mw, offer.availability),
        must_run_mw=offer.must_run_mw,
        load_mw=hours.load_mw,
        natural_mw=hours.natural_mw,
        reservoir_maximum_mw=year.reservoirs.months.maximum_mw,
        storage_mw=year.stores.power_mw,
        neighbour_mw=(is_neighbour[:, :, None] * purchases.mw).sum(axis=1),
        committed_mw=hours.committed_mw,
    )
    return margin


def _gather_shortage(data: PowerData, year: ClearedPowerYear, past: PastWater | None) -> ShortageInputs:
    """Gather what decides how short the year is expected to be over the water that it may have."""
    offer, around, hydrology = year.offer, year.around, data.hydrology
    capacity, water = offer.capacity_by_fuel_mw, around.water
    if past is None or water.unexpected_year:
        courses = own_water_course(hydrology, capacity, water, (year.reservoirs, year.spell_mwh))
    else:
        in_sequence = open_in_sequence(year.reservoirs, past)
        reservoirs = year.reservoirs, in_sequence
        courses = past_water_courses(hydrology, capacity, water, reservoirs, data.day_weight)
    return gather_inputs(data, offer, around, year.hours, year.stores, courses)


def _sell_hydro(
    data: PowerData, year: ClearedPowerYear, cleared: Dispatch, past: PastWater | None
) -> HydroSales:
    """Sell the water within its province."""
    return sell_hydro(
        cap_cny_per_mwh=data.hydrology.contract_price_cap_cny_per_mwh,
        hours=year.hours,
        river_mw=year.river_mw,
        cleared=cleared,
        day_weight=year.around.day_weight,
        prospect=_read_prospect(data, year, past),
    )


def _mean_over_heat(heat_density: Floats, day_weight: Floats, cleared: Dispatch) -> Floats:
    """Compute the mean price of a year over heat sold [Z]."""
    by_month = (cleared.price_cny_per_mwh.sum(axis=3) * day_weight).sum(axis=2)
    return np.asarray((by_month * heat_density).sum(axis=1) / HOURS_PER_YEAR)


def sum_outcome(data: PowerData, year: ClearedPowerYear) -> PowerOutcome:
    """Sum the hours for provinces, plants and units."""
    offer, around, hours = year.offer, year.around, year.hours
    cleared, stack = _separate_rivers(year)
    total, unit_year = _sum_year(year, cleared), _settle_units(year, cleared)
    past = release_past_water(data.hydrology, offer.capacity_by_fuel_mw, around.water, year.reservoirs)
    sales, shortage = _sell_hydro(data, year, cleared, past), _gather_shortage(data, year, past)
    revenue, water_mw = total.revenue_cny_per_mw, np.maximum(hydro_mw(offer.capacity_by_fuel_mw), 1e-9)
    revenue[:, [RIVER, RESERVOIR]] -= sales.rebate_cny[:, None] / water_mw
    sent = total.flow_mwh + (around.internal_mw * HOURS_IN_MONTH).sum(axis=1)
    flow = np.zeros(total.load_mwh.size)
    for (origin, target), sent_mwh in zip(around.line_zones, sent, strict=True):
        flow[origin] += sent_mwh
        flow[target] -= sent_mwh
    offered = ((around.contract_mw + hours.offered_mw) * HOURS_IN_MONTH).sum(axis=1)
    export_mwh = offered - stack.curtailed_export_mwh - stack.imported_mwh + total.refused_mwh
    trades = sum_kinds(around, year.blocks, year.market)
    if trades:  # what they offer stands in the stack behind exports
        traded = sum_trades(trades)
        export_mwh = export_mwh - traded.bid_mwh + traded.supplied_mwh
    return PowerOutcome(
        offer=offer,
        generation_mwh=total.generation_mwh,
        curtailed_mwh=total.curtailed_mwh,
        revenue_cny_per_mw=revenue,
        units=unit_year,
        hydro_sales=sales,
        stores=year.reservoirs.course,
        load_mwh=total.load_mwh,
        unserved_mwh=total.unserved_mwh,
        shed_mwh=stack.shed_mwh + (year.days_off_mw * around.day_weight).sum(axis=(1, 2)) * HOURS,
        export_mwh=export_mwh,
        trades=trades,
        flow_mwh=flow,
        line_loss_mwh=total.leaving_mwh - flow,
        received_share=total.received_share,
        storage_loss_mwh=total.lost_mwh,
        prices=PowerPrices(
            mean_price_cny_per_mwh=total.load_cny / np.maximum(total.load_mwh, 1e-9),
            must_run_price_cny_per_mwh=total.price_hours / HOURS_PER_YEAR,
            heat_led_price_cny_per_mwh=_mean_over_heat(data.heat_density, around.day_weight, cleared),
            shadow_price_cny_per_mwh=year.shadow_price_cny_per_mwh,
            price_cny_per_mwh=cleared.price_cny_per_mwh,
            gap_share=gap_share(cleared),
        ),
        border=sum_trade(around.border, year.blocks, year.market.unit_output_mwh, stack),
        hours=_keep_hours(data, year, cleared, total.leaving_mw),
        nameplate_margin=_nameplate_margin(year),
        adequacy=measure_adequacy(shortage),
    )
