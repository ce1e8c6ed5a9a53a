"""Tables that a region pack may leave out: each is read as one without rows.

What that means for the region stands in the catalogue of words, as `absent.TABLE`.
"""

from collections.abc import Iterable

from tanlu.region.column_types import columns_of

OPTIONAL = (
    *("abatement_options", "facilities", "production", "scrap", "exports"),
    *("co2_hubs", "co2_products", "storage_sites"),
    *("corridors", "corridor_energy", "corridor_shape", "corridor_shape_observed"),
    *("neighbours", "neighbour_months", "grid_factors"),
    *("hydro_cascades", "hydro_rules", "hydro_dry_spells", "hydro_filling", "hydro_spill"),
    *("thermal_maintenance", "thermal_obligations", "power_units_past", "project_completions"),
    *("load_outlook", "technology_learning", "tariffs", "taxes", "rating_spreads"),
    *("bond_issuers", "green_needs", "finance_statistics", "targets"),
    *("buildings", "vehicles", "vehicle_statistics"),
    *("currency", "currency_industry", "industry_sources"),
)

# What the rows of another table need: optional as long as that one has none.
COMPANIONS = {
    "neighbour_months": "neighbours",
    "storage_sites": "co2_hubs",
    "production": "facilities",
    "green_needs": "bond_issuers",
    "vehicle_statistics": "vehicles",
}
NEEDED_BY_LINES = ("corridor_energy", "grid_factors")  # contracts and purchases, not other lines


def absent_tables(names: Iterable[str]) -> tuple[str, ...]:
    """List the optional tables that are not among `names`."""
    present = {*names}
    return tuple(name for name in OPTIONAL if name not in present)


def empty_table(name: str) -> bytes:
    """Write the file of a table without rows."""
    return (",".join(columns_of(name)) + "\n").encode()
