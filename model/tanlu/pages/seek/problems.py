"""What a visitor searches for: an experiment file, and his changes of it."""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from tanlu.experiments.file_checks.places import fault_at
from tanlu.experiments.plans import Plan, experiment_from_text
from tanlu.experiments.search.checks import reference_arms, sought_arm
from tanlu.inputs.diagnostics import Mark, ScenarioError, Source, diagnose
from tanlu.inputs.plausible import plausible_range
from tanlu.inputs.tree import plain_data
from tanlu.inputs.yaml_reader import read_yaml, write_yaml
from tanlu.pages.builder.links import LONGEST, MAXIMUM_BYTES
from tanlu.pages.levers import is_number
from tanlu.pages.seek.offers import PARTS, offered_outcomes, shipped_problem
from tanlu.policies import KINDS
from tanlu.scenario.difference import free_name, main_key
from tanlu.scenario.examples import example_of

FILE = "search.yaml"  # the name of a visitor's file in messages
MOST_RUNS = 250  # of a search on the page: whoever asks for more has the command
LONGEST_VALUE = 20  # characters of a value that is no number
LEVER_STRETCH = 2.0  # times its documented example: the top of the range of a lever that is added, grade D

type Change = Callable[[dict[str, Any], Plan, Mapping[str, Any]], None]


def pack_problem(text: str) -> str:
    """Write a problem in letters that an address may hold; empty for the shipped one, or where it does not fit."""
    if text == shipped_problem():
        return ""
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return packed if len(packed) <= LONGEST else ""


def unpack_problem(packed: str) -> str | None:
    """Read the problem of an address, None where it cannot be read or unpacks to more than a file may hold."""
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        reader = zlib.decompressobj()
        text = reader.decompress(raw, MAXIMUM_BYTES)
        return text.decode() if reader.eof else None
    except (binascii.Error, zlib.error, ValueError):
        return None


