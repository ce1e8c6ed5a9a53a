"""What is measured of captured CO2: where it goes, and what of it is avoided in the end."""

from collections.abc import Callable

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR
from tanlu.indicators.base import Indicator
from tanlu.region.pack import Region
from tanlu.simulation.record import YearRecord

ELECTRICITY = SECTOR["electricity"]


def capture_indicators(region: Region) -> list[Indicator]:
    """Return captured, avoided, stored, used and vented CO2, and what each product takes."""
    flows: dict[str, Callable[[YearRecord], Floats]] = {
        "Emissions|CO2|Released after Capture": returned_tco2,
        "Carbon Capture": lambda r: r.captured_tco2.sum(axis=2),
        "Carbon Capture|Electricity": lambda r: r.captured_tco2[:, :, ELECTRICITY],
        "Carbon Capture|Industry": lambda r: r.captured_tco2[:, :, 1:].sum(axis=2),
        "Carbon Capture|Avoided": lambda r: r.avoided_tco2.sum(axis=2),
        "Carbon Capture|Avoided|Electricity": lambda r: r.avoided_tco2[:, :, ELECTRICITY],
        "Carbon Capture|Avoided|Industry": lambda r: r.avoided_tco2[:, :, 1:].sum(axis=2),
        "Carbon Capture|Extra Emissions": extra_tco2,
        "Carbon Capture|Storage": lambda r: r.stored_tco2,
        "Carbon Capture|Usage": lambda r: r.used_tco2,
        "Carbon Capture|Usage|Permanent": lambda r: r.bound_tco2,
        "Carbon Capture|Usage|Released": lambda r: r.used_tco2 - r.bound_tco2,
        "Carbon Capture|Vented": lambda r: r.vented_tco2,
    }
    for j, name in enumerate(region.co2.products.labels_en):
        flows[f"Carbon Capture|Usage|Product|{name}"] = _of_product(j)
    sales = Indicator("Carbon Capture|Usage|Sales", "bn CNY2020/yr", lambda r: r.product_revenue_cny / 1e9)
    return [*(Indicator(name, "Mt CO2/yr", _in_mt(flow)) for name, flow in flows.items()), sales]


def returned_tco2(record: YearRecord) -> Floats:
    """Return captured CO2 that reached the air after all, t [Y, P]."""
    return record.vented_tco2 + (record.used_tco2 - record.bound_tco2)


def extra_tco2(record: YearRecord) -> Floats:
    """Return what heat and electricity for capture emit, t [Y, P]: that much of what is kept is not avoided."""
    return record.stored_tco2 + record.bound_tco2 - record.avoided_tco2.sum(axis=2)


def _of_product(j: int) -> Callable[[YearRecord], Floats]:
    return lambda r: r.bought_tco2[:, :, j]


def _in_mt(flow: Callable[[YearRecord], Floats]) -> Callable[[YearRecord], Floats]:
    return lambda r: flow(r) / 1e6
