"""Groups of assumptions: each figure of grade D is in one, both ends can run, and experiments move them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from tanlu.core.paths import parse_cells
from tanlu.core.places import PACKS, SCENARIOS
from tanlu.experiments.analysis.one_at_a_time import one_at_a_time
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns
from tanlu.experiments.description import experiment_id
from tanlu.experiments.designs import moved_figures, pack_paths
from tanlu.experiments.file_checks.groups import find_odd_moves
from tanlu.experiments.layout import inputs_from, plain_inputs
from tanlu.experiments.plans import Plan, load_experiment
from tanlu.experiments.points import numbers_of
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.region.catalogue import GROUPS, SEAL, RegionError
from tanlu.region.checks.groups import find_miscovered, group_problems
from tanlu.region.factors.cells import find_cells
from tanlu.region.factors.groups import changes_at, find_moves, read_groups
from tanlu.region.pack import load_region
from tanlu.scenario.changes import with_changes

REGION = "chengyu"
STUDY = """experiment: moved
base: {extends: "tanlu:baseline", years: 2020-2026}
arms:
  none: {}
  edited: {pack: {"parameters.reline_interval_years": 18}}
factors:
  coal: {group: coal_price}
  lives: {group: lead_times_and_lives}
  gas: {path: world.gas_price_factor, factor: {range: [0.5, 1.5]}}
