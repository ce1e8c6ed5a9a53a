"""One budget, several instruments: rates at which they spend the same public money, and what each tonne then costs.

`uv run python -m tests.support_family` finds the rates, writes them into `scenarios/support/`, keeps the draws in
`tests/golden/support/draws.csv`, and writes the table of docs/support.md.
"""

import csv
import functools
import re
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np

from tanlu import simulate
from tanlu.core.arrays import Floats
from tanlu.output.result import Result
from tanlu.scenario.loading import load
from tests.model_runs import ROOT, in_one_draw

FOLDER, PAGE = ROOT / "scenarios" / "support", ROOT / "docs" / "support.md"
KEPT = ROOT / "tests" / "golden" / "support" / "draws.csv"
BEGIN, END = "<!-- support: begin -->\n", "<!-- support: end -->"
BASE = "high_carbon_price"
# Regulation for Economic Evaluation of Water Conservancy Projects SL 72-2013: 6 % for projects of public benefit,
# where 8 % is usual; grade C, seen in a textbook.
SOCIAL_DISCOUNT_RATE = 0.06
FIRST_YEAR = 2026
TARGET_BN_CNY = 1.8  # present value
REPLICATIONS = 8
STUDENT_T = 2.365  # 95 %, seven degrees of freedom
CLOSE = 0.02  # of the target
SPENT, EMITTED, CAPTURED = "Public Budget|Climate Support", "Emissions|CO2", "Carbon Capture"
FORGONE = "Central Bank|Forgone Interest"


class Instrument(NamedTuple):
    """A way to spend, and which key of its policy says how much."""

    key: str
    least: float
    most: float
    title: str


FAMILY = {
    "support_grant": Instrument("capex_grant_share", 0.02, 1.0, "grant for capture plants, share"),
    "support_per_tonne": Instrument("rate_cny_per_tco2", 5.0, 300.0, "by the tonne, CNY/t"),
    "support_contract": Instrument(
        "strike_price_cny_per_tco2", 100.0, 800.0, "contract for difference, CNY/t"
    ),
    "support_interest": Instrument(
        "interest_subsidy_percentage_points", 0.005, 2.0, "interest subsidy, points"
    ),
    "support_guarantee": Instrument("guarantee_share", 0.05, 1.0, "guarantee of green debt, share"),
}
RELENDING = "support_relending"  # next to the family: of public money it moves rescues of hubs alone


class Draws(NamedTuple):
    """What each draw spends and saves against the base; axis R."""

    spent_bn_cny: Floats  # present value
    saved_mt: Floats  # CO2, undiscounted
    captured_mt: Floats
    forgone_bn_cny: Floats  # by the central bank, present value


def run(name: str, replications: int = REPLICATIONS) -> Result:
    """Run the base or a scenario of the family."""
    file = FOLDER / f"{name}.yaml"
    what = load(file if file.exists() else f"tanlu:{name}")
    return simulate(in_one_draw(what), replications=replications)


@functools.cache
def base_run() -> Result:
    """Run the base once in each process."""
    return run(BASE)


def against(base: Result, result: Result) -> Draws:
    """Return what a result spends and saves against the base, draw by draw."""
    ahead = result.years >= FIRST_YEAR
    worth = (1.0 + SOCIAL_DISCOUNT_RATE) ** -(result.years[ahead] - float(FIRST_YEAR))

    def change(variable: str) -> Floats:
        of = (one.draws(variable, "Chengyu")[:, ahead] for one in (result, base))
        after, before = of
        return np.asarray(after - before)

    return Draws(
        (change(SPENT) * worth).sum(axis=1),
        -change(EMITTED).sum(axis=1),
        change(CAPTURED).sum(axis=1),
        (change(FORGONE) * worth).sum(axis=1),
    )


