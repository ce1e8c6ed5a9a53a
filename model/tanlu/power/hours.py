"""The hours of a cleared electricity year as a table, with what runs in the merit order told apart by source."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS, RENEWABLE_FUELS, THERMAL_FUELS, F
from tanlu.core.days import TYPICAL, usual_day_types
from tanlu.core.outcomes import MeritUnits, PowerHours, PowerOutcome, StoreCourse
from tanlu.kernels.power.hours import SourceUnits, split_output

DAY_TYPE_NAMES = ("typical", "peak")
NATURAL_SOURCES = ("run_of_river", "small_hydro", *RENEWABLE_FUELS)
THERMAL = [FUELS.index(fuel) for fuel in THERMAL_FUELS]
MERIT_SOURCES = (*THERMAL_FUELS, "import", "curtailed_export", "idle_load", "agents_supply", "shed")
ASK = "neighbour_ask_cny_per_mwh"
LEAST_ON_SALE_MW = 0.5  # less than this is not worth an offer
IMPORT, CURTAILED_EXPORT, IDLE_LOAD, AGENTS_SUPPLY, SHED = range(len(THERMAL_FUELS), len(MERIT_SOURCES))


class ClearedHours(NamedTuple):
    """What the table of a year's hours is made of."""

    year: int
    hours: PowerHours
    price_cny_per_mwh: Floats  # [P, month, day type, hour]
    must_run_share: Floats  # [P, thermal fuel] of the province's must-run output, without what is online
    floor_mw: Floats  # [P, thermal fuel, month] least output of what is online
    fuel: Integers  # [N] of the plants in that year
    stores: StoreCourse


def cleared_hours(
    year: int, power: PowerOutcome, output_mwh: Floats, province: Integers, fuel: Integers
) -> ClearedHours:
    """Collect a cleared year's hours for its table.

    Of the plants [N] output in the year, province and fuel are given.
    """
    rows, count = power.hours.units.rows, output_mwh.size
    must_run = np.maximum(output_mwh - sum_by_group(rows, power.units.output_mwh, count), 0.0)
    must_run, shape = must_run * np.isin(fuel[:count], THERMAL), power.generation_mwh.shape
    group = province[:count] * F + fuel[:count]
    by_fuel = sum_by_group(group, must_run, math.prod(shape)).reshape(shape)
    by_fuel = by_fuel[:, THERMAL]
    total = by_fuel.sum(axis=1, keepdims=True)
    share = np.divide(by_fuel, total, out=np.zeros_like(by_fuel), where=total > 0.0)
    floor = np.zeros((math.prod(shape), power.hours.floor_mw.shape[1]))
    np.add.at(floor, province[rows] * F + fuel[rows], power.hours.floor_mw)
    floor = floor.reshape(*shape, -1)[:, THERMAL]
    return ClearedHours(year, power.hours, power.prices.price_cny_per_mwh, share, floor, fuel, power.stores)


def hour_rows(cleared: ClearedHours, provinces: Sequence[str]) -> dict[str, np.ndarray]:
    """Build the rows of the table of hours, in MW and CNY/MWh.

    There is one for each province, month, typical or peak day and hour. thermal + nature + reservoir + discharge +
    import + agents_supply + shed + unserved = load + agents_load + charge + export + flow + curtailed. Other days of a
    dry spell are among the typical ones, which are the mean of both.

    Args:
        cleared: the year.
        provinces: their names [P].
    """
    weight = cleared.hours.day_weight
    price = usual_day_types(cleared.price_cny_per_mwh, weight)
    values = {name: usual_day_types(value, weight) for name, value in sources_mw(cleared).items()}
    days = weight.copy()[:, : len(DAY_TYPE_NAMES)]
    days[:, TYPICAL] += weight[:, len(DAY_TYPE_NAMES) :].sum(axis=1)
    province, month, day, hour = (axis.ravel() for axis in np.indices(price.shape))
    return {
        "year": np.full(province.size, cleared.year),
        "province": np.array(provinces, dtype=object)[province],
        "month": month + 1,
        "day_type": np.array(DAY_TYPE_NAMES, dtype=object)[day],
        "days": days[month, day],
        "hour": hour,
        "price_cny_per_mwh": price.ravel(),
        ASK: neighbour_ask(cleared.hours.units, values["import"]).ravel(),
        **{f"{name}_mw": np.broadcast_to(value, price.shape).ravel() for name, value in values.items()},
    }


