"""Check a region pack: what its tables lack, and how far its totals reach the official ones."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import CARRIERS, FUEL, SECTOR, SECTORS, Axes
from tanlu.core.units import GWH_PER_TWH, MWH_PER_GWH, T_PER_MT
from tanlu.core.words import text
from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import Message, build_message
from tanlu.evaluation.balance import balance_problems
from tanlu.industry.state import facility_tco2
from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding
from tanlu.region.balance import annual_gwh, balances
from tanlu.region.catalogue import RegionError, layer_folder, pack_folder
from tanlu.region.checks.grids import CAPACITY_GROUPS
from tanlu.region.checks.groups import group_problems
from tanlu.region.checks.layers import count_layer_rows, locate_finding
from tanlu.region.checks.problems import pack_problems
from tanlu.region.checks.seal import seal_problems
from tanlu.region.columns import FIRST_LINE
from tanlu.region.factors.reads import read_parts
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import READING_ERRORS, Region, read_pack
from tanlu.region.power import PowerUnits, capacity_at_end
from tanlu.region.tables import Tables, year_index

if TYPE_CHECKING:
    from rich.table import Table

TOTALS_TOLERANCE_PERCENT = 0.5  # how far a total of the pack may be off the official one
SHOWN_OF_A_KIND = 5  # problems of one kind in one table that are written out
# Units with these names stand for what no tracker lists: they close the official totals.
CLOSING_BLOCKS = ("other_", "below_6_mw_", "cohort_")
ASSUMPTION = "D"
BALANCE_NOTES = (
    "Residual: what generation and imports leave after consumption and exports line by line. It is a row of the book: "
    "observed years deliver it in the months of the province's contracts, no line carries it.",
)


class Section(NamedTuple):
    """A table to show."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labels: int  # how many columns from the left are words; the others are numbers
    notes: tuple[str, ...] = ()


class Report(NamedTuple):
    """Tables of a check, then lines, the last of them the verdict."""

    ok: bool
    sections: tuple[Section, ...]
    lines: tuple[str, ...]
    usable: bool = True  # False where no run can use the pack

    def parts(self) -> "Iterator[Table | str]":
        """Yield tables and lines to print, in order."""
        for section in self.sections:
            yield _table(section)
            yield "\n".join((*section.notes, ""))
        yield from self.lines


def _table(section: Section) -> "Table":
    """Format a section as a table: words left, numbers right."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=section.title, title_justify="left", title_style="bold", header_style="bold")
    for i, heading in enumerate(section.headings):
        words = i < section.labels
        table.add_column(heading, justify="left" if words else "right", no_wrap=not words)
    for row in section.rows:
        table.add_row(*(escape(cell) for cell in row))
    return table


class Total(NamedTuple):
    """A figure of the pack with the official one."""

    table: str  # where it comes from
    province: str
    quantity: str
    year: int
    unit: str
    value: float
    official: float


def check_region(name: str, language: str = "en") -> Report:
    """Check the pack `name`.

    It looks for gaps, duplicates, rows without source, impossible values and wrong totals. The report fails on any of
    these; a row that is an assumption is counted, not held against the pack.

    Raises:
        RegionError: if there is no such pack, or its settings cannot be read.
    """
    region = read_pack(name)
    folder = pack_folder(name)
    problems = [*seal_problems(folder), *pack_problems(folder, region.settings, region.axes)]
    usable = not any(problem.severity is Severity.error for problem in problems)
    sections: tuple[Section, ...] = ()
    if usable:
        try:
            read_parts(region)  # as a run does: what it refuses is no usable pack
            official = figures(region)
            sections = (*coverage(region, official), provenance(region.tables))
            problems += [*total_problems(official), *balance_problems(region)]
            problems += [locate_finding(folder, finding) for finding in group_problems(name)]
        except (RegionError, *READING_ERRORS) as error:
            usable = False
            problems.append(build_table_finding("unreadable", "*", reason=explain_error(error)))
    absence_lines = _write_absent(region.axes.absent_tables, language)
    lines = (
        *_write_problems(problems, language),
        *_write_layer(folder, language),
        *absence_lines,
        _verdict(region, problems, usable).in_language(language),
    )
    return Report(not problems, sections, lines, usable)


class Figures(NamedTuple):
    """Figures of a pack that have official ones."""

    capacity: list[Total]
    energy: list[Total]
    past: list[Total]  # both, before the base year
    facilities_mtco2: Floats  # [P, S, C], power and heat under electricity
    inventory_mtco2: Floats  # the same
    production: "list[ProductOutput]"
    axes: Axes


def figures(region: Region) -> Figures:
    """Collect capacity, energy, CO2 and production with official figures."""
    before, years = region.with_base_year(region.first_observed_year), past_years(region)
    return Figures(
        capacity_totals(region, observed_years(region)),
        energy_totals(region, observed_years(region)),
        [*capacity_totals(before, years), *energy_totals(before, years)],
        *inventory_parts(region),
        list_production(region),
        region.axes,
    )


def coverage(region: Region, f: Figures) -> tuple[Section, ...]:
    """Build tables of the pack's share in official figures."""
    blocks = "Of it named units, MW (share); the others are blocks that close the total"
    return (
        _by_year("Capacity, MW at the end of the year (share of the official total)", f.capacity),
        _by_year(blocks, list_named_units(region, f.capacity)),
        _by_year("Electricity, GWh a year (share of the official figure)", f.energy),
        balance_section(region),
        _by_year("The same before the base year, MW and GWh", f.past),
        co2_coverage(region, f),
        production_coverage(region, f),
    )


