"""Options that belong together: one argument of a command, several on the command line."""

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let every field of the named tuples that a command takes be an option of its own."""
    given = inspect.signature(command, eval_str=True).parameters
    groups = {name: one.annotation for name, one in given.items() if hasattr(one.annotation, "_fields")}

    @wraps(command)
    def ungrouped(**options: Any) -> None:
        made = {name: of(*(options.pop(field) for field in of._fields)) for name, of in groups.items()}
        command(**options, **made)

    options = [option for one in given.values() for option in _options(one)]
    ungrouped.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    return ungrouped


def _options(parameter: Parameter) -> Iterator[Parameter]:
    """Return a parameter as options by name, one for each of its fields."""
    group = parameter.annotation
    if not hasattr(group, "_fields"):
        yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        return
    hints = get_type_hints(group, include_extras=True)
    for field in group._fields:
        default = group._field_defaults[field]
        yield Parameter(field, Parameter.KEYWORD_ONLY, default=default, annotation=hints[field])
