"""The electricity year of the region: what is offered meets load, contracts and neighbours."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import HOURS
from tanlu.core.outcomes import HydroSales, PowerHours, PowerOutcome, PowerPrices, Purchases
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.kernels.power.adequacy import FirmUnits, measure_reserve_margin
from tanlu.kernels.power.commitment import Commitment, FlexibleOutput
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.hours import (
    ClearedFlows,
    Exchange,
    HourlyLoad,
    SourceFuels,
    YearTotals,
    sum_year,
)
from tanlu.kernels.power.seasons import ReservoirMonths
from tanlu.kernels.power.settlement import (
    CalledUnits,
    CappedYear,
    OnlineUnits,
    UnitYear,
    settle_at_cap,
    settle_units,
)
from tanlu.kernels.power.stores import StorePool
from tanlu.kernels.power.supply_stack import (
    StackOutcome,
    SupplyStack,
    idle_rivers,
    separate_rivers,
)
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.empty_zones import drop_empty_zones, fill_zones
from tanlu.power.hydro_contracts import Prospect, sell_hydro, stoppable
from tanlu.power.limit_mix import mix_months, mix_trials
from tanlu.power.market import MarketYear, clear_days_apart, gap_share
from tanlu.power.supply import (
    RENEWABLE,
    SMALL,
    STORES,
    BeforeMarket,
    PowerYear,
    give_days_off,
    keep_online,
    merit_units,
    prepare_market,
    supply_stack,
)
from tanlu.power.water import (
    RESERVOIR,
    RIVER,
    MonthsToServe,
    hydro_mw,
    spell_mwh,
    water_of_other_years_mw,
)
from tanlu.power.yearly_limit import (
    LEAST_MWH,
    LimitedMarket,
    LimitedYear,
    add_shadow_price,
    clear_within_limits,
    sum_limited_output,
    sum_limits,
)
from tanlu.power.zones import Z, zone_of_province
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.power import PowerData

ROUNDING = 1e-10  # of a limit: least output alone may use all of it
SIGN = np.array([1.0, -1.0])  # a flow from the first province leaves it and reaches the second
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
    online: Commitment
    river_mw: Floats  # [Z, month] run-of-river
    river_idle_mw: Floats  # [Z, month, day type, hour] of it, what is not sold
    reservoir_maximum_mw: Floats  # [Z, month]
    storage_mw: Floats  # [Z]
    days_off_mw: Floats  # [Z, month, day type] industry that was told the day before to stop
    market: Dispatch  # of the whole supply stack


def clear_power_year(
    data: PowerData, offer: PowerOffer, year: PowerYear, start_cny_per_mwh: Floats
) -> PowerOutcome:
    """Clear the hours of a year and add them up (docs/model/power.md).

    Args:
        data: of the region.
        offer: of units at cost.
        year: what surrounds the plants.
        start_cny_per_mwh: shadow prices [P] at which the search for those of yearly limits begins.
    """
    by_zone = fill_zones(data, offer, year)
    cleared = clear_hours(*by_zone, start_cny_per_mwh)
    return drop_empty_zones(_sum_outcome(by_zone[0], cleared), offer)


def clear_hours(
    data: PowerData, offer: PowerOffer, year: PowerYear, start_cny_per_mwh: Floats
) -> ClearedPowerYear:
    """Clear the hours of a year by zone, as far as its prices depend on it.

    Must-run, wind and solar come first; seasonal stores share water among the months; the month's plan keeps units
    online at their least output; then the merit order with rivers, reservoirs, stores, neighbours and shedding tiers
    meets what is left. Units with a yearly limit ask its shadow price on top of their cost. Arguments as of
    `clear_power_year`.
    """
    data, offer, year = fill_zones(data, offer, year)
    before = prepare_market(data, year, offer)
    market = _plan_market(data, year, before, offer, np.ones(offer.zone.size))
    free = _clear_offer(year, before, offer, market)
    if not np.isfinite(offer.yearly_limit_mwh).any():
        return free
    limit, output = sum_limits(offer), sum_limited_output(offer, free.online, free.market.unit_output_mwh)
    if (output <= limit * (1.0 + ROUNDING)).all():
        return free
    # Limited units are online for as much less of the time: so their least output always fits.
    share = np.minimum(limit / np.maximum(output, LEAST_MWH), 1.0)
    limited = np.isfinite(offer.yearly_limit_mwh)
    online_share = np.where(limited, share[offer.zone], 1.0)
    market = _plan_market(data, year, before, offer, online_share)
    start = np.zeros(Z)
    start[zone_of_province(start_cny_per_mwh.size)] = start_cny_per_mwh
    return _clear_limited(year, before, offer, market, start)


class _PlannedMarket(NamedTuple):
    """A year's market once it is planned which units are online."""

    online: Commitment
    called: SupplyStack
    market: MarketYear
    apart_mwh: Floats  # [Z, month] as of `clear_days_apart`


