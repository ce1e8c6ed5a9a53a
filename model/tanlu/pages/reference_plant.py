"""What markets for CO2 are measured by: a price, and what one coal station captures."""

from pathlib import Path

from tanlu.core.axes import Axes
from tanlu.core.units import KG_PER_T, T_PER_MT
from tanlu.region.tables import read_frame

STATION_TABLES = ("technologies", "fuel_factors")
# Near the least at which a coal unit captures (docs/validation.md).
NEAR_COST_CNY_PER_TCO2 = 200.0
# A usual station, at about the hours that the region's coal units ran in 2023 and 2024.
STATION_MW, STATION_HOURS = 2 * 600.0, 5000.0


def read_station_mt(pack: Path, axes: Axes) -> float:
    """Return what capture takes from a coal station of 2 x 600 MW built as today, Mt a year."""
    technologies, factors = (read_frame(pack, name) for name in STATION_TABLES)
    carbon_kg_per_gj = float(factors.set_index("carrier")["co2_kg_per_gj"]["coal"])
    of_today = technologies[technologies["year"] == axes.base_year]
    today = of_today.set_index(["technology", "parameter"])["value"]
    heat_rate = float(today["coal", "net_heat_rate_gj_per_mwh"])
    rate = float(today["coal_capture_retrofit", "capture_rate"])
    per_mwh = heat_rate * carbon_kg_per_gj / KG_PER_T * rate
    return STATION_MW * STATION_HOURS * per_mwh / T_PER_MT
