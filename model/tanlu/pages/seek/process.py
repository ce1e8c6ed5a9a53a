"""A search in processes of its own, and the server's hold on it."""

import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, Protocol

from tanlu.core.plain_rows import plain_row
from tanlu.core.words.messages import Message
from tanlu.experiments.executors import BatchError, Pool, begin, can_fork, warm_processes
from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.pages.export import as_text, csv_text

BEHIND = 19  # steps that a search stands behind the server; workers that answer moves stand behind by ten


class SearchRequest(NamedTuple):
    """A search to run."""

    text: str  # of the experiment file
    region: str
    folder: Path  # of the stores of experiments
    workers: int


class SearchedPoint(NamedTuple):
    """A point on the way: its levers, and its outcomes over the draws that it has run."""

    levers: Mapping[str, float]
    means: tuple[float, ...]  # NaN where a run failed
    half_widths: tuple[float, ...]  # NaN unless it ran in all draws of the search
    draws: int
    is_feasible: bool
    is_on_front: bool


class SearchNews(NamedTuple):
    """How far a search is, after a step or after a run."""

    steps: int = 0
    stage: str = ""  # of the last step
    runs: int = 0  # done, stored ones included
    new_runs: int = 0
    points: tuple[SearchedPoint, ...] = ()


class SearchFindings(NamedTuple):
    """What a search ended with."""

    rows: tuple[Mapping[str, Any], ...]  # of the finalists, as in the table of the command
    obstacles: tuple[tuple[str, int, float], ...]  # bound, point, and its margin below zero
    packages: Mapping[int, Mapping[str, Any]]  # scenarios of finalists as plain data, by number of the point
    units: Mapping[str, str]  # by outcome
    levers: tuple[str, ...]
    draws: int  # that judged each finalist
    runs: int  # done, stored ones included
    points: int  # tried
    ending: str
    digest: str
    failures: int
    front_csv: str


class SearchFault(NamedTuple):
    """Why a search could not go on: faults of its file, a reason for people, or a trace for the log."""

    findings: tuple[Finding, ...] = ()
    reason: Message | None = None
    trace: str = ""


type SearchMessage = SearchNews | SearchFindings | SearchFault


class RunningSearch(Protocol):
    """A search that can be ended."""

    def end(self) -> None:
        """End it at once; its store keeps what ran."""


type Launch = Callable[[SearchRequest, Callable[[SearchMessage], None]], RunningSearch]


class SearchProcess:
    """A process that searches, and a thread of the server that hears of it."""

    def __init__(
        self, request: SearchRequest, hear: Callable[[SearchMessage], None], behind: int = BEHIND
    ) -> None:
        """Start it; `hear` is called by the thread with each message, the last of which says how it ended."""
        context = warm_processes()
        self._messages, theirs = context.Pipe(duplex=False)
        # No daemon: it has processes of its own. It ends with the server, whose end it waits for.
        self._process = context.Process(target=serve_search, args=(theirs, request, behind), daemon=False)
        self._process.start()
        theirs.close()
        self._is_ended = False
        Thread(target=self._listen, args=(hear,), daemon=True).start()

    def end(self) -> None:
        """End it at once; its store keeps what ran."""
        self._is_ended = True
        self._process.kill()

    def _listen(self, hear: Callable[[SearchMessage], None]) -> None:
        is_over = False
        with suppress(EOFError, OSError):
            while not is_over:
                message = self._messages.recv()
                is_over = not isinstance(message, SearchNews)
                if not self._is_ended:
                    hear(message)
        self._process.join()
        self._messages.close()
        if not is_over and not self._is_ended:
            hear(SearchFault(trace="its process died"))


def serve_search(messages: "Connection[Any, Any]", request: SearchRequest, behind: int) -> None:
    """Search in this process and those that it starts, and tell the server how it goes."""
    os.nice(behind)  # as all that are forked from here
    pool = Pool(lambda: warm_copies(request.workers), request.workers)
    pool.submit(abs, 0).result()  # copies are made while this process has one thread
    begin()
    with suppress(EOFError, OSError):
        try:
            messages.send(run_request(request, pool, messages.send))
        finally:
            pool.close()


def warm_copies(workers: int) -> Executor:
    """Start processes that are copies of this one, which is warm; later ones come from the server of processes."""
    context = get_context("fork") if can_fork() else warm_processes()
    return ProcessPoolExecutor(workers, mp_context=context, initializer=begin)


def run_request(request: SearchRequest, pool: Pool, tell: Callable[[SearchNews], None]) -> SearchMessage:
    """Run a search to its end; what comes back says how it ended."""
    try:
        return _search(request, pool, tell)
    except ScenarioError as error:
        return SearchFault(findings=tuple(error.findings))
    except BatchError as error:
        return SearchFault(reason=error.message)
    except Exception:
        return SearchFault(trace=traceback.format_exc())


def _search(request: SearchRequest, pool: Pool, tell: Callable[[SearchNews], None]) -> SearchFindings:
    from tanlu.experiments.designs import rows_at
    from tanlu.experiments.search.course import SearchStep, TriedPoints
    from tanlu.experiments.search.main import SearchWatch, run_search
    from tanlu.pages.seek.problems import read_problem

    plan = read_problem(request.text, request.region)
    news, new_runs, since = SearchNews(), 0, 0

    def searched(tried: TriedPoints) -> tuple[SearchedPoint, ...]:
        levers = rows_at(tried.places, plan.inputs, 1)
        columns = (levers, *(column.tolist() for column in tried[1:]))
        return tuple(
            SearchedPoint(dict(row), tuple(means), tuple(widths), draws, feasible, on_front)
            for row, means, widths, draws, feasible, on_front in zip(*columns, strict=True)
        )

    def take_step(step: SearchStep) -> None:
        nonlocal news, since
        since = 0
        points = searched(step.tried_points)
        news = SearchNews(news.steps + 1, step.stage, step.runs, new_runs, points)
        tell(news)

    def take_part(batch: Any, receipt: Any) -> None:
        nonlocal new_runs, since
        new_runs += len(receipt.points)
        # a step counts all runs of the reference from the beginning on
        since += sum(not news.stage or any(role.row for role in record.roles) for record in receipt.points)
        tell(news._replace(runs=news.runs + since, new_runs=new_runs))

    answer = run_search(plan, plan.store(request.folder), pool, SearchWatch(take_step, take_part))
    units = plan.find_units()
    table = answer.front()
    return SearchFindings(
        rows=tuple(plain_row(row) for row in table.to_dict("records")),
        obstacles=tuple((bound, point, float(margin)) for bound, point, margin in answer.obstacles()),
        packages={int(point): _package(answer, int(point)) for point in table.get("point", ())},
        units=units,
        levers=tuple(input.name for input in plan.inputs),
        draws=answer.problem.draws,
        runs=answer.runs_done,
        points=len(answer.findings.places),
        ending=answer.findings.ending,
        digest=answer.digest,
        failures=sum(bool(drawn.failure) for drawn in answer.draw_outcomes),
        front_csv=csv_text([table.columns, *map(_cells, table.itertuples(index=False))]),
    )


def _cells(row: Sequence[Any]) -> list[Any]:
    return [as_text(cell) if isinstance(cell, str) else cell for cell in row]


def _package(answer: Any, point: int) -> dict[str, Any]:
    from tanlu.scenario.schema import plain_scenario

    return plain_scenario(answer.scenario(point))
