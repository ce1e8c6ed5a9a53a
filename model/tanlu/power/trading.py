"""What added agents bring to a year of the electricity market, and what of it was traded."""

from collections.abc import Mapping

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import C
from tanlu.core.days import every_day_type
from tanlu.core.outcomes import StackBlocks, Trade
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.power.supply import PowerYear
from tanlu.power.trades import TradeOffers
from tanlu.region.hydro import HOURS_IN_MONTH


def join_trades(year: PowerYear, trades: TradeOffers) -> PowerYear:
    """Join what added agents offer to a year.

    Firm load is load as any other: peak, reserve and shortage hold it. Industry has no more to shed than before.
    """
    if not trades.kinds:
        return year
    usual = None if year.usual is None else join_trades(year.usual, trades)
    year = year._replace(trades=trades, usual=usual)
    firm = trades.firm
    if firm.zone.size == 0:
        return year
    before_mw = year.load_shape * (year.load_mwh / HOURS_PER_YEAR)[:, None, None, None]
    load_mw = before_mw.copy()
    for zone, mw in zip(firm.zone, every_day_type(firm.mw, year.day_weight), strict=True):
        load_mw[zone] += mw
    load_mwh = (load_mw * year.day_weight[:, :, None]).sum(axis=(1, 2, 3))
    hours = (1, 2, 3)
    mean_mw = np.maximum(load_mwh / HOURS_PER_YEAR, 1e-300)  # a province without load has no shape
    kept_share = before_mw.mean(axis=hours) / np.maximum(load_mw.mean(axis=hours), 1e-300)
    shortage = year.shortage._replace(industrial_share=year.shortage.industrial_share * kept_share)
    shape = load_mw / mean_mw[:, None, None, None]
    return year._replace(load_mwh=load_mwh, load_shape=shape, shortage=shortage)


def sum_bids(year: PowerYear) -> Floats:
    """Sum the load with a bid by zone, MW [Z, month]."""
    bids, total_mw = year.trades.bids, np.zeros(year.contract_mw.shape)
    for zone, mw in zip(bids.zone, bids.mw, strict=True):
        total_mw[zone] += mw
    return total_mw


def sum_kinds(year: PowerYear, blocks: StackBlocks, market: Dispatch) -> Mapping[str, Trade]:
    """Sum what each kind of added agents traded in a cleared year.

    Args:
        year: what surrounds the plants.
        blocks: of the supply stack.
        market: what it gave.
    """
    if not year.trades.kinds:
        return {}
    kinds, (firm, bids, supplies) = year.trades.kinds, year.trades[1:]
    zones, days = year.load_mwh.size, year.day_weight[:, :, None]
    worth = market.price_cny_per_mwh * days  # of a MW in the year, [Z, month, day type, hour]
    firm_mw, hours = every_day_type(firm.mw, year.day_weight), (1, 2, 3)
    firm_mwh, firm_cny = (firm_mw * days).sum(axis=hours), (firm_mw * worth[firm.zone]).sum(axis=hours)
    idle_mwh, idle_cny = market.unit_output_mwh[blocks.idle_load], market.unit_revenue_cny[blocks.idle_load]
    # What rounding leaves of a load that is never served is no negative purchase.
    bid_mwh = np.maximum((bids.mw * HOURS_IN_MONTH).sum(axis=1) - idle_mwh, 0.0)
    bid_cny = np.maximum((bids.mw * worth.sum(axis=(2, 3))[bids.zone]).sum(axis=1) - idle_cny, 0.0)
    supplied_mwh = market.unit_output_mwh[blocks.supplies]

    def by_kind(kind: Integers, zone: Integers, value: Floats) -> Floats:
        return sum_by_group(kind * zones + zone, value, len(kinds) * zones).reshape(-1, zones)

    firm_place, bid_place = firm[:2], bids[:2]
    place = supplies.kind, supplies.zone * C + supplies.carrier
    emitted = sum_by_group(
        place[0] * zones * C + place[1], supplied_mwh * supplies.tco2_per_mwh, len(kinds) * zones * C
    )
    fields = (
        by_kind(*firm_place, firm_mwh),
        by_kind(*firm_place, firm_cny),
        by_kind(*bid_place, bid_mwh),
        by_kind(*bid_place, bid_cny),
        by_kind(*firm_place, firm_mwh * firm.grid_charge_cny_per_mwh)
        + by_kind(*bid_place, bid_mwh * bids.grid_charge_cny_per_mwh),
        by_kind(*supplies[:2], supplied_mwh),
        by_kind(*supplies[:2], market.unit_revenue_cny[blocks.supplies]),
        by_kind(*supplies[:2], supplied_mwh * supplies.carbon_cny_per_mwh),
        emitted.reshape(len(kinds), zones, C),
    )
    return {kind: Trade(*(field[k] for field in fields)) for k, kind in enumerate(kinds)}