def _plan_market(
    data: PowerData, year: PowerYear, before: BeforeMarket, offer: PowerOffer, online_share: Floats
) -> _PlannedMarket:
    """Plan which units are online, and lay out the market of the rest.

    Args:
        data: of the region.
        year: what surrounds the plants.
        before: what it has before its market.
        offer: of units at cost.
        online_share: of its plan's hours in which a unit is online, [U].
    """
    _, hours, river, reservoir, pool = before
    water = FlexibleOutput(reservoir.energy_mwh, reservoir.maximum_mw, pool.power_mw)
    online = keep_online(data, (offer, online_share), year, hours, water, river)
    called = supply_stack(data, offer, year, hours, online, river)
    market = _lay_out_market(year, called, online, reservoir, pool)
    return _PlannedMarket(online, called, market, spell_mwh(year.water, reservoir, river, year.day_weight))


def _clear_offer(
    year: PowerYear, before: BeforeMarket, offer: PowerOffer, planned: _PlannedMarket
) -> ClearedPowerYear:
    """Clear the hours of a year without yearly limits."""
    cleared, days_off_mw = _clear_days(planned.market, planned.apart_mwh)
    cleared = _settle_at_price_cap(year, planned.called, cleared)
    idle_mw = idle_rivers(planned.called, before.river_mw, cleared.units_mw)
    return _describe_year(year, before, (offer, offer, np.zeros(Z)), planned, (idle_mw, days_off_mw, cleared))


def _describe_year(
    year: PowerYear,
    before: BeforeMarket,
    offers: tuple[PowerOffer, PowerOffer, Floats],
    planned: _PlannedMarket,
    outcome: tuple[Floats, Floats, Dispatch],
) -> ClearedPowerYear:
    """Put together what is read of a cleared year.

    Args:
        year: what surrounds the plants.
        before: what it had before its market.
        offers: at cost, at the prices asked, and the shadow prices between them.
        planned: the market at the prices asked.
        outcome: idle rivers, days off, and what the market cleared.
    """
    idle_mw, days_off_mw, cleared = outcome
    return ClearedPowerYear(
        *offers,
        year,
        before.exchange,
        before.hours,
        planned.called,
        planned.online,
        before.river_mw,
        idle_mw,
        before.reservoir.maximum_mw,
        before.stores.power_mw,
        days_off_mw,
        cleared,
    )


def _clear_limited(
    year: PowerYear, before: BeforeMarket, offer: PowerOffer, planned: _PlannedMarket, start: Floats
) -> ClearedPowerYear:
    """Clear the hours of a year within yearly limits, from shadow prices [Z].

    The limited units of a province share their limits, so that the cheapest run most. The plan of who is online and the
    days off of industry are held while prices are searched.
    """
    is_limited = np.zeros(planned.market.unit_zone.size, bool)
    is_limited[: offer.zone.size] = np.isfinite(offer.yearly_limit_mwh)
    least = sum_limited_output(offer, planned.online, np.zeros(is_limited.size))
    room = np.maximum(sum_limits(offer) - least, 0.0)
    limited = clear_within_limits(LimitedMarket(planned.market, planned.apart_mwh, is_limited, room), start)
    reduced, days_off_mw = give_days_off(planned.market, mix_trials(limited), planned.apart_mwh)
    if days_off_mw.any():
        limited = clear_within_limits(
            LimitedMarket(reduced, planned.apart_mwh, is_limited, room), limited.price_cny_per_mwh
        )
    price = limited.price_cny_per_mwh
    called = planned.called._replace(cost_cny_per_mwh=limited.trials[-1].market.unit_cost_cny_per_mwh)
    settled = _settle_at_price_cap(year, called, limited.trials[-1].cleared)
    cleared = mix_months(limited, settled.price_cny_per_mwh)
    return _describe_year(
        year,
        before,
        (offer, add_shadow_price(offer, price), price),
        planned._replace(called=called),
        (_mix_idle_rivers(planned.called, before.river_mw, limited), days_off_mw, cleared),
    )


def _mix_idle_rivers(called: SupplyStack, river_mw: Floats, limited: LimitedYear) -> Floats:
    """Mix the river output that the trials of a limited year do not sell, MW [Z, month, day type, hour]."""
    idle_mw = 0.0
    for trial, share in limited.parts:
        asked = called._replace(cost_cny_per_mwh=trial.market.unit_cost_cny_per_mwh)
        idle_mw = idle_mw + share[:, None, None] * idle_rivers(asked, river_mw, trial.cleared.units_mw)
    return np.asarray(idle_mw)


