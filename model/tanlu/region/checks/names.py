"""Which names each column may hold: those of other tables, of the pack, and of what the model knows."""

from collections.abc import Iterable, Iterator, Mapping

from tanlu.core.axes import (
    BUILDING_METHODS,
    CARRIERS,
    COHORT_SECTORS,
    COUNTRY,
    CUSTOMERS,
    END_USE_TECHNOLOGIES,
    FUELS,
    ISSUER_KINDS,
    PARTS,
    RATIONING_TIERS,
    RENEWABLE_FUELS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
    Axes,
)
from tanlu.core.schedules import CAP_PATHS
from tanlu.core.taxes import TAX_CLASSES
from tanlu.inputs.diagnostics import Finding, build_table_finding, nearest, printable
from tanlu.region.balance import CONTEXT_ITEMS, ITEMS, KINDS, SCOPES, STATUSES
from tanlu.region.checks.keys import GRADES
from tanlu.region.checks.limits import declared_names
from tanlu.region.checks.sheets import Sheets
from tanlu.region.cofiring import TECHNOLOGY
from tanlu.region.columns import RULES
from tanlu.region.demand import PROFILED_PARTS, STATISTIC_GROUPS, VEHICLE_PROFILES
from tanlu.region.finance import EVERYWHERE, OWNER_KINDS, TAX_PARAMETERS
from tanlu.region.national_market import NATIONAL_CLASSES, NATIONAL_GROUPS
from tanlu.region.power import BUILDABLE, PRICED_FUELS
from tanlu.region.tariffs import REGULATED_ITEM, TARIFF_ITEMS
from tanlu.region.trade import VEHICLES

ALL_SECTORS, ALL_CARRIERS = "TOTAL", "energy"  # inventory rows that are sums
BLOCK = "block_"  # begins the name of what a sector without facilities runs as
CONTRACTS = ("contract_export", "contract_import", "internal")
PRICE, CHARGE = "price_cny_per_mwh", "charge_cny_per_mwh"
TRADE_COLUMNS = ("neighbour", PRICE, CHARGE)
IMPORTS = ("contract_import", "price_responsive_import")
# Columns that name rows of other tables: (table, column) -> (the other table, its column).
FOREIGN_KEYS = {
    ("corridor_energy", "corridor_id"): ("corridors", "corridor_id"),
    ("corridors", "neighbour"): ("neighbours", "neighbour"),
    ("corridors", "shares_line_with"): ("corridors", "corridor_id"),
    ("neighbour_months", "neighbour"): ("neighbours", "neighbour"),
    ("corridor_shape", "group"): ("corridors", "group"),
    ("corridor_shape_observed", "group"): ("corridors", "group"),
    ("hydro_rules", "reservoir_id"): ("hydro_cascades", "reservoir_id"),
    ("power_units", "owner_id"): ("owners", "owner_id"),
    ("power_units_past", "unit_id"): ("power_units", "unit_id"),
    ("abatement_options", "to_process"): ("processes", "process"),
    ("cohort_technologies", "cohort"): ("cohorts", "cohort"),
    ("co2_products", "material_from"): ("processes", "process"),
    ("facilities", "owner_id"): ("owners", "owner_id"),
    ("facilities", "process"): ("processes", "process"),
    ("facilities", "product"): ("products", "product"),
    ("processes", "product"): ("products", "product"),
    ("production", "product"): ("processes", "product"),
    ("green_needs", "issuer_id"): ("bond_issuers", "issuer_id"),
}
LISTS = ("licensed_technologies", "material_from")  # columns whose cells hold several names, parted by ;

type Names = Mapping[tuple[str, str], Iterable[str]]


