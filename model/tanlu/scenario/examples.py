"""The policy that a visitor begins with: what an instrument must say, with the figures that it is documented with."""

import inspect
import textwrap
from functools import cache
from typing import Any

from tanlu.inputs.tree import plain_data
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS
from tanlu.scenario.difference import main_key


@cache
def documented_block(kind: str) -> tuple[str, dict[str, Any]]:
    """Return name and block of the policy that an instrument is documented with."""
    _, text = (inspect.getdoc(KINDS[kind]) or "").split("In a scenario file:\n")
    tree = read_yaml(textwrap.dedent(text.strip("\n")).encode(), kind).tree
    assert tree is not None, "the tests read every example"
    data: Any = plain_data(tree)
    ((name, block),) = data.items()
    return name, block


@cache
def example_of(kind: str) -> tuple[str, dict[str, Any]]:
    """Return name and block of the policy that an instrument is documented with: its main key and those it must have.

    Other keys of the example narrow it down, such as to some sectors, and are left to the visitor.
    """
    name, block = documented_block(kind)
    fields, main = KINDS[kind].model_fields, main_key(KINDS[kind])
    if main not in block:
        return name, block
    must = {"kind", main, *(key for key, field in fields.items() if field.is_required())}
    return name, {key: value for key, value in block.items() if key in must}