def _clear_days(market: MarketYear, apart_mwh: Floats) -> tuple[Dispatch, Floats]:
    """Clear a year with days off in a dry spell; return them too, MW [Z, month, day type]."""
    cleared = clear_days_apart(market, apart_mwh)
    reduced, days_off_mw = give_days_off(market, cleared, apart_mwh)
    return (clear_days_apart(reduced, apart_mwh) if days_off_mw.any() else cleared), days_off_mw


def _lay_out_market(
    year: PowerYear,
    called: SupplyStack,
    online: Commitment,
    reservoir: ReservoirMonths,
    pool: StorePool,
) -> MarketYear:
    """Lay out the year's market, contracts taken from the line."""
    return MarketYear(
        unit_zone=called.zone,
        unit_capacity_mw=called.capacity_mw,
        unit_availability=called.availability,
        unit_cost_cny_per_mwh=called.cost_cny_per_mwh,
        net_load_mw=online.net_load_mw,
        day_weight=year.day_weight,
        reservoir_energy_mwh=reservoir.energy_mwh,
        reservoir_minimum_mw=reservoir.minimum_mw,
        reservoir_maximum_mw=reservoir.maximum_mw,
        store_power_mw=pool.power_mw,
        store_energy_mwh=pool.energy_mwh,
        store_efficiency=pool.efficiency,
        line_forward_mw=year.line_mw - year.internal_mw,
        line_backward_mw=year.line_mw,
        line_loss_share=year.line_loss_share,
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh,
        scarcity_price_cny_per_mwh=year.shortage.firm_price_cny_per_mwh,
    )


def _settle_at_price_cap(year: PowerYear, called: SupplyStack, cleared: Dispatch) -> Dispatch:
    """Settle the year at the price cap, or at the dearest offer beyond it.

    What the market weighs in its order of cutting load is no offer, and nobody is paid it.
    """
    highest, cap = cleared.price_cny_per_mwh.max(), year.shortage.price_cap_cny_per_mwh
    if highest <= cap:  # as in most years
        return cleared
    offers = called.cost_cny_per_mwh[: -2 * Z][called.capacity_mw[: -2 * Z] > 0.0]
    cap = max(cap, float(offers.max(initial=0.0)))
    if highest <= cap:
        return cleared
    order = np.argsort(called.cost_cny_per_mwh, kind="stable")
    settled: CappedYear = settle_at_cap(
        called=CalledUnits(called.zone, called.capacity_mw, called.availability, order),
        output_mw=cleared.units_mw,
        price_cny_per_mwh=cleared.price_cny_per_mwh,
        unit_revenue_cny=cleared.unit_revenue_cny,
        day_weight=year.day_weight,
        price_cap_cny_per_mwh=cap,
    )
    return cleared._replace(**settled._asdict())


def _separate_rivers(year: ClearedPowerYear, neighbours: int) -> tuple[Dispatch, StackOutcome]:
    """Take rivers out of the merit order, and sum the other calls.

    What rivers did not sell is among what is curtailed.
    """
    cleared, called = year.market, year.called
    outcome: StackOutcome = separate_rivers(
        called=called,
        units=year.offer.rows.size,
        neighbours=neighbours,
        river_mw=year.river_mw,
        idle_mw=year.river_idle_mw,
        units_mw=cleared.units_mw,
        surplus_mw=cleared.surplus_mw,
        output_mwh=cleared.unit_output_mwh,
    )
    without_rivers = cleared._replace(
        unit_output_mwh=cleared.unit_output_mwh[:-Z],
        unit_output_by_month_mwh=cleared.unit_output_by_month_mwh[:-Z],
        unit_revenue_cny=cleared.unit_revenue_cny[:-Z],
        units_mw=outcome.units_mw,
        surplus_mw=outcome.surplus_mw,
    )
    return without_rivers, outcome


def _read_prospect(data: PowerData, year: ClearedPowerYear) -> Prospect:
    """Collect offers and water of the years that the coming one may be like."""
    capacity, market = year.offer.capacity_by_fuel_mw, year.market
    serve = MonthsToServe(year.hours.net_load_mw, year.hours.offered_mw, year.around.day_weight)
    return Prospect(
        year.called,
        market.units_mw,
        market.surplus_mw,
        *stoppable(year.priced_offer, year.online, year.around.least_online_share),
        water_of_other_years_mw(data.hydrology, capacity, year.around.water, serve),
        year.around.shortage.firm_price_cny_per_mwh,
    )


