"""Options that belong together: one argument of a command, several on the command line."""

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Make each field of a command's named tuples an option."""
    parameters = inspect.signature(command, eval_str=True).parameters
    groups = {
        name: parameter.annotation
        for name, parameter in parameters.items()
        if hasattr(parameter.annotation, "_fields")
    }

    @wraps(command)
    def ungrouped(**options: Any) -> None:
        group_values = {
            name: group(*(options.pop(field) for field in group._fields)) for name, group in groups.items()
        }
        command(**options, **group_values)

    options = [option for parameter in parameters.values() for option in _options(parameter)]
    ungrouped.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    return ungrouped


def _options(parameter: Parameter) -> Iterator[Parameter]:
    """Yield a parameter as options by name, one for each field."""
    group = parameter.annotation
    if not hasattr(group, "_fields"):
        yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        return
    hints = get_type_hints(group, include_extras=True)
    for field in group._fields:
        default = group._field_defaults[field]
        yield Parameter(field, Parameter.KEYWORD_ONLY, default=default, annotation=hints[field])
