"""What scenario files are made of: scalars, schedules, units, and the schema that editors use."""

import json
import math
import pickle
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tanlu.core.units import UNITS, dimension, explain_conversion, split_unit, unit_of
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.tree import plain_data
from tanlu.inputs.types import (
    FactorSchedule,
    NonNegativeSchedule,
    NonZeroFactorSchedule,
    Schedule,
    ShareSchedule,
    Years,
    json_schema,
)
from tanlu.inputs.yaml_reader import read_yaml, resolve_scalar
from tanlu.policies import KINDS
from tanlu.scenario.editors import scenario_schema
from tanlu.scenario.schema import Scenario, scenario_from_text

BAD = Path(__file__).parent / "bad_scenarios"
SUBSIDY = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": {2026: 150, 2035: 300}}


@pytest.fixture(autouse=True)
def _one_region(monkeypatch):
    """Let the tests not depend on which packs are installed."""
    monkeypatch.setattr("tanlu.scenario.schema.region_names", lambda: ("chengyu",))


# --- scalars ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("12:30:45", "12:30:45"),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        (".5", 0.5),
        ("1.", 1.0),
        ("+7", 7),
        (".inf", math.inf),
        ("True", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("2026-01-01", "2026-01-01"),
        ("١٢", "١٢"),
        ("9" * 5000, "9" * 5000),
        ("1.2.3", "1.2.3"),
        ("=", "="),
    ],
)
def test_scalars_follow_yaml_1_2(text, value):
    assert resolve_scalar(text) == value
    assert type(resolve_scalar(text)) is type(value)


def test_quoted_scalars_and_keys_are_text():
    tree, faults = read_yaml(b"a: '1'\n'2026': \"true\"\n2026: |-\n  x\nyes: no\n", "x.yaml")
    assert faults == ()
    assert plain_data(tree) == {"a": "1", "2026": "true", 2026: "x", "yes": "no"}


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbfname: a\n", b"name: a\r\nseed: 1\r\n", b"%YAML 1.2\n---\nname: a\n...\n"]
)
def test_byte_order_mark_windows_lines_and_directive_are_accepted(raw):
    tree, faults = read_yaml(raw, "x.yaml")
    assert faults == () and plain_data(tree)["name"] == "a"


# --- schedules --------------------------------------------------------------------------------------


def test_schedule_is_linear_between_and_flat_outside():
    schedule = Schedule({2035: 300, 2026: 150, 2030: 150})
    years = np.array([1900, 2026, 2028, 2030, 2031, 2034, 2035, 2200])
    assert schedule.path(years).tolist() == [150, 150, 150, 150, 180, 270, 300, 300]
    assert schedule.value_in(2032.5) == 225
    assert Schedule(7).path(years).tolist() == [7.0] * years.size


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.integers(1990, 2100), st.floats(-1e9, 1e9), min_size=1, max_size=6),
    st.integers(1980, 2110),
)
def test_schedule_goes_through_its_points_and_stays_between_them(points, year):
    schedule = Schedule(points)
    assert all(schedule.value_in(y) == v for y, v in points.items())
    assert schedule.value_in(year) == schedule.path(np.array([year]))[0]
    below = [y for y in points if y <= year] or [min(points)]
    above = [y for y in points if y >= year] or [max(points)]
    ends = sorted((points[max(below)], points[min(above)]))
    assert ends[0] - 1e-6 <= schedule.value_in(year) <= ends[1] + 1e-6
    if ends[0] == ends[1]:
        assert schedule.value_in(year) == ends[0], "flat pieces are exactly flat"


def test_schedules_compare_by_value():
    assert Schedule({2026: 1, 2030: 2}) == Schedule({2030: 2.0, 2026: 1.0})
    assert Schedule(5) == Schedule({2026: 5, 2040: 5}) and hash(Schedule(5)) == hash(Schedule({2026: 5}))
    assert Schedule(0.0) == Schedule(-0.0) and repr(Schedule(0.0)) == repr(Schedule(-0.0))
    assert Schedule(5) != Schedule(6) and Schedule(5) != 5
    assert pickle.loads(pickle.dumps(Schedule({2026: 1, 2030: 2}))) == Schedule({2026: 1, 2030: 2})


