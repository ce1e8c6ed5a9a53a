"""Random scenarios of every key of the schema run to their end and are valid, in both packs."""

from collections import Counter
from random import Random
from typing import Annotated

import pytest
from pydantic import Field
from pydantic.fields import FieldInfo

from benchmarks.random_scenarios import Span, draw_scenario, draw_value, random_scenarios, run_scenario
from tanlu.policies import KINDS
from tanlu.policies.events import Event
from tanlu.region.catalogue import region_names
from tanlu.scenario.schema import Label, Outputs, Scenario, Years
from tanlu.scenario.world import World

SHORT = {"two_provinces": (12, 2027), "chengyu": (3, 2027)}  # how many, and to which year; 15 in all


def test_both_packs_are_tried() -> None:
    assert {*SHORT} == {*region_names()} and sum(count for count, _ in SHORT.values()) == 15


@pytest.mark.parametrize("region", SHORT)
def test_random_scenarios_run_to_their_end_and_are_valid(region: str) -> None:
    """`python -m benchmarks scenarios` runs 2,000 of them."""
    count, last = SHORT[region]
    for scenario in random_scenarios(count, Span.of_pack(region, last)):
        end = run_scenario(scenario)
        assert end.result is not None, end.cause
        assert end.result.valid, (scenario.name, [str(finding) for finding in end.result.findings][-1:])
        assert not end.unbounded, (scenario.name, end.unbounded)
        closed = scenario.world.plant_retirement
        table = end.result.plants
        standing = [] if table is None else zip(table["decider"], table["year"], strict=True)
        assert not [(name, year) for name, year in standing if year >= closed.get(name, 9999)], scenario.name


@pytest.mark.parametrize("region", SHORT)
def test_every_key_of_the_schema_is_drawn(region: str) -> None:
    random, keys = Random(3), Counter[str]()
    for _ in range(600):
        scenario = draw_scenario(random, "any", Span.of_pack(region, 2030))
        keys.update(f"scenario.{key}" for key, value in scenario.items() if value or key == "needs")
        for part in ("world", "outputs", "label", "years"):
            keys.update(f"{part}.{key}" for key, value in scenario[part].items() if value or part != "world")
        new = [
            policy for event in scenario["events"].values() for policy in event.get("introduce", {}).values()
        ]
        for policy in (*scenario["policies"].values(), *new):
            keys.update(f"{policy['kind']}.{key}" for key in policy)
        for event in scenario["events"].values():
            keys.update(f"event.{key}" for key, value in event.items() if value)
    blocks = {
        **KINDS,
        "scenario": Scenario,
        "world": World,
        "outputs": Outputs,
        "label": Label,
        "years": Years,
        "event": Event,
    }
    schema = {f"{name}.{key}" for name, block in blocks.items() for key in block.model_fields}
    offices = {"scenario.joint"}  # of regulators that fit each other: test_joint_action.py draws them
    assert len(schema) > 150 and not schema - {*keys} - offices


def test_a_key_of_a_kind_that_is_not_drawn_is_an_error() -> None:
    field = FieldInfo.from_annotation(Annotated[complex, Field()])
    with pytest.raises(TypeError, match="no value is drawn for `phase`"):
        draw_value(Random(1), "phase", field, Span.of_pack("two_provinces", 2030))
