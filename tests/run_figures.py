"""The figures of documents that name a run: each table comes from draws of shipped scenarios.

`uv run python -m tests.run_figures` runs them (some ten minutes of two processors), keeps the figures in
`tests/golden/run_figures.csv` and writes the tables, and the answers of commands that documents show; `--tables` writes
the tables alone, from the figures that are kept.
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
from tanlu.region.pack import load_region
from tanlu.region.tables import year_index
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tests import golden
from tests.documented_answers import ANSWERS
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
PRICE_AT_HOME, HIGHER_CHARGE, LOWER_CHARGE = (
    "border_price_at_home",
    "border_price_and_charge",
    "border_charge_100",
)
FUND_SHARES = (0.0, 0.05, 0.2, 0.5, 1.0)  # of carbon revenue paid into the green fund
SUBSIDY, GREEN_FINANCE, CREDIT_RULE = "interest_subsidy", "green_finance", "credit_rule"
UNTAXED, UNTAXED_PRICE = "no_income_tax", "no_income_tax_and_price_at_home"
FLOOR, FASTER_CAP, BY_OUTPUT, SLOW_CAP = "price_floor", "faster_cap", "by_output", "slow_cap"
LOW_CARBON = (
    *(f"Investment|Electricity|{name}" for name in ("wind", "solar_utility", "solar_distributed")),
    *(f"Investment|Electricity|{name}" for name in ("pumped_storage", "battery")),
    "Investment|Carbon Capture",
    "Investment|Industry",
)
POLICY_YEARS, POWER_YEARS = (2026, 2060), (2030, 2040, 2050, 2060)
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


def over_years(scenario: str, variable: str, against: str = "", years: tuple[int, int] = ALL_YEARS) -> Asked:
    return Asked(scenario, (variable,), WHOLE, *years, against)


def since_policy(scenario: str, against: str, *variables: str) -> Asked:
    return Asked(scenario, variables, WHOLE, *POLICY_YEARS, against)


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


def border(figures: Figures) -> str:
    """Return what a charge on imported carbon does beside a price at home."""
    names = {
        "CO2 at home, Mt": CO2,
        "net imports, Mt": "Emissions|CO2|Net Imports",
        "both, Mt": "Emissions|CO2|With Net Imports",
        "bought by price, TWh": "Trade|Electricity|Imports|At Neighbours' Prices",
        "charges, bn CNY": "Public Budget|Import Carbon Charges",
    }
    arms = {
        "that price, against none": (PRICE_AT_HOME, BASELINE),
        "a charge of 100 CNY/t on imports, against that price alone": (LOWER_CHARGE, PRICE_AT_HOME),
        "a charge of 200 CNY/t on imports, against that price alone": (HIGHER_CHARGE, PRICE_AT_HOME),
    }
    rows = [
        [
            label,
            *(
                signed(figures[since_policy(*arm, variable).key], digits=int(variable.startswith("Public")))
                for variable in names.values()
            ),
        ]
        for label, arm in arms.items()
    ]
    return right_aligned(["baseline with 200 CNY/t at home", *names], rows)


def green_fund(figures: Figures) -> str:
    """Return what a fund does by the share of carbon revenue that it gets."""
    none = fund_name(FUND_SHARES[0])
    rows = []
    for share in FUND_SHARES:
        name = fund_name(share)
        against = none if share else ""
        money = [
            f"{figures[since_policy(name, '', f'Public Budget|Green Fund|{what}').key].value:,.0f}"
            for what in ("Paid In", "Paid Out")
        ]
        answers = [figures[since_policy(name, against, *parts).key] for parts in (LOW_CARBON, (CO2,))]
        texts = [signed(figure) if share else f"{figure.value:,.0f}" for figure in answers]
        rows.append([f"{share:g}", *money, *texts])
    heads = [
        "share of revenue",
        "paid in, bn CNY",
        "granted, bn CNY",
        "low-carbon investment, bn CNY",
        "CO2, Mt",
    ]
    return right_aligned(heads, rows)


def fund_name(share: float) -> str:
    return f"green_fund_{100 * share:.0f}_percent"


def claims(figures: Figures) -> str:
    """Return what is claimed by labelled debt, and what emissions do."""
    labels = {
        "interest subsidy of 1.5 points from 2026": SUBSIDY,
        "the same with half of the debt guaranteed (scenario Green finance)": GREEN_FINANCE,
    }
    rows = []
    for label, name in labels.items():
        claimed = figures[over_years(name, "Finance|Green|Claimed Avoidance|Outstanding", BASELINE).key]
        emitted = figures[over_years(name, CO2, BASELINE).key]
        saved = RunFigure(-emitted.value, emitted.half_width)
        rows.append([label, signed(claimed), signed(saved)])
    return right_aligned(["scenario", "claims more, Mt CO2", "emits less, Mt CO2"], rows)


def credit_rule(figures: Figures) -> str:
    """Return what lenders' refusal of coal does."""
    coal = since_policy(CREDIT_RULE, BASELINE, "Investment|Electricity|coal")
    capacity = Asked(CREDIT_RULE, ("Capacity|Electricity|Coal",), WHOLE, 2050, 2050, BASELINE)
    emitted = since_policy(CREDIT_RULE, BASELINE, CO2)
    row = [signed(figures[asked.key], digits=1) for asked in (coal, capacity, emitted)]
    usual = figures[since_policy(BASELINE, "", "Investment|Electricity|coal").key].value
    return right_aligned(
        ["refused loans, against the baseline", "spent on new coal, bn CNY", "coal in 2050, GW", "CO2, Mt"],
        [[f"from 2026 on (the baseline spends {usual:,.1f})", *row]],
    )


