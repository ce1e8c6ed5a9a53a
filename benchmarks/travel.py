"""Models sent to another process in the middle of their runs: do they live on to the digest of the whole run?

Run with `python -m benchmarks.travel [SCENARIO ...]` from the project's root; without a name seven shipped scenarios.
A worker that is started anew, not copied, gets the models of some years as bytes. The digest is of every table, and of
every number of the yearly records.
"""

import hashlib
import multiprocessing
import pickle
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from benchmarks.processes import ROOT
from tanlu.output.extension import TABLES
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run

YEARS = (2025, 2030, 2035, 2050)
SCENARIOS = (
    *("baseline", "dual_carbon", "ccus_push", "cement_hubs_anchored"),
    *("firm_capacity", "green_finance", "provinces_review"),
)


def _leaves(value: object) -> Iterator[object]:
    """Yield what is in tuples and mappings, inmost."""
    parts = value.values() if hasattr(value, "values") else value
    if isinstance(value, dict | tuple) or hasattr(value, "items"):
        for part in parts:  # type: ignore[attr-defined]
            yield from _leaves(part)
    else:
        yield value


def run_digest(run: Run) -> str:
    """Return a digest of all tables and records of a run."""
    total = hashlib.sha256()
    tables = {name: getattr(run, name)() for name in TABLES[1:]} | run.own_tables()
    for name, columns in tables.items():
        if columns is not None:
            total.update(
                name.encode() + pd.util.hash_pandas_object(pd.DataFrame(columns)).to_numpy().tobytes()
            )
    for value in _leaves(run.record):
        total.update(np.ascontiguousarray(np.asarray(value)).tobytes())
    return total.hexdigest()


def live_on(content: bytes) -> tuple[str, float]:
    """Live through the rest of a model's years; return its digest and the seconds of reading it."""
    started = time.process_time()
    model: RegionModel = pickle.loads(content)
    seconds = time.process_time() - started
    return run_digest(model.run()), seconds


def main(names: tuple[str, ...]) -> None:
    print(f"{'scenario':22}{'year':>6}{'MiB':>7}{'written, ms':>13}{'read, ms':>10}  digest")
    equal = []
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        for name in names:
            scenario = with_settings(load(ROOT / "scenarios" / f"{name}.yaml"), replications=1)
            model = RegionModel(Inputs(scenario, load_region(scenario.region)))
            sent: dict[int, tuple[bytes, float]] = {}
            while model.running:
                model.step()
                if model.year in YEARS:
                    started = time.process_time()
                    content = pickle.dumps(model)
                    sent[model.year] = content, time.process_time() - started
            whole = run_digest(model.run())
            for year, (content, written) in sent.items():
                digest, read = pool.submit(live_on, content).result()
                equal.append(digest == whole)
                size = len(content) / 2**20
                told = "equal" if equal[-1] else f"{digest[:12]}, not {whole[:12]}"
                print(
                    f"{name:22}{year:6}{size:7.1f}{1e3 * written:13.0f}{1e3 * read:10.0f}  {told}", flush=True
                )
    print(f"{sum(equal)} of {len(equal)} go on to the digest of the whole run")
    sys.exit(not all(equal))


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or SCENARIOS)
