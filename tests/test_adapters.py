"""An experiment as other libraries take it: a function of its factors and levers, and samples mapped to values."""

import math
import pickle
import runpy
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import tanlu
from tanlu.experiments.engine import run_batch
from tanlu.experiments.executors import pool_of
from tanlu.experiments.plans import Plan, load_experiment
from tanlu.experiments.summary import outcome_table, with_effects

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
COMPARED = 3  # runs of an example that the engine makes too
MANY = """experiment: many
base: {extends: two_provinces.yaml, years: 2025-2026, world: {hydrology: bootstrap}}
arms:
  none: {}
  dear: {policies: {tax: {price_cny_per_tco2: 500}}}
factors:
  gas: {path: world.gas_price_factor, triangular: [0.5, 0.8, 1.5]}
  width: {path: pack.parameters.hurdle_half_width, factor: {lognormal_sigma: 0.2}}
levers:
  rate: {path: policies.tax.price_cny_per_tco2, arm: dear, values: [100, 500]}
design: {method: latin_hypercube, n: 2}
replications: 2
outcomes:
  avoided: {variable: Emissions|CO2, sum: 2025-2026, against: none, sign: -1}
  level: {variable: Emissions|CO2, region: North, year: 2026}
"""


@pytest.fixture
def many(tmp_path: Path) -> Plan:
    shutil.copy(ROOT / "tests" / "two_provinces.yaml", tmp_path)
    (tmp_path / "many.yaml").write_text(MANY)
    return tanlu.load_experiment(tmp_path / "many.yaml")


def stored_table(plan: Plan, out: Path) -> pd.DataFrame:
    """Return the outcomes that the engine stores."""
    store = plan.store(out)
    store.begin(plan.describe())
    with pool_of(1) as pool:
        list(run_batch(plan.batch, store, pool))
    return with_effects(plan, outcome_table(plan, store.read(plan.batch.ids)))


def test_a_function_gives_what_the_engine_stores(many: Plan, tmp_path: Path) -> None:
    table = stored_table(many, tmp_path / "out").set_index(["arm", "row", "replication"])
    function = pickle.loads(pickle.dumps(many.function("dear", replication=1)))
    assert function(**many.rows[1]) == dict(table.loc[("dear", 1, 1), ["avoided", "level"]])
    assert table.loc[("dear", 1, 1), "avoided"] != table.loc[("dear", 1, 0), "avoided"] != 0.0
    none = many.function("none")(**many.rows[0])
    assert math.isnan(none["avoided"]) and none["level"] == table.loc[("none", 0, 0), "level"]


def test_what_is_not_given_stays_and_what_is_unknown_is_told(many: Plan) -> None:
    function = many.function("dear")
    assert function(rate=500) == function() != function(rate=np.float64(100))
    with pytest.raises(
        ValueError, match=r"`gass` is no factor or lever of the experiment; did you mean `gas`\?"
    ):
        function(gass=1.0)
    for arm in ("", "cheap"):
        with pytest.raises(ValueError, match="is no arm of the experiment; there are: none, dear"):
            many.function(arm)


def test_chance_may_be_a_factor(many: Plan, tmp_path: Path) -> None:
    (tmp_path / "many.yaml").write_text(MANY.replace("factors:", "factors:\n  chance: {replication: true}"))
    function = load_experiment(tmp_path / "many.yaml").function("none")
    assert function(chance=1)["level"] == many.function("none", replication=1)()["level"]
    assert function(chance=1)["level"] != function()["level"]


def test_samples_become_values(many: Plan) -> None:
    assert many.problem() == {"num_vars": 3, "names": ["gas", "rate", "width"], "bounds": [[0.0, 1.0]] * 3}
    shares = np.linspace(0.0, 1.0, 21)
    rows = pd.DataFrame(many.values(np.column_stack([shares] * 3)))
    assert list(rows) == many.problem()["names"]
    assert all(rows[name].is_monotonic_increasing and rows[name].nunique() > 1 for name in rows)
    assert tuple(rows["gas"].iloc[[0, -1]]) == (0.5, 1.5) and set(rows["rate"]) == {100, 500}
    assert rows["width"].iloc[10] == 1.0
    for wrong in (np.zeros(3), np.zeros((2, 2)), np.full((1, 3), 1.1), np.full((1, 3), np.nan)):
        with pytest.raises(ValueError, match="samples must be numbers from 0 to 1 in 3 columns"):
            many.values(wrong)


@pytest.mark.parametrize(
    "name",
    ["salib", "scipy", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ema_workbench", "dask"))],
)
def test_examples_have_the_bits_of_the_engine(name: str, tmp_path: Path, capsys) -> None:
    file = EXAMPLES / f"with_{name}.py"
    assert len(file.read_text("utf-8").splitlines()) <= 25
    space = runpy.run_path(str(file), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) >= 2
    rows, found = space["rows"][-COMPARED:], space["found"][-COMPARED:]
    assert COMPARED < len(space["rows"]) == len(space["found"]) <= 40
    study = yaml.safe_load((EXAMPLES / "study.yaml").read_text("utf-8"))
    study["factors"] = {one: study["factors"][one] for one in study["factors"] if one in rows[0]}
    study["design"] = {"method": "list", "rows": [dict(row) for row in rows]}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study), "utf-8")
    table = stored_table(load_experiment(tmp_path / "study.yaml"), tmp_path / "out")
    stored = list(table["emitted_mtco2"])
    assert stored == [one["emitted_mtco2"] for one in found]
    assert len(set(stored)) > 1


def test_every_example_is_run() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == {
        f"with_{name}" for name in ("salib", "ema_workbench", "scipy", "dask")
    }
