"""What loads and runs but is more likely a mistake gets a warning that names key and remedy; nothing else gets one."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic.fields import FieldInfo

from tanlu.core.places import shipped_scenarios
from tanlu.core.words import FOLDER
from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.inputs.plausible import find_unit_slip, plausible_range
from tanlu.inputs.types import Bounds, Schedule, json_schema
from tanlu.policies import KINDS
from tanlu.policies.texts.documentation import explain
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import load_scenario
from tanlu.scenario.world import World

ODD = yaml.safe_load((Path(__file__).parent / "odd_scenarios.yaml").read_text(encoding="utf-8"))
BLOCKS = {"world": World, **KINDS}
LEAST_FOUND = 0.95


def warnings_of(scenario: dict[str, Any]) -> tuple[Finding, ...]:
    return scenario_findings(load({"name": "odd", "extends": "tanlu:baseline", **scenario}))


def says(one: Finding, row: dict[str, Any]) -> bool:
    return row["key"] in f"{one.place.path} {one.message}" and row["remedy"] in f"{one.message} {one.help} "


def quantities() -> list[tuple[str, str, FieldInfo]]:
    """Return the fields of blocks that are numbers, years apart."""
    found = []
    for kind, block in BLOCKS.items():
        for key, field in block.model_fields.items():
            if get_origin(field.annotation) is Mapping:
                continue
            forms = (field.annotation, *get_args(field.annotation))
            kinds = {kind for form in forms for kind in (form, *get_args(form)[:1])}
            if kinds & {Schedule, float, int} and not key.endswith("_year"):
                found.append((kind, key, field))
    return found


@pytest.mark.parametrize("row", ODD, ids=[row["what"] for row in ODD])
def test_a_likely_mistake_is_named_with_its_remedy(row: dict[str, Any]) -> None:
    assert any(says(one, row) for one in warnings_of(row["scenario"])) != ("missed" in row)


def test_only_observed_years_of_the_run_whose_water_changes_are_named() -> None:
    """Those before the run, those after the statistics and those of a drought are left out."""
    water = {"world": {"hydrology": "normal", "drought": {2022: 2022}}, "years": "2020-2024"}
    (one,) = [found for found in warnings_of(water) if found.code == "water-rewrites-the-past"]
    assert "(2020, 2021, 2023, 2024)" in one.message and one.place.path == "world.hydrology"
    for kept in ("observed", "bootstrap", "drought_regime"):
        codes = [found.code for found in warnings_of({"world": {"hydrology": kept}})]
        assert "water-rewrites-the-past" not in codes


def test_a_floor_fills_a_reserve_that_takes_nothing_from_the_bank() -> None:
    floor = {"kind": "carbon_price", "from_year": 2027, "floor_cny_per_tco2": 100}
    reserve = {"reserve_lower_share": 0.1, "reserve_release_share": 0.05, "reserve_keeps_share": 0.3}
    policies = {"national_carbon_market": reserve}
    assert [one.code for one in warnings_of({"policies": policies})] == ["key-without-another"]
    assert not warnings_of({"policies": policies | {"floor": floor}})
    introduced = {"e": {"decided_in": 2026, "introduce": {"floor": floor}}}
    assert not warnings_of({"policies": policies, "events": introduced})


def test_few_likely_mistakes_are_missed() -> None:
    missed = [row["what"] for row in ODD if "missed" in row]
    assert len(ODD) >= 60 and len(missed) <= (1.0 - LEAST_FOUND) * len(ODD)


def test_shipped_scenarios_give_no_warning() -> None:
    files = shipped_scenarios()
    assert len(files) >= 20
    assert not [one for file in files.values() for one in scenario_findings(load(file))]


def test_every_quantity_has_a_plausible_range_within_its_bounds() -> None:
    """Whoever shows a range reads this pair: explain, the schema for editors, the sliders, the warning."""
    assert len(quantities()) > 50
    for kind, key, field in quantities():
        plausible = plausible_range(field)
        assert plausible is not None and "grade" in plausible.source, (kind, key)
        for bounds in (part for part in field.metadata if isinstance(part, Bounds)):
            lowest, highest = bounds.lowest or 0.0, bounds.highest
            assert lowest <= plausible.low < plausible.high <= (highest or 0.0), (kind, key)
        shown = json_schema(BLOCKS[kind])["properties"][key]
        assert shown["plausible"] == [plausible.low, plausible.high], (kind, key)
        if kind != "world":
            assert f"Plausible: {plausible.low:,.10g} to {plausible.high:,.10g} (" in explain(kind)


def test_bounds_of_the_plausible_are_plausible() -> None:
    for value, count in ((1, 0), (1000, 0), (0.99, 1), (1001, 1)):
        block = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": value}
        assert len(warnings_of({"policies": {"p": block}})) == count, value


def test_a_slip_of_unit_is_only_told_where_it_explains_the_number() -> None:
    assert find_unit_slip("premium_cny_per_mwh", 0.3, 1, 300) == ("CNY/kWh", 300.0)
    assert find_unit_slip("budget_bn_cny_per_year", 5e9, 0.05, 100) == ("CNY", 5.0)
    assert find_unit_slip("gas_price_factor", 5.0, 0.3, 3.0) is None
    assert find_unit_slip("premium_cny_per_mwh", 0.0, 1, 300) is None


def test_a_growth_rate_in_place_of_a_factor_is_known_as_one() -> None:
    for given, meant in ((0.02, "1.02"), (0.015, "1.015"), (0.2, "1.2")):
        (one,) = warnings_of({"world": {"demand_factor": given}})
        assert f"{given} looks like growth (0.02 = 2 % more)" in one.message
        assert one.message.endswith(f"takes a factor (1.02 = 2 % more): {meant}")
        assert one.help.startswith(f"write {meant} if that is meant")
        assert "增长率（0.02即增加2%）" in one.in_language("zh").message
    (low,) = warnings_of({"world": {"demand_factor": 0.4}})
    assert low.code == "implausible", "less than half of the demand may be meant"
    (percent,) = warnings_of({"world": {"demand_factor": 5.0}})
    assert percent.code == "implausible"
    with pytest.raises(ScenarioError, match=r"0\.005 looks like growth .* takes a factor .*: 1\.005"):
        load({"name": "a", "world": {"demand_factor": 0.005}})


def test_a_share_in_place_of_percentage_points_is_told_with_its_own_figure() -> None:
    block = {"kind": "green_bond_incentive", "from_year": 2026, "interest_subsidy_percentage_points": 0.015}
    (one,) = warnings_of({"policies": {"p": block}})
    assert "0.015 looks like a share (0.01 = 1 %); this key takes percentage points: 1.5" in one.message
    assert (
        "0.015 像是用错了单位（比例（0.01即1%））；此键的单位是百分点：1.5" in one.in_language("zh").message
    )


def test_a_warning_stands_at_its_line_and_speaks_both_languages(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(
        "extends: tanlu:baseline\nname: odd\npolicies:\n  p:\n    kind: renewable_support\n    from_year: 2026\n"
        "    premium_cny_per_mwh: {2026: 0.3, 2030: 0.03}\n",
        encoding="utf-8",
    )
    (one,) = scenario_findings(load_scenario(file))
    assert (one.code, one.place.line, one.place.column) == ("unit-slip", 7, 33)
    assert "0.3 looks like CNY/kWh; this key takes CNY2020/MWh: 300" in one.message
    assert "0.3 像是用错了单位（CNY/kWh）；此键的单位是元/兆瓦时：300" in one.in_language("zh").message
    warnings = yaml.safe_load((FOLDER / "findings.yaml").read_text(encoding="utf-8"))
    codes = {key for key in warnings if key.startswith("found.") and "word_" not in key}
    told = {key for key in codes if not key.endswith(("_help", "_place"))}
    assert told and {f"{key}_help" for key in told} <= codes


def test_a_warning_stands_at_a_line_only_where_the_line_has_the_value(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text("name: odd\nyears: 2020-2070\n", encoding="utf-8")
    scenario = load(file)
    (written,), (changed,) = (
        scenario_findings(one) for one in (scenario, with_settings(scenario, years="2020-2080"))
    )
    assert str(written.place) == f"{file}:2:8" and str(changed.place) == "odd: years"


def test_a_scenario_travels_without_its_text() -> None:
    scenario = load(shipped_scenarios()["dual_carbon"])
    assert scenario.tree is not None
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario and again.files == scenario.files and again.tree is None


@pytest.mark.parametrize("key", ["demand_factor", "renewable_cost_factor", "capture_cost_factor"])
def test_what_a_run_divides_by_is_not_zero(key: str) -> None:
    with pytest.raises(ScenarioError, match=f"`{key}` must be at least 0.01"):
        load({"name": "a", "world": {key: 0}})


def test_a_number_beyond_its_bounds_names_the_unit_that_it_looks_like() -> None:
    block = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 3e5}
    with pytest.raises(ScenarioError, match=r"at most 100000.*\n.*\n.*looks like CNY/kt; .* CO2: 300"):
        load({"name": "a", "policies": {"p": block}})
