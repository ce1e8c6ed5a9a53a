"""The kinds of arguments that each kernel is called with: written down, and read again."""

import csv
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

LIST = Path(__file__).with_name("signatures.csv")
COLUMNS = ("kernel", "compile_seconds", "arguments")
SCALARS = {
    "int64": types.int64,
    "uint64": types.uint64,
    "uint32": types.uint32,
    "float64": types.float64,
    "bool": types.boolean,
}
# Which axis lies close together by the order of an array; none does in a view with steps.
ENDS = {"C": -1, "F": 0}


class Signature(NamedTuple):
    """One kernel, and what it is called with."""

    kernel: str  # module and name
    compile_seconds: float  # of CPU, on the machine where the list was made
    arguments: str

    @property
    def function(self) -> Any:
        """The kernel itself."""
        module, _, name = self.kernel.rpartition(".")
        return getattr(import_module(module), name)

    @property
    def kinds(self) -> tuple[types.Type, ...]:
        """The kinds of the arguments."""
        module = import_module(self.kernel.rpartition(".")[0])
        kinds: tuple[types.Type, ...] = eval(f"({self.arguments},)", {"__builtins__": {}}, _names(module))
        return kinds


def signatures() -> list[Signature]:
    """Return the list of what a run calls."""
    with LIST.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [Signature(row["kernel"], float(row["compile_seconds"]), row["arguments"]) for row in rows]


def describe(kinds: tuple[types.Type, ...], module: ModuleType) -> str:
    """Describe kinds of arguments of a kernel as `Signature.kinds` reads them.

    The kernel is one of `module`.

    Raises:
        ValueError: if one is not an array that can be written, a record of a named dtype, a named tuple of the module
            or a scalar. Whoever calls the kernel has to make it one.
    """
    return ", ".join(_describe(kind, module) for kind in kinds)


def _describe(kind: types.Type, module: ModuleType) -> str:
    if isinstance(kind, types.Array) and kind.mutable and kind.aligned:
        axes = [":"] * kind.ndim
        if kind.layout in ENDS:
            axes[ENDS[kind.layout]] = "::1"
        return f"{_describe(kind.dtype, module)}[{', '.join(axes)}]"
    if isinstance(kind, types.NamedTuple | types.NamedUniTuple):
        return f"{kind.instance_class.__name__}({describe(tuple(kind.types), module)})"
    if isinstance(kind, types.BaseTuple):
        return f"tuple({describe(tuple(kind.types), module)})"
    if isinstance(kind, types.Record):
        records = {
            name: from_dtype(value) for name, value in vars(module).items() if isinstance(value, np.dtype)
        }
        return next(name for name, record in records.items() if record == kind)
    if str(kind) in SCALARS:
        return str(kind)
    raise ValueError(f"{module.__name__}: {kind} compiles a kernel once more")


def _names(module: ModuleType) -> dict[str, Any]:
    """Return the meaning of each name in a description."""
    names: dict[str, Any] = {**SCALARS, "tuple": lambda *kinds: types.BaseTuple.from_types(kinds)}
    for name, value in vars(module).items():
        if isinstance(value, np.dtype):
            names[name] = from_dtype(value)
        elif isinstance(value, type) and issubclass(value, tuple):
            names[name] = _named_tuple(value)
    return names


def _named_tuple(kind: type[tuple[object, ...]]) -> Any:
    return lambda *kinds: types.BaseTuple.from_types(kinds, kind)