def sources_mw(cleared: ClearedHours) -> dict[str, Floats]:
    """Collect load, sources and uses of power [P, month, day type, hour].

    Thermal output includes must-run; `export` is what is contracted less what is curtailed when power is dear,
    and negative where more is contracted inwards; `import` is what neighbours sell at their price; wind, sun and
    water stand before curtailment.
    """
    hours = cleared.hours
    merit = merit_sources_mw(hours.units, hours.merit_order_mw, cleared.fuel)
    floor = cleared.floor_mw[:, :, :, None, None]
    steady = hours.must_run_mw - floor.sum(axis=1)
    thermal = {
        name: merit[:, f] + floor[:, f] + steady * cleared.must_run_share[:, f, None, None, None]
        for f, name in enumerate(THERMAL_FUELS)
    }
    return {
        "load": hours.load_mw,
        **thermal,
        **dict(zip(NATURAL_SOURCES, hours.natural_mw, strict=True)),
        "reservoir": hours.reservoir_mw,
        "discharge": hours.discharge_mw,
        "import": merit[:, IMPORT],
        "agents_supply": merit[:, AGENTS_SUPPLY],
        "shed": merit[:, SHED] + hours.days_off_mw,
        "unserved": hours.unserved_mw,
        "agents_load": hours.bid_mw - merit[:, IDLE_LOAD],
        "charge": hours.charge_mw,
        "export": hours.export_mw - merit[:, CURTAILED_EXPORT],
        "flow": hours.flow_mw,
        "curtailed": hours.curtailed_mw,
    }


def neighbour_ask(units: MeritUnits, bought_mw: Floats) -> Floats:
    """Find the lowest price at which neighbours would still sell, CNY/MWh [P, month, day type, hour].

    It is NaN where nothing is left on sale. What is bought takes the cheapest blocks first.

    Args:
        units: the merit order.
        bought_mw: of neighbours, with the same axes as the result.
    """
    sold = units.blocks.purchases
    price = units.cost_cny_per_mwh[sold]
    offered = units.capacity_mw[sold, None] * units.availability[sold]
    ask = np.full(bought_mw.shape, np.nan)
    for zone, bought in enumerate(bought_mw):
        in_zone = np.flatnonzero(units.zone[sold] == zone)
        order = in_zone[np.argsort(price[in_zone], kind="stable")]
        sold_out_mw = offered[order].cumsum(axis=0)[:, :, None, None] - LEAST_ON_SALE_MW
        next_block = (sold_out_mw <= bought).sum(axis=0)
        ask[zone] = np.append(price[order], np.nan)[next_block]
    return ask


def merit_sources_mw(units: MeritUnits, output_mw: Floats, fuel: Integers) -> Floats:
    """Split the merit order's output by source.

    Axes are [P, `MERIT_SOURCES`, month, day type, hour]. The zone's total fills the stack from the cheapest unit up, as
    the clearing does.

    Args:
        units: the merit order.
        output_mw: f8[P, month, day type, hour] of all units of a zone.
        fuel: i8[N] of the power plants.
    """
    position = np.zeros(F, np.int64)
    position[THERMAL] = np.arange(len(THERMAL))
    source = np.full(units.zone.size, SHED)
    source[units.blocks.units] = position[fuel[units.rows]]
    source[units.blocks.purchases] = IMPORT
    source[units.blocks.sales] = source[units.blocks.recall] = CURTAILED_EXPORT
    source[units.blocks.idle_load], source[units.blocks.supplies] = IDLE_LOAD, AGENTS_SUPPLY
    order = np.argsort(units.cost_cny_per_mwh, kind="stable")
    called = SourceUnits(units.zone, units.capacity_mw, units.availability, source, order)
    source_mw: Floats = split_output(units=called, sources=len(MERIT_SOURCES), output_mw=output_mw)
    return source_mw
