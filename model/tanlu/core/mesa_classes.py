"""The two classes of Mesa that the model is built on, imported without what else comes with Mesa.

`import mesa` brings spaces, networkx and scipy: half as much again as numba and pandas take to start. So the code of
these packages of Mesa runs when something of them is first asked for, and they are the packages that it makes them.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from threading import RLock
from types import ModuleType
from typing import Any

_LOCK = RLock()  # one for all, so that two packages that ask for each other never wait for each other
_begun: set[str] = set()


class _OnDemand(ModuleType):
    """A package whose own code runs as soon as a name is asked for that it has not got."""

    def __getattr__(self, name: str) -> Any:
        """Return a name of the package once its code has run."""
        with _LOCK:
            if self.__name__ not in _begun:
                _run(self)
        if name not in vars(self):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return vars(self)[name]


def _run(package: ModuleType) -> None:
    assert package.__spec__ is not None and package.__spec__.loader is not None
    _begun.add(package.__name__)
    try:
        package.__spec__.loader.exec_module(package)
    except BaseException:
        _begun.discard(package.__name__)
        raise


def _put_off(name: str) -> None:
    """Let the code of a package wait, if nobody has imported it: its modules can be imported meanwhile."""
    spec = None if name in sys.modules else find_spec(name)
    if spec is None:
        return
    package = _OnDemand(name)
    package.__spec__, package.__loader__, package.__file__ = spec, spec.loader, spec.origin
    package.__package__, package.__path__ = name, list(spec.submodule_search_locations or ())
    sys.modules[name] = package
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, package)


_put_off("mesa")
_put_off("mesa.experimental")
# To name its loggers Mesa looks up the module and the source of all calls under way: in a thread there are few.
with ThreadPoolExecutor(1) as apart:
    apart.submit(import_module, "mesa.model").result()

from mesa.agent import Agent  # noqa: E402
from mesa.model import Model  # noqa: E402

__all__ = ["Agent", "Model"]
