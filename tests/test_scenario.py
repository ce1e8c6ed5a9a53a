"""Scenarios as objects: extending, equality, hashes, what is written back, and policies in force."""

import math
import pickle
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tanlu.core import places
from tanlu.inputs.tree import merge, plain_data
from tanlu.inputs.types import Schedule
from tanlu.inputs.yaml_reader import read_yaml, write_yaml
from tanlu.policies.base import Policy
from tanlu.policies.ccus_subsidy import CcusSubsidy
from tanlu.scenario.loading import load
from tanlu.scenario.schema import (
    World,
    dump_scenario,
    load_scenario,
    plain_scenario,
    scenario_from_dict,
    scenario_from_text,
    scenario_hash,
)
from tests.chengyu import AXES

SUBSIDY = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": {2026: 150, 2035: 300}}


@pytest.fixture(autouse=True)
def _one_region(monkeypatch):
    """Let the tests not depend on which packs are installed."""
    monkeypatch.setattr("tanlu.scenario.schema.region_names", lambda: ("chengyu",))


# --- extending --------------------------------------------------------------------------------------


def _tree(text):
    tree, faults = read_yaml(text.encode(), "x.yaml")
    assert faults == ()
    return tree


def test_maps_merge_deep_and_all_else_is_replaced():
    base = _tree("a: {b: 1, c: {d: 2, e: 3}}\nlist: [1, 2]\nkept: 0\n")
    over = _tree("a: {c: {e: 4, f: 5}}\nlist: [3]\n")
    expected = {"a": {"b": 1, "c": {"d": 2, "e": 4, "f": 5}}, "list": (3,), "kept": 0}
    assert plain_data(merge(base, over)) == expected
    assert plain_data(base)["a"]["c"] == {"d": 2, "e": 3}, "the base is not changed"


def test_years_and_policies_of_another_kind_are_replaced_whole():
    base = _tree("rate: {2026: 1, 2030: 2}\np: {kind: a, x: 1}\nq: {kind: a, x: 1}\n")
    over = _tree("rate: {2028: 9}\np: {kind: b, y: 2}\nq: {x: 3}\n")
    assert plain_data(merge(base, over)) == {
        "rate": {2028: 9},
        "p": {"kind": "b", "y": 2},
        "q": {"kind": "a", "x": 3},
    }


