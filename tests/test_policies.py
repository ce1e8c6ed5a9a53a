"""The laws that every policy instrument keeps, and its documentation."""

import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu import policies
from tanlu.core.units import unit_of
from tanlu.inputs.tree import plain_data
from tanlu.inputs.types import Schedule
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.policies.texts.documentation import explain
from tanlu.scenario.loading import load
from tests.chengyu import CHONGQING, SICHUAN
from tests.policy_blocks import (
    BARE,
    applied,
    arrays,
    bits,
    documented,
    effects,
    policy,
    refused,
)
from tests.policy_trials import TRIALS

each_kind = pytest.mark.parametrize("kind", KINDS)


# --- documentation --------------------------------------------------------------------------------


def test_every_instrument_of_the_package_is_in_the_list_and_tried() -> None:
    """An instrument stands in two lists: that of the package and that of the tests."""
    for module in pkgutil.iter_modules(policies.__path__):
        importlib.import_module(f"tanlu.policies.{module.name}")
    written = {one for one in Policy.__subclasses__() if one.__module__.startswith("tanlu.policies.")}
    assert set(KINDS.values()) == written
    assert set(KINDS) == set(TRIALS)


@each_kind
def test_the_documented_example_is_valid_and_acts(kind: str) -> None:
    shown = documented(kind)
    assert shown.kind == kind
    assert bits(applied(shown, onto=BARE)) != bits(BARE)


def atoms(annotation: object) -> Iterator[object]:
    """The types an annotation is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from atoms(part)


@each_kind
def test_every_field_is_described_and_every_quantity_has_a_unit(kind: str) -> None:
    for name, field in KINDS[kind].model_fields.items():
        assert field.description, name
        if name != "sectors" and {int, Schedule} & set(atoms(field.annotation)):
            assert unit_of(name) or name.endswith("_percentage_points"), name


@each_kind
def test_the_docstring_says_what_a_policymaker_asks(kind: str) -> None:
    text = inspect.getdoc(KINDS[kind])
    for part in ("\nEquation: ", "\nSource: ", "grade ", "\nReasonable values: ", "\nWhat it does not do: "):
        assert part in text, part
    for names in (KINDS[kind].title, KINDS[kind].summary):
        assert names["en"].isascii()
        assert any("\u4e00" <= character <= "\u9fff" for character in names["zh"])


@each_kind
def test_explain_names_every_field_with_its_default_and_unit(kind: str) -> None:
    text = explain(kind)
    assert inspect.getdoc(KINDS[kind]) in text
    assert all(f"\n  {name} (" in text for name in KINDS[kind].model_fields)
    assert "\n  until_year (default 2100)\n" in text
    assert "\n  from_year (must be given)\n" in text


def test_explain_shows_form_default_and_unit_of_a_quantity() -> None:
    assert "rate_cny_per_tco2 (a number, or numbers by year; default 0)" in explain("ccus_subsidy")
    assert "Unit: CNY at 2020 prices per tonne of CO2." in explain("ccus_subsidy")
    assert "maximum_age_years (a number, or numbers by year; none unless given)" in explain("coal_phase_out")
    assert "electricity: 2021, steel: 2024" in explain("carbon_market")


def test_explain_tells_of_events_too() -> None:
    text = explain("events")
    assert inspect.getdoc(Event) in text
    assert all(f"\n  {name} (" in text for name in Event.model_fields)


def test_the_documented_event_can_be_loaded() -> None:
    _, text = inspect.getdoc(Event).split("In a scenario file:\n")
    policies = {"capture_subsidy": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 100}}
    policies["hub_anchor"] = {"kind": "co2_hub_support", "from_year": 2026, "guarantee_share": 0.5}
    events = read_yaml(textwrap.dedent(text.strip("\n")).encode(), "example").tree
    assert load({"name": "x", "policies": policies, **plain_data(events)}).events["subsidy_cut"].end == (
        "hub_anchor",
    )


def test_explain_proposes_the_nearest_kind() -> None:
    with pytest.raises(ValueError, match="did you mean `carbon_price`"):
        explain("carbon_prise")


# --- laws of every instrument ---------------------------------------------------------------------


@each_kind
def test_applying_changes_nothing_in_place(kind: str) -> None:
    before = applied(*map(documented, KINDS))
    copied = bits(before)
    for array in arrays(before).values():
        array.flags.writeable = False
    applied(policy(kind, **TRIALS[kind].active), onto=before)
    assert bits(before) == copied


@each_kind
@pytest.mark.parametrize("busy", [False, True])
def test_zero_and_switched_off_equal_absence_bit_for_bit(kind: str, busy: bool) -> None:
    before = applied(*map(documented, KINDS)) if busy else BARE
    assert bits(applied(policy(kind, **TRIALS[kind].zero), onto=before)) == bits(before)
    assert bits(applied(policy(kind, **TRIALS[kind].active, enabled=False), onto=before)) == bits(before)


@given(st.permutations(list(KINDS)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_instruments_does_not_matter(order: list[str]) -> None:
    assert bits(applied(*map(documented, order))) == bits(applied(*map(documented, KINDS)))


@each_kind
def test_the_order_of_two_policies_of_a_kind_does_not_matter(kind: str) -> None:
    pair = documented(kind), policy(kind, **TRIALS[kind].active, regions=["Sichuan"])
    one, other = effects(applied(*pair)), effects(applied(*reversed(pair)))
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


@each_kind
def test_nothing_changes_outside_the_years_and_provinces(kind: str) -> None:
    fields = TRIALS[kind].active | {"from_year": 2030, "until_year": 2040, "regions": ["Sichuan"]}
    before, after = effects(BARE), effects(applied(policy(kind, **fields), onto=BARE))
    inside = (BARE.years >= 2030) & (BARE.years <= 2040)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed
    for name in changed:
        assert np.array_equal(before[name][~inside], after[name][~inside]), name
        assert np.array_equal(before[name][:, CHONGQING], after[name][:, CHONGQING]), name
        differs = before[name][:, SICHUAN] != after[name][:, SICHUAN]
        assert differs.reshape(inside.size, -1).any(axis=1)[inside].all(), name


@each_kind
def test_no_year_or_province_given_twice_or_reversed(kind: str) -> None:
    assert refused(kind, **TRIALS[kind].active, until_year=2025).code == "reversed-years"
    assert refused(kind, **TRIALS[kind].active, regions=["Sichuan", "Sichuan"]).code == "given-twice"
