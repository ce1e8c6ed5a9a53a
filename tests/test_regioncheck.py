"""The check of a region pack names each fault with its row, and the model repeats the observed years."""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation import region_check as regioncheck
from tanlu.evaluation.region_check import check_region
from tanlu.region.checks.problems import oddities, table_problems
from tanlu.region.checks.sheets import Sheet
from tanlu.region.columns import FIRST_LINE, RULES
from tanlu.region.pack import Region, load_region

PACK = load_region("chengyu")
Edit = Callable[[pd.DataFrame], pd.DataFrame]


def edited(**edits: Edit) -> Region:
    """The shipped pack with some tables changed."""
    changed = {name: edit(PACK.tables[name].copy()) for name, edit in edits.items()}
    return dataclasses.replace(PACK, tables=MappingProxyType(dict(PACK.tables) | changed))


def sheets_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, Sheet]:
    """Tables as the text that stands in the files."""
    return {name: sheet_of(name, table) for name, table in tables.items()}


def sheet_of(name: str, table: pd.DataFrame) -> Sheet:
    columns = {
        column: tuple("" if pd.isna(cell) else str(cell) for cell in table[column])
        for column in table.columns
    }
    return Sheet(name, columns, tuple(range(FIRST_LINE, len(table) + FIRST_LINE)))


def problems_of(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    return [str(one) for one in table_problems(sheets_of(tables), PACK.settings, PACK.axes)]


def in_its_place(monkeypatch: pytest.MonkeyPatch, region: Region) -> None:
    """Let a check of `chengyu` see another pack."""
    sheets = sheets_of(region.tables)
    problems = [*table_problems(sheets, region.settings, region.axes), *oddities(sheets)]
    monkeypatch.setattr(regioncheck, "read_pack", lambda name: region)
    monkeypatch.setattr(regioncheck, "pack_problems", lambda *pack: list(problems))


def checked(monkeypatch: pytest.MonkeyPatch, region: Region) -> regioncheck.Report:
    in_its_place(monkeypatch, region)
    return check_region("chengyu")


def cell(row: int, column: str, value: object) -> Edit:
    """An edit that writes one cell; `row` is the line of the file."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table[column] = table[column].astype(object)
        table.loc[row - 2, column] = value
        return table

    return edit


def without(**values: object) -> Edit:
    """An edit that drops the rows with these values."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        hit = np.logical_and.reduce([table[column] == value for column, value in values.items()])
        assert hit.any()
        return table[~hit].reset_index(drop=True)

    return edit


def twice(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[[0]]], ignore_index=True)


