"""What the processes of one session of tests share: turns, and what one of them made for all."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

FOLDER: list[Path] = []  # where records of this session are; none if there is one process only


@contextmanager
def held(file: Path, how: int = LOCK_EX) -> Iterator[None]:
    """Hold a lock that the processes of this session share; a process that ends gives it back."""
    with file.open("w") as opened:
        flock(opened, how)
        try:
            yield
        finally:
            flock(opened, LOCK_UN)  # a child may hold the file open


def made_once[T](name: str, make: Callable[[], T]) -> T:
    """Return what some process of this session made under a name, else make it for all of them."""
    if not FOLDER:
        return make()
    file = FOLDER[0] / name
    with held(file.with_suffix(".lock")):
        if file.exists():
            return pickle.loads(file.read_bytes())
        made = make()
        file.write_bytes(pickle.dumps(made))
        return made
