"""Orders that wait: the most urgent rank first, and within a rank one visitor after the other."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition

from tanlu.pages.workers.orders import Draw, Key, Order, Rank


@dataclass(eq=False)
class Task:
    """An order, who wants it, and what will come of it."""

    order: Order
    number: int  # orders are numbered as they come
    wanted_by: dict[str, Rank] = field(default_factory=dict)
    future: "Future[Draw]" = field(default_factory=Future)
    deaths: int = 0  # of workers that had it
    dropped: bool = False  # while it runs: nobody wants it any more


class Board:
    """The orders of all visitors; every method may be called by any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: dict[Key, Task] = {}
        self._running: dict[Key, Task] = {}
        self._served: dict[str, int] = {}  # visitor -> when one of theirs was last taken
        self._count = 0
        self.is_closed = False  # nothing is taken any more

    def close(self) -> None:
        """Let nothing be taken any more, and wake whoever waits for an order."""
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()

    def add(self, order: Order, rank: Rank, visitor: str) -> "Future[Draw]":
        """Put up an order, or join the visitor to one that is there; return what will come of it."""
        with self._changed:
            task = self._waiting.get(order.key) or self._running.get(order.key)
            if task is None or task.dropped:
                self._count += 1
                task = self._waiting[order.key] = Task(order, self._count)
            task.wanted_by[visitor] = min(rank, task.wanted_by.get(visitor, rank))
            self._changed.notify()
            return task.future

    def take(self, wait_seconds: float) -> Task | None:
        """Return the order whose turn it is, None where none comes in time or the board is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.is_closed or self._waiting, wait_seconds)
            if self.is_closed or not self._waiting:
                return None
            task = min(self._waiting.values(), key=self._turn)
            del self._waiting[task.order.key]
            self._running[task.order.key] = task
            self._count += 1
            for visitor in task.wanted_by:
                self._served[visitor] = self._count
            return task

    def put_back(self, task: Task) -> None:
        """Let an order wait again whose worker has died."""
        with self._changed:
            self._finished(task)
            if not task.dropped:
                self._waiting[task.order.key] = task
                self._changed.notify()

    def done(self, task: Task) -> None:
        """Take down an order that has been carried out, or given up."""
        with self._changed:
            self._finished(task)

    def withdraw(self, visitor: str, *, but: str = "") -> None:
        """Drop what only this visitor wants: nothing of the scenario `but`, and of what runs not the first draw."""
        dropped: list[Task] = []
        with self._changed:
            for task in [*self._waiting.values(), *self._running.values()]:
                if visitor not in task.wanted_by or task.order.scenario == but:
                    continue
                runs = self._running.get(task.order.key) is task
                if but and runs and task.wanted_by[visitor] == Rank.move:
                    continue
                del task.wanted_by[visitor]
                if task.wanted_by:
                    continue
                if runs:
                    task.dropped = True
                else:
                    dropped.append(self._waiting.pop(task.order.key))
            if not but:
                self._served.pop(visitor, None)
        for task in dropped:  # outside, since whoever hears of it may ask for more
            task.future.cancel()

    def ahead_of(self, visitor: str) -> int:
        """Return how many orders come before the first of a visitor that waits; 0 where none does."""
        with self._changed:
            line = sorted(self._waiting.values(), key=self._turn)
            mine = [place for place, task in enumerate(line, 1) if visitor in task.wanted_by]
            return mine[0] if mine else 0

    def _turn(self, task: Task) -> tuple[int, int, int]:
        rank, served = min((rank, self._served.get(who, 0)) for who, rank in task.wanted_by.items())
        return rank, served, task.number

    def _finished(self, task: Task) -> None:
        if self._running.get(task.order.key) is task:
            del self._running[task.order.key]
