"""The electricity year of the region: what is offered meets load, contracts and neighbours."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.outcomes import PowerOutcome, StackBlocks
from tanlu.kernels.power.commitment import Commitment, FlexibleOutput
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.hours import HourlyLoad
from tanlu.kernels.power.settlement import CalledUnits, CappedYear, settle_at_cap
from tanlu.kernels.power.stores import StorePool
from tanlu.kernels.power.supply_stack import SupplyStack, idle_rivers
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.cleared_year import ClearedPowerYear, sum_outcome
from tanlu.power.empty_zones import drop_empty_zones, fill_zones
from tanlu.power.limit_mix import mix_months, mix_trials
from tanlu.power.market import MarketYear, clear_days_apart
from tanlu.power.supply import (
    BeforeMarket,
    PowerYear,
    give_days_off,
    keep_online,
    prepare_market,
    stack_blocks,
    supply_stack,
)
from tanlu.power.water import ReservoirMonths, spell_mwh
from tanlu.power.yearly_limit import (
    LEAST_MWH,
    LimitedMarket,
    LimitedYear,
    add_shadow_price,
    clear_within_limits,
    sum_limited_output,
    sum_limits,
)
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.power import PowerData

ROUNDING = 1e-10  # of a limit: least output alone may use all of it


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
    return drop_empty_zones(sum_outcome(by_zone[0], cleared), offer)


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
    online_share = _limit_hours_online(offer, free.online, limit, output)
    market = _plan_market(data, year, before, offer, online_share)
    start = np.zeros(year.load_mwh.size)  # also of a zone that is empty
    start[: start_cny_per_mwh.size] = start_cny_per_mwh
    return _clear_limited(year, before, offer, market, start)


def _limit_hours_online(
    offer: PowerOffer, online: Commitment, limit_mwh: Floats, output_mwh: Floats
) -> Floats:
    """Compute for which share of its plan's hours each unit stays online [U].

    The tighter the limit, the nearer to full load limited units run while they are online; else their least output in
    months of plenty takes what months of need lack. Least output always fits.

    Args:
        offer: of units U.
        online: their plan without limits.
        limit_mwh: of the year [Z].
        output_mwh: of limited units in a year without limits [Z].
    """
    is_limited = np.isfinite(offer.yearly_limit_mwh)
    online_mwh = (online.online_mw * HOURS_IN_MONTH).sum(axis=1) * is_limited
    full_mwh = np.maximum(sum_by_group(offer.zone, online_mwh, limit_mwh.size), output_mwh)
    left_share = np.minimum(limit_mwh / np.maximum(output_mwh, LEAST_MWH), 1.0)
    while_online_mwh = left_share * output_mwh + (1.0 - left_share) * full_mwh
    share = np.minimum(limit_mwh / np.maximum(while_online_mwh, LEAST_MWH), 1.0)
    return np.where(is_limited, share[offer.zone], 1.0)


class _PlannedMarket(NamedTuple):
    """A year's market once it is planned which units are online."""

    online: Commitment
    called: SupplyStack
    blocks: StackBlocks  # of it
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
    _, hours, river, reservoirs, pool = before
    reservoir = reservoirs.months
    water = FlexibleOutput(reservoir.energy_mwh, reservoir.maximum_mw, pool.power_mw)
    online = keep_online(data, (offer, online_share), year, hours, water, river)
    called = supply_stack(data, offer, year, hours, online.availability, river)
    market = _lay_out_market(year, hours, called, online, reservoir, pool)
    apart_mwh = spell_mwh(year.water, reservoirs, river, year.day_weight)
    return _PlannedMarket(online, called, stack_blocks(offer, year), market, apart_mwh)


def _clear_offer(
    year: PowerYear, before: BeforeMarket, offer: PowerOffer, planned: _PlannedMarket
) -> ClearedPowerYear:
    """Clear the hours of a year without yearly limits."""
    cleared, days_off_mw = _clear_days(planned)
    cleared = _settle_at_price_cap(year, planned, planned.called, cleared)
    idle_mw = idle_rivers(planned.called, before.river_mw, cleared.units_mw)
    offers = offer, offer, np.zeros(year.load_mwh.size)
    return _describe_year(year, before, offers, planned, (idle_mw, days_off_mw, cleared))


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
        planned.blocks,
        planned.online,
        before.river_mw,
        idle_mw,
        before.reservoirs,
        planned.apart_mwh,
        before.stores,
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
    is_limited[planned.blocks.units] = np.isfinite(offer.yearly_limit_mwh)
    least = sum_limited_output(offer, planned.online, np.zeros(is_limited.size))
    room = np.maximum(sum_limits(offer) - least, 0.0)
    limited = clear_within_limits(LimitedMarket(planned.market, planned.apart_mwh, is_limited, room), start)
    day_ahead = mix_trials(limited)
    reduced, days_off_mw = give_days_off(
        planned.market, planned.blocks.shedding, day_ahead, planned.apart_mwh
    )
    if days_off_mw.any():
        limited = clear_within_limits(
            LimitedMarket(reduced, planned.apart_mwh, is_limited, room), limited.price_cny_per_mwh
        )
    price = limited.price_cny_per_mwh
    called = planned.called._replace(cost_cny_per_mwh=limited.trials[-1].market.unit_cost_cny_per_mwh)
    settled = _settle_at_price_cap(year, planned, called, limited.trials[-1].cleared)
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
        priced_stack = called._replace(cost_cny_per_mwh=trial.market.unit_cost_cny_per_mwh)
        idle_mw = idle_mw + share[:, None, None] * idle_rivers(priced_stack, river_mw, trial.cleared.units_mw)
    return np.asarray(idle_mw)


def _clear_days(planned: _PlannedMarket) -> tuple[Dispatch, Floats]:
    """Clear a year with days off in a dry spell; return them too, MW [Z, month, day type]."""
    market, apart_mwh = planned.market, planned.apart_mwh
    cleared = clear_days_apart(market, apart_mwh)
    reduced, days_off_mw = give_days_off(market, planned.blocks.shedding, cleared, apart_mwh)
    return (clear_days_apart(reduced, apart_mwh) if days_off_mw.any() else cleared), days_off_mw


def _lay_out_market(
    year: PowerYear,
    hours: HourlyLoad,
    called: SupplyStack,
    online: Commitment,
    reservoir: ReservoirMonths,
    pool: StorePool,
) -> MarketYear:
    """Lay out the year's market, contracts taken from the lines."""
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
        line_zones=year.line_zones,
        line_forward_mw=hours.line_forward_mw,
        line_backward_mw=hours.line_backward_mw,
        line_loss_share=year.line_loss_share,
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh,
        scarcity_price_cny_per_mwh=year.shortage.firm_price_cny_per_mwh,
    )


def _settle_at_price_cap(
    year: PowerYear, planned: _PlannedMarket, called: SupplyStack, cleared: Dispatch
) -> Dispatch:
    """Settle the year at the price cap, or at the dearest offer beyond it.

    What the market weighs in its order of cutting load is no offer, and nobody is paid it.
    """
    highest, cap = cleared.price_cny_per_mwh.max(), year.shortage.price_cap_cny_per_mwh
    if highest <= cap:  # as in most years
        return cleared
    offered = slice(planned.blocks.shedding.start)
    offers = called.cost_cny_per_mwh[offered][called.capacity_mw[offered] > 0.0]
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