def find_unknown_names(sheets: Sheets, axes: Axes) -> Iterator[Finding]:
    """Yield the cells whose name nothing has."""
    for (table, column), allowed in known_names(sheets, axes).items():
        valid_names, sheet = {*allowed, ""}, sheets[table]
        for line, cell in zip(sheet.lines, sheet.columns[column], strict=True):
            for name in cell.split(";") if column in LISTS else (cell,):
                if name not in valid_names:
                    allowed_names = ", ".join(sorted(valid_names - {""}))
                    values = {
                        "given": printable(name),
                        "near": nearest(name, valid_names) or "–",
                        "known": allowed_names,
                    }
                    yield build_table_finding("unknown-name", table, line, column, **values)


def find_ownerless_provinces(sheets: Sheets, axes: Axes) -> Iterator[Finding]:
    """Yield provinces without an owner of their own.

    They would own what no facility stands for.
    """
    for province in axes.provinces:
        if province not in sheets["owners"].columns["province_scope"]:
            yield build_table_finding("no-owner", "owners", 0, "province_scope", province=province)


def find_broken_lines(sheets: Sheets, axes: Axes) -> Iterator[Finding]:
    """Yield ends of lines that are no province, and lines from a province to itself."""
    for row, ends in _lines_between_provinces(sheets):
        for column, name in zip(("from_region", "to_region"), ends, strict=True):
            if name not in axes.provinces:
                values = {"given": printable(name), "near": nearest(name, axes.provinces) or "–"}
                allowed_names = ", ".join(axes.provinces)
                yield build_table_finding(
                    "unknown-name", "corridors", row, column, known=allowed_names, **values
                )
        if ends[0] == ends[1]:
            yield build_table_finding("same-ends", "corridors", row, "to_region", province=printable(ends[0]))


def find_unjoined_provinces(sheets: Sheets, axes: Axes) -> Iterator[Finding]:
    """Yield provinces that no lines join to the first.

    The row is that of their own line, or else of the last, below which theirs belongs.
    """
    joined, lines = {axes.provinces[0]}, {row: {*ends} for row, ends in _lines_between_provinces(sheets)}
    for _ in axes.provinces:
        joined = joined.union(*(ends for ends in lines.values() if ends & joined))
    for province in axes.provinces:
        if province not in joined:
            row = next((row for row, ends in lines.items() if province in ends), max(lines, default=0))
            values = {"province": province, "first": axes.provinces[0]}
            yield build_table_finding("no-line", "corridors", row, "to_region", **values)


