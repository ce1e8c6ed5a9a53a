"""Scenario data as a tree in which every key and value knows where it stands."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.inputs.characters import forbidden_in_line
from tanlu.inputs.diagnostics import Finding, Mark, Source, diagnose, printable

MAXIMUM_DEPTH = 32
OPERATIONS = frozenset(
    {"factor", "add"}
)  # what a change of a figure of the region pack does, one of them at a time

type Key = str | int
type KeyPath = tuple[Key, ...]


class Unreadable:
    """Stands for a value that has been reported already, so that nothing more is said about it."""


UNREADABLE = Unreadable()


class Node(NamedTuple):
    """A value and where it stands: a scalar, `Fields`, a list of nodes, or `UNREADABLE`."""

    value: object
    mark: Mark


class Field(NamedTuple):
    """One entry of a mapping: where its key stands, and its value."""

    key: Mark
    node: Node


class Fields(dict[Key, Field]):
    """A mapping of the tree, in the order of the file."""


class TreePlace(NamedTuple):
    """Where a path leads: its keys, the value there, and where its last key stands."""

    path: KeyPath
    node: Node
    key: Mark

    @property
    def mark(self) -> Mark:
        """The mark for messages about the value: a scalar itself, else its key."""
        return self.key if isinstance(self.node.value, Fields | list) else self.node.mark


def plain_data(node: Node) -> object:
    """Convert a tree to dicts, tuples and scalars; unreadable values are None."""
    if isinstance(node.value, Fields):
        return {key: plain_data(field.node) for key, field in node.value.items()}
    if isinstance(node.value, list):
        return tuple(plain_data(item) for item in node.value)
    return None if isinstance(node.value, Unreadable) else node.value


def build_tree(data: Mapping[Any, object], name: str) -> tuple[Node, tuple[Finding, ...]]:
    """Build a tree from Python data, and list the faults of its form.

    Its marks carry only `name`.
    """
    findings: list[Finding] = []
    mark = Mark(Source(name, ""), 0, 0, 1)
    return _build_node(data, mark, (), findings), tuple(findings)


def merge(base: Node, over: Node) -> Node:
    """Merge `over` into `base`.

    Mappings merge key by key. Everything else is replaced as a whole, and so are a mapping of years
    (the points of one line, of which half an old and half a new one would be neither), a policy
    of another `kind` (whose keys mean something else) and a change of another operation.
    """
    base_value, over_value = base.value, over.value
    if (
        not isinstance(base_value, Fields)
        or not isinstance(over_value, Fields)
        or _is_one_value(base_value, over_value)
    ):
        return over
    merged = Fields(base_value)
    for key, field in over_value.items():
        merged[key] = (
            Field(field.key, merge(base_value[key].node, field.node)) if key in base_value else field
        )
    return Node(merged, over.mark)


def drop_keys(tree: Node, *keys: Key) -> Node:
    """Copy a mapping without some of its keys."""
    assert isinstance(tree.value, Fields)
    return Node(Fields({k: v for k, v in tree.value.items() if k not in keys}), tree.mark)


def locate(tree: Node, path: Sequence[Key]) -> TreePlace | None:
    """Follow `path` as far as it leads.

    None if it meets a value that has been reported already.
    Steps that are no key of the tree are passed over: a validator also names the variant of a
    value that it tried.
    """
    place = TreePlace((), tree, tree.mark)
    for step in path:
        place = _step(place, step)
        if isinstance(place.node.value, Unreadable):
            return None
    return place


def path_text(path: Sequence[Key]) -> str:
    """Write a path for messages: `policies.tax.regions[0]`, years as `rate[2026]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{printable(step)}" for step in path)
    return text.removeprefix(".")


def _is_one_value(old: Fields, new: Fields) -> bool:
    """Check whether two mappings stand for one value or different kinds."""
    if any(isinstance(key, int) for fields in (old, new) for key in fields):
        return True
    if {*old, *new} <= OPERATIONS:
        return True
    kinds = [fields["kind"].node.value for fields in (old, new) if "kind" in fields]
    return len(kinds) == 2 and kinds[0] != kinds[1]


def _step(place: TreePlace, step: Key) -> TreePlace:
    """Go one step down, or stay."""
    value = place.node.value
    if isinstance(value, Fields):
        key = step if step in value else next((k for k in value if str(k) == str(step)), None)
        if key is not None:
            return TreePlace((*place.path, key), value[key].node, value[key].key)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return TreePlace((*place.path, step), value[step], value[step].mark)
    return place


def _build_node(data: object, mark: Mark, path: KeyPath, findings: list[Finding]) -> Node:
    """Build a node from a value of Python data."""
    if isinstance(data, Mapping | list | tuple) and len(path) >= MAXIMUM_DEPTH:
        findings.append(diagnose(mark, "too-deep", path_text(path), count=MAXIMUM_DEPTH))
        return Node(UNREADABLE, mark)
    if isinstance(data, Mapping):
        return Node(_build_fields(data, mark, path, findings), mark)
    if isinstance(data, list | tuple):
        return Node([_build_node(v, mark, (*path, i), findings) for i, v in enumerate(data)], mark)
    if data is None:
        findings.append(diagnose(mark, "no-value", path_text(path), what=f"`{path_text(path)}`"))
        return Node(UNREADABLE, mark)
    return _build_scalar(data.item() if isinstance(data, np.generic) else data, mark, path, findings)


def _build_scalar(value: object, mark: Mark, path: KeyPath, findings: list[Finding]) -> Node:
    """Build a node from a scalar; refuse a text with a control character."""
    if isinstance(value, str) and (character := forbidden_in_line(value)):
        findings.append(diagnose(mark, "control-character.escaped", path_text(path), character=character))
        return Node(UNREADABLE, mark)
    return Node(value, mark)


def _build_fields(
    data: Mapping[object, object], mark: Mark, path: KeyPath, findings: list[Finding]
) -> Fields:
    """Build fields from a mapping; keys are text or whole numbers."""
    fields = Fields()
    for key, value in data.items():
        key = key.item() if isinstance(key, np.generic) else key
        name = key if isinstance(key, str) or type(key) is int else str(key)
        if isinstance(name, str) and (character := forbidden_in_line(name)):
            place_text = path_text((*path, name))
            findings.append(diagnose(mark, "control-character.escaped", place_text, character=character))
            continue
        fields[name] = Field(mark, _build_node(value, mark, (*path, name), findings))
    return fields
