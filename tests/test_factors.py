"""Every sourced number can be changed by a path; what is changed is seen in digests, and what is not stays as it is."""

import csv
import io
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.paths import CellPath, KeyPath, PathError, parse_path
from tanlu.core.places import PACKS
from tanlu.experiments.results import simulate
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output.result import load_result
from tanlu.region.catalogue import read_layered_table
from tanlu.region.checks.figures import numbers_of
from tanlu.region.checks.ranges import range_problems
from tanlu.region.checks.sheets import read_sheets
from tanlu.region.columns import RULES
from tanlu.region.factors.cells import find_cells, pack_changes, value_columns
from tanlu.region.factors.changes import edited_digest
from tanlu.region.factors.reads import depends_on
from tanlu.region.new_pack import make_pack
from tanlu.region.pack import load_region
from tanlu.scenario.changes import read_changes, with_changes
from tanlu.scenario.factors import factors, read_factor
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.forms import rebuild_scenario
from tanlu.scenario.loading import load
from tanlu.scenario.schema import dump_scenario, plain_scenario, scenario_from_text, scenario_hash
from tests.model_runs import ONE_DRAW
from tests.test_value_cache import same

SUN = "pack.technologies[technology=solar_utility,parameter=capex_cny_per_kw].value"
WIDTH = "pack.parameters.hurdle_half_width"
GRADED = [name for name, rule in RULES.items() if "grade" in rule.filled]


