"""Check a region pack: gaps, duplicates, rows without source, and its totals against official ones."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

import pandas as pd

from model.region import Region, load_region
from model.region_coverage import TOTALS_TOLERANCE, Section, coverage
from model.region_power import BUILDABLE, PRICED_FUELS
from model.signals import FUELS, PROVINCES, RENEWABLE_FUELS, SECTORS
from model.tables import Tables

GRADES = ("A", "B", "C", "D")
SOURCE_TABLES = ("sources", "industry_sources")
HEADER_ROWS = 2  # a table's first row of figures is line 2 of its file
SHOWN_OF_A_KIND = 5  # problems of one kind in one table that are written out
READING_ERRORS = (ValueError, KeyError, IndexError, StopIteration)
MONTH_NUMBERS, HOUR_NUMBERS = range(1, 13), range(24)


class Problem(NamedTuple):
    """One thing wrong with a table."""

    table: str
    row: int | None  # line of the file, the header being line 1; None where it is not one row
    what: str
    allowed: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        place = f"{self.table}.csv" + ("" if self.row is None else f", row {self.row}")
        return f"{place}: {self.what}; allowed: {self.allowed}"


class Report(NamedTuple):
    """What a check found: tables to show, then lines, the last of them the verdict."""

    ok: bool
    sections: tuple[Section, ...]
    lines: tuple[str, ...]


class TableRule(NamedTuple):
    """What a table of a pack must hold."""

    key: tuple[str, ...]  # columns that together occur once
    filled: tuple[str, ...]  # columns without blank cells, besides the key
    may_be_blank: tuple[str, ...]


class Grid(NamedTuple):
    """Combinations of values a table must hold: for each combination of `given` found in it, all of `every`."""

    table: str
    given: tuple[str, ...]
    every: dict[str, Iterable[object]]


def _rule(key: str, filled: str, may_be_blank: str = "", sourced: bool = True) -> TableRule:
    provenance = ("source", "grade") if sourced else ()
    note = ("note",) if sourced else ()
    return TableRule(
        tuple(key.split()), (*filled.split(), *provenance), (*may_be_blank.split(), *note)
    )


RULES = {
    "abatement_options": _rule(
        "option_id",
        "label_en label_zh from_process kind available_from_year window coal_factor oil_factor gas_factor "
        "process_factor added_gas_gj_per_t added_biomass_gj_per_t added_electricity_mwh_per_t "
        "capex_cny_per_t_year fixed_om_cny_per_t_year variable_cost_cny_per_t capture_rate "
        "capture_heat_gj_per_tco2 capture_electricity_mwh_per_tco2 capture_capex_cny_per_tco2_year "
        "capture_om_cny_per_tco2 lead_time_years lifetime_years",
        "to_process reference_mtco2_per_year scale_exponent",
    ),
    "carbon_market": _rule("variable class year", "value unit"),
    "co2_products": _rule(
        "product", "label_en label_zh price_cny_per_tco2 maximum_mtco2_per_year permanent_share"
    ),
    "co2_transport": _rule("parameter", "value unit"),
    "corridor_energy": _rule("group year", "energy_gwh"),
    "corridor_shape": _rule("group month", "share_of_year"),
    "corridor_shape_observed": _rule("group year month", "share_of_year"),
    "corridors": _rule(
        "corridor_id",
        "name_en name_zh from_region to_region kind rated_mw usable_mw from_year price_cny_per_mwh loss_share",
        "group until_year",
    ),
    "currency": _rule("from_unit", "factor_to_cny2020"),
    "currency_industry": _rule("from_unit", "factor_to_cny2020"),
    "drivers": _rule("province driver year", "value unit"),
    "facilities": _rule(
        "facility_id",
        "name_en name_zh province sector process product capacity_kt_per_year start_year last_reline_year "
        "owner_id",
        "prefecture latitude_deg longitude_deg end_year",
    ),
    "finance": _rule("parameter year", "value unit", "year"),
    "fuel_factors": _rule("carrier", "co2_kg_per_gj"),
    "fuel_prices": _rule("fuel province year", "price_cny_per_gj"),
    "hydro": _rule("province year month", "capacity_factor"),
    "hydro_parameters": _rule("province parameter month", "value unit", "month"),
    "industry_sources": _rule("source_key", "title publisher year", "place licence", sourced=False),
    "inventory": _rule("province year sector carrier", "co2_mt"),
    "lenders": _rule(
        "lender_id",
        "name_en name_zh kind spread_bp minimum_interest_coverage maximum_debt_to_assets capital_bn_cny "
        "green_only greenium_bp",
    ),
    "load_shape": _rule("province day_type month hour", "per_unit_of_annual_mean"),
    "owners": _rule(
        "owner_id",
        "name_en name_zh kind province_scope debt_to_assets cost_of_equity hurdle_premium policy_belief "
        "initial_cash_bn_cny",
    ),
    "parameters": _rule("parameter", "value unit"),
    "power_statistics": _rule("province year variable", "value unit"),
    "power_units": _rule(
        "unit_id",
        "name_en name_zh province fuel technology capacity_mw commissioned_year status owner_id "
        "net_heat_rate_gj_per_mwh must_run_share availability",
        "prefecture latitude_deg longitude_deg retired_year",
    ),
    "processes": _rule(
        "process",
        "sector product coal_gj_per_t oil_gj_per_t gas_gj_per_t biomass_gj_per_t electricity_mwh_per_t "
        "process_tco2_per_t other_cost_cny_per_t product_price_cny_per_t capturable_share "
        "co2_share_of_flue_gas",
    ),
    "production": _rule("province product year", "output_kt"),
    "rating_spreads": _rule("interest_coverage_from", "spread_bp"),
    "renewable_profiles": _rule("province technology month hour", "capacity_factor"),
    "site_limits": _rule("province technology", "potential_mw maximum_build_mw_per_year"),
    "sources": _rule("source_key", "title publisher year", "place licence", sourced=False),
    "storage_sites": _rule(
        "site_id",
        "name_en name_zh province latitude_deg longitude_deg reservoir capacity_mtco2 "
        "injection_limit_mtco2_per_year cost_cny_per_tco2",
    ),
    "targets": _rule("region indicator variable target_year", "value unit binding document", "base_year"),
    "technologies": _rule("technology parameter year", "value unit"),
    "technology_learning": _rule("technology", "learning_rate world_stock unit"),
}
