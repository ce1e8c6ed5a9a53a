"""The yardstick of speed is the model that it is said to be, or the ratio means nothing."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks import against, bars, counters, larger_pack, noise, run_cost, schelling, tree
from tanlu.scenario.loading import load, with_settings
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
    assert set(tree.STEPS) < set(phases)
    assert phases["between steps"] == pytest.approx(0.0, abs=0.5 * sum(phases.values()))
    steps = {name: phases[name] for name in tree.STEPS if name != "invest"}  # nobody decides yet
    assert all(seconds > 0.0 for seconds in steps.values())


def test_steps_are_the_least_of_every_call_and_what_is_not_in_kernels_is_glue() -> None:
    one = tree.StepTimes(
        {"invest": [0.003, 0.001], "age": [0.001, 0.001]}, {"invest": [0.001, 0.0], "age": [0, 0]}
    )
    other = tree.StepTimes(
        {"invest": [0.002, 0.004], "age": [0.0, 0.0]}, {"invest": [0.002, 0.0], "age": [0, 0]}
    )
    first, last = counters.cost_by_step([one, other])
    assert first == pytest.approx(("invest", 3.0, 1.0)) and first.glue_ms == pytest.approx(2.0)
    assert last.name == "age" and last.all_ms == 0.0


def test_calls_of_numpy_are_those_written_in_c() -> None:
    array = np.zeros(3)
    theirs = (np.add, np.add.reduce, array.sum, np.ndarray.copy, np.zeros, np.concatenate, array.item)
    others = (len, [].append, np.ndarray, math.sqrt, tree.total, np.broadcast_shapes)
    assert all(map(tree.is_numpy, theirs)) and not any(map(tree.is_numpy, others))


def test_kernels_are_timed_where_they_are_called_and_set_free_again() -> None:
    here = tree.Tree.__new__(tree.Tree)
    here.package, spent = "tanlu", [0.0]
    (module, name, kernel), *_ = here.kernels()
    with tree.timed_kernels(here, spent):
        assert getattr(module, name) is not kernel
    assert getattr(module, name) is kernel and spent == [0.0]


def decisions(**changed: object) -> pd.DataFrame:
    table = {"kind": "PowerPlants", "decider": "unit", "year": 2030, "option": ["keep", "ccs"]}
    table |= {"npv_mcny": [0.0, 5.0], "capex_mcny": [0.0, 900.0], "chosen": [False, True]}
    return pd.DataFrame(table | changed)


def test_a_changed_decision_is_told_with_its_margin() -> None:
    assert against.changed_decisions(decisions(), decisions()) == []
    (one,) = against.changed_decisions(decisions(chosen=[True, False]), decisions())
    assert one == ("unit", 2030, "keep", "ccs", 5e6, 900e6)
    (closed,) = against.changed_decisions(
        decisions(chosen=[True, False], option=["retire", "ccs"]), decisions()
    )
    assert np.isnan(closed.margin_cny), "what is no longer offered has no margin"


def test_a_larger_pack_has_four_times_the_rows_and_the_same_size() -> None:
    large = larger_pack.larger(REGION)
    for name, (keys, size) in larger_pack.SPLIT.items():
        one, other = REGION.tables[name], large.tables[name]
        assert len(other) == 4 * len(one) and other[size].sum() == pytest.approx(one[size].sum())
        assert other[keys[0]].nunique() == 4 * one[keys[0]].nunique()
    assert set(large.tables["power_units"]["owner_id"]) <= set(large.tables["owners"]["owner_id"])


def test_a_bar_says_whether_it_is_met_and_what_is_measured_elsewhere() -> None:
    assert "  met" in bars.line(bars.most("1", "a run", "that", 3.7, 3.7))
    assert "missed" in bars.line(bars.most("1", "a run", "that", 3.8, 3.7))
    assert all(bar.met is None and bar.reference.startswith("needs") for bar in bars.elsewhere())


def test_noise_tells_what_stands_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With answers that are known: the first policy moves two draws apart, the others all alike."""
    asked: list[dict] = []

    def simulated(scenario: dict, replications: int) -> SimpleNamespace:
        load(scenario)  # it is one that Tanlu knows
        asked.append(scenario)
        way = {0: (0.0, 0.0), 1: (-1.0, 2.0)}.get(len(asked) - 1, (3.0, 3.1))
        years = np.arange(2020, 2061)
        change = np.where(years == 2030, 1.0, 0.0) + np.where(years == 2024, 100.0, 0.0)
        draws = 500.0 + np.array(way)[:, None] * change
        return SimpleNamespace(years=years, region="Chengyu", draws=lambda *_: draws)

    monkeypatch.setattr(noise, "simulate", simulated)
    rows = list(noise.effects(2))
    assert [found.mean for _, found, _ in rows] == pytest.approx([0.5] + [3.05] * 4)
    assert rows[0][2] == pytest.approx(3.0 / 2.0**0.5)
    assert "within noise" in noise.told(*rows[0]) and "stands out" in noise.told(*rows[1])