# --- the grammar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("world.gas_price_factor", KeyPath(("world", "gas_price_factor"))),
        ("world.gas_price_factor[2035]", KeyPath(("world", "gas_price_factor"), 2035)),
        ("policies.tax.rate_cny[2030]", KeyPath(("policies", "tax", "rate_cny"), 2030)),
        (WIDTH, CellPath("parameters", (("parameter", "hurdle_half_width"),), "value")),
        ("pack.a[b=c d,e=].f", CellPath("a", (("b", "c d"), ("e", "")), "f")),
        ("pack.a[b=Hydro, Wind,e=x=y].f", CellPath("a", (("b", "Hydro, Wind"), ("e", "x=y")), "f")),
    ],
)
def test_a_path_means_one_thing_and_is_written_back(text: str, path: KeyPath | CellPath) -> None:
    assert parse_path(text) == path
    again = str(path) if isinstance(path, KeyPath) else f"pack.{path}"
    assert parse_path(again) == path


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "seed",
            "world",
            "world.",
            "World.x",
            "world.x[35]",
            "world.x[2035",
            "pack.parameters",
            "pack.a.b",
        ),
        *("pack.a[].b", "pack.a[b].c", "pack.a[B=c].d", "pack.a[b=c]", "world.x = 3", "pack.a[b=c].d[2030]"),
    ],
)
def test_what_is_no_path_is_told_the_forms(text: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert "world.gas_price_factor" in caught.value.help


# --- the walk through the pack --------------------------------------------------------------------------


def cells_to_change(pack: str, table: str) -> Iterator[tuple[str, int, str]]:
    """Yield path, row and text of every numeric cell of the graded rows of a table."""
    content = read_layered_table(PACKS / pack, table).content.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    for column in (
        value_columns(table, {name: tuple(row[name] for row in rows) for name in rows[0]}) if rows else ()
    ):
        for number, row in enumerate(rows):
            where = ",".join(f"{name}={row[name]}" for name in RULES[table].key)
            if row[column]:
                yield f"pack.{table}[{where}].{column}", number, row[column]


@pytest.mark.parametrize("pack", ["chengyu", "two_provinces"])
def test_every_number_of_the_pack_has_a_path(pack: str) -> None:
    walked = 0
    for table in GRADED:
        for text, row, cell in cells_to_change(pack, table):
            path = parse_path(text)
            assert isinstance(path, CellPath)
            found = find_cells(pack, path)
            assert (found.rows, found.values) == ((row,), (float(cell),)), text
            walked += 1
    assert walked > 5000


@pytest.mark.parametrize("pack", ["chengyu", "two_provinces"])
def test_every_change_changes_the_digest(pack: str) -> None:
    """Of each table the first and the last cell, and every parameter."""
    seen = {"plain"}
    for table in GRADED:
        paths = [text for text, *_ in cells_to_change(pack, table)]
        for text in paths if table == "parameters" else dict.fromkeys([*paths[:1], *paths[-1:]]):
            digest = edited_digest("plain", pack_changes(pack, {text: {"factor": 1.0}}))
            assert digest not in seen, text
            seen.add(digest)
    assert len(seen) > 100


def test_columns_that_say_which_row_it_is_or_where_it_comes_from_are_no_figures() -> None:
    for column in ("year", "unit", "grade", "technology"):
        with pytest.raises(PathError, match="no column"):
            find_cells("chengyu", CellPath("technologies", (("technology", "wind"),), column))


# --- a pack with changes --------------------------------------------------------------------------------


def test_a_changed_pack_is_the_pack_with_another_figure_in_its_file(tmp_path) -> None:
    """Part by part, bit for bit; parts that do not read the figure are the plain pack's own."""
    folder = tmp_path / "two_provinces"
    make_pack(folder)
    lenders = load_region("two_provinces").tables["lenders"]
    name = lenders["lender_id"].iloc[0]
    changes = {
        "parameters.vehicle_charging_at_night_share": 0.4,
        f"lenders[lender_id={name}].capital_bn_cny": 7.0,
    }
    for table, key, column, value in (
        ("parameters", "vehicle_charging_at_night_share", "value", "0.4"),
        ("lenders", name, "capital_bn_cny", "7.0"),
    ):
        file = folder / f"{table}.csv"
        with file.open(encoding="utf-8", newline="") as stream:
            heads, *rows = csv.reader(stream)
        for row in rows:
            if row[0] == key:
                row[heads.index(column)] = value
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([heads, *rows])
    plain, edited, other = (
        load_region("two_provinces"),
        load_region("two_provinces", changes),
        load_region(str(folder)),
    )
    assert all(same(getattr(edited, part), getattr(other, part)) for part in plain.reads)
    anew = {part for part in plain.reads if getattr(edited, part) is not getattr(plain, part)}
    assert anew == {"parameters", "demand", "finance"}
    assert len({plain.digest, edited.digest, other.digest}) == 3
    assert load_region("two_provinces").parameters["vehicle_charging_at_night_share"] != 0.4


def test_a_part_is_made_anew_for_its_own_changes_only() -> None:
    sun = {"technologies[technology=solar_utility,parameter=capex_cny_per_kw].value": {"factor": 0.5}}
    first = load_region("two_provinces", {**sun, "parameters.hurdle_half_width": 0.01})
    second = load_region("two_provinces", {**sun, "parameters.hurdle_half_width": 0.03})
    assert first.power is second.power and first.power is not load_region("two_provinces").power
    assert (first.parameters["hurdle_half_width"], second.parameters["hurdle_half_width"]) == (0.01, 0.03)


def test_a_part_that_is_made_of_another_one_follows_its_changes() -> None:
    plain = load_region("two_provinces")
    edited = load_region(
        "two_provinces", {"load_shape[month=7,hour=12].per_unit_of_annual_mean": {"factor": 1.2}}
    )
    assert not same(edited.demand, plain.demand) and edited.tariffs is plain.tariffs


@pytest.mark.parametrize("pack", ["chengyu", "two_provinces"])
def test_a_parameter_makes_only_small_parts_anew(pack: str) -> None:
    """Those take 3 ms together; all electricity would take 60 ms, and industry, which one of them needs, 25 ms."""
    plain = load_region(pack)
    small_parts = {"parameters", "cohorts", "demand", "tariffs", "neighbours"}
    for name in plain.parameters:
        (change,) = pack_changes(pack, {f"parameters.{name}": {"factor": 1.0}})
        also = {"industry"} if name == "other_industry_service_elasticity" else set[str]()
        remade = {part for part, reads in plain.reads.items() if depends_on(reads, change)}
        assert remade <= small_parts | also, name


def test_a_change_that_leaves_a_value_as_it_is_leaves_every_bit() -> None:
    plain, edited = load_region("chengyu"), load_region("chengyu", {SUN: {"factor": 1.0}})
    assert edited.digest != plain.digest and edited.power is not plain.power
    assert same(edited.power, plain.power)


# --- scenarios ------------------------------------------------------------------------------------------


def test_a_scenario_says_each_path_in_one_way_and_sorted() -> None:
    text = """
name: a
pack:
  pack.parameters[parameter=hurdle_half_width].value: 0.03
  technologies[parameter=capex_cny_per_kw,technology=solar_utility].value: {factor: 0.8}
  lenders[lender_id=state_banks].spread_bp: {add: 5}
"""
    name = load_region("chengyu").tables["lenders"]["lender_id"].iloc[0]
    scenario = scenario_from_text(text.replace("state_banks", name))
    assert list(scenario.pack.items()) == [
        (f"lenders[lender_id={name}].spread_bp", {"add": 5.0}),
        ("parameters.hurdle_half_width", 0.03),
        (SUN.removeprefix("pack."), {"factor": 0.8}),
    ]
    assert scenario_from_text(dump_scenario(scenario)) == scenario


def test_a_scenario_without_changes_is_known_by_what_it_was() -> None:
    plain = load("tanlu:baseline")
    assert "pack" not in plain_scenario(plain)
    assert scenario_hash(with_changes(plain, {WIDTH: 0.03}), {}) != scenario_hash(plain, {})
    assert with_changes(plain, {}) == plain


def test_an_extending_file_replaces_the_operation_of_its_base(tmp_path) -> None:
    (tmp_path / "base.yaml").write_text("name: b\npack: {parameters.hurdle_half_width: {factor: 2}}\n")
    file = tmp_path / "a.yaml"
    file.write_text("extends: base.yaml\nname: a\npack: {parameters.hurdle_half_width: {add: 0.01}}\n")
    assert load(file).pack == {"parameters.hurdle_half_width": {"add": 0.01}}


def test_a_year_of_a_schedule_moves_alone() -> None:
    base = with_changes(load("tanlu:baseline"), {"world.gas_price_factor": {2025: 1.0, 2040: 2.0}})
    moved = with_changes(base, {"world.gas_price_factor[2030]": {"factor": 2}}).world.gas_price_factor
    years = range(2020, 2061)
    was = base.world.gas_price_factor
    assert [y for y in years if moved.value_in(y) != pytest.approx(was.value_in(y), rel=1e-15)] == [2030]
    assert moved.value_in(2030) == 2 * base.world.gas_price_factor.value_in(2030)
    two = with_changes(base, {"world.gas_price_factor[2030]": 3, "world.gas_price_factor[2031]": 4})
    assert (two.world.gas_price_factor.value_in(2030), two.world.gas_price_factor.value_in(2031)) == (
        3.0,
        4.0,
    )


def test_changes_act_on_what_the_scenario_says() -> None:
    base = with_changes(load("tanlu:ccus_push"), {WIDTH: 0.04, SUN: {"factor": 0.5}})
    rate = base.policies["capture_subsidy"].rate_cny_per_tco2
    changes = {
        WIDTH: {"add": 0.01},
        SUN: {"factor": 0.5},
        "policies.capture_subsidy.rate_cny_per_tco2": {"factor": 2},
    }
    found = with_changes(base, changes)
    assert found.pack == {"parameters.hurdle_half_width": 0.05, SUN.removeprefix("pack."): {"factor": 0.25}}
    assert found.policies["capture_subsidy"].rate_cny_per_tco2.value_in(2030) == 2 * rate.value_in(2030)
    assert base.pack[SUN.removeprefix("pack.")] == {"factor": 0.5}


@pytest.mark.parametrize(
    ("changes", "code", "phrase"),
    [
        ({"world.gas_price_facto": 1}, "unknown-key", "`gas_price_factor`"),
        ({"policies.captur_subsidy.enabled": False}, "unknown-key", "`capture_subsidy`"),
        ({"policies.capture_subsidy.rate": 1}, "unknown-key", "rate_cny_per_tco2"),
        ({"world.hydrology": {"factor": 2}}, "not-a-number", "give the new value"),
        ({"world.hydrology[2030]": 1}, "bad-path", "has no years"),
        ({"world.gas_price_factor": 11}, "out-of-range", "at most 10"),
        (
            {"world.gas_price_factor": 2, "world.gas_price_factor[2035]": 3},
            "changed-twice",
            "gas_price_factor",
        ),
        (
            {WIDTH: 0.01, "pack.parameters[parameter=hurdle_half_width].value": 0.02},
            "changed-twice",
            "hurdle",
        ),
        ({SUN: 3000}, "several-rows", "5 rows"),
        ({SUN: {"add": -5000}}, "out-of-range", "at least 0, and becomes"),
        ({SUN: {"factor": 2}, SUN.replace("]", ",year=2030]"): {"factor": 2}}, "changed-twice", ""),
    ],
)
def test_a_wrong_change_is_told_with_its_path(changes: dict[str, object], code: str, phrase: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        with_changes(load("tanlu:ccus_push"), changes, "--set")
    fault = caught.value.findings[0]
    assert (fault.place.file, fault.code) == ("--set", code)
    assert phrase in fault.message + fault.help and fault.place.path


def test_the_command_line_takes_paths_and_values() -> None:
    given = [f"{SUN}={{factor: 0.8}}", "world.hydrology=bootstrap", "policies.tax.rate[2030]=1e2"]
    assert read_changes(given) == {
        SUN: {"factor": 0.8},
        "world.hydrology": "bootstrap",
        "policies.tax.rate[2030]": 100.0,
    }
    for wrong in (["world.x"], ["=3"], ["world.x="], ["world.x=1", "world.x=2"], ["world.x={"]):
        with pytest.raises(ScenarioError, match="bad-setting"):
            read_changes(wrong)


def test_what_deserves_a_second_look_is_said(tmp_path) -> None:
    """Figures of years with statistics may change, and values may be far off: both run, both are told."""
    base = load("tanlu:baseline")

    def said(changes: dict[str, object]) -> list[tuple[str, str, str]]:
        return [(str(x.severity), x.code, x.message) for x in scenario_findings(with_changes(base, changes))]

    assert said({}) == said({WIDTH: 0.03, SUN.replace("]", ",year=2030]"): {"factor": 3}}) == []
    ((severity, code, message),) = said({SUN: {"factor": 0.8}})
    assert (severity, code) == ("note", "rewrites-statistics") and "changes figures of 2020, years" in message
    ((severity, code, message),) = said({WIDTH: 0.5})
    assert (severity, code) == (
        "warning",
        "beyond-range",
    ) and "becomes 0.5; its range is 0 to 0.04" in message
    assert [one[1] for one in said({WIDTH: {"factor": 1}})] == ["figure-unchanged"]
    file = tmp_path / "a.yaml"
    file.write_text("extends: tanlu:baseline\nname: a\npack:\n  parameters.hurdle_half_width: 0.5\n")
    (finding,) = scenario_findings(load(file))
    assert (finding.place.line, finding.place.column) == (4, 33)
    assert "0.04" in finding.in_language("zh").message
    (finding,) = scenario_findings(with_changes(load(file), {WIDTH: 0.6}))
    assert finding.place.line == 0 and "0.6" in finding.message, "the line of the file has another number"


def test_a_pack_that_changed_since_does_not_keep_a_saved_scenario_from_being_read(monkeypatch) -> None:
    data = plain_scenario(with_changes(load("tanlu:baseline"), {WIDTH: 0.03}))
    monkeypatch.setattr(
        "tanlu.scenario.pack_changes.find_cells", lambda *_: pytest.fail("the pack is looked at")
    )
    assert rebuild_scenario(data, ()).pack == {"parameters.hurdle_half_width": 0.03}


# --- ranges ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", ["chengyu", "two_provinces"])
def test_every_parameter_has_a_range_that_may_be_tried_or_is_fixed(pack: str) -> None:
    scenario = load({"name": "a", "region": pack})
    found = [*factors(scenario, "pack.parameters.")]
    assert [one.path for one in found] == [
        f"pack.parameters.{name}" for name in load_region(pack).tables["parameters"]["parameter"]
    ]
    for one in found:
        assert one.basis, f"{one.path} has no reason"
        assert one.is_fixed == (one.low is None), one.path
        if not one.is_fixed:
            assert one.low < one.high and one.low <= one.values[0] <= one.high, one.path
    ends = [
        {one.path: end for one in found if (end := getattr(one, name)) is not None}
        for name in ("low", "high")
    ]
    assert all(len(with_changes(scenario, changes).pack) > 70 for changes in ends), "each end is allowed"


def test_every_figure_is_listed_once_with_its_source_and_grade() -> None:
    scenario = load({"name": "a", "region": "two_provinces"})
    found = [one for one in factors(scenario) if one.path.startswith("pack.")]

    def places(text: str) -> list[tuple[str, str, int]]:
        path = parse_path(text)
        assert isinstance(path, CellPath)
        return [(path.table, path.column, row) for row in find_cells("two_provinces", path).rows]

    listed = [place for one in found for place in places(one.path)]
    assert len(listed) == len(set(listed))
    every = [cells_to_change("two_provinces", table) for table in GRADED]
    assert {place for cells in every for text, *_ in cells for place in places(text)} <= set(listed)
    assert all(one.source and one.grade for one in found)
    for one in found:
        if one.low is not None:
            assert one.low <= (1.0 if one.is_factor else one.values[0]) <= one.high, one.path


def test_a_range_comes_from_the_row_the_grade_or_the_field() -> None:
    scenario = load("tanlu:ccus_push")
    (width,) = factors(scenario, WIDTH)
    assert (width.values, width.low, width.high, width.grade) == ((0.02,), 0.0, 0.04, "D")
    (sun,) = factors(scenario, "solar_utility,parameter=capex")
    assert (sun.is_factor, sun.low, sun.high, len(sun.values), sun.basis) == (
        True,
        0.8,
        1.25,
        5,
        "grade C: 25 %",
    )
    alone = read_factor(scenario, SUN.replace("]", ",year=2030]"))
    assert (alone.is_factor, alone.low, alone.high) == (False, alone.values[0] * 0.8, alone.values[0] * 1.25)
    share = read_factor(
        scenario, "pack.hydro_parameters[province=Chongqing,parameter=reservoir_maximum_output_share].value"
    )
    assert share.is_factor and share.high * max(share.values) == pytest.approx(1.0), "a share stays one"
    rate = read_factor(scenario, "policies.capture_subsidy.rate_cny_per_tco2")
    assert (
        rate.unit == "CNY2020/t CO2"
        and rate.low < min(rate.values)
        and max(rate.values) < rate.high
        and rate.grade
    )
    assert read_factor(with_changes(scenario, {WIDTH: 0.03}), WIDTH).values == (0.03,)
    with pytest.raises(PathError, match="is no number"):
        read_factor(scenario, "world.hydrology")


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("low", "0.03", "value: 0.02 is not between 0.03 and 0.04; low <= value <= high"),
        ("high", "", "high: the range of 0.02 is from 0 to –; both ends"),
        ("fixed", "", "fixed: of 0.02, from 0 to 0.04, it is not said whether it is fixed"),
        ("fixed", "1", "low: the range of 0.02 is from 0 to 0.04; both ends; neither where fixed is 1"),
        ("range_basis", "", "range_basis: the range has no reason"),
    ],
)
def test_a_wrong_range_is_told_with_its_row(column: str, value: str, what: str) -> None:
    sheet = read_sheets(PACKS / "chengyu")[0]["parameters"]
    assert not [*range_problems(sheet, numbers_of(sheet))]
    row = sheet.columns["parameter"].index("hurdle_half_width")
    cells = list(sheet.columns[column])
    cells[row] = value
    sheet = sheet._replace(columns={**sheet.columns, column: tuple(cells)})
    (problem,) = range_problems(sheet, numbers_of(sheet))
    assert str(problem).startswith(f"parameters.csv:{row + 2}:{what}")