@pytest.mark.parametrize(
    "value", [{}, {2026.5: 1}, {"2026": 1}, {1989: 1}, {2101: 1}, {True: 1}, math.nan, {2026: math.inf}]
)
def test_schedule_refuses_what_no_file_may_hold(value):
    with pytest.raises(ValueError):
        Schedule(value)
    with pytest.raises(ValidationError):
        TypeAdapter(NonNegativeSchedule).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (NonNegativeSchedule, [0, 1e5, {2026: 0}], [-1e-9, 100_001, {2026: 1, 2030: -1}, True, "1", [1]]),
        (ShareSchedule, [0, 1, {2026: 0.5}], [1.01, -0.1, {2026: 30}]),
        (FactorSchedule, [0, 10], [10.1, -1]),
        (NonZeroFactorSchedule, [0.01, 10], [0, 10.1]),
    ],
)
def test_bounds_of_schedules(kind, good, bad):
    adapter = TypeAdapter(kind)
    for value in good:
        assert adapter.validate_python(value) == Schedule(value)
        assert adapter.validate_python(Schedule(value)) == Schedule(value)
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_years_are_text_a_year_or_a_mapping():
    texts = ["2020-2060", "2020 - 2060", "{start: 2020, end: 2060}"]
    assert {scenario_from_text(f"name: a\nyears: {text}\n").years for text in texts} == {
        Years(start=2020, end=2060)
    }
    single = scenario_from_text("name: a\nyears: 2030\n").years
    assert str(single) == "2030-2030" and single.array().tolist() == [2030]
    assert Years(start=2020, end=2060).array().size == 41


# --- units ------------------------------------------------------------------------------------------


def _quantities(schema):
    """Yield (owner, key) of every property that holds a number or a schedule."""
    for owner, part in (("Scenario", schema), *schema["$defs"].items()):
        for key, value in part.get("properties", {}).items():
            if re.search(r"'type': '(number|integer)'", str(value)) and "properties" not in str(value):
                yield owner, key


def test_every_quantity_of_a_scenario_carries_a_registered_unit():
    counts = {"seed", "replications"}
    # Mappings whose keys name something and whose values are years, and spans of years.
    of_years = {"years", "start", "end", "drought", "plant_retirement", "sectors", "decided_in"}
    of_policies = {"set"}  # what an event changes, under the keys of the policies
    # In the unit of an aim's indicator or of a policy's key, and weights.
    of_reviews = {"at_most", "at_least", "scale", "within", "most_per_review", "proportional", "integral"}
    of_policies |= of_reviews
    of_names = {"neighbours_carbon_price"}  # of a rule, else prices by year, whose unit its help says
    found = set(_quantities(scenario_schema()))
    assert ("World", "coal_price_factor") in found and ("CcusSubsidy", "rate_cny_per_tco2") in found
    assert {
        (o, k) for o, k in found if unit_of(k) is None and k not in counts | of_years | of_policies | of_names
    } == set()


def test_units_in_the_schema_are_those_of_the_registry():
    fields = scenario_schema()["$defs"]["CcusSubsidy"]["properties"]
    assert fields["rate_cny_per_tco2"]["unit"] == "CNY2020/t CO2"
    assert fields["rate_cny_per_tco2"]["description"].endswith("Unit: CNY at 2020 prices per tonne of CO2.")
    assert fields["budget_bn_cny_per_year"]["unit"] == "bn CNY2020/yr"


