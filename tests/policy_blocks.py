"""Read policies as a scenario file would give them, apply them, and look at what they announce."""

import inspect
import textwrap
from collections.abc import Mapping

import numpy as np

from tanlu.core.schedules import PolicySchedule, list_subsidy_shapes
from tanlu.inputs.diagnostics import Finding
from tanlu.inputs.messages import validate
from tanlu.inputs.tree import build_tree
from tanlu.inputs.types import PackContext, Strict
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS, AnyPolicy, Policy
from tests.chengyu import AXES

KNOWN = PackContext(lambda: None, lambda: None, lambda: (), lambda name: name, AXES)
BARE = PolicySchedule.neutral(AXES, 2020, 2060)


class Policies(Strict):
    """The policies of a scenario file."""

    policies: Mapping[str, AnyPolicy]
    """Policies by name."""


def read(**blocks: object) -> tuple[Policies | None, tuple[Finding, ...]]:
    tree, faults = build_tree({"policies": blocks}, "test")
    assert not faults
    return validate(Policies, tree, KNOWN)


def policy(kind: str, **fields: object) -> Policy:
    found, faults = read(it={"kind": kind, "from_year": 2026, **fields})
    assert found is not None, faults
    return found.policies["it"]


def refused(kind: str, **fields: object) -> Finding:
    found, faults = read(it={"kind": kind, "from_year": 2026, **fields})
    assert found is None
    assert len(faults) == 1, faults
    return faults[0]


def example(kind: str) -> str:
    _, text = inspect.getdoc(KINDS[kind]).split("In a scenario file:\n")
    return f"policies:\n{textwrap.indent(textwrap.dedent(text.strip(chr(10))), '  ')}\n"


def documented(kind: str) -> Policy:
    reading = read_yaml(example(kind).encode(), "example")
    found, faults = validate(Policies, reading.tree, KNOWN)
    assert not reading.findings
    assert found is not None, faults
    (only,) = found.policies.values()
    return only


def applied(*policies: Policy, onto: PolicySchedule = BARE) -> PolicySchedule:
    """The schedule with the policies applied, each named by its kind."""
    for one in policies:
        onto = one.apply(onto, one.kind)
    return onto


def arrays(schedule: PolicySchedule) -> dict[str, np.ndarray]:
    """Every array of a schedule by its place."""
    found = {"years": schedule.years}
    for name, group in schedule._asdict().items():
        if name in ("capacity", "subsidies", "levies"):
            for i, scheme in enumerate(group):
                found |= {f"{name}.{i}.{key}": np.asarray(value) for key, value in scheme._asdict().items()}
        elif name == "levy_rates":
            found |= {f"{name}.{kind}": rate for kind, rate in group.items()}
        elif name not in ("axes", "years"):
            found |= {f"{name}.{key}": value for key, value in group._asdict().items()}
    return found


def bits(schedule: PolicySchedule) -> dict[str, tuple[tuple[int, ...], bytes]]:
    return {name: (array.shape, array.tobytes()) for name, array in arrays(schedule).items()}


def effects(schedule: PolicySchedule) -> dict[str, np.ndarray]:
    """What is announced, with the years as first axis; schemes of a kind added up."""
    groups = {
        k: a
        for k, a in arrays(schedule).items()
        if k.split(".")[0] not in ("years", "capacity", "subsidies", "levies")
    }
    years, shapes = schedule.years.size, list_subsidy_shapes(schedule.axes)
    rates = {kind: np.zeros((years, *shape)) for kind, shape in shapes.items()}
    for scheme in schedule.subsidies:
        rates[scheme.kind] = rates[scheme.kind] + scheme.rate
    capacity = np.zeros((years, *schedule.axes.shape("province", "fuel")))
    for payment in schedule.capacity:
        capacity = capacity + payment.rate_cny_per_kw_year
    return groups | rates | {"capacity": capacity}


def at(array: np.ndarray, year: int) -> np.ndarray:
    return array[BARE.row(year)]


# --- blocks that several files put into scenarios ----------------------------------------------------------------


def tax(price: object, **more: object) -> dict[str, dict[str, object]]:
    return {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": price, **more}}


def subsidy(rate: object, **more: object) -> dict[str, dict[str, object]]:
    return {"stored": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": rate, **more}}


def coal_rule(**rule: object) -> dict[str, dict[str, object]]:
    return {"rule": {"kind": "coal_phase_out", "from_year": 2026, **rule}}
