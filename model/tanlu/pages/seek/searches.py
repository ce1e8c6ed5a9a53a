"""The searches of all visitors: one runs at a time, in processes of its own, and the others wait their turn."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tanlu.pages.seek.process import (
    Launch,
    RunningSearch,
    SearchFault,
    SearchFindings,
    SearchMessage,
    SearchNews,
    SearchRequest,
)
from tanlu.pages.workers.failures import log_failure
from tanlu.pages.workers.kept import TELL_SECONDS

WAITING, RUNNING, STOPPED, ENDED, FAILED = "waiting", "running", "stopped", "ended", "failed"


class SearchStanding(NamedTuple):
    """How far a visitor's search is."""

    text: str  # of the problem
    state: str
    ahead: int = 0  # searches that come before
    news: SearchNews = SearchNews()
    seconds_a_run: float = 0.0  # zero where none is known
    findings: SearchFindings | None = None
    fault: SearchFault | None = None
    failure: str = ""  # number under which it is logged


@dataclass(eq=False)
class QueuedSearch:
    """A search, and who waits for it."""

    request: SearchRequest
    visitors: dict[str, Callable[[], None]] = field(default_factory=dict)
    state: str = WAITING
    news: SearchNews = field(default_factory=SearchNews)
    ending: SearchFindings | SearchFault | None = None
    failure: str = ""
    process: RunningSearch | None = None
    begun: float = 0.0
    told: float = 0.0

    def standing(self, ahead: int) -> SearchStanding:
        """Say how far it is."""
        elapsed = time.monotonic() - self.begun if self.begun else 0.0
        pace = elapsed / self.news.new_runs if self.news.new_runs else 0.0
        findings = self.ending if isinstance(self.ending, SearchFindings) else None
        fault = self.ending if isinstance(self.ending, SearchFault) else None
        return SearchStanding(
            self.request.text, self.state, ahead, self.news, pace, findings, fault, self.failure
        )


class Searches:
    """The searches of all visitors; every method may be called by any thread."""

    def __init__(self, launch: Launch, folder: Path, workers: int) -> None:
        """Take what starts a search, the folder of stores, and how many processes a search has."""
        self._launch, self._folder, self._workers = launch, folder, workers
        self._lock = threading.RLock()
        self._queue: list[QueuedSearch] = []
        self._running: QueuedSearch | None = None
        self._wishes: dict[str, QueuedSearch] = {}
        self._stopped: dict[str, SearchStanding] = {}

    def ask(self, visitor: str, text: str, region: str, changed: Callable[[], None]) -> None:
        """Search in place of what the visitor searched for before; who asks for the same shares one search."""
        with self._lock:
            wish = self._wishes.get(visitor)
            if wish is not None and wish.request.text == text and wish.state in (WAITING, RUNNING):
                return
            self.leave(visitor)
            request = SearchRequest(text, region, self._folder, self._workers)
            open_searches = [*self._queue, *([self._running] if self._running else ())]
            search = next((other for other in open_searches if other.request == request), None)
            if search is None:
                search = QueuedSearch(request)
                self._queue.append(search)
            search.visitors[visitor] = changed
            self._wishes[visitor] = search
            self._go_on()

    def look(self, visitor: str) -> SearchStanding | None:
        """Say how far the visitor's search is, None where he has none."""
        with self._lock:
            if visitor in self._stopped:
                return self._stopped[visitor]
            search = self._wishes.get(visitor)
            return None if search is None else search.standing(self._ahead_of(search))

    def stop(self, visitor: str) -> None:
        """Stop the visitor's search; what it has shown stays, and its store keeps what ran."""
        with self._lock:
            search = self._wishes.get(visitor)
            if search is None or search.state not in (WAITING, RUNNING):
                return
            standing = search.standing(0)._replace(state=STOPPED)
            self.leave(visitor)
            self._stopped[visitor] = standing

    def leave(self, visitor: str) -> None:
        """Forget a visitor; a search that nobody else waits for ends."""
        with self._lock:
            self._stopped.pop(visitor, None)
            search = self._wishes.pop(visitor, None)
            if search is None:
                return
            search.visitors.pop(visitor, None)
            if search.visitors:
                return
            if search in self._queue:
                self._queue.remove(search)
                self._tell_of_places()
            elif search is self._running:
                search.state, self._running = STOPPED, None
                if search.process is not None:
                    search.process.end()
            self._go_on()

    def _ahead_of(self, search: QueuedSearch) -> int:
        return self._queue.index(search) + 1 if search in self._queue else 0

    def _go_on(self) -> None:
        """Start the search whose turn it is, and tell all who have moved up."""
        if self._running is not None or not self._queue:
            return
        while self._running is None and self._queue:
            search = self._running = self._queue.pop(0)
            search.state, search.begun = RUNNING, time.monotonic()
            search.process = self._launch(search.request, partial(self._hear, search))
            if search.state != RUNNING:
                self._running = None
        if self._running is not None:
            _tell(self._running)
        self._tell_of_places()

    def _tell_of_places(self) -> None:
        """Tell all who wait that they have moved up."""
        for search in self._queue:
            _tell(search)

    def _hear(self, search: QueuedSearch, message: SearchMessage) -> None:
        """Take what a search tells; the last message of one lets the next begin."""
        now = time.monotonic()
        with self._lock:
            if search.state != RUNNING or search is not self._running:
                return  # it was ended meanwhile
            is_step = not isinstance(message, SearchNews) or message.steps != search.news.steps
            if isinstance(message, SearchNews):
                search.news = message
            else:
                self._end(search, message)
            if is_step or now - search.told >= TELL_SECONDS:
                search.told = now
                _tell(search)

    def _end(self, search: QueuedSearch, message: SearchFindings | SearchFault) -> None:
        search.ending = message
        search.state = ENDED if isinstance(message, SearchFindings) else FAILED
        if isinstance(message, SearchFault) and message.trace:
            search.failure = log_failure("search", message.trace, RuntimeError("a search failed"))
        if search.process is not None:  # else it ended at once, and whoever starts searches goes on
            self._running = None
            self._go_on()


def _tell(search: QueuedSearch) -> None:
    for changed in search.visitors.values():
        changed()
