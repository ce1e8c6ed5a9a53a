"""Run the observed years with the model and set what it says beside the statistics."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.indicators import net_export_mwh
from model.loading import load, with_settings
from model.region import Region, load_region
from model.region_rules import ALL_SECTORS
from model.regioncheck import Report, Section, observed_years, statistics
from model.run import Run
from model.signals import CARRIER, FUEL, PROVINCES, SECTOR, THERMAL_FUELS, Floats
from model.simulation import Inputs, RegionModel

BASELINE = Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
# How far the model may be off, %; what is not named here is shown without a bound.
BOUNDS_PERCENT = {
    "CO2": 5.0,
    "CO2 of power and heat": 10.0,
    "CO2 of steel": 10.0,
    "CO2 of cement": 10.0,
    "CO2 of transport": 10.0,
    "thermal generation": 10.0,
    "hydro generation": 10.0,
}
LAST_BOUND_YEAR = 2023  # later statistics are derived or preliminary: shown, not held against the model
CO2_SECTORS = {
    "CO2 of power and heat": ("electricity", "heat"),
    "CO2 of steel": ("steel",),
    "CO2 of cement": ("cement",),
    "CO2 of transport": ("transport",),
}
# The inventory as published; its other rows are process CO2 that no inventory counts.
PUBLISHED_INVENTORY = "S01"
HYDRO, WIND = ("hydro_reservoir", "hydro_run_of_river"), ("wind",)
SOLAR = ("solar_utility", "solar_distributed")
GENERATION = {
    "thermal generation": (THERMAL_FUELS, ("thermal_generation_gwh",)),
    "hydro generation": (HYDRO, ("hydro_generation_gwh",)),
    "wind generation": (WIND, ("wind_generation_gwh",)),
    "solar generation": (SOLAR, ("solar_utility_generation_gwh", "solar_distributed_generation_gwh")),
}
CO2_NOTES = (
    "CO2: the model's first year beside the latest inventory, both without the process CO2 of ammonia, aluminium "
    "and raw gas, which no inventory counts (README.md of the pack, choice 2).",
    "Cement: all non-metallic minerals with process CO2; 80 % of coal mining's coal is cement's on both sides "
    "(README.md of the pack, choice 1).",
    "Energy CO2, office: another scope, so no bound: fuels and perhaps imported electricity, no process CO2.",
    "The model starts from this inventory: the rows test how it carries a year on, not where it starts.",
)
ELECTRICITY_NOTES = (
    "Hydro: plants of 6 MW and up, as the statistic; without small hydro and pumped storage.",
    "Load, contracts, water and capacity are observed: the rows test dispatch, spill and trade, not a forecast.",
    "Thermal hours: generation over the mean of capacity at the end of last and this year.",
)


class Row(NamedTuple):
    """One figure of the model beside the statistic."""

    quantity: str
    province: str
    unit: str
    year: int
    model: float
    statistic: float
    statistic_year: int

    @property
    def miss_percent(self) -> float:
        """How far the model is off, in percent of the statistic."""
        return 100.0 * (self.model - self.statistic) / abs(self.statistic)

    @property
    def bound_percent(self) -> float | None:
        """How far it may be off, None where nothing is stated."""
        return BOUNDS_PERCENT.get(self.quantity) if self.year <= LAST_BOUND_YEAR else None

    @property
    def exceeded(self) -> bool:
        """Whether it is off by more than stated; a figure that is no number is."""
        return self.bound_percent is not None and not abs(self.miss_percent) <= self.bound_percent


def backtest(name: str) -> Report:
    """Run the baseline over the observed years of the pack `name` and score it against the statistics.

    Demand, capacity, hydrology and contracted exchange are the observed ones. The report fails if a bound of
    `BOUNDS_PERCENT` is exceeded.

    Raises:
        RegionError: if there is no such pack.
        ScenarioError: if there is no baseline beside the model, or it is wrong.
    """
    region = load_region(name)
    run = past_run(region)
    co2, electricity = co2_rows(region, run), electricity_rows(region, run)
    sections = (
        _section("Backtest: CO2, Mt", co2, CO2_NOTES),
        _section("Backtest: electricity", electricity, ELECTRICITY_NOTES),
    )
    beyond = [row for row in (*co2, *electricity) if row.exceeded]
    bounded = sum(row.bound_percent is not None for row in (*co2, *electricity))
    lines = [
        f"{row.province}, {row.quantity} {row.year}: {row.miss_percent:+.1f} %; "
        f"allowed: {row.bound_percent:g} % either way"
        for row in beyond
    ]
    verdict = f"{bounded - len(beyond)} of {bounded} figures lie within their bounds"
    return Report(not beyond, sections, (*lines, f"{region.name}, backtest {_span(region)}: {verdict}"))


def past_run(region: Region) -> Run:
    """Return the baseline's run over the observed years."""
    years = observed_years(region)
    scenario = with_settings(load(BASELINE), replications=1, years=(years[0], years[-1]))
    return RegionModel(Inputs(scenario.model_copy(update={"region": region.name}), region)).run()


