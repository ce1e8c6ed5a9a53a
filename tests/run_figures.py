"""The figures of documents that name a run: each table comes from draws of shipped scenarios.

`uv run python -m tests.run_figures` runs them (some twenty minutes of a processor), keeps the figures in
`tests/golden/run_figures.csv` and writes the tables; `--tables` writes the tables from the figures that are kept.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.results import simulate_all
from tanlu.output.differences import half_width
from tanlu.output.findings.run_error import RunError
from tanlu.output.measures import Measured
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tests import golden
from tests.formats import table
from tests.model_runs import ROOT

KEPT = golden.RUN_FIGURES
REPLICATIONS, JOBS = 8, 2
ALL_YEARS = (2025, 2060)
CO2, CAPTURED = "Emissions|CO2", "Carbon Capture"
BASELINE, OTHERWISE = "baseline", "_otherwise"
# Scenarios of capture, and the year from which the market credits it where they say otherwise; 2100: never.
CAPTURING = {"dual_carbon": 2026, "high_carbon_price": 2026, "cement_hubs_anchored": 2026, "ccus_push": 2100}
THIN, ENDLESS = "stress_contagion", "stress_without_contagion"
PROVINCES, WHOLE = ("Sichuan", "Chongqing"), "Chengyu"
OF_PROVINCES: Mapping[str, Sequence[str]] = {
    "load": ("Final Energy|Electricity", "Losses|Electricity"),
    "hydro": ("Secondary Energy|Electricity|Hydro",),
    "wind": ("Secondary Energy|Electricity|Wind",),
    "sun": ("Secondary Energy|Electricity|Solar",),
    "gas": ("Secondary Energy|Electricity|Gas",),
    "coal": ("Secondary Energy|Electricity|Coal",),
    "price": ("Price|Electricity|Wholesale",),
    "wind capacity": ("Capacity|Electricity|Wind",),
    "sun capacity": ("Capacity|Electricity|Solar",),
    "coal capacity": ("Capacity|Electricity|Coal",),
    "hours of coal": ("Utilisation Hours|Electricity|Coal",),
    "curtailed": ("Curtailment|Electricity",),
    "reserve margin": ("Nameplate Margin|Electricity",),
    "CO2 of power": ("Emissions|CO2|Energy|Supply|Electricity",),
}
FIRST_YEARS, LATER_YEARS = range(2022, 2031), (2025, 2028, 2030, 2035, 2040, 2045, 2050, 2055, 2060)


class Asked(NamedTuple):
    """A figure of a run: the sum of variables over years, or of one year; less that of another run, draw by draw."""

    scenario: str
    variables: tuple[str, ...]
    region: str
    first_year: int
    last_year: int
    against: str = ""

    @property
    def key(self) -> str:
        """Its name in the file."""
        years = f"{self.first_year}-{self.last_year}"
        return ";".join((self.scenario, "+".join(self.variables), self.region, years, self.against))


class RunFigure(NamedTuple):
    """The mean over draws, and half the width of its 95 % interval."""

    value: float
    half_width: float


type Figures = Mapping[str, RunFigure]


def in_year(variables: Sequence[str], region: str, year: int) -> Asked:
    return Asked(BASELINE, tuple(variables), region, year, year)


def over_years(scenario: str, variable: str, against: str = "") -> Asked:
    return Asked(scenario, (variable,), WHOLE, *ALL_YEARS, against)


# --- the tables -----------------------------------------------------------------------------------------------------


def both(figures: Figures, name: str, year: int, digits: int = 0) -> str:
    """Write a quantity of both provinces."""
    values = (figures[in_year(OF_PROVINCES[name], province, year).key].value for province in PROVINCES)
    return " / ".join(f"{value:,.{digits}f}" for value in values).replace("-", "−")


def first_years(figures: Figures) -> str:
    """Return the baseline year by year."""
    names = ("load", "hydro", "wind", "sun", "gas", "coal", "price")
    rows = [
        [
            str(year),
            *(both(figures, name, year, digits=1 if name == "gas" else 0) for name in names),
            f"{figures[in_year((CO2,), WHOLE, year).key].value:.0f}",
        ]
        for year in FIRST_YEARS
    ]
    units = ["", *["TWh"] * 6, "CNY/MWh", "Mt"]
    return right_aligned(["year", *names, "CO2"], [units, *rows])


def later_years(figures: Figures) -> str:
    """Return the baseline in the years of the model."""
    names = {
        "wind capacity": "wind, GW",
        "sun capacity": "sun, GW",
        "coal capacity": "coal, GW",
        "hours of coal": "hours of coal",
        "price": "price, CNY/MWh",
        "curtailed": "curtailed, TWh",
        "reserve margin": "nameplate margin, %",
        "CO2 of power": "CO2 of power, Mt",
    }
    rows = [[label, *(both(figures, name, year) for year in LATER_YEARS)] for name, label in names.items()]
    return right_aligned(["", *map(str, LATER_YEARS)], rows)


def capture_counted(figures: Figures) -> str:
    """Return what is captured, with and without credit of the carbon market."""
    rows = []
    for name, year in CAPTURING.items():
        captured = figures[over_years(name, CAPTURED).key].value
        change = figures[over_years(f"{name}{OTHERWISE}", CAPTURED, name).key]
        counts = year == 2100
        rows.append([f"`tanlu:{name}`", "yes" if counts else "no", f"{captured:,.0f}", signed(change)])
    return right_aligned(["scenario", "capture counts", "captured, Mt", "if it were the other way, Mt"], rows)


def shock(figures: Figures) -> str:
    """Return what a price shock does where lenders have little capital, and where it has no end."""
    names = {
        "losses of lenders, bn CNY": "Finance|Lender Losses",
        "invested in electricity, bn CNY": "Investment|Electricity",
        "CO2, Mt": CO2,
        "companies that fail": "Finance|Exits",
    }
    rows = []
    for label, variable in names.items():
        usual = figures[over_years(BASELINE, variable).key].value
        thin, endless = (
            signed(figures[over_years(name, variable, BASELINE).key]) for name in (THIN, ENDLESS)
        )
        apart = signed(figures[over_years(THIN, variable, ENDLESS).key])
        rows.append([label, f"{usual:,.0f}", endless, thin, apart])
    heads = ["", "baseline", "more with endless capital", "more with thin capital", "thin less endless"]
    return right_aligned(heads, rows)


def signed(figure: RunFigure) -> str:
    """Write a difference with its interval."""
    return f"{figure.value:+,.0f} ± {figure.half_width:,.0f}".replace("-", "−")


def right_aligned(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown whose figures are right-aligned."""
    lines = table(heads, rows).splitlines(keepends=True)
    return "".join([lines[0], "| --- |" + " ---: |" * (len(heads) - 1) + "\n", *lines[2:]])


