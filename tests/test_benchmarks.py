"""The yardstick of speed is the model that it is said to be, or the ratio means nothing."""

import pytest

from benchmarks import run_cost, schelling
from tanlu.scenario.loading import with_settings
from tests.model_runs import REGION, shipped


def test_the_yardstick_has_its_agents_and_steps_and_repeats() -> None:
    first, second = schelling.run_alone(), schelling.run_alone()
    assert (len(first.agents), first.steps) == (schelling.AGENTS, schelling.STEPS) == (314, 41)
    homes = [[agent.cell.coordinate for agent in model.agents] for model in (first, second)]
    assert homes[0] == homes[1]
    assert len(set(homes[0])) == schelling.AGENTS, "one agent a cell"
    content = first.datacollector.get_model_vars_dataframe()["content"]
    assert content.iloc[0] < content.iloc[-1] == schelling.AGENTS, "people move until they like it"


def test_mesa_runs_the_yardstick_in_a_batch_to_the_same_end() -> None:
    (one, *_), alone = schelling.run_in_batch(2), schelling.run_alone()
    assert (one["Step"], one["content"]) == (schelling.STEPS, alone.content)


def test_the_cost_of_a_run_is_told_by_step() -> None:
    phases = run_cost.run_phases(with_settings(shipped("baseline"), years=(2020, 2021)), REGION)
    assert set(run_cost.STEPS) < set(phases)
    assert phases["between steps"] == pytest.approx(0.0, abs=0.5 * sum(phases.values()))
    steps = {name: phases[name] for name in run_cost.STEPS if name != "invest"}  # nobody decides yet
    assert all(seconds > 0.0 for seconds in steps.values())
