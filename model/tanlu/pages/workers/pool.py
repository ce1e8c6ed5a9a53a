"""Who carries out orders: a pool of processes, or the caller itself."""

import atexit
import logging
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from threading import Lock, Thread

from tanlu.experiments.executors import warm_processes
from tanlu.pages.workers.board import Board, Task
from tanlu.pages.workers.orders import Draw, Order, OrderError, Rank
from tanlu.pages.workers.process import DiedError, FailedError, TooLongError, Worker
from tanlu.pages.workers.startup import STARTUP

logger = logging.getLogger(__name__)

MOST_DEATHS = 2  # of workers that had the same order, after which it is given up
LOOK_SECONDS = 1.0
END_SECONDS = 10.0


class WorkerPool:
    """Processes that carry out orders, each held by a thread of the server."""

    def __init__(self, workers: int, prepare: Callable[[], object]) -> None:
        """Start them once all is prepared; they are copies of a process that has run the model once."""
        self._board = Board()
        self.workers: list[Worker | None] = [None] * workers
        self._threads: list[Thread] = []
        self._starting = Lock()
        atexit.register(self._board.close)  # before Python ends the processes, whose death is then no fault
        Thread(target=self._begin, args=(prepare,), daemon=True).start()

    def ask(self, order: Order, rank: Rank, visitor: str) -> "Future[Draw]":
        """Return what will come of an order; one that somebody has asked for already is joined."""
        return self._board.add(order, rank, visitor)

    def leave(self, visitor: str, *, but: str = "") -> None:
        """Drop what a visitor has asked for and nobody else wants, but for orders of the scenario `but`."""
        self._board.withdraw(visitor, but=but)

    def ahead_of(self, visitor: str) -> int:
        """Return how many orders come before the first of a visitor that waits; 0 where none does."""
        return self._board.ahead_of(visitor)

    def close(self) -> None:
        """End the processes at once; what waits is not carried out, and what runs is not finished."""
        with self._starting:
            self._board.close()
        for worker in self.workers:
            if worker is not None:
                worker.kill()
        for thread in self._threads:  # each ends its worker, which has perhaps only just begun
            thread.join(END_SECONDS)

    def _begin(self, prepare: Callable[[], object]) -> None:
        """Prepare what processes need, and then start them; orders wait meanwhile."""
        prepare()
        with self._starting:
            if self._board.is_closed:
                return
            context = warm_processes()
            held = range(len(self.workers))
            self._threads += [Thread(target=self._hold, args=(n, context), daemon=True) for n in held]
            for thread in self._threads:
                thread.start()

    def _hold(self, position: int, context: ForkServerContext) -> None:
        """Keep one worker, and hand it one order after the other, until the pool closes."""
        worker = self._start(position, context)
        while not self._board.is_closed:
            task = self._board.take(LOOK_SECONDS)
            if (
                not worker.is_alive and not self._board.is_closed
            ):  # it died at rest, which is no order's fault
                worker = self._start(position, context)
            if task is not None:
                self._carry_out(worker, task)
        worker.end()

    def _start(self, position: int, context: ForkServerContext) -> Worker:
        worker = self.workers[position] = Worker(context)
        STARTUP.finish("processes")
        return worker

    def _carry_out(self, worker: Worker, task: Task) -> None:
        """Hand an order to a worker and see to what comes of it."""
        try:
            draw = worker.carry_out(task.order, lambda: task.dropped)
        except DiedError:
            if not self._board.is_closed:
                logger.warning("a worker died with the order %s", task.order.key)
            task.deaths += 1
            if task.deaths < MOST_DEATHS:
                self._board.put_back(task)
            else:
                self._fail(task, "workers die of it")
            return
        except TooLongError:
            logger.warning("the order %s took too long", task.order.key)
            self._fail(task, "it takes too long")
            return
        except FailedError as failed:
            self._fail(task, str(failed))
            return
        self._board.done(task)
        with suppress(InvalidStateError):
            if draw is None:
                task.future.cancel()
            else:
                task.future.set_result(draw)

    def _fail(self, task: Task, why: str) -> None:
        self._board.done(task)
        with suppress(InvalidStateError):
            task.future.set_exception(OrderError(why))


class Here:
    """Carries out every order at once, in the thread that asks."""

    def __init__(self, answer: Callable[[Order], Draw]) -> None:
        self._answer = answer

    def ask(self, order: Order, rank: Rank, visitor: str) -> "Future[Draw]":
        """Carry out an order."""
        future: Future[Draw] = Future()
        try:
            future.set_result(self._answer(order))
        except Exception as error:
            future.set_exception(error)
        return future

    def leave(self, visitor: str, *, but: str = "") -> None:
        """Do nothing: nothing waits."""

    def ahead_of(self, visitor: str) -> int:
        """Return 0: nothing waits."""
        return 0
