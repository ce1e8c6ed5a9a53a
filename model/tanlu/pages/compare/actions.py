"""What a visitor may do in the room of comparisons, and the answers that he waits for."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

import solara

from tanlu.core.words import text
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.pages.compare.choice import MOST, ComparisonChoice
from tanlu.pages.levers import NOTHING, Levers
from tanlu.pages.service import Service
from tanlu.pages.workers.notifier import Notifier
from tanlu.pages.workers.orders import Tables
from tanlu.pages.workers.views import AnswerView

SECTIONS = ("inputs", "figures", "plants")


class Answered(NamedTuple):
    """One of the scenarios, with what is there of its answer."""

    position: int  # in the choice
    levers: Levers
    is_here: bool  # the setting on screen
    view: AnswerView | None
    failure: str  # number under which it is logged; empty where there is none
    is_whole: bool
    has_plants: bool
    is_added: bool  # a reference that nobody picked


class Workbench:
    """The choices of one visitor in this room, and his place among those who wait for answers."""

    def __init__(self, service: Service, choice: ComparisonChoice, visitor: str) -> None:
        self.choice = solara.reactive(choice)
        self.refused = solara.reactive(False)
        self.picking = solara.reactive(False)
        self.opened: solara.Reactive[frozenset[str]] = solara.reactive(frozenset({"inputs"}))
        self._service, self._visitor = service, visitor
        self._notifier = Notifier()

    def choose(self, asked: object) -> None:
        """Take what a browser asks to see: any of indicator, form, first and last year."""
        if isinstance(asked, Mapping):
            self.picking.set(False)
            self.choice.set(self.choice.value.changed(asked, self._service.years))

    def act(self, asked: object, here: Levers) -> None:
        """Do what a browser asks: open or close the tree of indicators, add a scenario or remove one."""
        if isinstance(asked, Mapping):
            what, given = asked.get("do"), asked.get("with")
            if what == "pick":
                self.picking.set(given is True)
            elif what == "add":
                self.add(given, here)
            elif what == "add_text":
                self.add_text(given)
            elif what == "remove":
                self.remove(given)

    def add(self, name: object, here: Levers) -> None:
        """Add a shipped scenario, the setting on screen whatever it is, or that setting kept as it is now."""
        own = {"here": None, "keep": here}
        if isinstance(name, str) and (name in own or name in self._service.scenarios.names):
            self.add_scenario(own[name] if name in own else Levers(name))

    def add_text(self, text: object) -> None:
        """Add a scenario that the visitor keeps in his browser; one that is wrong by now is left out."""
        with suppress(ScenarioError):
            self.add_scenario(self._service.scenarios.from_text(str(text)))

    def add_scenario(self, levers: Levers | None) -> None:
        """Add a scenario, None being the setting on screen; a fifth is refused."""
        before = self.choice.value.scenarios
        self.refused.set(len(before) >= MOST and levers not in before)
        self.choice.set(self.choice.value.with_scenario(levers))

    def remove(self, position: object) -> None:
        """Take one scenario away."""
        self.refused.set(False)
        if isinstance(position, int):
            self.choice.set(self.choice.value.without(position))

    def open(self, asked: object) -> None:
        """Open or close a part of what differs."""
        if isinstance(asked, Mapping) and asked.get("part") in SECTIONS:
            part = {str(asked["part"])}
            self.opened.set(self.opened.value | part if asked.get("open") else self.opened.value - part)

    def answers(self, here: Levers) -> list[Answered]:
        """Return what is there of the answers to all scenarios, asking for the rest; two that are the same once.

        References that others are measured against come after them, as in `tanlu compare`, while there is room.
        """
        self._notifier.listen()
        tables: Tables = "plants" if "plants" in self.opened.value else ""
        chosen = {one or here: n for n, one in reversed([*enumerate(self.choice.value.scenarios)])}
        found = sorted(chosen.items(), key=lambda one: one[1])
        free = range(len(self.choice.value.scenarios), MOST)
        found += zip(
            self._service.scenarios.missing(tuple(levers for levers, _ in found)), free, strict=False
        )
        answers = [self._answer(n, levers, tables) for levers, n in found]
        for n in set(range(MOST)) - {n for _, n in found}:
            self._service.leave(self._name(n))
        return answers

    def _answer(self, n: int, levers: Levers, tables: Tables) -> Answered:
        tell: Callable[[], None] = self._notifier.tell
        ensemble = self._service.watch(self._name(n), levers, tables, tell)
        picked = self.choice.value.scenarios
        return Answered(
            n,
            levers,
            n < len(picked) and picked[n] is None,
            ensemble.view,
            ensemble.failure,
            ensemble.is_whole,
            has_plants=not ensemble.lacks("plants"),
            is_added=n >= len(picked),
        )

    def leave(self) -> None:
        """Wait for nothing any more."""
        for n in range(MOST):
            self._service.leave(self._name(n))

    def _name(self, n: int) -> str:
        return f"{self._visitor}-{n}"


def label_of(answered: Answered, service: Service, language: str) -> str:
    """Return what a scenario is called."""
    if answered.is_added:
        return text(language, "compare.added")
    if answered.is_here:
        return text(language, "compare.here")
    if answered.levers.changes == NOTHING:
        return service.presets[answered.levers.scenario].label[language]
    return text(language, "compare.kept", {"number": answered.position + 1})