def national_levers(figures: Figures) -> str:
    """Return what rules of the national market do to the region."""
    labels = {
        "a floor of 300 CNY/t": FLOOR,
        "a cap that falls one point a year faster": FASTER_CAP,
        "allocation by output in every class": BY_OUTPUT,
        "the slow path of the cap": SLOW_CAP,
    }
    usual = figures[Asked(BASELINE, ("Price|Carbon|Market",), WHOLE, 2035, 2035).key].value
    rows = []
    for label, name in labels.items():
        price = figures[Asked(name, ("Price|Carbon|Market",), WHOLE, 2035, 2035).key].value
        sums = [since_policy(name, BASELINE, variable) for variable in (CO2, OF_PROVINCES["coal"][0])]
        rows.append([label, f"{price:,.0f}", *(signed(figures[asked.key]) for asked in sums)])
    heads = [f"rule, against the baseline ({usual:,.0f} CNY/t in 2035)", "price of 2035, CNY/t"]
    return right_aligned([*heads, "CO2, Mt", "coal power, TWh"], rows)


def carbon_and_power(figures: Figures) -> str:
    """Return price of carbon and power, and CO2 of power, in the baseline."""
    names = {
        "allowance, CNY/t": "Price|Carbon|Market",
        "wholesale power, CNY/MWh": OF_PROVINCES["price"][0],
        "CO2 of power, Mt": OF_PROVINCES["CO2 of power"][0],
    }
    rows = [
        [label, *(f"{figures[in_year((variable,), WHOLE, year).key].value:,.0f}" for year in POWER_YEARS)]
        for label, variable in names.items()
    ]
    return right_aligned(["", *map(str, POWER_YEARS)], rows)


def income_tax(figures: Figures) -> str:
    """Return what income tax changes, in appraisals and accounts."""
    usual = figures[since_policy(BASELINE, "", CO2).key].value
    untaxed = signed(figures[since_policy(UNTAXED, BASELINE, CO2).key])
    priced = [
        signed(figures[since_policy(name, against, CO2).key])
        for name, against in ((PRICE_AT_HOME, BASELINE), (UNTAXED_PRICE, UNTAXED))
    ]
    rows = [
        ["current policies", f"{usual:,.0f}", untaxed],
        ["200 CNY/t at home from 2026 on, against them", *priced],
    ]
    return right_aligned(["", "with the law", "with no tax on income"], rows)


