"""What is measured of CO2 hubs: tariffs, commitments and lines."""

from collections.abc import Callable

import numpy as np

from model.indicator import Indicator
from model.record import YearRecord
from model.region import Region
from model.signals import PROVINCES, Floats


def hub_indicators(region: Region) -> list[Indicator]:
    """Return pipelines and commitments by province, and tariff and commitments of every hub."""
    hubs, mt = region.co2.hubs, "Mt CO2/yr"

    def total(value: Floats) -> Floats:
        return np.stack([value[:, hubs.province == p].sum(axis=1) for p in range(len(PROVINCES))], axis=1)

    rows = [
        Indicator("CO2 Transport|Committed", mt, lambda r: total(r.hub_committed_tco2) / 1e6),
        Indicator("CO2 Transport|Capacity", mt, lambda r: total(r.hub_capacity_tco2) / 1e6),
        Indicator("CO2 Transport|Pipeline Length", "km", lambda r: total(r.hub_line_km)),
    ]
    for h, name in enumerate(hubs.names_en):
        rows.append(Indicator(f"CO2 Hub|{name}|Committed", mt, _of_hub("hub_committed_tco2", h, 1e6)))
        tariff = _of_hub("hub_tariff_cny_per_tco2", h, 1.0)
        rows.append(Indicator(f"CO2 Hub|{name}|Tariff", "CNY2020/t CO2", tariff))
    return rows


def _of_hub(field: str, h: int, scale: float) -> Callable[[YearRecord], Floats]:
    return lambda r: getattr(r, field)[:, h] / scale


def transport_price(record: YearRecord) -> Floats:
    """Return what the way to the store cost on average, CNY/t CO2 [Y, P]; 0 where nothing was stored."""
    stored = record.stored_tco2
    return np.divide(record.transport_cost_cny, stored, out=np.zeros_like(stored), where=stored > 0.0)
