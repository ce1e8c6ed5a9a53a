"""Compile the kernels of the Python that runs this for any processor of x86-64-v3, into a folder for the wheel."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

PROCESSOR = "x86-64-v3"  # of 2013 and later; others compile in their first run
FEATURES = (
    "64bit avx avx2 bmi bmi2 cmov crc32 cx16 cx8 f16c fma fxsr lzcnt mmx movbe popcnt sahf "
    "sse sse2 sse3 sse4.1 sse4.2 ssse3 xsave"
)
TARGET = "from numba.core.registry import cpu_target as t; print(*t.target_context.codegen().magic_tuple(), sep='\\n')"


def main(folder: Path) -> None:
    """Compile, and say for which processors that is."""
    if platform.machine() != "x86_64":
        print("this machine cannot compile for x86-64: the wheel brings nothing for this Python")
        return
    folder.mkdir(parents=True, exist_ok=True)
    features = ",".join(f"+{name}" for name in FEATURES.split())
    given = {
        "NUMBA_CACHE_DIR": str(folder.resolve()),
        "NUMBA_CPU_NAME": PROCESSOR,
        "NUMBA_CPU_FEATURES": features,
    }
    environment = {**os.environ, **given}
    subprocess.run([sys.executable, "-P", "-m", "tanlu.cli.main", "warm"], env=environment, check=True)
    command = [sys.executable, "-c", TARGET]
    told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    (folder / "target.json").write_text(json.dumps(told.stdout.splitlines()) + "\n", encoding="utf-8")
    for lock in folder.rglob("*.lock"):
        lock.unlink(missing_ok=True)  # the other Python's, too


if __name__ == "__main__":
    main(Path(sys.argv[1]))
