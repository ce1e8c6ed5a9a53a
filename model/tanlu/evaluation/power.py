"""The backtest of electricity: single past years, cleared alone, against their statistics."""

from collections.abc import Iterator, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUEL, LARGE_HYDRO_FUELS, MONTHS, THERMAL_FUELS
from tanlu.core.units import GWH_PER_TWH, MWH_PER_GWH, MWH_PER_TWH
from tanlu.evaluation.free_years import free_year_steps, free_years_section
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.past_years import PastYear, past_years
from tanlu.evaluation.region_check import Section, balance_section, statistics
from tanlu.evaluation.seasons import AHEAD_NOTES, rows_ahead, seasonal_rows
from tanlu.evaluation.seasons import NOTES as SEASONAL_NOTES
from tanlu.evaluation.seasons import QUANTITIES as SEASONAL
from tanlu.evaluation.tables import Backtest, ComparisonRow, baseline, build_report, build_section, deviation
from tanlu.power.grid_factor import count_imports, solve_grid_factors
from tanlu.region.balance import balances, last_final_year, monthly_gwh
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import Region, load_region

YEARLY_BOUND_PERCENT, MONTHLY_BOUND_PERCENT, EXPORT_BOUND_PERCENT = 5.0, 10.0, 10.0
# Of the grid's CO2 factor, in years in which the factors of those who send are published, and in others.
GRID_FACTOR_BOUND_PERCENT, GRID_FACTOR_LOOSE_BOUND_PERCENT = 3.0, 5.0
# Fuels of the model, and the statistics whose sum they are held against.
GENERATION = {
    "thermal generation": (THERMAL_FUELS, ("thermal_generation_gwh",)),
    "hydro generation": (LARGE_HYDRO_FUELS, ("hydro_generation_gwh",)),
    "wind generation": (("wind",), ("wind_generation_gwh",)),
    "solar generation": (
        ("solar_utility", "solar_distributed"),
        ("solar_utility_generation_gwh", "solar_distributed_generation_gwh"),
    ),
}
HOURS_OF = {
    "thermal hours": (THERMAL_FUELS, "thermal_utilisation_hours"),
    "solar hours": (("solar_utility", "solar_distributed"), "solar_utilisation_hours"),
}
QUANTITIES = (*GENERATION, "net export", *HOURS_OF)
# What past years are driven by, so that its generation agrees by construction.
WEATHER_OF = {"wind generation": "wind_utilisation_hours", "solar generation": "solar_utilisation_hours"}
# January and February have one joint figure in most years: they are held against it together.
PERIODS = {"1-2": [0, 1], **{str(m + 1): [m] for m in range(2, MONTHS)}}
YEARLY_NOTES = (
    "Load by month, capacity, water and contracts are observed: the rows test dispatch, spill and trade, no forecast. "
    "Trade is observed too.",
    "Wind and sun: the model has the official hours of the year, so that generation is given but for what is "
    "curtailed.",
    "Hydro: plants of 6 MW and up, as the statistic; without small hydro and pumped storage.",
    "Hours: generation over the mean capacity of the year.",
    "Bounds hold in all years whose statistics are final.",
)
MONTHLY_NOTES = (
    "* beyond the bound. January and February: most years have one joint figure. Thermal: large plants only.",
)
GRID_FACTOR_NOTES = (
    "CO2 of thermal power and of imports at the factor of the sender's grid, over generation of all kinds and imports; "
    "exports are not credited.",
)
SHORTAGE_NOTES = (
    "Thermal at its limit: hours of these months in which all thermal power available in the province runs.",
    "The statistic of load is what was consumed, so after the cut.",
)


def backtest_power(name: str) -> Backtest:
    """Clear every past year, and compare it with the statistics.

    Of the pack `name`.

    Raises:
        RegionError: if there is no such pack.
        ScenarioError: if Tanlu's baseline is not there, or is wrong.
    """
    region = load_region(name)
    facts = past_facts(region)
    years = range(region.first_observed_year, region.last_observed_year + 1)
    cleared = list(past_years(region, baseline(region), years))
    yearly, monthly, shortage, seasonal, grid = (
        [row for past in cleared for row in rows_of(region, past)]
        for rows_of in (yearly_rows, monthly_rows, shortage_rows, seasonal_rows, grid_factor_rows)
    )
    provinces = region.axes.provinces
    yearly.sort(key=lambda row: (provinces.index(row.province), QUANTITIES.index(row.quantity), row.year))
    seasonal.sort(key=lambda row: (provinces.index(row.province), SEASONAL.index(row.quantity), row.year))
    ahead = sorted(rows_ahead(region), key=lambda row: provinces.index(row.province))
    rows = (*yearly, *monthly, *shortage, *seasonal, *grid, *ahead)
    sections = (
        build_section("Backtest: electricity by year", yearly, facts.notes_of("electricity", *YEARLY_NOTES)),
        balance_section(region),
        *(_by_month(monthly, quantity, provinces) for quantity in MONTHLY),
        build_section(
            "CO2 factor of the grid",
            sorted(grid, key=lambda row: provinces.index(row.province)),
            facts.notes_of("grid_factor", *GRID_FACTOR_NOTES),
        ),
        build_section("Shortage of electricity", shortage, facts.notes_of("shortage", *SHORTAGE_NOTES)),
        build_section(
            "Prices, spill and curtailment, without bounds",
            seasonal,
            facts.notes_of("seasons", *SEASONAL_NOTES),
        ),
        build_section("Prices by season, years ahead", ahead, AHEAD_NOTES),
        free_years_section(region, free_year_steps(region)),
    )
    filled = tuple(section for section in sections if section.rows)
    return Backtest(rows, build_report(f"{region.name}, electricity {years[0]}-{years[-1]}", rows, filled))


