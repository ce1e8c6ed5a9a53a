"""Places in an experiment file at which faults are told."""

from collections.abc import Sequence

from tanlu.inputs.diagnostics import Finding, Mark, diagnose
from tanlu.inputs.tree import Key, Node, locate, path_text


def fault_at(tree: Node, path: Sequence[Key], key: str, /, **values: object) -> Finding:
    """Build the fault of the value at a path of a file, or of the nearest above it."""
    return diagnose(place_of(tree, path), key, path_text(path), **values)


def place_of(tree: Node, path: Sequence[Key]) -> Mark:
    """Find the mark of the value at a path, or of the nearest above it."""
    place = locate(tree, path)
    return place.mark if place else tree.mark