def total_problems(f: Figures) -> list[Finding]:
    """List totals off official ones, and production above capacity."""
    limit = TOTALS_TOLERANCE_PERCENT / 100.0
    problems = []
    for t in (*f.capacity, *f.energy, *f.past):
        if not abs(t.value - t.official) <= limit * abs(t.official):
            details = {"of": f"{t.province}, {_words(t.quantity)} {t.year}", "unit": t.unit}
            details |= {"value": f"{t.value:,.0f}", "official": f"{t.official:,.0f}"}
            problems.append(_odd("off-total", t.table, **details, percent=f"{TOTALS_TOLERANCE_PERCENT:g}"))
    facility_mt, inventory_mt = f.facilities_mtco2, f.inventory_mtco2
    for p, s, c in zip(*np.nonzero(~(facility_mt <= inventory_mt * (1.0 + limit) + 1e-6)), strict=True):
        details = {
            "of": f"{f.axes.provinces[p]}, {SECTORS[s]}, {CARRIERS[c]}",
            "made": f"{facility_mt[p, s, c]:.3f}",
        }
        details |= {"listed": f"{inventory_mt[p, s, c]:.3f}", "percent": f"{TOTALS_TOLERANCE_PERCENT:g}"}
        problems.append(_odd("above-inventory", "facilities", **details))
    for m in f.production:
        if not m.output_kt <= m.capacity_kt * (1.0 + limit):
            details = {"of": f"{m.province}, {m.product} {m.year}", "made": f"{m.output_kt:,.1f}"}
            details |= {"capacity": f"{m.capacity_kt:,.1f}"}
            problems.append(_odd("above-capacity", "production", m.line, "output_kt", **details))
    return problems


def _odd(code: str, table: str, line: int = 0, column: str = "", /, **values: object) -> Finding:
    return build_table_finding(code, table, line, column, Severity.warning, **values)


def observed_years(region: Region) -> range:
    """List the years that are statistics."""
    return range(region.base_year, region.last_observed_year + 1)


def past_years(region: Region) -> range:
    """List the years of electricity statistics before the base year."""
    return range(region.first_observed_year, region.base_year)


def statistics(region: Region) -> dict[tuple[str, str, int], float]:
    """Read official figures of electricity by province, variable and year."""
    table = region.tables["power_statistics"]
    keys = zip(table["province"], table["variable"], table["year"].astype(int), strict=True)
    figures = dict(zip(keys, table["value"].astype(float), strict=True))
    energy = annual_gwh(region.tables["power_balance"])
    return figures | {(p, f"{item}_gwh", year): gwh for (p, item, year), gwh in energy.items()}


def percent(part: float, whole: float, digits: int = 1) -> str:
    """Format a share as text."""
    return "–" if whole == 0.0 else f"{100.0 * part / whole:.{digits}f} %"


def capacity_totals(region: Region, years: range) -> list[Total]:
    """List capacity by group at the end of each year, MW."""
    official, units = statistics(region), region.power.units
    return [
        Total(
            table="power_units",
            province=province,
            quantity=group,
            year=year,
            unit="MW",
            value=float(capacity_at_end(region.power, year)[_group(units, group, p)].sum()),
            official=official[province, f"{group}_capacity_mw", year],
        )
        for p, province in enumerate(region.axes.provinces)
        for group in CAPACITY_GROUPS
        for year in years
        if (province, f"{group}_capacity_mw", year) in official
    ]


def list_named_units(region: Region, capacity: Sequence[Total]) -> list[Total]:
    """List capacity in named units with the pack's whole, MW."""
    units = region.power.units
    is_named = ~np.array([unit.startswith(CLOSING_BLOCKS) for unit in units.ids])
    rows = []
    for t in capacity:
        in_group = is_named & _group(units, t.quantity, region.axes.provinces.index(t.province))
        value = float(capacity_at_end(region.power, t.year)[in_group].sum())
        rows.append(t._replace(value=value, official=t.value))
    return rows


