"""A worker: a process that carries out one order after the other, and the server's hold on it."""

import os
import traceback
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_int64
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from typing import Any

from tanlu.core.garbage import give_back
from tanlu.pages.workers.orders import Draw, Order


class Dropped(BaseException):
    """Raised inside a run that nobody waits for any more; no model catches it."""


class DiedError(Exception):
    """The worker has died while it had an order."""


class TooLongError(Exception):
    """The order has taken too long; its worker was ended."""


class FailedError(Exception):
    """The order could not be carried out; says why."""


class Worker:
    """One process, as the server holds it: used by one thread."""

    def __init__(self, context: ForkServerContext) -> None:
        self._stop: Any = context.RawValue(c_int64, 0)  # number of the order that is to stop
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self._stop), daemon=True)
        self._process.start()
        theirs.close()
        self._number = 0

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process.is_alive()

    def carry_out(self, order: Order, dropped: Callable[[], bool]) -> Draw | None:
        """Return what an order gave, None if it was dropped on the way.

        Raises:
            DiedError, TooLongError: after which the worker is no more.
            FailedError: if the order cannot be carried out.
        """
        self._number += 1
        try:
            self._orders.send((self._number, order))
            told = self._wait(dropped, order.longest_seconds)
        except (EOFError, OSError) as error:
            self.end()
            raise DiedError from error
        if isinstance(told, str):
            raise FailedError(told)
        return told

    def _wait(self, dropped: Callable[[], bool], longest_seconds: float) -> Draw | str | None:
        for _ in range(int(longest_seconds / WATCH_SECONDS)):
            ready = wait([self._orders, self._process.sentinel], WATCH_SECONDS)
            if self._orders in ready:
                told: Draw | str | None = self._orders.recv()
                return told
            if ready:
                raise EOFError
            if dropped():
                self._stop.value = self._number
        self.end()
        raise TooLongError

    def kill(self) -> None:
        """End the process, as any thread may; whoever waits for it learns that it died."""
        self._process.kill()

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._orders.close()


WATCH_SECONDS = 0.05  # how soon a drop is seen
BEHIND = 10  # steps that workers stand behind the server, which answers clicks while they run


def serve(orders: "Connection[Any, Any]", stop: Any) -> None:
    """Carry out orders until the server is gone."""
    from tanlu.experiments.executors import begin

    begin()
    os.nice(BEHIND)
    from tanlu.pages.workers.answering import answer

    with suppress(EOFError, OSError):
        while True:
            number, order = orders.recv()
            orders.send(_told(answer, order, number, stop))
            give_back()


def _told(
    answer: Callable[[Order, Callable[[int, int], None]], Draw], order: Order, number: int, stop: Any
) -> Draw | str | None:
    """Return what an order gave, None where it was stopped, or why it failed."""

    def go_on(_: int, __: int) -> None:
        if stop.value == number:
            raise Dropped

    try:
        return answer(order, go_on)
    except Dropped:
        return None
    except Exception:
        return traceback.format_exc()
