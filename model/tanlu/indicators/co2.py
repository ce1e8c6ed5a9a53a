"""Indicators of captured CO2: where it goes, what of it is avoided in the end, and hubs, lines and stores."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR, Axes
from tanlu.core.units import CNY_PER_BN_CNY, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, column, percent, scaled, sum_by_province
from tanlu.records.year import YearRecord
from tanlu.region.co2 import CO2Data
from tanlu.region.pack import Region

ELECTRICITY = SECTOR["electricity"]
INDUSTRY = slice(ELECTRICITY + 1, None)  # what captures outside power: all later sectors
MT, PER_T = "Mt CO2/yr", "CNY2020/t CO2"


def capture_indicators(region: Region) -> list[Indicator]:
    """List indicators of captured CO2 and where it goes."""
    flows: dict[str, Reader] = {
        "Emissions|CO2|Released after Capture": returned_tco2,
        "Carbon Capture": lambda r: r.co2.captured_tco2.sum(axis=2),
        "Carbon Capture|Electricity": lambda r: r.co2.captured_tco2[:, :, ELECTRICITY],
        "Carbon Capture|Industry": lambda r: r.co2.captured_tco2[:, :, INDUSTRY].sum(axis=2),
        "Emissions Avoided at Source|Carbon Capture": lambda r: r.co2.avoided_tco2.sum(axis=2),
        "Emissions Avoided at Source|Carbon Capture|Electricity": lambda r: r.co2.avoided_tco2[
            :, :, ELECTRICITY
        ],
        "Emissions Avoided at Source|Carbon Capture|Industry": lambda r: r.co2.avoided_tco2[
            :, :, INDUSTRY
        ].sum(axis=2),
        "Extra Emissions|Carbon Capture": extra_tco2,
        "Carbon Capture|By Destination|Storage": lambda r: r.co2.stored_tco2,
        "Carbon Capture|By Destination|Usage": lambda r: r.co2.used_tco2,
        "Carbon Capture|By Destination|Usage|Permanent": lambda r: r.co2.permanently_bound_tco2,
        "Carbon Capture|By Destination|Usage|Released": lambda r: (
            r.co2.used_tco2 - r.co2.permanently_bound_tco2
        ),
        "Carbon Capture|By Destination|Vented": lambda r: r.co2.vented_tco2,
    }
    products = {
        f"Carbon Capture|By Destination|Usage|By Product|{name}": column(
            lambda r: r.co2.used_by_product_tco2, j, T_PER_MT
        )
        for j, name in enumerate(region.co2.products.labels_en)
    }
    limits = {
        f"CO2 Use Limit|{name}": _nth_column(lambda r: r.co2.purchase_limit_tco2, j, T_PER_MT)
        for j, name in enumerate(region.co2.products.labels_en)
    }
    return [
        *(Indicator(name, MT, scaled(flow, T_PER_MT)) for name, flow in flows.items()),
        *(Indicator(name, MT, product) for name, product in (products | limits).items()),
        Indicator("Growth Limit|Carbon Capture", MT, lambda r: r.co2.room_tco2 / T_PER_MT),
        Indicator(
            "Growth Limit|Carbon Capture|Used",
            "%",
            lambda r: percent(r.co2.started_tco2, r.co2.room_tco2),
        ),
        Indicator(
            "Capture Research|Cost Reduction", "%", lambda r: 100.0 * (1.0 - r.co2.research_cost_factor)
        ),
        Indicator(
            "Revenue|CO2 Products",
            "bn CNY2020/yr",
            lambda r: r.co2.product_revenue_cny / CNY_PER_BN_CNY,
        ),
    ]


def co2_price_indicators() -> list[Indicator]:
    """List prices of CO2 products, transport and storage."""

    def stored_tco2(record: YearRecord) -> Floats:
        return record.co2.stored_tco2

    return [
        Indicator("Price|CO2 Products", PER_T, _product_price, lambda r: r.co2.used_tco2),
        Indicator("Price|CO2 Transport and Storage", PER_T, lambda r: r.co2.tariff_cny_per_tco2, stored_tco2),
        Indicator("Price|CO2 Transport", PER_T, _transport_price, stored_tco2),
    ]


def hub_indicators(region: Region) -> list[Indicator]:
    """List indicators of hubs, corridors and stores."""
    co2 = region.co2
    rows = _network(co2, region.axes)
    for h, name in enumerate(co2.hubs.names_en):
        rows += _of_hub(h, f"CO2 Hub|{name}")
    for e, name in enumerate(corridor_names(co2)):
        rows += _of_corridor(e, f"CO2 Line|{name}")
    rows.append(_liability_fund(co2, region.axes))
    for j, name in enumerate(co2.stores.names_en):
        held_mt = _nth_column(lambda r: r.hubs.store_held_tco2, j, T_PER_MT)
        rows.append(Indicator(f"CO2 Storage|{name}|Held", "Mt CO2", held_mt))
    return rows


def returned_tco2(record: YearRecord) -> Floats:
    """Compute captured CO2 that reached the air after all, t [Y, P]."""
    return record.co2.vented_tco2 + (record.co2.used_tco2 - record.co2.permanently_bound_tco2)


def extra_tco2(record: YearRecord) -> Floats:
    """Compute emissions of heat and electricity for capture, t [Y, P].

    That much of the retained CO2 is not avoided.
    """
    retained_tco2 = record.co2.stored_tco2 + record.co2.permanently_bound_tco2
    return np.asarray(retained_tco2 - record.co2.avoided_tco2.sum(axis=2))


def corridor_names(co2: CO2Data) -> list[str]:
    """Name each corridor by the places it joins [E]."""
    places = (*co2.hubs.names_en, *co2.stores.names_en)
    return [f"{places[a]} - {places[b]}" for a, b in co2.corridors.ends.tolist()]


def _network(co2: CO2Data, axes: Axes) -> list[Indicator]:
    hub_province = co2.hubs.province

    def total(read: Reader, scale: float) -> Reader:
        """Build a reader of hubs' sums [Y, H] by province [Y, P]."""
        return lambda r: sum_by_province(read(r), hub_province, axes) / scale

    return [
        Indicator("CO2 Transport|Committed", MT, total(lambda r: r.hubs.committed_tco2, T_PER_MT)),
        Indicator("CO2 Transport|Capacity", MT, total(lambda r: r.hubs.capacity_tco2, T_PER_MT)),
        Indicator("CO2 Transport|Pipeline Length", "km", total(lambda r: r.hubs.line_km, 1.0)),
        Indicator("CO2 Transport|Pipeline Length|Shared", "km", total(lambda r: r.hubs.shared_line_km, 1.0)),
    ]


