"""What a visitor may do in the room of goal seeking; whatever his browser sends is looked at first."""

from collections.abc import Callable, Mapping

import solara

from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.pages.builder.actions import Builder
from tanlu.pages.seek.offers import shipped_problem
from tanlu.pages.seek.problems import change_problem, read_problem, sound_problem
from tanlu.pages.seek.searches import Searches, SearchStanding
from tanlu.pages.workers.notifier import Notifier


class SeekDesk:
    """The problem of one visitor, and his search."""

    def __init__(self, searches: Searches, builder: Builder, visitor: str, problem: str) -> None:
        """Begin with the problem of an address, or the shipped one."""
        self.problem = solara.reactive(problem or shipped_problem())
        self.faults: solara.Reactive[tuple[Finding, ...]] = solara.reactive(())
        self.opened = solara.reactive(0)  # number of the point that was opened last
        self._searches, self._builder, self._visitor = searches, builder, visitor
        self._notifier = Notifier()

    @property
    def region(self) -> str:
        """The only region that a problem may name."""
        return self._builder.scenarios.baseline.region

    def act(self, asked: object) -> None:
        """Do one of the things that a browser may ask for by name: `{"do": name, "with": what it needs}`."""
        known: dict[str, Callable[[object], None]] = {
            "search": self.search,
            "stop": self.stop,
            "open": self.open,
            "read": self.read,
            "reset": self.reset,
            "change": self.change,
        }
        name = asked.get("do") if isinstance(asked, Mapping) else None
        if isinstance(asked, Mapping) and isinstance(name, str) and name in known:
            known[name](asked.get("with"))

    def search(self, _: object = None) -> None:
        """Search for the problem on the page."""
        try:
            read_problem(self.problem.value, self.region)
        except ScenarioError as error:
            self.faults.set(tuple(error.findings))
            return
        self.opened.set(0)
        self._searches.ask(self._visitor, self.problem.value, self.region, self._notifier.tell)
        self._notifier.tell()

    def stop(self, _: object = None) -> None:
        """Stop the search; what it has shown stays."""
        self._searches.stop(self._visitor)
        self._notifier.tell()

    def standing(self) -> SearchStanding | None:
        """Say how far the search is, None where there is none; whoever asks is drawn again as it goes on."""
        self._notifier.listen()
        return self._searches.look(self._visitor)

    def open(self, point: object) -> None:
        """Open a finalist as a package in the builder, by its number."""
        standing = self._searches.look(self._visitor)
        findings = standing.findings if standing is not None else None
        if findings is not None and isinstance(point, int) and point in findings.packages:
            self._builder.fill(findings.packages[point])
            self.opened.set(point)

    def change(self, wish: object) -> None:
        """Change the problem: `{"name": name of the change, ...}`; one that is wrong changes nothing and says why."""
        if isinstance(wish, Mapping) and isinstance(wish.get("change"), str):
            change = str(wish["change"])
            self._take(lambda: change_problem(self.problem.value, self.region, change, wish))

    def read(self, text: object) -> None:
        """Take the text of a file in place of the problem: all of it, or nothing."""
        if isinstance(text, str):
            self._take(lambda: sound_problem(text, self.region))

    def reset(self, _: object = None) -> None:
        """Return to the shipped problem."""
        self._take(shipped_problem)

    def _take(self, change: Callable[[], str]) -> None:
        try:
            self.problem.set(change())
        except ScenarioError as error:
            self.faults.set(tuple(error.findings))
        else:
            self.faults.set(())

    def leave(self) -> None:
        """Wait for nothing any more."""
        self._searches.leave(self._visitor)