def test_every_field_has_a_description():
    schema = scenario_schema()
    parts = {"Scenario": schema, **schema["$defs"]}
    bare = [
        (o, k)
        for o, p in parts.items()
        for k, v in p.get("properties", {}).items()
        if not v.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize("suffix", [s for s in UNITS if s not in ("rate", "million", "month", "hour")])
def test_registered_suffixes_are_found_and_have_a_size(suffix):
    assert dimension(suffix) is not None
    assert split_unit(f"some_thing_{suffix}") == ("some_thing", suffix)


@pytest.mark.parametrize(
    ("name", "stem", "suffix"),
    [
        ("carbon_price_cny_per_tco2", "carbon_price", "cny_per_tco2"),
        ("price_usd_per_tco2", "price", "usd_per_tco2"),
        ("fixed_om_cny_per_kw_year", "fixed_om", "cny_per_kw_year"),
        ("budget_bn_cny_per_year", "budget", "bn_cny_per_year"),
        ("from_year", "from", "year"),
        ("capture_rate", "capture", "rate"),
        ("debt_to_assets", "debt_to_assets", ""),
        ("year", "year", ""),
    ],
)
def test_names_are_taken_apart(name, stem, suffix):
    assert split_unit(name) == (stem, suffix)


@pytest.mark.parametrize(
    ("given", "right", "phrase"),
    [
        ("price_cny_per_kwh", "price_cny_per_mwh", "multiply it by 1000"),
        ("budget_m_cny_per_year", "budget_bn_cny_per_year", "multiply it by 0.001"),
        ("budget_yi_cny_per_year", "budget_bn_cny_per_year", "multiply it by 0.1"),
        ("grant_pct", "grant_share", "multiply it by 0.01"),
        ("cut_mtco2", "cut_tco2", "multiply it by 1000000"),
        ("price_cny_per_tc", "price_cny_per_tco2", "multiply it by 0.2727272727"),
        ("heat_mwh_per_t", "heat_gj_per_t", "multiply it by 3.6"),
        ("coal_tce", "coal_gj", "multiply it by 29.3076"),
        ("price_eur_per_tco2", "price_cny_per_tco2", "exchange rate"),
        ("price_yuan_per_tco2", "price_cny_per_tco2", "prices of 2020"),
        ("price_cny_per_t", "price_cny_per_tco2", "another unit"),
        ("price_x_cny_per_kwh", "price_cny_per_mwh", "another unit"),
    ],
)
def test_a_wrong_unit_is_converted_not_renamed(given, right, phrase):
    help = explain_conversion(given, right)
    assert help is not None
    assert help.in_language("en").startswith("convert the value") and phrase in help.in_language("en")
    assert explain_conversion(right, right) is None


# --- JSON Schema ------------------------------------------------------------------------------------


def _tree(text):
    tree, faults = read_yaml(text.encode(), "x.yaml")
    assert faults == ()
    return tree


def _editor_data(text):
    """Return a file's data as an editor's validator sees it: keys are text, tuples are lists."""
    return json.loads(json.dumps(plain_data(_tree(text))))


@pytest.mark.parametrize(
    "text",
    [
        "name: a\n",
        "name: a\nyears: 2030\nworld: {drought: {2028: 2022}, demand_factor: {2026: 1, 2040: 1.2}}\n",
        "name: a\npolicies: {s: {kind: ccus_subsidy, from_year: 2026, rate_cny_per_tco2: 5}}\n",
        "name: a\nyears: {start: 2020, end: 2030}\n",
        "name: a\nextends: papers/base.yaml\npolicies: {s: {enabled: false}, t: {rate_cny_per_tco2: {2026: 5}}}\n",
        "name: a\nextends: tanlu:baseline\npolicies: {capacity_payment: {enabled: false}}\n",
    ],
)
def test_editors_accept_what_loads(text):
    jsonschema.Draft202012Validator.check_schema(scenario_schema())
    jsonschema.validate(_editor_data(text), scenario_schema())
    if "extends: papers" not in text:
        assert scenario_from_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "seed: 1\n",
        "name: A b\n",
        "name: a\nseeds: 1\n",
        "name: a\nworld: {demand_factor: -1}\n",
        "name: a\nworld: {demand_factor: {1980: 1}}\n",
        "name: a\npolicies: {s: {from_year: 2026}}\n",
        "name: a\npolicies: {s: {kind: ccus_subsidy, rate_cny_per_tco2: 5}}\n",
        "name: a\npolicies: {s: {kind: ccus_subsidies, from_year: 2026}}\n",
        "name: a\npolicies: {s: {kind: ccus_subsidy, from_year: 2026, rate_usd_per_tco2: 5}}\n",
        "name: a\npolicies: {'B b': {kind: ccus_subsidy, from_year: 2026, rate_cny_per_tco2: 5}}\n",
        "name: a\nextends: /etc/x.yaml\n",
        "name: a\nextends: baseline\n",
        "name: a\nextends: 'tanlu:'\n",
    ],
)
def test_editors_mark_what_does_not_load(text):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_editor_data(text), scenario_schema())
    with pytest.raises(ScenarioError):
        scenario_from_text(text)


def test_the_schema_is_not_shared_with_the_messages():
    scenario_schema()["properties"].clear()
    assert "name" in json_schema(Scenario)["properties"] and "name" in scenario_schema()["properties"]


def test_the_kinds_of_the_list_are_those_of_the_schema():
    (policies,) = json_schema(Scenario)["properties"]["policies"]["patternProperties"].values()
    assert set(KINDS) == set(policies["discriminator"]["mapping"])