def _group(units: PowerUnits, group: str, province: int) -> Booleans:
    in_group = np.isin(units.fuel, [FUEL[fuel] for fuel in CAPACITY_GROUPS[group]])
    return in_group & (units.province == province)


def energy_totals(region: Region, years: range) -> list[Total]:
    """List yearly hydropower and contracted exchange, GWh."""
    official, power, hours = statistics(region), region.power, HOURS_IN_MONTH
    book = balances(region.tables, region.axes.provinces)
    hydro, exchange = [], []
    for p, province in enumerate(region.axes.provinces):
        for year in years:
            t = year_index(year)
            installed = official[province, "hydro_conventional_6_mw_and_up_capacity_mw", year]
            generated = power.hydrology.observed[year].available_factor[p] - power.hydrology.spilled[year][p]
            gwh = installed * float(generated @ hours) / MWH_PER_GWH
            goal = official[province, "hydro_generation_gwh", year]
            hydro.append(Total("hydro", province, "hydro_6_mw_and_up", year, "GWh", gwh, goal))
            sent_mw = power.corridors.contract_mw[t, p] + power.corridors.internal_sent_mw(t, p)
            gwh, goal = float(sent_mw @ hours) / MWH_PER_GWH, book[province, year].net_export
            exchange.append(
                Total("power_balance", province, "net_export_by_contract", year, "GWh", gwh, goal)
            )
    return [*hydro, *exchange]


def balance_section(region: Region) -> Section:
    """Build a table of balances by province and year, TWh."""
    rows = []
    for (province, year), balance in balances(region.tables, region.axes.provinces).items():
        terms = (balance.generation, balance.imports, balance.consumption, balance.exports, balance.residual)
        cells = (f"{gwh / GWH_PER_TWH:.1f}" for gwh in terms)
        rows.append((province, str(year), *cells, f"{100.0 * balance.residual / balance.consumption:+.1f}"))
    headings = ("Province", "Year", "Generation", "Imports", "Consumption", "Exports", "Residual", "% of use")
    return Section("Electricity balance, TWh", headings, tuple(rows), labels=1, notes=BALANCE_NOTES)


def inventory_parts(region: Region) -> tuple[Floats, Floats]:
    """Sum CO2 of facilities and of the inventory, Mt [P, S, C].

    In the inventory's year. Power and heat are one sector of the inventory and stand under electricity.
    """
    parts = [facility_tco2(region) / T_PER_MT, region.industry.inventory_mtco2.copy()]
    for part in parts:
        part[:, SECTOR["electricity"]] += part[:, SECTOR["heat"]]
        part[:, SECTOR["heat"]] = 0.0
    return parts[0], parts[1]


def co2_coverage(region: Region, f: Figures) -> Section:
    """Build a table of facilities' CO2 with the inventory's."""
    facility_mt, inventory_mt = f.facilities_mtco2.sum(axis=2), f.inventory_mtco2.sum(axis=2)
    rows = []
    for p, province in enumerate(region.axes.provinces):
        for s, sector in enumerate(SECTORS):
            if inventory_mt[p, s] > 0.0:
                name = "power and heat" if sector == "electricity" else _words(sector)
                rows.append((province, name, *_parts(facility_mt[p, s], inventory_mt[p, s])))
        rows.append((province, "all sectors", *_parts(facility_mt[p].sum(), inventory_mt[p].sum())))
    headings = ("Province", "Sector", "Facilities", "Inventory", "Share", "Left to the sector's block")
    title = f"CO2 of facilities against the inventory, Mt, {region.industry.inventory_year}"
    return Section(title, headings, tuple(rows), labels=2)


def _parts(part: float, whole: float) -> tuple[str, ...]:
    return f"{part:.2f}", f"{whole:.2f}", percent(part, whole), f"{whole - part:.2f}"


class ProductOutput(NamedTuple):
    """A year's output of a product, and the capacity of the province's facilities, kt."""

    line: int  # of production.csv
    province: str
    product: str
    year: int
    output_kt: float
    capacity_kt: float


def list_production(region: Region) -> list[ProductOutput]:
    """List output and capacity of products in the observed years."""
    table, industry = region.tables["production"], region.industry
    f = industry.facilities
    columns = (table[name].tolist() for name in ("province", "product", "year", "output_kt"))
    rows = []
    for line, (province, product, year, output) in enumerate(zip(*columns, strict=True), FIRST_LINE):
        if year in observed_years(region):
            makes_product = industry.processes.product[f.process] == industry.products.names.index(product)
            in_operation = (
                (f.start_year <= year)
                & (year < f.end_year)
                & (f.province == region.axes.provinces.index(province))
            )
            capacity = float(f.capacity_kt_per_year[makes_product & in_operation].sum())
            rows.append(ProductOutput(line, province, product, int(year), float(output), capacity))
    return rows