def test_ranges_belong_to_one_column_of_figures() -> None:
    sheet = read_sheets(PACKS / "chengyu")[0]["lenders"]
    wide = sheet._replace(columns={**sheet.columns, "low": ("1",) * len(sheet.lines)})
    (problem,) = range_problems(wide, numbers_of(wide))
    assert "in a table with the column value" in str(problem)


# --- results --------------------------------------------------------------------------------------------


def test_a_result_lists_its_changes_and_is_made_again(tmp_path) -> None:
    scenario = {
        "name": "changed",
        **ONE_DRAW,
        "region": "two_provinces",
        "years": "2023-2026",
        "pack": {
            "parameters.expectation_horizon_years": 7,
            "fuel_prices[fuel=gas].price_cny_per_gj": {"factor": 2},
        },
    }
    plain = simulate({key: scenario[key] for key in ("name", *ONE_DRAW, "region", "years")})
    result = simulate(scenario)
    horizon, gas = sorted(result.manifest["data"]["changes"], key=lambda one: one["path"], reverse=True)
    assert horizon == {
        "path": "pack.parameters.expectation_horizon_years",
        "change": 7.0,
        "old": [5.0],
        "new": [7.0],
        "grade": ["D"],
    }
    assert gas["change"] == {"factor": 2.0} and gas["new"] == [2.0 * price for price in gas["old"]]
    assert "changes" not in plain.manifest["data"]
    for key in ("inputs_hash", "values_sha256"):
        assert result.manifest[key] != plain.manifest[key]
    folder = result.save(tmp_path)
    done = CliRunner().invoke(app, ["verify", str(folder), "--rerun"])
    assert "a new run gives the same bits" in done.output
    assert load_result(folder).pack.parameters["expectation_horizon_years"] == 7.0
