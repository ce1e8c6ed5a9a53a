"""What a server that starts still waits for, and since when."""

import os
from time import monotonic

STEPS = ("code", "processes")  # in the order in which they end; after them the first answer is computed
FIRST_ANSWER = "first_answer"
BUSY_PROGRAMS_A_PROCESSOR = 1.5  # workers alone make 1.0


class Startup:
    """Keeps which steps of a start are over."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._passed: set[str] = set()

    def finish(self, step: str) -> None:
        """Note that a step is over, here or in another thread before."""
        self._passed.add(step)

    @property
    def step(self) -> str:
        """The first step that is not over."""
        return next((step for step in STEPS if step not in self._passed), FIRST_ANSWER)

    @property
    def seconds(self) -> int:
        """How long ago the start began."""
        return round(monotonic() - self._began)


def busy_programs(processors: int) -> int:
    """Count programs that want a processor, a mean over one minute; 0 where there are enough for all."""
    if not hasattr(os, "getloadavg"):  # Windows does not say
        return 0
    programs = os.getloadavg()[0]
    return round(programs) if programs > BUSY_PROGRAMS_A_PROCESSOR * processors else 0


STARTUP = Startup()