def yearly_rows(region: Region, past: PastYear) -> Iterator[ComparisonRow]:
    """Yield yearly generation, net export and hours with statistics.

    Hours are of thermal power; years without a statistic have no row.
    """
    official, year = statistics(region), past.year
    book = balances(region.tables, region.axes.provinces)
    export = past.power.export_mwh + past.power.flow_mwh
    for p, province in enumerate(region.axes.provinces):
        for quantity, (fuels, variables) in GENERATION.items():
            published = [official.get((province, variable, year)) for variable in variables]
            if all(gwh is not None for gwh in published):
                twh = float(past.generation_mwh[p, [FUEL[f] for f in fuels]].sum()) / MWH_PER_TWH
                goal = sum(gwh for gwh in published if gwh is not None) / GWH_PER_TWH
                is_given = (province, WEATHER_OF.get(quantity), year) in official
                bound = _bound(region, year, YEARLY_BOUND_PERCENT)
                yield ComparisonRow(quantity, province, "TWh", year, twh, goal, bound, is_given=is_given)
        goal = book[province, year].net_export / GWH_PER_TWH
        bound = _bound(region, year, EXPORT_BOUND_PERCENT)
        yield ComparisonRow(
            "net export", province, "TWh", year, float(export[p]) / MWH_PER_TWH, goal, bound, is_given=True
        )
        for quantity, (fuels, variable) in HOURS_OF.items():
            hours = official.get((province, variable, year))
            if hours is not None:
                rows = [FUEL[f] for f in fuels]
                mean_mw = past.power.offer.capacity_by_fuel_mw[p, rows].sum()
                model = float(past.generation_mwh[p, rows].sum() / mean_mw)
                yield ComparisonRow(quantity, province, "h", year, model, hours)


def _bound(region: Region, year: int, percent: float) -> float | None:
    """Return the bound of years whose statistics are final.

    Later years are shown, not held against the model.
    """
    return percent if year <= last_final_year(region.tables["power_balance"]) else None


def grid_factor_rows(region: Region, past: PastYear) -> Iterator[ComparisonRow]:
    """Yield the grid's CO2 factor by province with the official one.

    Where there is one.
    """
    table, corridors = region.tables["grid_factors"], region.power.corridors
    official = (
        table[table["year"].astype(int) == past.year].set_index("region")["factor_tco2_per_mwh"].astype(float)
    )
    imports_mwh = count_imports(region.power, past.year, past.power)
    factor, _ = solve_grid_factors(corridors, imports_mwh, past.generation_mwh, past.emitted_tco2)
    senders = set(official.index) - set(region.axes.provinces)
    bound = GRID_FACTOR_BOUND_PERCENT if senders else GRID_FACTOR_LOOSE_BOUND_PERCENT
    for p, province in enumerate(region.axes.provinces):
        if province in official.index:
            goal = float(official[province])
            yield ComparisonRow(
                "CO2 factor of the grid", province, "t CO2/MWh", past.year, float(factor[p]), goal, bound
            )


def monthly_rows(region: Region, past: PastYear) -> Iterator[ComparisonRow]:
    """Yield monthly hydro and thermal generation with statistics, GWh.

    Hydro has a bound.
    """
    year = past.year
    for p, province in enumerate(region.axes.provinces):
        for quantity, (model, statistic, percent) in MONTHLY.items():
            gwh, goal = model(past)[p] / MWH_PER_GWH, statistic(region, province, year)
            bound = None if percent is None else _bound(region, year, percent)
            if goal is not None:
                for month, m in PERIODS.items():
                    figures = float(gwh[m].sum()), float(goal[m].sum())
                    yield ComparisonRow(quantity, province, "GWh", year, *figures, bound, month)


