"""The electricity market: zones coupled by lines, cleared hour by hour at least cost.

Units offer their available capacity at marginal cost, neighbours and load that can be shed among them. Each
month's reservoir energy goes to the hours in which it saves most, and stores shift load within the day. Lines of
limited capacity couple zones; the price is uniform within a zone, and one at both ends wherever a line without loss
and wheeling cost is not full.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tanlu.core.arrays import Floats, Integers
from tanlu.core.days import TYPICAL
from tanlu.kernels.power.certificate import certify
from tanlu.kernels.power.dispatch import (
    Dispatch,
    DispatchStacks,
    HourlySupply,
    StorageYear,
    UnitStacks,
    route_flows,
    sum_dispatch,
)
from tanlu.kernels.power.exchange import exchange
from tanlu.kernels.power.merit_order import MeritOrder, StackUnits, merit_order
from tanlu.kernels.power.network import (
    Network,
    NetworkBounds,
    NetworkLines,
    NetworkStacks,
    YearSchedule,
    lay_out,
    read_schedule,
)
from tanlu.kernels.power.reservoirs import (
    ReservoirBounds,
    ReservoirStacks,
    ReservoirYear,
    schedule_reservoirs,
)
from tanlu.kernels.power.stores import StorePool, StoreStacks, StoresYear, WaterSchedule, operate_stores

OTHER_DAYS = slice(TYPICAL + 1, None)  # day types but the typical one


class MarketYear(NamedTuple):
    """What one year's market is given; axes: unit U, zone Z, line L, month M, day type D, hour H.

    Arrays are full-sized, C-contiguous, writeable, f8 or i8: numba compiles again for any other kind.
    """

    unit_zone: Integers  # [U]
    unit_capacity_mw: Floats  # [U]
    unit_availability: Floats  # [U, M] share of capacity, 0..1
    unit_cost_cny_per_mwh: Floats  # [U] marginal cost, >= 0
    net_load_mw: Floats  # [Z, M, D, H] load less must-run, wind and solar output; negative: surplus
    day_weight: Floats  # [M, D] days of each type
    line_zones: Integers  # [L, 2] at its first and its second end
    line_forward_mw: Floats  # [L, M] highest flow from the first end to the second
    line_backward_mw: Floats  # [L, M] highest flow back
    wheeling_cost_cny_per_mwh: Floats  # [L] of the flow in either direction, >= 0
    line_loss_share: Floats  # [L] of the flow that does not arrive
    scarcity_price_cny_per_mwh: float  # of load that no unit serves
    reservoir_energy_mwh: Floats  # [Z, M] to be released within the month
    reservoir_minimum_mw: Floats  # [Z, M]
    reservoir_maximum_mw: Floats  # [Z, M]
    store_power_mw: Floats  # [Z] highest charge and discharge of all stores of the zone
    store_energy_mwh: Floats  # [Z] most that a day discharges
    store_efficiency: Floats  # [Z] energy discharged per energy charged, above 0, at most 1


class MarketCase(NamedTuple):
    """A case of your own: the fields of `MarketYear`; a number stands for an array of it."""

    unit_zone: ArrayLike
    unit_capacity_mw: ArrayLike
    unit_cost_cny_per_mwh: ArrayLike
    net_load_mw: ArrayLike
    day_weight: ArrayLike
    scarcity_price_cny_per_mwh: float
    unit_availability: ArrayLike = 1.0
    line_zones: ArrayLike = ((0, 1),)
    line_forward_mw: ArrayLike = 0.0
    line_backward_mw: ArrayLike = 0.0
    wheeling_cost_cny_per_mwh: ArrayLike = 0.0
    line_loss_share: ArrayLike = 0.0
    reservoir_energy_mwh: ArrayLike = 0.0
    reservoir_minimum_mw: ArrayLike = 0.0
    reservoir_maximum_mw: ArrayLike = 0.0
    store_power_mw: ArrayLike = 0.0
    store_energy_mwh: ArrayLike = 0.0
    store_efficiency: ArrayLike = 1.0


def dispatch(case: MarketCase) -> Dispatch:
    """Clear one year for a case of your own.

    Of equal costs the unit listed first runs first; units dearer than the scarcity price never run. A reservoir's
    minimum is lowered where its energy cannot sustain it. In every hour of either zone

        units + reservoir + discharge + unserved = net load + charge + surplus + exports.

    The price is the cost of the last unit accepted; the value of water where a reservoir is marginal; 0 where
    output is curtailed; the scarcity price where load is not served. Without `line_zones` one line joins two zones.

    Raises:
        ValueError: if a field has the wrong shape, is not finite or is out of its range; it is named.
    """
    year = _read_case(case)
    highest = year.net_load_mw.shape[0] - 1
    if (year.unit_zone != np.asarray(case.unit_zone)).any():
        raise ValueError(f"unit_zone: needs a zone from 0 to {highest} for every unit")
    if (year.line_zones != np.asarray(case.line_zones)).any():
        raise ValueError(f"line_zones: needs a zone from 0 to {highest} at both ends of every line")
    if (year.line_zones[:, 0] == year.line_zones[:, 1]).any():
        raise ValueError("line_zones: a line needs two different zones")
    if (year.day_weight.sum(axis=1) == 0.0).any():
        raise ValueError("day_weight: every month needs days")
    if (year.reservoir_minimum_mw > year.reservoir_maximum_mw).any():
        raise ValueError("reservoir_minimum_mw: is above reservoir_maximum_mw")
    if (year.store_efficiency == 0.0).any():
        raise ValueError("store_efficiency: needs a value above 0")
    return clear_year(year)


def _read_case(case: MarketCase) -> MarketYear:
    """Return the case with full arrays, each in its range."""
    load = np.array(case.net_load_mw, dtype=np.float64)
    if load.ndim != 4 or load.size == 0:
        raise ValueError(f"net_load_mw: needs axes [zone, month, day type, hour], got shape {load.shape}")
    units, (zones, months, days, _), lines = (
        np.size(case.unit_zone),
        load.shape,
        len(np.asarray(case.line_zones)),
    )

    def array(name: str, *shape: int, lowest: float = 0.0, highest: float = np.inf) -> Floats:
        return _array(name, getattr(case, name), shape, lowest, highest)

    return MarketYear(
        unit_zone=array("unit_zone", units, highest=zones - 1.0).astype(np.int64),
        unit_capacity_mw=array("unit_capacity_mw", units),
        unit_availability=array("unit_availability", units, months, highest=1.0),
        unit_cost_cny_per_mwh=array("unit_cost_cny_per_mwh", units),
        net_load_mw=array("net_load_mw", *load.shape, lowest=-np.inf),
        day_weight=array("day_weight", months, days),
        line_zones=array("line_zones", lines, 2, highest=zones - 1.0).astype(np.int64),
        line_forward_mw=array("line_forward_mw", lines, months),
        line_backward_mw=array("line_backward_mw", lines, months),
        wheeling_cost_cny_per_mwh=array("wheeling_cost_cny_per_mwh", lines),
        line_loss_share=array("line_loss_share", lines, highest=1.0),
        scarcity_price_cny_per_mwh=float(array("scarcity_price_cny_per_mwh")),
        reservoir_energy_mwh=array("reservoir_energy_mwh", zones, months),
        reservoir_minimum_mw=array("reservoir_minimum_mw", zones, months),
        reservoir_maximum_mw=array("reservoir_maximum_mw", zones, months),
        store_power_mw=array("store_power_mw", zones),
        store_energy_mwh=array("store_energy_mwh", zones),
        store_efficiency=array("store_efficiency", zones, highest=1.0),
    )


def _array(name: str, value: ArrayLike, shape: tuple[int, ...], lowest: float, highest: float) -> Floats:
    """Return `value` as a fresh array, checked for shape and range.

    Raises:
        ValueError: if it does not fit; it is named.
    """
    array = np.asarray(value, dtype=np.float64)
    if array.ndim and array.shape != shape:
        raise ValueError(f"{name}: needs shape {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: holds a value that is not finite")
    if (array < lowest).any() or (array > highest).any():
        raise ValueError(
            f"{name}: needs {lowest:g} <= value <= {highest:g}, got {array.min():g} to {array.max():g}"
        )
    return np.array(np.broadcast_to(array, shape), order="C")


def clear_year(year: MarketYear) -> Dispatch:
    """Clear one year, unchecked; as `dispatch` otherwise.

    Two zones with one line begin with water, stores, water again and flows in turn, which are the least cost without
    stores and losses, and near it with them. Other graphs begin with steady water, no stores and no flows. Energy then
    moves along chains of hours, reservoirs, stores and lines for as long as that saves.
    """
    order, has_stores = _merit_order(year), bool(year.store_power_mw.any())
    is_pair = year.net_load_mw.shape[0] == 2 and len(year.line_zones) == 1 and year.line_zones[0, 0] == 0
    hours, storage = _clear_in_turn(year, order, has_stores) if is_pair else _begin_steady(year)
    gap = 0.0
    if not is_pair or has_stores or year.line_loss_share[0] > 0.0:
        gap = _exchange(year, order, hours, storage)
    return _add_up(year, order, hours, storage)._replace(gap_cny=gap)


def _clear_in_turn(year: MarketYear, order: MeritOrder, has_stores: bool) -> tuple[HourlySupply, StorageYear]:
    """Schedule water, stores and the flows of the line between two zones in turn."""
    water = _schedule_reservoirs(year, order, np.full((year.day_weight.shape[0], 2, 2), -1))
    operation = _operate_stores(year, order, water)
    year = year._replace(net_load_mw=operation.net_load_mw)
    if has_stores:  # the water answers what the stores did, close to where it was
        water = _schedule_reservoirs(year, order, water.reached_item)
    storage = StorageYear(
        water.reservoir_mw,
        water.water_value_cny_per_mwh,
        water.water_sets_price,
        water.spilled_mwh,
        operation.charge_mw,
        operation.discharge_mw,
    )
    return _route_flows(year, order, storage), storage


def _begin_steady(year: MarketYear) -> tuple[HourlySupply, StorageYear]:
    """Give every hour of a month the same water, and leave stores and lines idle."""
    shape, hours = year.net_load_mw.shape, year.day_weight.sum(axis=1) * year.net_load_mw.shape[3]
    steady_mw = np.minimum(year.reservoir_energy_mwh / hours, year.reservoir_maximum_mw)
    release_mw = np.repeat(steady_mw, shape[2] * shape[3]).reshape(shape)
    supply = HourlySupply(
        year.net_load_mw - release_mw, np.zeros(shape), np.zeros((year.line_zones.shape[0], *shape[1:]))
    )
    storage = StorageYear(
        release_mw,
        np.zeros(shape[:2]),
        np.zeros(shape, bool),
        year.reservoir_energy_mwh - steady_mw * hours,
        np.zeros(shape),
        np.zeros(shape),
    )
    return supply, storage


def _merit_order(year: MarketYear) -> MeritOrder:
    order: MeritOrder = merit_order(
        units=StackUnits(
            zone=year.unit_zone,
            capacity_mw=year.unit_capacity_mw,
            availability=year.unit_availability,
            cost_cny_per_mwh=year.unit_cost_cny_per_mwh,
            order=np.argsort(year.unit_cost_cny_per_mwh, kind="stable"),
        ),
        net_load_mw=year.net_load_mw,
        reservoir_maximum_mw=year.reservoir_maximum_mw,
        store_power_mw=year.store_power_mw,
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh,
        scarcity_price_cny_per_mwh=year.scarcity_price_cny_per_mwh,
    )
    return order


def _schedule_reservoirs(year: MarketYear, order: MeritOrder, near_item: Integers) -> ReservoirYear:
    water: ReservoirYear = schedule_reservoirs(
        stacks=ReservoirStacks(
            order.start_mw,
            order.item_price_cny_per_mwh,
            order.entries_below,
            order.first_item,
            order.item_total,
        ),
        net_load_mw=year.net_load_mw,
        day_weight=year.day_weight,
        line_forward_mw=year.line_forward_mw[0],
        line_backward_mw=year.line_backward_mw[0],
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh[0],
        bounds=ReservoirBounds(
            year.reservoir_energy_mwh, year.reservoir_minimum_mw, year.reservoir_maximum_mw
        ),
        near_item=near_item,
    )
    return water


def _operate_stores(year: MarketYear, order: MeritOrder, water: ReservoirYear) -> StoresYear:
    operation: StoresYear = operate_stores(
        stacks=StoreStacks(
            order.item_price_cny_per_mwh, order.entries_below, order.item_total, order.start_mw
        ),
        net_load_mw=year.net_load_mw,
        schedule=WaterSchedule(
            water.reservoir_mw,
            year.reservoir_maximum_mw,
            water.water_value_cny_per_mwh,
            water.water_sets_price,
            water.spilled_mwh,
        ),
        line_forward_mw=year.line_forward_mw[0],
        line_backward_mw=year.line_backward_mw[0],
        stores=StorePool(year.store_power_mw, year.store_energy_mwh, year.store_efficiency),
    )
    return operation


def _route_flows(year: MarketYear, order: MeritOrder, storage: StorageYear) -> HourlySupply:
    hours: HourlySupply = route_flows(
        order=DispatchStacks(
            order.entry_price_cny_per_mwh,
            order.entry_total,
            order.start_mw,
            order.entries_below,
            order.item_total,
            year.wheeling_cost_cny_per_mwh[0],
            year.line_loss_share[0],
        ),
        net_load_mw=year.net_load_mw,
        line_forward_mw=year.line_forward_mw[0],
        line_backward_mw=year.line_backward_mw[0],
        storage=storage,
    )
    return hours


def _exchange(year: MarketYear, order: MeritOrder, hours: HourlySupply, storage: StorageYear) -> float:
    """Move energy along chains in a year's hours; return the gap, CNY.

    The gap is by how much the year may at most cost more than the least.
    """
    schedule = YearSchedule(
        hours.supply_mw,
        hours.price_cny_per_mwh,
        hours.flow_mw,
        storage.reservoir_mw,
        storage.charge_mw,
        storage.discharge_mw,
        storage.water_value_cny_per_mwh,
        storage.spilled_mwh,
    )
    network = _lay_out(year, order, schedule)
    exchange(*network)
    read_schedule(network=network, schedule=schedule)
    return float(certify(*network).sum())


def _add_up(year: MarketYear, order: MeritOrder, hours: HourlySupply, storage: StorageYear) -> Dispatch:
    cleared: Dispatch = sum_dispatch(
        units=year.unit_zone.size,
        order=UnitStacks(
            order.unit,
            order.unit_price_cny_per_mwh,
            order.unit_total,
            order.unit_start_mw,
            year.wheeling_cost_cny_per_mwh,
        ),
        day_weight=year.day_weight,
        hours=hours,
        storage=storage,
    )
    return cleared


def _lay_out(year: MarketYear, order: MeritOrder, schedule: YearSchedule) -> Network:
    network: Network = lay_out(
        stacks=NetworkStacks(order.entry_price_cny_per_mwh, order.start_mw),
        lines=NetworkLines(
            year.line_zones,
            year.line_forward_mw,
            year.line_backward_mw,
            year.wheeling_cost_cny_per_mwh,
            year.line_loss_share,
        ),
        bounds=NetworkBounds(
            year.reservoir_energy_mwh,
            year.reservoir_minimum_mw,
            year.reservoir_maximum_mw,
            year.store_power_mw,
            year.store_energy_mwh,
            year.store_efficiency,
        ),
        day_weight=year.day_weight,
        schedule=schedule,
    )
    return network


def gap_share(cleared: Dispatch) -> float:
    """Compute the gap as a share of the year's cost.

    The year may at most cost so much more than the least; 0 where it costs nothing.
    """
    return cleared.gap_cny / cleared.cost_cny if cleared.cost_cny > 0.0 else 0.0


def clear_days_apart(year: MarketYear, apart_mwh: Floats) -> Dispatch:
    """Clear a year in which days of a dry spell have their own water.

    All day types but the first of some months have reservoir energy of their own. They are cleared as a month by
    themselves, so that no water moves between them and the month's other days.

    Args:
        year: as for `clear_year`; its reservoir energy is that of whole months.
        apart_mwh: [2, M] the part of it that they have; NaN where the month shares it freely. In a
            month that is apart in one zone, the other zone's energy is split by days.
    """
    months, dry_months = year.day_weight.shape[0], np.flatnonzero(~np.isnan(apart_mwh).all(axis=0))
    if dry_months.size == 0:
        return clear_year(year)
    weight = year.day_weight
    even_mwh = year.reservoir_energy_mwh * (weight[:, OTHER_DAYS].sum(axis=1) / weight.sum(axis=1))
    spell_mwh = np.where(np.isnan(apart_mwh), even_mwh, apart_mwh)[:, dry_months]
    rest_mwh = year.reservoir_energy_mwh.copy()
    rest_mwh[:, dry_months] -= spell_mwh
    days = np.concatenate([weight, np.zeros((dry_months.size, weight.shape[1]))])
    days[months:, OTHER_DAYS], days[dry_months, OTHER_DAYS] = weight[dry_months, OTHER_DAYS], 0.0
    order = np.concatenate([np.arange(months), dry_months])
    cleared = clear_year(
        year._replace(
            unit_availability=year.unit_availability.take(order, axis=1),
            net_load_mw=year.net_load_mw.take(order, axis=1),
            day_weight=days,
            line_forward_mw=year.line_forward_mw.take(order, axis=1),
            line_backward_mw=year.line_backward_mw.take(order, axis=1),
            reservoir_energy_mwh=np.concatenate([rest_mwh, spell_mwh], axis=1),
            reservoir_minimum_mw=year.reservoir_minimum_mw.take(order, axis=1),
            reservoir_maximum_mw=year.reservoir_maximum_mw.take(order, axis=1),
        )
    )
    return _rejoin_days(cleared, months, dry_months)


def _rejoin_days(cleared: Dispatch, months: int, dry_months: Integers) -> Dispatch:
    """Put the days cleared as months of their own back into their months."""

    def hours(values: Floats) -> Floats:
        """Return [..., M, D, H] of [..., M + apart, D, H]."""
        whole = values[..., :months, :, :].copy()
        whole[..., dry_months, OTHER_DAYS, :] = values[..., months:, OTHER_DAYS, :]
        return whole

    def sums(values: Floats) -> Floats:
        whole = values[:, :months].copy()
        whole[:, dry_months] += values[:, months:]
        return whole

    return cleared._replace(
        unit_output_by_month_mwh=sums(cleared.unit_output_by_month_mwh),
        price_cny_per_mwh=hours(cleared.price_cny_per_mwh),
        flow_mw=hours(cleared.flow_mw),
        units_mw=hours(cleared.units_mw),
        surplus_mw=hours(cleared.surplus_mw),
        unserved_mw=hours(cleared.unserved_mw),
        reservoir_mw=hours(cleared.reservoir_mw),
        charge_mw=hours(cleared.charge_mw),
        discharge_mw=hours(cleared.discharge_mw),
        water_value_cny_per_mwh=cleared.water_value_cny_per_mwh[:, :months].copy(),
        spilled_mwh=sums(cleared.spilled_mwh),
    )
