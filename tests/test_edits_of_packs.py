"""One guard for figures that somebody changes: under `pack:`, and as ends of the distributions of an experiment."""

import random
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.paths import CellPath
from tanlu.core.places import PACKS, shipped_scenarios
from tanlu.experiments.file_checks.plan import ODD_NUMBERS
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.region.catalogue import pack_folder, table_of
from tanlu.region.column_types import column_type
from tanlu.region.columns import RULES
from tanlu.region.factors.cells import find_cells, value_columns
from tanlu.scenario.changes import with_changes
from tanlu.scenario.factors import factors
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.loading import load

BASE = load("tanlu:baseline")
TABLES = [name for name, rule in RULES.items() if "grade" in rule.filled]


def random_cells(count: int, seed: int) -> list[tuple[CellPath, float]]:
    rng = random.Random(seed)
    cells: dict[str, tuple[CellPath, float]] = {}
    while len(cells) < count:
        table = rng.choice(TABLES)
        columns = table_of(pack_folder(BASE.region), table)
        if not (names := value_columns(table, columns)):
            continue
        column, row = rng.choice(names), rng.randrange(len(columns[names[0]]))
        path = CellPath(table, tuple((name, columns[name][row]) for name in RULES[table].key), column)
        if columns[column][row] and (value := float(columns[column][row])):
            cells[str(path)] = (path, value)
    return list(cells.values())


def verdict_on(path: CellPath, change: object) -> str:
    try:
        scenario = with_changes(BASE, {f"pack.{path}": change}, "an edit")
    except ScenarioError as error:
        (finding,) = error.findings
        assert finding.severity == "error"
        return "refused"
    told = [finding for finding in scenario_findings(scenario) if finding.code in ODD_NUMBERS]
    assert len(told) <= 1, "one message each"
    return "told" if told else "silent"


@pytest.mark.parametrize(("count", "seed"), [(25, 1), pytest.param(200, 34, marks=pytest.mark.slow)])
def test_figures_a_thousand_times_off_are_told(count, seed) -> None:
    cells = random_cells(count, seed)
    for factor in (1000.0, 0.001):
        verdicts = Counter(verdict_on(path, {"factor": factor}) for path, _ in cells)
        assert verdicts["silent"] <= 0.05 * count, verdicts
    assert {verdict_on(path, value) for path, value in cells} == {"silent"}


def test_what_a_column_may_not_hold_is_refused() -> None:
    tried = 0
    for table in TABLES:
        columns = table_of(pack_folder(BASE.region), table)
        for column in value_columns(table, columns):
            kind = column_type(table, column)
            row = next(row for row, cell in enumerate(columns[column]) if cell)
            path = CellPath(table, tuple((name, columns[name][row]) for name in RULES[table].key), column)
            for value in [x for x in (kind.lowest, kind.highest) if x is not None]:
                beyond = value + (1.0 if value == kind.highest else -1.0)
                assert verdict_on(path, beyond) == "refused", (str(path), beyond)
                tried += 1
    assert tried > 100


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenarios_are_told_nothing(name) -> None:
    told = scenario_findings(load(f"tanlu:{name}"))
    assert not [finding for finding in told if finding.code in ODD_NUMBERS]


def test_ends_that_are_offered_are_allowed() -> None:
    offered = [factor for factor in factors(BASE, "pack.owners") if factor.path.endswith("policy_belief")]
    assert offered and all(factor.high <= 1.0 for factor in offered if factor.high is not None)
    unit = next(iter(table_of(PACKS / "chengyu", "power_units")["unit_id"]))
    cells = find_cells("chengyu", CellPath("power_units", (("unit_id", unit),), "commissioned_year"))
    assert cells.limits.lowest == 1935


STUDY = """experiment: ends
base: {extends: "tanlu:baseline"}
factors:
  solar:
    path: pack.technologies[technology=solar_utility,parameter=capex_cny_per_kw].value
    factor: {range: [0.9, 1000]}
  wind: {path: "pack.technologies[technology=wind,parameter=capex_cny_per_kw].value", factor: {range: [0.9, 1.1]}}
  gas: {path: world.gas_price_factor, range: [0.7, 1.5]}
design: {method: grid, levels: 2}
replications: 1
outcomes: {a: {variable: Emissions|CO2, sum: 2025-2026}}
"""


def test_both_ends_of_every_distribution_are_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "ends.yaml"

    def check(text: str) -> tuple[int, str]:
        file.write_text(text)
        done = CliRunner().invoke(app, ["experiment", "check", str(file)])
        return done.exit_code, done.output

    code, output = check(STUDY)
    assert code == 0 and output.count("warning[") == 1
    assert "warning[odd-edit]" in output and "technologies.csv, line" in output and "ends.yaml:5:" in output
    code, output = check(STUDY.replace("1000]", "1.1]"))
    assert code == 0 and "warning" not in output
    code, output = check(STUDY.replace("1000]", "1.1]").replace("[0.7, 1.5]", "[0.7, 50]"))
    assert code == 2 and output.count("error[") == 1 and "must be at most 10" in output
    assert "ends.yaml:8:" in output and "Traceback" not in output
