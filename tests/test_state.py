"""State: seven frozen records that the steps of a year take and return; no step sees the model or edits its input."""

import ast
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path

import numpy as np

import tanlu.simulation.model
from tanlu.finance.register import SpareRows
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, ROOT, scenario

PACKAGES = ("markets", "settlement", "decisions", "records")
STEPS = sorted(path for name in PACKAGES for path in (ROOT / "model" / "tanlu" / name).rglob("*.py"))
MOST_ATTRIBUTES = 15  # the course of a law that regulators move; the year before, which the book begins from
# Every kind of subsidy is claimed, loans are lent, plants are closed, and a fund is fed.
PAID = {
    "stored": {
        "kind": "ccus_subsidy",
        "from_year": 2026,
        "rate_cny_per_tco2": 600,
        "budget_bn_cny_per_year": 1,
    },
    "bonds": {"kind": "green_bond_incentive", "from_year": 2026, "interest_subsidy_percentage_points": 2.0},
    "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 50},
    "fund": {"kind": "revenue_use", "from_year": 2026, "green_fund_share": 0.2},
}


def leaves(state: object, name: str = "state") -> Iterator[tuple[str, object]]:
    """Return every array and number of a state with its path."""
    if isinstance(state, Mapping):
        parts = state.items()
    elif isinstance(state, tuple):
        parts = zip(getattr(state, "_fields", range(len(state))), state, strict=True)
    else:
        yield name, state
        return
    for part, value in parts:
        yield from leaves(value, f"{name}.{part}")


def names_in(path: Path) -> set[str]:
    """Return every name, attribute and module that a file mentions, annotations in quotes included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_no_step_sees_the_model() -> None:
    assert len(STEPS) > 10
    for path in STEPS:
        assert not names_in(path) & {"RegionModel", "tanlu.simulation.model", "TYPE_CHECKING"}, path.name


def test_the_model_holds_little_but_state_and_agents() -> None:
    tree = ast.parse(Path(tanlu.simulation.model.__file__).read_text(encoding="utf-8"))
    held = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node.value) == "self"
    }
    assert {"state", "actors", "inputs", "records", "ledger"} <= held
    assert len(held) <= MOST_ATTRIBUTES, sorted(held)


def test_a_year_leaves_the_state_that_it_began_with_as_it_was() -> None:
    model = RegionModel(Inputs(scenario(PAID, years=(2020, 2034)), REGION))
    first, moved = dict(leaves(model.state)), set()
    while model.year < 2034:
        before, copy = model.state, deepcopy(model.state)
        model.step()
        for (name, value), (_, was) in zip(leaves(before), leaves(copy), strict=True):
            if isinstance(value, SpareRows):
                continue  # memory that later years write behind the rows of this one: the rows are compared
            np.testing.assert_array_equal(value, was, err_msg=name)
        now = dict(leaves(model.state))
        moved |= {name.split(".")[1] for name in now if not np.array_equal(now[name], first.get(name))}
    assert moved == set(model.state._fields), "each record of the state carries something on"


def test_who_keeps_a_state_keeps_the_year() -> None:
    """What was heard at the start of a year can be heard again from the state of then, but for what agents posted."""
    model = RegionModel(Inputs(scenario(PAID, years=(2020, 2030)), REGION))
    while model.year < 2029:
        model.step()
    then, year = model.state, model.year
    model.year += 1
    heard = model.announce()
    model.year = year
    model.step()
    assert model.state is not then
    model.state = then
    for (name, value), (_, was) in zip(leaves(model.announce()), leaves(heard), strict=True):
        if "hub_tariff" not in name:
            np.testing.assert_array_equal(value, was, err_msg=name)
