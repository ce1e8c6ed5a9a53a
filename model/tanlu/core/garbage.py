"""Python's search for garbage: objects that only hold each other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def freeze_objects() -> Iterator[None]:
    """Keep present objects out of the search for garbage.

    It would go through all that was imported again and again.
    This is for the whole of many runs: around each of them, what the one before has left would never be searched. Where
    somebody has set objects apart before, nothing is done: they could only be put back all together.
    """
    if gc.get_freeze_count() > 0:
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