def hydro_by_month_mwh(past: PastYear) -> Floats:
    """Sum generation of hydropower above 6 MW, MWh [P, month]."""
    sources = past.sources_mw
    used_mw = np.maximum(sources["run_of_river"] - sources["curtailed"], 0.0)  # rivers are curtailed first
    return _by_month_mwh(past, used_mw + sources["reservoir"])


def thermal_by_month_mwh(past: PastYear) -> Floats:
    """Sum thermal generation, MWh [P, month]."""
    return _by_month_mwh(past, sum((past.sources_mw[f] for f in THERMAL_FUELS), np.zeros(())))


def _by_month_mwh(past: PastYear, megawatts: Floats) -> Floats:
    shape = past.power.prices.price_cny_per_mwh.shape
    return (np.broadcast_to(megawatts, shape) * past.day_weight[:, :, None]).sum(axis=(2, 3))


def _hydro_statistic(region: Region, province: str, year: int) -> Floats | None:
    """Compute published generation of plants of 6 MW and up, GWh [month].

    It is the published capacity factor of their capacity.
    """
    table = region.tables["hydro"]
    rows = table[(table["province"] == province) & (table["year"].astype(str) == str(year))]
    if rows.empty:
        return None
    factor = rows.sort_values("month")["capacity_factor"].to_numpy(float)
    capacity = statistics(region)[province, "hydro_conventional_6_mw_and_up_capacity_mw", year]
    return factor * capacity * HOURS_IN_MONTH / MWH_PER_GWH


def _thermal_statistic(region: Region, province: str, year: int) -> Floats | None:
    """Select published thermal generation, GWh [month]."""
    by_year = monthly_gwh(region.tables["power_balance"], "thermal_generation", region.axes.provinces)
    return by_year[year][region.axes.provinces.index(province)] if year in by_year else None


MONTHLY = {
    "hydro generation": (hydro_by_month_mwh, _hydro_statistic, MONTHLY_BOUND_PERCENT),
    "thermal generation": (thermal_by_month_mwh, _thermal_statistic, None),
}


def shortage_rows(region: Region, past: PastYear) -> Iterator[ComparisonRow]:
    """Yield load not served in the shortage that the pack names.

    Nothing in other years.
    """
    shortage, year = past_facts(region).shortage, past.year
    if shortage is None or year != shortage.year:
        return
    months = [month - 1 for month in shortage.months]
    short = _by_month_mwh(past, past.sources_mw["shed"] + past.sources_mw["unserved"])
    limit = thermal_hours_at_limit(past)
    for p, province in enumerate(region.axes.provinces):
        minimum = 0.0 if province == shortage.province else None
        gwh = float(short[p, months].sum()) / MWH_PER_GWH
        yield ComparisonRow("load not served", province, "GWh", year, gwh, None, minimum=minimum)
        yield ComparisonRow(
            "thermal at its limit", province, "h", year, float(limit[p, months].sum()), None, minimum=0.0
        )


def thermal_hours_at_limit(past: PastYear) -> Floats:
    """Sum hours in which all available thermal power runs [P, month]."""
    units, hours = past.power.hours.units, past.power.hours
    thermal = units.rows.size
    room = np.zeros((len(hours.load_mw), MONTHS))
    np.add.at(room, units.zone[:thermal], units.capacity_mw[:thermal, None] * units.availability[:thermal])
    available = room[:, :, None, None] + hours.must_run_mw
    running = sum((past.sources_mw[f] for f in THERMAL_FUELS), np.zeros(()))
    full = np.asarray(running) >= available * (1.0 - 1e-6)
    return _by_month_mwh(past, full.astype(float))


def _by_month(rows: Sequence[ComparisonRow], quantity: str, provinces: Sequence[str]) -> Section:
    """Build a table of monthly deviations, %.

    One line a province and year; an asterisk marks a miss.
    """
    lines: dict[tuple[str, int], list[str]] = {}
    quantity_rows = [row for row in rows if row.quantity == quantity]
    for row in quantity_rows:
        mark = "*" if row.verdict == "miss" else ""
        text = deviation(row.deviation_percent or 0.0, 0) + mark
        lines.setdefault((row.province, row.year), []).append(text)
    ordered = sorted(lines, key=lambda key: (provinces.index(key[0]), key[1]))
    cells = tuple((province, str(year), *lines[province, year]) for province, year in ordered)
    *_, bound = MONTHLY[quantity]
    allowed = "no bound" if bound is None else f"bound {bound:g} %"
    title = f"{quantity.capitalize()} by month, deviation in % ({allowed})"
    return Section(title, ("Province", "Year", *PERIODS), cells, labels=1, notes=MONTHLY_NOTES)
