"""What is kept of draws that no page shows whole: reduced as they come, those unused for longest given up."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from tanlu.pages.workers.failures import log_failure
from tanlu.pages.workers.orders import Draw, Key, Order, Rank, Workers

TELL_SECONDS = 1.0  # how often at most a page hears how far its orders are


class Weighed(Protocol):
    """A value that knows about how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Return how many bytes it takes."""


@dataclass(eq=False)
class Wish:
    """What a visitor waits for, and how to tell him that there is more of it."""

    topic: str
    changed: Callable[[], None]
    waiting: set[Key] = field(default_factory=set)
    failure: str = ""  # number under which it is logged
    told: float = 0.0


class KeptDraws[T: Weighed]:
    """The reduced draws of many scenarios, for all visitors; every method may be called by any thread."""

    def __init__(
        self,
        workers: Workers,
        rank: Rank,
        there: Callable[[Key], Draw | None],
        reduce: Callable[[Draw], T],
        bytes_kept: int,
    ) -> None:
        """Take who carries orders out, a look at draws that are there whole already, and what is kept of one."""
        self._workers, self._rank, self._there, self._reduce = workers, rank, there, reduce
        self._bytes_kept, self._bytes = bytes_kept, 0
        self._lock = threading.RLock()
        self._values: OrderedDict[Key, T] = OrderedDict()
        self._asked: dict[Key, Future[Draw]] = {}
        self._wishes: dict[str, Wish] = {}

    def look(self, key: Key) -> T | None:
        """Return what is kept of a draw, None where it has not come or was given up."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            draw = self._there(key)
            return None if draw is None else self._keep(key, draw)

    def ask(self, visitor: str, topic: str, orders: Sequence[Order], changed: Callable[[], None]) -> str:
        """Ask for orders that are not there, in place of what the visitor asked before; return a failure's number.

        A topic that failed is not asked for again until the visitor has asked for another. `changed` is called when
        all are there, and about once a second before.
        """
        with self._lock:
            wish = self._wishes.get(visitor)
            if wish is None or wish.topic != topic:
                wish = self._wishes[visitor] = Wish(topic, changed)
            if wish.failure:
                return wish.failure
            wish.waiting, wish.told = {order.key for order in orders}, time.monotonic()
        for order in orders:
            self._order(order, visitor)
        return wish.failure

    def leave(self, visitor: str) -> None:
        """Forget a visitor; what he asked for the workers drop."""
        with self._lock:
            self._wishes.pop(visitor, None)

    def forget(self) -> None:
        """Give up all that is kept."""
        with self._lock:
            self._values.clear()
            self._bytes = 0

    def _order(self, order: Order, visitor: str) -> None:
        future = self._workers.ask(order, self._rank, visitor)
        with self._lock:
            if self._asked.get(order.key) is future:
                return
            self._asked[order.key] = future
        if future.done():
            self._arrived(order.key, future)
        else:
            future.add_done_callback(lambda done: self._arrived_later(order.key, done))

    def _arrived(self, key: Key, future: "Future[Draw]") -> list[Wish]:
        """Keep what has come; return the wishes that it is part of."""
        with self._lock:
            if self._asked.get(key) is future:
                del self._asked[key]
            if future.cancelled():
                return []
            wishes = [wish for wish in self._wishes.values() if key in wish.waiting]
            error = future.exception()
            if error is None:
                self._keep(key, future.result())
            else:
                number = log_failure("model", key, error)
                for wish in wishes:
                    wish.failure = number
            for wish in wishes:
                wish.waiting.discard(key)
            return wishes

    def _arrived_later(self, key: Key, future: "Future[Draw]") -> None:
        now = time.monotonic()
        for wish in self._arrived(key, future):
            if wish.failure or not wish.waiting or now - wish.told >= TELL_SECONDS:
                wish.told = now
                wish.changed()

    def _keep(self, key: Key, draw: Draw) -> T:
        values = self._values[key] = self._reduce(draw)
        self._bytes += values.nbytes
        while self._bytes > self._bytes_kept and len(self._values) > 1:
            self._bytes -= self._values.popitem(last=False)[1].nbytes
        return values
