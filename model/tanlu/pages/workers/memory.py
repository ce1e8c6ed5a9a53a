"""When memory that nobody needs any more goes back to the machine."""

import threading
from collections.abc import Callable


class Quiet:
    """Calls `at_rest` once nobody has been there for a while, in a thread of its own."""

    def __init__(self, seconds: float, at_rest: Callable[[], None]) -> None:
        self._seconds, self._at_rest = seconds, at_rest
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """Count from now on."""
        self.end()
        self._timer = threading.Timer(self._seconds, self._at_rest)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Stop counting: somebody is there."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
