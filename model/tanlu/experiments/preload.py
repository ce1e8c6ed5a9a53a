"""What the server of worker processes does before the first of them: it runs the model once.

Each worker is then a copy of a process that has read the model, its kernels and the region pack. A module, because that
is what `multiprocessing` takes.
"""

import gc
from contextlib import suppress

YEARS = (2020, 2026)  # in which every kernel is called


def _run_once() -> None:
    from tanlu.output.result import simulate

    simulate("tanlu:baseline", replications=1, years=YEARS)
    gc.collect()
    gc.freeze()  # what is here stays, and later collections need not look at it


with suppress(Exception):  # workers start cold then, and say themselves what is wrong
    _run_once()