# Document and name of the place between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
TABLES = {
    ("docs/validation.md", "first years"): first_years,
    ("docs/validation.md", "later years"): later_years,
    ("docs/model/carbon_market.md", "capture counted"): capture_counted,
    ("docs/model/failure.md", "price shock"): shock,
}


class _Recorder(dict[str, RunFigure]):
    """Answers with nothing, and keeps what it was asked for."""

    def __missing__(self, key: str) -> RunFigure:
        self[key] = RunFigure(0.0, 0.0)
        return self[key]


def asked() -> tuple[Asked, ...]:
    """Return the figures that the tables ask for."""
    recorder = _Recorder()
    for write in TABLES.values():
        write(recorder)
    return tuple(asked_of(key) for key in recorder)


def asked_of(key: str) -> Asked:
    """Return what a key of the file asks for."""
    scenario, variables, region, years, against = key.split(";")
    first, last = map(int, years.split("-"))
    return Asked(scenario, tuple(variables.split("+")), region, first, last, against)


# --- the runs -------------------------------------------------------------------------------------------------------


def scenarios() -> Iterator[Scenario]:
    """Yield every scenario that is run, those that say otherwise of capture after their own."""
    yield load(f"tanlu:{BASELINE}")
    for name, year in CAPTURING.items():
        yield load(f"tanlu:{name}")
        market = {"national_carbon_market": {"capture_counts_from_year": year}}
        yield load({"extends": f"tanlu:{name}", "name": f"{name}{OTHERWISE}", "policies": market})
    for name in (ENDLESS, THIN):
        yield load(ROOT / "scenarios" / "stress" / f"{name}.yaml")


def draws_of(result: Measured, one: Asked) -> Floats:
    """Return a figure in every draw [R]; what is no sum is asked of one year alone."""
    chosen = (result.years >= one.first_year) & (result.years <= one.last_year)
    parts = (result.draws(variable, one.region)[:, chosen].sum(axis=1) for variable in one.variables)
    return np.asarray(sum(parts))


def computed() -> dict[str, RunFigure]:
    """Run the scenarios and return the figures of the tables."""
    wanted = asked()
    draws: dict[tuple[str, str], Floats] = {}
    for result in simulate_all(list(scenarios()), jobs=JOBS):
        if isinstance(result, RunError):
            raise result
        assert len(result.measures.values) == REPLICATIONS
        for one in wanted:
            if result.name in (one.scenario, one.against):
                draws[result.name, one.key] = draws_of(result, one)
        print(result.name, flush=True)
    return {one.key: _figure(draws, one) for one in wanted}


def _figure(draws: Mapping[tuple[str, str], Floats], one: Asked) -> RunFigure:
    values = draws[one.scenario, one.key]
    if one.against:
        values = values - draws[one.against, one.key]
    return RunFigure(float(values.mean()), half_width(values))


# --- what is kept ---------------------------------------------------------------------------------------------------


def keep(figures: Figures) -> None:
    """Write the figures, and behind them the golden ones by which a test tells that they are of another world."""
    with KEPT.open("w", encoding="utf-8", newline="") as file:
        file.write("# Written by: uv run python -m tests.run_figures\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["figure", "value", "half_width"])
        rows.writerows([key, f"{one.value:.6g}", f"{one.half_width:.3g}"] for key, one in figures.items())
        rows.writerows([key, f"{value:.6g}", "0"] for key, value in golden_co2().items())


@cache
def kept() -> dict[str, RunFigure]:
    """Return the figures as they were kept, the golden ones among them."""
    with KEPT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {row["figure"]: RunFigure(float(row["value"]), float(row["half_width"])) for row in rows}


def golden_co2() -> dict[str, float]:
    """Return CO2 of the scenarios as the golden figures have it now, one draw of observed water, by name and year."""
    return {
        f"golden {name} {year}": value
        for name in (BASELINE, *CAPTURING)
        for figure in golden.kept(name)
        if figure.variable == CO2
        for year, value in zip(golden.YEARS, figure.values, strict=True)
    }


def place_of(name: str) -> re.Pattern[str]:
    """Return what finds the table of a name in a document."""
    return re.compile(rf"(?<=<!-- {name}: begin -->\n)(.*?)(?=<!-- {name}: end -->)", re.DOTALL)


def write_tables() -> None:
    for (document, name), text in TABLES.items():
        path = ROOT / document
        before = path.read_text(encoding="utf-8")
        head, _, tail = place_of(name).split(before)
        path.write_text(f"{head}{text(kept())}{tail}", encoding="utf-8")


if __name__ == "__main__":
    if "--tables" not in sys.argv:
        keep(computed())
        kept.cache_clear()
    write_tables()
