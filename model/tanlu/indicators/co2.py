"""What is measured of captured CO2: where it goes, what of it is avoided in the end, and hubs, lines and stores."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR, P
from tanlu.core.units import CNY_PER_BN_CNY, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, column, percent, scaled
from tanlu.records.year import YearRecord
from tanlu.region.co2 import CO2Data
from tanlu.region.pack import Region

ELECTRICITY = SECTOR["electricity"]
MT, PER_T = "Mt CO2/yr", "CNY2020/t CO2"


def capture_indicators(region: Region) -> list[Indicator]:
    """Return captured, avoided, stored, used and vented CO2, and what each product takes."""
    flows: dict[str, Reader] = {
        "Emissions|CO2|Released after Capture": returned_tco2,
        "Carbon Capture": lambda r: r.co2.captured_tco2.sum(axis=2),
        "Carbon Capture|Electricity": lambda r: r.co2.captured_tco2[:, :, ELECTRICITY],
        "Carbon Capture|Industry": lambda r: r.co2.captured_tco2[:, :, 1:].sum(axis=2),
        "Emissions Avoided|Carbon Capture": lambda r: r.co2.avoided_tco2.sum(axis=2),
        "Emissions Avoided|Carbon Capture|Electricity": lambda r: r.co2.avoided_tco2[:, :, ELECTRICITY],
        "Emissions Avoided|Carbon Capture|Industry": lambda r: r.co2.avoided_tco2[:, :, 1:].sum(axis=2),
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
    return [
        *(Indicator(name, MT, scaled(flow, T_PER_MT)) for name, flow in flows.items()),
        *(Indicator(name, MT, product) for name, product in products.items()),
        Indicator("Growth Limit|Carbon Capture", MT, lambda r: r.co2.room_tco2[:, 0] / T_PER_MT),
        Indicator(
            "Growth Limit|Carbon Capture|Used",
            "%",
            lambda r: percent(r.co2.started_tco2[:, 0], r.co2.room_tco2[:, 0]),
        ),
        Indicator(
            "Revenue|CO2 Products",
            "bn CNY2020/yr",
            lambda r: r.co2.product_revenue_cny / CNY_PER_BN_CNY,
        ),
    ]


def co2_price_indicators() -> list[Indicator]:
    """Return what products pay for CO2, and what transport and storage cost."""

    def stored(record: YearRecord) -> Floats:
        return record.co2.stored_tco2

    return [
        Indicator("Price|CO2 Products", PER_T, _product_price, lambda r: r.co2.used_tco2),
        Indicator("Price|CO2 Transport and Storage", PER_T, lambda r: r.co2.tariff_cny_per_tco2, stored),
        Indicator("Price|CO2 Transport", PER_T, _transport_price, stored),
    ]


def hub_indicators(region: Region) -> list[Indicator]:
    """Return lines and commitments by province, the state of every hub and corridor, and what every store holds."""
    co2 = region.co2
    rows = _network(co2)
    for h, name in enumerate(co2.hubs.names_en):
        rows += _of_hub(h, f"CO2 Hub|{name}")
    for e, name in enumerate(corridor_names(co2)):
        rows += _of_corridor(e, f"CO2 Line|{name}")
    rows.append(_liability_fund(co2))
    for j, name in enumerate(co2.stores.names_en):
        held = _at(lambda r: r.hubs.store_held_tco2, j, T_PER_MT)
        rows.append(Indicator(f"CO2 Storage|{name}|Held", "Mt CO2", held))
    return rows


def returned_tco2(record: YearRecord) -> Floats:
    """Return captured CO2 that reached the air after all, t [Y, P]."""
    return record.co2.vented_tco2 + (record.co2.used_tco2 - record.co2.permanently_bound_tco2)


def extra_tco2(record: YearRecord) -> Floats:
    """Return what heat and electricity for capture emit, t [Y, P]: that much of what is kept is not avoided."""
    kept = record.co2.stored_tco2 + record.co2.permanently_bound_tco2
    return np.asarray(kept - record.co2.avoided_tco2.sum(axis=2))


def corridor_names(co2: CO2Data) -> list[str]:
    """Return the places that each corridor joins, as words [E]."""
    places = (*co2.hubs.names_en, *co2.stores.names_en)
    return [f"{places[a]} - {places[b]}" for a, b in co2.corridors.ends.tolist()]


def _network(co2: CO2Data) -> list[Indicator]:
    where = co2.hubs.province

    def total(read: Reader, scale: float) -> Reader:
        """Return how to read the sum over hubs [Y, H] by province [Y, P]."""
        return lambda r: _by_province(read(r), where) / scale

    return [
        Indicator("CO2 Transport|Committed", MT, total(lambda r: r.hubs.committed_tco2, T_PER_MT)),
        Indicator("CO2 Transport|Capacity", MT, total(lambda r: r.hubs.capacity_tco2, T_PER_MT)),
        Indicator("CO2 Transport|Pipeline Length", "km", total(lambda r: r.hubs.line_km, 1.0)),
        Indicator("CO2 Transport|Pipeline Length|Shared", "km", total(lambda r: r.hubs.shared_line_km, 1.0)),
    ]


def _of_hub(h: int, name: str) -> list[Indicator]:
    storage_cost = _at(lambda r: r.hubs.storage_cost_cny_per_tco2, h, 1.0)
    return [
        Indicator(f"{name}|Committed", MT, _at(lambda r: r.hubs.committed_tco2, h, T_PER_MT)),
        Indicator(f"{name}|Shipped", MT, _at(lambda r: r.hubs.shipped_tco2, h, T_PER_MT)),
        Indicator(f"{name}|Agreed Capacity", MT, _at(lambda r: r.hubs.agreed_capacity_tco2, h, T_PER_MT)),
        Indicator(
            f"{name}|Line Cost", "bn CNY2020/yr", _at(lambda r: r.hubs.line_cost_cny, h, CNY_PER_BN_CNY)
        ),
        Indicator(f"{name}|Tariff", PER_T, _at(lambda r: r.hubs.tariff_cny_per_tco2, h, 1.0)),
        Indicator(f"{name}|Storage Cost", PER_T, storage_cost),
    ]


def _of_corridor(e: int, name: str) -> list[Indicator]:
    return [
        Indicator(f"{name}|Capacity", MT, _at(lambda r: r.hubs.corridor_capacity_tco2, e, T_PER_MT)),
        Indicator(f"{name}|Shipped", MT, _at(lambda r: r.hubs.corridor_shipped_tco2, e, T_PER_MT)),
        Indicator(f"{name}|Hubs", "1", _at(lambda r: r.hubs.corridor_hubs, e, 1.0)),
    ]


def _liability_fund(co2: CO2Data) -> Indicator:
    charge, where = co2.transport["storage_liability_cny_per_tco2"], co2.stores.province

    def fund(record: YearRecord) -> Floats:
        return charge * _by_province(record.hubs.store_held_tco2, where) / CNY_PER_BN_CNY

    return Indicator("CO2 Storage|Liability Fund", "bn CNY2020", fund)


def _by_province(value: Floats, where: Integers) -> Floats:
    """Return the sums of columns [Y, n] by the province of each [Y, P]."""
    return np.stack([value[:, where == p].sum(axis=1) for p in range(P)], axis=1)


def _at(read: Reader, i: int, scale: float) -> Reader:
    """Return how to read column `i` of what is read as [Y, n], in a unit that is `scale` of its own."""
    return lambda r: read(r)[:, i] / scale


def _product_price(record: YearRecord) -> Floats:
    """Return what products paid on average, CNY/t CO2 [Y, P]; 0 where nothing was sold."""
    return _mean(record.co2.product_revenue_cny, record.co2.used_tco2)


def _transport_price(record: YearRecord) -> Floats:
    """Return what the way to the store cost on average, CNY/t CO2 [Y, P]; 0 where nothing was stored."""
    return _mean(record.co2.transport_cost_cny, record.co2.stored_tco2)


def _mean(money: Floats, tonnes: Floats) -> Floats:
    return np.divide(money, tonnes, out=np.zeros_like(tonnes), where=tonnes > 0.0)
