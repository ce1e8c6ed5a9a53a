"""Damage every file of compiled kernels, each in three ways, and run: `python -m tests.damaged_caches` (minutes).

A quick test of a few kernels is in tests/test_compilation.py.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import EVERY_KERNEL
from tests.test_compilation import DAMAGES

DIGEST = f"""
import tanlu
print(tanlu.simulate("tanlu:baseline", replications=1, years={EVERY_KERNEL}).manifest["values_sha256"])
"""
WAYS = ("truncated", "emptied", "flipped")


def run(folder: str) -> str:
    """Return the digest of a run that keeps its kernels in a folder; what it says besides must be no traceback."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
    command = [sys.executable, "-c", DIGEST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.strip()


def main() -> None:
    """Run with whole files, then with each damaged in each way."""
    with tempfile.TemporaryDirectory() as folder:
        expected = run(folder)
        files = sorted(Path(folder).rglob("*.nbc"))
        for turn in range(len(WAYS)):
            for i, file in enumerate(files):
                file.write_bytes(DAMAGES[WAYS[(i + turn) % len(WAYS)]](file.read_bytes()))
            assert run(folder) == expected
            assert sorted(Path(folder).rglob("*.nbc")) == files
            print(f"{len(files)} damaged files: {expected[:12]}, as with whole ones", flush=True)


if __name__ == "__main__":
    main()
