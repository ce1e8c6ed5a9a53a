"""The model against the statistics: rows, bounds and tables of every backtest, and the backtest of CO2."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import CARRIER, SECTOR
from tanlu.core.places import SHIPPED
from tanlu.core.units import T_PER_MT
from tanlu.evaluation.region_check import Report, Section, observed_years
from tanlu.region.checks.names import ALL_SECTORS
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import USUAL_YEARS, Scenario
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run

BASELINE = f"{SHIPPED}baseline"
USUAL_WATER = {"world": {"hydrology": "observed"}}  # no draw of chance stands in a backtest
# How far the model's CO2 may be off, %; what is not named here is shown without a bound.
CO2_BOUNDS_PERCENT = {
    "CO2": 5.0,
    "CO2 of power and heat": 10.0,
    "CO2 of steel": 10.0,
    "CO2 of cement": 10.0,
    "CO2 of transport": 10.0,
}
CO2_SECTORS = {
    "CO2 of power and heat": ("electricity", "heat"),
    "CO2 of steel": ("steel",),
    "CO2 of cement": ("cement",),
    "CO2 of transport": ("transport",),
}
# The inventory as published; its other rows are process CO2 that no inventory counts.
PUBLISHED_INVENTORY = "S01"
CO2_NOTES = (
    "CO2: the model's first year against the latest inventory, both without the process CO2 of ammonia, aluminium "
    "and raw gas, which no inventory counts (README.md of the pack, choice 2).",
    "Cement: all non-metallic minerals with process CO2; 80 % of coal mining's coal is cement's on both sides "
    "(README.md of the pack, choice 1).",
    "Energy CO2, office: another scope, so no bound: fuels and perhaps imported electricity, no process CO2.",
    "The model starts from this inventory: the rows test how it carries a year on, not where it starts.",
)
COLUMNS = (
    *("quantity", "province", "unit", "year", "month", "model"),
    *("statistic", "statistic_year", "deviation_percent", "bound_percent", "verdict"),
)
DIGITS = {"h": 0, "GWh": 0, "t CO2/MWh": 4}  # of figures by unit; others have 2


class ComparisonRow(NamedTuple):
    """A figure of the model with the statistic, or with a minimum."""

    quantity: str
    province: str
    unit: str
    year: int
    model: float
    statistic: float | None
    bound_percent: float | None = None  # how far the model may be off; None: shown without a bound
    month: str = ""  # such as 3 or 1-2, the whole year if empty
    statistic_year: int | None = None  # where it is not the year of the model
    minimum: float | None = None  # what the model has to exceed where there is no statistic
    is_given: bool = False  # the model is driven by this very statistic

    @property
    def deviation_percent(self) -> float | None:
        """Deviation in percent of the statistic.

        None where that is no measure.
        """
        if not self.statistic:
            return None
        return 100.0 * (self.model - self.statistic) / abs(self.statistic)

    @property
    def verdict(self) -> str:
        """`pass`, `given` or `miss`; empty without a bound.

        A figure that is no number is a miss. What is given agrees by construction and tests
        only that it got through the model whole.
        """
        if self.minimum is not None:
            return "pass" if self.model > self.minimum else "miss"
        if self.bound_percent is None or self.deviation_percent is None:
            return ""
        if abs(self.deviation_percent) <= self.bound_percent:
            return "given" if self.is_given else "pass"
        return "miss"


class Backtest(NamedTuple):
    """Rows of a backtest and how they are shown."""

    rows: tuple[ComparisonRow, ...]
    report: Report


def backtest_co2(name: str) -> Backtest:
    """Compare the baseline's CO2 with the inventory.

    Over the observed years of the pack `name`.

    Raises:
        RegionError: if there is no such pack.
        ScenarioError: if the baseline that comes with Tanlu is wrong.
    """
    region = load_region(name)
    rows = co2_rows(region, past_run(region))
    section = build_section("Backtest: CO2, Mt", rows, CO2_NOTES)
    return Backtest(tuple(rows), build_report(f"{region.name}, CO2", rows, (section,)))


def baseline(region: Region) -> Scenario:
    """Load the baseline for the pack.

    Water after the statistics is normal.
    """
    first = region.axes.base_year
    years = f"{first}-{first + USUAL_YEARS}"
    return load(
        {"extends": BASELINE, "name": "baseline", "region": region.place, "years": years, **USUAL_WATER}
    )


def past_run(region: Region) -> Run:
    """Run the baseline over the observed years."""
    years = observed_years(region)
    scenario = with_settings(baseline(region), replications=1, years=(years[0], years[-1]))
    return RegionModel(Inputs(scenario, region)).run()


def co2_rows(region: Region, run: Run) -> list[ComparisonRow]:
    """List first-year CO2 with the inventory, and energy CO2, Mt.

    The latter with the offices' totals.
    """
    record, first = run.record, int(run.years[0])
    emitted_tco2 = record.emissions.by_sector_tco2[0]  # in that year
    outside = outside_inventory_mtco2(run)
    inventory_year = region.industry.inventory_year
    rows = []
    for p, province in enumerate(region.axes.provinces):
        whole = float(emitted_tco2[p].sum()) / T_PER_MT - outside[p]
        pairs = [("CO2", whole, published_mtco2(region, province, tuple(SECTOR)))]
        for quantity, sectors in CO2_SECTORS.items():
            tonnes = emitted_tco2[p, [SECTOR[s] for s in sectors]].sum()
            pairs.append((quantity, float(tonnes) / T_PER_MT, published_mtco2(region, province, sectors)))
        rows += [
            ComparisonRow(
                q, province, "Mt", first, m, s, CO2_BOUNDS_PERCENT[q], statistic_year=inventory_year
            )
            for q, m, s in pairs
        ]
    return [*rows, *_office_rows(region, run)]


def published_mtco2(region: Region, province: str, sectors: Sequence[str]) -> float:
    """Sum the latest published inventory, Mt CO2."""
    table = region.tables["inventory"]
    rows = table[(table["province"] == province) & (table["year"] == region.industry.inventory_year)]
    rows = rows[rows["sector"].isin(sectors) & rows["source"].str.startswith(PUBLISHED_INVENTORY)]
    return float(rows["co2_mt"].sum())


def outside_inventory_mtco2(run: Run) -> Floats:
    """Sum first-year process CO2 outside cement, Mt [P].

    Published inventories leave it out.
    """
    industry, output = run.industry, run.tables.plants["industry"][0]
    tonnes = (
        output.output
        * industry.process_tco2[output.rows]
        * (industry.sector[output.rows] != SECTOR["cement"])
    )
    return (
        sum_by_group(industry.province[output.rows], tonnes, len(industry.region.axes.provinces)) / T_PER_MT
    )


def _office_rows(region: Region, run: Run) -> Iterator[ComparisonRow]:
    """Yield CO2 of fuels with totals of provincial offices.

    In the years that have one.
    """
    table = region.tables["inventory"]
    offices = table[(table["sector"] == ALL_SECTORS) & table["year"].isin(run.years)]
    columns = (offices[name].tolist() for name in ("province", "year", "co2_mt"))
    fuels = (
        run.record.emissions.by_carrier_tco2.sum(axis=2)
        - run.record.emissions.by_carrier_tco2[:, :, CARRIER["process"]]
    )
    for province, year, statistic in zip(*columns, strict=True):
        model = float(fuels[year - run.years[0], region.axes.provinces.index(province)]) / T_PER_MT
        yield ComparisonRow("energy CO2, office", province, "Mt", year, model, float(statistic))


# --- how rows are shown --------------------------------------------------------------------------------------


def build_report(title: str, rows: Sequence[ComparisonRow], sections: tuple[Section, ...]) -> Report:
    """Build the report: tables, and the share of bounds that hold."""
    verdicts = [row.verdict for row in rows if row.verdict]
    misses, given_count = verdicts.count("miss"), verdicts.count("given")
    note = f" ({given_count} of them given)" if given_count else ""
    line = f"{title}: {len(verdicts) - misses} of {len(verdicts)} bounded figures pass{note}, {misses} miss"
    return Report(misses == 0, sections, (line,))


def build_section(title: str, rows: Iterable[ComparisonRow], notes: tuple[str, ...]) -> Section:
    """Build a table of rows."""
    headings = ("Quantity", "Province", "Unit", "Year", "Model", "Statistic", "Deviation", "Bound", "Verdict")
    return Section(title, headings, tuple(_cells(row) for row in rows), labels=3, notes=notes)


def _cells(row: ComparisonRow) -> tuple[str, ...]:
    digits = DIGITS.get(row.unit, 2)
    year = f"{row.year}" if row.statistic_year is None else f"{row.year} / {row.statistic_year}"
    statistic = "" if row.statistic is None else f"{row.statistic:,.{digits}f}"
    percent_off = row.deviation_percent
    bound = "" if row.bound_percent is None else f"{row.bound_percent:g} %"
    return (
        *(row.quantity, row.province, row.unit, year, f"{row.model:,.{digits}f}", statistic),
        "" if percent_off is None else deviation(percent_off, 1) + " %",
        bound if row.minimum is None else f"above {row.minimum:g}",
        row.verdict,
    )


def deviation(percent: float, digits: int) -> str:
    """Format a deviation with its sign; what rounds to nothing is +0."""
    return f"{round(percent, digits) + 0.0:+.{digits}f}"


def write_csv(rows: Iterable[ComparisonRow], path: Path) -> None:
    """Write rows as CSV, one a line.

    Cells are empty where there is nothing.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([getattr(row, column) for column in COLUMNS])
