"""What looks odd in a pack is told at its cell, and a run takes it as it is."""

import pytest

from tanlu.core.places import PACKS
from tanlu.inputs.diagnostics import Severity
from tanlu.region.catalogue import region_axes, region_settings
from tanlu.region.checks.problems import oddities, table_problems
from tanlu.region.checks.sheets import Sheet, read_sheets
from tanlu.region.columns import RULES

PACK = "two_provinces"
SHEETS, _ = read_sheets(PACKS / PACK)


def with_cell(sheet: Sheet, row: int, column: str, cell: str) -> Sheet:
    cells = sheet.columns[column]
    return sheet._replace(columns={**sheet.columns, column: (*cells[:row], cell, *cells[row + 1 :])})


def without_row(sheet: Sheet, row: int) -> Sheet:
    columns = {name: (*cells[:row], *cells[row + 1 :]) for name, cells in sheet.columns.items()}
    return Sheet(sheet.name, columns, (*sheet.lines[:row], *sheet.lines[row + 1 :]))


def row_of(table: str, **values: str) -> int:
    """The first row with these cells."""
    rows = list(zip(*(SHEETS[table].columns[name] for name in values), strict=True))
    return rows.index(tuple(values.values()))


# (table, row, column, new cell, code, words)
ODD = (
    (
        "technologies",
        row_of("technologies", technology="wind", parameter="capex_cny_per_kw"),
        "value",
        "60000",
        "pack-implausible",
        "60000 would be a surprise: plausible are",
    ),
    ("load_shape", 13, "per_unit_of_annual_mean", "5", "pack-odd", "5 is far from its neighbours by "),
    ("thermal_maintenance", 2, "share_of_year", "0.9", "pack-sum-off-one", "sum to 1."),
    ("rating_spreads", 3, "spread_bp", "250", "pack-out-of-order", "250 comes after 160"),
    (
        "demand_profiles",
        0,
        "made_up",
        "1",
        "pack-unknown-column",
        "no table of this kind has a column `made_up`",
    ),
)


@pytest.mark.parametrize(("table", "row", "column", "cell", "code", "words"), ODD)
def test_an_odd_figure_is_told_at_its_cell(
    table: str, row: int, column: str, cell: str, code: str, words: str
) -> None:
    sheet = SHEETS[table]
    if column not in sheet.columns:
        sheet = sheet._replace(columns={**sheet.columns, column: ("",) * len(sheet.lines)})
    sheets = {**SHEETS, table: with_cell(sheet, row, column, cell)}
    found = [one for one in oddities(sheets) if one.code == code]
    assert words in found[0].message and found[0].severity is Severity.warning
    assert found[0].place.file == f"{table}.csv" and found[0].place.path == column
    assert found[0].place.line == (1 if code == "pack-unknown-column" else row + 2)
    assert not table_problems(sheets, region_settings(PACK), region_axes(PACK))


def test_a_unit_of_its_own_in_a_series_is_told() -> None:
    chengyu, _ = read_sheets(PACKS / "chengyu")
    sheet = chengyu["technologies"]
    assert RULES["technologies"].named_by == ("technology", "parameter")
    chengyu["technologies"] = with_cell(sheet, 1, "unit", "USD/kW")
    (found,) = oddities(chengyu)
    assert str(found).startswith("technologies.csv:3:unit: the unit is `USD/kW`, that of the other rows")


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("parameters", 4, "no row for parameter "),
        ("fuel_factors", 0, "no row for carrier coal"),
        ("demand_shares", 1, "has no province"),
    ],
)
def test_a_row_that_others_have_is_missed(table: str, row: int, words: str) -> None:
    found = [*oddities({**SHEETS, table: without_row(SHEETS[table], row)})]
    assert any(one.place.file == f"{table}.csv" and words in one.message for one in found), found


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"material_from": "steel_bf_bo"}, ("unknown-name", "material_from", "steel_bf_bof")),
        ({"material_from": "steel_bf_bof", "stoichiometric_tco2_per_t": "2"}, ("blank", "material_t_per_t")),
        ({"material_t_per_t": "0.1"}, ("blank", "material_from")),
        ({"material_kt_per_year": "50"}, ("blank", "stoichiometric_tco2_per_t")),
        (
            {"stoichiometric_tco2_per_t": "0.5"},
            ("above-stoichiometry", "co2_use_tco2_per_t", "0.5 t at most"),
        ),
    ],
)
def test_a_material_that_cannot_be_is_a_fault(cells: dict[str, str], told: tuple[str, ...]) -> None:
    sheet = SHEETS["co2_products"]
    for column, cell in cells.items():
        sheet = with_cell(sheet, 0, column, cell)
    found = table_problems(SHEETS | {"co2_products": sheet}, region_settings(PACK), region_axes(PACK))
    code, column, *words = told
    (fault,) = [one for one in found if one.code == f"pack-{code}" and f":2:{column}:" in str(one)]
    assert all(word in str(fault) for word in words) and fault.severity is Severity.error