def rate_of(name: str) -> float:
    """Return how much the scenario gives, as its file says."""
    found = re.search(rf"{FAMILY[name].key}: ([\d.]+)", (FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert found is not None, name
    return float(found[1])


def set_rate(name: str, rate: float) -> None:
    """Write how much the scenario gives into its file."""
    file, key = FOLDER / f"{name}.yaml", FAMILY[name].key
    text = re.sub(rf"({key}: )[\d.]+", rf"\g<1>{rate:.4g}", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")


def solve(name: str) -> Draws:
    """Find the rate at which a scenario spends next to the target, write it into its file, and return its draws."""
    base = base_run()
    if name == RELENDING:
        return against(base, run(name))
    _, least, most, _ = FAMILY[name]
    rate, tried = rate_of(name), {}
    for _ in range(12):
        set_rate(name, rate)
        draws = against(base, run(name))
        spent = float(draws.spent_bn_cny.mean())
        tried[abs(spent / TARGET_BN_CNY - 1.0)] = rate, draws
        if min(tried) < CLOSE:
            break
        least, most = (rate, most) if spent < TARGET_BN_CNY else (least, rate)
        guess = rate * TARGET_BN_CNY / max(spent, 1e-9)
        inside = least + 0.1 * (most - least) < guess < most - 0.1 * (most - least)
        rate = guess if inside else 0.5 * (least + most)
    # where one draw more begins to capture, the money jumps, and no rate spends just the target
    nearest_rate, draws = tried[min(tried)]
    set_rate(name, nearest_rate)
    return draws


def keep(found: dict[str, Draws]) -> None:
    """Write each draw of each scenario."""
    with KEPT.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("scenario", "replication", *Draws._fields))
        for name, draws in found.items():
            for r, values in enumerate(zip(*draws, strict=True)):
                rows.writerow((name, r, *(f"{value:.6g}" for value in values)))


def kept() -> dict[str, Draws]:
    """Return the draws that are kept."""
    with KEPT.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = dict.fromkeys(row["scenario"] for row in rows)
    return {
        name: Draws(
            *(
                np.array([float(row[field]) for row in rows if row["scenario"] == name])
                for field in Draws._fields
            )
        )
        for name in names
    }


def table(found: dict[str, Draws]) -> str:
    """Return the table of docs/support.md."""

    def with_interval(values: Floats, digits: int) -> str:
        half = STUDENT_T * values.std(ddof=1) / np.sqrt(values.size)
        mean = round(float(values.mean()), digits) + 0.0  # no minus before a zero
        return f"{mean:,.{digits}f} ± {half:,.{digits}f}"

    lines = [
        "| instrument | rate | public money, bn CNY | CO2 saved, Mt | captured, Mt | CNY of public money per tonne |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (spent, saved, captured, forgone) in found.items():
        if name == RELENDING:
            what = (
                "relending of 60 % at 1.75 %, three years",
                "",
                f"{with_interval(spent, 2)}; central bank {with_interval(forgone, 2)}",
            )
        else:
            what = FAMILY[name].title, f"{rate_of(name):g}", with_interval(spent, 2)
        paid = forgone if name == RELENDING else spent
        cells = *what, with_interval(saved, 0), with_interval(captured, 0), cost_per_tonne(paid, saved)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def cost_per_tonne(spent: Floats, saved: Floats) -> str:
    """Return public money a tonne with its interval (Fieller 1954), or that the tonnes are below noise."""
    n = saved.size
    mean = np.array([spent.mean(), saved.mean()])
    cov = np.cov(spent, saved, ddof=1) / n
    a = mean[1] ** 2 - STUDENT_T**2 * cov[1, 1]
    if a <= 0.0 or mean[1] <= 0.0:
        return "below noise"
    b = mean[0] * mean[1] - STUDENT_T**2 * cov[0, 1]
    c = mean[0] ** 2 - STUDENT_T**2 * cov[0, 0]
    root = np.sqrt(max(b**2 - a * c, 0.0))
    low, high = ((b + sign * root) / a * 1e3 for sign in (-1.0, 1.0))
    return f"{1e3 * mean[0] / mean[1]:,.0f} ({low:,.0f} to {high:,.0f})"


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        names = *FAMILY, RELENDING
        found = dict(zip(names, pool.map(solve, names), strict=True))
    keep(found)
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    PAGE.write_text(head + BEGIN + table(found) + END + rest.split(END)[1], encoding="utf-8")
    print(table(found))
