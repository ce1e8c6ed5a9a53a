"""Tell a page from any thread that there is something new to look at."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import solara
from solara.server.kernel_context import get_current_context, has_current_context


@cache
def _thread() -> ThreadPoolExecutor:
    """Return the thread in which pages are drawn again: several would share Python, and a click wait."""
    return ThreadPoolExecutor(1, "page")


class Notifier:
    """Lets the page that made it be drawn again; told several times before it is, it is drawn once."""

    def __init__(self) -> None:
        self._told = solara.reactive(0)
        self._page = get_current_context() if has_current_context() else None
        self._pending = False
        self._lock = threading.Lock()

    def listen(self) -> None:
        """Let whoever calls this be drawn again from now on."""
        self._told.get()

    def tell(self) -> None:
        """Have the page drawn again, by another thread."""
        with self._lock:
            if self._pending or self._page is None:
                return
            self._pending = True
        _thread().submit(self._draw)

    def tell_in(self, seconds: float) -> None:
        """Have the page drawn again later."""
        timer = threading.Timer(seconds, self.tell)
        timer.daemon = True
        timer.start()

    def _draw(self) -> None:
        with self._lock:
            self._pending = False
        if self._page is None or self._page.closed_event.is_set():
            return
        with self._page:
            self._told.set(self._told.peek() + 1)
