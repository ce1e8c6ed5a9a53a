"""How many processes the draws of a run are spread over."""

import pickle
import warnings
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

from tanlu.compilation.machine import free_bytes, peak_bytes, usable_cores
from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.executors import can_fork, can_start_processes
from tanlu.output.extension import Source, pieces_of
from tanlu.scenario.schema import Scenario

# Years of all draws together that pay for processes: a plain copy of this one is there at once, while a server of them
# reads and runs the model first, in the time of some 60 years.
FEWEST_YEARS_FOR_COPIES = 60
FEWEST_YEARS_FOR_A_SERVER = 160

type Tell = Callable[[Message], None]


class Draws(NamedTuple):
    """How many draws there are, and how many years all of them have."""

    replications: int
    years: int

    @classmethod
    def from_scenarios(cls, scenarios: Sequence[Scenario]) -> "Draws":
        """Count the draws of scenarios."""
        lengths = [(x.replications, x.years.end - x.years.start + 1) for x in scenarios]
        return cls(sum(count for count, _ in lengths), sum(count * years for count, years in lengths))


def choose_jobs(jobs: int | None, draws: Draws, extensions: Sequence[Source], tell: Tell) -> int:
    """Choose the number of processes.

    If none is asked for, there are as many as draws, cores and free memory allow, but one where the draws are too short
    to pay for more, or where this process or thread is a worker itself. Extensions that no other process can load keep
    the draws in this one.

    Args:
        jobs: what the user asks for, None if nothing.
        draws: what is to be run.
        extensions: with which it is run.
        tell: is called with a message where extensions keep the draws here.
    """
    most = min(draws.replications, jobs if jobs is not None else _allowed(draws))
    if most <= 1 or not can_start_processes():
        return 1
    stuck = next((source for source in extensions if not _can_travel(source)), None)
    if stuck is not None:
        tell(build_message("draws_in_one_process", name=getattr(stuck, "name", str(stuck))))
        return 1
    return most


def warn(message: Message) -> None:
    """Tell somebody who works in Python something that is no error."""
    warnings.warn(message.in_language("en"), stacklevel=3)


def _allowed(draws: Draws) -> int:
    """Compute how many processes cores and memory allow; 1 where they would not pay."""
    if draws.years < (FEWEST_YEARS_FOR_COPIES if can_fork() else FEWEST_YEARS_FOR_A_SERVER):
        return 1
    return int(min(usable_cores(), max(free_bytes() / max(peak_bytes(), 1), 1.0)))


def _can_travel(source: Source) -> bool:
    """Check whether another process can load an extension.

    A plain copy of this process has all that is in it. Others read files and modules, and see no class of a notebook.
    """
    if isinstance(source, str | Path):
        return True
    try:
        pickle.dumps(source)
    except Exception:  # it may hold anything
        return False
    return can_fork() or all(map(_is_in_a_module, pieces_of(source)))


def _is_in_a_module(piece: object) -> bool:
    """Check whether a class or function is in a module that another process finds by its name."""
    name = getattr(piece, "__module__", None) or "__main__"
    return name != "__main__" and PathFinder.find_spec(name.partition(".")[0]) is not None