def production_coverage(region: Region, f: Figures) -> Section:
    """Build a table of output against capacity by product."""
    groups: dict[tuple[str, str], list[ProductOutput]] = {}
    for output in f.production:
        groups.setdefault((output.province, output.product), []).append(output)
    rows = []
    for (province, name), group in groups.items():
        years = sorted(group, key=lambda output: output.year)
        use = [f"{m.output_kt:,.0f} of {m.capacity_kt:,.0f} ({_use(m)})" for m in (years[0], years[-1])]
        top = max(group, key=lambda m: m.output_kt / max(m.capacity_kt, 1e-9))
        rows.append((province, _words(name), *use, f"{_use(top)} in {top.year}"))
    first, last = observed_years(region)[0], observed_years(region)[-1]
    headings = ("Province", "Product", f"{first}, kt", f"{last}, kt", "Highest use")
    return Section("Output of capacity in operation", headings, tuple(rows), labels=2)


def _use(output: ProductOutput) -> str:
    return percent(output.output_kt, output.capacity_kt)


def provenance(tables: Tables) -> Section:
    """Count the rows of each table that are assumptions."""
    rows = []
    counts = {name: table["grade"].value_counts() for name, table in tables.items() if "grade" in table}
    assumed = {name: int(count.get(ASSUMPTION, 0)) for name, count in counts.items()}
    for name in sorted(assumed, key=lambda name: -assumed[name]):
        if assumed[name]:
            size = len(tables[name])
            rows.append((name, f"{size:,}", f"{assumed[name]:,}", percent(assumed[name], size, 0)))
    whole, size = sum(assumed.values()), sum(len(tables[name]) for name in assumed)
    rows.append(("all tables", f"{size:,}", f"{whole:,}", percent(whole, size, 0)))
    title = f"Rows of grade {ASSUMPTION}: assumptions"
    return Section(title, ("Table", "Rows", "Assumed", "Share"), tuple(rows), labels=1)


def _by_year(title: str, totals: Sequence[Total]) -> Section:
    years = sorted({total.year for total in totals})
    rows: dict[str, dict[int, str]] = {}
    for total in totals:
        cell = f"{total.value:,.0f} ({percent(total.value, total.official)})"
        rows.setdefault(f"{total.province}, {_words(total.quantity)}", {})[total.year] = cell
    headings = ("Province and group", *(str(year) for year in years))
    cells = tuple((label, *(row.get(year, "") for year in years)) for label, row in rows.items())
    return Section(title, headings, cells, labels=1)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(" mw ", " MW ")


def _write_problems(problems: Sequence[Finding], language: str) -> Iterator[str]:
    """Yield problems as lines, of many alike the first ones."""
    totals = Counter((problem.place.file, problem.code) for problem in problems)
    counts: Counter[tuple[str, str]] = Counter()
    for problem in problems:
        kind = problem.place.file, problem.code
        counts[kind] += 1
        if counts[kind] <= SHOWN_OF_A_KIND:
            yield f"{text(language, f'found.word_{problem.severity}')}: {problem.in_language(language)}"
        elif counts[kind] == totals[kind]:
            rest = totals[kind] - SHOWN_OF_A_KIND
            yield build_message("more_alike", file=problem.place.file, count=rest).in_language(language)


def _write_layer(folder: Path, language: str) -> Iterator[str]:
    """Yield one line that says how much of a pack comes from the layer that it extends; none without one."""
    if layer := layer_folder(folder):
        counts = count_layer_rows(folder)
        values = {"layer": layer.name, "rows": f"{sum(counts.values()):,}", "tables": ", ".join(counts)}
        yield build_message("pack_extends", **values).in_language(language)


def _write_absent(tables: Sequence[str], language: str) -> Iterator[str]:
    """Yield one line that says which tables a pack lacks, and what this means; none if it has all."""
    meanings = "; ".join(f"{name} ({text(language, f'absent.{name}')})" for name in tables)
    if meanings:
        yield build_message("pack_lacks", tables=meanings).in_language(language)


def _verdict(region: Region, problems: Sequence[Finding], usable: bool) -> Message:
    tables = len(region.tables) - len(region.axes.absent_tables)
    details = {"pack": region.name, "version": region.data_version, "tables": tables}
    if not problems:
        return build_message("pack_sound", **details)
    return build_message("pack_odd" if usable else "pack_unusable", **details, count=len(problems))