design: {method: one_at_a_time}
replications: 2
outcomes: {level: {variable: Emissions|CO2, year: 2026}}
"""


def plan_of(folder: Path, text: str = STUDY) -> Plan:
    file = folder / "moved.yaml"
    file.write_text(text)
    return load_experiment(file)


@pytest.fixture(scope="module")
def own_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pack = tmp_path_factory.mktemp("packs") / REGION
    shutil.copytree(PACKS / REGION, pack)
    (pack / SEAL).unlink()
    return pack


def test_each_assumption_is_in_one_group_or_fixed_with_a_reason(own_pack: Path) -> None:
    groups = read_groups(REGION)
    assert 25 <= len(groups.groups) <= 40 and not list(find_miscovered(REGION))
    content = yaml.safe_load((own_pack / GROUPS).read_text("utf-8"))
    coal = content["groups"].pop("coal_price")
    content["fixed"]["again"] = {"reason": "held twice", "figures": [{"table": "fuel_factors"}]}
    (own_pack / GROUPS).write_text(yaml.safe_dump(content))
    held = {(x.table, x.names) for x in find_miscovered(str(own_pack))}
    assert held == {("fuel_prices", ()), ("fuel_factors", ("again", "conversions"))}
    lines = [str(finding) for finding in group_problems(str(own_pack))]
    assert len(lines) == 2 and "figures of grade D in no group and not fixed: 4" in lines[0] + lines[1]
    coal["figures"][0]["add"] = [1.0, 2.0]
    (own_pack / GROUPS).write_text(yaml.safe_dump({"groups": {"coal_price": coal}}))
    with pytest.raises(RegionError, match="one form of values is needed"):
        read_groups(str(own_pack))


def test_both_ends_of_every_group_can_run_and_look_plain() -> None:
    study = yaml.safe_load((SCENARIOS / "studies" / "assumption_groups.yaml").read_text("utf-8"))
    moves = {name: find_moves(REGION, group) for name, group in read_groups(REGION).groups.items()}
    assert study["factors"] == {name: {"group": name} for name in moves}
    assert not [str(x) for group_moves in moves.values() for x in find_odd_moves(group_moves, REGION)]
    for end in (-1.0, 1.0):
        changes = {k: v for group_moves in moves.values() for k, v in changes_at(group_moves, end).items()}
        region = load_region(REGION, changes)
        assert len(region.changes) > 300 and all(getattr(region, part) is not None for part in region.reads)


def test_a_group_moves_its_figures_from_end_to_end() -> None:
    group = read_groups(REGION).groups["lead_times_and_lives"]
    moves = find_moves(REGION, group)
    assert changes_at(moves, 0.0) == {} and {move.path for move in moves} == {*changes_at(moves, -1.0)}
    lead = next(move.path for move in moves if "lead_time_years" in move.path)
    assert changes_at(moves, 1.0)[lead] == {"factor": 1.5} and changes_at(moves, -0.5)[lead] == {
        "factor": 0.835
    }
    year = "parameters.cofiring_available_from_year"
    assert [changes_at(moves, share)[year] for share in (-1.0, 0.5, 1.0)] == [2025, 2028, 2030]


def test_a_condition_may_name_several_cells() -> None:
    both, coal, gas = (
        find_cells(REGION, parse_cells(f"fuel_prices[fuel={cell},province=Sichuan].price_cny_per_gj"))
        for cell in ("coal|gas", "coal", "gas")
    )
    assert sorted(both.rows) == sorted((*coal.rows, *gas.rows))
    with pytest.raises(Exception, match="fuel=coal"):
        find_cells(REGION, parse_cells("fuel_prices[fuel=coal|coat].price_cny_per_gj"))


def test_ends_are_tried_one_at_a_time(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    names = [input.name for input in plan.inputs]
    middle = {"coal": 0.0, "gas": 1.0, "lives": 0.0}
    ends = {"coal": (-1.0, 1.0), "gas": (0.5, 1.5), "lives": (-1.0, 1.0)}
    assert names == [*middle]
    assert plan.rows == [middle, *({**middle, name: end} for name in names for end in ends[name])]
    for point in plan.batch.points:
        arm, row = plan.arms[point.arm], plan.rows[point.row]
        changes = pack_paths(moved_figures(plan.inputs, row)) | {
            "world.gas_price_factor": {"factor": row["gas"]}
        }
        checked = with_changes(arm, changes)
        assert numbers_of(point.scenario) == numbers_of(checked), "as a full check has it"
    assert numbers_of(plan.batch.points[0].scenario) == numbers_of(plan.arms["none"])


def test_a_store_knows_what_its_groups_moved(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert [x.moves for x in inputs_from(plain_inputs(plan.inputs))] == [x.moves for x in plan.inputs]
    described = plan.describe()
    assert experiment_id(described) == plan.id
    described["inputs"][0]["moves"][0] = [*described["inputs"][0]["moves"][0][:4], 0.8, False]
    assert experiment_id(described) != plan.id


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("group: coal_price}", "group: coal_prize}", "no group `coal_prize`.*coal_price"),
        ("group: coal_price}", "group: coal_price, range: [0, 1]}", "one form of values is needed"),
        (
            "factor: {range: [0.5, 1.5]}",
            "range: [0.5, 1.5]",
            "one at a time needs factors that multiply.*gas",
        ),
        (
            "path: world.gas_price_factor, factor: {range: [0.5, 1.5]}",
            'path: "pack.fuel_prices[fuel=coal,year=2060].price_cny_per_gj", factor: {range: [0.5, 1.5]}',
            "changes a cell that .* changes too.*group: coal_price",
        ),
    ],
)
def test_faults_are_told_at_the_factor(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=f"(?s){message}"):
        plan_of(tmp_path, STUDY.replace(old, new))


def test_effects_of_ends_are_those_of_the_function(tmp_path: Path) -> None:
    """Chance that all rows share leaves pairs alone; what differs by row does not."""
    plan = plan_of(tmp_path)
    rng = np.random.default_rng(1)
    rows = np.array([[row[name] for name in ("coal", "gas", "lives")] for row in plan.rows])
    luck = 10.0 * rng.normal(size=6)[None, :] + 0.1 * rng.normal(size=(len(rows), 6))
    draws = (3.0 * rows[:, 0] ** 2 + 2.0 * rows[:, 0] - 7.0 * rows[:, 1])[:, None] + luck
    runs = OutcomeRuns("none", "level", np.arange(len(rows)), draws)
    analysis = one_at_a_time(runs, plan.inputs, "Mt")
    assert analysis is not None
    table = analysis.table.set_index("factor")
    assert table["effect"]["coal"] == pytest.approx(4.0, abs=0.3)
    assert table["low_end"]["coal"] == pytest.approx(1.0, abs=0.3), "3 - 2"
    assert table["effect"]["gas"] == pytest.approx(7.0, abs=0.3)
    assert list(table.index) == ["gas", "coal", "lives"] and [*table["noise"]] == [False, False, True]
    assert [*table["rank"][:2]] == [1, 2] and (table["half_width"] < 0.3).all()
    assert one_at_a_time(runs._replace(draws=draws[:, :1]), plan.inputs, "Mt") is None
    assert one_at_a_time(runs._replace(rows=np.arange(3), draws=draws[:3]), plan.inputs, "Mt") is None