def _lines_between_provinces(sheets: Sheets) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield row and ends of lines between provinces."""
    sheet = sheets["corridors"]
    kinds, *ends = (sheet.columns[name] for name in ("kind", "from_region", "to_region"))
    for row, kind, origin, target in zip(sheet.lines, kinds, *ends, strict=True):
        if kind == "internal":
            yield row, (origin, target)


def find_incomplete_trade(sheets: Sheets) -> Iterator[Finding]:
    """Yield blank cells that corridors of a kind need: a neighbour, and a price or a charge."""
    sheet = sheets["corridors"]
    for line, (kind, *cells) in zip(sheet.lines, sheet.rows("kind", *TRADE_COLUMNS), strict=True):
        money = CHARGE if kind.startswith("price_responsive") else PRICE
        needed_columns = {money} if kind == "internal" else {money, "neighbour"}
        for column, cell in zip(TRADE_COLUMNS, cells, strict=True):
            if column in needed_columns and not cell:
                yield build_table_finding("blank", "corridors", line, column)


def known_names(sheets: Sheets, axes: Axes) -> Names:
    """List the names that a column may hold, by table and column."""
    provinces = {(name, "province"): axes.provinces for name in RULES if "province" in sheets[name].columns}
    foreign_names = {
        place: sheets[foreign_table].columns[column]
        for place, (foreign_table, column) in FOREIGN_KEYS.items()
    }
    return (
        provinces
        | foreign_names
        | declared_names()
        | _of_power(sheets, axes)
        | _of_industry(sheets)
        | _of_finance(sheets, axes)
    )


def _of_power(sheets: Sheets, axes: Axes) -> dict[tuple[str, str], Iterable[str]]:
    corridors = sheets["corridors"].columns
    return {
        ("power_statistics", "province"): axes.regions,
        ("power_balance", "province"): axes.regions,
        ("power_balance", "item"): (*ITEMS, *CONTEXT_ITEMS, *corridors["corridor_id"]),
        ("power_balance", "scope"): SCOPES,
        ("power_balance", "kind"): KINDS,
        ("power_balance", "status"): STATUSES,
        ("corridors", "kind"): (*CONTRACTS, *IMPORTS, "price_responsive_export"),
        ("grid_factors", "region"): (*axes.provinces, *corridors["from_region"], *corridors["to_region"]),
        ("power_units", "fuel"): FUELS,
        ("power_units", "status"): ("operating", "construction", "permitted", "planned", "retired"),
        ("project_completions", "fuel"): FUELS,
        ("fuel_prices", "fuel"): PRICED_FUELS,
        ("renewable_profiles", "technology"): RENEWABLE_FUELS,
        ("site_limits", "technology"): (*BUILDABLE, TECHNOLOGY),
        ("load_outlook", "region"): (*axes.provinces, COUNTRY),
        ("load_shape", "day_type"): ("typical", "peak"),
        ("demand_profiles", "profile"): (*PROFILED_PARTS, *VEHICLE_PROFILES),
        ("demand_shares", "group"): STATISTIC_GROUPS,
        ("tariffs", "customer"): CUSTOMERS,
        ("tariffs", "item"): (*TARIFF_ITEMS, REGULATED_ITEM),
    }


def _of_industry(sheets: Sheets) -> dict[tuple[str, str], Iterable[str]]:
    processes, products = sheets["processes"].columns["process"], sheets["products"].columns["product"]
    blocks_with_options = [f"{BLOCK}{sector}" for sector in SECTORS if sector not in COHORT_SECTORS]
    return {
        ("abatement_options", "from_process"): (*processes, *blocks_with_options),
        ("abatement_options", "window"): ("reline", "any"),
        ("cohorts", "sector"): COHORT_SECTORS,
        ("cohorts", "demand_part"): PARTS,
        ("cohort_technologies", "technology"): END_USE_TECHNOLOGIES,
        ("facilities", "sector"): SECTORS,
        ("processes", "sector"): SECTORS,
        ("processes", "rationing_tier"): RATIONING_TIERS,
        ("scrap", "sector"): SECTORS,
        ("exports", "good"): (*products, VEHICLES),
        ("inventory", "sector"): (*SECTORS, ALL_SECTORS),
        ("inventory", "carrier"): (*CARRIERS, ALL_CARRIERS),
        ("vehicles", "segment"): SEGMENTS,
        ("vehicles", "technology"): VEHICLE_TECHNOLOGIES,
        ("buildings", "method"): BUILDING_METHODS,
    }


def _of_finance(sheets: Sheets, axes: Axes) -> dict[tuple[str, str], Iterable[str]]:
    scopes, yes_or_no = (EVERYWHERE, *axes.provinces), ("yes", "no")
    return {
        ("owners", "kind"): OWNER_KINDS,
        ("owners", "province_scope"): scopes,
        ("owners", "licensed_technologies"): BUILDABLE,
        ("lenders", "province_scope"): scopes,
        ("national_market", "class"): (*NATIONAL_CLASSES, *CAP_PATHS, *NATIONAL_GROUPS),
        ("bond_issuers", "kind"): ISSUER_KINDS,
        ("finance_statistics", "province"): (*axes.provinces, COUNTRY),
        ("vehicle_statistics", "province"): (*axes.provinces, COUNTRY),
        ("targets", "region"): (*axes.regions, COUNTRY),
        ("taxes", "tax_class"): TAX_CLASSES,
        ("taxes", "parameter"): TAX_PARAMETERS,
        ("targets", "binding"): yes_or_no,
        ("uncertainty_by_grade", "of_grade"): GRADES,
    }
