"""What is measured of CO2 hubs and stores: tariffs, commitments, lines, and how full stores are."""

from collections.abc import Callable

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.indicators.base import Indicator
from tanlu.region.co2 import CO2Data
from tanlu.region.pack import Region
from tanlu.simulation.record import YearRecord

PRICES = {"Tariff": "hub_tariff_cny_per_tco2", "Storage Cost": "hub_storage_cost_cny_per_tco2"}


def hub_indicators(region: Region) -> list[Indicator]:
    """Return pipelines and commitments by province, the state of every hub and corridor, and what every store holds."""
    hubs, mt = region.co2.hubs, "Mt CO2/yr"

    def total(value: Floats) -> Floats:
        return np.stack([value[:, hubs.province == p].sum(axis=1) for p in range(P)], axis=1)

    rows = [
        Indicator("CO2 Transport|Committed", mt, lambda r: total(r.hub_committed_tco2) / 1e6),
        Indicator("CO2 Transport|Capacity", mt, lambda r: total(r.hub_capacity_tco2) / 1e6),
        Indicator("CO2 Transport|Pipeline Length", "km", lambda r: total(r.hub_line_km)),
        Indicator("CO2 Transport|Pipeline Length|Shared", "km", lambda r: total(r.hub_shared_km)),
    ]
    for h, name in enumerate(hubs.names_en):
        rows.append(Indicator(f"CO2 Hub|{name}|Committed", mt, _of_one("hub_committed_tco2", h, 1e6)))
        rows.append(Indicator(f"CO2 Hub|{name}|Shipped", mt, _of_one("hub_shipped_tco2", h, 1e6)))
        rows.append(Indicator(f"CO2 Hub|{name}|Agreed Capacity", mt, _of_one("hub_agreed_tco2", h, 1e6)))
        cost = _of_one("hub_line_cost_cny", h, 1e9)
        rows.append(Indicator(f"CO2 Hub|{name}|Line Cost", "bn CNY2020/yr", cost))
        for variable, field in PRICES.items():
            rows.append(Indicator(f"CO2 Hub|{name}|{variable}", "CNY2020/t CO2", _of_one(field, h, 1.0)))
    for e, name in enumerate(corridor_names(region.co2)):
        rows.append(Indicator(f"CO2 Line|{name}|Capacity", mt, _of_one("corridor_capacity_tco2", e, 1e6)))
        rows.append(Indicator(f"CO2 Line|{name}|Shipped", mt, _of_one("corridor_shipped_tco2", e, 1e6)))
        rows.append(Indicator(f"CO2 Line|{name}|Hubs", "1", _of_one("corridor_hubs", e, 1.0)))
    charge, where = region.co2.transport["storage_liability_cny_per_tco2"], region.co2.stores.province

    def fund(r: YearRecord) -> Floats:
        held = [r.store_held_tco2[:, where == p].sum(axis=1) for p in range(P)]
        return charge * np.stack(held, axis=1) / 1e9

    rows.append(Indicator("CO2 Storage|Liability Fund", "bn CNY2020", fund))
    for j, name in enumerate(region.co2.stores.names_en):
        rows.append(Indicator(f"CO2 Storage|{name}|Held", "Mt CO2", _of_one("store_held_tco2", j, 1e6)))
    return rows


def corridor_names(co2: CO2Data) -> list[str]:
    """Return the places that each corridor joins, as words [E]."""
    places = (*co2.hubs.names_en, *co2.stores.names_en)
    return [f"{places[a]} - {places[b]}" for a, b in co2.corridors.ends.tolist()]


def _of_one(field: str, column: int, scale: float) -> Callable[[YearRecord], Floats]:
    return lambda r: getattr(r, field)[:, column] / scale


def transport_price(record: YearRecord) -> Floats:
    """Return what the way to the store cost on average, CNY/t CO2 [Y, P]; 0 where nothing was stored."""
    stored = record.stored_tco2
    return np.divide(record.transport_cost_cny, stored, out=np.zeros_like(stored), where=stored > 0.0)
