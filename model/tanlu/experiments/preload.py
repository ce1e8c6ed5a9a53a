"""What the server of worker processes does before the first of them: it runs the model once.

Each worker is then a copy of a process that has read the model, its kernels and the region pack. A module, because that
is what `multiprocessing` takes.
"""

import gc
from contextlib import suppress

from tanlu.experiments.first_run import run_once

with suppress(Exception):  # workers start cold then, and say themselves what is wrong
    run_once()
gc.collect()
gc.freeze()  # what is here stays, and later collections need not look at it
