"""Write the list of what each kernel is called with: `python -m tests.kernel_signatures` (some minutes)."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

from tanlu.compilation import signatures
from tanlu.compilation.decorators import Kernel

# Together they call every kernel.
SCENARIOS: tuple[object, ...] = (
    *("tanlu:baseline", "tanlu:ccus_push", "tanlu:high_carbon_price"),
    {
        "name": "auctions",
        "region": "two_provinces",
        "years": "2022-2024",
        "policies": {
            "auction": {
                "kind": "renewable_auction",
                "from_year": 2023,
                "volume_twh_per_year": 1,
                "cap_cny_per_mwh": 450,
            }
        },
    },
)


def kernels() -> dict[str, tuple[ModuleType, Kernel]]:
    """Return every kernel of the package by module and name."""
    found = {}
    package = import_module("tanlu.kernels")
    names = [item.name for item in walk_packages(package.__path__, "tanlu.kernels.") if not item.ispkg]
    for name in (*names, "tanlu.core.randomness"):
        module = import_module(name)
        for key, value in vars(module).items():
            if isinstance(value, Kernel) and value.py_func.__module__ == name:
                found[f"{name}.{key}"] = (module, value)
    return found


def seen() -> list[tuple[str, str]]:
    """Return kernel and arguments of all that was called in this process."""
    return [
        (name, signatures.describe(kinds, module))
        for name, (module, kernel) in sorted(kernels().items())
        for kinds in kernel.signatures
    ]


def main() -> None:
    """Run the scenarios with an empty cache, and write what they called."""
    from numba.core import event

    from tanlu.experiments.results import simulate

    seconds = {one.kernel: one.compile_seconds for one in signatures.signatures()}

    class Clock(event.Listener):
        def on_start(self, _) -> None:
            seconds.setdefault("begun", time.process_time())
            seconds["depth"] = seconds.get("depth", 0) + 1

        def on_end(self, told) -> None:
            seconds["depth"] -= 1
            if seconds["depth"] == 0:
                function = told.data["dispatcher"].py_func
                name = f"{function.__module__}.{function.__qualname__}"
                seconds[name] = time.process_time() - seconds.pop("begun")

    event.register("numba:compile", Clock())
    signatures.LIST.write_text(
        ",".join(signatures.COLUMNS) + "\n", encoding="utf-8"
    )  # nothing to compile ahead
    for scenario in SCENARIOS:
        simulate(scenario, replications=1)
    with signatures.LIST.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(signatures.COLUMNS)
        rows = sorted(seen(), key=lambda row: -seconds[row[0]])
        writer.writerows((name, f"{seconds[name]:.1f}", arguments) for name, arguments in rows)


if __name__ == "__main__":
    if "NUMBA_CACHE_DIR" in os.environ:
        main()
    else:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tests.kernel_signatures"]
            root = Path(__file__).parents[1]
            subprocess.run(command, env={**os.environ, "NUMBA_CACHE_DIR": folder}, cwd=root, check=True)
