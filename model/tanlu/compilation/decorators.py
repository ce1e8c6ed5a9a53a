"""The decorators of compiled loops.

A *kernel* is called from Python and kept. *Helpers* are compiled into the kernels of their file and kept with them.
Which one it is, and whether it makes arrays, is all that a file of kernels says.
"""

from collections.abc import Callable
from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, CompileResult
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher
from numba.core.types.misc import unliteral

from tanlu.compilation.cache import KernelCache

# Nobody calls any of them from C, nor helpers from Python: without wrappers for that they compile sooner.
FROM_PYTHON = {"no_cfunc_wrapper": True}
INNER = {"no_cpython_wrapper": True, **FROM_PYTHON}
# Who makes no arrays needs no count of references to them, which would take as long as the work.
UNCOUNTED = {"_nrt": False}


def kernel(function: Callable[..., Any], *, error_model: str = "python") -> Any:
    """Compile a function at its first call with each kind of arguments.

    Code that was kept is read instead.
    """
    compiled = _compiled(Kernel, function, error_model=error_model, **FROM_PYTHON)
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
    """Return a function as `plain`, copied into its callers.

    It runs thousands of times a year.
    """
    return _compiled(Inner, function, error_model=error_model, forceinline=True, **INNER, **UNCOUNTED)


def _compiled(kind: "type[OneForm]", function: Any, **options: Any) -> Any:
    if numba.config.DISABLE_JIT:
        return function
    all_options = {"nopython": True, "nogil": True, "boundscheck": None, **options}
    return kind(function, targetoptions=all_options, pipeline_class=kind.pipeline)


class LinkedCode(JITCodeLibrary):  # type: ignore[misc]
    """The code of a helper, which kernels take in and optimise with their own; nobody runs it where it is."""

    def _optimize_final_module(self) -> None:
        """Leave that to the kernel."""

    def _finalize_final_module(self) -> None:
        """Make no machine code."""
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class HelperCompiler(Compiler):  # type: ignore[misc]
    """How helpers are compiled: as far as kernels need them, which saves a quarter of all compiling."""

    def _compile_core(self) -> CompileResult:
        state = self.state
        state.library = LinkedCode(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        compiled: CompileResult = super()._compile_core()
        key = object()  # by which callers find it, as it has no address
        state.targetctx.insert_user_function(key, compiled.fndesc, [compiled.library])
        return compiled._replace(entry_point=key)


class OneForm(CPUDispatcher):  # type: ignore[misc]
    """A function that is not compiled once more for each constant that a caller hands in."""

    pipeline = Compiler

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Compile for the kinds of a compiled caller's arguments, constants forgotten."""
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

    pipeline = HelperCompiler

    def add_overload(self, cres: CompileResult) -> None:
        """Keep it for callers that are compiled; Python gets no entry."""
        self.overloads[tuple(cres.signature.args)] = cres

    def __call__(self, *_: Any) -> Any:
        """Refuse a call from Python."""
        raise TypeError(f"{self.py_func.__name__} is a helper, which only kernels of its file can call")
