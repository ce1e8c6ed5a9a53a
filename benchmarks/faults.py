"""Batches that are killed and stores and results that are damaged: what is found, lost and mended.

python -m benchmarks.faults kills [COUNT]     kill -9 of the process that hands out points, or of a worker, in turn
python -m benchmarks.faults damage [COUNT]    bit flips, a quarter as many truncations, of parts and result folders
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

from tanlu.experiments.engine import missing_points, run_batch
from tanlu.experiments.executors import PRELOADED, Pool, pool_of
from tanlu.experiments.plans import Plan, load_experiment
from tanlu.experiments.results import simulate
from tanlu.experiments.store import QUARANTINE, Store, StoreContents
from tanlu.output.checking import problems_of, replace_folder, scenario_in
from tanlu.output.folder import read_manifest

ROOT = Path(__file__).resolve().parent.parent
POINTS = 24
FILE = f"""experiment: faults
base: {{extends: two_provinces.yaml, years: 2024-2026, world: {{hydrology: bootstrap}}}}
replications: {POINTS}
outcomes: {{emitted: {{variable: Emissions|CO2, sum: 2024-2026}}}}
keep: {{indicators: [Emissions|CO2, Price|Electricity|Wholesale]}}
"""


def plan_in(folder: Path) -> Plan:
    """Return a batch of short runs of the small pack."""
    shutil.copy(ROOT / "tests" / "two_provinces.yaml", folder)
    file = folder / "faults.yaml"
    file.write_text(FILE)
    return load_experiment(file)


def run_here(plan: Plan, out: Path) -> None:
    """Run a batch in one process, chunk by chunk; a process that is killed calls this."""
    store = plan.store(out)
    with pool_of() as pool:
        for _ in run_batch(plan.batch, store, pool, 2):
            pass


@contextmanager
def killing(pool: Pool, seconds: float, kills: Counter[str]) -> Iterator[None]:
    """Kill one of the pool's workers at a random moment."""

    def strike() -> None:
        time.sleep(random.uniform(0.0, seconds))
        processes = dict(getattr(pool._executor, "_processes", None) or {})
        if processes:
            with suppress(ProcessLookupError):
                os.kill(random.choice(list(processes)), signal.SIGKILL)
                kills["workers"] += 1

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def finished_parts(store: Store) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in store.runs.glob("part-*.parquet")}


def kill_parent(plan: Plan, out: Path, seconds: float, kills: Counter[str]) -> None:
    process = get_context("forkserver").Process(target=run_here, args=(plan, out))
    process.start()
    process.join(random.uniform(0.1, seconds))
    if process.exitcode is None:
        process.kill()
        kills["parents"] += 1
    process.join()


def kills(count: int) -> None:
    """Kill batches until `count` processes have died, and compare each with one that nobody disturbed."""
    get_context("forkserver").set_forkserver_preload(PRELOADED)
    struck, found = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        plan = plan_in(Path(scratch))
        plan.store(Path(scratch) / "whole").begin(plan.describe())
        began = time.perf_counter()
        run_here(plan, Path(scratch) / "whole")
        seconds = time.perf_counter() - began
        expected = plan.store(Path(scratch) / "whole").read().digest
        while struck.total() < count:
            out = Path(scratch) / f"batch{found['batches']}"
            stored = _struck(plan, out, seconds, struck, found)
            found["batches"] += 1
            found["wrong digests"] += stored.digest != expected
            found["unreadable parts"] += len(stored.bad)
            shutil.rmtree(out)
    print(f"{struck.total()} kills -9 ({dict(struck)}) in {found['batches']} batches of {POINTS} points")
    for name in ("wrong digests", "unreadable parts", "lost finished parts"):
        print(f"{name}: {found[name]}")


def _struck(
    plan: Plan, out: Path, seconds: float, struck: Counter[str], found: Counter[str]
) -> StoreContents:
    store = plan.store(out)
    store.begin(plan.describe())
    while missing_points(plan.batch, store.read()):
        before = finished_parts(store)
        if found["batches"] % 2:
            with pool_of(jobs=2) as pool, killing(pool, seconds, struck):
                for _ in run_batch(plan.batch, store, pool, 2):
                    pass
        else:
            kill_parent(plan, out, seconds, struck)
        after = finished_parts(store)
        found["lost finished parts"] += sum(after.get(name) != raw for name, raw in before.items())
    return store.read()


def harmed(file: Path, draw: random.Random, *, cut: bool) -> None:
    raw = bytearray(file.read_bytes())
    at = draw.randrange(len(raw))
    if cut:
        file.write_bytes(raw[:at])
        return
    raw[at] ^= 1 << draw.randrange(8)
    file.write_bytes(raw)


def damage(count: int) -> None:
    """Flip `count` bits, in parts of a store and in a result folder in turn, and cut a quarter as many files."""
    found = Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        plan = plan_in(Path(scratch))
        store = plan.store(Path(scratch) / "whole")
        store.begin(plan.describe())
        run_here(plan, Path(scratch) / "whole")
        result = simulate(next(iter(plan.arms.values())))
        folder = result.save(Path(scratch) / "results")
        for number in range(count + count // 4):
            draw, cut = random.Random(number), number >= count
            harm: Callable[..., None] = _harm_part if number % 2 else _harm_result
            harm((plan, store) if number % 2 else (folder,), draw, cut, found)
    print(f"{count} bit flips and {count // 4} truncations: {dict(found)}")


def _harm_part(where: tuple[Plan, Store], draw: random.Random, cut: bool, found: Counter[str]) -> None:
    plan, store = where
    expected = store.read().digest
    harmed(draw.choice(sorted(store.runs.glob("part-*"))), draw, cut=cut)
    found["parts found"] += len(store.read().damaged) == 1
    with pool_of() as pool:
        for _ in run_batch(plan.batch, store, pool, 2):
            pass
    found["parts mended"] += store.read().digest == expected and not store.read().bad
    shutil.rmtree(store.folder / QUARANTINE, ignore_errors=True)


def _harm_result(where: tuple[Path], draw: random.Random, cut: bool, found: Counter[str]) -> None:
    (folder,) = where
    expected = read_manifest(folder)["values_sha256"]
    harmed(draw.choice(sorted(file for file in folder.rglob("*") if file.is_file())), draw, cut=cut)
    found["results found"] += bool(problems_of(folder))
    if problems_of(folder):
        replace_folder(folder, simulate(scenario_in(folder)))
    found["results mended"] += not problems_of(folder) and read_manifest(folder)["values_sha256"] == expected
    shutil.rmtree(folder.parent / QUARANTINE, ignore_errors=True)


if __name__ == "__main__":
    what, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50
    {"kills": kills, "damage": damage}[what](count)