def test_an_extending_file_switches_a_policy_off(tmp_path):
    (tmp_path / "base.yaml").write_text(
        write_yaml({"name": "base", "label": {"en": "Base"}, "policies": {"s": SUBSIDY}})
    )
    (tmp_path / "sub").mkdir()
    child = tmp_path / "child.yaml"
    child.write_text("extends: base.yaml\nname: child\nseed: 9\npolicies: {s: {enabled: false}}\n")
    scenario = load_scenario(child)
    assert (scenario.name, scenario.seed, scenario.title("en")) == ("child", 9, "child")
    assert scenario.policies["s"].rate_cny_per_tco2 == Schedule(SUBSIDY["rate_cny_per_tco2"])
    assert scenario.active_policies == ()
    assert [Path(f.file).name for f in scenario.files] == ["child.yaml", "base.yaml"]
    assert all(len(f.sha256) == 64 for f in scenario.files)
    assert plain_scenario(load_scenario(child))["policies"]["s"]["enabled"] is False


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Tanlu's own scenarios in a folder that is not the project's, as in an installed package."""
    folder = tmp_path / "site-packages" / "tanlu" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "baseline.yaml").write_text("name: baseline\nseed: 5\nworld: {demand_factor: 1.1}\n")
    (folder / "dry.yaml").write_text("extends: baseline.yaml\nname: dry\nworld: {drought: {2028: 2022}}\n")
    monkeypatch.setattr(places, "SCENARIOS", folder)


@pytest.mark.usefixtures("installed")
def test_a_scenario_of_tanlu_is_read_by_name():
    dry = load_scenario("tanlu:dry")
    assert (dry.name, dry.seed, dry.world.drought) == ("dry", 5, {2028: 2022})
    assert [source.file for source in dry.files] == ["tanlu:dry", "tanlu:baseline"]


@pytest.mark.usefixtures("installed")
def test_an_own_scenario_extends_one_of_tanlu_from_any_folder(tmp_path):
    own = tmp_path / "empty" / "own.yaml"
    own.parent.mkdir()
    own.write_text("extends: tanlu:dry\nname: own\nseed: 7\n")
    scenario = load_scenario(own)
    assert (scenario.seed, scenario.world.drought) == (7, {2028: 2022})
    assert [source.file for source in scenario.files] == [str(own), "tanlu:dry", "tanlu:baseline"]
    # A file with the name of one of Tanlu changes it; it does not extend itself.
    (own.parent / "dry.yaml").write_text("extends: tanlu:dry\nname: dry\nseed: 8\n")
    own.write_text("extends: dry.yaml\nname: own\n")
    assert load_scenario(own).seed == 8


def test_the_name_of_a_scenario_changes_neither_it_nor_its_hash():
    by_name, by_path = load("tanlu:ccus_push"), load(places.SCENARIOS / "ccus_push.yaml")
    assert by_name == by_path and scenario_hash(by_name, {}) == scenario_hash(by_path, {})
    assert [source.sha256 for source in by_name.files] == [source.sha256 for source in by_path.files]


@pytest.mark.usefixtures("installed")
def test_data_extend_scenarios_of_tanlu_too():
    from_data = scenario_from_dict({"name": "a", "extends": "tanlu:baseline", "seed": 2})
    from_text = scenario_from_text("name: a\nextends: tanlu:baseline\nseed: 2\n")
    assert from_data == from_text
    assert (from_data.seed, from_data.world.demand_factor) == (2, Schedule(1.1))
    assert [source.file for source in from_data.files] == ["tanlu:baseline"]


# --- scenarios as objects ---------------------------------------------------------------------------


def test_the_smallest_scenario_is_neutral():
    scenario = scenario_from_text("name: a\n")
    assert scenario.world == World() and scenario.policies == {} and str(scenario.years) == "2020-2060"
    factors = [value for name, value in scenario.world if name.endswith("_factor")]
    assert len(factors) == 18 and all(factor in (Schedule(1), 1.0) for factor in factors)
    assert scenario.title("zh") == "a"


def test_a_scenario_is_frozen_and_survives_pickling():
    scenario = scenario_from_dict({"name": "a", "policies": {"s": SUBSIDY}})
    with pytest.raises(ValidationError):
        scenario.seed = 3
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    assert len({scenario, scenario_from_dict({"policies": {"s": SUBSIDY}, "name": "a"})}) == 1


def test_text_data_and_objects_make_the_same_scenario():
    policy = CcusSubsidy(
        kind="ccus_subsidy", from_year=2026, rate_cny_per_tco2=Schedule({2026: 150, 2035: 300})
    )
    from_data = scenario_from_dict(
        {"name": "a", "years": 2030, "policies": {"s": policy}, "seed": np.int64(4)}
    )
    from_text = scenario_from_text(
        write_yaml({"name": "a", "years": 2030, "policies": {"s": SUBSIDY}, "seed": 4})
    )
    assert from_data == from_text
    assert scenario_hash(from_data, {}) == scenario_hash(from_text, {})


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co")), max_size=80),
    st.dictionaries(st.integers(2020, 2100), st.floats(0.01, 10), min_size=1, max_size=4),
    st.sampled_from(
        ["1e3", "0o17", "~", "yes", "null", "2026-01-01", " x ", "#", "a: b", "1_0", ".5", "true", "-"]
    ),
)
def test_what_is_written_reads_back_equal(title, factor, tricky):
    data = {"name": "a", "label": {"en": title, "zh": tricky}, "world": {"demand_factor": factor}}
    scenario = scenario_from_dict({**data, "policies": {"s": SUBSIDY}})
    text = dump_scenario(scenario)
    assert scenario_from_text(text) == scenario
    assert dump_scenario(scenario_from_text(text)) == text


def test_the_written_file_is_plain_and_short():
    text = dump_scenario(scenario_from_dict({"name": "a", "policies": {"s": SUBSIDY, "t": SUBSIDY}}))
    assert "rate_cny_per_tco2: {2026: 150, 2035: 300}\n" in text and "years: 2020-2060\n" in text
    assert "&" not in text and "!!" not in text and "null" not in text


def test_the_hash_is_of_what_changes_numbers():
    base = {"name": "a", "policies": {"s": SUBSIDY}}
    identity = scenario_hash(scenario_from_dict(base), {"data": "1"})
    assert re.fullmatch("[0-9a-f]{12}", identity)
    off = {**SUBSIDY, "kind": "carbon_market", "enabled": False}
    del off["rate_cny_per_tco2"]
    same = [
        {**base, "label": {"en": "other words"}},
        {"policies": {"s": dict(reversed(SUBSIDY.items()))}, "name": "a"},
        {"name": "a", "policies": {"s": SUBSIDY, "off": off}},
        {"name": "a", "policies": {"s": {**SUBSIDY, "regions": ["Chongqing", "Sichuan"]}}},
    ]
    assert {scenario_hash(scenario_from_dict(data), {"data": "1"}) for data in same} == {identity}
    other = [
        {**base, "seed": 2},
        {**base, "world": {"demand_factor": 1.0001}},
        {**base, "years": "2020-2059"},
    ]
    hashes = {scenario_hash(scenario_from_dict(data), {"data": "1"}) for data in other}
    assert len(hashes | {identity, scenario_hash(scenario_from_dict(base), {"data": "2"})}) == 5
    with pytest.raises(ValueError):
        scenario_hash(scenario_from_dict(base), {"x": math.nan})


def test_loading_takes_less_than_five_milliseconds(tmp_path):
    (tmp_path / "base.yaml").write_text(
        write_yaml({"name": "b", "policies": {f"s{i}": SUBSIDY for i in range(10)}})
    )
    (tmp_path / "child.yaml").write_text("extends: base.yaml\nname: child\n")
    load_scenario(tmp_path / "child.yaml")
    seconds = []
    for _ in range(20):
        start = time.thread_time()
        load_scenario(tmp_path / "child.yaml")
        seconds.append(time.thread_time() - start)
    assert sorted(seconds)[10] < 0.05


# --- policies ---------------------------------------------------------------------------------------


class Nothing(Policy):
    """An instrument without effect."""

    def apply(self, schedule, name):
        return schedule


def test_a_policy_is_in_force_between_its_years_and_in_its_provinces():
    policy = Nothing(kind="nothing", from_year=2026, until_year=2028, regions=("Chongqing",))
    years = np.arange(2024, 2031)
    assert years[policy.in_force(years)].tolist() == [2026, 2027, 2028]
    assert policy.in_regions(AXES).tolist() == [False, True]
    assert not policy.model_copy(update={"enabled": False}).in_force(years).any()
    assert Nothing(kind="nothing", from_year=2026).in_force(np.array([2025, 2026, 2150])).tolist() == [
        False,
        True,
        False,
    ]


def test_policies_refuse_reversed_years_and_doubled_provinces():
    for wrong in ({"until_year": 2025}, {"regions": ("Sichuan", "Sichuan")}, {"regions": ()}):
        with pytest.raises(ValidationError):
            Nothing(kind="nothing", from_year=2026, **wrong)
    with pytest.raises(TypeError):
        Policy(kind="base", from_year=2026)