def co2_rows(region: Region, run: Run) -> list[Row]:
    """Return CO2 of the first year beside the inventory, and energy CO2 beside the offices' totals, Mt."""
    record, first = run.record, int(run.years[0])
    outside = outside_inventory_mtco2(run)
    inventory_year = region.industry.inventory_year
    rows = []
    for p, province in enumerate(PROVINCES):
        whole = float(record.emitted_tco2[0, p].sum()) / 1e6 - outside[p]
        pairs = [("CO2", whole, published_mtco2(region, province, tuple(SECTOR)))]
        for quantity, sectors in CO2_SECTORS.items():
            tonnes = record.emitted_tco2[0, p, [SECTOR[s] for s in sectors]].sum()
            pairs.append((quantity, float(tonnes) / 1e6, published_mtco2(region, province, sectors)))
        rows += [Row(q, province, "Mt", first, m, s, inventory_year) for q, m, s in pairs]
    return [*rows, *_office_rows(region, run)]


def published_mtco2(region: Region, province: str, sectors: Sequence[str]) -> float:
    """Return the published inventory of its latest year, Mt CO2."""
    table = region.tables["inventory"]
    rows = table[(table["province"] == province) & (table["year"] == region.industry.inventory_year)]
    rows = rows[rows["sector"].isin(sectors) & rows["source"].str.startswith(PUBLISHED_INVENTORY)]
    return float(rows["co2_mt"].sum())


def outside_inventory_mtco2(run: Run) -> Floats:
    """Return the first year's process CO2 outside cement, which published inventories leave out, Mt [P]."""
    industry, made = run.industry, run.tables.industry[0]
    tonnes = made.output * industry.process_tco2[made.rows] * (industry.sector[made.rows] != SECTOR["cement"])
    return np.bincount(industry.province[made.rows], tonnes, len(PROVINCES)) / 1e6


def _office_rows(region: Region, run: Run) -> Iterator[Row]:
    """Yield CO2 of fuels beside totals of provincial offices, in the years that have one."""
    table = region.tables["inventory"]
    offices = table[(table["sector"] == ALL_SECTORS) & table["year"].isin(run.years)]
    columns = (offices[name].tolist() for name in ("province", "year", "co2_mt"))
    fuels = (
        run.record.emitted_by_carrier_tco2.sum(axis=2)
        - run.record.emitted_by_carrier_tco2[:, :, CARRIER["process"]]
    )
    for province, year, statistic in zip(*columns, strict=True):
        model = float(fuels[year - run.years[0], PROVINCES.index(province)]) / 1e6
        yield Row("energy CO2, office", province, "Mt", year, model, float(statistic), year)


def electricity_rows(region: Region, run: Run) -> list[Row]:
    """Return generation, net export and thermal hours of every observed year beside the statistics."""
    official, record = statistics(region), run.record
    export_twh = net_export_mwh(record) / 1e6
    rows = []
    for p, province in enumerate(PROVINCES):
        for quantity, (fuels, variables) in GENERATION.items():
            twh = record.generation_mwh[:, p, [FUEL[f] for f in fuels]].sum(axis=1) / 1e6
            goal = [
                sum(official[province, v, year] for v in variables) / 1e3 for year in observed_years(region)
            ]
            rows += _series(quantity, province, "TWh", run, twh, goal)
        goal = [official[province, "net_export_gwh", year] / 1e3 for year in observed_years(region)]
        rows += _series("net export", province, "TWh", run, export_twh[:, p], goal)
        hours = _thermal_hours(run, p, official.get((province, "thermal_capacity_mw", region.base_year - 1)))
        goal = [official[province, "thermal_utilisation_hours", year] for year in observed_years(region)]
        rows += _series("thermal hours", province, "h", run, hours, goal)
    return rows


def _thermal_hours(run: Run, p: int, capacity_before_mw: float | None) -> Floats:
    """Return generation over the mean of this and last year's capacity, h [Y], as the statistic has it."""
    thermal = [FUEL[f] for f in THERMAL_FUELS]
    capacity = run.record.capacity_mw[:, p, thermal].sum(axis=1)
    before = np.append(capacity[0] if capacity_before_mw is None else capacity_before_mw, capacity[:-1])
    return run.record.generation_mwh[:, p, thermal].sum(axis=1) / ((before + capacity) / 2.0)


def _series(
    quantity: str, province: str, unit: str, run: Run, model: Floats, statistic: Sequence[float]
) -> list[Row]:
    return [
        Row(quantity, province, unit, int(year), float(value), goal, int(year))
        for year, value, goal in zip(run.years, model, statistic, strict=True)
    ]


def _section(title: str, rows: Sequence[Row], notes: tuple[str, ...]) -> Section:
    cells = []
    for row in rows:
        digits = 0 if row.unit == "h" else 2
        year = f"{row.year}" if row.year == row.statistic_year else f"{row.year} / {row.statistic_year}"
        figures = (
            f"{row.model:,.{digits}f}",
            f"{row.statistic:,.{digits}f}",
            f"{round(row.miss_percent, 1) + 0.0:+.1f} %",
        )
        bound = "" if row.bound_percent is None else f"{row.bound_percent:g} %"
        cells.append(
            (row.quantity, row.province, row.unit, year, *figures, bound, "exceeded" if row.exceeded else "")
        )
    headings = ("Quantity", "Province", "Unit", "Year", "Model", "Statistic", "Miss", "Bound", "Mark")
    return Section(title, headings, tuple(cells), labels=3, notes=notes)


def _span(region: Region) -> str:
    years = observed_years(region)
    return f"{years[0]}-{years[-1]}"
