"""Times works side by side: in every round each has its turn, so that a machine's other work meets all alike."""

import time
from collections.abc import Callable, Mapping

ROUNDS = 9


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of this process that a work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def in_turn(works: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least of what each work says it took, over rounds in which they take turns."""
    taken = [{name: work() for name, work in works.items()} for _ in range(rounds)]
    return {name: min(one[name] for one in taken) for name in works}


def cpu_in_turn(works: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least CPU seconds of each work, over rounds in which they take turns."""
    return in_turn({name: lambda work=work: cpu_seconds(work) for name, work in works.items()}, rounds)
