"""The server of processes of `multiprocessing`, for processes that do not read the script that started them."""

import sys
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any


class WarmProcess(ForkServerProcess):
    """A process that knows nothing of the script that started it.

    `multiprocessing` would run a script again that has no `if __name__ == "__main__"`, in each process.
    """

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 (its name there)
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return ForkServerProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = script


class WarmContext(ForkServerContext):
    """The server of processes, for processes without a script."""

    Process = WarmProcess
