"""A model as bytes, from which a copy lives on, in this process or in another one of the same Python.

An array keeps its layout, on which the last bit of a sum depends. Arrays that share memory share it in the copy too: a
block is copied once, and so a view of it still shows what is written there.
"""

import io
import pickle
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MethodType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.core.mesa_classes import Model
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError, printable

MODEL = "model"  # stands for the model itself wherever its parts refer to it
PICKLING_ERRORS = (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError)
type Memory = bytes | bytearray
type Layout = tuple[Memory, np.dtype[Any], tuple[int, ...], int, tuple[int, ...], bool]


class Attribute(NamedTuple):
    """An attribute that cannot be copied."""

    holder: type  # of the object that has it
    name: str
    value: object  # what of it cannot be copied


def dump_state(model: Model) -> bytes:
    """Write the attributes of a model as bytes, between two years.

    Raises:
        ExtensionError: if an attribute of an extension cannot be copied, or within a year.
        TypeError: if an attribute of the model's own cannot be copied.
    """
    if model._default_schedule.next_scheduled_time <= model.time:  # Mesa sets the next step after this one
        raise ExtensionError(build_message("copied_within_year", year=model.year))
    try:
        return _dump(model, vars(model))
    except PICKLING_ERRORS as error:
        fault = _find_fault(model)
        if fault is None:
            raise
        name = printable(f"{fault.holder.__name__}.{fault.name}")
        if fault.holder.__module__.startswith("tanlu."):
            raise TypeError(f"{name} cannot be copied: {fault.value!r}") from error
        held = printable(type(fault.value).__name__)
        raise ExtensionError(build_message("not_copied", attribute=name, held=held)) from error


def load_state(model: Model, content: bytes) -> None:
    """Set the attributes of a bare model from bytes.

    Raises:
        ExtensionError: if this process has not loaded an extension of the model.
    """
    try:
        vars(model).update(_Reader(io.BytesIO(content), model).load())
    except ModuleNotFoundError as error:
        raise ExtensionError(build_message("extension_not_loaded", module=error.name)) from error


class _Writer(pickle.Pickler):
    """Writes a value, with the model it belongs to left out."""

    def __init__(self, file: io.BytesIO, model: Model) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._model = model
        self._owners: dict[int, tuple[object, Memory]] = {}  # by identity, and held so that no other gets it

    def persistent_id(self, value: object) -> str | None:
        """Name the model, and nothing else."""
        return MODEL if value is self._model else None

    def reducer_override(self, value: object) -> Any:
        """Write an array as a layout of its owner's memory; all else as usual."""
        if type(value) is not np.ndarray or value.dtype.hasobject or not value.size:
            return NotImplemented
        layout = self._layout(value)
        return NotImplemented if layout is None else (_lay_out, layout)

    def _layout(self, array: NDArray[Any]) -> Layout | None:
        """Lay out an array, None if the memory it shows is not one dense piece."""
        owner: Any = array
        while isinstance(owner, np.ndarray) and owner.base is not None:
            owner = owner.base
        if id(owner) not in self._owners:
            memory = _memory(owner)
            if memory is None:
                return None
            self._owners[id(owner)] = owner, memory
        _, memory = self._owners[id(owner)]
        start = owner if isinstance(owner, np.ndarray) else np.frombuffer(owner, np.uint8)
        offset = array.ctypes.data - start.ctypes.data
        return memory, array.dtype, array.shape, offset, array.strides, array.flags.writeable


def _memory(owner: object) -> Memory | None:
    """Copy the memory of an array that owns it; that of a copied array is there already."""
    if isinstance(owner, bytes | bytearray):
        return owner
    if not isinstance(owner, np.ndarray):
        return None
    dense = owner.transpose(sorted(range(owner.ndim), key=lambda axis: -owner.strides[axis]))
    return bytearray(dense.reshape(-1).view(np.uint8)) if dense.flags.c_contiguous else None


def _lay_out(
    memory: Memory,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    offset: int,
    strides: tuple[int, ...],
    writeable: bool,
) -> NDArray[Any]:
    array: NDArray[Any] = np.ndarray(shape, dtype, memory, offset, strides)
    if not writeable:
        array.flags.writeable = False
    return array


class _Reader(pickle.Unpickler):
    """Reads a value, with a model for the one that was left out."""

    def __init__(self, file: io.BytesIO, model: Model) -> None:
        super().__init__(file)
        self._model = model

    def persistent_load(self, name: str) -> Model:
        """Return the model."""
        return self._model


def _dump(model: Model, value: object) -> bytes:
    file = io.BytesIO()
    _Writer(file, model).dump(value)
    return file.getvalue()


# --- what cannot be copied -----------------------------------------------------------------------------------------


def _find_fault(model: Model) -> Attribute | None:
    """Find the first attribute that cannot be copied, of an agent if there is one, else of the model."""
    for holder in (*model.agents, model):
        for name, value in vars(holder).items():
            if not _is_copied(model, value):
                return _innermost(model, Attribute(type(holder), name, value))
    return None


def _innermost(model: Model, fault: Attribute) -> Attribute:
    """Follow a fault to the innermost part that cannot be copied, with the last object that has it."""
    passed = [fault.value]
    while True:
        for name, part in _parts(fault.value):
            if not any(part is value for value in passed) and not _is_copied(model, part):
                holder = type(fault.value) if hasattr(fault.value, "__dict__") else fault.holder
                fault = Attribute(holder, name if hasattr(fault.value, "__dict__") else fault.name, part)
                passed.append(part)
                break
        else:
            return fault


def _is_copied(model: Model, value: object) -> bool:
    try:
        _dump(model, value)
    except PICKLING_ERRORS:
        return False
    return True


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """Yield the parts of a value, attributes by their name."""
    parts: Iterable[object] = ()
    if isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, tuple | list | set | frozenset):
        parts = value
    elif isinstance(value, partial):
        parts = value.func, *value.args, *value.keywords.values()
    elif isinstance(value, MethodType):
        parts = (value.__self__,)
    elif not isinstance(value, type) and hasattr(value, "__dict__"):
        yield from vars(value).items()
    yield from (("", part) for part in parts)