@lru_cache(maxsize=50)
def read_problem(text: str, region: str) -> Plan:
    """Read a problem whose search the page can run.

    Raises:
        ScenarioError: with every fault found, each with line and column.
    """
    mark = Mark(Source(FILE, ""), 1, 1, 1)
    if len(text.encode(errors="surrogatepass")) > MAXIMUM_BYTES:
        raise ScenarioError([diagnose(mark, "too-large", size=MAXIMUM_BYTES // 1024)])
    plan = experiment_from_text(text, FILE, region)
    if plan.experiment.seek is None:
        raise ScenarioError([diagnose(mark, "no-search")])
    if plan.experiment.seek.runs > MOST_RUNS:
        tree = read_yaml(text.encode(), FILE).tree
        assert tree is not None, "it was read"
        values = {"given": plan.experiment.seek.runs, "highest": MOST_RUNS}
        raise ScenarioError([fault_at(tree, ("seek", "runs"), "too-many-runs", **values)])
    return plan


def sound_problem(text: str, region: str) -> str:
    """Return the text of a problem, if the page can run its search.

    Raises:
        ScenarioError: with every fault found.
    """
    read_problem(text, region)
    return text


def change_problem(text: str, region: str, name: str, wish: Mapping[str, Any]) -> str:
    """Change a problem as a visitor asks, by the name of the change; as it is where there is no such change.

    Raises:
        ScenarioError: if what comes of it is no search.
    """
    if name not in CHANGES:
        return text
    plan, tree = read_problem(text, region), read_yaml(text.encode(), FILE).tree
    assert tree is not None, "it was read"
    before = plain_data(tree)
    data: Any = with_lists(before)
    CHANGES[name](data, plan, wish)
    if data == with_lists(before):
        return text
    changed = write_yaml(data)
    read_problem(changed, region)
    return changed


def _set_bound(data: dict[str, Any], plan: Plan, wish: Mapping[str, Any]) -> None:
    """Set the bound of an outcome: `{"name": outcome, "value": number}`."""
    name, value = str(wish.get("name")), plain_value(wish.get("value"))
    if name in plan.experiment.outcomes:
        outcome = plan.experiment.outcomes[name]
        data["outcomes"][name]["at_most" if outcome.at_most is not None else "at_least"] = value


def _set_range(data: dict[str, Any], plan: Plan, wish: Mapping[str, Any]) -> None:
    """Set an end of the range of a lever: `{"name": lever, "end": 0 or 1, "value": number}`."""
    name, end, value = str(wish.get("name")), wish.get("end"), plain_value(wish.get("value"))
    lever = plan.experiment.levers.get(name)
    if lever is not None and lever.range is not None and end in (0, 1):
        data["levers"][name]["range"][end] = value


def _set_search(data: dict[str, Any], plan: Plan, wish: Mapping[str, Any]) -> None:
    """Set the runs of a search, or in how many of its draws an aim must be met: `{"key": key, "value": number}`."""
    value = plain_value(wish.get("value"))
    assert plan.experiment.seek is not None
    if wish.get("key") == "runs":
        data["seek"]["runs"] = value
    elif wish.get("key") == "needed":
        data["seek"]["in_draws"] = f"{value} of {plan.experiment.seek.draws}"


def _remove(data: dict[str, Any], plan: Plan, wish: Mapping[str, Any]) -> None:
    """Take out a goal, aim or cap, or a lever with its policy: `{"part": part, "name": name}`."""
    part, name = str(wish.get("part")), str(wish.get("name"))
    if part in PARTS and name in data["seek"].get(part, ()):
        data["seek"][part] = [other for other in data["seek"][part] if other != name]
        if not any(name in data["seek"].get(other, ()) for other in PARTS):
            del data["outcomes"][name]
    elif part == "levers" and name in data["levers"]:
        policy = _policy_of(data["levers"].pop(name)["path"])
        if policy not in {_policy_of(lever["path"]) for lever in data["levers"].values()}:
            _policies(data, plan).pop(policy, None)


def _add(data: dict[str, Any], plan: Plan, wish: Mapping[str, Any]) -> None:
    """Add an offered goal, aim or cap, or a kind of policy as a lever: `{"part": part, "name": name}`."""
    part, name = str(wish.get("part")), str(wish.get("name"))
    if part == "levers" and name in lever_kinds():
        _add_lever(data, plan, name)
    offer = offered_outcomes(next(iter(plan.arms.values())).region).get(name)
    if offer is None or part != offer.part or name in data["seek"].get(part, ()):
        return
    if name not in data["outcomes"]:
        data["outcomes"][name] = offer.block(next(iter(reference_arms(plan.experiment)), ""))
    data["seek"][part] = [*data["seek"].get(part, ()), name]


def _add_lever(data: dict[str, Any], plan: Plan, kind: str) -> None:
    name, block = example_of(kind)
    key = main_key(KINDS[kind])
    policies = _policies(data, plan)
    free = free_name(name, {*policies, *data["levers"]})
    plausible = plausible_range(KINDS[kind].model_fields[key])
    assert plausible is not None, "kinds without a plausible range are not offered"
    low = 0.0 if plausible.zero else plausible.low
    top = example_value(block[key])
    policies[free] = {**deepcopy(block), key: top}
    arm = {"arm": sought_arm(plan.experiment)} if sought_arm(plan.experiment) else {}
    ends = [low, min(plausible.high, LEVER_STRETCH * top)]
    data["levers"][free] = {"path": f"policies.{free}.{key}", **arm, "range": ends}


def plain_value(value: object) -> float | str:
    """Return a number that a browser sent, whole ones without a point; a text, which a check refuses, for all else."""
    if not is_number(value):
        return str(value)[:LONGEST_VALUE]
    assert isinstance(value, int | float)
    return int(value) if float(value).is_integer() else value


def _policies(data: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Find the policies of the arm that is searched, in the file's data; made where there are none."""
    arm = sought_arm(plan.experiment)
    if not arm and not isinstance(data.get("base"), dict):
        data["base"] = {"extends": data.get("base", "tanlu:baseline")}
    if arm and not isinstance(data["arms"][arm], dict):
        data["arms"][arm] = {"extends": data["arms"][arm]}
    block = data["arms"][arm] if arm else data["base"]
    policies: dict[str, Any] = block.setdefault("policies", {})
    return policies


def _policy_of(path: str) -> str:
    return path.split(".")[1] if path.startswith("policies.") else ""


@lru_cache(maxsize=1)
def lever_kinds() -> tuple[str, ...]:
    """List the kinds of policy whose main key is one number with a plausible range."""
    kinds = []
    for kind, instrument in KINDS.items():
        _, block = example_of(kind)
        key = main_key(instrument)
        if example_value(block.get(key)) and plausible_range(instrument.model_fields[key]) is not None:
            kinds.append(kind)
    return tuple(kinds)


def example_value(value: object) -> float:
    """Return the number of a documented example, of a schedule its highest; 0 where it is no number."""
    if isinstance(value, Mapping):
        return max(map(example_value, value.values()), default=0.0)
    if not is_number(value):
        return 0.0
    assert isinstance(value, int | float)
    return value


def with_lists(value: Any) -> Any:
    """Copy plain data of a file; its lists can be changed."""
    if isinstance(value, Mapping):
        return {key: with_lists(item) for key, item in value.items()}
    return [with_lists(item) for item in value] if isinstance(value, list | tuple) else value


CHANGES: Mapping[str, Change] = {
    "bound": _set_bound,
    "range": _set_range,
    "search": _set_search,
    "remove": _remove,
    "add": _add,
}