def _sum_year(data: PowerData, year: ClearedPowerYear, cleared: Dispatch) -> YearTotals:
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


def _settle_units(data: PowerData, year: ClearedPowerYear, cleared: Dispatch) -> UnitYear:
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
    return PowerHours(
        day_weight=year.around.day_weight,
        load_mw=hours.load_mw,
        must_run_mw=(offer.must_run_mw[:, None] + online.floor_by_zone_mw)[:, :, None, None],
        floor_mw=online.floor_mw,
        natural_mw=hours.natural_mw[:, :, :, None],
        reservoir_mw=cleared.reservoir_mw,
        charge_mw=cleared.charge_mw,
        discharge_mw=cleared.discharge_mw,
        merit_order_mw=cleared.units_mw,
        days_off_mw=year.days_off_mw[..., None],
        unserved_mw=cleared.unserved_mw,
        curtailed_mw=cleared.surplus_mw,
        export_mw=(year.around.contract_mw + hours.offered_mw)[:, :, None, None],
        flow_mw=leaving_mw,
        units=merit_units(offer, data.corridors, year.called),
    )


def _reserve_margin(data: PowerData, year: ClearedPowerYear) -> Floats:
    """Measure spare capacity in the tightest hour over peak load [Z]."""
    offer, hours = year.offer, year.hours
    margin: Floats = measure_reserve_margin(
        units=FirmUnits(offer.zone, offer.capacity_mw, offer.availability),
        must_run_mw=offer.must_run_mw,
        load_mw=hours.load_mw,
        natural_mw=hours.natural_mw,
        reservoir_maximum_mw=year.reservoir_maximum_mw,
        storage_mw=year.storage_mw,
        neighbour_mw=(data.corridors.neighbour_zone == np.arange(Z)[:, None]) @ year.around.neighbour_mw,
        committed_mw=hours.committed_mw,
    )
    return margin


def _sell_hydro(data: PowerData, year: ClearedPowerYear, cleared: Dispatch) -> HydroSales:
    """Sell the water within its province."""
    return sell_hydro(
        cap_cny_per_mwh=data.hydrology.contract_price_cap_cny_per_mwh,
        hours=year.hours,
        river_mw=year.river_mw,
        cleared=cleared,
        day_weight=year.around.day_weight,
        prospect=_read_prospect(data, year),
    )


def _sum_outcome(data: PowerData, year: ClearedPowerYear) -> PowerOutcome:
    """Sum the hours for provinces, plants and units."""
    offer, around, hours = year.offer, year.around, year.hours
    cleared, stack = _separate_rivers(year, data.corridors.neighbour_zone.size)
    total, unit_year = _sum_year(data, year, cleared), _settle_units(data, year, cleared)
    sales = _sell_hydro(data, year, cleared)
    revenue, water_mw = total.revenue_cny_per_mw, np.maximum(hydro_mw(offer.capacity_by_fuel_mw), 1e-9)
    revenue[:, [RIVER, RESERVOIR]] -= sales.rebate_cny[:, None] / water_mw
    flow = SIGN * (total.flow_mwh + (around.internal_mw * HOURS_IN_MONTH).sum())
    offered = ((around.contract_mw + hours.offered_mw) * HOURS_IN_MONTH).sum(axis=1)
    return PowerOutcome(
        offer=offer,
        generation_mwh=total.generation_mwh,
        curtailed_mwh=total.curtailed_mwh,
        revenue_cny_per_mw=revenue,
        units=unit_year,
        hydro_sales=sales,
        load_mwh=total.load_mwh,
        unserved_mwh=total.unserved_mwh,
        shed_mwh=stack.shed_mwh + (year.days_off_mw * around.day_weight).sum(axis=(1, 2)) * HOURS,
        export_mwh=offered - stack.curtailed_export_mwh - stack.imported_mwh + total.refused_mwh,
        flow_mwh=flow,
        line_loss_mwh=total.leaving_mwh - flow,
        storage_loss_mwh=total.lost_mwh,
        prices=PowerPrices(
            mean_price_cny_per_mwh=total.load_cny / np.maximum(total.load_mwh, 1e-9),
            must_run_price_cny_per_mwh=total.price_hours / HOURS_PER_YEAR,
            shadow_price_cny_per_mwh=year.shadow_price_cny_per_mwh,
            price_cny_per_mwh=cleared.price_cny_per_mwh,
            gap_share=gap_share(cleared),
        ),
        purchases=Purchases(stack.imported_mwh, stack.imported_cny),
        hours=_keep_hours(data, year, cleared, total.leaving_mw),
        reserve_margin=_reserve_margin(data, year),
    )