def scaled(column: str, factor: float, **values: object) -> Edit:
    """An edit that multiplies a column in the rows with these values."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        hit = np.logical_and.reduce([table[c] == value for c, value in values.items()])
        table[column] = table[column].astype(float)
        table.loc[hit, column] *= factor
        return table

    return edit


def test_the_shipped_pack_is_sound() -> None:
    report = check_region("chengyu")
    assert report.ok
    of_layer, verdict = report.lines
    assert of_layer.startswith("from the layer `china`: ") and verdict.endswith("no problem found")
    assert len(report.sections) == 8


# The faults a user makes while extending a pack: each has its line, and the check fails.
@pytest.mark.parametrize(
    ("edits", "line"),
    [
        (
            {"facilities": cell(5, "source", np.nan)},
            "error: facilities.csv:5:source: the cell is blank; a value in every row",
        ),
        (
            {"drivers": cell(9, "source", "S209;NOWHERE")},
            "error: drivers.csv:9:source: source `NOWHERE` is unknown; keys of sources.csv",
        ),
        (
            {"power_units": twice},
            f"error: power_units.csv:{len(PACK.tables['power_units']) + 2}:unit_id: unit_id "
            "coal_chengdu_jintang_phase_i_unit_1 stands already in row 2; each unit_id once",
        ),
        (
            {"power_units": scaled("capacity_mw", 1.02, fuel="wind", province="Sichuan")},
            "warning: power_units.csv: Sichuan, wind 2020: 4,345 MW, official 4,260; at most 0.5 % apart",
        ),
        (
            {"hydro": without(province="Sichuan", year=2022, month=8)},
            "error: hydro.csv: month: no row for province Sichuan, year 2022, month 8; month 1 to 12 of each",
        ),
    ],
    ids=["missing source", "unknown source key", "duplicate id", "capacity total off", "missing month"],
)
def test_a_broken_pack_fails_with_its_line(
    monkeypatch: pytest.MonkeyPatch, edits: dict[str, Edit], line: str
) -> None:
    report = checked(monkeypatch, edited(**edits))
    assert not report.ok
    assert any(shown.startswith(line) for shown in report.lines), report.lines
    assert "problems: " in report.lines[-1]


# One fault of each further kind, all in one pack: (table, edit, line).
FAULTS: tuple[tuple[str, Edit, str], ...] = (
    ("owners", cell(3, "grade", "E"), "owners.csv:3:grade: grade `E` is unknown; A, B, C, D"),
    (
        "lenders",
        cell(2, "spread_bp", np.nan),
        "lenders.csv:2:spread_bp: the cell is blank; a value in every row",
    ),
    (
        "production",
        twice,
        f"production.csv:{len(PACK.tables['production']) + 2}:province: province Sichuan, product ammonia, "
        "year 2018 stands already in row 2",
    ),
    (
        "power_units",
        cell(4, "retired_year", 2020.0),
        "power_units.csv:4:retired_year: commissioned_year 2026, retired_year 2020; retired_year after",
    ),
    (
        "power_units",
        cell(6, "fuel", "peat"),
        "power_units.csv:6:fuel: `peat` is unknown (nearest: –); battery, biomass",
    ),
    (
        "facilities",
        cell(7, "capacity_kt_per_year", -5.0),
        "facilities.csv:7:capacity_kt_per_year: -5.0 is beyond the limits of the column; from 0 to –",
    ),
    (
        "facilities",
        cell(5, "facility_id", PACK.tables["power_units"]["unit_id"][0]),
        "facilities.csv:5:facility_id: coal_chengdu_jintang_phase_i_unit_1 is also in power_units.csv",
    ),
    (
        "power_balance",
        without(item="consumption", year=2023, month="annual", province="Chongqing"),
        "power_balance.csv: year: no row for province Chongqing, month annual, item consumption, year 2023; "
        "year 2020, 2021, 2022, 2023, 2024 of each",
    ),
    (
        "inventory",
        without(province="Chongqing", year=2011),
        "inventory.csv: sector: no row for province Chongqing, year 2011, sector electricity, heat, steel",
    ),
)


@pytest.fixture(scope="module")
def problems_of_faults() -> list[str]:
    tables = {name: table.copy() for name, table in PACK.tables.items()}
    for name, edit, _ in FAULTS:
        tables[name] = edit(tables[name])
    return problems_of(tables)


@pytest.mark.parametrize("line", [line for _, _, line in FAULTS])
def test_each_fault_has_its_line(problems_of_faults: list[str], line: str) -> None:
    assert sum(problem.startswith(line) for problem in problems_of_faults) == 1, problems_of_faults


def test_no_fault_has_two_lines(problems_of_faults: list[str]) -> None:
    assert len(problems_of_faults) == len(FAULTS)


def test_a_missing_column_is_named() -> None:
    region = edited(hydro_spill=lambda table: table.drop(columns="spilled_gwh"))
    (problem,) = problems_of(region.tables)
    assert problem.startswith(
        "hydro_spill.csv: spilled_gwh: column spilled_gwh is missing; columns province,"
    )


def test_every_table_of_the_pack_has_a_rule_and_is_missed() -> None:
    assert set(RULES) == set(PACK.tables)
    tables = {name: table for name, table in PACK.tables.items() if name != "currency"}
    (problem,) = problems_of(tables)
    assert problem.startswith("currency.csv: the table is missing; a table with the columns from_unit,")


@pytest.mark.parametrize(
    ("edits", "line"),
    [
        (
            {"processes": scaled("coal_gj_per_t", 1.2, process="steel_bf_bof")},
            "facilities.csv: Sichuan, steel, coal: facilities emit 49.999 Mt CO2, the inventory has 42.812",
        ),
        (
            {"production": scaled("output_kt", 2.0, product="flat_glass", province="Sichuan", year=2023)},
            "Sichuan, flat_glass 2023: 6,378.8 kt made, facilities can make 3,550.0",
        ),
        (
            {"hydro": scaled("capacity_factor", 1.01, year=2021, province="Chongqing")},
            "hydro.csv: Chongqing, hydro 6 MW and up 2021: 23,462 GWh, official 23,230; at most 0.5",
        ),
        (
            {"power_balance": scaled("energy_gwh", 1.05, item="jinsu", year=2022)},
            "power_balance.csv: Sichuan, net export by contract 2022: 139,948 GWh, official 138,454; at most",
        ),
    ],
    ids=["facilities above inventory", "production above capacity", "hydro energy", "exchange"],
)
def test_totals_of_a_broken_pack(edits: dict[str, Edit], line: str) -> None:
    problems = [str(problem) for problem in regioncheck.total_problems(regioncheck.figures(edited(**edits)))]
    assert any(line in problem for problem in problems), problems[:5]


def test_many_problems_of_a_kind_take_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(monkeypatch, edited(load_shape=lambda t: t.assign(source=np.nan)))
    assert len(report.lines) == regioncheck.SHOWN_OF_A_KIND + 3
    assert report.lines[-3] == "load_shape.csv: 1147 more like these"
    assert "problems: 1152" in report.lines[-1]


def test_a_pack_the_model_cannot_read_is_a_problem_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    region = edited(power_units=cell(3, "capacity_mw", "six hundred"))
    report = checked(monkeypatch, region)
    assert not report.usable and not report.sections
    assert report.lines[0].startswith(
        "error: power_units.csv:3:capacity_mw: `six hundred` is not a number; plain digits"
    )
    monkeypatch.setattr(regioncheck, "pack_problems", lambda *pack: [])
    assert any("the model cannot read the pack" in line for line in check_region("chengyu").lines)


def test_a_national_market_that_no_run_can_read_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_floor(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(value=table["value"].where(table["variable"] != "floor_price", 1200))

    report = checked(monkeypatch, edited(national_market=raise_floor))
    told = [line for line in report.lines if "floor_price is above highest_price, 1000" in line]
    assert not report.usable and len(told) == 1


def test_assumptions_are_counted() -> None:
    graded = pd.concat(table["grade"] for table in PACK.tables.values() if "grade" in table)
    rows = dict((row[0], row[2]) for row in regioncheck.provenance(PACK.tables).rows)
    assert rows["all tables"] == f"{(graded == 'D').sum():,}"
    assert rows["owners"] == str(len(PACK.tables["owners"]))


def test_coverage_shows_what_no_tracker_lists() -> None:
    cells = {
        (t.province, t.quantity, t.year): t
        for t in regioncheck.list_named_units(
            PACK, regioncheck.capacity_totals(PACK, regioncheck.observed_years(PACK))
        )
    }
    thermal = cells["Sichuan", "thermal", 2020]
    assert thermal.official == pytest.approx(15_960.0)
    assert thermal.value / thermal.official == pytest.approx(0.78, abs=0.005)  # as README.md of the pack says
    assert cells["Chongqing", "hydro", 2024].value / 9175.6 == pytest.approx(0.62, abs=0.005)


def test_the_command_prints_the_line_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    region = edited(facilities=cell(5, "source", np.nan))
    in_its_place(monkeypatch, region)
    done = CliRunner().invoke(app, ["region", "check", "chengyu", "--backtest"])
    assert done.exit_code == 2
    assert "facilities.csv:5:source: the cell is blank" in done.output
    assert "Backtest" not in done.output
    assert "\x1b" not in done.output
