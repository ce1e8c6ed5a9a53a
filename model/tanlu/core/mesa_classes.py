"""The two classes of Mesa that the model is built on, imported without what else comes with Mesa.

`import mesa` brings spaces, networkx and scipy: half as much again as numba and pandas take to start. So the modules of
these classes are imported while bare packages stand in the place of Mesa's own. Then the bare ones go, and whoever
imports Mesa gets it whole, with the modules that are there already.
"""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

PACKAGES = ("mesa", "mesa.experimental")  # whose own code imports all the rest


class _JoiningLoader(SourceFileLoader):
    """Runs the code of a package after joining to it the modules of it that were imported before."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the code of the package in its module."""
        start = f"{module.__name__}."
        for name in [name for name in sys.modules if name.startswith(start)]:
            if "." not in (child := name.removeprefix(start)):
                setattr(module, child, sys.modules[name])
        super().exec_module(module)


class _JoiningFinder(MetaPathFinder):
    """Finds the packages whose modules were imported without them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of these packages; all else is found as usual."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname in PACKAGES else None
        if spec is not None and spec.origin is not None:
            spec.loader = _JoiningLoader(fullname, spec.origin)
        return spec


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Import modules of Mesa without its packages, if these are new.

    The code of its packages does not run.
    """
    bare = []
    for name in PACKAGES:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            package = ModuleType(name)
            package.__path__ = list(spec.submodule_search_locations or ())
            sys.modules[name] = package
            bare.append(name)
    try:
        yield
    finally:
        for name in bare:
            del sys.modules[name]
        if bare:
            sys.meta_path.insert(0, _JoiningFinder())


with _bare_packages():
    # To name its loggers Mesa looks up the module and the source of all calls under way: in a thread there are few.
    with ThreadPoolExecutor(1) as executor:
        executor.submit(import_module, "mesa.model").result()

    from mesa.model import Model

    if TYPE_CHECKING:  # Mesa has no types, so that no class of its agents could be checked

        class Agent:
            """An agent of Mesa."""

            model: Any
            unique_id: int

            def __init__(self, model: Any) -> None:
                """Enter the agent into its model."""

            def __getattr__(self, name: str) -> Any:
                """Read what a kind of agents has of its own."""
    else:
        from mesa.agent import Agent

__all__ = ["Agent", "Model"]
