"""What a cell of each column of a region pack may hold: text, a number or a day, within which limits."""

from functools import cache
from typing import NamedTuple

from tanlu.core.units import split_unit
from tanlu.region.columns import RULES


class ColumnType(NamedTuple):
    """What a cell may hold."""

    kind: str  # text, number, whole (a number), switch (0 or 1), day
    lowest: float | None = None
    highest: float | None = None
    words: tuple[str, ...] = ()  # that may stand where a number does

    @property
    def is_number(self) -> bool:
        """Check whether cells hold numbers."""
        return self.kind in ("number", "whole", "switch")


TEXT, DAY, SWITCH = ColumnType("text"), ColumnType("day"), ColumnType("switch", 0.0, 1.0)
ANY_NUMBER, NOT_NEGATIVE, SHARE = (
    ColumnType("number"),
    ColumnType("number", 0.0),
    ColumnType("number", 0.0, 1.0),
)
# Calendar years: statistics, what stands and what retires; a year that is a century off is in none of them.
YEAR, START_YEAR = ColumnType("whole", 1980.0, 2080.0), ColumnType("whole", 1935.0, 2050.0)
END_YEAR = ColumnType("whole", 1990.0, 2100.0)
# By `table.column`, else by the name of the column; what is in neither goes by its unit.
TYPES = {
    **dict.fromkeys(("year", "target_year", "base_year", "listed_year", "completed_year"), YEAR),
    **dict.fromkeys(("commissioned_year", "start_year", "last_reline_year", "from_year"), START_YEAR),
    **dict.fromkeys(("retired_year", "end_year", "until_year"), END_YEAR),
    "available_from_year": ColumnType("whole", 2000.0, 2090.0),
    "month": ColumnType("whole", 1.0, 12.0),
    "power_balance.month": ColumnType("whole", 1.0, 12.0, ("annual",)),
    "hour": ColumnType("whole", 0.0, 23.0),
    "days": ColumnType("whole", 0.0, 31.0),
    "latitude_deg": ColumnType("number", -90.0, 90.0),
    "longitude_deg": ColumnType("number", -180.0, 180.0),
    **dict.fromkeys(("listed_on", "seen_on", "published_on", "measured_on"), DAY),
    **dict.fromkeys(("serves_export", "many_owners", "bonds_only", "fixed"), SWITCH),
    **dict.fromkeys(("low", "high", "value", "energy_gwh", "interest_coverage_from"), ANY_NUMBER),
    **dict.fromkeys(("added_electricity_mwh_per_t", "variable_cost_cny_per_t"), ANY_NUMBER),
    # Divided by, so never 0: what a good sells for, and loads that outlooks began from or that came.
    "products.price_cny_per_t": ColumnType("number", 1.0),
    **dict.fromkeys(("load_outlook.base_twh", "load_outlook.came_twh"), ColumnType("number", 0.1)),
    **dict.fromkeys(("spread_bp", "rating_spread_bp"), ColumnType("number", -1000.0, 10_000.0)),
    **dict.fromkeys(("debt_to_assets", "maximum_debt_to_assets", "cost_of_equity"), SHARE),
    **dict.fromkeys(("hurdle_premium", "policy_belief", "availability", "capacity_factor"), SHARE),
    **dict.fromkeys(("demand_elasticity", "usable_million_m3", "head_m", "scale_exponent"), NOT_NEGATIVE),
    **dict.fromkeys(
        ("scrap_t_per_t", "metal_t_per_t", "added_scrap_t_per_t", "material_t_per_t"), NOT_NEGATIVE
    ),
    **dict.fromkeys(("relative_load", "per_unit_of_annual_mean", "heat_to_power_ratio"), NOT_NEGATIVE),
    **dict.fromkeys(("factor_to_cny2020", "world_stock", "minimum_interest_coverage"), NOT_NEGATIVE),
    **{
        f"{table}.value": NOT_NEGATIVE
        for table in (
            *("co2_transport", "drivers", "exports", "finance", "finance_statistics", "power_statistics"),
            *("scrap", "site_limits", "tariffs", "technologies", "vehicle_statistics", "carbon_market"),
        )
    },
    **dict.fromkeys(("sources.year", "industry_sources.year"), TEXT),  # of publication, or of a span
}
SHARES, FACTOR = ("rate", "share"), ColumnType("number", 0.0, 10.0)


@cache
def column_type(table: str, column: str) -> ColumnType:
    """Look up the type of a column's cells."""
    if listed_type := TYPES.get(f"{table}.{column}", TYPES.get(column)):
        return listed_type
    suffix = split_unit(column).suffix
    if suffix in SHARES or "share" in column.split("_"):
        return SHARE
    if suffix == "years":
        return ColumnType("whole", 0.0, 100.0)
    if suffix == "factor":
        return FACTOR
    return NOT_NEGATIVE if suffix else TEXT


def columns_of(table: str) -> tuple[str, ...]:
    """List the columns of a table: key, filled, may be blank."""
    rule = RULES[table]
    return tuple(dict.fromkeys((*rule.key, *rule.filled, *rule.may_be_blank)))