def _of_hub(h: int, name: str) -> list[Indicator]:
    storage_cost = _nth_column(lambda r: r.hubs.storage_cost_cny_per_tco2, h, 1.0)
    return [
        Indicator(f"{name}|Committed", MT, _nth_column(lambda r: r.hubs.committed_tco2, h, T_PER_MT)),
        Indicator(f"{name}|Shipped", MT, _nth_column(lambda r: r.hubs.shipped_tco2, h, T_PER_MT)),
        Indicator(
            f"{name}|Agreed Capacity", MT, _nth_column(lambda r: r.hubs.agreed_capacity_tco2, h, T_PER_MT)
        ),
        Indicator(
            f"{name}|Line Cost",
            "bn CNY2020/yr",
            _nth_column(lambda r: r.hubs.line_cost_cny, h, CNY_PER_BN_CNY),
        ),
        Indicator(f"{name}|Tariff", PER_T, _nth_column(lambda r: r.hubs.tariff_cny_per_tco2, h, 1.0)),
        Indicator(f"{name}|Storage Cost", PER_T, storage_cost),
    ]


def _of_corridor(e: int, name: str) -> list[Indicator]:
    return [
        Indicator(f"{name}|Capacity", MT, _nth_column(lambda r: r.hubs.corridor_capacity_tco2, e, T_PER_MT)),
        Indicator(f"{name}|Shipped", MT, _nth_column(lambda r: r.hubs.corridor_shipped_tco2, e, T_PER_MT)),
        Indicator(f"{name}|Hubs", "1", _nth_column(lambda r: r.hubs.corridor_hubs, e, 1.0)),
    ]


def _liability_fund(co2: CO2Data, axes: Axes) -> Indicator:
    charge, store_province = co2.transport["storage_liability_cny_per_tco2"], co2.stores.province

    def fund(record: YearRecord) -> Floats:
        return charge * sum_by_province(record.hubs.store_held_tco2, store_province, axes) / CNY_PER_BN_CNY

    return Indicator("CO2 Storage|Liability Fund", "bn CNY2020", fund)


def _nth_column(read: Reader, i: int, scale: float) -> Reader:
    """Build a reader of column `i` of a quantity [Y, n].

    The unit is `scale` of its own.
    """
    return lambda r: read(r)[:, i] / scale


def _product_price(record: YearRecord) -> Floats:
    """Compute the mean price of CO2 products, CNY/t CO2 [Y, P].

    0 where nothing was sold.
    """
    return _mean(record.co2.product_revenue_cny, record.co2.used_tco2)


def _transport_price(record: YearRecord) -> Floats:
    """Compute the mean cost of transport, CNY/t CO2 [Y, P].

    0 where nothing was stored.
    """
    return _mean(record.co2.transport_cost_cny, record.co2.stored_tco2)


def _mean(money: Floats, tonnes: Floats) -> Floats:
    return np.divide(money, tonnes, out=np.zeros_like(tonnes), where=tonnes > 0.0)