def signed(figure: RunFigure, digits: int = 0) -> str:
    """Write a difference with its interval."""
    return f"{figure.value:+,.{digits}f} ± {figure.half_width:,.{digits}f}".replace("-", "−")


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
    ("docs/model/border.md", "border charge"): border,
    ("docs/model/who_pays.md", "green fund"): green_fund,
    ("docs/model/claims.md", "claims"): claims,
    ("docs/model/power_investment.md", "credit rule"): credit_rule,
    ("docs/model/carbon_and_power.md", "national levers"): national_levers,
    ("docs/model/carbon_and_power.md", "carbon and power"): carbon_and_power,
    ("docs/model/taxes.md", "income tax"): income_tax,
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


def fund_policies(share: float) -> Mapping[str, object]:
    price = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 100}
    return {"price": price, "use": {"kind": "revenue_use", "from_year": 2026, "green_fund_share": share}}


def faster_cap() -> Mapping[str, object]:
    """Return the central path of the national cap, falling a hundredth of 2025 a year faster."""
    market = load_region(load(f"tanlu:{BASELINE}").region).national_market
    shares = market.caps["central"] / market.base_tco2
    years = range(POLICY_YEARS[0], POLICY_YEARS[1] + 1)
    path = {
        year: round(max(float(shares[year_index(year)]) - 0.01 * (year - POLICY_YEARS[0] + 1), 0.0), 4)
        for year in years
    }
    return {"national_carbon_market": {"cap_share": path}}


# What is tried of the baseline, by name.
VARIANTS: Mapping[str, Mapping[str, object]] = {
    **{fund_name(share): fund_policies(share) for share in FUND_SHARES},
    LOWER_CHARGE: {
        "regional_price": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200},
        "import_charge": {"kind": "import_carbon_charge", "from_year": 2026, "price_cny_per_tco2": 100},
    },
    SUBSIDY: {
        "bonds": {
            "kind": "green_bond_incentive",
            "from_year": 2026,
            "interest_subsidy_percentage_points": 1.5,
        }
    },
    CREDIT_RULE: {"rule": {"kind": "credit_rule", "from_year": 2026, "stops_coal_loans": True}},
    FLOOR: {"floor": {"kind": "carbon_price", "from_year": 2026, "floor_cny_per_tco2": 300}},
    BY_OUTPUT: {"national_carbon_market": {"follows_output_share": 1.0}},
    SLOW_CAP: {"national_carbon_market": {"cap_path": "slow"}},
}


def scenarios() -> Iterator[Scenario]:
    """Yield every scenario that is run, those that say otherwise of capture after their own."""
    yield load(f"tanlu:{BASELINE}")
    for name, year in CAPTURING.items():
        yield load(f"tanlu:{name}")
        market = {"national_carbon_market": {"capture_counts_from_year": year}}
        yield load({"extends": f"tanlu:{name}", "name": f"{name}{OTHERWISE}", "policies": market})
    for name in (ENDLESS, THIN):
        yield load(ROOT / "scenarios" / "stress" / f"{name}.yaml")
    charged = ROOT / "scenarios" / "border" / f"{HIGHER_CHARGE}.yaml"
    yield load(charged.with_stem(PRICE_AT_HOME))
    yield load(charged)
    yield load(f"tanlu:{GREEN_FINANCE}")
    untaxed = {"pack": {"taxes[parameter=rate].value": {"factor": 0.0}}}
    yield load({"extends": f"tanlu:{BASELINE}", "name": UNTAXED, **untaxed})
    price = VARIANTS[LOWER_CHARGE]["regional_price"]
    yield load(
        {"extends": f"tanlu:{BASELINE}", "name": UNTAXED_PRICE, "policies": {"price": price}, **untaxed}
    )
    for name, policies in (VARIANTS | {FASTER_CAP: faster_cap()}).items():
        yield load({"extends": f"tanlu:{BASELINE}", "name": name, "policies": policies})


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


def write_into(document: str, name: str, text: str) -> None:
    """Write what stands between the marks of a name."""
    path = ROOT / document
    head, _, tail = place_of(name).split(path.read_text(encoding="utf-8"))
    path.write_text(f"{head}{text}{tail}", encoding="utf-8")


if __name__ == "__main__":
    if "--tables" not in sys.argv:
        keep(computed())
        kept.cache_clear()
        for (document, name), answer in ANSWERS.items():
            write_into(document, name, answer())
    for (document, name), tell in TABLES.items():
        write_into(document, name, tell(kept()))
