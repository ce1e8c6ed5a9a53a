"""The decorators of compiled loops.

A *kernel* is called from Python and kept. *Helpers* are compiled into the kernels of their file and kept with them.
Which one it is, and whether it makes arrays, is all that a file of kernels says.
"""

from collections.abc import Callable
from typing import Any

import numba
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher
from numba.core.types.misc import unliteral

from tanlu.compilation.cache import KernelCache

# Helpers are not called from Python; without wrappers they compile in half the time.
INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# Who makes no arrays needs no count of references to them, which would take as long as the work.
UNCOUNTED = {"_nrt": False}


def kernel(function: Callable[..., Any], *, error_model: str = "python") -> Any:
    """Return a function compiled at its first call with each kind of arguments, or read if that was kept."""
    compiled = _compiled(Kernel, function, error_model=error_model)
    if isinstance(compiled, Kernel):
        compiled._cache = KernelCache(function)
    return compiled


def helper(function: Callable[..., Any], *, error_model: str = "python") -> Any:
    """Return a function for kernels of its file."""
    return _compiled(Inner, function, error_model=error_model, **INNER)


def plain(function: Callable[..., Any], *, error_model: str = "python") -> Any:
    """Return a function for kernels of its file that makes no arrays."""
    return _compiled(Inner, function, error_model=error_model, **INNER, **UNCOUNTED)


def inlined(function: Callable[..., Any], *, error_model: str = "python") -> Any:
    """Return a function as `plain` that is copied into its callers, because it runs thousands of times a year."""
    return _compiled(Inner, function, error_model=error_model, forceinline=True, **INNER, **UNCOUNTED)


def _compiled(kind: "type[OneForm]", function: Any, **options: Any) -> Any:
    if numba.config.DISABLE_JIT:
        return function
    return kind(function, targetoptions={"nopython": True, "nogil": True, "boundscheck": None, **options})


class OneForm(CPUDispatcher):  # type: ignore[misc]
    """A function that is not compiled once more for each constant that a caller hands in."""

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Return what a caller in another compiled function needs; compile it for the kinds of its arguments."""
        plain_kws = {name: unliteral(kind) for name, kind in kws.items()}
        return super().get_call_template(tuple(unliteral(kind) for kind in args), plain_kws)


class Kernel(OneForm):
    """A function that Python calls: of it only machine code is kept, to which no other caller can be linked."""

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Refuse a call from another compiled function."""
        raise TypingError(
            f"{self.py_func.__name__} is a kernel, which only Python can call: make it a helper"
        )


class Inner(OneForm):
    """A function that only compiled ones call: without wrappers a call from Python would end the process."""

    def __call__(self, *_: Any) -> Any:
        """Refuse a call from Python."""
        raise TypeError(f"{self.py_func.__name__} is a helper, which only kernels of its file can call")
